"""A sweep's results put together: one summary for each combination of its axes, over the seeds.

Means and intervals as in statistics.py; the runs that diverged have no error and are counted apart. One combination is
chosen by validation error, and its test error is what it is worth.
"""

from collections.abc import Mapping

from ladder.cells import Result
from ladder.plans import PUBLISHED
from ladder.statistics import best_cell, mean_interval
from ladder.sweeps import Point

ERRORS = ("validation_error", "test_error")


def summarise(points: list[Point], results: Mapping[str, Result]) -> list[dict]:
    """One dictionary for each combination of axes that has a result, in the points' order; `results` by cell key.

    `axes`, `model`, `dataset`; `validation_error` and `test_error`: {"mean", "low", "high", "n"}, fractions with their
    95 % interval, None where there is nothing to say; `seeds` and `per_seed` {"validation_error", "test_error"}: lists
    of equal length, None where the run diverged; `n_diverged`; `updates`, `n_parameters`; `seconds`, the sum; `choice`
    by validation error: "best", "as good" where the difference may be chance, else "worse"; `published` for the rows of
    Pezeshki et al.: MNIST's test errors by label budget, {"error", "standard_error"}.
    """
    groups: dict[tuple, list[tuple[int, Result]]] = {}
    for point in points:
        if point.cell.key in results:
            groups.setdefault(point.axes, []).append((point.seed, results[point.cell.key]))
    found = [_summary(axes, runs) for axes, runs in groups.items()]
    errors = {axes: {seed: result.validation_error for seed, result in runs} for axes, runs in groups.items()}
    best = best_cell(errors)
    words = dict.fromkeys(best.others, "as good") | {best.name: "best"} if best else {}
    return [one | {"choice": words.get(axes, "worse")} for axes, one in zip(groups, found, strict=True)]


def _summary(axes: tuple[tuple[str, str], ...], runs: list[tuple[int, Result]]) -> dict:
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
