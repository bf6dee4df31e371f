"""A lesson as data: predict, run, reveal. One Markdown file a lesson and language, which a teacher can write.

docs/writing-a-lesson.md describes the format, and lesson_files.py reads it into the frozen values of this file. Nothing
here knows a page: the pages draw a Lesson, and JavaScript evaluates the same conditions (conditions.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from ladder import i18n
from ladder.i18n import LANGUAGES
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.contestants import CONTESTANTS
from ladder.settings import MAX_HIDDEN, Structure, knobs
from ladder.teaching import conditions
from ladder.teaching.conditions import Condition

MOST_WORDS = 80  # of a screen: a step with its options and its answer
HAN_PER_WORD = 1.6  # Chinese characters that say as much as an English word
MOST_UPDATES = 10_000  # of a promise
TOP = MAX_HIDDEN + 1  # the highest layer that a network may have
PAGES = {"live": "./", "compare": "./compare"}

# Where a step points: the buttons, the choices by their names in settings.py, and the cards of the pages.
BUTTONS = "play", "step", "reset", "new_seed", "undo", "share"
CARDS = "error", "costs", "gain", "strip", "layers", "regions", "projection", "confusion", "labeled", "runs"
COMPARE_CARDS = "standings", "reconstruction", "pictures", "planes", "parts", "contestants", "seeds", "inside"
POINTS = {
    *BUTTONS,
    *knobs(Structure),
    *conditions.CHOICES,
    *(f"{name}[{l}]" for name in ("noise_std", "lambdas") for l in range(TOP + 1)),
    *(f"card.{name}" for name in CARDS),
    *(f"compare.{name}" for name in ("error", *COMPARE_CARDS)),
}

# What a promise compares (quantities.py). Those of LAYER_QUANTITIES have the layer behind them, as in "cost[0]".
QUANTITIES = (
    "test_error",
    "noisy_error",
    "error_of_batches_20",
    "error_of_batches_500",
    "error_of_class_batches",
    "costs",
    "contraction",
    "saturated",
    "weight_size",
)
LAYER_QUANTITIES = "cost", "gain", "cost_by_variance", "cost_by_definition"
OF_AUTOENCODERS = "contraction", "saturated", "weight_size"
SHOWN = "update", "test_error", "twin_error", "gap", "supervised", "objective", "costs", "n_labeled"  # by a live run
# Of a live run, measured when a step asks (quantities.py).
ASKED = "noisy_error", "error_of_batches_20", "error_of_batches_500", "error_of_class_batches"

ASKED_LAYERS = "cost_by_variance", "cost_by_definition"  # likewise, with a layer's number behind them

# Names in braces in an answer. `before_` has the value of the run that was in view when the step began.
LIVE_VALUES = {
    *SHOWN,
    *ASKED,
    *(f"{name}{l}" for name in LAYER_QUANTITIES for l in range(TOP + 1)),
}
LIVE_VALUES |= {f"before_{name}" for name in LIVE_VALUES}
COMPARE_VALUES = {"update", *(f"{name}_{model}" for name in ("test_error", *OF_AUTOENCODERS) for model in CONTESTANTS)}
VALUES = {"live": LIVE_VALUES, "compare": COMPARE_VALUES}
# What can be drawn, with the range of the drawing's axis: errors as fractions, and the costs of layers without one.
CURVES = {"test_error": (0.0, 1.0), "twin_error": (0.0, 1.0), "costs": (0.0, 6.0)}
CURVES |= {f"cost{l}": (0.0, 1.5) for l in range(TOP + 1)} | {f"gain{l}": (-0.2, 1.0) for l in range(TOP + 1)}
UNITS = "%", "points", "times", ""


@dataclass(frozen=True)
class Setting:
    """What a lesson or a promise runs. `page`: a key of PAGES. `query`: a link's parameters without the version, with
    the update up to which the run is repeated at once under "at"."""

    page: str
    query: tuple[tuple[str, str], ...]

    @property
    def words(self) -> dict[str, str]:
        """Returns the query's parameters by name."""
        return dict(self.query)

    def with_words(self, words: Mapping[str, str]) -> "Setting":
        """Returns the setting with other values of some parameters."""
        return Setting(self.page, tuple({**self.words, **words}.items()))

    def address(self, language: str) -> str:
        """Returns the relative link that opens the setting on its page."""
        words = {"v": links.VERSION, **self.words, "lang": language}
        return f"{PAGES[self.page]}?{urlencode(words, safe=',;=!')}"


@dataclass(frozen=True)
class Choice:
    """A prediction, or the question, with options of which the one numbered `right` (0 is the first) is true."""

    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Number:
    """The prediction of a number from `low` to `high`, in `unit` (one of UNITS). `of`: the name in VALUES of what it is
    compared with; errors and shares are fractions there, and per cent in the prediction."""

    of: str
    low: float
    high: float
    unit: str

    def unit_in(self, language: str) -> str:
        """Returns the unit as a person reads it in a language, "" for none."""
        return i18n.text(f"lessons.unit.{self.unit}", language) if self.unit.isalpha() else self.unit


