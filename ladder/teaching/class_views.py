"""What each side of a class is sent: a student what concerns it, the teacher all. Plain JSON values."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from ladder.teaching import label_views
from ladder.teaching.challenge import Challenge
from ladder.teaching.room import Lead, Member, Question, Room

HERE_SECONDS = 20.0  # since a member was last seen, for which it counts as there
STUCK_SECONDS = 300.0  # at one step of a lesson, after which a member counts as stuck


def of_student(room: Room, member: Member, now: float) -> dict[str, object]:
    """Returns what a member's browser is sent. Of the others it has no names and no runs, and answers to a question
    only where the teacher shows them, without names; before it is admitted, nothing that the teacher has set, said,
    asked or shown but the pause. `now`: the server's time, by which the browser counts the pause down."""
    own = asdict(member) | {"answers": [[*which, value] for which, value in member.answers.items()]}
    del own["key"], own["compared"]
    if not member.admitted:
        room = replace(room, lead=Lead(), message="", messages=0, questions=(), shown="", challenge=None)
    shown = room.owner_of(room.shown)
    return {
        "kind": "class",
        "role": "student",
        "name": room.name,
        "ended": room.ended,
        "now": now,
        "me": own,
        "lead": asdict(room.lead),
        "paused_until": room.paused_until,
        "message": room.message,
        "messages": room.messages,
        "question": _question(room.questions[-1], member) if room.questions else None,
        "shown": room.shown,
        "shown_name": shown.name if shown and not room.names_hidden else "",
        "labelling": label_views.of_student(room, member),
        "challenge": _challenge(room.challenge, member) if room.challenge else None,
    }


def _challenge(challenge: Challenge, member: Member) -> dict[str, object]:
    """What a member is sent of a challenge: its own run and score, and all scores from the best on, without names."""
    scores = sorted(challenge.scores.values(), key=lambda one: one.error)
    mine = challenge.scores.get(member.id)
    return {
        "number": challenge.number,
        "labels": challenge.labels,
        "updates": challenge.updates,
        "is_open": challenge.is_open,
        "entered": challenge.entries.get(member.id, ""),
        "mine": asdict(mine) if mine else None,
        "errors": [one.error for one in scores],
    }


def _question(question: Question, member: Member) -> dict[str, object]:
    found = asdict(question) | {"mine": question.answers.get(member.id), "n_answers": len(question.answers)}
    found["answers"] = sorted(question.answers.values(), key=str) if question.is_shown else []
    return found


def is_here(member: str, seen: Mapping[str, float], now: float) -> bool:
    """Returns whether the member with this id counts as there. `seen`: when each member was last there, by its id."""
    return now - seen.get(member, 0.0) < HERE_SECONDS


def recorded(room: Room) -> dict[str, dict[str, object]]:
    """Returns by run what the class has noted last of the runs in its members' view, with the status "recorded" and
    what the board shows of a run: its update and its last test errors."""
    return {
        run: {"update": update, "status": "recorded", "error": error, "twin_error": twin_error}
        for run, (update, error, twin_error) in room.numbers.items()
    }


def of_past(room: Room, code: str, at: float) -> dict[str, object]:
    """Returns what the teacher's browser is sent of a class as it was at a moment, in seconds since 1970: of_teacher,
    with `runs`, the numbers that were noted."""
    seen = {member: at for member in room.members if member not in room.away}
    return of_teacher(room, code, seen, at) | {"runs": recorded(room)}


def of_teacher(room: Room, code: str, seen: Mapping[str, float], now: float) -> dict[str, object]:
    """Returns what the teacher's browser is sent: all of the class but keys. `code`: by which students join. `seen`:
    when each member was last there, by its id."""
    members = [_member(one, room.lead, seen, now) for one in room.members.values() if not one.removed]
    return {
        "kind": "class",
        "role": "teacher",
        "id": room.id,
        "name": room.name,
        "code": code,
        "ended": room.ended,
        "example": room.example,
        "approve": room.approve,
        "now": now,
        "members": sorted(members, key=_urgency),
        "lead": asdict(room.lead),
        "paused_until": room.paused_until,
        "message": room.message,
        "messages": room.messages,
        "names_hidden": room.names_hidden,
        "questions": [asdict(one) for one in room.questions],
        "tray": [asdict(one) for one in room.tray],
        "shown": room.shown,
        "challenge": asdict(room.challenge) if room.challenge else None,
        "labelling": label_views.of_teacher(room),
    }


def _member(member: Member, lead: Lead, seen: Mapping[str, float], now: float) -> dict[str, object]:
    answers = [[*which, value] for which, value in member.answers.items()]
    here = is_here(member.id, seen, now)
    held = lead.pace == "together" and member.lesson == lead.lesson and member.step >= lead.step  # by the teacher
    stuck = bool(member.lesson) and not held and now - member.since > STUCK_SECONDS
    found = asdict(member) | {"answers": answers, "here": here, "stuck": stuck}
    del found["key"], found["compared"]
    return found


def _urgency(member: Mapping[str, object]) -> tuple[object, ...]:
    """Those who wait to be admitted come first, then those who asked for help, the longest waiting at the top, then
    those who are there and stuck, then the others as they joined."""
    stuck = member["stuck"] and member["here"]
    return member["admitted"], not member["needs_help"], member["asked_at"], not stuck, member["number"]
