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

_ONE_AT_A_TIME = threading.Lock()  # what is changed for a start is this process's, not a thread's


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
