"""Loops over arrays, compiled by Numba where NumPy or PyTorch would go through memory once for each operation."""

import hashlib
import pickle
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba import njit
from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

P = ParamSpec("P")
R = TypeVar("R")
CHECKSUM_BYTES = hashlib.sha256().digest_size

# "reassoc" allows sums in any order, so that vector units can form them; the compiler chooses the order for its target
# (arithmetic.py). "nnan" and "ninf" are left out, as a run stops at numbers that are not finite. "arcp" is left out, as
# 1 / sqrt(x) would begin with the processor's own estimate (rsqrtss), which Intel and AMD round differently.
SETTINGS: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}
_njit: Any = njit  # its types know no options as a dictionary


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Returns `function` such that Numba writes it into each kernel that calls it. Linked in as a function of its own,
    it would have other last bits in the process that compiles it than in a process that reads the kept version."""
    compiled: Callable[P, R] = _njit(inline="always", **SETTINGS)(function)
    return compiled


class _Files:
    """The files of one function's cache, one for each compiled version, in place of Numba's files and their index.

    A file begins with a checksum of its content and of all that it depends on. The content is unpickled only where the
    checksum is right: a file that is damaged, or was made from another source or by another Numba, counts as missing.
    """

    def __init__(self, folder: str, name: str, source: object):
        self.folder, self.name = Path(folder), name
        self.about = repr((numba.__version__, source, sorted(SETTINGS["fastmath"]), SETTINGS["error_model"]))

    def _path(self, key: object) -> Path:
        return self.folder / f"{self.name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def _checksum(self, key: object, kept: bytes) -> bytes:
        return hashlib.sha256(f"{self.about} {key!r} ".encode() + kept).digest()

    def load(self, key: object) -> object | None:
        """Returns what was kept under the key (argument types, processor, bytecode); None where there is no file or a
        damaged one."""
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        checksum, kept = content[:CHECKSUM_BYTES], content[CHECKSUM_BYTES:]
        return pickle.loads(kept) if checksum == self._checksum(key, kept) else None

    def save(self, key: object, data: object) -> None:
        """Keeps `data` under the key, as a whole or not at all. On a full disk, or in a folder that cannot be written,
        nothing is kept, and nothing is raised."""
        kept, path = dumps(data), self._path(key)
        temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        with suppress(OSError):
            try:
                temporary.write_bytes(self._checksum(key, kept) + kept)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


class _Cache(FunctionCache):
    """Numba's cache of a function, with files that are checked. Raises RuntimeError where there is no folder for
    them."""

    def __init__(self, function: Callable[..., object]):
        super().__init__(function)  # type: ignore[no-untyped-call]  # Numba has no types here
        self._cache_file: Any = _Files(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def save_overload(self, sig: object, data: object) -> None:
        """See Numba. Where the folder cannot be made, nothing is kept, and nothing is raised."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]  # nor here


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Returns `function`, to be compiled for each combination of argument types at its first use on a machine, and kept
    on disk from then on.

    How a kernel has to be written: indices start at 0, and rows are cut out by slices. With an index like `start + i`
    the loop would have to look for negative ones, and is not vectorised. Constants are given the type of their array,
    or all becomes float64. A kept version is valid while the function's own file does not change: touch that file after
    a change of a constant that it imports.
    """
    compiled = _njit(**SETTINGS)(function)
    with suppress(RuntimeError):  # no folder to keep it in
        compiled._cache = _Cache(function)
    found: Callable[P, R] = compiled
    return found
