"""What a run has shown so far, bounded: the curves, and what was changed when.

Kept twice, by the worker that trains and by the server that answers browsers. Beyond LIMIT points every second one is
dropped, by a rule that looks at update numbers alone, so both keep the same points however the rows arrive. The last
one stays in any case. What stays was measured; nothing is averaged.
"""

import math
from dataclasses import fields

import numpy as np

from ladder.arrays import Bools, Ints
from ladder.settings import Live, Recipe

EVAL_EVERY = 50  # updates between two measurements of test error and denoising gain
LIMIT = 4000  # points of one curve: more than a chart is wide

POINTS = ("update", "supervised", "denoising", "objective", "twin_supervised")
MEASURED = ("eval_update", "test_error", "twin_error", "gain")
RACED = ("eval_update", "error", "clean_error", "noisy_error", "seconds", "parts")


class Curves:
    """arrays: for each key of `SERIES` the arrays of its names, a row per kept point, as on the live channel; the key
    itself names the array of update numbers. The arrays of `WIDE` have a column for each of `width` things."""

    SERIES: dict[str, tuple[str, ...]]
    WIDE: tuple[str, ...]

    def __init__(self, width: int, arrays: dict[str, np.ndarray] | None = None):
        self.width = width
        self.arrays = arrays or {name: np.zeros((0, *self._tail(name)), self._dtype(name)) for name in self.names()}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """All arrays."""
        return tuple(name for names in cls.SERIES.values() for name in names)

    def _tail(self, name: str) -> tuple[int, ...]:
        return (self.width,) if name in self.WIDE else ()

    @staticmethod
    def _dtype(name: str) -> type:
        return np.int32 if name in ("update", "eval_update") else np.float32

    def add(self, new: dict[str, np.ndarray]) -> None:
        """Append rows to the arrays named in `new`, all of a series together."""
        for name, rows in new.items():
            self.arrays[name] = np.concatenate([self.arrays[name], np.asarray(rows, self._dtype(name))])
        self.bound()

    def bound(self) -> None:
        """Drop points of each series that has more than LIMIT of them, as the module says."""
        for key, names in self.SERIES.items():
            self._thin(names, key)

    def _thin(self, names: tuple[str, ...], key: str) -> None:
        if len(self.arrays[key]) > LIMIT:
            keep = _kept_measurements(self.arrays[key]) if key == "eval_update" else _even(self.arrays[key], 1, LIMIT)
            keep[-1] = True
            for name in names:
                self.arrays[name] = self.arrays[name][keep]

    def thinned(self, most: int) -> "Curves":
        """Another one with `most` points of each series or a few more, among them the first and the last. Runs of one
        length keep the same updates."""
        found = self.copy()
        for key, names in self.SERIES.items():
            at = found.arrays[key]
            if len(at) > most:
                keep = _even(at, EVAL_EVERY if key == "eval_update" else 1, most)
                keep[[0, -1]] = True
                found.arrays |= {name: found.arrays[name][keep] for name in names}
        return found

    def cut(self, update: int) -> None:
        """Forget all that came after `update`."""
        for key, names in self.SERIES.items():
            keep = self.arrays[key] <= update
            for name in names:
                self.arrays[name] = self.arrays[name][keep]

    def copy(self) -> "Curves":
        """Another one with the same arrays, which `add` and `cut` replace and never change."""
        return type(self)(self.width, dict(self.arrays))


def _even(updates: Ints, unit: int, most: int) -> Bools:
    """Whether each of the updates (n,) is a multiple of unit, 2 unit, 4 unit, ...: of the first of these steps that
    leaves at most `most` updates."""
    times = max(1.0, int(updates[-1]) / (unit * most))
    keep: Bools = updates % (unit * 2 ** math.ceil(math.log2(times))) == 0
    return keep


def _kept_measurements(updates: Ints) -> Bools:
    """Whether each measurement (n,) stays: LIMIT // 2 of those at multiples of EVAL_EVERY, which all runs have, and
    LIMIT // 2 of all, as slow runs have more."""
    return np.logical_or(_even(updates, EVAL_EVERY, LIMIT // 2), _even(updates, 1, LIMIT // 2))


class History(Curves):
    """Of a ladder and its twin; `width` is L + 1."""

    SERIES = {"update": POINTS, "eval_update": MEASURED}
    WIDE = ("denoising", "gain")


class RaceHistory(Curves):
    """Of contestants side by side; `width` is their number. `parts` (n, p): the costs that each reports, by turns, the
    mean since the measurement before; NaN where there is none."""

    SERIES = {"eval_update": RACED}
    WIDE = ("error", "clean_error", "noisy_error", "seconds")

    def __init__(self, width: int, arrays: dict[str, np.ndarray] | None = None, n_parts: int = 0):
        self.n_parts = n_parts
        super().__init__(width, arrays)

    def _tail(self, name: str) -> tuple[int, ...]:
        return (self.n_parts,) if name == "parts" else super()._tail(name)


def history_of(arrays: dict[str, np.ndarray]) -> Curves:
    """The history that has these arrays."""
    kind = RaceHistory if "parts" in arrays else History
    return kind(arrays[kind.WIDE[0]].shape[1], dict(arrays))


def changes_of(recipe: Recipe, start: int = 0) -> tuple[dict[str, object], ...]:
    """The recipe's changes from number `start` on, for the charts' markers: for each its "update" and its "names", a
    list of [knob, layer or None, value before, value after]."""
    befores = [recipe.live, *(live for _, live in recipe.changes)][start:]
    pairs = zip(befores, recipe.changes[start:], strict=False)
    return tuple({"update": update, "names": differences(before, live)} for before, (update, live) in pairs)


def lambdas_of(recipe: Recipe, start: int = 0) -> tuple[list[object], ...]:
    """The weights in force, [update, [lambda_0 .. lambda_L]]: at the beginning, and since each change; from number
    `start` of these on."""
    weights = ((0, recipe.live), *recipe.changes)[start:]
    return tuple([update, list(live.lambdas)] for update, live in weights)


def differences(before: Live, after: Live) -> list[list[object]]:
    """What differs, in short words: a per-layer choice that moved evenly is one entry (layer None)."""
    found: list[list[object]] = []
    for one in fields(Live):
        old, new = getattr(before, one.name), getattr(after, one.name)
        if old == new:
            continue
        if not isinstance(old, tuple):
            found.append([one.name, None, _short(old), _short(new)])
        elif len(set(old)) == len(set(new)) == 1:
            found.append([one.name, None, _short(old[0]), _short(new[0])])
        else:
            moved = [l for l in range(len(new)) if old[l] != new[l]]
            found += [[one.name, l, _short(old[l]), _short(new[l])] for l in moved]
    return found


def _short(value: float) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}"
