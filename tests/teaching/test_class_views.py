"""What each side of a class is sent."""

from ladder.teaching import classroom
from ladder.teaching.class_views import STUCK_SECONDS, of_student, of_teacher
from ladder.teaching.room import Event

NAMES = "idle", "stuck", "gone", "second", "first"


def test_who_needs_the_teacher_comes_first_and_who_is_away_is_not_stuck():
    room = classroom.opened("c", Event(0.0, "open", {"name": "3b", "approve": True}))
    events = [("join", {"member": name, "key": f"{n}" * 64, "name": name}) for n, name in enumerate((*NAMES, "new"))]
    events += [("admit", {"member": name}) for name in NAMES]
    events += [("place", {"member": name, "run": "", "lesson": "noise", "step": 1}) for name in ("stuck", "gone")]
    events += [("help", {"member": name, "on": True}) for name in ("first", "second")]
    for n, (kind, values) in enumerate(events):
        room = classroom.after(room, Event(1.0 + n, kind, values))
    now = 100.0 + STUCK_SECONDS
    seen = {name: now for name in room.members if name != "gone"}
    found = of_teacher(room, "ABCDE", seen, now)["members"]
    assert [one["name"] for one in found] == ["new", "first", "second", "stuck", "idle", "gone"]


def test_who_waits_for_the_teacher_to_open_a_step_is_not_stuck():
    room = classroom.opened("c", Event(0.0, "open", {"name": "3b"}))
    events = [
        ("join", {"member": name, "key": f"{n}" * 64, "name": name}) for n, name in enumerate(("ahead", "behind"))
    ]
    events += [("lead", {"lesson": "noise", "pace": "together"}), ("step", {"step": 1})]
    events += [("place", {"member": name, "lesson": "noise", "step": n}) for n, name in ((1, "ahead"), (0, "behind"))]
    for n, (kind, values) in enumerate(events):
        room = classroom.after(room, Event(1.0 + n, kind, values))
    now = 100.0 + STUCK_SECONDS
    found = {
        one["name"]: one["stuck"] for one in of_teacher(room, "", dict.fromkeys(room.members, now), now)["members"]
    }
    assert found == {"ahead": False, "behind": True}


def test_who_waits_to_be_admitted_is_sent_nothing_of_the_lesson():
    room = classroom.opened("c", Event(0.0, "open", {"name": "3b", "approve": True}))
    events = [
        ("join", {"member": "ada", "key": "a" * 64, "name": "Ada"}),
        ("lead", {"lesson": "noise", "locked": ["noise_std"]}),
        ("message", {"text": "Good morning"}),
        ("ask", {"text": "What will rise?", "kind": "choice", "options": ["the error", "the cost"]}),
        ("show", {"run": "run_of_ben"}),
        ("pause", {"seconds": 60}),
    ]
    for n, (kind, values) in enumerate(events):
        room = classroom.after(room, Event(1.0 + n, kind, values))
    waits = of_student(room, room.members["ada"], 10.0)
    nothing = of_student(classroom.opened("c", Event(0.0, "open", {"name": "3b"})), room.members["ada"], 10.0)
    assert waits == nothing | {"paused_until": room.paused_until}
    admitted = classroom.after(room, Event(10.0, "admit", {"member": "ada"}))
    found = of_student(admitted, admitted.members["ada"], 10.0)
    assert found["lead"]["lesson"] == "noise" and found["message"] and found["question"] and found["shown"]
