"""The runs of a class as one experiment."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from ladder.settings import Live, Recipe, Structure
from ladder.teaching.class_curves import LEAST_RUNS, n_settings, together


def test_the_mean_stands_where_enough_runs_were_measured():
    curves = {f"m{i}": ([0, 50, 100][: 3 - (i == 0)], [0.9, 0.4 + 0.01 * i, 0.3][: 3 - (i == 0)]) for i in range(3)}
    found = together(curves)
    assert found["update"] == [0, 50] and found["n"] == [3, 3] and LEAST_RUNS == 3
    assert found["mean"] == pytest.approx([0.9, 0.41])
    assert found["runs"]["m0"] == {"update": [0, 50], "error": [0.9, 0.4]}
    assert found["low"][1] < 0.41 < found["high"][1]
    assert together({})["update"] == [] and together({"m0": ([0], [0.9])})["mean"] == []


def test_the_interval_of_many_runs_is_near_the_usual_one():
    errors = 0.2 + 0.02 * np.random.default_rng(0).standard_normal(30)
    found = together({f"m{i}": ([100], [error]) for i, error in enumerate(errors)})
    low, high = stats.t.interval(0.95, 29, errors.mean(), stats.sem(errors))
    assert found["low"][0] == pytest.approx(low, abs=0.003) and found["high"][0] == pytest.approx(high, abs=0.003)


def test_seeds_do_not_count_as_other_settings_and_a_moved_control_does():
    one = Recipe()
    other_seed = replace(one, structure=replace(one.structure, weight_seed=7, label_seed=8))
    wider = replace(one, structure=Structure(widths=(128, 50, 25)))
    moved = one.changed(50, replace(one.live, n_labeled=50))
    assert n_settings([one, other_seed]) == 1 and n_settings([]) == 0
    assert n_settings([one, other_seed, wider, moved]) == 3
    assert isinstance(one.live, Live)
