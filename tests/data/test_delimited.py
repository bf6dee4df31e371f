"""Tables as text: their form is found out, told, and can be corrected; what hinders is named with its line."""

import codecs

import pytest
from sources import CELLS, NAMES, WINE, cells, table

from ladder.data import delimited, tables
from ladder.problems import Problem


def refused(content: bytes | str, filename: str = "wine.csv", **options) -> Problem:
    with pytest.raises(Problem) as caught:
        table(content, filename, **options)
    assert caught.value.values["file"] == filename
    return caught.value


# --- separator, decimal mark, header


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(separator):
    found = table(WINE.replace(",", separator))
    assert found.columns == NAMES and cells(found) == CELLS
    assert found.found == {
        "format": "tsv" if separator == "\t" else "csv",
        "file": "wine.csv",
        "encoding": "utf-8",
        "separator": separator,
        "decimal": ".",
        "header": True,
    }


def test_columns_may_be_apart_by_blanks():
    found = table("  x    y  colour\n 1.0  2.5 red\n\t10   0.1 'blue'\n-3 \t4 red  \n", "points.txt")
    assert found.columns == ("x", "y", "colour") and found.found["separator"] == " "
    assert cells(found)[1] == ["10", "0.1", "'blue'"]


@pytest.mark.parametrize("text", ["text\nHello, world\nBye\n", "text\nI came, I saw, I left\nyes; no\na | b\n"])
def test_a_column_of_sentences_is_one_column(text):
    found = table(text)
    assert found.columns == ("text",) and found.found["separator"] == ""
    assert [row for (row,) in cells(found)] == text.splitlines()[1:]


def test_a_decimal_comma_is_told_and_kept():
    found = table("length;width;kind\n1,5;20,25;a\n2,5;1.000,5;b\n")
    assert found.found["separator"] == ";" and found.found["decimal"] == ","
    assert cells(found)[1] == ["2,5", "1.000,5", "b"]


@pytest.mark.parametrize(
    "text, mark",
    [
        ("a;b\n1,234;x\n", ","),  # between semicolons
        ('a,b\n"1,234",x\n', "."),  # a mark of thousands
        ('a,b\n"1,234.5",x\n', "."),
        ('a,b\n"1,5",x\n', ","),
        ("a;b\n1;x\n", "."),
    ],
)
def test_marks_of_decimals_and_of_thousands_are_told_apart(text, mark):
    assert table(text).found["decimal"] == mark


@pytest.mark.parametrize(
    "text, header",
    [
        (WINE, True),
        (WINE.split("\n", 1)[1], False),
        ("text,label\ngood film,pos\nbad film,neg\n", True),
        ("good film,pos\nbad film,neg\nfine film,pos\n", False),
        ("republican,n,y,?\ndemocrat,y,n,n\n", False),
        ("2020-01-02,a\n2020-01-03,b\n", False),
        (",0,1,2,label\n0,5,6,7,a\n1,8,9,1,b\n", True),
        ("0.5,1.5\n1.5,2.5\n", False),
        ("1,2,3\n", False),
    ],
)
def test_a_header_is_found_out(text, header):
    found = table(text)
    assert found.found["header"] == header
    assert len(found.cells) == len(text.splitlines()) - header


def test_each_finding_can_be_corrected():
    text = "a;b,c\n1;2,3\n"
    assert table(text, separator=",").columns == ("a;b", "c")
    assert table(text, separator="").columns == ("a;b,c",)
    assert cells(table(text, header=False)) == [["a", "b,c"], ["1", "2,3"]]
    assert table("1,2\n3,4\n", header=True).columns == ("1", "2")
    assert table(text, decimal=".").found["decimal"] == "."
    assert cells(table("é\n".encode() * 2, encoding="latin-1", header=False)) == [["Ã©"]] * 2


def test_excel_s_first_line_names_the_separator():
    found = table("sep=|\na,b|c\n1,5|2\n")
    assert found.columns == ("a,b", "c") and cells(found) == [["1,5", "2"]]
    assert refused("sep=|\na|b\n1\n").values["line"] == 3


# --- encodings


@pytest.mark.parametrize(
    "content, encoding",
    [
        ("größe,name\n1,Müller\n".encode(), "utf-8"),
        (codecs.BOM_UTF8 + "größe,name\n1,Müller\n".encode(), "utf-8"),
        ("größe,name\n1,Müller\n".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "größe,name\n1,Müller\n".encode("utf-16-be"), "utf-16"),
        ("größe,name\n1,Müller\n".encode("utf-16-le"), "utf-16"),
        ("größe,name\n1,Müller\n".encode("utf-16-be"), "utf-16"),
        ("größe,name\n1,Müller\n".encode("latin-1"), "latin-1"),
    ],
)
def test_the_encoding_is_found_out(content, encoding):
    found = table(content)
    assert found.found["encoding"] == encoding
    assert found.columns == ("größe", "name") and cells(found) == [["1", "Müller"]]


@pytest.mark.parametrize("word", ["Größe", "süß", "naïve façade", "ÄÖ Straße", "él"])
def test_letters_of_latin_1_that_stand_together_are_no_chinese(word):
    found = table(f"a,b\n1,{word}\n".encode("latin-1"))
    assert found.found["encoding"] == "latin-1" and cells(found) == [["1", word]]


