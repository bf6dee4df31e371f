"""A worker process: holds sessions, trains the playing ones in turn, and tells the server what happened.

It owns its sessions' states; only rows, pictures and, through the disk, checkpoints leave it. Commands arrive as tuples
(name, run id, *arguments), news leave as (run id, one of news.py's). When the server dies the pipe ends, and so does
the worker, after saving what it trains.
"""

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import torch

from ladder.arrays import Ints, Numbers
from ladder.live.analyst import Portrait
from ladder.live.life import Command
from ladder.live.news import Closed, Failed, Insides, Learnt, News, Opened, Pictures, Reply, Rows, Trouble
from ladder.live.race_session import RaceSession
from ladder.live.session import Session
from ladder.live.store import Store
from ladder.problems import Problem
from ladder.processes.transport import ParentEnded, ParentLink
from ladder.recipe.inside import Inside
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Recipe

CHUNK_SECONDS = (0.05, 0.15)  # one turn of one run, from many runs playing to one
ROUND_SECONDS = 0.5  # runs of equal cost have all had a turn after about so long
PICTURE_SECONDS = 0.35  # between two snapshots of a run; longer when many play
SAVE_SECONDS = 1.0  # between two checkpoints of a playing run: what a lost worker costs at most
SAVE_SHARE = 0.05  # of the time may go into checkpoints
WARN_SECONDS = 60.0  # between two words that a run could not be saved

log = logging.getLogger(__name__)


def main(server: ParentLink, folder: Path, device: str) -> None:
    """The process: one thread for arithmetic, then commands and turns until the server ends it or has ended."""
    torch.set_num_threads(1)
    Worker(server, folder, device).run()


class Desk:
    """A session with what its worker keeps beside it."""

    def __init__(self, session: Session | RaceSession):
        self.session = session
        self.watched = False  # whether anybody looks
        self.ready = False  # whether it wanted a turn at the last round
        self.shown = self.saved = 0.0  # by the clock, when it was last shown and saved
        self.save_cost = 0.0  # seconds of the last checkpoint
        self.warned = -WARN_SECONDS  # by the clock, when it was last said that it could not be saved
        self.spent = 0.0  # seconds of the processor


