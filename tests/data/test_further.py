"""Rows of another file, made into what the rows of a dataset are."""

from dataclasses import replace

import numpy as np
import pytest
from sources import drawn, folders, picture, zipped
from tables import arrays, flowers, table, usual

from ladder.data import datasets, keeping
from ladder.data.choices import Choices
from ladder.data.further import further, read_alike, text_column
from ladder.data.preparing import UNKNOWN
from ladder.data.reading import classless, read, together
from ladder.data.source import ArraySource, Reading, TableSource
from ladder.problems import Problem

pytestmark = pytest.mark.usefixtures("home")


def csv(frame) -> bytes:
    return frame.to_csv(index=False).encode()


def own(source, **changes):
    """A kept dataset: its name and its rows."""
    name = keeping.keep(source, usual(source, **changes), "mine").name
    return name, datasets.load(name)


def texts():
    """A table with one column of texts beside its target."""
    words = {"a": "the cat sat on the mat", "b": "a dog ran in the park", "c": "rain falls on every town"}
    return table(text=[f"{words['abc'[k % 3]]} {k}" for k in range(60)], kind=["abc"[k % 3] for k in range(60)])


def test_the_rows_of_a_table_come_back_as_they_were_prepared():
    source = flowers()
    name, data = own(source)
    found = further(source, name, data)
    every = {row.tobytes() for row in (*data.x, *data.x_test)}
    assert {row.tobytes() for row in found.x} == every and found.x.dtype == np.float32
    assert [data.class_names[k] for k in found.y] == list(source.cells["kind"])
    assert found.cells["colour"].tolist() == source.cells["colour"].tolist()


def test_other_rows_are_encoded_by_what_the_training_rows_taught():
    name, data = own(flowers())
    few = flowers(3).cells[["remark", "seen", "colour", "width", "length"]].assign(colour="green", more="x")
    found = further(TableSource(tuple(few.columns), few, {"decimal": "."}), name, data)
    assert (found.y == UNKNOWN).all() and found.x.shape == (3, data.n_features)
    mean, std = data.scale
    np.testing.assert_allclose(found.x[:, 0] * std[0] + mean[0], few["length"].astype(float), rtol=1e-6)
    names = [value.name for value in found.values]
    assert names[:4] == ["length", "width", "seen", "colour"]
    by_name = dict(zip(names, found.values, strict=True))
    assert [data.feature_names[k] for k in by_name["colour"].places] == ["colour = red", "colour = white", "colour = —"]
    assert [data.feature_names[k] for k in by_name["flower"].places] == ["flower"] and by_name["flower"].counted
    assert sorted(place for value in found.values for place in value.places) == list(range(data.n_features))


def test_a_missing_column_is_named():
    name, data = own(flowers())
    cells = flowers().cells.drop(columns=["width", "seen"])
    with pytest.raises(Problem) as caught:
        further(TableSource(tuple(cells.columns), cells, {"decimal": "."}), name, data)
    assert (caught.value.key, caught.value.values) == ("further_columns", {"n": 2, "names": "width, seen"})


def test_a_class_that_the_model_does_not_know_is_none():
    name, data = own(flowers())
    cells = flowers(3).cells.assign(kind=["orchid", "rose", ""])
    assert further(TableSource(tuple(cells.columns), cells, {"decimal": "."}), name, data).y.tolist() == [-1, 1, -1]


@pytest.mark.parametrize(
    "content",
    [
        b"the cat, the dog; and rain\nthe dog ran\n",
        b'text,kind\n"the cat, the dog; and rain",a\nthe dog ran,\n',
        b"the cat, the dog; and rain",
    ],
)
def test_texts_come_by_their_column_or_one_a_line(content):
    name, data = own(texts())
    assert text_column(name) == "text" and text_column(f"{name}@0123456789abcdef") == "text"
    found = further(read_alike(content, "texts.csv", Reading(), name), name, data)
    assert found.cells["text"].tolist() == ["the cat, the dog; and rain", "the dog ran"][: len(found.x)]
    for row, text in zip(found.x, found.cells["text"], strict=True):
        words = {data.feature_names[k] for k in np.flatnonzero(row)}
        assert words == set(text.replace(",", "").replace(";", "").split()) & set(data.feature_names)


