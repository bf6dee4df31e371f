"""A question about a person's file is answered in a process of its own, with a limit of memory and of time: no file,
however it is made, takes the server along."""

import logging
import pkgutil
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from ladder.data.packed import shown
from ladder.problems import Problem
from ladder.processes.transport import ChildProcess, ParentLink

SECONDS = 120.0  # that a question may take
MEGABYTES = 2_500  # that its process may have, beyond what it has at first
MOST_AT_ONCE = 2  # questions; others wait
NICENESS = 5  # as live workers: somebody waits

Answer = TypeVar("Answer")
_room = threading.BoundedSemaphore(MOST_AT_ONCE)
log = logging.getLogger(__name__)


def apart(filename: str, question: Callable[..., Answer], *arguments: object, seconds: float = SECONDS) -> Answer:
    """Returns `question(*arguments)`, a module's function, from a process with limits; waits for it. `filename`: for
    sentences. Raises the Problem that the question raises, reading_busy (no turn within `seconds`), reading_slow
    (longer than `seconds`), reading_memory (more than MEGABYTES), reading_lost (the process has ended or cannot be
    started) or reading_failed (a mistake of the program)."""
    file = shown(filename)
    heard: SimpleQueue[object] = SimpleQueue()
    if not _room.acquire(timeout=seconds):
        raise Problem("reading_busy")
    try:
        process = ChildProcess(
            "ladder.data.apart:main",
            (file, f"{question.__module__}:{question.__qualname__}", arguments, MEGABYTES),
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
    return cast(Answer, outcome)


def main(server: ParentLink, file: str, question: str, arguments: tuple[object, ...], megabytes: int) -> None:
    """The process: answers one question, "module:function", and ends."""
    _limit(megabytes)
    try:
        server.send(_outcome(file, question, arguments))
    except MemoryError:
        server.send(Problem("reading_memory", file=file, megabytes=megabytes))


def _outcome(file: str, question: str, arguments: tuple[object, ...]) -> object:
    try:
        return pkgutil.resolve_name(question)(*arguments)
    except Problem as problem:
        return problem
    except MemoryError:
        raise
    except Exception as error:
        log.exception("a file could not be read")
        return Problem("reading_failed", file=file, reason=type(error).__name__)


def _limit(megabytes: int) -> None:
    """Leaves this process so much more memory than it has, where the system can do that."""
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + megabytes * 10**6
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
