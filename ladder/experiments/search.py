"""A guided search on its way: trials one after another through a crew into the results, in a thread; others look on.

It has the outside of jobs.Job. Nothing is stored twice: the settings of trials are the points of a sweep in the
results database, their outcome the results of its cells, and only for a pruned trial, which has no outcome, a note is
kept. All else follows from these (see trials.py), so a search can be stopped, killed and taken up again anywhere.
"""

import math
import time
from collections import deque
from dataclasses import dataclass, field, replace

from ladder.experiments import trials
from ladder.experiments.axes import MOST_RUNS
from ladder.experiments.cells import MOST_LANES, Result, error_curve
from ladder.experiments.jobs import Job, Progress, Steered
from ladder.experiments.results import Results
from ladder.experiments.tasks import Crew
from ladder.experiments.trials import MOST_TRIALS, Setup, Trial
from ladder.problems import Problem

LOOK_SECONDS = 0.1  # until a pause, an end or a reason to prune is noticed
END_SECONDS = 1.0  # for jobs that were given up
RATE_LOOKS = 100  # that updates per second are averaged over


def setup_of(results: Results, name: str) -> Setup | None:
    """What the search of this name is; None where there is none, or another kind of sweep has the name."""
    about = results.notes(name).get("about")
    return trials.from_json(about) if about else None


def trials_of(results: Results, name: str) -> list[Trial]:
    """The trials of a search as the database has them, in their order; Problem if there is no such search."""
    setup = setup_of(results, name)
    if setup is None:
        raise Problem("sweep_unknown", sweep=name[:80])
    points, notes = results.points(name), results.notes(name)
    found = results.get(point.cell.key for point in points)
    return [
        _trial(number, points[start : start + setup.n_seeds], found, notes.get(_pruned(number)))
        for number, start in enumerate(range(0, len(points), setup.n_seeds))
    ]


def _trial(number: int, points: list, found: dict, pruned: list | None) -> Trial:
    results = [found[point.cell.key] for point in points if point.cell.key in found]
    if len(results) == len(points):
        return trials.finished(number, points[0].axes, results)
    if pruned is None:
        return Trial(number, points[0].axes)
    return Trial(number, points[0].axes, "pruned", tuple(map(tuple, pruned)))


def _pruned(number: int) -> str:
    """The name of the note with a pruned trial's curve."""
    return f"pruned {number}"


