"""The plane of the two principal components, against scikit-learn's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from ladder.analysis.components import principal_plane


def rows(n: int, m: int) -> np.ndarray:
    rng = np.random.default_rng(n * m)
    return (rng.normal(size=(n, m)) * np.linspace(3, 1, m) + 5).astype(np.float32)


@pytest.mark.parametrize("n, m", [(60, 7), (60, 2), (9, 40), (3, 2), (2, 5)])
def test_it_is_scikit_learn_s_but_for_the_sign(n, m):
    x = rows(n, m)
    found, expected = principal_plane(x), PCA(2).fit_transform(x.astype(np.float64))
    assert found.shape == (n, 2) and found.dtype == np.float32
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-4)


@pytest.mark.parametrize("n, m", [(60, 7), (9, 40)])
def test_the_sign_hangs_on_the_directions_and_not_on_the_rows_order(n, m):
    x = rows(n, m)
    found = principal_plane(x)
    np.testing.assert_allclose(principal_plane(x[::-1])[::-1], found, atol=1e-4)
    directions = np.linalg.lstsq(found, x - x.mean(0), rcond=None)[0]
    assert (directions.sum(1) > -1e-4).all()


def test_a_direction_whose_entries_sum_to_zero_is_kept():
    """Multiplied by the sign of 0, as the live page once did, it vanished."""
    t = np.linspace(-1, 1, 11, dtype=np.float32)[:, None]
    x = t * np.array([1, -1, 0], np.float32) + t**2 * np.array([0, 0, 0.1], np.float32)
    assert principal_plane(x)[:, 0].std() == pytest.approx(np.sqrt(2) * t.std(), rel=1e-3)


def test_equal_rows_are_one_point():
    assert not principal_plane(np.ones((5, 4), np.float32)).any()
    assert not principal_plane(np.ones((1, 4), np.float32)).any()
