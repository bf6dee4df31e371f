"""The buttons that train the run in view, and the choice of its speed, for each page that shows it."""

import math
from collections.abc import Collection
from dataclasses import replace

import streamlit as st

from ladder.data.datasets import DATASETS
from ladder.live.told import ACTIVE
from ladder.ui import lessons, letters, locks, service, tab, texts
from ladder.ui.fragments import act
from ladder.ui.widgets import chosen, defaulted

SEED = "weight_seed"  # the choice of which the button for another seed takes the next value
KEYS = {"play": "P", "step": "S", "epoch": "E", "reset": "Z", "seed": "N", "undo": "U", "restore": "B"}
TRAINING = "play", "step", "epoch"  # the buttons that have the run in view trained
PACES = (100, 30, 10, 1)  # updates per second at most


def status() -> tuple[str, str]:
    """Returns the id of the run in view, and its status as in Told."""
    run_id = st.session_state.run
    return run_id, service.lab().status(run_id).status


def buttons(names: Collection[str], now: str) -> None:
    """Draws those buttons of KEYS that `names` has, side by side, for a run with the status `now`; "restore", which
    brings back the last finite weights, only for a run that has diverged. None of TRAINING can be pressed while a
    lesson waits for a prediction. They belong to the part "transport" of the page (fragments.py)."""
    play = "play", "play_arrow", tab.command, "play"
    if now in ACTIVE:
        play = "pause", "pause", tab.command, "pause"
    elif now == "finished":
        play = "go_on", "play_arrow", tab.go_on
    all_buttons = {
        "play": play,
        "step": ("step", "skip_next", tab.command, "step", 1),
        "epoch": ("epoch", "fast_forward", step_epoch),
        "reset": ("reset", "restart_alt", tab.restart),
        "seed": ("seed", "casino", new_seed),
        "undo": ("undo", "undo", tab.undo),
    }
    if now == "diverged":
        all_buttons["restore"] = ("restore", "settings_backup_restore", tab.command, "restore")
    waits = lessons.held() and now not in ACTIVE
    stuck = waits or now in ("diverged", "failed")
    for key, (name, icon, *action) in all_buttons.items():
        if key not in names or (key == "seed" and not locks.is_drawn(SEED)):
            continue
        st.button(
            texts.say(f"page.button.{name}"),
            icon=f":material/{icon}:",
            key=f"button.{key}",
            shortcut=letters.of(KEYS[key]),
            on_click=act,
            args=("transport", *action),
            type="primary" if key in ("play", "restore") else "secondary",
            help=texts.hint("live.lesson.first" if waits and key in TRAINING else f"page.button_help.{name}"),
            disabled=(stuck and key in TRAINING) or (key == "seed" and not locks.is_free(SEED)),
        )


def step_epoch() -> None:
    """Trains the run in view for one epoch: as many updates as its batches need to have all training rows."""
    n_train = DATASETS[tab.recipe().structure.dataset].n_train
    tab.command("step", math.ceil(n_train / tab.live().batch_size))


def new_seed() -> None:
    """Puts a new run in view with the same choices and the next weight seed."""
    structure = tab.recipe().structure
    tab.restructure(replace(structure, weight_seed=tab.next_seed(structure.weight_seed)))


def speed() -> None:
    """Draws the choice of the updates per second at most. It belongs to the part "view" of the page."""
    pace = st.session_state.view.pace
    paces = {0: texts.say("page.view.pace_full")}
    for each in sorted({*PACES, pace} - {0}, reverse=True):
        paces[each] = texts.say("page.view.pace_of", pace=each)
    st.segmented_control(
        texts.say("page.view.pace"),
        list(paces),
        required=True,
        format_func=paces.get,
        label_visibility="collapsed",
        on_change=act,
        args=("view", _change_pace),
        help=texts.hint("page.view.pace_help"),
        **defaulted("view.pace", pace),
    )


def _change_pace() -> None:
    tab.look(replace(st.session_state.view, pace=chosen("view.pace")))
