"""What a hand-in says, for a teacher: its answers beside the lesson's, its numbers, and what came of its replay."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ladder import i18n
from ladder.data.cells import Cell, disarmed
from ladder.problems import Problem
from ladder.teaching.handin import Answer, HandIn, copies, same_runs
from ladder.teaching.lesson import Choice, Lesson, Number
from ladder.teaching.verdicts import Verdict, sentence

QUESTION, PREDICTION = "question", "prediction "  # names of answers; behind the latter stands the step, 1 the first
SIGNS = {True: "✓", False: "✗", None: ""}


@dataclass(frozen=True)
class Mark:
    """One answer. `which`: as in HandIn.answers. `said`: the chosen option, the number with its unit, or "" for a drawn
    curve. `right`: whether it is the right option; None where nothing is right or wrong."""

    which: str
    said: str
    right: bool | None


def marks(handin: HandIn, lesson: Lesson | None) -> list[Mark]:
    """Returns the answers of a hand-in. `lesson`: the one that it names, None where that is not here."""
    return [_mark(which, value, lesson) for which, value in handin.answers]


def _mark(which: str, value: Answer, lesson: Lesson | None) -> Mark:
    asked = asked_of(which, lesson)
    if isinstance(asked, Choice) and isinstance(value, int | float) and value in range(len(asked.options)):
        return Mark(which, asked.options[int(value)], value == asked.right)
    if isinstance(value, tuple):
        return Mark(which, "", None)
    said = value if isinstance(value, str) else f"{value:g}"
    if lesson and isinstance(asked, Number):
        said = f"{said} {asked.unit_in(lesson.language)}".rstrip()
    return Mark(which, said, None)


def asked_of(which: str, lesson: Lesson | None) -> object:
    """Returns the choice or the prediction that an answer is to; None where the lesson has none of this name."""
    if lesson is None:
        return None
    if which == QUESTION:
        return lesson.question.choice
    step = which.removeprefix(PREDICTION)
    at = int(step) if which.startswith(PREDICTION) and step.isdecimal() and len(step) < 4 else 0
    return lesson.steps[at - 1].prediction if 0 < at <= len(lesson.steps) else None


def row(
    file: str, handin: HandIn | Problem, outcome: Verdict | Problem | None, lesson: Lesson | None, language: str
) -> dict[str, object]:
    """Returns a flat dictionary for a table: "file", "nickname", "lesson", "right" and "judged" (numbers of answers),
    "answers", "verdict" (a Verdict's kind, "unreadable" for a Problem, "" before the replay), its numbers as
    "of_<name>", and what it "says". `outcome`: of its replay, None before that."""
    if isinstance(handin, Problem):
        return {"file": file, "verdict": "unreadable", "says": i18n.problem(handin, language)}
    found = marks(handin, lesson)
    verdict = outcome.kind if isinstance(outcome, Verdict) else "unreadable" if outcome else ""
    return {
        "file": file,
        "nickname": handin.nickname,
        "lesson": handin.lesson,
        "right": sum(one.right is True for one in found),
        "judged": sum(one.right is not None for one in found),
        "answers": "; ".join(f"{one.which}: {one.said} {SIGNS[one.right]}".rstrip() for one in found),
        "verdict": verdict,
        **{f"of_{which}": value for which, value in handin.numbers},
        "says": sentence(outcome, language) if outcome else "",
    }


def to_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Returns rows as CSV for spreadsheets, with a column for each key. Students write these texts, the names of some
    columns too: no spreadsheet takes one for a formula (spreadsheets.py)."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    out = io.StringIO()
    out.write("\ufeff")  # by which spreadsheets know that it is UTF-8
    writer = csv.writer(out)
    writer.writerow(map(disarmed, names))
    writer.writerows([disarmed(cast(Cell, one.get(name))) for name in names] for one in rows)
    return out.getvalue()


def alike(handins: Sequence[HandIn]) -> Mapping[int, tuple[tuple[str, ...], bool]]:
    """Returns, by its place, for each hand-in with the run of another nickname: these nicknames, and whether one of
    them has the same answers too."""
    copied = {place: group for group in copies(handins) for place in group}
    found: dict[int, tuple[tuple[str, ...], bool]] = {}
    for group in same_runs(handins):
        for place in group:
            names = dict.fromkeys(handins[i].nickname for i in copied.get(place, group))
            names.pop(handins[place].nickname)
            found[place] = tuple(names), place in copied
    return found
