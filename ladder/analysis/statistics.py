"""What may be said of runs over several seeds: intervals, paired differences, and which of two is better, as data.

`Errors` are the results of one setting: {seed: error}, or a list whose places are the seeds. None and numbers that are
not finite stand for runs that gave none (unfinished, or diverged); they are left out, and `n` says how many are there.
Two settings are compared over the seeds that both have: these share labels, initial weights and batches, and most of
the spread of each is common to both.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

import numpy as np

from ladder import noise

LEVEL = 0.95
FLIPS = 72  # stream of noise.py
RESAMPLES = 10000
EXACT = 14  # differences: up to so many, all 2^n signs are tried

Errors = Mapping[int, float | None] | Sequence[float | None]


class Interval(NamedTuple):
    """Mean of `n` values and its confidence interval; None where the values do not allow one."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Difference(NamedTuple):
    """a - b over `n` common seeds: mean and interval as in Interval, and two-sided p-values of "no difference"."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    p: float  # Student's; where it has none, as all differences are equal, the other one
    p_flip: float  # sign-flip


class Best(NamedTuple):
    """The setting with the lowest mean, and those that may be as good."""

    name: str
    others: list[str]


def mean_interval(values: Errors, level: float = LEVEL) -> Interval:
    """Mean and Student's t interval, mean +- t s / sqrt(n): what to show by default.

    No interval for fewer than two values, nor for equal ones, whose s of 0 says nothing of other seeds. Right for any
    n where errors are nearly normal; where they have a heavy upper tail it holds the true mean less often than it says
    (log-normal with sigma 0.7, 10 seeds: 89 % of the time).
    """
    x = _finite(values)
    if not _varies(x):
        return Interval(float(x.mean()) if len(x) else None, None, None, len(x))
    from scipy.stats import t

    half = float(t.ppf((1 + level) / 2, len(x) - 1)) * _standard_error(x)
    return Interval(float(x.mean()), float(x.mean()) - half, float(x.mean()) + half, len(x))


def paired_difference(a: Errors, b: Errors, level: float = LEVEL) -> Difference:
    """Mean of a - b over the seeds that both have, its t interval, and p-values.

    `p_flip` is the exact sign-flip permutation test (Fisher 1935): if it is all the same which of the two a seed's
    errors belong to, every choice of signs of the differences is equally likely. It tests the mean, as the interval
    does, and takes ties and zeros as they are; Wilcoxon's ranks drop zeros, which are common where errors are counts of
    a few test rows. It cannot fall below 2^(1 - n), 0.06 for 5 seeds: `p`, Student's, is the one to decide by. Under
    the same hypothesis differences are symmetric, and on symmetric heavy tails Student's test errs to the safe side.
    """
    ours, theirs = _by_seed(a), _by_seed(b)
    pairs = np.array([(ours[seed], theirs[seed]) for seed in ours if seed in theirs]).reshape(-1, 2)
    # 0.12 - 0.1 and 0.22 - 0.2 differ in their last bits: as a spread that would make any two seeds a proof.
    scale = np.abs(pairs).max(initial=0.0) or 1.0
    x = np.round((pairs[:, 0] - pairs[:, 1]) / scale, 12) * scale
    p_flip = _sign_flip(x)
    return Difference(*mean_interval(x, level), _student(x) if _varies(x) else p_flip, p_flip)


def holm(p_values: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """p-values of a family of comparisons, adjusted so that the chance of any false "different" among all of them stays
    below the level that the adjusted values are held against (Holm 1979)."""
    adjusted, least = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = least
    return {name: adjusted[name] for name in p_values}


def verdict(results: Mapping[str, Errors], focus: str | None = None, level: float = LEVEL) -> list[dict]:
    """What may be said of who errs less, a fact for each comparison: of `focus` with every other one, or of all pairs.

    A fact: `kind`, "better" or "worse" (a errs less or more than b) or "undecided"; `a`, `b`; `difference`, the mean of
    a - b, and its interval `low`, `high`, None where there is none; `n` common seeds; `p`, adjusted by Holm's method
    for all comparisons in the list. The kind goes by `p`, so that at most one list in 20 holds any "better" or "worse"
    by chance (at the level 0.95). It may be "undecided" though the interval, which is of this one pair, leaves out 0;
    the reverse does not happen but for differences that are all equal, which have no interval.
    """
    pairs = [(focus, name) for name in results if name != focus] if focus else list(combinations(results, 2))
    found = {pair: paired_difference(results[pair[0]], results[pair[1]], level) for pair in pairs}
    adjusted = holm({pair: one.p for pair, one in found.items()})
    return [
        {
            "kind": "undecided" if adjusted[a, b] >= 1 - level else "better" if one.mean < 0 else "worse",
            "a": a,
            "b": b,
            "difference": one.mean,
            "low": one.low,
            "high": one.high,
            "n": one.n,
            "p": adjusted[a, b],
        }
        for (a, b), one in found.items()
    ]


def best_cell(cells: Mapping[str, Errors], level: float = LEVEL) -> Best | None:
    """The setting of lowest mean validation error, and all others that are not worse by the test; None of none.

    What the set of both promises: at most one sweep in 20 leaves the truly best setting out of it (Hsu's multiple
    comparisons with the best). Among settings that are equal some is left out more often than that, as the best was
    chosen by the same errors: to be left out is not to be the best, and no proof against one other setting.
    Compared in pairs where two seeds or more are common, else by Welch's test; p-values adjusted by Holm's method. Only
    settings with the most runs that ended can be the best: one that diverges now and then is no winner by its other
    runs. A mean that was chosen for being the lowest flatters itself: what the best is worth is its test error.
    """
    counts = {name: len(_finite(errors)) for name, errors in cells.items()}
    if not any(counts.values()):
        return None
    full = [name for name in cells if counts[name] == max(counts.values())]
    best = min(full, key=lambda name: _finite(cells[name]).mean())
    compared = {name: _compare(cells[name], cells[best]) for name in cells if name != best and counts[name]}
    adjusted = holm({name: p for name, (_, p) in compared.items()})
    return Best(best, [name for name, (gap, _) in compared.items() if gap <= 0 or adjusted[name] >= 1 - level])


def _compare(a: Errors, b: Errors) -> tuple[float, float]:
    """Mean of a less that of b, and the p-value of "no difference"."""
    paired = paired_difference(a, b)
    if paired.n > 1:
        return paired.mean, paired.p
    x, y = _finite(a), _finite(b)
    gap = float(x.mean() - y.mean())
    if min(len(x), len(y)) < 2 or not (_varies(x) or _varies(y)):
        return gap, 1.0
    from scipy.stats import ttest_ind

    return gap, float(ttest_ind(x, y, equal_var=False).pvalue)


def _student(x: np.ndarray) -> float:
    from scipy.stats import t

    return float(2 * t.sf(abs(x.mean()) / _standard_error(x), len(x) - 1))


def _sign_flip(x: np.ndarray) -> float:
    """Share of all choices of signs under which the sum is as far from 0; 1 of no values."""
    if len(x) <= EXACT:
        signs = _all_signs(len(x))
    else:  # random ones, and the one that was seen (Phipson and Smyth 2010)
        signs = 2 * noise.generator(0, FLIPS).integers(0, 2, (RESAMPLES, len(x))) - 1
        signs = np.concatenate([signs, np.ones((1, len(x)), int)])
    seen = abs(x.sum()) - 1e-12 * np.abs(x).sum()  # equal sums differ in their last bits
    return float((np.abs(signs @ x) >= seen).mean())


@lru_cache(maxsize=EXACT + 1)
def _all_signs(n: int) -> np.ndarray:
    return np.array(list(product((1, -1), repeat=n)))


def _varies(x: np.ndarray) -> bool:
    return len(x) > 1 and x.max() > x.min()


def _standard_error(x: np.ndarray) -> float:
    return float(x.std(ddof=1)) / math.sqrt(len(x))


def _by_seed(values: Errors) -> dict[int, float]:
    items = values.items() if isinstance(values, Mapping) else enumerate(values)
    return {seed: float(value) for seed, value in items if value is not None and math.isfinite(value)}


def _finite(values: Errors) -> np.ndarray:
    return np.array(list(_by_seed(values).values()), float)
