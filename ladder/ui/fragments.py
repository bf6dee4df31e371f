"""The live page in parts, of which only those are drawn again that something has changed for.

Streamlit answers every touched widget by the whole page: some seventy messages, for which the browser renders every
widget anew, on the cores on which the networks train. A part is a fragment of the page that says what it shows; after
every deed those parts are drawn that show something else now, some five messages for a slider that was moved
(benchmarks/page.py has what that is worth).
"""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ladder.ui import address_bar, notices, tab


def begin() -> None:
    """A page's script begins: nothing of it is drawn yet, and of the page before nothing will be drawn again."""
    st.session_state.parts = {}


def part(name: str, shows: Callable[[], object], draw: Callable[[], None]) -> None:
    """Draw a part of the live page, now and whenever `shows()`, all that it draws but the language, is no more what it
    was."""

    def drawn() -> None:
        st.session_state.parts[name] = shows, shows()
        draw()

    st.fragment(drawn, key=f"part.{name}")()


def act(name: str, deed: Callable[..., None], *arguments) -> None:
    """What a widget of part `name` calls. That part is drawn again in any case: a refused deed leaves what it shows as
    it was, and the widget moved."""
    if tab.present():
        deed(*arguments)
    _draw_again({name})


def take_news() -> None:
    """What the panel calls: the run has told something that concerns the page."""
    _draw_again(set())


def _draw_again(names: set[str]) -> None:
    if not tab.present():
        st.rerun()  # the whole page, which begins another run
    notices.gather(st.session_state.run, "live")
    if not get_script_run_ctx().fragment_ids_this_run:
        return  # all is drawn anyway, or another page: both deeds came together
    address_bar.keep_address()
    stale = {name for name, (shows, drawn) in st.session_state.parts.items() if shows() != drawn}
    if stale - names:  # Streamlit itself draws the part whose widget was touched
        st.rerun([f"part.{name}" for name in stale | names])
