"""Principal components in the plane, with a sign that does not change between two looks."""

import numpy as np

from ladder.arrays import Floats


def principal_plane(x: Floats) -> Floats:
    """Returns the rows x (n, m), m at least 2, less their mean, along the two directions in which they vary most:
    (n, 2) float32, the direction of the greater spread first. All zeros where all rows are equal.

    The sign of a direction is arbitrary. Here the entries of a direction have a sum of 0 or more, so that a picture
    does not flip from one look to the next. O(n m min(n, m)), by the eigenvectors of x^T x or x x^T, whichever is
    smaller.
    """
    centred = (x - x.mean(0)).astype(np.float64)
    wide = x.shape[1] > x.shape[0] > 1
    vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)[1][:, [-1, -2]]
    directions = centred.T @ vectors if wide else vectors
    lengths = np.linalg.norm(directions, axis=0)
    directions = directions / np.where(lengths > 0, lengths, 1.0)
    directions = directions * np.where(directions.sum(0) < 0, -1, 1)
    flat: Floats = (centred @ directions).astype(np.float32)
    return flat
