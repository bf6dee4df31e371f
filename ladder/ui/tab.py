"""One visitor's tab: which run it looks at, how it came there, and what it was told. All of it is in session state."""

import time
from dataclasses import replace

import streamlit as st

from ladder.data import datasets
from ladder.live.lab import PREPARED_UPDATES
from ladder.live.playing import ACTIVE
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure
from ladder.ui import notices, service

OLD_TAB_SECONDS = 1.0  # a reloaded page's old connection may take so long to end
STOP_RULES = {"target": "n_updates", "error": "stop_error"}  # what a finished run gives as its reason, and its knob
ANSWER_SECONDS = 0.4  # a worker between two chunks answers sooner


def enter() -> None:
    """At a tab's first script run: attach to the address's run, or start the one its settings describe. Later the same,
    from the tab's last address, if its run is gone."""
    state = st.session_state
    if present():
        return
    link = links.read(state.get("live_address") or st.query_params.to_dict())
    state.update(view=link.view, live_notices=list(link.warnings), runs=state.get("runs", {}))
    if link.run:
        try:
            return open_run(_own(link.run))
        except Problem as problem:
            if problem.key != "run_unknown":
                notices.add(problem, "live")
            notices.add(Problem("run_replaced", run=link.run[:32]), "live")
    at = PREPARED_UPDATES if link.bare else link.at
    if not notices.attempt(lambda: start(link.recipe, at)):
        start(Recipe(), PREPARED_UPDATES)


def present() -> bool:
    """Whether the tab has a run that is there: the oldest files go, also that of a tab which nobody has looked at."""
    return "run" in st.session_state and service.lab().exists(st.session_state.run)


def _own(run_id: str) -> str:
    """The run itself, or a branch of it if another tab still looks at it: nobody steers somebody else's training."""
    lab, deadline = service.lab(), time.monotonic() + OLD_TAB_SECONDS
    while lab.viewers(run_id):
        if time.monotonic() > deadline:
            return lab.fork(run_id)
        time.sleep(0.05)
    return run_id


def start(recipe: Recipe, until: int = 0, playing: bool = False) -> None:
    """A new run, looked at from now on. Problem if its data are missing or too few for the labels."""
    datasets.check(recipe.structure.dataset, recipe.latest.n_labeled)
    open_run(service.lab().create(recipe, until, playing))


def open_run(run_id: str) -> None:
    """Look at a run. Problem if there is none, if it is everybody's or a comparison's, if its file is damaged, or if
    its data are missing."""
    if not service.lab().exists(run_id) or not isinstance(found := service.lab().recipe(run_id), Recipe):
        raise Problem("run_unknown", run=run_id[:32])
    datasets.check(found.structure.dataset, found.latest.n_labeled)
    st.session_state.run = run_id
    st.session_state.runs.setdefault(run_id, found.structure)
    service.lab().look(run_id, st.session_state.view)


def recipe() -> Recipe:
    return service.lab().recipe(st.session_state.run)


def live() -> Live:
    return service.lab().live(st.session_state.run)


def change(live: Live) -> None:
    """Live choices for the run, from its next chunk on."""
    notices.close_notices()

    def act():
        datasets.check(recipe().structure.dataset, live.n_labeled)
        service.lab().change(st.session_state.run, live)

    notices.attempt(act)


def restructure(structure: Structure) -> None:
    """A new run with other structural choices and, as far as they fit, the same live ones; none if nothing is other.

    Streamlit calls a widget's callback although nobody moved the widget, where the script run that first drew it was
    cut short by the next one.
    """
    if structure == recipe().structure:
        return
    choices = defaults.carried_over(live(), recipe().structure, structure)
    lab, old = service.lab(), st.session_state.run
    playing = lab.plays(old)
    notices.close_notices()
    if notices.attempt(lambda: start(Recipe(structure, choices), playing=playing)):
        lab.pause(old)


def command(name: str, *arguments) -> None:
    """play, pause, step, reset or restore."""
    notices.close_notices()
    ask(st.session_state.run, name, *arguments)


def ask(run_id: str, name: str, *arguments) -> None:
    """A command for a run; waits a moment for the answer, so that the buttons show it. A run at rest answers by any
    change, one that trains by its status alone, as it counts updates anyway."""
    lab = service.lab()
    before = lab.status(run_id)
    getattr(lab, name)(run_id, *arguments)
    answer = ("status",) if before["status"] in ACTIVE else ("status", "update")
    lab.wait(run_id, lambda told: any(told[one] != before[one] for one in answer), ANSWER_SECONDS)


def go_on() -> None:
    """Play, without the stop rule that has ended the run."""
    lab, run_id = service.lab(), st.session_state.run
    reason = lab.status(run_id)["reason"] or {}
    if reason.get("key") in STOP_RULES:
        change(replace(live(), **{STOP_RULES[reason["key"]]: 0}))
    lab.play(run_id)
    lab.wait(run_id, lambda told: told["status"] == "playing", ANSWER_SECONDS)


def look(view: View) -> None:
    """Another view of the same run."""
    st.session_state.view = view
    service.lab().look(st.session_state.run, view)
