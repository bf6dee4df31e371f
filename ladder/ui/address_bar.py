"""The address bar, and links to be copied."""

from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st

from ladder.recipe import links
from ladder.ui import component, service, tab, texts


def keep_address() -> None:
    """Writes the link of the run in view, at its present update and in this tab's view, into the address bar and into
    session state `live_address`, so that a reload comes back to the run. Raises those of Lab.recipe."""
    run_id = st.session_state.run
    status = service.lab().status(run_id)
    view = replace(st.session_state.view, language=texts.language())
    wanted = links.query(tab.recipe(), view, status.update, run_id, status.computed)
    if texts.language() != texts.of_browser():
        wanted["lang"] = texts.language()  # for a reload
    wanted["list"] = st.session_state.list
    st.session_state.live_address = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def base_address(page: str = "") -> str:
    """Returns this page's address as the browser sees it, without its query. Where Streamlit knows no browser's
    address, returns that of the page named `page` on port 8501 of this computer."""
    return (st.context.url or f"http://localhost:8501/{page}").split("?")[0]


def show_link(address: str) -> None:
    """Draws a link to be copied, and a caption where only this computer could open the link."""
    st.code(address, language=None, wrap_lines=True)
    component.copying()
    host = urlsplit(address).hostname
    if host in ("localhost", "127.0.0.1"):
        st.caption(texts.say("page.share_local", host=host))
