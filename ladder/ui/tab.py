"""One visitor's tab: which run it looks at and steers, and how it came there. All of it is in session state."""

import secrets
from collections.abc import Mapping

import streamlit as st

from ladder.data import datasets
from ladder.live.lab import PREPARED_UPDATES
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure
from ladder.ui import notices, service

STOP_RULES = {"target": "n_updates", "error": "stop_error"}  # what a finished run gives as its reason, and its knob
ANSWER_SECONDS = 0.4  # a worker between two chunks answers sooner


def enter() -> None:
    """At a tab's first script run: attach to the address's run, or start the one its settings describe. Later: make
    sure that the tab still steers its run; if that is gone, begin from the tab's last address."""
    state = st.session_state
    if "run" in state and service.lab().exists(state.run):
        if not present():
            notices.attempt(lambda: open_run(state.run))
        return
    link = links.read(state.get("live_address") or st.query_params.to_dict())
    state.update(view=link.view, live_notices=list(link.warnings), runs=state.get("runs", {}))
    if link.run:
        try:
            return open_run(link.run)
        except Problem as problem:
            if problem.key != "run_unknown":
                notices.add(problem, "live")
            notices.add(Problem("run_replaced", run=link.run[:32]), "live")
    at = PREPARED_UPDATES if link.bare else link.at
    tell_origin(link.recipe.structure, link.by)
    if not notices.attempt(lambda: start(link.recipe, at)):
        start(Recipe(), PREPARED_UPDATES)


def tell_origin(structure: Structure, by: str) -> None:
    """Say so where a run with the key `by` (arithmetic.py) gets other numbers here than where it was computed."""
    if foreign := service.lab().foreign(structure, by):
        notices.add(foreign, "live")


def open_file(content: bytes) -> None:
    """A checkpoint file's run, looked at from now on. Problem if it is not one, or cannot be kept or opened."""
    run_id = service.lab().load(content)
    by = service.lab().status(run_id).computed
    open_run(run_id)
    tell_origin(recipe().structure, by)


def present() -> bool:
    """Whether the tab has a run that is there and that it may steer. The oldest files go, also that of a tab which
    nobody has looked at, and meanwhile another tab may have taken the run."""
    lab, run_id = service.lab(), st.session_state.get("run")
    return run_id is not None and lab.exists(run_id) and lab.steers(run_id, name())


def name() -> str:
    """The tab's name, by which the server knows who steers a run."""
    return st.session_state.setdefault("tab", secrets.token_urlsafe(8))


def take(run_id: str, page: str) -> str:
    """The run that the tab steers from now on: this one, or its copy if another tab steers it, which the page says.
    Problem if there is no such run."""
    taken = service.lab().take(run_id, name())
    if taken != run_id:
        notices.add(Problem("run_copied"), page)
    return taken


def start(recipe: Recipe, until: int = 0, playing: bool = False) -> None:
    """A new run, looked at from now on. Problem if its data are missing or too few for the labels."""
    datasets.check(recipe.structure.dataset, recipe.latest.n_labeled)
    open_run(service.lab().create(recipe, until, playing))


def open_run(run_id: str) -> None:
    """Look at a run and steer it, or a copy of it if another tab does. Problem if there is none, if it is everybody's
    or a comparison's, if its file is damaged, or if its data are missing."""
    if not service.lab().exists(run_id) or not isinstance(found := service.lab().recipe(run_id), Recipe):
        raise Problem("run_unknown", run=run_id[:32])
    datasets.check(found.structure.dataset, found.latest.n_labeled)
    run_id = st.session_state.run = take(run_id, "live")
    st.session_state.runs.setdefault(run_id, found.structure)
    service.lab().look(run_id, st.session_state.view)


def recipe() -> Recipe:
    """What repeats the run so far."""
    found = service.lab().recipe(st.session_state.run)
    assert isinstance(found, Recipe)
    return found


def live() -> Live:
    """The live choices in force where the run is, those that it is just being sent included."""
    return recipe().at(service.lab().status(st.session_state.run).update)


def change(values: Mapping[str, object]) -> None:
    """Other live choices for the run by their names, from its next update on. A Problem becomes a notice."""
    notices.close_notices()

    def act() -> None:
        n_labeled = values.get("n_labeled")
        if isinstance(n_labeled, int):
            datasets.check(recipe().structure.dataset, n_labeled)
        service.lab().change(st.session_state.run, values)

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
    playing = lab.status(old).plays
    notices.close_notices()
    if notices.attempt(lambda: start(Recipe(structure, choices), playing=playing)):
        lab.pause(old)


def command(name: str, *arguments: object) -> None:
    """Have the run play, pause, step, reset or restore."""
    notices.close_notices()
    ask(st.session_state.run, name, *arguments)


def ask(run_id: str, name: str, *arguments: object) -> None:
    """Send a run a command, and wait a moment for the answer, so that the buttons show it. A run at rest answers by any
    change, one that trains by its status alone, as it counts updates anyway."""
    lab = service.lab()
    before = lab.status(run_id)
    getattr(lab, name)(run_id, *arguments)

    def answered(told: Told) -> bool:
        return told.status != before.status or (told.update != before.update and not before.active)

    lab.wait(run_id, answered, ANSWER_SECONDS)


def go_on() -> None:
    """Play, without the stop rule that has ended the run."""
    lab, run_id = service.lab(), st.session_state.run
    rule = STOP_RULES.get(str((lab.status(run_id).reason or {}).get("key")))
    if rule is not None:
        change({rule: 0})
    lab.play(run_id)
    lab.wait(run_id, lambda told: told.status == "playing", ANSWER_SECONDS)


def look(view: View) -> None:
    """Another view of the same run."""
    st.session_state.view = view
    service.lab().look(st.session_state.run, view)
