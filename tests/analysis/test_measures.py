"""Looks inside a network: against networks of which every answer is known, and against slower ways to the same."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from ladder.analysis import measures, readers
from ladder.models.references import fit
from ladder.recipe.contestants import usual
from ladder.recipe.defaults import default_live
from ladder.settings import Structure
from ladder.training import contestants

RNG = np.random.default_rng(0)


@dataclass
class Linear:
    """code = A x, decoded by A's pseudo-inverse; classes by `classify`."""

    A: np.ndarray  # (m, d)
    restore: object = staticmethod(lambda x: x)
    classify: object = None

    @property
    def first_weights(self):
        return self.A

    def layers(self, x):
        return [(x @ self.A.T).astype(np.float32)]

    def encode(self, x):
        return self.layers(x)[-1]

    def decode(self, code):
        return (code @ np.linalg.pinv(self.A).T).astype(np.float32)

    def reconstruct(self, x):
        return self.restore(x)

    def jacobian(self, x):
        return np.broadcast_to(self.A, (len(x), *self.A.shape)).astype(np.float32)

    def probabilities(self, x):
        return self.classify(x)


class Sigmoid(Linear):
    """code = sigmoid(A x)."""

    def layers(self, x):
        return [(1 / (1 + np.exp(-x @ self.A.T))).astype(np.float32)]

    def jacobian(self, x):
        h = self.encode(x).astype(float)
        return ((h * (1 - h))[:, :, None] * self.A).astype(np.float32)


class Codeless(Linear):
    """A classifier without layers."""

    first_weights = None

    def layers(self, x):
        return []

    def encode(self, x):
        return None

    def decode(self, code):
        return None

    def reconstruct(self, x):
        return None

    def jacobian(self, x):
        return None


LINEAR = Linear(RNG.standard_normal((4, 7)))
SIGMOID = Sigmoid(RNG.standard_normal((4, 7)))
X = RNG.standard_normal((50, 7)).astype(np.float32)
Y = RNG.integers(0, 3, 50)
RADII = np.array([0.02, 1.0, 30.0])
STDS = np.array([0.0, 0.5, 1.0])

LOOKS = {
    "spectrum": lambda reader: measures.jacobian_spectrum(reader, X),
    "contraction": lambda reader: measures.contraction_curve(reader, X, RADII, 0),
    "tangents": lambda reader: measures.tangents(reader, X[0], 3),
    "histogram": lambda reader: measures.code_histogram(reader, X),
    "saturated": lambda reader: measures.saturated(reader, X),
    "interpolation": lambda reader: measures.interpolation(reader, X[0], X[1], 5),
    "denoising": lambda reader: measures.denoising_curve(reader, X, STDS, 0),
    "codes": lambda reader: measures.codes_2d(reader, X, "pca"),
    "t-sne": lambda reader: measures.codes_2d(reader, X, "tsne"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_who_has_no_code_or_decoder_says_nothing(name):
    assert LOOKS[name](Codeless(LINEAR.A)) is None


@pytest.mark.parametrize("name", LOOKS)
def test_numbers_that_are_not_finite_say_nothing(name):
    broken = Linear(LINEAR.A * np.nan, restore=lambda x: x * np.nan)
    assert LOOKS[name](broken) is None
    assert measures.layer_probes(broken, X, Y, X, Y) is None


# --- Jacobians


def test_a_linear_code_s_spectrum_is_that_of_its_matrix():
    for A in (LINEAR.A, LINEAR.A.T):  # wide and tall
        rows = RNG.standard_normal((5, A.shape[1])).astype(np.float32)
        found = measures.jacobian_spectrum(Linear(A), rows)
        np.testing.assert_allclose(found, np.linalg.svd(A, compute_uv=False), rtol=1e-6)
        assert found.dtype == np.float32


def test_the_spectrum_is_the_mean_over_rows_of_each_rank(monkeypatch):
    jacobians = SIGMOID.jacobian(X)
    expected = np.linalg.svd(jacobians, compute_uv=False).mean(0)
    for block in (measures.BLOCK, 3 * 4 * 7 + 1):  # all rows at once, three at a time
        monkeypatch.setattr(measures, "BLOCK", block)
        np.testing.assert_allclose(measures.jacobian_spectrum(SIGMOID, X), expected, rtol=1e-5)


def test_a_lost_rank_is_a_singular_value_of_nothing():
    A = np.outer([1.0, 2.0, 2.0], [2.0, 1.0, 2.0])  # one singular value, 9
    np.testing.assert_allclose(measures.jacobian_spectrum(Linear(A), X[:, :3]), [9, 0, 0], atol=1e-6)


def test_tangents_are_orthonormal_and_move_the_code_by_the_singular_values():
    found = measures.tangents(SIGMOID, X[0], 9)
    assert found.shape == (4, 7)
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-5)
    J = SIGMOID.jacobian(X[:1])[0]
    np.testing.assert_allclose(np.linalg.norm(found @ J.T, axis=1), np.linalg.svd(J, compute_uv=False), rtol=1e-4)
    assert np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1).min() > 0


