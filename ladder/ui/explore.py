"""One visitor's sweep: its design, which the sidebar describes, how its results are shown, and its link.

Session state holds `design`, a Design; `kept`, the name of the sweep of the database that is in view instead, or None;
`picked`, the words of the chosen cell, or None; `measure`, the error that is shown (MEASURES); `kind`, the kind of
chart (KINDS), or None for the usual one; and `explore_notices` (notices.py).
"""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ladder.experiments import axes as sweeps
from ladder.experiments import design as designs
from ladder.experiments.axes import Axis, Point
from ladder.experiments.design import LEAST_SEEDS, MOST_SEEDS, Design
from ladder.experiments.plans import PLANS
from ladder.experiments.search import setup_of
from ladder.recipe import arrivals
from ladder.ui import locks, membership, navigation, notices, search, service, shared_settings, texts
from ladder.ui.axis_field import values_field, words_chosen
from ladder.ui.axis_words import axis_label, axis_names
from ladder.ui.widgets import chosen, indexed, valued

NONE = "none"
KINDS = ("map", "lines", "dots")
MEASURES = ("validation_error", "test_error")


def enter() -> None:
    """At a tab's first visit, puts the address's sweep in view: a design, or a sweep of the database. What the address
    does not say, or says wrongly, takes its usual value. Opens the search page if the address names a search."""
    if "design" in st.session_state:
        return
    params = arrivals.mended(st.query_params.to_dict(), designs.DESIGN_KEYS)
    found, warnings = designs.read(params)
    kind, measure = params.get("kind"), params.get("measure")
    st.session_state.update(
        design=found,
        explore_notices=warnings,
        picked=None,
        kept=None,
        kind=kind if kind in KINDS else None,
        measure=measure if measure in MEASURES else MEASURES[0],
    )
    if "sweep" in params:
        notices.attempt("explore", lambda: open_kept(params["sweep"]))


def change(**values) -> None:
    """Puts the present design with `values`, fields of Design by name, in view. Nothing changes where that is the same
    design; one that cannot be run, or one with another value of a locked choice, whose Problem becomes a notice."""

    def act():
        found = replace(st.session_state.design, **values)
        if found == st.session_state.design:
            return
        membership.check_design(_settings(st.session_state.design), _settings(found))
        found.points  # noqa: B018  # raises what cannot be run
        st.session_state.update(design=found, picked=None, kept=None, kind=None)

    notices.attempt_anew("explore", act)


def _settings(design: Design) -> list[tuple[str, object]]:
    return [*design.base, *((axis.name, axis.words) for axis in design.axes)]


def open_kept(name: str) -> None:
    """Puts a sweep of the database in view. For a search, writes session state `quest` and opens the search page
    instead, which ends this run of the script. Raises Problem "sweep_unknown" if there is none of this name,
    "cell_foreign" if another version of the program made it, and "results_unreadable" or "results_schema"."""
    if setup_of(service.jobs().results(), name):
        search.open_kept(name)
        st.session_state.setdefault("search_notices", [])
        st.switch_page(navigation.path("search"))
    service.jobs().results().points(name)
    st.session_state.update(kept=name, picked=None, kind=None)


def current() -> tuple[str, list[Point]]:
    """Returns the name and the runs of the sweep in view. Raises those of Design.points, or for a sweep of the database
    those of Results.points."""
    if st.session_state.kept:
        return st.session_state.kept, service.jobs().results().points(st.session_state.kept)
    points = st.session_state.design.points
    return sweeps.name_of(points), points


def keep_address() -> None:
    """Writes the link of the page as it is, with the sweep in view, measure, kind and language, into the address
    bar."""
    state = st.session_state
    wanted = {**_query(), "measure": state.measure, "lang": texts.language()}
    wanted |= {"kind": state.kind} if state.kind else {}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def _query() -> dict[str, str]:
    """The design and, where a sweep of the database is in view, its name."""
    state = st.session_state
    return designs.query(state.design) | ({"sweep": state.kept} if state.kept else {})


def address(base: str) -> str:
    """Returns the link on the page at `base` that opens the sweep in view for another visitor. A sweep of the database
    is found by its name where the database has it; elsewhere the link opens the sidebar's design."""
    return f"{base}?{urlencode(_query() | texts.in_link(), safe=',;:=-')}"


