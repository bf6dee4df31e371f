"""Blocks of cells on the workers of a Dask cluster."""

import contextlib
import functools
import hashlib
import logging
import pkgutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.experiments.cells import Cell, Glance
from ladder.experiments.tasks import STRETCH_SECONDS, Lost
from ladder.problems import Problem

if TYPE_CHECKING:  # a server that never meets a cluster loads neither Dask nor torch
    from distributed import Future

    from ladder.experiments.blocks import Block

ANSWER_SECONDS = 10  # how long to wait for a scheduler's answer, and for a worker where there is none
LOOK_SECONDS = 1.0  # until a worker that came or went is noticed

log = logging.getLogger(__name__)


class DaskCrew:
    """The workers of the scheduler at `address` (tcp://host:port, or tls://host:port with the certificates that Dask's
    own configuration names); see tasks.Crew. `size`: the number of threads of all workers, which a thread of this crew
    counts every LOOK_SECONDS; to read it sends nothing to the cluster. Raises Problem "dask_unreachable" where the
    scheduler does not answer, "dask_no_workers" where it has no workers, "dask_scheduler_foreign" or
    "dask_worker_foreign" where the scheduler or a worker does not have this program, and "dask_worker_version" where a
    worker has another version of it."""

    def __init__(self, address: str) -> None:
        from distributed import Client

        self._address = address
        self._checked: set[str] = set()  # addresses of workers that have the same program
        self._seen = time.monotonic()  # clock when there was a worker last
        self._problem: Problem | None = None  # what the last look found
        self._closed = threading.Event()
        self.size = 0
        try:
            self._client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise self._silent(error) from error
        try:
            self._check_scheduler()
            self._look()
            if self._problem:
                raise self._problem
            if not self.size:
                raise Problem("dask_no_workers", address=address)
        except Problem:
            self.close()
            raise
        threading.Thread(target=self._look_on, daemon=True, name="ladder-dask").start()

    @property
    def gone(self) -> bool:
        """Whether the scheduler has ended, and the client with it. A scheduler that is started later needs another
        crew."""
        return self._client.status in ("closing", "closed")

    def _silent(self, error: Exception) -> Problem:
        return Problem("dask_unreachable", address=self._address, reason=type(error).__name__)

    def _look_on(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        """Count the workers, each of which is asked for its program once."""
        try:
            threads = self._client.nthreads()
            new = [worker for worker in threads if worker not in self._checked]
            if new:
                self._check(new)
            self.size, self._problem = sum(threads.values()), None
        except Problem as problem:
            self._problem = problem
        except (OSError, RuntimeError, ValueError) as error:  # the scheduler ended, and the client with it
            self.size, self._problem = 0, self._silent(error)
        if self.size:
            self._seen = time.monotonic()

    def _check_scheduler(self) -> None:
        """The scheduler unpacks what is submitted, and needs the program for that."""
        try:
            self._client.run_on_scheduler(pkgutil.resolve_name, f"{__name__}:fingerprint")
        except (ImportError, AttributeError) as error:
            raise Problem("dask_scheduler_foreign", address=self._address, reason=str(error)) from error
        except (OSError, RuntimeError, ValueError) as error:  # it ended meanwhile
            raise self._silent(error) from error

    def _check(self, workers: list[str]) -> None:
        """Raises a Problem unless each of these workers has this program. A worker that cannot import what it is sent
        ends without a message, so the first question is put in terms of Python's own library."""
        ask = functools.partial(self._client.run, workers=workers, on_error="return")
        first, gone = ask(pkgutil.resolve_name, f"{__name__}:fingerprint"), set()
        for worker, found in first.items():
            if isinstance(found, OSError):  # it ended meanwhile
                gone.add(worker)
            elif isinstance(found, Exception):
                raise Problem("dask_worker_foreign", worker=worker, reason=str(found))
        for worker, found in ask(fingerprint).items():
            if isinstance(found, OSError):
                gone.add(worker)
            elif found != fingerprint():
                raise Problem("dask_worker_version", worker=worker)
        self._checked.update(worker for worker in workers if worker not in gone)

    def submit(self, work: "tuple[Cell, ...] | DaskTask") -> "DaskTask":
        """See tasks.Crew."""
        if isinstance(work, DaskTask):
            block = self._client.submit(_go_on, work.block, pure=False)
        else:
            block = self._client.submit(_begin, work, pure=False)
        return DaskTask(block, self._client.submit(_glance, block, pure=False))

    def wait(self, tasks: list["DaskTask"], seconds: float) -> list["DaskTask"]:
        """See tasks.Crew. Where no task is done, raises the Problem that the crew's thread found last at the cluster:
        "dask_unreachable", "dask_worker_foreign" or "dask_worker_version" (see DaskCrew); or "dask_no_workers" when
        there has been no worker for ANSWER_SECONDS."""
        from distributed import wait
        from distributed.client import FuturesCancelledError

        with self._client.as_current(), contextlib.suppress(TimeoutError, FuturesCancelledError):
            wait([task.glance for task in tasks], seconds, return_when="FIRST_COMPLETED")
        done = [task for task in tasks if task.done()]
        if not done and self._problem:
            raise self._problem
        if not done and not self.size and time.monotonic() - self._seen > ANSWER_SECONDS:
            raise Problem("dask_no_workers", address=self._address)
        return done

    def close(self) -> None:
        """Leave the cluster, which then forgets our blocks."""
        self._closed.set()
        self._client.close()


class DaskTask:
    """A stretch on a cluster; see tasks.Task. `block`: the block after the stretch, which stays on the cluster;
    `glance`: the Glance of that block. Both are futures of Dask."""

    def __init__(self, block: "Future[Block]", glance: "Future[Glance]"):
        self.block, self.glance = block, glance

    def done(self) -> bool:
        """See tasks.Task."""
        return bool(self.glance.done())

    def result(self) -> Glance:
        """See tasks.Task. A Problem in the first stretch of a block is raised as "dask_worker_problem", with the
        worker's name; one in a later stretch as it is."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        try:
            return self.glance.result()
        except Problem:
            raise
        except (KilledWorker, FutureCancelledError):
            raise Lost from None
        except Exception as error:
            log.exception("a block of cells failed")
            raise RuntimeError(type(error).__name__) from error

    def cancel(self) -> None:
        """See tasks.Task."""
        self.block.cancel()
        self.glance.cancel()


# --- on a worker of the cluster


@contextlib.contextmanager
def _its_problems() -> Iterator[None]:
    """A Problem that is raised inside says on which worker of the cluster it was raised."""
    from distributed import get_worker

    try:
        yield
    except Problem as problem:
        raise Problem("dask_worker_problem", worker=get_worker().address, reason=problem) from problem


def _begin(cells: tuple[Cell, ...]) -> "Block":
    """A new block after its first stretch."""
    import torch

    from ladder.experiments import blocks

    torch.set_num_threads(1)
    with _its_problems():
        return blocks.advance(blocks.begin(cells), STRETCH_SECONDS)


def _go_on(block: "Block") -> "Block":
    """The block after another stretch."""
    from ladder.experiments import blocks

    with _its_problems():
        return blocks.advance(block, STRETCH_SECONDS)


def _glance(block: "Block") -> Glance:
    """The Glance of a block."""
    from ladder.experiments import blocks

    return blocks.glance(block)


@functools.cache
def fingerprint() -> str:
    """Returns the fingerprint_of this program. The client asks a worker for its own and compares the two."""
    return fingerprint_of(Path(__file__).parents[1])


def fingerprint_of(package: Path) -> str:
    """Returns the SHA-256 (64 hexadecimal digits) of the names and contents of all Python files under a folder. Line
    ends of Windows and of Unix give the same digits."""
    found = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()
