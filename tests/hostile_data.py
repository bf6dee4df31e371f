"""Data files of people that a reader has to refuse, as hostile.py makes other files: tables, arrays, images, and what
they are packed in.

Each function yields (kind, content) for one reader, which reads each content as ladder/data/reading.py does.
"""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zipfile
import zlib
from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sources
from hostile import EITHER, FINE, FORMULAS, SHAPES, Kinds, _crowded, _npy, _Runs, damaged

SCRIPT = "<script>alert(1)</script>"
PACKED = "a packed file", "a zip around it"  # of damaged: what is read all the same


def _damaged(good: bytes, either: Collection[str] = ()) -> Kinds:
    """Yields what becomes of any file on its way. `either`: the kinds that may be read."""
    for kind, content in damaged(good):
        yield FINE * (kind in PACKED) + EITHER * (kind in either) + kind, content


# --- tables as text


def tables() -> Kinds:
    """Yields CSV files."""
    good = sources.WINE.encode()
    yield from _damaged(good, ("the first half", "the last half", "Latin-1", "GB 18030"))
    yield f"{FINE}as it was", good
    head = "a,b\n1,2\n"
    for kind, text in {
        "a ragged row": f"{head}3\n",
        "a long row": f"{head}3,4,5\n",
        "an open quotation mark": f'{head}3,"x\n' * 9,
        "an open quotation mark before 4 MB": f'{head}3,"' + "x\n" * 2_000_000,
        "letters after a quotation mark": f'{head}3,"x"y\n',
        "a zero byte": f"{head}3,\0\n",
        "what a terminal obeys": f"{head}3,\x02\n",
        "a cell of 200,000 letters": f"{head}3,{'x' * 200_000}\n",
        "a line of 9 MB": f"{head}{'1,' * 4_500_000}\n",
        "2,001 columns": ",".join(f"c{n}" for n in range(2_001)) + "\n" + ",".join("x" * 2_001) + "\n",
        "1,000,000 columns": ",".join(["a"] * 1_000_000) + "\n" + ",".join(["1"] * 1_000_000),
        "100,001 rows": "a,b\n" + "1,2\n" * 100_001,
        "a header alone": "a,b\n",
        "separators alone": ",,,\n" * 1_000,
        "blanks alone": " \n" * 1_000,
        "JSON": '[{"a": 1}]',
        "JSON in lines": '{"a": 1}\n{"a": 2}\n',
        "XML": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
    }.items():
        yield kind, text.encode()
    for kind, text in {
        "formulas": "a,b\n" + "".join(f'"{word.replace(chr(34), chr(34) * 2)}",x\n' for word in FORMULAS[:12]),
        "script in names and cells": f"b,{SCRIPT}\n2,{SCRIPT}\n",
        "what a terminal obeys in a name": "a\x1b[31m,b\u202e\n1,2\n",
        "a name of 100,000 letters": f"{'a' * 100_000},b\n1,2\n",
        "2,000 equal names": ",".join(["a"] * 2_000) + "\n" + ",".join(["x"] * 2_000) + "\n",
        "numbers of 5,000 digits": f"a,b\n{'9' * 5_000},1\n",
        "NaN and infinities": "a,b\nnan,inf\n-inf,1e999\nNaN,Infinity\n",
        "a path": "a,b\n../../etc/passwd,file:///etc/passwd\n",
        "100,000 rows": "a,b\n" + "1,2\n" * 100_000,
        "all separators in one row": "a,b;c|d\te f\n1,2;3|4\t5 6\n",
        "the separator of Excel": "sep=;\na;b\n1;2\n",
        "carriage returns": "a,b\r1,2\r",
        "a mark of Unicode in the middle": "a,b\n1,\ufeff2\n",
    }.items():
        yield FINE + kind, text.encode()
    yield f"{FINE}UTF-16", sources.WINE.encode("utf-16")
    yield f"{EITHER}half of UTF-16", sources.WINE.encode("utf-16")[:-1]
    yield f"{EITHER}half a letter of UTF-16", b"\xff\xfe" + "a,b\n1,".encode("utf-16-le") + b"\x00\xd8,\0"
    yield f"{EITHER}no UTF-8", good + b"\xff,\xfe,\xc0,\x80\n"
    yield f"{EITHER}every byte beyond ASCII", b"a,b\n" + bytes(range(128, 256)) + b",1\n"
    yield f"{FINE}UTF-8 with two marks", b"\xef\xbb\xbf\xef\xbb\xbfa,b\n1,2\n"


