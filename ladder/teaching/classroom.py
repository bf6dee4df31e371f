"""What each event makes of a class: of its members, what its teacher has set for all, questions and their answers.

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
from urllib.parse import parse_qsl, urlencode

from ladder.i18n import LANGUAGES
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.view import PRESENTED
from ladder.settings import Live, Structure, is_variant, knobs
from ladder.teaching import event_values, labelling
from ladder.teaching.challenge import FIXED, MOST_UPDATES, Challenge, score_of
from ladder.teaching.event_values import Value
from ladder.teaching.room import Event, Kept, Lead, Member, Numbers, Question, Room

LONGEST_NAME, LONGEST_TEXT, LONGEST_LINK = 24, 300, 6_144  # letters of a nickname, of a message or question, of a link
MOST_MEMBERS, MOST_OPTIONS, MOST_QUESTIONS, MOST_KEPT, MOST_ANSWERS = 60, 8, 100, 60, 200
MOST_EVENTS = 20_000  # of one class
MOST_ROUNDS = 20  # of labelling
MOST_RUNS = 100  # of a member; it owns the last ones
LONGEST_PAUSE = 600.0  # seconds
KINDS = "choice", "number", "curve"  # of questions
PACES = "own", "together"
CONTROLS = frozenset({*knobs(Structure), *knobs(Live)})  # what can be hidden or locked
LONGEST_ID = 80  # letters of a run's id, or a lesson's name
_OF_A_TAB = "run", "list", "pins", "lesson"  # of a link's parameters
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
    one of OF_MEMBERS does before it is admitted; "class_name" for a nickname
    that is empty or too long, "class_name_taken" for one that another member has, and "class_full" beyond MOST_MEMBERS;
    "class_question" for a question that is not there, "class_closed" for an answer to one that takes none, and
    "class_answered" for a second answer where it may not be changed; "challenge_closed" for a run that comes after a
    challenge, and "class_foreign" for one that is another member's; "class_link" for a link that is none of ours;
    "label_over" for a label in a round that is over.
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
    return _with(room, new)


def _admit(room: Room, event: Event) -> Room:
    return _with(room, replace(_member(room, event), admitted=True))


def _remove(room: Room, event: Event) -> Room:
    return _with(room, replace(_member(room, event), removed=True))


def _run(room: Room, event: Event) -> Room:
    """A run that the member has begun, which is its own from now on."""
    member, run = _member(room, event), event_values.text(event.values, "run", LONGEST_ID)
    others = [one for one in member.runs if one != run]
    return _with(room, replace(member, runs=(*others, run)[-MOST_RUNS:]))


def _place(room: Room, event: Event) -> Room:
    member, values = _admitted(room, event), event.values
    run, lesson = (event_values.text(values, name, LONGEST_ID) for name in ("run", "lesson"))
    step = event_values.whole(values, "step", 100)
    since = member.since if (lesson, step) == (member.lesson, member.step) else event.at
    return _with(room, replace(member, run=run, lesson=lesson, step=step, since=since))


def _led(room: Room, event: Event) -> Room:
    """The member's page has followed the lead with this number."""
    member, number = _member(room, event), event_values.whole(event.values, "number", room.lead.number)
    return _with(room, replace(member, led=max(member.led, number)))


def _help(room: Room, event: Event) -> Room:
    on = event_values.yes(event.values, "on")
    return _with(room, replace(_admitted(room, event), needs_help=on, asked_at=event.at if on else 0.0))


def _answer(room: Room, event: Event) -> Room:
    member, values = _admitted(room, event), event.values
    which = event_values.text(values, "lesson", LONGEST_ID), event_values.text(values, "which", LONGEST_ID)
    value = values.get("value")
    given = event_values.text(values, "value", LONGEST_TEXT) if isinstance(value, str) else event_values.value(value)
    answers = {**member.answers, which: given}
    if len(answers) > MOST_ANSWERS:
        raise Problem("class_word", name="answers")
    return _with(room, replace(member, answers=answers))


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
        _link(values),
        hidden,
        locked,
        language,
        event_values.whole(values, "present", 2 ** len(PRESENTED) - 1),
        pace,
        seeds=event_values.yes(values, "seeds"),
    )
    return replace(room, lead=_going_on(room.lead, lead))


def _going_on(before: Lead, lead: Lead) -> Lead:
    """The lead after another one. Where only something beside the lesson or link is set, runs and steps go on; the same
    set once more begins it anew."""
    again = replace(before, number=lead.number, step=0, begun=0) == lead
    if again or (before.lesson, before.link) != (lead.lesson, lead.link):
        return replace(lead, begun=lead.number)
    return replace(lead, begun=before.begun, step=before.step)


