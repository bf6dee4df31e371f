"""The live runs, as the server sees them: which worker has which run, what it last said, and who looks at it.

Nothing here trains or waits for training: every method sends a command or reads a mirror. A run is a file in the runs
folder and, while it is used, a session in one worker. life.py says what follows from an event in a run's life, and this
file does it. A worker that ends is replaced and its runs come back from their files; a run that nobody looks at is
paused, saved and let go.
"""

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ladder.live import life
from ladder.live.analyst import Analyst, Portrait, Portraits, Study
from ladder.live.handle import WorkerHandle
from ladder.live.life import State, Step
from ladder.live.mirror import LOSSES, Answer, Mirror
from ladder.live.news import Arrays, Closed, Failed, Learnt, News, Opened, Pictures, Reply, Rows, Trouble
from ladder.live.store import Store, from_bytes, to_bytes
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Recipe

PREPARED = "prepared"  # the run that a bare address opens
PREPARED_UPDATES = 300
UNWATCHED_SECONDS = 20.0
FORGOTTEN_SECONDS = 86400.0  # a run without a file, as a comparison, that nobody has looked at for so long
LOOK_AFTER_SECONDS = 2.0
TIDY_SECONDS = 600.0
OLD_TAB_SECONDS = 1.0  # a reloaded page's old connection may take so long to end

log = logging.getLogger(__name__)


