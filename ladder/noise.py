"""Randomness that is a pure function of (seed, stream, position): nothing to store, nothing to share by accident.

Each use seeds its own small generator from those three (NumPy's SeedSequence hashes them apart), so that update 700 of
seed 3 draws the same numbers whether it is reached in one run, in a replay, or in a lane among many. Never the global
generator.
"""

from functools import lru_cache

import numpy as np

# Each use of randomness has its own key, so that changing one (more labels, say) leaves the others as they were.
INITIAL, LABELED_NOISE, UNLABELED_NOISE, LABELED_ORDER, UNLABELED_ORDER, PROBE = range(6)

_TO_UNIT = np.float32(2.0**-32)
_TO_ANGLE = np.float32(2.0 * np.pi * 2.0**-32)


def bits(seed: int, stream: int, position: int = 0) -> np.random.SFC64:
    """The source of one use. SFC64 is the quickest to seed and to draw from among NumPy's."""
    return np.random.SFC64([seed, stream, position])


def generator(seed: int, stream: int, position: int = 0) -> np.random.Generator:
    """NumPy's distributions over `bits`."""
    return np.random.Generator(bits(seed, stream, position))


def normal(seed: int, stream: int, position: int, n: int) -> np.ndarray:
    """`n` standard normal float32 numbers, by Box and Muller's transform (1958), in one draw.

    Vectorised logarithm and sine cost a fifth of NumPy's ziggurat here. The largest value is sqrt(2 ln 2^32) = 6.66.
    """
    half = (n + 1) // 2
    raw = bits(seed, stream, position).random_raw(half).view(np.uint32)
    uniform = raw.astype(np.float32)
    radius, angle = uniform[:half], uniform[half:]
    radius += 1.0
    radius *= _TO_UNIT  # (0, 1]
    angle *= _TO_ANGLE
    np.log(radius, out=radius)
    radius *= -2.0
    np.sqrt(radius, out=radius)
    values = np.empty(2 * half, np.float32)
    np.cos(angle, out=values[:half])
    np.sin(angle, out=values[half:])
    values.reshape(2, half)[:] *= radius
    return values[:n]


@lru_cache(maxsize=64)
def _permutation(seed: int, stream: int, epoch: int, n: int) -> np.ndarray:
    order = generator(seed, stream, epoch).permutation(n)
    order.flags.writeable = False
    return order


def draw_rows(seed: int, stream: int, seen: int, n_pool: int, n: int) -> np.ndarray:
    """The next `n` of an endless order that visits each of `n_pool` rows once an epoch, newly shuffled each time.

    `seen` rows were drawn before; the batch size may change at any moment without repeating or skipping a row.
    """
    rows = np.empty(n, np.int64)
    filled = 0
    while filled < n:
        epoch, start = divmod(seen + filled, n_pool)
        part = _permutation(seed, stream, epoch, n_pool)[start : start + n - filled]
        rows[filled : filled + len(part)] = part
        filled += len(part)
    return rows
