"""From a person's table or arrays to rows that a network learns from."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tables import arrays, flowers, table, usual

from ladder.data.choices import Choices
from ladder.data.preparing import UNKNOWN, prepare
from ladder.problems import Problem


def keys(notes) -> list[str]:
    return [key.rpartition(".")[2] for key, _ in notes]


def test_a_table_becomes_rows_of_numbers():
    source = flowers()
    found = prepare(source, usual(source))
    data = found.data
    assert data.x.dtype == np.float32 and data.x.flags.c_contiguous and np.isfinite(data.x).all()
    assert len(data.y) == 42 and len(data.y_test) == 18 and data.given is None and found.n_unlabelled == 0
    assert data.class_names == ("lily", "rose", "tulip") and found.counts == ((14, 6),) * 3
    assert data.feature_names[:3] == ("length", "width", "seen")
    assert data.feature_names[3:6] == ("colour = red", "colour = white", "colour = —")
    assert "flower" in data.feature_names and len(data.feature_names) == data.n_features
    assert data.x[:, :3].mean(0) == pytest.approx(np.zeros(3), abs=1e-5)
    assert data.x[:, :3].std(0) == pytest.approx(np.ones(3), abs=1e-5)
    assert set(np.unique(data.x[:, 3:6])) == {0, 1} and (data.x[:, 3:6].sum(1) == 1).all()


def test_numbers_can_be_read_back_in_the_table_s_units():
    source = flowers()
    data = prepare(source, usual(source)).data
    mean, std = data.scale
    lengths = {float(word) for word in source.cells["length"] if word}
    assert {round(float(one), 3) for one in data.x[:, 0] * std[0] + mean[0]} <= {round(one, 3) for one in lengths} | {
        2.2,
        2.15,
        2.25,
    }


def test_rows_without_a_label_train_and_never_test():
    source = flowers(90, unlabelled=60)
    found = prepare(source, usual(source))
    data = found.data
    assert len(data.y_test) == 9 and len(data.y) == 81 and found.n_unlabelled == 60
    assert (
        (data.y[data.given] >= 0).all() and (np.delete(data.y, data.given) == UNKNOWN).all() and len(data.given) == 21
    )
    assert (data.y_test >= 0).all() and "mostly_unlabelled" in keys(found.warnings)


@pytest.mark.parametrize(("meaning", "classes", "n"), [("unlabelled", ("0", "1"), 20), ("class", ("-1", "0", "1"), 0)])
def test_minus_one_is_what_a_person_says(meaning, classes, n):
    source = table(x=range(0, 180, 3), y=[0, 1, -1] * 20)
    found = prepare(source, replace(usual(source), minus_one=meaning))
    assert found.data.class_names == classes and found.n_unlabelled == n


def test_columns_of_one_name_but_for_a_flag_are_two():
    source = table(c__y=["a", "b"] * 30, y=range(0, 180, 3))
    assert prepare(source, usual(source)).data.feature_names == ("y (2)",)


def test_classes_that_are_numbers_stand_in_their_order():
    source = table(x=range(0, 180, 3), y=[10, 9, 100] * 20)
    assert prepare(source, usual(source)).data.class_names == ("9", "10", "100")


def test_nothing_is_fitted_to_test_rows():
    source = flowers()
    choices = usual(source)
    before = prepare(source, choices)
    cells = source.cells.copy()
    lengths = source.cells["length"]
    test = [k for k in range(60) if k not in _train_rows(source, choices)]
    cells.loc[test, "length"] = "1000000"
    cells.loc[test, "colour"] = "never seen"
    cells.loc[test, "remark"] = "entirely other words here here here"
    after = prepare(replace(source, cells=cells), choices)
    assert np.array_equal(before.data.x, after.data.x) and before.data.feature_names == after.data.feature_names
    assert (after.data.x_test[:, 0] > 1000).all() and (after.data.x_test[:, 3:6] == 0).all() and len(lengths) == 60


def _train_rows(source, choices) -> list[int]:
    """The numbers of the training rows, told by a column that is different in each row."""
    marked = replace(source, cells=source.cells.assign(mark=[str(k * 1.5) for k in range(len(source.cells))]))
    data = prepare(marked, Choices({**choices.roles, "mark": "number"})).data
    column = data.feature_names.index("mark")
    mean, std = data.scale
    return [round((row * std[column] + mean[column]) / 1.5) for row in data.x[:, column].astype(float)]


def test_test_rows_are_drawn_by_class_and_seed_and_leave_one_of_each():
    source = table(x=range(0, 300, 3), y=["a"] * 90 + ["b"] * 8 + ["c"] * 2)
    one = prepare(source, replace(usual(source), test_share=0.8))
    assert [n > 0 for n, _ in one.counts] == [True] * 3 and sum(m for _, m in one.counts) == 80
    other = prepare(source, replace(usual(source), test_share=0.8, split_seed=1))
    assert not np.array_equal(one.data.x_test, other.data.x_test)
    again = prepare(source, replace(usual(source), test_share=0.8))
    assert np.array_equal(one.data.x_test, again.data.x_test)


def test_the_file_s_own_column_says_which_rows_test():
    split = ["train", "Test", "validation", ""] * 15
    source = table(x=range(0, 180, 3), split=split, y=["a", "b", "a"] * 20)
    found = prepare(source, usual(source))
    assert len(found.data.y_test) == 30 and "split" in keys(found.done)
    wrong = table(x=range(0, 180, 3), split=[*split[:-1], "perhaps"], y=["a", "b", "a"] * 20)
    with pytest.raises(Problem) as caught:
        prepare(wrong, usual(wrong, split="split"))
    assert caught.value.key == "own_split_word" and caught.value.values["row"] == 60


def test_rows_of_a_group_stay_together():
    patients = [f"p{k // 4}" for k in range(80)]
    source = table(x=range(0, 240, 3), patient=patients, y=["a", "b"] * 40)
    found = prepare(source, usual(source, patient="group", x="number"))
    mean, std = found.data.scale
    rows = [
        np.round((part[:, 0] * std[0] + mean[0]) / 3).astype(int) // 4 for part in (found.data.x, found.data.x_test)
    ]
    assert not {*rows[0].tolist()} & {*rows[1].tolist()} and 20 <= len(found.data.y_test) <= 28


@pytest.mark.parametrize(
    ("columns", "roles", "key"),
    [
        ({"x": range(20), "y": ["a", "b"] * 10}, {"y": "category"}, "own_no_target"),
        ({"x": [1, 2] * 10, "y": ["a", "b"] * 10}, {"x": "target"}, "own_no_target"),
        ({"x": range(20), "y": ["a", "b"] * 10}, {"x": "ignored"}, "own_no_features"),
        ({"x": range(0, 60, 3), "y": ["a", ""] * 10}, {"x": "number", "y": "target"}, "own_one_class"),
        ({"x": range(0, 90, 3), "y": [f"c{k}" for k in range(30)]}, {"x": "number", "y": "target"}, "own_classes"),
        ({"x": [*range(0, 57, 3), "many"], "y": ["a", "b"] * 10}, {"x": "number", "y": "target"}, "own_not_numbers"),
        ({"x": ["1.2.2024"] * 19 + ["soon"], "y": ["a", "b"] * 10}, {"x": "date", "y": "target"}, "own_not_dates"),
        ({"x": ["?!"] * 20, "y": ["a", "b"] * 10}, {"x": "text", "y": "target"}, "own_no_words"),
        ({"x": range(0, 6, 3), "y": ["a", "b"]}, {"x": "number", "y": "target"}, "own_no_test"),
        (
            {"x": range(0, 12, 3), "y": ["a", "b", "b", "b"], "s": ["test", "test", "train", "train"]},
            {"x": "number", "y": "target", "s": "split"},
            "own_untrained",
        ),
        (
            {"x": range(0, 12, 3), "y": ["a", "b", "b", "a"], "s": ["train"] * 4},
            {"x": "number", "y": "target", "s": "split"},
            "own_no_test",
        ),
    ],
)
def test_what_hinders_is_a_sentence(columns, roles, key):
    source = table(**columns)
    with pytest.raises(Problem) as caught:
        prepare(source, usual(source, **roles))
    assert caught.value.key == key


def test_the_row_and_the_column_that_hinder_are_named():
    source = table(x=[*range(0, 57, 3), "many"], y=["a", "b"] * 10)
    with pytest.raises(Problem) as caught:
        prepare(source, usual(source, x="number", y="target"))
    assert caught.value.values == {"row": "20", "column": "x", "value": "many"}


def test_too_many_numbers_are_refused_before_they_are_made():
    rng = np.random.default_rng(1)
    wide = pd.DataFrame(rng.integers(0, 9, (20, 4001)).astype(str), dtype="str")
    source = table(y=["a", "b"] * 10)
    cells = pd.concat([source.cells, wide.set_axis([f"x{k}" for k in range(4001)], axis=1)], axis=1)
    with pytest.raises(Problem) as caught:
        prepare(replace(source, cells=cells), Choices({"y": "target"} | dict.fromkeys(cells.columns[1:], "number")))
    assert caught.value.key == "own_wide"


def test_what_may_go_wrong_is_said():
    n = 60
    source = table(
        x=[k % 7 for k in range(n)],
        same=["5"] * n,
        result=["ill" if k % 2 else "well" for k in range(n)],
        y=[k % 2 for k in range(n - 1)] + ["rare"],
    )
    found = prepare(source, usual(source, x="number", same="number", result="category", y="target"))
    assert {"constant", "single", "untested", "twice"} <= {*keys(found.warnings)}
    told = table(
        x=[k % 7 for k in range(n)], result=["ill" if k % 2 else "well" for k in range(n)], y=[k % 2 for k in range(n)]
    )
    assert ("own.warning.leak", {"column": "result"}) in prepare(
        told, usual(told, result="category", y="target")
    ).warnings


def test_a_number_that_alone_tells_the_class_is_said_and_one_that_does_not_is_not():
    n = 90
    source = table(
        dose=[100 * (k % 3) + k for k in range(n)],
        age=[20 + k * 7 % 31 for k in range(n)],
        y=["abc"[k % 3] for k in range(n)],
    )
    found = prepare(source, usual(source, dose="number", age="number"))
    assert [values["column"] for key, values in found.warnings if key.endswith("leak")] == ["dose"]


@pytest.mark.parametrize("way", ["words", "characters", "hashed"])
def test_texts_become_numbers_of_a_bounded_width(way):
    words = [
        "the cat sat on the mat",
        "the dog ate the bone today",
        "a red car drove by quickly",
        "blue cars drive very fast",
    ]
    source = table(text=[f"{words[k % 4]} number{k}" for k in range(80)], y=["pet", "pet", "car", "car"] * 20)
    found = prepare(source, replace(usual(source), text_way=way, text_width=30))
    assert found.data.n_features <= 30 and len(found.data.feature_names) == found.data.n_features
    norms = np.linalg.norm(found.data.x, axis=1)
    assert norms == pytest.approx(np.full(len(norms), np.sqrt(found.data.n_features)), rel=1e-4)


def test_images_have_values_from_0_to_1_and_their_own_test_rows():
    found = prepare(arrays(60, n_test=30, unlabelled=20), Choices())
    data = found.data
    assert data.image_shape == (8, 8) and data.x.min() >= 0 and data.x.max() <= 1 and data.scale is None
    assert len(data.y_test) == 30 and len(data.y) == 60 and len(data.given) == 40 and "own_test" in keys(found.done)


def test_arrays_of_numbers_are_standardised():
    data = prepare(arrays(90, image=False), Choices()).data
    assert (
        data.image_shape is None
        and data.x.std(0) == pytest.approx(np.ones(5), abs=1e-5)
        and data.feature_names == tuple("12345")
    )


def test_test_images_that_train_too_are_counted():
    source = arrays(60, n_test=30)
    twice = replace(source, x_test=source.x[:30])
    found = dict(prepare(twice, Choices()).warnings)
    assert found["own.warning.twice"] == {"n": "30"}
