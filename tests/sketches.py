"""Drawn samples for tests, as a page keeps them (data/drawn.py)."""

import base64

import numpy as np

from ladder.data import datasets


def text_of(pixels) -> str:
    """Pixels from 0 to 1 as a page sends them."""
    return base64.b64encode(np.rint(255 * np.asarray(pixels)).astype(np.uint8).tobytes()).decode()


def words(n_test: int = 0, n_training: int = 0, classes=tuple(range(10))) -> dict:
    """A set of `n_test` test samples and `n_training` training samples, which are rows of the digits' test rows, class
    after class."""
    data = datasets.load("digits")
    rows = [np.flatnonzero(data.y_test == k) for k in range(10)]
    samples = []
    for i in range(n_test + n_training):
        k = classes[i % len(classes)]
        pixels = data.x_test[rows[k][i // len(classes)]]
        part = "test" if i < n_test else "training"
        samples.append({"pixels": text_of(pixels), "class": k, "part": part})
    return {"shape": [8, 8], "names": list("0123456789"), "samples": samples}
