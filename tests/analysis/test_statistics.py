"""Intervals, tests and verdicts: against scipy's, against definitions, and by counting how often they hold."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from ladder.analysis import statistics
from ladder.analysis.statistics import best_cell, holm, mean_interval, paired_difference, verdict

ERRORS = [0.12, 0.08, 0.31, 0.1, 0.09]
OTHERS = [0.1, 0.09, 0.22, 0.06, 0.08]


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_interval_is_scipy_s(level):
    expected = stats.ttest_1samp(ERRORS, 0).confidence_interval(level)
    found = mean_interval(ERRORS, level)
    assert found.mean == pytest.approx(np.mean(ERRORS))
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.n == 5


@pytest.mark.parametrize(
    "values, mean, n",
    [([], None, 0), ([0.2], 0.2, 1), ([0.25] * 8, 0.25, 8), ({7: 0.5}, 0.5, 1), ([None, math.nan, 0.1], 0.1, 1)],
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


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_sign_flips_are_scipy_s_exact_permutations(n):
    rng = np.random.default_rng(n)
    a, b = rng.integers(0, 20, (2, n)) / 100.0  # with ties, as counts of test rows have them
    expected = (
        stats.permutation_test(
            (a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf, vectorized=False
        )
        if n > 1
        else None
    )
    assert paired_difference(a, b).p_flip == pytest.approx(expected.pvalue if expected else 1.0)


def test_many_seeds_draw_their_sign_flips_and_come_near_the_exact_value():
    rng = np.random.default_rng(0)
    differences = rng.normal(0.4, 1, statistics.EXACT + 3)
    sums = np.array([np.dot(signs, differences) for signs in itertools.product((1, -1), repeat=len(differences))])
    exact = np.mean(np.abs(sums) >= abs(differences.sum()) - 1e-12)
    found = paired_difference(differences, np.zeros(len(differences))).p_flip
    assert found == pytest.approx(exact, abs=4 * math.sqrt(exact / statistics.RESAMPLES))
    assert found == paired_difference(differences, np.zeros(len(differences))).p_flip


def test_equal_differences_are_judged_by_their_signs_alone():
    found = paired_difference([0.5] * 6, [0.25] * 6)
    assert (found.low, found.high) == (None, None)
    assert found.p == found.p_flip == 2 / 2**6
    rounded = paired_difference([0.12, 0.22, 0.32], [0.1, 0.2, 0.3])  # 0.02 each, but for the last bits
    assert (rounded.low, rounded.p) == (None, 0.25)
    assert paired_difference(ERRORS, ERRORS).p == 1.0
    assert paired_difference([], []) == (None, None, None, 0, 1.0, 1.0)


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


def holds(interval, mean: float) -> bool:
    return interval.low <= mean <= interval.high


@pytest.mark.parametrize("n", [2, 5, 20])
def test_the_interval_holds_the_mean_of_normal_errors_as_often_as_it_says(n):
    covered = rate(2000, lambda rng: holds(mean_interval(rng.normal(0.1, 0.03, n)), 0.1))
    assert covered == pytest.approx(0.95, abs=0.02)  # four standard errors of the count


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
