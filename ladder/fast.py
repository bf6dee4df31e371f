"""The ladder's costs and gradients by hand: the numbers of models/ladder.py with a fraction of its operations.

A small ladder spends its time in dispatch, not in arithmetic: about 1,500 autograd operations an update. Gradients
derived by hand leave some 300 in-place calls on memory that stays in the cache. This serves the default combinator;
every other choice takes the readable path. Checked against that path and by finite differences
(tests/test_ladder_equations.py).

Arrays carry a leading lane axis G and, unlike in the readable path, units before rows: (G, m, n). Statistics and
parameters then belong to the long, contiguous axis, and a layer of ten units costs ten long loops, not a hundred short
ones. The clean and the corrupted pass of the unlabelled rows and the labelled rows lie side by side along that axis:
one product serves all three. Memory, and every view into it, is made once: a view costs as much as a small sum.
"""

import torch
from torch import Tensor

from ladder.models.ladder import EPS, Layout
from ladder.settings import Structure

SLOPES = {"relu": 0.0, "leaky_relu": 0.1}


def serves(structure: Structure) -> bool:
    """Whether this file has the gradients of these choices."""
    return structure.combinator == "gauss" and structure.activation in SLOPES


class BatchNorm:
    """z (..., n) becomes (z - mean) / std in place, and dz the gradient by what z was. Factors 1 / n ride along in the
    kernels. `total` and `inverse` (..., 1): the sum over the rows and 1 / std of the last forward pass."""

    def __init__(self, z: Tensor, dz: Tensor):
        self.z, self.dz, self.share = z, dz, 1.0 / z.shape[-1]
        self.scratch = torch.empty_like(z)
        self.total, self.inverse, self.norm, self.with_z = (z.new_empty(*z.shape[:-1], 1) for _ in range(4))
        self.eps = z.new_full((1,), EPS)

    def forward(self) -> None:
        z, norm = self.z, self.norm
        z.sub_(torch.sum(z, -1, keepdim=True, out=self.total), alpha=self.share)
        torch.linalg.vector_norm(z, dim=-1, keepdim=True, out=norm)
        z.mul_(torch.addcmul(self.eps, norm, norm, value=self.share, out=self.inverse).rsqrt_())

    def backward(self) -> None:
        """dz becomes (dz - mean(dz) - z mean(dz z)) / std."""
        dz = self.dz
        torch.sum(torch.mul(dz, self.z, out=self.scratch), -1, keepdim=True, out=self.with_z)
        dz.sub_(torch.sum(dz, -1, keepdim=True, out=self.norm), alpha=self.share)
        self._finish()

    def _finish(self) -> None:
        self.dz.addcmul_(self.z, self.with_z, value=-self.share).mul_(self.inverse)


class Target(BatchNorm):
    """The passes z (G, m, k, n) of which the first is the clean one: what the decoder has to find.

    Its z is the target of z_hat_BN, whose gradient is `error` (G, m, n), and its mean and std normalise z_hat. With e
    what comes from above, the three parts of its gradient add up to
    (e - error - mean(e) - z (mean(e z) + mean(error (z_hat_BN - z)))) / std; `with_error` (G, m, 1) is that last sum.
    """

    def __init__(self, z: Tensor, dz: Tensor, error: Tensor, with_error: Tensor):
        super().__init__(z, dz)
        self.error, self.with_error = error, with_error
        self.z_clean, self.dz_clean, self.with_z_clean = z[:, :, 0], dz[:, :, 0], self.with_z[:, :, 0]
        self.total_clean, self.inverse_clean = self.total[:, :, 0], self.inverse[:, :, 0]

    def _finish(self) -> None:
        self.with_z_clean.add_(self.with_error)
        self.dz_clean.sub_(self.error)
        super()._finish()


def _softmax(logits: Tensor) -> Tensor:
    """Over the classes (G, K, n), in place: torch.softmax is slow along any but the last axis."""
    logits.sub_(logits.amax(1, keepdim=True)).exp_()
    return logits.div_(logits.sum(1, keepdim=True))


def _cross_entropy(probabilities: Tensor, one_hot: Tensor) -> Tensor:
    """(G,) of probabilities and one_hot (G, K, n)."""
    chosen = (probabilities * one_hot).sum(1).clamp_min_(torch.finfo(one_hot.dtype).tiny)
    return chosen.log_().mean(-1).neg_()