@dataclass(frozen=True)
class Curve:
    """The prediction of a curve, drawn into its chart, from where the step begins to the update that it waits for.
    `of`: the name of the curve, one of CURVES. `low`, `high`: the ends of the axis, errors as fractions."""

    of: str
    low: float
    high: float


Prediction = Choice | Number | Curve


@dataclass(frozen=True)
class Step:
    """One screen. `text` and `reveal` are Markdown; `reveal` is shown when `done` holds, with the values of the run in
    place of the names in braces. `point`: one of POINTS, or ""."""

    title: str
    text: str
    prediction: Prediction | None
    point: str
    done: tuple[Condition, ...]
    reveal: str


@dataclass(frozen=True)
class Question:
    """The question at a lesson's end. `answer`: why the right option is right."""

    text: str
    choice: Choice
    answer: str


@dataclass(frozen=True)
class Pair:
    """A mistake with its remedy, or what a class asks with its answer."""

    first: str
    second: str


@dataclass(frozen=True)
class Teacher:
    """Notes for the teacher, in Markdown: how the `time` is spent, what to `say`, what will be `asked`."""

    time: str
    say: str
    asked: tuple[Pair, ...]


@dataclass(frozen=True)
class Side:
    """One side of a promise: a setting, which of its contestants is measured, and what. `model`: a key of CONTESTANTS;
    on the live page "ladder" or "twin". `quantity`: one of QUANTITIES, or one of LAYER_QUANTITIES with its layer."""

    setting: Setting
    model: str
    quantity: str


@dataclass(frozen=True)
class Promise:
    """What a lesson claims, after `updates` updates, of the mean over the seeds: the quantity of `higher` exceeds that
    of `lower` by at least `by`; or, where `lower` is None, the quantity of `higher` differs between the seeds by at
    least `by`. Each seed is weight seed and label seed.

    `without`: the same two sides with the lesson's cause removed, of which the claim must be false. `slow`: whether
    only benchmarks/lessons.py measures it, and no test.
    """

    lower: Side | None
    higher: Side
    by: float
    updates: int
    without: tuple[Side | None, Side]
    slow: bool

    @property
    def sides(self) -> tuple[Side | None, Side]:
        """Returns (lower, higher)."""
        return self.lower, self.higher


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language; see the module."""

    name: str
    language: str
    title: str
    minutes: int
    misconception: str
    setting: Setting
    steps: tuple[Step, ...]
    question: Question
    mistakes: tuple[Pair, ...]
    teacher: Teacher
    promises: tuple[Promise, ...]


def n_words(text: str) -> int:
    """Returns the number of words of a Markdown text. HAN_PER_WORD Chinese characters count as one word, a name in
    braces too."""
    han = len(re.findall(r"[\u4e00-\u9fff]", text))
    rest = re.sub(r"[\u4e00-\u9fff，。：；？！、（）“”…]", " ", text)
    return sum(any(letter.isalnum() for letter in word) for word in rest.split()) + round(han / HAN_PER_WORD)


def difference(a: Lesson, b: Lesson) -> Problem | None:
    """Returns Problem lesson_differs, with what differs, where two languages of a lesson are not the same lesson: they
    must agree in setting, minutes, promises, and in each step's prediction, condition and what it points at. None where
    they agree."""
    for part in ("setting", "minutes", "promises"):
        if getattr(a, part) != getattr(b, part):
            return _differs(a, b, part)
    if len(a.steps) != len(b.steps):
        return _differs(a, b, f"{len(a.steps)} / {len(b.steps)} ##")
    for i, (one, other) in enumerate(zip(a.steps, b.steps, strict=True), 1):
        for part in ("point", "done"):
            if getattr(one, part) != getattr(other, part):
                return _differs(a, b, f"## {i}, {part}")
        if _bare(one.prediction) != _bare(other.prediction):
            return _differs(a, b, f"## {i}, predict")
        if _braces(one.reveal) != _braces(other.reveal):
            return _differs(a, b, f"## {i}, {{…}}")
    return None if _bare(a.question.choice) == _bare(b.question.choice) else _differs(a, b, "# question")


def _differs(a: Lesson, b: Lesson, part: str) -> Problem:
    return Problem("lesson_differs", lesson=a.name, part=part, a=LANGUAGES[a.language], b=LANGUAGES[b.language])


def _bare(prediction: Prediction | None) -> object:
    """Returns a prediction without its words."""
    return (len(prediction.options), prediction.right) if isinstance(prediction, Choice) else prediction


def _braces(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
