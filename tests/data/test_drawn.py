"""Drawn samples: what a page may send, what data they become, and that a file of them makes the same data elsewhere."""

import numpy as np
import pytest
from sketches import words
from tables import arrays

from ladder.data import datasets, desk, keeping, own
from ladder.data.choices import Choices
from ladder.data.desk import Upload
from ladder.data.drawn import MOST_SAMPLES, check, fits, parsed, rows_to_test, sheet, together
from ladder.data.drawn import arrays as joined
from ladder.data.drawn import words as written
from ladder.data.protocol import seen
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.settings import Structure

SEED = 11


@pytest.fixture(autouse=True)
def folder(home):
    """The folder of the runs."""
    return home


def kept(n_test=12, n_training=15, n_labels=20, base="digits", title="ours"):
    drawn = parsed(words(n_test, n_training))
    return desk.keep_drawn(drawn, base, n_labels, SEED, title)


def test_drawn_training_samples_join_the_labels_and_drawn_test_samples_are_the_test():
    one = kept()
    data, digits = datasets.load(one.name), datasets.load("digits")
    assert (one.n_train, one.n_given, one.n_test) == (1297 + 15, 20 + 15, 12)
    assert data.class_names == digits.class_names and data.image_shape == (8, 8)
    assert np.abs(data.x[:1297] - digits.x).max() < 0.002  # a byte for a pixel
    usual = seen(digits, Structure(label_seed=SEED), 20).labeled
    assert set(data.given) == {*usual, *range(1297, 1312)}
    np.testing.assert_array_equal(data.y[usual], digits.y[usual])
    drawn = parsed(words(12, 15))
    np.testing.assert_array_equal(data.y[1297:], drawn.classes[~drawn.tests])
    np.testing.assert_allclose(data.x_test * 255, drawn.pixels[drawn.tests].reshape(12, 64), atol=1e-4)
    np.testing.assert_array_equal(data.y_test, drawn.classes[drawn.tests])


def test_test_samples_alone_leave_the_training_samples_and_all_their_labels_as_they_are():
    one, digits = kept(20, 0, 0), datasets.load("digits")
    data = datasets.load(one.name)
    assert (one.n_train, one.n_given, one.n_test) == (1297, 1297, 20) and data.given is None
    np.testing.assert_array_equal(data.y, digits.y)
    structure = Structure(label_seed=3)
    usual, ours = (seen(found, structure, 20).labeled for found in (digits, data))
    np.testing.assert_array_equal(usual, ours)  # the same run but for the test


def test_training_samples_alone_leave_the_test_samples():
    one = kept(0, 10, 0)
    data = datasets.load(one.name)
    assert (one.n_given, one.n_test) == (10, 500) and list(data.given) == [*range(1297, 1307)]


def test_the_file_makes_the_same_data_where_another_group_adds_it():
    here, drawn = kept(), parsed(words(12, 15))
    file = Upload("from-a-friend.npz", desk.drawn_file(drawn, "digits", 20, SEED))
    looked = desk.look(file)
    assert looked.n_test == 12 and dict(looked.labels)[""] == 1297 - 20
    own.remove(here.name)
    there = desk.keep(file, desk.usual(looked), "theirs")
    assert there.name == here.name


def test_samples_of_own_images_join_the_data_they_were_drawn_for():
    base = keeping.keep(arrays(90, 30, unlabelled=60), Choices(), "letters").name
    sample = {"pixels": words(1)["samples"][0]["pixels"], "class": 1, "part": "training"}
    drawn = parsed({"shape": [8, 8], "names": ["a", "b", "c"], "samples": [sample] * 2})
    assert desk.bases_of(drawn) == [base] and not fits("digits", drawn.shape, drawn.class_names)
    one = desk.keep_drawn(drawn, base, 12, SEED, "letters and drawn")
    assert (one.n_train, one.n_given, one.n_test) == (92, 14, 30) and datasets.load(one.name).class_names == (*"abc",)


def test_a_run_can_be_tested_on_what_was_kept():
    one = kept(20, 0, 0)
    x, y = rows_to_test(one.name, datasets.load("digits").class_names)
    np.testing.assert_array_equal(y, datasets.load(one.name).y_test)
    x, y = rows_to_test(one.name, ("3", "1"))  # a task of two classes, in an order of its own
    np.testing.assert_array_equal(np.unique(y), [0, 1])
    assert len(x) == 4


def test_the_usual_choices_fit_what_was_kept():
    structure = Structure(dataset=kept().name)
    live = defaults.default_live(structure)
    assert live.n_labeled == 20 and live.noise_std == defaults.OPENING.live.noise_std


def test_samples_of_several_people_are_one_set():
    both = together([parsed(words(10, 2)), parsed(words(3, 4))])
    assert len(both.classes) == len(both.pixels) == 19 and both.tests.sum() == 13


def test_samples_are_written_as_they_are_read():
    assert written(parsed(words(3, 4))) == words(3, 4)


def test_all_samples_are_on_the_sheet_class_by_class():
    drawn = parsed(words(12, 15))
    picture = sheet(drawn)
    small = picture[::4, ::4]  # 32 pixels of a sample that has 8
    assert small.shape == (10 * 9, 24 * 9) and picture.dtype == np.uint8
    first = drawn.pixels[drawn.classes == 3][1]
    np.testing.assert_array_equal(small[3 * 9 : 3 * 9 + 8, 9 : 9 + 8], 255 - first)
    assert len(sheet(parsed(words(30, classes=(5,))))) == 2 * 9 * 4  # a second line


@pytest.mark.parametrize(
    "n_test, n_training, n_labels, key",
    [
        (9, 0, 0, "drawn_few"),
        (0, 9, 0, "drawn_classes"),
        (0, 9, 5, "labels_too_few"),
        (0, 9, 1298, "labels_too_many"),
    ],
)
def test_what_makes_no_data_is_told(n_test, n_training, n_labels, key):
    drawn = parsed(words(n_test, n_training))
    for attempt in (lambda: check(drawn, "digits", n_labels), lambda: joined(drawn, "digits", n_labels, SEED)):
        with pytest.raises(Problem) as caught:
            attempt()
        assert caught.value.key == key
    with pytest.raises(Problem, match="drawn_fits"):
        check(drawn, "fashion-mnist", 20)


def changed(**values):
    return {**words(1), **values}


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        "x",
        {},
        changed(samples=[]),
        changed(samples=[{}]),
        changed(samples=None),
        changed(shape=[8]),
        changed(shape=[8, 9]),
        changed(shape=[8, True]),
        changed(shape=[0, 8]),
        changed(shape=[65, 65]),
        changed(names=["a"]),
        changed(names="ab"),
        changed(names=[1, 2]),
        changed(names=["a"] * 27),
        changed(samples=[{**words(1)["samples"][0], "class": 10}]),
        changed(samples=[{**words(1)["samples"][0], "class": 1.0}]),
        changed(samples=[{**words(1)["samples"][0], "part": "validation"}]),
        changed(samples=[{**words(1)["samples"][0], "pixels": "AAA"}]),
        changed(samples=[{**words(1)["samples"][0], "pixels": "é" * 88}]),
        changed(samples=[{**words(1)["samples"][0], "pixels": [0] * 64}]),
    ],
)
def test_what_is_no_set_of_drawn_samples_is_refused(bad):
    with pytest.raises(Problem, match="drawn_word"):
        parsed(bad)


def test_more_samples_than_a_set_has_are_refused():
    one = words(1)
    with pytest.raises(Problem, match="drawn_many"):
        parsed({**one, "samples": one["samples"] * (MOST_SAMPLES + 1)})
