"""The network against an independent reference, and one test for each known bug of public ladder code.

The numbers in the docstrings are those of our list of such bugs: wrong ladders classify almost as well as right ones,
so only equations can tell. (Number 16 is about contractive autoencoders, which are not in this package yet.)
"""

import numpy as np
import pytest
import reference
import torch

from ladder import fast, inspection, training
from ladder.combinators import COMBINATORS
from ladder.models import ladder
from ladder.settings import Live, Structure

N_FEATURES, N_CLASSES = 9, 4


def case(widths=(8, 6), activation="relu", combinator="gauss", n_s=7, n_u=12, seed=0, spread=0.4, dtype=np.float64):
    """A random network and batch: (structure, layout, theta, arguments of ladder.costs as arrays)."""
    structure = Structure(widths=widths, activation=activation, combinator=combinator)
    where = ladder.layout(structure, N_FEATURES, N_CLASSES)
    rng = np.random.default_rng(seed)
    theta = ladder.initial(structure, where, rng).astype(dtype) + spread * rng.standard_normal(where.n_parameters)
    noise = [[0.3 * rng.standard_normal((n, m)).astype(dtype) for m in where.widths] for n in (n_s, n_u)]
    x_s, x_u = (rng.random((n, N_FEATURES)).astype(dtype) for n in (n_s, n_u))
    y = rng.integers(0, N_CLASSES, n_s)
    return structure, where, theta.astype(dtype), (x_s, y, x_u, *noise)


def tensors(arguments):
    return [[torch.from_numpy(a) for a in one] if isinstance(one, list) else torch.from_numpy(one) for one in arguments]


def trace_of(structure, where, theta, arguments, **switches):
    return ladder.costs(where.unpack(torch.as_tensor(theta)), *tensors(arguments), structure, **switches)


def reference_of(structure, where, theta, arguments, **switches):
    p = {name: np.asarray(array) for name, array in where.unpack(theta).items()}
    return reference.ladder(p, *arguments, phi=structure.activation, g=structure.combinator, **switches)


@pytest.mark.parametrize("combinator", COMBINATORS)
@pytest.mark.parametrize("widths", [(8,), (8, 6), (7, 6, 5, 6, 5, 6)])
def test_costs_and_activations_agree_with_the_reference(combinator, widths):
    built = case(widths, combinator=combinator, seed=len(widths))
    ours, theirs = trace_of(*built), reference_of(*built)
    np.testing.assert_allclose(ours.supervised, theirs["supervised"], rtol=1e-10)
    np.testing.assert_allclose(ours.denoising, theirs["denoising"], rtol=1e-9)
    for name, layers in (
        ("z", ours.clean.z),
        ("z_tilde", ours.corrupted.z),
        ("u", ours.u),
        ("z_hat_bn", ours.z_hat_bn),
    ):
        for mine, other in zip(layers, theirs[name], strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("activation", ladder.ACTIVATIONS)
@pytest.mark.parametrize("switches", [{}, {"lateral": False}, {"top_down": False}])
@pytest.mark.parametrize("n_s", [2, 12, 20])
def test_activations_ablations_and_uneven_halves_agree_with_the_reference(activation, switches, n_s):
    built = case(activation=activation, n_s=n_s)
    ours, theirs = trace_of(*built, **switches), reference_of(*built, **switches)
    np.testing.assert_allclose(ours.supervised, theirs["supervised"], rtol=1e-10)
    np.testing.assert_allclose(ours.denoising, theirs["denoising"], rtol=1e-9)


@pytest.mark.parametrize("combinator", ["gauss", "vanilla", "amlp_2_2"])
def test_gradients_agree_with_finite_differences(combinator):
    structure, where, theta, arguments = case((5,), "tanh", combinator, n_s=4, n_u=5)
    weights = torch.tensor([3.0, 0.7, 0.2], dtype=torch.float64)

    def objective(flat):
        return ladder.objective(ladder.costs(where.unpack(flat), *tensors(arguments), structure), weights)

    assert torch.autograd.gradcheck(objective, torch.from_numpy(theta).requires_grad_(True), eps=1e-6, atol=1e-5)


def by_hand(structure, where, theta, arguments, lambdas, lateral=True, top_down=True):
    """fast.Step's costs and gradient of one lane."""
    x_s, y, x_u, noise_s, noise_u = arguments

    def turned(a):
        return torch.from_numpy(np.ascontiguousarray(a.T[None]))

    step = fast.Step(where, structure, torch.from_numpy(theta[None]), len(x_s), len(x_u), lateral, top_down)
    one_hot = np.eye(N_CLASSES, dtype=theta.dtype)[y]
    noises = [[turned(a) for a in noise] for noise in (noise_s, noise_u)]
    weights = torch.from_numpy(lambdas[None].astype(theta.dtype))
    supervised, denoising = step(turned(x_s), turned(one_hot), noises[0], turned(x_u), noises[1], weights)
    return supervised[0], denoising[0], step.gradient[0]


@pytest.mark.parametrize("activation", fast.SLOPES)
@pytest.mark.parametrize("widths", [(8,), (8, 6), (7, 6, 5, 6, 5, 6)])
@pytest.mark.parametrize("switches", [(True, True), (False, True), (True, False)])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-11), (np.float32, 1e-5)])
def test_hand_derived_gradients_are_those_of_the_definition(activation, widths, switches, dtype, tolerance):
    structure, where, theta, arguments = case(widths, activation, dtype=dtype)
    lambdas = np.linspace(3.0, 0.1, len(widths) + 2)
    lambdas[1] = 0.0
    supervised, denoising, gradient = by_hand(structure, where, theta, arguments, lambdas, *switches)
    flat = torch.from_numpy(theta).requires_grad_(True)
    trace = ladder.costs(where.unpack(flat), *tensors(arguments), structure, *switches)
    objective = ladder.objective(trace, torch.from_numpy(lambdas.astype(dtype)))
    (expected,) = torch.autograd.grad(objective, flat)
    np.testing.assert_allclose(supervised, trace.supervised.detach(), rtol=tolerance * 10)
    np.testing.assert_allclose(denoising, trace.denoising.detach(), rtol=tolerance * 10)
    assert (gradient - expected).abs().max() <= tolerance * expected.abs().max()


