"""A ladder network as people write it from a textbook in PyTorch, for the speed benchmark only: a module per layer,
BatchNorm by mean and variance, a draw of noise per layer, autograd, Adam.

Labelled and unlabelled rows pass together and are split for their statistics; clean and corrupted pass follow one
another, as in the public implementations.
"""

import torch
from torch import Tensor, nn

EPS = 1e-10


def batch_norm(a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the normalised rows of a (n, m), and their mean and biased variance (m,)."""
    mean, variance = a.mean(0), a.var(0, unbiased=False)
    return (a - mean) / torch.sqrt(variance + EPS), mean, variance


class EncoderLayer(nn.Module):
    """Linear, BatchNorm with separate statistics, noise, shift (and scale at the top), activation. There is no softmax
    at the top."""

    def __init__(self, n_in: int, n_out: int, top: bool):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_in, n_out) / n_in**0.5)
        self.beta = nn.Parameter(torch.zeros(n_out))
        self.gamma = nn.Parameter(torch.ones(n_out)) if top else None

    def forward(self, h: Tensor, noise_std: float, n_labeled: int):
        """Returns z and the activation (n, n_out) of rows h (n, n_in), the first `n_labeled` of them labelled, and the
        unlabelled rows' mean and variance (n_out,)."""
        pre = h @ self.weight
        labeled, _, _ = batch_norm(pre[:n_labeled])
        unlabeled, mean, variance = batch_norm(pre[n_labeled:])
        z = torch.cat([labeled, unlabeled])
        if noise_std:
            z = z + noise_std * torch.randn_like(z)
        if self.gamma is None:
            return z, torch.relu(z + self.beta), mean, variance
        return z, self.gamma * (z + self.beta), mean, variance


class Gauss(nn.Module):
    """The Gaussian combinator with ten parameters per unit (Pezeshki et al. 2016, eq. 20-22)."""

    def __init__(self, width: int):
        super().__init__()
        start = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
        self.a = nn.ParameterList([nn.Parameter(torch.full((width,), value)) for value in start])

    def forward(self, z_tilde: Tensor, u: Tensor) -> Tensor:
        """Returns z_hat for z_tilde and u, (n, width) each."""
        a = self.a
        mu = a[0] * torch.sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
        v = a[5] * torch.sigmoid(a[6] * u + a[7]) + a[8] * u + a[9]
        return (z_tilde - mu) * v + mu


class TextbookLadder(nn.Module):
    """A ladder of widths m_0 to m_L."""

    def __init__(self, widths: tuple[int, ...], noise_std: float = 0.3):
        super().__init__()
        pairs = list(zip(widths, widths[1:], strict=False))
        self.noise_std = noise_std
        self.encoders = nn.ModuleList(EncoderLayer(a, b, top=i == len(pairs) - 1) for i, (a, b) in enumerate(pairs))
        self.decoders = nn.ParameterList([nn.Parameter(torch.randn(b, a) / b**0.5) for a, b in pairs])
        self.combinators = nn.ModuleList(Gauss(width) for width in widths)

    def encode(self, x: Tensor, noise_std: float, n_labeled: int):
        """Returns one pass of rows x, the first `n_labeled` of them labelled: the unlabelled rows' z of the layers 0 to
        L; the logits of all rows; the unlabelled rows' means and variances of each layer, None for the input."""
        h = x + noise_std * torch.randn_like(x) if noise_std else x
        zs, means, variances = [h[n_labeled:]], [None], [None]
        for layer in self.encoders:
            z, h, mean, variance = layer(h, noise_std, n_labeled)
            for values, value in zip((zs, means, variances), (z[n_labeled:], mean, variance), strict=True):
                values.append(value)
        return zs, h, means, variances

    def forward(self, x_labeled: Tensor, y: Tensor, x_unlabeled: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Returns the supervised cost of the labelled rows with classes y (n,), and the denoising costs of the
        unlabelled rows, for l = 0 to L."""
        x, n = torch.cat([x_labeled, x_unlabeled]), len(x_labeled)
        z, _, means, variances = self.encode(x, 0.0, n)
        z_tilde, logits, _, _ = self.encode(x, self.noise_std, n)
        supervised = nn.functional.cross_entropy(logits[:n], y)
        top, costs = len(self.encoders), []
        above = torch.softmax(logits[n:], 1)
        for l in range(top, -1, -1):
            u, _, _ = batch_norm(above)
            z_hat = self.combinators[l](z_tilde[l], u)
            z_hat_bn = (z_hat - means[l]) / torch.sqrt(variances[l] + EPS) if l else z_hat
            costs.insert(0, ((z[l] - z_hat_bn) ** 2).mean())
            above = z_hat @ self.decoders[l - 1] if l else None
        return supervised, costs


def trainer(widths: tuple[int, ...], lambdas: tuple[float, ...]):
    """Returns a function that makes one update of a new textbook ladder, from labelled rows, their classes and
    unlabelled rows, and returns the objective."""
    model = TextbookLadder(widths)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.002)

    def update(x_labeled: Tensor, y: Tensor, x_unlabeled: Tensor) -> float:
        supervised, costs = model(x_labeled, y, x_unlabeled)
        loss = supervised + sum(weight * cost for weight, cost in zip(lambdas, costs, strict=True))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    return update
