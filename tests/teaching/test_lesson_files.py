"""Lesson files: what they become, and that every mistake is told with its file and line."""

import re

import pytest

from ladder import i18n
from ladder.problems import Problem
from ladder.teaching import lessons
from ladder.teaching.conditions import Condition
from ladder.teaching.lesson import Choice, Curve, Number, difference, n_words
from ladder.teaching.lesson_files import parse

GOOD = """\
+++
title = "Labels"
minutes = 5
misconception = "More is less."
page = "live"
setting = "labels=20&at=300"

[[promise]]
lower = { setting = "labels=100", model = "ladder" }
higher = { model = "twin", quantity = "test_error" }
by = 0.02
updates = 400
without = { setting = "labels=100", higher = { model = "ladder" } }
+++

## Guess
predict: choice

Which way?

- [ ] Up
- [x] Down

## Draw
predict: curve of test_error
done: update >= 600

Draw it.

## Do it
point: n_labeled
predict: number 0 to 50 % of test_error
done: n_labeled > 20 and reset

Pull it.

> It is {test_error}, and was {before_test_error};
> layer 1 costs {cost1}.

# question

Why?

- [x] Because
- [ ] Nobody knows

> That is why.

# mistakes

- One thing,
  in two lines
> A remedy.
- Another
> Another remedy,
> in two lines.

# teacher

## time

All of it.

## say

Hello.

## asked

- What?
> That.
"""


def read(text: str):
    return parse(text, "labels", "en", "en/labels.md")


def test_a_file_becomes_plain_values():
    lesson = read(GOOD)
    assert (lesson.name, lesson.language, lesson.title, lesson.minutes) == ("labels", "en", "Labels", 5)
    assert lesson.setting.words == {"labels": "20", "at": "300"}
    assert lesson.setting.address("zh") == "./?v=1&labels=20&at=300&lang=zh"
    guess, draw, do = lesson.steps
    assert guess.prediction == Choice(("Up", "Down"), 1) and guess.text == "Which way?" and guess.done == ()
    assert draw.prediction == Curve("test_error", 0.0, 1.0)
    assert do.prediction == Number("test_error", 0.0, 50.0, "%") and do.point == "n_labeled"
    assert do.done == (Condition("n_labeled", None, ">", 20.0), Condition("reset"))
    assert do.reveal == "It is {test_error}, and was {before_test_error};\nlayer 1 costs {cost1}."
    assert lesson.question.choice.right == 0 and lesson.question.answer == "That is why."
    assert [(pair.first, pair.second) for pair in lesson.mistakes] == [
        ("One thing, in two lines", "A remedy."),
        ("Another", "Another remedy, in two lines."),
    ]
    assert lesson.teacher.say == "Hello." and lesson.teacher.asked[0].second == "That."


@pytest.mark.parametrize(
    "words, curve",
    [
        ("curve of gain2", Curve("gain2", -0.2, 1.0)),
        ("curve of costs", Curve("costs", 0.0, 6.0)),
        ("curve 0 to 0.3 of cost0", Curve("cost0", 0.0, 0.3)),
        ("curve 10 to 60 % of twin_error", Curve("twin_error", 0.1, 0.6)),
    ],
)
def test_a_drawn_curve_may_name_its_range(words, curve):
    assert read(GOOD.replace("curve of test_error", words)).steps[1].prediction == curve


def test_a_promise_takes_the_lesson_s_setting_where_it_names_no_other():
    (promise,) = read(GOOD).promises
    assert promise.lower.setting.words == {"labels": "100", "at": "300"}
    assert promise.higher.setting.words == {"labels": "20", "at": "300"}
    assert (promise.by, promise.updates, promise.slow) == (0.02, 400, False)
    assert promise.without[0] == promise.lower and promise.without[1].model == "ladder"
    assert promise.without[1].setting.words == {"labels": "100", "at": "300"}


def test_a_comparison_s_lesson_has_the_comparison_s_values():
    text = GOOD.replace('page = "live"', 'page = "compare"').replace("labels=20&at=300", "with=plain,denoising")
    text = text.replace("predict: curve of test_error\n", "").replace("{cost1}", "{saturated_plain}")
    text = text.replace("{before_test_error}", "{test_error_denoising}").replace("It is {test_error}", "It is {update}")
    text = text.replace("% of test_error", "% of test_error_plain").replace('"twin"', '"denoising"')
    assert read(text).setting.address("en") == "./compare?v=1&with=plain,denoising&lang=en"
    with pytest.raises(Problem) as caught:
        read(text.replace("{saturated_plain}", "{cost1}"))
    assert caught.value.values["reason"].key == "lesson_brace"


