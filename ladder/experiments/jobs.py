"""A job: cells on their way through a crew into the results, in a thread of its own; a page or a terminal looks on.

What is finished is kept at once. A worker that ends costs its block, which begins anew; a process that ends costs what
was not finished, which the next job with the same cells takes up.
"""

import contextlib
import itertools
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from ladder.data.datasets import DATASETS
from ladder.experiments.cells import MOST_LANES, Cell, Glance, blocks_of, layer_widths
from ladder.experiments.results import Results
from ladder.experiments.tasks import Crew, Lost
from ladder.problems import Problem

LOOK_SECONDS = 0.1  # until a pause or an end is noticed
RATE_SECONDS = 10.0  # updates per second are averaged over so long
LIBRARIES = 300_000_000  # bytes of a worker without data
MOST_BEGINNINGS = 3  # of one block: what ends its worker so often would do so for ever

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Progress:
    """`state`: running, paused, finished, cancelled or failed (`problem` says why). `done` of `total` runs have a
    result, `reused` of them from before; `rate`: updates per second of all workers, 0 while nothing is known, as
    `seconds_left` is then None."""

    state: str
    done: int
    total: int
    reused: int
    rate: float = 0.0
    seconds_left: float | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Cost:
    """What cells will take: `runs`, of them `reused` at no cost; `updates` in all, `seconds` on the
    crew's workers, without those of the references; `memory`, bytes of each worker."""

    runs: int
    reused: int
    updates: int
    seconds: float
    memory: int


class _Part:
    """A block on its way: its cells, how often it was begun, and what was last seen of it."""

    def __init__(self, cells: tuple[Cell, ...]):
        self.cells, self.beginnings, self.seen = cells, 0, Glance()


