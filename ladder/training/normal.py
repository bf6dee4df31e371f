"""Standard normal numbers as a pure function of (seed, stream, position): the ladder's noise."""

import numpy as np

from ladder.arrays import Floats, Ints
from ladder.noise import bits
from ladder.training.compiled import kernel


@kernel
def _uniform(raw: Ints, radius: Floats, angle: Floats) -> None:
    """Turns raw (2 n,) uint32 into radius (n,) in (0, 1], from the first half, and angle (n,) in [0, 2 pi], from the
    second."""
    first, second = raw[: len(radius)], raw[len(radius) :]
    to_unit, to_angle, one = np.float32(2.0**-32), np.float32(2.0 * np.pi * 2.0**-32), np.float32(1)
    for i in range(len(radius)):
        radius[i] = (np.float32(first[i]) + one) * to_unit
        angle[i] = np.float32(second[i]) * to_angle


@kernel
def _polar(logarithm: Floats, cosine: Floats, sine: Floats) -> None:
    """Multiplies cosine and sine (n,) in place by the radius sqrt(-2 logarithm)."""
    for i in range(len(logarithm)):
        radius = np.sqrt(np.float32(-2) * logarithm[i])
        cosine[i] *= radius
        sine[i] *= radius


def normal(seed: int, stream: int, position: int, n: int) -> Floats:
    """Returns `n` standard normal numbers (n,) float32, by the transform of Box and Muller (1958). They depend on the
    arguments alone; `seed`, `stream` and `position` are those of noise.bits.

    Vectorised logarithms and sines take a fifth of the time of NumPy's ziggurat here. The largest value is
    sqrt(2 ln 2^32) = 6.66.
    """
    half = (n + 1) // 2
    radius, angle = np.empty((2, half), np.float32)
    _uniform(bits(seed, stream, position).random_raw(half).view(np.uint32), radius, angle)
    values = np.empty(2 * half, np.float32)
    cosine, sine = values[:half], values[half:]
    np.cos(angle, out=cosine)
    np.sin(angle, out=sine)
    _polar(np.log(radius, out=radius), cosine, sine)
    return values[:n]
