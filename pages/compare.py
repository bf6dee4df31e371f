"""Train two to six models on equal terms, and see what the ladder does that the others do not."""

from collections.abc import Mapping

import streamlit as st

from ladder import i18n
from ladder.analysis import figures
from ladder.analysis.figures import STUDY_NAMES
from ladder.data.datasets import DATASETS
from ladder.live.history import EVAL_EVERY
from ladder.live.told import ACTIVE
from ladder.problems import Problem
from ladder.recipe import links
from ladder.ui import (
    compare,
    compare_pins,
    compare_seeds,
    component,
    lessons,
    letters,
    notices,
    service,
    sharing,
    still_charts,
    tab,
    texts,
)
from ladder.ui.widgets import chosen, indexed

KEYS = {"play": "P", "step": "S", "reset": "Z"}
STEP = EVAL_EVERY  # updates: to the next measurement
LOOK_SECONDS = 5  # between two looks inside while it trains


def transport(status: str) -> None:
    """Draws the buttons that play, pause, step and reset the race in view, pin its curves, and share its link.
    `status`: as in Told. It cannot be played while a lesson waits for a prediction."""
    playing = status in ACTIVE
    waits = lessons.held("compare") and not playing
    action = "pause" if playing else "play"
    buttons = {
        "play": (texts.say(f"page.button.{action}"), "pause" if playing else "play_arrow", action, ()),
        "step": (texts.say("compare.step", n=STEP), "skip_next", "step", (STEP,)),
        "reset": (texts.say("page.button.reset"), "restart_alt", "reset", ()),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, (label, icon, name, arguments) in buttons.items():
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"race.button.{key}",
                shortcut=letters.of(KEYS[key]),
                type="primary" if key == "play" else "secondary",
                on_click=compare.ask,
                args=(name, *arguments),
                disabled=(waits or status in ("diverged", "failed", "finished")) and key != "reset",
                help=texts.hint("live.lesson.first") if waits and key != "reset" else None,
            )
        st.button(
            texts.say("compare.pin_button"),
            icon=":material/push_pin:",
            key="race.button.pin",
            on_click=compare_pins.pin,
            help=texts.hint("compare.pin_help"),
        )
        box = st.popover(texts.say("page.share"), icon=":material/share:", key="race.share", on_change="rerun")
        if box.open:  # the link is of this moment
            with box:
                share()


def share() -> None:
    """Draws the link that repeats the race in view up to its present update, or as far as a link goes."""
    update = min(service.lab().status(st.session_state.race).update, links.MAX_AT)
    st.caption(texts.say("page.share_note", update=update))
    sharing.show("compare", lambda base: compare.address(base, update))


def about_article(race) -> None:
    """For a race with a well-known article's network, draws what the article is and what it lacks, and its losses
    beside those of this run. Draws nothing for other races."""
    name = compare.article_of(race)
    if name is None:
        return
    st.info(f"{texts.say(f'article.{name}.help')}\n\n{texts.say(f'article.{name}.differs')}", icon=":material/article:")
    rows = compare.epochs(race, name)
    if rows:
        st.dataframe(rows, hide_index=True, key="race.article")


def pinned() -> None:
    """Draws the table of the pinned races with the settings in which they differ, and a button that removes all pins.
    Choosing a row brings its race back. Draws nothing without pins."""
    if not st.session_state.pins:
        return
    st.subheader(texts.say("compare.pins"), help=texts.hint("compare.pins_help"))
    st.dataframe(
        compare_pins.pin_table(),
        hide_index=True,
        on_select=compare_pins.restore,
        selection_mode="single-row",
        key=compare_pins.pins_key(),
    )
    st.button(texts.say("compare.unpin"), icon=":material/delete:", on_click=compare_pins.unpin_all)


def look_inside(playing: bool) -> None:
    """Draws the choice of a study of all contestants, which is kept in session state `study`, and the study. While the
    race trains (`playing`), the study is repeated every LOOK_SECONDS."""
    st.subheader(texts.say("compare.look.title"), help=texts.hint("compare.look.help"), divider="gray")
    name = st.selectbox(
        texts.say("compare.look.choice"),
        list(STUDY_NAMES),
        format_func={one: texts.say(f"study.{one}.title") for one in STUDY_NAMES}.get,
        on_change=lambda: st.session_state.update(study=chosen("race.study")),
        **indexed("race.study", st.session_state.get("study", STUDY_NAMES[0]), STUDY_NAMES),
    )
    st.caption(texts.say(f"study.{name}.help"))
    st.fragment(draw_study, run_every=LOOK_SECONDS if playing else None)(name)


def draw_study(name: str) -> None:
    """Waits for the study `name` of the race in view, and draws its figure. Draws a sentence instead where there is a
    Problem, no answer in time, or no contestant that the study concerns."""
    race = compare.current()
    try:
        with st.spinner(texts.say("compare.look.waiting")):
            answer = service.lab().study(st.session_state.race, name)
    except Problem as problem:
        notices.warn(problem)
        return
    if answer is None:
        st.info(texts.say("compare.look.late"))
        return
    header, arrays = answer
    if not any(key[0].isdigit() for key in arrays):
        st.info(texts.say("compare.look.nobody"))
        return
    st.caption(texts.say("compare.look.at", update=header["update"]))
    dataset = race.structure.dataset
    frame = figures.Frame(
        tuple(compare.names(race)),
        texts.class_names(dataset, texts.language()),
        DATASETS[dataset].image_shape,
        st.context.theme.type or "light",
        i18n.texts(f"study.{name}", texts.language()),
    )
    figure = figures.portrait(name, arrays, frame)
    with st.container(key="side_by_side" if name in figures.SIDE_BY_SIDE else None):
        still_charts.draw(figure, "race.portrait")


def take_lesson() -> None:
    """Does what a person does in the lesson's card in the panel."""
    wish = st.session_state.race_panel.lesson
    if isinstance(wish, Mapping):
        lessons.act(wish, st.session_state.race)


lessons.complete("compare")
compare.enter()
compare_pins.enter()
lessons.enter("compare")
race = compare.current()
notices.gather(st.session_state.race, "race")
notices.show_notices("race")
status = service.lab().status(st.session_state.race).status
transport(status)
compare.sidebar()
component.race(
    st.session_state.race,
    race,
    compare.names(race),
    compare.notes(race),
    compare_pins.pins_for_panel(),
    texts.language(),
    tab.name(),
    letters.joined(KEYS),
    lessons.data("compare"),
    lessons.held("compare"),
    take_lesson,
)
about_article(race)
pinned()
with st.container(key="compare_inside"):  # a lesson points at it by this key, and at the next
    look_inside(status in ACTIVE)
with st.container(key="compare_seeds"):
    compare_seeds.section(race)
lesson = lessons.current("compare")
compare.keep_address(lesson.name if lesson else "")