# --- spreadsheets


def spreadsheets() -> Kinds:
    """Yields Excel's and OpenDocument's files."""
    rows: list[list[object]] = [["a", "b"], [1, "x"], [2.5, "y"]]
    good = sources.xlsx({"A": rows})
    yield from _damaged(good)
    yield f"{FINE}as it was", good
    yield f"{FINE}of 1997", sources.xls(rows)
    yield f"{FINE}OpenDocument", sources.ods(rows)
    yield "a password", sources.ole("EncryptedPackage", b"x")
    yield "a document of 1997", sources.ole("WordDocument", b"x")
    yield "of 1997: cut", sources.xls(rows)[:2_000]
    yield "of 1997: noise", sources.ole("Workbook", np.random.default_rng(0).bytes(4_000))
    yield f"{EITHER}of 1997: a loop of sectors", sources.xls(rows).replace(struct.pack("<I", 4), struct.pack("<I", 3))
    one = '<c r="{}{}"><v>1</v></c>'
    for kind, places in {
        "a cell in the last corner": [("A", 1), ("XFD", 1_048_576)],
        "a cell beyond all corners": [("A", 1), ("ZZZZZZ", 99_999_999_999)],
        "a cell in the last row": [("A", 1), ("A", 1_048_576)],
        "a cell in the last column": [("A", 1), ("XFD", 1)],
    }.items():
        yield kind, sources.xlsx({"A": "".join(f'<row r="{r}">{one.format(c, r)}</row>' for c, r in places)})
    for kind, body in {
        "no number": '<row r="1"><c r="A1"><v>x</v></c></row>',
        "a text that is not there": '<row r="1"><c r="A1" t="s"><v>99999</v></c></row>',
        "no place": '<row r="1"><c r="?"><v>1</v></c></row>',
        "an entity": '<row r="1"><c r="A1"><v>&lol;</v></c></row>',
        "open tags": '<row r="1">' * 10_000,
        "a cell of 200,000 letters": f'<row r="1"><c r="A1" t="str"><v>{"x" * 200_000}</v></c></row>',
        "a formula": '<row r="1"><c r="A1" t="str"><f>HYPERLINK("http://a.example")</f><v>=cmd|x</v></c></row>',
        "an error": '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="e"><v>#REF!</v></c></row>',
        "infinite": '<row r="1"><c r="A1"><v>1e999</v></c></row>',
        "a date of the year 100,000": '<row r="1"><c r="A1" s="1"><v>99999999</v></c></row>',
    }.items():
        yield EITHER + kind, sources.xlsx({"A": body})
    yield "no sheet", sources.xlsx({})
    yield "empty sheets", sources.xlsx({"A": [], "B": []})
    yield f"{FINE}script in names", sources.xlsx({"A": [["x", "y"], [1, SCRIPT.replace("<", "&lt;")]]})
    bomb = {"[Content_Types].xml": "", "xl/worksheets/sheet1.xml": b" " * 70_000_000}
    yield "a bomb", sources.zipped(bomb)
    lol = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
    )
    yield "a billion laughs", sources.xlsx({"A": f"{lol}]><row><c><v>&j;</v></c></row>"})
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    yield "OpenDocument: a cell 17 billion times", sources.ods_of(f'<table:table table:name="A">{row}</table:table>')
    yield "OpenDocument: no sheet", sources.ods_of("")


# --- Parquet and ARFF


