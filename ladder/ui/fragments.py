"""The live page in parts. After an act only the parts that would now show something else are drawn again.

Streamlit answers every touched widget by the whole page: some seventy messages, for which the browser renders every
widget anew, on the cores on which the networks train. A part is a fragment of the page with a function that reads
what the part shows. A moved slider then costs some five messages (benchmarks/page.py measures what that is worth).

A run goes on while the page is drawn. So a part is drawn from the value that is compared later: one that read the run's
status once more would show "Pause" for a run that had come to rest in between, and no news would put that right.

Session state `parts` holds for each part its function and what it returned when the part was last drawn.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ladder.problems import Problem
from ladder.ui import address_bar, membership, notices, tab

Shown = TypeVar("Shown")


def begin() -> None:
    """Forgets all parts. Called where the script of a page begins."""
    st.session_state.parts = {}


def part(name: str, shows: Callable[[], Shown], draw: Callable[[Shown], None]) -> None:
    """Draws the part `name` of the live page by `draw(shows())` now, and again after an act or news by which `shows()`
    returns something else. `shows()` returns everything that the part depends on except the language. Where one of the
    two raises a Problem, its sentence stands in the place of the part, and the other parts are drawn all the same."""

    def drawn() -> None:
        try:
            value = shows()
            st.session_state.parts[name] = shows, value
            draw(value)
        except Problem as problem:
            notices.warn(problem)

    st.fragment(drawn, key=f"part.{name}")()


def act(name: str, action: Callable[..., None], *arguments: object) -> None:
    """Calls action(*arguments) for a widget of the part `name`, and draws again the parts that it concerns. The part
    `name` is drawn again in any case: its widget has moved, and after a refused action must show the old value. If the
    tab has lost its run, the action is left out and the whole page is drawn again; if the visitor's class is paused,
    it is left out with a notice."""
    if tab.present() and notices.attempt("live", lambda: membership.check_steer(st.session_state.run)):
        action(*arguments)
    _draw_again({name})


def take_news() -> None:
    """Draws again the parts that the run's news concern. The live panel calls this (component.live)."""
    _draw_again(set())


def take_change() -> None:
    """Closes the notices, which an act always does, and draws again the parts that a change in the live panel concerns.
    The panel calls this (component.live)."""
    notices.close_notices("live")
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
