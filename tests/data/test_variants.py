"""Datasets made from others: labels that people gave, and rows put aside for a score."""

from dataclasses import replace

import numpy as np
import pytest
from tables import kept_kinds

from ladder import i18n
from ladder.data import datasets, variants
from ladder.data.datasets import DATASETS, load
from ladder.data.rows import holdout, labeled_rows
from ladder.data.variants import Labels, Reserve
from ladder.experiments.validation import Validation, check, n_held_out
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.defaults import default_live
from ladder.recipe.view import View
from ladder.settings import Recipe, Structure

PATIENCE = 60  # seconds that a slow machine may take
SMALL = [name for name, info in DATASETS.items() if not isinstance(info, datasets.Idx)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder of the runs."""
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    return tmp_path


def by_hand(n: int = 40, wrong: int = 5) -> Labels:
    """Labels of the first `n` digits, of which `wrong` are not what the digit is."""
    y = load("digits").y[:n].copy()
    y[:wrong] = (y[:wrong] + 1) % 10
    return Labels("digits", tuple(range(n)), tuple(map(int, y)))


def test_a_name_says_what_the_variant_says(folder):
    name = variants.keep(by_hand())
    assert name.startswith("digits@") and variants.found(name) == by_hand()
    assert variants.keep(by_hand(wrong=4)) != name and variants.keep(by_hand()) == name
    reserve = variants.keep(Reserve("moons", "a"))
    assert variants.found(reserve) == Reserve("moons", "a") and variants.kind_of(variants.found(reserve)) == "reserve"
    assert [path.suffix for path in (folder / "data").iterdir()] == [".json"] * 3


@pytest.mark.parametrize("change", [lambda t: t.replace("[0,1", "[0,2"), lambda t: t[:-9], lambda t: "[" * 90_000])
def test_a_file_that_says_something_else_is_not_there(folder, change):
    name = variants.keep(by_hand())
    path = folder / "data" / f"{name.partition('@')[2]}.json"
    path.write_text(change(path.read_text()))
    for attempt in (variants.found, load, lambda n: datasets.check(n, 20)):
        with pytest.raises(Problem) as caught:
            attempt(name)
        assert caught.value.key == "variant_missing" and caught.value.values == {"name": name}


@pytest.mark.parametrize(
    "values",
    [
        {"rows": (1, 1), "classes": (0, 0)},
        {"rows": (2, 1), "classes": (0, 0)},
        {"rows": (0, 1), "classes": (0,)},
        {"rows": (), "classes": ()},
        {"rows": (-1, 1), "classes": (0, 0)},
        {"rows": (0.5, 1), "classes": (0, 0)},
        {"rows": (0, 1), "classes": ("0", 0)},
        {"rows": (0, True), "classes": (0, 0)},
        {"dataset": "digits@0123456789abcdef", "rows": (0, 1), "classes": (0, 0)},
    ],
)
def test_labels_that_fit_no_rows_are_refused(values):
    with pytest.raises(Problem, match="variant_word"):
        Labels(**{"dataset": "digits"} | values)


@pytest.mark.parametrize("labels", [Labels("digits", (0, 1297), (1, 1)), Labels("digits", (0, 1), (1, 10))])
def test_labels_of_rows_or_classes_that_are_not_there_are_refused(labels):
    with pytest.raises(Problem, match="variant_word"):
        load(variants.keep(labels))


def test_only_the_labels_that_people_gave_are_used():
    name, whole = variants.keep(by_hand()), load("digits")
    data = load(name)
    assert data.name == name and data.x is whole.x and data.x_test is whole.x_test
    for n, seed in ((10, 0), (20, 0), (40, 3)):
        rows = labeled_rows(data, n, seed)
        assert len({*rows}) == n and rows.max() < 40
        np.testing.assert_array_equal(data.y[rows], np.array(by_hand().classes)[rows])
        assert set(labeled_rows(data, 10, seed)) <= set(rows)  # nested
    assert np.bincount(data.y[labeled_rows(data, 20, 0)], minlength=10).max() <= 3  # as balanced as they are
    np.testing.assert_array_equal(data.y[40:], whole.y[40:])
    assert datasets.n_labels(name) == 40 and datasets.n_labels("digits") == DATASETS["digits"].n_train
    assert default_live(Structure(dataset=variants.keep(by_hand(15)))).n_labeled == 15


@pytest.mark.parametrize("n, key", [(41, "labels_given"), (1298, "labels_too_many"), (9, "labels_too_few")])
def test_more_labels_than_people_gave_are_refused(n, key):
    name = variants.keep(by_hand())
    for attempt in (lambda: datasets.check(name, n), lambda: labeled_rows(load(name), n, 0)):
        with pytest.raises(Problem) as caught:
            attempt()
        assert caught.value.key == key
        assert str(n) in i18n.problem(caught.value, "en")


def test_validation_rows_are_never_those_that_people_labelled():
    data = load(variants.keep(by_hand()))
    part = holdout(data, 300)
    assert len(part.x_test) == 300 and len(part.x) == len(data.x) - 300 and part.given is not None
    np.testing.assert_array_equal(part.x[part.given], data.x[data.given])
    np.testing.assert_array_equal(part.y[part.given], data.y[data.given])
    check(Validation(), Structure(dataset=data.name), 40)
    with pytest.raises(Problem, match="sweep_labels"):
        check(Validation(), Structure(dataset=data.name), 41)


@pytest.mark.parametrize("base", SMALL)
def test_the_rows_of_a_score_are_in_no_run(base):
    name, whole = variants.keep(Reserve(base, "a secret")), load(base, 0.15)
    run, score = load(name, 0.15), datasets.scored(name, 0.15)
    info = DATASETS[name]
    assert (len(run.x), len(run.x_test)) == (info.n_train, info.n_test)
    assert info.n_test == len(score.x_test) and info.n_train + 2 * info.n_test == len(whole.x)

    def rows(*parts):
        """Each row and its class as one value, with how often it is there."""
        found: dict[bytes, int] = {}
        for x, y in parts:
            for one, k in zip(x, y, strict=True):
                found[one.tobytes() + bytes([k])] = found.get(one.tobytes() + bytes([k]), 0) + 1
        return found

    three = rows((run.x, run.y), (run.x_test, run.y_test), (score.x_test, score.y_test))
    assert three == rows((whole.x, whole.y))  # the test rows of the dataset are in none of them
    np.testing.assert_array_equal(run.x, score.x)
    share = np.bincount(score.y_test, minlength=run.n_classes) / info.n_test
    np.testing.assert_allclose(share, np.bincount(whole.y) / len(whole.y), atol=1.5 / info.n_test)


@pytest.mark.parametrize("kind", ["table", "texts", "rows", "images"])
def test_of_a_person_s_own_data_only_labelled_rows_are_put_aside(kind):
    name = kept_kinds()[kind]
    reserve, whole = variants.keep(Reserve(name, "a secret")), load(name)
    run, score, info = load(reserve), datasets.scored(reserve, 0.15), DATASETS[reserve]
    n = variants.n_reserved(len(whole.given), len(whole.y_test))
    assert (run.y_test >= 0).all() and (score.y_test >= 0).all() and 12 <= n == len(run.y_test) == len(score.y_test)
    assert (len(run.y), datasets.n_labels(reserve)) == (info.n_train, len(run.given)) and info.n_test == n
    assert len(run.y) == len(whole.y) - 2 * n and (run.y < 0).sum() == (whole.y < 0).sum()
    np.testing.assert_array_equal(run.given, np.flatnonzero(run.y >= 0))
    rows = [sorted(map(bytes, x)) for x in (np.concatenate([run.x, run.x_test, score.x_test]), whole.x)]
    assert rows[0] == rows[1]
    datasets.check(reserve, len(run.given))
    check(Validation(), Structure(dataset=reserve), len(holdout(run, n_held_out(len(run.given))).given))
    with pytest.raises(Problem, match="sweep_labels"):
        check(Validation(), Structure(dataset=reserve), len(run.given))


def test_labels_that_people_gave_to_images_of_their_own_leave_the_others_to_validate():
    name = kept_kinds()["images"]
    rows = tuple(map(int, load(name).given[:20]))
    given = variants.keep(Labels(name, rows, tuple(int(k) for k in load(name).y[list(rows)])))
    assert datasets.n_labels(given) == 20 < datasets.n_known(given) == 60
    check(Validation(), Structure(dataset=given), 20)


def test_the_rows_of_a_score_depend_on_the_secret():
    first, second = (datasets.scored(variants.keep(Reserve("digits", salt)), 0.15) for salt in "ab")
    assert not np.array_equal(first.x_test, second.x_test)


def test_a_variant_is_no_dataset_to_choose_and_needs_a_base():
    name = variants.keep(Reserve("moons", "a"))
    assert name not in DATASETS and len(DATASETS) == 10 and DATASETS[name].generated
    for other in ("nothing@0123456789abcdef", "digits@", "digits@0123456789ABCDEF", "digits@0123456789abcdef0"):
        with pytest.raises(Problem, match="bad_choice"):
            Structure(dataset=other)
    with pytest.raises(KeyError):
        DATASETS["nothing@0123456789abcdef"]


def test_a_link_names_a_variant_and_warns_where_it_is_not_here(folder):
    structure = Structure(dataset=variants.keep(by_hand()))
    recipe = Recipe(structure, replace(default_live(structure), n_labeled=30))
    address = links.address("http://here/", recipe, View(), 0)
    found = links.parse(address)
    assert found.recipe == recipe and not found.warnings
    for path in (folder / "data").iterdir():
        path.unlink()
    datasets._varied.cache_clear()
    found = links.parse(address)
    assert found.recipe.structure.dataset == "digits" and found.recipe.live.n_labeled == 30
    (warning,) = found.warnings
    assert "does not have the data" in i18n.problem(warning, "en")


def test_a_run_trains_on_what_people_labelled(folder):
    structure = Structure(dataset=variants.keep(by_hand(20, wrong=20)), widths=(12, 8))
    lab = Lab(folder, 1)
    lab.start()
    try:
        run_id = lab.create(Recipe(structure, default_live(structure)), 200)
        assert lab.wait(run_id, lambda status: status.update == 200 and not status.active, PATIENCE)
        assert lab.curves(run_id)["test_error"][-1] > 0.8  # every label is wrong
    finally:
        lab.stop()


def test_a_run_whose_labels_are_gone_says_so_when_it_is_opened_again(folder):
    name = variants.keep(by_hand(20))
    structure = Structure(dataset=name, widths=(12, 8))
    first = Lab(folder, 1)
    first.start()
    try:
        run_id = first.create(Recipe(structure, default_live(structure)), 20)
        assert first.wait(run_id, lambda status: status.update == 20 and not status.active, PATIENCE)
    finally:
        first.stop()
    variants.forget([name, name])
    later, told = Lab(folder, 1), []

    def has_said(_) -> bool:
        told.extend(filter(None, [later.take_problem(run_id)]))
        return bool(told)

    later.start()
    try:
        assert later.summary(run_id).recipe.structure.dataset == name
        later.play(run_id)
        assert later.wait(run_id, has_said, PATIENCE) and told[0].key == "variant_missing"
    finally:
        later.stop()
