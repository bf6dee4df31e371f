"""What a run has shown so far, bounded: the curves, and what was changed when.

Kept twice, by the worker that trains and by the server that answers browsers. Beyond LIMIT points every second one is
dropped, by a rule that looks at update numbers alone, so both keep the same points however the rows arrive. What stays
was measured; nothing is averaged.
"""

import math
from dataclasses import dataclass, field, fields

import numpy as np

from ladder.settings import Live, Recipe

EVAL_EVERY = 50  # updates between two measurements of test error and denoising gain
LIMIT = 4000  # points of one curve: more than a chart is wide

POINTS = ("update", "supervised", "denoising", "objective", "twin_supervised")
MEASURED = ("eval_update", "test_error", "twin_error", "gain")


@dataclass
class History:
    """arrays: POINTS with a row per kept update and MEASURED with a row per measurement, as on the live channel."""

    n_levels: int  # L + 1
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        if not self.arrays:
            self.arrays = {name: np.zeros((0, *self._tail(name)), self._dtype(name)) for name in POINTS + MEASURED}

    def _tail(self, name: str) -> tuple[int, ...]:
        return (self.n_levels,) if name in ("denoising", "gain") else ()

    @staticmethod
    def _dtype(name: str) -> type:
        return np.int32 if name in ("update", "eval_update") else np.float32

    def add(self, new: dict[str, np.ndarray]) -> None:
        """Append rows to the arrays named in `new` (POINTS together, MEASURED together)."""
        for name, rows in new.items():
            self.arrays[name] = np.concatenate([self.arrays[name], np.asarray(rows, self._dtype(name))])
        self._thin(POINTS, "update")
        self._thin(MEASURED, "eval_update")

    def _thin(self, names: tuple[str, ...], key: str) -> None:
        if len(self.arrays[key]) > LIMIT:
            number = self.arrays[key] // (EVAL_EVERY if key == "eval_update" else 1)
            stride = 2 ** math.ceil(math.log2(int(number[-1]) / LIMIT))
            for name in names:
                self.arrays[name] = self.arrays[name][number % stride == 0]

    def cut(self, update: int) -> None:
        """Forget all that came after `update`."""
        for names, key in ((POINTS, "update"), (MEASURED, "eval_update")):
            keep = self.arrays[key] <= update
            for name in names:
                self.arrays[name] = self.arrays[name][keep]


def changes_of(recipe: Recipe) -> list[dict]:
    """The recipe's changes for the charts' markers: [{"update", "names": [[knob, layer or None, before, after]]}]."""
    listed, before = [], recipe.live
    for update, live in recipe.changes:
        listed.append({"update": update, "names": differences(before, live)})
        before = live
    return listed


def lambdas_of(recipe: Recipe) -> list[list]:
    """[[update, [lambda_0..lambda_L]]]: the weights in force since each update."""
    return [[update, list(live.lambdas)] for update, live in ((0, recipe.live), *recipe.changes)]


def differences(before: Live, after: Live) -> list[list]:
    """What differs, in short words: a per-layer choice that moved evenly is one entry (layer None)."""
    found = []
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


def _short(value) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:.4g}"
