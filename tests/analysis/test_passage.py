"""One input through the ladder: the probe's own rows to the bit, all others against the paper's equations in NumPy."""

from dataclasses import replace
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import pytest
import reference
import torch

from ladder import noise
from ladder.analysis import snapshot
from ladder.analysis.passage import passage, seen
from ladder.data import datasets
from ladder.problems import Problem
from ladder.recipe.sample import Sample
from ladder.settings import Live, Structure, fitted
from ladder.training import train as training
from ladder.training.normal import normal

STRUCTURE = Structure(widths=(20, 12))
LIVE = Live(lambdas=(1000.0, 10.0, 0.1, 0.1), noise_std=(0.3, 0.2, 0.4, 0.1))
KINDS = "z", "z_tilde", "u", "z_hat", "z_hat_bn"
LIVE = fitted(LIVE, 3)
OFF, SOME = (False,) * 4, (True, False, True, False)
SWITCHES = [{}, {"lateral": OFF}, {"top_down": OFF}, {"lateral": SOME, "top_down": (False, True, True, True)}]
ROW, PROBE_ROWS = 321, 200  # a test row beyond the probe


@lru_cache
def trained(structure=STRUCTURE, live=LIVE):
    data = datasets.load(structure.dataset)
    (state,), _ = training.train([training.initial(structure, data)], [structure], [live], data, 40)
    return state


@pytest.fixture(scope="module")
def state():
    return trained()


def layers(flat, widths, n, stds):
    """A flat draw as a list over l of (n, m_l), times the std of each layer."""
    parts = np.split(flat.astype(float), np.cumsum([n * m for m in widths])[:-1])
    return [std * part.reshape(m, n).T for part, m, std in zip(parts, widths, stds, strict=True)]