# what is replaced -> the mistake, the line, and its Problem
MISTAKES = [
    ("+++\ntitle", "title", 1, "lesson_front"),
    ("minutes = 5", "minutes = five", 3, "lesson_toml"),
    ('title = "Labels"\n', "", 2, "lesson_missing"),
    ("minutes = 5", "minutes = 0", 3, "lesson_value"),
    ("minutes = 5", 'minutes = "5"', 3, "lesson_value"),
    ('"More is less."', '""', 4, "lesson_value"),
    ('page = "live"', 'page = "sweep"', 5, "lesson_value"),
    ('page = "live"', 'page = "live"\npages = 2', 6, "lesson_unknown"),
    ("labels=20&at=300", "labels=1", 6, "lesson_setting"),
    ("labels=20&at=300", "label=20", 6, "lesson_setting"),
    ('setting = "labels=20&at=300"', "setting = 20", 6, "lesson_value"),
    ("[[promise]]", "[promise]", 8, "lesson_value"),
    ('model = "ladder" }\nhigher', 'modell = "ladder" }\nhigher', 9, "lesson_unknown"),
    ('setting = "labels=100", model = "ladder" }', 'setting = "labels=x" }', 9, "lesson_setting"),
    ("lower = {", "lowest = {", 9, "lesson_unknown"),
    ('model = "twin"', 'model = "svm"', 10, "lesson_value"),
    ('quantity = "test_error"', 'quantity = "beauty"', 10, "lesson_value"),
    ('quantity = "test_error"', 'quantity = "cost[0]"', 10, "lesson_value"),  # a twin has no such cost
    ("by = 0.02\n", "", 8, "lesson_missing"),
    ("by = 0.02", "by = 0", 11, "lesson_value"),
    ("by = 0.02", "by = true", 11, "lesson_value"),
    ("updates = 400", "updates = 4.5", 12, "lesson_value"),
    ("updates = 400", "updates = 99999", 12, "lesson_value"),
    ('without = { setting = "labels=100", higher = { model = "ladder" } }', "without = {}", 13, "lesson_value"),
    ('without = { setting = "labels=100"', 'without = { setting = "labels=0"', 13, "lesson_setting"),
    ("+++\n\n## Guess", "+++\n\nHello\n\n## Guess", 16, "lesson_stray"),
    ("predict: choice", "predict: oracle", 17, "lesson_predict"),
    ("predict: choice", "guess: choice", 17, "lesson_unknown"),
    ("predict: choice\n", "", 16, "lesson_missing"),
    ("Which way?\n", "", 16, "lesson_missing"),
    ("- [ ] Up", "- [x] Up", 17, "lesson_options"),
    ("- [ ] Up\n", "", 17, "lesson_options"),
    ("curve of test_error", "curve of beauty", 25, "lesson_predict"),
    ("curve of test_error", "curve 50 to 0 % of test_error", 25, "lesson_predict"),
    ("curve of test_error", "curve 0 to 0.5 of test_error", 25, "lesson_predict"),  # an error is in per cent
    ("curve of test_error", "curve 0 to 50 % of cost0", 25, "lesson_predict"),
    ("done: update >= 600", "done: update is 600", 26, "lesson_done"),
    ("done: update >= 600", "done: test_error < 0.5", 25, "lesson_curve"),
    ("done: update >= 600\n", "", 25, "lesson_curve"),
    ("Draw it.", "word " * 81, 27, "lesson_long"),
    ("point: n_labeled", "point: the sky", 31, "lesson_point"),
    ("number 0 to 50 %", "number 50 to 50 %", 32, "lesson_predict"),
    ("number 0 to 50 %", "number some %", 32, "lesson_predict"),
    ("{before_test_error}", "{accuracy}", 37, "lesson_brace"),
    ("{cost1}", "{cost9}", 38, "lesson_brace"),
    ("# question\n", "# quiz\n", 40, "lesson_section"),
    ("# question\n", "# mistakes\n", 49, "lesson_section"),
    ("- [x] Because\n", "- [ ] Because\n", 40, "lesson_options"),
    ("> That is why.\n", "", 40, "lesson_missing"),
    ("> A remedy.\n", "", 51, "lesson_pair"),
    ("- Another\n", "> Another\n\nAnd more\n", 56, "lesson_pair"),
    ("## say", "## sing", 64, "lesson_section"),
    ("- What?\n> That.\n", "", 69, "lesson_pair"),
]


@pytest.mark.parametrize("old, new, line, key", MISTAKES, ids=[f"{key}_{line}" for *_, line, key in MISTAKES])
def test_every_mistake_is_told_with_its_file_and_line(old, new, line, key):
    assert old in GOOD
    with pytest.raises(Problem) as caught:
        read(GOOD.replace(old, new, 1))
    problem = caught.value
    assert problem.key == "lesson_line"
    assert (problem.values["reason"].key, problem.values["line"]) == (key, line)
    for language in i18n.LANGUAGES:
        told = i18n.problem(problem, language)
        assert "en/labels.md" in told and str(line) in told and not re.search(r"\{\w+\}", told.replace(new, ""))


