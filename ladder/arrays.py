"""The types of NumPy arrays in signatures. Shapes and units stand in the docstrings."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]  # float32 where the network computes, float64 in statistics
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.number | np.bool_]
Arrays = dict[str, Numbers]  # by name, as messages and files carry them
Texts = NDArray[np.str_]
