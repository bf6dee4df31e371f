"""Columns of a table as numbers, by scikit-learn's preprocessing, fitted to the training rows only."""

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ladder.arrays import Bools, Floats, Ints, Numbers
from ladder.data.choices import Note
from ladder.data.columns import dates, missing, numbers
from ladder.problems import Problem

MOST_LEVELS = 50  # values of a category that get a column of their own; the rarer ones share one
MISSING_LEVEL = "—"  # the value of a category where none is given
MOST_NAMED = 8  # columns in a sentence
LEAST_ROWS = 20  # labelled rows from which a category may be said to give the class away
LEAST_ROWS_NUMBERS = 60  # from which a number may: few rows lie apart by chance


class Value(NamedTuple):
    """What a sample says of one thing. `name`: a column's, or a word; `places`: which of a row's numbers hold it;
    `counted`: whether they are 0 where it is absent, as for a word."""

    name: str
    places: tuple[int, ...]
    counted: bool


class Standard:
    """Numbers less their mean, over their std, with the median in the place of missing ones; all three are those of the
    rows x (n, c) that it is made of, NaN where a value is missing."""

    def __init__(self, x: Numbers) -> None:
        from sklearn.impute import SimpleImputer
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        self._steps = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
        self._steps.fit(np.asarray(x, np.float64))
        scaler = self._steps[-1]
        self.constant: Bools = scaler.var_ == 0
        self.scale: tuple[Floats, Floats] = scaler.mean_.astype(np.float32), scaler.scale_.astype(np.float32)

    def rows(self, x: Numbers) -> Floats:
        """Returns rows x (n, c) alike, float32."""
        found: Floats = self._steps.transform(np.asarray(x, np.float64)).astype(np.float32)
        return found


class Encoder:
    """Turns columns of a table into numbers. Numbers and dates are standardised; a category is a column of 0 and 1 for
    each of its values, one of them for a missing value; texts are counted words (TF-IDF) or letters, or hashed words.
    Nothing else of the rows that it was fitted to is kept.

    `features`: the columns' names, each with its role (choices.FEATURES). After `fit`: `names` (d,), what each number
    is called; `values`: what they say, in order; `scale`: the mean and the std (d,) by which numbers were standardised,
    0 and 1 for others; `done`: what was done, and `notes`: what may go wrong, text keys and values.
    """

    def __init__(self, features: Mapping[str, str], decimal: str, text_way: str, text_width: int) -> None:
        self.features = dict(features)
        self.decimal = decimal
        self.text_way, self.text_width = text_way, text_width
        self.done: list[Note] = []
        self.notes: list[Note] = []
        self.names: tuple[str, ...] = ()
        self.values: list[Value] = []
        self.scale: tuple[Floats, Floats] | None = None
        self._numbers: Standard | None = None
        self._levels: Any = None
        self._texts: dict[str, Any] = {}

    def _of(self, *roles: str) -> list[str]:
        return [name for name, role in self.features.items() if role in roles]

    def fit(self, cells: pd.DataFrame) -> "Encoder":
        """Fits everything to the training rows `cells`, a table of texts, and returns itself. Raises Problem
        own_not_numbers or own_not_dates, which name the column and the first row that hinders, and own_no_words for
        texts without words."""
        names: list[str] = []
        means: list[Floats] = []
        stds: list[Floats] = []
        measured = self._of("number", "date")
        if measured:
            self._numbers = Standard(self._measured(cells))
            names += measured
            self.values += [Value(name, (k,), False) for k, name in enumerate(measured)]
            means.append(self._numbers.scale[0])
            stds.append(self._numbers.scale[1])
            self._tell_measured(cells, measured)
        if self._of("category"):
            names += self._fit_levels(cells)
        for column in self._of("text"):
            found = self._fit_texts(column, cells[column])
            self.values += [Value(name, (len(names) + k,), True) for k, name in enumerate(found)]
            names += found
        rest = len(names) - sum(map(len, means))
        self.names = tuple(names)
        self.scale = (
            np.concatenate([*means, np.zeros(rest, np.float32)]),
            np.concatenate([*stds, np.ones(rest, np.float32)]),
        )
        return self

    def rows(self, cells: pd.DataFrame) -> Floats:
        """Returns rows of a table of texts as numbers (n, d), float32. A category's value that no training row had
        counts among the rare ones or as none. Raises Problem as `fit` does, but for own_no_words."""
        parts: list[Floats] = []
        if self._numbers:
            parts.append(self._numbers.rows(self._measured(cells)))
        if self._levels is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that it met a value which no training row had
                parts.append(self._levels.transform(_categories(cells[self._of("category")])))
        for column, reader in self._texts.items():
            found = reader.transform(cells[column]).toarray() * np.sqrt(self._text_size(reader))
            parts.append(found.astype(np.float32))
        return np.concatenate(parts, axis=1)

    def _measured(self, cells: pd.DataFrame) -> Numbers:
        """Returns the columns of numbers and dates (n, c), NaN where a value is missing."""
        found = []
        for name in self._of("number", "date"):
            is_date = self.features[name] == "date"
            values = dates(cells[name]) if is_date else numbers(cells[name], self.decimal)
            wrong = np.flatnonzero(np.isnan(values) & ~missing(cells[name]))
            if len(wrong):
                row = int(wrong[0])
                where = {"row": f"{cells.index[row] + 1:,}", "column": name, "value": str(cells[name].iloc[row])[:40]}
                raise Problem("own_not_dates", **where) if is_date else Problem("own_not_numbers", **where)
            found.append(values)
        return np.stack(found, 1)

    def _tell_measured(self, cells: pd.DataFrame, names: list[str]) -> None:
        assert self._numbers
        counts = {name: int(missing(cells[name]).sum()) for name in names}
        self.done.append(("own.done.numbers", {"n": f"{len(names):,}"}))
        self._tell_missing("own.done.medians", counts)
        constant = [name for name, same in zip(names, self._numbers.constant, strict=True) if same]
        if constant:
            self.notes.append(("own.warning.constant", {"n": len(constant), "names": ", ".join(constant[:5])}))

    def _tell_missing(self, key: str, counts: Mapping[str, int]) -> None:
        """Says how many values are missing in which columns, where any are."""
        words = [f"{name} ({n:,})" for name, n in counts.items() if n]
        if words:
            shown = words[:MOST_NAMED] + ([f"… + {len(words) - MOST_NAMED:,}"] if len(words) > MOST_NAMED else [])
            self.done.append((key, {"columns": ", ".join(shown)}))

    def _fit_levels(self, cells: pd.DataFrame) -> list[str]:
        from sklearn.preprocessing import OneHotEncoder

        columns = self._of("category")
        self._levels = OneHotEncoder(
            max_categories=MOST_LEVELS,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            dtype=np.float32,
            feature_name_combiner=lambda column, value: f"{column}\0{value}",
        )
        self._levels.fit(_categories(cells[columns]))
        pairs = [name.split("\0", 1) for name in self._levels.get_feature_names_out(columns)]
        first = len(self._of("number", "date"))
        for name in columns:
            places = tuple(first + k for k, (column, _) in enumerate(pairs) if column == name)
            self.values.append(Value(name, places, False))
        self.done.append(("own.done.categories", {"n": f"{len(columns):,}", "n_values": f"{len(pairs):,}"}))
        self._tell_missing("own.done.empty_levels", {name: int(missing(cells[name]).sum()) for name in columns})
        return [f"{column} = {value}" for column, value in pairs]

    def _fit_texts(self, column: str, texts: "pd.Series[str]") -> list[str]:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer

        if self.text_way == "hashed":
            reader = HashingVectorizer(n_features=self.text_width, alternate_sign=False)
        else:
            by_letter = self.text_way == "characters"
            reader = TfidfVectorizer(
                analyzer="char" if by_letter else "word",
                ngram_range=(1, 2) if by_letter else (1, 1),
                max_features=self.text_width,
                sublinear_tf=True,
                min_df=2 if len(texts) >= LEAST_ROWS else 1,
            )
        try:
            reader.fit(texts)
        except ValueError:  # no word is left
            raise Problem("own_no_words", column=column) from None
        self._texts[column] = reader
        width = self._text_size(reader)
        self.done.append((f"own.done.{self.text_way}", {"column": column, "n": f"{width:,}"}))
        if self.text_way == "hashed":
            return [f"{column} #{k + 1}" for k in range(width)]
        return list(reader.get_feature_names_out())

    def _text_size(self, reader: Any) -> int:
        return int(self.text_width if self.text_way == "hashed" else len(reader.vocabulary_))


