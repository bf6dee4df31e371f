"""The ladder's costs and gradients by hand: the numbers of models/ladder.py in a fraction of its time.

A small ladder spends its time in dispatch, not in arithmetic: about 1,500 autograd operations an update. Here an update
is some twenty matrix products and as many loops of kernels.py, whose gradients are derived by hand. This file serves
the default combinator with (leaky) ReLU (Structure.quick); every other choice takes the readable path. It is checked
against that path and by finite differences (tests/models/test_ladder_equations.py).

Arrays carry a leading lane axis G and, unlike in the readable path, units before rows: (G, m, n). A unit's statistics
and parameters then serve its whole contiguous row. The n unlabelled rows' clean pass, their corrupted pass and the
n_labeled rows lie side by side along this last axis, so that one product serves all three. Memory, and every view into
it, is made once.
"""

from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import torch
from torch import Tensor

from ladder.arrays import Floats, Ints
from ladder.models.ladder import Layout, Switches, signals_seen
from ladder.models.shapes import LEAKY_SLOPE
from ladder.settings import Structure
from ladder.training import kernels

SLOPES = {"relu": 0.0, "leaky_relu": LEAKY_SLOPE}


def _zeros(like: Floats, *shape: int) -> Floats:
    """Returns zeros of this shape and of the type of `like`. PyTorch makes them, as its memory begins at a multiple of
    64 bytes: a product's last bits depend on where its arrays begin."""
    return torch.zeros(shape, dtype=torch.from_numpy(like).dtype).numpy()


def _product(a: Floats, b: Floats, out: Floats) -> Callable[[], object]:
    """Returns a function that computes out (G, i, k) = a (G, i, j) @ b (G, j, k) whenever it is called. The product is
    NumPy's, which gives the same bits on processors of every maker (arithmetic.py). PyTorch's, which is MKL's, does
    not, and is no quicker."""
    return partial(np.matmul, a, b, out=out)


def _flipped(a: Floats) -> Floats:
    return a.swapaxes(1, 2)


def _nothing() -> None:
    """Takes the place of a product in lists over the layers where a layer has none, as the input."""


class Encoder:
    """The shared encoder, forward and backward, for n clean, n corrupted and n_labeled labelled rows, a column each.

    Lists run over l = 0..L: `z`, without noise, `h` and the gradient `d` (G, m_l, columns); `mean` and `inverse`, that
    is 1 / std, (G, m_l, groups). A group is one of the three kinds of columns; without unlabelled rows (n = 0) there is
    the labelled group alone. z[0] is the clean input (G, m_0, n). `probabilities` (G, m_L, n + n_labeled).

    theta and gradient (G, n_parameters) are used in place; `slope`: of the activation below 0.
    """

    def __init__(self, where: Layout, theta: Floats, gradient: Floats, slope: float, n: int, n_labeled: int):
        self.theta, self.gradient, self.slope, self.n = theta, gradient, slope, n
        self.ends = np.array([n, 2 * n, 2 * n + n_labeled] if n else [n_labeled])
        self.top, lanes, n_columns = len(where.widths) - 1, len(theta), self.ends[-1]
        self.at = {name: start for name, (start, _) in where.places.items()}
        self.first = np.cumsum([0, *where.widths]).tolist()  # where a layer begins in the noise

        def made(*shape: int) -> list[Floats]:
            return [_zeros(theta, lanes, m, *shape) for m in where.widths]

        self.z, self.h, self.d = made(n_columns), made(n_columns), made(n_columns)
        self.z[0] = _zeros(theta, lanes, where.widths[0], n)
        self.mean, self.inverse = made(len(self.ends)), made(len(self.ends))
        self.probabilities = np.zeros((lanes, where.widths[-1], n_columns - n), theta.dtype)
        self.chosen = np.zeros((lanes, n_labeled), theta.dtype)

        p, grad = where.unpack(theta), where.unpack(gradient)
        levels = range(1, self.top + 1)
        self.up = [_nothing, *(_product(_flipped(p[f"W{l}"]), self.h[l - 1], self.z[l]) for l in levels)]
        self.down = [_nothing, _nothing, *(_product(p[f"W{l}"], self.d[l], self.d[l - 1]) for l in levels[1:])]
        self.by_weights = [_nothing, *(_product(self.h[l - 1], _flipped(self.d[l]), grad[f"W{l}"]) for l in levels)]

    def slope_at(self, l: int) -> float:
        """Returns the activation's slope below 0 in layer l; 1 at the top, where no activation stands before gamma."""
        return 1.0 if l == self.top else self.slope

    def forward(self, x: Floats, x_labeled: Floats, noise: Floats) -> None:
        """Computes z, h and probabilities of x (G, n, m_0) and x_labeled (G, n_labeled, m_0). noise (G, sum of widths,
        n + n_labeled): already times its std, the labelled rows' last."""
        kernels.corrupt(x, x_labeled, noise, self.z[0], self.h[0])
        for l in range(1, self.top + 1):
            self.up[l]()
            kernels.encode(
                self.z[l],
                self.h[l],
                noise,
                self.first[l],
                self.theta,
                self.at[f"beta{l}"],
                self.n,
                self.ends,
                self.slope_at(l),
                self.mean[l],
                self.inverse[l],
            )
        kernels.scores(self.h[-1], self.theta, self.at[f"gamma{self.top}"], self.probabilities)
        np.exp(self.probabilities, out=self.probabilities)
        kernels.share(self.probabilities)

    def backward(
        self, y: Ints, q: Floats, dz_tilde: list[Floats], error: list[Floats], with_error: list[Floats]
    ) -> Floats:
        """Writes into `gradient` the encoder's part of the objective's gradient. Returns the labelled rows'
        cross-entropy (G,). y (G, n_labeled): classes. What comes from the decoder: q (G, m_L, n), the gradient with
        respect to the corrupted rows' probabilities, and lists over l of the arguments of kernels.encode_back."""
        gamma = self.at[f"gamma{self.top}"]
        kernels.classify_back(
            self.d[-1], self.h[-1], self.theta, gamma, self.probabilities, q, y, self.gradient, self.chosen
        )
        for l in range(self.top, 0, -1):
            kernels.encode_back(
                self.d[l],
                self.z[l],
                self.h[l],
                self.slope_at(l),
                self.n,
                dz_tilde[l],
                error[l],
                with_error[l],
                self.ends,
                self.inverse[l],
                self.gradient,
                self.at[f"beta{l}"],
            )
            self.by_weights[l]()
            if l > 1:
                self.down[l]()
        costs: Floats = -np.log(self.chosen).mean(1)
        return costs


