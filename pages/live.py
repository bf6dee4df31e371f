"""Train a ladder network and watch it while it trains."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from ladder import i18n
from ladder.data.datasets import DATASETS
from ladder.live.lists import Entry
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.view import COST_MODES, PRESENTED, View, mask_of, n_pages, presented
from ladder.settings import Structure
from ladder.ui import (
    address_bar,
    component,
    controls,
    lessons,
    letters,
    notices,
    run_list,
    service,
    sharing,
    tab,
    texts,
    transport,
)
from ladder.ui.fragments import act, part, take_change, take_news
from ladder.ui.widgets import chosen, defaulted, indexed, valued

HALF_LIVES = (10, 50, 200)  # updates, of the smoothing
KEYS = transport.KEYS | {"present": "F"}
PRESENTING = ("play", "reset", "seed", "restore")  # the buttons that stay while the page is shown to a class


def transport_row(now: tuple[str, str, int, bool]) -> None:
    """Draws the buttons that play, pause, step and reset the run in view, start it from other weights, and share its
    link. A run that has diverged has one more, which restores its last finite weights. While the page is shown to a
    class only PRESENTING are there, and the choice of cards. `now`: what current() returns."""
    _, status, present, _ = now
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        transport.buttons(PRESENTING if present else transport.KEYS, status)
        if present:
            presenting(present)
            return
        box = st.popover(texts.say("page.share"), icon=":material/share:", key="share", on_change="rerun")
        if box.open:  # the link is of this moment
            with box:
                share()


def presenting(present: int) -> None:
    """Draws the choice of the cards that a class is shown, of which at least one stays, and the way back."""
    st.pills(
        texts.say("page.view.present"),
        PRESENTED,
        selection_mode="multi",
        format_func=lambda name: texts.say(f"live.card.{name}.short"),
        label_visibility="collapsed",
        on_change=act,
        args=("transport", show_cards),
        **defaulted("view.present", presented(present)),
    )
    present_button("leave", "fullscreen_exit", 0)


def present_button(name: str, icon: str, mask: int) -> None:
    """Draws the button that shows the page to a class with the cards of `mask` (View.present), or ends that for 0."""
    st.button(
        texts.say(f"page.button.{name}"),
        icon=f":material/{icon}:",
        key=f"button.{name}",
        shortcut=letters.of(KEYS["present"]),
        on_click=act,
        args=("transport", present_cards, mask),
        help=texts.hint(f"page.button_help.{name}"),
    )


def present_cards(mask: int) -> None:
    """Shows the page to a class with the cards of `mask`, or as usual for 0."""
    tab.look(replace(st.session_state.view, present=mask))


def show_cards() -> None:
    """Shows a class the cards that were chosen."""
    if cards := chosen("view.present"):
        present_cards(mask_of(cards))


def current() -> tuple[str, str, int, bool]:
    """Returns the id of the run in view, its status as in Told, View.present, and whether a lesson holds the run."""
    return *transport.status(), st.session_state.view.present, lessons.held()


def share() -> None:
    """Draws the link that repeats the run in view, for others, with a warning where the link has no room for all of it,
    and a field that opens a checkpoint file. Session state `given` holds the id of the last uploaded file, so that each
    is opened once."""
    recipe, view = tab.recipe(), replace(st.session_state.view, language=texts.language())
    status = service.lab().status(st.session_state.run)
    update = status.update
    short = links.shortfall(recipe, update)
    if short:
        st.warning(i18n.problem(short, texts.language()))
    else:
        st.caption(texts.say("page.share_note", update=update))
    sharing.show("live", lambda base: links.address(base, recipe, view, update, status.computed))
    given = st.file_uploader(texts.say("page.load"), type="npz", help=texts.hint("page.load_help"))
    component.uploading(lambda: act("transport", notices.add, Problem("upload_refused"), "live"))
    if given is not None and st.session_state.get("given") != given.file_id:
        st.session_state.given = given.file_id
        notices.attempt_anew("live", lambda: tab.open_file(given.getvalue()))
        st.rerun()


def common(name: str, **values) -> dict:
    """The arguments of the widget for the View's field `name`. `values`: for its help text."""
    help_text = texts.hint(f"page.view.{name}_help", **values)
    return {"on_change": act, "args": ("view", change_view, name), "help": help_text}


