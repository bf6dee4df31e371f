"""Where blocks of cells train: worker processes of this machine, or a Dask cluster, through one small interface.

`submit` takes cells, or the finished task of a block that goes on, and gives a task for one stretch; `task.result()` is
a Glance. The block itself stays where it trains. As stretches are short, a pause needs nothing but not to ask for more.
"""

import contextlib
import functools
import hashlib
import logging
import os
import pkgutil
import signal
import threading
import time
import uuid
from collections import deque
from concurrent import futures
from multiprocessing.connection import Connection
from pathlib import Path

from ladder.experiments.cells import Cell, Glance
from ladder.problems import Problem
from ladder.processes import spawn

STRETCH_SECONDS = 0.4
ANSWER_SECONDS = 10  # a scheduler must have answered
MOST_WORKERS = 1024  # processes of one machine

log = logging.getLogger(__name__)


class Lost(Exception):
    """The worker that held a block ended: the block has to begin anew."""


def from_environment(n_workers: int | None = None) -> "LocalCrew | DaskCrew":
    """The cluster at LADDER_DASK (tcp://host:port), or `n_workers` processes here, by default one for each core.
    Problem for a number of processes that cannot be."""
    if n_workers is not None and not 1 <= n_workers <= MOST_WORKERS:
        raise Problem("bad_whole", name="--workers", value=n_workers, low="1", high=str(MOST_WORKERS))
    address = os.environ.get("LADDER_DASK")
    return DaskCrew(address) if address else LocalCrew(n_workers)


# --- processes of this machine


class LocalCrew:
    """Up to `size` worker processes at lower priority, started when there is work and kept for more. A worker holds any
    number of blocks and trains them in turns, so that several jobs share a crew evenly."""

    gone = False  # a process that ends is replaced

    def __init__(self, n_workers: int | None = None):
        self.size = n_workers or os.cpu_count() or 1
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()

    def submit(self, work: "tuple[Cell, ...] | LocalTask") -> "LocalTask":
        """The first stretch of a block of cells, or the next one of a task's block."""
        if isinstance(work, LocalTask):
            return work.worker.ask(work.block, None)
        with self._lock:
            return self._least_busy().ask(uuid.uuid4().hex, work)

    def _least_busy(self) -> "_Worker":
        self._workers = [worker for worker in self._workers if not worker.ended]
        worker = min(self._workers, key=lambda worker: len(worker.blocks), default=None)
        if worker is None or (worker.blocks and len(self._workers) < self.size):
            worker = _Worker()
            self._workers.append(worker)
        return worker

    def wait(self, tasks: list["LocalTask"], seconds: float) -> list["LocalTask"]:
        """Those of the tasks that are done, as soon as there is one, or none after so long."""
        futures.wait([task.future for task in tasks], seconds, futures.FIRST_COMPLETED)
        return [task for task in tasks if task.done()]

    def close(self) -> None:
        """End the workers at once, whatever they do."""
        with self._lock:
            for worker in self._workers:
                worker.process.kill()
                worker.process.join()


class LocalTask:
    """A stretch of the block `block` in a worker."""

    def __init__(self, worker: "_Worker", block: str):
        self.worker, self.block, self.future = worker, block, futures.Future()

    def done(self) -> bool:
        return self.future.done()

    def result(self) -> Glance:
        """What the block came to. Problem, Lost, or RuntimeError with the name of a mistake of ours."""
        return self.future.result()

    def cancel(self) -> None:
        """Give up the block; its stretch ends by itself."""
        self.worker.forget(self.block)


class _Worker:
    """A process and the tasks that it has not answered yet, in the order in which they were asked. `ended`: its pipe is
    closed, which is so a moment before the process counts as dead."""

    def __init__(self):
        self.process, self._connection = spawn.with_pipe(serve, "ladder-sweep")
        self.blocks: set[str] = set()
        self._tasks: deque[LocalTask] = deque()
        self._lock, self.ended = threading.Lock(), False
        threading.Thread(target=self._read, daemon=True, name="ladder-sweep-reader").start()

    def ask(self, block: str, cells: tuple[Cell, ...] | None) -> LocalTask:
        task = LocalTask(self, block)
        with self._lock:
            if self.ended:
                task.future.set_exception(Lost())
                return task
            self.blocks.add(block)
            self._tasks.append(task)
            with contextlib.suppress(OSError):  # the reader notices a process that has ended
                self._connection.send((block, cells))
        return task

    def forget(self, block: str) -> None:
        with self._lock, contextlib.suppress(OSError):
            if block in self.blocks:
                self.blocks.remove(block)
                self._connection.send((block, ()))

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._settle(self._connection.recv())
        with self._lock:
            self.ended = True
            for task in self._tasks:
                task.future.set_exception(Lost())
            self._connection.close()

    def _settle(self, answer: Glance | Exception) -> None:
        with self._lock:
            task = self._tasks.popleft()
            failed = isinstance(answer, Exception)
            if failed or answer.finished:
                self.blocks.discard(task.block)
        task.future.set_exception(answer) if failed else task.future.set_result(answer)


