"""The fully connected ladder network of Rasmus et al. 2015, in the order in which the paper tells it. The definition.

`training/fast.py` computes the same costs and gradients with fewer operations and is tested against this file.
Shapes: n rows, layer widths m_0..m_L (m_0 the input, m_L the classes). Each function also takes a leading lane axis
on every argument, (lanes, n, m): BatchNorm and products use the last two axes only.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from ladder.arrays import Floats
from ladder.models.combinators import COMBINATORS
from ladder.models.shapes import EPS, LEAKY_SLOPE, encoder_shapes
from ladder.settings import Structure

Parameters = Mapping[str, Tensor]  # by name, as Layout.unpack gives them
Flat = TypeVar("Flat", Tensor, Floats)
Switches = Sequence[bool] | None  # for each layer 0..L whether g sees a signal there; None: at all layers

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": lambda h: torch.nn.functional.leaky_relu(h, LEAKY_SLOPE),
    "tanh": torch.tanh,
}


class Layout(NamedTuple):
    """Where each parameter lies in the flat vector theta: name -> (start, shape). Encoder first, then decoder."""

    widths: tuple[int, ...]  # m_0..m_L
    places: dict[str, tuple[int, tuple[int, ...]]]
    n_encoder: int
    n_parameters: int

    def unpack(self, theta: Flat) -> dict[str, Flat]:
        """Returns views into theta (..., n_parameters), a tensor or an array, by name. A theta (..., n_encoder) gives
        the encoder's parameters only."""
        lead = theta.shape[:-1]
        n = theta.shape[-1]
        return {
            name: theta[..., start : start + math.prod(shape)].reshape(*lead, *shape)
            for name, (start, shape) in self.places.items()
            if start < n
        }


@lru_cache(maxsize=64)
def layout(structure: Structure, n_features: int, n_classes: int) -> Layout:
    """Returns the places of W_l (m_{l-1}, m_l) and beta_l (m_l,), l = 1..L; of gamma_l (m_l,) at the top and where the
    activation needs it; of V_l (m_l, m_{l-1}), l = 1..L; and of g_l (k, m_l), l = 0..L, the combinator's k
    parameters."""
    widths = (n_features, *structure.widths, n_classes)
    top = len(widths) - 1
    shapes = encoder_shapes(widths, structure.activation)
    n_encoder = sum(math.prod(shape) for shape in shapes.values())
    for l in range(1, top + 1):
        shapes[f"V{l}"] = (widths[l], widths[l - 1])
    for l in range(top + 1):
        shapes[f"g{l}"] = (COMBINATORS[structure.combinator].n_parameters, widths[l])
    places: dict[str, tuple[int, tuple[int, ...]]] = {}
    start = 0
    for name, shape in shapes.items():
        places[name] = (start, shape)
        start += math.prod(shape)
    return Layout(widths, places, n_encoder, start)


def initial(structure: Structure, where: Layout, rng: np.random.Generator) -> Floats:
    """Returns theta (n_parameters,) float32 before the first update: beta = 0, gamma = 1, W and V are drawn from
    N(0, 1) / sqrt(fan_in), and g is as its class says (CuriousAI/ladder, ladder.py)."""
    theta: Floats = np.zeros(where.n_parameters, np.float32)
    for name, view in where.unpack(theta).items():
        if name[0] in "WV":
            view[:] = rng.standard_normal(view.shape) / np.sqrt(view.shape[0])
        elif name.startswith("gamma"):
            view[:] = 1.0
        elif name[0] == "g":
            view[:] = COMBINATORS[structure.combinator].initial(view.shape[-1], rng)
    return theta


class Path(NamedTuple):
    """One pass through the encoder, a list entry per layer 0..L (mean and std: None at the input)."""

    z: list[Tensor]  # (n, m_l): normalised pre-activations, with the noise where the pass is corrupted
    h: list[Tensor]  # (n, m_l): activations; h[L] are class probabilities
    mean: list[Tensor | None]  # (1, m_l): batch mean of the pre-activations
    std: list[Tensor | None]  # (1, m_l): sqrt of their biased batch variance + EPS

    def normalise(self, a: Tensor, l: int) -> Tensor:
        """Returns a (n, m_l) normalised by this pass's batch statistics of layer l >= 1."""
        mean, std = self.mean[l], self.std[l]
        assert mean is not None and std is not None, "the input is not normalised"
        return (a - mean) / std


