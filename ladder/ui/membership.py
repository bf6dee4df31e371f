"""The class of a visitor: who the browser is, and the rules of its class at what the pages do."""

from collections.abc import Iterable, Mapping

import streamlit as st

from ladder.experiments.axes import Settings, changed
from ladder.experiments.server import Work
from ladder.live.lab import PREPARED_UPDATES
from ladder.problems import Problem
from ladder.recipe.defaults import moved
from ladder.recipe.race import Race
from ladder.server.browsers import STUDENT, TEACHER, from_cookies
from ladder.settings import Recipe
from ladder.teaching.classes import Browser
from ladder.teaching.room import Lead, Member, Room
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


def is_others(run_id: str) -> bool:
    """Returns whether a run is another student's, or a snapshot that a teacher has kept (Classes.is_others)."""
    return service.classes().is_others(browser(), run_id)


def check_steer(run_id: str, names: Iterable[str] = ()) -> None:
    """Raises Problem where the visitor may not command a run, or change its choices `names` (Classes.check_steer)."""
    service.classes().check_steer(browser(), run_id, names)


def check_start(recipe: Recipe | Race, until: int, playing: bool, but: str) -> None:
    """Raises Problem where the visitor may not begin a run or a comparison that first trains to update `until` and then
    may play: those of Limits. `but`: the run that it takes the place of, "" for none. What trains no longer than the
    prepared run may always begin."""
    found, who = service.classes(), browser()
    check_network(recipe)
    target = recipe.live.n_updates if isinstance(recipe, Race) else recipe.latest.n_updates
    found.check_updates(who, max(until, target))
    if playing or until > PREPARED_UPDATES:
        found.check_training(who, service.lab().trains, {but})


def check_network(recipe: Recipe | Race) -> None:
    """Raises Problem where the networks of a run or a comparison are too large for the visitor (Limits)."""
    n_networks = len(recipe.contestants) if isinstance(recipe, Race) else 1
    service.classes().check_network(browser(), recipe.structure, n_networks)


def check_train(run_id: str, n_updates: int = 1) -> None:
    """Raises Problem where the visitor may not have a run train for so many more updates: those of Limits."""
    found, who = service.classes(), browser()
    found.check_updates(who, service.lab().status(run_id).update + n_updates)
    found.check_training(who, service.lab().trains, {run_id})


def asker() -> str:
    """Returns the name by which Jobs knows the visitor: that of a student, who has it in all its tabs, or that of the
    tab for everybody else and for a teacher."""
    found = None if is_teacher() else student()
    return service.asker_of(found[1]) if found else service.session()


def may_change_data() -> bool:
    """Returns whether the visitor may add and delete data of its own: on a server with a class, its teacher alone."""
    return not service.classes().is_open or is_teacher()


def check_own_data() -> None:
    """Raises Problem "own_teacher" where the visitor may not add and delete data."""
    if not may_change_data():
        raise Problem("own_teacher")


def check_size(work: Work) -> None:
    """Raises Problem where a sweep or a search is too large for the visitor (Limits)."""
    service.classes().check_size(browser(), work.size)


def start_job(work: Work) -> None:
    """Starts a sweep or a search for the visitor, or joins the one that there is (Jobs.start). Raises Problem as
    check_size and Jobs.start do, and "limit_jobs" where the visitor wants as many others as it may."""
    check_size(work)
    found, who = service.classes(), browser()
    service.jobs().start(work, asker(), lambda n_others: found.check_jobs(who, n_others))


def check_change(run_id: str, values: Mapping[str, object]) -> None:
    """Raises Problem where the visitor may not give a run these live choices: those of Classes.check_change."""
    service.classes().check_change(browser(), run_id, values)


def check_choices(run_id: str, now: Recipe | Race, then: Recipe | Race) -> None:
    """Raises Problem where the visitor may not take a run from the last choices of `now` to those of `then`: those of
    Classes.check_steer, such as "class_locked" where a locked choice is another then (defaults.moved)."""
    check_steer(run_id, moved(now.structure, now.latest, then.structure, then.latest))


def check_design(before: Settings, after: Settings) -> None:
    """Raises Problem where the visitor may not go from one description of many runs to another: those of
    Classes.check_steer, such as "class_locked" where they differ in a locked choice. Each is (axis, its value or
    values) pairs."""
    check_steer("", changed(before, after))


def claim(run_id: str) -> None:
    """Makes a run the visitor's own where it is a student. Raises Problem "class_disk"."""
    found = student()
    if found is not None and run_id not in found[1].runs:
        room, member = found
        service.classes().act(room.id, "run", {"member": member.id, "run": run_id})