def _link(values: Mapping[str, object]) -> str:
    """The query of a link to a run's settings, from a whole address or a query, without what belongs to one tab."""
    text = event_values.text(values, "link", LONGEST_LINK)
    params = dict(parse_qsl(text.split("?", 1)[-1].split("#", 1)[0], keep_blank_values=True))
    if text and ("v" not in params or not params.keys() <= links.KEYS):
        raise Problem("class_link")
    return urlencode({key: word for key, word in params.items() if key not in _OF_A_TAB}, safe=",;=!-")


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
    return replace(_label_close(room, event), ended=True)


# --- questions


def _ask(room: Room, event: Event) -> Room:
    values, kind = event.values, str(event.values.get("kind"))
    options = values.get("options", [])
    if kind not in KINDS or len(room.questions) >= MOST_QUESTIONS or not isinstance(options, list | tuple):
        raise Problem("class_word", name="question")
    words = tuple(event_values.text({"option": one}, "option", LONGEST_TEXT) for one in options)
    low, high = (event_values.number(values, name, otherwise) for name, otherwise in (("low", 0.0), ("high", 1.0)))
    text = event_values.text(values, "text", LONGEST_TEXT)
    if (
        not text
        or not low < high
        or (kind == "choice") != (2 <= len(words) <= MOST_OPTIONS)
        or not all(words or ("x",))
    ):
        raise Problem("class_word", name="question")
    new = Question(len(room.questions) + 1, text, kind, words, low, high, event_values.yes(values, "may_change", True))
    closed = tuple(replace(one, is_open=False) for one in room.questions)
    return replace(room, questions=(*closed, new))


def _reply(room: Room, event: Event) -> Room:
    member, question = _admitted(room, event), room.question(event.values.get("question"))
    if not question.is_open:
        raise Problem("class_closed")
    if member.id in question.answers and not question.may_change:
        raise Problem("class_answered")
    value = event_values.value(event.values.get("value"))
    if not _fits(question, value):
        raise Problem("class_word", name="value")
    return _with_question(room, replace(question, answers={**question.answers, member.id: value}))


def _fits(question: Question, value: Value) -> bool:
    """Whether a value answers a question of this kind."""
    if question.kind == "choice":
        return value in range(len(question.options))
    heights = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != (question.kind == "curve"):
        return False
    return all(question.low <= one <= question.high for one in heights)


def _open_question(room: Room, event: Event) -> Room:
    question = room.question(event.values.get("question"))
    return _with_question(room, replace(question, is_open=event_values.yes(event.values, "on")))


def _show_answers(room: Room, event: Event) -> Room:
    question = room.question(event.values.get("question"))
    return _with_question(room, replace(question, is_shown=event_values.yes(event.values, "on")))


# --- labelling rounds


def _label_round(room: Room, event: Event) -> Room:
    if len(room.rounds) >= MOST_ROUNDS:
        raise Problem("class_word", name="label_round")
    closed = _label_close(room, event).rounds
    return replace(room, rounds=(*closed, labelling.begun(len(closed) + 1, event.values)))


def _label(room: Room, event: Event) -> Room:
    member, number = _admitted(room, event), event_values.whole(event.values, "round", MOST_ROUNDS)
    if number != len(room.rounds) or not room.rounds:
        raise Problem("label_over")
    *before, last = room.rounds
    return replace(room, rounds=(*before, last.labelled(member.id, member.number, event.values)))


def _label_close(room: Room, event: Event) -> Room:
    present = [one.id for one in room.present]
    return replace(room, rounds=tuple(one.closed(present) for one in room.rounds))


# --- the tray of snapshots


def _keep(room: Room, event: Event) -> Room:
    values = event.values
    if len(room.tray) >= MOST_KEPT:
        raise Problem("class_word", name="keep")
    number, note = 1 + max((one.id for one in room.tray), default=0), event_values.text(values, "note", LONGEST_TEXT)
    if question := event_values.whole(values, "question", MOST_QUESTIONS):
        room.question(question)
        return replace(room, tray=(*room.tray, Kept(number, question=question, note=note)))
    kept = Kept(
        number,
        _member(room, event).id,
        event_values.text(values, "run", LONGEST_ID),
        event_values.whole(values, "update", 10**9),
        note=note,
        error=event_values.share(values, "error"),
        twin_error=event_values.share(values, "twin_error"),
        snapshot=event_values.text(values, "snapshot", LONGEST_ID),
    )
    return replace(room, tray=(*room.tray, kept))


