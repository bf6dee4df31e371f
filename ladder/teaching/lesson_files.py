"""A lesson's file, read into the values of lesson.py. Every mistake in it is a Problem with the file and the line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from ladder import given
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe import race as races
from ladder.recipe.contestants import CONTESTANTS, usual
from ladder.teaching import conditions
from ladder.teaching.lesson import (
    CURVES,
    HAN_PER_WORD,
    LAYER_QUANTITIES,
    MOST_UPDATES,
    MOST_WORDS,
    OF_AUTOENCODERS,
    PAGES,
    POINTS,
    QUANTITIES,
    TOP,
    VALUES,
    Choice,
    Curve,
    Lesson,
    Number,
    Pair,
    Prediction,
    Promise,
    Question,
    Setting,
    Side,
    Step,
    Teacher,
    n_words,
)

T = TypeVar("T")
MOST_PROMISES = 50
MOST_DOTS = 2_000  # of a front matter: each dot of a key makes a table, and a line of them many large ones


class Lines:
    """The lines of a file, from which Problems get their place. `first`: the number of the first line."""

    def __init__(self, file: str, lines: list[str], first: int = 1):
        self.file, self.lines, self.first = file, lines, first

    def at(self, index: int, make: Callable[..., T], *arguments: object) -> T:
        """Returns make(*arguments). A Problem that it raises becomes lesson_line, with the file and the line number of
        the line `index`, unless it has a place already. Raises Problem lesson_line."""
        try:
            return make(*arguments)
        except Problem as problem:
            if problem.key == "lesson_line":
                raise
            raise Problem("lesson_line", file=self.file, line=self.first + index, reason=problem) from None

    def refuse(self, index: int, problem: Problem) -> Problem:
        """Returns lesson_line for a Problem at the line `index`."""
        return Problem("lesson_line", file=self.file, line=self.first + index, reason=problem)

    def part(self, start: int, end: int) -> "Lines":
        """Returns the lines from `start` to before `end`, with their numbers."""
        return Lines(self.file, self.lines[start:end], self.first + start)

    def sections(self, mark: str) -> Iterator[tuple[str, "Lines"]]:
        """Yields (heading, lines) of each section that a heading with this mark begins, such as "## ". The first pair
        has the heading "" and the lines before the first heading; the others have their heading among their lines."""
        starts = [i for i, line in enumerate(self.lines) if line.startswith(mark)]
        yield "", self.part(0, starts[0] if starts else len(self.lines))
        for start, end in pairwise([*starts, len(self.lines)]):
            yield self.lines[start].removeprefix(mark).strip(), self.part(start, end)


def parse(text: str, name: str, language: str, file: str) -> Lesson:
    """Returns the lesson in a file's text. `name`: the file's name without its ending; `language`: a key of LANGUAGES;
    `file`: what Problems call the file. Raises Problem lesson_line, whose reason is another Problem: lesson_front for a
    file without front matter, lesson_section for a section that is missing, twice or unknown, and those of the
    functions below."""
    every = Lines(file, text.removeprefix("\ufeff").splitlines())
    marks = [i for i, line in enumerate(every.lines) if line.strip() == "+++"]
    if len(marks) < 2 or any(line.strip() for line in every.lines[: marks[0]]):
        raise every.refuse(0, Problem("lesson_front"))
    front = _Front(every.part(marks[0] + 1, marks[1]))
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


# --- the front matter


class _Front:
    """The front matter of a lesson: TOML, with the line of every key. Raises Problem lesson_line with lesson_toml for a
    text that is no TOML, lesson_tangled for one that is nested too deeply, has more than MOST_DOTS dots or a number of
    thousands of digits, lesson_unknown for a key that no lesson has, and lesson_missing for one that all have."""

    KEYS = "title", "minutes", "misconception", "page", "setting", "promise"
    PROMISE_KEYS = "lower", "higher", "by", "updates", "without", "slow"
    SIDE_KEYS = "setting", "model", "quantity"

    def __init__(self, lines: Lines):
        self.lines = lines
        text = "\n".join(lines.lines)
        if text.count(".") > MOST_DOTS:
            raise lines.refuse(0, Problem("lesson_tangled"))
        try:
            self.table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            line = int(found[1]) - 1 if found else len(lines.lines) - 1
            raise lines.refuse(line, Problem("lesson_toml", reason=str(error).partition(" (at")[0])) from None
        except (RecursionError, ValueError):
            raise lines.refuse(0, Problem("lesson_tangled")) from None
        self._check_keys(self.table, self.KEYS, self.KEYS)

    def _line(self, key: str, nth: int = 0) -> int:
        """Returns the index of the line with the key; with `nth` of the key's appearance number `nth`, 0 the first."""
        pattern = re.compile(rf"\s*\[{{0,2}}{re.escape(key)}\]{{0,2}}\s*(?:=|$)")
        places = [i for i, line in enumerate(self.lines.lines) if pattern.match(line)]
        return places[min(nth, len(places) - 1)] if places else 0

    def _check_keys(
        self, table: Mapping[str, object], known: Iterable[str], needed: Iterable[str], at: int = 0
    ) -> None:
        for key in table:
            if key not in known:
                line = next((i for i in range(at, len(self.lines.lines)) if key in self.lines.lines[i]), at)
                raise self.lines.refuse(line, Problem("lesson_unknown", key=key[:40], known=", ".join(known)))
        for key in needed:
            if key not in table:
                raise self.lines.refuse(at, Problem("lesson_missing", key=key))

    def text(self, key: str) -> str:
        """Returns a key's text. Raises Problem lesson_value for another value, or an empty text."""
        value = self.table[key]
        if not isinstance(value, str) or not value.strip():
            raise self.lines.refuse(self._line(key), Problem("lesson_value", key=key, wanted='"…"'))
        return value.strip()

    def whole(self, key: str, low: int, high: int) -> int:
        """Returns a key's whole number. Raises Problem lesson_value unless it lies from `low` to `high`."""
        value = self.table[key]
        if type(value) is not int or not low <= value <= high:
            raise self.lines.refuse(self._line(key), Problem("lesson_value", key=key, wanted=f"{low} … {high}"))
        return value

    def setting(self) -> Setting:
        """Returns where the lesson begins. Raises Problem lesson_value for an unknown page, and those of _setting."""
        page = self.text("page")
        if page not in PAGES:
            raise self.lines.refuse(self._line("page"), Problem("lesson_value", key="page", wanted=", ".join(PAGES)))
        value = self.table["setting"]
        if not isinstance(value, str):
            raise self.lines.refuse(self._line("setting"), Problem("lesson_value", key="setting", wanted='"…"'))
        return self.lines.at(self._line("setting"), _setting, page, value, Setting(page, ()))

    def promises(self, base: Setting) -> tuple[Promise, ...]:
        """Returns the promises. `base`: the lesson's setting, whose parameters hold where a side names no others.
        Raises Problem lesson_value for a promise with other values than Promise takes, for none and for more than
        MOST_PROMISES, and those of _side."""
        tables = self.table["promise"]
        if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
            raise self.lines.refuse(self._line("promise"), Problem("lesson_value", key="promise", wanted="[[promise]]"))
        if len(tables) > MOST_PROMISES:
            wanted = f"1 … {MOST_PROMISES} × [[promise]]"
            raise self.lines.refuse(self._line("promise"), Problem("lesson_value", key="promise", wanted=wanted))
        return tuple(self._promise(table, nth, base) for nth, table in enumerate(tables))

    def _promise(self, table: dict[str, Any], nth: int, base: Setting) -> Promise:
        start = self._line("promise", nth)
        self._check_keys(table, self.PROMISE_KEYS, ("higher", "by", "updates", "without"), start)

        def line(key: str) -> int:
            lines = self.lines.lines
            return next((i for i in range(start, len(lines)) if re.match(rf"\s*{key}\b", lines[i])), start)

        def number(key: str, high: float, whole: bool = False) -> float:
            value = table[key]
            if type(value) not in ((int,) if whole else (int, float)) or not 0 < value <= high:
                raise self.lines.refuse(line(key), Problem("lesson_value", key=key, wanted=f"0 … {high:,.0f}"))
            return float(value)

        def side(key: str) -> Side:
            return self.lines.at(line(key), _side, self._side_table(table[key], line(key)), base)

        higher = side("higher")
        lower = side("lower") if "lower" in table else None
        removed = table["without"]
        if not isinstance(removed, dict) or not removed or not {*removed} <= {"setting", "lower", "higher"}:
            wanted = "{ setting = … }, { lower = {…} }, { higher = {…} }"
            raise self.lines.refuse(line("without"), Problem("lesson_value", key="without", wanted=wanted))
        slow = table.get("slow", False)
        if not isinstance(slow, bool):
            raise self.lines.refuse(line("slow"), Problem("lesson_value", key="slow", wanted="true, false"))

        def without(key: str) -> Side:
            given = {**table[key], **self._side_table(removed.get(key, {}), line("without"))}
            both = {"setting": removed["setting"]} if "setting" in removed else {}
            made = self.lines.at(line("without"), _side, given, base)
            return self.lines.at(line("without"), _side, {**given, **both}, made.setting) if both else made

        return Promise(
            lower=lower,
            higher=higher,
            by=number("by", 1e6),
            updates=int(number("updates", MOST_UPDATES, whole=True)),
            without=(without("lower") if "lower" in table else None, without("higher")),
            slow=slow,
        )

    def _side_table(self, value: object, line: int) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
            wanted = '{ setting = "…", model = "…", quantity = "…" }'
            raise self.lines.refuse(line, Problem("lesson_value", key="lower, higher", wanted=wanted))
        for key in value:
            if key not in self.SIDE_KEYS:
                problem = Problem("lesson_unknown", key=key[:40], known=", ".join(self.SIDE_KEYS))
                raise self.lines.refuse(line, problem)
        return value


