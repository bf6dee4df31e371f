"""Train two to six models on equal terms, and see what the ladder does that the others do not."""

import streamlit as st

from ladder import i18n, portraits
from ladder.datasets import DATASETS
from ladder.playing import ACTIVE
from ladder.portraits import STUDY_NAMES
from ladder.ui import arena, component, seeds, service, visit
from ladder.ui.held import chosen, indexed

KEYS = {"play": "P", "step": "S", "reset": "Z"}
STEP = 50  # updates: to the next measurement
LOOK_SECONDS = 5  # between two looks inside while it trains


def transport(status: str) -> None:
    """Play, step, reset, and keep the curves."""
    playing = status in ACTIVE
    action = "pause" if playing else "play"
    buttons = {
        "play": (visit.say(f"page.button.{action}"), "pause" if playing else "play_arrow", action, ()),
        "step": (visit.say("compare.step", n=STEP), "skip_next", "step", (STEP,)),
        "reset": (visit.say("page.button.reset"), "restart_alt", "reset", ()),
    }
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, (label, icon, name, arguments) in buttons.items():
            st.button(
                label, icon=f":material/{icon}:", key=f"race.button.{key}", shortcut=KEYS[key],
                type="primary" if key == "play" else "secondary",
                on_click=visit.ask, args=(st.session_state.race, name, *arguments),
                disabled=status in ("diverged", "failed", "finished") and key != "reset",
            )  # fmt: skip
        st.button(
            visit.say("compare.pin_button"), icon=":material/push_pin:", key="race.button.pin", on_click=arena.pin,
            help=visit.say("compare.pin_help"),
        )  # fmt: skip
        with st.popover(visit.say("page.share"), icon=":material/share:"):
            share()


def share() -> None:
    """The link that repeats this comparison."""
    update = service.lab().status(st.session_state.race)["update"]
    st.caption(visit.say("page.share_note", update=update))
    visit.show_link(arena.address(visit.base_address("compare"), update))


def about_article(race) -> None:
    """Where the race is a well-known article's network: how it differs from the real thing, its losses beside ours."""
    name = arena.article(race)
    if name is None:
        return
    st.info(f"{visit.say(f'seed.{name}.help')}\n\n{visit.say(f'seed.{name}.differs')}", icon=":material/article:")
    rows = arena.epochs(race, name)
    if rows:
        st.dataframe(rows, hide_index=True, key="race.article")


def pinned() -> None:
    """The kept races: what differs between them; choosing one brings it back."""
    if not st.session_state.pins:
        return
    st.subheader(visit.say("compare.pins"), help=visit.say("compare.pins_help"))
    st.dataframe(
        arena.pin_table(), hide_index=True, on_select=arena.restore, selection_mode="single-row", key=arena.pins_key(),
    )  # fmt: skip
    if st.button(visit.say("compare.unpin"), icon=":material/delete:"):
        st.session_state.pins = []
        st.rerun()


def look_inside(playing: bool) -> None:
    """A study of all contestants, repeated as the training goes on."""
    st.subheader(visit.say("compare.look.title"), help=visit.say("compare.look.help"), divider="gray")
    name = st.selectbox(
        visit.say("compare.look.choice"), list(STUDY_NAMES),
        format_func={one: visit.say(f"study.{one}.title") for one in STUDY_NAMES}.get,
        on_change=lambda: st.session_state.update(study=chosen("race.study")),
        **indexed("race.study", st.session_state.get("study", STUDY_NAMES[0]), STUDY_NAMES),
    )  # fmt: skip
    st.caption(visit.say(f"study.{name}.help"))
    st.fragment(draw_study, run_every=LOOK_SECONDS if playing else None)(name)


def draw_study(name: str) -> None:
    """Ask the worker, and draw what it answers."""
    race = arena.current()
    with st.spinner(visit.say("compare.look.waiting")):
        answer = service.lab().study(st.session_state.race, name)
    if answer is None:
        st.info(visit.say("compare.look.late"))
        return
    header, arrays = answer
    if not any(key[0].isdigit() for key in arrays):
        st.info(visit.say("compare.look.nobody"))
        return
    st.caption(visit.say("compare.look.at", update=header["update"]))
    info = DATASETS[race.structure.dataset]
    frame = portraits.Frame(
        tuple(arena.names(race)), info.class_names, info.image_shape, st.context.theme.type or "light",
        i18n.texts(f"study.{name}", visit.language()),
    )  # fmt: skip
    figure = portraits.portrait(name, arrays, frame)
    with st.container(key="side_by_side" if name in portraits.SIDE_BY_SIDE else None):
        st.plotly_chart(figure, key="race.portrait", config={"displayModeBar": False})


arena.enter()
race = arena.current()
visit.gather(st.session_state.race, "race")
visit.show_notices("race")
status = service.lab().status(st.session_state.race)["status"]
transport(status)
arena.sidebar()
notes = [
    visit.say(f"choice.{one.classify}") if "classify" in arena.OPTIONS[one.model] else "" for one in race.contestants
]
info = DATASETS[race.structure.dataset]
component.race(
    st.session_state.race, arena.names(race), notes, arena.pins_for_panel(), visit.language(), info,
    "".join(KEYS.values()),
)  # fmt: skip
about_article(race)
pinned()
look_inside(status in ACTIVE)
seeds.section(race)
arena.keep_address()
