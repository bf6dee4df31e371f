"""A job: a thread that has a crew train cells and keeps their results, while a page or a terminal shows its progress.

A result is kept as soon as it is there. A worker that ends costs its block, which begins anew; a process that ends
costs what was not finished, which the next job with the same cells takes up.
"""

import logging
import math
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ladder.experiments.cells import MOST_LANES, Cell, Glance, blocks_of
from ladder.experiments.pace import Pace, makespan
from ladder.experiments.results import Results
from ladder.experiments.tasks import Crew, Lost, Task
from ladder.problems import Problem

LOOK_SECONDS = 0.1  # until a pause or an end is noticed
MOST_BEGINNINGS = 3  # of one block: a block that ends its worker so often would do so for ever

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """How far a job is. `state`: running, paused, finished, cancelled or failed. `done` of `total` runs have a result,
    `reused` of them from before. `rate`: updates per second of all workers, 0 while it is not known. `seconds_left`:
    None while it is not known. `problem`: why the job failed, or why its end could not be noted in the database."""

    state: str
    done: int
    total: int
    reused: int
    rate: float = 0.0
    seconds_left: float | None = None
    problem: Problem | None = None


Kind = tuple[str, ...]


def kind_of(cell: Cell) -> Kind:
    """Returns the model, combinator and activation of a cell. Cells that agree in these train at one pace."""
    return cell.contestant.model, cell.structure.combinator, cell.structure.activation


class _Part:
    """A block that is not finished. `beginnings`: how often it was begun. `seen`: its last Glance."""

    def __init__(self, cells: tuple[Cell, ...]) -> None:
        self.cells, self.beginnings, self.seen = cells, 0, Glance()

    def work_left(self, open_keys: Iterable[str]) -> float:
        """The work (Cell.work) of the updates that its cells without a result still need."""
        n_open = sum(cell.key in open_keys for cell in self.cells)
        done = self.seen.updates - sum(result.updates for result in self.seen.results)
        total = n_open * self.cells[0].live.n_updates
        return self.cells[0].work * n_open * (1 - done / total) if total else 0.0


@dataclass
class _Stretch:
    """A stretch of `part` in a worker since `begun` (clock). `warm`: whether its worker has answered before, so that
    the stretch's duration has no start of a process in it."""

    part: _Part
    begun: float
    warm: bool


