"""One visitor's tab: the run that it looks at and steers, and how it gets one.

Session state holds `tab`, the tab's name; `run`, the id of the run in view; `list` and `entries`, the tab's runs
(run_list.py); `left`, the ids of the runs that were left for a new one, by a reset, another seed or structure, the last
one at the end; `view`, a View; `live_address`, the link of the run in view as query parameters (address_bar.py); and
`live_notices` (notices.py).
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

from ladder.data import protocol
from ladder.live.lab import PREPARED_UPDATES
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, knobs
from ladder.ui import membership, notices, run_list, service

STOP_RULES = {"target": "n_updates", "error": "stop_error"}  # the reason of a finished run -> the knob of its stop rule
FIRST_PACE = 100  # updates a second of a bare address's run: what happens can be seen, and full speed is one press away
REPEATS = 5  # runs with other seeds that one press begins
ANSWER_SECONDS = 0.4  # a worker between two chunks answers sooner


def enter() -> None:
    """Puts a run in view. At a tab's first script run that is the run that the address names, or a new one with the
    address's settings, or the usual one where that cannot be run. Later the run in view stays if it exists, as a copy
    if another tab steers it by now; a run that is gone begins anew from the tab's last address. Problems and the link's
    warnings become notices."""
    state = st.session_state
    if "run" in state and service.lab().exists(state.run):
        if not present():
            notices.attempt("live", lambda: open_run(state.run))
        return
    params = state.get("live_address") or st.query_params.to_dict()
    link = links.read(params)
    unsaid = link.bare and not link.run and links.VIEW_KEYS["pace"] not in params
    view = replace(link.view, pace=FIRST_PACE) if unsaid else link.view
    state.update(view=view, live_notices=list(link.warnings), left=state.get("left", []))
    if "entries" not in state:
        run_list.begin(link.runs)
    if link.run:
        try:
            return open_run(link.run)
        except Problem as problem:
            if problem.key != "run_unknown":
                notices.add(problem, "live")
            notices.add(Problem("run_replaced", run=link.run[:32]), "live")
    at = PREPARED_UPDATES if link.bare else link.at
    tell_origin(link.recipe.structure, link.by)
    if not notices.attempt("live", lambda: start(link.recipe, at)):
        start(defaults.OPENING, PREPARED_UPDATES)


def tell_origin(structure: Structure, by: str) -> None:
    """Adds a notice where this server computes other numbers for a run of `structure` than the one that has computed
    it. `by`: the key of that computation (arithmetic.py), "" where it is not known."""
    if foreign := service.lab().foreign(structure, by):
        notices.add(foreign, "live")


def open_file(content: bytes) -> None:
    """Puts the run of a checkpoint file with this content in view. Raises those of Lab.load, such as Problem
    "checkpoint_foreign", "checkpoint_damaged" or "disk_upload", and those of `open_run`."""
    run_id = service.lab().load(content)
    by = service.lab().status(run_id).computed
    open_run(run_id)
    tell_origin(recipe().structure, by)


def present() -> bool:
    """Returns whether the tab's run exists and the tab may steer it. A run may vanish while nobody looks at the tab, as
    the oldest run files are removed, and another tab may take it meanwhile."""
    lab, run_id = service.lab(), st.session_state.get("run")
    return run_id is not None and lab.exists(run_id) and lab.steers(run_id, name())


def name() -> str:
    """Returns the tab's name, by which the server knows which tab steers a run. It is drawn at random once."""
    return st.session_state.setdefault("tab", secrets.token_urlsafe(8))


def take(run_id: str, page: str) -> str:
    """Takes a run for this tab. Returns the id of the run that the tab steers from now on: `run_id`, or that of a copy
    if another tab steers it or it is another student's, which becomes a notice of `page`. Raises those of Lab.take and
    Lab.copy, Problem "run_unknown" if there is no such run."""
    lab = service.lab()
    taken = lab.take(lab.copy(run_id) if membership.is_others(run_id) else run_id, name())
    if taken != run_id:
        notices.add(Problem("run_copied"), page)
    return taken


