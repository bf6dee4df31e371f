"""A job on a page: its cost, its buttons, its progress."""

from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as NotYet

import pandas as pd
import streamlit as st

from ladder.experiments import names
from ladder.experiments.background import RETRY_SECONDS
from ladder.experiments.jobs import Progress
from ladder.experiments.server import Work
from ladder.problems import Problem
from ladder.ui import membership, notices, service, sharing, texts

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 0.4  # until a job has its first result
SOON_SECONDS = 0.3  # a cost that is known by then is shown at once


def buttons(work: Work, key: str) -> None:
    """Draws the buttons of `work`: one that starts it; while its job is active those that pause or resume and cancel
    it; or one that joins the job that other tabs started. A teacher may end the job that others want, and a student
    finds here the way to end another one of its own. `key` is the start of the buttons' keys. The Problem of the
    button pressed last goes to session state `<key>.problem`, which `follow` shows; it is None where all went well."""
    jobs, asker, name = service.jobs(), membership.asker(), work.name
    start = lambda: membership.start_job(work)  # noqa: E731
    if not jobs.active(name):
        _button("start", key, "play_arrow", start, n=work.n_runs, disabled=work.complete)
        if asker != service.session() and (others := jobs.wanted({asker})):  # of which a student may have few
            _button("cancel_other", key, "stop", lambda: _cancel(others, asker), kind="secondary")
        return
    steers = jobs.steers(name, asker)
    if not steers:
        _button("join", key, "group_add", start)
    elif jobs.rests(name, asker):
        _button("resume", key, "play_arrow", lambda: jobs.resume(name, asker), at="hold")
    else:
        _button("pause", key, "pause", lambda: jobs.pause(name, asker), at="hold")
    if membership.is_teacher() and jobs.others(name, asker):
        _button("end", key, "stop", lambda: jobs.end(name), kind="secondary")
    elif steers:
        _button("cancel", key, "stop", lambda: jobs.cancel(name, asker), kind="secondary")


def _cancel(works: Iterable[str], asker: str) -> None:
    for name in works:
        service.jobs().cancel(name, asker)


def _button(
    word: str,
    key: str,
    icon: str,
    action: Callable[[], None],
    at: str | None = None,
    kind: str = "primary",
    disabled: bool = False,
    **values: object,
) -> None:
    """A button with the key `{key}.{at or word}` and the text jobs.{word}."""
    st.button(
        texts.say(f"jobs.{word}", **values),
        key=f"{key}.{at or word}",
        type="primary" if kind == "primary" else "secondary",
        icon=f":material/{icon}:",
        on_click=_attempt,
        args=(action, key),
        disabled=disabled,
    )


def _attempt(action: Callable[[], None], key: str) -> None:
    """Calls `action()`, unless the visitor's class is paused. A Problem is kept in session state, to be shown below the
    buttons."""
    st.session_state[f"{key}.problem"] = None
    try:
        membership.check_steer("")
        action()
    except Problem as problem:
        st.session_state[f"{key}.problem"] = problem


def share(page: str, address: Callable[[str], str]) -> None:
    """Draws a button that opens a box with the link to the runs, address(base), for others (sharing.show). `base` is
    the address of this page, whose name is `page`."""
    box = st.popover(texts.say("page.share"), icon=":material/share:", key=f"{page}.share", on_change="rerun")
    if box.open:
        with box:
            st.caption(texts.say("explore.share_note"))
            sharing.show(page, address)


def download(label: str, name: str, rows: Callable[[], list[dict]]) -> None:
    """Draws a button `label` that downloads `rows()` as a CSV file called after `name`. `rows` is called when the
    button is pressed; inner dictionaries become columns such as "settings.noise_std"."""
    content = lambda: pd.json_normalize(rows()).to_csv(index=False)  # noqa: E731
    st.download_button(label, content, f"{names.file_stem(name)}.csv", "text/csv", icon=":material/download:")


def follow(work: Work, key: str, draw: Callable[[], None]) -> None:
    """Draws the cost or the progress of `work`, then calls `draw()`. Both are repeated every LOOK_SECONDS while a job
    is active or a cost is being measured, sooner until the job has its first result, and every RETRY_SECONDS after the
    Problem of a cost. A Problem of either is shown in its place. `key`: as in `buttons`."""
    shown = _state(work)
    pauses = {"begun": FIRST_LOOK_SECONDS, "active": LOOK_SECONDS, "measuring": LOOK_SECONDS, "refused": RETRY_SECONDS}
    st.fragment(_look, run_every=pauses.get(shown))(work, key, draw, shown)