class Worker:
    """Holds and trains sessions; see the module. `server`: where commands come from and news go."""

    def __init__(self, server: ParentLink, folder: Path, device: str):
        self.server, self.store, self.device = server, Store(folder), device
        self.desks: dict[str, Desk] = {}

    def run(self) -> None:
        """Carry out commands and train, until the server ends; then save what trains."""
        try:
            self._work()
        finally:
            for run_id, desk in self.desks.items():
                if desk.session.active and desk.session.keeps:
                    self._save_at_the_end(run_id)

    def _save_at_the_end(self, run_id: str) -> None:
        """Save a run when there is no server any more; what goes wrong must not keep the others from being saved."""
        try:
            self.store.write(run_id, self._run(run_id).saved())
        except Exception as error:
            log.warning("run %s could not be saved: %s", run_id, error)

    def _run(self, run_id: str) -> Session:
        """The session of a run that is kept, which a comparison is not."""
        session = self.desks[run_id].session
        assert isinstance(session, Session)
        return session

    def _work(self) -> None:
        while True:
            self._collect()
            rests = {
                run_id: desk.session.rest
                for run_id, desk in self.desks.items()
                if desk.session.active or desk.session.measuring is not None
            }
            ready = self._ready({run_id for run_id, rest in rests.items() if rest <= 0})
            self._listen(0.0 if ready else min(rests.values(), default=None))
            if ready:  # the run that had least of the processor: a turn's length says little where browsers draw too
                self._turn(min(ready, key=lambda run_id: ready[run_id].spent), len(rests))

    def _collect(self) -> None:
        """Take the measurements that other threads have made, and tell them."""
        n_playing = sum(desk.session.active for desk in self.desks.values())
        for run_id, desk in self.desks.items():
            if desk.session.measuring is not None and desk.session.measuring.done():
                self._guard(run_id, self._take_measurement, run_id)
                self._report(run_id, n_playing)

    def _take_measurement(self, run_id: str) -> None:
        desk = self.desks[run_id]
        desk.spent += desk.session.collect() or 0.0

    def _ready(self, run_ids: set[str]) -> dict[str, Desk]:
        """The desks of these runs, which want a turn. A run that wants one again, after it rested or was slowed, counts
        from now on as having had as much of the processor as the run that had least."""
        ready = {run_id: desk for run_id, desk in self.desks.items() if run_id in run_ids}
        least = min((desk.spent for desk in ready.values() if desk.ready), default=0.0)
        for run_id, desk in self.desks.items():
            if run_id in ready and not desk.ready:
                desk.spent = least
            desk.ready = run_id in ready
        return ready

    def _listen(self, timeout: float | None) -> None:
        while (command := self.server.receive(timeout)) is not None:
            self._carry_out(*cast(Command, command))
            timeout = 0.0

    def _carry_out(self, name: str, run_id: str, *arguments: object) -> None:
        if run_id in self.desks or name in ("open", "close"):
            with self._charged(run_id):
                self._guard(run_id, COMMANDS[name], self, run_id, *arguments)

    @contextlib.contextmanager
    def _charged(self, run_id: str) -> Iterator[None]:
        """Charge the run with the processor's time that this thread spends inside."""
        start, desk = time.thread_time(), self.desks.get(run_id)
        yield
        if desk is not None:
            desk.spent += time.thread_time() - start

    def _guard(self, run_id: str, action: Callable[..., object], *arguments: object) -> bool:
        """Call the action; returns whether it succeeded. A Problem is sent to the server as a Trouble. After any other
        exception the run is told to have failed, and the other runs go on."""
        try:
            action(*arguments)
        except ParentEnded:
            raise
        except Problem as problem:
            self._send(run_id, Trouble(problem))
            if run_id not in self.desks:
                self._send(run_id, Failed(""))
            return False
        except Exception as error:
            log.exception("run %s failed", run_id)
            if run_id not in self.desks:
                self._send(run_id, Failed(type(error).__name__))
            else:
                self._fail(run_id, error)
            return False
        return True

    def _fail(self, run_id: str, error: Exception) -> None:
        """The run stops with its status "failed"."""
        session = self.desks[run_id].session
        session.fail(type(error).__name__)
        self._send(run_id, Rows("increment", session.told(), {}))

    def _turn(self, run_id: str, n_playing: int) -> None:
        """Train a run for a while; carry out the commands that wait; then tell, show and save what is due."""
        desk = self.desks.get(run_id)
        if desk is None or not desk.session.active:
            return
        low, high = CHUNK_SECONDS
        seconds = max(low, min(high, ROUND_SECONDS / n_playing))
        with self._charged(run_id):
            if not self._guard(run_id, desk.session.advance, seconds, self.server.waiting):
                desk.session.halt()  # the next turn would end in the same way
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

    def _send(self, run_id: str, news: News) -> None:
        self.server.send((run_id, news))

    def _tell(self, run_id: str) -> None:
        session = self.desks[run_id].session
        self._send(run_id, Rows("increment", session.told(), session.increment()))

    def _tell_all(self, run_id: str) -> None:
        """Tell the recipe and the whole history: after opening, a reset, a return to earlier weights."""
        session = self.desks[run_id].session
        session.increment()
        self._send(run_id, Learnt(session.recipe))
        self._send(run_id, Rows("history", session.told(), session.history.arrays))

    def _show(self, run_id: str) -> None:
        desk = self.desks[run_id]
        desk.shown = time.monotonic()
        self._send(run_id, Pictures(*desk.session.snapshot()))
        self._show_inside(run_id)

    def _show_inside(self, run_id: str) -> None:
        session = self.desks[run_id].session
        if isinstance(session, Session) and session.inside is not None:
            self._send(run_id, Insides(*session.look_inside(session.inside)))

    def _save(self, run_id: str) -> bool:
        """Write the run to the disk, unless it is of a kind that is not kept. Returns whether the worker may let it
        go."""
        desk, start, kept = self.desks[run_id], time.monotonic(), False
        if not desk.session.keeps:
            return True
        try:
            self.store.write(run_id, self._run(run_id).saved())
            kept = True
        except OSError as error:  # a full disk must not stop a lesson; it is tried again
            log.warning("run %s could not be saved: %s", run_id, error)
            if start - desk.warned >= WARN_SECONDS:
                self._send(run_id, Trouble(Problem("disk", reason=error.strerror or str(error))))
                desk.warned = start
        desk.saved = time.monotonic()
        desk.save_cost = desk.saved - start
        return kept

    def _settle(self, run_id: str) -> None:
        """After a person's act: tell what the run says now, show its pictures if it is watched, and save it."""
        self._tell(run_id)
        if self.desks[run_id].watched:
            self._show(run_id)
        self._save(run_id)

    # --- commands

    def _do_open(
        self,
        run_id: str,
        source: str | None,
        recipe: Recipe | Race | None,
        portraits: tuple[Portrait | None, ...],
        known: tuple[int, Recipe] | None,
        until: int,
        play: bool,
        view: View,
    ) -> None:
        """Take a run, from the file of run `source` or new from `recipe`; replay to `until`, then play or pause.
        `portraits`: of a race's references, see RaceSession; `known`: the update and the recipe that were told last,
        where the file may be older."""
        if run_id not in self.desks:
            session = self._session(source, recipe, portraits)
            if known is not None and isinstance(session, Session):  # the server knows a file's run
                update, told = known
                session.take_up(told, update)
            if isinstance(session, Session):
                self._remember(run_id, source, session)
            session.look(view)
            session.replay(until, play)
            self.desks[run_id] = Desk(session)
        try:
            self._tell_all(run_id)
        except Exception:
            del self.desks[run_id]  # so that the server is told that it failed
            raise
        self._send(run_id, Opened())
        self._save(run_id)

    def _session(
        self, source: str | None, recipe: Recipe | Race | None, portraits: tuple[Portrait | None, ...]
    ) -> Session | RaceSession:
        """The session of a file's run, or a new one from a recipe."""
        if isinstance(recipe, Race):
            return RaceSession(recipe, portraits, self.device)
        saved = self.store.read(source) if source else None
        begun = saved.recipe if saved else recipe
        assert begun is not None  # the server sends a source or a recipe
        return Session(begun, saved, self.device)

    def _remember(self, run_id: str, source: str | None, session: Session) -> None:
        """Keep the run's moments beside its file. A copy begins with those of its source."""
        if source != run_id:
            self.store.begin_moments(run_id, source)
        session.remember(self.store.moments(run_id))

    def _do_close(self, run_id: str) -> None:
        """Let a run go. A run that cannot be saved is kept here instead; the server gets its answer in any case."""
        try:
            if run_id in self.desks:
                self._let_go(run_id)
        finally:
            self._send(run_id, Closed(kept=run_id in self.desks))

    def _let_go(self, run_id: str) -> None:
        self.desks[run_id].session.pause()
        self._tell(run_id)
        if self._save(run_id):
            self.desks.pop(run_id).session.abandon()

    def _do_watch(self, run_id: str, watched: bool) -> None:
        self.desks[run_id].watched = watched
        if watched:
            self._show(run_id)

    def _do_look(self, run_id: str, view: View) -> None:
        self.desks[run_id].session.look(view)
        self._show(run_id)

    def _do_inside(self, run_id: str, inside: Inside | None) -> None:
        self._run(run_id).inside = inside
        self._show_inside(run_id)

    def _do_cases(self, run_id: str, true: int, predicted: int, first: int, ticket: int) -> None:
        self._send(run_id, Reply(ticket, *self._run(run_id).cases(true, predicted, first)))

    def _do_point(self, run_id: str, row: int, ticket: int) -> None:
        self._send(run_id, Reply(ticket, *self._run(run_id).point(row)))

    def _do_tested(self, run_id: str, dataset: str, pixels: Numbers, classes: Ints, ticket: int) -> None:
        self._send(run_id, Reply(ticket, *self._run(run_id).tested(dataset, pixels, classes)))

    def _do_stages(self, run_id: str, ticket: int) -> None:
        self._send(run_id, Reply(ticket, *self._run(run_id).stages()))

    def _do_combinators(self, run_id: str, layer: int, unit: int, ticket: int) -> None:
        """Answer with the "task" of what every combinator could do for a unit, which the analyst carries out."""
        self._send(run_id, Reply(ticket, {"task": self._run(run_id).combinators(layer, unit)}, {}))

    def _do_quantities(self, run_id: str, names: tuple[str, ...], ticket: int) -> None:
        """Answer with the "values"; of a race with their "task", which the analyst carries out."""
        session = self.desks[run_id].session
        answer = "task" if isinstance(session, RaceSession) else "values"
        self._send(run_id, Reply(ticket, {answer: session.quantities(names)}, {}))

    def _do_look_back(self, run_id: str, update: int | None) -> None:
        self._run(run_id).look_back(update)
        self._tell(run_id)
        self._show(run_id)

    def _do_study(self, run_id: str, name: str, ticket: int) -> None:
        """Answer with the "task" of a look inside every contestant of a race, which the analyst carries out."""
        race = self.desks[run_id].session
        assert isinstance(race, RaceSession)
        self._send(run_id, Reply(ticket, {"task": race.study(name)}, {}))

    def _do_result(self, run_id: str, ticket: int) -> None:
        """Answer with the "digest" of a comparison's networks and their last "numbers"."""
        race = self.desks[run_id].session
        assert isinstance(race, RaceSession)
        hashed, numbers = race.result()
        self._send(run_id, Reply(ticket, {"digest": hashed, "numbers": numbers, "update": race.update}, {}))

    def _do_change(self, run_id: str, values: Mapping[str, object]) -> None:
        session = self._run(run_id)
        session.change(values)
        self._tell(run_id)  # first: the recipe's last change is in force at the update told
        self._send(run_id, Learnt(session.recipe))
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
        self._run(run_id).restore()
        self._tell_all(run_id)
        self._settle(run_id)

    def _do_save(self, run_id: str, ticket: int) -> None:
        """Answer with "unsaved", which is None after the run was written to the disk, and its file's content where the
        disk refused it: somebody waits for the run as it is now."""
        unsaved = None if self._save(run_id) else self._run(run_id).saved()
        self._send(run_id, Reply(ticket, {"unsaved": unsaved}, {}))


COMMANDS: dict[str, Callable[..., None]] = {
    "open": Worker._do_open,
    "close": Worker._do_close,
    "watch": Worker._do_watch,
    "look": Worker._do_look,
    "inside": Worker._do_inside,
    "cases": Worker._do_cases,
    "point": Worker._do_point,
    "tested": Worker._do_tested,
    "stages": Worker._do_stages,
    "combinators": Worker._do_combinators,
    "quantities": Worker._do_quantities,
    "look_back": Worker._do_look_back,
    "study": Worker._do_study,
    "result": Worker._do_result,
    "change": Worker._do_change,
    "play": Worker._do_play,
    "pause": Worker._do_pause,
    "step": Worker._do_step,
    "reset": Worker._do_reset,
    "restore": Worker._do_restore,
    "save": Worker._do_save,
}
