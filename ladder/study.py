"""Looks inside all contestants of a race at one moment, as arrays that a page can draw: STUDIES by name.

Each study gets the readers in the contestants' order and gives {"c/...": array, "...": array}; a contestant that has no
answer (a nearest neighbour has no code) is simply absent. Test rows serve throughout; nothing is trained on them.
"""

import numpy as np

from ladder import insight
from ladder.datasets import Data, labeled_rows
from ladder.settings import Live, Structure

ROWS = 200  # test rows looked at
CODE_ROWS = 300
PROBE_ROWS = 500  # training rows that a probe of a layer learns from
FILTERS, TANGENTS, STEPS = 25, 6, 9
RADII = np.geomspace(0.05, 10.0, 14).astype(np.float32)
STDS = np.linspace(0.0, 1.0, 11).astype(np.float32)


def filters(readers, structure, live, data):
    """Weights of first-layer units, the longest ones, (k, d)."""
    found = {}
    for c, reader in enumerate(readers):
        if reader.first_weights is not None:
            longest = np.argsort(-np.linalg.norm(reader.first_weights, axis=1))[:FILTERS]
            found[f"{c}/filters"] = reader.first_weights[longest]
    return found


def codes(readers, structure, live, data, method="pca"):
    """Codes in the plane (n, 2), with classes and which rows are labelled; the labelled ones last."""
    labeled = labeled_rows(data, live.n_labeled, structure.label_seed)[:100]
    others = np.setdiff1d(np.arange(min(len(data.x), CODE_ROWS)), labeled)
    rows = np.concatenate([others, labeled])
    found = {"class": data.y[rows], "labeled": np.arange(len(rows)) >= len(others)}
    return found | _each(readers, "codes", lambda reader: insight.codes_2d(reader, data.x[rows], method))


def codes_tsne(readers, structure, live, data):
    """`codes` by t-SNE."""
    return codes(readers, structure, live, data, "tsne")


def probes(readers, structure, live, data):
    """Test error of a linear probe of the input and each layer, fitted with the labels of PROBE_ROWS rows."""
    train = data.x[:PROBE_ROWS], data.y[:PROBE_ROWS]
    test = data.x_test[:1000], data.y_test[:1000]
    return _each(readers, "probes", lambda reader: insight.layer_probes(reader, *train, *test))


def spectrum(readers, structure, live, data):
    """Singular values of the code's Jacobian."""
    return _each(readers, "spectrum", lambda reader: insight.jacobian_spectrum(reader, data.x_test[:ROWS]))


def contraction(readers, structure, live, data):
    """How much the code moves with the input, by distance."""
    x, seed = data.x_test[:ROWS], structure.weight_seed
    found = {"radii": RADII, "distances": np.array(insight.distances(data.x[:ROWS]), np.float32)}
    return found | _each(readers, "curve", lambda reader: insight.contraction_curve(reader, x, RADII, seed))


def tangents(readers, structure, live, data):
    """A test row and the directions to which its code answers most."""
    x = data.x_test[0]
    return {"input": x[None]} | _each(readers, "tangents", lambda reader: insight.tangents(reader, x, TANGENTS))


def saturation(readers, structure, live, data):
    """Histogram of the code's values, and the share of them that a sigmoid unit would call saturated."""
    found, x = {}, data.x_test[:ROWS]
    for c, reader in enumerate(readers):
        histogram = insight.code_histogram(reader, x)
        if histogram is not None:
            found |= {f"{c}/share": histogram[0], f"{c}/middles": histogram[1]}
            found[f"{c}/saturated"] = np.array([insight.saturated(reader, x)], np.float32)
    return found


def interpolation(readers, structure, live, data):
    """From one test row to another of a different class, through each code; `straight`: through the inputs."""
    a = data.x_test[0]
    b = data.x_test[np.flatnonzero(data.y_test != data.y_test[0])[0]]
    t = np.linspace(0, 1, STEPS, dtype=np.float32)[:, None]
    return {"straight": (1 - t) * a + t * b} | _each(
        readers, "path", lambda reader: insight.interpolation(reader, a, b, STEPS)
    )


def denoising(readers, structure, live, data):
    """Reconstruction error against the std of the input's noise."""
    x, seed = data.x_test[:ROWS], structure.weight_seed
    found = {"stds": STDS, "trained": np.array([live.noise_std[0]], np.float32)}
    return found | _each(readers, "curve", lambda reader: insight.denoising_curve(reader, x, STDS, seed))


def outsiders(readers, structure, live, data):
    """Images of no class: what each makes of them, and how sure it is of a class, beside real test rows."""
    images = insight.outsiders(data.image_shape, data.x_test, structure.weight_seed)
    x = np.stack(list(images.values()))
    found = {"input": x}
    found |= _each(readers, "made", lambda reader: reader.reconstruct(x))
    found |= _each(readers, "sure", lambda reader: reader.probabilities(x).max(1))
    return found | _each(
        readers, "usual", lambda reader: reader.probabilities(data.x_test[:ROWS]).max(1).mean(keepdims=True)
    )


def _each(readers, name: str, look) -> dict[str, np.ndarray]:
    found = {f"{c}/{name}": look(reader) for c, reader in enumerate(readers)}
    return {key: value for key, value in found.items() if value is not None}


STUDIES = {
    one.__name__: one
    for one in (
        filters, codes, codes_tsne, probes, denoising, spectrum, contraction, tangents, saturation, interpolation,
        outsiders,
    )
}  # fmt: skip
IMAGES_ONLY = ("outsiders",)


def study(name: str, readers, structure: Structure, live: Live, data: Data) -> dict[str, np.ndarray]:
    """STUDIES[name] of these readers; nothing for a study that needs images where the data are none."""
    if name in IMAGES_ONLY and data.image_shape is None:
        return {}
    return STUDIES[name](readers, structure, live, data)