class Steered(ABC):
    """Work in a thread of its own that others steer and wait for. A subclass goes by `_wish` ("running", "paused" or
    "cancelled") in its `_run`. `name`: the sweep in `_results` whose state this is, or None."""

    name: str | None
    progress: Progress
    _results: Results

    def _start(self, name: str) -> None:
        self._wish = "running"
        self._ended = threading.Event()  # join takes a thread for ended after a Ctrl-C (Python 3.11, 3.12)
        threading.Thread(target=self._run_to_end, daemon=True, name=name).start()

    @abstractmethod
    def _run(self) -> None:
        """Work until nothing is open or `_wish` is "cancelled"."""

    @abstractmethod
    def _is_open(self) -> bool:
        """Whether something is left to do."""

    @abstractmethod
    def _end(self) -> None:
        """Give up what is on its way."""

    @abstractmethod
    def _measured(self, state: str) -> Progress:
        """The Progress of this moment."""

    def _run_to_end(self) -> None:
        state, problem = "failed", None
        try:
            self._note("running")
            self._run()
            state = "cancelled" if self._is_open() else "finished"
        except Problem as error:
            problem = error
        except Exception as error:  # a mistake of ours ends this work and nothing else
            problem = self._mistake(error)
        try:
            self._end()
        except Exception as error:
            state, problem = "failed", problem or self._mistake(error)
        try:
            self._note(state)
        except Problem as error:  # the database may be what failed before
            problem = problem or error
        finally:
            self.progress = replace(self._measured(state), problem=problem)
            self._ended.set()

    def _mistake(self, error: Exception) -> Problem:
        log.exception("%s failed", threading.current_thread().name)
        return Problem("sweep_failed", reason=(str(error) or type(error).__name__).splitlines()[0])

    def _note(self, state: str) -> None:
        if self.name:
            self._results.tell(self.name, state)

    def pause(self) -> None:
        """Let the stretches that run end, and begin no more. Has no effect unless the work runs."""
        if self._wish == "running":
            self._wish = "paused"

    def resume(self) -> None:
        """Go on after a pause. Has no effect unless the work is paused."""
        if self._wish == "paused":
            self._wish = "running"

    def cancel(self) -> None:
        """Give up what is not finished. Returns at once; see `wait`."""
        self._wish = "cancelled"

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, `seconds` at most (None: without limit). Returns whether the work has ended."""
        return self._ended.wait(seconds)


class Job(Steered):
    """Cells that a crew trains until each has its result in `results`. It starts at once. `progress` and `curves` (cell
    key -> ((update, validation error), ...) so far, empty after the end) may be read, `pause`, `resume` and `cancel`
    called from any thread. `n_lanes`: the most cells of a block, by default lanes_for. `name`: the sweep in `results`
    that has the state of the job, None for none. Raises Problem "results_unreadable". A failure after the start ends
    the job and is in `progress.problem`."""

    def __init__(
        self,
        cells: Iterable[Cell],
        crew: Crew,
        results: Results,
        n_lanes: int | None = None,
        name: str | None = None,
    ) -> None:
        self._crew, self._results, self._n_lanes, self.name = crew, results, n_lanes, name
        self._open = {cell.key: cell for cell in cells}  # those without a result
        self._total = len(self._open)
        self._close(results.known(self._open))
        self._reused = self._total - len(self._open)
        self._waiting: deque[_Part] = deque()
        self._training: dict[Task, _Stretch] = {}
        self._resting: dict[Task, _Part] = {}  # at the end of a stretch
        self._warm, self._pace = False, Pace()
        self._paces: dict[Kind, Pace] = {}  # the same by kind of cell
        self.curves: dict[str, tuple[tuple[int, float | None], ...]] = {}
        self.progress = Progress("running", self._reused, self._total, self._reused)
        self._start("ladder-job")

    def work_done(self) -> float:
        """Returns the work (Cell.work) of all stretches that have ended so far. A search sees by it how far a trial
        is."""
        return self._pace.work

    # --- in the thread

    def _is_open(self) -> bool:
        return bool(self._open)

    def _end(self) -> None:
        for task in (*self._training, *self._resting):
            task.cancel()
        self.curves = {}  # the results have them

    def _run(self) -> None:
        n_lanes = self._n_lanes or lanes_for(len(self._open), self._crew.size)
        n_places = max(1, self._crew.size)
        self._waiting.extend(_Part(cells) for cells in blocks_of(self._open.values(), n_lanes, n_places))
        while (self._waiting or self._training or self._resting) and self._wish != "cancelled":
            if self._wish == "running":
                self._submit()
            if self._training:
                for task in self._crew.wait(list(self._training), LOOK_SECONDS):
                    self._take(task, self._training.pop(task))
            else:
                time.sleep(LOOK_SECONDS)
            self.progress = self._measured(self._wish)

    def _submit(self) -> None:
        while self._resting:
            task, part = self._resting.popitem()
            self._train(task, part)
        # Without a worker one block is submitted nevertheless: the crew then says how long it has had none.
        while self._waiting and len(self._training) < max(1, self._crew.size):
            part = self._waiting.popleft()
            self._close(self._results.known(cell.key for cell in part.cells))  # another process may have been here
            part.cells = tuple(cell for cell in part.cells if cell.key in self._open)
            if part.cells:
                part.beginnings += 1
                self._train(part.cells, part)

    def _train(self, work: tuple[Cell, ...] | Task, part: _Part) -> None:
        warm = self._warm and part.beginnings == 1
        self._training[self._crew.submit(work)] = _Stretch(part, time.monotonic(), warm)

    def _take(self, task: Task, stretch: _Stretch) -> None:
        part = stretch.part
        try:
            glance = task.result()
        except Lost:
            if part.beginnings == MOST_BEGINNINGS:
                raise Problem("sweep_worker_lost", n=MOST_BEGINNINGS) from None
            part.seen = Glance()
            self._waiting.appendleft(part)
            return
        new = [result for result in glance.results if result.cell.key in self._open]
        try:
            self._results.add(new)
        except Exception:  # a full disk: the job ends, and its worker must not keep the block
            task.cancel()
            raise
        self.curves |= {cell.key: curve for cell, curve in zip(part.cells, glance.curves, strict=False)}
        self._close(result.cell.key for result in new)
        now = time.monotonic()
        work, updates = glance.work - part.seen.work, glance.updates - part.seen.updates
        for pace in (self._pace, self._paces.setdefault(kind_of(part.cells[0]), Pace())):
            pace.note(now, now - stretch.begun if stretch.warm else None, work, updates)
        self._warm, part.seen = True, glance
        if not glance.finished:
            self._resting[task] = part

    def _close(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._open.pop(key, None)  # a cell that diverged may be closed already when its block begins anew

    def _measured(self, state: str) -> Progress:
        done = self._total - len(self._open)
        progress = Progress(state, done, self._total, self._reused)
        if state != "running" or not self._pace.known:
            return progress
        under_way = [*(stretch.part for stretch in self._training.values()), *self._resting.values()]
        n_places = max(1, self._crew.size)
        progress = replace(progress, rate=len(under_way) * self._pace.update_rate)
        if not self._pace.work_rate:
            return progress
        left = [
            part.work_left(self._open) / self._work_rate(part) for part in (*under_way, *self._waiting) if part.cells
        ]
        return replace(progress, seconds_left=makespan(left, n_places))

    def _work_rate(self, part: _Part) -> float:
        """Work per second of a part's kind on one place, or of all kinds while that one is not known."""
        pace = self._paces.get(kind_of(part.cells[0]))
        return (pace.work_rate if pace and pace.known else 0.0) or self._pace.work_rate


def lanes_for(n_cells: int, n_workers: int) -> int:
    """Returns the most cells of a block, 1 to MOST_LANES: few enough that every worker has some."""
    return max(1, min(MOST_LANES, math.ceil(n_cells / max(1, n_workers))))
