"""MNIST where it is: 60,000 images that this package does not bring along."""

import pytest

from ladder.data import datasets

needed = pytest.mark.skipif(
    not datasets.available("mnist"), reason="MNIST is not in the data folder (python -m ladder data mnist)"
)
# A task of six classes, half of the other rows foreign to it, as Oliver et al. 2018 have it.
TASK = {"known_classes": 6, "foreign_share": 0.5, "n_unlabeled": 3000}
