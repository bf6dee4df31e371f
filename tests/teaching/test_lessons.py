"""The lessons of this package: both languages, every misconception, and that what they promise is true."""

import importlib.util
import json
import os
import re
from pathlib import Path

import pytest
import torch

from ladder import i18n
from ladder.recipe import links
from ladder.recipe import race as races
from ladder.teaching import lessons
from ladder.teaching.lesson import MOST_WORDS, Choice, Number, n_words
from ladder.teaching.promises import Bench

FOUND = lessons.ours()
EVERY = {name: languages["en"] for name, languages in FOUND.lessons.items()}
PROMISES = [(name, i) for name, lesson in EVERY.items() for i in range(len(lesson.promises))]
SHOWN = 11  # the seed that the lessons' pages open
SEEDS = (1, 2, SHOWN)
KEPT_FILE = Path(__file__).parents[2] / "benchmarks" / "lessons.jsonl"
KEPT = [json.loads(line) for line in KEPT_FILE.read_text().splitlines()]


def benchmark():
    spec = importlib.util.spec_from_file_location("lessons_benchmark", KEPT_FILE.with_suffix(".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_file_is_a_lesson_in_both_languages():
    assert [i18n.problem(problem, "en") for problem in FOUND.problems] == []
    files = {path.stem for path in lessons.OURS.glob("*/*.md")}
    assert set(lessons.ORDER) == set(EVERY) == files and len(EVERY) >= 12
    assert all(set(languages) == set(i18n.LANGUAGES) for languages in FOUND.lessons.values())


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_a_lesson_predicts_runs_reveals_and_fits_the_screen(name, language):
    lesson = FOUND.lessons[name][language]
    assert any(step.prediction for step in lesson.steps) and any(step.done for step in lesson.steps)
    assert all(step.reveal for step in lesson.steps if step.done), "an action is answered"
    assert all(step.done or isinstance(step.prediction, Choice) or step.prediction for step in lesson.steps)
    assert n_words(lesson.title) <= 10 and lesson.mistakes and lesson.teacher.time and lesson.teacher.say
    for step in lesson.steps:
        assert n_words(step.text) + n_words(step.reveal) <= MOST_WORDS


@pytest.mark.parametrize(("language", "unit"), [("en", "points"), ("zh", "百分点")])
def test_a_gap_has_its_unit_once_and_in_the_lesson_s_language(language, unit):
    units = {one.unit_in(language) for one in numbers(language)}
    assert units <= {"%", i18n.text("lessons.unit.points", language), i18n.text("lessons.unit.times", language), ""}
    assert [one.unit_in(language) for one in numbers(language) if one.of == "gap"]
    for languages in FOUND.lessons.values():
        reveals = " ".join(step.reveal for step in languages[language].steps)
        assert not re.search(rf"gap}} ?(个)?{unit}", reveals)  # its value has the unit


def numbers(language):
    """The predictions of a number in all lessons of a language."""
    steps = [step for languages in FOUND.lessons.values() for step in languages[language].steps]
    return [step.prediction for step in steps if isinstance(step.prediction, Number)]


@pytest.mark.parametrize("name", EVERY)
def test_a_lesson_s_link_is_understood_and_opens_the_seed_that_is_measured(name):
    setting = EVERY[name].setting
    read = links.read(setting.words) if setting.page == "live" else races.read(setting.words)[0]
    structure = read.recipe.structure
    assert (structure.weight_seed, structure.label_seed) == (SHOWN, SHOWN) and not read.warnings


@pytest.fixture(scope="module")
def bench():
    torch.set_num_threads(1)
    return Bench(SEEDS)


@pytest.mark.skipif(os.environ.get("LADDER_ARITHMETIC") == "host", reason="the margins are of the fixed arithmetic")
@pytest.mark.parametrize("name, number", [one for one in PROMISES if not EVERY[one[0]].promises[one[1]].slow])
def test_a_promise_holds_and_fails_without_its_cause(name, number, bench):
    promise = EVERY[name].promises[number]
    with_cause, without = bench.check(promise)
    assert with_cause.holds, with_cause
    assert not without.holds, without
    if promise.lower:  # the run that the class sees
        at = SEEDS.index(SHOWN)
        assert with_cause.lower[at] < with_cause.higher[at]


def test_the_benchmark_measured_the_promises_of_today_over_twelve_seeds():
    made, lines = benchmark(), iter(KEPT)
    for name, number in PROMISES:
        line, promise = next(lines), EVERY[name].promises[number]
        assert (line["lesson"], line["promise"]) == (name, number)
        assert (line["by"], line["updates"]) == (promise.by, promise.updates)
        assert tuple(line["seeds"]) == made.SEEDS and len(set(line["seeds"])) >= 12 and SHOWN in line["seeds"]
        for told, sides in ((line, promise.sides), (line["without"], promise.without)):
            assert (told["lower"], told["higher"]) == tuple(map(made.described, sides))
        assert line["holds"] and not line["without"]["holds"], line
    assert next(lines)["experiment"] == "divided by the variance"
    assert next(lines, None) is None


def test_a_promise_without_its_margin_is_none(bench):
    """The check can fail: a margin above what was found."""
    from dataclasses import replace

    promise = replace(EVERY["unlabelled"].promises[0], by=0.5)
    assert not bench.check(promise)[0].holds
