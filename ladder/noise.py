"""Randomness that is a pure function of (seed, stream, position): nothing to store, nothing to share by accident.

Each use seeds its own small generator from those three (NumPy's SeedSequence hashes them apart), so that update 700 of
seed 3 draws the same numbers whether it is reached in one run, in a replay, or in a lane among many. NumPy's global
generator is never used.
"""

from functools import lru_cache

import numpy as np

from ladder.arrays import Ints

# Each use of randomness has its own key, so that changing one (more labels, say) leaves the others as they were.
INITIAL, LABELED_NOISE, UNLABELED_NOISE, LABELED_ORDER, UNLABELED_ORDER, PROBE, SAMPLE = range(7)


def bits(seed: int, stream: int, position: int = 0) -> np.random.SFC64:
    """Returns the source of random bits for one use. `stream`: the key of the use; `position`: the update, the epoch,
    or another count of draws before. All three are 0 to 2^32 - 1. SFC64 is the quickest of NumPy's sources to seed and
    to draw from."""
    return np.random.SFC64(np.array([seed, stream, position], np.uint32))  # a list would take half as long again


def generator(seed: int, stream: int, position: int = 0) -> np.random.Generator:
    """Returns a generator with NumPy's distributions, which draws from `bits` of the same arguments."""
    return np.random.Generator(bits(seed, stream, position))


@lru_cache(maxsize=64)
def _permutation(seed: int, stream: int, epoch: int, n: int) -> Ints:
    order = generator(seed, stream, epoch).permutation(n)
    order.flags.writeable = False
    return order


def draw_rows(seed: int, stream: int, seen: int, n_pool: int, n: int) -> Ints:
    """Returns the next `n` row numbers, (n,) int64 in 0 to n_pool - 1, of an endless order that visits each of `n_pool`
    rows once an epoch and is shuffled anew for each epoch.

    `seen` rows were drawn before. The batch size may change at any moment without repeating or skipping a row.
    """
    rows = np.empty(n, np.int64)
    filled = 0
    while filled < n:
        epoch, start = divmod(seen + filled, n_pool)
        part = _permutation(seed, stream, epoch, n_pool)[start : start + n - filled]
        rows[filled : filled + len(part)] = part
        filled += len(part)
    return rows
