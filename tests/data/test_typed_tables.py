"""Tables in Parquet and ARFF, whose typed values are written as texts."""

import datetime
import decimal
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sources import cells, table

from ladder.data import tables
from ladder.problems import Problem

ARFF = """% Two wines
@RELATION wine

@ATTRIBUTE 'alcohol %' REAL
@attribute "colour of it" {red, 'light red', größer}
@attribute when date 'yyyy-MM-dd'
@attribute class {barolo,soave}
@DATA
% comment
13.2,red,'2019-01-02',barolo
12,'light red',?,?
?,größer,'2020-12-31',soave
"""


def parquet(columns: dict[str, object], **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def refused(content: bytes | str, filename: str) -> Problem:
    with pytest.raises(Problem) as caught:
        table(content, filename)
    return caught.value


def test_each_simple_type_is_written_as_a_text():
    day, noon = datetime.datetime(2020, 1, 2), datetime.datetime(2020, 1, 2, 12, 30, 0, 500_000)
    zone = datetime.UTC
    columns = {
        "whole": pa.array([1, None, -3]),
        "float": pa.array([1.0, 0.1, None]),
        "nan": pa.array([float("nan"), float("inf"), 2.5], from_pandas=False),
        "single": pa.array([0.1, 2.0, None], pa.float32()),
        "truth": pa.array([True, None, False]),
        "text": pa.array([" a ", "", None]),
        "category": pa.array(["u", "v", "u"]).dictionary_encode(),
        "date": pa.array([datetime.date(2020, 1, 2), None, datetime.date(1999, 12, 31)]),
        "days": pa.array([day, None, day]),
        "time": pa.array([day, noon, None]),
        "zone": pa.array([day.replace(tzinfo=zone), noon.replace(tzinfo=zone), None]),
        "exact": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("2.25")]),
        "none": pa.nulls(3),
    }
    found = table(parquet(columns), "a.parquet")
    assert found.columns == tuple(columns) and found.found["format"] == "parquet"
    assert cells(found)[0] == [
        *("1", "1", "", "0.1", "true", "a", "u", "2020-01-02", "2020-01-02", "2020-01-02T00:00:00"),
        *("2020-01-02T00:00:00Z", "1.50", ""),
    ]
    assert cells(found)[1] == [
        *("", "0.1", "inf", "2", "", "", "v", "", "", "2020-01-02T12:30:00.5", "2020-01-02T12:30:00.5Z", "", "")
    ]


@pytest.mark.parametrize("values", [[[1]], [{"a": 1}], [b"\xff"]])
def test_a_column_that_is_no_column_of_cells_is_named(values):
    problem = refused(parquet({"ok": [1], "odd": values}), "a.parquet")
    assert problem.key == "reading_type" and problem.values["column"] == "odd"


def test_a_parquet_file_is_bounded_by_what_it_announces(monkeypatch):
    content = parquet({"a": np.zeros(101, np.int64), "b": np.zeros(101, np.int64)})
    for name, most, key in (("MOST_ROWS", 100, "reading_rows"), ("MOST_CELLS", 200, "reading_cells")):
        with monkeypatch.context() as context:
            context.setattr(tables, name, most)
            assert refused(content, "a.parquet").key == key
    assert refused(parquet({"a": []}), "a.parquet").key == "reading_header_only"
    problem = refused(parquet({"a": ["x", "y" * (tables.MOST_LETTERS + 1)]}), "a.parquet")
    assert problem.key == "reading_cell" and problem.values["row"] == 2 and problem.values["column"] == "a"


def test_a_damaged_parquet_file_is_a_sentence():
    content = parquet({"a": list(range(1_000))})
    assert refused(content[:-1], "a.parquet").key == "reading_unreadable"
    assert refused(content[:100] + bytes(500) + content[600:], "a.parquet").key == "reading_unreadable"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-8-sig"])
def test_an_arff_file_is_read(encoding):
    found = table(ARFF.encode(encoding), "wine.txt")
    assert found.columns == ("alcohol %", "colour of it", "when", "class") and found.found["format"] == "arff"
    assert cells(found) == [
        ["13.2", "red", "2019-01-02", "barolo"],
        ["12", "light red", "", ""],
        ["", "größer", "2020-12-31", "soave"],
    ]


@pytest.mark.parametrize(
    "content, key",
    [
        ("@relation r\n@attribute n numeric\n@attribute t string\n@data\n1,'x'\n", "reading_type"),
        ("@relation r\n@attribute n numeric\n@data\n{0 1}\n", "reading_sparse"),
        ("@relation r\n@attribute n numeric\n@data\n", "reading_header_only"),
        ("@relation r\n", "arff_data"),
        ("@relation r\n@attribute n numeric\n1\n2\n", "arff_data"),
    ],
)
def test_what_the_arff_reader_cannot_do_is_a_sentence(content, key):
    assert refused(content, "a.arff").key == key


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "lines, key, line",
    [
        (["@attribute n numeric", "@data", "1", "% note", "", "x", "y"], "arff_row", 7),
        (["@attribute c {a,b}", "@data", "a", "c"], "arff_row", 5),
        (["@attribute a numeric", "@attribute b numeric", "", "@data", "1,2", "3"], "arff_row", 7),
        (["@attribute when date 'yyyy-MM-dd'", "@data", "'2020-01-02'", "'soon'"], "arff_row", 5),
        (["@attribute n numeric", "@attribute n numeric", "@data", "1,2"], "arff_attribute", 3),
        (["@attribute a numeric", "% note", "@attribute b number of it", "@attribute c real"], "arff_attribute", 4),
        (["@attribut a numeric"], "arff_attribute", 2),
        (["@attribute a wave", "@attribute b real"], "arff_attribute", 2),
    ],
)
def test_the_line_of_an_arff_file_that_hinders_is_named(lines, key, line, end):
    rows = [] if "@data" in lines else ["@data", "1"]
    problem = refused(end.join(["@relation r", *lines, *rows, ""]), "a.arff")
    assert (problem.key, problem.values["line"]) == (key, line)


def test_an_arff_file_is_bounded(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    head = "@relation r\n@attribute n numeric\n@data\n"
    assert len(table(head + "1\n\n% x\n" * 3, "a.arff").cells) == 3
    assert refused(head + "1\n" * 4, "a.arff").key == "reading_rows"
