"""The class of a visitor: who the browser is, and the rules of its class at what the pages do."""

from collections.abc import Iterable

import streamlit as st

from ladder.server.browsers import STUDENT, TEACHER, from_cookies
from ladder.teaching.classes import Browser
from ladder.teaching.classroom import Lead, Member, Room
from ladder.ui import service


def browser() -> Browser:
    """Returns by what a class knows the visitor's browser."""
    found = {name: st.context.cookies.get(name) for name in (STUDENT, TEACHER)}
    return from_cookies({name: word for name, word in found.items() if isinstance(word, str)})


def student() -> tuple[Room, Member] | None:
    """Returns the class of the visitor and the member in it, None for everybody else."""
    return service.classes().student(browser().student)


def lead() -> Lead:
    """Returns what the teacher has set for the visitor, where it is a student who was let in; else a Lead that sets
    nothing."""
    found = student()
    return found[0].lead if found and found[1].admitted else Lead()


def is_teacher() -> bool:
    """Returns whether the visitor is a teacher of this server."""
    return service.classes().is_teacher(browser().teacher)


def check_read(run_id: str) -> None:
    """Raises Problem "class_foreign" where the visitor may not look at a run (Classes.check_read)."""
    service.classes().check_read(browser(), run_id)


def check_steer(run_id: str, names: Iterable[str] = ()) -> None:
    """Raises Problem where the visitor may not command a run, or change its choices `names` (Classes.check_steer)."""
    service.classes().check_steer(browser(), run_id, names)


def claim(run_id: str) -> None:
    """Makes a run the visitor's own where it is a student. Raises Problem "class_disk"."""
    found = student()
    if found is not None and run_id not in found[1].runs:
        room, member = found
        service.classes().act(room.id, "run", {"member": member.id, "run": run_id})
