"""The address bar of the live page, and of pages that show no run."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from ladder.problems import Problem
from ladder.recipe import links
from ladder.ui import lessons, service, tab, texts


def keep_address(own: Mapping[str, str] | None = None) -> None:
    """Writes the link of the run in view, at its present update and in this tab's view, into the address bar and into
    session state `live_address`, so that a reload comes back to the run; into the address bar also the page's `own`
    parameters. Raises those of Lab.recipe."""
    run_id = st.session_state.run
    status = service.lab().status(run_id)
    view = replace(st.session_state.view, language=texts.language())
    wanted = links.query(tab.recipe(), view, status.update, run_id, status.computed)
    if texts.language() != texts.of_visitor():
        wanted["lang"] = texts.language()  # for a reload
    wanted["list"] = st.session_state.list
    if lesson := lessons.current("live"):
        wanted["lesson"] = lesson.name
    st.session_state.live_address = wanted
    wanted = {**wanted, **(own or {})}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def keep_tab(own: Mapping[str, str] | None = None) -> None:
    """Writes the address bar of a page that shows no run, so that a reload finds it in the same language: with the link
    of the tab's run if the tab or the address has one, else with version and language; and with the page's `own`
    parameters."""
    if "run" in st.session_state or "run" in st.query_params:
        with suppress(Problem):  # a run that cannot be opened is told by the live page
            tab.enter()
            keep_address(own)
            return
    st.query_params.from_dict({"v": links.VERSION, "lang": texts.language(), **(own or {})})
