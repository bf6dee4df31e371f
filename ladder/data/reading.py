"""The door for a person's file: what it is, what it is packed in, and who reads it."""

from ladder.data.source import Reading, Source


def read(content: bytes, filename: str, options: Reading) -> Source:
    """Returns what a file holds. `filename`: its name as it was given, for sentences and where the content alone does
    not tell the format."""
    raise NotImplementedError


def together(files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Returns several files, as the two of an IDX pair, as one for `read`: its name and its content. `files`: name and
    content of each, at least one."""
    raise NotImplementedError
