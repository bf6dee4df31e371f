"""A run's predictions on other test samples than its own: those that people drew, and those of other data."""

import numpy as np

from ladder.analysis.snapshot import probabilities
from ladder.arrays import Arrays, Floats, Ints
from ladder.data.rows import Data
from ladder.settings import Live, Structure
from ladder.training.train import State


def tested(
    ladder: State, twin: State, structure: Structure, live: Live, data: Data, x: Floats, y: Ints
) -> tuple[dict[str, object], Arrays]:
    """Returns what a ladder and its twin take other rows for: (values, arrays). `data`: those of the run. `x` (n, d)
    float32 and `y` (n,) int64: the rows, in the units of data.x, and their classes.

    values: `update`. arrays: `true`, `predicted` by the ladder and `twin_predicted`, (n,) int32. As the statistics are
    those of the run's training rows (snapshot.probabilities), the other rows do not act on each other.
    """
    found = [probabilities(state, structure, live, data, x).argmax(1).astype(np.int32) for state in (ladder, twin)]
    arrays: Arrays = {"true": y.astype(np.int32), "predicted": found[0], "twin_predicted": found[1]}
    return {"update": ladder.update}, arrays
