"""The kept sweeps, searches and comparisons, each kind in a list on its own page, under names that people give."""

import re
from collections.abc import Callable

import streamlit as st

from ladder import i18n
from ladder.experiments.results import Sweep
from ladder.recipe import race as races
from ladder.ui import columns, notices, service, texts
from ladder.ui.axis_words import axis_label, word_label
from ladder.ui.widgets import chosen, valued

_GENERATED = re.compile(r"-[0-9a-f]{8}$")  # the end of a name that nobody gave: axes.name_of, trials.Setup.name


def section(kind: str, page: str, look: Callable[[Sweep], None]) -> None:
    """Draws the list of one kind (results.KINDS). Of the chosen row it draws a field with its name, which can be
    changed, and a button that calls `look` with it. Problems become notices of `page` (notices.py). Draws nothing
    where there is none of the kind. Raises Problem "results_unreadable" or "results_schema"."""
    every = [one for one in service.jobs().results().sweeps() if one.kind == kind]
    if not every:
        return
    with st.expander(texts.say(f"kept.{kind}", n=len(every)), icon=":material/history:"):
        zone = columns.zone()
        names = [texts.say(f"kept.column.{name}") for name in ("name", "done", "total")]
        begun = texts.say("kept.column.created", zone=zone)
        rows = [
            dict(zip(names, (title(one), one.done, one.total), strict=True))
            | {begun: columns.local_time(one.created, zone)}
            for one in every
        ]
        marked = st.dataframe(
            rows,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"kept.{kind}",
            column_config={name: columns.whole() for name in names[1:]} | {begun: columns.time()},
        )
        if marked.selection.rows and marked.selection.rows[0] < len(every):
            _chosen(every[marked.selection.rows[0]], page, look)


def _chosen(one: Sweep, page: str, look: Callable[[Sweep], None]) -> None:
    place = f"kept.title.{one.name}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            texts.say("kept.title"),
            on_change=lambda: notices.attempt_anew(
                page, lambda: service.jobs().results().entitle(one.name, chosen(place))
            ),
            help=texts.hint("kept.title_help"),
            **valued(place, title(one)),
        )
        st.button(
            texts.say("kept.look_at"),
            key=f"kept.look.{one.kind}",
            icon=":material/visibility:",
            on_click=lambda: notices.attempt_anew(page, lambda: look(one)),
        )


def title(one: Sweep) -> str:
    """Returns what a kept sweep, search or comparison is called: what a person has called it, on a page or on the
    command line, else in the visitor's language what it varies and on which data."""
    if one.title or not _GENERATED.search(one.name):
        return one.title or one.name
    if one.kind == "comparison":
        _, race = races.read(dict(one.about["race"]))
        what = texts.say("compare.comma").join(races.labels(race.contestants, texts.language(), i18n.text))
    else:
        what = " × ".join(map(axis_label, one.axes)) or one.name
    return texts.say("kept.of", what=what, data=word_label("dataset", one.dataset)) if one.dataset else what


def title_of(name: str) -> str:
    """Returns the title of the sweep, search or comparison of this name in the database, or the name itself where there
    is none. Raises Problem "results_unreadable" or "results_schema"."""
    return next((title(one) for one in service.jobs().results().sweeps() if one.name == name), name)
