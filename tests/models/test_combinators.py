"""Every combinator's contract, and the starting values that its paper prints.

The formulas are checked by tests/reference.py, through the whole network and here one by one.
"""

import numpy as np
import pytest
import reference
import torch

from ladder.models.combinators import COMBINATORS

WIDTH, ROWS = 5, 11
N_PARAMETERS = {
    "gauss": 10,
    "gated_gauss": 7,
    "vanilla": 9,
    "vanilla_random": 9,
    "vanilla_reversed": 9,
    "no_sigmoid": 4,
    "no_multiplication": 7,
    "linear": 3,
    "mlp_4": 17,
    "mlp_2_2": 15,
    "mlp_2_2_2": 21,
    "amlp_4": 21,
    "amlp_2_2": 17,
    "amlp_2_2_2": 23,
}

# Rows that start at 1; the others start at 0 (CuriousAI/ladder, ladder.py; Pezeshki et al. 2016, sections 4.1-4.2)
ONES = {
    "gauss": (1, 6),  # a2, a7
    "gated_gauss": (1,),  # a2
    "vanilla": (1, 4, 6),  # w0z, ws, w1z
    "vanilla_reversed": (2, 4, 7),  # w0u, ws, w1u
    "no_sigmoid": (1,),  # w0z
    "no_multiplication": (1, 3, 5),  # w0z, ws, w1z
    "linear": (2,),  # wz
}
ETA = {
    "mlp_4": 0.006,
    "mlp_2_2": 0.05,
    "mlp_2_2_2": 0.025,
    "amlp_4": 0.006,
    "amlp_2_2": 0.0125,
    "amlp_2_2_2": 0.006,
}


def signals(*lead, seed=0):
    """Random parameters' source, and z_tilde and u (*lead, ROWS, WIDTH), both signs."""
    rng = np.random.default_rng(seed)
    z, u = (rng.standard_normal((*lead, ROWS, WIDTH)) for _ in range(2))
    return rng, z, u


def random_parameters(name, rng, *lead):
    return rng.standard_normal((*lead, COMBINATORS[name].n_parameters, WIDTH))


def value(name, a, z, u):
    return COMBINATORS[name](*(torch.from_numpy(np.asarray(array)) for array in (a, z, u))).numpy()


@pytest.mark.parametrize("name", COMBINATORS)
def test_the_number_of_parameters_is_that_of_the_formula(name):
    assert COMBINATORS[name].n_parameters == N_PARAMETERS[name]
    assert COMBINATORS[name].initial(WIDTH, np.random.default_rng(0)).shape == (N_PARAMETERS[name], WIDTH)


@pytest.mark.parametrize("name", ONES)
def test_the_start_is_the_published_one(name):
    expected = np.zeros((N_PARAMETERS[name], WIDTH))
    expected[list(ONES[name])] = 1.0
    np.testing.assert_array_equal(COMBINATORS[name].initial(WIDTH, np.random.default_rng(0)), expected)


def test_random_vanilla_starts_from_normal_numbers_of_std_one_fifth():
    a = COMBINATORS["vanilla_random"].initial(4000, np.random.default_rng(0))
    np.testing.assert_allclose(a.std(1), 0.2, rtol=0.05)
    np.testing.assert_allclose(a.mean(1), 0.0, atol=0.02)


@pytest.mark.parametrize("name", ETA)
def test_networks_start_from_small_weights_and_no_biases(name):
    a = COMBINATORS[name].initial(4000, np.random.default_rng(0))
    biases = (a == 0).all(1)
    hidden = [int(size) for size in name.split("_")[1:]]
    assert biases.sum() == sum(hidden) + 1
    assert biases[-1]  # the output's
    np.testing.assert_allclose(a[~biases].std(1), ETA[name], rtol=0.05)


def test_at_the_start_gauss_gives_nothing_and_linear_gives_z_tilde_back():
    rng, z, u = signals()
    start = {name: COMBINATORS[name].initial(WIDTH, rng) for name in ("gauss", "linear", "no_sigmoid")}
    assert (value("gauss", start["gauss"], z, u) == 0).all()
    np.testing.assert_array_equal(value("linear", start["linear"], z, u), z)
    np.testing.assert_array_equal(value("no_sigmoid", start["no_sigmoid"], z, u), z)


@pytest.mark.parametrize("name", COMBINATORS)
def test_the_formula_is_the_reference_s(name):
    rng, z, u = signals(seed=1)
    a = random_parameters(name, rng)
    np.testing.assert_allclose(value(name, a, z, u), reference.G[name](a, z, u), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", COMBINATORS)
def test_lanes_have_parameters_of_their_own(name):
    rng, z, u = signals(3, seed=2)
    a = random_parameters(name, rng, 3)
    together = value(name, a, z, u)
    for lane in range(3):
        np.testing.assert_allclose(together[lane], value(name, a[lane], z[lane], u[lane]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", COMBINATORS)
def test_each_unit_depends_on_its_own_signals_and_parameters_only(name):
    rng, z, u = signals(seed=3)
    a = random_parameters(name, rng)
    before = value(name, a, z, u)
    for array in (z, u, a):
        for row in range(len(array)):
            array[row, 2] += 0.5
    after = value(name, a, z, u)
    changed = (before != after).any(0)
    assert changed.tolist() == [False, False, True, False, False]


@pytest.mark.parametrize("name", COMBINATORS)
def test_no_parameter_is_idle(name):
    """Each row of parameters, moved alone, moves z_hat: none is forgotten, none taken for another (a1 for a6, say)."""
    rng, z, u = signals(seed=4)
    a = random_parameters(name, rng)
    before = value(name, a, z, u)
    for row in range(len(a)):
        moved = a.copy()
        moved[row] += 0.5
        assert (np.abs(value(name, moved, z, u) - before).max(0) > 1e-6).all(), row


@pytest.mark.parametrize("name", COMBINATORS)
def test_gradients_by_both_signals_agree_with_finite_differences(name):
    rng, z, u = signals(seed=5)
    a = torch.from_numpy(random_parameters(name, rng))
    z, u = (torch.from_numpy(array[:4]).requires_grad_(True) for array in (z, u))
    assert torch.autograd.gradcheck(lambda z, u: COMBINATORS[name](a, z, u), (z, u))


@pytest.mark.parametrize("name", ["vanilla", "no_sigmoid", "amlp_4"])
def test_where_the_paper_multiplies_the_signals_they_interact(name):
    assert _interaction(name) > 1e-3


@pytest.mark.parametrize("name", ["linear"])
def test_where_the_paper_adds_the_signals_they_do_not_interact(name):
    assert _interaction(name) < 1e-12


def _interaction(name):
    """Largest g(z, u) - g(0, u) - g(z, 0) + g(0, 0): 0 where g is a sum of a function of each signal."""
    rng, z, u = signals(seed=6)
    a, none = random_parameters(name, rng), np.zeros((ROWS, WIDTH))
    both, lateral, vertical, neither = (value(name, a, *pair) for pair in ((z, u), (z, none), (none, u), (none, none)))
    return np.abs(both - lateral - vertical + neither).max()


def test_the_gate_of_gated_gauss_stays_between_its_two_signals():
    """v in (0, 1), so z_hat lies between mu(u) and z_tilde."""
    rng, z, u = signals(seed=7)
    a = 3.0 * random_parameters("gated_gauss", rng)
    mu = a[0] * reference.sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
    z_hat = value("gated_gauss", a, z, u)
    assert ((z_hat >= np.minimum(z, mu)) & (z_hat <= np.maximum(z, mu))).all()