def start(recipe: Recipe, until: int = 0, playing: bool = False) -> None:
    """Creates a run that first repeats `until` updates and then plays or waits, and puts it in view. Raises Problem
    "data_missing", "labels_too_few" or "labels_too_many", and in a class those of membership.check_start."""
    protocol.check(recipe.structure, recipe.latest.n_labeled)
    membership.check_start(recipe, until, playing, st.session_state.get("run", ""))
    open_run(service.lab().create(recipe, until, playing))


def open_run(run_id: str) -> None:
    """Puts a run in view, or a copy of it if another tab steers it. Raises Problem "run_unknown" if there is no such
    run, or if it is a comparison or the prepared run, those of Lab.recipe if its file cannot be read,
    "data_missing", "labels_too_few" or "labels_too_many", and in a class "class_foreign", "class_disk" or
    "limit_weights"."""
    if not service.lab().exists(run_id) or not isinstance(found := service.lab().recipe(run_id), Recipe):
        raise Problem("run_unknown", run=run_id[:32])
    protocol.check(found.structure, found.latest.n_labeled)
    membership.check_read(run_id)
    membership.check_network(found)
    taken = st.session_state.run = take(run_id, "live")
    membership.claim(taken)
    if taken != run_id and run_list.names(run_id):
        run_list.part_company()
    run_list.add(taken)
    service.lab().look(taken, st.session_state.view)


def recipe() -> Recipe:
    """Returns the Recipe that repeats the run in view so far, with the changes that its worker has not acknowledged
    yet. Raises those of Lab.recipe, Problem "run_unknown" if the run is gone."""
    found = service.lab().recipe(st.session_state.run)
    assert isinstance(found, Recipe)
    return found


def live() -> Live:
    """Returns the live choices in force at the update of the run in view, with the changes that its worker has not
    acknowledged yet. Raises those of Lab.recipe."""
    return recipe().at(service.lab().status(st.session_state.run).update)


def change(values: Mapping[str, object]) -> None:
    """Gives the run in view the live choices `values`, by name, from its next update on. A Problem becomes a notice."""
    run_id = st.session_state.run

    def act() -> None:
        membership.check_change(run_id, values)
        service.lab().change(run_id, values)

    notices.attempt_anew("live", act)


def restructure(structure: Structure) -> None:
    """Puts a new run with this structure in view, which has the live choices of the present run as far as they fit
    (defaults.carried_over). It plays if the old run did; the old run is paused. A Problem becomes a notice.

    Nothing happens where the structure is the same: Streamlit also calls the callback of a widget that nobody moved,
    where the script run that first drew the widget was cut short by the next one.
    """
    now = recipe().structure
    if structure == now:
        return
    names = [name for name in knobs(Structure) if getattr(structure, name) != getattr(now, name)]
    if not notices.attempt_anew("live", lambda: membership.check_steer(st.session_state.run, names)):
        return
    _leave_for(Recipe(structure, defaults.carried_over(live(), recipe().structure, structure)))


def restart() -> None:
    """Puts a new run in view with the same initial weights and the choices now in force. The old run is paused and
    stays in the tab's list. A Problem becomes a notice."""
    _leave_for(Recipe(recipe().structure, live()))


def begin_steps() -> None:
    """Puts the run of the first steps in view: the usual one without a target, at rest, at FIRST_PACE."""
    begin_lesson(replace(defaults.OPENING, live=replace(defaults.OPENING.live, n_updates=0)))


def begin_lesson(recipe: Recipe, until: int = 0) -> None:
    """Puts a lesson's run in view, which first repeats `until` updates, at rest and at FIRST_PACE. The runs before it
    stay in the list, but are not drawn behind it: they would show what the lesson has its reader guess. A Problem
    becomes a notice."""
    old = st.session_state.run
    st.session_state.view = replace(st.session_state.view, pace=FIRST_PACE)
    _leave_for(recipe, playing=False, until=until)
    if st.session_state.run != old:
        for entry in st.session_state.entries:
            if entry.run != st.session_state.run:
                run_list.edit(entry.run, hidden=True)


def open_link(link: links.Link) -> None:
    """Puts the run of a link in view, at rest and as the link looks at it. A Problem and the link's warnings become
    notices."""
    st.session_state.view = link.view
    _leave_for(link.recipe, playing=False, until=link.at)
    for warning in link.warnings:
        notices.add(warning, "live")


