"""The combinator of one unit, against the reference's formulas, least squares, and an integral."""

from dataclasses import replace

import numpy as np
import pytest
import reference
import torch

from ladder import noise
from ladder.analysis import denoisers, snapshot
from ladder.analysis.denoisers import all_combinators, gaussian_optimum, unit_denoiser
from ladder.models.combinators import COMBINATORS
from ladder.problems import Problem
from ladder.settings import Live, Structure, fitted
from ladder.training import train as training

STRUCTURE = Structure(widths=(20, 12))
LIVE = Live(lambdas=(1000.0, 10.0, 0.1, 0.1), noise_std=(0.3, 0.2, 0.4, 0.1))
LIVE = fitted(LIVE, 3)
NO_LATERAL, NO_TOP_DOWN = replace(LIVE, lateral=(False,) * 4), replace(LIVE, top_down=(False,) * 4)
UNITS = [(0, 20), (1, 3), (3, 9)]
PIXEL = 0  # 0 in all images of the digits


def shaken(data, structure, spread=0.3):
    """A state whose parameters, those of g above all, are not where they start."""
    state = training.initial(structure, data)
    drawn = spread * np.random.default_rng(1).standard_normal(len(state.theta))
    return replace(state, theta=(state.theta + drawn).astype(np.float32))


@pytest.fixture(scope="module")
def state(digits):
    (found,), _ = training.train([training.initial(STRUCTURE, digits)], [STRUCTURE], [LIVE], digits, 100)
    return found


def column(values):
    return np.asarray(values, float)[:, None]


def formula(combinator, parameters, z_tilde, u):
    return reference.G[combinator](column(parameters), column(z_tilde), column(u))[:, 0]


@pytest.mark.parametrize("layer, unit", UNITS)
@pytest.mark.parametrize("combinator", COMBINATORS)
def test_points_and_curves_are_those_of_the_model_and_of_its_formula(digits, combinator, layer, unit):
    structure = replace(STRUCTURE, combinator=combinator)
    state = shaken(digits, structure)
    values, found = unit_denoiser(state, structure, LIVE, digits, layer, unit)
    clean, corrupted, u, z_hat, z_hat_bn, _ = snapshot.probe(state, structure, LIVE, digits)
    kinds = {"z": clean.z, "z_tilde": corrupted.z, "u": u, "z_hat": z_hat, "z_hat_bn": z_hat_bn}
    for kind, layers in kinds.items():
        np.testing.assert_array_equal(found[kind], layers[layer][:, unit])
    near = {"rtol": 1e-5, "atol": 1e-6}
    drawn = formula(combinator, found["parameters"], found["z_tilde"], found["u"])
    np.testing.assert_allclose(found["z_hat"], drawn, **near)
    curves = np.stack([formula(combinator, found["parameters"], found["grid"], [u] * 81) for u in found["curve_u"]])
    np.testing.assert_allclose(found["curves"], curves, **near)
    _, _, means, stds = reference.encoder(
        training.layout_for(structure, digits).unpack(state.theta.astype(float)),
        digits.x_test[:200].astype(float),
        "relu",
    )
    mean, std = (means[layer][unit], stds[layer][unit]) if layer else (0.0, 1.0)
    np.testing.assert_allclose(found["curves_bn"], (curves - mean) / std, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found["curve_u"], np.quantile(found["u"], (0.05, 0.25, 0.5, 0.75, 0.95)), **near)
    k = COMBINATORS[combinator].n_parameters
    assert values == {
        "update": 0,
        "combinator": combinator,
        "layer": layer,
        "unit": unit,
        "noise_std": LIVE.noise_std[layer],
        "parameters": [f"a{i}" for i in range(1, k + 1)],
    }
    assert found["parameters"].shape == (k,)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in found.values())


@pytest.mark.parametrize("layer, unit", UNITS)
def test_the_grid_covers_the_points_and_the_usual_range_of_a_normalised_unit(digits, state, layer, unit):
    _, found = unit_denoiser(state, STRUCTURE, LIVE, digits, layer, unit)
    usual = (-3.0, 3.0) if layer else (np.inf, -np.inf)
    for grid, points in (("grid", found["z_tilde"]), ("u_grid", found["u"])):
        low, high = usual if grid == "grid" else (-3.0, 3.0)
        expected = np.linspace(min(points.min(), low), max(points.max(), high), 81)
        np.testing.assert_allclose(found[grid], expected, atol=1e-5)


def test_a_pixel_that_never_changes_has_curves_too(digits, state):
    live = replace(LIVE, noise_std=(0.0,) * 4)
    _, found = unit_denoiser(state, STRUCTURE, live, digits, 0, PIXEL)
    assert not found["z_tilde"].any()
    np.testing.assert_allclose(found["grid"], np.linspace(-0.5, 0.5, 81), atol=1e-6)
    assert not found["optimal"].any()