# --- contraction


def test_a_scaled_rotation_contracts_by_its_scale_at_every_radius():
    rotation = np.linalg.qr(RNG.standard_normal((7, 7)))[0]
    np.testing.assert_allclose(measures.contraction_curve(Linear(0.3 * rotation), X, RADII, 0), 0.3, rtol=1e-4)


def test_directions_are_uniform_on_the_sphere():
    """The mean length of a uniform direction's projection on m of d axes is a ratio of gamma functions."""
    d, m, x = 7, 3, np.zeros((20000, 7), np.float32)
    found = measures.contraction_curve(Linear(np.eye(d)[:m]), x, np.array([2.0]), 0)
    expected = math.exp(math.lgamma((m + 1) / 2) + math.lgamma(d / 2) - math.lgamma(m / 2) - math.lgamma((d + 1) / 2))
    assert found[0] == pytest.approx(expected, rel=0.01)


def test_at_small_radii_the_curve_is_the_jacobian_s_and_saturation_ends_it():
    """The mean of |J u| over directions u lies between the least singular values and the greatest."""
    near, _, far = measures.contraction_curve(SIGMOID, np.repeat(X[:1], 4000, 0), RADII, 0)
    J = SIGMOID.jacobian(X[:1])[0]
    u = RNG.standard_normal((4000, 7))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    assert near == pytest.approx(np.linalg.norm(u @ J.T, axis=1).mean(), rel=0.02)
    assert far < 2 / RADII[-1]  # the code's cube has the diagonal 2


