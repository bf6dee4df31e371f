"""From a table or from arrays to rows that a network can learn from, with words for all that was done.

Everything that is fitted, such as means and the words of texts, is fitted to the training rows only. The same choices
make the same rows of the same source, so that what is kept of them is enough to prepare rows of another file alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ladder.arrays import Floats, Ints, Numbers
from ladder.data.choices import FEATURES, Choices, Note
from ladder.data.columns import MOST_CLASSES, SPLIT_WORDS, clean_names, missing
from ladder.data.encoding import Encoder, Standard, leaking
from ladder.data.rows import Data, split
from ladder.data.source import ArraySource, Source, TableSource
from ladder.problems import Problem

UNKNOWN = -1  # the class of a training row whose class nobody knows
MOST_VALUES = 20_000_000  # of all prepared rows together
NUMBERS = 1  # raised when the same choices make other rows than before
MOST_FEATURES = 4000  # values of a row


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows ready to learn from. `data`: with y = UNKNOWN for training rows of no known class, and `given`, the numbers
    of the others. `done`: what was done, in order, and `warnings`: what may go wrong, each a text key and its values.
    `counts`: for each class the labelled training rows and the test rows."""

    data: Data
    done: tuple[Note, ...]
    warnings: tuple[Note, ...]
    counts: tuple[tuple[int, int], ...]

    @property
    def n_unlabelled(self) -> int:
        """Returns the number of training rows of no known class."""
        return int((self.data.y == UNKNOWN).sum())


def prepare(source: Source, choices: Choices) -> Prepared:
    """Returns the rows of a source. Raises a Problem that says what hinders: own_no_target, own_no_features,
    own_one_class, own_classes, own_untrained, own_wide, own_large, own_no_test, own_split_word, and those of
    Encoder.fit."""
    return _of_table(source, choices) if isinstance(source, TableSource) else _of_arrays(source, choices)


def classes_of(labels: "pd.Series[str]", minus_one: str) -> tuple[Ints, tuple[str, ...]]:
    """Returns the class (n,) of each row, UNKNOWN for a row without a label, and the classes' names, numbers in their
    order. `labels`: texts (n,); `minus_one`: what -1 means. Raises Problem own_one_class for less than two classes, and
    own_classes for more than MOST_CLASSES."""
    words = labels.str.strip()
    unknown = missing(labels)
    if minus_one == "unlabelled":
        unknown = unknown | (words == "-1").to_numpy(bool) | (words == "-1.0").to_numpy(bool)
    names = words[~unknown].drop_duplicates()
    if len(names) < 2:
        raise Problem("own_one_class", n=len(names))
    if len(names) > MOST_CLASSES:
        raise Problem("own_classes", n=f"{len(names):,}", high=MOST_CLASSES)
    as_numbers = pd.to_numeric(names, errors="coerce")
    ordered = list(names.iloc[np.argsort(as_numbers, kind="stable")] if as_numbers.notna().all() else sorted(names))
    y = pd.Categorical(words.mask(unknown), categories=ordered).codes.astype(np.int64)
    return y, tuple(ordered)