class Encoder:
    """Both directions of N columns through the shared encoder; the columns before `n_clean` get no noise.

    `p` and `grad` map names to (G, ...) tensors. Lists run over l = 0..L: `h`, `z` and the gradient `dz` (G, m, N), z
    without noise; `h_noisy`: the noisy columns of h. `norms[l]`, which whoever builds an encoder fills: one BatchNorm
    for each group of columns that are normalised alone.
    """

    def __init__(self, p, grad, slope: float, n: int, n_clean: int):
        self.slope, self.top = slope, max(int(key[1:]) for key in p if key[0] == "W")
        levels = range(1, self.top + 1)
        self.W = [None, *(p[f"W{l}"] for l in levels)]
        self.W_t = [None, *(w.transpose(1, 2) for w in self.W[1:])]
        widths = [self.W[1].shape[1], *(w.shape[2] for w in self.W[1:])]
        self.h, self.z, self.dz = ([self.W[1].new_empty(len(self.W[1]), m, n) for m in widths] for _ in range(3))
        self.dz_t = [dz.transpose(1, 2) for dz in self.dz]
        self.h_noisy, self.dz_top = [h[:, :, n_clean:] for h in self.h], self.dz[-1][:, :, n_clean:]
        self.beta = [None, *(p[f"beta{l}"][:, :, None] for l in levels)]
        self.gamma = p[f"gamma{self.top}"][:, :, None]
        self.d_gamma, self.dW = grad[f"gamma{self.top}"], [None, *(grad[f"W{l}"] for l in levels)]
        self.d_beta = [None, *(grad[f"beta{l}"] for l in levels)]
        self.norms: list[list[BatchNorm]] = [[] for _ in widths]
        self.probabilities = torch.empty_like(self.dz_top)  # (G, m_L, noisy columns)

    def forward(self, noise: list[Tensor]) -> None:
        """From h[0], which the caller fills; noise[l] (G, m_l, noisy columns)."""
        for l in range(1, self.top + 1):
            torch.bmm(self.W_t[l], self.h[l - 1], out=self.z[l])
            for norm in self.norms[l]:
                norm.forward()
            h = torch.add(self.z[l], self.beta[l], out=self.h[l])
            self.h_noisy[l].add_(noise[l])
            if l < self.top:
                torch.nn.functional.leaky_relu_(h, self.slope) if self.slope else h.relu_()
        _softmax(torch.mul(self.h_noisy[self.top], self.gamma, out=self.probabilities))

    def softmax_backward(self) -> None:
        """dz_top (G, m_L, noisy columns) is the gradient by gamma (z + beta) and becomes that by z_tilde(L)."""
        self.d_gamma.add_((self.dz_top * self.h_noisy[self.top]).sum(-1))
        self.d_beta[self.top].add_(self.dz_top.mul_(self.gamma).sum(-1))

    def layer_backward(self, l: int) -> None:
        """From the gradient by z(l) and z_tilde(l), in dz[l], to that by z_tilde(l-1), in dz[l-1]; those of W_l and
        beta_(l-1) are added."""
        for norm in self.norms[l]:
            norm.backward()
        self.dW[l].baddbmm_(self.h[l - 1], self.dz_t[l])
        if l == 1:
            return
        below, h = torch.bmm(self.W[l], self.dz[l], out=self.dz[l - 1]), self.h[l - 1]
        if self.slope:
            torch.ops.aten.leaky_relu_backward.grad_input(below, h, self.slope, True, grad_input=below)
        else:
            torch.ops.aten.threshold_backward.grad_input(below, h, 0, grad_input=below)
        self.d_beta[l - 1].add_(below.sum(-1))


class Supervised:
    """Cross-entropy of the labelled rows alone on the corrupted path, and its gradient: all that the twin does."""

    def __init__(self, p, grad, slope: float, n: int):
        self.encoder = Encoder(p, grad, slope, n, 0)
        for norms, z, dz in zip(self.encoder.norms, self.encoder.z, self.encoder.dz, strict=True):
            norms.append(BatchNorm(z, dz))

    def __call__(self, x: Tensor, one_hot: Tensor, noise: list[Tensor]) -> Tensor:
        """Costs (G,); gradients are added. x (G, m_0, n), one_hot (G, m_L, n), noise[l] (G, m_l, n)."""
        encoder = self.encoder
        torch.add(x, noise[0], out=encoder.h[0])
        encoder.forward(noise)
        torch.sub(encoder.probabilities, one_hot, out=encoder.dz_top).div_(x.shape[-1])
        encoder.softmax_backward()
        for l in range(encoder.top, 0, -1):
            encoder.layer_backward(l)
        return _cross_entropy(encoder.probabilities, one_hot)


