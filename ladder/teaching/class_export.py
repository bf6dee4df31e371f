"""What is left of a class: one table, its journal without what identifies a browser, and both in one zip."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from ladder.data.cells import Cell, disarmed
from ladder.data.datasets import DATASETS
from ladder.teaching.event_values import Value
from ladder.teaching.labelling import UNSURE
from ladder.teaching.room import Event, Member, Room

COLUMNS = "student", "lesson", "which", "answer", "place", "update", "error", "handed_in"
HANDED_IN = "yes"
SCORE = "challenge"
_SECRET = "key"  # of an event's values

LABEL_COLUMNS = "round", "dataset", "student", "image", "label", "class_label", "true_class"

Numbers = Callable[[str], Mapping[str, object] | None]  # of a run: its "update" and "error", None where it is not there
Options = Callable[[str, str], tuple[str, ...]]  # of a choice, by its lesson and `which`; none of anything else
DECIMALS = 5  # of an error


def table(room: Room, numbers: Numbers, options: Options) -> str:
    """Returns a class as CSV with the columns COLUMNS: a row for each answer of each student, to a lesson or to a
    question of the teacher's, whose text is `which`, and for its score in the last challenge, with `which` SCORE, a
    fraction; a row without an answer for a student who has given none. A choice is written as its option.

    `place` is the student's step in its lesson, counted from 1; `update` and `error` (a fraction) are those of the run
    in its view, empty for a comparison. `handed_in` is HANDED_IN in the rows of a lesson that the student has handed
    in. The heights of a curve are in one cell, with blanks between them. Students who were removed are left out.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for member in room.present:
        found = (numbers(member.run) if member.run else None) or {}
        update, error = (cast(Cell, found.get(name)) for name in ("update", "error"))
        error = round(error, DECIMALS) if isinstance(error, float) else error
        ends = [member.step + 1 if member.lesson else "", update, error]
        for lesson, which, answer in _answers(room, member, options) or [(member.lesson, "", "")]:
            handed = HANDED_IN if lesson in member.handed else ""
            writer.writerow([disarmed(cell) for cell in (member.name, lesson, which, answer, *ends, handed)])
    return stream.getvalue()


def labels_table(room: Room) -> str:
    """Returns the labels of all labelling rounds of a class as CSV with the columns LABEL_COLUMNS: a row for each image
    that a student has looked at. `image` is the number of a training row; the last three are names of classes, `label`
    the student's, empty for "not sure", and `class_label` that of the whole class, empty where two have as many votes.
    "" where there was no round."""
    if not room.rounds:
        return ""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(LABEL_COLUMNS)
    for one in room.rounds:
        names = {UNSURE: "", None: ""} | dict(enumerate(DATASETS[one.dataset].class_names))
        for member in room.present:
            for row, label in one.given.get(member.id, {}).items():
                known = names[label], names[one.pooled.get(row)], names[one.truth[row]]
                writer.writerow([disarmed(cell) for cell in (one.number, one.dataset, member.name, row, *known)])
    return stream.getvalue()


def _answers(room: Room, member: Member, options: Options) -> list[tuple[str, str, Cell]]:
    """A member's answers: (lesson, which, answer), those to the teacher's questions without a lesson. A choice is
    written as its option."""
    own = [(lesson, which, _chosen(options(lesson, which), value)) for (lesson, which), value in member.answers.items()]
    asked = [
        ("", one.text, _chosen(one.options, one.answers[member.id]))
        for one in room.questions
        if member.id in one.answers
    ]
    score = room.challenge.scores.get(member.id) if room.challenge else None
    return [*own, *asked, *([("", SCORE, score.error)] if score else [])]


def _chosen(options: tuple[str, ...], value: str | Value) -> Cell:
    if isinstance(value, int | float) and value in range(len(options)):
        return options[int(value)]
    return _written(value)


def _written(value: str | Value) -> Cell:
    return " ".join(f"{one:g}" for one in value) if isinstance(value, tuple) else value


