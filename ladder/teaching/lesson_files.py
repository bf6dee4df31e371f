"""A lesson's file, read into the values of lesson.py. Every mistake in it is a Problem with the file and the line."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ladder.problems import Problem
from ladder.teaching import conditions
from ladder.teaching.lesson import (
    CURVES,
    HAN_PER_WORD,
    MOST_WORDS,
    POINTS,
    VALUES,
    Choice,
    Curve,
    Lesson,
    Number,
    Pair,
    Prediction,
    Question,
    Step,
    Teacher,
    n_words,
)
from ladder.teaching.lesson_front import Front
from ladder.teaching.lesson_lines import Lines

_KEY = re.compile(r"(\w+):\s*(.*)")
_OPTION = re.compile(r"- \[([ x])\] (.*)")
_BOUND = r"(-?\d{1,15}(?:\.\d{1,15})?)"
_NUMBER = re.compile(rf"number {_BOUND} to {_BOUND} ?(%|points|times|) of (\w+)")
_CURVE = re.compile(rf"curve (?:{_BOUND} to {_BOUND} ?(%?) )?of (\w+)")
STEP_KEYS = "point", "done", "predict"


def parse(text: str, name: str, language: str, file: str) -> Lesson:
    """Returns the lesson in a file's text. `name`: the file's name without its ending; `language`: a key of LANGUAGES;
    `file`: what Problems call the file. Raises Problem lesson_line, whose reason is another Problem: lesson_front for a
    file without front matter, lesson_section for a section that is missing, twice or unknown, and those of the
    functions below."""
    every = Lines(file, text.removeprefix("\ufeff").splitlines())
    marks = [i for i, line in enumerate(every.lines) if line.strip() == "+++"]
    if len(marks) < 2 or any(line.strip() for line in every.lines[: marks[0]]):
        raise every.refuse(0, Problem("lesson_front"))
    front = Front(every.part(marks[0] + 1, marks[1]))
    body = every.part(marks[1] + 1, len(every.lines))
    parts: dict[str, Lines] = {}
    for heading, lines in body.sections("# "):
        known = ("question", "mistakes", "teacher")
        if heading and (heading not in known or heading in parts):
            raise lines.refuse(0, Problem("lesson_section", heading=heading[:40], known=", ".join(known)))
        parts[heading] = lines
    for heading in ("question", "mistakes", "teacher"):
        if heading not in parts:
            raise every.refuse(len(every.lines) - 1, Problem("lesson_section", heading=heading, known=heading))
    setting = front.setting()
    return Lesson(
        name=name,
        language=language,
        title=front.text("title"),
        minutes=front.whole("minutes", 1, 90),
        misconception=front.text("misconception"),
        setting=setting,
        steps=tuple(_steps(parts[""], setting.page)),
        question=_question(parts["question"]),
        mistakes=tuple(_pairs(parts["mistakes"].part(1, len(parts["mistakes"].lines)))),
        teacher=_teacher(parts["teacher"]),
        promises=front.promises(setting),
    )


@dataclass
class _Screen:
    """The parts of a section's lines: options with their line, text, answer."""

    text: str
    options: list[tuple[bool, str]]
    answer: str


def _screen(lines: Lines) -> _Screen:
    """Returns the parts of a screen. Raises Problem lesson_line with lesson_long for more than MOST_WORDS words."""
    text: list[str] = []
    answer: list[str] = []
    options: list[tuple[bool, str]] = []
    for line in lines.lines:
        option = _OPTION.fullmatch(line.strip())
        if option:
            options.append((option[1] == "x", option[2].strip()))
        elif line.startswith(">"):
            answer.append(line[1:].removeprefix(" "))
        else:
            text.append(line)
    whole = ["\n".join(text), "\n".join(answer), *(words for _, words in options)]
    n = sum(map(n_words, whole))
    if n > MOST_WORDS:
        raise lines.refuse(0, Problem("lesson_long", n=n, high=MOST_WORDS, per=HAN_PER_WORD))
    return _Screen(whole[0].strip(), options, whole[1].strip())


def _choice(screen: _Screen) -> Choice:
    """Returns the choice among a screen's options. Raises Problem lesson_options unless there are two or more with one
    right."""
    right = [i for i, (is_right, _) in enumerate(screen.options) if is_right]
    if len(screen.options) < 2 or len(right) != 1:
        raise Problem("lesson_options", n=len(screen.options), right=len(right))
    return Choice(tuple(words for _, words in screen.options), right[0])


def _steps(lines: Lines, page: str) -> Iterator[Step]:
    """Yields the steps. Raises Problem lesson_line with lesson_no_steps where there is none, lesson_stray for text
    before the first, and those of _step."""
    (_, before), *sections = lines.sections("## ")
    stray = next((i for i, line in enumerate(before.lines) if line.strip()), None)
    if stray is not None:
        raise before.refuse(stray, Problem("lesson_stray"))
    if not sections:
        raise lines.refuse(0, Problem("lesson_no_steps"))
    for heading, section in sections:
        yield _step(heading, section, page)


