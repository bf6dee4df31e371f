"""Jobs of this server that pages look at: each under its name, whoever started it, with one crew and one database."""

import threading

from ladder import crews, farm
from ladder.results import Results
from ladder.sweeps import Point

_lock = threading.Lock()
_jobs: dict[str, farm.Job] = {}
_held: dict[str, object] = {}


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


def start(name: str, points: list[Point]) -> None:
    """Train what has no result yet; a job of this name that runs already is left alone."""
    database, workers = results(), crew()
    database.start(name, points)
    with _lock:
        running = _jobs.get(name)
        if running is None or running.wait(0):
            _jobs[name] = farm.Job([point.cell for point in points], workers, database)


def stop() -> None:
    """When the server ends: give up what is not finished, and end the workers."""
    for job in _jobs.values():
        job.cancel()
    if "crew" in _held:
        _held["crew"].close()
