"""The ladder's costs and gradients by hand: the numbers of models/ladder.py with a fraction of its operations.

A small ladder spends its time in dispatch, not in arithmetic: about 1,500 autograd operations an update. Gradients
derived by hand leave some 400 in-place calls on memory that stays in the cache. This serves the default combinator;
every other choice takes the readable path. Checked against that path and by finite differences
(tests/test_ladder_equations.py).

Arrays carry a leading lane axis G and, unlike in the readable path, units before rows: (G, m, n). Statistics and
parameters then belong to the long, contiguous axis, and a layer of ten units costs ten long loops, not a hundred short
ones. The clean and the corrupted pass of the unlabelled rows lie side by side, (G, m, 2, n): one product serves both.
"""

import torch
from torch import Tensor

from ladder.models.ladder import EPS, Layout
from ladder.settings import Structure

SLOPES = {"relu": 0.0, "leaky_relu": 0.1}


def serves(structure: Structure) -> bool:
    """Whether this file has the gradients of these choices."""
    return structure.combinator == "gauss" and structure.activation in SLOPES


def _centre(a: Tensor) -> Tensor:
    """a (..., n) less its mean, in place; returns the sum (..., 1). The 1 / n rides along as a factor of the kernel."""
    total = a.sum(-1, keepdim=True)
    a.sub_(total, alpha=1.0 / a.shape[-1])
    return total