def _leave_for(new: Recipe, playing: bool | None = None, until: int = 0) -> None:
    """Puts a new run in view, which first repeats `until` updates and plays if the old one did, or as `playing` says.
    The old one is paused, and `undo` goes back to it. An old run without any update is taken off the list: a run with
    the same choices is begun as quickly."""
    lab, old = service.lab(), st.session_state.run
    before = lab.status(old)
    notices.close_notices("live")
    plays = before.plays if playing is None else playing
    if not notices.attempt("live", lambda: start(new, until, plays)):
        return
    lab.pause(old)
    if before.update or before.active:
        st.session_state.left.append(old)
    else:
        run_list.remove(old)


def begin_beside(named: Sequence[tuple[str, Recipe]]) -> None:
    """Begins a run for each name and recipe, to be compared in the tab's list. The last one comes into view and plays;
    the others, and what was begun so before, train to their targets behind it. Raises those of `start`, and in a class
    those of membership.check_steer."""
    lab, old = service.lab(), st.session_state.run
    membership.check_steer(old)
    for name_of_run, recipe in named:
        is_last = recipe is named[-1][1]
        protocol.check(recipe.structure, recipe.latest.n_labeled)
        membership.check_start(recipe, 0, True, old if is_last else "")
        run_id = lab.create(recipe, 0, is_last)
        membership.claim(run_id)
        run_list.add(run_id, until=recipe.latest.n_updates)
        run_list.edit(run_id, name=name_of_run)
    before = lab.status(old)
    open_run(run_id)
    if before.update or lab.trains(old):
        st.session_state.left.append(old)
        lab.pause(old)
        lab.release(old, name())
    else:
        run_list.remove(old)


def undo() -> None:
    """Takes back the last change of a choice, from the next update on; or, where none is left to be taken back, the
    reset, new seed or new structure that began the run in view: the run before is in view again. Problem "undo_nothing"
    becomes a notice where there is neither, and so do those of membership.check_change and check_choices."""
    notices.attempt_anew("live", _undo)


def _undo() -> None:
    lab, run_id = service.lab(), st.session_state.run
    if values := lab.undoes(run_id):
        membership.check_change(run_id, values)
        lab.undo(run_id)
        return
    left = [run_id for run_id in st.session_state.left if lab.exists(run_id)]
    if not left:
        raise Problem("undo_nothing")
    last = left.pop()
    st.session_state.left = left
    then = lab.recipe(last)
    assert isinstance(then, Recipe)
    if notices.attempt("live", lambda: membership.check_choices(run_id, recipe(), then)):
        _go_to(last)
    else:
        left.append(last)


def repeat() -> None:
    """Trains the run in view REPEATS more times, with other seeds for weights and labels, up to its target, or without
    one to its present update, and adds these runs to the tab's list. Problem "repeat_nothing" becomes a notice where
    the run has no update yet and no target, and so do those of membership.check_start, which end the repeating."""
    found, update = recipe(), service.lab().status(st.session_state.run).update
    until = min(found.at(update).n_updates or update, links.MAX_AT)
    if not until:
        return notices.add(Problem("repeat_nothing"), "live")
    seed = max(found.structure.weight_seed, found.structure.label_seed)

    def begin() -> None:
        nonlocal seed
        for _ in range(REPEATS):
            seed = next_seed(seed)
            repeated = replace(found, structure=replace(found.structure, weight_seed=seed, label_seed=seed))
            membership.check_start(repeated, until, True, "")
            run_id = service.lab().create(repeated, until)
            membership.claim(run_id)
            run_list.add(run_id, st.session_state.run, until)

    notices.attempt("live", begin)


def next_seed(seed: int) -> int:
    """Returns the seed after this one; after the highest comes 0."""
    high = knobs(Structure)["weight_seed"].high
    assert high is not None
    return (seed + 1) % (int(high) + 1)