class Supervised:
    """The cross-entropy of the labelled rows alone on the corrupted path, and its gradient: all that the twin needs."""

    def __init__(self, where: Layout, theta: Floats, gradient: Floats, slope: float, n_labeled: int):
        self.encoder = Encoder(where, theta, gradient, slope, 0, n_labeled)
        self.nothing = [np.zeros((*h.shape[:2], 0), theta.dtype) for h in self.encoder.h]
        self.no_rows = _flipped(self.nothing[0]).copy()
        self.no_sums = [nothing.sum(-1) for nothing in self.nothing]

    def __call__(self, x_labeled: Floats, y: Ints, noise: Floats) -> Floats:
        """Returns the costs (G,), and writes their gradient. x_labeled (G, n_labeled, m_0), y (G, n_labeled), noise
        (G, sum of widths, n_labeled), already times its std."""
        self.encoder.forward(self.no_rows, x_labeled, noise)
        return self.encoder.backward(y, self.nothing[-1], self.nothing, self.nothing, self.no_sums)


class Denoiser:
    """The denoising costs of unlabelled rows and the labelled rows' cross-entropy, and the gradients of both, through
    decoder, corrupted and clean path.

    lateral, top_down: as for models.ladder.decode. A signal that g does not see at a layer stays 0 in that layer's
    memory, and its gradient there is set to 0."""

    def __init__(
        self,
        where: Layout,
        theta: Floats,
        gradient: Floats,
        slope: float,
        n_labeled: int,
        n: int,
        lateral: Switches,
        top_down: Switches,
    ):
        self.encoder = Encoder(where, theta, gradient, slope, n, n_labeled)
        self.n, self.levels = n, range(len(where.widths))
        self.z_seen, self.u_seen = signals_seen(lateral, top_down, self.encoder.top)
        lanes = len(theta)

        def made(*shape: int | None) -> list[Floats]:  # None: the layer's width
            return [_zeros(theta, lanes, *(m if s is None else s for s in shape)) for m in where.widths]

        self.u, self.z_tilde, self.z_hat, self.error, self.q, self.dz_tilde = (made(None, n) for _ in range(6))
        self.t, self.inverse_u, self.with_error = made(2, None, n), made(None), made(None)
        self.costs = np.zeros((lanes, len(where.widths)), theta.dtype)
        p, grad = where.unpack(theta), where.unpack(gradient)
        levels = self.levels[1:]
        self.down = [_nothing, *(_product(_flipped(p[f"V{l}"]), self.z_hat[l], self.u[l - 1]) for l in levels)]
        self.up = [_nothing, *(_product(p[f"V{l}"], self.q[l - 1], self.q[l]) for l in levels)]
        self.by_weights = [_nothing, *(_product(self.z_hat[l], _flipped(self.q[l - 1]), grad[f"V{l}"]) for l in levels)]

    def forward(self, x: Floats, x_labeled: Floats, noise: Floats) -> Floats:
        """Returns the costs C_d(l) (G, L + 1), without lambda. The arguments are those of Encoder.forward."""
        encoder = self.encoder
        encoder.forward(x, x_labeled, noise)
        if self.u_seen[-1]:
            self.u[-1][:] = encoder.probabilities[:, :, : self.n]
        for l in reversed(self.levels):
            u, t, z_tilde, z, at = self.u[l], self.t[l], self.z_tilde[l], encoder.z[l], encoder.at[f"g{l}"]
            column = self.n if l else 0  # the corrupted rows follow the clean rows, but z[0] has the clean rows only
            kernels.meet(
                u, self.inverse_u[l], z, column, noise, encoder.first[l], self.z_seen[l], encoder.theta, at, z_tilde, t
            )
            np.tanh(t, out=t)
            kernels.denoise(
                u,
                t,
                z_tilde,
                z,
                encoder.theta,
                at,
                l > 0,
                encoder.mean[l],
                encoder.inverse[l],
                self.z_hat[l],
                self.error[l],
                self.costs,
                l,
            )
            if l and self.u_seen[l - 1]:
                self.down[l]()
        return self.costs.copy()

    def backward(self, lambdas: Floats, y: Ints) -> Floats:
        """Writes the gradient of the cross-entropy plus the sum over l of lambdas[:, l] C_d(l). Returns the
        cross-entropy (G,). lambdas (G, L + 1), y (G, n_labeled)."""
        encoder = self.encoder
        self.q[0].fill(0)
        for l in self.levels:
            if l:
                self.by_weights[l]()
                self.up[l]()
            kernels.denoise_back(
                self.error[l],
                lambdas,
                l,
                l > 0,
                encoder.inverse[l],
                self.u[l],
                self.inverse_u[l],
                self.t[l],
                self.z_tilde[l],
                encoder.theta,
                encoder.at[f"g{l}"],
                self.q[l],
                self.dz_tilde[l],
                self.with_error[l],
                encoder.gradient,
            )
            if not self.u_seen[l]:
                self.q[l].fill(0)
            if not self.z_seen[l]:
                self.dz_tilde[l].fill(0)
        return encoder.backward(y, self.q[-1], self.dz_tilde, self.error, self.with_error)


