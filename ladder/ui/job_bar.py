"""A job on a page: what it would take, its buttons, its progress."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as NotYet

import pandas as pd
import streamlit as st

from ladder.experiments import jobs as farm
from ladder.experiments import server
from ladder.experiments.search import Search
from ladder.experiments.server import Work
from ladder.problems import Problem
from ladder.ui import address_bar, notices, texts

LOOK_SECONDS = 1.0
SOON_SECONDS = 0.3  # a cost that is known by then is shown at once


def buttons(work: Work, key: str) -> None:
    """Start; or pause, go on and cancel."""
    if not server.active(work.name):
        st.button(
            texts.say("jobs.start", n=work.n_runs),
            key=f"{key}.start",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_attempt,
            args=(lambda: server.start(work), key),
            disabled=work.complete,
        )
        return
    job = server.of(work.name)
    paused = job.progress.state == "paused"
    st.button(
        texts.say("jobs.resume" if paused else "jobs.pause"),
        key=f"{key}.hold",
        type="primary",
        icon=f":material/{'play_arrow' if paused else 'pause'}:",
        on_click=_hold,
        args=(job, paused),
    )
    st.button(
        texts.say("jobs.cancel"), key=f"{key}.cancel", icon=":material/stop:", on_click=lambda: server.cancel(work.name)
    )


def _attempt(action, key: str) -> None:
    """Do it; a Problem is said below the buttons."""
    st.session_state[f"{key}.problem"] = None
    try:
        action()
    except Problem as problem:
        st.session_state[f"{key}.problem"] = problem


def _hold(job: farm.Job | Search, paused: bool) -> None:
    job.resume() if paused else job.pause()
    job.wait(0.15)  # until it has noticed, so that the button shows it


def share(page: str, address: Callable[[str], str]) -> None:
    """The link that describes the runs elsewhere."""
    with st.popover(texts.say("page.share"), icon=":material/share:"):
        st.caption(texts.say("explore.share_note"))
        address_bar.show_link(address(address_bar.base_address(page)))


def download(label: str, name: str, rows: Callable[[], list[dict]]) -> None:
    """A button for rows as a CSV file, which are put together when it is pressed."""
    content = lambda: pd.json_normalize(rows()).to_csv(index=False)  # noqa: E731
    st.download_button(label, content, f"{name}.csv", "text/csv", icon=":material/download:")


def follow(work: Work, key: str, draw: Callable[[], None]) -> None:
    """Cost or progress, then `draw()`, again and again while something is to come."""
    active = server.active(work.name)
    waiting = not active and not work.complete and not server.cost(work).done()
    st.fragment(_look, run_every=LOOK_SECONDS if active or waiting else None)(work, key, draw, active, waiting)


def _look(work: Work, key: str, draw: Callable[[], None], was_active: bool, was_waiting: bool) -> None:
    if (was_active and not server.active(work.name)) or (was_waiting and server.cost(work).done()):
        st.rerun()  # other buttons now, or nothing more to wait for
    if server.of(work.name):
        _progress(server.of(work.name).progress, texts.say(f"jobs.unit.{work.counted}"))
    if work.complete:
        st.caption(texts.say(f"jobs.known.{work.counted}", runs=work.n_runs))
    elif not was_active:
        _cost(work)
    problem = st.session_state.get(f"{key}.problem")
    if problem:
        notices.warn(problem)
    draw()


def _progress(progress: farm.Progress, unit: str) -> None:
    if progress.state == "finished":
        return
    words = texts.say(f"jobs.state.{progress.state}", done=progress.done, total=progress.total, unit=unit)
    if progress.state == "running" and progress.rate:
        words += " " + texts.say("jobs.rate", rate=f"{progress.rate:,.0f}")
    if progress.seconds_left is not None and progress.state == "running":
        words += " " + texts.say("jobs.left", time=duration(progress.seconds_left))
    st.progress(progress.done / max(1, progress.total), text=words)
    if progress.problem:
        notices.warn(progress.problem)


def _cost(work: Work) -> None:
    try:
        cost = server.cost(work).result(SOON_SECONDS)
    except (NotYet, CancelledError):  # or given up a moment ago: it is asked for again
        st.caption(texts.say("jobs.measuring", n=work.n_runs))
        return
    except Problem as problem:
        notices.warn(problem)
        return
    words = texts.say(
        "jobs.cost",
        runs=cost.runs,
        reused=cost.reused,
        updates=f"{cost.updates:,}",
        time=duration(cost.seconds),
        workers=server.crew().size,
        megabytes=round(cost.memory / 1e6),
    )
    st.caption(words)


def duration(seconds: float) -> str:
    """So many seconds, minutes or hours, in two digits."""
    for unit, size in (("hours", 5400), ("minutes", 90)):
        if seconds >= size:
            return texts.say(f"jobs.{unit}", n=f"{seconds / {'hours': 3600, 'minutes': 60}[unit]:.1f}")
    return texts.say("jobs.seconds", n=round(seconds))
