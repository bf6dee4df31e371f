"""What a network does to its inputs, as small arrays: Jacobians, contraction, tangents, probes, codes, reconstructions.

A function that takes a `reader` changes nothing, and returns None where the reader has no answer: no code, no decoder,
or numbers that are no longer finite. Arrays are float32; n rows of d inputs, codes of m units. Definitions: Rifai et
al. 2011, sections 4 and 5. Milliseconds are for 200 rows of digits, 64-100-50-25, on one core.
"""

import math
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from ladder import noise
from ladder.analysis.components import principal_plane
from ladder.arrays import Bools, Floats, Ints
from ladder.models.references import linear_probe
from ladder.training.normal import normal

INSIGHT = 48  # stream of noise.py
DIRECTIONS, DENOISING, OUTSIDE = range(3)  # its positions
BLOCK = 2**24  # numbers of a block of Jacobians: 128 MiB
MOST_TSNE = 1000  # rows, which take 1.6 s

# Which values of a unit mean that its derivative has all but vanished. Below 0.05 or above 0.95 is the definition of
# Rifai et al. 2011, footnote 6; tanh(a) = 2 sigmoid(2 a) - 1 turns it into -0.9 and 0.9.
SATURATED: dict[str, Callable[[Floats], Bools]] = {
    "sigmoid": lambda code: (code < 0.05) | (code > 0.95),
    "tanh": lambda code: np.abs(code) > 0.9,
    "relu": lambda code: code <= 0,  # the share of silent units
}


class Readable(Protocol):
    """What the measures need of a contestant; readers.Reader and models.references.Reference have it. Rows x (n, d),
    codes (n, m), K classes, all float32. A method returns None where the contestant has no code or no decoder."""

    @property
    def first_weights(self) -> Floats | None: ...  # (m_1, d)

    def layers(self, x: Floats) -> list[Floats]: ...  # (n, m_l) of each hidden layer, from the first layer up

    def encode(self, x: Floats) -> Floats | None: ...  # (n, m)

    def decode(self, code: Floats) -> Floats | None: ...  # (n, d)

    def reconstruct(self, x: Floats) -> Floats | None: ...  # (n, d)

    def jacobian(self, x: Floats) -> Floats | None: ...  # (n, m, d)

    def probabilities(self, x: Floats) -> Floats: ...  # (n, K)


def jacobian_spectrum(reader: Readable, x: Floats) -> Floats | None:
    """Returns the singular values of d code / d x by rank, the mean over the rows: (min(m, d),), falling (Rifai et al.
    2011, Fig. 2). O(n m d min(m, d)); 6 ms.

    They are the roots of the eigenvalues of J J^T, or of J^T J where that is smaller, in float64. This takes half the
    time of a singular value decomposition or less. It is exact to 1e-8 of the largest value, which is finer than a
    float32 Jacobian.
    """
    total: Floats = np.zeros(1)
    for J in _jacobians(reader, x):
        if J is None:
            return None
        wide = J.shape[1] <= J.shape[2]
        gram = J @ J.swapaxes(1, 2) if wide else J.swapaxes(1, 2) @ J
        total = total + np.sqrt(np.maximum(np.linalg.eigvalsh(gram), 0.0)).sum(0)
    return (total[::-1] / len(x)).astype(np.float32)


def distances(x: Floats) -> tuple[float, float, float]:
    """Returns the least, the median and the greatest distance between two of the rows x (n, d), n at least 2, in units
    of the inputs: the scale to read a contraction curve by. O(n^2 d)."""
    x = x.astype(np.float64)  # the least distance is a small difference of large squares
    squares = (x**2).sum(1)
    between = squares[:, None] + squares - 2 * x @ x.T
    pairs = np.sqrt(np.maximum(between[np.triu_indices(len(x), 1)], 0.0))
    return float(pairs.min()), float(np.median(pairs)), float(pairs.max())


