"""A class at every moment of its past."""

import pytest

from ladder.teaching import class_replay, classroom
from ladder.teaching.class_replay import EVERY, GAP_SECONDS, MOMENTS, Replay
from ladder.teaching.class_views import of_past
from ladder.teaching.room import Event

OPEN = Event(100.0, "open", {"name": "3b"})
BEGUN = [
    ("join", {"member": "ada", "key": "a" * 64, "name": "Ada"}),
    ("run", {"member": "ada", "run": "r1"}),
    ("place", {"member": "ada", "run": "r1", "lesson": "noise", "step": 1}),
    ("lead", {"lesson": "noise", "pace": "together"}),
    ("step", {"step": 1}),
    ("ask", {"text": "Which?", "kind": "choice", "options": ["a", "b"]}),
    ("reply", {"member": "ada", "question": 1, "value": 1}),
    ("show_answers", {"question": 1, "on": True}),
    ("show_answers", {"question": 1, "on": False}),
    ("pause", {"seconds": 60}),
    ("pause", {"seconds": 0}),
    ("message", {"text": "Look"}),
    ("message", {"text": ""}),
    ("show", {"run": "r1"}),
    ("show", {"run": ""}),
]


def events(steps, first=OPEN):
    """The events of a class with these steps, a second apart."""
    return [first, *(Event(first.at + 1 + n, kind, values) for n, (kind, values) in enumerate(steps))]


def numbers(time, away=(), **runs):
    return Event(time, "numbers", {"runs": runs, "away": list(away)})


def folded(some):
    room = classroom.opened("c", some[0])
    for event in some[1:]:
        room = classroom.after(room, event)
    return room


def test_a_class_is_at_each_moment_what_its_events_up_to_then_make_of_it():
    some = events([*BEGUN, *(("message", {"text": f"m{n}"}) for n in range(2 * EVERY))])
    replay = Replay("c", some)
    for n in (0, 1, 5, EVERY - 1, EVERY, EVERY + 1, 2 * EVERY, len(some) - 1):
        assert replay.at(some[n].at) == folded(some[: n + 1]) == replay.at(some[n].at + 0.5)
    assert replay.at(0.0) == folded(some[:1]) and replay.at(1e12) == replay.latest == folded(some)


def test_a_moment_costs_no_more_events_than_lie_between_two_checkpoints(monkeypatch):
    some = events([("message", {"text": f"m{n}"}) for n in range(5 * EVERY)])
    replay, calls = Replay("c", some), []
    monkeypatch.setattr(class_replay.classroom, "after", lambda room, event: calls.append(event) or room)
    replay.at(some[-1].at)
    assert len(calls) < EVERY


def test_a_replay_goes_on_with_later_events():
    some = events(BEGUN)
    replay = Replay("c", some[:4])
    replay.extend(some[4:])
    assert replay.latest == folded(some) and replay.moments() == Replay("c", some).moments()


def test_what_another_version_wrote_and_a_clock_that_is_set_back_do_no_harm():
    some = [OPEN, Event(200.0, "message", {"text": "a"}), Event(201.0, "unheard of", {}), Event(150.0, "message", {})]
    replay = Replay("c", some)
    assert replay.latest.messages == 2 and replay.at(200.5).message == "a" and replay.at(201.0).message == ""
    assert replay.stretches() == [(100.0, 201.0)]


def test_long_silence_is_no_part_of_the_lesson():
    later = [Event(OPEN.at + 1 + GAP_SECONDS + n, "message", {"text": "x"}) for n in (0, 5)]
    assert Replay("c", [OPEN, *later]).stretches() == [(100.0, 100.0), (later[0].at, later[1].at)]


def test_the_moments_worth_jumping_to_are_those_that_all_saw():
    challenge = {"data": "digits~9a", "labels": 20, "updates": 100, "link": "v=1"}
    last = [("challenge", challenge), ("score", {"scores": {}}), ("end", {})]
    found = Replay("c", events([*BEGUN, *last])).moments()
    kinds = ["lead", "step", "ask", "answers", "pause", "message", "show", "challenge", "score", "end"]
    assert [one.kind for one in found] == kinds and set(kinds) < set(MOMENTS)
    assert [one.text for one in found if one.text] == ["Which?", "Which?", "Look"]
    shown = next(one for one in found if one.kind == "show")
    assert (shown.name, shown.member, shown.at) == ("Ada", "ada", 114.0)


def test_there_are_no_more_moments_than_a_page_can_hold(monkeypatch):
    monkeypatch.setattr(class_replay, "MOST_MOMENTS", 3)
    assert len(Replay("c", events(BEGUN)).moments()) == 3


def test_the_board_of_the_past_has_the_numbers_that_were_noted_and_who_was_away():
    some = [*events(BEGUN), numbers(300.0, r1=[50, 0.5, 0.6]), numbers(310.0, away=["ada"], r1=[100, 0.25, None])]
    replay = Replay("c", some)
    early, late = (of_past(replay.at(at), "CODE", at) for at in (300.0, 310.0))
    assert early["members"][0]["here"] and not late["members"][0]["here"]
    assert early["runs"] == {"r1": {"update": 50, "status": "recorded", "error": 0.5, "twin_error": 0.6}}
    assert late["runs"]["r1"] == {"update": 100, "status": "recorded", "error": 0.25, "twin_error": None}
    assert "key" not in early["members"][0] and of_past(replay.at(100.0), "CODE", 100.0)["runs"] == {}


def test_the_curves_end_at_the_moment_and_are_those_of_the_runs_in_view():
    some = [*events(BEGUN), numbers(300.0, r1=[50, 0.5, None]), numbers(310.0, r1=[100, 0.25, None])]
    some += [numbers(320.0, r1=[100, 0.25, None])]
    some += [Event(330.0, "place", {"member": "ada", "run": "r2", "lesson": "noise", "step": 2})]
    replay = Replay("c", some)
    assert replay.curves(299.0) == {} and replay.curves(305.0) == {"ada": ([50], [0.5])}
    assert replay.curves(325.0) == {"ada": ([50, 100], [0.5, 0.25])} and replay.curves(331.0) == {}


@pytest.mark.parametrize("run", ["r1", "r2"])
def test_only_runs_in_view_keep_their_numbers(run):
    some = [*events(BEGUN), numbers(300.0, r1=[50, 0.5, None])]
    some += [Event(301.0, "place", {"member": "ada", "run": run}), numbers(302.0, r2=[0, 0.9, 0.9])]
    assert set(Replay("c", some).latest.numbers) == {run}
