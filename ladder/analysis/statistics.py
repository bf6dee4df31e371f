"""Statistics of runs over several seeds, as data: intervals of a mean, paired differences, and the better of two.

`Errors` are the errors of one setting, fractions between 0 and 1: {seed: error}, or a list whose places are the seeds.
None and numbers that are not finite stand for runs without an error (unfinished, or diverged). These are left out, and
`n` is the number of the others. Two settings are compared over the seeds that both have: runs of one seed share labels,
initial weights and batches, and most of the spread of each is common to both.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Generic, NamedTuple, TypedDict, TypeVar

import numpy as np

LEVEL = 0.95
MARGIN = 0.01  # a difference of errors that nobody minds

Name = TypeVar("Name", bound=Hashable)
Errors = Mapping[int, float | None] | Sequence[float | None]


class Interval(NamedTuple):
    """Mean of `n` values and the ends of its confidence interval. `mean` is None without values, `low` and `high` are
    None where the values allow no interval."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class Difference(NamedTuple):
    """a - b over `n` common seeds: mean and interval as in Interval, and the two-sided p-value of "no difference"."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    p: float


class Best(NamedTuple, Generic[Name]):
    """The setting with the lowest mean, and those that may be as good."""

    name: Name
    others: list[Name]


def mean_interval(values: Errors, level: float = LEVEL) -> Interval:
    """Returns the mean of errors between 0 and 1, and its t-interval on the arcsine scale, which never leaves 0 to 1.
    `level`: the confidence, a fraction.

    With the mean m, its standard error e and t of n - 1 degrees of freedom the ends are sin^2 of

        arcsin sqrt m +- t e / (2 sqrt(m (1 - m))),   within 0 to pi/2.

    On the scale arcsin sqrt, shares of any size spread alike (Anscombe 1948). The interval is Student's, carried over
    to this scale by the derivative at m. It is built around the mean of the errors, not around a mean of transformed
    errors, and an error of 0 is no special case.

    benchmarks/coverage.py resamples 200 real runs with 3, 5 and 10 seeds. In 92 to 97 % of the cases the interval holds
    the true mean for the default network, for iris, where some errors are 0, and for moons with 60 labels, whose mean
    of 0.8 % comes from few seeds. Student's interval leaves 0 to 1 there and holds the mean in 92 to 95 %, the
    percentile bootstrap in 72 to 90 %. For moons with 20 labels, where single seeds err ten times as much as most, the
    interval holds the mean in 88 to 90 % (Student's: 85 to 88 %): three seeds do not show such a tail.

    There is no interval for fewer than two values, nor for equal values, whose spread of 0 says nothing of other seeds.
    """
    x = _finite(values)
    if not _varies(x):
        return Interval(float(x.mean()) if len(x) else None, None, None, len(x))
    from scipy.stats import t

    n, mean = len(x), float(x.mean())
    error = float(x.std(ddof=1)) / math.sqrt(n) / (2 * math.sqrt(mean * (1 - mean)))
    ends = t.interval(level, n - 1, math.asin(math.sqrt(mean)), error)
    low, high = (math.sin(min(max(float(end), 0.0), math.pi / 2)) ** 2 for end in ends)
    return Interval(mean, low, high, n)


def paired_difference(a: Errors, b: Errors, level: float = LEVEL) -> Difference:
    """Returns the mean of a - b over the seeds that both have, with Student's t interval at the confidence `level` (a
    fraction), cut at -1 and 1, and the p-value of the paired t-test.

    The differences of two settings with the same seeds are nearly symmetric, unlike the errors themselves. For
    differences that are all equal there is no interval and no t-test. p is then that of the exact sign-flip test
    (Fisher 1935), 2^(1 - n), or 1 where the differences are all 0 or there are none.
    """
    ours, theirs = _by_seed(a), _by_seed(b)
    pairs = np.array([(ours[seed], theirs[seed]) for seed in ours if seed in theirs]).reshape(-1, 2)
    # 0.12 - 0.1 and 0.22 - 0.2 differ in their last bits. Taken for a spread, that would make any two seeds a proof.
    scale = np.abs(pairs).max(initial=0.0) or 1.0
    x = np.round((pairs[:, 0] - pairs[:, 1]) / scale, 12) * scale
    n = len(x)
    if not _varies(x):
        return Difference(float(x.mean()) if n else None, None, None, n, 2.0 ** (1 - n) if x.any() else 1.0)
    from scipy.stats import ttest_1samp

    test = ttest_1samp(x, 0.0)
    low, high = test.confidence_interval(level)
    return Difference(float(x.mean()), max(-1.0, float(low)), min(1.0, float(high)), n, float(test.pvalue))


class Chances(NamedTuple):
    """The probabilities that a errs less than b by more than a margin, that they differ by less, and that a errs more
    by more than it."""

    better: float
    same: float
    worse: float


def chances(a: Errors, b: Errors, margin: float = MARGIN) -> Chances | None:
    """Returns what the seeds that both have say of the mean difference a - b, by the Bayesian t-test (Benavoli, Corani,
    Demsar and Zaffalon 2017, Time for a change, JMLR 18): with a flat prior the mean difference has Student's t
    distribution around that of the seeds, with their standard error and n - 1 degrees of freedom. `margin`: a
    difference that nobody minds, a fraction.

    Their correlation of folds that share training rows is 0 here: each seed draws its own labels and initial weights.
    As everywhere, the seeds speak for these training and test rows. None where the differences of fewer than two seeds,
    or without a spread, say nothing of others.
    """
    found = paired_difference(a, b)
    if found.mean is None or found.low is None:
        return None
    from scipy.stats import t

    ours, theirs = _by_seed(a), _by_seed(b)
    x = np.array([ours[seed] - theirs[seed] for seed in ours if seed in theirs])
    spread = float(x.std(ddof=1)) / math.sqrt(len(x))
    below, above = (float(one) for one in t.cdf([-margin, margin], len(x) - 1, found.mean, spread))
    return Chances(below, above - below, 1 - above)


def holm(p_values: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Returns the p-values of several comparisons, by name, adjusted for their number (Holm 1979), in the same order.

    If every comparison with an adjusted value below a threshold is called "different", the chance of any false
    "different" among all of them is at most that threshold."""
    adjusted: dict[Hashable, float] = {}
    least = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = least
    return {name: adjusted[name] for name in p_values}


