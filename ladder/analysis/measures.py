"""What a network does to its inputs, as small arrays: Jacobians, contraction, tangents, probes, codes, reconstructions.

Every function reads one `reader`, changes nothing, and returns None where the reader has no answer: no code, no
decoder, or numbers that are no longer finite. Arrays are float32; n rows of d inputs, codes of m units. Definitions:
Rifai et al. 2011, sections 4 and 5. Milliseconds are for 200 rows of digits, 64-100-50-25, on one core.
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
MOST_TSNE = 1000  # rows: 1.6 s

# Which values of a unit mean that its derivative has all but vanished. Below 0.05 or above 0.95 is the definition of
# Rifai et al. 2011, footnote 6; tanh(a) = 2 sigmoid(2 a) - 1 turns it into -0.9 and 0.9.
SATURATED: dict[str, Callable[[Floats], Bools]] = {
    "sigmoid": lambda code: (code < 0.05) | (code > 0.95),
    "tanh": lambda code: np.abs(code) > 0.9,
    "relu": lambda code: code <= 0,  # the share of silent units
}


class Readable(Protocol):
    """What can be looked inside: readers.Reader, models.references.Reference. Rows x (n, d), codes (n, m), K classes;
    None for what there is not."""

    @property
    def first_weights(self) -> Floats | None: ...  # (m_1, d)

    def layers(self, x: Floats) -> list[Floats]: ...

    def encode(self, x: Floats) -> Floats | None: ...

    def decode(self, code: Floats) -> Floats | None: ...

    def reconstruct(self, x: Floats) -> Floats | None: ...

    def jacobian(self, x: Floats) -> Floats | None: ...  # (n, m, d)

    def probabilities(self, x: Floats) -> Floats: ...  # (n, K)


def jacobian_spectrum(reader: Readable, x: Floats) -> Floats | None:
    """Singular values of d code / d x by rank, the mean over the rows: (min(m, d),), falling (Rifai et al. 2011, Fig.
    2). O(n m d min(m, d)); 6 ms.

    Roots of the eigenvalues of J J^T, or of J^T J where that is smaller, in float64: half the time of a singular value
    decomposition or less, and exact to 1e-8 of the largest, which is more than a float32 Jacobian knows.
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
    """Least, median and greatest distance between two of the rows x (n, d): the scale to read a contraction curve by.
    O(n^2 d)."""
    x = x.astype(np.float64)  # the least distance is a small difference of large squares
    squares = (x**2).sum(1)
    between = squares[:, None] + squares - 2 * x @ x.T
    pairs = np.sqrt(np.maximum(between[np.triu_indices(len(x), 1)], 0.0))
    return float(pairs.min()), float(np.median(pairs)), float(pairs.max())


