"""Runs that change hands: to another worker, to the disk and back, and out of the hands of a worker that was killed."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from farming import eventually

from ladder.data import datasets
from ladder.live import frames, store
from ladder.live import lab as lab_module
from ladder.live import mirror as mirror_module
from ladder.live.handle import PATIENCE_SECONDS
from ladder.live.life import State
from ladder.live.mirror import LOSS_SECONDS, LOSSES, Mirror
from ladder.live.news import Trouble
from ladder.live.runs import PREPARED
from ladder.problems import Problem
from ladder.processes.transport import LOOK_SECONDS, SILENT_SECONDS
from ladder.recipe.defaults import OPENING
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.training import train

N_WORKERS = 2
RECIPE = Recipe(
    Structure("moons", widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
)
NOISE = {"noise_std": (0.6,) * 3}
OTHER = replace(RECIPE.live, **NOISE)


def paused_at(update: int):
    return lambda told: told.update == update and told.status == "paused"


def kill(helper) -> None:
    helper.process.kill()
    assert helper.process.wait(30)


def theta(lab, run_id) -> np.ndarray:
    return store.from_bytes(lab.checkpoint(run_id)).states["ladder"]["theta"]


def updates(lab, run_id) -> list[int]:
    return list(frames.decode(lab.history(run_id))[1]["update"])


def test_a_run_moves_with_what_was_done_to_it_a_moment_before(lab, until):
    first, second = lab.create(RECIPE), lab.create(RECIPE, 30)
    until(second, paused_at(30))
    home = lab.mirrors[second].worker
    assert lab.mirrors[first].worker is home
    lab.play(first)
    until(first, lambda told: told.status == "playing")
    lab.change(second, NOISE)
    lab.play(second)
    lab.step(second, 50)
    told = until(second, lambda told: told.update >= 80 and told.status == "paused")
    lab.pause(first)
    assert lab.mirrors[second].worker is not home
    recipe = lab.recipe(second)
    assert recipe.changes == ((30, OTHER),)
    assert updates(lab, second) == list(range(1, told.update + 1))
    moons = datasets.load("moons", RECIPE.structure.data_noise)
    state = train.initial(RECIPE.structure, moons)
    for live, n_updates in ((RECIPE.live, 30), (OTHER, told.update - 30)):
        (state,), _ = train.train([state], [RECIPE.structure], [live], moons, n_updates)
    assert np.array_equal(theta(lab, second), state.theta)


def pictures(lab, run_id) -> list[dict]:
    """The headers of all pictures from now on."""
    seen = []

    def keep(message: bytes) -> None:
        header, _ = frames.decode(message)
        if header["kind"] == "snapshot":
            seen.append(header)

    lab.subscribe(run_id, keep)
    return seen


def test_what_is_looked_at_and_the_pace_survive_a_lost_worker_and_the_disk(lab, until):
    run_id = lab.create(RECIPE, 30)
    lab.look(run_id, View(layer=2, pace=7))
    until(run_id, paused_at(30))
    lab.checkpoint(run_id)
    kill(lab.mirrors[run_id].worker)
    until(run_id, lambda told: told.problems == 1 and paused_at(30)(told))
    seen = pictures(lab, run_id)
    assert until(run_id, lambda told: told.pace == 7)
    assert eventually(lambda: seen and seen[-1]["layer"] == 2)
    with lab.lock:
        lab._unwatched(lab.mirrors[run_id], 60.0)
        lab.step(run_id, 3)
    assert until(run_id, paused_at(33)).pace == 7
    assert eventually(lambda: seen[-1]["update"] == 33 and seen[-1]["layer"] == 2)


def test_a_run_that_is_let_go_takes_orders_at_once(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.update > 20)
    with lab.lock:
        lab._unwatched(lab.mirrors[run_id], 60.0)
        lab.change(run_id, NOISE)
        lab.step(run_id, 3)
    told = until(run_id, lambda told: told.changes and told.status == "paused" and told.update > 20)
    changed_at = told.changes[0]["update"]
    told = until(run_id, paused_at(changed_at + 3))
    assert updates(lab, run_id) == list(range(1, told.update + 1))


def test_a_worker_lost_before_a_run_has_a_file_loses_nothing(lab, until):
    run_id = lab.create(RECIPE, 40)
    kill(lab.mirrors[run_id].worker)
    assert until(run_id, paused_at(40)).problems == 1  # every page that shows the run is told, and asks
    assert lab.take_problem(run_id).key == "worker_lost_early"


def test_a_worker_that_cannot_be_replaced_at_once_is_replaced_later(lab, until, monkeypatch):
    run_id = lab.create(RECIPE, 40)
    until(run_id, paused_at(40))
    lab.checkpoint(run_id)
    make, failed = lab._helper, []

    def once_in_vain():
        if not failed:
            failed.append(True)
            raise OSError("no memory")
        return make()

    monkeypatch.setattr(lab, "_helper", once_in_vain)
    kill(lab.mirrors[run_id].worker)
    until(run_id, lambda told: told.problems == 1 and told.update == 40 and told.status == "paused")
    assert failed and not any(helper.ended for helper in lab.helpers)
    lab.step(run_id, 3)
    until(run_id, paused_at(43))


def test_a_replay_goes_on_after_its_worker_was_lost(lab, until):
    run_id = lab.create(RECIPE.changed(500, OTHER), 900)
    until(run_id, lambda told: told.status == "replaying" and told.update > 50)
    kill(lab.mirrors[run_id].worker)
    until(run_id, paused_at(900))
    assert lab.recipe(run_id).changes == ((500, OTHER),)


def test_a_change_survives_the_worker_that_should_have_made_it(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.update > 20)
    with lab.lock:
        lost = lab.mirrors[run_id].worker
        lost.process.kill()
        lab.change(run_id, NOISE)
    told = until(run_id, lambda told: told.changes and told.update > told.changes[-1]["update"])
    assert told.status == "playing" and lab.mirrors[run_id].worker is not lost
    lab.pause(run_id)
    until(run_id, lambda told: told.status == "paused")
    assert lab.recipe(run_id).latest == OTHER


def freeze(helper) -> None:
    """The worker carries out no command any more, as when it is about to die."""
    os.kill(helper.process.pid, signal.SIGSTOP)


needs_freezing = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot freeze a process")


@needs_freezing
def test_what_was_on_its_way_to_a_dying_worker_is_done_by_the_next_in_its_order(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 20)
    lost = lab.mirrors[run_id].worker
    freeze(lost)
    lab.reset(run_id)
    lab.change(run_id, NOISE)
    lab.step(run_id, 7)
    assert lab.recipe(run_id).latest == OTHER
    kill(lost)
    until(run_id, paused_at(7))
    assert lab.recipe(run_id) == Recipe(RECIPE.structure, RECIPE.live, ((0, OTHER),)) and updates(lab, run_id) == [
        *range(1, 8)
    ]


@needs_freezing
@pytest.mark.parametrize("command, status", [("pause", "paused"), ("play", "playing")])
def test_pause_and_play_on_their_way_to_a_dying_worker_are_not_lost(lab, until, command, status):
    run_id = lab.create(RECIPE)
    if command == "pause":
        lab.play(run_id)
    until(
        run_id, lambda told: told.status == ("playing" if command == "pause" else "paused") and told.epoch is not None
    )
    lost = lab.mirrors[run_id].worker
    freeze(lost)
    getattr(lab, command)(run_id)
    kill(lost)
    until(run_id, lambda told: told.problems == 1 and told.status == status)
    eventually(lambda: lab.mirrors[run_id].life.state is State.OPEN and not lab.mirrors[run_id].sent())
    assert lab.status(run_id).status == status
    lab.pause(run_id)


@needs_freezing
def test_a_run_that_lost_its_workers_trains_with_what_its_page_shows(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 20)
    mirror = lab.mirrors[run_id]
    mirror.losses = [time.monotonic()] * (LOSSES - 1)
    lost = mirror.worker
    freeze(lost)
    lab.change(run_id, NOISE)
    lab.step(run_id, 1000)
    kill(lost)
    until(run_id, lambda told: told.status == "paused")
    assert mirror.life.state is State.FAILED and lab.recipe(run_id).latest == OTHER
    assert lab.take_problem(run_id).key == "worker_lost_often"
    lab.play(run_id)
    told = until(
        run_id, lambda told: told.status == "playing" and told.changes and told.update > told.changes[-1]["update"]
    )
    lab.pause(run_id)
    until(run_id, lambda told: told.status == "paused")
    assert lab.recipe(run_id).latest == OTHER and len(told.changes) == 1


@pytest.mark.parametrize("seconds", [1.0, SILENT_SECONDS + LOOK_SECONDS, PATIENCE_SECONDS + 2 * LOOK_SECONDS])
def test_losses_of_every_kind_come_often_enough_to_be_counted(monkeypatch, seconds):
    """A worker that was killed, one that was frozen, and one that was caught in a command."""
    clock = iter(1000.0 + seconds * i for i in range(LOSSES))
    monkeypatch.setattr(mirror_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    run = Mirror("run_1", unwatched_since=0.0)
    assert [run.ended_often() for _ in range(LOSSES)] == [False] * (LOSSES - 1) + [True]


def test_losses_that_lie_far_apart_are_not_the_run_s(monkeypatch):
    clock = iter(1000.0 + LOSS_SECONDS * i for i in range(2 * LOSSES))
    monkeypatch.setattr(mirror_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    run = Mirror("run_1", unwatched_since=0.0)
    assert not any(run.ended_often() for _ in range(2 * LOSSES))


def test_a_change_that_was_told_but_not_saved_is_in_force_when_the_run_comes_back(lab, until):
    run_id = lab.create(RECIPE, 30)
    until(run_id, paused_at(30))
    earlier, path = lab.checkpoint(run_id), lab.store.path(run_id)
    lab.change(run_id, NOISE)
    until(run_id, lambda told: told.changes)
    lab.checkpoint(run_id)
    path.write_bytes(earlier)  # as if it had played, and not been saved since
    kill(lab.mirrors[run_id].worker)
    until(run_id, lambda told: told.problems == 1)
    lab.step(run_id, 3)
    until(run_id, paused_at(33))
    assert lab.recipe(run_id).changes == ((30, OTHER),)


def test_a_problem_of_the_disk_takes_no_change_back(lab):
    run_id = lab.create(RECIPE)
    mirror = lab.mirrors[run_id]
    with lab.lock:
        lab.change(run_id, NOISE)
        lab.receive(run_id, Trouble(Problem("disk", reason="full")))
        assert lab.recipe(run_id).latest == OTHER
    eventually(lambda: mirror.life.state is State.OPEN and not mirror.sent())
    assert lab.recipe(run_id).latest == OTHER


def test_many_changes_of_one_run_are_recorded_and_told(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 5)
    heard = []
    leave = lab.subscribe(run_id, lambda message: heard.append(frames.decode(message)[0]))
    for i in range(200):
        lab.change(run_id, {"learning_rate": 0.001 + 1e-6 * i})
    lab.pause(run_id)
    until(run_id, lambda told: told.status == "paused")
    eventually(lambda: not lab.mirrors[run_id].sent())
    leave()
    recipe = lab.recipe(run_id)
    assert recipe.latest.learning_rate == pytest.approx(0.001199)
    assert len(lab.status(run_id).changes) == len(recipe.changes)
    known = []
    for header in heard:
        if header["kind"] != "snapshot" and "changes" in header:
            known = [*known[: header.get("kept", 0)], *header["changes"]]
    assert [change["update"] for change in known] == [since for since, _ in recipe.changes]


def test_a_run_whose_worker_dies_again_and_again_waits_for_its_person(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.update > 20)
    mirror = lab.mirrors[run_id]
    mirror.losses = [time.monotonic()] * 2
    kill(mirror.worker)
    until(run_id, lambda told: told.status == "paused")
    assert mirror.worker is None and mirror.life.state is State.FAILED
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 20)
    lab.pause(run_id)


def test_a_step_that_its_worker_did_not_finish_does_not_become_a_run_without_end(lab, until):
    run_id = lab.create(RECIPE)
    lab.step(run_id, 1_000_000)
    until(run_id, lambda told: told.status == "playing" and told.update > 20)
    kill(lab.mirrors[run_id].worker)
    until(run_id, lambda told: told.problems == 1 and told.status == "paused" and told.update < 1_000_000)


def test_impossible_labels_are_refused_and_the_run_goes_on(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    at = until(run_id, lambda told: told.status == "playing" and told.update > 5).update
    with pytest.raises(Problem) as caught:
        lab.change(run_id, {"n_labeled": 5000})
    assert caught.value.key == "labels_too_many"
    assert lab.recipe(run_id) == RECIPE
    until(run_id, lambda told: told.status == "playing" and told.update > at)
    lab.pause(run_id)


def test_a_long_step_can_be_ended_and_lets_others_pass(lab, until):
    runs = [lab.create(RECIPE) for _ in range(3)]
    for run_id in runs:
        lab.step(run_id, 1_000_000)
    for run_id in runs:
        until(run_id, lambda told: told.status == "playing" and told.update > 20)
    for run_id in runs:
        lab.pause(run_id)
        assert until(run_id, lambda told: told.status == "paused").update < 1_000_000


def test_a_run_that_the_disk_does_not_take_stays_with_its_worker(lab, until):
    run_id = lab.create(RECIPE)
    until(run_id, lambda told: told.target is not None)
    earlier, path = lab.checkpoint(run_id), lab.store.path(run_id)
    path.unlink()
    path.mkdir()  # a file cannot take its place
    lab.step(run_id, 5)
    until(run_id, paused_at(5))
    with lab.lock:
        lab._unwatched(lab.mirrors[run_id], 60.0)
    lab.step(run_id, 2)
    assert until(run_id, paused_at(7)).problems == 1  # not at every attempt
    assert lab.take_problem(run_id).key == "disk"
    path.rmdir()
    path.write_bytes(earlier)  # an old file, and a disk that takes no new one
    path.with_suffix(f".{lab.mirrors[run_id].worker.process.pid}.tmp").mkdir()
    assert store.from_bytes(lab.checkpoint(run_id)).states["ladder"]["update"] == 7
    path.with_suffix(f".{lab.mirrors[run_id].worker.process.pid}.tmp").rmdir()
    assert store.from_bytes(lab.checkpoint(run_id)).states["ladder"]["update"] == 7


def test_a_loaded_file_that_does_not_fit_is_told_when_it_is_opened(lab):
    saved = store.from_bytes(lab.checkpoint(lab.create(RECIPE)))
    for state in saved.states.values():
        for name in ("theta", "adam_m", "adam_v"):
            state[name] = state[name][:5]
    run_id = lab.load(store.to_bytes(saved))
    lab.step(run_id, 1)
    assert eventually(lambda: lab.take_problem(run_id)).key == "checkpoint_damaged"


def test_the_prepared_run_is_nobody_s(lab, until):
    assert not lab.exists(PREPARED)
    lab.store.path(PREPARED).rename(lab.store.path("elsewhere"))
    run_id = lab.create(OPENING, 300)
    lab.store.path("elsewhere").rename(lab.store.path(PREPARED))
    until(run_id, paused_at(300))


def test_of_many_tabs_that_take_a_run_at_once_one_steers_it(lab, until):
    run_id = lab.create(RECIPE, 5)
    until(run_id, paused_at(5))
    tabs = [f"tab {i}" for i in range(6)]
    with ThreadPoolExecutor(len(tabs)) as pool:
        taken = dict(zip(tabs, pool.map(lambda tab: lab.take(run_id, tab), tabs), strict=True))
    assert list(taken.values()).count(run_id) == 1 and len(set(taken.values())) == len(tabs)
    for tab, found in taken.items():
        assert lab.steers(found, tab) and lab.recipe(found) == RECIPE
        assert [one for one in tabs if lab.steers(found, one)] == [tab]
        until(found, paused_at(5))
    (owner,) = [tab for tab, found in taken.items() if found == run_id]
    assert lab.take(run_id, owner) == run_id
    lab.subscribe(run_id, lambda message: None)()  # the owner's panel came and went
    assert lab.take(run_id, "a reloaded page") == run_id and not lab.steers(run_id, owner)


def test_a_run_that_is_not_there_cannot_be_taken(lab):
    for run_id in ("nosuch_run", PREPARED):
        with pytest.raises(Problem) as caught:
            lab.take(run_id, "a tab")
        assert caught.value.key == "run_unknown"


def test_the_caretaker_outlives_whatever_goes_wrong(lab, until, monkeypatch):
    """Then nothing would be released, replaced or tidied any more."""
    run_id, calls = lab.create(RECIPE, 5), []
    until(run_id, paused_at(5))

    def broken(*arguments) -> None:
        calls.append(arguments)
        raise OSError("the folder is gone")

    monkeypatch.setattr(lab_module, "LOOK_AFTER_SECONDS", 0.01)
    monkeypatch.setattr(lab_module, "TIDY_SECONDS", 0.0)
    monkeypatch.setattr(lab_module, "UNWATCHED_SECONDS", 0.05)
    with monkeypatch.context() as patched:
        for action in ("_replace_ended", "_unwatched", "_tidy"):
            patched.setattr(lab, action, broken)
            calls.clear()
            eventually(lambda: len(calls) > 2)
    eventually(lambda: run_id not in lab.mirrors)


def test_waiting_for_an_unknown_run_is_a_sentence(lab):
    with pytest.raises(Problem):
        lab.wait("nosuch_run", lambda told: True, 0.0)


def test_a_server_that_stops_saves_what_is_trained(lab, until):
    run_id = lab.create(RECIPE)
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 100)
    lab.stop()
    assert [helper.process.exit_code for helper in lab.helpers] == [0, 0]
    assert lab.store.read(run_id).states["ladder"]["update"] >= lab.status(run_id).update
