"""The samples behind a number: the test rows of one cell of the confusion matrix, or the training row of one point of
the projection, each with what the ladder makes of it."""

import numpy as np

from ladder.analysis.passage import passage
from ladder.analysis.snapshot import probabilities
from ladder.arrays import Arrays, Floats
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.recipe.sample import Sample
from ladder.settings import Live, Structure
from ladder.training.train import State

MOST_CASES = 8  # at a time: each takes some 10 ms


def confused(
    state: State, structure: Structure, live: Live, data: Data, true: int, predicted: int, first: int = 0
) -> tuple[dict[str, object], Arrays]:
    """Returns the test rows of class `true` that are taken for class `predicted`, from the row number `first` of them
    on and MOST_CASES at most: (values, arrays).

    values: `update`, `true`, `predicted`, `first`, and `n`, how many such rows there are in all.

    arrays: those of `_cases`. `true` and `predicted` are classes of the data, and `first` is not negative.
    """
    shares = probabilities(state, structure, live, data, data.x_test)
    found = np.flatnonzero((data.y_test == true) & (shares.argmax(1) == predicted))
    rows = found[first : first + MOST_CASES]
    told: dict[str, object] = {"update": state.update, "true": true, "predicted": predicted}
    samples = [Sample(row=int(row)) for row in rows]
    return told | {"first": first, "n": len(found)}, _cases(state, structure, live, data, samples, shares[rows])


def training_sample(
    state: State, structure: Structure, live: Live, data: Data, row: int
) -> tuple[dict[str, object], Arrays]:
    """Returns what the ladder makes of training row number `row`: (values, arrays).

    values: `update`; `true`, -1 for a row of no class of the task; `predicted`; `labeled`, whether the loss uses the
    row's label now.

    arrays: those of `_cases`, of this one row. Raises Problem as protocol.seen does.
    """
    sample = Sample(row=row, part="training")
    shares = probabilities(state, structure, live, data, data.x[[row]])
    labeled = row in seen(data, structure, live.n_labeled).labeled
    told: dict[str, object] = {"update": state.update, "true": int(data.y[row]), "predicted": int(shares[0].argmax())}
    return told | {"labeled": labeled}, _cases(state, structure, live, data, [sample], shares)


def _cases(state: State, structure: Structure, live: Live, data: Data, samples: list[Sample], shares: Floats) -> Arrays:
    """Returns for c samples `row` (c,) int32, their numbers; `probabilities` (c, K), which are `shares`
    (snapshot.probabilities); `clean`, `noisy` and `restored` (c, d), float32: the input, with the run's noise, and
    z_hat(0) of it (passage.passage)."""
    passed = [passage(state, structure, live, data, sample)[1] for sample in samples]
    rows = np.array([sample.row for sample in samples], np.int32)
    arrays: Arrays = {"row": rows, "probabilities": shares}
    for name, kind in (("clean", "z/0"), ("noisy", "z_tilde/0"), ("restored", "z_hat_bn/0")):
        arrays[name] = np.array([one[kind] for one in passed], np.float32).reshape(len(rows), data.n_features)
    return arrays