def _normalise(a: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    """a (..., n) becomes (a - mean) / std in place; returns the sum and 1 / std (..., 1)."""
    total = _centre(a)
    norm = torch.linalg.vector_norm(a, dim=-1, keepdim=True)
    inverse = torch.addcmul(eps, norm, norm, value=1.0 / a.shape[-1]).rsqrt_()
    a.mul_(inverse)
    return total, inverse


def _softmax(logits: Tensor) -> Tensor:
    """Over the classes (G, K, n), in place: torch.softmax is slow along any but the last axis."""
    logits.sub_(logits.amax(1, keepdim=True)).exp_()
    return logits.div_(logits.sum(1, keepdim=True))


def _normalise_backward(dz: Tensor, z: Tensor, inverse: Tensor, scratch: Tensor) -> None:
    """dz becomes the gradient by a: (dz - mean(dz) - z mean(dz z)) / std, in place."""
    with_z = torch.mul(dz, z, out=scratch).sum(-1, keepdim=True)
    _centre(dz)
    dz.addcmul_(z, with_z, value=-1.0 / dz.shape[-1]).mul_(inverse)


class Encoder:
    """Both directions of `k` passes side by side through the shared encoder; the last of the k is the corrupted one.

    `p` and `grad` map names to (G, ...) tensors. Lists run over l = 0..L: `h` and `z` (G, m, k, n), z without noise,
    with their corrupted pass `h_noisy` (G, m, n); memory is allocated once and overwritten at each update.
    """

    def __init__(self, p, grad, slope: float, k: int, n: int):
        self.p, self.grad, self.slope, self.n = p, grad, slope, n
        self.top = max(int(key[1:]) for key in p if key[0] == "W")
        W = [p[f"W{l}"] for l in range(1, self.top + 1)]
        widths = [W[0].shape[1]] + [w.shape[2] for w in W]
        lanes = len(W[0])
        self.h, self.z, self.dh, self.scratch = (
            [w.new_empty(lanes, m, k, n) for m, w in zip(widths, [W[0], *W], strict=True)] for _ in range(4)
        )
        self.h_noisy = [h[:, :, -1] for h in self.h]
        self.flat_h, self.flat_z, self.flat_dh = (
            [a.view(lanes, -1, k * n) for a in arrays] for arrays in (self.h, self.z, self.dh)
        )
        self.W, self.W_t = [None, *W], [None, *(w.transpose(1, 2) for w in W)]
        self.beta = [None, *(p[f"beta{l}"][:, :, None, None] for l in range(1, self.top + 1))]
        self.gamma = p[f"gamma{self.top}"][:, :, None]
        self.total, self.inverse = [None] * (self.top + 1), [None] * (self.top + 1)
        self.eps = W[0].new_full((1,), EPS)
        self.probabilities = None  # (G, m_L, n) of the corrupted pass

    def forward(self, noise: list[Tensor]) -> None:
        """From h[0], which the caller fills; noise[l] (G, m_l, n)."""
        for l in range(1, self.top + 1):
            torch.bmm(self.W_t[l], self.flat_h[l - 1], out=self.flat_z[l])
            self.total[l], self.inverse[l] = _normalise(self.z[l], self.eps)
            h = torch.add(self.z[l], self.beta[l], out=self.h[l])
            self.h_noisy[l].add_(noise[l])
            if l < self.top:
                torch.nn.functional.leaky_relu_(h, self.slope) if self.slope else h.relu_()
        self.probabilities = _softmax(self.h_noisy[self.top] * self.gamma)

    def softmax_backward(self, dlogits: Tensor) -> Tensor:
        """From the gradient by gamma (z + beta) (G, m_L, n) to that by z_tilde(L), in place."""
        self.grad[f"gamma{self.top}"].add_((dlogits * self.h_noisy[self.top]).sum(-1))
        dlogits.mul_(self.gamma)
        self.grad[f"beta{self.top}"].add_(dlogits.sum(-1))
        return dlogits

    def layer_backward(self, l: int, da: Tensor) -> Tensor | None:
        """Add W_l's gradient from da (G, m_l, k * n); return the gradient by z_tilde(l-1), with beta's added."""
        self.grad[f"W{l}"].baddbmm_(self.flat_h[l - 1], da.transpose(1, 2))
        if l == 1:
            return None
        dh, below = self.dh[l - 1], self.h[l - 1]
        torch.bmm(self.W[l], da, out=self.flat_dh[l - 1])
        if self.slope:
            torch.ops.aten.leaky_relu_backward.grad_input(dh, below, self.slope, True, grad_input=dh)
        else:
            torch.ops.aten.threshold_backward.grad_input(dh, below, 0, grad_input=dh)
        self.grad[f"beta{l - 1}"].add_(self.flat_dh[l - 1].sum(-1))
        return dh


def supervised(encoder: Encoder, x: Tensor, one_hot: Tensor, noise: list[Tensor]) -> Tensor:
    """Cross-entropy (G,) of labelled rows x (G, m_0, n) on the corrupted path; gradients are added to encoder.grad.
    one_hot (G, m_L, n)."""
    torch.add(x, noise[0], out=encoder.h_noisy[0])
    encoder.forward(noise)
    chosen = (encoder.probabilities * one_hot).sum(1).clamp_min_(torch.finfo(x.dtype).tiny)
    dz = encoder.dh[encoder.top]
    torch.sub(encoder.probabilities, one_hot, out=dz[:, :, 0]).div_(encoder.n)
    encoder.softmax_backward(dz[:, :, 0])
    for l in range(encoder.top, 0, -1):
        _normalise_backward(dz, encoder.z[l], encoder.inverse[l], encoder.scratch[l])
        dz = encoder.layer_backward(l, encoder.flat_dh[l])
    return chosen.log_().mean(-1).neg_()


class Gauss:
    """combinators.Gauss and its gradients; mu and v as the two halves of one array (G, 2, m, n).

    sigmoid(x) = (1 + tanh(x / 2)) / 2 turns a1 sigmoid(a2 u + a3) into b t + b with b = a1 / 2, t = tanh(...).
    """

    def __init__(self, a: Tensor, da: Tensor, n: int):
        """a (G, 10, m) and the place of its gradient; memory for n rows."""
        lanes, _, m = a.shape
        self.a = a.view(lanes, 2, 5, m, 1)
        self.half, self.one_half = torch.empty_like(self.a), a.new_tensor(0.5)  # a Python number costs a conversion
        self.half1, self.half2, self.half3 = (self.half[:, :, i] for i in range(3))
        self.a2, self.a4, self.a5 = (self.a[:, :, i] for i in (1, 3, 4))
        self.da = [da.view(lanes, 2, 5, m)[:, :, i] for i in range(5)]
        self.t, self.f, self.d, self.scratch = (a.new_empty(lanes, 2, m, n) for _ in range(4))
        self.mu, self.v = self.f[:, 0], self.f[:, 1]
        self.by_mu, self.by_v = self.d[:, 0], self.d[:, 1]
        self.z_hat = a.new_empty(lanes, m, n)

    def forward(self, z_tilde: Tensor, u: Tensor) -> Tensor:
        """z_tilde, u and the returned z_hat (G, m, n)."""
        torch.mul(self.a, self.one_half, out=self.half)
        self.u, self.z_tilde = u[:, None], z_tilde
        torch.mul(self.u, self.half2, out=self.t).add_(self.half3).tanh_()
        torch.mul(self.t, self.half1, out=self.f).add_(self.a5 + self.half1).addcmul_(self.u, self.a4)
        return torch.lerp(self.mu, z_tilde, self.v, out=self.z_hat)

    def backward(self, q: Tensor) -> tuple[Tensor, Tensor]:
        """q: gradient by z_hat (G, m, n). Returns those by z_tilde and u; writes that by a."""
        d, t, scratch, (da1, da2, da3, da4, da5) = self.d, self.t, self.scratch, self.da
        torch.sub(self.z_tilde, self.mu, out=self.by_v).mul_(q)
        dz_tilde = self.v.mul_(q)
        torch.sub(q, dz_tilde, out=self.by_mu)
        torch.sum(d, -1, out=da5)
        torch.sum(torch.mul(d, t, out=scratch), -1, out=da1).add_(da5).mul_(self.one_half)
        torch.sum(torch.mul(d, self.u, out=scratch), -1, out=da4)
        torch.ops.aten.tanh_backward.grad_input(d, t, grad_input=t)  # 4 / a1 times the gradient by a2 u + a3
        quarter = self.one_half * self.half1
        torch.sum(t, -1, out=da3).mul_(quarter[..., 0])
        torch.sum(torch.mul(t, self.u, out=scratch), -1, out=da2).mul_(quarter[..., 0])
        d.mul_(self.a4).addcmul_(t, quarter.mul_(self.a2))
        return dz_tilde, self.by_mu.add_(self.by_v)


class Denoiser:
    """The denoising costs of unlabelled rows and their gradients, through decoder, corrupted and clean path."""

    def __init__(self, p, grad, slope: float, n: int, lateral: bool, top_down: bool):
        self.p, self.grad, self.n, self.lateral, self.top_down = p, grad, n, lateral, top_down
        self.encoder = encoder = Encoder(p, grad, slope, 2, n)
        self.top = encoder.top
        levels = range(self.top + 1)
        self.g = [Gauss(p[f"g{l}"], grad[f"g{l}"], n) for l in levels]
        self.z_clean = [z[:, :, 0] for z in [encoder.h[0], *encoder.z[1:]]]
        self.z_noisy = [z[:, :, 1] for z in [encoder.h[0], *encoder.z[1:]]]
        self.z_tilde, self.u, self.error, self.q, self.scratch = (
            [torch.zeros_like(g.z_hat) for g in self.g] for _ in range(5)
        )
        self.V = [None, *(p[f"V{l}"] for l in levels[1:])]
        self.V_t = [None, *(v.transpose(1, 2) for v in self.V[1:])]
        self.per_value = p["g0"].new_tensor([2.0 / g.z_hat[0].numel() for g in self.g])
        self.inverse, self.squares = [None] * (self.top + 1), [None] * (self.top + 1)

    def forward(self, x: Tensor, noise: list[Tensor]) -> Tensor:
        """Costs C_d(l) (G, L + 1) of x (G, m_0, n), without lambda."""
        encoder, u = self.encoder, self.u
        self.z_clean[0].copy_(x)
        torch.add(x, noise[0], out=self.z_noisy[0])
        encoder.forward(noise)
        u[self.top].copy_(encoder.probabilities)
        for l in range(self.top, -1, -1):
            _, self.inverse[l] = _normalise(u[l], encoder.eps)
            z_hat = self.g[l].forward(self._lateral(l, noise[l]), u[l] if self.top_down else torch.zeros_like(u[l]))
            self._compare(l, z_hat)
            if l:
                torch.bmm(self.V_t[l], z_hat, out=u[l - 1])
        return torch.cat([s.mean(1) for s in self.squares], -1)

    def _lateral(self, l: int, noise: Tensor) -> Tensor:
        if not self.lateral:
            return self.z_tilde[l].zero_()
        return torch.add(self.z_noisy[l], noise, out=self.z_tilde[l]) if l else self.z_noisy[0]

    def _compare(self, l: int, z_hat: Tensor) -> None:
        """error = z_hat_BN - z, by the clean batch's mean and std; its mean square per unit."""
        error = self.error[l]
        if l:
            torch.sub(z_hat, self.encoder.total[l][:, :, 0], alpha=1.0 / self.n, out=error)
            error.mul_(self.encoder.inverse[l][:, :, 0]).sub_(self.z_clean[l])
        else:
            torch.sub(z_hat, self.z_clean[0], out=error)
        norm = torch.linalg.vector_norm(error, dim=-1, keepdim=True)
        self.squares[l] = norm.mul_(norm).div_(self.n)

    def backward(self, lambdas: Tensor) -> None:
        """Add the gradient of the sum over l of lambdas[:, l] C_d(l); lambdas (G, L + 1)."""
        encoder = self.encoder
        by_lateral = self._decoder_backward(lambdas)
        dz = encoder.dh[self.top]
        dz[:, :, 0] = 0.0
        dz[:, :, 1] = self._top_backward()
        for l in range(self.top, 0, -1):
            if self.lateral:
                dz[:, :, 1].add_(by_lateral[l])
            self._clean_targets(l, dz, lambdas[:, l])
            dz = encoder.layer_backward(l, encoder.flat_dh[l])

    def _decoder_backward(self, lambdas: Tensor) -> list[Tensor]:
        by_lateral, below = [], None
        scales = (lambdas * self.per_value)[:, :, None, None]
        for l, q in enumerate(self.q):
            by_z_hat_bn = self.error[l].mul_(scales[:, l])  # from here on `error` is this gradient
            if l:
                self.grad[f"V{l}"].baddbmm_(self.g[l].z_hat, below.transpose(1, 2))
                torch.mul(by_z_hat_bn, self.encoder.inverse[l][:, :, 0], out=q).baddbmm_(self.V[l], below)
            lateral, du = self.g[l].backward(q if l else by_z_hat_bn)
            below = q.copy_(du) if self.top_down else q.zero_()  # bmm wants it in one piece; q has served
            _normalise_backward(below, self.u[l], self.inverse[l], self.scratch[l])
            by_lateral.append(lateral)
        return by_lateral

    def _top_backward(self) -> Tensor:
        probabilities, d = self.encoder.probabilities, self.q[self.top]
        d.sub_((d * probabilities).sum(1, keepdim=True)).mul_(probabilities)
        return self.encoder.softmax_backward(d)

    def _clean_targets(self, l: int, dz: Tensor, lam: Tensor) -> None:
        """From dz (G, m, 2, n) by z(l) to that by W h, in place, with the clean path's three parts put together.

        z(l) is the target (-error), and its mean and std normalise z_hat. With d the gradient by z_hat_BN and e what
        comes from above, these parts add up to (e - d - mean(e) - z (mean(e z) + mean(d error))) / std.
        """
        encoder = self.encoder
        z = encoder.z[l]
        with_z = torch.mul(dz, z, out=encoder.scratch[l]).sum(-1, keepdim=True)
        with_z[:, :, 0].addcmul_(self.squares[l], lam[:, None, None], value=2.0 / z.shape[1])
        _centre(dz)
        dz[:, :, 0].sub_(self.error[l])
        dz.addcmul_(z, with_z, value=-1.0 / self.n).mul_(encoder.inverse[l])


class Step:
    """Costs and gradients of one update for G lanes of one shape; reused for every update of a chunk."""

    def __init__(self, where: Layout, structure: Structure, theta, n_labeled: int, n_unlabeled: int, lateral, top_down):
        self.gradient = torch.zeros_like(theta)
        p, grad = where.unpack(theta), where.unpack(self.gradient)
        slope = SLOPES[structure.activation]
        self.labeled = Encoder(p, grad, slope, 1, n_labeled)
        decoder = "V1" in p
        self.denoiser = Denoiser(p, grad, slope, n_unlabeled, lateral, top_down) if decoder else None

    @torch.inference_mode()
    def __call__(self, x_labeled, one_hot, noise_labeled, x, noise, lambdas):
        """Supervised (G,) and denoising costs (G, L + 1); self.gradient is that of their weighted sum.

        x_labeled, x (G, m_0, n), one_hot (G, m_L, n), noise a list over l of (G, m_l, n), lambdas (G, L + 1). For the
        supervised twin (theta is the encoder only) x, noise, lambdas and the second result are None. Where all lambdas
        are 0 the costs are measured and the backward pass is left out: its gradient is 0.
        """
        self.gradient.zero_()
        by_label = supervised(self.labeled, x_labeled, one_hot, noise_labeled)
        if self.denoiser is None:
            return by_label, None
        by_layer = self.denoiser.forward(x, noise)
        if lambdas.any():
            self.denoiser.backward(lambdas)
        return by_label, by_layer
