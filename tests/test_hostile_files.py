"""What people give, damaged, foreign or meant to harm: a sentence each, little memory, nothing written, nothing run.

The corpora stand in hostile.py, the readers in hostile_readers.py. Each reader has a process of its own.
"""

import csv
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import hostile
import hostile_readers
import numpy as np
import pytest

from ladder import __main__ as command
from ladder.live.history import RaceHistory
from ladder.live.pins import PinFiles, pin_of
from ladder.live.session import Session
from ladder.live.store import from_bytes
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching import class_export, handin, lessons, marking
from ladder.teaching.classroom import after, opened
from ladder.teaching.room import Event

HERE = Path(__file__).parent
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))
LEAST_KINDS, LEAST_FILES = 25, 200
MOST_MEGABYTES = 300  # that one content may cost its reader, its own bytes among them
ANY_NAME = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a file's name")
MOST_LETTERS = 1_500  # of a sentence: some name all choices


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """The folder with the right files."""
    folder = tmp_path_factory.mktemp("right")
    content = Session(RECIPE).saved()
    race = RaceHistory(3)
    race.arrays |= {"eval_update": np.arange(3, dtype=np.int32)}
    race.arrays |= {name: np.zeros((3, 3), np.float32) for name in ("error", "clean_error", "noisy_error", "seconds")}
    race.arrays["parts"] = np.zeros((3, 0), np.float32)
    PinFiles(folder).write("good", (pin_of(Race(), race),))
    pins = (folder / "good.pins.json").read_text(encoding="utf-8")
    given = handin.of_run(from_bytes(content), "noise", "Ada", (("1", 2.0), ("2", "x")))
    hostile_readers.prepared(folder, content, given, pins)
    return folder


@pytest.mark.parametrize("reader", [one.__name__ for one in hostile_readers.READERS])
def test_each_is_a_sentence_and_costs_little(reader, right, tmp_path):
    place = tmp_path / "deep" / "deeper"
    place.mkdir(parents=True)
    path = os.pathsep.join([str(HERE.parent), str(HERE)])
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "hostile_readers", reader, str(right)],
        cwd=place,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{lines[-1:]}\n{done.stderr[-2000:]}"
    found = [line for line in lines if len(line) > 1]
    kinds = [line["kind"] for line in found]
    assert len(set(kinds)) == len(kinds) >= LEAST_KINDS
    wrong = [line for line in found if _wrong(line)]
    assert not wrong, "\n".join(str(line)[:600] for line in wrong)
    assert [one.name for one in tmp_path.iterdir()] == ["deep"] and list((tmp_path / "deep").iterdir()) == [place]
    assert not list(tmp_path.rglob(hostile.CANARY)), "something was executed"


def _wrong(line: dict) -> bool:
    """Whether an outcome is not as the kind's name says: no sentences for what is fine, and else proper ones."""
    if line["error"] or line["mb"] > MOST_MEGABYTES:
        return True
    refused = bool(line["sentences"])
    if not line["kind"].startswith(hostile.EITHER) and line["kind"].startswith(hostile.FINE) == refused:
        return True
    return not all(map(_is_proper, line["sentences"]))


def _is_proper(sentence: str) -> bool:
    """Whether a page can show a sentence: short, encodable, with all its values in."""
    encoded = sentence.encode(errors="ignore").decode()
    return 0 < len(sentence) <= MOST_LETTERS and encoded == sentence and "Traceback" not in sentence


def test_there_are_enough_of_them():
    assert len(hostile_readers.READERS) * LEAST_KINDS >= LEAST_FILES


# --- tables that spreadsheets open


@pytest.mark.parametrize("text", hostile.FORMULAS)
def test_no_cell_of_a_class_s_table_is_a_formula(text):
    room = opened("c", Event(1.0, "open", {"name": "3b", "approve": False}))
    values = {"member": "a", "lesson": text[:80], "which": text[:80], "value": f"{text} "}
    for kind, about in (("join", {"member": "a", "key": "a" * 64, "name": f"{text[:20]}x"}), ("answer", values)):
        room = after(room, Event(2.0, kind, about))
    _, row = csv.reader(io.StringIO(class_export.table(room, lambda run: None, lambda *asked: ()), newline=""))
    assert not any(map(_is_formula, row)), row


@pytest.mark.parametrize("text", hostile.FORMULAS)
def test_no_cell_of_the_hand_ins_table_is_a_formula(text, right):
    (good,) = handin.read((right / "handin.json").read_text(encoding="utf-8"))
    given = replace(good, nickname=text, answers=((text, text),), numbers=((text, 1.0),))
    content = marking.to_csv([{**marking.row(text, given, None, None, "en"), text: text}])
    for row in csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")):
        assert not any(map(_is_formula, row)), row


def _is_formula(cell: str) -> bool:
    """Whether a spreadsheet may take a cell for a formula, however it treats blanks and letters that nobody sees."""
    seen = "".join(letter for letter in cell if letter.isprintable() and not letter.isspace())
    return seen.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) and not _is_number(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# --- the names of lessons


def _own(folder: Path, name: str) -> Path:
    """A folder of lessons with one file."""
    (folder / "en").mkdir()
    (folder / "en" / f"{name}.md").write_bytes((lessons.OURS / "en" / "one_run.md").read_bytes())
    return folder


@ANY_NAME
@pytest.mark.parametrize("name", ["x" * 61, "a\nb", "a\x1b[31m", "\u202egnp", "\udcff"])
def test_a_lesson_has_a_name_that_can_be_shown_and_handed_in(tmp_path, name):
    (problem,) = lessons.load(_own(tmp_path, name)).problems
    assert problem.key == "lesson_name"
    assert all(map(_is_proper, hostile_readers.said(problem)))


@ANY_NAME
@pytest.mark.parametrize("name", ["<script>", "=1+1", "a&b#c?d", "一 课", "%2e%2e"])
def test_any_other_name_of_a_lesson_is_one(tmp_path, name):
    found = lessons.load(_own(tmp_path, name))
    assert not found.problems and list(found.lessons) == [name]


@ANY_NAME
def test_a_lesson_is_a_file_and_no_pipe_that_never_ends(tmp_path):
    (tmp_path / "en" / "folder.md").mkdir(parents=True)
    (tmp_path / "en" / "gone.md").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "en" / "pipe.md")
    problems = lessons.load(tmp_path).problems
    assert [one.key for one in problems] == ["lesson_unreadable"] * 3
    assert all(_is_proper(sentence) for one in problems for sentence in hostile_readers.said(one))


# --- the names of hand-ins


@ANY_NAME
def test_the_command_names_a_file_whose_name_is_no_text(tmp_path, capsys):
    (tmp_path / "\udcff.txt").write_text("Dear teacher")
    assert command.main(["handin", "check", str(tmp_path / "\udcff.txt")]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["file"].endswith("?.txt")


def test_no_nickname_commands_a_terminal(right):
    content = (right / "handin.json").read_text(encoding="utf-8").replace('"Ada"', '"\\u001b]0;x\\u0007\\u009b2J Ada"')
    (good,) = handin.read(content)
    assert good.nickname.isprintable() and good.nickname.endswith("Ada")
