"""A race over many seeds and label budgets: its runs as sweep points, their errors, and what these allow to conclude.

Seed s draws weights and labels alike for every contestant, so that errors are compared in pairs. A fifth of the
training rows is held out, as in every sweep; the errors here are those of the test rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from ladder.analysis import statistics
from ladder.experiments.axes import MOST_RUNS, Point
from ladder.experiments.cells import Cell, Result
from ladder.experiments.results import KINDS, Results
from ladder.experiments.validation import Validation
from ladder.experiments.validation import check as check_rows
from ladder.problems import Problem
from ladder.recipe import race as races
from ladder.recipe.contestants import Contestant
from ladder.recipe.race import Race

AXES = ("model", "labels")


def points_of(race: Race, budgets: Iterable[int], n_seeds: int) -> list[Point]:
    """Returns a point for each contestant, label budget and seed 0..n_seeds - 1; its axes are "model" (in the words of
    a link) and "labels". Raises Problem "tournament_empty" without budgets or with fewer than two seeds,
    "sweep_too_large" for more than MOST_RUNS runs, "sweep_labels" for a budget that exceeds the training rows without
    the validation rows, "bad_whole" for a budget that Live refuses, "no_target" where training would have no end, and
    those of recipe.race.check."""
    budgets, words = sorted(set(budgets)), [races.written(one) for one in race.contestants]
    if not budgets or n_seeds < 2:
        raise Problem("tournament_empty")
    if len(words) * len(budgets) * n_seeds > MOST_RUNS:
        raise Problem("sweep_too_large", n=len(words) * len(budgets) * n_seeds, high=MOST_RUNS)
    for n_labeled in budgets:
        check_rows(Validation(), race.structure, n_labeled)
        races.check(replace(race, live=replace(race.live, n_labeled=n_labeled)))
    if not race.live.n_updates and any(one.family != "reference" for one in race.contestants):
        raise Problem("no_target")
    return [
        Point((("model", word), ("labels", str(n_labeled))), seed, _cell(race, contestant, n_labeled, seed))
        for contestant, word in zip(race.contestants, words, strict=True)
        for n_labeled in budgets
        for seed in range(n_seeds)
    ]


def _cell(race: Race, contestant: Contestant, n_labeled: int, seed: int) -> Cell:
    structure = replace(race.structure, weight_seed=seed, label_seed=seed)
    return Cell(structure, replace(race.live_of(contestant), n_labeled=n_labeled), contestant)


def described(race: Race, budgets: Sequence[int], n_seeds: int) -> dict[str, object]:
    """Returns what repeats a comparison over seeds as plain data, for Sweep.about: "race", the query parameters of its
    link, "budgets" and "n_seeds"."""
    return {"race": races.query(race, "en", 0), "budgets": list(budgets), "n_seeds": n_seeds}


def recognise(results: Results) -> None:
    """Notes what repeats them with the comparisons that earlier versions kept as sweeps, so that they are listed as
    comparisons. That is what a sweep is in which a model has unusual choices of its own ("vat!epsilon=1"), which no
    other sweep can have. A comparison of usual models stays a sweep, as the sweep over these models and label budgets
    has the same runs under the same name. Raises Problem "results_unreadable"."""
    for one in results.sweeps():
        if one.kind == "sweep" and one.axes == AXES:
            with suppress(Problem):  # of another version of the program
                about = _about(results.points(one.name))
                if about:
                    results.note(one.name, KINDS["comparison"], about)


def _about(points: list[Point]) -> dict[str, object] | None:
    """What repeats the comparison that has these points; None where no comparison is known to have them."""
    words, budgets = (list(dict.fromkeys(dict(point.axes)[name] for point in points)) for name in AXES)
    link, race = races.read({races.MODELS_KEY: ",".join(words)})
    if link.warnings or not any("!" in word for word in words):
        return None
    n_labeled, n_seeds = list(map(int, budgets)), 1 + max(point.seed for point in points)
    for cell in {dict(one.axes)["model"]: one.cell for one in reversed(points)}.values():  # some lack some choices
        with suppress(Problem):
            found = replace(race, structure=cell.structure, live=cell.live)
            if points_of(found, n_labeled, n_seeds) == points:
                return described(found, n_labeled, n_seeds)
    return None


def errors_of(points: list[Point], results: Mapping[str, Result]) -> dict[int, dict[str, dict[int, float]]]:
    """Returns test errors as label budget -> model -> seed -> fraction, of the runs that have one. Budgets and models
    without any have an empty dictionary. `results`: by cell key."""
    found: dict[int, dict[str, dict[int, float]]] = {}
    for point in points:
        axes, result = dict(point.axes), results.get(point.cell.key)
        by_model = found.setdefault(int(axes["labels"]), {}).setdefault(axes["model"], {})
        if result and result.test_error is not None:
            by_model[point.seed] = result.test_error
    return found


def diverged_of(points: list[Point], results: Mapping[str, Result]) -> dict[int, dict[str, int]]:
    """Returns how many runs diverged: label budget -> model -> number. `results`: by cell key."""
    found: dict[int, dict[str, int]] = {}
    for point in points:
        axes, result = dict(point.axes), results.get(point.cell.key)
        by_model = found.setdefault(int(axes["labels"]), {})
        by_model[axes["model"]] = by_model.get(axes["model"], 0) + bool(result and result.diverged)
    return found


def facts(
    errors: Mapping[str, Mapping[int, float]], focus: str, margin: float = statistics.MARGIN
) -> list[statistics.Fact]:
    """Returns the statistics.verdict of one label budget: `focus` against every other contestant that has two seeds in
    common with it. `errors`: model -> seed -> fraction. The list is empty where there is no such contestant."""
    mine = errors.get(focus, {})
    rivals = {name: found for name, found in errors.items() if len(set(found) & set(mine)) > 1}
    return statistics.verdict(rivals, focus, margin=margin) if focus in rivals and len(rivals) > 1 else []
