"""A worker process as the server holds it: started apart from the server's main script, spoken to through a pipe."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from ladder.live import worker
from ladder.processes import spawn

STOP_SECONDS = 5.0  # a worker finishes its chunk and saves its runs before it ends

log = logging.getLogger(__name__)


class Helper:
    """One worker. `receive(run_id, kind, header, arrays)` is called with its news from a thread of its own,
    `lost(helper)` when it has `ended` for whatever reason."""

    def __init__(self, folder: Path, device: str, receive: Callable, lost: Callable):
        self.ended = False
        self.process, self.connection = spawn.with_pipe(worker.main, "ladder-worker", folder, device)
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
        self.ended = True
        lost(self)
