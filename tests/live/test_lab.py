"""Runs in real worker processes: numbers, fairness, lost workers, the channel, the export."""

import csv
import io
import json
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from farming import eventually
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ladder.live import frames, store
from ladder.live import lab as runs
from ladder.live.lab import PREPARED_UPDATES, Lab
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.plain import recipe_from_json
from ladder.server import routes
from ladder.server.origins import Origins
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.training import train
from ladder.ui import service

N_WORKERS = 1
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


def at_rest(update: int):
    return lambda told: told.update >= update and told.status == "paused"


def test_the_prepared_run_is_there_at_once_with_its_history(lab, until):
    run_id = lab.create(OPENING, PREPARED_UPDATES)
    until(run_id, at_rest(PREPARED_UPDATES))
    header, arrays = frames.decode(lab.history(run_id))
    assert header["kind"] == "history" and len(arrays["update"]) == PREPARED_UPDATES


@pytest.mark.parametrize("kept", ["can be removed", "stays"])
def test_a_run_that_an_earlier_version_prepared_is_not_taken_for_the_opening_one(tmp_path, monkeypatch, kept):
    folder = store.Store(tmp_path)
    earlier = Lab(tmp_path, 1)
    monkeypatch.setattr("ladder.live.lab.OPENING", RECIPE)
    earlier.start()
    earlier.stop()
    assert folder.read("prepared").recipe == RECIPE
    monkeypatch.undo()
    if kept == "stays":
        monkeypatch.setattr(Path, "unlink", Mock(side_effect=PermissionError))
    lab = Lab(tmp_path, 1)
    lab.start()
    try:
        assert lab.recipe(lab.create(OPENING, PREPARED_UPDATES)) == OPENING
        assert lab.prepared == (kept == "can be removed")
    finally:
        monkeypatch.undo()
        lab.stop()


def test_a_worker_s_numbers_are_training_s(lab, digits, until):
    run_id = lab.create(RECIPE, 120)
    until(run_id, at_rest(120))
    saved = store.from_bytes(lab.checkpoint(run_id))
    (state,), _ = train.train([train.initial(RECIPE.structure, digits)], [RECIPE.structure], [RECIPE.live], digits, 120)
    assert np.array_equal(saved.states["ladder"]["theta"], state.theta)


def test_commands_do_what_they_say(lab, until):
    run_id = lab.create(RECIPE)
    until(run_id, lambda told: told.target is not None)
    lab.step(run_id, 3)
    until(run_id, at_rest(3))
    lab.play(run_id)
    until(run_id, lambda told: told.status == "playing" and told.update > 20)
    live = replace(RECIPE.live, noise_std=(0.7,) * 3)
    lab.change(run_id, {"noise_std": (0.7,) * 3})
    assert lab.recipe(run_id).latest == live  # also before the worker has answered
    told = until(run_id, lambda told: told.changes)
    assert told.changes[0]["names"] == [["noise_std", None, "0.3", "0.7"]]
    lab.pause(run_id)
    paused = until(run_id, lambda told: told.status == "paused")
    copy = lab.copy(run_id)
    assert until(copy, lambda told: told.target is not None).update == paused.update
    assert lab.recipe(copy) == lab.recipe(run_id)
    lab.reset(run_id)
    until(run_id, lambda told: told.update == 0)
    assert lab.recipe(run_id) == Recipe(RECIPE.structure, live)


def test_a_lost_worker_costs_a_run_a_moment_at_most(lab, until):
    run_id = lab.create(RECIPE)
    leave = lab.subscribe(run_id, lambda message: None)
    lab.play(run_id)
    saved = lab.store.path(run_id)
    until(run_id, lambda told: told.update > 200 and saved.exists())
    before = store.from_bytes(lab.checkpoint(run_id)).states["ladder"]["update"]
    lab.mirrors[run_id].worker.process.kill()
    assert lab.mirrors[run_id].worker.process.wait(30)
    told = until(run_id, lambda told: told.status == "playing" and told.update > before + 100)
    assert told.update > before
    lab.pause(run_id)
    until(run_id, lambda told: told.status == "paused")
    leave()
    points = frames.decode(lab.history(run_id))[1]["update"]
    assert np.array_equal(np.sort(points), points) and len(set(points)) == len(points)


def test_two_runs_of_one_worker_advance_alike(lab, until):
    pair = [lab.create(RECIPE), lab.create(replace(RECIPE, structure=replace(RECIPE.structure, weight_seed=1)))]
    for run_id in pair:
        lab.play(run_id)
    for run_id in pair:
        until(run_id, lambda told: told.update > 400)
    counts = [lab.status(run_id).update for run_id in pair]
    for run_id in pair:
        lab.pause(run_id)
    assert max(counts) < 2.5 * min(counts)


