"""The runs of a class as one experiment: each member's test error, and their mean with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ladder.analysis.statistics import mean_interval
from ladder.settings import Recipe

LEAST_RUNS = 3  # of which an interval is told

Curve = tuple[Sequence[int], Sequence[float]]  # updates at which a run was measured, and its errors there, fractions


def together(curves: Mapping[str, Curve]) -> dict[str, object]:
    """Returns what the chart of a class draws: `runs`, the curves by member; `update`, those updates at which
    LEAST_RUNS runs or more were measured; and at these `mean`, `low` and `high`, the mean of their errors with its
    95 % interval (statistics.mean_interval), and `n`, how many runs they are."""
    at: dict[int, list[float]] = {}
    for updates, errors in curves.values():
        for update, error in zip(updates, errors, strict=True):
            at.setdefault(int(update), []).append(float(error))
    shared = sorted(update for update, errors in at.items() if len(errors) >= LEAST_RUNS)
    intervals = [mean_interval(at[update]) for update in shared]
    runs = {member: {"update": [*map(int, u)], "error": [*map(float, e)]} for member, (u, e) in curves.items()}
    found = {name: [getattr(one, name) for one in intervals] for name in ("mean", "low", "high", "n")}
    return {"runs": runs, "update": shared, **found}


def n_settings(recipes: Sequence[Recipe]) -> int:
    """Returns how many settings there are among the recipes, their seeds apart and each with the choices in force at
    its end. Only runs of one setting are repeats of one experiment."""
    return len({(replace(one.structure, weight_seed=0, label_seed=0), one.latest) for one in recipes})
