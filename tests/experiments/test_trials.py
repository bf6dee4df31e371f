"""What a guided search is, and Optuna's part in it, against worked examples and errors whose least place is known."""

import json
import math

import numpy as np
import pytest
from farming import SMALL

from ladder import i18n
from ladder.analysis import statistics
from ladder.experiments import axes, trials
from ladder.experiments.cells import Result
from ladder.experiments.trials import Setup, Trial
from ladder.problems import Problem

BASE = tuple((SMALL | {"updates": "100"}).items())
NOISE, RATE = axes.search_range("noise_std", 0, 1), axes.search_range("learning_rate", 0.0005, 0.02)
KIND = axes.axis("combinator", ["gauss", "vanilla"])
SETUP = Setup((NOISE, RATE, KIND), BASE, n_seeds=2)


def ended(number, words, validation, test=(0.5, 0.5), setup=SETUP):
    """A finished trial with these errors of its seeds; None for one that diverged."""
    results = [
        Result(setup.cell(words, seed), v, t, 100, 1.0, diverged=None if v is not None else (5, "supervised"))
        for seed, (v, t) in enumerate(zip(validation, test, strict=True))
    ]
    return trials.finished(number, words, results)


def searched(setup, error, n, seed_of_errors=0):
    """`n` trials one after another, with error(settings) for a validation error."""
    found = []
    for number in range(n):
        words = trials.suggest(setup, found)
        found.append(ended(number, words, [error(dict(words))] * 2, setup=setup))
    return found


def bowl(words):
    """Least, 0.1, at noise 0.3 and learning rate 0.004."""
    away = abs(float(words["noise_std"]) - 0.3) + abs(math.log10(float(words["learning_rate"]) / 0.004))
    return min(1.0, 0.1 + 0.4 * away)


def test_suggestions_follow_from_the_trials_and_the_seed_alone():
    first, again = searched(SETUP, bowl, 15), searched(SETUP, bowl, 15)
    assert [trial.words for trial in first] == [trial.words for trial in again]
    other = searched(Setup(SETUP.space, BASE, 2, seed=1), bowl, 3)
    assert all(a.words != b.words for a, b in zip(first, other, strict=False))
    assert trials.suggest(SETUP, first[:7]) == first[7].words
    beside = [*first, Trial(15, trials.suggest(SETUP, first))]
    assert trials.suggest(SETUP, beside) not in {trial.words for trial in beside}


def test_suggestions_are_in_their_ranges_by_factors_where_the_choice_is():
    space = (NOISE, RATE, axes.search_range("labels", 10, 12), axes.search_range("lambdas.0", 1, 5000), KIND)
    drawn = [dict(trials.suggest(Setup(space, BASE, seed=seed), [])) for seed in range(200)]
    rates, weights = ([float(words[name]) for words in drawn] for name in ("learning_rate", "lambdas.0"))
    assert min(rates) >= 0.0005 and max(rates) <= 0.02 and all(0 <= float(words["noise_std"]) <= 1 for words in drawn)
    assert np.median(weights) == pytest.approx(math.sqrt(5000), rel=0.6)  # evenly, it would be 2500
    assert {words["labels"] for words in drawn} == {"10", "11", "12"}
    assert {words["combinator"] for words in drawn} == {"gauss", "vanilla"}


def test_the_sampler_learns_where_errors_are_low():
    away = [[trial.validation_error - 0.1 for trial in searched(_with_seed(seed), bowl, 30)] for seed in range(3)]
    assert np.mean(away, 0)[15:].mean() < 0.7 * np.mean(away, 0)[: trials.RANDOM_TRIALS].mean()
    assert np.min(away, 1).max() < 0.05


def _with_seed(seed):
    return Setup(SETUP.space, BASE, 2, seed)


def test_no_setting_is_tried_twice_and_a_small_space_ends():
    setup = Setup((KIND, axes.search_range("labels", 10, 14)), BASE, 2)
    assert setup.n_settings == 10
    found = searched(setup, lambda words: 0.5, 10)
    assert len({trial.words for trial in found}) == 10
    assert trials.suggest(setup, found) is None


def test_settings_that_are_left_are_found_though_no_draw_meets_them(monkeypatch):
    monkeypatch.setattr(trials, "DRAWS", 0)
    setup = Setup((KIND, axes.search_range("labels", 10, 14)), BASE, 2)
    assert len({trial.words for trial in searched(setup, lambda words: 0.5, 10)}) == 10


def curved(number, errors, state="finished"):
    """A trial with these mean errors at updates 5, 10, 15 ... of 100."""
    words = trials.suggest(Setup((NOISE,), BASE, 2, seed=number), [])
    curve = tuple((5 * (i + 1), error) for i, error in enumerate(errors))
    done = ended(number, words, [errors[-1]] * 2, setup=Setup((NOISE,), BASE, 2))
    return Trial(number, words, state, curve, done.results if state == "finished" else ())


def test_a_trial_falls_behind_where_its_best_is_above_the_median_of_the_finished_ones():
    setup = Setup((NOISE,), BASE, 2)
    before = [curved(i, [0.9, 0.8, 0.7, 0.1 * (i + 1), 0.05]) for i in range(5)]  # at update 20: 0.1 ... 0.5
    assert trials.falls_behind(setup, before, curved(5, [0.9, 0.8, 0.7, 0.31], "running"))
    assert not trials.falls_behind(setup, before, curved(5, [0.9, 0.8, 0.7, 0.29], "running"))
    assert not trials.falls_behind(setup, before, curved(5, [0.9, 0.8, 0.2, 0.9], "running"))
    assert not trials.falls_behind(setup, before, curved(5, [1.0, 1.0, 1.0], "running"))  # too early
    assert not trials.falls_behind(setup, before[:4], curved(5, [1.0] * 4, "running"))  # too few
    pruned = [curved(i, [0.9, 0.8, 0.7, 0.9], "pruned") for i in range(6, 9)]
    assert trials.falls_behind(setup, before + pruned, curved(5, [0.9, 0.8, 0.7, 0.31], "running"))
    assert not trials.falls_behind(setup, before, Trial(5, before[0].words))


