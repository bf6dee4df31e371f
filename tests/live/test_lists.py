"""A tab's list of runs: its order, its limits, its file, and what the server says of its runs and draws behind."""

import os
from dataclasses import replace

import numpy as np
import pytest

from ladder.live import frames, lists, mirror, tab_files
from ladder.live.history import EVAL_EVERY, History
from ladder.live.lists import Entry, Lists
from ladder.live.store import Store
from ladder.problems import Problem
from ladder.recipe.contestants import usual
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe, Structure, fitted

N_WORKERS = 1
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


def listed(*runs: str, **values) -> lists.Entries:
    found: lists.Entries = ()
    for run in runs:
        found = lists.with_run(found, Entry(run, 1.0, **values))
    return found


# --- the list


def test_a_run_is_listed_once_and_each_has_the_next_colour():
    found = listed("run_a", "run_b", "run_a", "run_c")
    assert [(one.run, one.color) for one in found] == [("run_a", 0), ("run_b", 1), ("run_c", 2)]


def test_the_repeats_of_a_run_share_a_colour():
    found = listed("run_a", "run_b")
    for run in ("again_1", "again_2"):
        found = lists.with_run(found, Entry(run, 2.0, leader="run_b", until=50))
    found = lists.with_run(found, Entry("run_c", 3.0))
    assert [one.color for one in found] == [0, 1, 2, 2, 3]


def test_a_full_list_loses_its_oldest_run_that_is_not_pinned(monkeypatch):
    monkeypatch.setattr(lists, "MOST_RUNS", 3)
    found = lists.edited(listed("run_a", "run_b", "run_c"), "run_a", pinned=True)
    assert [one.run for one in lists.with_run(found, Entry("run_d", 2.0))] == ["run_a", "run_c", "run_d"]


def test_names_and_notes_are_cut_and_only_those_of_the_run_change():
    found = lists.edited(listed("run_a", "run_b"), "run_b", name=f"  {'n' * 200}", note="x", hidden=True)
    assert found[0] == Entry("run_a", 1.0)
    assert (found[1].name, found[1].note, found[1].hidden) == ("n" * lists.LONGEST_NAME, "x", True)
    assert lists.without_run(found, "run_a") == found[1:]


# --- its file


def test_a_list_comes_back_as_it_was(tmp_path):
    kept, found = (
        Lists(tmp_path / "new"),
        lists.edited(listed("run_a", "run_b"), "run_a", name="σ = 0 你好", pinned=True),
    )
    kept.write("my_list", found)
    assert Lists(tmp_path / "new").read("my_list") == found
    assert kept.read("another") == kept.read("../my_list") == ()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"format": "another"}', '{"format": "ladder-lab list", "runs": [{"run": 1, "made": 2.0}]}']
    + ['{"format": "ladder-lab list", "runs": "abc"}', '{"format": "ladder-lab list", "runs": [{"made": 2.0}]}'],
)
def test_a_file_that_is_no_list_is_an_empty_one(tmp_path, content):
    (tmp_path / "my_list.list.json").write_text(content)
    assert Lists(tmp_path).read("my_list") == ()


def test_a_full_disk_costs_a_list_its_file_alone(tmp_path, monkeypatch):
    def refused(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tab_files, "write_whole", refused)
    Lists(tmp_path).write("my_list", listed("run_a"))
    assert Lists(tmp_path).read("my_list") == ()


def test_runs_of_the_newest_lists_are_never_tidied_away(tmp_path, monkeypatch, good_run):
    monkeypatch.setattr("ladder.live.store.KEPT_RUNS", 0)
    monkeypatch.setattr("ladder.live.store.USED_SECONDS", -1)
    monkeypatch.setattr(lists, "KEPT_LISTS", 1)
    kept, store = Lists(tmp_path), Store(tmp_path)
    for run in ("in_the_old", "in_the_new", "in_none"):
        store.write(run, good_run)
    for age, name in enumerate(("new", "old")):
        kept.write(f"{name}_list", listed(f"in_the_{name}"))
        path = tmp_path / f"{name}_list.list.json"
        then = path.stat().st_mtime - 100 * age
        os.utime(path, (then, then))
    assert kept.tidy() == {"in_the_new"}
    store.tidy((), {"in_the_new"})
    assert {path.name for path in tmp_path.iterdir()} == {"in_the_new.npz", "new_list.list.json"}


@pytest.fixture
def good_run(lab, until):
    run_id = lab.create(RECIPE, 1)
    until(run_id, lambda told: told.update == 1 and told.status == "paused")
    return lab.checkpoint(run_id)


# --- curves with few points