def _parquet(columns: dict[str, object], **options: object) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def parquet() -> Kinds:
    """Yields Parquet files."""
    good = _parquet({"a": [1, 2, None], "b": ["x", "y", "z"]})
    yield from _damaged(good)
    yield f"{FINE}as it was", good
    yield "one byte less", good[:-1]
    yield "one byte more", good + b"\0"
    length = struct.unpack("<I", good[-8:-4])[0]
    yield "a huge footer", good[:-8] + b"\xff\xff\xff\x7fPAR1"
    yield "no footer", good[:-8] + b"\0\0\0\0PAR1"
    yield "an encrypted one", good[:-4] + b"PARE"
    rng = np.random.default_rng(0)
    for n in range(12):
        start = int(rng.integers(4, len(good) - 8))
        yield f"{EITHER}a changed byte {n}", good[:start] + rng.bytes(1) + good[start + 1 :]
    yield "a footer of noise", good[: -8 - length] + rng.bytes(length) + good[-8:]
    for kind, values in {
        "lists": [[1], [2], None],
        "records": [{"a": 1}, None, {"a": 2}],
        "bytes": [b"\xff", b"\xfe", None],
    }.items():
        yield kind, _parquet({"ok": [1, 2, 3], "odd": values})
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    yield "deep lists", _parquet({"a": [deep]})
    yield "2,001 columns", _parquet({f"c{n}": [1] for n in range(2_001)})
    yield "100,001 rows", _parquet({"a": np.zeros(100_001, np.int8)})
    yield "a thousand million equal values", _parquet({"a": pa.array(np.zeros(2_000_000, np.int64))})
    yield "a long cell", _parquet({"a": ["x" * 200_000]})
    many = pa.DictionaryArray.from_arrays(pa.array(np.zeros(100_000, np.int32)), pa.array(["x" * 1_000_000]))
    yield "a long cell a hundred thousand times", _parquet({"a": many})
    yield "no rows", _parquet({"a": pa.array([], pa.int8())})
    yield f"{FINE}script in a name", _parquet({SCRIPT: [1]})
    yield f"{FINE}NaN and infinities", _parquet({"a": [float("nan"), float("inf"), -0.0]})
    yield f"{FINE}equal names", _parquet_of_equal_names()
    yield f"{EITHER}a day of the year 300,000", _parquet({"a": pa.array([2**55], pa.timestamp("ms"))})


def _parquet_of_equal_names() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), stream)
    return stream.getvalue()


def arff() -> Kinds:
    """Yields ARFF files."""
    head = "@relation r\n@attribute n numeric\n@attribute c {red,blue}\n"
    good = f"{head}@data\n1,red\n?,blue\n"
    yield from _damaged(good.encode(), ("the first half", "the last half", "Latin-1", "GB 18030"))
    yield f"{FINE}as it was", good.encode()
    for kind, text in {
        "no data": head,
        "no rows": f"{head}@data\n",
        "a ragged row": f"{good}1\n",
        "an unknown category": f"{good}1,green\n",
        "no number": f"{good}x,red\n",
        "a sparse row": f"{head}@data\n{{0 1}}\n",
        "texts": f"{head}@attribute t string\n@data\n1,red,'x'\n",
        "relations": f"{head}@attribute t relational\n@attribute q numeric\n@end t\n@data\n1,red,'1'\n",
        "an unknown type": f"{head}@attribute t colour\n@data\n1,red,1\n",
        "equal names": f"{head}@attribute n numeric\n@data\n1,red,1\n",
        "a date with a zone": f"{head}@attribute d date 'yyyy-MM-dd Z'\n@data\n1,red,'2020-01-01 +0100'\n",
        "no date": f"{head}@attribute d date 'yyyy-MM-dd'\n@data\n1,red,'2020-13-01'\n",
        "no categories": f"{head}@attribute d {{}}\n@data\n1,red,x\n",
        "an attribute of one line more": f"{head}@attribute\n  d numeric\n@data\n1,red,1\n",
        "100,001 rows": f"{head}@data\n" + "1,red\n" * 100_001,
        "2,001 attributes": "@relation r\n"
        + "".join(f"@attribute a{n} numeric\n" for n in range(2_001))
        + f"@data\n{','.join('1' * 2_001)}\n",
        "a zero byte": f"{good}\0,red\n",
    }.items():
        yield kind, text.encode()
    yield f"{FINE}script in names", f"@relation r\n@attribute '{SCRIPT}' numeric\n@data\n1\n".encode()
    yield f"{FINE}letters", f"{head}@attribute 'größe 尺' {{groß,小}}\n@data\n1,red,小\n".encode()
    yield f"{FINE}infinite", f"{good}1e999,red\n".encode()


