"""What each event makes of a class: of its members, of what its teacher has set for all, and of what the server notes.
What the class is asked to do is in activities.py.

`after(room, event)` is a pure function: a class is the fold of its events, which journal.py keeps. So a server that
starts again, the teacher's board and a replay of the lesson have the same values. Nothing here knows a page, a socket
or a clock: an event carries its time.

A member is known by the SHA-256 of a secret that the browser's cookie holds, so that a journal lets nobody in. No
address is kept.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from ladder.i18n import LANGUAGES
from ladder.problems import Problem
from ladder.recipe.view import PRESENTED
from ladder.settings import Live, Structure, knobs
from ladder.teaching import activities, event_values
from ladder.teaching.event_values import LONGEST_ID, LONGEST_TEXT
from ladder.teaching.room import Event, Lead, Member, Numbers, Room

LONGEST_NAME = 24  # letters of a nickname
MOST_MEMBERS, MOST_ANSWERS, MOST_HANDED = 60, 200, 50
LONGEST_HANDED = 10_000  # letters of the hand-in of a comparison
MOST_EVENTS = 20_000  # of one class
MOST_RUNS = 100  # of a member; it owns the last ones
LONGEST_PAUSE = 600.0  # seconds
PACES = "own", "together"
CONTROLS = frozenset({*knobs(Structure), *knobs(Live)})  # what can be hidden or locked
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_KEY = re.compile(r"[0-9a-f]{64}")


def opened(class_id: str, event: Event) -> Room:
    """Returns the class that begins with `event`, of the kind "open" with `name`, `approve` and `example`."""
    approve, example = (event_values.yes(event.values, name) for name in ("approve", "example"))
    return Room(class_id, event_values.text(event.values, "name", LONGEST_NAME), event.at, approve, example)


def after(room: Room, event: Event) -> Room:
    """Returns the class after an event.

    Raises Problem "class_word" for an event of another kind, or with values that are missing or impossible;
    "class_ended" where the class has ended; "class_member" for a member that is not there, and "class_waiting" for what
    one of OF_MEMBERS does before it is admitted; "class_name" for a nickname that is empty or too long,
    "class_name_taken" for one that another member has, and "class_full" beyond MOST_MEMBERS;
    "class_question" for a question that is not there, "class_closed" for an answer to one that takes none, and
    "class_answered" for a second answer where it may not be changed; "challenge_closed" for a run that comes after a
    challenge, and "class_foreign" for one that is another member's; "class_link" for a link that is none of ours;
    "label_over" for a label in a round that is over; those of drawn.parsed for samples that are none, and "drawn_often"
    for samples that come too often.
    """
    if room.ended:
        raise Problem("class_ended")
    if event.kind not in _EVENTS:
        raise Problem("class_word", name=event.kind[:40])
    return _EVENTS[event.kind](room, event)


def named(written: object) -> str:
    """Returns a nickname as it is kept: without signs that no one sees, with single blanks. Raises Problem
    "class_name" where nothing is left or it has more than LONGEST_NAME letters."""
    plain = "".join(c for c in unicodedata.normalize("NFC", str(written)[:400]) if unicodedata.category(c)[0] != "C")
    name = " ".join(plain.split())
    if not name or len(name) > LONGEST_NAME:
        raise Problem("class_name", most=LONGEST_NAME)
    return name


# --- members


def _join(room: Room, event: Event) -> Room:
    name, values = named(event.values.get("name")), event.values
    member, key = str(values.get("member")), str(values.get("key"))
    if not _ID.fullmatch(member) or not _KEY.fullmatch(key) or member in room.members:
        raise Problem("class_word", name="member")
    here = [one for one in room.members.values() if not one.removed]
    if any(one.name.casefold() == name.casefold() for one in here):
        raise Problem("class_name_taken", name=name)
    if len(here) >= MOST_MEMBERS:
        raise Problem("class_full", most=MOST_MEMBERS)
    new = Member(member, key, name, len(room.members) + 1, event.at, admitted=not room.approve)
    return room.with_member(new)


def _admit(room: Room, event: Event) -> Room:
    return room.with_member(replace(room.member(event), admitted=True))


def _remove(room: Room, event: Event) -> Room:
    return room.with_member(replace(room.member(event), removed=True))


def _run(room: Room, event: Event) -> Room:
    """A run that the member has begun, which is its own from now on."""
    member, run = room.member(event), event_values.text(event.values, "run", LONGEST_ID)
    others = [one for one in member.runs if one != run]
    return room.with_member(replace(member, runs=(*others, run)[-MOST_RUNS:]))


def _place(room: Room, event: Event) -> Room:
    member, values = room.admitted(event), event.values
    run, lesson = (event_values.text(values, name, LONGEST_ID) for name in ("run", "lesson"))
    step = event_values.whole(values, "step", 100)
    since = member.since if (lesson, step) == (member.lesson, member.step) else event.at
    return room.with_member(replace(member, run=run, lesson=lesson, step=step, since=since))


def _led(room: Room, event: Event) -> Room:
    """The member's page has followed the lead with this number."""
    member, number = room.member(event), event_values.whole(event.values, "number", room.lead.number)
    return room.with_member(replace(member, led=max(member.led, number)))


def _help(room: Room, event: Event) -> Room:
    on = event_values.yes(event.values, "on")
    return room.with_member(replace(room.admitted(event), needs_help=on, asked_at=event.at if on else 0.0))


