"""Tables in Excel's and OpenDocument's files."""

import numpy as np
import pytest
from sources import cells, ods, ods_of, ole, table, xls, xlsx

from ladder.data import tables
from ladder.problems import Problem

ROWS: list[list[object]] = [["alcohol", "class"], [13.2, "barolo"], [12, "soave"], [-0.5, "x"]]
TEXTS = [["13.2", "barolo"], ["12", "soave"], ["-0.5", "x"]]
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'


def refused(content: bytes, filename: str = "wine.xlsx", **options) -> Problem:
    with pytest.raises(Problem) as caught:
        table(content, filename, **options)
    return caught.value


@pytest.mark.parametrize("kind, content", [("xlsx", xlsx({"Data": ROWS})), ("xls", xls(ROWS)), ("ods", ods(ROWS))])
@pytest.mark.parametrize("filename", ["wine.xlsx", "wine.csv"])
def test_each_kind_is_read_by_its_content(kind, content, filename):
    found = table(content, filename)
    assert found.columns == ("alcohol", "class") and cells(found) == TEXTS
    about = {"decimal": ".", "header": True, "sheet": "Data", "sheets": ["Data"]}
    assert found.found == {"format": kind, "file": filename, **about}


def test_dates_truth_and_whole_numbers_are_written_as_texts():
    day, noon = np.datetime64("2020-01-02T00:00"), np.datetime64("2020-01-02T12:30")
    found = table(xlsx({"A": [["when", "ok", "n"], [day, True, 3.0], [noon, False, 1e15], [day, None, 0.1]]}), "a.xlsx")
    assert cells(found) == [
        ["2020-01-02", "true", "3"],
        ["2020-01-02T12:30:00", "false", "1000000000000000"],
        ["2020-01-02", "", "0.1"],
    ]


def test_blanks_around_a_table_are_no_part_of_it():
    rows = [[], [], [None, None, " a ", "b"], [], [None, None, 1, None], [None, None, 2, " x "]]
    found = table(xlsx({"A": rows}), "a.xlsx")
    assert found.columns == ("a", "b") and cells(found) == [["1", ""], ["2", "x"]]


def test_the_sheet_can_be_chosen():
    book = xlsx({"Notes": [], "Hidden": [["h"], [1]], "One": [["a"], [1]], "Two": [["b"], [2]]}, hidden=("Hidden",))
    found = table(book, "a.xlsx")
    assert found.found["sheet"] == "One" and found.found["sheets"] == ["Notes", "Hidden", "One", "Two"]
    assert table(book, "a.xlsx", sheet="Two").columns == ("b",)
    assert table(book, "a.xlsx", sheet="Hidden").columns == ("h",)
    problem = refused(book, sheet="Three")
    assert problem.key == "reading_no_sheet" and problem.values["choices"] == "Notes, Hidden, One, Two"


def test_a_header_is_found_out_and_can_be_corrected():
    assert table(xlsx({"A": ROWS[1:]}), "a.xlsx").columns == ("1", "2")
    assert table(xlsx({"A": ROWS}), "a.xlsx", header=False).columns == ("1", "2")


def test_empty_sheets_are_a_sentence():
    assert refused(xlsx({"A": [], "B": [[" "]]})).key == "reading_no_cells"
    assert refused(xlsx({"A": [["a", "b"]]})).key == "reading_header_only"


def test_a_formula_is_read_by_its_kept_result():
    row = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>CMD()</f></c></row>'
    assert cells(table(xlsx({"A": row}), "a.xlsx")) == [["2"]]


@pytest.mark.parametrize("column, row, key", [("A", 1_048_576, "reading_rows"), ("XFD", 1, "reading_columns")])
def test_a_cell_far_away_makes_a_table_too_large(column, row, key):
    assert refused(xlsx({"A": FAR.format(row, column)})).key == key


def test_a_far_cell_in_an_opendocument_sheet_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 100)
    cell = '<table:table-cell office:value-type="float" office:value="1"/>'
    repeated = f'<table:table-row table:number-rows-repeated="1000">{cell}</table:table-row>'
    assert refused(ods_of(f'<table:table table:name="A">{repeated}</table:table>'), "a.ods").key == "reading_rows"


@pytest.mark.parametrize(
    "content, key",
    [
        (ole("EncryptedPackage", b"x"), "reading_locked"),
        (ole("WordDocument", b"x"), "reading_foreign"),
        (ole("Other", b"x"), "reading_unreadable"),
        (b"\n<html><body><table><tr><td>1</td></tr></table></body></html>", "reading_page"),
        (b'<?xml version="1.0"?><Workbook/>', "reading_page"),
        (xlsx({"A": ROWS})[:-200], "reading_damaged"),
        (xls(ROWS)[:3_000], "reading_unreadable"),
    ],
)
def test_what_only_seems_to_be_a_spreadsheet_is_named(content, key):
    assert refused(content, "wine.xls").key == key