class Gauss:
    """combinators.Gauss and its gradients; mu and v as the two halves of one array (G, 2, m, n).

    sigmoid(x) = (1 + tanh(x / 2)) / 2 turns a1 sigmoid(a2 u + a3) into b t + b with b = a1 / 2, t = tanh(...). `half`
    holds a / 2; the gradients by a1, a2, a3 are written without their factor 1/2 (see HALVED).
    """

    HALVED = (0.5, 0.5, 0.5, 1.0, 1.0)

    def __init__(self, a: Tensor, half: Tensor, da: Tensor, z_tilde: Tensor, u: Tensor):
        """a, half and the place of the gradient da (G, 10, m); z_tilde and u (G, m, n), read at each pass."""
        lanes, m, n = u.shape
        a, half, da = (part.view(lanes, 2, 5, m) for part in (a, half, da))
        self.half1, self.half2, self.half3 = (half[:, :, i, :, None] for i in range(3))
        self.a4, self.a5 = (a[:, :, i, :, None] for i in (3, 4))
        self.da1, self.da5, self.da35, self.da24 = da[:, :, 0], da[:, :, 4], da[:, :, 2::2], da[:, :, 1:4:2]
        self.z_tilde, self.u, self.u_u = z_tilde, u[:, None], u[:, None, None]
        self.td, self.td_u = (a.new_empty(lanes, 2, 2, m, n) for _ in range(2))
        self.t, self.d = self.td[:, :, 0], self.td[:, :, 1]  # together: one sum gives two gradients
        self.f, self.d_t = a.new_empty(lanes, 2, m, n), self.td_u[:, :, 0]
        self.mu, self.v = self.f[:, 0], self.f[:, 1]
        self.by_mu, self.by_v = self.d[:, 0], self.d[:, 1]
        self.z_hat = a.new_empty(lanes, m, n)

    def forward(self) -> Tensor:
        """z_hat (G, m, n)."""
        torch.mul(self.u, self.half2, out=self.t).add_(self.half3).tanh_()
        torch.mul(self.t, self.half1, out=self.f).add_(self.a5 + self.half1).addcmul_(self.u, self.a4)
        return torch.lerp(self.mu, self.z_tilde, self.v, out=self.z_hat)

    def backward(self, q: Tensor) -> tuple[Tensor, Tensor]:
        """q: gradient by z_hat (G, m, n). Returns those by z_tilde and u; writes that by a."""
        d, t = self.d, self.t
        torch.sub(self.z_tilde, self.mu, out=self.by_v).mul_(q)
        dz_tilde = self.v.mul_(q)
        torch.sub(q, dz_tilde, out=self.by_mu)
        torch.sum(torch.mul(d, t, out=self.d_t), -1, out=self.da1)
        torch.ops.aten.tanh_backward.grad_input(d, t, grad_input=t).mul_(self.half1)
        torch.sum(self.td, -1, out=self.da35)
        torch.sum(torch.mul(self.td, self.u_u, out=self.td_u), -1, out=self.da24)
        self.da1.add_(self.da5)
        d.mul_(self.a4).addcmul_(t, self.half2)
        return dz_tilde, self.by_mu.add_(self.by_v)


