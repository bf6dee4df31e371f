"""The samples behind a number: the test rows of one cell of the confusion matrix, each with what the ladder makes of
it."""

import numpy as np

from ladder.analysis.passage import passage
from ladder.analysis.snapshot import probabilities
from ladder.arrays import Arrays
from ladder.data.datasets import Data
from ladder.recipe.sample import Sample
from ladder.settings import Knob, Live, Structure
from ladder.training.train import State

MOST_CASES = 8  # at a time: each takes some 10 ms


def confused(
    state: State, structure: Structure, live: Live, data: Data, true: int, predicted: int, first: int = 0
) -> tuple[dict[str, object], Arrays]:
    """Returns the test rows of class `true` that are taken for class `predicted`, from the row number `first` of them
    on and MOST_CASES at most: (values, arrays).

    values: `update`, `true`, `predicted`, `first`, and `n`, how many such rows there are in all.

    arrays: `row` (c,) int32, their numbers; `probabilities` (c, K), by which they are predicted
    (snapshot.probabilities); `clean`, `noisy` and `restored` (c, d), float32: the input, with the run's noise, and
    z_hat(0) of it (passage.passage).

    Raises Problem bad_whole for a class that the data do not have, and for a negative `first`.
    """
    for name, value in (("true", true), ("predicted", predicted)):
        Knob(name, 0, 0, data.n_classes - 1).check(value)
    Knob("first", 0, 0, len(data.x_test)).check(first)
    shares = probabilities(state, structure, data, data.x_test)
    found = np.flatnonzero((data.y_test == true) & (shares.argmax(1) == predicted))
    rows = found[first : first + MOST_CASES]
    passed = [passage(state, structure, live, data, Sample(row=int(row)))[1] for row in rows]
    kinds = {"clean": "z/0", "noisy": "z_tilde/0", "restored": "z_hat_bn/0"}
    arrays: Arrays = {"row": rows.astype(np.int32), "probabilities": shares[rows]}
    for name, kind in kinds.items():
        arrays[name] = np.array([one[kind] for one in passed], np.float32).reshape(len(rows), data.n_features)
    told: dict[str, object] = {"update": state.update, "true": true, "predicted": predicted}
    return told | {"first": first, "n": len(found)}, arrays