def _answer(room: Room, event: Event) -> Room:
    member, values = room.admitted(event), event.values
    which = event_values.text(values, "lesson", LONGEST_ID), event_values.text(values, "which", LONGEST_ID)
    value = values.get("value")
    given = event_values.text(values, "value", LONGEST_TEXT) if isinstance(value, str) else event_values.value(value)
    answers = {**member.answers, which: given}
    if len(answers) > MOST_ANSWERS:
        raise Problem("class_word", name="answers")
    return room.with_member(replace(member, answers=answers))


def _hand_in(room: Room, event: Event) -> Room:
    """A member hands in a lesson with a run of its own, in place of the one before. A comparison comes with its hand-in
    as a text."""
    member = room.admitted(event)
    lesson, run = (event_values.text(event.values, name, LONGEST_ID) for name in ("lesson", "run"))
    text = event_values.text(event.values, "text", LONGEST_HANDED)
    if run not in member.runs:
        raise Problem("class_foreign")
    handed = {**member.handed, lesson: run}
    if not lesson or len(handed) > MOST_HANDED:
        raise Problem("class_word", name="lesson")
    others = {name: one for name, one in member.compared.items() if name != lesson}
    return room.with_member(replace(member, handed=handed, compared=others | ({lesson: text} if text else {})))


# --- the teacher leads


def _lead(room: Room, event: Event) -> Room:
    values = event.values
    hidden, locked = (_names(values, name) for name in ("hidden", "locked"))
    language, pace = str(values.get("language", "")), str(values.get("pace", "own"))
    if language not in ("", *LANGUAGES) or pace not in PACES:
        raise Problem("class_word", name="lead")
    lead = Lead(
        room.lead.number + 1,
        event_values.text(values, "lesson", LONGEST_ID),
        event_values.link(values),
        hidden,
        locked,
        language,
        event_values.whole(values, "present", 2 ** len(PRESENTED) - 1),
        pace,
        seeds=event_values.yes(values, "seeds"),
    )
    return replace(room, lead=_going_on(room.lead, lead))


def _going_on(before: Lead, lead: Lead) -> Lead:
    """The lead after another one. Where only something beside the lesson or link and the seeds is set, runs and steps
    go on; the same set once more begins it anew."""
    again = replace(before, number=lead.number, step=0, begun=0) == lead
    if again or (before.lesson, before.link, before.seeds) != (lead.lesson, lead.link, lead.seeds):
        return replace(lead, begun=lead.number)
    return replace(lead, begun=before.begun, step=before.step)


def _names(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Names of CONTROLS, each once, in order. Raises Problem "class_word"."""
    found = values.get(name, [])
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) and one in CONTROLS for one in found):
        raise Problem("class_word", name=name)
    return tuple(sorted(set(found)))


def _step(room: Room, event: Event) -> Room:
    return replace(room, lead=replace(room.lead, step=event_values.whole(event.values, "step", 100)))


def _pause(room: Room, event: Event) -> Room:
    seconds = event_values.number(event.values, "seconds")
    if not 0 <= seconds <= LONGEST_PAUSE:
        raise Problem("class_word", name="seconds")
    return replace(room, paused_until=event.at + seconds if seconds else 0.0)


def _message(room: Room, event: Event) -> Room:
    return replace(room, message=event_values.text(event.values, "text", LONGEST_TEXT), messages=room.messages + 1)


def _hide_names(room: Room, event: Event) -> Room:
    return replace(room, names_hidden=event_values.yes(event.values, "on"))


def _show(room: Room, event: Event) -> Room:
    return replace(room, shown=event_values.text(event.values, "run", LONGEST_ID))


def _end(room: Room, event: Event) -> Room:
    return replace(activities.label_close(room, event), ended=True)


# --- what the server notes


def _numbers(room: Room, event: Event) -> Room:
    """The numbers of the members' runs that have changed, and who is away. Runs that nobody has in view go."""
    runs, away = event.values.get("runs", {}), event.values.get("away", sorted(room.away))
    if not isinstance(runs, Mapping) or not isinstance(away, list | tuple) or max(len(runs), len(away)) > MOST_MEMBERS:
        raise Problem("class_word", name="numbers")
    read = {str(run)[:LONGEST_ID]: _measured(row) for run, row in runs.items()}
    in_view = {one.run for one in room.present}
    kept = {run: numbers for run, numbers in ({**room.numbers} | read).items() if run in in_view}
    return replace(room, numbers=kept, away=frozenset(map(str, away)) & room.members.keys())


def _measured(row: object) -> Numbers:
    if not isinstance(row, list | tuple) or len(row) != 3:
        raise Problem("class_word", name="numbers")
    update, error, twin_error = (
        None if one is None else event_values.number({"numbers": one}, "numbers") for one in row
    )
    return int(update or 0), error, twin_error


_EVENTS: dict[str, Callable[[Room, Event], Room]] = {
    "join": _join,
    "admit": _admit,
    "remove": _remove,
    "run": _run,
    "place": _place,
    "led": _led,
    "help": _help,
    "answer": _answer,
    "hand_in": _hand_in,
    "lead": _lead,
    "step": _step,
    "pause": _pause,
    "message": _message,
    "hide_names": _hide_names,
    "show": _show,
    "end": _end,
    "numbers": _numbers,
    **activities.EVENTS,
}
# What a member may cause for itself; the pages' own are in OF_PAGES; all else is the teacher's.
OF_MEMBERS = "place", "help", "answer", "hand_in", "reply", "enter", "label"
OF_PAGES = "join", "run", "led", "numbers", "drawn"  # what nobody may cause by a word alone
