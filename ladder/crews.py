"""Where blocks of cells train: worker processes of this machine, or a Dask cluster, through one small interface.

`submit` takes cells, or the finished task of a block that goes on, and gives a task for one stretch; `task.result()` is
a Glance. The block itself stays where it trains. As stretches are short, a pause needs nothing but not to ask for more.
"""

import contextlib
import functools
import hashlib
import logging
import multiprocessing.connection
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from ladder import spawn
from ladder.cells import Cell
from ladder.problems import Problem

STRETCH_SECONDS = 0.4
ANSWER_SECONDS = 10  # a scheduler must have answered

log = logging.getLogger(__name__)


class Lost(Exception):
    """The worker that held a block ended: the block has to begin anew."""


def from_environment(n_workers: int | None = None) -> "LocalCrew | DaskCrew":
    """The cluster at LADDER_DASK (tcp://host:port), or `n_workers` processes here, by default one for each core."""
    address = os.environ.get("LADDER_DASK")
    return DaskCrew(address) if address else LocalCrew(n_workers)


# --- processes of this machine


class LocalCrew:
    """`size` worker processes at lower priority, each started when there is work for it and kept for more."""

    def __init__(self, n_workers: int | None = None):
        self.size = n_workers or os.cpu_count() or 1
        self._workers: list[_Worker] = []

    def submit(self, work: "tuple[Cell, ...] | LocalTask") -> "LocalTask":
        """The first stretch of a block of cells, or the next one of a task's block."""
        if isinstance(work, LocalTask):
            return work.worker.stretch(None)
        self._workers = [worker for worker in self._workers if worker.process.is_alive()]
        worker = next((worker for worker in self._workers if not worker.busy), None)
        if worker is None:
            worker = _Worker()
            self._workers.append(worker)
        return worker.stretch(work)

    def wait(self, tasks: list["LocalTask"], seconds: float) -> list["LocalTask"]:
        """Those of the tasks that are done, as soon as there is one, or none after so long."""
        ready = multiprocessing.connection.wait([task.worker.connection for task in tasks], seconds)
        return [task for task in tasks if task.worker.connection in ready]

    def close(self) -> None:
        """End the workers at once, whatever they do."""
        for worker in self._workers:
            worker.kill()


class LocalTask:
    """A stretch in a worker."""

    def __init__(self, worker: "_Worker"):
        self.worker = worker

    def done(self) -> bool:
        return self.worker.connection.poll()

    def result(self):
        """The Glance. Problem, Lost, or RuntimeError with the name of a mistake of ours."""
        try:
            answer = self.worker.connection.recv()
        except (EOFError, OSError):
            raise Lost from None
        self.worker.training = False
        if isinstance(answer, Exception):
            self.worker.busy = False
            raise answer
        self.worker.busy = not answer.finished
        return answer

    def cancel(self) -> None:
        """Give up the block; in the midst of a stretch its worker too, as a stretch may be long."""
        if self.worker.training:
            self.worker.kill()
        self.worker.busy = False


class _Worker:
    """A process that holds one block at most: `busy` while somebody wants it, `training` during its stretches."""

    def __init__(self):
        self.process, self.connection = spawn.with_pipe(serve, "ladder-sweep")
        self.busy = self.training = False

    def stretch(self, cells: tuple[Cell, ...] | None) -> LocalTask:
        self.busy = self.training = True
        with contextlib.suppress(OSError):  # a worker that has ended is noticed where its answer is read
            self.connection.send(cells)
        return LocalTask(self)

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def serve(connection: Connection) -> None:
    """A worker process: a block of the cells that arrive, a stretch for each message, until the pipe ends."""
    with contextlib.suppress(OSError, AttributeError):  # Windows has no nice
        os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends its workers
    import torch

    from ladder import blocks

    torch.set_num_threads(1)
    block = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            cells = connection.recv()
            try:
                block = blocks.advance(blocks.begin(cells) if cells else block, STRETCH_SECONDS)
                answer = blocks.glance(block)
            except Problem as problem:
                answer = problem
            except Exception as error:
                log.exception("a block of cells failed")
                answer = RuntimeError(type(error).__name__)
            connection.send(answer)


# --- a Dask cluster


class DaskCrew:
    """The workers of a scheduler at `address`. Problem when it does not answer or has no workers."""

    def __init__(self, address: str):
        from distributed import Client

        try:
            self._client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise Problem("dask_unreachable", address=address, reason=type(error).__name__) from error
        if not self.size:
            self.close()
            raise Problem("dask_no_workers", address=address)

    @property
    def size(self) -> int:
        """Threads of all workers of this moment."""
        return sum(self._client.nthreads().values())

    def submit(self, work: "tuple[Cell, ...] | DaskTask") -> "DaskTask":
        """See LocalCrew.submit."""
        if isinstance(work, DaskTask):
            block = self._client.submit(_go_on, work.block, pure=False)
        else:
            block = self._client.submit(_begin, work, fingerprint(), pure=False)
        return DaskTask(block, self._client.submit(_glance, block, pure=False))

    def wait(self, tasks: list["DaskTask"], seconds: float) -> list["DaskTask"]:
        """See LocalCrew.wait."""
        from distributed import wait

        with self._client.as_current(), contextlib.suppress(TimeoutError):
            wait([task.glance for task in tasks], seconds, return_when="FIRST_COMPLETED")
        return [task for task in tasks if task.done()]

    def close(self) -> None:
        """Leave the cluster, which then forgets our blocks."""
        self._client.close()


class DaskTask:
    """A stretch on a cluster: the block after it, which stays there, and a look at it."""

    def __init__(self, block, glance):
        self.block, self.glance = block, glance

    def done(self) -> bool:
        return self.glance.done()

    def result(self):
        """See LocalTask.result."""
        from distributed.client import FutureCancelledError
        from distributed.scheduler import KilledWorker

        try:
            return self.glance.result()
        except Problem:
            raise
        except (KilledWorker, FutureCancelledError):
            raise Lost from None
        except (ImportError, AttributeError) as error:  # it could not read what it was to do
            raise Problem("dask_worker_foreign", reason=str(error)) from error
        except Exception as error:
            log.exception("a block of cells failed")
            raise RuntimeError(type(error).__name__) from error

    def cancel(self) -> None:
        """Give up the block; a stretch that runs ends by itself."""
        self.block.cancel()
        self.glance.cancel()


def _begin(cells: tuple[Cell, ...], expected: str):
    """On a Dask worker: the block after its first stretch."""
    import torch
    from distributed import get_worker

    from ladder import blocks

    worker = get_worker().address
    if fingerprint() != expected:
        raise Problem("dask_worker_version", worker=worker)
    torch.set_num_threads(1)
    try:
        return blocks.advance(blocks.begin(cells), STRETCH_SECONDS)
    except Problem as problem:
        raise Problem("dask_worker_problem", worker=worker, reason=problem) from problem


def _go_on(block):
    from ladder import blocks

    return blocks.advance(block, STRETCH_SECONDS)


def _glance(block):
    from ladder import blocks

    return blocks.glance(block)


@functools.cache
def fingerprint() -> str:
    """SHA-256 of the sources that training can depend on, for a worker to see that it has the same."""
    here, found = Path(__file__).parent, hashlib.sha256()
    for path in sorted([*here.glob("*.py"), *here.glob("models/*.py")]):
        found.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()
