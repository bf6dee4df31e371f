"""What a run may use: the rows, the classes and the labels of its task."""

from dataclasses import replace

import numpy as np
import pytest

from ladder.data import datasets, protocol
from ladder.data.protocol import NOISE, check, load, n_classes, n_test, noisy, of_classes, seen
from ladder.data.rows import holdout, labelable, labeled_rows
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.settings import Structure

SIX = Structure(known_classes=6)  # Oliver et al. 2018, figure 2, on digits


def own(n_known: int = 40):
    """Iris as a person's own data would be: the class of `n_known` training rows alone is known."""
    data = datasets.load("iris")
    rows = np.sort(np.random.default_rng(4).permutation(len(data.y))[:n_known])
    y = np.full(len(data.y), -1)
    y[rows] = data.y[rows]
    return replace(data, y=y, given=rows)


def test_at_the_defaults_a_run_sees_every_row_and_true_labels(digits):
    found = seen(digits, Structure(label_seed=3), 50)
    assert np.array_equal(found.labeled, labeled_rows(digits, 50, 3))
    assert np.array_equal(found.told, digits.y[found.labeled])
    assert np.array_equal(found.used, np.arange(len(digits.y)))
    assert load(Structure()) is datasets.load("digits")


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.parametrize("structure", [Structure(), SIX, replace(SIX, foreign_share=0.5)])
def test_fewer_rows_are_among_more_rows_and_hold_the_labelled_ones(structure, seed):
    data, before = load(structure), set()
    for n in (20, 60, 200, 500):
        found = seen(data, replace(structure, n_unlabeled=n, label_seed=seed), 20)
        assert len(found.used) == len(set(found.used)) == n and (np.diff(found.used) > 0).all()
        assert set(found.labeled) <= set(found.used)
        assert before <= set(found.used)
        before = set(found.used)


def test_another_label_seed_uses_other_rows(digits):
    used = [seen(digits, Structure(n_unlabeled=100, label_seed=seed), 20).used for seed in (0, 1)]
    assert len(np.intersect1d(*used)) < 40


def test_of_a_task_of_some_classes_only_the_share_of_foreign_rows_varies():
    data, counts = load(SIX), []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        found = seen(data, replace(SIX, foreign_share=share), 20)
        foreign = np.intersect1d(found.used, data.foreign)
        counts.append(len(found.used))
        assert len(foreign) == round(share * (len(found.used) - 20))
        assert (data.y[found.labeled] < 6).all() and set(found.labeled) <= set(found.used)
    assert len(set(counts)) == 1
    whole = datasets.load("digits")
    assert counts[0] == 20 + (whole.y >= 6).sum()  # fewer than the task's own


def test_the_rows_of_foreign_classes_have_no_label_and_are_not_measured():
    data, whole = load(SIX), datasets.load("digits")
    assert data.n_classes == n_classes(SIX) == 6 and data.class_names == tuple("012345")
    assert np.array_equal(np.flatnonzero(data.y < 0), data.foreign)
    assert np.array_equal(data.foreign, np.flatnonzero(whole.y >= 6))
    assert np.array_equal(data.x_test, whole.x_test[whole.y_test < 6]) and n_test(SIX) == len(data.y_test)
    assert protocol.most_labels(SIX) == (whole.y < 6).sum()


@pytest.mark.parametrize("seed", [0, 9])
def test_wrong_labels_are_as_many_as_wanted_and_nested(digits, seed):
    rows, before = labeled_rows(digits, 50, seed), set()
    for share in (0.0, 0.1, 0.3, 0.5, 1.0):
        told = seen(digits, Structure(label_noise=share, label_seed=seed), 50).told
        wrong = set(rows[told != digits.y[rows]])
        assert len(wrong) == round(50 * share) and before <= wrong
        assert told.min() >= 0 and told.max() <= 9
        before = wrong


def test_a_wrong_class_is_any_other_class():
    y = np.zeros(6000, np.int64)
    told = noisy(y, np.arange(6000), 6000, 4, 1.0, 0)
    counts = np.bincount(told, minlength=4)
    assert counts[0] == 0 and counts[1:].min() > 1800
    assert NOISE  # a stream of its own: the rows of a run do not depend on it
    clean, wrong = (seen(load(SIX), replace(SIX, label_noise=share), 30) for share in (0.0, 1.0))
    assert np.array_equal(clean.labeled, wrong.labeled) and np.array_equal(clean.used, wrong.used)


def test_shuffled_labels_are_the_same_labels_in_other_places(digits):
    true, shuffled = (seen(digits, Structure(shuffled_labels=flag), 200).told for flag in (False, True))
    assert np.array_equal(np.bincount(true), np.bincount(shuffled))
    assert 0.03 < (true == shuffled).mean() < 0.2  # as many as chance leaves
    other = seen(digits, Structure(shuffled_labels=True, label_seed=1), 200).told
    assert not np.array_equal(shuffled, other)


