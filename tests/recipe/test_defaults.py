"""Which choices are another person's act, and which only follow from another structure."""

from dataclasses import replace

from ladder.recipe.defaults import carried_over, default_live, moved
from ladder.settings import Structure

DIGITS, MOONS = Structure(), Structure("moons", widths=(8, 6))


def test_what_only_follows_from_other_data_or_depth_was_not_moved():
    live = default_live(DIGITS)
    assert moved(DIGITS, live, DIGITS, live) == []
    assert moved(DIGITS, live, MOONS, carried_over(live, DIGITS, MOONS)) == ["dataset", "widths"]
    quick = replace(live, learning_rate=0.01)
    assert moved(DIGITS, live, DIGITS, quick) == ["learning_rate"]
    noisy = replace(default_live(MOONS), noise_std=(0.9,) * 4)
    assert moved(DIGITS, live, MOONS, noisy) == ["dataset", "widths", "noise_std"]
    assert moved(DIGITS, live, replace(DIGITS, weight_seed=3), live) == ["weight_seed"]
