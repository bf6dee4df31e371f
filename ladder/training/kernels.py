"""The compiled loops of fast.py: each layer's operations on the rows of its units.

Products aside, an update is some thirty small operations on each value. One at a time over whole arrays, each costs a
call and a pass through memory. Here a unit's row, a few hundred values, stays in the nearest cache until all operations
on it are done. Numba compiles these functions at their first use on a machine, a few seconds in all, and keeps the
result on disk. NumPy takes exponentials and logarithms between them: Numba would call those of the C library, which may
differ between its versions.

Arrays are C-contiguous, with a leading lane axis G and units before rows: (G, m, n). `theta` and `gradient` are
(G, n_parameters); what a layer needs of them begins at the offset named after it. Equations: Rasmus et al. 2015, §3,
in the names of models/ladder.py.
"""

import numpy as np

from ladder.arrays import Floats, Ints
from ladder.models.shapes import EPS
from ladder.training.compiled import inner, kernel


@inner
def _normalise(row: Floats) -> tuple[np.floating, np.floating]:
    """Turns row (n,) into (row - mean) / std in place. Returns mean and 1 / std."""
    real = row.dtype.type
    n, mean, square = real(len(row)), real(0), real(0)
    for i in range(len(row)):
        mean += row[i]
    mean /= n
    for i in range(len(row)):
        row[i] -= mean
        square += row[i] * row[i]
    inverse = real(1) / np.sqrt(square / n + real(EPS))
    for i in range(len(row)):
        row[i] *= inverse
    return mean, inverse


@inner
def _normalise_back(d: Floats, z: Floats, inverse: np.floating, with_z: np.floating) -> None:
    """Turns d (n,), the gradient with respect to z = (a - mean) / std, in place into the gradient with respect to a:
    (d - mean(d) - z mean(d z)) / std. `with_z` is added to the sum of d z; `inverse` is 1 / std."""
    real = d.dtype.type
    n, total = real(len(d)), real(0)
    for i in range(len(d)):
        total += d[i]
        with_z += d[i] * z[i]
    total /= n
    with_z /= n
    for i in range(len(d)):
        d[i] = (d[i] - total - z[i] * with_z) * inverse


@kernel
def corrupt(x: Floats, x_labeled: Floats, noise: Floats, z: Floats, h: Floats) -> None:
    """Writes the input layer: into z (G, m_0, n) the rows x (G, n, m_0), and into h (G, m_0, 2 n + n_s) x, x with
    noise, and x_labeled (G, n_s, m_0) with noise. noise (G, sum of widths, n + n_s)."""
    lanes, m, n = z.shape
    for g in range(lanes):
        for j in range(m):
            clean, out, noisy, labeled = z[g, j], h[g, j], h[g, j, n : 2 * n], h[g, j, 2 * n :]
            e, e_labeled = noise[g, j, :n], noise[g, j, n:]
            for i in range(n):
                clean[i] = x[g, i, j]
            for i in range(n):
                out[i] = clean[i]
                noisy[i] = clean[i] + e[i]
            for i in range(len(labeled)):
                labeled[i] = x_labeled[g, i, j] + e_labeled[i]


@kernel
def encode(
    z: Floats,
    h: Floats,
    noise: Floats,
    first: int,
    theta: Floats,
    beta: int,
    n_clean: int,
    ends: Ints,
    slope: float,
    mean: Floats,
    inverse: Floats,
) -> None:
    """Normalises the pre-activations z (G, m, N) in place, and writes h (G, m, N) = max(v, slope v) of
    v = z + beta + noise.

    The groups of columns that end at `ends` (K,) are normalised apart. Each group's mean and 1 / std go into mean and
    inverse (G, m, K). Columns before `n_clean` get no noise. noise (G, sum of widths, N - n_clean): this layer's begins
    at row `first`.
    """
    lanes, m, _ = z.shape
    real = z.dtype.type
    leak = real(slope)
    for g in range(lanes):
        for j in range(m):
            start = 0
            for k in range(len(ends)):
                mean[g, j, k], inverse[g, j, k] = _normalise(z[g, j, start : ends[k]])
                start = ends[k]
            b, values, out = theta[g, beta + j], z[g, j, :n_clean], h[g, j, :n_clean]
            for i in range(n_clean):
                v = values[i] + b
                out[i] = v if v > real(0) else leak * v
            e, values, out = noise[g, first + j], z[g, j, n_clean:], h[g, j, n_clean:]
            for i in range(len(e)):
                v = values[i] + e[i] + b
                out[i] = v if v > real(0) else leak * v


