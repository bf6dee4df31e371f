"""The IDX format of MNIST: two zero bytes, a type code, the rank, big-endian sizes, then the data.

Files are told apart by their first bytes, not by their names: people keep raw files that are called .gz, and packed
ones that are not.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ladder.problems import Problem

_BYTES = 0x08  # the type code of unsigned bytes, the only one MNIST uses
_TYPES = (_BYTES, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)
_MOST_AXES = 8
_GZIP = b"\x1f\x8b"
MOST_BYTES = 1 << 29  # of one array; MNIST's largest has 47 million


def read(path: Path) -> NDArray[np.uint8]:
    """Returns the array (uint8, of the sizes in its header) in an IDX file, packed with gzip or not.

    Raises Problem idx_unreadable (no such file, damaged archive), idx_page (a web page saved under the name),
    idx_foreign (another format), idx_large (more than MOST_BYTES) or idx_length (more or fewer bytes than its header
    says).
    """
    with _opened(path) as file:
        sizes, start = _header(_bytes(file, 4 + 4 * _MOST_AXES, path), path.name)
        expected = math.prod(sizes)
        if expected > MOST_BYTES:
            raise Problem("idx_large", file=path.name, expected=expected, high=MOST_BYTES)
        file.seek(0)
        content = _bytes(file, start + expected + 1, path)  # no archive is unpacked further than it should reach
        if len(content) != start + expected:
            found = len(content) if len(content) < start + expected else start + expected + _left(file, path)
            raise Problem("idx_length", file=path.name, expected=start + expected, found=found)
        return parsed(content, path.name)


def parsed(content: bytes, name: str) -> NDArray[np.uint8]:
    """Returns the array in the content of an IDX file. `name`: what sentences call the file.

    Raises Problem idx_page, idx_foreign or idx_length.
    """
    sizes, start = _header(content, name)
    expected = start + math.prod(sizes)
    if len(content) != expected:
        raise Problem("idx_length", file=name, expected=expected, found=len(content))
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def is_idx(content: bytes) -> bool:
    """Returns whether a content begins as an IDX file of any type of numbers."""
    return len(content) >= 4 and content[:2] == b"\0\0" and content[2] in _TYPES and 1 <= content[3] <= _MOST_AXES


def shape(path: Path) -> tuple[int, ...]:
    """Returns the sizes in the header, without reading the data.

    Raises Problem idx_unreadable, idx_page, idx_foreign, or idx_length (a file that ends within its header).
    """
    with _opened(path) as file:
        return _header(_bytes(file, 4 + 4 * _MOST_AXES, path), path.name)[0]


def _opened(path: Path) -> BinaryIO:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        return cast(BinaryIO, gzip.open(path, "rb")) if packed else path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def _bytes(file: BinaryIO, n: int, path: Path) -> bytes:
    try:
        return file.read(n)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _left(file: BinaryIO, path: Path) -> int:
    """Returns 1 plus the number of bytes that are left in a file, counted up to about MOST_BYTES."""
    found = 1
    while found < MOST_BYTES and (block := _bytes(file, 1 << 20, path)):
        found += len(block)
    return found


def _unreadable(path: Path, error: Exception) -> Problem:
    return Problem("idx_unreadable", file=path.name, reason=getattr(error, "strerror", None) or str(error))


def _header(content: bytes, name: str) -> tuple[tuple[int, ...], int]:
    """Returns the sizes, and the byte at which the data begin, from a file's first bytes."""
    if content.lstrip()[:1] == b"<":
        raise Problem("idx_page", file=name)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES or not 1 <= content[3] <= _MOST_AXES:
        raise Problem("idx_foreign", file=name)
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise Problem("idx_length", file=name, expected=start, found=len(content))
    return struct.unpack(f">{content[3]}I", content[4:start]), start