def test_the_curve_is_of_the_seed_alone():
    first, again = (measures.contraction_curve(SIGMOID, X, RADII, 5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != measures.contraction_curve(SIGMOID, X, RADII, 6)).any()


def test_distances_are_those_between_all_pairs_even_the_nearest():
    x = np.concatenate([X + 100, X[:1] + 100.001]).astype(np.float32)
    pairs = pdist(x.astype(float))
    np.testing.assert_allclose(measures.distances(x), [pairs.min(), np.median(pairs), pairs.max()], rtol=1e-4)


# --- units and weights


def test_histogram_counts_every_value_of_the_code():
    share, middles = measures.code_histogram(LINEAR, X, 12)
    counts, edges = np.histogram(LINEAR.encode(X), 12)
    np.testing.assert_allclose(share, counts / 200, rtol=1e-6)
    np.testing.assert_allclose(middles, (edges[1:] + edges[:-1]) / 2, rtol=1e-5)


def test_saturation_by_the_kind_of_unit():
    x = np.array([[-0.95], [0.0], [0.01], [0.5], [0.97]], np.float32)
    identity = Linear(np.eye(1))
    found = {units: measures.saturated(identity, x, units) for units in ("sigmoid", "tanh", "relu", "linear")}
    assert found == {"sigmoid": 0.8, "tanh": 0.4, "relu": 0.4, "linear": None}


def test_where_a_sigmoid_counts_as_saturated_so_does_the_tanh_of_half_its_input():
    a = np.linspace(-8, 8, 999)
    tanh = np.tanh(a / 2)  # 2 sigmoid(a) - 1
    sigmoid = 1 / (1 + np.exp(-a))
    np.testing.assert_array_equal(measures.SATURATED["tanh"](tanh), measures.SATURATED["sigmoid"](sigmoid))


def test_filters_are_the_longest_weight_vectors():
    W = np.diag([1.0, 3.0, 2.0])
    np.testing.assert_array_equal(measures.filters(Linear(W), 2), [[0, 3, 0], [0, 0, 2]])
    assert measures.filters(Linear(W), 9).shape == (3, 3)
    assert measures.filters(Codeless(W), 2) is None


# --- decoding


def test_a_straight_line_of_codes_ends_at_both_codes():
    square = Linear(np.linalg.qr(RNG.standard_normal((7, 7)))[0])
    path = measures.interpolation(square, X[0], X[1], 5)
    expected = [(1 - t) * X[0] + t * X[1] for t in (0, 0.25, 0.5, 0.75, 1)]
    np.testing.assert_allclose(path, expected, atol=1e-5)


def test_interpolation_goes_through_the_code_and_not_the_input():
    class Bent(Linear):
        def encode(self, x):
            return (x**3).astype(np.float32)

        def decode(self, code):
            return np.cbrt(code)

    a, b = np.zeros(1, np.float32), np.ones(1, np.float32)
    np.testing.assert_allclose(measures.interpolation(Bent(np.eye(1)), a, b, 3)[1], np.cbrt(0.5), rtol=1e-6)


def test_denoising_of_who_copies_keeps_the_noise_and_of_who_ignores_it_the_difference():
    x = np.full((4000, 7), 0.5, np.float32)
    np.testing.assert_allclose(measures.denoising_curve(LINEAR, x, STDS, 0), STDS**2, rtol=0.03, atol=1e-9)
    constant = Linear(LINEAR.A, restore=np.zeros_like)
    np.testing.assert_allclose(measures.denoising_curve(constant, x, STDS, 0), 0.25, rtol=1e-6)
    shrinking = Linear(LINEAR.A, restore=lambda x: x / 2)  # bias 1/16, a quarter of the noise
    np.testing.assert_allclose(measures.denoising_curve(shrinking, x, STDS, 0), 1 / 16 + STDS**2 / 4, rtol=0.05)


# --- classes


def test_probes_read_the_classes_that_a_layer_holds():
    telling = np.column_stack([X[:, :6], Y]).astype(np.float32)
    only_class, without = Linear(np.eye(7)[6:]), Linear(np.eye(7)[:6])
    found = measures.layer_probes(only_class, telling, Y, telling, Y)
    assert found.shape == (2,)
    assert found[1] == 0.0
    half = np.arange(50) < 25
    blind = measures.layer_probes(without, telling[half], Y[half], telling[~half], Y[~half])
    assert blind[1] > 0.4  # nothing to be read: two of three by chance
    assert blind[0] < 0.2
    assert measures.layer_probes(Codeless(LINEAR.A), telling, Y, telling, Y).shape == (1,)


def test_principal_components_keep_the_distances_of_a_flat_code_and_their_signs():
    flat = RNG.standard_normal((50, 2)) * [3.0, 1.0]
    turned = (flat @ np.linalg.qr(RNG.standard_normal((7, 7)))[0][:2]).astype(np.float32)
    found = measures.codes_2d(Linear(np.eye(7)), turned, "pca")
    np.testing.assert_allclose(pdist(found), pdist(flat), rtol=1e-3)
    assert found[:, 0].std() > found[:, 1].std()
    np.testing.assert_allclose(found, measures.codes_2d(Linear(np.eye(7)), turned[::-1], "pca")[::-1], atol=1e-4)


def test_t_sne_keeps_clusters_apart_and_is_the_same_at_every_look():
    x = np.concatenate([X[:25], X[25:] + 30]).astype(np.float32)
    found, again = (measures.codes_2d(Linear(np.eye(7)), x, "tsne") for _ in range(2))
    np.testing.assert_array_equal(found, again)
    centres = found[:25].mean(0), found[25:].mean(0)
    within = np.linalg.norm(found[:25] - centres[0], axis=1).max()
    assert np.linalg.norm(centres[0] - centres[1]) > 2 * within


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_code_that_is_the_same_everywhere_is_one_point(method):
    assert not measures.codes_2d(Linear(np.zeros((4, 7))), X, method).any()


def test_outsiders_are_images_of_the_data_s_shape(digits):
    found = measures.outsiders((8, 8), digits.x_test, 0)
    assert all(image.shape == (64,) and image.dtype == np.float32 for image in found.values())
    assert all(image.min() >= 0 and image.max() <= 1 for image in found.values())
    np.testing.assert_array_equal(found["noise"], measures.outsiders((8, 8), digits.x_test, 0)["noise"])
    original = 1 - found["inverted"]
    assert np.isclose(digits.x_test, original, atol=1e-6).all(1).any()
    np.testing.assert_allclose(np.rot90(found["turned"].reshape(8, 8), -1).ravel(), original, atol=1e-6)
    changes = [np.abs(np.rot90(image.reshape(8, 8)) - image.reshape(8, 8)).sum() for image in digits.x_test]
    assert np.abs(np.rot90(original.reshape(8, 8)) - original.reshape(8, 8)).sum() > np.median(changes)
    board = found["checkerboard"].reshape(8, 8)
    np.testing.assert_array_equal(board[:4, :4], [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]])