def test_hand_derived_gradients_agree_with_finite_differences():
    structure, where, theta, arguments = case((5,), n_s=4, n_u=5)
    lambdas = np.array([3.0, 0.7, 0.2])
    _, _, gradient = by_hand(structure, where, theta, arguments, lambdas)

    def objective(values):
        found = reference_of(structure, where, values, arguments)
        return found["supervised"] + lambdas @ found["denoising"]

    for i in range(where.n_parameters):
        step = np.zeros_like(theta)
        step[i] = 1e-6
        slope = (objective(theta + step) - objective(theta - step)) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_01_at_the_start_every_z_hat_is_zero_and_the_costs_are_known():
    """1: with the published start of g, z_hat = 0, C_0 = mean(x^2), C_l = 1 + mean(mean^2 / std^2)."""
    built = case(spread=0.0)
    trace = trace_of(*built)
    assert all((z_hat == 0).all() for z_hat in trace.z_hat)
    assert trace.denoising[0] == pytest.approx((built[3][2] ** 2).mean())
    for l in (1, 2, 3):
        expected = 1 + ((trace.clean.mean[l] / trace.clean.std[l]) ** 2).mean()
        assert trace.denoising[l] == pytest.approx(float(expected), rel=1e-6)


def test_02_z_hat_is_normalised_by_the_clean_mean_and_standard_deviation():
    """2: excludes division by the variance, multiplication by the std, running and noisy statistics."""
    structure, where, theta, arguments = case()
    trace = trace_of(structure, where, theta, arguments)
    p = where.unpack(theta)
    for l in (1, 2, 3):
        z_pre = trace.clean.h[l - 1].numpy() @ p[f"W{l}"]
        back = (z_pre - trace.clean.mean[l].numpy()) / trace.clean.std[l].numpy()
        np.testing.assert_allclose(back, trace.clean.z[l], atol=1e-9)
        expected = (trace.z_hat[l].numpy() - z_pre.mean(0)) / z_pre.std(0)
        np.testing.assert_allclose(trace.z_hat_bn[l], expected, rtol=1e-6, atol=1e-8)


def test_03_the_input_layer_is_not_normalised():
    """3: at l = 0 z_hat is compared as it is with raw x."""
    trace = trace_of(*case())
    assert trace.z_hat_bn[0] is trace.z_hat[0]
    assert trace.denoising[0] == pytest.approx(float(((trace.z_hat[0] - trace.clean.z[0]) ** 2).mean()))