def branch(update: int | None) -> None:
    """Puts a branch of the run in view there: a new run that is this one up to `update`; for None up to the last
    change, with the choices from before it. Both are in the list. A Problem becomes a notice, such as that of a choice
    which would be another then and is locked (membership.check_choices)."""
    lab, old = service.lab(), st.session_state.run

    def begin() -> None:
        branched, at = lab.branched(old, update)
        membership.check_choices(old, recipe(), branched)
        membership.check_start(branched, at, False, old)
        open_run(lab.branch_before_change(old) if update is None else lab.branch(old, update))
        lab.pause(old)

    notices.attempt_anew("live", begin)


def act_on_list(wish: Mapping[str, object]) -> None:
    """Does what a person asks of the tab's runs in the panel. `wish`: `do`, one of "open", "edit", "remove", "repeat",
    "lesson", "branch" with an `update`, "undo_weights", and "look" with what the page Inside shows; `run`, an id of the
    list, for the first three; for "edit" the fields of Entry with their new values. Anything else is ignored. A Problem
    becomes a notice."""
    run_id, do = str(wish.get("run")), wish.get("do")
    if do == "repeat":
        return repeat()
    if do == "branch" and isinstance(wish.get("update"), int):
        return branch(cast(int, wish["update"]))
    if do == "undo_weights":
        return branch(None)
    if do == "look":
        return notices.attempt("live", lambda: _look_inside(wish))
    if do == "lesson":
        return begin_steps()
    if not run_list.names(run_id):
        return
    if do == "open":
        notices.attempt_anew("live", lambda: _go_to(run_id))
    elif do == "remove" and run_id != st.session_state.run:
        run_list.remove(run_id)
    elif do == "edit":
        kinds = {"name": str, "note": str, "pinned": bool, "hidden": bool}
        run_list.edit(run_id, **{k: wish[k] for k, kind in kinds.items() if isinstance(wish.get(k), kind)})


def _look_inside(wish: Mapping[str, object]) -> None:
    """Has the View name what the page Inside shows: `part`, `row`, `layer` and `unit` of the wish. Raises Problem as
    View does."""
    names = {"part": "part", "row": "row", "layer": "rung", "unit": "unit"}
    look(replace(st.session_state.view, **{name: wish.get(word) for word, name in names.items()}))


def _go_to(run_id: str) -> None:
    before = st.session_state.run
    open_run(run_id)
    if st.session_state.run != before:
        service.lab().pause(before)


def command(name: str, *arguments: object) -> None:
    """Closes the notices and sends the run in view the command `name`: "play", "pause", "step" with a number of
    updates, or "restore" (see `ask`)."""
    notices.attempt_anew("live", lambda: ask(st.session_state.run, name, *arguments))


def ask(run_id: str, name: str, *arguments: object) -> None:
    """Calls the Lab's method `name` for a run, and waits up to ANSWER_SECONDS for the answer, so that the buttons show
    it. The answer is another status or, of a run at rest, another update; the update of a run that trains changes in
    any case. Raises Problem "run_unknown" if there is no such run, and those of membership.check_steer and
    membership.check_train."""
    membership.check_steer(run_id)
    if name in ("play", "step"):
        membership.check_train(run_id, *map(int, map(str, arguments)))
    lab = service.lab()
    before = lab.status(run_id)
    getattr(lab, name)(run_id, *arguments)

    def answered(told: Told) -> bool:
        return told.status != before.status or (told.update != before.update and not before.active)

    lab.wait(run_id, answered, ANSWER_SECONDS)


def go_on() -> None:
    """Plays the run in view, without the stop rule that has ended it, and waits up to ANSWER_SECONDS until it plays. A
    Problem of membership.check_train becomes a notice."""
    lab, run_id = service.lab(), st.session_state.run
    if not notices.attempt_anew("live", lambda: membership.check_train(run_id)):
        return
    rule = STOP_RULES.get(str((lab.status(run_id).reason or {}).get("key")))
    if rule is not None:
        change({rule: 0})
    lab.play(run_id)
    lab.wait(run_id, lambda told: told.status == "playing", ANSWER_SECONDS)


def look(view: View) -> None:
    """Looks at the run in view by another View, which also becomes session state `view`."""
    st.session_state.view = view
    service.lab().look(st.session_state.run, view)