def encoder_of(source: TableSource, choices: Choices) -> Encoder:
    """Returns the encoder that `prepare` fits. Raises Problem as it does."""
    return _fitted(source, choices).encoder


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A table on its way: its `cells` (n, c) under their clean names, the `target` column, the class of each row,
    the numbers of the training and the test rows, how these were chosen, and the encoder fitted to the former."""

    cells: pd.DataFrame
    target: str
    y: Ints
    class_names: tuple[str, ...]
    train: Ints
    test: Ints
    how: Note
    encoder: Encoder


def _fitted(source: TableSource, choices: Choices) -> _Fitted:
    cells = named(source.cells)
    roles = {name: choices.roles.get(name, "ignored") for name in cells.columns}
    targets = [name for name, role in roles.items() if role == "target"]
    if len(targets) != 1:
        raise Problem("own_no_target", n=len(targets))
    features = {name: role for name, role in roles.items() if role in FEATURES}
    if not features:
        raise Problem("own_no_features")
    y, class_names = classes_of(cells[targets[0]], choices.minus_one)
    train, test, how = _parts(cells, roles, y, choices)
    encoder = Encoder(features, decimal_of(source), choices.text_way, choices.text_width)
    encoder.fit(cells.iloc[train])
    return _Fitted(cells, targets[0], y, class_names, train, test, how, encoder)


def _of_table(source: TableSource, choices: Choices) -> Prepared:
    found = _fitted(source, choices)
    cells, y, train, test, encoder = found.cells, found.y, found.train, found.test, found.encoder
    _check_size(len(cells), len(encoder.names))
    x, x_test = (encoder.rows(cells.iloc[rows]) for rows in (train, test))
    data = _data(x, y[train], x_test, y[test], found.class_names, encoder.names, None, encoder.scale)
    keys = pd.util.hash_pandas_object(cells[list(encoder.features)], index=False).to_numpy()
    notes = _warnings(data, int(np.isin(keys[test], keys[train]).sum()))
    leaks = tuple(("own.warning.leak", {"column": name}) for name in leaking(encoder, cells.iloc[train], y[train]))
    done = _target_note(found.target, y, found.class_names), found.how, *encoder.done
    return Prepared(data, done, (*notes, *encoder.notes, *leaks), _counts(data))


def _of_arrays(source: ArraySource, choices: Choices) -> Prepared:
    own_test = source.x_test is not None and source.y_test is not None
    whole, labels = source.x, source.y
    if source.x_test is not None and source.y_test is not None:
        whole, labels = np.concatenate([whole, source.x_test]), np.concatenate([labels, source.y_test])
    y, class_names = classes_of(pd.Series(labels, dtype=str), choices.minus_one)
    if own_test:
        order: Ints = np.arange(len(whole))
        train, test = order[: len(source.x)], order[len(source.x) :][y[len(source.x) :] != UNKNOWN]
        how: Note = ("own.done.own_test", {"n": f"{len(test):,}"})
    else:
        train, test, how = _drawn(y, choices)
    shape = (int(whole.shape[1]), int(whole.shape[2])) if source.image else None
    flat = whole.reshape(len(whole), -1)
    _check_size(*flat.shape)
    x, scale, done = _values(flat, train, shape)
    names = () if shape else tuple(str(k + 1) for k in range(flat.shape[1]))
    data = _data(x[train], y[train], x[test], y[test], class_names, names, shape, scale)
    known = {hash(flat[row].tobytes()) for row in train}
    n_twice = sum(hash(flat[row].tobytes()) in known for row in test)
    return Prepared(data, (_target_note("", y, class_names), how, done), _warnings(data, n_twice), _counts(data))


def _values(
    flat: Numbers, train: Ints, shape: tuple[int, int] | None
) -> tuple[Floats, tuple[Floats, Floats] | None, Note]:
    """Returns all rows `flat` (n, d) as a network takes them, float32, the scale of Data, and what was done. `shape`:
    of images, whose pixels get values from 0 to 1; other rows are standardised as the training rows `train` need it."""
    if shape:
        pixels: Floats = np.asarray(flat, np.float32) / np.float32(white(flat))
        return pixels, None, ("own.done.images", {"height": shape[0], "width": shape[1]})
    scaler = Standard(flat[train])
    return scaler.rows(flat), scaler.scale, ("own.done.numbers", {"n": f"{flat.shape[1]:,}"})


def decimal_of(source: TableSource) -> str:
    """Returns the decimal sign of a table's numbers."""
    return str(source.found.get("decimal") or ".")


def named(cells: pd.DataFrame) -> pd.DataFrame:
    """Returns a table with its columns' names without header flags."""
    return cells.set_axis([*clean_names(cells.columns)], axis=1)


def white(x: Numbers) -> float:
    """Returns the value of a white pixel of images x: 255 for bytes, 1 for values up to 1, else the largest value."""
    return 255.0 if x.dtype == np.uint8 else max(1.0, float(x.max(initial=0)))


def _data(
    x: Floats,
    y: Ints,
    x_test: Floats,
    y_test: Ints,
    class_names: tuple[str, ...],
    feature_names: tuple[str, ...],
    image_shape: tuple[int, int] | None,
    scale: tuple[Floats, Floats] | None,
) -> Data:
    """Returns the Data. Raises Problem own_untrained where a class has no labelled training row."""
    absent = [name for k, name in enumerate(class_names) if not (y == k).any()]
    if absent:
        raise Problem("own_untrained", names=", ".join(absent[:5]))
    rows = [np.ascontiguousarray(part, np.float32) for part in (x, x_test)]
    given = np.flatnonzero(y != UNKNOWN) if (y == UNKNOWN).any() else None
    return Data("", rows[0], y, rows[1], y_test, class_names, image_shape, feature_names, scale, given)


def _check_size(n_rows: int, n_features: int) -> None:
    """Raises Problem own_wide where a row has too many values, and own_large where all rows together have."""
    if n_features > MOST_FEATURES:
        raise Problem("own_wide", n=f"{n_features:,}", high=f"{MOST_FEATURES:,}")
    if n_rows * n_features > MOST_VALUES:
        raise Problem("own_large", n=f"{n_rows * n_features:,}", high=f"{MOST_VALUES:,}")


