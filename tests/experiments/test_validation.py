"""Validation rows: what they cost, that no training is told their labels, and how far they can be trusted."""

from dataclasses import replace

import numpy as np
import pytest
from tables import flowers, usual

from ladder.data import keeping, protocol
from ladder.data.rows import labelable, labeled_rows
from ladder.experiments import blocks, cells, summaries
from ladder.experiments.axes import Point, cell_of
from ladder.experiments.cells import Cell, Result
from ladder.experiments.resampling import DRAWS, wins
from ladder.experiments.validation import Validation, held_out, labels_left, rows_of
from ladder.problems import Problem
from ladder.settings import Structure

SMALL = {"dataset": "iris", "widths": "6", "labels": "30", "updates": "20"}
BY_LABELS = SMALL | {"validate": "labels", "validation_share": "0.3"}


def ended(*some: Cell) -> list[Result]:
    block = blocks.begin(some)
    while not blocks.glance(block).finished:
        block = blocks.advance(block, 60)
    return list(blocks.glance(block).results)


def test_validation_rows_of_the_labels_are_labels_that_training_lacks():
    cell = cell_of(BY_LABELS, 4)
    data = protocol.load(cell.structure)
    x, y = blocks.validation_rows(cell)
    every = labeled_rows(data, 30, 4)
    assert len(y) == 9 and cell.trained.n_labeled == 21
    assert np.array_equal(x, data.x[every[21:]]) and np.array_equal(y, data.y[every[21:]])
    assert np.bincount(y).tolist() == [3, 3, 3]
    trained = protocol.seen(blocks.training_rows(cell), cell.structure, cell.trained.n_labeled).labeled
    assert np.array_equal(trained, every[:21])
    assert blocks.training_rows(cell) is data


def test_held_out_rows_cost_no_label():
    cell = cell_of(SMALL, 4)
    data = protocol.load(cell.structure)
    x, y = blocks.validation_rows(cell)
    assert len(y) == 21 and cell.trained == cell.live  # a fifth of 105
    assert len(blocks.training_rows(cell).x) == len(data.x) - 21
    assert not {row.tobytes() for row in x} & {row.tobytes() for row in blocks.training_rows(cell).x}


@pytest.mark.parametrize("words", [BY_LABELS, BY_LABELS | {"model": "svm"}, SMALL])
def test_a_result_says_which_validation_rows_were_wrong(words):
    cells_ = [cell_of(words, seed) for seed in range(3)]
    for result in [
        one for some in ([cells_] if "model" not in words else [[c] for c in cells_]) for one in ended(*some)
    ]:
        _, y = blocks.validation_rows(result.cell)
        assert result.n_validation == len(y)
        assert result.validation_error == pytest.approx(len(result.wrong) / len(y))
        assert list(result.wrong) == sorted(set(result.wrong))


def test_other_labels_of_the_validation_rows_train_the_same_networks(monkeypatch):
    cell = cell_of(BY_LABELS, 0)
    data = protocol.load(cell.structure)
    (expected,) = ended(cell)
    every = labeled_rows(data, 30, 0)
    lies = data.y.copy()
    lies[np.setdiff1d(np.arange(len(lies)), every[:21])] = 0
    monkeypatch.setattr(protocol, "labeled_rows", lambda data, n, seed: every[:n])
    monkeypatch.setattr(protocol, "load", lambda structure: replace(data, y=lies))
    (found,) = ended(cell)
    assert found.test_error == expected.test_error and found.costs == expected.costs


def test_validation_labels_may_be_wrong_too():
    structure = Structure(dataset="iris", label_noise=0.5)
    data = protocol.load(structure)
    _, y = rows_of(Validation("labels", 0.5), structure, 60, data)
    true = data.y[labeled_rows(data, 60, 0)[30:]]
    assert 0.2 < (y != true).mean() < 0.8


def test_the_usual_validation_leaves_keys_as_they_were_and_another_has_its_own():
    usual = cell_of({}, 3)
    assert usual.key == "8a443de1c0063d022f4abd9f7808584f216ad37510f879b7ec80696ba8644a1b"  # before there was a choice
    assert replace(usual, validation=Validation("rows", 0.4)) == usual
    others = [replace(usual, validation=Validation("labels", share)) for share in (0.2, 0.4)]
    assert len({usual.key, *(one.key for one in others)}) == 3
    assert [cells.from_json(cells.to_json(one)) for one in others] == others
    old = {name: value for name, value in cells.to_json(usual).items() if name != "validation"}
    assert cells.from_json(old) == usual


@pytest.mark.parametrize("labels, share", [("10", "0.2"), ("11", "0.5"), ("12", "0.5")])
def test_labels_that_cannot_both_train_and_validate_are_refused(labels, share):
    with pytest.raises(Problem) as caught:
        cell_of({"labels": labels, "validate": "labels", "validation_share": share}, 0)
    assert caught.value.key == "validation_labels"


def test_all_labels_can_be_given_where_they_validate():
    whole = protocol.load(Structure(dataset="iris"))
    assert cell_of(BY_LABELS | {"labels": "105"}, 0).trained.n_labeled == 105 - 32
    with pytest.raises(Problem) as caught:
        cell_of(SMALL | {"labels": "105"}, 0)
    assert caught.value.key == "sweep_labels" and caught.value.values["left"] == len(held_out(whole).x)


# --- resampling


def result(wrong: list[int] | None, n: int = 100, seed: int = 0, **words: str) -> Result:
    cell = cell_of(SMALL | words, seed)
    if wrong is None:
        return Result(cell, None, None, 3, 1.0, diverged=(3, "supervised"))
    return Result(cell, len(wrong) / n, 0.5, 20, 1.0, n_validation=n, wrong=tuple(wrong))


