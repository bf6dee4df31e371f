"""Copies and worker losses of runs that the disk never took, on a small disk that is really full or read-only."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from farming import eventually

from ladder.live import frames
from ladder.live.lab import Lab
from ladder.live.life import State
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.settings import Live, Recipe, Structure, fitted

PATIENCE = 60  # seconds that a slow machine may take
RECIPE = Recipe(
    Structure("moons", widths=(8,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
)
NOISE = {"noise_std": (0.6,) * 3}


def mount(*words: str) -> bool:
    """Whether the command succeeded."""
    return bool(shutil.which("mount")) and subprocess.run(["mount", *words], capture_output=True).returncode == 0


@pytest.fixture(params=["full", "read-only"])
def refusing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """A Lab with one worker on a disk of 64 KB that takes nothing."""
    if not mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)):
        pytest.skip("this process may not mount a disk")
    lab = Lab(tmp_path, 1)
    try:
        if request.param == "full":
            with suppress(OSError), (tmp_path / "filler").open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(512))
        else:
            assert mount("-o", "remount,ro", str(tmp_path))
        lab.start()
        yield lab
    finally:
        lab.stop()
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def rests_at(lab: Lab, run_id: str, update: int) -> None:
    """Wait until the run rests at this update."""

    def rests(told: Told) -> bool:
        return told.update == update and told.status == "paused"

    assert lab.wait(run_id, rests, PATIENCE), lab.status(run_id)


def changed_run(lab: Lab) -> str:
    """Makes a run whose noise is changed at update 20, and which rests at update 30. Returns its id."""
    run_id = lab.create(RECIPE, 20)
    rests_at(lab, run_id, 20)
    lab.change(run_id, NOISE)
    lab.step(run_id, 10)
    rests_at(lab, run_id, 30)
    return run_id


def curves(lab: Lab, run_id: str) -> dict[str, np.ndarray]:
    """The arrays of the run's history message."""
    return frames.decode(lab.history(run_id))[1]


def test_a_run_that_the_disk_never_took_can_be_copied(refusing: Lab) -> None:
    lab, run_id = refusing, changed_run(refusing)
    assert not lab.store.exists(run_id)
    copy = lab.copy(run_id)
    rests_at(lab, copy, 30)
    assert lab.recipe(copy) == lab.recipe(run_id)
    expected, found = curves(lab, run_id), curves(lab, copy)
    assert found["update"].tolist() == list(range(1, 31))
    assert all(np.array_equal(found[name], expected[name]) for name in ("objective", "twin_supervised"))


def test_a_disk_that_takes_nothing_has_no_moments_and_branches_are_repeated(refusing: Lab) -> None:
    lab, run_id = refusing, changed_run(refusing)
    assert lab.moments(run_id) == ()
    with pytest.raises(Problem, match="no_moment"):
        lab.look_back(run_id, 10)
    for branch, update in ((lab.branch(run_id, 25), 25), (lab.branch_before_change(run_id), 20)):
        rests_at(lab, branch, update)
        assert lab.recipe(branch).changes == lab.recipe(run_id).changes[: update > 20]
        expected, found = curves(lab, run_id), curves(lab, branch)
        assert np.array_equal(found["objective"], expected["objective"][:update])


def test_a_lost_worker_repeats_what_the_disk_did_not_take(refusing: Lab) -> None:
    lab = refusing
    run_id = lab.create(RECIPE, 20)
    rests_at(lab, run_id, 20)
    mirror, before = lab.mirrors[run_id], lab.helpers[0]
    before.process.kill()
    eventually(lambda: mirror.worker is not before and mirror.life.state is State.OPEN)
    rests_at(lab, run_id, 20)
    assert curves(lab, run_id)["update"].tolist() == list(range(1, 21))


def test_the_default_run_can_be_created_where_the_disk_never_took_the_prepared_one(refusing: Lab) -> None:
    run_id = refusing.create(Recipe(), 1)
    rests_at(refusing, run_id, 1)
    rests_at(refusing, refusing.copy("prepared"), 300)
