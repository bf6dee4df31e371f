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

# Sums in any order, so that vector units can form them: the compiler chooses one for its target (arithmetic.py). Not
# "nnan", "ninf": a run's stop depends on what is not finite. Not "arcp": 1 / sqrt(x) would begin with the processor's
# own estimate (rsqrtss), which Intel and AMD round differently.
SETTINGS: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}
_njit: Any = njit  # its types know no options as a dictionary


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """`function`, written by Numba into the kernels that call it: linked in as a function of its own it would be
    another one, with other last bits, in the process that compiles than in those that read what is kept."""
    compiled: Callable[P, R] = _njit(inline="always", **SETTINGS)(function)
    return compiled


class _Files:
    """The files of one function's cache, a compiled version each, in place of Numba's files and their index.

    Each begins with a checksum over itself and all that it depends on. Only what agrees with it is unpickled: a file
    that is damaged, or was made from another source or by another Numba, counts as missing.
    """

    def __init__(self, folder: str, name: str, source: object):
        self.folder, self.name = Path(folder), name
        self.about = repr((numba.__version__, source, sorted(SETTINGS["fastmath"]), SETTINGS["error_model"]))

    def _path(self, key: object) -> Path:
        return self.folder / f"{self.name}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"

    def _checksum(self, key: object, kept: bytes) -> bytes:
        return hashlib.sha256(f"{self.about} {key!r} ".encode() + kept).digest()

    def load(self, key: object) -> object | None:
        """What was kept under the key (argument types, processor, bytecode); None where nothing whole is there."""
        try:
            content = self._path(key).read_bytes()
        except OSError:
            return None
        checksum, kept = content[:CHECKSUM_BYTES], content[CHECKSUM_BYTES:]
        return pickle.loads(kept) if checksum == self._checksum(key, kept) else None

    def save(self, key: object, data: object) -> None:
        """Keep `data`, all or nothing; a full disk or a folder that cannot be written keeps nothing."""
        kept, path = dumps(data), self._path(key)
        temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        with suppress(OSError):
            try:
                temporary.write_bytes(self._checksum(key, kept) + kept)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)


class _Cache(FunctionCache):
    """Numba's cache of a function, with files that can be trusted. RuntimeError where there is no folder for them."""

    def __init__(self, function: Callable[..., object]):
        super().__init__(function)  # type: ignore[no-untyped-call]  # Numba has no types here
        self._cache_file: Any = _Files(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )

    def save_overload(self, sig: object, data: object) -> None:
        """See Numba; a folder that cannot be made is no reason to stop."""
        with suppress(OSError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]  # nor here


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """`function` compiled for each kind of arguments at its first use on a machine, and kept on disk from then on.

    Indices start at 0 and rows are cut out by slices: with an index like start + i the loop would have to look for
    negative ones, and is not vectorised. Constants take the type of their array, or all becomes float64. A kept version
    is known by the function's own file: touch that where a constant changes that it imports.
    """
    compiled = _njit(**SETTINGS)(function)
    with suppress(RuntimeError):  # no folder to keep it in
        compiled._cache = _Cache(function)
    found: Callable[P, R] = compiled
    return found