@kernel
def encode_back(
    d: Floats,
    z: Floats,
    h: Floats,
    slope: float,
    n: int,
    dz_tilde: Floats,
    error: Floats,
    with_error: Floats,
    ends: Ints,
    inverse: Floats,
    gradient: Floats,
    beta: int,
) -> None:
    """Turns d (G, m, N), the gradient with respect to h, in place into the gradient with respect to the
    pre-activations. Writes the gradient with respect to beta into `gradient`. The other arguments are as for `encode`.

    With n unlabelled rows the first group of columns is the clean pass, whose z is the decoder's target. The second
    group is the corrupted pass; its z_tilde gets the lateral connection's gradient dz_tilde (G, m, n) too. Let `error`
    (G, m, n) be the gradient with respect to z_hat_BN = (z_hat - mean) / std, and d the gradient with respect to z that
    comes from above. Then the clean pass's gradient with respect to the pre-activations is
    (d - error - mean(d) - z (mean(d z) + mean(error (z_hat_BN - z)))) / std. with_error (G, m) is the sum over the rows
    of error (z_hat_BN - z).
    """
    lanes, m, n_columns = d.shape
    real = d.dtype.type
    leak = real(slope)
    for g in range(lanes):
        for j in range(m):
            row, values, active = d[g, j], z[g, j], h[g, j]
            total = real(0)
            for i in range(n_columns):
                row[i] = row[i] if active[i] > real(0) else leak * row[i]
                total += row[i]
            gradient[g, beta + j] = total
            if n:
                noisy, sideways = d[g, j, n : 2 * n], dz_tilde[g, j]
                for i in range(n):
                    noisy[i] += sideways[i]
            start = 0
            for k in range(len(ends)):
                target = n > 0 and k == 0
                extra = with_error[g, j] if target else real(0)
                part = slice(start, ends[k])
                _normalise_back(row[part], values[part], inverse[g, j, k], extra)
                start = ends[k]
            if n:
                missed, by = error[g, j], inverse[g, j, 0]
                for i in range(n):
                    row[i] -= missed[i] * by


@kernel
def scores(h: Floats, theta: Floats, gamma: int, probabilities: Floats) -> None:
    """Writes gamma h of the last n columns of h (G, K, N), less each column's highest value, into probabilities
    (G, K, n)."""
    lanes, n_classes, n = probabilities.shape
    skip = h.shape[2] - n
    for g in range(lanes):
        for i in range(n):
            highest = theta[g, gamma] * h[g, 0, skip + i]
            for j in range(n_classes):
                v = theta[g, gamma + j] * h[g, j, skip + i]
                probabilities[g, j, i] = v
                highest = v if v > highest else highest
            for j in range(n_classes):
                probabilities[g, j, i] -= highest


@kernel
def share(probabilities: Floats) -> None:
    """Divides probabilities (G, K, n), the exponentials of `scores`, in place by each column's sum."""
    lanes, n_classes, n = probabilities.shape
    for g in range(lanes):
        for i in range(n):
            total = probabilities.dtype.type(0)
            for j in range(n_classes):
                total += probabilities[g, j, i]
            for j in range(n_classes):
                probabilities[g, j, i] /= total


@kernel
def classify_back(
    d: Floats,
    h: Floats,
    theta: Floats,
    gamma: int,
    probabilities: Floats,
    q: Floats,
    y: Ints,
    gradient: Floats,
    chosen: Floats,
) -> None:
    """Writes the gradient of the labelled rows' cross-entropy and of the denoising costs: with respect to the top's h,
    before gamma, into d (G, K, N), and with respect to gamma into `gradient`. q (G, K, n): the gradient of the
    denoising costs with respect to the corrupted rows' probabilities. The labelled rows' probabilities of their classes
    y (G, n_s) go into chosen (G, n_s)."""
    lanes, n_classes, n_columns = d.shape
    n, n_labeled, real = q.shape[2], y.shape[1], d.dtype.type
    skip = n_columns - n - n_labeled
    tiny = np.finfo(d.dtype).tiny
    for g in range(lanes):
        for j in range(n_classes):
            d[g, j, :skip] = real(0)
        for i in range(n):
            met = real(0)
            for j in range(n_classes):
                met += probabilities[g, j, i] * q[g, j, i]
            for j in range(n_classes):
                d[g, j, skip + i] = probabilities[g, j, i] * (q[g, j, i] - met)
        for i in range(n_labeled):
            for j in range(n_classes):
                d[g, j, skip + n + i] = probabilities[g, j, n + i] / real(n_labeled)
            d[g, y[g, i], skip + n + i] -= real(1) / real(n_labeled)
            p = probabilities[g, y[g, i], n + i]
            chosen[g, i] = tiny if p < tiny else p
        for j in range(n_classes):
            total = real(0)
            for i in range(skip, n_columns):
                total += d[g, j, i] * h[g, j, i]
                d[g, j, i] *= theta[g, gamma + j]
            gradient[g, gamma + j] = total


