"""Small autoencoders in double precision for the tests, and their objective in NumPy, written anew from the papers."""

import math

import numpy as np
import torch

from ladder.models.autoencoders import NETWORKS
from ladder.models.network import Batch
from ladder.recipe.contestants import Contestant
from ladder.settings import Structure

D, K, N, N_S = 6, 3, 7, 4  # inputs, classes, rows, labelled rows
PHI = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "relu": lambda a: np.maximum(a, 0),
    "leaky_relu": lambda a: np.where(a > 0, a, 0.1 * a),
    "tanh": np.tanh,
    "linear": lambda a: a,
}


def make(model, widths=(5, 4), activation="tanh", **options):
    """A network and its parameters in double precision, none of them zero."""
    net = NETWORKS[model](Contestant(model, **options), Structure(widths=widths, activation=activation), D, K)
    theta = net.initial(3).astype(np.float64) + 0.1 * np.random.default_rng(0).standard_normal(net.where.n_parameters)
    return net, torch.from_numpy(theta)


def a_batch(net, seed=1, lanes=()):
    """Inputs in [0, 1], classes and standard normal noise."""
    rng = np.random.default_rng(seed)

    def tensor(*shape, draw=rng.random):
        return torch.from_numpy(draw((*lanes, *shape)))

    noise = [[tensor(n, m, draw=rng.standard_normal) for m in net.widths] for n in (N_S, N)]
    y = torch.from_numpy(rng.integers(0, K, (*lanes, N_S)))
    stds = tensor(len(net.widths), 1, 1)
    return Batch(tensor(N_S, D), y, tensor(N, D), *noise, stds, {})


def objective(net, theta, batch):
    """What training minimises."""
    costs, weights = net.costs(net.where.unpack(theta), batch), net.weights(0)
    assert list(costs) == list(weights)
    return sum(weights[name] * cost for name, cost in costs.items())


def numpy_code(net, p, x, keep=None):
    """The code (n, m) of x; of a variational network its means, then its log variances."""
    for l in range(1, net.top):
        a = x @ p[f"W{l}"] + p[f"b{l}"]
        if l == net.top - 1:
            if net.contestant.model == "variational":
                return a
            return PHI[net.contestant.code_activation](a)
        x = PHI[net.structure.activation](a)
        if keep is not None:
            x = x * keep[l - 1]
    raise AssertionError


def numpy_output(net, p, h):
    """y (n, d) of codes."""
    for l in range(net.top - 1, 0, -1):
        h = h @ (p[f"W{l}"].T if net.contestant.tied else p[f"V{l}"]) + p[f"c{l}"]
        h = PHI[net.structure.activation](h) if l > 1 else h
    return PHI[net.contestant.output](h)


def numpy_jacobian(net, p, x, step=1e-6):
    """(n, m, d) by central differences."""

    def code(rows):
        return numpy_code(net, p, rows)[:, : net.structure.widths[-1]]

    slopes = [(code(x + step * e) - code(x - step * e)) / (2 * step) for e in np.eye(D)]
    return np.stack(slopes, -1)


def numpy_objective(net, p, batch):
    """By the formulas of Rifai et al. 2011, Vincent et al. 2008 and Kingma & Welling 2014; sums over inputs."""
    one, x = net.contestant, batch.x.numpy()
    drawn, of_label = ([part.numpy() for part in parts] for parts in (batch.noise, batch.noise_labeled))
    m = net.structure.widths[-1]

    def training_code(rows, noise):
        if one.model == "denoising":
            return numpy_code(net, p, rows + one.corruption_level * noise[0])
        if one.model == "variational":
            found = numpy_code(net, p, rows)
            return found[:, :m] + np.exp(found[:, m:]) ** 0.5 * noise[-2]
        keep = None
        if one.dropout:
            uniform = [0.5 * (1 + np.vectorize(math.erf)(part / 2**0.5)) for part in noise[1:-2]]
            keep = [np.where(u < 1 - one.dropout, 1 / (1 - one.dropout), 0) for u in uniform]
        return numpy_code(net, p, rows, keep) + one.code_noise * noise[-2]

    y = numpy_output(net, p, training_code(x, drawn))
    if one.loss == "mse":
        total = ((x - y) ** 2).sum(1).mean()
    else:
        total = -(x * np.log(y) + (1 - x) * np.log(1 - y)).sum(1).mean()
    if "contractive" in one.model:
        J = numpy_jacobian(net, p, x)
        total += one.contraction * (J**2).sum((1, 2)).mean()
    if one.model == "contractive_hessian":
        other = numpy_jacobian(net, p, x + one.hessian_std * drawn[0])
        total += one.hessian * ((J - other) ** 2).sum((1, 2)).mean()
    if one.model == "variational":
        found = numpy_code(net, p, x)
        mean, variance = found[:, :m], np.exp(found[:, m:])
        total += one.beta * 0.5 * (variance + mean**2 - 1 - np.log(variance)).sum(1).mean()
    if one.classify == "joint":
        a = training_code(batch.x_labeled.numpy(), of_label) @ p[f"W{net.top}"] + p[f"b{net.top}"]
        P = np.exp(a) / np.exp(a).sum(1, keepdims=True)
        total = one.alpha * total - np.log(P[np.arange(N_S), batch.y.numpy()]).mean()
    decayed = [name for name in p if name[0] in "WV" and (one.classify == "joint" or name != f"W{net.top}")]
    return total + one.weight_decay * sum((p[name] ** 2).sum() for name in decayed)