def view_row(now: tuple[View, Structure]) -> None:
    """Draws the controls of the view, which change nothing in the training except its pace: the speed beside a box with
    the others and with the letters of the buttons. `now`: the tab's View, and the Structure of the run in view."""
    view, structure = now
    if view.present:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        transport.speed()
        with st.popover(texts.say("page.view.title"), icon=":material/tune:"):
            drawn(view, structure)
        present_button("present", "present_to_all", mask_of(PRESENTED))


def drawn(view: View, structure: Structure) -> None:
    """Draws the choices of what the charts and pictures show, and what the letters of the keyboard do."""
    layers, pages = range(structure.n_layers + 1), n_pages(DATASETS[structure.dataset].n_test)
    st.segmented_control(
        texts.say("page.view.costs"),
        COST_MODES,
        required=True,
        format_func=i18n.texts("page.costs", texts.language()).get,
        **defaulted("view.costs", view.costs),
        **common("costs"),
    )
    st.toggle(texts.say("page.view.log_costs"), **valued("view.log_costs", view.log_costs), **common("log_costs"))
    halves = {0: texts.say("page.view.smooth_none")}
    for half in sorted({*HALF_LIVES, view.smooth} - {0}):
        halves[half] = texts.say("page.view.smooth_of", n=half)
    st.segmented_control(
        texts.say("page.view.smooth"),
        list(halves),
        required=True,
        format_func=halves.get,
        **defaulted("view.smooth", view.smooth),
        **common("smooth"),
    )
    st.selectbox(
        texts.say("page.view.layer"),
        layers,
        **indexed("view.layer", min(view.layer, layers[-1]), layers),
        **common("layer"),
    )
    st.number_input(
        texts.say("page.view.samples"),
        1,
        pages,
        **valued("view.samples", min(view.samples, pages - 1) + 1),
        **common("samples", n=pages),
    )
    st.toggle(
        texts.say("page.keys"),
        on_change=letters.switch,
        help=texts.hint("page.keys_help"),
        **valued("letters.pressing", letters.pressing()),
    )
    st.markdown("  \n".join(f"**{letter}** — {texts.say(f'page.key.{key}')}" for key, letter in KEYS.items()))


def change_view(name: str) -> None:
    """Takes the chosen value of the View's field `name`. The page of samples is shown counted from 1, kept from 0."""
    value = chosen(f"view.{name}")
    value = value - 1 if name == "samples" else value
    tab.look(replace(st.session_state.view, **{name: value}))


def in_panel() -> tuple[str, View, Structure, list[Entry], str, bool]:
    """Returns what looked_at() does, the tab's list of runs, the name of its lesson, and whether that holds the run."""
    return *looked_at(), st.session_state.entries, st.session_state.lesson, lessons.held()


def panel(now: tuple[str, View, Structure, list[Entry], str, bool]) -> None:
    """Draws the panel with the charts and pictures of the run in view. `now`: what in_panel() returns."""
    run_id, view, structure, _, _, held = now
    view = replace(view, language=texts.language())
    keys = letters.joined(KEYS)
    rows, lesson = run_list.rows(), lessons.data("live")
    asked = take_news, take_change, take_wish, take_lesson
    component.live(run_id, view, structure, rows, tab.name(), keys, lesson, held, *asked)


def take_wish() -> None:
    """Does what a person has asked of the list of runs in the panel."""
    wish = st.session_state.live.runs
    if isinstance(wish, Mapping):
        act("panel", tab.act_on_list, wish)


def take_lesson() -> None:
    """Does what a person does in the lesson's card in the panel."""
    wish = st.session_state.live.lesson
    if isinstance(wish, Mapping):
        act("panel", lessons.act, wish, st.session_state.run)


def looked_at() -> tuple[str, View, Structure]:
    """Returns the id of the run in view, this tab's View, and the run's Structure. Raises those of Lab.recipe."""
    return st.session_state.run, st.session_state.view, tab.recipe().structure


lessons.complete("live")
tab.enter()
lessons.enter("live")
sharing.tell()
notices.gather(st.session_state.run, "live")
part("notices", lambda: notices.told("live"), lambda _: notices.show_notices("live"))
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="transport_row"):
    part("transport", current, transport_row)
    part("view", lambda: looked_at()[1:], view_row)
controls.sidebar()
part("panel", in_panel, panel)
address_bar.keep_address()
