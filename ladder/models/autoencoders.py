"""Autoencoders without lateral connections: plain, denoising, contractive, of higher order, and variational.

    h_l = s(h_{l-1} W_l + b_l), l = 1..L-1      the code is h_{L-1}: the ladder's hidden widths, no batch normalisation
    y   = the same way back, by V_l, or by W_l transposed where `tied`; the output is linear or a sigmoid
    p   = softmax(code W_L + b_L)               the classifier on the code, of a joint training

Reconstruction costs are summed over the inputs and averaged over the batch, as in Rifai et al. 2011 and Vincent et al.
2008, so that lambda means the same whatever the width. Every function takes a leading lane axis on all arguments.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ladder.contestants import Contestant
from ladder.models.ladder import Layout
from ladder.settings import Structure

ACTIVATIONS = {"sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh, "linear": lambda a: a}
# s'(a) from h = s(a): what the Jacobian is made of.
SLOPES = {
    "sigmoid": lambda h: h * (1 - h),
    "relu": lambda h: (h > 0).to(h.dtype),
    "tanh": lambda h: 1 - h * h,
    "linear": torch.ones_like,
}


def layout(contestant: Contestant, structure: Structure, n_features: int, n_classes: int) -> Layout:
    """W_l (m_{l-1}, m_l) and b_l, twice as wide at a variational code (means, then log variances); the classifier W_L,
    b_L after it; V_l (m_l, m_{l-1}) unless tied, and its bias c_l (m_{l-1},)."""
    widths = (n_features, *structure.widths, n_classes)
    top = len(widths) - 1
    shapes = {}
    for l in range(1, top + 1):
        wide = 2 if contestant.model == "variational" and l == top - 1 else 1
        shapes[f"W{l}"], shapes[f"b{l}"] = (widths[l - 1], wide * widths[l]), (wide * widths[l],)
    n_encoder = sum(int(np.prod(shape)) for shape in shapes.values())
    for l in range(1, top):
        if not contestant.tied:
            shapes[f"V{l}"] = (widths[l], widths[l - 1])
        shapes[f"c{l}"] = (widths[l - 1],)
    places, start = {}, 0
    for name, shape in shapes.items():
        places[name] = (start, shape)
        start += int(np.prod(shape))
    return Layout(widths, places, n_encoder, start)


def initial(where: Layout, rng: np.random.Generator) -> np.ndarray:
    """theta (n_parameters,) float32: weights uniform within sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, Keras's
    default), biases 0."""
    theta = np.zeros(where.n_parameters, np.float32)
    for name, view in where.unpack(theta).items():
        if name[0] in "WV":
            edge = math.sqrt(6 / sum(view.shape))
            view[:] = rng.uniform(-edge, edge, view.shape)
    return theta


def n_layers(p: dict[str, Tensor]) -> int:
    """L: the layers from the input to the classes."""
    return max(int(name[1:]) for name in p if name[0] == "W")


def encode(p, x: Tensor, contestant: Contestant, keep=None) -> list[Tensor]:
    """[h_0 = x, ..., code] (n, m_l); a variational code is its means. `keep`: for each hidden layer below the code the
    units (n, m_l) that dropout leaves, already divided by the share that stays."""
    s, h = ACTIVATIONS[contestant.units], [x]
    top = n_layers(p)
    for l in range(1, top):
        a = h[-1] @ p[f"W{l}"] + p[f"b{l}"].unsqueeze(-2)
        if contestant.model == "variational" and l == top - 1:
            h.append(a.chunk(2, -1)[0])
            continue
        h.append(s(a) * keep[l - 1] if keep is not None and l < top - 1 else s(a))
    return h


def code_distribution(p, x: Tensor, contestant: Contestant) -> tuple[Tensor, Tensor]:
    """Means and log variances (n, m) of a variational code (Kingma & Welling 2014)."""
    l = n_layers(p) - 1
    below = x if l == 1 else encode(p, x, contestant)[-2]
    mean, log_variance = (below @ p[f"W{l}"] + p[f"b{l}"].unsqueeze(-2)).chunk(2, -1)
    return mean, log_variance


def decode(p, code: Tensor, contestant: Contestant) -> Tensor:
    """The output before its sigmoid (n, d), of a code (n, m)."""
    s, h = ACTIVATIONS[contestant.units], code
    for l in range(n_layers(p) - 1, 0, -1):
        V = p[f"W{l}"].transpose(-1, -2) if contestant.tied else p[f"V{l}"]
        h = h @ V + p[f"c{l}"].unsqueeze(-2)
        h = s(h) if l > 1 else h
    return h


def output(raw: Tensor, contestant: Contestant) -> Tensor:
    """y of decode's result."""
    return torch.sigmoid(raw) if contestant.output == "sigmoid" else raw


def reconstruct(p, x: Tensor, contestant: Contestant) -> Tensor:
    """y(x) (n, d), without noise."""
    return output(decode(p, encode(p, x, contestant)[-1], contestant), contestant)