@kernel
def meet(
    u: Floats,
    inverse: Floats,
    z: Floats,
    column: int,
    noise: Floats,
    first: int,
    lateral: bool,
    theta: Floats,
    at: int,
    z_tilde: Floats,
    t: Floats,
) -> None:
    """Prepares the combinator's inputs. u (G, m, n) is normalised in place, and its 1 / std goes into inverse (G, m).
    z_tilde (G, m, n) becomes z from `column` on plus its noise, where `lateral`. t (G, 2, m, n) becomes
    (a2 u + a3) / 2, for mu and for v (see `denoise`). This layer's noise begins at row `first`, its parameters begin at
    offset `at`."""
    lanes, m, n = u.shape
    half = u.dtype.type(0.5)
    for g in range(lanes):
        for j in range(m):
            _, inverse[g, j] = _normalise(u[g, j])
            if lateral:
                seen, e, out = z[g, j, column : column + n], noise[g, first + j], z_tilde[g, j]
                for i in range(n):
                    out[i] = seen[i] + e[i]
        for k in range(2):
            for j in range(m):
                a = at + 5 * k * m + j
                above, out, a2, a3 = u[g, j], t[g, k, j], half * theta[g, a + m], half * theta[g, a + 2 * m]
                for i in range(n):
                    out[i] = a2 * above[i] + a3


@kernel
def denoise(
    u: Floats,
    t: Floats,
    z_tilde: Floats,
    z: Floats,
    theta: Floats,
    at: int,
    normalised: bool,
    mean: Floats,
    inverse: Floats,
    z_hat: Floats,
    error: Floats,
    costs: Floats,
    level: int,
) -> None:
    """Writes z_hat (G, m, n) of combinators.Gauss, z_hat = (z_tilde - mu) v + mu, and the cost C_d(l) into
    costs[:, level].

    mu = a1 sigmoid(a2 u + a3) + a4 u + a5; v is the same with b1 to b5, the class's a6 to a10. As t (G, 2, m, n) is
    tanh((a2 u + a3) / 2), a1 sigmoid(...) = (1 + t) a1 / 2. `error` becomes z_hat_BN - z, with the first n columns of
    z, which are the clean rows. z_hat_BN is z_hat normalised by the clean rows' mean and 1 / std (inverse) where
    `normalised`, that is in all layers but the input.
    """
    lanes, m, n = u.shape
    real = u.dtype.type
    half = real(0.5)
    for g in range(lanes):
        cost = real(0)
        for j in range(m):
            a, b = at + j, at + 5 * m + j
            a1, a4, a5 = half * theta[g, a], theta[g, a + 3 * m], theta[g, a + 4 * m]
            b1, b4, b5 = half * theta[g, b], theta[g, b + 3 * m], theta[g, b + 4 * m]
            shift = mean[g, j, 0] if normalised else real(0)
            scale = inverse[g, j, 0] if normalised else real(1)
            above, seen, out, missed, clean = u[g, j], z_tilde[g, j], z_hat[g, j], error[g, j], z[g, j]
            t_a, t_b = t[g, 0, j], t[g, 1, j]
            for i in range(n):
                mu = a1 + a1 * t_a[i] + a4 * above[i] + a5
                v = b1 + b1 * t_b[i] + b4 * above[i] + b5
                found = (seen[i] - mu) * v + mu
                e = (found - shift) * scale - clean[i]
                out[i] = found
                missed[i] = e
                cost += e * e
        costs[g, level] = cost / real(m * n)


