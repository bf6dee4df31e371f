"""A class: joining it, what it keeps of a student, and the teacher's page."""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.view import View
from ladder.server import reach
from ladder.settings import Recipe
from ladder.teaching.room import Member, Room
from ladder.ui import address_bar, class_teacher, component, membership, notices, service, texts


def door() -> None:
    """Draws the forms for a visitor who is in no class."""
    code = st.query_params.get(reach.CODE_KEY, "")
    if not code:  # which a reload needs
        address_bar.keep_tab()
    st.markdown(texts.say("student.about"))
    st.caption(texts.say("student.about_kept"))
    after = st.session_state.get("live_address") or {"v": links.VERSION, "lang": texts.language()}
    replica = service.classes().replica
    component.class_door(["join", "teach"], code[:20], urlencode(after), texts.language(), replica)


def student(room: Room, member: Member) -> None:
    """Draws what a student's class is, and the way out of it."""
    address_bar.keep_tab()
    if room.shown and member.admitted:
        shown(room)
    st.subheader(texts.say("page.class.title"), anchor=False)
    st.text(" · ".join(filter(None, (room.name, member.name))))  # never as Markdown: they are what somebody wrote
    if not member.admitted:
        st.info(texts.say("student.waiting"), icon=":material/hourglass_empty:")
    st.caption(f"{texts.say('student.about_kept')} {texts.say('student.leave_note')}")
    component.class_door(["leave"], "", "", texts.language())


def shown(room: Room) -> None:
    """Draws the run that the teacher shows to all, which nobody steers here. A Problem becomes a sentence."""
    owner = room.owner_of(room.shown)
    title = texts.say("student.shown")
    if owner and not room.names_hidden:
        title = texts.say("student.shown_of", name=owner.name)
    kept = next((one for one in room.tray if one.snapshot == room.shown), None)
    if kept:
        title += texts.say("student.shown_at", update=kept.update)
    try:
        membership.check_read(room.shown)
        recipe = service.lab().recipe(room.shown)
    except Problem as problem:
        return notices.warn(problem)
    if isinstance(recipe, Recipe):
        view = replace(st.session_state.get("view", View()), language=texts.language())
        component.watch(room.shown, recipe.structure, view, title)


def main() -> None:
    """Draws the page."""
    if membership.is_teacher():
        class_teacher.draw()
    elif found := membership.student():
        student(*found)
    else:
        door()


main()
