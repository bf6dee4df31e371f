"""Blocks of cells in worker processes of this machine."""

import contextlib
import logging
import os
import signal
import threading
import uuid
from collections import deque
from concurrent import futures
from multiprocessing.connection import Connection

from ladder.experiments.cells import Cell, Glance
from ladder.experiments.tasks import STRETCH_SECONDS, Lost
from ladder.problems import Problem
from ladder.processes import spawn

log = logging.getLogger(__name__)


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
