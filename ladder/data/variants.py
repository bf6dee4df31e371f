"""Datasets made from others: the same rows with labels that people gave, or with rows put aside for a score.

A variant is called after the dataset that it is made from and after the hash of what it says, such as
"digits@0123456789abcdef". So a link, a run's file or a result that names it always means the same rows and labels. What
it says is a small JSON file in the folder data/ beside the runs. A process or a machine that does not have the file
cannot load the variant.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from ladder.arrays import Numbers
from ladder.data.rows import Data, divided, split
from ladder.files import runs_folder, write_whole
from ladder.problems import Problem, reason_of
from ladder.settings import base_of, is_variant

DIGITS = 16  # of a hash in a name
MOST_BYTES = 2_000_000  # of a file that is read
RESERVED_SHARE = 5  # of the training rows, one in so many is put aside, and as many are measured


@dataclass(frozen=True)
class Labels:
    """Labels that people gave to training rows of `dataset`: `rows`, their numbers, rising, and `classes`, the class
    that each was given. No other row has a label. Raises Problem "variant_word" where the two do not fit each other."""

    dataset: str
    rows: tuple[int, ...]
    classes: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        object.__setattr__(self, "classes", tuple(self.classes))
        numbers = (*self.rows, *self.classes)
        whole = all(type(one) is int and 0 <= one < 2**31 for one in numbers)
        rising = whole and all(before < after for before, after in pairwise(self.rows))
        if not rising or len(self.rows) != len(self.classes) or not self.rows or is_variant(self.dataset):
            raise Problem("variant_word")

    def applied(self, data: Data) -> Data:
        """Returns `data` with these labels, and `given`, the rows that have one. Raises Problem "variant_word" where a
        row or a class is not there."""
        rows, classes = np.array(self.rows, np.int64), np.array(self.classes, np.int64)
        if rows[-1] >= len(data.y) or classes.max() >= data.n_classes:
            raise Problem("variant_word")
        y = data.y.copy()
        y[rows] = classes
        return replace(data, y=y, given=rows)


@dataclass(frozen=True)
class Reserve:
    """Training rows of `dataset` in three parts: those of a run; as many as `n_reserved` says that are measured in
    place of the test rows; and as many that no run and no page has, for the score of a challenge. `salt`: a text that
    decides which rows these are, so that nobody knows them by the dataset alone. Raises Problem "variant_word" for a
    salt that is none."""

    dataset: str
    salt: str

    def __post_init__(self) -> None:
        if not isinstance(self.salt, str) or not 1 <= len(self.salt) <= 64 or is_variant(self.dataset):
            raise Problem("variant_word")

    def applied(self, data: Data) -> Data:
        """Returns what a run has: training rows, and the measured rows as its test rows."""
        trained, measured, _ = self._parts(data)
        return divided(data, trained, measured)

    def scored(self, data: Data) -> Data:
        """Returns the same training rows, with the rows put aside as the test rows."""
        trained, _, aside = self._parts(data)
        return divided(data, trained, aside)

    def _parts(self, data: Data) -> tuple[Numbers, Numbers, Numbers]:
        """The numbers of the rows of the three parts, each in the classes' proportions. Rows whose class nobody knows
        can be measured by no error: a run has all of them."""
        known, unknown = (np.flatnonzero((data.y >= 0) == is_known) for is_known in (True, False))
        n = n_reserved(len(known), len(data.y_test))
        seed = int.from_bytes(hashlib.sha256(self.salt.encode()).digest()[:8], "big")
        rest, aside = split(data.y[known], n, seed)
        trained, measured = split(data.y[known][rest], n, seed)
        return np.concatenate([known[rest[trained]], unknown]), known[rest[measured]], known[aside]


Variant = Labels | Reserve
KINDS: Mapping[str, type[Variant]] = {"labels": Labels, "reserve": Reserve}


def n_reserved(n_known: int, n_test: int) -> int:
    """Returns how many training rows are put aside, and how many are measured, of a dataset with so many training rows
    of a known class and so many test rows."""
    return min(n_test, n_known // RESERVED_SHARE)


def kind_of(variant: Variant) -> str:
    """Returns which of KINDS a variant is."""
    return next(name for name, one in KINDS.items() if isinstance(variant, one))


def written(variant: Variant) -> bytes:
    """Returns what a variant says, as the JSON that is hashed."""
    return json.dumps({"kind": kind_of(variant), **asdict(variant)}, sort_keys=True, separators=(",", ":")).encode()


def name_of(variant: Variant) -> str:
    """Returns what the dataset is called."""
    return f"{variant.dataset}@{hashlib.sha256(written(variant)).hexdigest()[:DIGITS]}"


def keep(variant: Variant) -> str:
    """Keeps a variant, so that `found` returns it. Returns what the dataset is called. Raises Problem "variant_disk"
    where the disk does not take it."""
    name = name_of(variant)
    try:
        path = _path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, written(variant))
    except OSError as error:
        raise Problem("variant_disk", reason=reason_of(error)) from error
    return name


def found(name: str) -> Variant:
    """Returns the variant that is called `name`. Raises Problem "variant_missing" where it is not kept here, or where
    its file says something else than its name."""
    missing = Problem("variant_missing", name=name)
    try:
        path = _path(name)
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        values = json.loads(content)
        variant = KINDS[values.pop("kind")](**values)
        if name_of(variant) != name:
            raise missing
        return variant
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError, Problem):
        raise missing from None


def check(name: str) -> None:
    """Raises Problem "variant_missing" where `name`, a dataset's, is that of a variant that is not kept here."""
    if is_variant(name):
        found(name)


def forget(names: Iterable[str]) -> None:
    """Deletes these variants, as far as they are kept here. Processes that have loaded one go on with it. Raises
    Problem "variant_stays" where the disk does not delete one."""
    try:
        for name in names:
            _path(name).unlink(missing_ok=True)
    except OSError as error:
        raise Problem("variant_stays", reason=reason_of(error)) from error


def _path(name: str) -> Path:
    assert is_variant(name), name
    return runs_folder() / "data" / f"{name.removeprefix(base_of(name))[1:]}.json"
