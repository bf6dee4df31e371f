"""The network against an independent reference, and one test for each known bug of public ladder code.

The numbers in the docstrings are those of our list of such bugs: wrong ladders classify almost as well as right ones,
so only equations can tell. (Number 16 is about contractive autoencoders, which are not in this package yet.)
"""

import numpy as np
import pytest
import reference
import torch

from ladder.analysis import snapshot
from ladder.data.protocol import seen
from ladder.models import ladder
from ladder.models.combinators import COMBINATORS
from ladder.settings import Live, Structure
from ladder.training import fast, train

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


# name -> (L + 1 -> the values of the two switches for each layer)
CUTS = {
    "nothing": lambda n: {},
    "lateral": lambda n: {"lateral": (False,) * n},
    "top_down": lambda n: {"top_down": (False,) * n},
    "input": lambda n: {"lateral": (False, *(True,) * (n - 1)), "top_down": (True,) * n},
    "top": lambda n: {"lateral": (True,) * n, "top_down": (*(True,) * (n - 1), False)},
    "turns": lambda n: {
        "lateral": tuple(l % 2 == 0 for l in range(n)),
        "top_down": tuple(l % 3 != 1 for l in range(n)),
    },
}


@pytest.mark.parametrize("combinator", COMBINATORS)
@pytest.mark.parametrize("widths", [(8,), (8, 6), (7, 6, 5, 6), (7, 6, 5, 6, 5, 6)])
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
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("n_s", [2, 12, 20])
def test_activations_ablations_and_uneven_halves_agree_with_the_reference(activation, cut, n_s):
    built, switches = case(activation=activation, n_s=n_s), CUTS[cut](4)
    ours, theirs = trace_of(*built, **switches), reference_of(*built, **switches)
    np.testing.assert_allclose(ours.supervised, theirs["supervised"], rtol=1e-10)
    np.testing.assert_allclose(ours.denoising, theirs["denoising"], rtol=1e-9)


