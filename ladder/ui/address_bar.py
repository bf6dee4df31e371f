"""The address bar, and links to be copied."""

from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st

from ladder.recipe import links
from ladder.ui import component, service, tab, texts


def keep_address() -> None:
    """Write the run in view into the address bar, so that a reload comes back to it."""
    run_id = st.session_state.run
    status = service.lab().status(run_id)
    view = replace(st.session_state.view, language=texts.language())
    wanted = links.query(tab.recipe(), view, status.update, run_id, status.computed)
    st.session_state.live_address = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def base_address(page: str = "") -> str:
    """This page's address as the browser sees it, without its query; `page` stands in where no browser asks."""
    return (st.context.url or f"http://localhost:8501/{page}").split("?")[0]


def show_link(address: str) -> None:
    """A link to be copied, and a word where only this computer could open it."""
    st.code(address, language=None, wrap_lines=True)
    component.copying()
    host = urlsplit(address).hostname
    if host in ("localhost", "127.0.0.1"):
        st.caption(texts.say("page.share_local", host=host))
