"""Starting processes of the program's own: how many there are, in which environment, and with which interpreter."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterable
from multiprocessing import connection

from ladder import given
from ladder.problems import Problem
from ladder.processes import cores

if sys.platform == "win32":
    PipeEnd = connection.PipeConnection
else:
    PipeEnd = connection.Connection

MAX_WORKERS = 8  # unless LADDER_WORKERS asks for more: each takes about 260 MB
MOST_CHOSEN = 1000  # processes that somebody may ask for

# The new interpreter imports nothing before it has this one's search path: a file in the working directory that has the
# name of one of our modules must not stand in for it.
_PROGRAM = "import sys; sys.path[:] = {path!r}; from ladder.processes import child; child.main()"


def n_workers() -> int:
    """Returns the number of processes that a server has for its runs, and as many again for its jobs: LADDER_WORKERS,
    by default one for each processor that it may use, MAX_WORKERS at most. Raises Problem "bad_whole" if LADDER_WORKERS
    is not a whole number from 1 to MOST_CHOSEN."""
    word = os.environ.get("LADDER_WORKERS") or str(min(MAX_WORKERS, cores.usable()))
    found = given.whole(word, MOST_CHOSEN)
    if not found:
        raise Problem("bad_whole", name="LADDER_WORKERS", value=word[:40], low="1", high=str(MOST_CHOSEN))
    return found


def environment() -> dict[str, str]:
    """Returns the environment variables of every process that is started here: this process's own, with one thread for
    each library, which must be set before a library is loaded. Processes on as many cores are better served by one
    thread each."""
    return os.environ | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start(name: str, niceness: int) -> tuple[subprocess.Popen[bytes], PipeEnd]:
    """Starts an interpreter in which `child.main` runs. Returns its process and this side of a connection to it.

    `name` is what a list of processes shows; `niceness` is added to this process's own (on Windows any niceness means
    "below normal"). Raises OSError where the system has no room for a process.

    The other side of the connection is inherited, so that no address has to be listened on. The connection ends when
    either process ends, for whatever reason. The new process gets neither this one's main script, which another thread
    may be running, nor its standard input.
    """
    ours, theirs = multiprocessing.Pipe()
    try:
        process = _popen([str(theirs.fileno()), str(niceness), name], theirs.fileno())
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def _popen(words: Iterable[str], inherited: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _PROGRAM.format(path=[*map(str, sys.path)]), *words]
    if sys.platform == "win32":
        os.set_handle_inheritable(inherited, True)
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            env=environment(),
            creationflags=subprocess.BELOW_NORMAL_PRIORITY_CLASS,
            startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": [inherited]}),
        )
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment(), pass_fds=(inherited,))