@pytest.mark.parametrize("level", range(4))
@pytest.mark.parametrize("signal", ["lateral", "top_down"])
def test_a_cut_at_one_layer_is_the_reference_s_and_leaves_the_layers_above_alone(level, signal):
    built, switches = case(), {signal: tuple(l != level for l in range(4))}
    whole, ours, theirs = trace_of(*built), trace_of(*built, **switches), reference_of(*built, **switches)
    np.testing.assert_allclose(ours.denoising, theirs["denoising"], rtol=1e-9)
    for l in range(4):
        np.testing.assert_allclose(ours.u[l], theirs["u"][l], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.z_hat[l], theirs["z_hat"][l], rtol=1e-7, atol=1e-9)
        assert torch.equal(ours.z_hat[l], whole.z_hat[l]) == (l > level)
        assert torch.equal(ours.u[l], whole.u[l]) == (l >= level)  # what g does not see is there all the same


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("combinator", ["gauss", "vanilla"])
def test_rows_are_restored_as_the_reference_reconstructs_them_without_noise(cut, combinator):
    structure, where, theta, (x_s, y, x, *_) = case((7, 6, 5), combinator=combinator)
    switches, p = CUTS[cut](5), where.unpack(torch.from_numpy(theta))
    silence = [[np.zeros((len(rows), m)) for m in where.widths] for rows in (x_s, x)]
    theirs = reference_of(structure, where, theta, (x_s, y, x, *silence), **switches)["z_hat"][0]
    rows = torch.from_numpy(x)
    np.testing.assert_allclose(ladder.restore(p, rows, rows, structure, **switches), theirs, rtol=1e-7, atol=1e-9)
    alone = ladder.restore(p, rows, rows[3:4], structure, **switches)
    np.testing.assert_allclose(alone, theirs[3:4], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_where_g_sees_neither_signal_no_rounding_error_reaches_the_layers_below(dtype):
    """Layers 5 and 4 see nothing of the rows: u is 0 in layers 4 and 3, and V5 and V4 have no effect on any cost."""
    structure, where, theta, arguments = case((7, 6, 5, 6), spread=0.2, dtype=dtype)
    lateral = (True, True, True, True, False, False)
    ours = {"lateral": lateral, "top_down": (True, True, True, True, True, False)}
    same = {"lateral": lateral, "top_down": (True, True, True, False, False, False)}
    lambdas = np.linspace(3.0, 0.5, 6).astype(dtype)
    flat = torch.from_numpy(theta).requires_grad_(True)
    trace = ladder.costs(where.unpack(flat), *tensors(arguments), structure, **ours)
    (automatic,) = torch.autograd.grad(ladder.objective(trace, torch.from_numpy(lambdas)), flat)
    _, denoising, gradient = by_hand(structure, where, theta, arguments, lambdas, **ours)
    doubles = [[a.astype(float) for a in one] if isinstance(one, list) else one for one in arguments]
    expected = reference_of(structure, where, theta.astype(float), doubles, **same)["denoising"]
    np.testing.assert_allclose(denoising, expected, rtol=2e-5)
    np.testing.assert_allclose(trace.denoising.detach(), expected, rtol=2e-5)
    for p in (where.unpack(gradient), where.unpack(automatic)):
        assert not p["V5"].any() and not p["V4"].any() and p["V3"].any()


@pytest.mark.parametrize("activation", ladder.ACTIVATIONS)
@pytest.mark.parametrize("combinator", COMBINATORS)
def test_in_float32_too_the_costs_agree_with_the_reference(combinator, activation):
    structure, where, theta, arguments = case((8, 6), activation, combinator, dtype=np.float32, spread=0.2)
    ours = trace_of(structure, where, theta, arguments)
    double = [[a.astype(float) for a in one] if isinstance(one, list) else one for one in arguments]
    theirs = reference_of(structure, where, theta.astype(float), double)
    np.testing.assert_allclose(ours.supervised, theirs["supervised"], rtol=1e-5)
    np.testing.assert_allclose(ours.denoising, theirs["denoising"], rtol=1e-5)


@pytest.mark.parametrize("combinator", ["gauss", "vanilla", "amlp_2_2"])
def test_gradients_agree_with_finite_differences(combinator):
    structure, where, theta, arguments = case((5,), "tanh", combinator, n_s=4, n_u=5)
    weights = torch.tensor([3.0, 0.7, 0.2], dtype=torch.float64)

    def objective(flat):
        return ladder.objective(ladder.costs(where.unpack(flat), *tensors(arguments), structure), weights)

    assert torch.autograd.gradcheck(objective, torch.from_numpy(theta).requires_grad_(True), eps=1e-6, atol=1e-5)


def drawn(noise_s, noise_u):
    """As fast.Step has the noise of one lane: units before rows, all layers, the labelled rows last."""
    return np.ascontiguousarray(np.concatenate([np.concatenate(noise, 1) for noise in (noise_u, noise_s)]).T)


def by_hand(structure, where, theta, arguments, lambdas, **switches):
    """fast.Step's costs and gradient of one lane."""
    x_s, y, x_u, noise_s, noise_u = arguments
    step = fast.Step(where, structure, torch.from_numpy(theta[None]), len(x_s), len(x_u), **switches)
    weights = lambdas[None].astype(theta.dtype)
    supervised, denoising = step(x_s[None], y[None], x_u[None], drawn(noise_s, noise_u)[None], weights)
    return supervised[0], denoising[0], step.gradient[0]


@pytest.mark.parametrize("activation", fast.SLOPES)
@pytest.mark.parametrize("widths", [(8,), (8, 6), (7, 6, 5, 6, 5, 6)])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("n_s", [7, 12])  # of 12 unlabelled rows
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-11), (np.float32, 1e-5)])
def test_hand_derived_gradients_are_those_of_the_definition(activation, widths, cut, n_s, dtype, tolerance):
    structure, where, theta, arguments = case(widths, activation, n_s=n_s, spread=0.25, dtype=dtype)
    lambdas = np.linspace(3.0, 0.1, len(widths) + 2)
    lambdas[1] = 0.0
    switches = CUTS[cut](len(where.widths))
    supervised, denoising, gradient = by_hand(structure, where, theta, arguments, lambdas, **switches)
    # The definition in float64 in both cases: in float32 it is the less exact of the two.
    x_s, y, x_u, *noise = arguments
    doubles = x_s.astype(float), y, x_u.astype(float), *([a.astype(float) for a in part] for part in noise)
    flat = torch.from_numpy(theta.astype(float)).requires_grad_(True)
    trace = ladder.costs(where.unpack(flat), *tensors(doubles), structure, **switches)
    (expected,) = torch.autograd.grad(ladder.objective(trace, torch.from_numpy(lambdas)), flat)
    np.testing.assert_allclose(supervised, trace.supervised.detach(), rtol=tolerance * 10)
    np.testing.assert_allclose(denoising, trace.denoising.detach(), rtol=tolerance * 10)
    assert np.abs(gradient - expected.numpy()).max() <= tolerance * expected.abs().max()


