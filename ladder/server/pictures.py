"""A small picture of each dataset, to choose by: nine samples of images, points by class of everything else."""

from collections.abc import Iterator

import numpy as np

from ladder.data import datasets
from ladder.data.rows import Data
from ladder.theme import PALETTES

SIDE = 96  # units of the picture's width and height
MARGIN = 6  # units around the points
MOST_POINTS = 150
IN_ROW = 3  # images, in as many rows
FAINT = 0.08  # of the darkest: a pixel below is not drawn


def picture(name: str) -> str:
    """Returns an SVG picture, SIDE by SIDE units, of the training rows of the dataset `name`, a key of DATASETS. Points
    have their class's colour; rows of more than two features are shown by their first two principal components.

    Raises the Problems of datasets.load, such as data_missing.
    """
    data = datasets.load(name)
    marks = "".join(_images(data) if data.image_shape else _points(data))
    ground = f'<rect width="{SIDE}" height="{SIDE}" fill="{PALETTES["light"].background}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">{ground}{marks}</svg>'


def _images(data: Data) -> Iterator[str]:
    """The first image of each of the first classes, in IN_ROW rows, dark on the ground."""
    assert data.image_shape is not None
    height, width = data.image_shape
    side = SIDE / IN_ROW
    for place in range(min(IN_ROW**2, data.n_classes)):
        image = data.x[np.flatnonzero(data.y == place)[0]].reshape(height, width)
        x, y = side * (place % IN_ROW), side * (place // IN_ROW)
        ink = "".join(
            f'<rect x="{column}" y="{row}" width="1.02" height="1.02" opacity="{image[row, column]:.2f}"/>'
            for row, column in np.argwhere(image > FAINT)
        )
        scale = 0.92 * side / max(height, width)
        yield f'<g transform="translate({x:.1f} {y:.1f}) scale({scale:.3f})" fill="{PALETTES["light"].text}">{ink}</g>'


def _points(data: Data) -> Iterator[str]:
    """The first rows as points, in the plane or by their first two principal components."""
    from sklearn.decomposition import PCA  # here: the server starts without scikit-learn

    flat = data.x if data.n_features == 2 else PCA(2, svd_solver="full").fit_transform(data.x)
    flat, low, high = flat[:MOST_POINTS], flat[:MOST_POINTS].min(0), flat[:MOST_POINTS].max(0)
    places = SIDE / 2 + (flat - (low + high) / 2) * (SIDE - 2 * MARGIN) / (high - low).max()
    colors, unknown = PALETTES["light"].classes, PALETTES["light"].muted
    for (x, y), k in zip(places, data.y[:MOST_POINTS], strict=True):
        at = f'cx="{x:.1f}" cy="{SIDE - y:.1f}"'
        yield f'<circle {at} r="2.4" fill="{colors[k % len(colors)] if k >= 0 else unknown}" opacity="0.8"/>'
