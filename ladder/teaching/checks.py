"""Hand-ins whose runs are repeated in the background, in a process that trains nobody else.

One process repeats one run after another, at a lower priority than live runs; checks that wait take turns. It is
started when it is needed and ends when nothing is left. What was handed in stays in the memory of the server, for
KEPT_SECONDS after somebody has looked at it, and is written nowhere.
"""

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ladder.problems import Problem
from ladder.processes.transport import ChildProcess
from ladder.teaching.handin import HandIn, link_of
from ladder.teaching.verdicts import Verdict

MOST_HANDINS = 200  # of one check
MOST_UPDATES = 20_000  # of a run that is repeated
MOST_CHECKS = 20  # in memory
KEPT_SECONDS = 3600.0  # that nobody has looked at
UNSEEN_SECONDS = 600.0  # after which a check is not gone on with
NICENESS = 10  # below live runs
PATIENCE_SECONDS = 900.0  # for one run

log = logging.getLogger(__name__)

Outcome = Verdict | Problem | None  # None: not repeated


@dataclass(frozen=True)
class Replay:
    """What the process is sent: a hand-in to be repeated. It answers with updates, whole numbers, and in the end with a
    Verdict or a Problem."""

    handin: HandIn
    device: str


@dataclass(frozen=True)
class State:
    """A check at one moment. `found`: each hand-in, or the Problem of what is none, with its file's name. `outcomes`:
    one for each of `found`, None for those that are not repeated or not repeated yet. `now`: the place of the one that
    is being repeated, None for none, with the `update` that it has reached and that `until` which it goes. `ended`:
    whether nothing more will come. `cancelled`: whether a person has ended it."""

    found: tuple[tuple[str, HandIn | Problem], ...]
    outcomes: tuple[Outcome, ...]
    now: int | None
    update: int
    until: int
    ended: bool
    cancelled: bool

    @property
    def n_runs(self) -> int:
        """Returns how many hand-ins there are to repeat."""
        return sum(isinstance(one, HandIn) for _, one in self.found)

    @property
    def n_done(self) -> int:
        """Returns how many of them were."""
        return sum(one is not None for one in self.outcomes)


@dataclass
class _Check:
    found: tuple[tuple[str, HandIn | Problem], ...]
    outcomes: list[Outcome]
    waiting: deque[int]
    now: int | None = None
    update: int = 0
    cancelled: bool = False
    seen: float = field(default_factory=time.monotonic)

    @property
    def ended(self) -> bool:
        return self.now is None and not self.waiting

    def state(self) -> State:
        until = 0
        if self.now is not None:
            handin = self.found[self.now][1]
            assert isinstance(handin, HandIn)
            until = link_of(handin)[0].at
        return State(self.found, tuple(self.outcomes), self.now, self.update, until, self.ended, self.cancelled)


