"""What people have keeps opening: run files, links and result databases of earlier commits (tests/kept/README.md)."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from ladder.experiments import axes, design, jobs, tournament, trials
from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.results import Results
from ladder.experiments.search import Search, trials_of
from ladder.experiments.server import Jobs
from ladder.live import store
from ladder.live.session import Session
from ladder.recipe import links
from ladder.recipe import race as races
from ladder.recipe.plain import recipe_to_json

KEPT = Path(__file__).parent / "kept"
COMMITS = sorted(path for path in KEPT.iterdir() if path.is_dir())
RUNS = [path for commit in COMMITS for path in sorted(commit.glob("run_*.npz"))]
LINKS = [
    pytest.param(address, meant, id=f"{commit.name}-{number}")
    for commit in COMMITS
    for number, (address, meant) in enumerate(
        zip(
            (commit / "links.txt").read_text(encoding="utf-8").splitlines(),
            json.loads((commit / "links.json").read_text(encoding="utf-8")),
            strict=True,
        )
    )
]


def plain(value):
    """The value as JSON gives it back."""
    return json.loads(json.dumps(value))


def differences(meant, found, way: str = "") -> list[str]:
    """Where `found` says something else than `meant` says. What a later program says besides is no difference."""
    if isinstance(meant, dict) and isinstance(found, dict):
        missing = [f"{way}.{name} is missing" for name in meant.keys() - found.keys()]
        return missing + [
            text
            for name in meant.keys() & found.keys()
            for text in differences(meant[name], found[name], f"{way}.{name}")
        ]
    if isinstance(meant, list) and isinstance(found, list) and len(meant) == len(found):
        return [
            text for i, pair in enumerate(zip(meant, found, strict=True)) for text in differences(*pair, f"{way}.{i}")
        ]
    return [] if meant == found else [f"{way}: {found} where it meant {meant}"]


# --- run files


@pytest.fixture(params=RUNS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def kept_run(request) -> tuple[bytes, dict]:
    """A run's file, and what it meant to the commit that wrote it."""
    meanings = json.loads((request.param.parent / "runs.json").read_text(encoding="utf-8"))
    return request.param.read_bytes(), meanings[request.param.stem.removeprefix("run_")]


def test_a_kept_run_means_what_it_meant(kept_run):
    content, meant = kept_run
    saved = store.from_bytes(content)
    assert not differences(meant["recipe"], plain(recipe_to_json(saved.recipe)))
    assert saved.elapsed == meant["elapsed"]
    assert {state["update"] for state in saved.states.values()} == {meant["update"]}
    assert len(saved.history.arrays["update"]) == meant["n_points"]
    assert saved.history.arrays["test_error"].tolist() == pytest.approx(meant["test_error"])


def test_a_kept_run_goes_on_as_it_went_on(kept_run):
    content, meant = kept_run
    saved = store.from_bytes(content)
    session = Session(saved.recipe, saved)
    expected = meant["next_objective"]
    session.step(max(1, len(expected)))
    while session.active:
        session.advance(5.0)
    curves = session.history.arrays
    later = curves["update"] > meant["update"]
    if expected:
        np.testing.assert_allclose(curves["objective"][later], expected, rtol=2e-3)
        np.testing.assert_allclose(
            curves["twin_supervised"][later], meant["next_twin_supervised"], rtol=2e-3, atol=1e-4
        )
    else:  # it was about to diverge
        assert session.status in ("diverged", "paused")
    again = store.from_bytes(session.saved())
    assert again.recipe.structure == saved.recipe.structure
    assert again.states["ladder"]["update"] == meant["update"] + len(expected)


# --- links


