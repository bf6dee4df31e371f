"""Intervals, tests and verdicts: against scipy's, against definitions, and by counting how often they hold."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from ladder.analysis.statistics import best_cell, chances, holm, mean_interval, paired_difference, verdict

ERRORS = [0.12, 0.08, 0.31, 0.1, 0.09]
OTHERS = [0.1, 0.09, 0.22, 0.06, 0.08]


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_is_student_s_carried_to_the_arcsine_scale(level):
    """By the slope of arcsin sqrt at the mean, here from differences."""
    mean, step = np.mean(ERRORS), 1e-6
    slope = (np.arcsin(np.sqrt(mean + step)) - np.arcsin(np.sqrt(mean - step))) / (2 * step)
    low, high = stats.ttest_1samp(ERRORS, mean).confidence_interval(level)
    expected = [np.sin(np.arcsin(np.sqrt(mean)) + slope * (end - mean)) ** 2 for end in (low, high)]
    found = mean_interval(ERRORS, level)
    assert found.mean == pytest.approx(mean)
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-6)
    assert found.n == 5


def test_near_one_half_and_with_little_spread_it_is_student_s_interval():
    errors = [0.5, 0.501, 0.499, 0.5005]
    found = mean_interval(errors)
    assert (found.low, found.high) == pytest.approx(stats.ttest_1samp(errors, 0).confidence_interval(), abs=1e-6)


@pytest.mark.parametrize(
    "errors", [[0.143, 0.02, 0.266], [0, 0, 0.02], [0, 1], [1, 1, 0.9], [0.998, 1.0], [0.002, 0], [1e-9, 0.999999]]
)
def test_an_interval_of_an_error_never_leaves_zero_to_one(errors):
    """The first one was shown as "14.3 % [-1.8, 30.3]"."""
    found = mean_interval(errors)
    assert 0 <= found.low <= found.mean <= found.high <= 1
    assert found.low < found.high


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_intervals_of_any_errors_are_numbers_in_order(n):
    rng = np.random.default_rng(n)
    for _ in range(300):
        errors = rng.integers(0, rng.integers(2, 50), n) / 50
        found = mean_interval(errors)
        if errors.min() < errors.max():
            assert 0 <= found.low <= found.mean <= found.high <= 1
        else:
            assert found == (pytest.approx(errors[0]), None, None, n)


@pytest.mark.parametrize(
    "values, mean, n",
    [
        ([], None, 0),
        ([None, math.nan], None, 0),
        ([0.2], 0.2, 1),
        ([0.25] * 8, 0.25, 8),
        ([0, 0, 0], 0, 3),
        ([1.0, 1.0], 1, 2),
        ({7: 0.5}, 0.5, 1),
        ([None, math.nan, 0.1], 0.1, 1),
    ],
)
def test_values_that_do_not_vary_have_no_interval(values, mean, n):
    assert mean_interval(values) == (mean, None, None, n)


def test_runs_that_gave_no_number_are_left_out_and_not_counted():
    broken = [0.12, None, 0.08, math.nan, 0.31, math.inf, 0.1, 0.09]
    assert mean_interval(broken) == mean_interval(ERRORS)
    paired = paired_difference({0: 0.1, 1: None, 2: 0.4, 5: 0.3}, {0: 0.2, 1: 0.1, 2: 0.1, 6: 0.9})
    assert paired.n == 2
    assert paired.mean == pytest.approx(0.1)


def test_a_paired_difference_is_scipy_s_paired_test():
    expected = stats.ttest_rel(ERRORS, OTHERS)
    found = paired_difference(ERRORS, OTHERS)
    assert found.mean == pytest.approx(np.mean(ERRORS) - np.mean(OTHERS))
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert found.p == pytest.approx(expected.pvalue)


def test_a_difference_stays_within_a_hundred_points():
    found = paired_difference([1.0, 0.9, 0.2], [0.0, 0.0, 0.1])
    plain = stats.ttest_rel([1.0, 0.9, 0.2], [0.0, 0.0, 0.1])
    assert plain.confidence_interval().high > 1
    assert (found.low, found.high) == (pytest.approx(plain.confidence_interval().low), 1.0)
    assert found.p == pytest.approx(plain.pvalue)
    turned = paired_difference([0.0, 0.0, 0.1], [1.0, 0.9, 0.2])
    assert (turned.low, turned.high) == (-1.0, -found.low)


def test_equal_differences_are_judged_by_their_signs_alone():
    found = paired_difference([0.5] * 6, [0.25] * 6)
    assert (found.low, found.high) == (None, None)
    flips = stats.permutation_test(([0.25] * 6, [0.0] * 6), lambda a, b: np.mean(a - b), permutation_type="samples")
    assert found.p == flips.pvalue == 2 / 2**6
    rounded = paired_difference([0.12, 0.22, 0.32], [0.1, 0.2, 0.3])  # 0.02 each, but for the last bits
    assert (rounded.low, rounded.p) == (None, 0.25)
    assert paired_difference(ERRORS, ERRORS) == (0.0, None, None, 5, 1.0)
    assert paired_difference([0.3], [0.1]) == (pytest.approx(0.2), None, None, 1, 1.0)
    assert paired_difference([], []) == (None, None, None, 0, 1.0)


def test_holm_by_its_definition():
    """Holm 1979: reject the smallest while p_(k) <= alpha / (m - k + 1), stop at the first that is not."""
    rng = np.random.default_rng(3)
    for _ in range(50):
        p_values = dict(zip("abcdef", rng.random(6) ** 4, strict=True))
        adjusted = holm(p_values)
        assert list(adjusted) == list(p_values)
        for alpha in (0.01, 0.05, 0.2):
            rejected = set()
            for k, name in enumerate(sorted(p_values, key=p_values.get)):
                if p_values[name] > alpha / (6 - k):
                    break
                rejected.add(name)
            assert {name for name in adjusted if adjusted[name] <= alpha} == rejected


def test_a_verdict_names_who_errs_less_and_what_is_open():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0, 0.02, 10)  # what a seed's labels do to everybody
    results = {
        "ladder": 0.1 + seeds + rng.normal(0, 0.005, 10),
        "twin": 0.3 + seeds + rng.normal(0, 0.005, 10),
        "same": 0.1 + seeds + rng.normal(0, 0.005, 10),
        "once": [0.5],
    }
    facts = {(fact["a"], fact["b"]): fact for fact in verdict(results, "ladder")}
    assert [fact["kind"] for fact in facts.values()] == ["better", "undecided", "undecided"]
    assert list(facts) == [("ladder", "twin"), ("ladder", "same"), ("ladder", "once")]
    sure = facts["ladder", "twin"]
    assert sure["low"] < sure["difference"] < sure["high"] < 0
    assert sure["n"] == 10
    assert sure["p"] == pytest.approx(3 * stats.ttest_rel(results["ladder"], results["twin"]).pvalue)
    assert facts["ladder", "once"]["low"] is None
    assert [fact["kind"] for fact in verdict(results, "twin")] == ["worse", "worse", "undecided"]
    assert len(verdict(results)) == 6
    assert verdict({"alone": ERRORS}) == []


def test_the_best_cell_comes_with_those_that_may_be_as_good():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0, 0.05, 8)
    cells = {
        "worse": dict(enumerate(0.22 + seeds + rng.normal(0, 0.004, 8))),
        "as good": dict(enumerate(0.2 + seeds + rng.normal(0, 0.004, 8))),
        "lucky once": {0: 0.01},
        "never ended": {0: None, 1: math.nan},
        "elsewhere": dict(enumerate(rng.normal(0.9, 0.01, 8), 100)),  # no common seed
    }
    best = best_cell(cells)
    assert best.name == "as good"
    assert best.others == ["lucky once"]
    better_while_it_lasted = dict(enumerate(0.1 + seeds[:5] + rng.normal(0, 0.004, 5)))
    assert best_cell({"full": cells["as good"], "part": better_while_it_lasted}) == ("full", ["part"])
    assert best_cell({"a": {0: 0.2}, "b": {0: 0.1}}) == ("b", ["a"])
    assert best_cell({"a": [], "b": [None]}) is None


def test_cells_without_common_seeds_are_compared_by_welch():
    x, y = [0.1, 0.11, 0.12, 0.1], {10: 0.105, 11: 0.2, 12: 0.28, 13: 0.22}
    p = stats.ttest_ind(list(y.values()), x, equal_var=False).pvalue
    assert 0.05 < p < 0.1  # by pooled variances it would be below 0.05
    assert best_cell({"a": x, "b": y}).others == ["b"]
    assert best_cell({"a": x, "b": y}, level=0.9).others == []


# --- how often they hold what they say


def rate(trials: int, event) -> float:
    rng = np.random.default_rng(2015)
    return float(np.mean([event(rng) for _ in range(trials)]))


# 200 real runs of each setting (benchmarks/coverage.py): their mean is the truth, and samples are drawn from them.
RUNS = json.loads((Path(__file__).parent / "runs_200.json").read_text())
SAMPLES = 2000  # a coverage of 95 % is then known to 0.5 points


def errors_of(name: str) -> np.ndarray:
    return np.array(RUNS[name]["wrong"]) / RUNS[name]["n_test"]


def coverage(errors: np.ndarray, n: int, interval) -> float:
    """How often `interval(sample)` (low, high) of n errors holds the mean of all; samples of equal errors have none."""
    rng, truth, held = np.random.default_rng(n), errors.mean(), []
    for sample in errors[rng.integers(0, len(errors), (SAMPLES, n))]:
        if sample.min() < sample.max():
            low, high = interval(sample)
            held.append(low <= truth <= high)
    assert len(held) > 0.9 * SAMPLES
    return float(np.mean(held))


def test_the_runs_are_many_of_several_kinds():
    assert all(len(one["wrong"]) == 200 for one in RUNS.values())
    skewness = {name: float(stats.skew(errors_of(name))) for name in RUNS}
    assert abs(skewness["digits"]) < 0.5
    assert skewness["moons_60"] > 1 and errors_of("moons_60").mean() < 0.02
    assert (errors_of("iris") == 0).mean() > 0.1


@pytest.mark.parametrize("name", ["digits", "digits_twin", "iris", "moons_60"])
@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_holds_the_mean_of_real_errors_as_often_as_it_says(name, n):
    assert 0.92 <= coverage(errors_of(name), n, lambda x: mean_interval(x)[1:3]) <= 0.98


@pytest.mark.parametrize("n", [3, 5, 10])
def test_where_single_seeds_err_ten_times_as_much_it_holds_less_often_but_more_than_student_s(n):
    errors = errors_of("moons_20")
    found = coverage(errors, n, lambda x: mean_interval(x)[1:3])
    assert found >= 0.86
    assert found > coverage(errors, n, lambda x: stats.t.interval(0.95, n - 1, x.mean(), stats.sem(x)))


@pytest.mark.parametrize("name", RUNS)
def test_such_a_count_finds_a_method_that_is_wrong_for_three_seeds(name):
    def percentile(x):
        return np.quantile(x[np.random.default_rng(0).integers(0, len(x), (200, len(x)))].mean(1), (0.025, 0.975))

    assert coverage(errors_of(name), 3, percentile) < 0.8


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_a_difference_holds_it_as_often_as_it_says(n):
    """Ladder less twin with the same seeds."""
    pairs = np.column_stack([errors_of("digits"), errors_of("digits_twin")])
    rng, truth = np.random.default_rng(n), float((pairs[:, 0] - pairs[:, 1]).mean())
    samples = [paired_difference(*pair.T) for pair in pairs[rng.integers(0, len(pairs), (SAMPLES, n))]]
    assert 0.92 <= np.mean([one.low <= truth <= one.high for one in samples if one.low is not None]) <= 0.98


@pytest.mark.parametrize("tail", ["normal", "heavy"])
def test_equal_contestants_are_rarely_called_different(tail):
    """Four of the same kind on eight seeds: any "better" or "worse" at all in at most 5 % of the lists."""
    draw = {"normal": lambda rng: rng.normal(size=(4, 8)), "heavy": lambda rng: np.exp(rng.normal(0, 1, (4, 8)))}[tail]

    def wrong(rng):
        rows = draw(rng) + rng.normal(size=8)
        return any(fact["kind"] != "undecided" for fact in verdict(dict(zip("abcd", rows, strict=True))))

    assert rate(600, wrong) < 0.05 + 0.027  # three standard errors


def test_the_truly_best_is_nearly_always_among_the_best():
    means = np.array([0.1, 0.1, 0.105, 0.12, 0.2])

    def kept(rng):
        rows = means[:, None] + rng.normal(0, 0.01, (5, 6))
        best = best_cell(dict(zip("abcde", rows, strict=True)))
        return "a" in (best.name, *best.others)

    assert rate(600, kept) > 0.95 - 0.027


# --- probabilities


def test_the_chances_are_those_of_the_posterior_by_simulation():
    """Drawn as Gelman et al. draw it: first the variance, then the mean (Bayesian Data Analysis, 3.2)."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(0.10, 0.02, 8), rng.normal(0.115, 0.02, 8)
    x = a - b
    variance = 7 * x.var(ddof=1) / rng.chisquare(7, 400_000)
    drawn = rng.normal(x.mean(), np.sqrt(variance / 8))
    found = chances(list(a), list(b), 0.01)
    expected = (drawn < -0.01).mean(), (np.abs(drawn) <= 0.01).mean(), (drawn > 0.01).mean()
    assert found == pytest.approx(expected, abs=0.004) and sum(found) == pytest.approx(1)


