"""What a search says beside its best: which change helped, and whether first updates predict the end."""

import numpy as np
import pytest
from farming import run_cells

from ladder.experiments import ablation, early
from ladder.experiments.axes import Point, axis
from ladder.experiments.cells import Result
from ladder.experiments.trials import Setup, Trial

SETUP = Setup(
    (axis("noise_std", ["0", "0.3"]), axis("learning_rate", ["0.01"]), axis("batch_size", ["50"])),
    (("dataset", "iris"), ("widths", "6"), ("labels", "9"), ("updates", "10")),
    n_seeds=2,
)
BEST = (("noise_std", "0"), ("learning_rate", "0.01"), ("batch_size", "50"))
HELP = {"noise_std": 0.2, "learning_rate": 0.05, "batch_size": -0.02}  # how far each change lowers the error


def made(points: list[Point]) -> dict[str, Result]:
    """Results whose errors the changes decide, each by itself."""
    found = {}
    for point in points:
        error = 0.5 - sum(HELP[name] for name, _ in point.axes)
        found[point.cell.key] = Result(point.cell, error, error + 0.01, 10, 1.0)
    return found


def test_the_path_takes_the_greatest_help_first():
    asked = []
    steps = ablation.path(SETUP, BEST, lambda points: asked.append(points) or made(points))
    assert [step.change and step.change[0] for step in steps] == [None, "noise_std", "learning_rate", "batch_size"]
    assert [step.validation_error for step in steps] == pytest.approx([0.5, 0.3, 0.25, 0.27])
    assert [len(points) for points in asked] == [2, 6, 4, 2]  # 1, 3, 2 and 1 settings, two seeds each
    assert steps[-1].results[0].cell == SETUP.cell(BEST, 0) and steps[0].results[1].cell == SETUP.cell((), 1)


def test_the_path_is_trained():
    setup = Setup(SETUP.space[:1], SETUP.base, 2)
    steps = ablation.path(
        setup, BEST[:1], lambda points: {one.cell.key: one for one in run_cells([p.cell for p in points])}
    )
    assert len(steps) == 2 and steps[1].results[0].cell.live.noise_std == (0.0,) * 3


def test_a_stopped_path_is_none():
    assert ablation.path(SETUP, BEST, lambda points: None) is None


def trials(early_errors, late_errors, state="finished"):
    every = zip(early_errors, late_errors, strict=True)
    return [
        Trial(i, (("noise_std", str(i)),), state, tuple((10 * k, e if k < 20 else l) for k in range(1, 21)))
        for i, (e, l) in enumerate(every)
    ]


def test_the_same_order_agrees_fully_and_the_reverse_not_at_all():
    late = [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
    assert early.agreement(trials(np.array(late) + 0.3, late)) == pytest.approx(dict.fromkeys(early.SHARES, 1.0))
    assert early.agreement(trials(late[::-1], late)) == pytest.approx(dict.fromkeys(early.SHARES, -1.0))


def test_few_pruned_and_equal_trials_say_nothing():
    late = [0.5, 0.4, 0.3, 0.2, 0.1, 0.05]
    assert early.agreement(trials(late[:5], late[:5])) == {}
    assert early.agreement(trials(late, late, "pruned")) == {}
    assert early.agreement(trials(late, [0.2] * 6)) == {}