class Lab:
    """All live runs of one server; every method is safe from any thread, and returns at once unless it says otherwise.
    Problem "run_unknown" for a run that is not there."""

    def __init__(self, folder: Path, n_workers: int, device: str = "cpu"):
        self.store, self.n_workers, self.device = Store(folder), n_workers, device
        self.mirrors: dict[str, Mirror] = {}
        self.helpers: list[WorkerHandle] = []
        self.analyst = Analyst()
        self.lock = threading.RLock()
        self.running = self.prepared = False
        self.changed = threading.Condition(self.lock)
        self.tickets = itertools.count()

    # --- the server's life

    def start(self) -> None:
        """Start the workers and prepare the default run; returns when it is ready. Problem "no_device" if the device is
        missing."""
        self.running = True
        self.store.tidy()
        with self.lock:
            self.helpers = [self._helper() for _ in range(self.n_workers)]
        threading.Thread(target=self._look_after, daemon=True, name="ladder-caretaker").start()
        mirror = self._mirror(PREPARED)
        self._begin(mirror, Recipe(), PREPARED_UPDATES, False)
        self.wait(PREPARED, lambda told: told.update == PREPARED_UPDATES or mirror.has("no_device"), 120)
        if mirror.problem and mirror.has("no_device"):
            raise mirror.problem
        self._command("look", PREPARED, View())  # its pictures are what the first visitor sees first
        with suppress(Problem):
            self.checkpoint(PREPARED)  # what is told may not be on disk yet
            self.prepared = self.status(PREPARED).update == PREPARED_UPDATES

    def _helper(self) -> WorkerHandle:
        return WorkerHandle(self.store.folder, self.device, self.receive, self.lost)

    def stop(self) -> None:
        """End the workers and wait for them; every run is saved as it is."""
        with self.lock:
            self.running = False
        for helper in self.helpers:
            helper.ask_to_stop()
        for helper in self.helpers:
            helper.stop()
        self.analyst.stop()

    def wait(self, run_id: str, condition: Callable[[Told], bool], seconds: float) -> bool:
        """Wait until what the run tells meets the condition; for start-up, exports and tests."""
        with self.changed:
            mirror = self.mirrors.get(run_id) or self._known(run_id)
            return self.changed.wait_for(lambda: condition(mirror.told), seconds)

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

    def _look_after(self) -> None:
        """The caretaker: replaces workers, lets go of unwatched runs and tidies the folder, while the server runs."""
        tidied = time.monotonic()
        while self.running:
            time.sleep(LOOK_AFTER_SECONDS)
            self._guarded(self._replace_ended)
            self._guarded(self._release_unwatched)
            if time.monotonic() - tidied > TIDY_SECONDS:
                self._guarded(self._tidy)
                tidied = time.monotonic()

    @staticmethod
    def _guarded(action: Callable[..., None], *arguments: object) -> None:
        """Do it. What fails is logged, and must not keep the caretaker from anything else."""
        try:
            action(*arguments)
        except Exception:
            log.exception("%s failed", action.__name__)

    def _replace_ended(self) -> None:
        with self.lock:
            for helper in [helper for helper in self.helpers if helper.ended and self.running]:
                self._replace(helper)

    def _release_unwatched(self) -> None:
        with self.lock:
            for mirror in list(self.mirrors.values()):
                unwatched = 0.0 if mirror.viewers else time.monotonic() - mirror.unwatched_since
                if unwatched >= UNWATCHED_SECONDS:
                    self._guarded(self._unwatched, mirror, unwatched)

    def _tidy(self) -> None:
        with self.lock:
            used = [PREPARED, *self.mirrors]
        self.store.tidy(used)

    # --- runs

    def create(self, recipe: Recipe | Race, until: int = 0, playing: bool = False) -> str:
        """A new run's id. The run replays to update `until` first, then plays or waits. The default recipe at
        PREPARED_UPDATES is there at once."""
        if recipe == Recipe() and until == PREPARED_UPDATES and self.prepared:
            with suppress(Problem):  # its file may be gone
                return self.fork(PREPARED, playing)
        with self.lock:
            mirror = self._mirror(secrets.token_urlsafe(8))
            self._begin(mirror, recipe, until, playing)
            return mirror.run_id

    def fork(self, run_id: str, playing: bool = False) -> str:
        """The id of a branch: a new run with the state, recipe and history of the last checkpoint of `run_id`. Problem
        if that cannot be read."""
        saved = self.store.read(run_id)
        with self.lock:
            mirror, source = self._mirror(secrets.token_urlsafe(8)), self.mirrors.get(run_id)
            mirror.source, mirror.told = run_id, Told(update=saved.states["ladder"]["update"])
            if source and source.history and source.told.update == mirror.told.update:
                # the same moment: it can be shown before a worker has opened the branch
                mirror.told = replace(source.told, status="paused", reason=None, problems=0)
                mirror.history, mirror.snapshot = source.history.copy(), source.snapshot
            self._begin(mirror, saved.recipe, 0, playing)
            return mirror.run_id

    def load(self, content: bytes) -> str:
        """The id of a run from a checkpoint file's content. Problem if it is not one ("checkpoint_..."), or cannot be
        kept ("disk_upload")."""
        content = to_bytes(from_bytes(content))  # what a Store wrote, and nothing that came along with it
        run_id = secrets.token_urlsafe(8)
        try:
            self.store.write(run_id, content)
        except OSError as error:
            raise Problem("disk_upload", reason=error.strerror or str(error)) from error
        return run_id

    def exists(self, run_id: str) -> bool:
        """Whether there is such a run that somebody may steer: nobody may steer the prepared one."""
        return run_id != PREPARED and (run_id in self.mirrors or self.store.exists(run_id))

    def take(self, run_id: str, tab: str) -> str:
        """The run that a tab steers from now on, of which there is one tab at a time: this run, or a copy of it if
        another tab has taken it and looks at it. A reloaded page's old connection may be there for a moment still, and
        is waited for. Problem if there is no such run, or no copy can be made."""
        with self.changed:
            if not self.exists(run_id):
                raise Problem("run_unknown", run=run_id[:32])
            mirror = self._mirror(run_id)
            if self.changed.wait_for(lambda: mirror.is_free_for(tab), OLD_TAB_SECONDS):
                mirror.take(tab)
                return run_id
            recipe, update = mirror.recipe, mirror.told.update
        copy = self._copy(run_id, recipe, update)
        with self.lock:
            self._mirror(copy).take(tab)
        return copy

    def _copy(self, run_id: str, recipe: Recipe | Race | None, update: int) -> str:
        """A branch of a run that has a file, or another run that repeats it. Problem if there is neither."""
        try:
            return self.fork(run_id)
        except Problem:
            if recipe is None:
                raise
            return self.create(recipe, update)

    def steers(self, run_id: str, tab: str) -> bool:
        """Whether the tab steers the run still. It does not when another tab took the run while nobody looked. A run
        that no tab steers any more is this tab's from now on."""
        with self.lock:
            mirror = self._known(run_id)
            if mirror.owner is None:
                mirror.take(tab)
            return mirror.owner == tab

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

    def take_problem(self, run_id: str) -> Problem | None:
        """What went wrong since the last call, once."""
        with self.lock:
            return self._known(run_id).take_problem()

    def change(self, run_id: str, values: Mapping[str, object]) -> None:
        """Other live choices by their names, from the run's next update on; the other choices stay as they are. Problem
        if a value is impossible."""
        recipe = self.recipe(run_id)
        assert isinstance(recipe, Recipe)
        update = self.status(run_id).update
        recipe.changed(update, replace(recipe.at(update), **values))  # raises what is to be said
        self._command("change", run_id, dict(values))

    def look(self, run_id: str, view: View) -> None:
        """A tab takes the run, or looks at something else of it."""
        with self.lock:
            self._known(run_id).view = view
            self._command("look", run_id, view)

    def play(self, run_id: str) -> None:
        """Train until somebody or a stop rule ends it."""
        with self.lock:
            self._balance(self._known(run_id))
            self._command("play", run_id)

    def pause(self, run_id: str) -> None:
        """Rest after the update that is under way."""
        self._command("pause", run_id)

    def step(self, run_id: str, n_updates: int) -> None:
        """Train for so many updates, then rest."""
        self._command("step", run_id, n_updates)

    def reset(self, run_id: str) -> None:
        """Back to the initial weights."""
        self._command("reset", run_id)

    def restore(self, run_id: str) -> None:
        """Back to the last weights known to be finite."""
        self._command("restore", run_id)

    def study(self, run_id: str, name: str, seconds: float = 30.0) -> Answer | None:
        """A look inside a race's contestants: a header with its `name` and `update`, and the arrays of
        analysis/studies.py. Waits for it; None if there is no answer in time. Problem as of Analyst.ask."""
        end = time.monotonic() + seconds
        answer = self._answer(run_id, seconds, "study", name)
        if answer is None:
            return None
        task = answer[0]["task"]
        assert isinstance(task, Study)
        found = self.analyst.ask(task)
        try:
            return {"name": name, "update": task.update}, found.result(max(0.0, end - time.monotonic()))
        except TimeoutError:
            found.cancel()
            return None

    def curves(self, run_id: str) -> Arrays:
        """The arrays of the run's history."""
        with self.lock:
            mirror = self._known(run_id)
            return dict(mirror.history.arrays) if mirror.history else {}

    def checkpoint(self, run_id: str, seconds: float = 10.0) -> bytes:
        """The run as a file, as it is now. Waits for the worker to write it. Problem "no_answer" if that does not
        answer in time; the others if there is no run to be saved."""
        answer = self._answer(run_id, seconds, "save")
        if answer is None and self._known(run_id).life.state is not State.FAILED:
            raise Problem("no_answer")
        unsaved = answer[0]["unsaved"] if answer else None
        return unsaved if isinstance(unsaved, bytes) else self.store.content(run_id)

    def _answer(self, run_id: str, seconds: float, name: str, *arguments: object) -> Answer | None:
        """The worker's answer to this command and no other, or None if it does not come in time or the run fails."""
        with self.changed:
            mirror, ticket = self._known(run_id), next(self.tickets)
            mirror.answers[ticket] = None
            try:
                self._command(name, run_id, *arguments, ticket)
                self.changed.wait_for(lambda: mirror.answers[ticket] or mirror.life.state is State.FAILED, seconds)
                return mirror.answers[ticket]
            finally:
                del mirror.answers[ticket]

    # --- looking

    def viewers(self, run_id: str) -> int:
        """How many connections look at a run."""
        with self.lock:
            mirror = self.mirrors.get(run_id)
            return len(mirror.viewers) if mirror else 0

    def subscribe(self, run_id: str, callback: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `callback` with every message from now on, the present state first; returns the way to end it."""
        with self.lock:
            mirror = self._known(run_id)
            mirror.viewers[id(callback)] = callback
            if mirror.history is not None:
                callback(mirror.whole())
            if mirror.snapshot is not None:
                callback(mirror.snapshot)
            self._wanted(mirror)
            self._watch(mirror)
        return lambda: self._leave(run_id, callback)

    def _leave(self, run_id: str, callback: Callable[[bytes], None]) -> None:
        with self.changed:
            mirror = self.mirrors.get(run_id)
            if mirror is not None and mirror.viewers.pop(id(callback), None) and not mirror.viewers:
                mirror.unwatched()
                self._watch(mirror)
                self.changed.notify_all()

    def _watch(self, mirror: Mirror) -> None:
        """Tell the worker that has the run whether anybody looks. One that is opening it is told when it has it."""
        if mirror.worker is not None and mirror.life.state is State.OPEN:
            mirror.worker.send("watch", mirror.run_id, bool(mirror.viewers))

    def history(self, run_id: str) -> bytes:
        """The "history" message of this moment."""
        with self.lock:
            return self._known(run_id).whole()

    # --- events

    def receive(self, run_id: str, news: News) -> None:
        """News from a worker: into the mirror, and on to those who look."""
        with self.changed:
            mirror = self.mirrors.get(run_id)
            if mirror is None:
                return
            match news:
                case Rows(kind, told, arrays):
                    mirror.pass_on(kind, told, arrays)
                case Pictures(header, arrays):
                    mirror.show(header, arrays)
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
        """Its worker let the run go, or kept it, as it could not be saved."""
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
        if often:
            mirror.trouble(Problem("worker_lost_often", n=LOSSES))
        else:
            mirror.trouble(Problem("worker_lost") if self.store.exists(mirror.run_id) else Problem("worker_lost_early"))
        self._follow(mirror, life.lost(mirror.life, mirror.sent(), often, bool(mirror.viewers)))

    def _unwatched(self, mirror: Mirror, seconds: float) -> None:
        """Nobody has looked at the run for so long: its worker lets it go; later it is forgotten, if a file has it."""
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

    # --- which worker

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

    def _open(self, mirror: Mirror) -> None:
        """Send the run to the worker that has least to do: from its file; without one from the run that it is a branch
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
        return sum(mirror.worker is helper and mirror.told.active for mirror in self.mirrors.values())

    def _least_loaded(self) -> WorkerHandle:
        return min(self.helpers, key=lambda helper: (helper.ended, self._load_of(helper)))
