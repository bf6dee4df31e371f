"""Loops over arrays, compiled by Numba where NumPy or PyTorch would go through memory once for each operation."""

import functools
import pickle
from contextlib import suppress
from pathlib import Path

from numba import njit

# Sums in any order, so that vector units can form them. Not "nnan", "ninf": a run's stop depends on what is not finite.
SETTINGS = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}

# For what only kernels call. Numba writes its code into theirs: linked in as a function of its own it would be another
# one, with other last bits, in the process that compiles than in those that read what is kept.
inner = njit(inline="always", **SETTINGS)


def kernel(function):
    """`function` compiled for each kind of arguments at its first use on a machine, and kept on disk from then on.

    Indices start at 0 and rows are cut out by slices: with an index like start + i the loop would have to look for
    negative ones, and is not vectorised. Constants take the type of their array, or all becomes float64. What is kept
    is known by the function's own file: touch that where SETTINGS change, or a constant that it imports.
    """
    try:
        compiled = njit(cache=True, **SETTINGS)(function)
    except RuntimeError:  # no folder to keep it in
        return njit(**SETTINGS)(function)

    @functools.wraps(function)
    def call(*args):
        nonlocal compiled
        try:
            return compiled(*args)
        except (OSError, EOFError, pickle.UnpicklingError):
            # It could not be kept, or what was kept is damaged; it has not run yet. Nothing of it may stay: a new index
            # beside old code would be believed.
            with suppress(OSError):
                for file in Path(compiled.stats.cache_path).glob(f"*.{function.__name__}-*.nb?"):
                    file.unlink()
            compiled = njit(**SETTINGS)(function)
            return compiled(*args)

    return call
