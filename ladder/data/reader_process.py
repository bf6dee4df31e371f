"""A person's file is read in a process of its own, which may take so much memory and so much time."""

from ladder.data.source import Reading, Source

SECONDS = 120.0  # that a file may take


def read_apart(content: bytes, filename: str, options: Reading, seconds: float = SECONDS) -> Source:
    """Returns what reading.read returns, or raises its Problem, from a process with limits; waits for it."""
    raise NotImplementedError