# --- arrays


def npz() -> Kinds:
    """Yields NumPy's files."""
    x, y = np.arange(12.0).reshape(4, 3), np.array([0, 1, -1, 1])
    good = sources.npz(x=x, y=y)
    yield from _damaged(good)
    yield f"{FINE}as it was", good
    yield f"{FINE}packed", _packed_npz(x=x, y=y)
    yield f"{FINE}an array alone", sources.npy(x)
    yield f"{FINE}NaN in an array alone", sources.npy(np.where(x == 3, np.nan, x))
    for kind, values in {
        "NaN": np.where(x == 3, np.nan, x),
        "infinite": np.where(x == 3, np.inf, x),
        "beyond float32": x * 1e300,
        "complex": x.astype(complex),
        "texts": x.astype("U5"),
        "dates": x.astype("M8[s]"),
        "one number": np.float64(1),
        "a row": x[0],
        "no rows": x[:0],
        "no columns": x[:, :0],
        "5,000 columns": np.zeros((4, 5_000)),
        "six axes": np.zeros((4, 1, 1, 1, 1, 1)),
        "100,001 rows": np.zeros((100_001, 1)),
        "records": np.zeros(4, [("a", "f4"), ("b", "f4")]),
    }.items():
        yield f"x: {kind}", sources.npz(x=values, y=y)
    for kind, labels in {
        "three of four": y[:3],
        "a matrix": np.eye(4),
        "complex": y.astype(complex),
        "records": np.zeros(4, [("a", "f4")]),
    }.items():
        yield f"y: {kind}", sources.npz(x=x, y=labels)
    yield f"{FINE}y: long texts", sources.npz(x=x, y=np.array(["x" * 5_000, SCRIPT, "\u202e", ""]))
    yield f"{FINE}y: infinite", sources.npz(x=x, y=np.array([np.inf, -np.inf, np.nan, 1e300]))
    yield "objects that run something", sources.npz(x=x, y=np.array([_Runs()] * 4, dtype=object))
    yield "an array of objects that run something", sources.npy(np.array([_Runs()], dtype=object))
    yield "a pickle called npy", sources.zipped({"x.npy": pickle.dumps(_Runs()), "y.npy": b""})
    for kind, shape in {
        **SHAPES,
        "true for a shape": "(True, True)",
        "33 axes": f"({'1,' * 65})",
    }.items():
        yield kind, _npy(shape)
    yield "items of a gigabyte", _npy("(9,)", "S1000000000")
    yield "items without bytes", _npy("(10,)", "S0")
    yield "an unknown version", b"\x93NUMPY\x09\x00" + bytes(100)
    yield "a header of 4 GB", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'"
    yield "other names", sources.npz(a=x, b=y)
    yield "test rows without labels", sources.npz(x=x, y=y, x_test=x)
    yield "a bomb of zeros", _packed_npz(x=np.zeros((1_000, 10_000)), y=np.zeros(1_000))