class Search(Steered):
    """`n_trials` trials of a setup, among them those that the database has under this name, of which what ended is
    not trained again. It starts at once; `progress`, which counts trials that are finished or pruned, and `trials`
    are for anybody to look at, `pause`, `resume` and `cancel` may be called from anywhere."""

    def __init__(self, setup: Setup, n_trials: int, crew: Crew, results: Results, name: str | None = None):
        if not 1 <= n_trials <= MOST_TRIALS:
            raise Problem("bad_whole", name="n_trials", value=n_trials, low="1", high=str(MOST_TRIALS))
        if n_trials * setup.n_seeds > MOST_RUNS:
            raise Problem("sweep_too_large", n=n_trials * setup.n_seeds, high=MOST_RUNS)
        self.setup, self.name = setup, name or setup.name
        self._crew, self._results, self._n_trials = crew, results, n_trials
        results.open(self.name, trials.to_json(setup))
        self._trials = trials_of(results, self.name)
        self._training: dict[int, _Training] = {}  # by the number of their trial
        self._exhausted = False
        self._reused, self._seconds = self._n_ended, 0.0
        self._pace: deque[tuple[float, float]] = deque(maxlen=RATE_LOOKS)  # seconds at work, updates of all trials
        self.progress = Progress("running", self._reused, self._total, self._reused)
        self._start("ladder-search")

    @property
    def trials(self) -> list[Trial]:
        """All trials so far."""
        return list(self._trials)

    # --- in the thread

    def _end(self, state: str, problem: Problem | None) -> None:
        for training in self._training.values():
            training.job.cancel()
        for training in self._training.values():
            training.job.wait(END_SECONDS)
        self._tell(state, problem)

    @property
    def _open(self) -> bool:
        """Whether there is something to train, or to ask for."""
        return self._n_ended < self._total

    @property
    def _n_ended(self) -> int:
        return sum(trial.state != "running" for trial in self._trials)

    @property
    def _total(self) -> int:
        return len(self._trials) if self._exhausted else max(self._n_trials, len(self._trials))

    def _run(self) -> None:
        while self._open and self._wish != "cancelled":
            if self._wish == "running":
                self._begin()
            for training in self._training.values():
                training.job.resume() if self._wish == "running" else training.job.pause()
            start = time.monotonic()
            time.sleep(LOOK_SECONDS)
            for number, training in list(self._training.items()):
                self._look(number, training)
            if self._wish == "running":
                self._seconds += time.monotonic() - start
                self._pace.append((self._seconds, sum(t.updates for t in self._trials) * self.setup.n_seeds))
            self._tell(self._wish)

    def _begin(self) -> None:
        """As many trials as the crew has places for their blocks, one at least: those that wait, then new ones."""
        n_blocks = math.ceil(self.setup.n_seeds / MOST_LANES)
        while len(self._training) < max(1, self._crew.size // n_blocks):
            waiting = [t for t in self._trials if t.state == "running" and t.number not in self._training]
            if not waiting:
                if len(self._trials) >= self._total:
                    return
                self._ask()
                continue
            cells = [point.cell for point in self.setup.points(waiting[0].words)]
            job = Job(cells, self._crew, self._results, MOST_LANES)
            self._training[waiting[0].number] = _Training(job, [cell.key for cell in cells])

    def _ask(self) -> None:
        words = trials.suggest(self.setup, self._trials)
        if words is None:
            self._exhausted = True
            return
        number = len(self._trials)
        if self._results.extend(self.name, number * self.setup.n_seeds, self.setup.points(words)):
            self._trials.append(Trial(number, words))
        else:  # another process searches too, and has asked meanwhile
            self._trials += trials_of(self._results, self.name)[number:]

    def _look(self, number: int, training: "_Training") -> None:
        """Note how far a trial is, and that it ends."""
        ended, progress, trial = training.job.wait(0), training.job.progress, self._trials[number]
        if progress.done > len(training.results):
            training.results = self._results.get(training.keys)
        if not ended:
            if not training.pruned:
                self._trials[number] = self._further(trial, training)
            return
        del self._training[number]
        if progress.state == "failed":
            raise progress.problem
        if progress.state == "finished":
            results = [training.results[key] for key in training.keys]
            self._trials[number] = trials.finished(number, trial.words, results)
        else:
            self._results.note(self.name, _pruned(number), trial.curve)
            self._trials[number] = replace(trial, state="pruned")

    def _further(self, trial: Trial, training: "_Training") -> Trial:
        """A trial with the points that are new, to the one at which it is pruned: asked at each, so that it does not
        depend on when we look."""
        curve = training.curve()
        for n in range(len(trial.curve) + 1, len(curve) + 1):
            trial = replace(trial, curve=curve[:n])
            if trials.falls_behind(self.setup, self._trials, trial):
                training.pruned = True
                training.job.cancel()
                break
        return trial

    def _tell(self, state: str, problem: Problem | None = None) -> None:
        n_ended, rate, seconds_left = self._n_ended, 0.0, None
        if state == "running" and self._pace:
            seconds, updates = (last - first for first, last in zip(self._pace[0], self._pace[-1], strict=True))
            rate = updates / seconds if seconds else 0.0
            if n_ended > self._reused:
                seconds_left = self._seconds / (n_ended - self._reused) * (self._total - n_ended)
        self.progress = Progress(state, n_ended, self._total, self._reused, rate, seconds_left, problem)


@dataclass
class _Training:
    """A trial on its way: its job, its cells' keys by seed, the results of those that have one; `pruned`: whether it
    is given up."""

    job: Job
    keys: list[str]
    results: dict[str, Result] = field(default_factory=dict)
    pruned: bool = False

    def curve(self) -> tuple[tuple[int, float], ...]:
        """See Trial.curve."""
        known = {key: error_curve(result.curve) for key, result in self.results.items()}
        curves = self.job.curves | known
        diverged = [key in self.results and self.results[key].diverged is not None for key in self.keys]
        return trials.mean_curve([curves.get(key, ()) for key in self.keys], diverged)