def _order(room: Room, event: Event) -> Room:
    """Puts the tray in this order; what the order does not name is taken out."""
    order = event.values.get("order")
    known = {one.id: one for one in room.tray}
    if not isinstance(order, list | tuple) or not all(type(one) is int for one in order):
        raise Problem("class_word", name="order")
    if len(set(order)) != len(order) or not known.keys() >= set(order):
        raise Problem("class_word", name="order")
    return replace(room, tray=tuple(known[one] for one in order))


def _note(room: Room, event: Event) -> Room:
    """Writes another note beside what is kept."""
    number, note = event.values.get("kept"), event_values.text(event.values, "text", LONGEST_TEXT)
    if number not in [one.id for one in room.tray]:
        raise Problem("class_word", name="kept")
    return replace(room, tray=tuple(replace(one, note=note) if one.id == number else one for one in room.tray))


# --- a challenge


def _challenge(room: Room, event: Event) -> Room:
    """Begins a challenge in place of the one before; every student begins a run of it, with what its rules fix
    locked."""
    values = event.values
    labels, updates = event_values.whole(values, "labels", 10**6), event_values.whole(values, "updates", MOST_UPDATES)
    data, link = event_values.text(values, "data", LONGEST_ID), _link(values)
    if not is_variant(data) or not labels or not updates or not link:
        raise Problem("class_word", name="challenge")
    number = room.challenge.number + 1 if room.challenge else 1
    lead = replace(room.lead, number=room.lead.number + 1, lesson="", link=link, step=0, seeds=False)
    lead = replace(lead, begun=lead.number, locked=FIXED, hidden=())
    return replace(room, challenge=Challenge(number, data, labels, updates), lead=lead)


def _enter(room: Room, event: Event) -> Room:
    """A member hands in a run of its own, in place of the one before."""
    member, run = _admitted(room, event), event_values.text(event.values, "run", LONGEST_ID)
    if room.challenge is None or not room.challenge.is_open:
        raise Problem("challenge_closed")
    if run not in member.runs:
        raise Problem("class_foreign")
    entries = {**room.challenge.entries, member.id: run}
    return replace(room, challenge=replace(room.challenge, entries=entries))


def _score(room: Room, event: Event) -> Room:
    """Ends a challenge. `scores`: a Score's values by the member's id."""
    scores = event.values.get("scores")
    if room.challenge is None or not room.challenge.is_open:
        raise Problem("challenge_closed")
    if not isinstance(scores, Mapping) or not scores.keys() <= room.challenge.entries.keys():
        raise Problem("class_word", name="scores")
    found = {member: score_of(one) for member, one in scores.items()}
    lead = replace(room.lead, number=room.lead.number + 1, locked=())  # everybody may try on
    return replace(room, challenge=replace(room.challenge, is_open=False, scores=found), lead=lead)


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


# --- values of events


def _member(room: Room, event: Event) -> Member:
    found = room.members.get(str(event.values.get("member")))
    if found is None or found.removed:
        raise Problem("class_member")
    return found


def _admitted(room: Room, event: Event) -> Member:
    """The member whose event this is. Raises Problem "class_member", and "class_waiting" while it waits to be
    admitted."""
    found = _member(room, event)
    if not found.admitted:
        raise Problem("class_waiting")
    return found


def _with(room: Room, member: Member) -> Room:
    return replace(room, members={**room.members, member.id: member})


def _with_question(room: Room, question: Question) -> Room:
    return replace(room, questions=tuple(question if one.id == question.id else one for one in room.questions))


def _names(values: Mapping[str, object], name: str) -> tuple[str, ...]:
    """Names of CONTROLS, each once, in order. Raises Problem "class_word"."""
    found = values.get(name, [])
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) and one in CONTROLS for one in found):
        raise Problem("class_word", name=name)
    return tuple(sorted(set(found)))


_EVENTS: dict[str, Callable[[Room, Event], Room]] = {
    "join": _join,
    "admit": _admit,
    "remove": _remove,
    "run": _run,
    "place": _place,
    "led": _led,
    "help": _help,
    "answer": _answer,
    "lead": _lead,
    "step": _step,
    "pause": _pause,
    "message": _message,
    "hide_names": _hide_names,
    "show": _show,
    "end": _end,
    "ask": _ask,
    "reply": _reply,
    "open_question": _open_question,
    "show_answers": _show_answers,
    "label_round": _label_round,
    "label": _label,
    "label_close": _label_close,
    "keep": _keep,
    "order": _order,
    "note": _note,
    "challenge": _challenge,
    "enter": _enter,
    "score": _score,
    "numbers": _numbers,
}
OF_MEMBERS = (
    "place",
    "help",
    "answer",
    "reply",
    "enter",
    "label",
)  # what a member may cause for itself; the pages' own are in OF_PAGES; all else is the teacher's
OF_PAGES = "join", "run", "led", "numbers"  # what nobody may cause by a word alone