def test_hand_derived_gradients_of_lanes_are_those_of_each_alone_at_every_call():
    """Memory is reused between calls and shared by lanes: neither may leak. One lane trains with all lambdas 0."""
    built = [case(seed=seed) for seed in range(3)]
    structure, where, *_ = built[0]
    lambdas = np.array([[3.0, 0.7, 0.2, 0.5], [0.0] * 4, [0.0, 0.0, 0.0, 2.0]])

    theta = torch.from_numpy(np.stack([theta for _, _, theta, _ in built]))
    step = fast.Step(where, structure, theta, 7, 12)
    x_s, y, x_u = (np.stack([arguments[i] for *_, arguments in built]) for i in range(3))
    noise = np.stack([drawn(*arguments[3:]) for *_, arguments in built])
    for weights in (lambdas, np.zeros((3, 4)), lambdas):
        supervised, denoising = step(x_s, y, x_u, noise, weights)
        for lane, one in enumerate(built):
            alone = by_hand(*one, weights[lane])
            for found, expected in zip((supervised, denoising, step.gradient), alone, strict=True):
                np.testing.assert_allclose(found[lane], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cut", CUTS)
def test_both_gradients_agree_with_the_reference_s_finite_differences(cut):
    structure, where, theta, arguments = case((5,), n_s=4, n_u=5)
    lambdas, switches = np.array([3.0, 0.7, 0.2]), CUTS[cut](3)
    _, _, gradient = by_hand(structure, where, theta, arguments, lambdas, **switches)
    flat = torch.from_numpy(theta).requires_grad_(True)
    trace = ladder.costs(where.unpack(flat), *tensors(arguments), structure, **switches)
    (automatic,) = torch.autograd.grad(ladder.objective(trace, torch.from_numpy(lambdas)), flat)

    def objective(values):
        found = reference_of(structure, where, values, arguments, **switches)
        return found["supervised"] + lambdas @ found["denoising"]

    for i in range(where.n_parameters):
        step = np.zeros_like(theta)
        step[i] = 1e-6
        slope = (objective(theta + step) - objective(theta - step)) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-6)
        assert float(automatic[i]) == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_01_at_the_start_every_z_hat_is_zero_and_the_costs_are_known():
    """1: with the published start of g, z_hat = 0, C_0 = mean(x^2), C_l = 1 + mean(mean^2 / std^2)."""
    built = case(spread=0.0)
    trace = trace_of(*built)
    assert all((z_hat == 0).all() for z_hat in trace.z_hat)
    assert trace.denoising[0] == pytest.approx((built[3][2] ** 2).mean())
    for l in (1, 2, 3):
        expected = 1 + ((trace.clean.mean[l] / trace.clean.std[l]) ** 2).mean()
        assert trace.denoising[l] == pytest.approx(float(expected), rel=1e-6)


