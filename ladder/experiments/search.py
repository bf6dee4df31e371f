"""A guided search in progress: a thread that proposes trials, has a crew train them and keeps their results.

It is steered like a jobs.Job. Nothing is stored twice: the settings of trials are the points of a sweep in the results
database, and their outcomes are the results of its cells. Only for a pruned trial, which has no outcome, a note is
kept. All else follows from these (see trials.py), so a search can be stopped, killed and taken up again anywhere.
"""

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from ladder.experiments import trials
from ladder.experiments.axes import MOST_RUNS, Point
from ladder.experiments.cells import MOST_LANES, Result, error_curve
from ladder.experiments.jobs import LOOK_SECONDS, Job, Progress, Steered
from ladder.experiments.pace import makespan
from ladder.experiments.results import Results
from ladder.experiments.tasks import Crew
from ladder.experiments.trials import MOST_TRIALS, Setup, SetupJson, Trial
from ladder.problems import Problem

END_SECONDS = 1.0  # how long to wait for the end of each job that is given up
RATE_LOOKS = 300  # looks over which work and updates per second are averaged
Curve = list[tuple[int, float]]  # (update, validation error), as a note of the database has it
FIRST_LOOKS = 20  # looks before a rate is told, as stretches of training end together


def setup_of(results: Results, name: str) -> Setup | None:
    """Returns the setup of the search of this name; None where there is none, or another kind of sweep has the name.
    Raises Problem "results_unreadable", and those of trials.from_json."""
    about = results.notes(name).get("about")
    return trials.from_json(cast(SetupJson, about)) if about else None


def trials_of(results: Results, name: str) -> list[Trial]:
    """Returns the trials of a search as the database has them, in their order. Raises Problem "sweep_unknown" if there
    is no such search, and those of setup_of and Results.points."""
    setup = setup_of(results, name)
    if setup is None:
        raise Problem("sweep_unknown", sweep=name[:80])
    points, notes = results.points(name), results.notes(name)
    found = results.get(point.cell.key for point in points)
    return [
        _trial(number, points[start : start + setup.n_seeds], found, cast(Curve | None, notes.get(_pruned(number))))
        for number, start in enumerate(range(0, len(points), setup.n_seeds))
    ]


def _trial(number: int, points: list[Point], found: Mapping[str, Result], pruned: Curve | None) -> Trial:
    results = [found[point.cell.key] for point in points if point.cell.key in found]
    if len(results) == len(points):
        return trials.finished(number, points[0].axes, results)
    if pruned is None:
        return Trial(number, points[0].axes)
    return Trial(number, points[0].axes, "pruned", tuple((int(update), error) for update, error in pruned))


def _pruned(number: int) -> str:
    """The name of the note with a pruned trial's curve."""
    return f"pruned {number}"