def contraction_curve(reader: Readable, x: Floats, radii: Floats, seed: int) -> Floats | None:
    """Returns the mean of |f(x1) - f(x)| / |x1 - x| over the rows x for each of `radii` (k,): (k,). f is the code, and
    x1 is uniform on the sphere of that radius around x (Rifai et al. 2011, Fig. 1). Below 1 the code contracts. k + 1
    encodings; 3 ms for 14 radii.

    `seed` draws one direction for each row, the same for every radius and every network. Radii below 0.01 would be lost
    in float32.
    """
    here = _code(reader, x)
    if here is None:
        return None
    directions = normal(seed, INSIGHT, DIRECTIONS, x.size).reshape(x.shape)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    there = [_code(reader, (x + np.float32(radius) * directions).astype(np.float32)) for radius in radii]
    moved = [np.linalg.norm(code - here, axis=1).mean() for code in there if code is not None]
    return (np.array(moved) / radii).astype(np.float32) if len(moved) == len(radii) else None


def tangents(reader: Readable, x: Floats, k: int) -> Floats | None:
    """Returns the unit vectors (min(k, m, d), d) along which the code of the one row x (d,) changes most, the greatest
    change first: the right singular vectors of its Jacobian (Rifai et al. 2011, "The Manifold Tangent Classifier").
    Their sign is arbitrary; here the entry of the largest absolute value is positive. O(m d min(m, d))."""
    (J,) = _jacobians(reader, x[None])
    if J is None:
        return None
    found = np.linalg.svd(J[0], full_matrices=False)[2][:k]
    largest = np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1)
    signed: Floats = (found * np.sign(largest)).astype(np.float32)
    return signed


def code_histogram(reader: Readable, x: Floats, n_bins: int = 30) -> tuple[Floats, Floats] | None:
    """Returns the share, a fraction, of all n m code values in each of `n_bins` equal bins between the least and the
    greatest value, and the bins' middles: (n_bins,) both."""
    code = _code(reader, x)
    if code is None:
        return None
    counts, edges = np.histogram(code, n_bins)
    return (counts / code.size).astype(np.float32), ((edges[1:] + edges[:-1]) / 2).astype(np.float32)


def saturated(reader: Readable, x: Floats, units: str = "sigmoid") -> float | None:
    """Returns the share, a fraction, of the n m code values at which the derivative of a unit has all but vanished.
    `units`: the activation of the code, whose limits are in SATURATED. None also for an activation that SATURATED
    does not have, as its derivative never vanishes."""
    code = _code(reader, x)
    return float(SATURATED[units](code).mean()) if code is not None and units in SATURATED else None


def filters(reader: Readable, k: int) -> Floats | None:
    """Returns the input weights (min(k, m_1), d) of the first-layer units whose weight vectors are longest, the longest
    first."""
    weights = reader.first_weights
    if weights is None:
        return None
    return weights[np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:k]].astype(np.float32)


def interpolation(reader: Readable, a: Floats, b: Floats, steps: int) -> Floats | None:
    """Returns the decoded inputs (steps, d) of `steps` evenly spaced points on the straight line between the codes of
    rows a and b (d,), both ends included. None also where the decoder needs more than a code."""
    ends = _code(reader, np.stack([a, b]))
    if ends is None:
        return None
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return reader.decode((1 - t) * ends[0] + t * ends[1])


def denoising_curve(reader: Readable, x: Floats, stds: Floats, seed: int) -> Floats | None:
    """Returns the mean squared error per input value, against the clean rows x, of reconstructions from rows with
    Gaussian noise of each of `stds` (k,): (k,). A copy of the noisy row would have the error std^2. k reconstructions;
    2 ms for 11 stds, 80 ms for the ladder's, whose decoder needs the statistics of the training rows.

    `seed` makes one draw, which is scaled by each std and is the same for every network.
    """
    drawn = normal(seed, INSIGHT, DENOISING, x.size).reshape(x.shape)
    made = [reader.reconstruct((x + np.float32(std) * drawn).astype(np.float32)) for std in stds]
    errors = [((one - x) ** 2).mean() for one in made if one is not None and np.isfinite(one).all()]
    return np.array(errors, np.float32) if len(errors) == len(stds) else None


