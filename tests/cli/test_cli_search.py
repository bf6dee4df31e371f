"""Guided searches from a terminal: JSON lines, taken up again, interrupted; what cannot be searched is a sentence."""

import json
import signal
import subprocess
import sys

import pytest
from farming import PATIENCE, started

from ladder import __main__
from ladder.experiments.results import Results

WORDS = ["--range", "noise_std=0..1", "--range", "combinator=gauss,vanilla", "--seeds", "2", "--workers", "1"]
WORDS += ["--widths", "20-12", "--batch-size", "30"]


def searching(*words) -> subprocess.Popen:
    return started([sys.executable, "-m", "ladder", "search", *WORDS, *words])


def finished(*words) -> list[dict]:
    process = searching(*words)
    output, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and "Traceback" not in said
    return [json.loads(line) for line in output.splitlines()]


def kept() -> dict[str, float]:
    """When each result was written."""
    database = Results()
    with database._engine.connect() as connection:
        rows = connection.exec_driver_sql("select key, created from results").all()
    database.close()
    return {row.key: row.created for row in rows}


def test_a_search_prints_its_trials_and_the_best_and_goes_on_where_it_was(home):
    *trials, outcome = finished("--updates", "40", "--trials", "3", "--search-seed", "4")
    assert [trial["trial"] for trial in trials] == [0, 1, 2]
    assert all(trial["state"] == "finished" and trial["updates"] == 40 for trial in trials)
    assert all(set(trial["settings"]) == {"noise_std", "combinator"} for trial in trials)
    assert outcome["best"]["validation_error"] == min(trial["validation_error"] for trial in trials)
    assert outcome["best"]["test_error"]["n"] == 2 and (outcome["finished"], outcome["pruned"]) == (3, 0)
    assert outcome["importances"] is None and "Too few" in outcome["why"]
    before = kept()
    assert finished("--updates", "40", "--trials", "3", "--search-seed", "4") == [*trials, outcome]
    assert kept() == before
    *more, last = finished("--updates", "40", "--trials", "11", "--search-seed", "4")
    assert more[:3] == trials and len(more) == 11 and before.items() <= kept().items()
    assert set(last["importances"]) == {"noise_std", "combinator"} and last["why"] is None


def test_the_path_leads_from_the_usual_settings_to_the_best(home):
    *_, outcome, last = finished("--updates", "20", "--trials", "2", "--path")
    first, *steps = last["path"]
    assert first["change"] == {} and len(steps) == 2
    assert {name: value for step in steps for name, value in step["change"].items()} == outcome["best"]["settings"]
    assert steps[-1]["validation_error"] == pytest.approx(outcome["best"]["validation_error"])
    assert steps[-1]["test_error"]["n"] == 2
    database = Results()
    assert [one.kind for one in database.sweeps()] == ["search"]  # the steps are none of the kept sweeps
    database.close()


def test_ctrl_c_keeps_what_is_finished(home):
    process = searching("--updates", "300", "--trials", "500")
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    output, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in said and "of 500 trials are kept" in said
    assert all("settings" in json.loads(line) for line in output.splitlines())
    before = kept()
    assert len(before) >= 2
    again = finished("--updates", "300", "--trials", "1")
    assert again[0] == first and before.items() <= kept().items()
    database = Results()
    (listed,) = database.sweeps()
    database.close()
    assert listed.name == first["search"] and listed.state == "finished"


@pytest.mark.parametrize(
    "words, said",
    [
        ([], "something to vary"),
        (["--range", "nosuch=0..1"], "no choice"),
        (["--range", "noise_std=0..9"], "0 to 1"),
        (["--range", "noise_std=1..0"], "not a range"),
        (["--range", "noise_std"], "as in noise_std"),
        (["--range", "model=0..1"], "not a number"),
        (["--range", "combinator=gauss,nosuch"], "nosuch"),
        (["--range", "noise_std=0..1", "--range", "noise_std=0..0.5"], "twice"),
        (["--range", "noise_std=0..1", "--trials", "0"], "Trials: “0”"),
        (["--range", "noise_std=0..1", "--seeds", "0"], "Seeds: “0”"),
        (["--range", "noise_std=0..1", "--updates", "0"], "--updates 1000"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(home, capsys, words, said):
    assert __main__.main(["search", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1
