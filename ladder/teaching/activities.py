"""What a class is asked to do, event by event: questions, labelling rounds, drawn samples, the tray of
snapshots, and a challenge.

Each function returns the class after an event, and raises Problem as classroom.after says.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from ladder.data import drawn
from ladder.problems import Problem
from ladder.settings import is_variant
from ladder.teaching import event_values, labelling
from ladder.teaching.challenge import FIXED, MOST_UPDATES, Challenge, score_of
from ladder.teaching.event_values import LONGEST_ID, LONGEST_TEXT, Value
from ladder.teaching.room import Event, HandedOver, Kept, Question, Room

MOST_OPTIONS, MOST_QUESTIONS, MOST_KEPT = 8, 100, 60
MOST_ROUNDS = 20  # of labelling
MOST_TIMES = 20  # that a member hands drawn samples over
KINDS = "choice", "number", "curve"  # of questions


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
    member, question = room.admitted(event), room.question(event.values.get("question"))
    if not question.is_open:
        raise Problem("class_closed")
    if member.id in question.answers and not question.may_change:
        raise Problem("class_answered")
    value = event_values.value(event.values.get("value"))
    if not _fits(question, value):
        raise Problem("class_word", name="value")
    return room.with_question(replace(question, answers={**question.answers, member.id: value}))


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
    return room.with_question(replace(question, is_open=event_values.yes(event.values, "on")))


def _show_answers(room: Room, event: Event) -> Room:
    question = room.question(event.values.get("question"))
    return room.with_question(replace(question, is_shown=event_values.yes(event.values, "on")))


# --- labelling rounds


def _label_round(room: Room, event: Event) -> Room:
    if len(room.rounds) >= MOST_ROUNDS:
        raise Problem("class_word", name="label_round")
    closed = label_close(room, event).rounds
    return replace(room, rounds=(*closed, labelling.begun(len(closed) + 1, event.values)))


def _label(room: Room, event: Event) -> Room:
    member, number = room.admitted(event), event_values.whole(event.values, "round", MOST_ROUNDS)
    if number != len(room.rounds) or not room.rounds:
        raise Problem("label_over")
    *before, last = room.rounds
    return replace(room, rounds=(*before, last.labelled(member.id, member.number, event.values)))


def label_close(room: Room, event: Event) -> Room:
    """Returns the class with its labelling rounds closed, and in each the labels of those who are still there."""
    present = [one.id for one in room.present]
    return replace(room, rounds=tuple(one.closed(present) for one in room.rounds))


# --- drawn samples


def _drawn(room: Room, event: Event) -> Room:
    """A member hands over drawn samples, in place of those before."""
    member, samples = room.admitted(event), event.values.get("samples")
    drawn.parsed(samples)
    times = 1 + (room.drawn[member.id].times if member.id in room.drawn else 0)
    if times > MOST_TIMES:
        raise Problem("drawn_often", high=MOST_TIMES)
    return replace(room, drawn={**room.drawn, member.id: HandedOver(cast(Mapping[str, object], samples), times)})


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
        room.member(event).id,
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
    data, link = event_values.text(values, "data", LONGEST_ID), event_values.link(values)
    if not is_variant(data) or not labels or not updates or not link:
        raise Problem("class_word", name="challenge")
    number = room.challenge.number + 1 if room.challenge else 1
    lead = replace(room.lead, number=room.lead.number + 1, lesson="", link=link, step=0, seeds=False)
    lead = replace(lead, begun=lead.number, locked=FIXED, hidden=())
    return replace(room, challenge=Challenge(number, data, labels, updates), lead=lead)


def _enter(room: Room, event: Event) -> Room:
    """A member hands in a run of its own, in place of the one before."""
    member, run = room.admitted(event), event_values.text(event.values, "run", LONGEST_ID)
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


EVENTS: Mapping[str, Callable[[Room, Event], Room]] = {
    "ask": _ask,
    "reply": _reply,
    "open_question": _open_question,
    "show_answers": _show_answers,
    "label_round": _label_round,
    "label": _label,
    "label_close": label_close,
    "drawn": _drawn,
    "keep": _keep,
    "order": _order,
    "note": _note,
    "challenge": _challenge,
    "enter": _enter,
    "score": _score,
}
