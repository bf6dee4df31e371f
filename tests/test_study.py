"""Looks inside the contestants: each against a closed form, and each drawn in both languages and themes."""

from dataclasses import dataclass

import numpy as np
import pytest

from ladder import i18n, insight, portraits
from ladder.classical import fit
from ladder.contestants import usual
from ladder.datasets import load
from ladder.links import default_live
from ladder.race import Race
from ladder.racing import RaceSession
from ladder.settings import Structure
from ladder.study import STUDIES, study

RNG = np.random.default_rng(0)


@dataclass
class Linear:
    """A network whose code is x A: everything about it is known."""

    A: np.ndarray  # (d, m)
    first_weights = None

    def layers(self, x):
        return [(x @ self.A).astype(np.float32)]

    def encode(self, x):
        return self.layers(x)[-1]

    def decode(self, code):
        return (code @ np.linalg.pinv(self.A)).astype(np.float32)

    def reconstruct(self, x):
        return x

    def jacobian(self, x):
        return np.broadcast_to(self.A.T, (len(x), *self.A.T.shape))


LINEAR = Linear(RNG.standard_normal((7, 4)))
X = RNG.standard_normal((50, 7)).astype(np.float32)


def test_a_linear_code_s_spectrum_is_that_of_its_matrix():
    expected = np.linalg.svd(LINEAR.A, compute_uv=False)
    np.testing.assert_allclose(insight.jacobian_spectrum(LINEAR, X), expected, rtol=1e-5)


def test_a_scaled_rotation_contracts_by_its_scale_at_every_radius():
    rotation = np.linalg.qr(RNG.standard_normal((7, 7)))[0]
    curve = insight.contraction_curve(Linear(0.3 * rotation), X, np.array([0.1, 1.0, 10.0]), 0)
    np.testing.assert_allclose(curve, 0.3, rtol=1e-3)


def test_distances_are_those_between_all_pairs():
    pairs = [np.linalg.norm(a - b) for i, a in enumerate(X) for b in X[:i]]
    expected = min(pairs), np.median(pairs), max(pairs)
    np.testing.assert_allclose(insight.distances(X), expected, rtol=1e-4)


def test_tangents_are_orthonormal_and_the_first_moves_the_code_most():
    found = insight.tangents(LINEAR, X[0], 3)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-5)
    largest = np.linalg.svd(LINEAR.A, compute_uv=False)[0]
    np.testing.assert_allclose(np.linalg.norm(found[0] @ LINEAR.A), largest, rtol=1e-4)
    assert np.take_along_axis(found, np.abs(found).argmax(1)[:, None], 1).min() > 0


def test_who_gives_back_its_input_keeps_all_of_the_noise():
    stds = np.array([0.0, 0.5, 1.0])
    x = np.zeros((2000, 7), np.float32)
    np.testing.assert_allclose(insight.denoising_curve(LINEAR, x, stds, 0), stds**2, rtol=0.05, atol=1e-9)


def test_a_straight_line_of_codes_ends_at_both_codes():
    square = Linear(np.linalg.qr(RNG.standard_normal((7, 7)))[0])
    path = insight.interpolation(square, X[0], X[1], 5)
    np.testing.assert_allclose(path[[0, 2, 4]], [X[0], (X[0] + X[1]) / 2, X[1]], atol=1e-5)


def test_probes_of_codes_that_are_classes_make_no_mistake():
    y = RNG.integers(0, 2, 50)
    telling = np.column_stack([X[:, :6], 10.0 * y]).astype(np.float32)
    assert insight.layer_probes(Linear(np.eye(7)[:, 6:]), telling, y, telling, y)[1] == 0.0


def test_histogram_and_saturation_count_every_value():
    codes = Linear(np.eye(1))
    x = np.array([[0.0], [0.01], [0.5], [0.99]], np.float32)
    share, _ = insight.code_histogram(codes, x)
    assert share.sum() == pytest.approx(1.0)
    assert insight.saturated(codes, x) == 0.75


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_codes_in_the_plane_keep_clusters_apart(method):
    x = np.concatenate([X[:25], X[25:] + 100]).astype(np.float32)
    found = insight.codes_2d(Linear(np.eye(7)), x, method)
    assert found.shape == (50, 2)
    within = np.linalg.norm(found[:25] - found[:25].mean(0), axis=1).max()
    assert np.linalg.norm(found[:25].mean(0) - found[25:].mean(0)) > 2 * within


@pytest.fixture(scope="module")
def sessions():
    """A race of every kind of contestant, on images and in the plane."""
    made = {}
    for name in ("digits", "moons"):
        structure = Structure(dataset=name, widths=(12, 8))
        contestants = tuple(map(usual, ("ladder", "contractive", "supervised_noise", "pca", "svm")))
        made[name] = RaceSession(Race(structure, default_live(structure), contestants))
        made[name].step(20)
        while made[name].active:
            made[name].advance(0.2)
    return made


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("dataset", ["digits", "moons"])
def test_every_study_of_every_kind_of_contestant_can_be_drawn(sessions, name, dataset):
    session = sessions[dataset]
    header, arrays = session.study(name)
    assert header == {"name": name, "update": 20}
    assert all(np.isfinite(array).all() for array in arrays.values())
    if not arrays:
        assert (name, dataset) == ("outsiders", "moons")
        return
    info = session.data
    for language in i18n.LANGUAGES:
        texts = i18n.texts(f"study.{name}", language)
        labels = tuple(one.model for one in session.recipe.contestants)
        for theme in ("light", "dark"):
            frame = portraits.Frame(labels, info.class_names, info.image_shape, theme, texts)
            assert portraits.portrait(name, arrays, frame).data


def test_studies_and_portraits_have_the_same_names():
    assert set(STUDIES) == set(portraits.STUDY_NAMES)


def test_references_answer_only_what_they_can():
    structure, data = Structure(dataset="iris", widths=(4, 2)), load("iris")
    knn = fit("knn", structure, 9, data)
    assert study("spectrum", [knn], structure, default_live(structure), data) == {}
