"""The autoencoders' equations: against NumPy written anew, finite differences, and theory in special cases."""

import math

import numpy as np
import pytest
import torch
from autoencoder_reference import D, K, a_batch, make, numpy_objective, numpy_output, objective
from scipy import linalg
from sklearn.decomposition import PCA

from ladder import noise
from ladder.models.autoencoders import INITIAL, NETWORKS
from ladder.models.network import Batch
from ladder.recipe.contestants import Contestant
from ladder.settings import Structure

CASES = [
    ("plain", {}),
    ("plain", {"widths": (4,), "tied": True, "weight_decay": 0.01}),
    ("plain", {"loss": "cross_entropy", "dropout": 0.3, "code_noise": 0.5, "code_activation": "linear"}),
    ("plain", {"classify": "joint", "alpha": 0.3, "weight_decay": 0.1, "tied": True, "output": "sigmoid"}),
    ("denoising", {"code_activation": "sigmoid"}),
    ("denoising", {"classify": "joint", "loss": "cross_entropy", "tied": True}),
    ("contractive", {"widths": (4,), "code_activation": "sigmoid", "tied": True}),
    ("contractive", {"code_activation": "sigmoid", "classify": "joint", "alpha": 2.0}),
    ("contractive", {"code_activation": "linear", "widths": (6, 5, 4)}),
    ("contractive_hessian", {"widths": (4,), "code_activation": "sigmoid", "hessian": 2.0}),
    ("contractive_hessian", {"code_activation": "tanh"}),
    ("variational", {}),
    ("variational", {"widths": (4,), "loss": "cross_entropy", "beta": 2.0, "classify": "joint"}),
]
IDS = [f"{model}-{i}" for i, (model, _) in enumerate(CASES)]


@pytest.mark.parametrize("model, options", CASES, ids=IDS)
def test_the_objective_is_that_of_numpy(model, options):
    net, theta = make(model, **options)
    batch = a_batch(net)
    p = {name: value.numpy() for name, value in net.where.unpack(theta).items()}
    assert objective(net, theta, batch).item() == pytest.approx(numpy_objective(net, p, batch), rel=1e-7)


@pytest.mark.parametrize("model, options", CASES, ids=IDS)
def test_the_gradient_is_that_of_finite_differences(model, options):
    """All of it, for every parameter: the penalties' through W, through the activations and through the biases."""
    net, theta = make(model, **options)
    batch = a_batch(net)
    theta.requires_grad_(True)
    (gradient,) = torch.autograd.grad(objective(net, theta, batch), theta)
    with torch.no_grad():
        step = 1e-5 * torch.eye(len(theta), dtype=torch.float64)
    found = [(objective(net, theta + e, batch) - objective(net, theta - e, batch)).item() / 2e-5 for e in step]
    np.testing.assert_allclose(gradient.numpy(), found, atol=2e-7, rtol=2e-6)


@pytest.mark.parametrize("model, options", CASES, ids=IDS)
def test_a_lane_among_others_has_its_own_costs(model, options):
    net, theta = make(model, **options)
    thetas = torch.stack([theta, theta * 0.5, -theta])
    batch = a_batch(net, lanes=(3,))
    together = net.costs(net.where.unpack(thetas), batch)
    for i in range(3):
        lists = [[part[i] for part in parts] for parts in (batch.noise_labeled, batch.noise)]
        alone = Batch(batch.x_labeled[i], batch.y[i], batch.x[i], *lists, batch.noise_std[i], {})
        for name, cost in net.costs(net.where.unpack(thetas[i]), alone).items():
            assert together[name][i].item() == pytest.approx(cost.item(), rel=1e-9)


# --- noise, tied weights, special cases


@pytest.mark.parametrize("kind", ["gaussian", "masking", "salt_pepper"])
def test_corruptions_have_the_share_and_the_size_they_say(kind):
    net, _ = make("denoising", corruption=kind, corruption_level=0.4)
    x = torch.full((4000, D), 0.3, dtype=torch.float64)
    seen = net.corrupt(x, torch.from_numpy(np.random.default_rng(2).standard_normal((4000, D))))
    if kind == "gaussian":
        assert (seen - x).std().item() == pytest.approx(0.4, rel=0.02)
        assert (seen - x).mean().item() == pytest.approx(0, abs=0.01)
    else:
        assert (seen != x).double().mean().item() == pytest.approx(0.4, abs=0.01)
        assert (seen == 0).double().mean().item() == pytest.approx(0.4 if kind == "masking" else 0.2, abs=0.01)
        assert (seen == 1).double().mean().item() == pytest.approx(0 if kind == "masking" else 0.2, abs=0.01)


@pytest.mark.parametrize("kind", ["gaussian", "masking", "salt_pepper"])
def test_without_corruption_a_denoising_autoencoder_is_a_plain_one(kind):
    options = {"code_activation": "sigmoid", "classify": "joint"}
    plain, theta = make("plain", **options)
    denoising, _ = make("denoising", corruption=kind, corruption_level=0.0, **options)
    batch = a_batch(plain)
    assert objective(plain, theta, batch).item() == pytest.approx(objective(denoising, theta, batch).item(), rel=1e-12)


def test_the_target_is_the_clean_input():
    """A code that knows nothing: the cost is the spread of x, not of the corrupted x."""
    net, theta = make("denoising", (4,), corruption_level=1.0)
    p = net.where.unpack(torch.zeros_like(theta))
    batch = a_batch(net)
    assert net.costs(p, batch)["reconstruction"].item() == pytest.approx((batch.x**2).mean().item(), rel=1e-12)