def test_04_scaling_the_weights_does_not_change_z():
    """4: z is normalised, so W times 10 is the same encoder."""
    structure, where, theta, arguments = case()
    scaled = theta.copy()
    where.unpack(scaled)["W1"][:] *= 10
    before, after = (trace_of(structure, where, one, arguments) for one in (theta, scaled))
    for l in (1, 2, 3):
        np.testing.assert_allclose(after.clean.z[l], before.clean.z[l], atol=1e-6)


def test_05_noise_is_drawn_for_each_row_and_layer_with_its_own_std(digits):
    """5: excludes one noise vector for the whole batch, and missing noise at the input or at the top."""
    structure, stds = Structure(), (0.1, 0.2, 0.3, 0.4, 0.5)
    live = Live(noise_std=stds, batch_size=1000, n_labeled=100)
    state = training.initial(structure, digits)
    pool = np.arange(100)
    widths = training.layout_for(structure, digits).widths
    batch = training.draw_batch(state, 0, live, digits, pool, sum(widths), True)
    flat = torch.from_numpy(batch.noise[None].copy())
    parts = training.split_noise(flat, widths, 1000, torch.tensor([stds]))
    for part, std in zip(parts, stds, strict=True):
        assert float(part.std()) == pytest.approx(std, rel=0.03)
        assert len(torch.unique(part[0, 0])) > 990  # rows differ
        assert abs(np.corrcoef(part[0, 0], part[0, 1])[0, 1]) < 0.15  # units differ
    assert not np.allclose(batch.noise[:100], batch.noise_labeled[:100])


def test_06_labelled_and_unlabelled_rows_have_separate_statistics():
    """6: changing the rows of one half leaves the other half as it was."""
    structure, where, theta, (x_s, y, x_u, n_s, n_u) = case()
    first = trace_of(structure, where, theta, (x_s, y, x_u, n_s, n_u))
    other_u = trace_of(structure, where, theta, (x_s, y, x_u * 3 + 1, n_s, n_u))
    other_s = trace_of(structure, where, theta, (x_s * 3 + 1, y, x_u, n_s, n_u))
    assert torch.equal(first.supervised, other_u.supervised)
    assert torch.equal(first.denoising, other_s.denoising)


def test_07_the_top_vertical_signal_is_the_normalised_softmax_output():
    """7: excludes logits as u(L)."""
    trace = trace_of(*case())
    probabilities = trace.corrupted.h[-1]
    np.testing.assert_allclose(probabilities.sum(1), 1.0, rtol=1e-12)
    expected = (probabilities - probabilities.mean(0)) / probabilities.std(0, correction=0)
    np.testing.assert_allclose(trace.u[-1], expected, rtol=1e-5, atol=1e-8)


def test_08_the_lateral_signal_and_the_target_are_z_and_not_h():
    """8: z_tilde may be negative, the target has mean 0 and variance 1 for every unit."""
    trace = trace_of(*case(n_u=50))
    for l in (1, 2, 3):
        assert (trace.corrupted.z[l] < 0).any()
        np.testing.assert_allclose(trace.clean.z[l].mean(0), 0.0, atol=1e-10)
        np.testing.assert_allclose(trace.clean.z[l].var(0, correction=0), 1.0, rtol=1e-6)


def test_09_gradients_flow_through_the_clean_path():
    """9: excludes detached targets and statistics; with frozen corrupted path W still gets a gradient."""
    structure, where, theta, arguments = case()
    moving = torch.from_numpy(theta).requires_grad_(True)
    frozen = where.unpack(torch.from_numpy(theta))
    _, _, x, _, noise = tensors(arguments)
    clean = ladder.encode(where.unpack(moving), x, "relu")
    corrupted = ladder.encode(frozen, x, "relu", noise)
    _, z_hat = ladder.decode(frozen, corrupted, "gauss")
    for target in ((clean.z[1] - z_hat[1].detach()) ** 2, ((z_hat[1] - clean.mean[1]) / clean.std[1]) ** 2):
        (gradient,) = torch.autograd.grad(target.mean(), moving, retain_graph=True)
        assert where.unpack(gradient)["W1"].abs().max() > 1e-6


def test_10_gamma_stands_only_where_it_is_not_redundant():
    """10: ReLU layers have none, the top has one, and h(L) = softmax(gamma (z + beta))."""
    structure, where, theta, arguments = case()
    p = where.unpack(theta)
    assert [name for name in p if name.startswith("gamma")] == ["gamma3"]
    trace = trace_of(structure, where, theta, arguments)
    logits = p["gamma3"] * (trace.corrupted.z[3].numpy() + p["beta3"])
    np.testing.assert_allclose(trace.corrupted.h[3], reference.softmax(logits), rtol=1e-10)


