"""docs/writing-a-lesson.md: its example is a lesson, and it knows every word of the format."""

import re
from pathlib import Path

import torch

from ladder.settings import Live, knobs
from ladder.teaching import conditions, lesson, lesson_files, lessons
from ladder.teaching.promises import Bench

TEXT = (Path(__file__).parents[2] / "docs" / "writing-a-lesson.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```markdown\n(.*?)```", TEXT, re.DOTALL)


def test_the_example_opens_in_a_teacher_s_folder(tmp_path, monkeypatch):
    (name,) = re.findall(r"`en/(\w+)\.md`:", TEXT)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / f"{name}.md").write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.setenv(lessons.OWN, str(tmp_path))
    found = lessons.every()
    assert found.problems == [] and found.lesson(name, "en").title == "Half the labels"


def test_the_example_keeps_its_promise():
    torch.set_num_threads(1)
    (promise,) = lesson_files.parse(EXAMPLE, "example", "en", "example.md").promises
    with_cause, without = Bench((1, 2, 11)).check(promise)
    assert with_cause.holds and not without.holds


def test_the_text_names_every_condition_and_key():
    words = set(re.findall(r"[\w.\[\]]+", TEXT))
    assert {*conditions.MEASURED, *knobs(Live), *lesson.BUTTONS, *lesson_files.STEP_KEYS} <= words
    assert all(act in TEXT for act in conditions.ACTS) and str(lesson.MOST_WORDS) in TEXT
    assert f"1/{lesson.HAN_PER_WORD}" in TEXT and lessons.OWN in TEXT


def test_the_values_that_the_text_names_exist():
    named = set(re.findall(r"`\{(\w+)\}`", TEXT))
    assert len(named) > 15 and named <= lesson.LIVE_VALUES | lesson.COMPARE_VALUES
