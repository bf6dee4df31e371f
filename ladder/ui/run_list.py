"""The runs of the visitor's tab as a list, each named by its difference from the run before it.

Session state `list` holds the list's id (live/lists.py), by which the address names it, and `entries` its entries. The
file is read when the tab begins, and written at each change.
"""

import secrets
import time
from collections.abc import Sequence
from typing import TypedDict

import streamlit as st

from ladder import i18n
from ladder.live import lists
from ladder.live.history import differences
from ladder.live.lists import Entries, Entry, Summary
from ladder.problems import Problem
from ladder.recipe.words import write
from ladder.settings import Recipe, Structure, knobs
from ladder.ui import service, texts

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Row(TypedDict):
    """A run as the panel lists it. `difference`: from the run before. `name`: what the visitor called it, "" for
    nothing. `made`: milliseconds since 1970. `seeds`: of weights and of labels, "0/0". `gone`: whether the server has
    it no more, and its numbers are unknown. The rest: see Entry and Summary."""

    run: str
    difference: str
    name: str
    note: str
    made: float
    seeds: str
    color: int
    pinned: bool
    hidden: bool
    leader: str
    until: int
    update: int
    test_error: float | None
    twin_error: float | None
    gone: bool


def begin(list_id: str) -> None:
    """Takes the list of this id for the tab. Where there is none, the tab has a new and empty one."""
    found = service.lab().lists.read(list_id)
    st.session_state.list = list_id if found else secrets.token_urlsafe(8)
    st.session_state.entries = found


def part_company() -> None:
    """Gives the tab a list of its own with the same entries. Two tabs that shared one would overwrite each other's."""
    st.session_state.list = secrets.token_urlsafe(8)
    _keep(st.session_state.entries)


def add(run_id: str, leader: str = "", until: int = 0) -> None:
    """Adds a run to the tab's list, unless it is there. `leader`, `until`: see Entry."""
    entry = Entry(run_id, time.time(), leader=leader, until=until)
    found = lists.with_run(st.session_state.entries, entry)
    if found != st.session_state.entries:
        _keep(found)


def remove(run_id: str) -> None:
    """Takes a run off the tab's list. Its file stays as long as those of all runs that no list names."""
    _keep(lists.without_run(st.session_state.entries, run_id))


def edit(run_id: str, **values: str | bool) -> None:
    """Gives a run of the list another name, note, or place behind the others: fields of Entry."""
    _keep(lists.edited(st.session_state.entries, run_id, **values))


def names(run_id: str) -> bool:
    """Returns whether the list has this run."""
    return any(one.run == run_id for one in st.session_state.entries)


def rows() -> list[Row]:
    """Returns the list for the panel, in the order in which the runs began, in the visitor's language."""
    found: list[Row] = []
    before: Summary | None = None
    for entry in st.session_state.entries:
        summary = _summary(entry.run)
        found.append(_row(entry, summary, before))
        before = before if entry.leader else summary or before
    return found


def _summary(run_id: str) -> Summary | None:
    try:
        return service.lab().summary(run_id)
    except Problem:
        return None


def _row(entry: Entry, summary: Summary | None, before: Summary | None) -> Row:
    language = texts.language()
    difference, seeds = texts.say("runs.gone"), ""
    if summary is not None:
        structure = summary.recipe.structure
        seeds = f"{structure.weight_seed}/{structure.label_seed}"
        difference = named(summary.recipe, before.recipe if before else None, language)
        if entry.leader:
            difference = texts.say("runs.repeat", seed=structure.weight_seed)
    return {
        "run": entry.run,
        "difference": difference,
        "name": entry.name,
        "note": entry.note,
        "made": 1000 * entry.made,
        "seeds": seeds,
        "color": entry.color,
        "pinned": entry.pinned,
        "hidden": entry.hidden,
        "leader": entry.leader,
        "until": entry.until,
        "update": summary.update if summary else 0,
        "test_error": summary.test_error if summary else None,
        "twin_error": summary.twin_error if summary else None,
        "gone": summary is None,
    }


def named(recipe: Recipe, before: Recipe | None, language: str) -> str:
    """Returns what a run with this recipe differs in from the run before it, such as "σ 0.3 → 0, λ₁ 10 → 0": the
    choices of the structure, and the live choices in force at the end. Without a run before, or on other data, its data
    and layers."""
    structure = recipe.structure
    if before is None or before.structure.dataset != structure.dataset:
        widths = "-".join(map(str, structure.widths))
        return f"{texts.dataset(structure.dataset, language)} · {widths}"
    words = _of_structure(before.structure, structure, language)
    if before.structure.n_layers == structure.n_layers:
        words += _of_live(differences(before.latest, recipe.latest), language)
    return i18n.text("live.comma", language).join(words) or i18n.text("runs.same", language)


def _of_structure(before: Structure, after: Structure, language: str) -> list[str]:
    return [
        f"{i18n.text(f'runs.choice.{name}', language)} "
        f"{write(one, getattr(before, name))} → {write(one, getattr(after, name))}"
        for name, one in knobs(Structure).items()
        if name != "dataset" and getattr(before, name) != getattr(after, name)
    ]


def _of_live(changes: Sequence[Sequence[object]], language: str) -> list[str]:
    words = []
    for name, level, *values in changes:
        symbol = i18n.text(f"live.marker.{name}", language)
        if name in ("lateral", "top_down"):
            values = [i18n.text(f"live.{'on' if one == '1' else 'off'}", language) for one in values]
        layer = "" if level is None else str(level).translate(_SUBSCRIPTS)
        words.append(f"{symbol}{layer} {' → '.join(map(str, values))}")
    return words


def _keep(entries: Entries) -> None:
    st.session_state.entries = entries
    service.lab().lists.write(st.session_state.list, entries)