class Step:
    """Costs and gradients of one update for G lanes of one shape; reused for every update of a chunk.

    theta (G, n_parameters) is read at each update; the supervised twin's is (G, n_encoder). `gradient` has theta's
    shape. The choices have to be `quick` ones (settings.Structure). `lateral`, `top_down`: see Denoiser.
    """

    def __init__(
        self,
        where: Layout,
        structure: Structure,
        theta: Tensor,
        n_labeled: int,
        n: int,
        lateral: Switches = None,
        top_down: Switches = None,
    ):
        weights: Floats = theta.numpy()
        slope = SLOPES[structure.activation]
        self.gradient = _zeros(weights, *weights.shape)
        has_decoder = weights.shape[1] > where.n_encoder
        self.n_labeled = n_labeled
        self._alone = partial(Supervised, where, weights, self.gradient, slope, n_labeled)
        self.denoiser: Denoiser | None = None
        if has_decoder:
            self.denoiser = Denoiser(where, weights, self.gradient, slope, n_labeled, n, lateral, top_down)

    @cached_property
    def supervised(self) -> Supervised:
        """Returns the labelled rows' own pass, made at its first use by a twin or a ladder with all lambdas 0."""
        return self._alone()

    def __call__(
        self, x_labeled: Floats, y: Ints, x: Floats | None, noise: Floats, lambdas: Floats
    ) -> tuple[Floats, Floats | None]:
        """Returns the supervised costs (G,) and the denoising costs (G, L + 1) without lambda. self.gradient becomes
        the gradient of their weighted sum.

        x_labeled (G, n_labeled, m_0), y (G, n_labeled), x (G, n, m_0), lambdas (G, L + 1); noise (G, sum of widths, n +
        n_labeled), already times its std, the labelled rows' columns last. For the twin, noise has only the labelled
        rows' columns, x and the second result are None, and lambdas are not used. Where all lambdas are 0 the denoising
        costs are measured, and the labelled rows pass alone, so that the ladder and its twin are equal bit for bit.
        """
        denoising = None
        if self.denoiser is not None:
            assert x is not None, "a ladder has unlabelled rows"
            denoising = self.denoiser.forward(x, x_labeled, noise)
            if lambdas.any():
                return self.denoiser.backward(lambdas, y), denoising
            self.gradient.fill(0)
        return self.supervised(x_labeled, y, np.ascontiguousarray(noise[:, :, -self.n_labeled :])), denoising
