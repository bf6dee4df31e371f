"""A sweep's results put together: one summary for each combination of its axes, over the seeds.

The mean and its 95 % interval by Student's t; the runs that diverged have no error and are counted apart. The cell with
the lowest validation error is marked; its test error is what it is worth.
"""

import math
from collections.abc import Mapping

import numpy as np

from ladder.cells import Result
from ladder.plans import PUBLISHED
from ladder.sweeps import Point

LEVEL = 0.95
ERRORS = ("validation_error", "test_error")


def summarise(points: list[Point], results: Mapping[str, Result]) -> list[dict]:
    """One dictionary for each combination of axes that has a result, in the points' order; `results` by cell key.

    `axes`, `model`, `dataset`; `validation_error` and `test_error`: {"mean", "low", "high"}, fractions, None where
    there is nothing to say (an interval needs two seeds); `seeds` and `per_seed` {"validation_error", "test_error"}:
    lists of equal length, None where the run diverged; `n_diverged`; `updates`, `n_parameters`; `seconds`, the sum;
    `chosen`: whether the mean validation error is the lowest of all; `published` for the rows of Pezeshki et al.:
    MNIST's test errors by label budget, {"error", "standard_error"}.
    """
    groups: dict[tuple, list[tuple[int, Result]]] = {}
    for point in points:
        if point.cell.key in results:
            groups.setdefault(point.axes, []).append((point.seed, results[point.cell.key]))
    found = [_summary(axes, runs) for axes, runs in groups.items()]
    measured = [one for one in found if one["validation_error"]["mean"] is not None]
    best = min(measured, key=lambda one: one["validation_error"]["mean"], default=None)
    return [one | {"chosen": one is best} for one in found]


def _summary(axes: tuple[tuple[str, str], ...], runs: list[tuple[int, Result]]) -> dict:
    seeds, results = zip(*runs, strict=True)
    per_seed = {name: [getattr(result, name) for result in results] for name in ERRORS}
    summary = {
        "axes": {name: plain(word) for name, word in axes},
        "model": results[0].cell.contestant.model,
        "dataset": results[0].cell.structure.dataset,
        **{name: interval(values) for name, values in per_seed.items()},
        "seeds": list(seeds),
        "per_seed": per_seed,
        "n_diverged": sum(result.diverged is not None for result in results),
        "updates": max(result.updates for result in results),
        "n_parameters": results[0].n_parameters,
        "seconds": round(sum(result.seconds for result in results), 3),
    }
    published = PUBLISHED.get(dict(axes).get("variant", ""))
    if published:
        summary["published"] = {
            str(n_labeled): {"error": round(mean / 100, 5), "standard_error": round(error / 100, 5)}
            for n_labeled, (mean, error) in published.items()
        }
    return summary


def interval(values: list[float | None]) -> dict[str, float | None]:
    """{"mean", "low", "high"} of the values that are there."""
    from scipy.stats import t

    there = np.array([value for value in values if value is not None])
    if not len(there):
        return {"mean": None, "low": None, "high": None}
    mean, half = float(there.mean()), math.nan
    if len(there) > 1:
        half = float(t.ppf((1 + LEVEL) / 2, len(there) - 1) * there.std(ddof=1) / math.sqrt(len(there)))
    low, high = (None, None) if math.isnan(half) else (mean - half, mean + half)
    return {"mean": mean, "low": low, "high": high}


def plain(word: str) -> int | float | str:
    """An axis's word as a number where it is one."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
