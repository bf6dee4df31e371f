"""The Jacobian of a code and what is built on it. `not_the_bug_of_...`: a fault of public code that a test excludes."""

import math

import numpy as np
import pytest
import torch
from autoencoder_reference import PHI, D, N, a_batch, make, numpy_jacobian

from ladder.models.autoencoders import CODE_ACTIVATIONS


@pytest.mark.parametrize("widths", [(4,), (5, 4), (8, 7, 4)])
@pytest.mark.parametrize("code_activation", CODE_ACTIVATIONS)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_jacobian_is_that_of_finite_differences_and_of_torch_func(widths, code_activation, activation):
    net, theta = make("contractive", widths, activation, code_activation=code_activation)
    x, p = a_batch(net).x, net.where.unpack(theta)
    J = net.jacobian(p, x).detach()
    assert J.shape == (N, widths[-1], D)
    np.testing.assert_allclose(J, numpy_jacobian(net, {k: v.numpy() for k, v in p.items()}, x.numpy()), atol=1e-8)
    other = torch.vmap(torch.func.jacrev(lambda row: net.encode(p, row[None])[-1][0]))(x)
    np.testing.assert_allclose(J, other, rtol=1e-12, atol=1e-14)


def test_a_variational_code_s_jacobian_is_its_mean_s():
    net, theta = make("variational")
    x, p = a_batch(net).x, net.where.unpack(theta)
    expected = numpy_jacobian(net, {k: v.numpy() for k, v in p.items()}, x.numpy())
    np.testing.assert_allclose(net.jacobian(p, x).detach(), expected, atol=1e-8)


def test_a_row_s_jacobian_does_not_know_its_neighbours():
    net, theta = make("contractive", code_activation="sigmoid")
    x, p = a_batch(net).x, net.where.unpack(theta)
    together, alone = (net.jacobian(p, rows).detach() for rows in (x, x[2:3]))
    np.testing.assert_allclose(together[2:3], alone, rtol=1e-12)


def test_closed_form_automatic_and_finite_differences_are_one():
    """||J||^2 = sum_i (h_i (1 - h_i))^2 sum_j W_ij^2, Rifai et al. 2011, p. 4."""
    net, theta = make("contractive", (4,), code_activation="sigmoid")
    x, p = a_batch(net).x, net.where.unpack(theta)
    closed = net.contraction(p, x, p["W1"]).item()
    automatic = (net.jacobian(p, x) ** 2).sum((-2, -1)).mean().item()
    arrays = {name: value.numpy() for name, value in p.items()}
    differences = (numpy_jacobian(net, arrays, x.numpy()) ** 2).sum((1, 2)).mean()
    h = PHI["sigmoid"](x.numpy() @ arrays["W1"] + arrays["b1"])
    formula = np.mean([sum((h[n] * (1 - h[n])) ** 2 * (arrays["W1"] ** 2).sum(0)) for n in range(N)])
    assert closed == pytest.approx(automatic, rel=1e-12) == pytest.approx(formula, rel=1e-12)
    assert closed == pytest.approx(differences, rel=1e-7)


def penalty_gradients(net, theta, x, **known):
    theta = theta.clone().requires_grad_(True)
    p = net.where.unpack(theta)
    value = net.contraction(p, x, known.get("W", p["W1"]))
    (gradient,) = torch.autograd.grad(value, theta)
    return value.item(), {name: part.numpy() for name, part in net.where.unpack(gradient).items()}


def test_the_penalty_s_gradient_is_the_formula_s_not_half_of_it():
    """Not the bug of ynd/cae.py, which takes half: d/dW_ji = 2 a_i W_ji + 2 a_i (1 - 2 h_i) w_i x_j, with
    a_i = (h_i (1 - h_i))^2 and w_i = sum_j W_ji^2."""
    net, theta = make("contractive", (4,), code_activation="sigmoid")
    x, p = a_batch(net).x.numpy(), {k: v.numpy() for k, v in net.where.unpack(theta).items()}
    _, found = penalty_gradients(net, theta, torch.from_numpy(x))
    h = PHI["sigmoid"](x @ p["W1"] + p["b1"])
    a, w = (h * (1 - h)) ** 2, (p["W1"] ** 2).sum(0)
    through_bias = 2 * a * (1 - 2 * h) * w
    np.testing.assert_allclose(found["b1"], through_bias.mean(0), rtol=1e-9)
    np.testing.assert_allclose(found["W1"], 2 * a.mean(0) * p["W1"] + x.T @ through_bias / N, rtol=1e-9)


def test_the_penalty_has_a_gradient_not_the_bug_of_floor_division():
    """Not the bug of DeepLearningTutorials' cA.py: sum // n has no gradient, and its value is a whole number."""
    net, theta = make("contractive", (4,), code_activation="sigmoid")
    value, gradient = penalty_gradients(net, theta, a_batch(net).x)
    assert value != math.floor(value)
    assert (gradient["W1"] != 0).all()
    assert (gradient["b1"] != 0).all()


