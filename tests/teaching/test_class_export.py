"""What is left of a class: a table that no spreadsheet runs, and a journal that knows nobody's browser."""

import csv
import io
import json
import zipfile

import pytest

from ladder.data import cells
from ladder.teaching import class_export, classroom
from ladder.teaching.class_export import Line
from ladder.teaching.room import Event

KEYS = {"a": "a" * 64, "b": "b" * 64}
HAPPENED = [
    ("join", {"member": "a", "key": KEYS["a"], "name": "=SUM(A1)"}),
    ("join", {"member": "b", "key": KEYS["b"], "name": "Ben, the 2nd"}),
    ("admit", {"member": "a"}),
    ("admit", {"member": "b"}),
    ("run", {"member": "a", "run": "run_a"}),
    ("place", {"member": "a", "run": "run_a", "lesson": "noise", "step": 2}),
    ("answer", {"member": "a", "lesson": "noise", "which": "1", "value": "@cmd"}),
    ("ask", {"text": "Which?", "kind": "choice", "options": ["one", "-two"]}),
    ("reply", {"member": "a", "question": 1, "value": 1}),
    ("ask", {"text": "Draw", "kind": "curve", "low": -1, "high": 1}),
    ("reply", {"member": "a", "question": 2, "value": [-0.5, 0.25]}),
    ("pause", {"seconds": 30}),
    ("pause", {"seconds": 0}),
    ("message", {"text": "Good"}),
    ("message", {"text": ""}),
    ("hide_names", {"on": True}),
    ("show_answers", {"question": 2, "on": True}),
    ("show", {"run": "run_a"}),
    ("show", {"run": ""}),
    ("numbers", {"runs": {"run_a": [50, 0.5, None]}}),
    ("remove", {"member": "b"}),
]


OPTIONS = {("layers", "question"): ("few", "many")}


def happened(steps=HAPPENED):
    """The class after these steps, and its events, one a second."""
    events = [Event(1.0, "open", {"name": "3b", "approve": True})]
    events += [Event(2.0 + n, kind, values) for n, (kind, values) in enumerate(steps)]
    room = classroom.opened("c", events[0])
    for event in events[1:]:
        room = classroom.after(room, event)
    return room, events


def rows(room):
    found = {"run_a": {"update": 600, "error": 0.12499999999}}
    text = class_export.table(room, found.get, lambda lesson, which: OPTIONS.get((lesson, which), ()))
    return list(csv.DictReader(io.StringIO(text)))


def test_each_answer_of_each_student_is_a_row_and_no_cell_is_a_formula():
    found = rows(happened()[0])
    assert [(one["lesson"], one["which"], one["answer"]) for one in found] == [
        ("noise", "1", "'@cmd"),
        ("", "Which?", "'-two"),
        ("", "Draw", "'-0.5 0.25"),
    ]
    assert {(one["student"], one["place"], one["update"], one["error"]) for one in found} == {
        ("'=SUM(A1)", "3", "600", "0.125")
    }


def test_the_rows_of_a_lesson_say_whether_it_is_handed_in():
    given = {"member": "a", "lesson": "layers", "which": "question", "value": 1}
    room, _ = happened([*HAPPENED, ("answer", given), ("hand_in", {"member": "a", "lesson": "layers", "run": "run_a"})])
    assert [one["answer"] for one in rows(room) if one["lesson"] == "layers"] == ["many"]
    assert {(one["lesson"], one["handed_in"]) for one in rows(room)} == {("noise", ""), ("layers", "yes"), ("", "")}


def test_a_score_is_a_row_and_the_log_has_the_challenge():
    begin = {"data": "digits@0123456789abcdef", "labels": 20, "updates": 100, "link": "v=1&labels=20"}
    score = {"run": "run_a", "update": 100, "error": 0.25, "twin_error": 0.5, "validation_error": 0.125}
    steps = [("challenge", begin), ("enter", {"member": "a", "run": "run_a"}), ("score", {"scores": {"a": score}})]
    room, events = happened([*HAPPENED, *steps])
    assert [one["answer"] for one in rows(room) if one["which"] == class_export.SCORE] == ["0.25"]
    assert [line.kind for line in class_export.log(events)][-2:] == ["challenge", "score"]


def test_a_student_without_answers_has_a_row_and_one_who_was_removed_has_none():
    assert [one["student"] for one in rows(happened(HAPPENED[:5])[0])] == ["'=SUM(A1)", "Ben, the 2nd"]
    assert "Ben, the 2nd" not in [one["student"] for one in rows(happened()[0])]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "  =1", "\r1", "＝1", "\u200b=1", "\0=1"])
def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(cell):
    assert cells.disarmed(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", -0.5, 3, None, "一"])
def test_other_cells_stay_as_they_are(cell):
    assert cells.disarmed(cell) == cell


def test_the_journal_has_every_event_and_no_key():
    _, events = happened()
    text = class_export.journal_lines(events)
    found = [json.loads(line) for line in text.splitlines()]
    assert [one["kind"] for one in found] == [event.kind for event in events]
    assert found[0] == {
        "at": "1970-01-01T00:00:01.000+00:00",
        "kind": "open",
        "values": {"name": "3b", "approve": True},
    }
    assert found[1]["values"]["name"] == "=SUM(A1)" and not any(key in text for key in KEYS.values())


def test_the_log_says_who_came_and_went_and_what_all_were_told():
    found = class_export.log(happened()[1])
    assert [one.kind for one in found] == [
        *("open", "waits", "waits", "admit", "admit", "ask", "ask", "pause", "release", "message"),
        *("answers", "show", "left"),
    ]
    assert found[3] == Line(4.0, "admit", "=SUM(A1)", member="a") and found[-1].name == "Ben, the 2nd"
    assert found[5].text == "Which?" and found[-3].text == "Draw" and found[-2].name == "=SUM(A1)"
    assert {one.kind for one in found} <= set(class_export.LOGGED)


def test_the_zip_has_the_table_the_journal_and_the_hand_ins():
    content = class_export.archive("a,b\r\n", "", '{"at": 1}\n', {"01.json": "{}"})
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.namelist() == ["class.csv", "journal.jsonl", "handins/01.json"]
        assert found.read("class.csv") == b"\xef\xbb\xbfa,b\r\n"
    with zipfile.ZipFile(io.BytesIO(class_export.archive("a", "b", "", {}))) as found:
        assert found.namelist() == ["class.csv", "labels.csv", "journal.jsonl"]


def test_the_labels_of_a_round_are_a_table_and_its_begin_and_end_are_in_the_log():
    begun = {"dataset": "digits", "seed": 1, "rows": [[10 * k, 10 * k + 1] for k in range(10)]}
    said = [("label", {"member": "a", "round": 1, "at": at, "label": label}) for at, label in ((0, 3), (1, -1))]
    room, events = happened([*HAPPENED, ("label_round", begun), *said, ("label_close", {})])
    first, second = room.rounds[0].rows_of(1)[:2]
    found = list(csv.DictReader(io.StringIO(class_export.labels_table(room))))
    assert [tuple(one.values()) for one in found] == [
        ("1", "digits", "'=SUM(A1)", str(first), "3", "3", str(first // 10)),
        ("1", "digits", "'=SUM(A1)", str(second), "", "", str(second // 10)),
    ]
    log = class_export.log(events)
    assert [(one.kind, one.text) for one in log[-2:]] == [("label_round", "digits"), ("label_close", "")]
    assert class_export.labels_table(happened()[0]) == ""