def test_windows_letters_and_chinese_ones_are_read():
    assert cells(table("preis,text\n5 €,„gut“\n".encode("cp1252"))) == [["5 €", "„gut“"]]
    found = table("名称,类别\n苹果,水果\n白菜,蔬菜\n".encode("gb18030"))
    assert found.columns == ("名称", "类别") and found.found["encoding"] == "gb18030"


def test_a_wrong_encoding_is_a_sentence_with_the_line():
    content = "a,b\n" + "1,2\n" * 100_000 + "3,é\n"
    problem = refused(content.encode("latin-1"), encoding="utf-8")
    assert problem.key == "reading_encoding" and problem.values["line"] == 100_002


# --- cells


def test_quotes_lines_and_blanks_in_cells():
    found = table('name, text ,n\n" a ""b"" ","two\nlines, and a comma", 1\n\n , ,\nx,y,2\r\n')
    assert found.columns == ("name", "text", "n")
    assert cells(found) == [['a "b"', "two\nlines, and a comma", "1"], ["x", "y", "2"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_each_way(end):
    assert cells(table(WINE.replace("\n", end))) == CELLS


def test_what_is_missing_stays_as_it_is_written():
    words = ["", "?", "NA", "nan", ".", "~", "null", "-1"]
    found = table("a,b\n" + "".join(f"{word},x\n" for word in words))
    assert [a for a, _ in cells(found)] == words


def test_names_are_made_different_and_none_is_empty():
    found = table("a,a,,a (2),a\n1,2,3,4,5\n")
    assert found.columns == ("a", "a (2)", "3", "a (2) (2)", "a (3)")
    assert table("1,x\n2,y\n").columns == ("1", "2")


def test_a_column_without_name_and_content_is_left_out():
    assert table("a,b,\n1,2,\n3,4,\n").columns == ("a", "b")
    assert table("a,b\n1,2,\n3,4,\n").columns == ("a", "b")  # each row but the first ends with a separator


def test_row_names_as_r_writes_them_are_a_column():
    found = table('"x","y"\n"first",1,2\n"second",3,4\n')
    assert found.columns == ("1", "x", "y") and cells(found)[0] == ["first", "1", "2"]


def test_marks_that_quote_nothing_are_letters_between_tabs():
    found = table('label\ttext\nham\t"Hello\nspam\tbuy 5" pipes\nham\t"so" he said\n', "sms.tsv")
    assert cells(found)[0] == ["ham", '"Hello'] and cells(found)[2] == ["ham", '"so" he said']


# --- refusals


@pytest.mark.parametrize("row, n", [("1,2", 2), ("1,2,3,4", 4)])
def test_a_ragged_row_is_named(row, n):
    problem = refused(f'a,b,c\n1,"x\ny",3\n4,5,6\n{row}\n')
    assert problem.key == "reading_ragged" and problem.values["line"] == 5
    assert (problem.values["found"], problem.values["expected"]) == (n, 3)


def test_a_lost_quotation_mark_is_named_where_its_row_begins():
    assert refused('a,b\n1,2\n3,"x\n' + "4,5\n" * 9).values["line"] == 3
    assert refused('a,b\n1,"x"y\n').key == "reading_quote"
    problem = refused('a,b\n1,"x\n' + "4,5\n" * 50_000)
    assert problem.key == "reading_cell_line" and problem.values["line"] == 2


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n", b"\xef\xbb\xbf", "\ufeff".encode("utf-16-le")])
def test_an_empty_file_is_a_sentence(content):
    assert refused(content).key == "reading_empty"


def test_a_header_alone_is_a_sentence():
    assert refused("alcohol,colour\n").key == "reading_header_only"
    assert refused("1,2\n", header=True).key == "reading_header_only"


@pytest.mark.parametrize("content", [b"a,b\n1,\0\n", b"a,b\n1,\x01\n", bytes(range(256)) * 9])
def test_binary_content_is_named_with_its_line(content):
    assert refused(content).key == "reading_binary"


def test_a_table_is_bounded(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    assert len(table("a\n" + "x\n" * 3).cells) == 3
    assert refused("a\n" + "x\n" * 4).key == "reading_rows"
    monkeypatch.setattr(tables, "MOST_COLUMNS", 2)
    assert refused("a,b,c\n1,2,3\n").values["found"] == 3
    monkeypatch.setattr(tables, "MOST_CELLS", 5)
    assert refused("a,b\n" + "1,2\n" * 3).key == "reading_cells"
    monkeypatch.setattr(delimited, "MOST_LINE", 1_000)
    problem = refused("a,b\n1,2\n3," + "x" * 1_000 + "\n")
    assert problem.key == "reading_line" and problem.values["line"] == 3


def test_a_long_cell_is_named():
    assert len(cells(table("a,b\n1," + "x" * tables.MOST_LETTERS + "\n"))[0][1]) == tables.MOST_LETTERS
    problem = refused("a,b\n1,2\n3," + "x" * (tables.MOST_LETTERS + 1) + "\n")
    assert problem.key == "reading_cell_line" and problem.values["line"] == 3
