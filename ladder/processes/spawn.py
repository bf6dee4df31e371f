"""Processes of our own: started apart from the parent's main script, with one thread for arithmetic."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import ModuleType

from ladder.problems import Problem

MAX_WORKERS = 8  # unless more are asked for: each takes about 260 MB
_ONE_AT_A_TIME = threading.Lock()  # what is changed for a start is this process's, not a thread's


def n_workers() -> int:
    """How many processes a server has for its runs, and as many again for its jobs: LADDER_WORKERS, by default one per
    core. Problem if that is no number."""
    word = os.environ.get("LADDER_WORKERS") or str(min(MAX_WORKERS, os.cpu_count() or 1))
    if not word.isdecimal() or not int(word):
        raise Problem("bad_whole", name="LADDER_WORKERS", value=word[:40], low="1", high="1000")
    return int(word)


def with_pipe(target: Callable, name: str, *arguments) -> tuple[BaseProcess, Connection]:
    """A started process that runs `target(connection, *arguments)`, and the other end of its pipe; it does not outlive
    us."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments), daemon=True, name=name)
    with _ONE_AT_A_TIME, _hidden_main(), _one_thread():
        process.start()
    theirs.close()
    return process, ours


@contextmanager
def _hidden_main():
    """A spawned process runs the parent's main script again to find its functions. Ours are importable, and the script
    of a server must not run twice: an empty module stands in its place meanwhile. The script itself is left alone, as
    another thread may be running it."""
    kept, empty = sys.modules["__main__"], ModuleType("__main__")
    sys.modules["__main__"] = empty
    try:
        yield
    finally:
        if sys.modules["__main__"] is empty:  # else a script has begun meanwhile
            sys.modules["__main__"] = kept


@contextmanager
def _one_thread():
    """Processes on as many cores are better served by one thread each; the libraries read this when they are loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    kept = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
