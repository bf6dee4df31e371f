"""Autoencoders without lateral connections: plain, denoising, contractive, of higher order, and variational.

    h_l = phi(h_{l-1} W_l + b_l), l = 1..L-1    the code is h_{L-1} and has an activation of its own
    y   = the same way back, by V_l, or by W_l transposed where `tied`; the output is linear or a sigmoid
    p   = softmax(code W_L + b_L)               the classifier on the code

Equal to the ladder: hidden widths and their activation, batches, learning rate and updates. Not equal: no batch
normalisation, because a code that depends on a row's neighbours has no Jacobian of its own; biases instead; initial
weights of Glorot & Bengio 2010.

Reconstruction costs are reported per input value and weigh in the objective by the number of inputs: there they are
summed over the inputs and averaged over the rows, as in Rifai et al. 2011, so that lambda means what it means there.
Shapes: n rows, widths m_0..m_L; every function also takes a leading lane axis on all arguments.
"""

import functools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ladder import noise
from ladder.arrays import Floats
from ladder.models.ladder import ACTIVATIONS, Layout, Parameters, supervised_cost
from ladder.models.network import Batch, Network

INITIAL = 16  # stream of noise.py: initial weights of autoencoders
CODE_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    **ACTIVATIONS,
    "linear": lambda a: a,
}


def uniform_of(normal: Tensor) -> Tensor:
    """Returns uniform numbers in (0, 1) made from standard normal ones, of the same shape, so that one draw serves
    every kind of noise."""
    uniform: Tensor = torch.special.ndtr(normal)
    return uniform


