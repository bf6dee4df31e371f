"""A sweep's results put together: one summary for each combination of its axes, over the seeds.

Means and intervals are those of analysis/statistics.py; the runs that diverged have no error and are counted apart. The
best combination for each label budget, dataset and other condition that is given is chosen by validation error, and
judged by its test error.
"""

from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict

from ladder.analysis.statistics import best_cell, mean_interval
from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.plans import PUBLISHED
from ladder.experiments.resampling import wins

Axes = tuple[tuple[str, str], ...]  # ((axis, word), ...)
# Axes whose values are given and not chosen: each value has a best combination.
GIVEN = (
    *("labels", "dataset", "unlabeled", "known_classes", "foreign_share", "label_noise", "shuffled_labels"),
    *("validate", "validation_share"),
)


class Estimate(TypedDict):
    """The mean of `n` errors and its 95 % interval, fractions; None where the values do not allow one."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class PerSeed(TypedDict):
    """The errors of each seed, fractions; None where the run diverged."""

    validation_error: list[float | None]
    test_error: list[float | None]


class Summary(TypedDict):
    """One combination of axes over its seeds. `axes`: axis -> value; `seeds` and the lists of `per_seed` are of equal
    length; `updates`: of the longest run; `n_parameters`: the same for every seed; `seconds`: the sum. `choice`, by
    validation error among the combinations with the same GIVEN axes: "best", "as good" where the difference may be
    chance, else "worse", or "only" where there is nothing to choose from (yet). `n_validation`: validation rows of a
    run; `wins`: the share of resampled validation sets in which the combination has the lowest error (resampling.py);
    both None where they are not known. `published`, for the rows of Pezeshki
    et al., ICML 2016, Table 2: label budget -> {"error", "standard_error"}, MNIST's test errors as fractions."""

    axes: dict[str, int | float | str]
    model: str
    dataset: str
    validation_error: Estimate
    test_error: Estimate
    seeds: list[int]
    per_seed: PerSeed
    n_diverged: int
    updates: int
    n_parameters: int | None
    seconds: float
    choice: str
    n_validation: int | None
    wins: float | None
    published: NotRequired[dict[str, dict[str, float]]]


def summarise(points: list[Point], results: Mapping[str, Result]) -> list[Summary]:
    """Returns the summary of each combination of axes that has a result, in the points' order; `results`: by cell
    key."""
    groups: dict[Axes, list[tuple[int, Result]]] = {}
    for point in points:
        if point.cell.key in results:
            groups.setdefault(point.axes, []).append((point.seed, results[point.cell.key]))
    words = _choices({axes: {seed: run.validation_error for seed, run in runs} for axes, runs in groups.items()})
    won: dict[Axes, float] = {}
    for some in _rivals(groups):
        won |= wins({axes: dict(groups[axes]) for axes in some})
    return [_summary(axes, runs, words[axes], won.get(axes)) for axes, runs in groups.items()]


def _rivals(every: Iterable[Axes]) -> Iterable[list[Axes]]:
    """Returns the combinations with the same GIVEN axes, among which one is chosen."""
    rivals: dict[Axes, list[Axes]] = {}
    for axes in every:
        rivals.setdefault(tuple(pair for pair in axes if pair[0] in GIVEN), []).append(axes)
    return rivals.values()


def _choices(errors: Mapping[Axes, Mapping[int, float | None]]) -> dict[Axes, str]:
    words: dict[Axes, str] = {}
    for some in _rivals(errors):
        # While runs are still to come, only the seeds that all combinations have are compared: a combination with fewer
        # seeds would more easily be called "as good".
        common = set.intersection(*(set(errors[axes]) for axes in some))
        best = best_cell({axes: {seed: errors[axes][seed] for seed in common} for axes in some})
        words |= dict.fromkeys(some, "worse")
        if len(some) == 1 or not common:
            words |= dict.fromkeys(some, "only")
        elif best:
            words |= dict.fromkeys(best.others, "as good") | {best.name: "best"}
    return words


def _summary(axes: Axes, runs: list[tuple[int, Result]], choice: str, won: float | None) -> Summary:
    seeds, results = zip(*runs, strict=True)
    validation_errors = [result.validation_error for result in results]
    test_errors = [result.test_error for result in results]
    summary = Summary(
        axes={name: plain(word) for name, word in axes},
        model=results[0].cell.contestant.model,
        dataset=results[0].cell.structure.dataset,
        validation_error=_estimate(validation_errors),
        test_error=_estimate(test_errors),
        seeds=list(seeds),
        per_seed={"validation_error": validation_errors, "test_error": test_errors},
        n_diverged=sum(result.diverged is not None for result in results),
        updates=max(result.updates for result in results),
        n_parameters=next((result.n_parameters for result in results if result.n_parameters is not None), None),
        seconds=round(sum(result.seconds for result in results), 3),
        choice=choice,
        n_validation=next((result.n_validation for result in results if result.n_validation), None),
        wins=won,
    )
    published = PUBLISHED.get(dict(axes).get("variant", ""))
    if published:
        summary["published"] = {
            str(n_labeled): {"error": round(mean / 100, 5), "standard_error": round(error / 100, 5)}
            for n_labeled, (mean, error) in published.items()
        }
    return summary


def _estimate(errors: list[float | None]) -> Estimate:
    found = mean_interval(errors)
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def plain(word: str) -> int | float | str:
    """Returns an axis's word as a number where it spells one, else the word."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word
