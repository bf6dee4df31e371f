"""A worker process: holds sessions, trains the playing ones in turn, and tells the server what happened.

It owns its sessions' states; only rows, pictures and, through the disk, checkpoints leave it. Commands arrive as tuples
(name, run_id, *arguments), news leave as (run_id, kind, header, arrays). When the server dies the pipe ends, and so
does the worker, after saving what it trains.
"""

import contextlib
import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

from ladder.live.analyst import Portraits
from ladder.problems import Problem
from ladder.processes.transport import ParentEnded, ParentLink
from ladder.recipe.race import Race
from ladder.recipe.view import View

CHUNK_SECONDS = (0.05, 0.15)  # one turn of one run, from many runs playing to one
ROUND_SECONDS = 0.5  # runs of equal cost have all had a turn after about so long
PICTURE_SECONDS = 0.35  # between two snapshots of a run; longer when many play
SAVE_SECONDS = 1.0  # between two checkpoints of a playing run: what a lost worker costs at most
SAVE_SHARE = 0.05  # of the time may go into checkpoints
WARN_SECONDS = 60.0  # between two words that a run could not be saved

log = logging.getLogger(__name__)


def main(server: ParentLink, folder: Path, device: str) -> None:
    """The process: one thread for arithmetic, then commands and turns until the server ends it or has ended."""
    import torch

    torch.set_num_threads(1)
    Worker(server, folder, device).run()


class Desk:
    """A session with what the worker knows about it: whether anybody looks, when it was last shown and saved, and what
    its turns have cost."""

    def __init__(self, session):
        self.session = session
        self.watched = self.ready = False
        self.shown = self.saved = self.save_cost = 0.0
        self.warned = -WARN_SECONDS  # when it was last said that it could not be saved
        self.spent = 0.0  # seconds of the processor


@dataclass
class Opening:
    """A race whose references are fitted elsewhere before it can be opened; and the commands for it meanwhile."""

    race: Race
    until: int
    play: bool
    view: View
    waiting: list[tuple] = field(default_factory=list)


