"""Sweeps from a terminal: killed at any moment, two at once, listed, exported, deleted."""

import json
import signal
import sys

import pytest
from farming import PATIENCE, eventually, pretended_result, started

from ladder import __main__
from ladder.cli import compare, sweep
from ladder.experiments.results import Results
from ladder.settings import preset


def command(*words):
    return [sys.executable, "-m", "ladder", *words]


SWEEP = command("sweep", "--axis", "labels=10,20", "--seeds", "3", "--workers", "1", "--widths", "20-12")
SWEEP += ["--batch-size", "30", "--updates", "600"]


def kept(home) -> dict[str, float]:
    """When each result was written."""
    database = Results()
    keys = [point.cell.key for one in database.sweeps() for point in database.points(one.name)]
    with database._engine.connect() as connection:
        rows = connection.exec_driver_sql("select key, created from results").all()
    database.close()
    assert {row.key for row in rows} <= set(keys)
    return {row.key: row.created for row in rows}


def test_a_process_killed_at_any_moment_loses_nothing_and_two_at_once_count_nothing_twice(home):
    first = started(SWEEP)
    eventually(lambda: kept(home))  # others of its block are about to be written, or the next block trains
    first.kill()
    first.communicate()
    before = kept(home)
    assert before
    both = [started(SWEEP), started(SWEEP)]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    after = kept(home)
    assert len(after) == 6 and before.items() <= after.items()
    assert outputs[0] == outputs[1]
    lines = [json.loads(line) for line in outputs[0].splitlines()]
    assert [line["axes"] for line in lines] == [{"labels": 10}, {"labels": 20}]
    assert all(len(line["per_seed"]["test_error"]) == 3 for line in lines)
    assert [line["choice"] for line in lines] == ["only", "only"]  # nobody chooses a label budget


def prepared(words) -> None:
    """Pretended results for the sweep of these words."""
    points = sweep.points_of(__main__.parser().parse_args(["sweep", *words]))
    database = Results()
    database.add(pretended_result(point.cell) for point in points)
    database.close()


def test_ctrl_c_keeps_what_is_finished(home):
    prepared(SWEEP[SWEEP.index("sweep") + 1 :])
    process = started([*SWEEP, "--axis", "updates=600,1000000"])
    said = ""
    while "updates/s" not in said:
        said += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    output, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in rest and "6 of 12 runs are kept" in rest
    database = Results()
    assert [(one.state, one.done) for one in database.sweeps()] == [("cancelled", 6)]
    database.close()


def test_sweeps_are_listed_exported_and_deleted(home, capsys, monkeypatch):
    monkeypatch.chdir(home)
    words = ["--axis", "model=logistic,knn", "--seeds", "2", "--name", "two"]
    prepared(words)
    assert __main__.main(["sweep", *words]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["axes"]["model"] for line in lines] == ["logistic", "knn"]
    assert __main__.main(["results", "list"]) == 0
    (listed,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (listed["name"], listed["state"], listed["done"], listed["total"]) == ("two", "finished", 4, 4)
    assert __main__.main(["results", "export", "two"]) == 0
    assert len((home / "two.csv").read_text().splitlines()) == 5
    assert __main__.main(["results", "delete", "two"]) == 0
    assert "4 results" in capsys.readouterr().err
    assert __main__.main(["results", "export", "two"]) == 2
    assert "no sweep" in capsys.readouterr().err


def test_help_names_the_models_with_a_noise_of_their_own(capsys):
    for command in ("sweep", "search"):
        with pytest.raises(SystemExit):
            __main__.main([command, "--help"])
        said = " ".join(capsys.readouterr().out.split())
        assert "options override: bottom, gamma, supervised_noise, supervised." in said


@pytest.mark.parametrize("words", [["results", "list"], ["sweep", "--axis", "model=knn"]])
def test_a_file_in_the_place_of_the_runs_folder_is_one_sentence(tmp_path, monkeypatch, capsys, words):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path / "file"))
    monkeypatch.delenv("LADDER_RESULTS", raising=False)
    assert __main__.main(words) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path}/file (it is a file, not a folder). Set LADDER_RUNS" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (["--models", "ladder,foo"], "--models: “foo” is not a choice"),
        (["--models", "ladder"], "2 to"),
        (["--seeds", "1"], "--seeds: “1” is not a whole number from 2"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(home, capsys, words, said):
    assert __main__.main(["compare", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1


def test_compared_relatives_keep_what_makes_them_what_they_are():
    models = ["ladder", "gamma", "supervised", "pseudo_label"]
    words = {"lambdas": "1000,10,0.1", "noise_std": "0.4", "lambdas.top": "5", "updates": "10"}
    lives = {dict(point.axes)["model"]: point.cell.live for point in compare.points_of(models, words, 1)}
    assert lives["ladder"].lambdas == (1000.0, 10.0, 0.1, 0.1, 5.0) and lives["ladder"].noise_std == (0.4,) * 5
    assert lives["supervised"] == preset(lives["supervised"], "supervised", 4)
    assert lives["gamma"].lambdas == preset(lives["gamma"], "gamma", 4).lambdas
    assert lives["pseudo_label"].noise_std == lives["gamma"].noise_std == (0.4,) * 5


@pytest.mark.parametrize(
    "words, said",
    [
        (["--axis", "nosuch=1"], "no choice"),
        (["--axis", "noise_std=0,9"], "0 to 1"),
        (["--axis", "noise_std"], "as in noise_std=0,0.1,0.3"),
        (["--axis", "labels=10", "--axis", "labels=20"], "twice"),
        (["--axis", "learning_rate=0.001..0.1"], "--random"),
        (["--random", "3", "--axis", "model=0..1"], "not a number"),
        (["--seeds", "0"], "not a whole number from 1 to 1000"),
        (["--random", "0", "--axis", "noise_std=0..1"], "from 1 to"),
        (["--axis", "labels=10", "--updates", "0"], "--updates 1000"),
        (["--axis", "labels=10", "--workers", "0"], "from 1 to"),
        (["--axis", "labels=10", "--workers", "-1"], "from 1 to"),
        (["--axis", "labels=10,20", "--noise-std", "0,1"], "Write 0.1 with a point"),
        (["--axis", "depth=03"], "1 to 6"),
        (["--axis", "depth=²"], "1 to 6"),
    ],
)
def test_what_cannot_be_swept_is_one_sentence(home, capsys, words, said):
    assert __main__.main(["sweep", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1
