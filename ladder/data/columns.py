"""What the columns of a table are: found out from their cells, and for a person to change.

A column has one role (choices.ROLES). It is the target, whose values are the classes; or a feature, taken as a number,
a category, a date or a text; or it is not learned from: shown only (meta), left out (ignored), or it says to which part
of the data a row belongs (split, group). Conventions: Orange's header flags (c#, m#, i#), its signs for a missing
value, and Hugging Face's rule for what a category is.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ladder.arrays import Bools, Numbers
from ladder.data.tables import names_of

MISSING = frozenset(("", "?", "NA", "N/A", "na", "n/a", "NaN", "nan", "null", "NULL", ".", "~"))
MOST_CLASSES = 26  # of a target: as many as there are letters to mark them
FEW = 10  # distinct values that are a category, however few rows there are
CATEGORY_SHARE, MOST_CATEGORY = 0.2, 1000  # so many distinct values at most are a category too
LONG_TEXT = 3  # words on average, or LONG_TEXT_LETTERS letters of a language without blanks
LONG_TEXT_LETTERS = 12
SPLIT_WORDS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("valid", "validation", "val", "dev", "eval"), "test"
)
_FLAG = re.compile(r"([cmi])[DCST]?#(.+)", re.DOTALL)
_FLAG_ROLES = {"c": "target", "m": "meta", "i": "ignored"}
_TARGET_NAMES = ("class", "label", "target", "y", "category", "species", "outcome", "类别", "标签", "分类")
_SPLIT_NAMES = ("split", "set", "part", "partition", "fold", "subset")
_DATE_FORMATS = ("ISO8601", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%Y年%m月%d日")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Column:
    """A column of a table. `name`: without a header flag. `kind`: what its values are: "number", "category", "date",
    "text", "identifier" (a different value in each row), "constant", or "empty" where every value is missing. `role`:
    the guessed one of choices.ROLES. `n_missing` and `n_distinct`: rows without a value, and different values.
    `examples`: the first three different values. `minus_one`: whether "-1" is among the values."""

    name: str
    kind: str
    role: str
    n_missing: int
    n_distinct: int
    examples: tuple[str, ...]
    minus_one: bool = False


def clean_names(headers: Iterable[object]) -> tuple[str, ...]:
    """Returns the columns' names without their header flags (c#, m#, i#, also with a letter for the type, as in mS#),
    all different (tables.names_of)."""
    return names_of(_clean(str(header)) for header in headers)


def _clean(header: str) -> str:
    found = _FLAG.fullmatch(header)
    return (found[2] if found else header).strip() or header


def missing(cells: "pd.Series[str]") -> Bools:
    """Returns which cells (n,) stand for no value."""
    flags: Bools = cells.str.strip().isin(MISSING).to_numpy(bool)
    return flags


def numbers(cells: "pd.Series[str]", decimal: str = ".") -> Numbers:
    """Returns the numbers (n,) that cells spell, NaN for a missing value and for a cell that spells no finite number.
    `decimal`: the decimal sign, "." or ","."""
    words = cells.str.strip()
    if decimal == ",":
        words = words.str.replace(",", ".", regex=False)
    words = words.where(~words.str.contains("_", regex=False), "")  # Python reads 1_000 as a number, tables do not
    found: Numbers = pd.to_numeric(words.mask(words.isin(MISSING), ""), errors="coerce").to_numpy(float)
    return np.where(np.isfinite(found), found, np.nan)


def dates(cells: "pd.Series[str]") -> Numbers:
    """Returns the days (n,) from 1970 to the dates that cells spell, NaN for a missing value and for no date. Of the
    usual ways to write a date, the one is taken in which most cells are dates; of equals, day before month."""
    given = cells.str.strip().mask(missing(cells))
    best = np.full(len(cells), np.nan)
    for form in _DATE_FORMATS:
        times = pd.to_datetime(given, format=form, errors="coerce", utc=True)
        days = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
        found = days.to_numpy(float)
        if np.isfinite(found).sum() > np.isfinite(best).sum():
            best = found
    return best


def described(cells: pd.DataFrame, decimal: str = ".") -> tuple[Column, ...]:
    """Returns what each column of a table of texts (n, c) is, with a guessed role; at most one column is the target.
    A header flag decides the role. Else the target is the last column named as targets are, such as "label", or else
    the last column of few different values."""
    flags = [_FLAG.fullmatch(str(header)) for header in cells.columns]
    kinds = [_column(cells.iloc[:, k], name, decimal) for k, name in enumerate(clean_names(cells.columns))]
    roles = [_FLAG_ROLES[flag[1]] if flag else _role(one) for flag, one in zip(flags, kinds, strict=True)]
    for k, one in enumerate(kinds):
        if not flags[k] and one.name.lower() in _SPLIT_NAMES and _says_split(cells.iloc[:, k]):
            roles[k] = "split"
    if "target" not in roles:
        target = _guessed_target(kinds, roles)
        roles = ["target" if k == target else role for k, role in enumerate(roles)]
    first = roles.index("target") if "target" in roles else -1
    return tuple(
        Column(**{**vars(one), "role": _role(one) if role == "target" and k != first else role})
        for k, (one, role) in enumerate(zip(kinds, roles, strict=True))
    )


def is_chinese(texts: Iterable[str]) -> bool:
    """Returns whether most letters of the texts belong to languages that put no blanks between words."""
    joined = "".join(texts)
    return len(_CJK.findall(joined)) > 0.3 * len(re.sub(r"\s", "", joined)) > 0


def _says_split(cells: "pd.Series[str]") -> bool:
    return set(cells[~missing(cells)].str.strip().str.lower()) <= SPLIT_WORDS.keys()


def _column(cells: "pd.Series[str]", name: str, decimal: str) -> Column:
    empty = missing(cells)
    values = cells[~empty].str.strip()
    distinct = values.drop_duplicates()
    kind = _kind(values, distinct, decimal)
    examples = tuple(value[:80] for value in distinct[:3])
    return Column(name, kind, "", int(empty.sum()), len(distinct), examples, bool((distinct == "-1").any()))


def _kind(values: "pd.Series[str]", distinct: "pd.Series[str]", decimal: str) -> str:
    n, d = len(values), len(distinct)
    if d < 2:
        return "constant" if n else "empty"
    found = numbers(distinct, decimal)
    if np.isfinite(found).all():
        counted = d == n >= FEW and bool((np.diff(np.sort(found)) == 1).all())
        return "identifier" if counted else "number"
    if np.isfinite(dates(distinct[:1000])).all() and np.isfinite(dates(distinct)).all():
        return "date"
    if d <= FEW and d < n or d <= CATEGORY_SHARE * n and d < MOST_CATEGORY:
        return "category"
    if _long(distinct[:1000]):
        return "text"
    return "identifier" if d == n >= FEW else "category" if d < MOST_CATEGORY and d < n / 2 else "text"


def _long(texts: "pd.Series[str]") -> bool:
    if is_chinese(texts):
        return float(np.mean([len(one) for one in texts])) >= LONG_TEXT_LETTERS
    return float(np.mean([len(one.split()) for one in texts])) >= LONG_TEXT


def _role(one: Column) -> str:
    if one.kind in ("constant", "empty", "identifier"):
        return "ignored"
    return one.kind


def _guessed_target(kinds: list[Column], roles: list[str]) -> int | None:
    """Returns the number of the column that is most likely the target, None where there is none."""
    likely = [
        k for k, one in enumerate(kinds) if roles[k] in ("category", "number") and 2 <= one.n_distinct <= MOST_CLASSES
    ]
    named = [k for k in likely if kinds[k].name.lower() in _TARGET_NAMES]
    few = [k for k in likely if kinds[k].kind == "category" or kinds[k].n_distinct <= FEW]
    return max(named or few, default=None)
