"""What the tests of processes share: a process whose messages and end are kept in the order in which they came."""

from queue import SimpleQueue

from ladder.processes.transport import ChildProcess

PATIENCE = 60  # seconds that a slow machine may take; nothing waits so long when all is well
ENDED = "the process has ended"


class Heard:
    """A ChildProcess, and what was heard of it; killed at the end of a `with`."""

    def __init__(self, target: str, *arguments: object, niceness: int = 0, patience: float = 600.0):
        self.news: SimpleQueue[object] = SimpleQueue()
        self.process = ChildProcess(
            target,
            arguments,
            self.news.put,
            lambda: self.news.put(ENDED),
            name="ladder-test",
            niceness=niceness,
            patience=patience,
        )

    def __enter__(self) -> "Heard":
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        assert self.process.wait(PATIENCE)

    def next(self) -> object:
        """The next message, or ENDED."""
        return self.news.get(timeout=PATIENCE)
