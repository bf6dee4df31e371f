"""What every live run in a worker shares: playing, pausing, stepping, replaying, its speed, and the news to be told."""

import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from ladder.arrays import Arrays
from ladder.live.history import EVAL_EVERY, Curves
from ladder.live.told import ACTIVE, Told
from ladder.recipe.view import View

Reason = dict[str, object]  # why a run rests: the key of a text of the catalogue, and its values

RATE_SECONDS = 2.0  # updates per second are averaged over so long
STRETCH_SECONDS = 0.02  # of training at a time: a person's act hardly waits for the run whose turn it is
STRETCH_UPDATES = 3  # or so many, where they take longer
PACED_SECONDS = 0.1  # between two turns of a run that is slowed, unless its updates are further apart
MEASURE_SHARE = 0.2  # of a slowed run's time may go into measuring
BEHIND_SECONDS = 0.5  # what a slowed run makes up for, where the processor was somebody else's
ASK_SECONDS = 0.02  # between two looks whether a measurement that another thread makes is done


@dataclass(frozen=True)
class Measured:
    """A measurement that another thread made: the `rows` to record; `seconds` that it took, and of these those of the
    processor, `cpu_seconds`."""

    rows: Arrays
    seconds: float
    cpu_seconds: float


class Playing(ABC):
    """`status`: paused, playing, replaying, finished, diverged or failed; `reason`: its catalogue key and values.

    `keeps`: whether the run is kept on disk. A run that is not kept is repeated from its recipe when it is wanted
    again.
    """

    keeps = True

    def __init__(self) -> None:
        self.status, self.view = "paused", View()
        self.reason: Reason | None = None
        self.elapsed = self.trained = 0.0  # seconds: from each play to its pause, and of updates alone
        self.ticked: float | None = None  # the clock when `elapsed` was last brought up to date, None at rest
        self.until, self.then_play = 0, False  # where a replay or a step ends (0: nowhere), and what comes then
        self.due = 0.0  # by the clock, the next update of a run that is slowed
        self.measure_from = 0.0  # by the clock, when a slowed run may be measured again
        self.measuring: Future[Measured] | None = None  # a measurement that another thread makes of this update

    @property
    @abstractmethod
    def update(self) -> int:
        """Updates done."""

    @abstractmethod
    def measure(self) -> None:
        """Record what the charts show of this moment, once. A measurement that takes long is left to another thread as
        `measuring`; `collect` records it, and no update is done before that."""

    @abstractmethod
    def _train(self, n: int) -> Reason | None:
        """Train for n updates. Returns the reason to stop if a number ceased to be finite."""

    @abstractmethod
    def _ends(self) -> list[int | None]:
        """Updates at which a stretch must end, None for no such update."""

    @abstractmethod
    def _finished(self) -> Reason | None:
        """The stop rule that holds now, if one does."""

    def _begin_history(self, history: Curves) -> None:
        self.history = history
        self.news: list[Arrays] = []  # rows not sent yet
        self.rates: deque[tuple[float, float, int]] = deque()  # clock, seconds of training, update

    # --- what people do

    def look(self, view: View) -> None:
        """What its pictures show from now on, and how many updates a second playing may do."""
        self.view, self.due = view, time.perf_counter()

    def play(self) -> None:
        """Go on, unless the run diverged or a stop rule still holds."""
        if self.status in ("paused", "finished", "playing"):
            self.until = 0
            self.reason = self._finished()
            if self.status != "playing":
                self.rates.clear()
                self.due = time.perf_counter()
            self.status = "finished" if self.reason else "playing"
            self._tick()

    def pause(self) -> None:
        if self.active:
            self._tick()
            self._come_to_rest()

    def replay(self, until: int, then_play: bool) -> None:
        """Train to update `until` with every recorded change, then pause or play."""
        if until > self.update:
            self.status, self.until, self.then_play = "replaying", until, then_play
            self._tick()
        elif then_play:
            self.play()
        else:
            self._come_to_rest()

    def step(self, n_updates: int) -> None:
        """Play for exactly `n_updates` updates, whatever the stop rules say, then rest; those of an earlier step that
        are not done yet come first."""
        if self.status in ("paused", "finished", "playing"):
            if self.status != "playing":
                self.rates.clear()
            self.status, self.reason = "playing", None
            self.until, self.then_play = max(self.update, self.until) + n_updates, False
            self._tick()

    def _come_to_rest(self) -> None:
        """Paused, or finished where a stop rule holds: the next Play would do nothing."""
        self.until = 0
        self.measure()  # what is looked at now is of now
        self.reason = self._finished()
        self.status = "finished" if self.reason else "paused"
        self._tick()

    def _tick(self) -> None:
        """Bring `elapsed` up to date."""
        now = time.perf_counter()
        if self.ticked is not None:
            self.elapsed += now - self.ticked
        self.ticked = now if self.active else None

    def _anew(self) -> None:
        """Set the status and the clocks of a run that has done no update."""
        self.abandon()
        self.status, self.reason, self.until = "paused", None, 0
        self.elapsed, self.trained, self.ticked = 0.0, 0.0, None

    def halt(self) -> None:
        """Rest at once if it trains, with no measurement: that may be what went wrong."""
        if self.active:
            self.status, self.reason, self.until = "paused", None, 0
            self._tick()

    def fail(self, note: str) -> None:
        """A mistake of the program stopped the run; `note` names it."""
        self.status, self.reason, self.until = "failed", {"key": "failed", "note": note}, 0
        self._tick()

    # --- training

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def slowed(self) -> bool:
        """Whether it keeps to its view's pace: it plays, and neither replays nor steps, which somebody waits for."""
        return bool(self.view.pace) and self.status == "playing" and not self.until

    @property
    def rest(self) -> float:
        """Seconds until a turn is worth while: 0, unless it is slowed or waits for a measurement."""
        if self.measuring is not None:
            return ASK_SECONDS
        if not self.slowed:
            return 0.0
        n = max(1.0, self.view.pace * PACED_SECONDS)
        return max(0.0, self.due + (n - 1) / self.view.pace - time.perf_counter())

    @property
    def _can_train(self) -> bool:
        return self.active and self.measuring is None

    def collect(self) -> float | None:
        """Record the measurement of another thread if it is done. Returns the processor's seconds that it took, None if
        there is none that is done. Raises what the measurement raised."""
        if self.measuring is None or not self.measuring.done():
            return None
        future, self.measuring = self.measuring, None
        measured = future.result()
        self._record(measured.rows)
        self.measure_from = time.perf_counter() + measured.seconds / MEASURE_SHARE
        return measured.cpu_seconds

    def abandon(self) -> None:
        """Forget the measurement that another thread makes; it is not made where it has not begun."""
        if self.measuring is not None:
            self.measuring.cancel()
            self.measuring = None

    def advance(self, seconds: float, wanted: Callable[[], bool] = lambda: False) -> None:
        """Train for about `seconds`, until the run stops by itself or has done what its pace allows, or until `wanted`
        says that somebody waits."""
        end = time.perf_counter() + seconds
        while self._can_train and (left := end - time.perf_counter()) > 0 and (due := self._due()) and not wanted():
            self._stretch(min(due, self._affordable(left)))
            self._arrive()
        if self.slowed and self.measuring is None:
            self._measure_at_leisure()

    def _due(self) -> int:
        """Updates that the pace allows by now."""
        if not self.slowed:
            return sys.maxsize
        now = time.perf_counter()
        self.due = max(self.due, now - BEHIND_SECONDS)
        return int((now - self.due) * self.view.pace) + 1 if now >= self.due else 0

    def _measure_at_leisure(self) -> None:
        """Measure a slowed run at each of its turns, some ten times a second. Measurements take MEASURE_SHARE of its
        time at most, so slow measurements are taken less often."""
        start = time.perf_counter()
        if start >= self.measure_from:
            self.measure()
            end = time.perf_counter()
            self.measure_from = end + (end - start) / MEASURE_SHARE

    def _affordable(self, seconds: float) -> int:
        """Updates of one stretch within so many seconds of training alone: other runs' turns do not make this one slow.
        A few even where they take longer than a stretch, as each stretch has its own costs."""
        _, trained, done = np.subtract(self.rates[-1], self.rates[0]) if self.rates else (0, 0, 0)
        if trained <= 0 or done <= 0:  # it just began, or went back to earlier weights
            return 1
        pace = trained / done
        return max(1, int(min(seconds, max(STRETCH_SECONDS, STRETCH_UPDATES * pace)) / pace))

    def _stretch(self, most: int) -> None:
        """Updates under one set of choices, to the next change, measurement or stop at the latest."""
        at = self.update
        ends = [at + most, (at // EVAL_EVERY + 1) * EVAL_EVERY, self.until, *self._ends()]
        start = time.perf_counter()
        bad = self._train(min(end for end in ends if end is not None and end > at) - at)
        self.trained += time.perf_counter() - start
        self._tick()
        if self.slowed:
            self.due += (self.update - at) / self.view.pace
        self._count()
        if bad:
            self.status, self.reason, self.ticked = "diverged", bad, None
        elif self.update % EVAL_EVERY == 0:
            self.measure()

    def _arrive(self) -> None:
        """Stop where a replay, a step or a stop rule says so."""
        if self.active and self.until and self.update >= self.until:
            if not self.then_play:
                self._come_to_rest()
                return
            self.status, self.until, self.due = "playing", 0, time.perf_counter()
        if self.status == "playing" and not self.until and self._finished():
            self._come_to_rest()

    # --- what is told

    def _record(self, rows: Arrays) -> None:
        self.history.add(rows)
        self.news.append(rows)

    def increment(self) -> Arrays:
        """Rows that were not told yet, put together."""
        names = dict.fromkeys(name for rows in self.news for name in rows)
        joined = {name: np.concatenate([rows[name] for rows in self.news if name in rows]) for name in names}
        self.news = []
        return joined

    def _count(self) -> None:
        now = time.perf_counter()
        self.rates.append((now, self.trained, self.update))
        while len(self.rates) > 2 and self.rates[0][0] < now - RATE_SECONDS:
            self.rates.popleft()

    @property
    def rate(self) -> float:
        """Updates per second of the last RATE_SECONDS, 0 when nothing is known."""
        if len(self.rates) < 2 or self.rates[-1][0] <= self.rates[0][0]:
            return 0.0
        return (self.rates[-1][2] - self.rates[0][2]) / (self.rates[-1][0] - self.rates[0][0])

    def told(self) -> Told:
        """What any run says of itself; a subclass adds its own."""
        return Told(
            status=self.status,
            update=self.update,
            reason=self.reason,
            rate=self.rate if self.active else 0.0,
            elapsed=self.elapsed,
            pace=self.view.pace,
            until=self.until,
            measuring=self.measuring is not None,
        )
