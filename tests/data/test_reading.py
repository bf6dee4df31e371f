"""The door: what a file is by its content, and what it is packed in."""

import bz2
import gzip
import io
import lzma
import tarfile

import numpy as np
import pytest
from sources import CELLS, NAMES, WINE, arrays, cells, drawn, idx_file, ole, picture, table, xlsx, zipped

from ladder import i18n
from ladder.data import packed, reading
from ladder.data.source import DECIMALS, ENCODINGS, SEPARATORS, Reading
from ladder.problems import Problem

RAW = WINE.encode()


def refused(content: bytes, filename: str = "wine.csv") -> Problem:
    with pytest.raises(Problem) as caught:
        reading.read(content, filename, Reading())
    return caught.value


@pytest.mark.parametrize("pack, ending", [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")])
def test_a_packed_file_is_read_by_its_content(pack, ending):
    for filename, inside in ((f"wine.csv.{ending}", "wine.csv"), ("wine.csv", "wine.csv")):
        found = table(pack(RAW), filename)
        assert found.columns == NAMES and cells(found) == CELLS and found.found["file"] == inside


def test_one_file_in_a_zip_is_read_packed_or_not():
    beside = {"__MACOSX/._wine.csv": b"x", "data/": b"", "data/.DS_Store": b"x"}
    for name, content in (("wine.csv", RAW), ("wine.csv.gz", gzip.compress(RAW)), ("wine.xlsx", xlsx({"A": CELLS}))):
        found = table(zipped({f"data/{name}": content, **beside}), "wine.zip")
        assert len(found.cells) == 3 and found.found["file"] == name.removesuffix(".gz")


def test_two_layers_are_unpacked_and_no_third():
    assert table(gzip.compress(bz2.compress(RAW)), "wine.csv.bz2.gz").found["file"] == "wine.csv"
    assert refused(gzip.compress(gzip.compress(gzip.compress(RAW)))).key == "reading_nested"
    assert refused(zipped({"a.zip": zipped({"b.zip": zipped({"wine.csv": RAW})})})).key == "reading_nested"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_nothing_is_unpacked_beyond_a_bound(monkeypatch, pack):
    monkeypatch.setattr(packed, "MOST_UNPACKED", 3_000_000)
    assert refused(pack(bytes(3_000_001))).key == "reading_unpacked"
    assert refused(zipped({"a.csv": bytes(3_000_001)})).key == "reading_unpacked"
    assert refused(zipped({"a.csv": bytes(1_600_000), "b.csv": bytes(1_600_000)})).key == "reading_unpacked"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda raw: zipped({"a.csv": raw})])
def test_a_damaged_archive_is_a_sentence(pack):
    whole = pack(RAW)
    assert refused(whole[: len(whole) // 2]).key == "reading_damaged"
    middle = len(whole) // 2
    assert refused(whole[:middle] + bytes(9) + whole[middle + 9 :]).key == "reading_damaged"


def test_what_a_zip_holds_has_to_belong_together(monkeypatch):
    problem = refused(zipped({"wine.csv": RAW, "more/iris.csv": RAW}), "data.zip")
    assert problem.key == "reading_several" and problem.values["names"] == "wine.csv, iris.csv"
    assert refused(zipped({}), "data.zip").key == "reading_nothing"
    assert refused(zipped({"../../wine.csv": RAW}), "data.zip").key == "reading_path"
    monkeypatch.setattr(packed, "MOST_MEMBERS", 3)
    assert refused(zipped({f"{n}.csv": RAW for n in range(4)}), "data.zip").key == "reading_members"


def test_files_that_are_chosen_together_are_read_as_one():
    x, y = np.zeros((3, 8, 8)), np.array([0, 1, 0])
    pair = [("train-images-idx3-ubyte", idx_file(x)), ("train-labels-idx1-ubyte", idx_file(y))]
    for files in (pair, [(name, content) for (_, content), name in zip(pair, ("x", "x"), strict=True)]):
        name, content = reading.together(files)
        assert arrays(content, name).y.tolist() == ["0", "1", "0"]
    assert reading.together(pair[:1]) == pair[0]


@pytest.mark.parametrize("names", [("a.png", "b.png"), ("a.png", "a.png")])
def test_loose_images_are_no_classes(names):
    name, content = reading.together([(one, picture(drawn(0))) for one in names])
    assert refused(content, name).key == "images_place"


def test_a_zip_with_a_password_is_a_sentence():
    content = bytearray(zipped({"wine.csv": RAW}))
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(content), "wine.zip").key == "reading_locked"


def test_a_large_file_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    assert refused(RAW * 9).key == "reading_large"


def a_tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("wine.csv"))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content, kind",
    [
        (b"%PDF-1.7\n", "PDF"),
        (a_tar(), "tar"),
        (gzip.compress(a_tar()), "tar"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "HDF5"),
        (b"SQLite format 3\0" + bytes(99), "SQLite"),
        (b"\x80\x04\x95" + bytes(99), "pickle"),
        (b'{"a": 1}', "JSON"),
        (b'[{"a": 1}]', "JSON"),
        (ole("WordDocument", b""), "Word"),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "Word"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b""}), "OpenDocument"),
    ],
)
def test_a_foreign_format_is_named(content, kind):
    problem = refused(content)
    assert problem.key == "reading_foreign" and problem.values["format"] == kind


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "WEBP"])
def test_a_single_picture_is_a_sentence(kind):
    assert refused(picture(drawn(0), kind), "cat.csv").key == "reading_picture"


@pytest.mark.parametrize("text", ["BM,a\n1,2\n", "ORC,a\n1,2\n", "<name>,a\nx,2\n", "[a],b\n1,2\n", "{a},b\n1,2\n"])
def test_a_table_that_begins_as_another_format_is_a_table(text):
    assert len(table(text).columns) == 2


def test_the_file_s_name_is_shown_short_and_on_one_line():
    problem = refused(b"", "a\nb\x1b[31m\u202e" + "x" * 500 + ".csv")
    sentence = i18n.problem(problem, "en")
    assert sentence.isprintable() and len(sentence) < 200
    assert refused(b"", "\0").values["file"] == "?"


@pytest.mark.parametrize(
    "options",
    [
        {"separator": "x"},
        {"decimal": ""},
        {"encoding": "utf-7"},
        {"header": 1},
        {"side": 7},
        {"side": 65},
        {"side": 8.0},
    ],
)
def test_an_option_that_is_none_is_refused(options):
    with pytest.raises(Problem) as caught:
        Reading(**options)
    assert caught.value.key == "reading_option"


def test_each_option_that_is_offered_is_one():
    for separator in SEPARATORS:
        Reading(separator=separator)
    for decimal in DECIMALS:
        Reading(decimal=decimal)
    for encoding in ENCODINGS:
        assert "a".encode(encoding) and Reading(encoding=encoding)