def test_thinned_curves_have_the_first_and_last_point_and_the_same_updates_in_runs_of_one_length():
    history = History(2)
    history.add({name: np.arange(1, 1001) for name in ("update", "supervised", "objective", "twin_supervised")})
    history.arrays["denoising"] = np.zeros((1000, 2), np.float32)
    history.add({name: np.arange(0, 1000, EVAL_EVERY) for name in ("eval_update", "test_error", "twin_error")})
    history.arrays["gain"] = np.zeros((20, 2), np.float32)
    found = history.thinned(100).arrays
    assert found["update"][0] == 1 and found["update"][-1] == 1000
    assert 40 < len(found["update"]) <= 102 and len(found["denoising"]) == len(found["update"])
    assert list(found["supervised"]) == list(found["update"])
    assert list(found["eval_update"]) == list(range(0, 1000, EVAL_EVERY))
    assert len(history.arrays["update"]) == 1000


# --- what a server says of the runs


def test_a_summary_tells_what_a_run_reached_whether_a_worker_has_it_or_its_file_alone(lab, until):
    run_id = lab.create(RECIPE, 60)
    until(run_id, lambda told: told.update == 60 and told.status == "paused")
    lab.checkpoint(run_id)
    live = lab.summary(run_id)
    assert live.recipe == RECIPE and live.update == 60 and 0 <= live.test_error <= 1 and 0 <= live.twin_error <= 1
    with lab.lock:
        held = lab.mirrors.pop(run_id)
    try:
        assert lab.summary(run_id) == live
        assert lab.summary(run_id) is lab.summary(run_id)  # the file is read once
    finally:
        with lab.lock:
            lab.mirrors[run_id] = held


def test_a_run_that_is_just_begun_has_a_summary_and_an_unknown_one_a_problem(lab):
    assert lab.summary(lab.create(RECIPE)).recipe == RECIPE
    with pytest.raises(Problem) as caught:
        lab.summary("not_there")
    assert caught.value.key == "run_unknown"
    with pytest.raises(Problem):
        lab.summary(lab.create(Race(RECIPE.structure, RECIPE.live, (usual("ladder"), usual("plain")))))


def test_a_run_behind_another_trains_on_while_somebody_asks_for_it(lab, until):
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told.update == 10 and told.status == "paused")
    header, arrays = frames.decode(lab.behind(run_id, 10))
    assert header["update"] == 10 and list(arrays["update"]) == list(range(1, 11))
    lab.behind(run_id, 40)
    until(run_id, lambda told: told.update == 40 and told.status == "paused")
    assert frames.decode(lab.behind(run_id))[1]["update"][-1] == 40


def test_a_run_that_a_tab_steers_trains_for_nobody_else(lab, until):
    run_id = lab.create(RECIPE, 5)
    until(run_id, lambda told: told.update == 5 and told.status == "paused")
    lab.take(run_id, "a_tab")
    lab.behind(run_id, 50)
    assert lab.status(run_id).update == 5 and not lab.status(run_id).active


# --- taking back


def in_force(lab, run_id):
    recipe = lab.recipe(run_id)
    return recipe.at(lab.status(run_id).update)


def test_changes_are_taken_back_one_by_one_from_now_on(lab, until, monkeypatch):
    monkeypatch.setattr(mirror, "SAME_ACT_SECONDS", 0.0)
    run_id = lab.create(RECIPE, 3)
    until(run_id, lambda told: told.update == 3 and told.status == "paused")
    lab.change(run_id, {"learning_rate": 0.01})
    lab.change(run_id, {"learning_rate": 0.05, "n_labeled": 50})
    assert lab.undo(run_id)
    assert in_force(lab, run_id) == replace(RECIPE.live, learning_rate=0.01)
    assert lab.undo(run_id)
    assert in_force(lab, run_id) == RECIPE.live
    assert not lab.undo(run_id)
    until(run_id, lambda told: told.choices and told.choices["learning_rate"] == RECIPE.live.learning_rate)


def test_a_dragged_slider_is_taken_back_as_one_change(lab, until, monkeypatch):
    monkeypatch.setattr(mirror, "SAME_ACT_SECONDS", 1000.0)
    run_id = lab.create(RECIPE, 3)
    until(run_id, lambda told: told.update == 3 and told.status == "paused")
    for std in (0.4, 0.5, 0.6):
        lab.change(run_id, {"noise_std": (std,) * 3})
    lab.change(run_id, {"lambdas": (1.0, 1.0, 1.0)})
    assert lab.undo(run_id) and lab.undo(run_id) and not lab.undo(run_id)
    assert in_force(lab, run_id) == RECIPE.live


def test_a_refused_change_is_none_to_take_back(lab, until):
    run_id = lab.create(RECIPE, 3)
    until(run_id, lambda told: told.update == 3 and told.status == "paused")
    with pytest.raises(Problem):
        lab.change(run_id, {"n_labeled": 10**6})
    assert not lab.undo(run_id)