def _step(title: str, lines: Lines, page: str) -> Step:
    """Returns a step. Raises Problem lesson_line with lesson_unknown for a key that no step has, lesson_missing for a
    step without text or title, lesson_point, lesson_done, lesson_predict, lesson_curve, lesson_options, lesson_brace,
    or lesson_long."""
    keys: dict[str, tuple[int, str]] = {}
    start = 1
    while start < len(lines.lines) and (found := _KEY.fullmatch(lines.lines[start].strip())):
        if found[1] not in STEP_KEYS or found[1] in keys:
            raise lines.refuse(start, Problem("lesson_unknown", key=found[1][:40], known=", ".join(STEP_KEYS)))
        keys[found[1]] = start, found[2].strip()
        start += 1
    body = lines.part(start, len(lines.lines))
    screen = _screen(body)
    if not title or not screen.text:
        raise lines.refuse(0, Problem("lesson_missing", key="text" if title else "title"))
    at, point = keys.get("point", (0, ""))
    if point and point not in POINTS:
        raise lines.refuse(at, Problem("lesson_point", value=point[:40], known=", ".join(sorted(POINTS))))
    for i, line in enumerate(body.lines):
        if line.startswith(">"):
            body.at(i, _check_braces, line, page)
    prediction: Prediction | None = None
    if "predict" in keys:
        at, words = keys["predict"]
        prediction = lines.at(at, _prediction, words, screen, page)
    elif screen.options:
        raise lines.refuse(0, Problem("lesson_missing", key="predict: choice"))
    at, words = keys.get("done", (0, ""))
    done = lines.at(at, conditions.parse, words) if words else ()
    if isinstance(prediction, Curve) and not conditions.awaited_update(done):
        raise lines.refuse(keys["predict"][0], Problem("lesson_curve"))
    return Step(title, screen.text, prediction, point, done, screen.answer)


def _check_braces(text: str, page: str) -> None:
    """Raises Problem lesson_brace for a name in braces that a page has no value for."""
    for name in re.findall(r"\{([^{}]*)\}", text):
        if name not in VALUES[page]:
            raise Problem("lesson_brace", value=name[:40], known=", ".join(_short(VALUES[page])))


def _short(values: Iterable[str]) -> list[str]:
    """Returns the names to offer in a sentence: one layer's for all, and those of the run before left out."""
    return sorted(name for name in values if not re.search(r"[1-9]$", name) and not name.startswith("before_"))


def _prediction(words: str, screen: _Screen, page: str) -> Prediction:
    """Returns the prediction that `words` ask for: "choice", "number 0 to 100 % of test_error", "curve of test_error"
    or "curve 0 to 0.3 of cost0". Raises Problem lesson_predict for other words, an unknown value, or a range that is
    none."""
    if words == "choice":
        return _choice(screen)
    number = _NUMBER.fullmatch(words)
    if number and number[4] in VALUES[page] and float(number[1]) < float(number[2]):
        return Number(number[4], float(number[1]), float(number[2]), number[3])
    curve = _CURVE.fullmatch(words)
    if curve and curve[4] in CURVES and page == "live" and (found := _curve(curve)):
        return found
    raise Problem("lesson_predict", value=words[:60])


def _curve(words: re.Match[str]) -> Curve | None:
    """Returns the prediction of a curve, None for a range that is none. The range of an error is in per cent."""
    low, high = CURVES[words[4]]
    if words[1]:
        if (words[3] == "%") != words[4].endswith("error"):
            return None
        low, high = (float(one) / (100 if words[3] else 1) for one in (words[1], words[2]))
    return Curve(words[4], low, high) if low < high else None


def _question(lines: Lines) -> Question:
    """Returns the question at the end. Raises Problem lesson_line with lesson_options, or lesson_missing where its text
    or its answer is missing."""
    screen = _screen(lines.part(1, len(lines.lines)))
    for key, found in (("text", screen.text), (">", screen.answer)):
        if not found:
            raise lines.refuse(0, Problem("lesson_missing", key=key))
    return Question(screen.text, lines.at(0, _choice, screen), screen.answer)


def _pairs(lines: Lines) -> Iterator[Pair]:
    """Yields the pairs of a list: "- " begins the first, "> " the second. Raises Problem lesson_line with lesson_pair
    for a line in between, an item without a second part, or an empty list."""
    first: list[str] = []
    second: list[str] = []
    n, at = 0, 0
    for i, line in enumerate([*lines.lines, "- "]):
        if line.startswith("- "):
            if first and not second:
                raise lines.refuse(at, Problem("lesson_pair"))
            if first:
                n += 1
                yield Pair(" ".join(first), " ".join(second))
            first, second, at = [line[2:].strip()], [], i
        elif line.startswith(">") and first:
            second.append(line[1:].strip())
        elif line.strip() and first and not second:
            first.append(line.strip())
        elif line.strip():
            raise lines.refuse(i, Problem("lesson_pair"))
    if not n:
        raise lines.refuse(0, Problem("lesson_pair"))


def _teacher(lines: Lines) -> Teacher:
    """Returns the teacher's notes. Raises Problem lesson_line with lesson_section for a part that is missing, twice or
    unknown, and those of _pairs."""
    parts: dict[str, Lines] = {}
    known = ("time", "say", "asked")
    for heading, section in list(lines.sections("## "))[1:]:
        if heading not in known or heading in parts:
            raise section.refuse(0, Problem("lesson_section", heading=heading[:40], known=", ".join(known)))
        parts[heading] = section.part(1, len(section.lines))
    for heading in known:
        if heading not in parts:
            raise lines.refuse(0, Problem("lesson_section", heading=heading, known=heading))
    time, say = ("\n".join(parts[key].lines).strip() for key in ("time", "say"))
    return Teacher(time, say, tuple(_pairs(parts["asked"])))
