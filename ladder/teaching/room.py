"""A class as plain values, which its events make (classroom.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ladder.problems import Problem
from ladder.teaching.challenge import Challenge
from ladder.teaching.event_values import Value
from ladder.teaching.labelling import Round


@dataclass(frozen=True)
class Event:
    """What happened in a class. `at`: seconds since 1970. `kind`: one of KINDS_OF_EVENTS. `values`: JSON values by
    name."""

    at: float
    kind: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Member:
    """A student. `key`: the hash of the secret in the browser's cookie. `number`: 1 for the first who joined; the class
    gives out seeds and cells by it. `runs`: those that it has begun; `run`: the one in view, "" for none. `lesson` and
    `step`: the place in a lesson, "" and 0 for none. `since`: when it came there; `asked_at`: when it last asked for
    help. `led`: the number of the last Lead that its page has followed. `answers`: by (lesson, which). `handed`: the
    run with which it has handed in a lesson, by the lesson's name. `compared`: of those that are comparisons, which no
    file has, the hand-in as a text (handin.to_text), by the lesson's name."""

    id: str
    key: str
    name: str
    number: int
    joined: float
    admitted: bool = True
    removed: bool = False
    runs: tuple[str, ...] = ()
    run: str = ""
    lesson: str = ""
    step: int = 0
    since: float = 0.0
    needs_help: bool = False
    asked_at: float = 0.0
    led: int = 0
    answers: Mapping[tuple[str, str], str | Value] = field(default_factory=dict)
    handed: Mapping[str, str] = field(default_factory=dict)
    compared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Lead:
    """What the teacher has set for all. `number`: how often that was done; `begun`: the number with which the lesson or
    the link came, or came again, or the seeds, for which every student begins a run. `lesson`: a lesson's name, or ""
    and `link`, the query of a setting, which may be "" too. `hidden`, `locked`: names of CONTROLS. `language`: "" for
    each student's own. `present`: a View.present. `pace`: one of PACES; with "together" a lesson's steps after number
    `step` stay closed until the teacher opens them. `seeds`: whether each member's run has the member's number for its
    weight seed and its label seed."""

    number: int = 0
    lesson: str = ""
    link: str = ""
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    language: str = ""
    present: int = 0
    pace: str = "own"
    step: int = 0
    seeds: bool = False
    begun: int = 0


@dataclass(frozen=True)
class Question:
    """A question to all. `options`: of a choice; `low` and `high`: of a number or a curve's heights. `may_change`:
    whether an answer may be given again. `is_open`: whether answers are taken. `is_shown`: whether students see the
    answers. `answers`: by the member's id."""

    id: int
    text: str
    kind: str
    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    may_change: bool = True
    is_open: bool = True
    is_shown: bool = False
    answers: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What is in the teacher's tray: a member's `run` as it was at an update, or the answers to a question with this
    id. `error` and `twin_error`: the last test errors that were measured until then, fractions, None where there are
    none. `snapshot`: a run of its own that rests at that update, "" where there is none."""

    id: int
    member: str = ""
    run: str = ""
    update: int = 0
    question: int = 0
    note: str = ""
    error: float | None = None
    twin_error: float | None = None
    snapshot: str = ""


@dataclass(frozen=True)
class HandedOver:
    """Drawn samples that a member has handed over: the last `samples`, as data/drawn.py takes them, and how many
    `times` there were some."""

    samples: Mapping[str, object]
    times: int


Numbers = tuple[int, float | None, float | None]  # of a run: its update, and its own and its twin's test error


@dataclass(frozen=True)
class Room:
    """A class. `example`: whether it is one that simulated students have recorded. `paused_until`: seconds since 1970;
    commands of students are held back until then. `message` and `messages`: the last message to all, and how many there
    were. `shown`: the run that all see, "" for none. `rounds`: of labelling, the last one at the end. `drawn`: by the
    member's id. `numbers`: what the server noted last of the runs in the members' view, and `away`: the ids of the
    members who were not there then."""

    id: str
    name: str
    made: float
    approve: bool = False
    example: bool = False
    ended: bool = False
    members: Mapping[str, Member] = field(default_factory=dict)
    lead: Lead = Lead()
    paused_until: float = 0.0
    message: str = ""
    messages: int = 0
    names_hidden: bool = False
    questions: tuple[Question, ...] = ()
    tray: tuple[Kept, ...] = ()
    shown: str = ""
    challenge: Challenge | None = None
    rounds: tuple[Round, ...] = ()
    drawn: Mapping[str, HandedOver] = field(default_factory=dict)
    numbers: Mapping[str, Numbers] = field(default_factory=dict)
    away: frozenset[str] = frozenset()

    def member_of(self, key: str) -> Member | None:
        """Returns the member with this key who has not been removed, None for nobody."""
        return next((one for one in self.members.values() if one.key == key and not one.removed), None)

    @property
    def present(self) -> list[Member]:
        """Returns the members who are admitted and not removed, in the order in which they joined."""
        return [one for one in self.members.values() if one.admitted and not one.removed]

    @property
    def waiting(self) -> list[Member]:
        """Returns those who wait to be admitted."""
        return [one for one in self.members.values() if not one.admitted and not one.removed]

    def is_snapshot(self, run: str) -> bool:
        """Returns whether a run is a snapshot in the tray."""
        return bool(run) and any(one.snapshot == run for one in self.tray)

    def owner_of(self, run: str) -> Member | None:
        """Returns the member who has begun a run, or whose run the tray has as this snapshot; None for nobody."""
        kept = next((one.member for one in self.tray if run and one.snapshot == run), None)
        return next((one for one in self.members.values() if one.id == kept or run in one.runs), None)

    def member(self, event: Event) -> Member:
        """Returns the member whom an event names, who has not been removed. Raises Problem "class_member"."""
        found = self.members.get(str(event.values.get("member")))
        if found is None or found.removed:
            raise Problem("class_member")
        return found

    def admitted(self, event: Event) -> Member:
        """Returns the member whose event this is. Raises Problem "class_member", and "class_waiting" while it waits to
        be admitted."""
        found = self.member(event)
        if not found.admitted:
            raise Problem("class_waiting")
        return found

    def with_member(self, member: Member) -> "Room":
        """Returns the class with a new member, or with another state of one."""
        return replace(self, members={**self.members, member.id: member})

    def with_question(self, question: Question) -> "Room":
        """Returns the class with another state of a question."""
        return replace(self, questions=tuple(question if one.id == question.id else one for one in self.questions))

    def question(self, number: object) -> Question:
        """Returns the question with this id. Raises Problem "class_question" where there is none."""
        found = next((one for one in self.questions if one.id == number), None)
        if found is None:
            raise Problem("class_question")
        return found
