"""A person's file is read in a process of its own, with a limit of memory and of time: no file, however it is made,
takes the server along."""

import logging
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from ladder.data.packed import shown
from ladder.data.source import ArraySource, Reading, Source, TableSource
from ladder.problems import Problem
from ladder.processes.transport import ChildProcess, ParentLink

SECONDS = 120.0  # that a file may take
MEGABYTES = 2_500  # that its reader may have, beyond what its process has at first
MOST_AT_ONCE = 2  # files; others wait
NICENESS = 5  # as live workers: somebody waits

_room = threading.BoundedSemaphore(MOST_AT_ONCE)
log = logging.getLogger(__name__)


def read_apart(content: bytes, filename: str, options: Reading, seconds: float = SECONDS) -> Source:
    """Returns what reading.read returns, from a process with limits; waits for it. Raises the Problems of reading.read,
    reading_busy (no turn within `seconds`), reading_slow (longer than `seconds`), reading_memory (more than MEGABYTES),
    reading_lost (the process has ended or cannot be started) or reading_failed (a mistake of the program)."""
    file = shown(filename)
    heard: SimpleQueue[object] = SimpleQueue()
    if not _room.acquire(timeout=seconds):
        raise Problem("reading_busy")
    try:
        process = ChildProcess(
            "ladder.data.reader_process:main",
            (content, filename, options, MEGABYTES),
            heard.put,
            lambda: heard.put(Problem("reading_lost", file=file)),
            name="ladder-reader",
            niceness=NICENESS,
            patience=seconds,
        )
        try:
            outcome = heard.get(timeout=seconds)
        except Empty:
            raise Problem("reading_slow", file=file, seconds=round(seconds)) from None
        finally:
            process.kill()
    except OSError as error:
        raise Problem("reading_lost", file=file) from error
    finally:
        _room.release()
    if isinstance(outcome, Problem):
        raise outcome
    assert isinstance(outcome, TableSource | ArraySource)
    return outcome


def main(server: ParentLink, content: bytes, filename: str, options: Reading, megabytes: int) -> None:
    """The process: reads one file, sends its Source or a Problem, and ends."""
    _limit(megabytes)
    try:
        server.send(_outcome(content, filename, options))
    except MemoryError:
        server.send(Problem("reading_memory", file=shown(filename), megabytes=megabytes))


def _outcome(content: bytes, filename: str, options: Reading) -> Source | Problem:
    from ladder.data import reading  # here: the server needs none of the readers' libraries

    try:
        return reading.read(content, filename, options)
    except Problem as problem:
        return problem
    except MemoryError:
        raise
    except Exception as error:
        log.exception("a file could not be read")
        return Problem("reading_failed", file=shown(filename), reason=type(error).__name__)


def _limit(megabytes: int) -> None:
    """Leaves this process so much more memory than it has, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + megabytes * 10**6
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
