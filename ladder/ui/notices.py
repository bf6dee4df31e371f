"""What a page tells its visitor beside its numbers: problems in words, each said once, until they are closed."""

import streamlit as st

from ladder import i18n
from ladder.problems import Problem
from ladder.ui import service, texts


def attempt(action) -> bool:
    """Do it; a Problem becomes a notice, and the controls show what is true (widgets.py)."""
    try:
        action()
    except Problem as problem:
        add(problem, "live")
        return False
    return True


def add(problem: Problem, page: str) -> None:
    """Said once, however often it happens."""
    if problem.args not in told(page):
        st.session_state[f"{page}_notices"].append(problem)


def attempt_on(page: str, action) -> bool:
    """Do it for a page ("race", "explore", "search"); a Problem becomes its notice, in place of the one before."""
    try:
        action()
    except Problem as problem:
        st.session_state[f"{page}_notices"] = [problem]
        return False
    st.session_state[f"{page}_notices"] = []
    return True


def guarded(page: str, main) -> None:
    """A page's notices, then the page; a Problem that leaves nothing to show is said in its place."""
    show_notices(page)
    try:
        main()
    except Problem as problem:
        warn(problem)


def warn(problem: Problem) -> None:
    """A problem in the visitor's language."""
    st.warning(i18n.problem(problem, texts.language()), icon=":material/info:")


def show_notices(page: str) -> None:
    """A page's notices, until the next act or until they are closed: a run's news redraw the page at once."""
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
            help=texts.say("page.close"),
        )


def told(page: str) -> list[tuple]:
    """What a page's notices say."""
    return [notice.args for notice in st.session_state[f"{page}_notices"]]


def gather(run_id: str, page: str) -> None:
    """Add what went wrong with a run since the last look to its page's notices."""
    problem = service.lab().take_problem(run_id)
    if problem:
        add(problem, page)


def close_notices(page: str = "live") -> None:
    """What was said has been read, or is out of date."""
    st.session_state[f"{page}_notices"] = []