def test_the_chances_follow_the_margin_and_the_sides():
    a, b = [0.10, 0.12, 0.09, 0.11], [0.15, 0.16, 0.15, 0.14]
    none, some, wide = (chances(a, b, margin) for margin in (0.0, 0.03, 0.2))
    assert none.same == 0 and none.better > 0.98
    assert none.better > some.better > wide.better and wide.same > 0.99
    turned = chances(b, a, 0.03)
    assert (turned.better, turned.same, turned.worse) == pytest.approx((some.worse, some.same, some.better))
    assert none.worse == pytest.approx(paired_difference(a, b).p / 2)  # without a margin: the one-sided p


def test_without_a_spread_there_are_no_chances():
    assert chances([0.1, 0.2], [0.2, 0.3]) is None
    assert chances([0.1], [0.2]) is None and chances([], []) is None


def test_the_chances_are_right_about_as_often_as_they_say():
    """Of two settings whose mean difference is drawn from a wide range, the stated probability is the share that is
    right."""
    rng = np.random.default_rng(2)
    said, right = [], []
    for _ in range(1500):
        gap = rng.uniform(-0.1, 0.1)
        found = chances(list(0.3 + rng.normal(gap, 0.05, 5)), [0.3] * 5, 0.02)
        said.append(found.better)
        right.append(gap < -0.02)
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 0.95)):
        some = [i for i, share in enumerate(said) if low <= share < high]
        assert np.mean([right[i] for i in some]) == pytest.approx(np.mean([said[i] for i in some]), abs=0.09)


def test_a_verdict_has_the_chances_of_its_margin():
    errors = {"a": [0.10, 0.12, 0.09], "b": [0.15, 0.16, 0.15], "c": [0.20, 0.22, 0.19]}
    first, equal = verdict(errors, "a", margin=0.02)
    assert first["margin"] == 0.02 and first["chances"] == chances(errors["a"], errors["b"], 0.02)._asdict()
    assert equal["chances"] is None  # the same difference with every seed