class Denoiser:
    """The denoising costs of unlabelled rows beside the labelled rows' cross-entropy, and the gradients of both,
    through decoder, corrupted and clean path. The encoder's columns: clean, corrupted, labelled."""

    def __init__(self, where: Layout, theta, gradient, slope: float, n_labeled: int, n: int, lateral, top_down):
        p, grad = where.unpack(theta), where.unpack(gradient)
        self.n, self.lateral, self.top_down, widths = n, lateral, top_down, where.widths
        self.encoder = encoder = Encoder(p, grad, slope, 2 * n + n_labeled, n)
        self.top, lanes = encoder.top, len(theta)
        self.levels = range(self.top, -1, -1)

        self.squares, self.weights, self.scales = (theta.new_empty(lanes, sum(widths), 1) for _ in range(3))
        self.square, self.scale = self.squares.split(widths, 1), self.scales.split(widths, 1)
        # From units to levels and back: 1 / m_l where a unit belongs to level l.
        self.average = torch.block_diag(*(theta.new_full((m, 1), 1.0 / m) for m in widths))

        z_tilde, self.u, self.error, self.q = ([theta.new_zeros(lanes, m, n) for m in widths] for _ in range(4))
        self._normalise_passes(n_labeled)
        self.z_clean, self.z_noisy = (
            [z[:, :, k * n : (k + 1) * n] for z in (encoder.h[0], *encoder.z[1:])] for k in (0, 1)
        )
        self.dz_clean, self.dz_noisy = ([dz[:, :, k * n : (k + 1) * n] for dz in encoder.dz] for k in (0, 1))
        self.x_labeled, self.dz_labeled = encoder.h[0][:, :, 2 * n :], encoder.dz[self.top][:, :, 2 * n :]
        self.probabilities, self.probabilities_labeled = encoder.probabilities.split([n, n_labeled], -1)
        self.z_tilde = [self.z_noisy[0], *z_tilde[1:]] if lateral else z_tilde
        self._place_combinators(where, theta, gradient)
        self.V, self.dV = ([None, *(named[f"V{l}"] for l in range(1, self.top + 1))] for named in (p, grad))
        self.V_t, self.q_t = [None, *(v.transpose(1, 2) for v in self.V[1:])], [q.transpose(1, 2) for q in self.q]

    def _normalise_passes(self, n_labeled: int) -> None:
        """Labelled rows as many as the others are a third pass among their two; else they are normalised apart."""
        encoder, n = self.encoder, self.n
        n_passes = 3 if n_labeled == n else 2
        for l in range(1, self.top + 1):
            of_target, apart = zip(
                *(a.tensor_split([n_passes * n], -1) for a in (encoder.z[l], encoder.dz[l])), strict=True
            )
            z, dz = (a.unflatten(-1, (n_passes, n)) for a in of_target)
            encoder.norms[l].append(Target(z, dz, self.error[l], self.square[l]))
            if n_passes == 2:
                encoder.norms[l].append(BatchNorm(*apart))
        self.target = [None, *(norms[0] for norms in encoder.norms[1:])]
        self.norm_u = [BatchNorm(u, q) for u, q in zip(self.u, self.q, strict=True)]

    def _place_combinators(self, where: Layout, theta, gradient) -> None:
        """One product serves the parameters of all levels: they lie together at the end of theta."""
        first, spare = where.places["g0"][0], torch.empty_like(theta)
        self.a, self.half, self.da = (flat[:, first:] for flat in (theta, spare, gradient))
        self.one_half = theta.new_tensor(0.5)  # a Python number costs a conversion at each use
        halved = theta.new_tensor(Gauss.HALVED).repeat(2)
        self.factor = torch.cat([halved.repeat_interleave(m) for m in where.widths])
        u = self.u if self.top_down else [torch.zeros_like(u) for u in self.u]
        a, half, da = (where.unpack(flat) for flat in (theta, spare, gradient))
        self.g = [Gauss(a[f"g{l}"], half[f"g{l}"], da[f"g{l}"], self.z_tilde[l], u[l]) for l in range(self.top + 1)]

    def forward(self, x: Tensor, x_labeled: Tensor, noise: list[Tensor], noise_unlabeled: list[Tensor]) -> Tensor:
        """Costs C_d(l) (G, L + 1), without lambda, of x (G, m_0, n); noise[l] (G, m_l, n + n_labeled), of which
        noise_unlabeled[l] is the first part."""
        encoder = self.encoder
        self.z_clean[0].copy_(x)
        torch.add(x, noise_unlabeled[0], out=self.z_noisy[0])
        torch.add(x_labeled, noise[0][:, :, self.n :], out=self.x_labeled)
        encoder.forward(noise)
        torch.mul(self.a, self.one_half, out=self.half)
        self.u[self.top].copy_(self.probabilities)
        for l in self.levels:
            self.norm_u[l].forward()
            if self.lateral and l:
                torch.add(self.z_noisy[l], noise_unlabeled[l], out=self.z_tilde[l])
            z_hat = self.g[l].forward()
            self._compare(l, z_hat)
            if l:
                torch.bmm(self.V_t[l], z_hat, out=self.u[l - 1])
        self.squares.square_().div_(self.n)
        return self.squares[:, :, 0] @ self.average

    def _compare(self, l: int, z_hat: Tensor) -> None:
        """error = z_hat_BN - z, by the clean batch's mean and std; the norm of each unit's."""
        error, target = self.error[l], self.target[l]
        if l:
            torch.sub(z_hat, target.total_clean, alpha=target.share, out=error)
            error.mul_(target.inverse_clean).sub_(target.z_clean)
        else:
            torch.sub(z_hat, self.z_clean[0], out=error)
        torch.linalg.vector_norm(error, dim=-1, keepdim=True, out=self.square[l])

    def backward(self, lambdas: Tensor, one_hot: Tensor) -> Tensor:
        """Add the gradient of the cross-entropy and of the sum over l of lambdas[:, l] C_d(l); lambdas (G, L + 1).
        Returns the cross-entropy (G,)."""
        encoder = self.encoder
        torch.matmul(2.0 * lambdas, self.average.T, out=self.weights[:, :, 0])
        torch.div(self.weights, self.n, out=self.scales)
        by_lateral = self._decoder_backward()
        self.squares.mul_(self.weights)  # what a Target calls with_error
        self._top_backward(one_hot)
        for l in range(self.top, 0, -1):
            if self.lateral:
                self.dz_noisy[l].add_(by_lateral[l])
            encoder.layer_backward(l)
        return _cross_entropy(self.probabilities_labeled, one_hot)

    def _decoder_backward(self) -> list[Tensor]:
        by_lateral = []
        for l, q in enumerate(self.q):
            by_z_hat = self.error[l].mul_(self.scale[l])  # from here on `error` is the gradient by z_hat_BN
            if l:
                below = self.q[l - 1]
                self.dV[l].baddbmm_(self.g[l].z_hat, self.q_t[l - 1])
                by_z_hat = torch.mul(by_z_hat, self.target[l].inverse_clean, out=q).baddbmm_(self.V[l], below)
            lateral, du = self.g[l].backward(by_z_hat)
            q.copy_(du) if self.top_down else q.zero_()  # bmm wants it in one piece; q has served
            self.norm_u[l].backward()
            by_lateral.append(lateral)
        self.da.mul_(self.factor)
        return by_lateral

    def _top_backward(self, one_hot: Tensor) -> None:
        """From the gradient by u(L)'s probabilities and the labels to that by z_tilde(L)."""
        d = self.q[self.top]
        self.dz_clean[self.top].zero_()
        d.sub_((d * self.probabilities).sum(1, keepdim=True))
        torch.mul(d, self.probabilities, out=self.dz_noisy[self.top])
        torch.sub(self.probabilities_labeled, one_hot, out=self.dz_labeled).div_(one_hot.shape[-1])
        self.encoder.softmax_backward()