def layer_probes(reader: Readable, x: Floats, y: Ints, x_test: Floats, y_test: Ints) -> Floats | None:
    """Returns the test error, a fraction, of a linear probe of the input and of each hidden layer: (1 + layers,). The
    probes are fitted to rows x with classes y (n,), and tested on x_test and y_test. The error says how easily classes
    can be read from a layer, whatever labels the network was trained with. 35 ms for 500 rows."""
    pairs = list(zip([x, *reader.layers(x)], [x_test, *reader.layers(x_test)], strict=True))
    if not all(np.isfinite(rows).all() for pair in pairs for rows in pair):
        return None
    return np.array([(linear_probe(train, y).predict(test) != y_test).mean() for train, test in pairs], np.float32)


def codes_2d(reader: Readable, x: Floats, method: str) -> Floats | None:
    """Returns the codes of the rows in the plane, (n, 2). `method`: "pca", their two principal components, 1 ms; or
    "tsne" (van der Maaten and Hinton 2008), for at most MOST_TSNE rows, 0.4 s for 300 rows, O(n log n). t-SNE starts
    from the principal components, so that nothing is drawn at random."""
    code = _code(reader, x)
    if code is None:
        return None
    flat = principal_plane(code)
    spread = flat[:, 0].std()
    if method == "pca" or not spread:
        return flat
    from sklearn.manifold import TSNE

    assert len(x) <= MOST_TSNE
    start = flat / spread * 1e-4  # scikit-learn's scale
    perplexity = min(30.0, (len(x) - 1) / 3)
    centred = code - code.mean(0)
    placed: Floats = TSNE(2, perplexity=perplexity, init=start, max_iter=500).fit_transform(centred)
    return placed.astype(np.float32)


def outsiders(shape: tuple[int, int], x_test: Floats, seed: int) -> dict[str, Floats]:
    """Returns images (d,) in [0, 1] that belong to no class, by name. "noise" is uniform noise, drawn from `seed`.
    "checkerboard" alternates 0 and 1. "turned" and "inverted" are made of one of the test images x_test (n, d): the
    image that a quarter turn changes most. `shape`: height and width of an image, which are equal."""
    images = x_test.reshape(-1, *shape)
    turned = np.rot90(images, axes=(1, 2))
    most = ((turned - images) ** 2).sum((1, 2)).argmax()
    rows, columns = np.indices(shape)
    found = {
        "noise": noise.generator(seed, INSIGHT, OUTSIDE).random(shape),
        "checkerboard": (rows // 2 + columns // 2) % 2,
        "turned": turned[most],
        "inverted": 1 - images[most],
    }
    return {name: np.ascontiguousarray(image, np.float32).ravel() for name, image in found.items()}


def confidence(reader: Readable, x: Floats, x_test: Floats) -> tuple[Floats, Floats] | None:
    """Returns how sure a classifier is of each row of x: its highest probability (n,), and the share, a fraction, of
    the test rows x_test of which the classifier is no surer (n,). None also for a classifier that only votes: all its
    probabilities are 0 or 1."""
    probabilities = reader.probabilities(x_test)
    if not np.isfinite(probabilities).all() or np.isin(probabilities, (0, 1)).all():
        return None
    sure = reader.probabilities(x).max(1)
    share = (probabilities.max(1) <= sure[:, None]).mean(1)
    return sure.astype(np.float32), share.astype(np.float32)


def _code(reader: Readable, x: Floats) -> Floats | None:
    code = reader.encode(x)
    return code if code is not None and np.isfinite(code).all() else None


def _jacobians(reader: Readable, x: Floats) -> Iterator[Floats | None]:
    """Yields d code / d x (rows, m, d) in float64, for blocks of rows that fit in memory. Yields None, once, where
    there is no code."""
    code = _code(reader, x)
    if code is None:
        yield None
        return
    rows = max(1, BLOCK // (code.shape[1] * x.shape[1]))
    for block in range(math.ceil(len(x) / rows)):
        found = reader.jacobian(x[block * rows :][:rows])
        yield None if found is None else found.astype(np.float64)
