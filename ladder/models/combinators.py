"""The combinator g(z_tilde, u) -> z_hat: how a layer mixes the lateral and the vertical signal (Pezeshki et al. 2016).

Every unit has its own parameters, so `a` has one row a parameter: (..., k, m) with the batch's z_tilde and u
(..., n, m); a leading axis, where there is one, is the lane. Parameters are numbered as in the papers: row 0 is a1.
`initial` uses its generator only where its docstring says so. All are element-wise: unit i of z_hat sees unit i of
z_tilde and u only.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ladder.arrays import Floats


class Combinator(Protocol):
    """What every g has. `n_parameters`: k, the number of a unit's parameters. `initial` returns their first values (k,
    width) for `width` units, float64. A call returns z_hat (..., n, m) of a (..., k, m), z_tilde and u (..., n, m)."""

    @property
    def n_parameters(self) -> int: ...

    def initial(self, width: int, rng: np.random.Generator) -> Floats: ...

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor: ...


def _rows(a: Tensor) -> list[Tensor]:
    """Returns the parameters a (..., k, m) one by one, each (..., 1, m), ready to multiply a batch (..., n, m)."""
    return list(a.unsqueeze(-2).unbind(-3))


@dataclass(frozen=True)
class Gauss:
    """g = (z_tilde - mu(u)) v(u) + mu(u), the optimal denoiser of a Gaussian z (Rasmus et al. 2015, section 4.1):

    mu(u) = a1 sigmoid(a2 u + a3) + a4 u + a5 and v(u) = a6 sigmoid(a7 u + a8) + a9 u + a10.
    """

    n_parameters = 10

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns a2 = a7 = 1 and the rest 0, (10, width), so that z_hat = 0 everywhere."""
        a = np.zeros((10, width))
        a[[1, 6]] = 1.0
        return a

    def mu_and_v(self, a: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """Returns mu(u) and v(u), (..., n, m) each, of a (..., 10, m) and u (..., n, m)."""
        a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = _rows(a)
        mu = a1 * torch.sigmoid(a2 * u + a3) + a4 * u + a5
        v = a6 * torch.sigmoid(a7 * u + a8) + a9 * u + a10
        return mu, v

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        mu, v = self.mu_and_v(a, u)
        return (z_tilde - mu) * v + mu


@dataclass(frozen=True)
class GatedGauss:
    """Gauss whose variance ratio is a gate in (0, 1): v(u) = sigmoid(a6 u + a7) (Pezeshki et al. 2016, eq. 23)."""

    n_parameters = 7

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns a2 = 1 and the rest 0, (7, width), so that z_hat = z_tilde / 2."""
        a = np.zeros((7, width))
        a[1] = 1.0
        return a

    def mu_and_v(self, a: Tensor, u: Tensor) -> tuple[Tensor, Tensor]:
        """Returns mu(u) and v(u), (..., n, m) each, of a (..., 7, m) and u (..., n, m)."""
        a1, a2, a3, a4, a5, a6, a7 = _rows(a)
        mu = a1 * torch.sigmoid(a2 * u + a3) + a4 * u + a5
        v = torch.sigmoid(a6 * u + a7)
        return mu, v

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        mu, v = self.mu_and_v(a, u)
        return (z_tilde - mu) * v + mu


@dataclass(frozen=True)
class Vanilla:
    """g = b0 + w0z z~ + w0u u + w0zu z~u + ws sigmoid(b1 + w1z z~ + w1u u + w1zu z~u) (Pezeshki et al., eq. 16-17).

    Rows: b0, w0z, w0u, w0zu, ws, b1, w1z, w1u, w1zu. `start` is the paper's initialisation: "lateral" (w0z = w1z = ws =
    1, so that at first g is a function of z_tilde alone), "reversed" (RevInit: w0u = w1u = ws = 1, so that at first g
    is a function of u alone) or "random" (RandInit: all from N(0, 0.2)). The paper does not say whether 0.2 is the
    standard deviation; here it is.
    """

    start: str = "lateral"
    n_parameters = 9

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns the first parameters (9, width) as `start` says; "random" draws them from `rng`."""
        if self.start == "random":
            return rng.normal(0.0, 0.2, (9, width))
        a = np.zeros((9, width))
        a[[1, 4, 6] if self.start == "lateral" else [2, 4, 7]] = 1.0
        return a

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        b0, w0z, w0u, w0zu, ws, b1, w1z, w1u, w1zu = _rows(a)
        product = z_tilde * u
        inner = b1 + w1z * z_tilde + w1u * u + w1zu * product
        return b0 + w0z * z_tilde + w0u * u + w0zu * product + ws * torch.sigmoid(inner)


