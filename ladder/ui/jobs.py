"""Jobs of this server that pages look at: each under its name, whoever started it, with one crew and one database."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from ladder import crews, farm
from ladder.cells import Result
from ladder.results import Results
from ladder.sweeps import Point

MOST_KEPT = 20_000  # results in memory; all of them are in the database

_lock = threading.Lock()
_jobs: dict[str, farm.Job] = {}
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
    """The workers, which start with the first job."""
    with _lock:
        if "crew" not in _held:
            _held["crew"] = crews.from_environment()
        return _held["crew"]


def of(name: str) -> farm.Job | None:
    """The job of this name that was started last, if this server has had one."""
    return _jobs.get(name)


def active(name: str) -> bool:
    """Whether a job of this name runs or rests."""
    job = _jobs.get(name)
    return job is not None and not job.wait(0)


def cost(name: str, points: list[Point]) -> Future:
    """What the points will take (farm.estimate), measured in the background; a new measurement after each job."""
    with _lock:
        if name not in _costs:
            _costs.clear()  # of designs that nobody waits for any more
            measuring = _held.setdefault("measuring", ThreadPoolExecutor(1, "ladder-cost"))
            _costs[name] = measuring.submit(lambda: farm.estimate([p.cell for p in points], crew(), results()))
        return _costs[name]


def start(name: str, points: list[Point]) -> None:
    """Train what has no result yet; a job of this name that runs already is left alone."""
    database, workers = results(), crew()
    database.start(name, points)
    with _lock:
        _costs.pop(name, None)
        if not active(name):
            database.tell(name, "running")
            _jobs[name] = farm.Job([point.cell for point in points], workers, database)


def cancel(name: str) -> None:
    """Give up what is not finished."""
    _jobs[name].cancel()
    results().tell(name, "cancelled")


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


def stop() -> None:
    """When the server ends: give up what is not finished, and end the workers."""
    for job in _jobs.values():
        job.cancel()
    if "measuring" in _held:
        _held["measuring"].shutdown(wait=False, cancel_futures=True)
    if "crew" in _held:
        _held["crew"].close()
