"""Tables in Excel's and OpenDocument's files, read by calamine."""

import datetime
import io
from collections.abc import Iterable
from itertools import chain, islice

import python_calamine as calamine

from ladder.data import tables
from ladder.data.packed import File, shown
from ladder.data.source import Reading, TableSource
from ladder.problems import Problem

_HEAD = 200  # rows by which a header is found out
_SHEETS = 12  # that a sentence names

Cell = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def read(file: File, kind: str, options: Reading) -> TableSource:
    """Returns the table in a sheet: `options.sheet`, or the first visible one that has a row. `kind`: "xlsx", "xls" or
    "ods". Of a formula the result is read that the file keeps. Raises Problem reading_locked (a password),
    reading_unreadable, reading_no_sheet, reading_no_cells, and as tables.table."""
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content))
        sheets = [one for one in book.sheets_metadata if one.typ == calamine.SheetTypeEnum.WorkSheet]
        names = [one.name for one in sheets]
        if options.sheet is not None and options.sheet not in names:
            choices = ", ".join(shown(name) for name in names[:_SHEETS])
            raise Problem("reading_no_sheet", file=file.name, sheet=shown(options.sheet), choices=choices)
        visible = [one.name for one in sheets if one.visible == calamine.SheetVisibleEnum.Visible]
        for name in [options.sheet] if options.sheet is not None else visible:
            sheet = book.get_sheet_by_name(name)
            tables.check_size(file.name, sheet.height - 1, sheet.width)
            rows = (row for cells in sheet.iter_rows() if not tables.is_blank(row := list(map(_written, cells))))
            if head := list(islice(rows, _HEAD)):
                return _table(file, kind, head, rows, options, {"sheet": name, "sheets": names})
    except calamine.PasswordError as error:
        raise Problem("reading_locked", file=file.name) from error
    except (Problem, MemoryError):
        raise
    except BaseException as error:  # whatever damaged files do to a library whose failures are not all Exceptions
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise Problem("reading_unreadable", file=file.name, reason=shown(str(error))) from error
    raise Problem("reading_no_cells", file=file.name)


def _table(
    file: File,
    kind: str,
    head: list[list[str]],
    rest: Iterable[list[str]],
    options: Reading,
    about: dict[str, str | list[str]],
) -> TableSource:
    header = tables.has_header(head) if options.header is None else options.header
    gathered = tables.Gathered(file.name, len(head[0]))
    for row in chain(head[header:], rest):
        gathered.add(row)
    found = {"format": kind, "file": file.name, "decimal": options.decimal or ".", "header": header, **about}
    names = head[0] if header else [""] * len(head[0])
    return tables.table(file.name, names, gathered.columns(), found)


def _written(cell: Cell) -> str:
    """Returns a cell as a text: see TableSource."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