@dataclass(frozen=True)
class NoSigmoid:
    """Vanilla without its sigmoid: g = b0 + w0z z_tilde + w0u u + w0zu z_tilde u (Pezeshki et al. 2016, "NoSig")."""

    n_parameters = 4

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns w0z = 1 and the rest 0, (4, width), so that z_hat = z_tilde."""
        a = np.zeros((4, width))
        a[1] = 1.0
        return a

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        b0, w0z, w0u, w0zu = _rows(a)
        return b0 + w0z * z_tilde + w0u * u + w0zu * z_tilde * u


@dataclass(frozen=True)
class NoMultiplication:
    """Vanilla without z_tilde u: g = b0 + w0z z~ + w0u u + ws sigmoid(b1 + w1z z~ + w1u u) (Pezeshki et al., "NoMult").

    Rows: b0, w0z, w0u, ws, b1, w1z, w1u.
    """

    n_parameters = 7

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns w0z = ws = w1z = 1 and the rest 0, (7, width), as Vanilla's "lateral"."""
        a = np.zeros((7, width))
        a[[1, 3, 5]] = 1.0
        return a

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        b0, w0z, w0u, ws, b1, w1z, w1u = _rows(a)
        return b0 + w0z * z_tilde + w0u * u + ws * torch.sigmoid(b1 + w1z * z_tilde + w1u * u)


@dataclass(frozen=True)
class Linear:
    """g = b + wu u + wz z_tilde (Pezeshki et al. 2016, eq. 19). Rows: b, wu, wz."""

    n_parameters = 3

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns wz = 1 and the rest 0, (3, width), so that z_hat = z_tilde."""
        a = np.zeros((3, width))
        a[2] = 1.0
        return a

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        b, wu, wz = _rows(a)
        return b + wu * u + wz * z_tilde


@dataclass(frozen=True)
class MLP:
    """A small network per unit: scalars [u, z_tilde] -> hidden layers (leaky ReLU, slope 0.1) -> z_hat.

    Pezeshki et al. 2016, eq. 24-25; with `augmented` the product u z_tilde is a third input (AMLP). Weights start from
    N(0, eta), with eta read as the standard deviation, and biases from 0. The paper prints two layers for "[2,2,2]". As
    its text says, each entry of `hidden` is the width of a hidden layer here, and a linear layer gives the scalar.
    Rows: for each hidden layer its weights (output-major), then its biases; at last the output's weights and bias.
    """

    hidden: tuple[int, ...]
    augmented: bool
    eta: float

    @property
    def sizes(self) -> tuple[int, ...]:
        """Returns the number of inputs, the hidden widths, and 1 for the output."""
        return (3 if self.augmented else 2, *self.hidden, 1)

    @property
    def n_parameters(self) -> int:
        """Returns the number of a unit's weights and biases."""
        return sum((n_in + 1) * n_out for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False))

    def initial(self, width: int, rng: np.random.Generator) -> Floats:
        """Returns the first parameters (n_parameters, width); the weights are drawn from `rng`."""
        parts = []
        for n_in, n_out in zip(self.sizes, self.sizes[1:], strict=False):
            parts += [rng.normal(0.0, self.eta, (n_in * n_out, width)), np.zeros((n_out, width))]
        return np.concatenate(parts)

    def __call__(self, a: Tensor, z_tilde: Tensor, u: Tensor) -> Tensor:
        rows = iter(_rows(a))
        values = [u, z_tilde] + ([u * z_tilde] if self.augmented else [])
        for n_out in self.sizes[1:]:
            weights = [[next(rows) for _ in values] for _ in range(n_out)]
            sums = [sum(w * x for w, x in zip(ws, values, strict=True)) + next(rows) for ws in weights]
            values = [torch.nn.functional.leaky_relu(s, 0.1) for s in sums] if n_out > 1 else sums
        return values[0]


# eta: the values tuned for 100 labels (Pezeshki et al. 2016, supplement, table 2)
COMBINATORS: dict[str, Combinator] = {
    "gauss": Gauss(),
    "gated_gauss": GatedGauss(),
    "vanilla": Vanilla(),
    "vanilla_random": Vanilla("random"),
    "vanilla_reversed": Vanilla("reversed"),
    "no_sigmoid": NoSigmoid(),
    "no_multiplication": NoMultiplication(),
    "linear": Linear(),
    "mlp_4": MLP((4,), False, 0.006),
    "mlp_2_2": MLP((2, 2), False, 0.05),
    "mlp_2_2_2": MLP((2, 2, 2), False, 0.025),
    "amlp_4": MLP((4,), True, 0.006),
    "amlp_2_2": MLP((2, 2), True, 0.0125),
    "amlp_2_2_2": MLP((2, 2, 2), True, 0.006),
}