def guest(p, x, drawn, probe_x, probe_noise, structure, lateral=(True,) * 4, top_down=(True,) * 4):
    """Everything of rows x with noise `drawn`, normalised by the passes of the probe; from the paper's equations."""
    phi, g = structure.activation, reference.G[structure.combinator]
    L = reference.depth(p)
    _, _, mean, std = reference.encoder(p, probe_x, phi)
    _, h_probe, mean_tilde, std_tilde = reference.encoder(p, probe_x, phi, probe_noise)
    nothing = np.zeros(len(probe_x), int)
    fit = reference.ladder(
        p, probe_x, nothing, probe_x, probe_noise, probe_noise, phi, structure.combinator, lateral, top_down
    )
    found = {name: [None] * (L + 1) for name in (*KINDS, "h", "h_tilde")}
    for z, h, m, s, of_layer in (
        ("z", "h", mean, std, [0.0] * (L + 1)),
        ("z_tilde", "h_tilde", mean_tilde, std_tilde, drawn),
    ):
        found[z][0] = found[h][0] = x + of_layer[0]
        for l in range(1, L + 1):
            found[z][l] = (found[h][l - 1] @ p[f"W{l}"] - m[l]) / s[l] + of_layer[l]
            shifted = p.get(f"gamma{l}", 1.0) * (found[z][l] + p[f"beta{l}"])
            found[h][l] = reference.softmax(shifted) if l == L else reference.PHI[phi](shifted)
    for l in reversed(range(L + 1)):
        above = found["h_tilde"][L] if l == L else found["z_hat"][l + 1] @ p[f"V{l + 1}"]
        _, m, s = reference.standardised(h_probe[L] if l == L else fit["z_hat"][l + 1] @ p[f"V{l + 1}"])
        found["u"][l] = (above - m) / s
        found["z_hat"][l] = g(p[f"g{l}"], found["z_tilde"][l] * float(lateral[l]), found["u"][l] * float(top_down[l]))
        found["z_hat_bn"][l] = found["z_hat"][l] if l == 0 else (found["z_hat"][l] - mean[l]) / std[l]
    return found


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("row", [0, 7, PROBE_ROWS - 1])
def test_the_numbers_of_a_row_of_the_probe_are_the_probe_s(digits, state, row, switch):
    live = replace(LIVE, **switch)
    clean, corrupted, u, z_hat, z_hat_bn, _ = snapshot.probe(state, STRUCTURE, live, digits)
    _, found = passage(state, STRUCTURE, live, digits, Sample(row))
    for kind, expected in zip(KINDS, (clean.z, corrupted.z, u, z_hat, z_hat_bn), strict=True):
        for l, rows in enumerate(expected):
            np.testing.assert_allclose(found[f"{kind}/{l}"], rows[row], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found["probabilities"], clean.h[-1][row], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found["probabilities_tilde"], corrupted.h[-1][row], rtol=0, atol=1e-6)


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("activation, combinator", [("relu", "gauss"), ("tanh", "amlp_2_2"), ("leaky_relu", "linear")])
@pytest.mark.parametrize(
    "sample",
    [
        Sample(ROW),
        Sample(ROW, draw=5, std=0.5),
        Sample(3, std=0.7),
        Sample(3, draw=2),
        Sample(pixels=tuple(np.linspace(0, 1, 64)), draw=1),
    ],
)
def test_any_input_passes_as_the_paper_s_equations_say(digits, activation, combinator, switch, sample):
    structure = replace(STRUCTURE, activation=activation, combinator=combinator, weight_seed=4)
    live = replace(LIVE, **switch)
    state = trained(structure, live)
    where = training.layout_for(structure, digits)
    p = {name: array.astype(float) for name, array in where.unpack(state.theta).items()}
    probe_x, widths = digits.x_test[:PROBE_ROWS].astype(float), where.widths
    flat = normal(4, noise.PROBE, 0, PROBE_ROWS * sum(widths))
    probe_noise = layers(flat, widths, PROBE_ROWS, live.noise_std)
    stds = live.noise_std if sample.std is None else (sample.std,) * 4
    if sample == Sample(3, std=0.7):  # a row of the probe keeps its own draw
        drawn = [part[[3]] for part in layers(flat, widths, PROBE_ROWS, stds)]
    else:
        drawn = layers(normal(4, noise.SAMPLE, sample.draw, sum(widths)), widths, 1, stds)
    x = np.array([sample.pixels or digits.x_test[sample.row]], float)
    expected = guest(p, x, drawn, probe_x, probe_noise, structure, **switch)
    _, found = passage(state, structure, live, digits, sample)
    for kind in KINDS:
        for l in range(4):
            np.testing.assert_allclose(found[f"{kind}/{l}"], expected[kind][l][0], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(found["probabilities"], expected["h"][-1][0], atol=1e-5)
    np.testing.assert_allclose(found["probabilities_tilde"], expected["h_tilde"][-1][0], atol=1e-5)
    for name, kind in (("noisy_error", "z_tilde"), ("denoised_error", "z_hat_bn")):
        errors = [((a - b) ** 2).mean() for a, b in zip(expected["z"], expected[kind], strict=True)]
        np.testing.assert_allclose(found[name], errors, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("row", [7, ROW])
def test_noise_moves_all_but_the_clean_path(digits, state, row):
    asked = [Sample(row), Sample(row, draw=1), Sample(row, draw=2), Sample(row, std=0.0), Sample(row, draw=1, std=0.6)]
    found = [passage(state, STRUCTURE, LIVE, digits, sample)[1] for sample in asked]
    for other in found[1:]:
        for name in ("z/0", "z/1", "z/2", "z/3", "probabilities"):
            np.testing.assert_array_equal(other[name], found[0][name])
        assert all(np.abs(other[f"z_tilde/{l}"] - found[0][f"z_tilde/{l}"]).max() > 0.01 for l in range(4))
        assert np.abs(other["probabilities_tilde"] - found[0]["probabilities_tilde"]).max() > 1e-4
    np.testing.assert_array_equal(found[3]["z_tilde/0"], found[3]["z/0"])
    first, scaled = (one["z_tilde/0"] - one["z/0"] for one in (found[1], found[4]))
    np.testing.assert_allclose(scaled, 2 * first, atol=1e-6)  # std 0.6 and the run's own 0.3, of one draw


def test_a_drawn_input_is_treated_as_a_test_row_that_looks_the_same(digits, state):
    drawn = Sample(pixels=tuple(digits.x_test[ROW].tolist()), draw=4)
    values, of_drawn = passage(state, STRUCTURE, LIVE, digits, drawn)
    of_row = passage(state, STRUCTURE, LIVE, digits, Sample(ROW, draw=4))[1]
    for name, array in of_row.items():
        np.testing.assert_allclose(of_drawn[name], array, rtol=1e-5, atol=1e-5)  # another seat of the probe
    assert values == {"update": 40, "part": None, "row": None, "class": None, "std": None, "draw": 4}


@pytest.mark.parametrize("part", ["test", "training"])
def test_a_row_comes_with_its_part_its_number_and_its_class(digits, state, part):
    x, y = {"test": (digits.x_test, digits.y_test), "training": (digits.x, digits.y)}[part]
    values, found = passage(state, STRUCTURE, LIVE, digits, Sample(ROW, std=0.25, part=part))
    assert values == {"update": 40, "part": part, "row": ROW, "class": int(y[ROW]), "std": 0.25, "draw": 0}
    np.testing.assert_array_equal(found["z/0"], x[ROW])


def test_a_training_row_is_treated_as_a_drawn_input_that_looks_the_same(digits, state):
    of_row = passage(state, STRUCTURE, LIVE, digits, Sample(ROW, draw=4, part="training"))[1]
    of_drawn = passage(state, STRUCTURE, LIVE, digits, Sample(pixels=tuple(digits.x[ROW].tolist()), draw=4))[1]
    for name, array in of_row.items():
        np.testing.assert_array_equal(of_drawn[name], array)


def test_a_switch_may_stand_for_one_layer():
    live = SimpleNamespace(lateral=(True, False), top_down=(False, True))
    z_tilde, u, nothing = torch.ones(3, 2), torch.full((3, 2), 2.0), torch.zeros(3, 2)
    for l, expected in enumerate([(z_tilde, nothing), (nothing, u)]):
        assert all(torch.equal(a, b) for a, b in zip(seen(live, l, z_tilde, u), expected, strict=True))


def test_points_of_the_plane_and_small_tables_pass_too():
    for name, pixels in (("moons", (-1.5, 2.0)), ("iris", (0.0, -1.0, 2.0, 0.5))):
        data, structure = datasets.load(name), Structure(dataset=name, widths=(6,))
        live = fitted(Live(lambdas=(1.0,) * 3, noise_std=(0.3,) * 3), 2)
        last = Sample(len(data.x_test) - 1)
        for sample in (last, Sample(pixels=pixels)):
            _, found = passage(training.initial(structure, data), structure, live, data, sample)
            assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in found.values())


def test_an_input_that_is_not_there_is_refused(digits, state):
    for sample, key in ((Sample(500), "bad_whole"), (Sample(pixels=(0.5,)), "wrong_pixels")):
        with pytest.raises(Problem) as refusal:
            passage(state, STRUCTURE, LIVE, digits, sample)
        assert refusal.value.key == key
