"""The jobs of a server, by name, for its pages: whichever tab started them, with one crew and one database.

Tabs share jobs: the usual sweep has the same name for a whole class. A tab that starts a job, or joins it, wants it
until the tab withdraws. The job rests when all connected tabs that want it have it rest, and ends early when none of
them wants it any more. A job whose tabs are all gone goes on to its end.

All tabs of a member of a class are one, which is always there: nobody else stops the job of somebody whose phone
sleeps, and the member goes on with it in another tab.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from ladder.experiments import costs, crews, jobs, tournament, trials
from ladder.experiments.axes import Point
from ladder.experiments.background import RETRY_SECONDS, Background
from ladder.experiments.cells import Result
from ladder.experiments.costs import Cost
from ladder.experiments.design import Quest
from ladder.experiments.jobs import Progress, Steered
from ladder.experiments.results import KINDS, Results
from ladder.experiments.search import Search, setup_of, trials_of
from ladder.experiments.sizes import Size, size_of, size_of_search
from ladder.experiments.tasks import Crew
from ladder.problems import Problem
from ladder.processes import spawn

MOST_KEPT = 20_000  # results in memory; all of them are in the database
MOST_ENDED = 200  # jobs of which the last progress is kept
MOST_SEARCHES = 5  # searches read from the database of which the trials are kept
MOST_COSTS = 50  # costs that are measured or wait for it: more than there are people who look at different designs
LEAVE_SECONDS = 1.0  # for jobs that are given up when the server ends

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    """Runs that a page can start. `name`: that of their job. `n_runs`: how many there are at most. `complete`: whether
    nothing is left to do. `begin` starts them and `estimate` measures what they take; both may take long and raise
    Problem. `counted`: what their progress counts, "runs" or "trials". `size` returns how large they are."""

    name: str
    n_runs: int
    complete: bool
    begin: Callable[[Crew, Results], Steered]
    estimate: Callable[[Crew, Results], Cost]
    counted: str = "runs"
    size: Callable[[], Size] = Size


@dataclass
class _Held:
    """A job that has not ended; `job` is None while it begins. `wants`: for each tab that wants it, whether it is to
    train now (True) or to rest (False)."""

    job: Steered | None = None
    wants: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class _Measured:
    """A cost that was asked for at `asked` (clock)."""

    cost: Future[Cost]
    asked: float


def _ready(results: Results) -> Results:
    """The database, with what earlier versions kept in it known for what it is."""
    with suppress(Problem):  # whoever asks for more is told
        tournament.recognise(results)
    return results


class Jobs:
    """All jobs of a server. `make_crew` makes its workers, `open_results` its database: both may take long, may raise
    Problem, and are then called again later (see Background). `connected(tab)`: whether a tab is still there."""

    def __init__(
        self,
        make_crew: Callable[[], Crew] = lambda: crews.from_environment(spawn.n_workers()),
        open_results: Callable[[], Results] = Results,
        connected: Callable[[str], bool] = lambda tab: True,
    ) -> None:
        self._connected = connected
        self._crew = Background(make_crew, lambda crew: crew.close(), lambda crew: crew.gone)
        self._results = Background(lambda: _ready(open_results()), lambda results: results.close())
        self._measuring = ThreadPoolExecutor(1, "ladder-cost")
        self._lock = threading.Lock()  # of what follows; nothing slow happens under it
        self._jobs: dict[str, _Held] = {}
        self._ended: OrderedDict[str, Progress] = OrderedDict()
        self._costs: OrderedDict[str, _Measured] = OrderedDict()
        self._found: dict[str, Result] = {}
        self._trials: OrderedDict[str, tuple[tuple[float, ...], list[trials.Trial]]] = OrderedDict()

    def results(self) -> Results:
        """Returns the database, opened once. Raises Problem "results_unreadable" and "results_schema"."""
        return self._results.wait()

    def crew(self) -> Crew:
        """Returns the workers, after background.SOON_SECONDS at most. Raises Problem "crew_dialled" while they are not
        there yet, as a cluster has not answered, and what `make_crew` raised: by default the Problems of
        crews.from_environment and spawn.n_workers."""
        return self._crew.soon(Problem("crew_dialled"))

    # --- one job

    def active(self, name: str) -> bool:
        """Whether a job of this name begins, runs or rests."""
        with self._lock:
            return self._held(name) is not None

    def progress(self, name: str) -> Progress | None:
        """How far the job of this name is, or how it ended; None if this server has had none (or no longer knows), or
        if it only begins."""
        with self._lock:
            held = self._held(name)
            if held is None:
                return self._ended.get(name)
            return held.job.progress if held.job else None

    def others(self, name: str, tab: str) -> int:
        """How many other connected tabs want the job of this name."""
        with self._lock:
            held = self._held(name)
            return len(self._present(held, tab)) if held else 0

    def steers(self, name: str, tab: str) -> bool:
        """Whether a tab may have the job of this name rest or end: it wants the job, or no connected tab does."""
        with self._lock:
            held = self._held(name)
            return held is not None and (tab in held.wants or not self._present(held, tab))

    def rests(self, name: str, tab: str) -> bool:
        """Whether the tab has the job of this name rest; for a tab that does not want the job, whether the job
        rests."""
        with self._lock:
            held = self._held(name)
            return held is not None and not held.wants.get(tab, not held.job or held.job.progress.state != "paused")

    def wanted(self, tabs: Collection[str]) -> list[str]:
        """Returns the names of the jobs that one of these tabs wants and that have not ended."""
        with self._lock:
            return self._wanted(tabs)

    def _wanted(self, tabs: Collection[str]) -> list[str]:
        self._held("")  # drops those that have ended
        return [name for name, held in self._jobs.items() if held.wants.keys() & {*tabs}]

    def start(self, work: Work, tab: str, check: Callable[[int], object] = lambda n_others: None) -> None:
        """Start the work's job for the tab, or have the tab want the job of that name that is there already. Raises
        Problem as `results`, `crew`, `work.begin` and `check` do. `check` is called with the number of other jobs that
        the tab wants, before anything is done."""
        results, crew = self.results(), self.crew()
        with self._lock:
            check(len({*self._wanted((tab,))} - {work.name}))
            self._costs.pop(work.name, None)
            held = self._held(work.name)
            if held:
                self._steer(held, tab, True)
                return
            held = self._jobs[work.name] = _Held(wants={tab: True})
            self._ended.pop(work.name, None)
        try:
            job = work.begin(crew, results)
        except BaseException:
            with self._lock:
                self._jobs.pop(work.name, None)
            raise
        with self._lock:
            held.job = job
            if not held.wants:  # all have withdrawn while it began
                job.cancel()

    def pause(self, name: str, tab: str) -> None:
        """The tab has the job rest. The job does so when all other connected tabs that want it have it rest too."""
        self._wish(name, tab, False)

    def resume(self, name: str, tab: str) -> None:
        """The tab has the job go on."""
        self._wish(name, tab, True)

    def cancel(self, name: str, tab: str) -> None:
        """The tab no longer wants the job, which ends if no other connected tab does."""
        self._wish(name, tab, None)

    def end(self, name: str) -> None:
        """The job ends, whoever wants it."""
        with self._lock:
            if held := self._held(name):
                held.wants.clear()
                if held.job:
                    held.job.cancel()

    def _wish(self, name: str, tab: str, wanted: bool | None) -> None:
        with self._lock:
            held = self._held(name)
            if held:
                self._steer(held, tab, wanted)

    def _steer(self, held: _Held, tab: str, wanted: bool | None) -> None:
        others = self._present(held, tab)
        if not wanted and others and tab not in held.wants:
            return  # the job is that of others
        held.wants.pop(tab, None)
        if wanted is None and not others:
            held.wants.clear()
        elif wanted is not None:
            held.wants[tab] = wanted
        if held.job is None:
            return
        if not held.wants:
            held.job.cancel()
        elif wanted or any(held.wants[other] for other in others):
            held.job.resume()
        else:
            held.job.pause()

    def _present(self, held: _Held, tab: str) -> list[str]:
        return [other for other in held.wants if other != tab and self._connected(other)]

    def _held(self, name: str) -> _Held | None:
        """The job of this name that has not ended. All jobs that have ended are dropped: the database has their
        results."""
        for other, held in list(self._jobs.items()):
            if held.job and held.job.wait(0):
                del self._jobs[other]
                self._ended[other] = held.job.progress
                if len(self._ended) > MOST_ENDED:
                    self._ended.popitem(last=False)
        return self._jobs.get(name)

    # --- what it costs

    def cost(self, work: Work) -> Future[Cost]:
        """Returns the Cost of a work as a future, which is measured in the background. It is measured anew after its
        job was started, and after a Problem when RETRY_SECONDS have passed. Of more than MOST_COSTS the one that was
        asked for longest ago is cancelled.

        The future raises the Problems of `results`, `make_crew` and `work.estimate`, "sweep_failed" for a mistake of
        the program, or CancelledError."""
        with self._lock:
            found = self._costs.pop(work.name, None)
            if found and found.cost.done() and time.monotonic() - found.asked > RETRY_SECONDS:
                found = None if found.cost.cancelled() or found.cost.exception() else found
            if found is None:
                found = _Measured(self._measuring.submit(self._measured, work), time.monotonic())
            self._costs[work.name] = found  # the last one now
            if len(self._costs) > MOST_COSTS:
                self._costs.popitem(last=False)[1].cost.cancel()
            return found.cost

    def _measured(self, work: Work) -> Cost:
        try:
            return work.estimate(self._crew.wait(), self.results())
        except RuntimeError as error:
            log.exception("a cost could not be measured")
            raise Problem("sweep_failed", reason=str(error)) from error

    # --- what was found

    def found(self, points: Iterable[Point]) -> dict[str, Result]:
        """Returns the results so far, by cell key. A result that was read once is kept, and left out when the database
        no longer has it. Raises Problem as `results` does."""
        keys, results = {point.cell.key for point in points}, self.results()
        known = results.known(keys)
        with self._lock:
            kept = {key: self._found[key] for key in known if key in self._found}
        new = results.get(known - set(kept))
        with self._lock:
            if len(self._found) > MOST_KEPT:
                self._found.clear()
            self._found.update(new)
        return kept | new

    def trials(self, quest: Quest) -> list[trials.Trial]:
        """Returns the trials of a search so far, from its job or from the database; none before it was started. Raises
        Problem as `results`, search.setup_of and search.trials_of do, "cell_foreign" for the search of another version
        of the program among them."""
        name = quest.name
        with self._lock:
            held = self._held(name)
        if held and isinstance(held.job, Search):
            return held.job.trials
        results = self.results()
        if not setup_of(results, name):
            return []
        mark = results.mark(name)
        with self._lock:
            kept = self._trials.pop(name, None)
        if kept is None or kept[0] != mark:
            kept = mark, trials_of(results, name)
        with self._lock:
            self._trials[name] = kept
            if len(self._trials) > MOST_SEARCHES:
                self._trials.popitem(last=False)
        return kept[1]

    # --- what can be started

    def sweep(self, name: str, points: list[Point], comparison: Mapping[str, object] | None = None) -> Work:
        """Returns the Work of a sweep's runs. `comparison`: for those of a comparison, its description as plain data,
        which is kept with them (Sweep.about). Raises Problem as `found` does."""
        cells = [point.cell for point in points]

        def begin(crew: Crew, results: Results) -> jobs.Job:
            results.start(name, points)
            if comparison is not None:
                results.note(name, KINDS["comparison"], comparison)
            return jobs.Job(cells, crew, results, name=name)

        complete = len(self.found(points)) == len({cell.key for cell in cells})
        estimate = lambda crew, results: costs.estimate(cells, crew, results)  # noqa: E731
        return Work(name, len(points), complete, begin, estimate, size=lambda: size_of(cells))

    def search(self, quest: Quest) -> Work:
        """Returns the Work of a search. Raises Problem as `trials` does."""
        setup, n_trials = quest.setup, int(min(quest.n_trials, quest.setup.n_settings))
        ended = [trial for trial in self.trials(quest) if trial.state != "running"]
        return Work(
            quest.name,
            n_trials * setup.n_seeds,
            len(ended) >= n_trials,
            lambda crew, results: Search(setup, quest.n_trials, crew, results, quest.name),
            lambda crew, results: costs.estimate_search(setup, ended, n_trials, crew),
            "trials",
            lambda: size_of_search(setup.space, setup.base, n_trials * setup.n_seeds),
        )

    def stop(self) -> None:
        """When the server ends: give up what is not finished, end the workers and close the database. The jobs have
        LEAVE_SECONDS all together to note in the database how they ended."""
        with self._lock:
            running = [held.job for held in self._jobs.values() if held.job]
        for job in running:
            job.cancel()
        deadline = time.monotonic() + LEAVE_SECONDS
        for job in running:
            job.wait(max(0.0, deadline - time.monotonic()))  # until the database knows
        self._measuring.shutdown(wait=False, cancel_futures=True)
        self._crew.end()
        self._results.end()
