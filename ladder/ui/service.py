"""The one Lab, the one Jobs and the one Checks of this server: app.py starts them before the first visitor, the pages
reach them here."""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ladder import arithmetic, i18n
from ladder.experiments.server import Jobs
from ladder.files import runs_folder
from ladder.live import store
from ladder.live.codes import Codes
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.processes import spawn
from ladder.server import reach
from ladder.teaching.checks import Checks
from ladder.teaching.classes import Classes, check_replica
from ladder.teaching.room import Member

_MEMBER = "member "  # before its id
_labs: list[Lab] = []
_not_kept: list[Problem] = []
_jobs: list[Jobs] = []
_checks: list[Checks] = []
_classes: list[Classes] = []


def make() -> Lab:
    """Returns a Lab, not started yet, by the environment variables LADDER_RUNS, LADDER_WORKERS and LADDER_DEVICE
    (default: cpu).

    Where the folder of runs cannot be written, runs and results are kept in a temporary one, which is removed when the
    server ends; `not_kept` then returns why. Raises SystemExit with a sentence where LADDER_ARITHMETIC,
    LADDER_WORKERS or LADDER_REPLICA has an impossible value, or no temporary folder can be made.
    """
    try:
        arithmetic.check()
        check_replica(os.environ.get("LADDER_REPLICA", ""))
        n_workers, folder = spawn.n_workers(), runs_folder()
        try:
            store.check_folder(folder)
        except Problem as problem:
            folder = _temporary(problem)
        return Lab(folder, n_workers, os.environ.get("LADDER_DEVICE") or "cpu")
    except Problem as problem:
        raise SystemExit(i18n.problem(problem, i18n.of_system())) from None


def _temporary(problem: Problem) -> Path:
    """A new folder in place of LADDER_RUNS, removed when the server ends. `problem`: why LADDER_RUNS cannot be used.
    Raises Problem "runs_nowhere" where no folder can be made."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="ladder-lab-"))
    except OSError:
        raise Problem("runs_nowhere", **problem.values) from None
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["LADDER_RUNS"] = str(folder)  # where the results' database goes too
    _not_kept[:] = [problem]
    print(i18n.problem(problem, i18n.of_system()), file=sys.stderr, flush=True)
    return folder


def not_kept() -> Problem | None:
    """Returns why this server keeps nothing when it ends, Problem "runs_folder", or None if it keeps its runs."""
    return _not_kept[0] if _not_kept else None


def start(lab: Lab) -> None:
    """Starts the Lab and returns when it is ready. If Lab.start raises a Problem, prints its sentence and ends the
    process."""
    try:
        lab.start()
    except Problem as problem:
        lab.stop()
        print(i18n.problem(problem, i18n.of_system()), file=sys.stderr, flush=True)
        os._exit(1)  # an exception raised while the server starts would be printed with a traceback


def use(lab: Lab, classes: Classes | None = None) -> None:
    """Makes `lab` the Lab that pages use, and `classes` the classes, by default those in the folder of its runs. No run
    of a class is tidied away."""
    _labs[:] = [lab]
    _classes[:] = [classes or make_classes(lab)]
    lab.kept = _classes[0].runs


def make_classes(lab: Lab) -> Classes:
    """Returns the classes beside the runs of `lab`, not read yet. Their codes begin with the environment variable
    LADDER_REPLICA."""
    return Classes(lab.store.folder, replica=os.environ.get("LADDER_REPLICA", ""))


def load_classes() -> None:
    """Reads the classes of earlier servers, and prints the teacher code. With LADDER_CLASS=1 makes a class where there
    is none, prints the code of the one touched last, and writes it into the file that reach.CODE_FILE names. Where the
    classes cannot be read, prints why instead, and the server goes on without them."""
    try:
        classes().load()
        print(i18n.text("classroom.code_line", i18n.of_system(), code=classes().teacher_code), flush=True)
        if os.environ.get("LADDER_CLASS") == "1":
            code = classes().code_of(_some_class())
            print(i18n.text("classroom.class_line", i18n.of_system(), code=code), flush=True)
            with suppress(OSError):  # the board shows the code too
                if place := os.environ.get(reach.CODE_FILE):
                    Path(place).write_text(code, encoding="utf-8")
    except Problem as problem:
        print(i18n.problem(problem, i18n.of_system()), file=sys.stderr, flush=True)


def _some_class() -> str:
    """The id of the class that was touched last, a new one where all are over. Raises Problem as Classes.make does."""
    found = classes()
    return (
        next((room.id for room in found.rooms.values() if not room.ended), None)
        or found.make(i18n.text("teacher.usual", i18n.of_system())).id
    )


def classes() -> Classes:
    """Returns the classes in use. Where pages run without app.py, as in a test, `use` must be called first."""
    return _classes[0]


def lab() -> Lab:
    """Returns the Lab in use. Where pages run without app.py, as in a test, `use` must be called first."""
    return _labs[0]


def codes() -> Codes:
    """Returns the short codes of links, which are kept beside the runs. They begin as those of the classes."""
    return Codes(lab().store.folder / "codes", classes().replica)


def use_jobs(jobs: Jobs) -> None:
    """Makes `jobs` the Jobs that pages use."""
    _jobs[:] = [jobs]


def jobs() -> Jobs:
    """Returns the Jobs in use. Where pages run without app.py, as in a test, `use_jobs` must be called first."""
    return _jobs[0]


def use_checks(checks: Checks) -> None:
    """Makes `checks` the Checks that pages use."""
    _checks[:] = [checks]


def checks() -> Checks:
    """Returns the Checks in use. Where pages run without app.py, as in a test, `use_checks` must be called first."""
    return _checks[0]


def session() -> str:
    """Returns Streamlit's session id of the tab for which this script runs. Jobs tells tabs apart by it."""
    context = get_script_run_ctx()
    assert context is not None
    return context.session_id


def asker_of(member: Member) -> str:
    """Returns the name by which Jobs knows a member of a class, whichever tab it uses."""
    return f"{_MEMBER}{member.id}"


def connected(asker: str) -> bool:
    """Returns whether the tab with this session id is still connected. The member of a class is so always, and without
    a server, as in a test, every tab is."""
    if asker.startswith(_MEMBER):
        return True
    return not runtime.exists() or runtime.get_instance().is_active_session(asker)