def _packed_npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def idx_pairs() -> Kinds:
    """Yields zips with IDX files."""
    x, y = sources.idx_file(np.arange(48).reshape(3, 4, 4)), sources.idx_file(np.array([0, 1, 2]))
    good = sources.zipped({"a": x, "b": y})
    yield from _damaged(good)
    yield f"{FINE}as it was", good
    yield f"{FINE}packed", sources.zipped({"a.gz": gzip.compress(x), "b.xz": lzma.compress(y)})
    yield f"{FINE}images alone", x
    huge = b"\0\0\x08\3" + b"\xff\xff\xff\xff" * 3
    for kind, files in {
        "labels alone": {"b": y},
        "images twice": {"a": x, "b": x},
        "labels twice": {"a": x, "b": y, "c": y},
        "five files": dict.fromkeys("abcde", x),
        "a label less": {"a": x, "b": sources.idx_file(np.array([0, 1]))},
        "a huge shape": {"a": huge, "b": y},
        "floats": {"a": b"\0\0\x0d\2\0\0\0\1\0\0\0\1....", "b": y},
        "a byte less": {"a": x[:-1], "b": y},
        "a byte more": {"a": x + b"\0", "b": y},
        "test images without labels": {"a": x, "b": y, "t10k": x},
        "a bomb": {"a.gz": gzip.compress(x + bytes(70_000_000)), "b": y},
        "a path": {"../a": x, "../b": y},
        "no images": {"a": sources.idx_file(np.zeros((0, 4, 4))), "b": sources.idx_file(np.zeros(0))},
        "images without pixels": {"a": sources.idx_file(np.zeros((3, 0, 4))), "b": y},
        "other images to test": {"a": x, "b": y, "test": sources.idx_file(np.zeros((3, 5, 5))), "test2": y},
    }.items():
        yield kind, sources.zipped(files)


# --- images


def images() -> Kinds:
    """Yields zips of images in class folders."""
    good_files = sources.folders("cat/a.png", "dog/b.png", "unlabelled/c.png")
    good = sources.zipped(good_files)
    yield from _damaged(good)
    yield f"{FINE}as it was", good
    picture = sources.picture(sources.drawn(0))
    for kind, name in {
        "a path that leads out": "../../cat/x.png",
        "an absolute path": "/cat/x.png",
        "a path of Windows that leads out": "cat\\..\\..\\x.png",
        "an image outside the folders": "x.png",
        "an image too deep": "cat/a/b/c/x.png",
        "a test image without a class": "test/unlabelled/x.png",
    }.items():
        yield kind, sources.zipped({**good_files, name: picture})
    for kind, name in {
        "script": f"{SCRIPT.replace('/', '')}/x.png",
        "what a terminal obeys": "a\x1b[31m\u202e/x.png",
        "5,000 letters": f"{'x' * 5_000}/x.png",
        "a formula": "=cmd|' C calc'!A1/x.png",
        "a drive": "C:/x.png",
        "only blanks beside it": " cat /x.png",
    }.items():
        yield f"{FINE}a class whose name is {kind}", sources.zipped({**good_files, name: picture})
    rng = np.random.default_rng(0)
    for kind, content in {
        "no image": b"no image",
        "empty": b"",
        "noise": rng.bytes(5_000),
        "cut": picture[: len(picture) // 2],
        "script (SVG)": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>".encode(),
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file",
        "a picture that is a program": b"\x7fELF" + bytes(200),
        "a pixel bomb (PNG)": _png(50_000, 50_000),
        "a pixel bomb of 100 million (PNG)": _png(10_000, 10_000),
        "a huge header (PNG)": _png(2**31 - 1, 2**31 - 1),
        "no pixels (PNG)": _png(0, 0),
        "a huge header (GIF)": b"GIF89a\xff\xff\xff\xff\xf0\0\0" + bytes(50),
        "a huge header (BMP)": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 2**30, 2**30, 1, 8, *[0] * 6),
        "a huge header (PPM)": b"P6 99999999 99999999 255\n",
        "a loop of pages (TIFF)": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    }.items():
        yield f"an image: {kind}", sources.zipped({**good_files, "cat/x.png": content})
    text = struct.pack(">I", 0) + b"zTXt" + struct.pack(">I", zlib.crc32(b"zTXt"))
    yield f"{EITHER}an image: odd texts (PNG)", sources.zipped({"cat/x.png": picture[:33] + text + picture[33:]})
    bomb = b"zTXta\0\0" + zlib.compress(bytes(60_000_000))
    chunk = struct.pack(">I", len(bomb) - 4) + bomb + struct.pack(">I", zlib.crc32(bomb))
    yield "an image: a bomb of texts (PNG)", sources.zipped({"cat/x.png": picture[:33] + chunk + picture[33:]})
    yield "no class", sources.zipped({"unlabelled/a.png": picture})
    yield "a bomb", sources.zipped({"cat/a.png": bytes(70_000_000)})
    yield f"{EITHER}a long and thin image", sources.zipped({"cat/a.png": _png(1, 1_000_000)})
    yield "60,001 images", sources.zipped({f"cat/{n}.png": b"" for n in range(60_001)}, zipfile.ZIP_STORED)


