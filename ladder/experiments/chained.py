"""Runs that depend on the results of earlier ones, as a page can start them: the way to a search's best settings, and a
comparison whose contestants are tuned first."""

from collections.abc import Iterator
from contextlib import suppress

from ladder.experiments import ablation, costs, trials
from ladder.experiments.ablation import Words
from ladder.experiments.axes import Point
from ladder.experiments.cells import Cell
from ladder.experiments.chain import Chain, Link
from ladder.experiments.design import Quest
from ladder.experiments.jobs import Job
from ladder.experiments.results import Results
from ladder.experiments.search import Search, trials_of
from ladder.experiments.server import Jobs, Work
from ladder.experiments.sizes import size_of
from ladder.experiments.tasks import Crew
from ladder.experiments.trials import Trial
from ladder.experiments.tuning import Tuning


def path(server: Jobs, quest: Quest, best: Words) -> Work:
    """Returns the Work of the way from the usual settings to `best`, those of a search's best trial (ablation.py).
    Raises Problem as ablation.so_far does."""
    setup = quest.setup
    _, complete = way(server, quest, best)

    def links(crew: Crew, results: Results) -> Iterator[Link]:
        walking = ablation.walk(setup, best, [])
        points = next(walking)
        with suppress(StopIteration):
            while True:
                yield Job([point.cell for point in points], crew, results), 1
                points = walking.send(results.get({point.cell.key for point in points}))

    def like() -> list[Cell]:
        return [point.cell for point in ablation.like(setup, best)]

    n_runs = ablation.n_runs(setup, best)
    return Work(
        f"path-{quest.name}-{'-'.join(word for _, word in best)}",
        n_runs,
        complete,
        lambda crew, results: Chain(lambda: links(crew, results), n_runs, results),
        lambda crew, results: costs.estimate(like(), crew, results),
        size=lambda: size_of(like()),
    )


def way(server: Jobs, quest: Quest, best: Words) -> tuple[list[ablation.Step], bool]:
    """Returns the steps so far of the way from the usual settings to `best`, and whether these are all. Raises
    Problem as ablation.so_far and `found` do."""
    return ablation.so_far(quest.setup, best, server.found)


def tuned(server: Jobs, tuning: Tuning) -> Work:
    """Returns the Work of a comparison whose contestants are tuned first. Raises Problem as Tuning.entrants and
    `trials` do."""

    def links(crew: Crew, results: Results) -> Iterator[Link]:
        points: list[Point] = []
        for one in tuning.entrants:
            if one.setup:
                yield Search(one.setup, tuning.n_trials, crew, results), one.setup.n_seeds
            found = trials_of(results, one.setup.name) if one.setup else []
            points += one.points(_settings(found), tuning.n_seeds)
        yield Job([point.cell for point in points], crew, results), 1

    def like() -> list[Cell]:
        return [point.cell for point in tuning.like()]

    _, points = tunings(server, tuning)
    return Work(
        tuning.name,
        tuning.n_runs,
        bool(points) and len(server.found(points)) == len({point.cell.key for point in points}),
        lambda crew, results: Chain(lambda: links(crew, results), tuning.n_runs, results),
        lambda crew, results: costs.estimate(like(), crew, results),
        size=lambda: size_of(like()),
    )


def tunings(server: Jobs, tuning: Tuning) -> tuple[list[list[Trial]], list[Point]]:
    """Returns the trials so far of each entrant of a tuning, and the points with the settings that were chosen,
    none before all trials have ended. Raises Problem as `trials` and Tuning.entrants do."""
    every = [server.trials(Quest(one.setup, tuning.n_trials)) if one.setup else [] for one in tuning.entrants]
    points: list[Point] = []
    for one, found in zip(tuning.entrants, every, strict=True):
        if one.setup and sum(trial.state != "running" for trial in found) < tuning.n_trials:
            return every, []
        points += one.points(_settings(found), tuning.n_seeds)
    return every, points


def _settings(found: list[Trial]) -> dict[str, str]:
    """The words of the best trial, none where there is none."""
    best = trials.best(found)
    return dict(best.words) if best else {}
