"""What files are packed in: gzip, bzip2 and xz around one file, and zips. Nothing is unpacked beyond a bound, and no
name in an archive is ever a path on this disk."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from ladder.data import encodings
from ladder.problems import Problem

MOST_UNPACKED = 512_000_000  # bytes of all that a file holds
MOST_MEMBERS = 200_000  # of a zip: 60,000 images, their folders, and what macOS adds to each

_BLOCK = 1 << 20
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's directory
_PASSWORD = 1  # the flag of an entry
_UTF8 = 1 << 11  # the flag of an entry whose name is UTF-8
_STREAMS = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz"}


@dataclass(frozen=True)
class File:
    """A file's name, as sentences show it, and its content."""

    name: str
    content: bytes


def shown(name: str, letters: int = 80) -> str:
    """Returns a name from a file or a browser as it may stand in a sentence or in a list: printable, on one line, and
    no longer than so many letters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    words = " ".join(printable.split())
    return words if len(words) <= letters else f"{words[: letters - 1]}…"


@contextmanager
def told(problem: Problem) -> Iterator[None]:
    """Raises `problem` in place of whatever damaged content does to the library that reads it. Other Problems and a
    lack of memory stay what they are."""
    try:
        yield
    except (Problem, MemoryError):
        raise
    except Exception as error:
        raise problem from error


def stream_kind(content: bytes) -> str | None:
    """Returns which of "gz", "bz2" and "xz" a content is packed with; None for any other."""
    return next((kind for magic, kind in _STREAMS.items() if content.startswith(magic)), None)


def unpacked(file: File) -> File:
    """Returns the one file in a gz, bz2 or xz, called after its archive. Raises Problem reading_unpacked (more than
    MOST_UNPACKED bytes) or reading_damaged."""
    kind = stream_kind(file.content)
    assert kind, file.name
    inside = io.BytesIO()
    with told(Problem("reading_damaged", file=file.name)), _opened(kind, file.content) as stream:
        while block := stream.read(_BLOCK):
            if inside.tell() + len(block) > MOST_UNPACKED:
                raise Problem("reading_unpacked", file=file.name, megabytes=MOST_UNPACKED // 10**6)
            inside.write(block)
    return File(file.name.removesuffix(f".{kind}"), inside.getvalue())


def beginning(file: File, n: int) -> bytes:
    """Returns the first n bytes of what is in a file, packed with gz, bz2, xz or not; b"" of a damaged archive."""
    kind = stream_kind(file.content)
    if not kind:
        return file.content[:n]
    with suppress(Problem), told(Problem("reading_damaged", file=file.name)), _opened(kind, file.content) as stream:
        return stream.read(n)
    return b""


def _opened(kind: str, content: bytes) -> BinaryIO:
    stream = io.BytesIO(content)
    if kind == "gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    return cast(BinaryIO, bz2.BZ2File(stream) if kind == "bz2" else lzma.LZMAFile(stream))


class Zip:
    """A zip's files: `name`, the archive's own; `paths`, the files' paths in it with "/", without folders, hidden files
    and what macOS and Windows put beside them. Raises Problem reading_damaged, reading_locked (a password),
    reading_members (more than MOST_MEMBERS), reading_path (a path that leads out of the archive) or reading_unpacked
    (more than `most` bytes altogether, by default MOST_UNPACKED, as its directory says)."""

    def __init__(self, file: File, most: int | None = None):
        self.name, most = file.name, most or MOST_UNPACKED
        if file.content.count(_ENTRY) > MOST_MEMBERS:
            raise Problem("reading_members", file=self.name, high=MOST_MEMBERS)
        with told(Problem("reading_damaged", file=self.name)):
            self._archive = zipfile.ZipFile(io.BytesIO(file.content))
        entries = self._archive.infolist()
        if sum(entry.file_size for entry in entries) > most:
            raise Problem("reading_unpacked", file=self.name, megabytes=most // 10**6)
        self._entries = {path: entry for entry in entries if not _is_hidden(path := _path(entry))}
        for path, entry in self._entries.items():
            if path.startswith("/") or ".." in PurePosixPath(path).parts:
                raise Problem("reading_path", file=self.name, path=shown(path))
            if entry.flag_bits & _PASSWORD:
                raise Problem("reading_locked", file=self.name)
        self.paths = tuple(self._entries)

    def read(self, path: str) -> bytes:
        """Returns the content of one of `paths`: as many bytes as the zip's directory says, and no more. Raises Problem
        reading_damaged."""
        with told(Problem("reading_damaged", file=self.name)):
            return self._archive.read(self._entries[path])

    def file(self, path: str) -> File:
        """Returns one of `paths` as a file. Raises Problem reading_damaged."""
        return File(shown(PurePosixPath(path).name), self.read(path))


def _path(entry: zipfile.ZipInfo) -> str:
    """Returns an entry's path. Programs that do not know UTF-8 write names in the letters of their country, and
    zipfile reads them as code page 437."""
    name = entry.filename
    if not name.isascii() and not entry.flag_bits & _UTF8:
        raw = name.encode("cp437", errors="replace")
        name = raw.decode(encodings.of_name(raw))
    return name.replace("\\", "/")


def _is_hidden(path: str) -> bool:
    parts = path.split("/")
    hidden = any(part.startswith(".") and part != ".." for part in parts)
    return path.endswith("/") or hidden or "__MACOSX" in parts or parts[-1].lower() in ("thumbs.db", "desktop.ini")