def test_the_start_of_the_weights_is_the_published_one():
    """W, V from N(0, 1) / sqrt(fan_in), beta = 0, gamma = 1 (CuriousAI/ladder, ladder.py)."""
    structure = Structure(widths=(300, 200), activation="tanh")
    where = ladder.layout(structure, 100, 150)
    p = where.unpack(ladder.initial(structure, where, np.random.default_rng(0)))
    for name, fan_in in (("W1", 100), ("W2", 300), ("W3", 200), ("V1", 300), ("V2", 200), ("V3", 150)):
        assert p[name].shape[0] == fan_in
        assert p[name].std() == pytest.approx(fan_in**-0.5, rel=0.02)
    assert all((p[f"beta{l}"] == 0).all() and (p[f"gamma{l}"] == 1).all() for l in (1, 2, 3))


class Fed:
    """In place of g: hands out, from the top down, what a perfect denoiser would give."""

    def __init__(self, *z_pre):
        self.left = [torch.from_numpy(one) for one in z_pre]

    def __call__(self, a, z_tilde, u):
        return self.left.pop()


def pre_activations(structure, where, theta, arguments):
    """x, and W h of the clean path, from the reference."""
    p, x = where.unpack(theta), arguments[2]
    _, h, _, _ = reference.encoder(p, x, structure.activation)
    return [x] + [h[l - 1] @ p[f"W{l}"] for l in range(1, len(h))]


def test_02_z_hat_is_normalised_by_the_clean_mean_and_standard_deviation(monkeypatch):
    """2: fed W h, z_hat_BN is z and costs 0: excludes the variance, 1 / std, running and noisy statistics."""
    built = case()
    monkeypatch.setitem(COMBINATORS, "gauss", Fed(*pre_activations(*built)))
    trace = trace_of(*built)
    for z, z_hat_bn in zip(trace.clean.z, trace.z_hat_bn, strict=True):
        np.testing.assert_allclose(z_hat_bn, z, atol=1e-12)
    assert trace.denoising.max() < 1e-24


def test_03_the_input_layer_is_not_normalised(monkeypatch):
    """3: fed x at l = 0 the cost is 0, and a x costs (a - 1)^2 mean(x^2); at l = 0 z is raw x."""
    built = case()
    x, *above = pre_activations(*built)
    monkeypatch.setitem(COMBINATORS, "gauss", Fed(3.0 * x, *above))
    trace = trace_of(*built)
    np.testing.assert_array_equal(trace.clean.z[0], x)
    assert float(trace.denoising[0]) == pytest.approx(4.0 * (x**2).mean(), rel=1e-12)


def test_04_scaling_the_weights_changes_neither_z_nor_the_cost(monkeypatch):
    """4: z is normalised, so W times 10 is the same encoder; z_hat := W h then costs what it cost."""
    structure, where, theta, arguments = case()
    scaled = theta.copy()
    where.unpack(scaled)["W1"][:] *= 10
    traces = []
    for one in (theta, scaled):
        off = [1.5 * z_pre for z_pre in pre_activations(structure, where, one, arguments)]
        monkeypatch.setitem(COMBINATORS, "gauss", Fed(*off))
        traces.append(trace_of(structure, where, one, arguments))
    before, after = traces
    for l in (1, 2, 3):
        np.testing.assert_allclose(after.clean.z[l], before.clean.z[l], atol=1e-6)
    assert before.denoising.min() > 0.05
    np.testing.assert_allclose(after.denoising, before.denoising, rtol=1e-6)


