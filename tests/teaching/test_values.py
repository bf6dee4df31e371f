"""What symbols stand for in a live run."""

from dataclasses import replace

import numpy as np

from ladder.settings import Live, Recipe, Structure
from ladder.teaching import values

LIVE = Live(n_labeled=20, batch_size=100, noise_std=(0.3, 0.3, 0.2, 0.3, 0.3))
CURVES = {
    "update": np.array([1, 2], np.int32),
    "supervised": np.array([2.0, 1.5], np.float32),
    "objective": np.array([9.0, np.nan], np.float32),
    "denoising": np.array([[9] * 5, [5, 4, 3, 2, 1]], np.float32),
    "test_error": np.array([0.25], np.float32),
    "twin_error": np.array([0.5], np.float32),
    "gain": np.zeros((0, 5), np.float32),
}


def test_choices_are_those_in_force_and_measurements_the_last_ones():
    recipe = Recipe(Structure(widths=(100, 50, 25)), LIVE, ((7, replace(LIVE, n_labeled=400)),))
    found = values.of_run(recipe, 2, 0.5, CURVES)
    assert found["noise_std"] == LIVE.noise_std and found["lambdas"] == LIVE.lambdas
    assert found["widths"] == (64, 100, 50, 25, 10)
    assert found["n_layers"] == (4,) and found["n_classes"] == (10,)
    assert found["labels_of_batch"] == (20,) and found["batch_size"] == (100,)
    assert found["cost"] == (5, 4, 3, 2, 1) and found["supervised"] == (1.5,)
    assert found["test_error"] == (0.25,) and found["gap"] == (0.25,)
    assert found["activation"] == ("relu",) and found["update"] == (2,) and found["epoch"] == (0.5,)
    assert values.of_run(recipe, 7, 0.5, CURVES)["labels_of_batch"] == (100,)


def test_what_is_not_known_or_not_finite_is_left_out():
    found = values.of_run(Recipe(), 0, None, {})
    measured = {"cost", "gain", "supervised", "objective", "test_error", "twin_error", "gap", "epoch"}
    assert not measured & found.keys() and "lambdas" in found
    assert not {"objective", "gain"} & values.of_run(Recipe(), 2, 0.5, CURVES).keys()
