"""The one Lab and the one Jobs of this server: app.py starts them before the first visitor, the pages reach them
here."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ladder import arithmetic, i18n
from ladder.experiments.server import Jobs
from ladder.live import store
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.processes import spawn

_labs: list[Lab] = []
_not_kept: list[Problem] = []
_jobs: list[Jobs] = []


def runs_folder() -> Path:
    """The folder that keeps runs: LADDER_RUNS, or runs/ in the working directory."""
    return Path(os.environ.get("LADDER_RUNS") or "runs")


def make() -> Lab:
    """A Lab from the environment: LADDER_RUNS, LADDER_WORKERS, LADDER_DEVICE (default: cpu).

    Where the folder of runs cannot be written, runs and results are kept in a temporary one, which goes with the
    server; `not_kept` says so. Where a setting is wrong the server does not start: SystemExit with the sentence.
    """
    try:
        arithmetic.check()
        n_workers, folder = spawn.n_workers(), runs_folder()
        try:
            store.check_folder(folder)
        except Problem as problem:
            folder = _temporary(problem)
        return Lab(folder, n_workers, os.environ.get("LADDER_DEVICE") or "cpu")
    except Problem as problem:
        raise SystemExit(i18n.problem(problem, "en")) from None


def _temporary(problem: Problem) -> Path:
    """A folder in place of LADDER_RUNS, removed when the server ends; `problem`: what is wrong with that one. Problem
    runs_nowhere where none can be made."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="ladder-lab-"))
    except OSError:
        raise Problem("runs_nowhere", **problem.values) from None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["LADDER_RUNS"] = str(folder)  # where the results' database goes too
    _not_kept[:] = [problem]
    print(i18n.problem(problem, "en"), file=sys.stderr, flush=True)
    return folder


def not_kept() -> Problem | None:
    """Why this server keeps nothing when it ends (runs_folder); None if it does."""
    return _not_kept[0] if _not_kept else None


def start(lab: Lab) -> None:
    """Start the Lab. Where its device is missing the server ends, and says why."""
    try:
        lab.start()
    except Problem as problem:
        lab.stop()
        print(i18n.problem(problem, "en"), file=sys.stderr, flush=True)
        os._exit(1)  # whatever is raised while a server starts is printed with a traceback


def use(lab: Lab) -> None:
    """The pages talk to this Lab from now on."""
    _labs[:] = [lab]


def lab() -> Lab:
    """The Lab in use. A page that is run without app.py, as in a test, must call `use` first."""
    return _labs[0]


def use_jobs(jobs: Jobs) -> None:
    """The pages talk to this one from now on."""
    _jobs[:] = [jobs]


def jobs() -> Jobs:
    """The Jobs in use. A page that is run without app.py, as in a test, must call `use_jobs` first."""
    return _jobs[0]


def session() -> str:
    """The session of the tab that this script runs for, by which Jobs tells tabs apart."""
    context = get_script_run_ctx()
    assert context is not None
    return context.session_id


def connected(session: str) -> bool:
    """Whether the tab of a session is still there. A page that is run without a server, as in a test, always is."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)