class Plain(Network):
    """J = |y - x|^2 or cross-entropy (Rifai et al. 2011, eq. 4), with weight decay (eq. 5) where
    Contestant.weight_decay is above 0. In training only, `dropout` silences units below the code, and `code_noise` is
    added to the code."""

    n_code_parameters = 1  # per unit of the code: a value

    def layout(self) -> Layout:
        """Returns the places of W_l (m_{l-1}, m_l) and b_l (m_l,), l = 1..L, of which the classifier's are the last;
        then from the code down of V_l (m_l, m_{l-1}), unless tied, and c_l (m_{l-1},). Into the code, W_l and b_l have
        n_code_parameters columns for each unit."""
        shapes: dict[str, tuple[int, ...]] = {}
        for l in range(1, self.top + 1):
            m = self.widths[l] * (self.n_code_parameters if l == self.top - 1 else 1)
            shapes[f"W{l}"], shapes[f"b{l}"] = (self.widths[l - 1], m), (m,)
        n_encoder = sum(map(math.prod, shapes.values()))
        for l in range(self.top - 1, 0, -1):
            if not self.contestant.tied:
                shapes[f"V{l}"] = (self.widths[l], self.widths[l - 1])
            shapes[f"c{l}"] = (self.widths[l - 1],)
        places: dict[str, tuple[int, tuple[int, ...]]] = {}
        start = 0
        for name, shape in shapes.items():
            places[name] = (start, shape)
            start += math.prod(shape)
        return Layout(self.widths, places, n_encoder, start)

    def initial(self, weight_seed: int) -> Floats:
        """Returns theta (n_parameters,) float32: weights uniform within sqrt(6 / (fan_in + fan_out)) of 0 (Glorot &
        Bengio 2010, eq. 16), biases 0."""
        rng = noise.generator(weight_seed, INITIAL)
        theta: Floats = np.zeros(self.where.n_parameters, np.float32)
        for name, view in self.where.unpack(theta).items():
            if name[0] in "WV":
                edge = math.sqrt(6 / sum(view.shape))
                view[:] = rng.uniform(-edge, edge, view.shape)
        return theta

    # --- the network

    def encode(self, p: Parameters, x: Tensor) -> list[Tensor]:
        """Returns h_0 = x to h_{L-1}, the code, (n, m_l) each, without noise."""
        h = self._below(p, x)
        return [*h, self._code(self._affine(p, self.top - 1, h[-1]))]

    def _below(self, p: Parameters, x: Tensor, keep: list[Tensor] | None = None) -> list[Tensor]:
        """Returns x and the hidden layers below the code; `keep`: factors (n, m_l) of these hidden layers."""
        h = [x]
        for l in range(1, self.top - 1):
            h.append(ACTIVATIONS[self.structure.activation](self._affine(p, l, h[-1])))
            h[-1] = h[-1] if keep is None else h[-1] * keep[l - 1]
        return h

    @staticmethod
    def _affine(p: Parameters, l: int, h: Tensor) -> Tensor:
        return h @ p[f"W{l}"] + p[f"b{l}"].unsqueeze(-2)

    def _code(self, a: Tensor) -> Tensor:
        return CODE_ACTIVATIONS[self.contestant.code_activation](a)

    def decode(self, p: Parameters, code: Tensor) -> Tensor:
        """Returns the output (n, d) for codes (n, m), before its sigmoid where it has one."""
        h = code
        for l in range(self.top - 1, 0, -1):
            V = p[f"W{l}"].transpose(-1, -2) if self.contestant.tied else p[f"V{l}"]
            h = h @ V + p[f"c{l}"].unsqueeze(-2)
            h = ACTIVATIONS[self.structure.activation](h) if l > 1 else h
        return h

    def output(self, raw: Tensor) -> Tensor:
        """Returns the output y (n, d), made from what `decode` returns."""
        return torch.sigmoid(raw) if self.contestant.output == "sigmoid" else raw

    def probabilities(self, p: Parameters, code: Tensor) -> Tensor:
        """Returns P(y | code) (n, K) for codes (n, m)."""
        return torch.softmax(self._affine(p, self.top, code), -1)

    def jacobian(self, p: Parameters, x: Tensor) -> Tensor:
        """Returns d code / d x (n, m, d), exact, by one batched backward pass with an entry for each unit of the code.
        The result can be differentiated again, by every parameter. No row's code depends on another row, so that the
        gradient of the sum over the rows is each row's own."""
        x = x.detach().requires_grad_(True)
        code = self.encode(p, x)[-1]
        units = torch.eye(code.shape[-1], dtype=x.dtype, device=x.device)
        each = units.view(len(units), *(1,) * (code.dim() - 1), -1).expand(-1, *code.shape)
        (J,) = torch.autograd.grad(code, x, each, create_graph=True, is_grads_batched=True)
        return J.movedim(0, -2)

    # --- the costs

    def noisy_code(self, p: Parameters, x: Tensor, drawn: list[Tensor]) -> Tensor:
        """Returns the code (n, m) as it is in training, with its noise; drawn[l] (n, m_l) standard normal, l = 0..L."""
        keep, stays = None, 1 - self.contestant.dropout
        if self.contestant.dropout:
            keep = [(uniform_of(part) < stays) / stays for part in drawn[1 : self.top - 1]]
        code = self._code(self._affine(p, self.top - 1, self._below(p, x, keep)[-1]))
        return code + self.contestant.code_noise * drawn[self.top - 1]

    def reconstruction_cost(self, raw: Tensor, x: Tensor) -> Tensor:
        """Returns the squared error or, for x in [0, 1], the cross-entropy (...,), the mean over rows and input values.
        raw (..., n, d): what `decode` returns for rows x (..., n, d)."""
        if self.contestant.loss == "cross_entropy":
            return functional.binary_cross_entropy_with_logits(raw, x, reduction="none").mean((-2, -1))
        return ((self.output(raw) - x) ** 2).mean((-2, -1))

    def penalties(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """Returns the costs (lanes,), by name, that need no label, besides the reconstruction's."""
        return {}

    def penalty_weights(self) -> dict[str, float]:
        """Returns the factor of each of `penalties` beside a reconstruction cost that is summed over the inputs."""
        return {}

    @property
    def joint(self) -> bool:
        """Returns whether the classifier is trained together with the rest: L = L_sup + alpha (L_rec + penalties)."""
        return self.contestant.classify == "joint"

    def weights(self, update: int) -> dict[str, float]:
        """See Network; the costs' names are in `costs`."""
        alpha = self.contestant.alpha if self.joint else 1.0
        found = {"supervised": 1.0} if self.joint else {}
        found |= {"reconstruction": alpha * self.widths[0]}
        found |= {name: alpha * weight for name, weight in self.penalty_weights().items()}
        return found | ({"weight_decay": self.contestant.weight_decay} if self.contestant.weight_decay else {})

    def costs(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """See Network: `supervised` where the classifier is trained too, `reconstruction`, the names of `penalties`,
        and `weight_decay`, the sum of squared weights, where its factor is above 0."""
        found = {}
        if self.joint:
            code = self.noisy_code(p, batch.x_labeled, batch.noise_labeled)
            found["supervised"] = supervised_cost(self.probabilities(p, code), batch.y)
        raw = self.decode(p, self.noisy_code(p, batch.x, batch.noise))
        found["reconstruction"] = self.reconstruction_cost(raw, batch.x)
        found |= self.penalties(p, batch)
        if self.contestant.weight_decay:
            decayed = [name for name in p if name[0] in "WV" and (self.joint or name != f"W{self.top}")]
            found["weight_decay"] = functools.reduce(torch.add, [(p[name] ** 2).sum((-2, -1)) for name in decayed])
        return found


class Denoising(Plain):
    """The code is of a corrupted input, the target is the clean one (Vincent et al. 2008; Rifai et al. 2011, eq. 6)."""

    def noisy_code(self, p: Parameters, x: Tensor, drawn: list[Tensor]) -> Tensor:
        """See Plain."""
        return self.encode(p, self.corrupt(x, drawn[0]))[-1]

    def corrupt(self, x: Tensor, drawn: Tensor) -> Tensor:
        """Returns x (n, d) corrupted: with Gaussian noise of std `corruption_level`; or with that share of its values
        set to 0 (masking), or to 0 or 1, each equally likely (salt and pepper: Vincent et al. 2010). drawn (n, d):
        standard normal."""
        level = self.contestant.corruption_level
        if self.contestant.corruption == "gaussian":
            return x + level * drawn
        uniform = uniform_of(drawn)
        if self.contestant.corruption == "masking":
            return torch.where(uniform < level, 0.0, x)
        return torch.where(uniform < level, (uniform < level / 2).to(x.dtype), x)


class Contractive(Plain):
    """Adds lambda ||J_f(x)||_F^2, the squared norm of the code's Jacobian (Rifai et al. 2011, eq. 1 and 7)."""

    @property
    def needs_first(self) -> bool:
        """Returns whether the penalty uses the initial W instead of the present one, as code does that is often
        copied."""
        return self.contestant.stale_weights

    def noisy_code(self, p: Parameters, x: Tensor, drawn: list[Tensor]) -> Tensor:
        """See Plain; this code has no noise."""
        return self.encode(p, x)[-1]

    def penalty_weights(self) -> dict[str, float]:
        """See Plain: `contraction`."""
        return {"contraction": self.contestant.contraction}

    def penalties(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """See Plain: `contraction`."""
        W = batch.first["W1"] if self.needs_first else p["W1"]
        return {"contraction": self.contraction(p, batch.x, W)}

    def contraction(self, p: Parameters, x: Tensor, W: Tensor) -> Tensor:
        """Returns the mean (...,) over the rows x (..., n, d) of ||J_f(x)||_F^2. One sigmoid layer has the closed form
        sum_i (h_i (1 - h_i))^2 sum_j W_ji^2 (Rifai et al. 2011, p. 4). W (..., d, m): the first layer's weights,
        present or initial; only the closed form uses them."""
        if self.top == 2 and self.contestant.code_activation == "sigmoid":
            h = self.encode(p, x)[-1]
            return ((h * (1 - h)) ** 2 * (W**2).sum(-2).unsqueeze(-2)).sum(-1).mean(-1)
        return (self.jacobian(p, x) ** 2).sum((-2, -1)).mean(-1)


class ContractiveHessian(Contractive):
    """Adds gamma E ||J_f(x) - J_f(x + e)||_F^2, e ~ N(0, hessian_std^2), one e a row: a stochastic estimate of the
    Hessian's norm (Rifai et al. 2011, ECML)."""

    def penalty_weights(self) -> dict[str, float]:
        """See Plain: `contraction` and `hessian`."""
        return super().penalty_weights() | {"hessian": self.contestant.hessian}

    def penalties(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """See Plain: `contraction` and `hessian`, means over the rows."""
        J = self.jacobian(p, batch.x)
        difference = J - self.jacobian(p, batch.x + self.contestant.hessian_std * batch.noise[0])
        squares = {"contraction": J**2, "hessian": difference**2}
        return {name: value.sum((-2, -1)).mean(-1) for name, value in squares.items()}


class Variational(Plain):
    """The code is Gaussian, q(h | x) = N(mean, diag(variance)), drawn as mean + std e; beta weighs its divergence from
    N(0, I) (Kingma & Welling 2014; Higgins et al. 2017). With beta = 1 the objective is the negative evidence lower
    bound of a Bernoulli output (cross-entropy) or, but for a constant, of a Gaussian output of variance 1/2 (mse).
    `encode` returns the mean as the code."""

    n_code_parameters = 2  # mean and log variance

    def _code(self, a: Tensor) -> Tensor:
        return a.chunk(2, -1)[0]

    def distribution(self, p: Parameters, x: Tensor) -> tuple[Tensor, Tensor]:
        """Returns the mean and the log variance, (n, m) each, of the code of rows x (n, d)."""
        mean, log_variance = self._affine(p, self.top - 1, self._below(p, x)[-1]).chunk(2, -1)
        return mean, log_variance

    def noisy_code(self, p: Parameters, x: Tensor, drawn: list[Tensor]) -> Tensor:
        """See Plain."""
        mean, log_variance = self.distribution(p, x)
        return mean + torch.exp(0.5 * log_variance) * drawn[self.top - 1]

    def penalty_weights(self) -> dict[str, float]:
        """See Plain: `kl`."""
        return {"kl": self.contestant.beta}

    def penalties(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """See Plain: `kl`, KL(q || N(0, I)), the mean over the rows (Kingma & Welling 2014, appendix B)."""
        mean, log_variance = self.distribution(p, batch.x)
        kl = 0.5 * (torch.exp(log_variance) + mean**2 - 1 - log_variance).sum(-1).mean(-1)
        return {"kl": kl}


NETWORKS = {
    "plain": Plain,
    "denoising": Denoising,
    "contractive": Contractive,
    "contractive_hessian": ContractiveHessian,
    "variational": Variational,
}
