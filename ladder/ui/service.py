"""The one Lab of this server: app.py starts it before the first visitor, the pages reach it here."""

import os
import sys
from pathlib import Path

from ladder import i18n
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.processes import spawn

_labs: list[Lab] = []


def runs_folder() -> Path:
    """Where runs are kept: LADDER_RUNS, or runs/ in the working directory."""
    return Path(os.environ.get("LADDER_RUNS") or "runs")


def make() -> Lab:
    """A Lab from the environment: LADDER_RUNS, LADDER_WORKERS, LADDER_DEVICE (default: cpu). A server whose settings
    are wrong does not start, and says why."""
    try:
        return Lab(runs_folder(), spawn.n_workers(), os.environ.get("LADDER_DEVICE") or "cpu")
    except Problem as problem:
        raise SystemExit(i18n.problem(problem, "en")) from None


def start(lab: Lab) -> None:
    """Start it. Where its device is missing the server ends, and says why."""
    try:
        lab.start()
    except Problem as problem:
        lab.stop()
        print(i18n.problem(problem, "en"), file=sys.stderr, flush=True)
        os._exit(1)  # whatever is raised while a server starts is printed with a traceback


def use(lab: Lab) -> None:
    """The pages talk to this one from now on."""
    _labs[:] = [lab]


def lab() -> Lab:
    """The Lab in use. A page that is run without app.py, as in a test, must call `use` first."""
    return _labs[0]