def _parts(cells: pd.DataFrame, roles: Mapping[str, str], y: Ints, choices: Choices) -> tuple[Ints, Ints, Note]:
    """Returns the numbers of the training and of the test rows, and in words how they were chosen: by the split column,
    by the groups of a column, or by chance."""
    by = {role: name for name, role in roles.items() if role in ("split", "group")}
    if "split" in by:
        return _as_said(cells[by["split"]], by["split"], y)
    if "group" in by:
        return _by_group(cells[by["group"]], by["group"], y, choices)
    return _drawn(y, choices)


def _as_said(cells: "pd.Series[str]", column: str, y: Ints) -> tuple[Ints, Ints, Note]:
    words = cells.str.strip().str.lower()
    parts = words.map(SPLIT_WORDS).mask(missing(cells), "train")
    unclear = np.flatnonzero(parts.isna())
    if len(unclear):
        row = int(unclear[0])
        raise Problem("own_split_word", column=column, row=row + 1, value=str(cells.iloc[row])[:40])
    is_test = (parts == "test").to_numpy()
    test = np.flatnonzero(is_test & (y != UNKNOWN))
    if not len(test):
        raise Problem("own_no_test")
    return np.flatnonzero(~is_test), test, ("own.done.split", {"column": column, "n": f"{len(test):,}"})


def _by_group(cells: "pd.Series[str]", column: str, y: Ints, choices: Choices) -> tuple[Ints, Ints, Note]:
    groups = cells.str.strip()
    names = groups.drop_duplicates().to_numpy()
    order = np.random.default_rng(choices.split_seed).permutation(names)
    counts = pd.Series(y != UNKNOWN).groupby(groups.to_numpy()).sum()
    reached = counts.loc[order].cumsum().to_numpy()
    n = int(np.searchsorted(reached, choices.test_share * reached[-1])) + 1
    is_test = groups.isin(order[: min(n, len(order) - 1)]).to_numpy()
    test = np.flatnonzero(is_test & (y != UNKNOWN))
    if not len(test):
        raise Problem("own_no_test")
    values = {"column": column, "n_groups": min(n, len(order) - 1), "n": f"{len(test):,}"}
    return np.flatnonzero(~is_test), test, ("own.done.group", values)


def _drawn(y: Ints, choices: Choices) -> tuple[Ints, Ints, Note]:
    """Returns training and test rows drawn by chance: the test rows are labelled and have the classes' proportions; one
    labelled row of each class stays for training, whatever the share."""
    order = np.random.default_rng(choices.split_seed).permutation(np.flatnonzero(y != UNKNOWN))
    _, kept = np.unique(y[order], return_index=True)  # the first of each class
    may = np.sort(np.delete(order, kept))
    n_test = min(round(choices.test_share * len(order)), len(may))
    if not n_test:
        raise Problem("own_no_test")
    test = np.sort(may[split(y[may], n_test, choices.split_seed)[1]])
    train = np.setdiff1d(np.arange(len(y)), test)
    return train, test, ("own.done.drawn", {"n": f"{n_test:,}", "seed": choices.split_seed})


def _target_note(column: str, y: Ints, class_names: tuple[str, ...]) -> Note:
    n_unknown = int((y == UNKNOWN).sum())
    values = {"n_classes": len(class_names), "n_labelled": f"{len(y) - n_unknown:,}", "n_unlabelled": f"{n_unknown:,}"}
    return ("own.done.target", {"column": column, **values}) if column else ("own.done.labels", values)


def _counts(data: Data) -> tuple[tuple[int, int], ...]:
    return tuple((int((data.y == k).sum()), int((data.y_test == k).sum())) for k in range(data.n_classes))


def _warnings(data: Data, n_twice: int) -> tuple[Note, ...]:
    """Returns what a person should know before training. `n_twice`: the test rows that are training rows too."""
    notes: list[Note] = []
    counts, n_known = _counts(data), int((data.y != UNKNOWN).sum())
    if data.given is not None:
        share = f"{100 * (1 - n_known / len(data.y)):.0f}"
        notes.append(
            (
                "own.warning.mostly_unlabelled" if 2 * n_known < len(data.y) else "own.warning.unlabelled",
                {"percent": share},
            )
        )
    for key, names in (
        ("single", [name for name, (n, _) in zip(data.class_names, counts, strict=True) if n == 1]),
        ("untested", [name for name, (_, n) in zip(data.class_names, counts, strict=True) if not n]),
    ):
        if names:
            notes.append((f"own.warning.{key}", {"n": len(names), "names": ", ".join(names[:5])}))
    if n_twice:
        notes.append(("own.warning.twice", {"n": f"{n_twice:,}"}))
    return tuple(notes)