def _state(work: Work) -> str:
    """What a page has to wait for: "begun" (a job without a result of its own), "active" (another job), "measuring" (a
    cost), "refused" (a cost that had a Problem), or "rest" (nothing)."""
    if service.jobs().active(work.name):
        progress = service.jobs().progress(work.name)
        return "active" if progress and progress.done > progress.reused else "begun"
    if work.complete or _too_large(work):
        return "rest"
    cost = service.jobs().cost(work)
    if not cost.done():
        return "measuring"
    return "refused" if cost.cancelled() or cost.exception() else "rest"


def _too_large(work: Work) -> Problem | None:
    """Why the visitor cannot start the runs, whose cost is then not measured."""
    try:
        membership.check_size(work)
    except Problem as problem:
        return problem
    return None


def _look(work: Work, key: str, draw: Callable[[], None], before: str) -> None:
    now = _state(work)
    first = (before, now) == ("begun", "active")
    if now != before and not first:
        st.rerun()  # other buttons now, or nothing more to wait for
    with st.container(key=f"job_state.{key}"):  # of a height of its own, so that what `draw` draws stays in place
        _attempted(lambda: _tell(work, key, now))
    _attempted(draw)
    if first:
        st.rerun()  # the first result is drawn; from now on it is looked at less often


def _attempted(part: Callable[[], None]) -> None:
    try:
        part()
    except Problem as problem:  # of the crew, or of the database
        notices.warn(problem)


def _tell(work: Work, key: str, state: str) -> None:
    progress = service.jobs().progress(work.name)
    if progress:
        _progress(progress, texts.say(f"jobs.unit.{work.counted}"))
    problem = None if state in ("begun", "active") or work.complete else _too_large(work)
    if state in ("begun", "active"):
        _others(work.name)
    elif work.complete:
        st.caption(texts.say(f"jobs.known.{work.counted}", runs=work.n_runs))
    elif problem:
        notices.warn(problem)
    else:
        _cost(work)
    pressed = st.session_state.get(f"{key}.problem")
    if pressed and not (problem and pressed.args == problem.args):
        notices.warn(pressed)


def _others(name: str) -> None:
    """How many other tabs want the job, and what the buttons then do."""
    jobs, asker = service.jobs(), membership.asker()
    n_others = jobs.others(name, asker)
    if n_others:
        word = "rests" if jobs.rests(name, asker) else "shared" if jobs.steers(name, asker) else "foreign"
        st.caption(texts.say(f"jobs.others.{word}", n=n_others))


def _progress(progress: Progress, unit: str) -> None:
    if progress.problem:
        notices.warn(progress.problem)
    if progress.state == "finished":
        return
    words = texts.say(f"jobs.state.{progress.state}", done=progress.done, total=progress.total, unit=unit)
    if progress.state == "running" and progress.rate:
        words += " " + texts.say("jobs.rate", rate=f"{progress.rate:,.0f}")
    if progress.seconds_left is not None and progress.state == "running":
        words += " " + texts.say("jobs.left", time=duration(progress.seconds_left))
    st.progress(progress.done / max(1, progress.total), text=words)


def _cost(work: Work) -> None:
    try:
        cost = service.jobs().cost(work).result(SOON_SECONDS)
    except (NotYet, CancelledError):  # or given up a moment ago: it is asked for again
        st.caption(texts.say("jobs.measuring", n=work.n_runs))
        return
    words = texts.say(
        "jobs.cost",
        runs=cost.runs,
        reused=cost.reused,
        updates=f"{cost.updates:,}",
        time=duration(cost.seconds),
        workers=cost.workers,
        megabytes=round(cost.memory / 1e6),
    )
    st.caption(words)


def duration(seconds: float) -> str:
    """Returns a duration in words: below 90 seconds in whole seconds, below 90 minutes in minutes and above in hours,
    both with one decimal."""
    for unit, size in (("hours", 5400), ("minutes", 90)):
        if seconds >= size:
            return texts.say(f"jobs.{unit}", n=f"{seconds / {'hours': 3600, 'minutes': 60}[unit]:.1f}")
    return texts.say("jobs.seconds", n=round(seconds))