@pytest.mark.parametrize(
    "structure, n_labeled, key",
    [
        (Structure(n_unlabeled=19), 20, "unlabeled_too_few"),
        (Structure(n_unlabeled=1298), 20, "unlabeled_too_many"),
        (Structure(known_classes=1), 20, "known_classes"),
        (Structure(known_classes=10), 20, "known_classes"),
        (Structure(foreign_share=0.5), 20, "foreign_alone"),
        (SIX, 5, "labels_too_few"),
        (SIX, 1000, "labels_too_many"),
        (replace(SIX, n_unlabeled=900), 20, "unlabeled_too_many"),
        (replace(SIX, n_unlabeled=19), 20, "unlabeled_too_few"),
        (Structure(), 9, "labels_too_few"),
    ],
)
def test_what_the_data_do_not_have_is_refused(structure, n_labeled, key):
    with pytest.raises(Problem) as caught:
        check(structure, n_labeled)
    assert caught.value.key == key


@pytest.mark.parametrize("name", ["moons", "iris", "breast_cancer", "digits"])
def test_what_check_lets_through_can_be_seen(name):
    k = n_classes(Structure(dataset=name))
    for known in range(2, k):
        for share in (0.0, 0.5, 1.0):
            structure = Structure(dataset=name, known_classes=known, foreign_share=share, label_noise=0.2)
            check(structure, 2 * known)
            found = seen(load(structure), structure, 2 * known)
            assert len(found.told) == 2 * known and found.told.max() < known


# --- rows whose class nobody knows


def test_only_labelled_rows_can_be_told_and_all_can_be_used():
    data = own()
    found = seen(data, Structure(dataset="iris", n_unlabeled=80), 20)
    assert set(found.labeled) <= set(data.given) and (found.told >= 0).all()
    assert len(found.used) == 80 and (data.y[found.used] < 0).any()
    with pytest.raises(Problem) as caught:
        seen(data, Structure(dataset="iris"), 41)
    assert caught.value.key == "labels_given"


def test_where_only_labelled_rows_have_a_class_these_validate():
    data = own()
    held = holdout(data, 8)
    assert len(held.x_test) == 8 and (held.y_test >= 0).all()
    assert len(labelable(held)) == len(held.given) == 32 and len(held.x) == len(data.x) - 8
    rows = {row.tobytes() for row in data.x[data.given]}
    assert all(row.tobytes() in rows for row in (*held.x_test, *held.x[held.given]))


def test_a_task_of_some_classes_leaves_out_rows_of_no_known_class():
    data = of_classes(own(), 2)
    found = seen(data, Structure(dataset="iris", known_classes=2, foreign_share=0.5), 6)
    kinds = {"task": data.y[found.used] >= 0, "foreign": np.isin(found.used, data.foreign)}
    assert (kinds["task"] ^ kinds["foreign"]).all() and kinds["foreign"].any()


def test_validation_rows_of_a_task_are_of_its_classes():
    data = load(SIX)
    held = holdout(data, 100)
    assert len(held.x_test) == 100 and (held.y_test >= 0).all()
    assert len(held.foreign) == len(data.foreign) and (held.y[held.foreign] < 0).all()
    assert {row.tobytes() for row in held.x[held.foreign]} == {row.tobytes() for row in data.x[data.foreign]}


# --- the usual choices


def test_other_data_are_used_whole():
    structure = replace(SIX, n_unlabeled=100, foreign_share=0.5, label_noise=0.1, widths=(20,))
    there = protocol.for_dataset(structure, "iris")
    assert there == Structure(dataset="iris", label_noise=0.1, widths=(20,))
    check(there, 6)


@pytest.mark.parametrize("known", [0, 1, 4, 6, 10, 99])
def test_usual_choices_fit_every_structure_and_never_fail(known):
    """Also one that `check` refuses: pages draw their controls before they say what is wrong."""
    structure = Structure(known_classes=known, n_unlabeled=40)
    live = defaults.default_live(structure)
    assert protocol.n_classes(structure) == min(known or 10, 10)
    assert live.n_labeled == 20 and protocol.most_labels(structure) == 40


def test_the_number_of_labels_is_the_usual_one_for_another_task():
    few = replace(defaults.default_live(SIX), n_labeled=6)  # too few for ten classes
    assert defaults.carried_over(few, SIX, Structure()).n_labeled == 20
    assert defaults.carried_over(few, SIX, replace(SIX, foreign_share=0.5)).n_labeled == 6
