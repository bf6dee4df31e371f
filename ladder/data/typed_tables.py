"""Tables whose columns have types: Parquet, read by PyArrow, and ARFF, read by SciPy."""

import io
import re
from bisect import bisect_left
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.io import arff

from ladder.data import encodings, tables
from ladder.data.packed import MOST_UNPACKED, File, shown
from ladder.data.source import Reading, TableSource
from ladder.problems import Problem

_ATTRIBUTE = re.compile(r"""^\s*@attribute\s+('[^'\n]*'|"[^"\n]*"|\S+)\s+(string|relational)\b""", re.I | re.M)
_DATA = re.compile(r"^\s*@data\b", re.I | re.M)
_SPARSE = re.compile(r"@data\b[^\n]*\n(\s*(%[^\n]*)?\n)*\s*\{", re.I)
_QUOTED = re.compile(r'^(\s*@attribute\s+)"([^"\n\']+)"', re.I | re.M)  # SciPy knows names in single marks only
_ESCAPED = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


# --- Parquet


def read_parquet(file: File, options: Reading) -> TableSource:
    """Returns the table in a Parquet file. Raises Problem reading_unreadable, reading_unpacked, reading_type (a column
    of lists, records or bytes), and as tables.table."""
    try:
        parquet = pq.ParquetFile(pa.BufferReader(file.content))
        about = parquet.metadata
        tables.check_size(file.name, about.num_rows, about.num_columns)
        if sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups)) > MOST_UNPACKED:
            raise Problem("reading_unpacked", file=file.name, megabytes=MOST_UNPACKED // 10**6)
        table = parquet.read(use_threads=False)
    except (Problem, MemoryError):
        raise
    except Exception as error:  # whatever damaged files do to the library
        raise Problem("reading_unreadable", file=file.name, reason=shown(str(error))) from error
    columns = [_texts(file.name, name, table.column(n)) for n, name in enumerate(table.column_names)]
    found = {"format": "parquet", "file": file.name, "decimal": options.decimal or "."}
    return tables.table(file.name, table.column_names, columns, found)


def _texts(file: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Returns a column of any simple type as texts: see TableSource. Raises Problem reading_type for any other."""
    kind = column.type
    try:
        if pa.types.is_dictionary(kind):
            column = column.cast(kind.value_type)
        texts = column.cast(pa.large_string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise Problem("reading_type", file=file, column=shown(name), type=shown(str(kind))) from error
    if pa.types.is_floating(kind):
        texts = pc.if_else(pc.is_nan(column), "", texts)
    if pa.types.is_timestamp(kind):
        texts = pc.replace_substring_regex(texts, r"(\.\d*?)0+(Z?)$", r"\1\2")
        texts = pc.replace_substring_regex(texts, r"\.(Z?)$", r"\1")
        dates = pc.replace_substring_regex(texts, r" 00:00:00Z?$", "")
        times = pc.replace_substring(texts, " ", "T")
        texts = dates if pc.all(pc.not_equal(dates, texts)).as_py() else times
    return pc.fill_null(texts, "")


# --- ARFF


def is_arff(file: File) -> bool:
    """Returns whether a file is ARFF, by its name or by its first words after comments."""
    return file.name.lower().endswith(".arff") or bool(
        re.match(rb"(\xef\xbb\xbf)?(\s*(%[^\n]*)?\n)*\s*@relation\b", file.content[:100_000], re.IGNORECASE)
    )


def read_arff(file: File, options: Reading) -> TableSource:
    """Returns the table in an ARFF file; "?" becomes "". Raises Problem reading_type (an attribute of texts or
    relations), reading_sparse, reading_encoding, arff_data (no line "@data"), with the number of the first line that
    hinders arff_attribute and arff_row, reading_unreadable, and as tables.table."""
    encoding = options.encoding or encodings.found(file.content)
    text = file.content.decode(encodings.codec(file.content, encoding, file.name))
    data = _DATA.search(text)
    if not data:
        raise Problem("arff_data", file=file.name)
    header, body = text[: data.start()], text[data.start() :]
    lacking = _ATTRIBUTE.search(header)
    if lacking:
        raise Problem("reading_type", file=file.name, column=shown(lacking[1].strip("'\"")), type=lacking[2].lower())
    if _SPARSE.match(body):
        raise Problem("reading_sparse", file=file.name)
    tables.check_size(file.name, sum(line[:1] not in ("", "%") for line in body.splitlines()) - 1, 1)
    rows, about = _loaded(file.name, _QUOTED.sub(r"\1'\2'", header), body)
    names = [_letters(name) for name in about.names()]
    columns = [_attribute(file.name, name, rows[raw]) for name, raw in zip(names, about.names(), strict=True)]
    found = {"format": "arff", "file": file.name, "encoding": encoding, "decimal": options.decimal or "."}
    return tables.table(file.name, names, columns, found)


class _Lines(io.StringIO):
    """A text that counts the lines that were read of it, `n`."""

    n = 0

    def __next__(self) -> str:  # type: ignore[override]  # of io's types, not of what StringIO does
        self.n += 1
        return super().__next__()


def _loaded(file: str, header: str, body: str) -> Any:
    """Returns the rows of an ARFF file and what SciPy knows of its attributes. `header`: what stands before "@data",
    `body`: the rest. Raises Problem arff_attribute, arff_row or reading_unreadable."""
    lines = _Lines(_ascii(header + body))
    try:
        return arff.loadarff(lines)
    except MemoryError:
        raise
    except Exception as error:  # whatever damaged files do to the library
        attributes = header.splitlines(keepends=True)
        if not _is_header(attributes):
            line = bisect_left(range(len(attributes)), True, key=lambda n: not _is_header(attributes[: n + 1])) + 1
            raise Problem("arff_attribute", file=file, line=line) from error
        if lines.n > len(attributes):  # SciPy reads row by row
            raise Problem("arff_row", file=file, line=lines.n) from error
        raise Problem("reading_unreadable", file=file, reason=shown(str(error))) from error


def _is_header(lines: list[str]) -> bool:
    """Returns whether SciPy can read a file of these lines and no row."""
    try:
        arff.loadarff(io.StringIO(_ascii("".join(lines) + "@data\n")))
    except Exception:  # whatever damaged files do to the library
        return False
    return True


def _attribute(file: str, name: str, values: Any) -> pa.ChunkedArray:
    """Returns the values (n,) of an attribute as texts."""
    if values.dtype.kind == "f":
        return _texts(file, name, pa.chunked_array([values]))
    if values.dtype.kind == "M":
        unit = np.datetime_data(values.dtype)[0]
        words = np.datetime_as_string(values.astype("datetime64[s]") if unit in "hm" else values).tolist()
    else:
        words = [_letters(value.decode("ascii")) for value in values.tolist()]
    missing = "NaT" if values.dtype.kind == "M" else "?"
    return pa.chunked_array([["" if word == missing else word for word in words]], pa.large_string())


def _ascii(text: str) -> str:
    """Returns a text in which escapes stand for the letters that SciPy's reader does not know."""
    return text.encode("ascii", "backslashreplace").decode()


def _letters(text: str) -> str:
    """Returns the text that `_ascii` has escaped."""
    return _ESCAPED.sub(lambda found: found[0].encode().decode("unicode_escape"), text)
