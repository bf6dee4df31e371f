"""Train two to six models on equal terms, and see what the ladder does that the others do not."""

import streamlit as st

from ladder import i18n
from ladder.datasets import DATASETS
from ladder.ui import arena, component, service, visit

KEYS = {"play": "P", "step": "S", "reset": "Z"}
STEP = 50  # updates: to the next measurement


def transport(status: str) -> None:
    """Play, step, reset, and keep the curves."""
    playing = status in ("playing", "replaying")
    lab, run_id = service.lab(), st.session_state.race
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
                on_click=lambda name=name, arguments=arguments: command(lab, run_id, name, arguments),
                disabled=status in ("diverged", "failed") and key != "reset",
            )  # fmt: skip
        st.button(
            visit.say("compare.pin_button"), icon=":material/push_pin:", key="race.button.pin", on_click=arena.pin,
            help=visit.say("compare.pin_help"),
        )  # fmt: skip
        with st.popover(visit.say("page.share"), icon=":material/share:"):
            share()


def command(lab, run_id: str, name: str, arguments: tuple) -> None:
    """Do it, and wait a moment for the answer, so that the buttons show it."""
    old = lab.status(run_id)
    getattr(lab, name)(run_id, *arguments)
    before = old["status"], old["update"]
    lab.wait(run_id, lambda told: (told["status"], told["update"]) != before, visit.ANSWER_SECONDS)


def share() -> None:
    """The link that repeats this comparison."""
    update = service.lab().status(st.session_state.race)["update"]
    base = (st.context.url or "http://localhost:8501/compare").split("?")[0]
    st.caption(visit.say("page.share_note", update=update))
    st.code(arena.address(base, update), language=None, wrap_lines=True)


def pinned() -> None:
    """The kept races: what differs between them; choosing one brings it back."""
    if not st.session_state.pins:
        return
    st.subheader(visit.say("compare.pins"), help=visit.say("compare.pins_help"))
    chosen = st.dataframe(
        arena.pin_table(), hide_index=True, on_select="rerun", selection_mode="single-row", key="race.pins"
    )
    rows = chosen.selection.rows
    with st.container(horizontal=True):
        ready = bool(rows) and rows[0] < len(st.session_state.pins)
        if st.button(visit.say("compare.restore"), disabled=not ready, icon=":material/undo:"):
            arena.attempt(lambda: arena.start(st.session_state.pins[rows[0]]["race"]))
            st.rerun()
        if st.button(visit.say("compare.unpin"), icon=":material/delete:"):
            st.session_state.pins = []
            st.rerun()


arena.enter()
race = arena.current()
for notice in st.session_state.race_notices:
    st.warning(i18n.problem(notice, visit.language()), icon=":material/info:")
transport(service.lab().status(st.session_state.race)["status"])
arena.sidebar()
notes = [
    visit.say(f"choice.{one.classify}") if "classify" in arena.OPTIONS[one.model] else "" for one in race.contestants
]
info = DATASETS[race.structure.dataset]
component.race(st.session_state.race, arena.names(race), notes, arena.pins_for_panel(), visit.language(), info)
pinned()
arena.keep_address()