def test_runs_that_begin_at_the_same_moment_are_shared_out_among_the_workers(tmp_path):
    class_lab = Lab(tmp_path, 2)
    try:
        class_lab.start()
        run_ids = [class_lab.create(RECIPE, 5) for _ in range(6)]
        for run_id in run_ids:
            assert class_lab.wait(run_id, at_rest(5), 60)
        for run_id in run_ids:
            class_lab.play(run_id)
        for run_id in run_ids:
            assert class_lab.wait(run_id, lambda told: told.update > 6, 60)
        workers = Counter(id(class_lab.mirrors[run_id].worker) for run_id in run_ids)
        assert sorted(workers.values()) == [3, 3]  # so equal runs advance alike, a worker's being alike
    finally:
        class_lab.stop()


def test_a_run_that_nobody_looks_at_is_let_go_and_comes_back(lab, monkeypatch, until):
    monkeypatch.setattr(runs, "UNWATCHED_SECONDS", 0.5)
    run_id = lab.create(RECIPE)
    leave = lab.subscribe(run_id, lambda message: None)
    lab.play(run_id)
    until(run_id, lambda told: told.update > 50)
    leave()
    eventually(lambda: run_id not in lab.mirrors)
    assert lab.exists(run_id)
    curves = lab.curves(run_id)  # the chart of a class has it too, while its student's phone sleeps
    assert curves["update"][-1] > 50 and len(curves["test_error"])
    got = []
    leave = lab.subscribe(run_id, got.append)
    until(run_id, at_rest(51))
    assert frames.decode(got[0])[0]["kind"] == "history"
    leave()


def test_bad_runs_and_bad_files_are_sentences(lab):
    for act in (lambda: lab.play("nosuch_run"), lambda: lab.recipe("../x"), lambda: lab.load(b"no checkpoint")):
        with pytest.raises(Problem):
            act()


def test_what_a_worker_cannot_do_is_told_and_harms_nobody(lab, until):
    missing = replace(RECIPE, structure=replace(RECIPE.structure, dataset="fashion-mnist"))
    run_id = lab.create(missing)
    assert eventually(lambda: lab.take_problem(run_id)).key == "data_missing"
    other = lab.create(RECIPE, 5)
    until(other, at_rest(5))


@pytest.fixture(scope="module")
def client(lab):
    """The routes, without Streamlit around them."""
    with TestClient(Starlette(routes=routes.routes(lab, service.classes(), "", Origins()))) as made:
        yield made


def test_the_export_holds_numbers_settings_checkpoint_and_pictures(lab, client, until):
    run_id = lab.create(RECIPE, 60)
    until(run_id, at_rest(60))
    picture = b"\x89PNG\r\n\x1a\n rest"
    sent = {"costs.png": picture, "..evil.png": picture, "%2e%2e%2fevil.png": picture, "x.png": b"<html>"}
    refused = [client.post(f"/export/{run_id}/a/{name}", content=sent[name]).status_code for name in sent]
    assert refused == [204, 204, 404, 204]
    answer = client.post(f"/export/{run_id}/a")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        model = [f"model/{name}" for name in ("ladder.json", "ladder.onnx", "ladder.safetensors", "run.py")]
        names = ["charts/costs.png", "checkpoint.npz", "metrics.csv", *model, "settings.json"]
        assert sorted(archive.namelist()) == names
        rows = list(csv.DictReader(io.StringIO(archive.read("metrics.csv").decode())))
        settings = json.loads(archive.read("settings.json"))
        checkpoint = archive.read("checkpoint.npz")
    assert [int(row["update"]) for row in rows] == list(range(61))
    assert 0 <= float(rows[50]["test_error"]) <= 1 and rows[51]["test_error"] == ""
    assert 0 <= float(rows[0]["test_error"]) <= 1 and rows[0]["supervised"] == ""
    total = float(rows[9]["supervised"]) + sum(
        w * float(rows[9][f"denoising_{l}"]) for l, w in enumerate((100, 1, 0.1))
    )
    assert float(rows[9]["objective"]) == pytest.approx(total, rel=1e-4)
    assert recipe_from_json(settings) == RECIPE
    loaded = lab.load(checkpoint)
    lab.step(loaded, 1)
    assert until(loaded, at_rest(61)).update == 61
    assert client.post("/export/nosuch_run/a").status_code == 404


def test_a_machine_on_which_the_prepared_run_takes_long_is_ready_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "UNWATCHED_SECONDS", 0.0)
    monkeypatch.setattr(runs, "LOOK_AFTER_SECONDS", 0.01)
    slow = Lab(tmp_path, 1)
    try:
        slow.start()
        assert slow.prepared
    finally:
        slow.stop()


def test_plotly_comes_from_the_installed_package_and_the_health_page_counts(client):
    answer = client.get("/plotly.min.js")
    assert answer.status_code == 200 and b"plotly.js" in answer.content[:400]
    again = client.get("/plotly.min.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    health = client.get("/health")
    assert health.status_code == 200 and health.json()["workers"] == 1