def serve(connection: Connection) -> None:
    """A worker process, until the pipe ends. A message is a block's name and what to do: begin with these cells, forget
    it (no cells), or (None) go on; an answer to all but forgetting is a Glance after a stretch, or an exception."""
    with contextlib.suppress(OSError, AttributeError):  # Windows has no nice
        os.nice(10)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends its workers
    import torch

    from ladder.experiments import blocks

    torch.set_num_threads(1)
    held = {}
    with contextlib.suppress(EOFError, OSError):
        while True:
            name, cells = connection.recv()
            block = held.pop(name, None)
            if cells == ():
                continue
            try:
                block = blocks.advance(blocks.begin(cells) if cells else block, STRETCH_SECONDS)
                answer = blocks.glance(block)
                if not answer.finished:
                    held[name] = block
            except Problem as problem:
                answer = problem
            except Exception as error:
                log.exception("a block of cells failed")
                answer = RuntimeError(type(error).__name__)
            connection.send(answer)


# --- a Dask cluster


class DaskCrew:
    """The workers of a scheduler at `address`. Problem when it does not answer, has no workers, or one of them has not
    the same program."""

    def __init__(self, address: str):
        from distributed import Client

        self._address, self._checked, self._seen = address, set(), time.monotonic()
        try:
            self._client = Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise self._silent(error) from error
        try:
            self._check_scheduler()
            if not self.size:
                raise Problem("dask_no_workers", address=address)
        except Problem:
            self.close()
            raise

    @property
    def gone(self) -> bool:
        """Whether the scheduler ended, and the client with it: one that is started later needs another crew."""
        return self._client.status in ("closing", "closed")

    def _silent(self, error: Exception) -> Problem:
        return Problem("dask_unreachable", address=self._address, reason=type(error).__name__)

    @property
    def size(self) -> int:
        """Threads of all workers of this moment, each of which was asked for its program once."""
        try:
            threads = self._client.nthreads()
            new = [worker for worker in threads if worker not in self._checked]
            if new:
                self._check(new)
        except (OSError, RuntimeError, ValueError) as error:  # the scheduler ended, and the client with it
            raise self._silent(error) from error
        if threads:
            self._seen = time.monotonic()
        return sum(threads.values())

    def _check_scheduler(self) -> None:
        """It unpacks what is submitted, and needs the program for that."""
        try:
            self._client.run_on_scheduler(pkgutil.resolve_name, f"{__name__}:fingerprint")
        except (ImportError, AttributeError) as error:
            raise Problem("dask_scheduler_foreign", address=self._address, reason=str(error)) from error

    def _check(self, workers: list[str]) -> None:
        """A worker that cannot import what it is sent ends without a word: ask first, with means that all have."""
        ask = functools.partial(self._client.run, workers=workers, on_error="return")
        for worker, found in ask(pkgutil.resolve_name, f"{__name__}:fingerprint").items():
            if isinstance(found, Exception):
                raise Problem("dask_worker_foreign", worker=worker, reason=str(found))
        for worker, found in ask(fingerprint).items():
            if found != fingerprint():
                raise Problem("dask_worker_version", worker=worker)
        self._checked.update(workers)

    def submit(self, work: "tuple[Cell, ...] | DaskTask") -> "DaskTask":
        """See LocalCrew.submit."""
        if isinstance(work, DaskTask):
            block = self._client.submit(_go_on, work.block, pure=False)
        else:
            block = self._client.submit(_begin, work, pure=False)
        return DaskTask(block, self._client.submit(_glance, block, pure=False))

    def wait(self, tasks: list["DaskTask"], seconds: float) -> list["DaskTask"]:
        """See LocalCrew.wait. Problem when there has been no worker for ANSWER_SECONDS."""
        from distributed import wait
        from distributed.client import FuturesCancelledError

        with self._client.as_current(), contextlib.suppress(TimeoutError, FuturesCancelledError):
            wait([task.glance for task in tasks], seconds, return_when="FIRST_COMPLETED")
        done = [task for task in tasks if task.done()]
        if not done and not self.size and time.monotonic() - self._seen > ANSWER_SECONDS:
            raise Problem("dask_no_workers", address=self._address)
        return done

    def close(self) -> None:
        """Leave the cluster, which then forgets our blocks."""
        self._client.close()


class DaskTask:
    """A stretch on a cluster: the block after it, which stays there, and a look at it."""

    def __init__(self, block, glance):
        self.block, self.glance = block, glance

    def done(self) -> bool:
        return self.glance.done()

    def result(self) -> Glance:
        """See LocalTask.result."""
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
        """Give up the block; a stretch that runs ends by itself."""
        self.block.cancel()
        self.glance.cancel()


def _begin(cells: tuple[Cell, ...]):
    """On a Dask worker: the block after its first stretch."""
    import torch
    from distributed import get_worker

    from ladder.experiments import blocks

    torch.set_num_threads(1)
    try:
        return blocks.advance(blocks.begin(cells), STRETCH_SECONDS)
    except Problem as problem:
        raise Problem("dask_worker_problem", worker=get_worker().address, reason=problem) from problem


def _go_on(block):
    from ladder.experiments import blocks

    return blocks.advance(block, STRETCH_SECONDS)


def _glance(block):
    from ladder.experiments import blocks

    return blocks.glance(block)


@functools.cache
def fingerprint() -> str:
    """SHA-256 of the sources that training can depend on, for a worker to see that it has the same."""
    package, found = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()
