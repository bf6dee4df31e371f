"""What a sweep or a search may be called, and what the files and folders with its results are called."""

import hashlib
import re

from ladder.problems import Problem

MOST_LETTERS = 80  # the width of the database's columns
_NAME = re.compile(r"\w(?:[\w .+=-]*[\w+=-])?")  # letters and digits of every script, "_"; no path, no markup
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices of Windows


def readable(name: str) -> str:
    """Returns the name, if something in a database may have it, also if an older version of the program named it: 1 to
    MOST_LETTERS printable letters. Raises Problem "sweep_name"."""
    if not 1 <= len(name) <= MOST_LETTERS or not name.isprintable():
        raise _refused(name)
    return name


def checked(name: str) -> str:
    """Returns the name, if it may be given to a sweep or a search: 1 to MOST_LETTERS letters, digits, spaces or
    . _ + = -, of which the first is a letter, a digit or "_" and the last is neither a space nor a dot. Raises Problem
    "sweep_name"."""
    if len(name) > MOST_LETTERS or not _NAME.fullmatch(name):
        raise _refused(name)
    return name


def _refused(name: str) -> Problem:
    shown = "".join(letter if letter.isprintable() else "?" for letter in name[:40])
    return Problem("sweep_name", name=shown, high=MOST_LETTERS)


def file_stem(name: str) -> str:
    """Returns a file name without its ending for any name, also one that an older version of the program accepted. It
    is never a path to another folder, and never empty."""
    return _no_path(name[:MOST_LETTERS].replace(",", "_"))


def folder_name(text: str) -> str:
    """Returns the name of a folder for any text: never a path to another folder, never empty. A text that cannot be a
    name as it stands, or is too long for one, gets a digest at its end, so that no two texts share a folder."""
    name = _no_path(text)
    if name == text and len(text) <= MOST_LETTERS:
        return text
    return f"{name[:MOST_LETTERS]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _no_path(text: str) -> str:
    name = re.sub(r"[^\w.,+=-]+", "_", text).strip(".") or "_"
    return f"_{name}" if _RESERVED.fullmatch(name) else name
