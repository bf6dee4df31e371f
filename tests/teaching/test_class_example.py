"""The example class in the package: a whole lesson that this version reads, in both languages, with real numbers."""

import json
import re

import pytest

from ladder import i18n
from ladder.teaching import class_example, classroom
from ladder.teaching.activities import KINDS
from ladder.teaching.class_replay import MOMENTS, Replay

LARGEST = 300_000  # bytes


@pytest.fixture(scope="module", params=i18n.LANGUAGES)
def events(request):
    return class_example.events(request.param)


@pytest.fixture(scope="module")
def replay(events):
    return Replay("example", events)


def test_its_file_is_small_and_every_event_of_it_is_known(events):
    assert class_example.FILE.stat().st_size < LARGEST
    room = classroom.opened("example", events[0])
    for event in events[1:]:
        room = classroom.after(room, event)  # raises where this version leaves an event out
    assert room.example and room.ended and events[0].at == 0.0
    assert [one.at for one in events] == sorted(one.at for one in events)


def test_everybody_in_it_is_named_as_simulated(replay):
    members = replay.latest.members.values()
    assert len({one.name for one in members}) == 8
    assert all(re.search("simulated|模拟", one.name) for one in members)


def test_its_texts_are_all_from_the_catalogue_and_all_of_the_catalogue_is_said(events):
    assert not any(f'"{class_example.MARK}' in json.dumps(dict(one.values)) for one in events)
    words = re.findall(f'"{class_example.MARK}(\\w+)', class_example.FILE.read_text(encoding="utf-8"))
    assert set(words) == set(i18n.texts("example", "en"))


def test_it_shows_all_that_a_lesson_can_have(replay):
    room = replay.latest
    assert {one.kind for one in room.questions} == set(KINDS)
    assert all(len(one.answers) == 8 for one in room.questions)
    assert len({*room.questions[0].answers.values()}) > 4  # they do not agree
    shown = {"lead", "ask", "answers", "pause", "message", "show", "end"}
    assert {one.kind for one in replay.moments()} == shown < set(MOMENTS)
    assert [bool(one.question or (one.error and one.twin_error)) for one in room.tray] == [True] * 4
    assert {bool(one.question) for one in room.tray} == {True, False}
    kinds = [one.kind for one in replay.events]
    assert kinds.count("help") == 4 and "remove" in kinds and len(room.members) == 9  # one came back
    assert any(replay.at(time).away for time in replay.times)
    assert len(replay.stretches()) == 1


def test_its_errors_fall_as_those_of_real_runs_and_end_where_the_lesson_promises(replay):
    runs = [points for points in replay.measured.values() if points[-1][1] == 600]
    assert len(runs) == 9 and all(update % 50 == 0 for points in runs for _, update, _ in points)
    first, last = (sum(points[n][2] for points in runs) / len(runs) for n in (0, -1))
    assert first > 0.5 and 0.05 < last < 0.2
    without = [numbers for numbers in replay.latest.numbers.values() if numbers[0] == 300]
    assert len(without) == 8 and all(error == twin_error for _, error, twin_error in without)  # λ = 0: one network
