"""What all tables have in common: texts in columns, the columns' names, and how large a table may be."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ladder.data.packed import shown
from ladder.data.source import TableSource
from ladder.problems import Problem

MOST_ROWS = 100_000
MOST_COLUMNS = 2_000
MOST_CELLS = 20_000_000
MOST_LETTERS = 131_072  # of a cell, as Python's csv has it
NAME_LETTERS = 100  # of a column's name

_BLOCK_CELLS = 200_000
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)*|[.,]\d+)([eE][-+]?\d+)?%?|[-+]?(nan|inf|infinity)", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?")


def is_number(cell: str) -> bool:
    """Returns whether a text is written as a number, with a decimal point or comma."""
    return _NUMBER.fullmatch(cell) is not None


def is_blank(row: Sequence[str]) -> bool:
    """Returns whether a row has no content."""
    return not any(cell and not cell.isspace() for cell in row)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Returns whether the first of some rows (all of one length) seems to have the columns' names.

    It has none if one of its cells is a number, a date or "?", unless its numbers count columns from 0 or 1. Else
    it has some if below one of its names a column has numbers only, or if no name occurs again below it.
    """
    first, *rest = ([cell.strip() for cell in row] for row in rows)
    numbers = [cell for cell in first if is_number(cell)]
    counting = (
        bool(rest)
        and len(numbers) > 2
        and numbers in ([str(start + n) for n in range(len(numbers))] for start in (0, 1))
    )
    if not any(first) or (numbers and not counting) or any(cell == "?" or _DATE.fullmatch(cell) for cell in first):
        return False
    columns = [(name, [cell for cell in below if cell]) for name, *below in zip(first, *rest, strict=True)]
    if any(below and not is_number(name) and all(map(is_number, below)) for name, below in columns):
        return True
    return counting or not any(name in below for name, below in columns)


def names_of(cells: Iterable[str]) -> tuple[str, ...]:
    """Returns names for columns, all different: of a cell without letters the column's number, and of those that are
    the same the second with " (2)", and so on."""
    found: dict[str, None] = {}  # in order
    for n, cell in enumerate(cells, 1):
        name = unique = shown(cell, NAME_LETTERS) or str(n)
        times = 1
        while unique in found:
            times += 1
            unique = f"{name} ({times})"
        found[unique] = None
    return tuple(found)


class Gathered:
    """Rows of texts as they are read, kept by columns and bounded. `file`: its name, for sentences."""

    def __init__(self, file: str, n_columns: int):
        self._file, self._n_columns = file, n_columns
        self._n_rows = 0
        self._rows: list[Sequence[str]] = []
        self._block = max(1, _BLOCK_CELLS // n_columns)
        self._columns: list[list[pa.Array]] = [[] for _ in range(n_columns)]
        check_size(file, 0, n_columns)

    def add(self, row: Sequence[str]) -> None:
        """Takes a row with a cell for each column. Raises Problem reading_rows or reading_cells where the table becomes
        too large."""
        self._rows.append(row)
        self._n_rows += 1
        if len(self._rows) >= self._block:
            self._settle()

    def _settle(self) -> None:
        check_size(self._file, self._n_rows, self._n_columns)
        for kept, column in zip(self._columns, zip(*self._rows, strict=True), strict=False):
            kept.append(pa.array(column, pa.large_string()))
        self._rows = []

    def columns(self) -> list[pa.ChunkedArray]:
        """Returns the columns of all rows."""
        self._settle()
        return [pa.chunked_array(kept, pa.large_string()) for kept in self._columns]


def check_size(file: str, n_rows: int, n_columns: int) -> None:
    """Raises Problem reading_rows, reading_columns or reading_cells where a table is larger than one may be."""
    if n_rows > MOST_ROWS:
        raise Problem("reading_rows", file=file, high=MOST_ROWS)
    if n_columns > MOST_COLUMNS:
        raise Problem("reading_columns", file=file, found=n_columns, high=MOST_COLUMNS)
    if n_rows * n_columns > MOST_CELLS:
        raise Problem("reading_cells", file=file, high=MOST_CELLS)


def table(file: str, names: Sequence[str], columns: Sequence[pa.ChunkedArray], found: Mapping[str, Any]) -> TableSource:
    """Returns the source of columns of texts (large_string). `names`: the cells that name them, "" for none. A column
    without a name and without content is left out. Raises Problem reading_rows, reading_columns, reading_cells,
    reading_cell (longer than MOST_LETTERS), reading_header_only (no row) or reading_empty (no cell)."""
    n_rows = len(columns[0]) if columns else 0
    check_size(file, n_rows, len(columns))
    if not n_rows:
        raise Problem("reading_header_only", file=file)
    all_names, kept = names_of(names), {}
    for name, given, column in zip(all_names, names, columns, strict=True):
        trimmed = pc.utf8_trim_whitespace(column)
        lengths = pc.utf8_length(trimmed)
        longest = pc.max(lengths).as_py() or 0
        if longest > MOST_LETTERS:
            row = pc.index(lengths, longest).as_py() + 1
            raise Problem("reading_cell", file=file, row=row, column=name, high=MOST_LETTERS)
        if longest or given.strip():
            kept[name] = trimmed
    if not kept:
        raise Problem("reading_empty", file=file)
    cells = pa.table(kept).to_pandas()
    return TableSource(tuple(kept), cells, dict(found))
