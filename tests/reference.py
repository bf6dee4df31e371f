"""The ladder's costs once more, in NumPy float64, written from the paper's equations. It imports nothing of ladder.

Rasmus et al. 2015, section 3; combinators: Pezeshki et al. 2016, eq. 16-25. Loops and plain names instead of speed.
Parameters: W1.., beta1.., gamma of the top (and of every layer where it is not redundant), V1.., g0.. (rows).
"""

import numpy as np

EPS = 1e-10


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def leaky(x):
    return np.where(x > 0, x, 0.1 * x)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


PHI = {"relu": lambda x: np.maximum(x, 0.0), "leaky_relu": leaky, "tanh": np.tanh}


def standardised(a):
    """Batch normalisation by the biased variance, with its mean and standard deviation."""
    mean = a.sum(axis=0) / len(a)
    std = np.sqrt(((a - mean) ** 2).sum(axis=0) / len(a) + EPS)
    return (a - mean) / std, mean, std


def depth(p):
    return sum(1 for name in p if name.startswith("W"))


def encoder(p, x, phi, noise=None):
    """Lists over l = 0..L of z, h, mean, std. With noise: the corrupted path."""
    L = depth(p)
    z = [x if noise is None else x + noise[0]]
    h, means, stds = [z[0]], [None], [None]
    for l in range(1, L + 1):
        normal, mean, std = standardised(h[l - 1] @ p[f"W{l}"])
        z.append(normal if noise is None else normal + noise[l])
        shifted = z[l] + p[f"beta{l}"]
        if f"gamma{l}" in p:
            shifted = p[f"gamma{l}"] * shifted
        h.append(softmax(shifted) if l == L else PHI[phi](shifted))
        means.append(mean)
        stds.append(std)
    return z, h, means, stds


def gauss(a, z, u):
    mu = a[0] * sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
    v = a[5] * sigmoid(a[6] * u + a[7]) + a[8] * u + a[9]
    return (z - mu) * v + mu


def gated_gauss(a, z, u):
    mu = a[0] * sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
    v = sigmoid(a[5] * u + a[6])
    return v * z + (1 - v) * mu


def vanilla(a, z, u):
    b0, w0z, w0u, w0zu, ws, b1, w1z, w1u, w1zu = a
    return b0 + w0z * z + w0u * u + w0zu * z * u + ws * sigmoid(b1 + w1z * z + w1u * u + w1zu * z * u)


def no_sigmoid(a, z, u):
    return a[0] + a[1] * z + a[2] * u + a[3] * z * u


def no_multiplication(a, z, u):
    return a[0] + a[1] * z + a[2] * u + a[3] * sigmoid(a[4] + a[5] * z + a[6] * u)


def linear(a, z, u):
    return a[0] + a[1] * u + a[2] * z


def mlp(hidden, augmented):
    def g(a, z, u):
        out = np.empty_like(z)
        for i in range(z.shape[1]):  # unit by unit: each has a network of its own
            values = np.stack([u[:, i], z[:, i]] + ([u[:, i] * z[:, i]] if augmented else []), axis=1)
            at = 0
            for size in (*hidden, 1):
                n = values.shape[1]
                weights = a[at : at + size * n, i].reshape(size, n)
                bias = a[at + size * n : at + size * n + size, i]
                at += size * n + size
                values = values @ weights.T + bias
                if size != 1:
                    values = leaky(values)
            out[:, i] = values[:, 0]
        return out

    return g


G = {
    "gauss": gauss,
    "gated_gauss": gated_gauss,
    "vanilla": vanilla,
    "vanilla_random": vanilla,
    "vanilla_reversed": vanilla,
    "no_sigmoid": no_sigmoid,
    "no_multiplication": no_multiplication,
    "linear": linear,
    "mlp_4": mlp((4,), False),
    "mlp_2_2": mlp((2, 2), False),
    "mlp_2_2_2": mlp((2, 2, 2), False),
    "amlp_4": mlp((4,), True),
    "amlp_2_2": mlp((2, 2), True),
    "amlp_2_2_2": mlp((2, 2, 2), True),
}


def ladder(p, x_labeled, y, x, noise_labeled, noise, phi="relu", g="gauss", lateral=None, top_down=None):
    """Everything of one batch; y are class numbers. lateral, top_down: for each layer 0..L whether g sees z_tilde and
    u there; None: everywhere."""
    L = depth(p)
    lateral, top_down = (np.ones(L + 1) if seen is None else np.array(seen, float) for seen in (lateral, top_down))
    _, h_labeled, _, _ = encoder(p, x_labeled, phi, noise_labeled)
    z, _, mean, std = encoder(p, x, phi)
    z_tilde, h_tilde, _, _ = encoder(p, x, phi, noise)
    u, z_hat, z_hat_bn, costs = ([None] * (L + 1) for _ in range(4))
    for l in reversed(range(L + 1)):
        u[l] = standardised(h_tilde[L] if l == L else z_hat[l + 1] @ p[f"V{l + 1}"])[0]
        z_hat[l] = G[g](p[f"g{l}"], z_tilde[l] * lateral[l], u[l] * top_down[l])
        z_hat_bn[l] = z_hat[l] if l == 0 else (z_hat[l] - mean[l]) / std[l]
        costs[l] = ((z[l] - z_hat_bn[l]) ** 2).sum() / z[l].size
    chosen = h_labeled[L][np.arange(len(y)), y]
    supervised = -np.log(chosen).sum() / len(y)
    return {
        "supervised": supervised,
        "denoising": np.array(costs),
        "z": z,
        "z_tilde": z_tilde,
        "u": u,
        "z_hat": z_hat,
        "z_hat_bn": z_hat_bn,
        "h_labeled": h_labeled,
        "h_tilde": h_tilde,
        "mean": mean,
        "std": std,
    }
