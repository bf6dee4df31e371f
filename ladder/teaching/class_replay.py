"""What a class was at every moment of its past: the fold of its events up to then, from the last checkpoint on."""

import logging
from bisect import bisect_right
from collections.abc import Iterable, Mapping

from ladder.problems import Problem
from ladder.teaching import classroom
from ladder.teaching.class_curves import Curve
from ladder.teaching.class_export import Line, log
from ladder.teaching.room import Event, Numbers, Room

EVERY = 100  # events between two checkpoints
GAP_SECONDS = 900.0  # without any event, after which another stretch of the class begins
MOST_MOMENTS = 500
MOMENTS = (  # kinds of Line worth jumping to
    *("lead", "step", "ask", "answers", "pause", "message", "show"),
    *("challenge", "score", "label_round", "label_close", "end"),
)

_log = logging.getLogger(__name__)


class Replay:
    """A class by its events in their order, the first of which opens it. An event that this version does not know is
    left out."""

    def __init__(self, class_id: str, events: Iterable[Event]) -> None:
        self.class_id = class_id
        self.events: list[Event] = []
        self.times: list[float] = []  # of the events, never falling, as a clock may be set back
        self.checkpoints: list[Room] = []  # after the first event, and after every EVERY more
        self.measured: dict[str, list[tuple[float, int, float]]] = {}  # by run, time, update and test error
        self.latest: Room | None = None  # after the last event
        self.extend(events)

    def extend(self, events: Iterable[Event]) -> None:
        """Goes on with later events."""
        for event in events:
            self.latest = self._after(self.latest, event, self.class_id)
            if len(self.events) % EVERY == 0:
                self.checkpoints.append(self.latest)
            self.events.append(event)
            self.times.append(max([event.at, *self.times[-1:]]))
            if event.kind == "numbers":
                self._measure(self.times[-1], self.latest.numbers)

    @staticmethod
    def _after(room: Room | None, event: Event, class_id: str) -> Room:
        if room is None:
            return classroom.opened(class_id, event)
        try:
            return classroom.after(room, event)
        except Problem as problem:  # of another version
            _log.warning("class %s: event %s is left out: %s", class_id, event.kind, problem.key)
            return room

    def _measure(self, time: float, numbers: Mapping[str, Numbers]) -> None:
        """Adds the measurements that are new to the runs' curves."""
        for run, (update, error, _) in numbers.items():
            known = self.measured.setdefault(run, [])
            if error is not None and (not known or update > known[-1][1]):
                known.append((time, update, error))

    def at(self, moment: float) -> Room:
        """Returns the class as it was at a moment, in seconds since 1970; before its first event that after it."""
        last = max(0, bisect_right(self.times, moment) - 1)  # the last event that had happened
        room = self.checkpoints[last // EVERY]
        for event in self.events[last - last % EVERY + 1 : last + 1]:
            room = self._after(room, event, self.class_id)
        return room

    def curves(self, moment: float) -> dict[str, Curve]:
        """Returns by member the test errors of the run that it had in view at a moment, as far as they were noted by
        then; of those alone of whose run something was noted."""
        found: dict[str, Curve] = {}
        for member in self.at(moment).present:
            points = [(update, error) for time, update, error in self.measured.get(member.run, ()) if time <= moment]
            if points:
                found[member.id] = [update for update, _ in points], [error for _, error in points]
        return found

    def stretches(self) -> list[tuple[float, float]]:
        """Returns when something happened in the class: (begin, end) of each stretch of time without a gap of more than
        GAP_SECONDS, in seconds since 1970."""
        found: list[tuple[float, float]] = []
        for time in self.times:
            if found and time - found[-1][1] <= GAP_SECONDS:
                found[-1] = found[-1][0], time
            else:
                found.append((time, time))
        return found

    def moments(self) -> list[Line]:
        """Returns what is worth jumping to, of the kinds MOMENTS, in the order in which it happened, at most
        MOST_MOMENTS."""
        return [line for line in log(self.events) if line.kind in MOMENTS][:MOST_MOMENTS]