def said(address: str) -> tuple[dict, list]:
    """What a link means today, and its warnings."""
    path, _, query = address.partition("?")
    params, page = dict(parse_qsl(query)), path.rsplit("/", 1)[-1]
    if page == "explore":
        found, warnings = design.read(params)
        some = found.points[:: max(1, len(found.points) // 6)]
        points = [{"axes": point.axes, "seed": point.seed, "key": point.cell.key} for point in some]
        about = {"n_seeds": found.n_seeds, "name": axes.name_of(found.points), "n_points": len(found.points)}
        return {"page": page, **about, "points": points}, warnings
    if page == "search":
        quest, warnings = design.read_search(params)
        setup = trials.to_json(quest.setup)
        return {"page": page, "name": quest.name, "n_trials": quest.n_trials, "setup": setup}, warnings
    if page == "compare":
        link, race = races.read(params)
        about = {"page": page, **asdict(race), "live": race.live.to_json()}
    else:
        link = links.read(params)
        about = {"page": "live", **recipe_to_json(link.recipe)}
    return {**about, "at": link.at, "view": asdict(link.view)}, link.warnings


@pytest.mark.parametrize("address, meant", LINKS)
def test_a_kept_link_means_what_it_meant(address, meant):
    found, warnings = said(address)
    assert not warnings
    assert not differences(meant, plain(found))


# --- the results' database


@pytest.fixture(params=COMMITS, ids=lambda path: path.name)
def kept_results(request, tmp_path):
    """A copy of a database, opened with today's code, and what is in it."""
    shutil.copy(request.param / "results.sqlite", tmp_path)
    results = Results(f"sqlite:///{tmp_path / 'results.sqlite'}")
    yield results, json.loads((request.param / "results.json").read_text(encoding="utf-8"))
    results.close()


class NoCrew:
    """Workers that nobody may ask for work."""

    size = 1

    def __getattr__(self, name: str):
        raise AssertionError(f"a finished sweep asked its workers for {name}")


def row(result: Result) -> dict:
    """A result as results.json has it."""
    names = ("validation_error", "test_error", "updates", "diverged")
    return plain({name: getattr(result, name) for name in names} | {"n_curve": len(result.curve.get("update", ()))})


def check_sweep(results: Results, meant: dict, points: list[Point]) -> None:
    """The sweep's runs are found by their keys, and nothing of them is computed again."""
    assert {key: row(result) for key, result in results.get(point.cell.key for point in points).items()} == meant[
        "rows"
    ]
    assert [(p.axes, p.seed, p.cell) for p in results.points(meant["name"])] == [
        (p.axes, p.seed, p.cell) for p in points
    ]
    results.start(meant["name"], points)  # the same sweep, as its author opens it again
    job = jobs.Job([point.cell for point in points], NoCrew(), results, name=meant["name"])
    assert job.wait(30) and job.progress.state == "finished"
    assert job.progress.reused == job.progress.total == len(points)


def test_a_kept_sweep_recomputes_nothing(kept_results):
    results, meant = kept_results
    points = design.read(meant["sweep"]["address"])[0].points
    assert axes.name_of(points) == meant["sweep"]["name"]
    check_sweep(results, meant["sweep"], points)


def test_a_kept_comparison_over_seeds_recomputes_nothing(kept_results):
    results, meant = kept_results
    kept = meant["comparison"]
    points = tournament.points_of(races.read(kept["address"])[1], kept["budgets"], kept["n_seeds"])
    assert axes.name_of(points) == kept["name"]
    check_sweep(results, kept, points)


def test_a_kept_comparison_over_seeds_is_known_for_one_and_can_be_repeated(kept_results):
    results, meant = kept_results
    kept = meant["comparison"]
    for _ in range(2):
        Jobs(NoCrew, lambda: results).results()  # as each server opens it
    kinds = {one.name: one.kind for one in results.sweeps()}
    assert {name for name, kind in kinds.items() if kind == "comparison"} == {kept["name"]}
    about = next(one.about for one in results.sweeps() if one.name == kept["name"])
    assert (about["budgets"], about["n_seeds"]) == (kept["budgets"], kept["n_seeds"])
    points = tournament.points_of(races.read(about["race"])[1], about["budgets"], about["n_seeds"])
    assert points == results.points(kept["name"])


def test_a_sweep_over_usual_models_and_labels_stays_one(tmp_path):
    results = Results(f"sqlite:///{tmp_path / 'results.sqlite'}")
    race = races.read({"with": "ladder,gamma", "target": "100"})[1]
    points = tournament.points_of(race, [10, 20], 3)
    models, labels = axes.axis("model", ["ladder", "gamma"]), axes.axis("labels", [10, 20])
    assert points == axes.grid([models, labels], {"updates": "100"}, range(3))  # nothing tells which of the two it was
    results.start(axes.name_of(points), points)
    tournament.recognise(results)
    assert [one.kind for one in results.sweeps()] == ["sweep"]
    results.close()


def test_kept_runs_that_diverged_are_known_to_have_diverged(kept_results):
    results, meant = kept_results
    kept = meant["diverged"]
    points = axes.grid([axes.axis_of(text) for text in kept["axes"]], kept["base"], range(kept["n_seeds"]), 100)
    assert any(one["diverged"] for one in kept["rows"].values())
    check_sweep(results, kept, points)


def test_a_kept_search_is_as_it_ended_and_trains_nothing(kept_results):
    results, meant = kept_results
    kept, quest = meant["search"], design.read_search(meant["search"]["address"])[0]
    found = [{"number": one.number, "words": one.words, "state": one.state} for one in trials_of(results, kept["name"])]
    assert plain(found) == kept["trials"]
    keys = [point.cell.key for point in results.points(kept["name"])]
    assert {key: row(result) for key, result in results.get(keys).items()} == kept["rows"]
    search = Search(quest.setup, quest.n_trials, NoCrew(), results, quest.name)
    assert search.wait(30) and search.progress.state == "finished"
    assert search.progress.reused == search.progress.total == quest.n_trials
