"""Blocks of cells in worker processes of this machine, as the process that asks for them sees them."""

import threading
import uuid
from collections.abc import Sequence
from concurrent import futures
from dataclasses import dataclass

from ladder.experiments.cells import Cell, Glance
from ladder.experiments.tasks import Lost
from ladder.problems import Problem
from ladder.processes import cores
from ladder.processes.transport import ChildProcess

NICENESS = 10  # a lower priority than that of live runs, which somebody watches
PATIENCE_SECONDS = 3600.0  # a reference is fitted in one stretch; self-training on MNIST takes 36 s on a quick machine


@dataclass(frozen=True)
class Begin:
    """Train a new block, of cells of equal shape, for a stretch; answered by an Answer."""

    block: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Continue:
    """Train a block for another stretch; answered by an Answer."""

    block: str


@dataclass(frozen=True)
class Forget:
    """Drop a block; not answered."""

    block: str


@dataclass(frozen=True)
class Answer:
    """A block after a stretch: a Glance, a Problem for what a person can mend, or a RuntimeError with the type of the
    error for a mistake of the program. A block with an error is dropped."""

    block: str
    outcome: Glance | Problem | RuntimeError


class LocalCrew:
    """Up to `size` worker processes at lower priority, started when there is work and kept for more; see tasks.Crew.
    `n_workers`: their number, by default one for each core that this process may use. A worker holds any number of
    blocks and trains them in turns, so that several jobs share a crew evenly."""

    gone = False  # a process that ends is replaced

    def __init__(self, n_workers: int | None = None):
        self.size = n_workers or cores.usable()
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()

    def submit(self, work: "tuple[Cell, ...] | LocalTask") -> "LocalTask":
        """See tasks.Crew. Raises OSError where the system has no room for another process."""
        if isinstance(work, LocalTask):
            return work.worker.ask(Continue(work.block))
        with self._lock:
            return self._least_busy().ask(Begin(uuid.uuid4().hex, work))

    def _least_busy(self) -> "_Worker":
        self._workers = [worker for worker in self._workers if not worker.lost]
        worker = min(self._workers, key=lambda worker: len(worker.blocks), default=None)
        if worker is None or (worker.blocks and len(self._workers) < self.size):
            worker = _Worker()
            self._workers.append(worker)
        return worker

    def wait(self, tasks: "Sequence[LocalTask]", seconds: float) -> "list[LocalTask]":
        """See tasks.Crew."""
        futures.wait([task.future for task in tasks], seconds, futures.FIRST_COMPLETED)
        return [task for task in tasks if task.done()]

    def close(self) -> None:
        """End the workers at once, whatever they do."""
        with self._lock:
            for worker in self._workers:
                worker.process.kill()


class LocalTask:
    """A stretch of the block `block` in a worker; see tasks.Task."""

    def __init__(self, worker: "_Worker", block: str):
        self.worker, self.block = worker, block
        self.future: futures.Future[Glance] = futures.Future()

    def done(self) -> bool:
        """See tasks.Task."""
        return self.future.done()

    def result(self) -> Glance:
        """See tasks.Task."""
        return self.future.result()

    def cancel(self) -> None:
        """See tasks.Task."""
        self.worker.forget(self.block)


class _Worker:
    """A process, the blocks that it holds, and the tasks that it has not answered yet, by their blocks. `lost`: it has
    ended, and every task that it had not answered has failed with Lost."""

    def __init__(self) -> None:
        self.blocks: set[str] = set()
        self.lost = False
        self._tasks: dict[str, LocalTask] = {}
        self._lock = threading.Lock()
        self.process = ChildProcess(
            "ladder.experiments.block_worker:main",
            (),
            self._settle,
            self._lose,
            name="ladder-sweep",
            niceness=NICENESS,
            patience=PATIENCE_SECONDS,
        )

    def ask(self, command: Begin | Continue) -> LocalTask:
        """Have the worker train one stretch. Returns its task."""
        task = LocalTask(self, command.block)
        with self._lock:
            if self.lost:
                task.future.set_exception(Lost())
            else:
                self.blocks.add(command.block)
                self._tasks[command.block] = task
                self.process.send(command)
        return task

    def forget(self, block: str) -> None:
        """Drop a block, if it is still held."""
        with self._lock:
            if block in self.blocks:
                self.blocks.remove(block)
                self.process.send(Forget(block))

    def _settle(self, answer: object) -> None:
        assert isinstance(answer, Answer)
        with self._lock:
            task = self._tasks.pop(answer.block)
            if not isinstance(answer.outcome, Glance) or answer.outcome.finished:
                self.blocks.discard(answer.block)
        if isinstance(answer.outcome, Glance):
            task.future.set_result(answer.outcome)
        else:
            task.future.set_exception(answer.outcome)

    def _lose(self) -> None:
        with self._lock:
            self.lost = True
            tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.future.set_exception(Lost())
