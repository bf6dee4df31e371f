"""Short codes for links, which a class copies from the board: each code is a small file that holds its link.

A code stands for a link to be shared and for nothing else: whoever guesses one sees what somebody has shared.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from ladder.live.store import files_in
from ladder.problems import Problem, reason_of

# No letter looks like another or like a digit, and without vowels no code is a word.
LETTERS = "23456789CDFGHJKMNPQRTVWXY"
LENGTH = 5
KEPT = 2000  # codes; that which was longest not used goes first
LONGEST = 8192  # bytes of a link; an address has less than 6,144 letters (recipe/links.py)
_CODE = re.compile(f"[{LETTERS}]{{{LENGTH}}}")
_MEANT = str.maketrans("BSZ", "852")  # what a hand or a glance makes of these digits


class Codes:
    """The codes whose links lie in a folder, which is made when it is needed. `first`: the letter with which they
    begin, one of LETTERS, "" for any; a proxy tells the servers that make codes apart by it."""

    def __init__(self, folder: Path, first: str = "") -> None:
        self.folder, self.first = folder, first

    def code(self, link: str) -> str:
        """Returns the code of a link, which is always the same, and keeps it. Raises Problem "code_disk" where the
        folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return next(code for code in _codes_of(link, self.first) if self._take(code, link))
        except OSError as error:
            raise Problem("code_disk", reason=reason_of(error)) from None

    def link(self, written: str) -> str:
        """Returns the link behind a code as a person has written it: small or wide letters and blanks do not matter.
        Raises Problem "code_unknown" if there is none, or no longer."""
        code = cleaned(written)
        link = self._read(code) if _CODE.fullmatch(code) else None
        if not link:
            raise Problem("code_unknown", code=written.strip()[:20])
        with suppress(OSError):
            os.utime(self.folder / code)  # a code in use is kept
        return link

    def is_another_s(self, written: str) -> bool:
        """Returns whether another server than this one has made the code, if any has, by its first letter."""
        code = cleaned(written)
        return bool(self.first and _CODE.fullmatch(code)) and code[0] != self.first

    def _take(self, code: str, link: str) -> bool:
        """Whether the code stands for the link, which it does from now on if it was free."""
        try:
            with (self.folder / code).open("x", encoding="utf-8") as file:
                file.write(link)
        except FileExistsError:
            if self._read(code) != link:
                return False
            os.utime(self.folder / code)
            return True
        self._forget()
        return True

    def _read(self, code: str) -> str | None:
        try:
            with (self.folder / code).open(encoding="utf-8") as file:
                return file.read(LONGEST)
        except (OSError, UnicodeDecodeError):
            return None

    def _forget(self) -> None:
        """Removes the codes that are too many."""
        files = files_in(self.folder)
        for path in sorted(files, key=lambda path: files[path].st_mtime_ns)[:-KEPT]:
            with suppress(OSError):
                path.unlink()


def cleaned(written: str) -> str:
    """Returns a code as it is kept: in plain capitals, without blanks and signs, with the digits that a B, an S and a Z
    were meant to be."""
    plain = unicodedata.normalize("NFKC", written[:40]).upper()
    return re.sub(r"[^A-Z0-9]", "", plain).translate(_MEANT)


def _codes_of(link: str, first: str) -> Iterator[str]:
    """The codes that a link may have, all beginning with `first`, in the order in which they are tried."""
    for attempt in count():
        number = int.from_bytes(hashlib.sha256(f"{attempt} {link}".encode()).digest()[:8])
        digits = [number // len(LETTERS) ** i % len(LETTERS) for i in range(LENGTH)]
        yield first + "".join(LETTERS[digit] for digit in digits[len(first) :])