def journal_lines(events: Iterable[Event]) -> str:
    """Returns the events as JSON, one a line: "at" (UTC, ISO 8601), "kind" and "values" of each, without the hash by
    which a browser is known."""
    lines = []
    for event in events:
        values = {name: value for name, value in event.values.items() if name != _SECRET}
        at = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds")
        lines.append(json.dumps({"at": at, "kind": event.kind, "values": values}, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def archive(table_csv: str, labels_csv: str, journal: str, handins: Mapping[str, str]) -> bytes:
    """Returns a zip with class.csv and labels.csv (with a mark by which spreadsheets know their letters; the latter not
    where it is empty), journal.jsonl, and the hand-ins in handins/, a text by its file name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as found:
        for name, text in (("class.csv", table_csv), ("labels.csv", labels_csv)):
            if text:
                found.writestr(name, text.encode("utf-8-sig"))
        found.writestr("journal.jsonl", journal)
        for name, content in handins.items():
            found.writestr(f"handins/{name}", content)
    return stream.getvalue()


@dataclass(frozen=True)
class Line:
    """A line of the readable log. `at`: seconds since 1970. `kind`: the event's kind, with "left" for a removal,
    "waits" for a join that has to be admitted, "release" for the end of a pause, and "answers" for answers that
    were shown to all. `name`: the student's, "" for none, and `member`, its id. `text`: a message, a
    question, or the dataset of a labelling round."""

    at: float
    kind: str
    name: str = ""
    text: str = ""
    member: str = ""


LOGGED = (  # kinds of Line
    *("open", "join", "waits", "admit", "left", "end"),
    *("lead", "step", "pause", "release", "message", "ask", "answers", "show"),
    *("challenge", "score", "label_round", "label_close", "hand_in"),
)
_TEXTS = {"message": "text", "ask": "text", "label_round": "dataset"}  # which value of an event a line shows


def log(events: Iterable[Event]) -> list[Line]:
    """Returns what a teacher may want to read again, in the order in which it happened: who joined, was admitted or
    removed, and what was set, said, asked and shown."""
    lines = _Log()
    return [line for event in events if (line := lines.line(event)) is not None]


class _Log:
    """Reads events as lines, with what it has to remember for that."""

    def __init__(self) -> None:
        self.names: dict[object, str] = {}  # of members, by id
        self.owners: dict[object, object] = {}  # of runs: members' ids
        self.questions: list[str] = []
        self.approve = False

    def line(self, event: Event) -> Line | None:
        """The line of the next event, None where nobody wants to read of it."""
        kind, values = event.kind, event.values
        member = values.get("member")
        if kind == "open":
            self.approve = bool(values.get("approve"))
        elif kind == "join":
            self.names[member] = str(values.get("name", ""))
        elif kind in ("run", "place"):
            self.owners.setdefault(values.get("run"), member)
        elif kind == "show":
            member = self.owners.get(values.get("run"))
        elif kind == "ask":
            self.questions.append(str(values.get("text", "")))
        kind = self._kind(kind, values)
        text = self._text(kind, values)
        if kind not in LOGGED or (kind in ("message", "answers") and not text) or (kind == "show" and member is None):
            return None
        return Line(event.at, kind, self.names.get(member, ""), text, str(member or ""))

    def _kind(self, kind: str, values: Mapping[str, object]) -> str:
        if kind == "join" and self.approve:
            return "waits"
        if kind == "pause" and not values.get("seconds"):
            return "release"
        if kind == "show_answers" and values.get("on"):
            return "answers"
        return {"remove": "left"}.get(kind, kind)

    def _text(self, kind: str, values: Mapping[str, object]) -> str:
        if kind == "answers":
            number = values.get("question")
            known = isinstance(number, int) and 0 < number <= len(self.questions)
            return self.questions[cast(int, number) - 1] if known else ""
        return str(values.get(_TEXTS[kind], "")) if kind in _TEXTS else ""
