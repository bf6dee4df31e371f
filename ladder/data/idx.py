"""The IDX format of MNIST: two zero bytes, a type code, the rank, big-endian sizes, then the data."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ladder.problems import Problem

_BYTES = 0x08  # the type code of unsigned bytes, the only one MNIST uses


def read(path: Path) -> np.ndarray:
    """The array in an IDX file of unsigned bytes, gzip-compressed if its name ends in .gz. Problem if it is not one."""
    return parse(_bytes(path, -1), path.name)


def shape(path: Path) -> tuple[int, ...]:
    """The sizes in the header, without reading the data."""
    return _header(_bytes(path, 4 + 4 * 8), path.name)[0]


def _bytes(path: Path, n: int) -> bytes:
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            return file.read(n)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Problem("idx_unreadable", file=path.name, reason=reason) from error


def parse(content: bytes, name: str) -> np.ndarray:
    """As `read`, from bytes."""
    sizes, start = _header(content, name)
    expected = start + math.prod(sizes)
    if len(content) != expected:
        raise Problem("idx_length", file=name, expected=expected, found=len(content))
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def _header(content: bytes, name: str) -> tuple[tuple[int, ...], int]:
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _BYTES or not 1 <= content[3] <= 8:
        raise Problem("idx_foreign", file=name)
    start = 4 + 4 * content[3]
    if len(content) < start:
        raise Problem("idx_length", file=name, expected=start, found=len(content))
    return struct.unpack(f">{content[3]}I", content[4:start]), start
