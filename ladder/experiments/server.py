"""Jobs of this server that pages look at: each under its name, whoever started it, with one crew and one database."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from ladder.experiments import crews, jobs, trials
from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.design import Quest
from ladder.experiments.results import Results
from ladder.experiments.search import Search, setup_of, trials_of
from ladder.problems import Problem
from ladder.processes import spawn

MOST_KEPT = 20_000  # results in memory; all of them are in the database
FIRST_TRIALS = 4  # of a search, by which its cost is told
MOST_COSTS = 50  # measured or waiting to be: more than there are people who look at different designs

log = logging.getLogger(__name__)
_lock = threading.RLock()  # a beginning job asks for the crew
_jobs: dict[str, jobs.Job | Search] = {}
_held: dict[str, object] = {}
_costs: dict[str, Future] = {}
_found: dict[str, Result] = {}


def results() -> Results:
    """The database, opened once. Problem if it cannot be."""
    with _lock:
        if "results" not in _held:
            _held["results"] = Results()
        return _held["results"]


def crew():
    """The workers, which start with the first job; a cluster that ended is asked for again."""
    with _lock:
        if "crew" in _held and _held["crew"].gone:
            _held.pop("crew").close()
        if "crew" not in _held:
            _held["crew"] = crews.from_environment(spawn.n_workers())
        return _held["crew"]


def of(name: str) -> jobs.Job | Search | None:
    """The job of this name that was started last, if this server has had one."""
    return _jobs.get(name)


def active(name: str) -> bool:
    """Whether a job of this name runs or rests."""
    job = _jobs.get(name)
    return job is not None and not job.wait(0)


def cost(work: "Work") -> Future:
    """What a work will take, measured in the background; a new measurement after each job. Of many the one that was
    asked for longest ago is given up."""
    with _lock:
        found = _costs.pop(work.name, None)
        if found is None:
            measuring = _held.setdefault("measuring", ThreadPoolExecutor(1, "ladder-cost"))
            found = measuring.submit(_measured, work)
        _costs[work.name] = found  # the last one now
        if len(_costs) > MOST_COSTS:
            _costs.pop(next(iter(_costs))).cancel()
        return found


def _measured(work: "Work") -> jobs.Cost:
    """Its cost; Problem for whatever goes wrong."""
    try:
        return work.estimate()
    except RuntimeError as error:
        log.exception("a cost could not be measured")
        raise Problem("sweep_failed", reason=str(error)) from error


def start(work: "Work") -> None:
    """Train what has no result yet; a job of this name that runs already is left alone. Problem if it cannot start."""
    results(), crew()
    with _lock:
        _costs.pop(work.name, None)
        if not active(work.name):
            _jobs[work.name] = work.begin()


def cancel(name: str) -> None:
    """Give up what is not finished."""
    _jobs[name].cancel()


def found(points: list[Point]) -> dict[str, Result]:
    """The results so far, by cell key; what was read once is not read again."""
    keys = {point.cell.key for point in points}
    if len(_found) > MOST_KEPT:
        _found.clear()
    _found.update(results().get(keys - set(_found)))
    return {key: result for key in keys if (result := _found.get(key))}


def complete(points: list[Point]) -> bool:
    """Whether every run has its result."""
    return len(found(points)) == len({point.cell.key for point in points})


# --- what can be started


@dataclass(frozen=True)
class Work:
    """Runs that a page can start: the name of their job, their number at most, whether there is nothing to do, what
    begins and what estimates them, and what their progress counts: "runs" or "trials"."""

    name: str
    n_runs: int
    complete: bool
    begin: Callable[[], jobs.Job | Search]
    estimate: Callable[[], jobs.Cost]
    counted: str = "runs"


def sweep(name: str, points: list[Point]) -> Work:
    """A sweep's runs."""
    cells = [point.cell for point in points]

    def begin() -> jobs.Job:
        results().start(name, points)
        return jobs.Job(cells, crew(), results(), name=name)

    return Work(name, len(points), complete(points), begin, lambda: jobs.estimate(cells, crew(), results()))


def search(quest: Quest, known: list[trials.Trial]) -> Work:
    """A search's runs; `known`: search_trials of it. What they take is told of the next few trials."""
    setup, n_trials = quest.setup, int(min(quest.n_trials, quest.setup.n_settings))
    ended = [trial for trial in known if trial.state != "running"]

    def estimate() -> jobs.Cost:
        new: list[trials.Trial] = []
        for number in range(len(ended), min(len(ended) + FIRST_TRIALS, n_trials)):
            words = trials.suggest(setup, [*ended, *new])
            new += [trials.Trial(number, words)] if words else []
        cells = [point.cell for trial in new for point in setup.points(trial.words)]
        some, share = jobs.estimate(cells, crew(), results()), (n_trials - len(ended)) / max(1, len(new))
        return replace(
            some,
            runs=n_trials * setup.n_seeds,
            reused=len(ended) * setup.n_seeds,
            updates=round(share * some.updates),
            seconds=share * some.seconds,
        )

    return Work(
        quest.name,
        n_trials * setup.n_seeds,
        len(ended) >= n_trials,
        lambda: Search(setup, quest.n_trials, crew(), results(), quest.name),
        estimate,
        "trials",
    )


def search_trials(quest: Quest) -> list[trials.Trial]:
    """The trials of a search so far, of its job or of the database."""
    job = _jobs.get(quest.name)
    if job:
        return job.trials
    return trials_of(results(), quest.name) if setup_of(results(), quest.name) else []


def stop() -> None:
    """When the server ends: give up what is not finished, and end the workers."""
    for job in _jobs.values():
        job.cancel()
    if "measuring" in _held:
        _held["measuring"].shutdown(wait=False, cancel_futures=True)
    if "crew" in _held:
        _held["crew"].close()