def test_only_data_of_one_column_of_texts_have_a_text_column():
    assert text_column("digits") is None and text_column(own(flowers())[0]) is None


@pytest.mark.parametrize("name", ["iris", "moons"])
def test_a_shipped_table_takes_its_columns_by_name(name):
    data = datasets.load(name)
    mean, std = data.scale or (0.0, 1.0)
    measured = (data.x_test.astype(np.float64) * std + mean).round(6)
    columns = {one: measured[:, k] for k, one in enumerate(data.feature_names)}
    classes = [data.class_names[k] for k in data.y_test]
    found = further(table(**dict(reversed(columns.items())), label=classes), name, data)
    np.testing.assert_allclose(found.x, data.x_test, atol=1e-5)
    assert found.y.tolist() == data.y_test.tolist()


def test_a_missing_number_of_a_shipped_table_is_the_training_rows_mean():
    data = datasets.load("iris")
    found = further(table(**{name: ["", "1"] for name in data.feature_names}), "iris", data)
    np.testing.assert_allclose(found.x[0], data.x.mean(0), atol=1e-6)


def test_arrays_of_numbers_are_standardised_as_the_dataset_was():
    source = arrays(image=False)
    one = keeping.keep(source, Choices(), "numbers")
    data = datasets.load(one.name)
    found = further(source, one.name, data)
    rows = np.concatenate([data.x, data.x_test])
    np.testing.assert_allclose(found.x[np.argsort(found.x[:, 0])], rows[np.argsort(rows[:, 0])], atol=1e-5)
    with pytest.raises(Problem) as caught:
        further(replace(source, x=source.x[:, :3]), one.name, data)
    assert (caught.value.key, caught.value.values) == ("further_shape", {"found": "3", "wanted": "5"})


def test_images_of_a_person_s_own_come_back_as_they_were_prepared():
    source = arrays(60, 30)
    one = keeping.keep(source, Choices(), "pictures")
    data = datasets.load(one.name)
    found = further(source, one.name, data)
    assert np.array_equal(found.x, np.concatenate([data.x, data.x_test])) and found.values == ()


def test_images_need_no_class_but_may_have_one():
    data = datasets.load("digits")
    files = folders("7/a.png", "cats/b.png", "c.png", "deep/er/3/d.png")
    source = read(zipped(files), "some.zip", Reading(side=8, classless=True))
    found = further(source, "digits", data)
    names = ["7/a.png", "c.png", "cats/b.png", "deep/er/3/d.png"]
    by_name = dict(zip(found.cells["file"], found.y.tolist(), strict=True))
    assert sorted(by_name) == names and [by_name[one] for one in names] == [7, UNKNOWN, UNKNOWN, 3]
    assert found.x.shape == (4, 64) and found.x.min() >= 0 and found.x.max() <= 1


def test_pictures_come_alone_or_together():
    content = picture(drawn(1))
    alone = read(classless("seven.png", content)[1], "seven.png.zip", Reading(side=8, classless=True))
    assert alone.x.shape == (1, 8, 8) and alone.names == ("seven.png",)
    name, both = together([("1.png", content), ("1.png", picture(drawn(2)))])
    found = read(both, name, Reading(side=8, classless=True))
    assert len(found.x) == 2 and further(found, "digits", datasets.load("digits")).y.tolist() == [UNKNOWN] * 2


@pytest.mark.parametrize(
    ("source", "dataset", "key"),
    [
        (table(a=[1, 2], b=[3, 4]), "digits", "further_kind"),
        (arrays(), "iris", "further_kind"),
        (arrays(image=False), "digits", "further_kind"),
        (
            ArraySource(np.zeros((2, 9, 9), np.uint8), np.array(["", ""]), None, None, True, ()),
            "digits",
            "further_shape",
        ),
    ],
)
def test_what_is_something_else_is_refused_in_a_sentence(source, dataset, key):
    with pytest.raises(Problem) as caught:
        further(source, dataset, datasets.load(dataset))
    assert caught.value.key == key


def test_arrays_are_no_rows_of_a_table_with_roles():
    name, data = own(flowers())
    with pytest.raises(Problem) as caught:
        further(arrays(image=False), name, data)
    assert caught.value.key == "further_kind"