class Search(Steered):
    """`n_trials` trials of a setup under a name, by default setup.name. Among them are the trials that the database has
    under this name: those that have ended are not trained again. It starts at once. `progress`, which counts the trials
    that are finished or pruned, and `trials` may be read, `pause`, `resume` and `cancel` called from any thread.

    Raises Problem "bad_whole" unless 1 <= n_trials <= MOST_TRIALS, "sweep_too_large" for more than MOST_RUNS runs, and
    those of Results.open and trials_of. A failure after the start ends the search and is in `progress.problem`."""

    def __init__(self, setup: Setup, n_trials: int, crew: Crew, results: Results, name: str | None = None):
        if not 1 <= n_trials <= MOST_TRIALS:
            raise Problem("bad_whole", name="n_trials", value=n_trials, low="1", high=str(MOST_TRIALS))
        if n_trials * setup.n_seeds > MOST_RUNS:
            raise Problem("sweep_too_large", n=n_trials * setup.n_seeds, high=MOST_RUNS)
        setup.check()
        self.setup, self.name = setup, name or setup.name
        self._crew, self._results, self._n_trials = crew, results, n_trials
        results.open(self.name, trials.to_json(setup))
        self._trials = trials_of(results, self.name)
        self._training: dict[int, _Training] = {}  # by the number of their trial
        self._exhausted = False
        self._reused = self._n_ended
        self._seconds = self._work = 0.0  # spent without pauses, and Cell.work of the trials that this search has ended
        self._works: list[float] = []  # Cell.work of each trial that goes to its end
        self._pace: deque[_Look] = deque(maxlen=RATE_LOOKS)
        self.progress = Progress("running", self._reused, self._total, self._reused)
        self._start("ladder-search")

    @property
    def trials(self) -> list[Trial]:
        """All trials so far, in their order."""
        return list(self._trials)

    # --- in the thread

    def _end(self) -> None:
        for training in self._training.values():
            training.job.cancel()
        for training in self._training.values():
            training.job.wait(END_SECONDS)

    def _is_open(self) -> bool:
        return self._n_ended < self._total

    @property
    def _n_ended(self) -> int:
        return sum(trial.state != "running" for trial in self._trials)

    @property
    def _total(self) -> int:
        return len(self._trials) if self._exhausted else max(self._n_trials, len(self._trials))

    def _run(self) -> None:
        while self._is_open() and self._wish != "cancelled":
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
                self._note_pace()
            self.progress = self._measured(self._wish)

    def _note_pace(self) -> None:
        """Note what was done so far. The first look is taken when a worker has answered, as a process may have to start
        before that."""
        work = self._work + sum(training.job.work_done() for training in self._training.values())
        if work:
            updates = sum(trial.updates for trial in self._trials) * self.setup.n_seeds
            self._pace.append(_Look(self._seconds, work, updates))

    def _begin(self) -> None:
        """Begin as many trials as the crew has places for their blocks, one at least: those that wait, then new
        ones."""
        while len(self._training) < self._n_places:
            waiting = [t for t in self._trials if t.state == "running" and t.number not in self._training]
            if not waiting:
                if len(self._trials) >= self._total:
                    return
                self._ask()
                continue
            cells = [point.cell for point in self.setup.points(waiting[0].words)]
            job = Job(cells, self._crew, self._results, MOST_LANES)
            self._training[waiting[0].number] = _Training(job, [cell.key for cell in cells])

    @property
    def _named(self) -> str:
        """The name, which a search always has, unlike other Steered work."""
        assert self.name is not None
        return self.name

    @property
    def _n_places(self) -> int:
        """How many trials train at the same time."""
        return max(1, self._crew.size // math.ceil(self.setup.n_seeds / MOST_LANES))

    def _ask(self) -> None:
        """Put another trial into the database, or notice that there are no other settings."""
        words = trials.suggest(self.setup, self._trials)
        if words is None:
            self._exhausted = True
            return
        number = len(self._trials)
        if self._results.extend(self._named, number * self.setup.n_seeds, self.setup.points(words)):
            self._trials.append(Trial(number, words))
        else:  # another process searches too, and has asked meanwhile
            self._trials += trials_of(self._results, self._named)[number:]

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
        self._work += training.job.work_done()
        if progress.problem:
            raise progress.problem
        if progress.state == "finished":
            results = [training.results[key] for key in training.keys]
            self._trials[number] = trials.finished(number, trial.words, results)
        else:
            self._results.note(self._named, _pruned(number), trial.curve)
            self._trials[number] = replace(trial, state="pruned")

    def _further(self, trial: Trial, training: "_Training") -> Trial:
        """The trial with the new points of its curve, up to the one at which it is pruned. Pruning is decided at every
        point, so that it does not depend on when this thread looks."""
        curve = training.curve()
        for n in range(len(trial.curve) + 1, len(curve) + 1):
            trial = replace(trial, curve=curve[:n])
            if trials.falls_behind(self.setup, self._trials, trial):
                training.pruned = True
                training.job.cancel()
                break
        return trial

    def _measured(self, state: str) -> Progress:
        progress = Progress(state, self._n_ended, self._total, self._reused)
        if state != "running" or len(self._pace) < FIRST_LOOKS:
            return progress
        first, last = self._pace[0], self._pace[-1]
        seconds, work = last.seconds - first.seconds, last.work - first.work
        if not (seconds and work):
            return progress
        seconds_left = makespan(self._work_left(), self._n_places) / (work / seconds / max(1, len(self._training)))
        return replace(progress, rate=(last.updates - first.updates) / seconds, seconds_left=seconds_left)

    def _work_left(self) -> list[float]:
        """The work (Cell.work) that is expected to be left, by trial: of those in training, those that wait, and those
        that will be suggested."""
        works = self._works
        works += [trials.work(self.setup, trial.words) for trial in self._trials[len(works) :]]
        later = trials.expected_share(self.setup, self._trials, trials.PRUNE_FROM_TRIALS)

        def share(number: int) -> float:
            return 1.0 if number < trials.PRUNE_FROM_TRIALS else later

        under_way = [
            max(0.0, works[number] * share(number) - training.job.work_done())
            for number, training in self._training.items()
        ]
        waiting = [
            works[trial.number] * share(trial.number)
            for trial in self._trials
            if trial.state == "running" and trial.number not in self._training
        ]
        to_come = [sum(works) / len(works) * share(number) for number in range(len(works), self._total)]
        return [*under_way, *waiting, *to_come]


@dataclass(frozen=True)
class _Look:
    """What a search has done so far: seconds without pauses, work (Cell.work), and updates of all seeds."""

    seconds: float
    work: float
    updates: int


@dataclass
class _Training:
    """A trial in training: its job, its cells' keys by seed, the results of those that have one; `pruned`: whether it
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