class Steered:
    """Work in a thread of its own that others steer and wait for. A subclass has `_run`, which goes by `_wish`;
    `_open`, true while something is left; `_end(state, problem)`, with a state of Progress; `_results`, and the `name`
    of the sweep there whose state this is, or None."""

    def _start(self, name: str) -> None:
        self._wish = "running"
        self._ended = threading.Event()  # join takes a thread for ended after a Ctrl-C (Python 3.11, 3.12)
        threading.Thread(target=self._run_to_end, daemon=True, name=name).start()

    def _run_to_end(self) -> None:
        state, problem = "failed", None
        try:
            self._note("running")
            self._run()
            state = "cancelled" if self._open else "finished"
        except Problem as error:
            problem = error
        except Exception as error:  # a mistake of ours ends this work and nothing else
            log.exception("%s failed", threading.current_thread().name)
            problem = Problem("sweep_failed", reason=(str(error) or type(error).__name__).splitlines()[0])
        try:
            self._end(state, problem)
            with contextlib.suppress(Problem):  # the database may be what failed
                self._note(state)
        finally:
            self._ended.set()

    def _note(self, state: str) -> None:
        if self.name:
            self._results.tell(self.name, state)

    def pause(self) -> None:
        """Let the stretches on their way end, and begin no more."""
        if self._wish == "running":
            self._wish = "paused"

    def resume(self) -> None:
        """Go on after a pause."""
        if self._wish == "paused":
            self._wish = "running"

    def cancel(self) -> None:
        """Give up what is not finished."""
        self._wish = "cancelled"

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it has ended, at most so long from now."""
        return self._ended.wait(seconds)


class Job(Steered):
    """Cells that a crew trains until each has its result in `results`. It starts at once; `progress` and `curves` (cell
    key -> (update, validation error) so far) are for anybody to look at, `pause`, `resume` and `cancel` may be called
    from anywhere. `n_lanes`: cells to a block, by default few enough that every worker has some; `name`: of the sweep
    in `results` whose state this is."""

    def __init__(
        self,
        cells: Iterable[Cell],
        crew: Crew,
        results: Results,
        n_lanes: int | None = None,
        name: str | None = None,
    ):
        self._crew, self._results, self._n_lanes, self.name = crew, results, n_lanes, name
        self._open = {cell.key: cell for cell in cells}  # those without a result
        self._total = len(self._open)
        self._close(results.known(self._open))
        self._reused = self._total - len(self._open)
        self._waiting: deque[_Part] = deque()
        self._training: dict = {}  # task -> its _Part
        self._resting: dict = {}  # the same, at the end of a stretch
        self._work = self._updates = 0.0  # of all stretches
        self._pace: deque[tuple[float, float, float]] = deque()  # clock, and the two above, of the last RATE_SECONDS
        self.curves: dict[str, tuple] = {}
        self.progress = Progress("running", self._reused, self._total, self._reused)
        self._start("ladder-job")

    # --- in the thread

    def _end(self, state: str, problem: Problem | None) -> None:
        self._tell(state, problem)
        for task in (*self._training, *self._resting):
            task.cancel()
        self.curves = {}  # the results have them

    def _run(self) -> None:
        n_lanes = self._n_lanes or lanes_for(len(self._open), self._crew.size)
        self._waiting.extend(_Part(cells) for cells in blocks_of(self._open.values(), n_lanes))
        while (self._waiting or self._training or self._resting) and self._wish != "cancelled":
            if self._wish == "running":
                self._submit()
            if self._training:
                for task in self._crew.wait(list(self._training), LOOK_SECONDS):
                    self._take(task, self._training.pop(task))
            else:
                time.sleep(LOOK_SECONDS)
            self._tell(self._wish)

    def _submit(self) -> None:
        while self._resting:
            task, part = self._resting.popitem()
            self._training[self._crew.submit(task)] = part
        while self._waiting and len(self._training) < self._crew.size:
            part = self._waiting.popleft()
            self._close(self._results.known(cell.key for cell in part.cells))  # another process may have been here
            part.cells = tuple(cell for cell in part.cells if cell.key in self._open)
            if part.cells:
                part.beginnings += 1
                self._training[self._crew.submit(part.cells)] = part

    def _take(self, task, part: _Part) -> None:
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
        self._work += glance.work - part.seen.work
        self._updates += glance.updates - part.seen.updates
        part.seen = glance
        self._pace.append((time.monotonic(), self._work, self._updates))
        while self._pace[-1][0] - self._pace[0][0] > RATE_SECONDS:
            self._pace.popleft()
        if not glance.finished:
            self._resting[task] = part

    def _close(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._open.pop(key, None)  # one that diverged is closed before its block begins anew with a worker lost

    def _tell(self, state: str, problem: Problem | None = None) -> None:
        rate, seconds_left = 0.0, None
        if state == "paused":
            self._pace.clear()
        if len(self._pace) > 1:
            seconds, work, updates = (last - first for first, last in zip(self._pace[0], self._pace[-1], strict=True))
            under_way = [*self._training.values(), *self._resting.values()]
            left = sum(cell.work for cell in self._open.values()) - sum(part.seen.work for part in under_way)
            rate, seconds_left = updates / seconds, max(0.0, left) * seconds / work if work else None
        done = self._total - len(self._open)
        self.progress = Progress(state, done, self._total, self._reused, rate, seconds_left, problem)


def lanes_for(n_cells: int, n_workers: int) -> int:
    """Cells to a block: few enough that every worker has some."""
    return max(1, min(MOST_LANES, math.ceil(n_cells / max(1, n_workers))))


# --- what it will take


def estimate(cells: Iterable[Cell], crew: Crew, results: Results) -> Cost:
    """The Cost of a job before it starts, by a stretch of real training for each kind of network."""
    every = {cell.key: cell for cell in cells}
    known = results.known(every)
    missing = [cell for key, cell in every.items() if key not in known and cell.contestant.family != "reference"]
    parts = blocks_of(missing, lanes_for(len(missing), crew.size))
    paces = _paces({_kind(part[0]): part for part in reversed(parts)}, crew)
    seconds = sum(cell.work * paces[_kind(cell)] for cell in missing)
    return Cost(
        len(every),
        len(known),
        sum(cell.live.n_updates for cell in missing),
        seconds / max(1, min(crew.size, len(parts))),
        max((_memory(part) for part in parts), default=0),
    )


def _kind(cell: Cell) -> tuple:
    """Cells of one kind have one pace."""
    return cell.contestant.model, cell.structure.combinator, cell.structure.activation


def _paces(trials: dict[tuple, tuple[Cell, ...]], crew) -> dict[tuple, float]:
    """Seconds per work of each kind, from the second stretch of a block: the first may have a process to start."""
    waiting, running, found = list(trials.items()), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < crew.size:
                kind, part = waiting.pop()
                running[crew.submit(part)] = kind, Glance()
            for task in crew.wait(list(running), LOOK_SECONDS):
                glance, (kind, before) = task.result(), running.pop(task)
                if not (before.work or glance.finished):
                    running[crew.submit(task)] = kind, glance
                    continue
                task.cancel()
                found[kind] = (glance.seconds - before.seconds) / (glance.work - before.work)
    except Lost:
        raise Problem("sweep_worker_lost", n=1) from None
    finally:
        for task in running:
            task.cancel()
    return found


def _memory(part: tuple[Cell, ...]) -> int:
    """Bytes of a worker with this block, by measurement: the libraries, the data and its rows without the validation
    rows, and of each lane its parameters, their moments and their gradient, and what its rows are at every layer."""
    widths, n_rows = layer_widths(part[0].structure), sum(part[0].n_rows)
    data = 2 * DATASETS[part[0].structure.dataset].n_train * widths[0]
    parameters = 2 * sum(a * b for a, b in itertools.pairwise(widths))
    return LIBRARIES + 4 * (data + len(part) * (8 * parameters + 20 * n_rows * sum(widths)))
