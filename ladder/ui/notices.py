"""What a page tells its visitor beside its numbers: problems in words, each shown once, until they are closed.

The notices of a page are the list of Problems in session state `<page>_notices`, where the page is "live", "race",
"explore" or "search".
"""

from collections.abc import Callable

import streamlit as st

from ladder import i18n
from ladder.problems import Problem
from ladder.ui import service, texts


def attempt(page: str, action: Callable[[], object]) -> bool:
    """Calls `action()`. A Problem becomes one more notice of the page, whose controls go on showing the values in force
    (widgets.py). Returns whether there was no Problem."""
    try:
        action()
    except Problem as problem:
        add(problem, page)
        return False
    return True


def attempt_anew(page: str, action: Callable[[], object]) -> bool:
    """As `attempt`, after the page's earlier notices are closed."""
    close_notices(page)
    return attempt(page, action)


def add(problem: Problem, page: str) -> None:
    """Adds a problem to a page's notices, unless the same problem with the same values is among them."""
    if problem.args not in told(page):
        st.session_state[f"{page}_notices"].append(problem)


def guarded(page: str, main: Callable[[], object]) -> None:
    """Draws a page's notices, then the page by `main()`. A Problem of `main()` ends the page and is shown there."""
    show_notices(page)
    try:
        main()
    except Problem as problem:
        warn(problem)


def warn(problem: Problem) -> None:
    """Draws a problem as a sentence in the visitor's language."""
    st.warning(texts.plain(i18n.problem(problem, texts.language())), icon=":material/info:")


def show_notices(page: str) -> None:
    """Draws a page's notices and a button that closes them. They stay until the next act: a run's news, by which the
    page is drawn again at once, do not remove them."""
    notices = st.session_state[f"{page}_notices"]
    if not notices:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container():
            for notice in notices:
                warn(notice)
        st.button(
            "",
            icon=":material/close:",
            key=f"{page}.close",
            type="tertiary",
            on_click=close_notices,
            args=(page,),
            help=texts.hint("page.close"),
        )


def told(page: str) -> list[tuple]:
    """Returns (key, values) for each of a page's notices."""
    return [notice.args for notice in st.session_state[f"{page}_notices"]]


def gather(run_id: str, page: str) -> None:
    """Adds what went wrong with a run, and was not told yet, to the notices of `page`. Raises Problem "run_unknown" if
    there is no such run."""
    problem = service.lab().take_problem(run_id)
    if problem:
        add(problem, page)


def close_notices(page: str) -> None:
    """Removes all notices of a page."""
    st.session_state[f"{page}_notices"] = []
