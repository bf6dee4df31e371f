"""Comparisons from a terminal: each model tuned with as many trials, and how probable a difference is."""

import json
import subprocess
import sys

import pytest
from farming import PATIENCE, started

from ladder import __main__
from ladder.cli import compare
from ladder.experiments import tournament, tuning
from ladder.experiments.axes import cell_of
from ladder.experiments.tuning import Tuning
from ladder.recipe import defaults
from ladder.recipe.contestants import CONTESTANTS
from ladder.recipe.race import Race

WORDS = ["--dataset", "iris", "--widths", "6", "--updates", "20", "--labels", "12", "--seeds", "2", "--workers", "1"]


def compared(*words: str) -> list[dict]:
    process: subprocess.Popen = started([sys.executable, "-m", "ladder", "compare", *WORDS, *words])
    output, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and "Traceback" not in said, said
    return [json.loads(line) for line in output.splitlines()]


def test_each_model_is_tuned_with_as_many_trials_and_judged_by_other_seeds(home):
    lines = compared("--models", "ladder,supervised_noise,logistic", "--tune", "2", "--margin", "0.05")
    trials = [line for line in lines if "trial" in line]
    ladder, baseline, logistic, last = lines[len(trials) :]
    assert len(trials) == 4 and {tuple(sorted(line["settings"])) for line in trials} == {
        ("lambdas.scale", "learning_rate", "noise_std"),
        ("learning_rate", "noise_std"),
    }
    for model, mine in ((ladder, trials[:2]), (baseline, trials[2:])):
        best = min(mine, key=lambda line: line["validation_error"])
        assert model["tuned"]["trials"] == 2 and model["tuned"]["validation_error"] == best["validation_error"]
        assert {name: float(word) for name, word in model["tuned"]["settings"].items()} == best["settings"]
    assert logistic["tuned"] == {"trials": 0, "pruned": 0, "settings": {}, "validation_error": None}
    assert all(line["seeds"] == [3, 4] for line in (ladder, baseline, logistic))  # 0 to 2 are those of the tuning
    assert [fact["b"] for fact in last["differences"]] == ["supervised_noise", "logistic"]
    for fact in last["differences"]:
        assert fact["margin"] == 0.05
        assert fact["chances"] is None or sum(fact["chances"].values()) == pytest.approx(1)


@pytest.mark.parametrize("model", CONTESTANTS)
def test_every_end_of_what_is_tuned_can_be_trained(model):
    setup = tuning.setup_of(model, {"dataset": "digits", "lambdas": "1"}, 3)
    if setup is None:
        assert CONTESTANTS[model] == "reference"
        return
    setup.check()
    names = {one.name for one in setup.space}
    assert "learning_rate" in names and ("lambdas.scale" in names) == (model in ("ladder", "bottom", "gamma"))
    start = cell_of({"dataset": "digits", "model": model}, 0)
    for one in setup.space:  # whatever is tuned makes another run
        middle = f"{0.6 * one.low + 0.4 * one.high:.3g}"
        assert setup.cell(((one.name, middle),), 0).key != start.key


@pytest.mark.parametrize(
    "words, said",
    [
        (["--tune", "0"], "--tune"),
        (["--tune", "1001"], "--tune"),
        (["--margin", "-0.1"], "--margin"),
        (["--margin", "nan"], "--margin"),
        (["--seeds", "1"], "--seeds"),
    ],
)
def test_what_cannot_be_is_one_sentence(home, capsys, words, said):
    assert __main__.main(["compare", *words]) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told and len(told.strip().splitlines()) == 1


def test_without_tuning_the_seeds_begin_at_0():
    assert {point.seed for point in compare.points_of(["ladder", "twin"], {}, 3)} == {0, 1, 2}


def test_a_race_that_is_tuned_begins_with_its_own_choices_and_has_other_seeds():
    race = Race(defaults.OPENING.structure)
    made = Tuning(race, (50, 20), 4, 3)
    cells = {(*point.axes, point.seed): point.cell.key for point in tournament.points_of(race, [20, 50], 7)}
    for one in made.entrants:
        for point in one.points({}, 4):
            assert point.seed >= tuning.SEEDS and cells[(*point.axes, point.seed)] == point.cell.key
    assert len({point.cell.key for point in made.like()}) == made.n_runs == 6 * 3 * 3 + 6 * 4
    assert made.name == Tuning(race, (20, 50), 4, 3).name != Tuning(race, (20, 50), 4, 2).name