class Step:
    """Costs and gradients of one update for G lanes of one shape; reused for every update of a chunk.

    The caller fills `noise` (G, sum of widths, n + n_labeled), already times its std: the labelled rows' columns last;
    for the supervised twin, whose theta is the encoder only, they are all.
    """

    def __init__(self, where: Layout, structure: Structure, theta, n_labeled: int, n: int, lateral, top_down):
        self.gradient, slope = torch.zeros_like(theta), SLOPES[structure.activation]
        p, grad = where.unpack(theta), where.unpack(self.gradient)
        decoder = "V1" in p
        n = n if decoder else 0
        self.noise = theta.new_empty(len(theta), sum(where.widths), n + n_labeled)
        self.noises, self.noises_unlabeled, self.noises_labeled = (
            self.noise[:, :, part].split(where.widths, 1) for part in (slice(None), slice(n), slice(n, None))
        )
        self.supervised = Supervised(p, grad, slope, n_labeled)
        self.denoiser = None
        if decoder:
            self.denoiser = Denoiser(where, theta, self.gradient, slope, n_labeled, n, lateral, top_down)

    @torch.inference_mode()
    def __call__(self, x_labeled, one_hot, x, lambdas):
        """Supervised (G,) and denoising costs (G, L + 1); self.gradient is that of their weighted sum.

        x_labeled (G, m_0, n_labeled), one_hot (G, m_L, n_labeled), x (G, m_0, n), lambdas (G, L + 1). For the twin x,
        lambdas and the second result are None. Where all lambdas are 0 the denoising costs are measured, and the
        labelled rows pass alone, so that the ladder and its twin are equal bit for bit.
        """
        self.gradient.zero_()
        if self.denoiser is None:
            return self.supervised(x_labeled, one_hot, self.noises_labeled), None
        denoising = self.denoiser.forward(x, x_labeled, self.noises, self.noises_unlabeled)
        if lambdas.any():
            return self.denoiser.backward(lambdas, one_hot), denoising
        return self.supervised(x_labeled, one_hot, self.noises_labeled), denoising
