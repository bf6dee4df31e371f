"""What a person's file holds, before anything of it is interpreted: a table of texts, or arrays with labels.

`reading.read` makes it. Which column is the target, what is a number, and which cells are missing are decided after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas

from ladder.arrays import Numbers, Texts
from ladder.problems import Problem

SEPARATORS = (",", ";", "\t", "|", " ", "")  # "": each line is one cell
DECIMALS = (".", ",")
ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "gb18030")
LEAST_SIDE, MOST_SIDE = 8, 64  # pixels

# The files' formats, as in `found["format"]`.
FORMATS = ("csv", "tsv", "xlsx", "xls", "ods", "parquet", "arff", "npy", "npz", "idx", "images")


@dataclass(frozen=True)
class Reading:
    """How a file is to be read; None: find it out. Each is used by those formats alone that it is about.

    `separator`: one of SEPARATORS, " " for one or more blanks. `decimal`: one of DECIMALS. `encoding`: one of
    ENCODINGS. `header`: whether the first row has the columns' names. `sheet`: the name of a spreadsheet's sheet.
    `side`: pixels per side of all images, LEAST_SIDE to MOST_SIDE. `classless`: whether images may also lie outside
    class folders, as those do of which a model is to tell the class; they have no label then. Raises Problem
    "reading_option" for any other value.
    """

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | None = None
    side: int | None = None
    classless: bool = False

    def __post_init__(self) -> None:
        choices: dict[str, Sequence[object]] = {
            "separator": SEPARATORS,
            "decimal": DECIMALS,
            "encoding": ENCODINGS,
            "header": (True, False),
            "side": range(LEAST_SIDE, MOST_SIDE + 1),
        }
        for option, known in choices.items():
            value = getattr(self, option)
            if value is not None and not any(value == one and type(value) is type(one) for one in known):
                raise Problem("reading_option", option=option, value=str(value)[:40])
        if self.sheet is not None and not isinstance(self.sheet, str):
            raise Problem("reading_option", option="sheet", value=str(self.sheet)[:40])


@dataclass(frozen=True, eq=False)
class TableSource:
    """A table of n rows and the columns `columns`, whose names differ. `cells`: (n, len(columns)) texts (dtype "str",
    no missing ones) under these names. A cell is what the file says, without the blanks around it, and "" where it is
    empty. Formats with types of their own are written as texts: dates by ISO 8601, whole numbers without ".0", truth as
    "true" and "false", what is missing as "".

    `found`: what was found out or given, of JSON's types: "format" (one of FORMATS), "file" (the name of the file that
    was read, inside its archive), and of Reading's names those that the format has ("decimal" is told and changes no
    cell); with "sheet" also "sheets", the names of all.
    """

    columns: tuple[str, ...]
    cells: pandas.DataFrame
    found: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ArraySource:
    """Rows x (n, ...) uint8 or float32, with labels y (n,), texts; "" for a row without a label. `x_test`, `y_test`:
    the file's own test rows, alike; None where it has none. `image`: whether x is (n, height, width), grey uint8.
    `class_names`: the different labels in order, without "". `found`: as of TableSource; of images "side", unless they
    have their own size. `names`: the images' files, first those of x, then those of x_test; empty where there are
    none."""

    x: Numbers
    y: Texts
    x_test: Numbers | None
    y_test: Texts | None
    image: bool
    class_names: tuple[str, ...]
    found: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()


Source = TableSource | ArraySource