def product(a: Tensor, b: Tensor) -> Tensor:
    """Returns a (..., n, i) @ b (..., i, k). Where gradients are off, as in every measurement, NumPy computes the
    product on a processor: NumPy's has the same bits on processors of every maker (arithmetic.py). PyTorch's, which is
    MKL's, has not."""
    if torch.is_grad_enabled() or a.device.type != "cpu":
        return a @ b
    return torch.from_numpy(np.matmul(a.detach().numpy(), b.detach().numpy()))


def normalise(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns (a - mean) / std over the rows of a (..., n, m), and mean and std (..., 1, m). std is the square root of
    the biased variance + EPS."""
    mean = a.mean(-2, keepdim=True)
    centred = a - mean
    variance = centred.square().mean(-2, keepdim=True)  # Tensor.var over rows takes ten times as long
    std = torch.rsqrt(variance + EPS).reciprocal()  # torch.sqrt is MKL's: see `product`
    return centred / std, mean, std


def activate(p: Parameters, l: int, z: Tensor, activation: str) -> Tensor:
    """Returns h = phi(gamma (z + beta)) (..., n, m_l) of layer l, with beta inside the bracket; phi is the softmax at
    the top. `activation`: a key of ACTIVATIONS. Rasmus et al. 2015, Algorithm 1."""
    h = z + p[f"beta{l}"].unsqueeze(-2)
    if f"gamma{l}" in p:
        h = h * p[f"gamma{l}"].unsqueeze(-2)
    return torch.softmax(h, -1) if f"W{l + 1}" not in p else ACTIVATIONS[activation](h)


def encode(p: Parameters, x: Tensor, activation: str, noise: list[Tensor] | None = None) -> Path:
    """Returns one pass of x (n, m_0) through the encoder, clean (`noise` None) or corrupted. noise[l] (n, m_l), already
    times its std, is added after the normalisation and before beta, at the input and at every layer, the softmax layer
    included. Each pass has batch statistics of its own. Rasmus et al. 2015, Algorithm 1; Pezeshki et al. 2016,
    eq. 6-10."""
    z = x if noise is None else x + noise[0]
    path = Path([z], [z], [None], [None])
    l = 1
    while f"W{l}" in p:
        z, mean, std = normalise(product(path.h[-1], p[f"W{l}"]))
        z = z if noise is None else z + noise[l]
        path.z.append(z)
        path.h.append(activate(p, l, z, activation))
        path.mean.append(mean)
        path.std.append(std)
        l += 1
    return path


def signals_seen(lateral: Switches, top_down: Switches, top: int) -> tuple[list[bool], list[bool]]:
    """Returns for each layer 0..L, L = `top`, whether g sees z_tilde there, and whether it sees u.

    Where g sees neither, z_hat is the same for all rows, and u of the layer below is 0. Computed, it would be rounding
    errors times 1 / sqrt(EPS) = 1e5, and its gradient too. So u counts as cut there as well.
    """
    everywhere = (True,) * (top + 1)
    z_seen, u_seen = list(lateral or everywhere), list(top_down or everywhere)
    for l in range(top - 1, -1, -1):
        u_seen[l] = u_seen[l] and (z_seen[l + 1] or u_seen[l + 1])
    return z_seen, u_seen


def seen(signal: Tensor, on: bool) -> Tensor:
    """Returns what g sees of a signal: zeros where it is cut."""
    return signal if on else torch.zeros_like(signal)


def decode(
    p: Parameters, corrupted: Path, combinator: str, lateral: Switches = None, top_down: Switches = None
) -> tuple[list[Tensor], list[Tensor]]:
    """Returns u and z_hat, lists over l = 0..L of (n, m_l). u(L) = BN(h_tilde(L)), of the probabilities and not of the
    logits; below, u(l) = BN(z_hat(l+1) V(l+1)). z_hat(l) = g(z_tilde(l), u(l)), with z_tilde(l) = 0 where lateral[l] is
    off and u(l) = 0 where top_down[l] is off. A cut at layer l changes what g sees there and nothing else: z_hat(l)
    still feeds V(l), and the u that is returned is not replaced by 0. Rasmus et al. 2015, Algorithm 1."""
    normal = lambda above, l: normalise(above)[0]  # noqa: E731
    return _descend(p, corrupted.z, corrupted.h[-1], normal, combinator, lateral, top_down)


def _descend(
    p: Parameters,
    z: list[Tensor],
    above: Tensor,
    normal: Callable[[Tensor, int], Tensor],
    combinator: str,
    lateral: Switches,
    top_down: Switches,
) -> tuple[list[Tensor], list[Tensor]]:
    """Returns u and z_hat as `decode` does. `z`: what g sees of each layer 0..L; `above`: the class probabilities;
    `normal(a, l)`: normalises what comes down to layer l."""
    g = COMBINATORS[combinator]
    top = len(z) - 1
    z_seen, u_seen = signals_seen(lateral, top_down, top)
    u: list[Tensor] = []  # from the top down
    z_hat: list[Tensor] = []
    for l in range(top, -1, -1):
        u.append(normal(above, l))
        z_hat.append(g(p[f"g{l}"], seen(z[l], z_seen[l]), seen(u[-1], u_seen[l])))
        if l:
            above = product(z_hat[-1], p[f"V{l}"])
    return u[::-1], z_hat[::-1]


class Trace(NamedTuple):
    """Everything that a batch passes through, and its costs."""

    clean: Path  # unlabelled rows
    corrupted: Path  # unlabelled rows
    labeled: Path  # labelled rows, corrupted
    u: list[Tensor]
    z_hat: list[Tensor]  # as g gives it
    z_hat_bn: list[Tensor]  # as it is compared with z: by the clean batch's mean and std; at l = 0 as it is
    supervised: Tensor  # (...,)
    denoising: Tensor  # (..., L + 1): C_d(l) without lambda


def supervised_cost(probabilities: Tensor, y: Tensor) -> Tensor:
    """Returns the cross-entropy (...,): -(1/n) sum log P(y_tilde = t | x), of probabilities (..., n, k), for the
    ladder's cost those of the corrupted path, and classes y (..., n)."""
    chosen = probabilities.gather(-1, y.unsqueeze(-1)).squeeze(-1)
    return -torch.log(chosen.clamp_min(torch.finfo(chosen.dtype).tiny)).mean(-1)


def denoising_pass(
    p: Parameters,
    x: Tensor,
    noise: list[Tensor],
    structure: Structure,
    lateral: Switches = None,
    top_down: Switches = None,
) -> tuple[Path, Path, list[Tensor], list[Tensor], list[Tensor], Tensor]:
    """Returns (clean, corrupted, u, z_hat, z_hat_bn, costs) of unlabelled rows x (..., n, m_0), in the names of Trace;
    the denoising costs are (..., L + 1). `noise`: as for `encode`; `lateral`, `top_down`: as for `decode`.

    C_d(l) = 1/(n m_l) || z(l) - z_hat_BN(l) ||^2 (Rasmus et al. 2015, Algorithm 1), where z_hat is normalised by the
    clean path's statistics, as in the authors' code. Gradients flow through the clean path and its statistics too: the
    authors' code has no stop there.
    """
    clean = encode(p, x, structure.activation)
    corrupted = encode(p, x, structure.activation, noise)
    u, z_hat = decode(p, corrupted, structure.combinator, lateral, top_down)
    z_hat_bn = [z_hat[0]]
    z_hat_bn += [clean.normalise(z_hat[l], l) for l in range(1, len(z_hat))]
    costs = [((z - e) ** 2).mean((-2, -1)) for z, e in zip(clean.z, z_hat_bn, strict=True)]
    return clean, corrupted, u, z_hat, z_hat_bn, torch.stack(costs, -1)


def costs(
    p: Parameters,
    x_labeled: Tensor,
    y: Tensor,
    x: Tensor,
    noise_labeled: list[Tensor],
    noise_unlabeled: list[Tensor],
    structure: Structure,
    lateral: Switches = None,
    top_down: Switches = None,
) -> Trace:
    """Returns the Trace of one batch. Labelled rows (n_s, m_0), with classes y (n_s,) int64, and unlabelled rows x
    (n_u, m_0) have separate batch statistics. noise_*: lists over l = 0..L of (n_s, m_l) and of (n_u, m_l), already
    times their std. `lateral`, `top_down`: as for `decode`."""
    labeled = encode(p, x_labeled, structure.activation, noise_labeled)
    parts = denoising_pass(p, x, noise_unlabeled, structure, lateral, top_down)
    clean, corrupted, u, z_hat, z_hat_bn, denoising = parts
    supervised = supervised_cost(labeled.h[-1], y)
    return Trace(clean, corrupted, labeled, u, z_hat, z_hat_bn, supervised, denoising)


def objective(trace: Trace, lambdas: Tensor) -> Tensor:
    """Returns C = C_c + sum over l of lambda_l C_d(l), (...,), which training minimises; lambdas (..., L + 1)."""
    return trace.supervised + (lambdas * trace.denoising).sum(-1)


def predict(p: Parameters, x_fit: Tensor, x: Tensor, activation: str) -> Tensor:
    """Returns the class probabilities (n, k) of rows x (n, m_0) on the clean path, normalised by the statistics of
    `x_fit` (training rows) at every layer. The prediction for a row never depends on the other rows of x."""
    return encode_by(p, encode(p, x_fit, activation), x, activation)[1][-1]


def encode_by(
    p: Parameters, fit: Path, x: Tensor, activation: str, noise: list[Tensor] | None = None
) -> tuple[list[Tensor], list[Tensor]]:
    """Returns z and h, lists over l = 0..L of (n, m_l), of rows x (n, m_0) on the clean path (`noise` None) or the
    corrupted one (`noise` as for `encode`), normalised by the statistics of another pass, `fit`."""
    start = x if noise is None else x + noise[0]
    z, h = [start], [start]
    for l in range(1, len(fit.mean)):
        normal = fit.normalise(product(h[-1], p[f"W{l}"]), l)
        z.append(normal if noise is None else normal + noise[l])
        h.append(activate(p, l, z[-1], activation))
    return z, h


def restore(
    p: Parameters,
    x_fit: Tensor,
    x: Tensor,
    structure: Structure,
    lateral: Switches = None,
    top_down: Switches = None,
) -> Tensor:
    """Returns z_hat(0) (n, m_0) of inputs x (n, m_0) as they come, clean or noisy: no noise is added. Encoder and
    decoder normalise by the statistics of a clean pass of `x_fit`, so that one row's reconstruction does not depend on
    its neighbours. `lateral`, `top_down`: as for `decode`."""
    fit = encode(p, x_fit, structure.activation)
    statistics = decoder_statistics(p, fit, structure, lateral, top_down)
    return restore_by(p, fit, statistics, x, structure, lateral, top_down)


Statistics = list[tuple[Tensor, Tensor]]  # over l = 0..L: mean and std (1, m_l)


def decoder_statistics(
    p: Parameters, fit: Path, structure: Structure, lateral: Switches = None, top_down: Switches = None
) -> Statistics:
    """Returns the mean and the std of what comes down to each layer, before it is normalised to u, on the clean pass
    `fit`."""
    found: dict[int, tuple[Tensor, Tensor]] = {}

    def normal(above: Tensor, l: int) -> Tensor:
        u, mean, std = normalise(above)
        found[l] = mean, std
        return u

    _descend(p, fit.z, fit.h[-1], normal, structure.combinator, lateral, top_down)
    return [found[l] for l in range(len(fit.z))]


def restore_by(
    p: Parameters,
    fit: Path,
    statistics: Statistics,
    x: Tensor,
    structure: Structure,
    lateral: Switches = None,
    top_down: Switches = None,
) -> Tensor:
    """Returns what `restore` does, with the statistics of its training rows: of the encoder those of the pass `fit`
    (mean and std), of the decoder `statistics`."""
    z, h = encode_by(p, fit, x, structure.activation)

    def normal(above: Tensor, l: int) -> Tensor:
        mean, std = statistics[l]
        return (above - mean) / std

    return _descend(p, z, h[-1], normal, structure.combinator, lateral, top_down)[1][0]
