"""What the columns of a person's table are."""

import numpy as np
import pandas as pd
import pytest
from tables import flowers, table

from ladder.data import columns
from ladder.data.columns import described


def roles(source, decimal="."):
    return {one.name: one.role for one in described(source.cells, decimal)}


def kinds(source, decimal="."):
    return {one.name: one.kind for one in described(source.cells, decimal)}


def test_each_kind_of_column_is_found_out():
    assert roles(flowers()) == {
        "length": "number",
        "width": "number",
        "colour": "category",
        "seen": "date",
        "remark": "text",
        "kind": "target",
    }


def test_missing_values_are_counted_and_make_no_kind():
    found = {one.name: one.n_missing for one in described(flowers(unlabelled=50).cells)}
    assert found == {"length": 1, "width": 1, "colour": 6, "seen": 1, "remark": 0, "kind": 50}
    source = table(a=[1, 2, 3] * 4, b=["?", "", "NA", "nan", ".", "~"] * 2)
    assert kinds(source) == {"a": "number", "b": "empty"} and roles(source)["b"] == "ignored"


def test_orange_s_header_flags_decide():
    source = table(
        c__price=[1, 2] * 10, m__name=["x", "y"] * 10, i__left=[1, 5] * 10, mS__who=["u", "v"] * 10, D__x=[0, 1] * 10
    )
    assert roles(source) == {"price": "target", "name": "meta", "left": "ignored", "who": "meta", "D#x": "number"}


def test_names_that_are_the_same_without_their_flags_stay_apart():
    assert roles(table(c__y=["a", "b"] * 10, y=range(0, 60, 3))) == {"y": "target", "y (2)": "number"}


@pytest.mark.parametrize("name", ["label", "Class", "类别"])
def test_a_column_named_as_a_target_is_one_wherever_it_stands(name):
    found = roles(table(**{name: ["a", "b"] * 10, "x": list(range(0, 200, 10)), "sex": ["f", "m"] * 10}))
    assert found == {name: "target", "x": "number", "sex": "category"}


def test_without_such_a_name_the_last_column_of_few_values_is_the_target():
    assert roles(table(sex=["f", "m"] * 10, x=range(0, 200, 10), ill=[0, 1] * 10))["ill"] == "target"
    assert (
        "target"
        not in roles(table(x=[f"{k * 1.7:.2f}" for k in range(40)], y2=[f"{k * k}" for k in range(40)])).values()
    )


def test_an_id_is_told_from_a_number():
    found = kinds(
        table(
            id=range(1, 31),
            shuffled=[*range(31, 16, -1), *range(1, 16)],
            x=range(0, 90, 3),
            code=[f"K{k:03d}" for k in range(30)],
        )
    )
    assert found == {"id": "identifier", "shuffled": "number", "x": "number", "code": "identifier"}


def test_a_column_of_one_value_is_left_out():
    assert roles(table(same=["x"] * 12, y=[0, 1] * 6)) == {"same": "ignored", "y": "target"}


@pytest.mark.parametrize(
    ("distinct", "n", "kind"),
    [(10, 20, "category"), (11, 100, "category"), (30, 100, "category"), (200, 1000, "category"), (1000, 5000, "text")],
)
def test_few_values_are_a_category(distinct, n, kind):
    found = kinds(table(x=[f"v{k % distinct}" for k in range(n)], y=[k % 2 for k in range(n)]))
    assert found["x"] == kind


def test_a_decimal_comma_is_read_where_the_file_has_one():
    cells = pd.Series(["1,5", "2,25", "", "x"], dtype="str")
    assert np.array_equal(columns.numbers(cells, ","), [1.5, 2.25, np.nan, np.nan], equal_nan=True)
    assert np.isnan(columns.numbers(cells, ".")).all()


@pytest.mark.parametrize("word", ["inf", "1e999", "1_000", "0x10", "1 000", "½", "1e", "--1"])
def test_what_is_no_finite_number_is_none(word):
    assert np.isnan(columns.numbers(pd.Series([word], dtype="str"))).all()


@pytest.mark.parametrize(
    ("words", "days"),
    [
        (["1970-01-02", "1971-01-01T12:00"], [1, 365.5]),
        (["02.01.1970", "31.12.1970"], [1, 364]),
        (["02/01/1970", "31/12/1970"], [1, 364]),
        (["01/02/1970", "12/31/1970"], [1, 364]),
        (["02/01/1970", "03/01/1970"], [1, 2]),
        (["1970年1月2日", "1970年1月3日"], [1, 2]),
    ],
)
def test_dates_are_read_in_the_way_in_which_most_are_dates(words, days):
    assert columns.dates(pd.Series([*words, "NA"], dtype="str"))[:2] == pytest.approx(days)


def test_chinese_texts_are_texts_although_they_have_no_blanks():
    source = table(text=[f"今天的天气很好我们去公园散步看花{k}" for k in range(30)], y=["好", "坏"] * 15)
    assert roles(source) == {"text": "text", "y": "target"} and columns.is_chinese(source.cells["text"])


def test_minus_one_is_noticed():
    assert described(table(x=range(0, 60, 3), y=[0, 1, -1, -1] * 5).cells)[1].minus_one
    assert not described(table(x=range(0, 60, 3), y=[0, 1] * 10).cells)[1].minus_one


def test_a_column_that_says_the_split_is_found_by_its_words():
    assert roles(table(x=range(0, 60, 3), split=["train", "test"] * 10, y=["a", "b"] * 10))["split"] == "split"
    assert roles(table(x=range(0, 60, 3), split=["left", "right"] * 10, y=["a", "b"] * 10))["split"] == "category"