def logits(p, code: Tensor) -> Tensor:
    """Of the classifier on the code (n, K)."""
    top = n_layers(p)
    return code @ p[f"W{top}"] + p[f"b{top}"].unsqueeze(-2)


def reconstruction_cost(raw: Tensor, x: Tensor, contestant: Contestant) -> Tensor:
    """(...,): |y - x|^2 or the cross-entropy of x in [0, 1], summed over the inputs, averaged over the rows."""
    if contestant.loss == "cross_entropy":
        return functional.binary_cross_entropy_with_logits(raw, x, reduction="none").sum(-1).mean(-1)
    return ((output(raw, contestant) - x) ** 2).sum(-1).mean(-1)


def jacobian(p, x: Tensor, contestant: Contestant) -> Tensor:
    """d code / d x (n, d, m), exactly: the chain rule from the input up. A variational code's are its means'."""
    h = encode(p, x, contestant)
    J = None
    for l in range(1, len(h)):
        W = p[f"W{l}"][..., : h[l].shape[-1]].unsqueeze(-3)
        linear = contestant.model == "variational" and l == len(h) - 1
        slope = torch.ones_like(h[l]) if linear else SLOPES[contestant.units](h[l])
        J = (W if J is None else J @ W) * slope.unsqueeze(-2)
    return J


def contraction(p, x: Tensor, contestant: Contestant, stale: Tensor | None = None) -> Tensor:
    """(...,): the mean over the rows of ||J||_F^2 (Rifai et al. 2011, eq. 1). One hidden layer has the closed form
    sum_i s'(a_i)^2 sum_j W_ji^2; `stale`: a W to take there instead of the present one, without its gradient."""
    h = encode(p, x, contestant)
    if len(h) == 2:
        W = p["W1"] if stale is None else stale
        return ((SLOPES[contestant.units](h[1]) ** 2) * (W**2).sum(-2).unsqueeze(-2)).sum(-1).mean(-1)
    return (jacobian(p, x, contestant) ** 2).sum((-2, -1)).mean(-1)


def corrupt(x: Tensor, drawn: Tensor, contestant: Contestant) -> Tensor:
    """x with the contestant's corruption; drawn (n, d) standard normal. Masking sets a share of the inputs to 0;
    salt and pepper sets a share of them to 0 or 1, each as often (Vincent et al. 2008, 2010)."""
    level = contestant.corruption_level
    if contestant.corruption == "gaussian":
        return x + level * drawn
    uniform = uniform_of(drawn)
    if contestant.corruption == "masking":
        return x * (uniform >= level)
    return torch.where(uniform < level / 2, 0.0, torch.where(uniform >= 1 - level / 2, 1.0, x))


def uniform_of(normal: Tensor) -> Tensor:
    """Uniform numbers in (0, 1) from normal ones: one draw of noise serves every kind of it."""
    return torch.special.ndtr(normal)


def costs(p, x: Tensor, drawn: list[Tensor], contestant: Contestant, stale: Tensor | None = None) -> dict[str, Tensor]:
    """Named costs (...,) of unlabelled rows x (n, d), each without its weight. drawn: a list over l = 0..L of standard
    normal (n, m_l): the corruption, dropout and noise of the code."""
    model, seen = contestant.model, x
    if model == "denoising":
        seen = corrupt(x, drawn[0], contestant)
    if model == "variational":
        mean, log_variance = code_distribution(p, x, contestant)
        code = mean + torch.exp(0.5 * log_variance) * drawn[-2]
        kl = 0.5 * (torch.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1).mean(-1)
        raw = decode(p, code, contestant)
        return {"reconstruction": reconstruction_cost(raw, x, contestant), "kl": kl}
    keep = None
    if contestant.dropout:
        stays = 1 - contestant.dropout
        keep = [(uniform_of(part) < stays) / stays for part in drawn[1:-2]]
    code = encode(p, seen, contestant, keep)[-1] + contestant.code_noise * drawn[-2]
    found = {"reconstruction": reconstruction_cost(decode(p, code, contestant), x, contestant)}
    if model in ("contractive", "contractive_hessian"):
        found["contraction"] = contraction(p, x, contestant, stale)
    if model == "contractive_hessian":
        nearby = x + contestant.hessian_std * drawn[0]
        difference = jacobian(p, nearby, contestant) - jacobian(p, x, contestant)
        found["hessian"] = (difference**2).sum((-2, -1)).mean(-1)
    if contestant.weight_decay:
        found["weight_decay"] = sum((value**2).sum((-2, -1)) for name, value in p.items() if name[0] in "WV")
    return found


def weights(contestant: Contestant) -> dict[str, float]:
    """What each of `costs` counts."""
    of_reconstruction = contestant.alpha if contestant.classify == "joint" else 1.0
    return {
        "reconstruction": of_reconstruction,
        "kl": of_reconstruction * contestant.beta,
        "contraction": of_reconstruction * contestant.contraction,
        "hessian": of_reconstruction * contestant.hessian,
        "weight_decay": contestant.weight_decay,
        "supervised": 1.0,
    }