def test_05_noise_is_drawn_for_each_row_and_layer_with_its_own_std(digits):
    """5: excludes one noise vector for the whole batch, and missing noise at the input or at the top."""
    structure, stds = Structure(), (0.1, 0.2, 0.3, 0.4, 0.5)
    live = Live(noise_std=stds, batch_size=1000, n_labeled=100)
    state = train.initial(structure, digits)
    pool = seen(digits, structure, 100)
    widths = train.layout_for(structure, digits).widths
    batch = train.draw_batch(state, 0, live, digits, pool, sum(widths), True)
    flat = torch.from_numpy(batch.noise[None].copy())
    parts = train.split_noise(flat, widths, 1000, torch.tensor([stds]))
    for part, std in zip(parts, stds, strict=True):
        assert float(part.std()) == pytest.approx(std, rel=0.03)
        assert len(torch.unique(part[0, 0])) > 990  # rows differ
        assert abs(np.corrcoef(part[0, 0], part[0, 1])[0, 1]) < 0.15  # units differ
    assert not np.allclose(batch.noise[:100], batch.noise_labeled[:100])
    p = train.layout_for(structure, digits).unpack(torch.from_numpy(state.theta))
    same = torch.from_numpy(digits.x[:2]).repeat(500, 1)  # each row many times
    drawn = [part[0].T for part in parts]
    z, h = ladder.encode(p, same, "relu", drawn)[:2]
    for l in range(5):
        added = z[l] - (ladder.normalise(h[l - 1] @ p[f"W{l}"])[0] if l else same)
        np.testing.assert_allclose(added, drawn[l], atol=1e-5)
        assert not torch.allclose(z[l][0], z[l][2])


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
    states = [train.initial(structure, digits, "supervised")]
    _, (metrics,) = train.train(states, [structure], [live], digits, 600, "supervised")
    assert metrics["supervised"][-1] < 0.02


def test_12_a_prediction_does_not_depend_on_the_other_test_rows(digits):
    """12: excludes normalisation by the test batch's statistics; a batch of 1 and one of 500."""
    structure = Structure()
    state = train.initial(structure, digits)
    together = snapshot.probabilities(state, structure, Live(), digits, np.resize(digits.x_test, (500, 64)))
    alone = snapshot.probabilities(state, structure, Live(), digits, digits.x_test[7:8])
    np.testing.assert_allclose(alone[0], together[7], atol=1e-6)


def test_13_the_rate_that_the_optimiser_uses_falls_to_zero(digits, monkeypatch):
    """13: excludes a decay that is only logged: the rates are those that the optimiser got."""
    live, used, optimise = Live(n_updates=30, decay_from=0.5), [], train.adam
    monkeypatch.setattr(train, "adam", lambda *a: used.append(a[4][0]) or optimise(*a))
    start = [train.initial(Structure(), digits)]
    last, _ = train.train(start, [Structure()], [live], digits, 30)
    np.testing.assert_allclose(used, [0.002] * 15 + [0.002 * left / 15 for left in range(15, 0, -1)], rtol=1e-6)
    beyond, _ = train.train(last, [Structure()], [live], digits, 1)
    assert used[-1] == 0.0
    assert np.array_equal(beyond[0].theta, last[0].theta)


def test_14_costs_are_divided_by_width_and_batch():
    """14: doubling the rows leaves every cost as it is, and so does doubling the units of a layer."""
    structure, where, theta, (x_s, y, x_u, n_s, n_u) = case()
    once = trace_of(structure, where, theta, (x_s, y, x_u, n_s, n_u))
    twice = trace_of(
        structure,
        where,
        theta,
        (
            np.tile(x_s, (2, 1)),
            np.tile(y, 2),
            np.tile(x_u, (2, 1)),
            [np.tile(a, (2, 1)) for a in n_s],
            [np.tile(a, (2, 1)) for a in n_u],
        ),
    )
    np.testing.assert_allclose(twice.denoising, once.denoising, rtol=1e-9)
    np.testing.assert_allclose(twice.supervised, once.supervised, rtol=1e-9)
    wide = Structure(widths=(16, 6))
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
    assert train.batch_sizes(live.batch_size, seen(digits, Structure(), 20)) == (20, 100)
    structure = Structure()
    _, (metrics,) = train.train([train.initial(structure, digits)], [structure], [live], digits, 2)
    assert np.isfinite(metrics["objective"]).all()


def test_17_parameters_do_not_share_memory():
    """17: the places of the flat vector are disjoint and cover it."""
    structure, where, theta, _ = case((8, 6), "tanh")
    covered = np.zeros(where.n_parameters, int)
    for view in where.unpack(covered).values():
        view += 1
    assert (covered == 1).all()
