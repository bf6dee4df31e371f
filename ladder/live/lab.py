"""The live runs, as the server sees them: which worker has which run, what it last said, and who looks at it.

Nothing here trains or waits for training; every method sends a command or reads a mirror. A run is a file in the runs
folder and, while it is used, a session in one worker. A worker that dies is replaced and its runs come back from their
files; a run that nobody looks at is paused, saved and let go. A run changes hands only after its worker has said that
it saved and closed it; commands wait meanwhile.
"""

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from ladder.live.analyst import Analyst, Portraits, Study
from ladder.live.handle import WorkerHandle
from ladder.live.mirror import Mirror
from ladder.live.store import Store, from_bytes, to_bytes
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Live, Recipe

PREPARED = "prepared"  # the run that a bare address opens
PREPARED_UPDATES = 300
UNWATCHED_SECONDS = 20.0
FORGOTTEN_SECONDS = 86400.0  # a run without a file, as a comparison, that nobody has looked at for so long
LOOK_AFTER_SECONDS = 2.0
TIDY_SECONDS = 600.0

log = logging.getLogger(__name__)


class Lab:
    """All live runs of one server; every method is safe from any thread and returns at once."""

    def __init__(self, folder: Path, n_workers: int, device: str = "cpu"):
        self.store, self.n_workers, self.device = Store(folder), n_workers, device
        self.mirrors: dict[str, Mirror] = {}
        self.helpers: list[WorkerHandle] = []
        self.analyst = Analyst()
        self._askers: dict[int, Future[Study]] = {}  # of looks inside a race, by their number
        self._numbers = itertools.count()
        self.lock = threading.RLock()
        self.running = self.prepared = False
        self.changed = threading.Condition(self.lock)

    # --- life

    def start(self) -> None:
        """Start the workers and prepare the default run; returns when it is ready. Problem if the device is missing."""
        self.running = True
        self.store.tidy()
        with self.lock:
            self.helpers = [self._helper() for _ in range(self.n_workers)]
        threading.Thread(target=self._look_after, daemon=True, name="ladder-caretaker").start()
        mirror = self._mirror(PREPARED)
        self._open(mirror, None, Recipe(), PREPARED_UPDATES, False)
        self.wait(PREPARED, lambda told: told["update"] == PREPARED_UPDATES or mirror.has("no_device"), 120)
        if mirror.has("no_device"):
            raise mirror.problem
        self._command("look", PREPARED, View())  # its pictures are what the first visitor sees first
        with suppress(Problem):
            self.checkpoint(PREPARED)  # what is told may not be on disk yet
            self.prepared = self.status(PREPARED)["update"] == PREPARED_UPDATES

    def _helper(self) -> WorkerHandle:
        return WorkerHandle(self.store.folder, self.device, self.receive, self.lost)

    def stop(self) -> None:
        """End the workers; every run is saved as it is."""
        with self.lock:
            self.running = False
        for helper in self.helpers:
            helper.ask_to_stop()
        for helper in self.helpers:
            helper.stop()
        self.analyst.stop()

    def wait(self, run_id: str, condition: Callable[[dict], bool], seconds: float) -> bool:
        """Wait until the run's status meets the condition; for start-up, exports and tests."""
        with self.changed:
            mirror = self.mirrors.get(run_id) or self._known(run_id)
            return self.changed.wait_for(lambda: condition(mirror.told), seconds)

    def lost(self, helper: WorkerHandle) -> None:
        """A worker ended: replace it and bring its runs back from their files."""
        with self.lock:
            if not self.running or helper not in self.helpers:
                return
            log.warning("a worker ended; its runs come back from their last checkpoints")
            self._replace(helper)

    def _replace(self, helper: WorkerHandle) -> None:
        """Another worker for one that ended. Where the system has no room for a process, it is tried again later."""
        try:
            self.helpers[self.helpers.index(helper)] = self._helper()
        except OSError as error:
            log.warning("no worker can be started: %s", error)
            return
        for mirror in list(self.mirrors.values()):
            if mirror.worker is helper:
                with suppress(Problem):  # its file is gone: that run's person is told at the next act
                    self._come_back(mirror)

    def _come_back(self, mirror: Mirror) -> None:
        """From its file to another worker; it goes on as it did, with the choices that its person made last."""
        status, waiting = mirror.told["status"], mirror.waiting or []
        mirror.worker, mirror.waiting = None, None
        mirror.trouble(Problem("worker_lost") if self.store.exists(mirror.run_id) else Problem("worker_lost_early"))
        until, playing = mirror.goal if not mirror.opened or status == "replaying" else (0, mirror.plays)
        if mirror.kills_workers():
            mirror.tell({**mirror.told, "status": "paused"})
            return
        live = mirror.pending
        if isinstance(mirror.recipe, Recipe) and mirror.opened and status != "replaying" and mirror.all_in_force:
            live = live or mirror.recipe.latest
        self._reopen(mirror, until, playing)
        if live is not None:
            self.change(mirror.run_id, live)
        for command in waiting:
            mirror.worker.send(*command)

    def _look_after(self) -> None:
        tidied = time.monotonic()
        while self.running:
            time.sleep(LOOK_AFTER_SECONDS)
            with self.lock:
                for helper in [helper for helper in self.helpers if helper.ended and self.running]:
                    self._replace(helper)
                self._release_unwatched()
                used = [PREPARED, *self.mirrors]
            if time.monotonic() - tidied > TIDY_SECONDS:
                self.store.tidy(used)
                tidied = time.monotonic()

    def _release_unwatched(self) -> None:
        for mirror in [one for one in self.mirrors.values() if one.worker or one.run_id != PREPARED]:
            unwatched = 0.0 if mirror.viewers else time.monotonic() - mirror.unwatched_since
            if unwatched < UNWATCHED_SECONDS:
                continue
            if mirror.worker is not None:
                self._release(mirror)
            elif self.store.exists(mirror.run_id) or unwatched > FORGOTTEN_SECONDS:
                del self.mirrors[mirror.run_id]
            else:
                mirror.rest()

    # --- runs

    def create(self, recipe: Recipe | Race, until: int = 0, playing: bool = False) -> str:
        """A new run; it replays to update `until` first, then plays or waits. The default recipe at PREPARED_UPDATES is
        there at once."""
        if recipe == Recipe() and until == PREPARED_UPDATES and self.prepared:
            with suppress(Problem):  # its file may be gone
                return self.fork(PREPARED, playing)
        with self.lock:
            mirror = self._mirror(secrets.token_urlsafe(8))
            self._open(mirror, None, recipe, until, playing)
            return mirror.run_id

    def fork(self, run_id: str, playing: bool = False) -> str:
        """A branch: a new run with the state, recipe and history of the last checkpoint of `run_id`."""
        saved = self.store.read(run_id)
        with self.lock:
            mirror = self._mirror(secrets.token_urlsafe(8))
            mirror.recipe, source = saved.recipe, self.mirrors.get(run_id)
            if source and source.history and source.told["update"] == saved.states["ladder"]["update"]:
                # the same moment: it can be shown before a worker has opened the branch
                mirror.told, mirror.snapshot = {**source.told, "status": "paused"}, source.snapshot
                mirror.history = source.history.copy()
            self._open(mirror, run_id, None, 0, playing)
            return mirror.run_id

    def load(self, content: bytes) -> str:
        """A run from a checkpoint file's content; Problem if it is not one, or cannot be kept."""
        content = to_bytes(from_bytes(content))  # what a Store wrote, and nothing that came along with it
        run_id = secrets.token_urlsafe(8)
        try:
            self.store.write(run_id, content)
        except OSError as error:
            raise Problem("disk_upload", reason=error.strerror or str(error)) from error
        return run_id

    def exists(self, run_id: str) -> bool:
        """Whether there is such a run; the prepared one is nobody's to steer."""
        return run_id != PREPARED and (run_id in self.mirrors or self.store.exists(run_id))

    def recipe(self, run_id: str) -> Recipe:
        """What repeats the run so far, a change that the worker has not confirmed included."""
        with self.lock:
            found = self._known(run_id).recipe
        found = found or self.store.read(run_id).recipe  # a large file must keep nobody else waiting
        with self.lock:
            mirror = self._known(run_id)
            recipe = mirror.recipe = mirror.recipe or found
            return recipe.changed(mirror.told["update"], mirror.pending) if mirror.pending else recipe

    def live(self, run_id: str) -> Live:
        """The choices in force where the run is, not what its link has in store."""
        recipe = self.recipe(run_id)
        with self.lock:
            mirror = self._known(run_id)
            return recipe.at(mirror.told["update"]) if mirror.history else recipe.latest  # it may be anywhere

    def status(self, run_id: str) -> dict:
        """The last "status" of the live channel."""
        with self.lock:
            return dict(self._known(run_id).told)

    def plays(self, run_id: str) -> bool:
        """Whether it plays until somebody or a stop rule ends it."""
        with self.lock:
            return self._known(run_id).plays

    def take_problem(self, run_id: str) -> Problem | None:
        """What went wrong since the last call, once."""
        with self.lock:
            return self._known(run_id).take_problem()

    def change(self, run_id: str, live: Live) -> None:
        with self.lock:
            self._known(run_id).pending = live
            self._command("change", run_id, live)

    def look(self, run_id: str, view: View) -> None:
        """A tab takes the run, or looks at something else of it."""
        with self.lock:
            mirror = self._known(run_id)
            mirror.view, mirror.steered = view, True
            self._command("look", run_id, view)

    def play(self, run_id: str) -> None:
        with self.lock:
            self._balance(self._known(run_id))
            self._command("play", run_id)

    def pause(self, run_id: str) -> None:
        self._command("pause", run_id)

    def step(self, run_id: str, n_updates: int) -> None:
        self._command("step", run_id, n_updates)

    def reset(self, run_id: str) -> None:
        self._command("reset", run_id)

    def restore(self, run_id: str) -> None:
        self._command("restore", run_id)

    def study(self, run_id: str, name: str, seconds: float = 30.0) -> tuple[dict, dict] | None:
        """A look inside a race's contestants: a header with its `name` and `update`, and the arrays of
        analysis/studies.py; None if there is no answer in time. Raises Problem "run_unknown", or as Analyst.ask."""
        end, number, asker = time.monotonic() + seconds, next(self._numbers), Future()
        self._askers[number] = asker
        try:
            self._command("study", run_id, name, number)
            task = asker.result(seconds)
        except TimeoutError:
            return None
        finally:
            del self._askers[number]
        found = self.analyst.ask(task)
        try:
            return {"name": name, "update": task.update}, found.result(max(0.0, end - time.monotonic()))
        except TimeoutError:
            found.cancel()
            return None

    def curves(self, run_id: str) -> dict:
        """The arrays of the run's history."""
        with self.lock:
            mirror = self._known(run_id)
            return dict(mirror.history.arrays) if mirror.history else {}

    def checkpoint(self, run_id: str, seconds: float = 10.0) -> bytes:
        """The run as a file, as it is now. Waits for the worker to write it, so not for a page's hot path. Problem if
        that does not answer in time, or if there is no run to be saved."""
        with self.changed:
            mirror = self._known(run_id)
            before = mirror.n_saved
            self._command("save", run_id)
            if not self.changed.wait_for(lambda: mirror.n_saved > before, seconds):
                raise Problem("no_answer")
            content = mirror.unsaved
        return content or self.store.content(run_id)

    # --- looking

    def viewers(self, run_id: str) -> int:
        """How many look at a run that a tab steers: when the server starts again, panels are back before their tabs."""
        with self.lock:
            mirror = self.mirrors.get(run_id)
            return len(mirror.viewers) if mirror and mirror.steered else 0

    def subscribe(self, run_id: str, callback: Callable[[bytes], None]) -> Callable[[], None]:
        """Call `callback` with every message from now on, the present state first; returns the way to end it."""
        with self.lock:
            mirror = self._known(run_id)
            mirror.viewers[id(callback)] = callback
            if mirror.history is not None:
                callback(mirror.whole())
            if mirror.snapshot is not None:
                callback(mirror.snapshot)
            self._command("watch", run_id, True)
        return lambda: self._leave(run_id, callback)

    def _leave(self, run_id: str, callback) -> None:
        with self.lock:
            mirror = self.mirrors.get(run_id)
            if mirror is not None and mirror.viewers.pop(id(callback), None) and not mirror.viewers:
                mirror.unwatched_since = time.monotonic()
                if mirror.worker is not None:
                    mirror.worker.send("watch", run_id, False)

    def history(self, run_id: str) -> bytes:
        """The "history" message of this moment."""
        with self.lock:
            return self._known(run_id).whole()

    def receive(self, run_id: str, kind: str, header: dict, arrays: dict) -> None:
        """News from a worker: into the mirror, and on to those who look."""
        with self.changed:
            mirror = self.mirrors.get(run_id)
            if mirror is None:
                return
            if kind == "recipe":
                mirror.recipe = header["recipe"]
                if mirror.recipe.latest == mirror.pending:  # not the answer to an earlier change
                    mirror.pending = None
            elif kind == "problem":
                mirror.pending = None
                mirror.trouble(Problem(header["key"], **header["values"]))
            elif kind == "study":
                if (asker := self._askers.get(header["number"])) and not asker.done():
                    asker.set_result(header["task"])
            elif kind == "portraits":
                self._ask_for_portraits(mirror, header["task"])
            elif kind == "saved":
                mirror.n_saved, mirror.unsaved = mirror.n_saved + 1, header["unsaved"]
            elif kind == "closed":
                self._closed(mirror, **header)
            else:
                mirror.pass_on(kind, header, arrays)
            self.changed.notify_all()

    def _ask_for_portraits(self, mirror: Mirror, task: Portraits) -> None:
        """A worker opens a race: it is sent what the analyst makes of the race's references."""
        worker = mirror.worker

        def pass_on(found: Future) -> None:
            worker.send("portraits", mirror.run_id, found.exception() or found.result())

        self.analyst.ask(task).add_done_callback(pass_on)

    # --- which worker

    def _mirror(self, run_id: str) -> Mirror:
        return self.mirrors.setdefault(run_id, Mirror(run_id))

    def _known(self, run_id: str) -> Mirror:
        if run_id not in self.mirrors and not self.exists(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        return self._mirror(run_id)

    def _command(self, name: str, run_id: str, *arguments) -> None:
        with self.lock:
            mirror = self._known(run_id)
            mirror.unwatched_since = time.monotonic()
            if mirror.waiting is not None:
                mirror.waiting.append((name, run_id, *arguments))
                return
            if mirror.worker is None:
                self._reopen(mirror)
            mirror.worker.send(name, run_id, *arguments)

    def _release(self, mirror: Mirror) -> None:
        """Have the run paused, saved and closed by its worker, which answers "closed"."""
        if mirror.waiting is None:
            mirror.waiting = []
            mirror.worker.send("close", mirror.run_id)

    def _closed(self, mirror: Mirror, kept: bool, note: str = "") -> None:
        """The worker let the run go, or kept it as the disk did not take it, or could not open it at all."""
        waiting, mirror.waiting = mirror.waiting, None
        if not kept:
            mirror.worker = None
        if note:
            mirror.tell({**mirror.told, "status": "failed", "reason": {"key": "failed", "note": note}})
        if waiting is not None and (waiting or mirror.viewers):
            if mirror.worker is None:
                self._reopen(mirror)
            for command in waiting:
                mirror.worker.send(*command)

    def _reopen(self, mirror: Mirror, until: int = 0, playing: bool = False) -> None:
        """From the run's file, or as it began if there is none (a worker lost early, or a race): then what it had
        done is repeated."""
        source, recipe = (mirror.run_id, None) if self.store.exists(mirror.run_id) else mirror.origin
        if source is None and recipe is None:
            raise Problem("run_unknown", run=mirror.run_id)
        until = until if source == mirror.run_id else max(until, mirror.told["update"])
        self._open(mirror, source, recipe, until, playing)

    def _open(self, mirror: Mirror, source: str | None, recipe: Recipe | None, until: int, playing: bool) -> None:
        mirror.worker, mirror.opened, mirror.goal = self._least_loaded(), False, (until, playing)
        if source != mirror.run_id:
            mirror.origin = source, recipe
        mirror.recipe = recipe or mirror.recipe
        mirror.worker.send("open", mirror.run_id, source, recipe, until, playing, mirror.view)
        if mirror.viewers:
            mirror.worker.send("watch", mirror.run_id, True)

    def _load_of(self, helper: WorkerHandle) -> int:
        return sum(mirror.worker is helper and mirror.active for mirror in self.mirrors.values())

    def _least_loaded(self) -> WorkerHandle:
        return min(self.helpers, key=lambda helper: (helper.ended, self._load_of(helper)))

    def _balance(self, mirror: Mirror) -> None:
        """Before a run plays: move it to a worker that has fewer to play."""
        if mirror.worker is None or mirror.active or not mirror.opened:
            return
        if self._load_of(mirror.worker) > self._load_of(self._least_loaded()):
            self._release(mirror)
