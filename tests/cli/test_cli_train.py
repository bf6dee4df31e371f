"""`python -m ladder train` and `data`: JSON lines, the numbers of training itself, and sentences for what is wrong."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import mnist
import numpy as np
import pytest
from farming import ROOT

from ladder import __main__, arithmetic
from ladder.data import datasets, downloads
from ladder.live import session, store
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure
from ladder.training import train

WORDS = ["train", "--dataset", "moons", "--widths", "12", "--labels", "10", "--seed", "3"]
STRUCTURE = Structure("moons", widths=(12,), weight_seed=3, label_seed=3)


def printed(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def live(n_updates: int, **values) -> Live:
    return replace(defaults.default_live(STRUCTURE), n_labeled=10, n_updates=n_updates, **values)


def theta(structure: Structure, choices: Live, n_updates: int) -> np.ndarray:
    data = datasets.load(structure.dataset, structure.data_noise)
    (state,), _ = train.train([train.initial(structure, data)], [structure], [choices], data, n_updates)
    return state.theta


@pytest.mark.parametrize("command", [[], ["train"], ["data"], ["compare"], ["sweep"], ["search"], ["results"]])
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as ended:
        __main__.main([*command, "--help"])
    assert ended.value.code == 0 and "usage: python -m ladder" in capsys.readouterr().out


def test_help_says_what_is_accepted_and_advised(capsys):
    with pytest.raises(SystemExit):
        __main__.main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "--lateral 0|1" in said and "(default: True)" not in said
    assert "with colons between them, as in 0.3:0.1:0.1. (default: the preset's, or else what suits the data)" in said
    assert "with colons between them, as in 1:0:1. (default: 1)" in said and "commas" not in said


def test_widths_are_read_as_the_page_reads_them(capsys):
    for words in ("20-10", "20,10", "20, 10", "20:10"):
        assert __main__.main([*WORDS, "--widths", words, "--updates", "1"]) == 0
        assert len(printed(capsys)[-1]["denoising"]) == 4


@pytest.mark.parametrize(
    "words, lateral, top_down",
    [
        (["--lateral", "0"], (False,) * 3, (True,) * 3),
        (["--lateral", "1:0:1", "--top-down", "0"], (True, False, True), (False,) * 3),
        (["--lateral", "0,1,1", "--top-down", "1,1,0"], (False, True, True), (True, True, False)),
    ],
)
def test_a_switch_is_given_for_all_layers_or_for_each(capsys, tmp_path, words, lateral, top_down):
    file = tmp_path / "run.npz"
    assert __main__.main([*WORDS, *words, "--updates", "20", "--save", str(file)]) == 0
    cut = live(20, lateral=lateral, top_down=top_down)
    saved = store.from_bytes(file.read_bytes())
    assert saved.recipe == Recipe(STRUCTURE, cut)
    assert np.array_equal(saved.states["ladder"]["theta"], theta(STRUCTURE, cut, 20))
    capsys.readouterr()
    assert __main__.main(["train", "--link", links.address("http://host/", saved.recipe, View(), 20)]) == 0
    assert printed(capsys)[-1]["updates"] == 20


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "cp437", "ascii"])
def test_help_and_sentences_are_written_in_any_encoding(encoding):
    program = """
import contextlib
from ladder import __main__
for words in ([], ["train"], ["data"], ["compare"], ["sweep"], ["search"], ["results"]):
    with contextlib.suppress(SystemExit):
        __main__.main([*words, "--help"])