def test_the_penalty_follows_w_not_the_bug_of_the_copied_keras_code():
    """Not the bug of K.variable(get_weights()): larger weights on saturated units must cost more at once."""
    net, theta = make("contractive", (4,), code_activation="sigmoid")
    x = a_batch(net).x
    p = net.where.unpack(theta.clone())
    before = net.contraction(p, x, p["W1"]).item()
    p["W1"].mul_(3), p["b1"].sub_(x.mean(0) @ p["W1"] * 2 / 3)  # a steeper map around the same activations
    assert net.contraction(p, x, p["W1"]).item() > 2 * before


def test_the_stale_switch_is_that_bug():
    """Its penalty takes W as it was at first, and only the activations lead a gradient to the present one."""
    net, theta = make("contractive", (4,), code_activation="sigmoid", stale_weights=True)
    assert net.needs_first
    batch, p = a_batch(net), net.where.unpack(theta)
    first = net.where.unpack(torch.from_numpy(net.initial(3)).double())
    h = PHI["sigmoid"](batch.x.numpy() @ p["W1"].numpy() + p["b1"].numpy())
    expected = ((h * (1 - h)) ** 2 * (first["W1"].numpy() ** 2).sum(0)).sum(1).mean()
    assert net.costs(p, batch._replace(first=first))["contraction"].item() == pytest.approx(expected, rel=1e-12)
    _, gradient = penalty_gradients(net, theta, batch.x, W=first["W1"])
    through_bias = 2 * (h * (1 - h)) ** 2 * (1 - 2 * h) * (first["W1"].numpy() ** 2).sum(0)
    np.testing.assert_allclose(gradient["W1"], batch.x.numpy().T @ through_bias / N, rtol=1e-9)


def test_a_relu_code_has_a_relu_s_slope_not_the_bug_of_cae_pytorch():
    """Not the bug of h (1 - h) for units that are not sigmoid, which grows beyond bounds for h > 1."""
    net, theta = make("contractive", (4,), code_activation="relu")
    p = net.where.unpack(theta)
    p["b1"].fill_(10.0)
    x = a_batch(net).x
    assert (net.encode(p, x)[-1] > 1).all()
    value, gradient = penalty_gradients(net, theta, x)
    assert value == pytest.approx((p["W1"] ** 2).sum().item(), rel=1e-12)
    np.testing.assert_allclose(gradient["W1"], 2 * p["W1"], rtol=1e-12)  # and W gets its gradient


def test_every_layer_counts_not_the_bug_of_the_last_layer_alone():
    """Not the bug of CAE_JM.py: a deep penalty that is weight decay of the last W knows neither x nor the layers
    below."""
    net, theta = make("contractive", (5, 4), code_activation="sigmoid")
    x = a_batch(net).x
    value, gradient = penalty_gradients(net, theta, x)
    assert all((np.abs(gradient[name]) > 0).all() for name in ("W1", "b1", "W2", "b2"))
    assert penalty_gradients(net, theta, 2 * x)[0] != pytest.approx(value, rel=1e-3)
    np.testing.assert_array_equal(gradient["W3"], 0)  # the classifier is not the code


def test_lambda_does_not_depend_on_batch_size_and_grows_with_the_units():
    """Not the mean of pylearn2: a sum over the units, a mean over the rows."""
    net, theta = make("contractive", (4,), code_activation="sigmoid")
    x, p = a_batch(net).x, net.where.unpack(theta)
    value = net.contraction(p, x, p["W1"]).item()
    assert net.contraction(p, torch.cat([x, x]), p["W1"]).item() == pytest.approx(value, rel=1e-12)
    twice, _ = make("contractive", (8,), code_activation="sigmoid")
    doubled = {"W1": torch.cat([p["W1"]] * 2, 1), "b1": torch.cat([p["b1"]] * 2)}
    assert twice.contraction(doubled, x, doubled["W1"]).item() == pytest.approx(2 * value, rel=1e-12)


def test_for_a_linear_encoder_contraction_is_weight_decay():
    """Rifai et al. 2011, section 3.1."""
    net, theta = make("contractive", (4,), code_activation="linear")
    x, p = a_batch(net).x, net.where.unpack(theta)
    assert net.contraction(p, x, p["W1"]).item() == pytest.approx((p["W1"] ** 2).sum().item(), rel=1e-12)


def test_the_stochastic_term_tends_to_the_hessian_s_norm():
    """E ||J(x) - J(x + e)||^2 / std^2 -> ||H(x)||_F^2 for a small std."""
    net, theta = make("contractive_hessian", (4,), code_activation="tanh", hessian_std=0.01)
    p, row = net.where.unpack(theta), a_batch(net).x[:1]
    code = lambda x: net.encode(p, x[None])[-1][0]  # noqa: E731
    H = torch.func.jacrev(torch.func.jacrev(code))(row[0])  # (m, d, d)
    n = 4000
    noise = [torch.from_numpy(np.random.default_rng(0).standard_normal((n, m))) for m in net.widths]
    batch = a_batch(net)._replace(x=row.expand(n, D), noise=noise)
    found = net.penalties(p, batch)["hessian"].item() / 0.01**2
    assert found == pytest.approx((H**2).sum().item(), rel=0.1)