def _categories(cells: pd.DataFrame) -> Any:
    """Returns columns of categories (n, c) as texts, with one sign for all missing values."""
    return np.stack([cells[name].str.strip().mask(missing(cells[name]), MISSING_LEVEL) for name in cells], 1)


def leaking(encoder: Encoder, cells: pd.DataFrame, y: Ints) -> list[str]:
    """Returns the columns each of which alone tells the class of every labelled training row: what becomes known only
    with the class, such as a result, is no feature. `y` (n,): -1 for rows of no known class. Empty for fewer than
    LEAST_ROWS labelled rows."""
    labelled = np.flatnonzero(y >= 0)
    if len(labelled) < LEAST_ROWS:
        return []
    asked = {name: role for name, role in encoder.features.items() if role != "text"}
    rows, known = cells.iloc[labelled], y[labelled]
    return [name for name, role in asked.items() if _tells(rows[name], role, encoder.decimal, known)]


def _tells(cells: "pd.Series[str]", role: str, decimal: str, y: Ints) -> bool:
    """Whether the values of a column fall apart into the classes: each category's value belongs to one class, or the
    numbers of each class lie in one interval that has none of another."""
    if role == "category":
        pairs = pd.DataFrame({"value": cells.str.strip().to_numpy(), "y": y}).drop_duplicates()
        return len(pairs) == pairs["value"].nunique() < len(y) / 2
    values = dates(cells) if role == "date" else numbers(cells, decimal)
    if np.isnan(values).any() or len(y) < LEAST_ROWS_NUMBERS:
        return False
    order = np.argsort(values, kind="stable")
    steps = np.flatnonzero(np.diff(y[order]))
    apart = values[order][steps] < values[order][steps + 1]
    return len(steps) == len(np.unique(y)) - 1 and bool(apart.all())