def _png(width: int, height: int) -> bytes:
    """A PNG file of one bit a pixel, all black, whose data end early where it is large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compress(bytes(min(30_000_000, (width // 8 + 2) * height)))
    about = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", about) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# --- what files are packed in


def archives() -> Kinds:
    """Yields archives of all kinds. They may unpack to 60 MB here."""
    raw = sources.WINE.encode()
    for name, pack in {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.items():
        good = pack(raw)
        yield f"{FINE}{name}: as it was", good
        yield f"{FINE}{name}: in two parts", pack(raw[:9]) + pack(raw[9:])
        yield f"{name}: cut", good[:-9]
        yield f"{name}: only a header", good[:12]
        yield f"{name}: damaged", good[: len(good) // 2] + bytes(8) + good[len(good) // 2 + 8 :]
        yield f"{name}: three times", pack(pack(pack(raw)))
        yield f"{name}: a bomb", pack(bytes(70_000_000))
        yield f"{name}: a bomb in a bomb", pack(pack(bytes(70_000_000)))
        yield f"{EITHER}{name}: noise after it", good + b"noise"
    good = sources.zipped({"wine.csv": raw})
    yield from (("zip: " + kind if kind[0] != "f" else f"{FINE}zip: {kind[6:]}", one) for kind, one in _damaged(good))
    yield "zip: a bomb", sources.zipped({"a.csv": bytes(70_000_000)})
    yield "zip: four times", sources.zipped({"a.zip": sources.zipped({"a.zip": sources.zipped({"a.zip": good})})})
    yield "zip: of two", sources.zipped({"a.csv": raw, "b.csv": raw})
    yield "zip: of none", sources.zipped({})
    yield "zip: a path that leads out", sources.zipped({"../../a.csv": raw})
    yield "zip: an absolute path", sources.zipped({"/tmp/a.csv": raw})
    yield "zip: a directory of 1,200,000 entries", _crowded(1_200_000)
    yield "zip: a directory of 64 bits", _crowded(1_200_000, zip64=True)
    yield "zip: 70,000 files", sources.zipped({f"{n}.csv": b"" for n in range(70_000)}, zipfile.ZIP_STORED)
    central = good.find(b"PK\x01\x02")
    for kind, place, value in (
        ("a password", 8, b"\1\0"),
        ("an unknown way of packing", 10, b"\x63\0"),
        ("a wrong sum", 16, bytes(4)),
        ("a file that is said to be short", 24, b"\1\0\0\0"),
        (f"{EITHER}a file that is said to be long", 24, b"\xff\xff\xff\0"),
        ("a file that begins elsewhere", 42, b"\xff\xff\0\0"),
    ):
        mark = EITHER * kind.startswith(EITHER)
        yield (
            f"{mark}zip: {kind.removeprefix(EITHER)}",
            good[: central + place] + value + good[central + place + len(value) :],
        )
    yield "zip: files over one another", _overlapping(40, 10_000_000)
    yield "zip: a link", _linked()
    yield "65 MB", b"a,b\n" + b"1,2\n" * 16_300_000


def _overlapping(n: int, size: int) -> bytes:
    """A zip whose directory names one packed file n times."""
    good = sources.zipped({"a.csv": bytes(size)})
    start, end = good.find(b"PK\x01\x02"), good.rfind(b"PK\x05\x06")
    directory = b"".join(good[start:end].replace(b"a.csv", f"{k:05}".encode()) for k in range(n))
    about = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, n, n, len(directory), start, 0)
    return good[:start] + directory + about


def _linked() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("wine.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return stream.getvalue()