print(__main__.main(["train", "--noise-std", "3"]))
"""
    around = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=ROOT, env=around)
    said = done.stdout.decode(encoding)
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
    assert said.split()[-1] == "2" and b"--noise-std" in done.stderr
    assert "?" not in said  # every letter of the texts has a plain form


def test_a_run_prints_its_way_and_what_it_came_to(capsys, tmp_path):
    file = tmp_path / "run.npz"
    assert __main__.main([*WORDS, "--updates", "230", "--save", str(file)]) == 0
    *lines, result = printed(capsys)
    assert [line["update"] for line in lines] == [100, 200, 230]
    expected = {"model": "ladder", "dataset": "moons", "labels": 10, "seed": 3, "label_seed": 3, "updates": 230}
    assert expected.items() <= result.items() and result["status"] == "finished"
    errors = [line[name] for line in lines for name in ("test_error", "twin_error")]
    assert all(error == round(error, 6) for error in (*errors, result["test_error"], result["twin_test_error"]))
    assert 0 <= result["test_error"] <= 1 and 0 <= result["twin_test_error"] <= 1
    assert len(result["denoising"]) == 3 and result["supervised"] > 0 and result["updates_per_second"] > 0
    saved = store.from_bytes(file.read_bytes())
    assert saved.recipe == Recipe(STRUCTURE, live(230))
    assert np.array_equal(saved.states["ladder"]["theta"], theta(STRUCTURE, live(230), 230))


def test_a_stop_rule_ends_it_and_a_link_repeats_whatever_was_done(capsys):
    assert __main__.main([*WORDS, "--updates", "500", "--stop-error", "0.99"]) == 0
    assert printed(capsys)[-1]["updates"] == 50
    recipe = Recipe(STRUCTURE, live(0, stop_error=0.99)).changed(40, live(0, stop_error=0.99, learning_rate=0.01))
    link = links.address("http://host/", recipe, View(), 120)
    assert __main__.main(["train", "--link", link]) == 0
    assert printed(capsys)[-1]["updates"] == 120


def test_a_link_from_elsewhere_is_repeated_and_said(capsys):
    for by, said in (("aarch64-12ab.123456", "another kind of processor"), (arithmetic.ours().key, "")):
        link = links.address("http://host/", Recipe(STRUCTURE, live(0)), View(), 20, by)
        assert __main__.main(["train", "--link", link]) == 0
        out, errors = capsys.readouterr()
        assert json.loads(out.splitlines()[-1])["computed"] == arithmetic.ours().key
        assert ("processor" in errors) == bool(said) and said in errors


def test_an_interrupted_run_keeps_what_it_reached(capsys, tmp_path, monkeypatch):
    file, advance = tmp_path / "run.npz", session.Session.advance

    def interrupted(self, seconds):
        if self.update >= 150:
            raise KeyboardInterrupt
        advance(self, seconds)

    monkeypatch.setattr(session.Session, "advance", interrupted)
    assert __main__.main([*WORDS, "--updates", "500", "--save", str(file)]) == 130
    result = printed(capsys)[-1]
    assert result["status"] == "stopped" and result["updates"] == 150
    saved = store.from_bytes(file.read_bytes())
    assert saved.states["ladder"]["update"] == 150
    assert np.array_equal(saved.states["ladder"]["theta"], theta(STRUCTURE, live(500), 150))


def test_a_place_that_takes_no_file_is_said_before_the_training(capsys, tmp_path):
    for path in (tmp_path / "none" / "run.npz", tmp_path):
        assert __main__.main([*WORDS, "--updates", "100", "--save", str(path)]) == 2
        words = capsys.readouterr()
        assert words.out == "" and str(path) in words.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words, said",
    [
        (["--noise-std", "3"], "--noise-std"),
        (["--labels", "1"], "--labels"),
        (["--lambdas", "1,2,3,4"], "4 values"),
        (["--noise-std", "0,1"], "Write 0.1 with a point"),
        (["--noise-std", "0:1"], "2 values where 3 are needed"),  # as the sentence for 0,1 advises to write two values
        (["--lambdas", "0:1"], "2 values where 3 are needed"),
        (["--widths", "100-50-"], "100-50-25"),
        (["--lateral", "True"], "Choose one of: 0, 1"),
        (["--lateral", "1:0"], "2 values where 3 are needed"),
        (["--top-down", "1,0"], "2 values where 3 are needed"),  # no number, which a comma may stand in
        (["--learning-rate", "0:1"], "“0:1” is not a number"),
        (["--learning-rate", "0,002"], "with a point: 0.002"),
        (["--updates", "0"], "--updates"),
        (["--device", "cpu:x"], "--device"),
        (["--link", "foo"], "foo"),
    ],
)
def test_what_is_wrong_is_a_sentence(capsys, words, said):
    assert __main__.main([*WORDS, *words]) == 2
    found = capsys.readouterr()
    assert found.out == "" and said in found.err and "Traceback" not in found.err


def test_a_download_that_fails_leaves_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    nowhere = {"mnist": ("http://127.0.0.1:9/", downloads.SOURCES["mnist"][1])}
    monkeypatch.setattr(downloads, "SOURCES", nowhere)
    assert __main__.main(["data", "mnist"]) == 2
    assert "train-images-idx3-ubyte.gz" in capsys.readouterr().err
    assert not (tmp_path / "mnist").exists()


@mnist.needed
def test_mnist_trains_with_every_choice_of_the_protocol(capsys):
    options = {"known_classes": "--known-classes", "foreign_share": "--foreign-share", "n_unlabeled": "--unlabeled"}
    task = [word for name, value in mnist.TASK.items() for word in (options[name], str(value))]
    words = ["train", "--dataset", "mnist", "--widths", "50", "--labels", "120", "--updates", "150", *task]
    errors = []
    for control in ([], ["--label-noise", "0.2"], ["--shuffled-labels", "1"]):
        assert __main__.main([*words, *control]) == 0
        errors.append(printed(capsys)[-1]["test_error"])
    assert errors[0] < errors[1] < 0.5 < errors[2]  # by chance 0.83