class Fact(TypedDict):
    """One comparison of `verdict`: `kind` is "better" or "worse" where a errs less or more than b, else "undecided"."""

    kind: str
    a: str
    b: str
    difference: float | None  # mean of a - b, with its interval; None where there is none
    low: float | None
    high: float | None
    n: int  # common seeds
    p: float  # adjusted by Holm's method for all comparisons of the list
    margin: float
    chances: dict[str, float] | None  # the fields of Chances by name, not adjusted


def verdict(
    results: Mapping[str, Errors], focus: str | None = None, level: float = LEVEL, margin: float = MARGIN
) -> list[Fact]:
    """Returns a Fact, which of two settings errs less, for `focus` (a key of `results`) against every other setting, or
    for all pairs. `level`: the confidence, a fraction; `margin`: see `chances`.

    `kind` is decided by the adjusted p, so that at most one list in 20 has any "better" or "worse" by chance (at the
    level 0.95). A pair may be "undecided" although its interval, which is not adjusted, leaves out 0. The reverse
    happens only for differences that are all equal, which have no interval.
    """
    pairs = [(focus, name) for name in results if name != focus] if focus else list(combinations(results, 2))
    found = {pair: paired_difference(results[pair[0]], results[pair[1]], level) for pair in pairs}
    adjusted = holm({pair: one.p for pair, one in found.items()})
    facts: list[Fact] = []
    for (a, b), one in found.items():
        p = adjusted[a, b]
        kind = "undecided" if one.mean is None or p >= 1 - level else "better" if one.mean < 0 else "worse"
        likely = chances(results[a], results[b], margin)
        facts.append(
            Fact(
                kind=kind,
                a=a,
                b=b,
                difference=one.mean,
                low=one.low,
                high=one.high,
                n=one.n,
                p=p,
                margin=margin,
                chances=likely and likely._asdict(),
            )
        )
    return facts


def best_cell(cells: Mapping[Name, Errors], level: float = LEVEL) -> Best[Name] | None:
    """Returns the setting with the lowest mean of the errors in `cells`, validation errors, and all other settings that
    the test at the confidence `level` (a fraction) does not call worse. Settings without an error are left out. None
    where no setting has an error.

    At the level 0.95, the truly best setting is missing among them in at most one sweep in 20 (Hsu's multiple
    comparisons with the best). Of equal settings, one or another is left out more often, because the best was chosen by
    the same errors: a setting that is left out is not the best one, but need not differ from any other. Settings are
    compared in pairs where two seeds or more are common, else by Welch's test; p-values are adjusted by Holm's method.
    Only settings with the largest number of errors can be the best: a setting that diverges now and then does not win
    by its other runs. The lowest of several means is too low on average: report the test error of the best setting
    instead.
    """
    counts = {name: len(_finite(errors)) for name, errors in cells.items()}
    if not any(counts.values()):
        return None
    full = [name for name in cells if counts[name] == max(counts.values())]
    best = min(full, key=lambda name: float(_finite(cells[name]).mean()))
    compared = {name: _compare(cells[name], cells[best]) for name in cells if name != best and counts[name]}
    adjusted = holm({name: p for name, (_, p) in compared.items()})
    return Best(best, [name for name, (gap, _) in compared.items() if gap <= 0 or adjusted[name] >= 1 - level])


def _compare(a: Errors, b: Errors) -> tuple[float, float]:
    """Returns the mean of a less the mean of b, and the p-value of "no difference": of the paired test where two seeds
    or more are common, else of Welch's test."""
    paired = paired_difference(a, b)
    if paired.mean is not None and paired.n > 1:
        return paired.mean, paired.p
    x, y = _finite(a), _finite(b)
    gap = float(x.mean() - y.mean())
    if min(len(x), len(y)) < 2 or not (_varies(x) or _varies(y)):
        return gap, 1.0
    from scipy.stats import ttest_ind

    return gap, float(ttest_ind(x, y, equal_var=False).pvalue)


def _varies(x: np.ndarray) -> bool:
    return len(x) > 1 and bool(x.max() > x.min())


def _by_seed(values: Errors) -> dict[int, float]:
    items = values.items() if isinstance(values, Mapping) else enumerate(values)
    return {seed: float(value) for seed, value in items if value is not None and math.isfinite(value)}


def _finite(values: Errors) -> np.ndarray:
    return np.array(list(_by_seed(values).values()), float)