def test_dropout_keeps_the_mean_and_is_gone_after_training():
    net, theta = make("plain", (5, 4), dropout=0.3, code_activation="linear")
    p, row = net.where.unpack(theta), a_batch(net).x[:1]
    noise = [torch.from_numpy(np.random.default_rng(3).standard_normal((20000, m))) for m in net.widths]
    codes = net.noisy_code(p, row.expand(20000, D), noise)
    assert codes.std(0).min() > 0
    np.testing.assert_allclose(codes.mean(0), net.encode(p, row)[-1][0], atol=0.02)


def test_tied_decoders_share_the_encoder_s_weights():
    net, theta = make("plain", (5, 4), tied=True)
    assert not [name for name in net.where.places if name[0] == "V"]
    p, code = net.where.unpack(theta), torch.rand(2, 4, dtype=torch.float64)
    before = net.decode(p, code)
    p["W2"].add_(0.1)
    assert not torch.allclose(net.decode(p, code), before)


def test_a_variational_cost_is_that_of_torch_s_distributions():
    net, theta = make("variational", (4,), loss="cross_entropy")
    batch, p = a_batch(net), net.where.unpack(theta)
    mean, log_variance = net.distribution(p, batch.x)
    normal = torch.distributions.Normal(mean, torch.exp(log_variance / 2))
    kl = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0)).sum(-1).mean()
    costs = net.costs(p, batch)
    assert costs["kl"].item() == pytest.approx(kl.item(), rel=1e-7)
    code = mean + normal.scale * batch.noise[-2]
    bernoulli = torch.distributions.ContinuousBernoulli(logits=net.decode(p, code))
    log_likelihood = (bernoulli.log_prob(batch.x) - bernoulli._cont_bern_log_norm()).sum(-1).mean()
    assert D * costs["reconstruction"].item() == pytest.approx(-log_likelihood.item(), rel=1e-9)


def test_squared_error_is_a_gaussian_s_likelihood_of_variance_one_half():
    net, theta = make("variational", (4,))
    batch, p = a_batch(net), net.where.unpack(theta)
    y = net.output(net.decode(p, net.noisy_code(p, batch.x, batch.noise)))
    normal = torch.distributions.Normal(y, math.sqrt(0.5))
    expected = -(normal.log_prob(batch.x) + 0.5 * math.log(math.pi)).sum(-1).mean()
    assert D * net.costs(p, batch)["reconstruction"].item() == pytest.approx(expected.item(), rel=1e-9)


def test_one_linear_layer_learns_the_principal_components(digits):
    """Baldi & Hornik 1989: at its least cost the code spans what PCA finds."""
    data = np.float64(digits.x[:500, :]) - digits.x[:500].mean(0)
    structure = Structure(widths=(4,))
    net = NETWORKS["plain"](Contestant("plain", code_activation="linear"), structure, data.shape[1], 10)
    theta = torch.from_numpy(net.initial(0)).double().requires_grad_(True)
    x = torch.from_numpy(data)
    batch = Batch(x, None, x, None, [torch.zeros(500, m, dtype=torch.float64) for m in net.widths], None, {})
    optimiser = torch.optim.LBFGS([theta], max_iter=150, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        value = objective(net, theta, batch)
        value.backward()
        return value

    optimiser.step(closure)
    found = net.where.unpack(theta.detach())["V1"].numpy().T
    components = PCA(4).fit(data).components_.T
    assert np.cos(linalg.subspace_angles(found, components)).min() > 0.999


def test_settled_weights_leave_no_gap_between_report_and_objective():
    """The reconstruction is reported per input value and weighs by their number."""
    net, theta = make("plain")
    assert net.weights(0) == {"reconstruction": D}
    batch, p = a_batch(net), net.where.unpack(theta)
    y = numpy_output(net, {k: v.numpy() for k, v in p.items()}, net.encode(p, batch.x)[-1].numpy())
    assert net.costs(p, batch)["reconstruction"].item() == pytest.approx(((y - batch.x.numpy()) ** 2).mean())


@pytest.mark.parametrize("model", NETWORKS)
def test_the_classifier_learns_with_the_rest_only_in_joint_training(model):
    for classify, moves in (("finetune", False), ("joint", True)):
        weight_decay = {} if model == "variational" else {"weight_decay": 0.1}
        net, theta = make(model, classify=classify, **weight_decay)
        theta.requires_grad_(True)
        (gradient,) = torch.autograd.grad(objective(net, theta, a_batch(net)), theta)
        parts = net.where.unpack(gradient)
        assert bool((parts["W3"] != 0).any()) == moves
        assert all((part != 0).any() for name, part in parts.items() if name not in ("W3", "b3"))


@pytest.mark.parametrize("model", NETWORKS)
def test_initial_weights_are_glorot_s_and_have_a_stream_of_their_own(model):
    """Uniform within sqrt(6 / (fan_in + fan_out)), drawn layer by layer; biases zero."""
    net = NETWORKS[model](Contestant(model), Structure(widths=(50, 40)), D, K)
    assert INITIAL not in (noise.INITIAL, noise.LABELED_NOISE, noise.UNLABELED_NOISE, noise.PROBE)
    rng = noise.generator(3, INITIAL)
    for name, value in net.where.unpack(net.initial(3)).items():
        if name[0] in "bc":
            assert not value.any()
        else:
            edge = (6 / (value.shape[0] + value.shape[1])) ** 0.5
            np.testing.assert_allclose(value, rng.uniform(-edge, edge, value.shape), rtol=1e-6)
    assert not np.array_equal(net.initial(3), net.initial(4))
