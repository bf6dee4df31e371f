"""A sweep's results put together: one summary for each combination of its axes, over the seeds.

Means and intervals as in analysis/statistics.py; the runs that diverged have no error and are counted apart. One
combination is chosen by validation error for each label budget, and its test error is what it is worth.
"""

from collections.abc import Mapping
from typing import Any

from ladder.analysis.statistics import best_cell, mean_interval
from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.plans import PUBLISHED

ERRORS = ("validation_error", "test_error")
Axes = tuple[tuple[str, str], ...]  # ((axis, word), ...)
GIVEN = ("labels", "dataset")  # axes that nobody chooses a value of: what is best is asked for each


def summarise(points: list[Point], results: Mapping[str, Result]) -> list[dict[str, Any]]:
    """One dictionary for each combination of axes that has a result, in the points' order; `results` by cell key.

    `axes`, `model`, `dataset`; `validation_error` and `test_error`: {"mean", "low", "high", "n"}, fractions with their
    95 % interval, None where there is nothing to say; `seeds` and `per_seed` {"validation_error", "test_error"}: lists
    of equal length, None where the run diverged; `n_diverged`; `updates`, `n_parameters`; `seconds`, the sum; `choice`
    by validation error among those with the same GIVEN axes: "best", "as good" where the difference may be chance, else
    "worse", or "only" where there is nothing to choose from (yet); `published` for the rows of
    Pezeshki et al.: MNIST's test errors by label budget, {"error", "standard_error"}.
    """
    groups: dict[Axes, list[tuple[int, Result]]] = {}
    for point in points:
        if point.cell.key in results:
            groups.setdefault(point.axes, []).append((point.seed, results[point.cell.key]))
    found = [_summary(axes, runs) for axes, runs in groups.items()]
    words = _choices({axes: {seed: run.validation_error for seed, run in runs} for axes, runs in groups.items()})
    return [one | {"choice": words[axes]} for axes, one in zip(groups, found, strict=True)]


def _choices(errors: Mapping[Axes, Mapping[int, float | None]]) -> dict[Axes, str]:
    rivals: dict[Axes, list[Axes]] = {}
    for axes in errors:
        rivals.setdefault(tuple(pair for pair in axes if pair[0] in GIVEN), []).append(axes)
    words: dict[Axes, str] = {}
    for some in rivals.values():
        # While runs are still to come: over the seeds that all have, as with fewer seeds more would look good.
        common = set.intersection(*(set(errors[axes]) for axes in some))
        best = best_cell({axes: {seed: errors[axes][seed] for seed in common} for axes in some})
        words |= dict.fromkeys(some, "worse")
        if len(some) == 1 or not common:
            words |= dict.fromkeys(some, "only")
        elif best:
            words |= dict.fromkeys(best.others, "as good") | {best.name: "best"}
    return words


def _summary(axes: tuple[tuple[str, str], ...], runs: list[tuple[int, Result]]) -> dict[str, Any]:
    seeds, results = zip(*runs, strict=True)
    per_seed = {name: [getattr(result, name) for result in results] for name in ERRORS}
    summary = {
        "axes": {name: plain(word) for name, word in axes},
        "model": results[0].cell.contestant.model,
        "dataset": results[0].cell.structure.dataset,
        **{name: mean_interval(values)._asdict() for name, values in per_seed.items()},
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


def plain(word: str) -> int | float | str:
    """An axis's word as a number where it is one."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
