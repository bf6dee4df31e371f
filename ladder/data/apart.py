"""A question about a person's file is answered in a process of its own, which may take so much memory and time.

Whatever a file does to the libraries that read it, this process goes on: it gets an answer, or a Problem that says that
there is none.
"""

import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from ladder.problems import Problem
from ladder.processes.transport import ChildProcess, ParentLink

SECONDS = 120.0  # that a question may take, its libraries loaded
MEMORY = 6_000_000_000  # bytes of address space that its process may have: the libraries take a third before they begin
AT_ONCE = 2  # such processes of one server; further questions wait
NICENESS = 10  # below live runs

Answer = TypeVar("Answer")
_room = threading.BoundedSemaphore(AT_ONCE)


def apart(question: Callable[..., Answer], *arguments: object, seconds: float = SECONDS) -> Answer:
    """Returns `question(*arguments)`, a function of a module, computed in another process; waits for it. Raises the
    Problem that the question raises, own_memory or own_slow where it takes too much, and own_crashed where its process
    ends without an answer."""
    answers: SimpleQueue[object] = SimpleQueue()
    with _room:
        child = ChildProcess(
            "ladder.data.apart:main",
            (f"{question.__module__}:{question.__qualname__}", arguments),
            answers.put,
            lambda: answers.put(Problem("own_crashed")),
            name="ladder-file",
            niceness=NICENESS,
            patience=seconds,
        )
        try:
            found = answers.get(timeout=seconds)
        except Empty:
            raise Problem("own_slow", seconds=round(seconds)) from None
        finally:
            child.kill()
    if isinstance(found, Problem):
        raise found
    return cast(Answer, found)


def main(server: ParentLink, question: str, arguments: tuple[object, ...]) -> None:
    """The process: answers one question, "module:function", with what the function returns or the Problem that it
    raises."""
    import pkgutil

    _limit_memory()
    try:
        answer = pkgutil.resolve_name(question)(*arguments)
    except Problem as problem:
        answer = problem
    except MemoryError:
        answer = Problem("own_memory", gigabytes=MEMORY // 10**9)
    server.send(answer)


def _limit_memory() -> None:
    if sys.platform != "win32":  # which has no such limit
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        least = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (least, most))
