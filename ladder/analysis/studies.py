"""Looks inside all contestants of a race at one moment, as arrays that a page can draw: STUDIES by name.

A study takes the contestants' readers and `units`, the activations of their codes, both in the contestants' order. It
returns arrays by name: "c/..." belongs to contestant c, counted from 0, any other name to all. A contestant without an
answer has no arrays: a nearest neighbour has no code. Nothing is trained on test rows. Shapes: d inputs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ladder.analysis import measures
from ladder.analysis.measures import Readable
from ladder.analysis.snapshot import shown_classes
from ladder.arrays import Arrays, Numbers
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.settings import Live, Structure

ROWS = 200  # test rows looked at
CODE_ROWS = 300
PROBE_ROWS = 500  # training rows that a probe of a layer learns from
Readers = Sequence[Readable]

FILTERS, TANGENTS, STEPS = 25, 6, 9
RADII = np.geomspace(0.05, 10.0, 14).astype(np.float32)
STDS = np.linspace(0.0, 1.0, 11).astype(np.float32)


def filters(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns `c/filters` (k, d), the longest weight vectors of first-layer units, FILTERS at most."""
    return _each(readers, "filters", lambda reader: measures.filters(reader, FILTERS))


def codes(
    readers: Readers, units: list[str], structure: Structure, live: Live, data: Data, method: str = "pca"
) -> Arrays:
    """Returns `c/codes` (n, 2), codes of training rows in the plane by `method` (measures.codes_2d), and the rows'
    `class` (n,) and `labeled` (n,), whether the training uses their label; such rows come last. Raises Problem as
    protocol.seen does."""
    pool = seen(data, structure, live.n_labeled)
    labeled = pool.labeled[:100]
    others = np.setdiff1d(pool.used[:CODE_ROWS], labeled)
    rows = np.concatenate([others, labeled])
    found: Arrays = {"class": shown_classes(pool, data)[rows], "labeled": np.arange(len(rows)) >= len(others)}
    return found | _each(readers, "codes", lambda reader: measures.codes_2d(reader, data.x[rows], method))


def codes_tsne(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the arrays of `codes`, by t-SNE."""
    return codes(readers, units, structure, live, data, "tsne")


def probes(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns `c/probes` (1 + layers,), the test errors, fractions, of linear probes of the input and of each layer.
    They are fitted with the labels of PROBE_ROWS training rows, and tested on at most 1,000 test rows."""
    rows = np.flatnonzero(data.y >= 0)[:PROBE_ROWS]
    train = data.x[rows], data.y[rows]
    test = data.x_test[:1000], data.y_test[:1000]
    return _each(readers, "probes", lambda reader: measures.layer_probes(reader, *train, *test))


def spectrum(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns `c/spectrum` (min(m, d),), the singular values of the code's Jacobian, falling, at test rows. m: units of
    the code."""
    return _each(readers, "spectrum", lambda reader: measures.jacobian_spectrum(reader, data.x_test[:ROWS]))


def contraction(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns how much the code moves with the input: `c/curve` (k,) over `radii` (k,), see measures.contraction_curve,
    and `distances` (3,), the least, the median and the greatest between training rows."""
    x, seed = data.x_test[:ROWS], structure.weight_seed
    found: Arrays = {"radii": RADII, "distances": np.array(measures.distances(data.x[:ROWS]), np.float32)}
    return found | _each(readers, "curve", lambda reader: measures.contraction_curve(reader, x, RADII, seed))


def tangents(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns `input` (1, d), a test row, and `c/tangents` (k, d), the directions along which its code changes most,
    TANGENTS at most."""
    x = data.x_test[0]
    return {"input": x[None]} | _each(readers, "tangents", lambda reader: measures.tangents(reader, x, TANGENTS))


def saturation(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the histogram of the code's values at test rows, `c/share` and `c/middles` (n_bins,), and `c/saturated`
    (1,), the share of them at which the derivative has all but vanished (measures.saturated). Shares are fractions."""
    found: Arrays = {}
    x = data.x_test[:ROWS]
    for c, (reader, kind) in enumerate(zip(readers, units, strict=True)):
        histogram = measures.code_histogram(reader, x)
        if histogram is not None:
            found |= {f"{c}/share": histogram[0], f"{c}/middles": histogram[1]}
            share = measures.saturated(reader, x, kind)
            found |= {} if share is None else {f"{c}/saturated": np.array([share], np.float32)}
    return found


def interpolation(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the way from one test row to a row of another class, in STEPS rows: `c/path` (STEPS, d) on a straight
    line through the contestant's code, `straight` (STEPS, d) through the inputs."""
    a = data.x_test[0]
    b = data.x_test[np.flatnonzero(data.y_test != data.y_test[0])[0]]
    t = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    return {"straight": (1 - t) * a + t * b} | _each(
        readers, "path", lambda reader: measures.interpolation(reader, a, b, STEPS)
    )


def denoising(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the reconstruction error against the std of the input's noise: `c/curve` (k,) over `stds` (k,), see
    measures.denoising_curve, and `trained` (1,), the std of the comparison's own noise at the input."""
    x, seed = data.x_test[:ROWS], structure.weight_seed
    found: Arrays = {"stds": STDS, "trained": np.array([live.noise_std[0]], np.float32)}
    return found | _each(readers, "curve", lambda reader: measures.denoising_curve(reader, x, STDS, seed))


def outsiders(readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns `input` (4, d), images of no class (measures.outsiders); `c/made` (4, d), their reconstructions; `c/sure`
    (4,), the highest probability of a class, and `c/usual` (4,), the share of test rows of which the contestant is no
    surer, a fraction. The data have to be images (IMAGES_ONLY). Raises Problem as readers.Reader.probabilities does."""
    assert data.image_shape is not None, "see IMAGES_ONLY"
    images = measures.outsiders(data.image_shape, data.x_test, structure.weight_seed)
    x = np.stack(list(images.values()))
    found: Arrays = {"input": x}
    found |= _each(readers, "made", lambda reader: reader.reconstruct(x))
    for c, reader in enumerate(readers):
        sure = measures.confidence(reader, x, data.x_test[:ROWS])
        found |= {} if sure is None else {f"{c}/sure": sure[0], f"{c}/usual": sure[1]}
    return found


def _each(readers: Readers, name: str, look: Callable[[Readable], Numbers | None]) -> Arrays:
    found = {f"{c}/{name}": look(reader) for c, reader in enumerate(readers)}
    return {key: value for key, value in found.items() if value is not None}


Study = Callable[[Readers, list[str], Structure, Live, Data], Arrays]
STUDIES: dict[str, Study] = {
    one.__name__: one
    for one in (
        filters,
        codes,
        codes_tsne,
        probes,
        denoising,
        spectrum,
        contraction,
        tangents,
        saturation,
        interpolation,
        outsiders,
    )
}
IMAGES_ONLY = ("outsiders",)


def study(name: str, readers: Readers, units: list[str], structure: Structure, live: Live, data: Data) -> Arrays:
    """Returns the arrays of STUDIES[name]; no array for a study that needs images where the data are none. Raises
    Problem as protocol.seen does."""
    if name in IMAGES_ONLY and data.image_shape is None:
        return {}
    return STUDIES[name](readers, units, structure, live, data)
