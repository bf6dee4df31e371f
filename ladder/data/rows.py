"""Rows to learn from: which keep their label, and the test rows that no training touches.

`labeled_rows` says which rows keep their label. They are class-balanced and nested: the first 10 are among the first
20.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from weakref import WeakKeyDictionary

import numpy as np

from ladder.arrays import Floats, Ints, Numbers
from ladder.problems import Problem

DATA_SEED = 2015  # splits and generated points are the same for everybody
NO_CLASS = 255  # in place of a class that nobody knows, in the arrays that a page is sent (ui/live/pictures.js)


@dataclass(frozen=True, eq=False)
class Data:
    """Training rows x (n, d) float32, contiguous, with classes y (n,) int64, and test rows x_test and y_test alike. All
    training rows may be used without their label. `image_shape`: (height, width), None where the rows are no images.
    `scale`: the mean and the std (d,) by which the rows were standardised, in the units of the table; None for rows
    that are as they were measured. `given`: the numbers of the only training rows whose label may be used, None where
    that of every row may. Training rows whose class nobody knows, or whose class is none of the task's, have y = -1;
    test rows always have a class. `foreign`: the numbers of the rows of classes outside the task (protocol.of_classes),
    rising, None where the task has all classes."""

    name: str
    x: Floats
    y: Ints
    x_test: Floats
    y_test: Ints
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] = ()
    scale: tuple[Floats, Floats] | None = None
    given: Ints | None = None
    foreign: Ints | None = None

    @property
    def n_features(self) -> int:
        """Returns d, the number of values in a row."""
        return int(self.x.shape[1])

    @property
    def n_classes(self) -> int:
        """Returns the number of classes, also of those that no row has."""
        return len(self.class_names)


def split(y: Numbers, n_test: int, seed: int = DATA_SEED) -> tuple[Numbers, Numbers]:
    """Returns the numbers of the training and of the test rows, the same at each call with the same `seed`; the test
    rows have the classes' proportions."""
    order = np.random.default_rng(seed).permutation(len(y))
    rank, size = np.empty(len(y)), np.bincount(y)
    for k in range(len(size)):
        members = order[y[order] == k]
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    test = np.argsort(rank, kind="stable")[:n_test]
    return order[~np.isin(order, test)], test


def holdout(data: Data, n: int) -> Data:
    """Returns the training set with `n` of the rows of `validators` as the test rows, or with all of them where these
    are fewer: in the classes' proportions and the same at each call, for choosing settings without the test set."""
    rows = validators(data)
    train, test = split(data.y[rows], n)
    if len(rows) == len(data.y):
        return divided(data, train, test)
    test = rows[test]
    return divided(data, np.setdiff1d(np.arange(len(data.y)), test), test)


def validators(data: Data) -> Ints:
    """Returns the numbers, rising, of the training rows that can be held out to measure errors. Where only some rows
    have a label, these are the others, as far as their class is known: then no label is spent. Where it is known of the
    labelled rows alone, these are the labelled rows."""
    rest = np.arange(len(data.y)) if data.given is None else np.setdiff1d(np.arange(len(data.y)), data.given)
    known: Ints = rest[data.y[rest] >= 0]
    return known if len(known) else labelable(data)


def labelable(data: Data) -> Ints:
    """Returns the numbers of the training rows whose label may be used, rising."""
    rows = np.arange(len(data.y)) if data.given is None else data.given
    found: Ints = rows[data.y[rows] >= 0]
    return found


def divided(data: Data, train: Numbers, test: Numbers) -> Data:
    """Returns the data with the training rows `train` alone and with the training rows `test` as their test rows. Both
    are numbers of rows, in the order that the rows then have."""
    place = np.full(len(data.y), -1)
    place[train] = np.arange(len(train))

    def moved(rows: Ints | None) -> Ints | None:
        return None if rows is None else np.sort(place[rows][place[rows] >= 0])

    parts = {"x": data.x[train], "y": data.y[train], "x_test": data.x[test], "y_test": data.y[test]}
    return replace(data, **parts, given=moved(data.given), foreign=moved(data.foreign))


def label_order(y: Ints, label_seed: int) -> Ints:
    """Returns the numbers of all rows (n,) of classes y (n,) in an order that depends on `label_seed`. Among its first
    rows, however many, the counts of any two classes differ by at most 1, as long as no class is used up."""
    rng = np.random.default_rng([DATA_SEED, label_seed])
    order = rng.permutation(len(y))
    first = rng.permutation(y.max() + 1)  # which classes are served first when a budget is no multiple
    rank, by_class = np.empty(len(y), np.int64), y[order]
    for k in range(y.max() + 1):
        members = np.flatnonzero(by_class == k)
        rank[members] = np.arange(len(members))
    return order[np.lexsort((first[by_class], rank))]


# For each Data, which compares by identity, what returns the order of its rows by label seed. Keeps no Data alive.
_ORDERS: WeakKeyDictionary[Data, Callable[[int], Ints]] = WeakKeyDictionary()


def _label_order(data: Data, label_seed: int) -> Ints:
    if data not in _ORDERS:
        _ORDERS[data] = lru_cache(maxsize=64)(partial(_order_of, data.y, labelable(data)))
    return _ORDERS[data](label_seed)


def _order_of(y: Ints, rows: Ints, label_seed: int) -> Ints:
    order: Ints = rows[label_order(y[rows], label_seed)]
    return order


def labeled_rows(data: Data, n_labeled: int, label_seed: int) -> Ints:
    """Returns the numbers of the training rows that keep their label, (n_labeled,): the first of label_order.

    Raises Problem labels_too_few (fewer labels than classes), labels_too_many (more labels than training rows) or
    labels_given (more than people gave).
    """
    if n_labeled < data.n_classes:
        raise Problem("labels_too_few", n_labeled=n_labeled, n_classes=data.n_classes)
    n_rows = len(labelable(data))
    if n_labeled > (n_rows if data.given is None else len(data.y)):
        raise Problem("labels_too_many", n_labeled=n_labeled, n_rows=n_rows if data.given is None else len(data.y))
    if n_labeled > n_rows:
        raise Problem("labels_given", n_labeled=n_labeled, n_rows=n_rows)
    return _label_order(data, label_seed)[:n_labeled]


def plane(data: Data, resolution: int = 64) -> tuple[Floats, tuple[float, float, float, float]]:
    """Returns a grid over 2-D data, (resolution^2, 2) float32, row by row from the lowest y upward, and its edges (x0,
    x1, y0, y1). The edges lie 8 % of the training rows' extent outside them."""
    low, high = data.x.min(0), data.x.max(0)
    margin = 0.08 * (high - low)
    (x0, y0), (x1, y1) = low - margin, high + margin
    xs, ys = np.linspace(x0, x1, resolution), np.linspace(y0, y1, resolution)
    grid: Floats = np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2).astype(np.float32)
    return grid, (float(x0), float(x1), float(y0), float(y1))