@pytest.mark.parametrize("combinator", COMBINATORS)
def test_a_signal_that_is_switched_off_changes_no_curve(digits, combinator):
    structure = replace(STRUCTURE, combinator=combinator)
    state = shaken(digits, structure)
    for live in (NO_LATERAL, NO_TOP_DOWN):
        _, found = unit_denoiser(state, structure, live, digits, 1, 3)
        lateral = found["grid"] if all(live.lateral) else np.zeros(81)
        for u, curve in zip(found["curve_u"], found["curves"], strict=True):
            expected = formula(combinator, found["parameters"], lateral, np.full(81, u if all(live.top_down) else 0.0))
            np.testing.assert_allclose(curve, expected, rtol=1e-5, atol=1e-6)
        if all(live.lateral):
            assert (found["curves"] == found["curves"][0]).all() and np.ptp(found["curves"][0]) > 1e-4
        else:
            assert (found["curves"] == found["curves"][:, :1]).all() and np.ptp(found["curves"][:, 0]) > 1e-4
        assert np.ptp(found["curve_u"]) > 0.1  # of the decoder's u, which g may not see


def test_at_the_start_gauss_gives_nothing(digits):
    _, found = unit_denoiser(training.initial(STRUCTURE, digits), STRUCTURE, LIVE, digits, 1, 3)
    for name in ("z_hat", "curves", "mu", "v"):
        assert not found[name].any()
    assert found["parameters"].tolist() == [0, 1, 0, 0, 0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("combinator", COMBINATORS)
def test_mu_and_v_are_told_where_g_has_them(digits, combinator):
    structure = replace(STRUCTURE, combinator=combinator)
    _, found = unit_denoiser(shaken(digits, structure), structure, LIVE, digits, 1, 3)
    assert {"mu", "v", "u_grid"} <= set(found) if "gauss" in combinator else not {"mu", "v", "u_grid"} & set(found)
    if "gauss" in combinator:
        for z_tilde in (-1.3, 0.0, 2.0):  # three points of a line tell its slope and where it meets the diagonal
            drawn = formula(combinator, found["parameters"], np.full(81, z_tilde), found["u_grid"])
            mixed = (z_tilde - found["mu"]) * found["v"] + found["mu"]
            np.testing.assert_allclose(mixed, drawn, rtol=1e-5, atol=1e-6)


def test_the_optimum_of_a_gaussian_is_the_mean_of_its_posterior():
    """By integration over z of prior times likelihood."""
    m, s, sigma = 0.7, 1.3, 0.4
    sample = torch.tensor([[m - s], [m + s]], dtype=torch.float64)  # of this mean and this std
    z, z_tilde = np.linspace(-12, 14, 20001), np.linspace(-3, 4, 15)
    weight = np.exp(-(((z - m) / s) ** 2) / 2 - ((z_tilde[:, None] - z) / sigma) ** 2 / 2)
    expected = (weight * z).sum(1) / weight.sum(1)
    np.testing.assert_allclose(gaussian_optimum(torch.from_numpy(z_tilde), sample, sigma), expected, rtol=1e-9)


@pytest.mark.parametrize("layer, unit", UNITS)
def test_the_optimum_s_curve_is_in_the_units_in_which_z_is_compared(digits, state, layer, unit):
    _, found = unit_denoiser(state, STRUCTURE, LIVE, digits, layer, unit)
    m, variance, sigma = found["z"].mean(), found["z"].var(), LIVE.noise_std[layer]
    expected = (found["grid"] - m) * variance / (variance + sigma**2) + m
    np.testing.assert_allclose(found["optimal"], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("look", [unit_denoiser, all_combinators])
@pytest.mark.parametrize("layer, unit", [(-1, 0), (4, 0), (0, 64), (1, 20), (3, 10), (1, -1)])
def test_a_unit_that_is_not_there_is_refused(digits, state, look, layer, unit):
    with pytest.raises(Problem) as refusal:
        look(state, STRUCTURE, LIVE, digits, layer, unit)
    assert refusal.value.key == "bad_whole"


@pytest.fixture(scope="module")
def fits(digits, state):
    return {where: all_combinators(state, STRUCTURE, LIVE, digits, *where) for where in UNITS}


def signals(state, digits, live, layer, unit):
    """z, z_tilde and u of the unit on the probe, float64."""
    _, found = unit_denoiser(state, STRUCTURE, live, digits, layer, unit)
    return (found[name].astype(float) for name in ("z", "z_tilde", "u"))


@pytest.mark.parametrize("where", UNITS)
def test_the_linear_combinator_s_fit_is_least_squares(digits, state, fits, where):
    values, found = fits[where]
    z, z_tilde, u = signals(state, digits, LIVE, *where)
    design = np.stack([np.ones(200), u, z_tilde], 1)
    best = np.linalg.lstsq(design, z)[0]
    at = values["combinators"].index("linear")
    assert found["errors"][at] == pytest.approx(((design @ best - z) ** 2).mean(), rel=1e-4)
    plane = best[0] + best[1] * found["curve_u"][:, None] + best[2] * found["grid"]
    np.testing.assert_allclose(found["curves"][at], plane, atol=1e-4)


@pytest.mark.parametrize("where", UNITS)
def test_every_fit_is_better_than_its_start_and_no_worse_than_what_it_contains(digits, state, fits, where):
    values, found = fits[where]
    z, z_tilde, u = signals(state, digits, LIVE, *where)
    assert values["combinators"] == list(COMBINATORS)
    errors = dict(zip(values["combinators"], found["errors"], strict=True))
    for position, (name, g) in enumerate(COMBINATORS.items()):
        start = g.initial(1, noise.generator(0, denoisers.FITS, position))
        first = ((formula(name, start[:, 0], z_tilde, u) - z) ** 2).mean()
        assert errors[name] < 0.99 * first
        assert errors[name] <= 1.001 * z.var()  # a constant, which every g can be
    assert errors["no_sigmoid"] <= errors["linear"] * (1 + 1e-6)  # it can be linear, and has no local minimum


@pytest.mark.parametrize("where", UNITS)
def test_beside_the_fits_stand_a_copy_the_optimum_and_the_run_s_own(digits, state, fits, where):
    _, found = fits[where]
    z, z_tilde, u = signals(state, digits, LIVE, *where)
    assert found["copy_error"][0] == pytest.approx(((z_tilde - z) ** 2).mean(), rel=1e-5)
    variance = z.var()
    best = (z_tilde - z.mean()) * variance / (variance + LIVE.noise_std[where[0]] ** 2) + z.mean()
    assert found["optimal_error"][0] == pytest.approx(((best - z) ** 2).mean(), rel=1e-4)
    _, own = unit_denoiser(state, STRUCTURE, LIVE, digits, *where)
    assert found["own_error"][0] == pytest.approx(((own["z_hat_bn"] - own["z"]) ** 2).mean(), rel=1e-4)
    np.testing.assert_allclose(found["curve_u"], np.quantile(u, (0.05, 0.5, 0.95)), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found["grid"], own["grid"])
    np.testing.assert_array_equal(found["optimal"], own["optimal"])
    assert found["curves"].shape == (14, 3, 81) and np.isfinite(found["curves"]).all()


def test_fits_are_the_same_at_every_call(digits, state, fits):
    _, again = all_combinators(state, STRUCTURE, LIVE, digits, *UNITS[1])
    for name, array in fits[UNITS[1]][1].items():
        np.testing.assert_array_equal(again[name], array)


@pytest.mark.parametrize("live", [NO_LATERAL, NO_TOP_DOWN])
def test_fits_see_what_g_sees(digits, state, live):
    values, found = all_combinators(state, STRUCTURE, live, digits, 1, 3)
    z, z_tilde, u = signals(state, digits, live, 1, 3)
    design = np.stack([np.ones(200), z_tilde if all(live.lateral) else u], 1)
    best = ((design @ np.linalg.lstsq(design, z)[0] - z) ** 2).mean()
    assert found["errors"][values["combinators"].index("linear")] == pytest.approx(best, rel=1e-4)
    assert np.ptp(found["curves"], 2 if all(live.top_down) else 1).max() < 1e-5
    if all(live.lateral):  # the whole g is in one curve, and so is its error
        drawn = [np.interp(z_tilde, found["grid"].astype(float), curve) for curve in found["curves"][:, 0]]
        np.testing.assert_allclose(found["errors"], ((drawn - z) ** 2).mean(1), rtol=0.01)


def test_a_pixel_that_never_changes_is_no_trouble(digits, state):
    _, found = all_combinators(state, STRUCTURE, LIVE, digits, 0, PIXEL)
    assert found["errors"].max() < 1e-6 and found["optimal_error"][0] == 0
    assert found["copy_error"][0] == pytest.approx(0.3**2, rel=0.3)


def test_of_a_network_that_broke_there_are_no_finite_curves(digits, state):
    broken = replace(state, theta=np.full_like(state.theta, np.nan))
    _, found = all_combinators(broken, STRUCTURE, LIVE, digits, 1, 3)
    assert np.isnan(found["curves"]).all() and np.isnan(found["errors"]).all()
    _, found = unit_denoiser(broken, STRUCTURE, LIVE, digits, 1, 3)
    assert np.isnan(found["curves"]).all()
