"""A sweep's results as the page draws them: the axes, and each combination's errors and learning curve."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from ladder.experiments.axes import Point
from ladder.experiments.cells import Result, error_curve
from ladder.experiments.summaries import plain, summarise

DIGITS = 4  # what a drawn number needs
LOG_SPREAD = 10  # an axis whose largest value is so many times the smallest is drawn by factors


def axes_of(points: list[Point]) -> list[dict[str, object]]:
    """Returns a dictionary for each axis: `name`, `words` in their order, and `scale`: "linear", "log", "even" for
    numbers that have no good place on either (zero among powers of ten), or "category" for names."""
    found: dict[str, dict[str, None]] = {}
    for point in points:
        for name, word in point.axes:
            found.setdefault(name, {})[word] = None
    return [{"name": name, "words": list(words), "scale": _scale(words)} for name, words in found.items()]


def _scale(words: Iterable[str]) -> str:
    read = [plain(word) for word in words]
    values = [value for value in read if not isinstance(value, str)]
    if len(values) < len(read):
        return "category"
    low, high = min(values), max(values)
    steps = [b - a for a, b in zip(sorted(values), sorted(values)[1:], strict=False)]
    if low > 0 and high / low >= LOG_SPREAD:
        return "log"
    return "even" if steps and low <= 0 and max(steps) > 2 * LOG_SPREAD * min(steps) else "linear"


def idle(points: list[Point]) -> list[str]:
    """Returns the names of the axes that change no run: the model does not use what they vary."""
    found = []
    for name in dict.fromkeys(name for point in points for name, _ in point.axes):
        cells: dict[tuple[object, ...], set[tuple[str, str]]] = {}
        for point in points:
            others = (point.seed, *(pair for pair in point.axes if pair[0] != name))
            cells.setdefault(others, set()).add((dict(point.axes)[name], point.cell.key))
        if all(len({key for _, key in some}) == 1 < len(some) for some in cells.values()):
            found.append(name)
    return found


def complete(points: list[Point], results: Mapping[str, Result]) -> bool:
    """Returns whether every run has a result; `results`: by cell key."""
    return all(point.cell.key in results for point in points)


def cells_of(points: list[Point], results: Mapping[str, Result]) -> list[dict[str, object]]:
    """Returns the dictionary of summaries.summarise for each combination that has a result, and in it two more entries.
    `words`: the axes' words. `curve`: lists of equal length, `update` and the validation error's `mean`, `low` and
    `high` (the extremes) over the seeds, at the updates at which every seed has one. `results`: by cell key."""
    by_axes: dict[tuple[tuple[str, str], ...], list[Result]] = {}
    for point in points:
        if point.cell.key in results:
            by_axes.setdefault(point.axes, []).append(results[point.cell.key])
    summaries = summarise(points, results)
    return [
        summary | {"words": [word for _, word in axes], "curve": _curve(found)}
        for summary, (axes, found) in zip(summaries, by_axes.items(), strict=True)
    ]


def _curve(results: list[Result]) -> dict[str, list[float]]:
    by_update: dict[int, list[float]] = {}
    for result in results:
        for update, error in error_curve(result.curve):
            if error is not None:
                by_update.setdefault(update, []).append(error)
    updates = sorted(update for update, errors in by_update.items() if len(errors) == len(results))
    columns: dict[str, Callable[[list[float]], float]] = {"mean": np.mean, "low": min, "high": max}
    drawn = {name: [round(float(of(by_update[u])), DIGITS) for u in updates] for name, of in columns.items()}
    return {"update": list(updates), **drawn}