def test_confidence_stands_beside_that_of_real_rows_and_votes_have_none():
    def classify(x):
        return np.column_stack([x[:, 0], 1 - x[:, 0]])

    real = np.array([[0.6], [0.3], [0.9], [0.5]])
    sure, share = measures.confidence(Linear(np.eye(1), classify=classify), np.array([[0.2], [0.65], [0.5]]), real)
    np.testing.assert_allclose(sure, [0.8, 0.65, 0.5], rtol=1e-6)
    np.testing.assert_allclose(share, [0.75, 0.5, 0.25])
    assert measures.confidence(Linear(np.eye(1), classify=lambda x: classify(x > 0.5) * 1.0), real, real) is None
    assert measures.confidence(Linear(np.eye(1), classify=lambda x: classify(x) * np.nan), real, real) is None


# --- the real readers


@pytest.fixture(scope="module")
def real(digits):
    """Contestants at their initial weights, and PCA."""
    structure = Structure(widths=(12, 6))
    live = default_live(structure)

    def made(model):
        contestant = usual(model)
        return readers.reader(contestant, contestants.initial(contestant, structure, digits), structure, live, digits)

    return {
        "ladder": made("ladder"),
        "contractive": made("contractive"),
        "supervised": made("supervised"),
        "pca": fit("pca", structure, 20, digits),
        "svm": fit("svm", structure, 20, digits),
    }


def test_every_look_takes_the_real_readers(real, digits):
    x, y = digits.x_test[:30], digits.y_test[:30]
    for name, one in real.items():
        spectrum = measures.jacobian_spectrum(one, x)
        assert (spectrum is None) == (name == "svm")
        if spectrum is None:
            continue
        assert (np.diff(spectrum) <= 0).all()
        assert measures.tangents(one, x[0], 3).shape == (3, 64)
        assert measures.contraction_curve(one, x, RADII, 0).shape == (3,)
        assert measures.layer_probes(one, x, y, x, y).shape == (1 + len(one.layers(x)),)
        assert (measures.denoising_curve(one, x, STDS, 0) is None) == (name == "supervised")
        assert (measures.interpolation(one, x[0], x[1], 5) is None) == (name in ("supervised", "ladder"))


def test_principal_components_are_the_known_case(real, digits):
    """Orthonormal components: all singular values are 1, and the tangents span the components."""
    pca, x = real["pca"], digits.x_test[:10]
    np.testing.assert_allclose(measures.jacobian_spectrum(pca, x), 1.0, atol=1e-5)
    tangents = measures.tangents(pca, x[0], 6)
    np.testing.assert_allclose(tangents.T @ tangents, pca.first_weights.T @ pca.first_weights, atol=1e-5)