@pytest.mark.parametrize("section", ["question", "mistakes", "teacher"])
def test_a_missing_section_is_named(section):
    start = GOOD.index(f"# {section}\n")
    rest = GOOD.find("\n# ", start)
    with pytest.raises(Problem) as caught:
        read(GOOD[:start] + (GOOD[rest + 1 :] if rest > 0 else ""))
    assert caught.value.values["reason"].key == "lesson_section"
    assert section in i18n.problem(caught.value, "en")


def test_a_lesson_without_steps_is_refused():
    start, end = GOOD.index("## Guess"), GOOD.index("# question\n")
    with pytest.raises(Problem) as caught:
        read(GOOD[:start] + GOOD[end:])
    assert caught.value.values["reason"].key == "lesson_no_steps"


def test_words_are_counted_in_both_languages():
    assert n_words("Press Play: the error {test_error} falls.") == 6
    assert n_words("> **λ = 0** for z̃(1) −") == 4
    assert n_words("点击训练，等一会") == round(7 / 1.6)
    assert n_words("把 λ 拉到 0。") == 2 + round(3 / 1.6)


# a change in one language -> what differs
DIFFERENT = [
    ("labels=20&at=300", "labels=20", "setting"),
    ("minutes = 5", "minutes = 6", "minutes"),
    ("by = 0.02", "by = 0.03", "promises"),
    ("- [ ] Up\n- [x] Down", "- [x] Up\n- [ ] Down", "## 1, predict"),
    ("done: update >= 600", "done: update >= 700", "## 2, done"),
    ("point: n_labeled", "point: card.error", "## 3, point"),
    ("{cost1}", "{cost2}", "## 3, {…}"),
    ("- [x] Because\n- [ ] Nobody", "- [ ] Because\n- [x] Nobody", "# question"),
    ("## Draw\npredict: curve of test_error\ndone: update >= 600\n\nDraw it.\n\n", "", "3 / 2 ##"),
]


def test_a_translation_is_the_same_lesson():
    other = parse(GOOD.replace("Which way?", "哪边？"), "labels", "zh", "zh/labels.md")
    assert difference(read(GOOD), other) is None


@pytest.mark.parametrize("old, new, part", DIFFERENT, ids=[part for *_, part in DIFFERENT])
def test_a_translation_that_is_another_lesson_is_refused(old, new, part):
    assert old in GOOD
    other = parse(GOOD.replace(old, new), "labels", "zh", "zh/labels.md")
    problem = difference(read(GOOD), other)
    assert problem.key == "lesson_differs" and problem.values["part"] == part


def write(folder, language, name, text):
    (folder / language).mkdir(parents=True, exist_ok=True)
    (folder / language / f"{name}.md").write_text(text, encoding="utf-8")


def test_a_teacher_s_folder_is_read_and_a_bad_file_hinders_no_other(tmp_path, monkeypatch):
    write(tmp_path, "en", "mine", GOOD)
    write(tmp_path, "zh", "mine", GOOD)
    write(tmp_path, "zh", "only_chinese", GOOD)
    write(tmp_path, "en", "broken", GOOD.replace("minutes = 5", "minutes = five"))
    write(tmp_path, "en", "two", GOOD)
    write(tmp_path, "zh", "two", GOOD.replace("minutes = 5", "minutes = 9"))
    write(tmp_path, "en", "noise", GOOD)
    (tmp_path / "en" / "latin.md").write_bytes(GOOD.replace("Hello", "Grüß").encode("latin-1"))
    (tmp_path / "en" / "large.md").write_text("x" * (lessons.MOST_BYTES + 1))
    monkeypatch.setenv(lessons.OWN, str(tmp_path))
    found = lessons.every()
    assert list(found.lessons) == [*lessons.ours().lessons, "mine", "only_chinese"]
    assert found.lesson("mine", "zh").language == "zh" and found.lesson("only_chinese", "en").language == "zh"
    assert found.lesson("nothing", "en") is None
    keys = sorted(problem.key for problem in found.problems)
    assert keys == sorted(["lesson_line", "lesson_differs", "lesson_unreadable", "lesson_unreadable", "lesson_same"])
    for language in i18n.LANGUAGES:
        told = [i18n.problem(problem, language) for problem in found.problems]
        assert any("en/broken.md" in one for one in told) and any("en/latin.md" in one for one in told)


def test_a_folder_that_is_none_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv(lessons.OWN, str(tmp_path / "nowhere"))
    found = lessons.every()
    assert [problem.key for problem in found.problems] == ["lesson_folder"]
    assert found.lessons == lessons.ours().lessons


def test_without_the_folder_there_are_ours(monkeypatch):
    monkeypatch.delenv(lessons.OWN, raising=False)
    assert lessons.every().lessons == lessons.ours().lessons
