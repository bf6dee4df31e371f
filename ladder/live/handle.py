"""A worker of live runs as the server holds it."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from ladder.live.life import Command
from ladder.live.news import News
from ladder.processes.transport import ChildProcess

STOP_SECONDS = 5.0  # a worker finishes its chunk and saves its runs before it ends
PATIENCE_SECONDS = 120.0  # loading MNIST and compiling without a cache take seconds; a busy machine, ten times that
NICENESS = 5


class WorkerHandle:
    """One worker. `receive(run_id, news)` is called with its news from a thread of its own,
    `lost(handle)` when it has ended for whatever reason, as when it did not answer for PATIENCE_SECONDS. Raises OSError
    where the system has no room for a process."""

    def __init__(
        self,
        folder: Path,
        device: str,
        receive: Callable[[str, News], None],
        lost: Callable[["WorkerHandle"], None],
    ):
        self.process = ChildProcess(
            "ladder.live.worker:main",
            (folder, device),
            lambda news: receive(*cast(tuple[str, News], news)),
            lambda: lost(self),
            name="ladder-worker",
            niceness=NICENESS,
            patience=PATIENCE_SECONDS,
        )

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.ended

    def send(self, *command: object) -> None:
        """Send a command (name, run_id, *arguments); returns at once."""
        self.process.send(command)

    def unacknowledged(self) -> list[Command]:
        """The commands, in their order, that a worker which has ended did not carry out, or not certainly."""
        return [cast(Command, command) for command in self.process.unacknowledged()]

    def ask_to_stop(self) -> None:
        """Have the worker save its runs and end; returns at once."""
        self.process.ask_to_stop()

    def stop(self) -> None:
        """Wait until the worker has saved its runs and ended; after STOP_SECONDS it is killed."""
        self.process.stop(STOP_SECONDS)
