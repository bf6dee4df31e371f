"""A hand-in as a teacher reads it: answers right and wrong, copies, and a table that no spreadsheet computes."""

import csv
import io
import zipfile
from dataclasses import replace

import pytest

from ladder import i18n
from ladder.problems import Problem
from ladder.teaching import class_export, handin, lessons, marking
from ladder.teaching.handin import HandIn, gathered, read_each, same_runs, to_json, to_text
from ladder.teaching.lesson import Choice
from ladder.teaching.verdicts import Verdict

LINK = "v=1&labels=20&seed=3&lseed=4&at=40"
ADA = HandIn("noise", "Ada", (("question", 0.0),), "live", LINK, (3, 4), (("update", 40.0),), "", "0" * 64)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_answers_are_marked_by_the_lesson(language):
    lesson = lessons.ours().lesson("noise", language)
    at, asked = next(
        (n, step.prediction) for n, step in enumerate(lesson.steps, 1) if isinstance(step.prediction, Choice)
    )
    wrong = (asked.right + 1) % len(asked.options)
    question = lesson.question.choice
    answers = (
        (f"prediction {at}", float(wrong)),
        ("question", float(question.right)),
        ("prediction 99", 1.5),
        ("prediction x", "words"),
        ("prediction 1", (0.5, 0.25)),
        ("question", 99.0),
    )
    found = marking.marks(replace(ADA, answers=answers), lesson)
    assert [one.right for one in found] == [False, True, None, None, None, None]
    assert [one.said for one in found[:4]] == [asked.options[wrong], question.options[question.right], "1.5", "words"]
    assert found[4].said == "" and found[5].said == "99"
    assert all(one.right is None for one in marking.marks(ADA, None))


def test_a_predicted_number_has_its_unit():
    every = (lessons.ours().lesson(name, "en") for name in lessons.ours().lessons)
    lesson, n = next(
        (one, n) for one in every for n, step in enumerate(one.steps, 1) if getattr(step.prediction, "unit", "") == "%"
    )
    (mark,) = marking.marks(replace(ADA, answers=((f"prediction {n}", 12.5),)), lesson)
    assert mark.said == "12.5 %" and mark.right is None


def test_a_row_says_what_came_of_it():
    lesson = lessons.ours().lesson("noise", "en")
    done = marking.row("a.json", ADA, Verdict("same", {}), lesson, "en")
    assert (done["nickname"], done["judged"], done["verdict"], done["of_update"]) == ("Ada", 1, "same", 40.0)
    assert done["says"] == i18n.text("handin.verdict.same", "en")
    assert marking.row("a.json", ADA, None, lesson, "en")["verdict"] == ""
    assert marking.row("a.json", ADA, Problem("replay_lost"), lesson, "zh")["verdict"] == "unreadable"
    foreign = marking.row("b.txt", Problem("handin_foreign"), None, None, "en")
    assert foreign == {"file": "b.txt", "verdict": "unreadable", "says": i18n.problem(Problem("handin_foreign"), "en")}


def test_the_table_is_for_spreadsheets_and_none_of_it_is_computed():
    rows = [{"file": "=cmd()", "of_update": -4.0}, {"file": "小明", "says": 'a, "b"\nc'}, {"says": "@x"}]
    content = marking.to_csv(rows)
    assert content.startswith("\ufeff")
    found = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert [one["file"] for one in found] == ["'=cmd()", "小明", ""]
    assert found[0]["of_update"] == "-4.0" and found[1]["says"] == 'a, "b"\nc' and found[2]["says"] == "'@x"


def test_the_same_run_under_another_name_is_told():
    bob = replace(ADA, nickname="Bob")
    thought = replace(ADA, nickname="Cy", answers=(("question", 1.0),), link=LINK + "&lang=zh")
    other = replace(ADA, nickname="Di", link=LINK.replace("40", "41"))
    assert same_runs([ADA, bob, thought, other]) == [(0, 1, 2)]
    found = marking.alike([ADA, bob, thought, other])
    assert found == {0: (("Bob",), True), 1: (("Ada",), True), 2: (("Ada", "Bob"), False)}
    assert marking.alike([ADA, ADA]) == {}


def test_what_is_damaged_hides_no_other_hand_in():
    good, bob = to_text(ADA), to_text(replace(ADA, nickname="Bob"))
    found = read_each(f"{good}\n{bob[:-9]}\n{good[:60]}{bob}")
    assert [one if isinstance(one, HandIn) else one.key for one in found] == [
        ADA,
        "handin_damaged",
        "handin_damaged",
        replace(ADA, nickname="Bob"),
    ]
    files = [("a.json", to_json(ADA).encode()), ("b.txt", b"\xff\xfe"), ("c.txt", b"hello"), ("d.txt", good.encode())]
    files.append(("e.txt", b"x" * (handin.MOST_OF_FILE + 1)))
    files.append(("f.json", b"{" + b" " * handin.MOST_BYTES + b"}"))
    got = [(name, one if isinstance(one, HandIn) else one.key) for name, one in gathered(files)]
    assert got == [
        ("a.json", ADA),
        ("b.txt", "handin_foreign"),
        ("c.txt", "handin_foreign"),
        ("d.txt", ADA),
        ("e.txt", "handin_large"),
        ("f.json", "handin_large"),
    ]


def zipped(**files):
    """A zip of files by name, with "__" for "/"."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as found:
        for name, content in files.items():
            found.writestr(name.replace("__", "/").replace("_", "."), content)
    return stream.getvalue()


def test_the_hand_ins_of_a_class_are_read_from_its_zip():
    bob = to_text(replace(ADA, nickname="Bob"))
    good = class_export.archive("a,b", "", "{}", {"01.json": to_json(ADA), "02.json": "{}"})
    bad = {
        "reading_damaged": good[:-40],
        "handin_foreign": zipped(class_csv="a,b"),
        "reading_unpacked": zipped(handins__a_json="x" * (handin.MOST_OF_FILE + 1)),
        "handin_texts": zipped(**{f"handins__{n}_json": "{}" for n in range(handin.MOST_TEXTS + 1)}),
        "reading_path": zipped(handins__a_json="{}").replace(b"handins/", b"../../x/"),
    }
    files = [("class.zip", good), *((f"{key}.zip", content) for key, content in bad.items()), ("b.txt", bob.encode())]
    got = [(name, one if isinstance(one, HandIn) else one.key) for name, one in gathered(files)]
    assert got == [
        ("handins/01.json", ADA),
        ("handins/02.json", "handin_version"),
        *((f"{key}.zip", key) for key in bad),
        ("b.txt", replace(ADA, nickname="Bob")),
    ]