def test_a_clear_choice_wins_always_and_equal_ones_share():
    found = wins({"a": {0: result([1])}, "b": {0: result(list(range(40)))}})
    assert found["a"] > 0.999
    found = wins({"a": {0: result([1, 2])}, "b": {0: result([1, 2])}})
    assert found == {"a": 0.5, "b": 0.5}


def test_settings_with_the_same_rows_are_compared_on_the_same_draws():
    """b is wrong where a is, and once more: it never wins alone, however few rows there are."""
    found = wins({"a": {0: result([1, 2, 3])}, "b": {0: result([1, 2, 3, 4])}})
    missed = (1 - 1 / 100) ** 100  # the share of the draws without row 4
    assert found["b"] == pytest.approx(missed / 2, abs=4 * (0.25 / DRAWS) ** 0.5)


def test_few_rows_decide_less_than_many():
    shares = []
    for n in (20, 200, 2000):
        a, b = (list(range(start, start + round(share * n))) for start, share in ((0, 0.10), (n // 2, 0.15)))
        shares.append(wins({"a": {0: result(a, n)}, "b": {0: result(b, n)}})["a"])
    assert shares == sorted(shares) and shares[0] < 0.8 and shares[-1] > 0.99


def test_labelled_rows_are_others_for_each_seed():
    runs = lambda wrong: {seed: result(wrong, 10, seed, validate="labels") for seed in range(6)}  # noqa: E731
    held = lambda wrong: {seed: result(wrong, 10, seed) for seed in range(6)}  # noqa: E731
    by_labels, by_rows = wins({"a": runs([0]), "b": runs([1, 2])}), wins({"a": held([0]), "b": held([1, 2])})
    assert by_labels["a"] > by_rows["a"] + 0.1  # six sets of ten rows, and one of ten


def test_a_run_that_diverged_is_wrong_everywhere_and_unknown_rows_say_nothing():
    found = wins({"a": {0: result([1])}, "b": {0: result(None)}})
    assert found == {"a": 1.0, "b": 0.0}
    old = replace(result([1]), wrong=None, n_validation=None)
    assert wins({"a": {0: result([1])}, "b": {0: old}}) == {}
    assert wins({"a": {0: result([1])}}) == {}
    assert wins({"a": {0: result([1])}, "b": {1: result([1])}}) == {}


def test_a_sweep_s_summary_has_the_wins_among_the_settings_of_one_label_budget():
    points, found = [], {}
    for word, labels, wrong in (("0", "20", [1]), ("0.3", "20", [1, 2, 3]), ("0", "30", [5, 6]), ("0.3", "30", [5])):
        for seed in range(2):
            cell = cell_of(SMALL | {"noise_std": word, "labels": labels}, seed)
            points.append(Point((("noise_std", word), ("labels", labels)), seed, cell))
            found[cell.key] = replace(result(wrong), cell=cell)
    by_labels = {}
    for one in summaries.summarise(points, found):
        assert one["n_validation"] == 100
        by_labels.setdefault(one["axes"]["labels"], []).append(one["wins"])
    assert [sum(shares) for shares in by_labels.values()] == [pytest.approx(1)] * 2
    assert by_labels[20][0] > by_labels[20][1] and by_labels[30][0] < by_labels[30][1]


# --- a person's own data, whose unlabelled rows have no class at all


@pytest.fixture
def own(home):
    """A person's table: 120 rows, of which 70 have a label."""
    source = flowers(120, unlabelled=50)
    return keeping.keep(source, usual(source), "flowers", "flowers.csv").name


@pytest.mark.parametrize("words", [{}, {"validate": "labels", "validation_share": "0.25"}])
@pytest.mark.parametrize("model", ["ladder", "label_spreading"])
def test_own_rows_without_a_class_never_validate(own, words, model):
    base = {"dataset": own, "widths": "6", "labels": "16", "updates": "20", "model": model}
    cell = cell_of(base | words, 1)
    data = protocol.load(cell.structure)
    assert (data.y < 0).sum() == 50
    x, y = blocks.validation_rows(cell)
    known = {row.tobytes() for row in data.x[data.given]}
    assert (y >= 0).all() and all(row.tobytes() in known for row in x)
    (found,) = ended(cell)
    assert 0 <= found.validation_error <= 1 and 0 <= found.test_error <= 1 and found.n_validation == len(y)


def test_held_out_own_rows_are_labelled_ones_and_are_missing_elsewhere(own):
    data = protocol.load(Structure(dataset=own))
    left = labels_left(Structure(dataset=own))
    assert left == len(labelable(held_out(data))) < len(data.given)
    cell_of({"dataset": own, "labels": str(left)}, 0)
    with pytest.raises(Problem) as caught:
        cell_of({"dataset": own, "labels": str(left + 1)}, 0)
    assert caught.value.key == "sweep_labels"


def test_own_data_take_every_choice_of_the_rows_and_labels(own):
    words = {"known_classes": "2", "foreign_share": "0.5", "label_noise": "0.25", "shuffled_labels": "1"}
    cell = cell_of({"dataset": own, "widths": "6", "labels": "8", "updates": "5"} | words, 0)
    (found,) = ended(cell)
    assert found.test_error is not None
    data = protocol.load(cell.structure)
    used = protocol.seen(data, cell.structure, 8).used
    assert (np.isin(used, data.foreign) | (data.y[used] >= 0)).all() and len(data.class_names) == 2
