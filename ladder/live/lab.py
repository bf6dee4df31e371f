"""The live runs, as the server sees them: which worker has which run, what it last said, and who looks at it.

Nothing here trains or waits for training: every method sends a command or reads a mirror. A run is a file in the runs
folder and, while it is used, a session in one worker (runs.py). A worker that ends is replaced and its runs come back
from their files; a run that nobody looks at is paused, saved and let go.
"""

import math
import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ladder.arithmetic import difference, key_of, ours
from ladder.arrays import Arrays
from ladder.data.protocol import check
from ladder.live import frames
from ladder.live.life import State
from ladder.live.lists import Lists, Summary, summary_of
from ladder.live.looks import Looks
from ladder.live.pins import PinFiles
from ladder.live.runs import PREPARED
from ladder.live.store import from_bytes, to_bytes
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Recipe, Structure

PREPARED_UPDATES = 300
UNWATCHED_SECONDS = 20.0
LOOK_AFTER_SECONDS = 2.0
TIDY_SECONDS = 600.0
OLD_TAB_SECONDS = 1.0  # a reloaded page's old connection may take so long to end
POINTS_BEHIND = 240  # of each curve of a run that is drawn behind another
MOST_SUMMARIES = 2000  # that the server keeps in its memory


class Lab(Looks):
    """All live runs of one server; every method is safe from any thread, and returns at once unless it says otherwise.
    Problem "run_unknown" for a run that is not there."""

    def __init__(self, folder: Path, n_workers: int, device: str = "cpu"):
        super().__init__(folder, n_workers, device)
        self.lists, self.pins = Lists(folder), PinFiles(folder)
        self.kept: Callable[[], Collection[str]] = tuple  # runs that are never tidied away, beside those of lists
        self._summaries: dict[str, tuple[int, Summary]] = {}  # by run, with the time of its file

    # --- the server's life

    def start(self) -> None:
        """Start the workers and prepare the default run; returns when it is ready. Problem "no_device" if the device is
        missing."""
        self.running = True
        self._tidy()
        with self.lock:
            self.helpers = [self._helper() for _ in range(self.n_workers)]
        threading.Thread(target=self._look_after, daemon=True, name="ladder-caretaker").start()
        with suppress(OSError):
            self.store.path(PREPARED).unlink()  # an earlier version's may be another run
        mirror = self._mirror(PREPARED)
        self._begin(mirror, OPENING, PREPARED_UPDATES, False)
        mirror.unwatched_since = math.inf  # on a slow machine it would be let go before it is ready
        self.wait(PREPARED, lambda told: told.update == PREPARED_UPDATES or mirror.has("no_device"), 120)
        if mirror.problem and mirror.has("no_device"):
            raise mirror.problem
        self._command("look", PREPARED, View())  # its pictures are what the first visitor sees first
        with suppress(Problem):
            self.checkpoint(PREPARED)  # what is told may not be on disk yet
            kept = self.store.read(PREPARED)
            self.prepared = kept.recipe == OPENING and kept.states["ladder"]["update"] == PREPARED_UPDATES

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

    def _release_unwatched(self) -> None:
        with self.lock:
            for mirror in list(self.mirrors.values()):
                unwatched = 0.0 if mirror.viewers else time.monotonic() - mirror.unwatched_since
                if unwatched >= UNWATCHED_SECONDS:
                    self._guarded(self._unwatched, mirror, unwatched)

    def _tidy(self) -> None:
        with self.lock:
            used = [PREPARED, *self.mirrors]
        self.store.tidy(used, self.lists.tidy() | {*self.kept()})
        self.pins.tidy()

    # --- runs

    def create(self, recipe: Recipe | Race, until: int = 0, playing: bool = False) -> str:
        """A new run's id. The run replays to update `until` first, then plays or waits. OPENING at PREPARED_UPDATES
        is there at once."""
        if recipe == OPENING and until == PREPARED_UPDATES and self.prepared:
            return self.copy(PREPARED, playing)
        return self._repeat(recipe, until, playing)

    def copy(self, run_id: str, playing: bool = False) -> str:
        """The id of a copy: a new run with the state, recipe and history of the last checkpoint of `run_id`. If that
        cannot be read (comparisons have none, and a full disk takes none), the copy repeats the run from its recipe.
        Raises Problem as Store.read where the recipe is not known either."""
        with self.lock:
            source = self.mirrors.get(run_id)
            recipe, update = (source.recipe, source.told.update) if source else (None, 0)
        try:
            saved = self.store.read(run_id)
        except Problem:
            if recipe is None:
                raise
            return self._repeat(recipe, update, playing)
        with self.lock:
            mirror, source = self._mirror(secrets.token_urlsafe(8)), self.mirrors.get(run_id)
            mirror.source, mirror.told = run_id, Told(update=saved.states["ladder"]["update"])
            if source and source.history and source.told.update == mirror.told.update:
                # the same moment: it can be shown before a worker has opened the copy
                told = replace(source.told, status="paused", reason=None, problems=0, measuring=False)
                mirror.told, mirror.history = replace(told, looking_back=None), source.history.copy()
                mirror.snapshot = source.snapshot if source.told.looking_back is None else None
            self._begin(mirror, saved.recipe, 0, playing)
            return mirror.run_id

    def load(self, content: bytes) -> str:
        """The id of a run from a checkpoint file's content. Problem if it is not one ("checkpoint_..."), or cannot be
        kept ("disk_upload")."""
        saved = from_bytes(content)
        content = to_bytes(saved)  # what a Store wrote, and nothing that came along with it
        run_id = secrets.token_urlsafe(8)
        try:
            self.store.write(run_id, content)
        except OSError as error:
            raise Problem("disk_upload", reason=error.strerror or str(error)) from error
        with self.lock:
            mirror = self._mirror(run_id)
            mirror.told = replace(mirror.told, computed=key_of(saved.computed))
        return run_id

    def foreign(self, chosen: Structure | Race, by: str) -> Problem | None:
        """What to say of a run with these choices that something with the key `by` has computed: None where this
        server's workers compute the same numbers, or where that is not known."""
        here = "" if self.device == "auto" else ours(self.device, chosen.quick, child=True).key
        return difference(by, here)

    def take(self, run_id: str, tab: str) -> str:
        """Returns the run that a tab steers from now on, of which there is one tab at a time: this run, or a copy of it
        if another tab has taken it and looks at it. A reloaded page's old connection may be there for a moment still,
        and is waited for. Raises Problem "run_unknown" if there is no such run, and those of `copy` if no copy can be
        made."""
        with self.changed:
            if not self.exists(run_id):
                raise Problem("run_unknown", run=run_id[:32])
            mirror = self._mirror(run_id)
            if self.changed.wait_for(lambda: mirror.is_free_for(tab), OLD_TAB_SECONDS):
                mirror.take(tab)
                return run_id
        copy = self.copy(run_id)
        with self.lock:
            self._mirror(copy).take(tab)
        return copy

    def release(self, run_id: str, tab: str) -> None:
        """Has a tab steer a run no more, so that it may be trained on where it is drawn behind another (`behind`).
        Raises Problem "run_unknown" if there is no such run."""
        with self.lock:
            self._known(run_id).release(tab)

    def steers(self, run_id: str, tab: str) -> bool:
        """Whether the tab steers the run still. It does not when another tab took the run while nobody looked. A run
        that no tab steers any more is this tab's from now on."""
        with self.lock:
            mirror = self._known(run_id)
            if mirror.owner is None:
                mirror.take(tab)
            return mirror.owner == tab

    def take_problem(self, run_id: str) -> Problem | None:
        """What went wrong since the last call, once."""
        with self.lock:
            return self._known(run_id).take_problem()

    def trains(self, run_id: str) -> bool:
        """Whether the run trains, or will do so as soon as its worker has opened it and carried out what it was sent;
        False where there is no such run."""
        with self.lock:
            mirror = self.mirrors.get(run_id)
            return mirror is not None and mirror.trains

    def change(self, run_id: str, values: Mapping[str, object]) -> int:
        """Gives the run other values of the choices named in `values`, from its next update on; its other choices stay.
        Returns how many changes of the run have been asked for by now. Raises Problem if a value is impossible
        (Live.having), or if the data have no such number of labels (protocol.check)."""
        recipe = self.recipe(run_id)
        assert isinstance(recipe, Recipe)
        n_labeled = values.get("n_labeled")
        if isinstance(n_labeled, int):
            check(recipe.structure, n_labeled)
        update = self.status(run_id).update
        now = recipe.at(update)
        recipe.changed(update, now.having(values))  # raises what is to be said
        with self.lock:
            self._known(run_id).acted({name: getattr(now, name) for name in values})
            return self._send_change(run_id, values)

    def _send_change(self, run_id: str, values: Mapping[str, object]) -> int:
        self._command("change", run_id, dict(values))
        mirror = self._known(run_id)
        mirror.asked += 1
        return mirror.asked

    def undoes(self, run_id: str) -> Mapping[str, object]:
        """Returns the values that `undo` gives the run's choices, by name; none where it gives none."""
        with self.lock:
            acts = self._known(run_id).acts
            return dict(acts[-1].before) if acts else {}

    def undo(self, run_id: str) -> bool:
        """Gives the choices that somebody changed last the values that they had before, from the next update on.
        Returns whether there was such a change. This server knows the changes that were made while it had the run."""
        with self.lock:
            mirror = self._known(run_id)
            if not mirror.acts:
                return False
            self._send_change(run_id, mirror.acts.pop().before)
            return True

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

    def curves(self, run_id: str) -> Arrays:
        """The arrays of the run's history; of a run that no worker has, those in its file. Empty where neither has
        any. Raises Problem "run_unknown", and those of Store.read."""
        with self.lock:
            history = self._known(run_id).history
            if history is not None:
                return dict(history.arrays)
        return dict(self.store.read(run_id).history.arrays) if self.store.exists(run_id) else {}

    def summary(self, run_id: str) -> Summary:
        """What a list says of the run. Of a run that no worker has, its file is read, once for each time that it was
        written. Problem "run_unknown" for a comparison, or those of Store.read if the file cannot be read."""
        stamp, known = self.store.stamp(run_id), self._summaries.get(run_id)
        with self.lock:
            mirror = self.mirrors.get(run_id)
            recipe = mirror.asked_for() if mirror else None
            if isinstance(recipe, Race) or (recipe is None and not stamp):
                raise Problem("run_unknown", run=run_id[:32])
            if mirror and recipe and mirror.history is not None:
                return summary_of(recipe, mirror.told.update, mirror.history)
            if recipe and not stamp:  # it is just being opened for the first time
                return Summary(recipe, 0, None, None)
        if known is None or known[0] != stamp:
            saved = self.store.read(run_id)
            known = stamp, summary_of(saved.recipe, saved.states["ladder"]["update"], saved.history)
            self._summaries[run_id] = known
            for old in list(self._summaries)[:-MOST_SUMMARIES]:
                self._summaries.pop(old, None)
        return known[1]

    def behind(self, run_id: str, until: int = 0) -> bytes:
        """The "history" message of a run that is drawn behind another, with about POINTS_BEHIND points a curve. A run
        that no tab steers trains on to update `until`, as long as somebody asks for it. Raises those of `recipe`."""
        self.recipe(run_id)
        with self.lock:
            mirror = self._known(run_id)
            told, history = mirror.told, mirror.history.copy() if mirror.history else None
            if told.update < until and mirror.owner is None and told.status not in ("diverged", "failed"):
                if mirror.life.state is State.ABSENT:
                    mirror.goal = until, False
                    self._wanted(mirror)
                elif mirror.life.state is State.OPEN and not told.active:
                    self._command("step", run_id, until - told.update)
                else:
                    self._wanted(mirror)
        if history is None and self.store.exists(run_id):
            history = self.store.read(run_id).history
        return frames.encode(told.header("history"), history.thinned(POINTS_BEHIND).arrays if history else {})

    def checkpoint(self, run_id: str, seconds: float = 10.0) -> bytes:
        """The run as a file, as it is now. Waits for the worker to write it. Problem "no_answer" if that does not
        answer in time; the others if there is no run to be saved."""
        answer = self._answer(run_id, seconds, "save")
        if answer is None and self._known(run_id).life.state is not State.FAILED:
            raise Problem("no_answer")
        unsaved = answer[0]["unsaved"] if answer else None
        return unsaved if isinstance(unsaved, bytes) else self.store.content(run_id)

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
            if mirror is not None and mirror.viewers.pop(id(callback), None) is not None and not mirror.viewers:
                mirror.unwatched()
                self._watch(mirror)
                self.changed.notify_all()

    def history(self, run_id: str) -> bytes:
        """The "history" message of this moment."""
        with self.lock:
            return self._known(run_id).whole()
