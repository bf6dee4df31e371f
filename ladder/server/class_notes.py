"""What the server notes of a class while it goes on, as events: without them a replay would show neither the errors of
the members' runs nor who was there."""

import threading
from contextlib import suppress

from ladder.problems import Problem
from ladder.server.class_runs import ClassRuns
from ladder.teaching.class_views import is_here
from ladder.teaching.classes import Classes
from ladder.teaching.classroom import MOST_EVENTS

NOTE_SECONDS = 10.0  # between two notes of a class
MOST_NOTED = MOST_EVENTS // 2  # events of a class, after which the rest is left to what people do


class ClassNotes:
    """Notes on all classes. May be used by several threads."""

    def __init__(self, classes: Classes, runs: ClassRuns) -> None:
        self.classes, self.runs = classes, runs
        self.lock = threading.Lock()
        self.noted: dict[str, float] = {}  # when each class was looked at last

    def take(self, class_id: str) -> None:
        """Notes what has changed in a class that has not ended, at most every NOTE_SECONDS: the event "numbers". A note
        that cannot be kept is left out; whoever acts next is told why."""
        classes, now = self.classes, self.classes.clock()
        with self.lock:
            if 0 <= now - self.noted.get(class_id, -NOTE_SECONDS) < NOTE_SECONDS:
                return
            self.noted[class_id] = now
        room = classes.rooms.get(class_id)
        if room is None or room.ended or classes.lengths.get(class_id, 0) >= MOST_NOTED:
            return
        away = {one.id for one in room.present if not is_here(one.id, classes.seen, now)}
        found = {one.run: self.runs.measured(one.run) for one in room.present if one.run}
        news = {run: list(row) for run, row in found.items() if row and row != room.numbers.get(run)}
        values: dict[str, object] = ({"runs": news} if news else {}) | (
            {"away": sorted(away)} if away != room.away else {}
        )
        if values:
            with suppress(Problem):
                classes.act(class_id, "numbers", values)