def test_the_best_is_chosen_by_validation_and_reports_test():
    found = searched(SETUP, bowl, 4)
    low_test = ended(4, (*found[0].words,), [0.3, 0.3], [0.01, 0.01])
    chosen = ended(5, found[1].words, [0.05, 0.07], [0.4, 0.5])
    lucky = ended(6, found[2].words, [0.01, None], [0.02, None])  # the seed that diverged counts as 1
    assert lucky.validation_error == 0.505 and lucky.n_diverged == 1 and lucky.test_error.n == 1
    best = trials.best([*found, low_test, chosen, lucky, Trial(7, found[3].words, "pruned", ((20, 0.0),))])
    assert best.number == 5
    assert best.test_error.mean == pytest.approx(0.45)
    assert best.test_error == statistics.mean_interval([0.4, 0.5])
    assert trials.best([Trial(0, found[0].words)]) is None


def test_a_trials_curve_is_the_mean_at_the_updates_that_all_seeds_have():
    curves = [((5, 0.4), (10, 0.2)), ((5, 0.6), (10, 0.4), (15, 0.2))]
    assert trials.mean_curve(curves, [False, False]) == ((5, 0.5), (10, pytest.approx(0.3)))
    assert trials.mean_curve([((5, 0.4), (10, None)), curves[1]], [True, False])[1:] == ((10, 0.7), (15, 0.6))
    assert trials.mean_curve([(), curves[1]], [False, False]) == ()
    assert trials.mean_curve([((5, None),), ((5, None),)], [False, False]) == ()  # not asked on its way


def test_importances_find_what_the_error_depends_on():
    found = searched(SETUP, lambda words: abs(float(words["noise_std"]) - 0.3), 40)
    shares = trials.importances(SETUP, found).shares
    assert list(shares)[0] == "noise_std" and shares["noise_std"] > 0.7
    assert sum(shares.values()) == pytest.approx(1) and set(shares) == {one.name for one in SETUP.space}
    worse = [trial for trial in found if trial.validation_error > 0.2]
    cut = [Trial(t.number, t.words, "pruned", ((20, 0.01),)) if t in worse else t for t in found]
    assert list(trials.importances(SETUP, cut).shares)[0] == "noise_std"


def test_importances_of_a_few_among_many_that_diverged():
    found = searched(SETUP, lambda words: 0.1 if float(words["noise_std"]) < 0.4 else None, 12)
    assert 0 < sum(trial.n_diverged == 2 for trial in found) < 12
    assert list(trials.importances(SETUP, found).shares)[0] == "noise_std"


def test_why_there_are_no_importances():
    found = searched(SETUP, lambda words: 0.5, trials.FEWEST)
    few, equal = trials.importances(SETUP, found[:-1]), trials.importances(SETUP, found)
    assert few.shares is None and equal.shares is None
    assert (few.reason.key, equal.reason.key) == ("search_few_trials", "search_all_equal")
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(few.reason, language) + i18n.problem(equal.reason, language)


def test_a_setup_travels_as_json_and_names_itself():
    space = (*SETUP.space, axes.search_range("lambdas.scale", 0.1, 10), axes.axis("widths", [(20, 12), (30,)]))
    setup = Setup(space, BASE, 2, 5)
    assert trials.from_json(json.loads(json.dumps(trials.to_json(setup)))).space == space
    back = trials.from_json(trials.to_json(setup))
    assert back.name == setup.name and back.cell((), 1) == setup.cell((), 1)
    others = [
        Setup(space[1:], BASE, 2, 5),
        Setup(space, BASE[1:], 2, 5),
        Setup(space, BASE, 3, 5),
        Setup(space, BASE, 2),
    ]
    assert len({setup.name, *(other.name for other in others)}) == 5
    assert len(setup.name) <= 80


def test_a_kept_search_is_read_where_its_data_are_not(monkeypatch, tmp_path):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    setup = Setup((NOISE,), (("dataset", "mnist"), ("updates", "10")))
    assert trials.from_json(trials.to_json(setup)) == setup
    with pytest.raises(Problem) as caught:
        setup.check()
    assert caught.value.key == "data_missing"


@pytest.mark.parametrize(
    "make, key",
    [
        (lambda: Setup(()), "search_empty"),
        (lambda: Setup((NOISE, NOISE), BASE), "sweep_axis_twice"),
        (lambda: Setup((NOISE,), BASE, 0), "bad_whole"),
        (Setup((NOISE,), (*BASE, ("updates", "0"))).check, "no_target"),
        (Setup((axes.axis("combinator", ["gauss", "nosuch"]),), BASE).check, "bad_choice"),
        (Setup((axes.search_range("labels", 10, 5000),), BASE).check, "labels_too_many"),
        (Setup((axes.search_range("noise_std.5", 0, 1),), BASE).check, "sweep_level"),
        (lambda: trials.from_json({"space": [], "of": "another version"}), "cell_foreign"),
        (lambda: trials.from_json({**trials.to_json(SETUP), "space": [["labels", [10, 20, 30]]]}), "cell_foreign"),
    ],
)
def test_what_cannot_be_searched_is_a_sentence_in_both_languages(make, key):
    with pytest.raises(Problem) as caught:
        make()
    assert caught.value.key == key
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)
    assert "种子数" in i18n.problem(Problem("bad_whole", name="n_seeds", value=0, low="1", high="9"), "zh")
