"""The runs of a server and their workers: what happens when an event in a run's life comes.

life.py says what follows from an event, and this file does it: it sends commands to workers, puts their news into the
mirrors, and replaces workers that end. lab.py has what pages and people ask of runs.
"""

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from ladder.live import life
from ladder.live.analyst import Analyst, Portrait, Portraits
from ladder.live.handle import WorkerHandle
from ladder.live.life import State, Step
from ladder.live.mirror import LOSSES, Mirror
from ladder.live.news import Closed, Failed, Insides, Learnt, News, Opened, Pictures, Reply, Rows, Trouble
from ladder.live.store import Store
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.settings import Recipe

PREPARED = "prepared"  # the run that a bare address opens
FORGOTTEN_SECONDS = 86400.0  # without a viewer: then a run without a file is forgotten, as a comparison is

log = logging.getLogger(__name__)


class Runs:
    """The mirrors and the workers of all runs. Every method is safe from any thread, and returns at once."""

    def __init__(self, folder: Path, n_workers: int, device: str = "cpu"):
        self.store, self.n_workers, self.device = Store(folder), n_workers, device
        self.mirrors: dict[str, Mirror] = {}
        self.helpers: list[WorkerHandle] = []
        self.analyst = Analyst()
        self.lock = threading.RLock()
        self.running = self.prepared = False
        self.changed = threading.Condition(self.lock)
        self.tickets = itertools.count()
        self.n_updates = 0  # of all runs together, as their workers told them

    # --- workers that end

    def _helper(self) -> WorkerHandle:
        return WorkerHandle(self.store.folder, self.device, self.receive, self.lost)

    def lost(self, helper: WorkerHandle) -> None:
        """A worker has ended: replace it, and bring its runs back from their files."""
        with self.lock:
            if not self.running or helper not in self.helpers:
                return
            log.warning("a worker ended; its runs come back from their last checkpoints")
            self._replace(helper)

    def _replace(self, helper: WorkerHandle) -> None:
        """Another worker for one that has ended. If the system has no room for a process, the caretaker tries later."""
        try:
            self.helpers[self.helpers.index(helper)] = self._helper()
        except OSError as error:
            log.warning("no worker can be started: %s", error)
            return
        for mirror in [mirror for mirror in self.mirrors.values() if mirror.worker is helper]:
            self._guarded(self._lost, mirror)

    def _replace_ended(self) -> None:
        with self.lock:
            for helper in [helper for helper in self.helpers if helper.ended and self.running]:
                self._replace(helper)

    @staticmethod
    def _guarded(action: Callable[..., None], *arguments: object) -> None:
        """Call the action. An exception is logged, so that the caretaker goes on with its other work."""
        try:
            action(*arguments)
        except Exception:
            log.exception("%s failed", action.__name__)

    # --- events

    def receive(self, run_id: str, news: News) -> None:
        """Puts a worker's news into the run's mirror, which sends them to the run's viewers."""
        with self.changed:
            mirror = self.mirrors.get(run_id)
            if mirror is None:
                return
            match news:
                case Rows(kind, told, arrays):
                    if kind == "increment":
                        self.n_updates += max(0, told.update - mirror.told.update)
                    mirror.pass_on(kind, told, arrays)
                case Pictures(header, arrays):
                    mirror.show(header, arrays)
                case Insides(header, arrays):
                    mirror.show_inside(header, arrays)
                case Learnt(recipe):
                    mirror.learn(recipe)
                case Trouble(problem):
                    mirror.trouble(problem)
                case Reply(ticket, header, arrays):
                    mirror.answer(ticket, header, arrays)
                case Opened():
                    self._opened(mirror)
                case Failed(note):
                    self._failed(mirror, note)
                case Closed(kept):
                    self._closed(mirror, kept)
            self.changed.notify_all()

    def _command(self, name: str, run_id: str, *arguments: object) -> None:
        with self.lock:
            self._wanted(self._known(run_id), (name, run_id, *arguments))

    def _wanted(self, mirror: Mirror, *commands: life.Command) -> None:
        """Somebody looks at the run, or has commands for it."""
        mirror.unwatched_since = time.monotonic()
        self._follow(mirror, life.asked(mirror.life, *commands))

    def _opened(self, mirror: Mirror) -> None:
        """Its worker has the run."""
        self._follow(mirror, life.opened(mirror.life))

    def _failed(self, mirror: Mirror, note: str) -> None:
        """Its worker could not open the run, for a mistake of the program, which the note names, or for a problem that
        it told before."""
        self._follow(mirror, life.failed(mirror.life))
        if note:
            mirror.tell(replace(mirror.told, status="failed", reason={"key": "failed", "note": note}))

    def _closed(self, mirror: Mirror, kept: bool) -> None:
        """The worker has let the run go. `kept`: it holds the run still, because the run could not be saved."""
        mirror.goal = 0, False
        self._follow(mirror, life.closed(mirror.life, kept, bool(mirror.viewers)))

    def _lost(self, mirror: Mirror) -> None:
        """Its worker ended. The run comes back from its file and goes on as it did."""
        told, often = mirror.told, mirror.ended_often()
        if mirror.life.state is not State.OPENING and told.status != "replaying":
            mirror.goal = 0, told.plays
        if often:
            mirror.goal = 0, False
            mirror.told = replace(told, status="paused", until=0)
            mirror.trouble(Problem("worker_lost_often", n=LOSSES))
        else:
            mirror.trouble(Problem("worker_lost") if self.store.exists(mirror.run_id) else Problem("worker_lost_early"))
        self._follow(mirror, life.lost(mirror.life, mirror.sent(), often, bool(mirror.viewers)))

    def _unwatched(self, mirror: Mirror, seconds: float) -> None:
        """The run has had no viewer for so many seconds. Its worker lets it go. At a later call the mirror is forgotten
        if the run has a file, and after FORGOTTEN_SECONDS in any case."""
        if mirror.life.state in (State.ABSENT, State.FAILED):
            kept = self.store.exists(mirror.run_id) and not mirror.life.queue
            if mirror.run_id != PREPARED and (kept or seconds > FORGOTTEN_SECONDS):
                del self.mirrors[mirror.run_id]
            elif mirror.run_id != PREPARED:
                mirror.rest()
            return
        self._follow(mirror, life.let_go(mirror.life))

    def _balance(self, mirror: Mirror) -> None:
        """Before a run plays: move it to a worker that has fewer to play."""
        if mirror.worker is None or mirror.told.active:
            return
        if self._load_of(mirror.worker) > self._load_of(self._least_loaded()):
            self._follow(mirror, life.let_go(mirror.life))

    def _follow(self, mirror: Mirror, step: Step) -> None:
        """Do what follows from an event."""
        before, mirror.life = mirror.life, step.life
        if step.open:
            try:
                self._open(mirror)
            except Problem:
                mirror.life = before
                raise
        if step.life.state in (State.ABSENT, State.FAILED):
            mirror.worker = None
        if mirror.worker is None:
            return
        if step.close:
            mirror.worker.send("close", mirror.run_id)
        if before.state is not State.OPEN and step.life.state is State.OPEN:
            self._watch(mirror)
        for command in step.send:
            mirror.worker.send(*command)

    def _watch(self, mirror: Mirror) -> None:
        """Tell the worker of an open run whether the run has viewers. An opening run is told of later."""
        if mirror.worker is not None and mirror.life.state is State.OPEN:
            mirror.worker.send("watch", mirror.run_id, bool(mirror.viewers))
            if mirror.inside is not None:
                mirror.worker.send("inside", mirror.run_id, mirror.inside)

    # --- what they said last

    def recipe(self, run_id: str) -> Recipe | Race:
        """What repeats the run so far, with the changes that are on their way to its worker. Problem if its file cannot
        be read."""
        with self.lock:
            found = self._known(run_id).asked_for()
        if found is not None:
            return found
        saved = self.store.read(run_id)  # a large file must keep nobody else waiting
        with self.lock:
            mirror = self._known(run_id)
            if mirror.recipe is None:
                mirror.told = replace(mirror.told, update=saved.states["ladder"]["update"])
                mirror.learn(saved.recipe)
            return mirror.asked_for() or saved.recipe

    def status(self, run_id: str) -> Told:
        """What the run told last."""
        with self.lock:
            return self._known(run_id).told

    # --- which worker

    def exists(self, run_id: str) -> bool:
        """Whether there is such a run that somebody may steer: nobody may steer the prepared one."""
        return run_id != PREPARED and (run_id in self.mirrors or self.store.exists(run_id))

    def _mirror(self, run_id: str) -> Mirror:
        return self.mirrors.setdefault(run_id, Mirror(run_id))

    def _known(self, run_id: str) -> Mirror:
        if run_id not in self.mirrors and not self.exists(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        return self._mirror(run_id)

    def _begin(self, mirror: Mirror, recipe: Recipe | Race, until: int, playing: bool) -> None:
        """A new run's first opening."""
        mirror.goal = until, playing
        mirror.learn(recipe)
        self._wanted(mirror)

    def _repeat(self, recipe: Recipe | Race, until: int, playing: bool) -> str:
        """The id of a new run that starts from the initial weights and replays to update `until`."""
        with self.lock:
            mirror = self._mirror(secrets.token_urlsafe(8))
            self._begin(mirror, recipe, until, playing)
            return mirror.run_id

    def _open(self, mirror: Mirror) -> None:
        """Send the run to the worker that has least to do: from its file; without one from the run that it is a copy
        of, or from its recipe. Then what it had done is repeated."""
        until, playing = mirror.goal
        source = next((one for one in (mirror.run_id, mirror.source) if one and self.store.exists(one)), None)
        if source is None and mirror.recipe is None:
            raise Problem("run_unknown", run=mirror.run_id)
        if source != mirror.run_id:
            until = max(until, mirror.told.update)
        recipe, told, worker = mirror.recipe if source is None else None, mirror.told, self._least_loaded()
        known = (told.update, mirror.recipe) if source and mirror.history and told.status != "replaying" else None

        def send(portraits: tuple[Portrait | None, ...] = ()) -> None:
            worker.send("open", mirror.run_id, source, recipe, portraits, known, until, playing, mirror.view)

        mirror.worker = worker
        if isinstance(recipe, Race):
            self._fit_first(mirror, recipe, send)
        else:
            send()

    def _fit_first(self, mirror: Mirror, race: Race, send: Callable[[tuple[Portrait | None, ...]], None]) -> None:
        """Have the analyst fit a race's references, which takes long, before the race is sent to its worker."""
        if all(one.family != "reference" for one in race.contestants):
            send((None,) * len(race.contestants))
            return
        worker = mirror.worker

        def fitted(found: Future[tuple[Portrait | None, ...]]) -> None:
            with self.changed:
                if mirror.worker is not worker or mirror.life.state is not State.OPENING:
                    return  # the worker ended meanwhile, and its successor asks again
                problem = found.exception()
                if isinstance(problem, Problem):
                    mirror.trouble(problem)
                    self._failed(mirror, "")
                else:
                    send(found.result())
                self.changed.notify_all()

        self.analyst.ask(Portraits(race)).add_done_callback(fitted)

    def _load_of(self, helper: WorkerHandle) -> int:
        return sum(mirror.worker is helper and mirror.trains for mirror in self.mirrors.values())

    def _least_loaded(self) -> WorkerHandle:
        return min(self.helpers, key=lambda helper: (helper.ended, self._load_of(helper)))