class Worker:
    """See the module."""

    def __init__(self, server: ParentLink, folder: Path, device: str):
        from ladder.live.store import Store

        self.server, self.store, self.device = server, Store(folder), device
        self.desks: dict[str, Desk] = {}
        self.opening: dict[str, Opening] = {}

    def run(self) -> None:
        try:
            self._work()
        finally:
            for run_id, desk in self.desks.items():
                if desk.session.active and desk.session.keeps:
                    with contextlib.suppress(OSError):
                        self.store.write(run_id, desk.session.saved())

    def _work(self) -> None:
        while True:
            rests = {run_id: desk.session.rest for run_id, desk in self.desks.items() if desk.session.active}
            ready = self._ready({run_id for run_id, rest in rests.items() if rest <= 0})
            self._listen(0.0 if ready else min(rests.values(), default=None))
            if ready:
                self._turn(min(ready, key=lambda run_id: ready[run_id].spent), len(rests))

    def _ready(self, run_ids: set[str]) -> dict[str, Desk]:
        """Who takes turns: always the one that had least of the processor, as turns of equal length are worth little
        where browsers draw on the same machine. One that begins to play, or is slowed and has rested, counts as having
        had what the others had."""
        ready = {run_id: desk for run_id, desk in self.desks.items() if run_id in run_ids}
        least = min((desk.spent for desk in ready.values() if desk.ready), default=0.0)
        for run_id, desk in self.desks.items():
            if run_id in ready and not desk.ready:
                desk.spent = least
            desk.ready = run_id in ready
        return ready

    def _listen(self, timeout: float | None) -> None:
        while (command := self.server.receive(timeout)) is not None:
            self._carry_out(*command)
            timeout = 0.0

    def _carry_out(self, name: str, run_id: str, *arguments) -> None:
        if run_id in self.opening and name not in ("close", "portraits"):
            self.opening[run_id].waiting.append((name, run_id, *arguments))
        elif run_id in self.desks or name in ("open", "close", "save", "portraits"):
            with self._charged(run_id):
                self._guard(run_id, COMMANDS[name], self, run_id, *arguments)

    @contextlib.contextmanager
    def _charged(self, run_id: str):
        """What is done for a run is its own account's."""
        start, desk = time.process_time(), self.desks.get(run_id)
        yield
        if desk is not None:
            desk.spent += time.process_time() - start

    def _guard(self, run_id: str, action, *arguments) -> bool:
        """One run's failure is that run's alone: it says so, and the others go on. Returns whether all went well."""
        try:
            action(*arguments)
        except ParentEnded:
            raise
        except Problem as problem:
            self._send(
                run_id, "problem", {"key": problem.key, "values": {k: str(v) for k, v in problem.values.items()}}
            )
            if run_id not in self.desks:  # it could not be opened
                self._send(run_id, "closed", {"kept": False})
            return False
        except Exception as error:
            log.exception("run %s failed", run_id)
            if run_id in self.desks:
                self.desks[run_id].session.fail(type(error).__name__)
                self._tell(run_id)
            else:
                self._send(run_id, "closed", {"kept": False, "note": type(error).__name__})
            return False
        return True

    def _turn(self, run_id: str, n_playing: int) -> None:
        """Some training; then whoever waits; then what is to be told, shown and saved."""
        desk = self.desks.get(run_id)
        if desk is None or not desk.session.active:
            return
        low, high = CHUNK_SECONDS
        seconds = max(low, min(high, ROUND_SECONDS / n_playing))
        with self._charged(run_id):
            if not self._guard(run_id, desk.session.advance, seconds, self.server.waiting):
                desk.session.pause()  # as it would be the same at every turn
        self._listen(0.0)
        if run_id in self.desks:
            with self._charged(run_id):
                self._report(run_id, n_playing)

    def _report(self, run_id: str, n_playing: int) -> None:
        desk = self.desks[run_id]
        self._guard(run_id, self._tell, run_id)
        now, stopped = time.monotonic(), not desk.session.active
        if desk.watched and (stopped or now - desk.shown > max(PICTURE_SECONDS, 0.15 * n_playing)):
            self._guard(run_id, self._show, run_id)
        if stopped or now - desk.saved > max(SAVE_SECONDS, desk.save_cost / SAVE_SHARE):
            self._guard(run_id, self._save, run_id)

    def _send(self, run_id: str, kind: str, header: dict, arrays: dict | None = None) -> None:
        self.server.send((run_id, kind, header, arrays or {}))

    def _tell(self, run_id: str) -> None:
        session = self.desks[run_id].session
        self._send(run_id, "increment", session.told(), session.increment())

    def _tell_all(self, run_id: str) -> None:
        """The whole history: after opening, a reset, a return to earlier weights."""
        session = self.desks[run_id].session
        session.increment()
        self._send(run_id, "recipe", {"recipe": session.recipe})
        self._send(run_id, "history", session.told(), session.history.arrays)

    def _show(self, run_id: str) -> None:
        desk = self.desks[run_id]
        desk.shown = time.monotonic()
        self._send(run_id, "snapshot", *desk.session.snapshot())

    def _save(self, run_id: str) -> bool:
        """Whether the run is on disk now, or needs not to be."""
        desk, start, kept = self.desks[run_id], time.monotonic(), False
        if not desk.session.keeps:
            return True
        try:
            self.store.write(run_id, desk.session.saved())
            kept = True
        except OSError as error:  # a full disk must not stop a lesson; it is tried again
            log.warning("run %s could not be saved: %s", run_id, error)
            if start - desk.warned >= WARN_SECONDS:
                self._send(run_id, "problem", {"key": "disk", "values": {"reason": error.strerror or str(error)}})
                desk.warned = start
        desk.saved = time.monotonic()
        desk.save_cost = desk.saved - start
        return kept

    def _settle(self, run_id: str) -> None:
        """After a person's act: tell, show, save."""
        self._tell(run_id)
        if self.desks[run_id].watched:
            self._show(run_id)
        self._save(run_id)

    # --- commands

    def _do_open(self, run_id: str, source: str | None, recipe, until: int, play: bool, view) -> None:
        """Take a run, from the file of run `source` or new from `recipe`; replay to `until`, then play or pause."""
        if run_id in self.desks:
            return
        if isinstance(recipe, Race):
            self.opening[run_id] = Opening(recipe, until, play, view)
            if any(one.family == "reference" for one in recipe.contestants):
                self._send(run_id, "portraits", {"task": Portraits(recipe)})
            else:
                self._do_portraits(run_id, (None,) * len(recipe.contestants))
            return
        from ladder.live.session import Session

        saved = self.store.read(source) if source else None
        self._take(run_id, Session(saved.recipe if saved else recipe, saved, self.device), until, play, view)

    def _do_portraits(self, run_id: str, outcome: tuple | Problem) -> None:
        """Open the race whose references these are; a Problem if they could not be fitted."""
        opening = self.opening.pop(run_id, None)
        if opening is None:  # it was closed meanwhile
            return
        if isinstance(outcome, Problem):
            raise outcome
        from ladder.live.race_session import RaceSession

        session = RaceSession(opening.race, outcome, self.device)
        self._take(run_id, session, opening.until, opening.play, opening.view)
        for command in opening.waiting:
            self._carry_out(*command)

    def _take(self, run_id: str, session, until: int, play: bool, view: View) -> None:
        self.desks[run_id] = Desk(session)
        session.look(view)
        session.replay(until, play)
        self._tell_all(run_id)
        self._save(run_id)

    def _do_close(self, run_id: str) -> None:
        """Let a run go; one that the disk does not take is kept here instead."""
        self.opening.pop(run_id, None)
        if run_id in self.desks:
            self.desks[run_id].session.pause()
            self._tell(run_id)
            if self._save(run_id):
                del self.desks[run_id]
        self._send(run_id, "closed", {"kept": run_id in self.desks})

    def _do_watch(self, run_id: str, watched: bool) -> None:
        self.desks[run_id].watched = watched
        if watched:
            self._show(run_id)

    def _do_look(self, run_id: str, view) -> None:
        self.desks[run_id].session.look(view)
        self._show(run_id)

    def _do_study(self, run_id: str, name: str, number: int) -> None:
        """Send what a look inside every contestant of a race is made from; `number`: the asker's."""
        self._send(run_id, "study", {"number": number, "task": self.desks[run_id].session.study(name)})

    def _do_change(self, run_id: str, live) -> None:
        session = self.desks[run_id].session
        session.change(live)
        self._tell(run_id)  # first: the recipe's last change is in force at the update told
        self._send(run_id, "recipe", {"recipe": session.recipe})
        if not session.active:
            self._settle(run_id)

    def _do_play(self, run_id: str) -> None:
        self.desks[run_id].session.play()
        self._tell(run_id)

    def _do_pause(self, run_id: str) -> None:
        self.desks[run_id].session.pause()
        self._settle(run_id)

    def _do_step(self, run_id: str, n_updates: int) -> None:
        self.desks[run_id].session.step(n_updates)

    def _do_reset(self, run_id: str) -> None:
        self.desks[run_id].session.reset()
        self._tell_all(run_id)
        self._settle(run_id)

    def _do_restore(self, run_id: str) -> None:
        self.desks[run_id].session.restore()
        self._tell_all(run_id)
        self._settle(run_id)

    def _do_save(self, run_id: str) -> None:
        """On disk, or where that refuses it to the server: somebody waits for the run as it is now."""
        refused = run_id in self.desks and not self._save(run_id)
        self._send(run_id, "saved", {"unsaved": self.desks[run_id].session.saved() if refused else None})


COMMANDS = {
    "open": Worker._do_open,
    "portraits": Worker._do_portraits,
    "close": Worker._do_close,
    "watch": Worker._do_watch,
    "look": Worker._do_look,
    "study": Worker._do_study,
    "change": Worker._do_change,
    "play": Worker._do_play,
    "pause": Worker._do_pause,
    "step": Worker._do_step,
    "reset": Worker._do_reset,
    "restore": Worker._do_restore,
    "save": Worker._do_save,
}
