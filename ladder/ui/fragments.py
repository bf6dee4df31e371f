"""The live page in parts. After an act only the parts that show something else now are drawn again.

Streamlit answers every touched widget by the whole page: some seventy messages, for which the browser renders every
widget anew, on the cores on which the networks train. A part is a fragment of the page with a function that returns
what the part shows. A moved slider then costs some five messages (benchmarks/page.py measures what that is worth).
"""

from collections.abc import Callable

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ladder.ui import address_bar, notices, tab


def begin() -> None:
    """Forget the parts of the page before, as a page's script begins."""
    st.session_state.parts = {}


def part(name: str, shows: Callable[[], object], draw: Callable[[], None]) -> None:
    """Draw a part of the live page now, and again whenever `shows()` returns something else. `shows()` returns all that
    the part draws, but for the language."""

    def drawn() -> None:
        st.session_state.parts[name] = shows, shows()
        draw()

    st.fragment(drawn, key=f"part.{name}")()


def act(name: str, action: Callable[..., None], *arguments: object) -> None:
    """Call `action` for a widget of part `name`. That part is drawn again in any case: after a refused action it shows
    what it showed before, but its widget has moved."""
    if tab.present():
        action(*arguments)
    _draw_again({name})


def take_news() -> None:
    """Redraw what the run's news concern. The panel calls this."""
    _draw_again(set())


def _draw_again(names: set[str]) -> None:
    if not tab.present():
        st.rerun()  # the whole page, which begins another run
    notices.gather(st.session_state.run, "live")
    if not get_script_run_ctx().fragment_ids_this_run:
        return  # all is drawn anyway, or another page: two acts came together
    address_bar.keep_address()
    stale = {name for name, (shows, drawn) in st.session_state.parts.items() if shows() != drawn}
    if stale - names:  # Streamlit itself draws the part whose widget was touched
        st.rerun([f"part.{name}" for name in stale | names])
