"""Train a ladder network and watch it answer."""

import math
from dataclasses import replace

import streamlit as st

from ladder import i18n, links
from ladder.datasets import DATASETS
from ladder.problems import Problem
from ladder.settings import Structure, knobs
from ladder.ui import component, controls, service, visit
from ladder.ui.held import chosen, defaulted, indexed, valued
from ladder.view import COST_MODES, n_pages

PACES = (100, 30, 10, 1)  # updates per second at most
KEYS = {"play": "P", "step": "S", "epoch": "E", "reset": "Z", "seed": "N", "restore": "B"}


def transport(recipe, status: str) -> None:
    """Play, step, reset: what is done to the run as it is."""
    info = DATASETS[recipe.structure.dataset]
    epoch = math.ceil(info.n_train / visit.live().batch_size)
    play = "play", "play_arrow", lambda: visit.command("play")
    if status in ("playing", "replaying"):
        play = "pause", "pause", lambda: visit.command("pause")
    elif status == "finished":
        play = "go_on", "play_arrow", visit.go_on
    buttons = {
        "play": play,
        "step": ("step", "skip_next", lambda: visit.command("step", 1)),
        "epoch": ("epoch", "fast_forward", lambda: visit.command("step", epoch)),
        "reset": ("reset", "restart_alt", lambda: visit.command("reset")),
        "seed": ("seed", "casino", new_seed),
    }
    stuck = status == "diverged"
    if stuck:
        buttons["restore"] = ("restore", "undo", lambda: visit.command("restore"))
    with st.container(horizontal=True, vertical_alignment="center"):
        for key, (name, icon, act) in buttons.items():
            st.button(
                visit.say(f"page.button.{name}"), icon=f":material/{icon}:", key=f"button.{key}", on_click=act,
                shortcut=KEYS[key], type="primary" if key in ("play", "restore") else "secondary",
                help=visit.say(f"page.button_help.{name}"), disabled=stuck and key in ("play", "step", "epoch"),
            )  # fmt: skip
        with st.popover(visit.say("page.share"), icon=":material/share:"):
            share(recipe)
        with st.popover(visit.say("page.keys"), icon=":material/keyboard:"):
            for key, letter in KEYS.items():
                st.markdown(f"**{letter}** — {visit.say(f'page.key.{key}')}")


def new_seed() -> None:
    """The same choices from other initial weights."""
    structure, knob = visit.recipe().structure, knobs(Structure)["weight_seed"]
    visit.restructure(replace(structure, weight_seed=(structure.weight_seed + 1) % (int(knob.high) + 1)))


def share(recipe) -> None:
    """The link that repeats this run, and the way back from a checkpoint."""
    view = replace(st.session_state.view, language=visit.language())
    update = service.lab().status(st.session_state.run)["update"]
    base = visit.base_address()
    short = links.shortfall(recipe, update)
    if short:
        st.warning(i18n.problem(short, visit.language()))
    else:
        st.caption(visit.say("page.share_note", update=update))
    visit.show_link(links.address(base, recipe, view, update))
    given = st.file_uploader(visit.say("page.load"), type="npz", help=visit.say("page.load_help"))
    if given is not None and st.session_state.get("given") != given.file_id:
        st.session_state.given = given.file_id
        visit.attempt(lambda: visit.open_run(service.lab().load(given.getvalue())))
        st.rerun()


def view_row(recipe) -> None:
    """What is looked at; none of it touches the training."""
    view, layers = st.session_state.view, range(recipe.structure.n_layers + 1)
    pages = n_pages(DATASETS[recipe.structure.dataset].n_test)
    paces = {0: visit.say("page.view.pace_full")}
    for pace in sorted({*PACES, view.pace} - {0}, reverse=True):
        paces[pace] = visit.say("page.view.pace_of", pace=pace)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            visit.say("page.view.pace"), list(paces), on_change=change_view, args=("pace",), required=True,
            format_func=paces.get, help=visit.say("page.view.pace_help"), **defaulted("view.pace", view.pace),
        )  # fmt: skip
        st.segmented_control(
            visit.say("page.view.costs"), COST_MODES, on_change=change_view, args=("costs",), required=True,
            format_func=i18n.texts("page.costs", visit.language()).get, help=visit.say("page.view.costs_help"),
            **defaulted("view.costs", view.costs),
        )  # fmt: skip
        st.toggle(
            visit.say("page.view.log_costs"), on_change=change_view, args=("log_costs",),
            help=visit.say("page.view.log_costs_help"), **valued("view.log_costs", view.log_costs),
        )  # fmt: skip
        st.selectbox(
            visit.say("page.view.layer"), layers, width=150, on_change=change_view, args=("layer",),
            help=visit.say("page.view.layer_help"), **indexed("view.layer", min(view.layer, layers[-1]), layers),
        )  # fmt: skip
        st.number_input(
            visit.say("page.view.samples"), 1, pages, width=150, on_change=change_view, args=("samples",),
            help=visit.say("page.view.samples_help", n=pages),
            **valued("view.samples", min(view.samples, pages - 1) + 1),
        )  # fmt: skip


def change_view(name: str) -> None:
    """Take what was chosen; people count from 1."""
    value = chosen(f"view.{name}")
    value = value - 1 if name == "samples" else value
    visit.look(replace(st.session_state.view, **{name: value}))


def other_runs() -> None:
    """The runs of this tab, the newest first."""
    runs = st.session_state.runs
    if len(runs) < 2:
        return
    st.sidebar.selectbox(
        visit.say("page.runs"), runs[::-1], help=visit.say("page.runs_help"),
        format_func={run: run_name(i + 1, run) for i, run in enumerate(runs)}.get,
        on_change=lambda: visit.attempt(lambda: visit.open_run(chosen("runs.choice"))),
        **indexed("runs.choice", st.session_state.run, runs[::-1]),
    )  # fmt: skip


def run_name(number: int, run_id: str) -> str:
    """Enough to tell a run from its neighbours."""
    try:
        structure = service.lab().recipe(run_id).structure
    except Problem:
        return visit.say("page.run_gone", number=number)
    widths, seeds = "-".join(map(str, structure.widths)), f"{structure.weight_seed}/{structure.label_seed}"
    return f"{number} · {structure.dataset} {widths} · {structure.combinator} · {seeds}"


visit.enter()
recipe = visit.recipe()
visit.gather(st.session_state.run, "live")
visit.show_notices("live")
transport(recipe, service.lab().status(st.session_state.run)["status"])
view_row(recipe)
other_runs()
controls.sidebar()
view = replace(st.session_state.view, language=visit.language())
info = DATASETS[recipe.structure.dataset]
component.live(st.session_state.run, view, recipe.structure, info, "".join(KEYS.values()))
visit.keep_address()
