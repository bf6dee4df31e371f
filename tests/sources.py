"""People's files as other programs write them, made in code, and what every Source has to keep."""

import io
import json
import struct
import zipfile

import numpy as np
from PIL import Image

from ladder.data.reading import read
from ladder.data.source import FORMATS, ArraySource, Reading, Source, TableSource

WINE = "alcohol,colour,year,class\n13.2,red,2019,barolo\n12.1,white,2020,soave\n14.0,red,2018,\n"
CELLS = [["13.2", "red", "2019", "barolo"], ["12.1", "white", "2020", "soave"], ["14.0", "red", "2018", ""]]
NAMES = ("alcohol", "colour", "year", "class")


def table(content: bytes | str, filename: str = "wine.csv", **options) -> TableSource:
    """What a table's file holds."""
    source = read(content.encode() if isinstance(content, str) else content, filename, Reading(**options))
    assert isinstance(source, TableSource)
    return kept_its_word(source)


def arrays(content: bytes, filename: str, **options) -> ArraySource:
    """What a file with arrays or images holds."""
    source = read(content, filename, Reading(**options))
    assert isinstance(source, ArraySource)
    return kept_its_word(source)


def cells(source: TableSource) -> list[list[str]]:
    return source.cells.to_numpy().tolist()


def kept_its_word(source: Source) -> Source:
    """Checks that a source is as source.py says."""
    assert source.found["format"] in FORMATS and isinstance(source.found["file"], str)
    json.dumps(source.found, allow_nan=False).encode()
    if isinstance(source, TableSource):
        assert tuple(source.cells.columns) == source.columns and len(set(source.columns)) == len(source.columns) > 0
        assert len(source.cells) and set(map(str, source.cells.dtypes)) == {"str"}
        assert not source.cells.isna().any(axis=None)
        assert all(name.isprintable() and 0 < len(name) <= 120 for name in source.columns)
        return source
    for x, y in ((source.x, source.y), (source.x_test, source.y_test)):
        assert (x is None) == (y is None)
        if x is not None:
            assert x.dtype in (np.uint8, np.float32) and np.isfinite(x).all() and x.ndim == 2 + source.image
            assert y.shape == (len(x),) and y.dtype.kind == "U" and set(y.tolist()) <= {"", *source.class_names}
    assert source.y_test is None or "" not in source.y_test
    assert not source.image or source.x.dtype == np.uint8
    return source


# --- archives


def zipped(files: dict[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


# --- spreadsheets

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TO = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx(sheets: dict[str, str | list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook. `sheets`: by name the rows of cells, or the XML of all rows."""
    states = dict.fromkeys(hidden, 'state="hidden"')
    names = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}" {states.get(name, "")}/>' for n, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_TO}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(sheets, 1)
    )
    formats = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'  # the second is that of dates
    files: dict[str, bytes | str] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1" Type="{_TO}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_TO}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{formats}</styleSheet>',
    }
    for n, rows in enumerate(sheets.values(), 1):
        body = rows if isinstance(rows, str) else "".join(_row(r, row) for r, row in enumerate(rows, 1))
        files[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
    return zipped(files)


def _row(r: int, row: list[object]) -> str:
    return f'<row r="{r}">{"".join(_cell(f"{chr(65 + c)}{r}", value) for c, value in enumerate(row))}</row>'


def _cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, np.datetime64):  # Excel counts days
        days = (value - np.datetime64("1899-12-30T00:00")) / np.timedelta64(1, "D")
        return f'<c r="{place}" s="1"><v>{float(days)!r}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def ods(rows: list[list[object]], sheet: str = "Data") -> bytes:
    """An OpenDocument spreadsheet with one sheet of texts and numbers."""

    def cell(value: object) -> str:
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return ods_of(f'<table:table table:name="{sheet}">{body}</table:table>')


def ods_of(tables: str) -> bytes:
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content{spaces}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>",
            "META-INF/manifest.xml": "<manifest/>",
        }
    )


def ole(name: str, content: bytes) -> bytes:
    """A file of Microsoft's programs before 2007 with one stream."""
    content = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
    n = len(content) // 512
    end, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    assert n + 2 <= 128, "one sector is the table of all"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    chain = [table, end, *range(3, n + 2), end]
    sectors = struct.pack("<128I", *chain, *[free] * (128 - len(chain)))
    sectors += _entry("Root Entry", 5, 1, end, 0) + _entry(name, 2, free, 2, len(content)) + bytes(256)
    return header + sectors + content


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    letters = name.encode("utf-16-le") + b"\0\0"
    about = struct.pack("<HBB3I", len(letters), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return letters.ljust(64, b"\0") + about + bytes(36) + struct.pack("<IQ", start, size)


def xls(rows: list[list[object]], sheet: str = "Data") -> bytes:
    """An Excel workbook of 1997 to 2003 with one sheet of texts and numbers."""

    def record(kind: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack("<2H", kind, len(body)) + body

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<4H2I", 0x0600, kind, 0x0DBB, 0x07CC, 0, 0x06))

    end = record(0x000A)
    body = begin(0x10)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            place = struct.pack("<3H", r, c, 0)
            if isinstance(value, str):
                body += record(0x0204, place, struct.pack("<HB", len(value), 0), value.encode("latin-1"))
            else:
                body += record(0x0203, place, struct.pack("<d", value))
    start = len(begin(5)) + 4 + 8 + len(sheet) + len(end)
    named = record(0x0085, struct.pack("<I4B", start, 0, 0, len(sheet), 0), sheet.encode("latin-1"))
    return ole("Workbook", begin(5) + named + end + body + end)


# --- arrays and images


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def idx_file(array: np.ndarray) -> bytes:
    return struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def picture(values: np.ndarray, kind: str = "PNG", **options) -> bytes:
    """An image file. `values`: (height, width), or with colours (height, width, 3 or 4)."""
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, kind, **options)
    return stream.getvalue()


def drawn(seed: int, side: int = 28, coarse: int = 6) -> np.ndarray:
    """A grey image (side, side) with about as much detail as one of coarse x coarse pixels."""
    values = np.random.default_rng(seed).integers(0, 256, (coarse, coarse), np.uint8)
    return np.asarray(Image.fromarray(values).resize((side, side), Image.Resampling.BICUBIC))


def folders(*paths: str) -> dict[str, bytes | str]:
    """Pictures by their paths in a zip."""
    return {path: picture(drawn(n)) for n, path in enumerate(paths)}