# --- the sidebar


def sidebar() -> None:
    """Draws the design into the sidebar: a plan, the axes and their values, the number of seeds, and the settings that
    all runs share. A change that can be run becomes session state `design`."""
    design = st.session_state.design
    names = axis_names(dict(design.base))
    names += [axis.name for axis in design.axes if axis.name not in names]  # of a layer that this depth has not
    labels = {name: axis_label(name) for name in names} | {NONE: texts.say("explore.no_axis")}
    with st.sidebar:
        plans = {"own": texts.say("explore.own")} | {name: texts.say(f"explore.plans.{name}") for name in PLANS}
        st.selectbox(
            texts.say("explore.plan"),
            list(plans),
            format_func=plans.get,
            on_change=_apply_plan,
            help=texts.hint("explore.plan_help"),
            **indexed("explore.plan", _plan(design), plans),
        )
        for a in range(designs.MOST_AXES):
            _axis(a, [NONE, *names] if a else names, labels)
        st.number_input(
            texts.say("explore.seeds"),
            LEAST_SEEDS,
            MOST_SEEDS,
            on_change=_apply_seeds,
            help=texts.hint("explore.seeds_help"),
            **valued("explore.seeds", design.n_seeds),
        )
        varied = {axis.name for axis in design.axes}
        shared_settings.controls(design.base, varied, names, "explore", _apply_base)


def _axis(a: int, names: list[str], labels: dict[str, str]) -> None:
    axes = st.session_state.design.axes
    title, name = texts.say(f"explore.along.{('across', 'up')[a]}"), axes[a].name if a < len(axes) else NONE
    choices = sweeps.choices_of(name)
    if not locks.is_drawn(*choices):
        return
    names = [one for one in names if one == name or locks.is_free(*sweeps.choices_of(one))]
    now, rules = indexed(f"explore.axis.{a}", name, names), locks.rules(None, *choices)
    st.selectbox(title, names, format_func=labels.get, on_change=_apply_axis, args=(a,), **rules, **now)
    if a >= len(axes):
        return
    values_field(
        texts.say("explore.values", axis=labels[axes[a].name]),
        axes[a],
        designs.dataset_of(st.session_state.design.base),
        f"explore.words.{a}",
        _apply_words,
        a,
        label_visibility="collapsed",
        placeholder=texts.say("explore.values_placeholder"),
        **rules,
    )


def _plan(design: Design) -> str:
    """The name of the plan with the design's axes, or "own"."""
    axes = [(axis.name, axis.words) for axis in design.axes]
    return next((name for name, planned in PLANS.items() if list(planned) == axes), "own")


def _apply_plan() -> None:
    name = chosen("explore.plan")
    if name in PLANS:
        change(axes=sweeps.plan_axes(name))


def _apply_axis(a: int) -> None:
    design, name = st.session_state.design, chosen(f"explore.axis.{a}")
    if name == NONE:
        change(axes=design.axes[:a])
        return
    words = designs.suggested(name, designs.dataset_of(design.base))
    axes = (*design.axes[:a], sweeps.axis(name, words), *design.axes[a + 1 :])
    change(axes=axes, base=designs.with_task(design.base, name))


def _apply_words(a: int) -> None:
    design, words = st.session_state.design, chosen(f"explore.words.{a}")
    before = design.axes[a]
    found = {}

    def take() -> None:
        found.update(axis=sweeps.axis(before.name, _in_order(words_chosen(before.name, before.words, words))))

    if notices.attempt_anew("explore", take):
        change(axes=(*design.axes[:a], found["axis"], *design.axes[a + 1 :]))


def _in_order(words: list[str]) -> list[str]:
    """The words, each once: by size where all are numbers, else in the given order."""
    words = list(dict.fromkeys(words))
    try:
        return sorted(words, key=float)
    except ValueError:
        return words


def _apply_seeds() -> None:
    change(n_seeds=chosen("explore.seeds"))


def _apply_base(base: shared_settings.Base) -> None:
    axes, dataset = st.session_state.design.axes, designs.dataset_of(base)
    if dataset != designs.dataset_of(st.session_state.design.base):  # budgets that other data can have
        axes = tuple(
            Axis("labels", designs.suggested("labels", dataset)) if axis.name == "labels" else axis for axis in axes
        )
    change(base=base, axes=axes)