class Checks:
    """The checks of one server, by a name that nobody guesses; every method is safe from any thread and returns at
    once. `device`: what repeats runs."""

    def __init__(self, device: str = "cpu"):
        self._device = device
        self._lock = threading.Lock()
        self._checks: dict[str, _Check] = {}
        self._turns: deque[_Check] = deque()  # with runs that wait, the next one first
        self._running: _Check | None = None
        self._process: ChildProcess | None = None
        self._n_started = 0  # processes; what earlier ones say does not count any more
        self._stopped = False

    def begin(self, found: Sequence[tuple[str, HandIn | Problem]]) -> str:
        """Begins to repeat the runs of what handin.gathered returns. Returns the check's name. Hand-ins beyond
        MOST_HANDINS become Problem "handin_many"; a run of more than MOST_UPDATES updates has the outcome Problem
        "replay_long". Raises Problem "checks_busy" where MOST_CHECKS checks are being worked on."""
        shown = _bounded(found)
        outcomes = [_refusal(one) if isinstance(one, HandIn) else None for _, one in shown]
        waiting = deque(i for i, (_, one) in enumerate(shown) if isinstance(one, HandIn) and outcomes[i] is None)
        check = _Check(tuple(shown), list(outcomes), waiting)
        with self._lock:
            self._forget()
            if len(self._checks) >= MOST_CHECKS:
                raise Problem("checks_busy")
            name = secrets.token_urlsafe(8)
            self._checks[name] = check
            if waiting:
                self._turns.append(check)
            self._go_on()
        return name

    def look(self, name: str) -> State:
        """Returns the check as it is now. Raises Problem "check_unknown" where there is none of this name."""
        with self._lock:
            check = self._known(name)
            check.seen = time.monotonic()
            return check.state()

    def cancel(self, name: str) -> None:
        """Ends a check: the run that is being repeated, and those that wait. Raises Problem "check_unknown"."""
        with self._lock:
            check = self._known(name)
            check.cancelled = True
            check.waiting.clear()
            if self._running is check and self._process is not None:
                self._process.kill()
                self._process = None
                self._n_started += 1
                self._settle(None)

    def stop(self) -> None:
        """Ends the process; nothing more is repeated."""
        with self._lock:
            self._stopped = True
            process = self._process
        if process is not None:
            process.kill()

    # --- below, the lock is held

    def _known(self, name: str) -> _Check:
        if name not in self._checks:
            raise Problem("check_unknown")
        return self._checks[name]

    def _forget(self) -> None:
        """Forgets ended checks: those that nobody has looked at for long, and the oldest where there are too many."""
        for name, check in sorted(self._checks.items(), key=lambda pair: pair[1].seen):
            old = time.monotonic() - check.seen > KEPT_SECONDS
            if check.ended and (old or len(self._checks) >= MOST_CHECKS):
                del self._checks[name]

    def _go_on(self) -> None:
        """Sends the next run, unless the process has one. Where nothing waits, the process ends."""
        while self._running is None and self._turns and not self._stopped:
            check = self._turns.popleft()
            if time.monotonic() - check.seen > UNSEEN_SECONDS:
                check.cancelled = True
                check.waiting.clear()
            if not check.waiting:
                continue
            place = check.waiting.popleft()
            handin = check.found[place][1]
            assert isinstance(handin, HandIn)
            try:
                self._process = self._process or self._start()
            except OSError as error:
                log.warning("the process for replays cannot be started: %s", error)
                check.outcomes[place] = Problem("replay_lost")
                self._turns.append(check)
                continue
            self._running, check.now, check.update = check, place, 0
            self._process.send(Replay(handin, self._device))
        if self._running is None and self._process is not None:
            self._process.ask_to_stop()
            self._process = None

    def _start(self) -> ChildProcess:
        self._n_started += 1
        number = self._n_started
        return ChildProcess(
            "ladder.teaching.checks_process:main",
            (),
            lambda message: self._hear(number, message),
            lambda: self._lose(number),
            name="ladder-checks",
            niceness=NICENESS,
            patience=PATIENCE_SECONDS,
        )

    def _settle(self, outcome: Outcome) -> None:
        check, self._running = self._running, None
        assert check is not None and check.now is not None
        check.outcomes[check.now], check.now = outcome, None
        if check.waiting:
            self._turns.append(check)
        self._go_on()

    # --- from the process's threads

    def _hear(self, number: int, message: object) -> None:
        with self._lock:
            if number != self._n_started or self._running is None:
                return
            if isinstance(message, int):
                self._running.update = message
            elif isinstance(message, Verdict | Problem):
                self._settle(message)

    def _lose(self, number: int) -> None:
        with self._lock:
            if number != self._n_started:
                return
            self._process = None
            if self._running is not None:
                self._settle(Problem("replay_lost"))


def _bounded(found: Sequence[tuple[str, HandIn | Problem]]) -> list[tuple[str, HandIn | Problem]]:
    """Returns the first MOST_HANDINS hand-ins with all that is none; in place of the others a Problem."""
    shown: list[tuple[str, HandIn | Problem]] = []
    n = 0
    for file, one in found:
        n += isinstance(one, HandIn)
        many = isinstance(one, HandIn) and n > MOST_HANDINS
        shown.append((file, Problem("handin_many", high=MOST_HANDINS) if many else one))
    return shown


def _refusal(handin: HandIn) -> Problem | None:
    """Returns why a run is not repeated here; None where it is."""
    link, _ = link_of(handin)
    return Problem("replay_long", updates=f"{link.at:,}", high=f"{MOST_UPDATES:,}") if link.at > MOST_UPDATES else None