def test_11_the_supervised_loss_can_become_small(digits):
    """11: excludes a double softmax, whose loss cannot fall below 1.46."""
    structure, live = Structure(), Live(lambdas=(0.0,) * 5, noise_std=(0.0,) * 5, learning_rate=0.02)
    states = [training.initial(structure, digits, "supervised")]
    _, (metrics,) = training.train(states, [structure], [live], digits, 600, "supervised")
    assert metrics["supervised"][-1] < 0.02


def test_12_a_prediction_does_not_depend_on_the_other_test_rows(digits):
    """12: excludes normalisation by the test batch's statistics."""
    structure = Structure()
    state = training.initial(structure, digits)
    together = inspection.probabilities(state, structure, digits, digits.x_test)
    alone = inspection.probabilities(state, structure, digits, digits.x_test[7:8])
    np.testing.assert_allclose(alone[0], together[7], atol=1e-6)


def test_13_the_rate_that_the_optimiser_uses_falls_to_zero(digits):
    """13: excludes a decay that is only logged: the last update moves the weights by next to nothing."""
    structure, live = Structure(), Live(n_updates=30, decay_from=0.5)
    state, moves = training.initial(structure, digits), []
    for _ in range(30):
        (after,), _ = training.train([state], [structure], [live], digits, 1)
        moves.append(np.abs(after.theta - state.theta).max())
        state = after
    assert live.rate_at(29) == pytest.approx(0.002 / 15)
    assert live.rate_at(30) == 0.0
    assert moves[14] > 5 * moves[29] > 0


def test_14_costs_are_divided_by_width_and_batch():
    """14: doubling the rows leaves every cost as it is, and so does doubling the units of a layer."""
    structure, where, theta, (x_s, y, x_u, n_s, n_u) = case()
    once = trace_of(structure, where, theta, (x_s, y, x_u, n_s, n_u))
    twice = trace_of(
        structure, where, theta,
        (np.tile(x_s, (2, 1)), np.tile(y, 2), np.tile(x_u, (2, 1)), [np.tile(a, (2, 1)) for a in n_s],
         [np.tile(a, (2, 1)) for a in n_u]),
    )  # fmt: skip
    np.testing.assert_allclose(twice.denoising, once.denoising, rtol=1e-9)
    np.testing.assert_allclose(twice.supervised, once.supervised, rtol=1e-9)
    wide, _ = Structure(widths=(16, 6)), None
    where_wide = ladder.layout(wide, N_FEATURES, N_CLASSES)
    theta_wide = np.zeros(where_wide.n_parameters)
    narrow_p, wide_p = where.unpack(theta), where_wide.unpack(theta_wide)
    for name, array in narrow_p.items():
        wide_p[name][:] = _doubled(name, array)
    doubled = trace_of(wide, where_wide, theta_wide, (x_s, y, x_u, *[_double_noise(n) for n in (n_s, n_u)]))
    np.testing.assert_allclose(doubled.denoising, once.denoising, rtol=1e-7)


def _doubled(name, array):
    """Layer 1 with every unit twice; what leaves it counts half."""
    if name in ("beta1", "g1", "W1"):
        return np.concatenate([array, array], -1)
    if name == "W2":
        return np.concatenate([array, array], 0) / 2
    if name == "V2":
        return np.concatenate([array, array], 1)
    return np.concatenate([array, array], 0) / 2 if name == "V1" else array


def _double_noise(noise):
    return [np.concatenate([a, a], 1) if l == 1 else a for l, a in enumerate(noise)]


def test_15_fewer_labels_than_the_batch_size_work(digits):
    """15: 20 labels with a batch of 100: the halves are 20 and 100 rows."""
    live = Live(n_labeled=20, batch_size=100)
    assert training.batch_sizes(live, digits) == (20, 100)
    structure = Structure()
    _, (metrics,) = training.train([training.initial(structure, digits)], [structure], [live], digits, 2)
    assert np.isfinite(metrics["objective"]).all()


def test_17_parameters_do_not_share_memory():
    """17: the places of the flat vector are disjoint and cover it."""
    structure, where, theta, _ = case((8, 6), "tanh")
    covered = np.zeros(where.n_parameters, int)
    for view in where.unpack(covered).values():
        view += 1
    assert (covered == 1).all()
