"""What the server notes of a class: only what has changed, seldom, and never so much that people could not act."""

import pytest
from schools import Clock

from ladder.problems import Problem
from ladder.server import class_notes
from ladder.server.class_notes import NOTE_SECONDS, ClassNotes
from ladder.teaching.classes import Classes


class Runs:
    """Runs with these last measurements."""

    def __init__(self) -> None:
        self.found = {}

    def measured(self, run):
        return self.found.get(run)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def school(tmp_path, clock):
    found = Classes(tmp_path, clock)
    yield found
    found.journal.close()


@pytest.fixture
def room(school):
    """A class with Ada, who is there and looks at the run "r"."""
    made = school.make("3b")
    _, ada, _ = school.join(school.code_of(made.id), "Ada")
    school.act(made.id, "place", {"member": ada.id, "run": "r"})
    school.see(ada.id)
    return school.room(made.id)


def noted(school, room) -> list[dict]:
    return [event.values for event in school.journal.events(room.id) if event.kind == "numbers"]


def test_what_has_changed_is_noted_and_nothing_else(school, room, clock):
    runs = Runs()
    notes = ClassNotes(school, runs)
    (ada,) = room.members

    def later():
        clock.now += NOTE_SECONDS
        school.see(ada)
        notes.take(room.id)
        return noted(school, room)

    notes.take(room.id)
    assert noted(school, room) == []  # nothing was measured, and nobody is away
    runs.found["r"] = 50, 0.5, 0.6
    assert later() == later() == [{"runs": {"r": [50, 0.5, 0.6]}}]
    runs.found["r"] = 100, 0.25, None
    assert later()[1:] == [{"runs": {"r": [100, 0.25, None]}}]
    clock.now += 60
    notes.take(room.id)
    assert noted(school, room)[2:] == [{"away": [ada]}]


def test_a_class_is_noted_at_most_every_ten_seconds_however_many_pages_are_open(school, room, clock):
    runs = Runs()
    notes = ClassNotes(school, runs)
    for update in range(1, 30):
        runs.found["r"] = update, 0.5, None
        notes.take(room.id)
        clock.now += 1
    assert [values["runs"]["r"][0] for values in noted(school, room)] == [1, 11, 21]


def test_notes_leave_room_for_what_people_do_and_end_with_the_class(school, room, clock, monkeypatch):
    runs = Runs()
    runs.found["r"] = 50, 0.5, None
    monkeypatch.setattr(class_notes, "MOST_NOTED", 3)
    ClassNotes(school, runs).take(room.id)
    assert noted(school, room) == []
    monkeypatch.undo()
    school.act(room.id, "end", {})
    ClassNotes(school, runs).take(room.id)
    ClassNotes(school, runs).take("nosuch")
    assert noted(school, room) == []


def test_a_note_that_cannot_be_kept_disturbs_nobody(school, room, monkeypatch):
    def full(*given):
        raise Problem("class_disk", reason="full")

    runs = Runs()
    runs.found["r"] = 50, 0.5, None
    monkeypatch.setattr(school.journal, "append", full)
    ClassNotes(school, runs).take(room.id)
    assert school.room(room.id).numbers == {}
