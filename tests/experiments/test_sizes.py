"""How large the runs of a sweep or a search are, before any is trained."""

from ladder.experiments import axes as sweeps
from ladder.experiments.axes import Axis, Range
from ladder.experiments.sizes import Size, size_of, size_of_search
from ladder.settings import Structure

BASE = {"dataset": "moons", "labels": "10", "updates": "40", "widths": "8-6"}
MOONS = Structure("moons", widths=(8, 6))


def test_a_sweep_has_each_run_once_and_references_are_not_trained():
    axes = [Axis("model", ("ladder", "svm")), Axis("updates", ("40", "60"))]
    cells = [point.cell for point in sweeps.grid(axes, BASE, range(3))]
    assert size_of([*cells, *cells]) == Size(frozenset([MOONS]), 60, 3 * (40 + 60))
    assert size_of([]) == Size()


def test_a_search_is_as_large_as_its_largest_trials():
    space = (
        Range("noise_std", 0, 1),
        Range("updates", 40, 300),
        Axis("depth", ("1", "3")),
        Axis("widths", ("8-6", "20")),
    )
    found = size_of_search(space, BASE.items(), 12)
    assert (found.longest, found.updates) == (300, 3600)
    assert found.structures == {Structure("moons", widths=(8, 6, 6)), Structure("moons", widths=(20, 20, 20))}


def test_a_trial_that_cannot_begin_has_no_size():
    space = (Axis("dataset", ("moons", "digits")), Axis("combinator", ("gauss", "vanilla")))
    found = size_of_search(space, (BASE | {"labels": "9"}).items(), 5)  # fewer than ten classes
    assert {one.dataset for one in found.structures} == {"moons"} and found.updates == 200