def contraction_curve(reader: Readable, x: Floats, radii: Floats, seed: int) -> Floats | None:
    """Mean of |f(x1) - f(x)| / |x1 - x| with x1 uniform on the sphere of radius r around each row x, for each r: (k,)
    (Rifai et al. 2011, Fig. 1; below 1 the code contracts). k + 1 encodings; 3 ms for 14 radii.

    One direction a row, the same for every radius and every network. Radii below 0.01 would be lost in float32.
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
    """Unit vectors (min(k, m, d), d) along which the code of the one row x (d,) changes most, the greatest change
    first: right singular vectors of its Jacobian (Rifai et al. 2011, "The Manifold Tangent Classifier"). Their sign is
    arbitrary; here the largest entry is positive. O(m d min(m, d))."""
    (J,) = _jacobians(reader, x[None])
    if J is None:
        return None
    found = np.linalg.svd(J[0], full_matrices=False)[2][:k]
    largest = np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1)
    signed: Floats = (found * np.sign(largest)).astype(np.float32)
    return signed


def code_histogram(reader: Readable, x: Floats, n_bins: int = 30) -> tuple[Floats, Floats] | None:
    """Share of all n m code values in each of the bins between the least and the greatest, and the bins' middles:
    (n_bins,) both."""
    code = _code(reader, x)
    if code is None:
        return None
    counts, edges = np.histogram(code, n_bins)
    return (counts / code.size).astype(np.float32), ((edges[1:] + edges[:-1]) / 2).astype(np.float32)


def saturated(reader: Readable, x: Floats, units: str = "sigmoid") -> float | None:
    """Share of the n m code values where a unit of the kind `units` hardly answers to its input any more (SATURATED);
    None for kinds whose derivative never vanishes."""
    code = _code(reader, x)
    return float(SATURATED[units](code).mean()) if code is not None and units in SATURATED else None


def filters(reader: Readable, k: int) -> Floats | None:
    """Input weights (min(k, m_1), d) of the first-layer units whose weight vectors are longest, the longest first."""
    weights = reader.first_weights
    if weights is None:
        return None
    return weights[np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:k]].astype(np.float32)


def interpolation(reader: Readable, a: Floats, b: Floats, steps: int) -> Floats | None:
    """Decoded inputs (steps, d) of evenly spaced points on the straight line between the codes of rows a and b (d,),
    both ends included; None where there is no decoder that needs a code alone."""
    ends = _code(reader, np.stack([a, b]))
    if ends is None:
        return None
    t = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return reader.decode((1 - t) * ends[0] + t * ends[1])


def denoising_curve(reader: Readable, x: Floats, stds: Floats, seed: int) -> Floats | None:
    """Mean squared error to the clean rows, per input value, of reconstructions from rows with Gaussian noise of each
    std: (k,). Giving back the input as it comes would cost std^2. k reconstructions; 2 ms for 11
    stds, 80 for the ladder's, whose decoder needs the statistics of the training rows.

    The same draw, scaled, for every std and every network.
    """
    drawn = normal(seed, INSIGHT, DENOISING, x.size).reshape(x.shape)
    made = [reader.reconstruct((x + np.float32(std) * drawn).astype(np.float32)) for std in stds]
    errors = [((one - x) ** 2).mean() for one in made if one is not None and np.isfinite(one).all()]
    return np.array(errors, np.float32) if len(errors) == len(stds) else None


def layer_probes(reader: Readable, x: Floats, y: Ints, x_test: Floats, y_test: Ints) -> Floats | None:
    """Test error of a linear probe of the input and of each hidden layer, (1 + layers,), fitted to rows x with classes
    y (n,). How easily classes can be read from a layer, not what the network was told. 35 ms for 500 rows."""
    pairs = list(zip([x, *reader.layers(x)], [x_test, *reader.layers(x_test)], strict=True))
    if not all(np.isfinite(rows).all() for pair in pairs for rows in pair):
        return None
    return np.array([(linear_probe(train, y).predict(test) != y_test).mean() for train, test in pairs], np.float32)


def codes_2d(reader: Readable, x: Floats, method: str) -> Floats | None:
    """The codes of the rows in the plane (n, 2): "pca", their two principal components, 1 ms, or "tsne" (van der Maaten
    and Hinton 2008), 0.4 s for 300 rows, O(n log n), for at most MOST_TSNE. t-SNE starts from PCA, so that nothing
    is drawn at random."""
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
    """Images (d,) in [0, 1] of no class, of the data's square `shape`: uniform noise, a checkerboard, and of the test
    images the one that a quarter turn changes most, turned and inverted."""
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
    """How sure a classifier is of rows x, beside real test rows: its highest probability (n,), and the share of the
    test rows of which it is no surer (n,). None of votes, all of whose probabilities are 0 or 1."""
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
    """d code / d x (rows, m, d) in float64, in blocks of rows that fit in memory; None, once, where there is none."""
    code = _code(reader, x)
    if code is None:
        yield None
        return
    rows = max(1, BLOCK // (code.shape[1] * x.shape[1]))
    for block in range(math.ceil(len(x) / rows)):
        found = reader.jacobian(x[block * rows :][:rows])
        yield None if found is None else found.astype(np.float64)
