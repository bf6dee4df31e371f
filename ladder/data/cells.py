"""Cells of tables that spreadsheets open, with texts that people wrote."""

import re

Cell = str | float | int | None
# What a spreadsheet takes for a formula, some of them in full width too, and after blanks and signs that nobody sees.
_FORMULA = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠]")
_BREAKS = "\t", "\r", "\n"  # with these a cell may begin in the next column or row


def disarmed(cell: Cell) -> Cell:
    """Returns a cell that no spreadsheet takes for a formula: a text that would be one has an apostrophe before it."""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if _FORMULA.match(cell) or cell.startswith(_BREAKS) else cell
