"""The server's half of its analyst: one process that trains nobody, for what would make live runs wait.

scikit-learn's references are fitted there, and studies of a race or of a unit of a ladder are made there, from weights
that are sent to it. It is started when it is needed first, and carries out one task after another.
"""

import logging
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from ladder.arithmetic import Computed
from ladder.arrays import Arrays
from ladder.problems import Problem
from ladder.processes.transport import ChildProcess
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe, Structure

NICENESS = 5  # as live workers: somebody waits
PATIENCE_SECONDS = 1200.0  # self-training on MNIST takes 36 s on a quick machine
MOST_WAITING = 64  # tasks; more would be answered after everybody has gone

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Portrait:
    """What a live comparison shows of a fitted reference, which is the same at every update.

    `errors`: see readers.evaluate; `parameters`: see contestants.n_parameters; `seconds`: of fitting. `clean`, `noisy`:
    the first view.PROBE_ROWS test rows as it reconstructs them from clean and from noisy input, (n, d), None where it
    has no decoder. `region_class`, `region_confidence`: its class and how sure it is of it on race_session's grid in
    the plane, (RESOLUTION, RESOLUTION), None for data that are not in the plane.
    """

    errors: dict[str, float]
    parameters: dict[str, int]
    seconds: float
    clean: np.ndarray | None = None
    noisy: np.ndarray | None = None
    region_class: np.ndarray | None = None
    region_confidence: np.ndarray | None = None


@dataclass(frozen=True)
class Portraits:
    """A task: fit the references of a race. Its outcome is a tuple with a Portrait, or None for a contestant that
    trains, for each contestant in order."""

    race: Race


@dataclass(frozen=True)
class Study:
    """A task: the look `name` (analysis/studies.STUDIES) inside all contestants of a race at update `update`.
    `thetas`: each contestant's parameters, None for a reference. Its outcome is the study's arrays."""

    race: Race
    name: str
    update: int
    thetas: tuple[np.ndarray | None, ...]


@dataclass(frozen=True)
class Quantities:
    """A task: numbers of a race's contestants (quantities.measure), by names such as "contraction[plain]", which have a
    model behind the quantity; of two contestants of one model the first. `thetas`: as of Study. Its outcome is the
    numbers by these names."""

    race: Race
    names: tuple[str, ...]
    thetas: tuple[np.ndarray | None, ...]


@dataclass(frozen=True)
class Denoisers:
    """A task: what every combinator could do for a unit of a ladder at update `update` (denoisers.all_combinators).
    `theta`: the ladder's parameters. Its outcome is a header and arrays."""

    structure: Structure
    live: Live
    update: int
    theta: np.ndarray
    layer: int
    unit: int


@dataclass(frozen=True)
class Score:
    """A task: the errors, fractions, of networks of `structure`, whose dataset is a Reserve, on the rows that it puts
    aside. `live`: the choices now in force; `thetas`: the networks' parameters. Its outcome is a tuple with an error
    for each."""

    structure: Structure
    live: Live
    thetas: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class ModelFiles:
    """A task: the ladder of a run after `update` updates as files (portable/model_files.py). `theta`: its parameters;
    `computed`: what has trained it. Its outcome is the files' content by name."""

    recipe: Recipe
    update: int
    theta: np.ndarray
    computed: tuple[Computed, ...]


Task = Portraits | Study | Quantities | Denoisers | Score | ModelFiles


class Analyst:
    """The process and the tasks that wait for it; every method is safe from any thread and returns at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Task, Future[Any]]] = deque()
        self._running: Future[Any] | None = None
        self._process: ChildProcess | None = None
        self._stopped = False

    @overload
    def ask(self, task: Portraits) -> Future[tuple[Portrait | None, ...]]: ...

    @overload
    def ask(self, task: Study) -> Future[Arrays]: ...

    @overload
    def ask(self, task: Quantities) -> Future[dict[str, float]]: ...

    @overload
    def ask(self, task: Score) -> Future[tuple[float, ...]]: ...

    @overload
    def ask(self, task: ModelFiles) -> Future[dict[str, bytes]]: ...

    @overload
    def ask(self, task: Denoisers) -> Future[tuple[dict[str, object], Arrays]]: ...

    def ask(self, task: Task) -> Future[Any]:
        """The task's outcome. It may be cancelled until its turn comes. Its exception is a Problem: the task's own,
        "analyst_busy" where too many tasks wait, "analyst_lost" where the process ended or cannot be started, or
        "analyst_failed" for a mistake of the program."""
        future: Future[Any] = Future()
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting = deque(one for one in self._waiting if not one[1].cancelled())
            if self._stopped or len(self._waiting) >= MOST_WAITING:
                future.set_exception(Problem("analyst_busy"))
                return future
            self._waiting.append((task, future))
        self._go_on()
        return future

    def stop(self) -> None:
        """End the process; what waits fails."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.kill()

    def _go_on(self) -> None:
        """Send the next task, unless the process has one."""
        failed: list[Future[Any]] = []
        with self._lock:
            while self._waiting and self._running is None:
                task, future = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    if self._process is None and not self._stopped:
                        self._process = self._start()
                except OSError as error:
                    log.warning("the analyst cannot be started: %s", error)
                if self._process is None:
                    failed.append(future)
                else:
                    self._running = future
                    self._process.send(task)
        for future in failed:
            future.set_exception(Problem("analyst_lost"))

    def _start(self) -> ChildProcess:
        return ChildProcess(
            "ladder.live.analyst_process:main",
            (),
            self._settle,
            self._lose,
            name="ladder-analyst",
            niceness=NICENESS,
            patience=PATIENCE_SECONDS,
        )

    def _settle(self, outcome: object) -> None:
        with self._lock:
            future, self._running = self._running, None
        assert future is not None
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
        self._go_on()

    def _lose(self) -> None:
        with self._lock:
            future, self._running, self._process = self._running, None, None
        if future is not None:
            future.set_exception(Problem("analyst_lost"))
        self._go_on()
