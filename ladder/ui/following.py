"""What the teacher of a class has set for all, as a student's tab follows it: once, also after a reload.

Session state `led` holds the number of the Lead that the tab has followed last; `shown` the run that the class was
shown last, "" for none; `came_from` the page that the tab left to see it; `language_led` the number of the last Lead
that set a language.
"""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qsl

import streamlit as st

from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.links import STRUCTURE_KEYS
from ladder.recipe.race import Race
from ladder.teaching.room import Lead, Member, Room
from ladder.ui import lessons, membership, navigation, notices, service, tab, texts

PAGE = "class"  # where a run is shown to all


def follow(page: str) -> None:
    """Does what the teacher has set since the tab followed last, where the visitor is a student who was let in; `page`
    is the page that the tab is on. Ends this run of the script where another page or language comes into view."""
    found, state = membership.student(), st.session_state
    if found is None:
        return
    room, member = found
    if "led" not in state:
        _come_back(member, page)
    if not member.admitted:
        return
    if room.lead.number > state.led:
        _take(room, member)
    _look_at(room.shown, page)


def followed() -> dict[str, object]:
    """Returns what the tab has followed, as the strip compares it with its class."""
    found, state = membership.student(), st.session_state
    is_in = found is not None and found[1].admitted
    return {"lead": state.led if is_in else 0, "shown": state.shown if is_in else "", "admitted": is_in}


def language_key() -> str:
    """Returns the key of the choice of the language. It is another widget where the teacher has set a language: the
    browser would send what the widget had before as a choice."""
    return f"language_choice{st.session_state.get('language_led', '')}"


def _come_back(member: Member, page: str) -> None:
    """A tab begins. Where its address names no setting, it comes back to the member's last run and lesson, and to their
    page."""
    state = st.session_state
    state.update(led=member.led, shown="")
    link = links.read(st.query_params.to_dict())
    if not link.bare or link.run or not member.run or not service.lab().exists(member.run):
        return
    of = "live"
    with suppress(Problem):  # the page says what is wrong with the run's file
        of = "compare" if isinstance(service.lab().recipe(member.run), Race) else "live"
    state["race_address" if of == "compare" else "live_address"] = {"v": links.VERSION, "run": member.run}
    if found := lessons.found().lesson(member.lesson, texts.language()):
        state[lessons.KEY] = member.lesson if found.setting.page == of else ""
    if (page, of) == (navigation.FIRST, "compare"):
        st.switch_page(navigation.path(of))


def _take(room: Room, member: Member) -> None:
    """Follows the teacher's lead, then ends this run of the script."""
    state, lead = st.session_state, room.lead
    begins = lead.begun > state.led
    state.led = lead.number
    if lead.language:
        state.update(language=lead.language, language_led=lead.number)
    tab.enter()
    service.classes().act(room.id, "led", {"member": member.id, "number": lead.number})
    page = _begin(lead, member.number) if begins else ""
    tab.look(replace(state.view, present=lead.present))
    if page:
        st.switch_page(navigation.path(page))
    st.rerun()


def _begin(lead: Lead, number: int) -> str:
    """Puts the run of a lead in view, for the member with this number. Returns its page, "" where the lead names
    neither a lesson nor a link."""
    seeds = {STRUCTURE_KEYS[name]: str(number) for name in ("weight_seed", "label_seed")} if lead.seeds else {}
    if lead.lesson:
        if lessons.found().lesson(lead.lesson, texts.language()) is None:
            notices.add(Problem("lesson_none", lesson=lead.lesson), navigation.FIRST)
            return navigation.FIRST
        return lessons.begin(lead.lesson, seeds)
    if lead.link:
        tab.open_link(links.read({**dict(parse_qsl(lead.link, keep_blank_values=True)), **seeds}))
        st.session_state.update({lessons.KEY: "", lessons.HELD: False})
        return navigation.FIRST
    return ""


def _look_at(shown: str, page: str) -> None:
    """Has the tab see the run that the teacher shows to all, and go back where it was when that ends."""
    state = st.session_state
    before, state.shown = state.shown, shown
    if shown and shown != before and page != PAGE:
        state.came_from = page
        st.switch_page(navigation.path(PAGE))
    if before and not shown and (back := state.pop("came_from", "")) and page == PAGE:
        st.switch_page(navigation.path(back))