def _setting(page: str, text: str, base: Setting) -> Setting:
    """Returns `base` with the parameters in `text`, a link's query. Raises Problem lesson_setting for a parameter that
    no link has, or a value that it cannot have."""
    setting = base.with_words(dict(parse_qsl(text, keep_blank_values=True)))
    words = setting.words
    warnings = races.read(words)[0].warnings if page == "compare" else links.read(words).warnings
    if warnings:
        raise Problem("lesson_setting", reason=warnings[0])
    return setting


def _side(table: Mapping[str, str], base: Setting) -> Side:
    """Returns one side of a promise. Raises Problem lesson_value for an unknown model or quantity, and those of
    _setting."""
    model, quantity = table.get("model", "ladder"), table.get("quantity", "test_error")
    setting = _setting(base.page, table.get("setting", ""), base)
    allowed = (
        ("ladder", "twin")
        if base.page == "live"
        else tuple(m for m, kind in CONTESTANTS.items() if kind != "reference")
    )
    if model not in allowed:
        raise Problem("lesson_value", key="model", wanted=", ".join(allowed))
    kind, bracket, layer = quantity.rstrip("]").partition("[")
    in_layer = kind in LAYER_QUANTITIES and bool(bracket) and given.whole(layer, TOP) is not None
    if not (in_layer or quantity in QUANTITIES) or not _has(model, kind):
        known = [*QUANTITIES, *(f"{name}[0]" for name in LAYER_QUANTITIES)]
        raise Problem("lesson_value", key="quantity", wanted=", ".join(known))
    return Side(setting, model, quantity)


def _has(model: str, kind: str) -> bool:
    """Returns whether a model has a quantity: costs and noise are a ladder's, what becomes of a code an
    autoencoder's."""
    if kind == "test_error":
        return True
    if kind in OF_AUTOENCODERS:
        return usual(model).family == "network"
    return model in ("ladder", "bottom", "gamma")


# --- the body

_KEY = re.compile(r"(\w+):\s*(.*)")
_OPTION = re.compile(r"- \[([ x])\] (.*)")
_BOUND = r"(-?\d{1,15}(?:\.\d{1,15})?)"
_NUMBER = re.compile(rf"number {_BOUND} to {_BOUND} ?(%|points|times|) of (\w+)")
_CURVE = re.compile(rf"curve (?:{_BOUND} to {_BOUND} ?(%?) )?of (\w+)")
STEP_KEYS = "point", "done", "predict"


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