@kernel
def denoise_back(
    error: Floats,
    lambdas: Floats,
    level: int,
    normalised: bool,
    inverse: Floats,
    u: Floats,
    inverse_u: Floats,
    t: Floats,
    z_tilde: Floats,
    theta: Floats,
    at: int,
    q: Floats,
    dz_tilde: Floats,
    with_error: Floats,
    gradient: Floats,
) -> None:
    """Turns q (G, m, n), the gradient with respect to z_hat that comes from below, in place into the gradient with
    respect to u before its normalisation. Turns `error` (G, m, n), z_hat_BN - z, in place into the gradient of lambda
    C_d(l) with respect to z_hat_BN. Writes the sum over the rows of old times new error into with_error (G, m), the
    gradient with respect to z_tilde into dz_tilde (G, m, n), and the gradient with respect to a and b into
    `gradient`."""
    lanes, m, n = u.shape
    real = u.dtype.type
    half, one = real(0.5), real(1)
    for g in range(lanes):
        weight = real(2) * lambdas[g, level] / real(m * n)
        for j in range(m):
            a, b = at + j, at + 5 * m + j
            a1, a2, a4, a5 = half * theta[g, a], half * theta[g, a + m], theta[g, a + 3 * m], theta[g, a + 4 * m]
            b1, b2, b4, b5 = half * theta[g, b], half * theta[g, b + m], theta[g, b + 3 * m], theta[g, b + 4 * m]
            scale = inverse[g, j, 0] if normalised else one
            missed, above, seen, d, sideways = error[g, j], u[g, j], z_tilde[g, j], q[g, j], dz_tilde[g, j]
            t_a, t_b = t[g, 0, j], t[g, 1, j]
            squares = real(0)
            da1, da2, da3, da4, da5 = real(0), real(0), real(0), real(0), real(0)
            db1, db2, db3, db4, db5 = real(0), real(0), real(0), real(0), real(0)
            for i in range(n):
                squares += missed[i] * missed[i]
                missed[i] *= weight
                by_z_hat = d[i] + missed[i] * scale
                mu = a1 + a1 * t_a[i] + a4 * above[i] + a5
                v = b1 + b1 * t_b[i] + b4 * above[i] + b5
                sideways[i] = v * by_z_hat
                by_mu, by_v = by_z_hat - sideways[i], (seen[i] - mu) * by_z_hat
                in_mu, in_v = by_mu * a1 * (one - t_a[i] * t_a[i]), by_v * b1 * (one - t_b[i] * t_b[i])
                da1 += by_mu * t_a[i]
                da2 += in_mu * above[i]
                da3 += in_mu
                da4 += by_mu * above[i]
                da5 += by_mu
                db1 += by_v * t_b[i]
                db2 += in_v * above[i]
                db3 += in_v
                db4 += by_v * above[i]
                db5 += by_v
                d[i] = by_mu * a4 + in_mu * a2 + by_v * b4 + in_v * b2
            with_error[g, j] = squares * weight
            gradient[g, a], gradient[g, b] = half * (da1 + da5), half * (db1 + db5)
            gradient[g, a + m], gradient[g, b + m] = half * da2, half * db2
            gradient[g, a + 2 * m], gradient[g, b + 2 * m] = half * da3, half * db3
            gradient[g, a + 3 * m], gradient[g, b + 3 * m] = da4, db4
            gradient[g, a + 4 * m], gradient[g, b + 4 * m] = da5, db5
            _normalise_back(d, above, inverse_u[g, j], real(0))


@kernel
def adam(
    theta: Floats, m: Floats, v: Floats, gradient: Floats, sizes: Floats, epsilons: Floats, beta1: float, beta2: float
) -> None:
    """Makes the step of train.adam in place on theta, m and v (G, n_parameters). sizes and epsilons (G,) contain the
    bias corrections."""
    real = theta.dtype.type
    keep, forget, keep_v, forget_v = real(beta1), real(1 - beta1), real(beta2), real(1 - beta2)
    for g in range(len(theta)):
        weights, first, second, d, size, eps = theta[g], m[g], v[g], gradient[g], real(sizes[g]), real(epsilons[g])
        for i in range(len(d)):
            first[i] = keep * first[i] + forget * d[i]
            second[i] = keep_v * second[i] + forget_v * d[i] * d[i]
            weights[i] -= size * first[i] / (np.sqrt(second[i]) + eps)
