"""What became of a run meanwhile: nobody looked for long, its file went, the disk is full, its data or device are not
there. Every page says so in a sentence and goes on."""

import time
from dataclasses import replace

import pytest
from farming import eventually
from streamlit.testing.v1 import AppTest
from widgets import MAIN, control

from ladder import i18n
from ladder.live import frames, store
from ladder.live import lab as runs
from ladder.live.lab import Lab
from ladder.live.runs import PREPARED
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe, Structure, fitted

N_WORKERS = 1
STRUCTURE = Structure("moons", widths=(4,))
LIVE = fitted(Live(lambdas=(10.0, 1.0, 0.1), noise_std=(0.1,) * 3, n_updates=0), 2)
RECIPE = Recipe(STRUCTURE, LIVE)


def drawn(page: str = "", **query) -> AppTest:
    made = AppTest.from_file(MAIN, default_timeout=30)
    made.query_params.update(query)
    made.run()
    if page:
        made.switch_page(f"../../pages/{page}.py").run()
    assert not made.exception
    return made


def forget(lab, run_id: str) -> None:
    """As after weeks: no worker, no mirror and no file has it."""
    lab.pause(run_id)
    with lab.lock:
        lab.mirrors[run_id].worker.send("close", run_id)
        del lab.mirrors[run_id]
    path = lab.store.path(run_id)
    assert eventually(path.exists)
    time.sleep(0.5)  # the worker has closed it
    path.unlink()


def paused_at(update: int):
    return lambda told: told.update == update and told.status == "paused"


def test_a_tab_whose_run_is_gone_gets_one_with_its_settings(lab, until):
    page = drawn(data="moons", labels="10", widths="4", target="0")
    for touch in (page.button(key="button.step").click, lambda: page.switch_page("../../pages/about.py"), lambda: page):
        before = page.session_state["run"]
        recipe = lab.recipe(before)
        forget(lab, before)
        touch()
        page.run()
        page.run()
        run_id = page.session_state["run"]
        assert not page.exception and run_id != before and lab.recipe(run_id) == recipe
        page.switch_page("../../pages/live.py").run()
        assert not page.exception and [before in one.value for one in page.warning] == [True]
        assert page.query_params["run"] == run_id
        page.button(key="live.close").click().run()


def test_after_a_restart_a_tab_whose_panel_is_back_first_keeps_its_run(lab, until):
    run_id = lab.create(RECIPE, 20)
    until(run_id, paused_at(20))
    leave = lab.subscribe(run_id, lambda message: None)  # no tab of this server has opened it
    assert drawn(run=run_id).session_state["run"] == run_id
    assert drawn(run=run_id).session_state["run"] != run_id  # but now one has
    leave()


def test_a_comparison_that_nobody_looks_at_is_repeated_when_it_is_looked_at_again(lab, until, monkeypatch):
    run_id = lab.create(Race(STRUCTURE, LIVE), 60)
    until(run_id, paused_at(60))
    monkeypatch.setattr(runs, "UNWATCHED_SECONDS", 0.3)
    first = lab.curves(run_id)["error"]
    mirror = lab.mirrors[run_id]
    assert eventually(lambda: mirror.worker is None and mirror.history is None)
    assert lab.exists(run_id) and lab.recipe(run_id) == Race(STRUCTURE, LIVE) and lab.curves(run_id) == {}
    leave = lab.subscribe(run_id, lambda message: None)
    assert eventually(lambda: len(lab.curves(run_id).get("error", ())) == len(first))
    assert (lab.curves(run_id)["error"] == first).all()
    leave()


def test_a_comparison_that_is_forgotten_begins_anew_in_its_tab(lab, server_jobs):
    page = drawn("compare", data="moons", labels="10", widths="4")
    before, race = page.session_state["race"], lab.recipe(page.session_state["race"])
    with lab.lock:
        lab.mirrors.pop(before)
    page.run()
    assert not page.exception and page.session_state["race"] != before
    assert lab.recipe(page.session_state["race"]) == race


def test_of_a_replay_that_was_paused_the_page_shows_what_is_in_force(lab, until):
    later = replace(LIVE, noise_std=(0.7,) * 3, n_labeled=20)
    run_id = lab.create(Recipe(STRUCTURE, LIVE, ((500, later),)), 200)
    until(run_id, paused_at(200))
    page = drawn(run=run_id)
    assert lab.status(run_id).choices["n_labeled"] == LIVE.n_labeled
    control(page.select_slider, "live.learning_rate").set_value(0.05).run()
    assert lab.recipe(run_id).latest == replace(LIVE, learning_rate=0.05)


def checkpoint_of(lab, until, **structure) -> bytes:
    """A checkpoint that says to be of another structure."""
    run_id = lab.create(RECIPE)
    until(run_id, lambda told: told.target is not None)
    saved = store.from_bytes(lab.checkpoint(run_id))
    saved.recipe = replace(saved.recipe, structure=replace(STRUCTURE, **structure))
    return store.to_bytes(saved)


def test_a_checkpoint_whose_data_are_not_here_is_a_sentence(lab, until, tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    run_id = lab.load(checkpoint_of(lab, until, dataset="mnist"))
    page = drawn(run=run_id)
    assert "train-images-idx3-ubyte" in page.warning[0].value and run_id in page.warning[1].value


def test_who_looks_at_a_run_that_cannot_be_opened_hears_of_it(lab, until):
    run_id, heard = lab.load(checkpoint_of(lab, until, widths=(5,))), []
    leave = lab.subscribe(run_id, heard.append)
    assert eventually(lambda: heard)
    header, arrays = frames.decode(heard[0])
    assert (header["kind"], header["problems"], arrays) == ("increment", 1, {})
    assert lab.take_problem(run_id).key == "checkpoint_damaged"
    leave()


def test_a_server_whose_disk_takes_no_file_starts_and_trains(tmp_path, until):
    (tmp_path / f"{PREPARED}.npz").mkdir()  # a file cannot take its place
    made = Lab(tmp_path, 1)
    try:
        made.start()
        run_id = made.create(OPENING, 300)
        assert made.wait(run_id, paused_at(300), 60)
    finally:
        made.stop()


def test_a_server_without_its_device_says_so_at_once(tmp_path):
    made = Lab(tmp_path, 1, "nowhere")
    try:
        with pytest.raises(Problem) as caught:
            made.start()
    finally:
        made.stop()
    assert caught.value.key == "no_device"
    assert "nowhere" in i18n.problem(caught.value, "en")
