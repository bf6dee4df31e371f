"""Loops over arrays, compiled by Numba where NumPy or PyTorch would go through memory once for each operation."""

import functools

from numba import njit

# Sums in any order, so that vector units can form them. Not "nnan", "ninf": a run's stop depends on what is not finite.
SETTINGS = {"fastmath": {"reassoc", "contract", "nsz", "arcp"}, "error_model": "numpy"}

inner = njit(**SETTINGS)  # for what only kernels call


def kernel(function):
    """`function` compiled for each kind of arguments at its first use on a machine, and kept on disk from then on.

    Indices start at 0 and rows are cut out by slices: with an index like start + i the loop would have to look for
    negative ones, and is not vectorised. Constants take the type of their array, or all becomes float64.
    """
    try:
        compiled = njit(cache=True, **SETTINGS)(function)
    except RuntimeError:  # no folder to keep it in
        return inner(function)

    @functools.wraps(function)
    def call(*args):
        try:
            return compiled(*args)
        except OSError:  # it could not be kept, the disk is full perhaps; but it is compiled and has not run yet
            return compiled(*args)

    return call
