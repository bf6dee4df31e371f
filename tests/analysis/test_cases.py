"""The samples behind a cell of the confusion matrix, and behind a point of the projection."""

import numpy as np
import pytest

from ladder.analysis import snapshot
from ladder.analysis.cases import MOST_CASES, confused, training_sample
from ladder.data.rows import labeled_rows
from ladder.recipe.defaults import default_live
from ladder.recipe.view import View
from ladder.settings import Structure
from ladder.training.train import initial, train

STRUCTURE = Structure(widths=(20,))
LIVE = default_live(STRUCTURE)


@pytest.fixture(scope="module")
def state(digits):
    (found,), _ = train([initial(STRUCTURE, digits)], [STRUCTURE], [LIVE], digits, 30)
    return found


def test_every_cell_has_as_many_samples_as_it_counts_and_of_its_classes(state, digits):
    counted = snapshot.evaluate(state, STRUCTURE, LIVE, digits).confusion
    seen = []
    for true, predicted in [(0, 0), (1, 8), (9, 5), *zip(*np.nonzero(counted == counted.max()), strict=True)]:
        rows, first, n = [], 0, 1
        while first < n:
            values, arrays = confused(state, STRUCTURE, LIVE, digits, int(true), int(predicted), first)
            n = values["n"]
            assert len(arrays["row"]) == min(MOST_CASES, n - first)
            assert (digits.y_test[arrays["row"]] == true).all()
            assert (arrays["probabilities"].argmax(1) == predicted).all()
            assert np.array_equal(arrays["clean"], digits.x_test[arrays["row"]])
            rows += arrays["row"].tolist()
            first += MOST_CASES
        assert len(set(rows)) == len(rows) == n == counted[true, predicted]
        seen += rows
    assert seen


def test_a_sample_is_restored_as_the_pictures_of_the_live_page_show_it(state, digits):
    passed = snapshot.probe(state, STRUCTURE, LIVE, digits)
    row = 3
    predicted = int(snapshot.probabilities(state, STRUCTURE, LIVE, digits, digits.x_test)[row].argmax())
    _, arrays = confused(state, STRUCTURE, LIVE, digits, int(digits.y_test[row]), predicted)
    (at,) = np.flatnonzero(arrays["row"] == row)
    assert np.allclose(arrays["noisy"][at], passed[1].z[0][row], atol=1e-6)
    assert np.allclose(arrays["restored"][at], passed[4][0][row], atol=1e-5)


def test_an_empty_cell_has_none(state, digits):
    counted = snapshot.evaluate(state, STRUCTURE, LIVE, digits).confusion
    true, predicted = (int(one[0]) for one in np.nonzero(counted == 0))
    values, arrays = confused(state, STRUCTURE, LIVE, digits, true, predicted)
    assert values["n"] == 0 and arrays["clean"].shape == (0, 64)


def test_each_point_of_the_projection_is_the_training_row_that_it_names(state, digits):
    _, pictures = snapshot.inspect(state, STRUCTURE, LIVE, digits, View(layer=0))
    rows = pictures["projection_row"]
    assert len(set(rows.tolist())) == len(rows) == len(pictures["projection"])
    assert np.array_equal(pictures["projection_class"], digits.y[rows])
    centred = digits.x[rows] - digits.x[rows].mean(0)
    _, _, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    wanted = np.abs(centred @ axes[:2].T)  # a component may point either way
    assert np.allclose(np.abs(pictures["projection"]), wanted, atol=1e-3)


def test_a_training_row_comes_with_what_the_ladder_makes_of_it(state, digits):
    labeled = labeled_rows(digits, LIVE.n_labeled, STRUCTURE.label_seed)
    unlabeled = np.setdiff1d(np.arange(len(digits.x)), labeled)
    for row, known in ((int(labeled[2]), True), (int(unlabeled[7]), False)):
        values, arrays = training_sample(state, STRUCTURE, LIVE, digits, row)
        shares = snapshot.probabilities(state, STRUCTURE, LIVE, digits, digits.x)[row]
        assert values == {
            "update": 30,
            "true": int(digits.y[row]),
            "predicted": int(shares.argmax()),
            "labeled": known,
        }
        assert arrays["row"].tolist() == [row] and np.array_equal(arrays["clean"], digits.x[[row]])
        assert np.allclose(arrays["probabilities"], shares, atol=1e-6)
        assert np.abs(arrays["noisy"] - arrays["clean"]).std() == pytest.approx(LIVE.noise_std[0], rel=0.6)
        assert arrays["restored"].shape == (1, 64)
