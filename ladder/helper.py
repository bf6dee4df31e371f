"""A worker process as the server holds it: started apart from the server's main script, spoken to through a pipe."""

import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from ladder import worker

STOP_SECONDS = 5.0  # a worker finishes its chunk and saves its runs before it ends

log = logging.getLogger(__name__)


class Helper:
    """One worker. `receive(run_id, kind, header, arrays)` is called with its news from a thread of its own,
    `lost(helper)` when it has ended for whatever reason."""

    def __init__(self, folder: Path, device: str, receive: Callable, lost: Callable):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(
            target=worker.main, args=(theirs, folder, device), daemon=True, name="ladder-worker"
        )
        with _hidden_main(), _one_thread():
            self.process.start()
        theirs.close()
        self.commands: SimpleQueue = SimpleQueue()
        threading.Thread(target=self._read, args=(receive, lost), daemon=True, name="ladder-reader").start()
        threading.Thread(target=self._write, daemon=True, name="ladder-writer").start()

    def send(self, *command) -> None:
        """A command, later: a full pipe must keep nobody waiting. A dead worker's commands are dropped."""
        self.commands.put(command)

    def stop(self) -> None:
        """Wait until the worker has saved its runs and ended; one that does not is killed."""
        self.process.join(STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()

    def _write(self) -> None:
        while (command := self.commands.get()) is not None:
            try:
                self.connection.send(command)
            except OSError:
                break

    def _read(self, receive: Callable, lost: Callable) -> None:
        while True:
            try:
                message = self.connection.recv()
            except (EOFError, OSError):
                break
            try:
                receive(*message)
            except Exception:  # one message's trouble must not cut off all runs of this worker
                log.exception("a worker's message was not understood")
        self.commands.put(None)
        lost(self)


@contextmanager
def _hidden_main():
    """A spawned process runs the parent's main script again to find its functions. Ours are importable, and the script
    of a server must not run twice: hide it meanwhile."""
    main = sys.modules["__main__"]
    kept = {name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__}
    main.__spec__ = None
    try:
        yield
    finally:
        main.__dict__.update(kept)


@contextmanager
def _one_thread():
    """Two runs on two cores are better served by one thread each; the libraries read this when they are loaded."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    kept = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
