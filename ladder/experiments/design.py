"""A sweep or a search as a person describes it, and the same as a link; a cell as the link of a live run.

In a link, `axes=noise_std=0,0.1;labels=10,20` and `fix=updates=1000;dataset=moons`, in the words of the command line.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlencode

from ladder import given
from ladder.data.datasets import DATASETS
from ladder.experiments import axes as sweeps
from ladder.experiments import names
from ladder.experiments.axes import Axis, Point, Range
from ladder.experiments.cells import Cell
from ladder.experiments.plans import VARIANTS
from ladder.experiments.trials import MOST_SEEDS, MOST_TRIALS, Setup
from ladder.problems import Problem
from ladder.recipe import arrivals, defaults, links
from ladder.recipe import race as races
from ladder.recipe.contestants import usual
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import MAX_HIDDEN, PER_LAYER, PRESETS, Recipe, Structure

MOST_AXES = 2  # of a map
LEAST_SEEDS = 3  # fewer seeds say nothing of chance
MOST_ON_A_PAGE = (
    2000  # of a design on a page, which goes through all of them at every action; the command line takes more
)
MOST_SHOWN = 100  # letters of what is used in place of a parameter, in a warning
SHARED = {"dataset": "digits", "labels": "20", "updates": "1000"}  # what all runs share before anybody chooses
DESIGN_KEYS = frozenset({"v", "lang", "axes", "fix", "seeds", "measure", "kind", "sweep"})
SEARCH_KEYS = frozenset({"v", "lang", "space", "fix", "seeds", "draw", "trials", "sampler", "search"})
OPENED_UPDATES = 300  # of a cell that is opened as a live run, or fewer if it has fewer, so that every panel is filled

# Values that show something, where evenly spread ones would not.
_SUGGESTED = {
    "noise_std": ("0", "0.1", "0.3", "0.5", "1"),
    "lambdas": ("0", "1", "10", "100", "1000"),
    "lambdas.scale": ("0", "0.01", "0.1", "1", "10"),
    "learning_rate": ("0.0005", "0.001", "0.002", "0.005", "0.01"),
    "batch_size": ("20", "50", "100", "200"),
    "widths": ("64-32", "100-50-25", "250-100-50", "200-100-50-25"),
    "updates": ("300", "1000", "3000"),
    "label_noise": ("0", "0.1", "0.2", "0.4"),
    "shuffled_labels": ("0", "1"),
    "depth": tuple(map(str, range(1, MAX_HIDDEN + 1))),
    "model": ("ladder", "gamma", "supervised", "denoising", "label_spreading"),
    "variant": tuple(VARIANTS),
    "preset": tuple(PRESETS),
    "ramp": ("100", "1000", "10000"),
    "weight_decay": ("0", "0.0001", "0.001", "0.01"),
    "hessian_std": ("0.05", "0.1", "0.2", "0.5"),
    "xi": ("0.01", "0.1", "1"),
    "epsilon": ("0.1", "0.2", "0.5", "1", "2"),
}


OF_DATASET = "labels", "unlabeled", "known_classes"  # the axes whose suggested values depend on the dataset

_RANGES = {
    "noise_std": (0, 1),
    "lambdas": (0.1, 5000),
    "lambdas.scale": (0.01, 10),
    "learning_rate": (0.0005, 0.02),
    "batch_size": (20, 300),
    "updates": (300, 3000),
    "weight_decay": (0, 0.01),
    "epsilon": (0.05, 5),
}


def dataset_of(base: Iterable[tuple[str, str]]) -> str:
    """Returns the dataset of what all runs have in common."""
    return dict(base).get("dataset", Structure.dataset)


@dataclass(frozen=True)
class Design:
    """Runs for every combination of the values of one or two axes, with the seeds 0..n_seeds - 1, and `base`,
    ((name, word), ...), in common.

    Raises Problem "design_axes" for another number of axes, "design_seeds" unless
    LEAST_SEEDS <= n_seeds <= MOST_SEEDS, and "design_long" for more values than a link has room for."""

    axes: tuple[Axis, ...] = sweeps.plan_axes("noise_labels")
    base: tuple[tuple[str, str], ...] = tuple(SHARED.items())
    n_seeds: int = 3

    def __post_init__(self) -> None:
        if not 1 <= len(self.axes) <= MOST_AXES:
            raise Problem("design_axes", n=len(self.axes), high=MOST_AXES)
        if not LEAST_SEEDS <= self.n_seeds <= MOST_SEEDS:
            raise Problem("design_seeds", n=self.n_seeds, low=LEAST_SEEDS, high=MOST_SEEDS)
        letters = len(urlencode(query(self)))
        if letters > links.MAX_LETTERS:
            raise Problem("design_long", n=letters, high=links.MAX_LETTERS)

    @cached_property
    def points(self) -> list[Point]:
        """The runs: a Point for every combination and seed. Raises Problem "sweep_too_large" for more than
        MOST_ON_A_PAGE, and the others of axes.grid."""
        varied = {axis.name for axis in self.axes}
        shared = {name: word for name, word in self.base if name not in varied}
        return sweeps.grid(self.axes, shared, range(self.n_seeds), MOST_ON_A_PAGE)


@dataclass(frozen=True)
class Quest:
    """A guided search as a page or a link describes it. `n_trials`: how many settings it tries. `given`: its name, ""
    where nobody gave it one. Raises Problem "bad_whole" unless 1 <= n_trials <= MOST_TRIALS."""

    setup: Setup = Setup(
        tuple(sweeps.search_range(name, *_RANGES[name]) for name in ("noise_std", "lambdas.scale", "learning_rate")),
        tuple(SHARED.items()),
    )
    n_trials: int = 30
    given: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.n_trials <= MOST_TRIALS:
            raise Problem("bad_whole", name="n_trials", value=self.n_trials, low="1", high=str(MOST_TRIALS))

    @property
    def name(self) -> str:
        """The name under which its trials are kept: the given one, or that of its setup."""
        return self.given or self.setup.name


# --- links


def query(design: Design) -> dict[str, str]:
    """Returns the design as query parameters: "v", "axes", "fix" and "seeds"."""
    return {"v": links.VERSION, "axes": _several(design.axes), "fix": _fixed(design.base), "seeds": str(design.n_seeds)}


def search_query(quest: Quest) -> dict[str, str]:
    """Returns the search as query parameters: "v", "space", "fix", "seeds", "draw" (the sampler's seed), "trials",
    "sampler", and "search" for a name that somebody gave."""
    setup = quest.setup
    found = {"v": links.VERSION, "space": _several(setup.space), "fix": _fixed(setup.base), "seeds": str(setup.n_seeds)}
    found |= {"draw": str(setup.seed), "trials": str(quest.n_trials), "sampler": setup.sampler}
    return found | ({"search": quest.given} if quest.given else {})


def _several(space: Iterable[Axis | Range]) -> str:
    return ";".join(map(_written, space))


def _written(one: Axis | Range) -> str:
    if isinstance(one, Range):
        return f"{one.name}={one.low:.12g}..{one.high:.12g}"
    return f"{one.name}={','.join(map(_quoted, one.words))}"


def _fixed(base: tuple[tuple[str, str], ...]) -> str:
    return ";".join(f"{name}={_quoted(word)}" for name, word in base)


def _quoted(word: str) -> str:
    return word.replace(",", ":")


T = TypeVar("T")


class _Taking:
    """Query parameters one by one, with a warning for each that is not understood."""

    def __init__(self, params: Mapping[str, str], usual: Mapping[str, str], warnings: list[Problem]):
        self.params, self.usual, self.warnings = params, usual, warnings

    def __call__(self, key: str, read_word: Callable[[str], T], otherwise: T) -> T:
        if key not in self.params:
            return otherwise
        try:
            return read_word(self.params[key])
        except (Problem, ValueError) as error:
            reason = error if isinstance(error, Problem) else Problem("link_word", value=self.params[key][:40])
            self.warnings.append(Problem("link_value", key=key, reason=reason, used=self.usual.get(key, "–")))
            return otherwise

    def parts(
        self,
        key: str,
        read_parts: Callable[[str], tuple[tuple[T, ...], list[Problem]]],
        otherwise: tuple[T, ...],
        written: Callable[[tuple[T, ...]], str],
    ) -> tuple[T, ...]:
        """Returns the parts of a parameter that are understood, or `otherwise` where none is; with a warning for each
        that is not, of arrivals.MOST_TOLD at most; with one, design_long, for a text that is longer than a link has
        room for, which is not read. `read_parts`: text -> parts, and what is wrong with the others; `written`: parts as
        a link has them."""
        if key not in self.params:
            return otherwise
        text = self.params[key]
        long = len(text) > links.MAX_LETTERS
        found, wrong = read_parts("" if long else text)
        wrong = [Problem("design_long", n=len(text), high=links.MAX_LETTERS)] if long else wrong
        found = otherwise if wrong and not found else found
        used = written(found)[:MOST_SHOWN]
        self.warnings += [
            Problem("link_value", key=key, reason=reason, used=used) for reason in wrong[: arrivals.MOST_TOLD]
        ]
        return found


def read(params: Mapping[str, str]) -> tuple[Design, list[Problem]]:
    """Returns the design of query parameters, and warnings. A parameter that is missing or not understood is as in
    Design(); of "axes" and "fix" what is understood stays. Where the parameters together make no design that can be
    run, Design() is returned.

    The warnings are Problems: "link_unknown" for a key, "link_value" for a value or a word of it, "link_version", and
    "link_whole", with what Design or its `points` raise, where Design() is returned."""
    usual, params = Design(), arrivals.mended(params, DESIGN_KEYS)
    take = _Taking(params, query(usual), [*arrivals.unknown(params, DESIGN_KEYS), *links.foreign_version(params)])
    axes = take.parts("axes", _axes, usual.axes, _several)
    base = take.parts("fix", _base, usual.base, _fixed)
    n_seeds = take("seeds", lambda text: Design(n_seeds=int(text)).n_seeds, usual.n_seeds)
    try:
        found = Design(axes, base, n_seeds)
        found.points  # noqa: B018
        return found, take.warnings
    except Problem as problem:
        return usual, [*take.warnings, Problem("link_whole", reason=problem)]


def read_search(params: Mapping[str, str]) -> tuple[Quest, list[Problem]]:
    """Returns the search of query parameters, and warnings, as `read` does of a design; its usual value is Quest(), and
    "link_whole" has what Setup, its `check` or Quest raise."""
    usual, params = Quest(), arrivals.mended(params, SEARCH_KEYS)
    take = _Taking(
        params, search_query(usual), [*arrivals.unknown(params, SEARCH_KEYS), *links.foreign_version(params)]
    )
    space = take.parts("space", _space, usual.setup.space, _several)
    base = take.parts("fix", _base, usual.setup.base, _fixed)
    n_seeds = take("seeds", lambda text: replace(usual.setup, n_seeds=int(text)).n_seeds, usual.setup.n_seeds)
    draw = take("draw", lambda text: replace(usual.setup, seed=int(text)).seed, usual.setup.seed)
    n_trials = take("trials", lambda text: Quest(n_trials=int(text)).n_trials, usual.n_trials)
    sampler = take("sampler", lambda text: replace(usual.setup, sampler=text).sampler, usual.setup.sampler)
    given = take("search", names.readable, "")
    try:
        quest = Quest(Setup(space, base, n_seeds, draw, sampler), n_trials, given)
        quest.setup.check()
        return quest, take.warnings
    except Problem as problem:
        return usual, [*take.warnings, Problem("link_whole", reason=problem)]


def _axes(text: str) -> tuple[tuple[Axis, ...], list[Problem]]:
    """Returns the axes of a sweep that a text names, none where they are too many or too long, and what is wrong."""
    space, wrong = _space(text)
    wrong += [Problem("sweep_range_grid", axis=one.name) for one in space if isinstance(one, Range)]
    found = tuple(one for one in space if isinstance(one, Axis))
    try:
        return found and Design(found).axes, wrong
    except Problem as problem:
        return (), [*wrong, problem]


def _space(text: str) -> tuple[tuple[Axis | Range, ...], list[Problem]]:
    """Returns the axes and ranges that a text names, without words that they cannot have, and what is wrong."""
    found: list[Axis | Range] = []
    wrong: list[Problem] = []
    for part in text.split(";"):
        try:
            one = sweeps.axis_of(part)
        except Problem as problem:
            wrong.append(problem)
            continue
        if isinstance(one, Axis):
            problems = {word: _wrong(one.name, word) for word in one.words}
            wrong += filter(None, problems.values())
            one = replace(one, words=tuple(word for word, problem in problems.items() if not problem))
        if isinstance(one, Range) or one.words:
            found.append(one)
    return tuple(found), wrong


def _base(text: str) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    """Returns the (name, word) pairs that a text names and that can be, and what is wrong with the others."""
    found, wrong = [], []
    for part in filter(None, text.split(";")):
        name, equals, word = part.partition("=")
        try:
            if not equals:
                raise Problem("link_word", value=part[:40])
            name, word = sweeps.public_name(name), word.replace(":", ",")
            sweeps.check_word(name, word)
            found.append((name, word))
        except Problem as problem:
            wrong.append(problem)
    return tuple(found), wrong


def _wrong(name: str, word: str) -> Problem | None:
    try:
        sweeps.check_word(name, word)
    except Problem as problem:
        return problem
    return None


# --- what to begin with


def suggested_range(name: str, dataset: str) -> Range | None:
    """Returns a range of the axis that is worth a search on a dataset; None for an axis that has no range of numbers.
    The dataset matters to OF_DATASET alone: these go from the least to the most of `suggested`, 0 not counted."""
    try:
        knob = sweeps.knob_of(name)
    except Problem:
        return None
    assert knob.low is not None and knob.high is not None, "it has a range"
    if name in OF_DATASET:
        numbers = [number for number in map(int, suggested(name, dataset)) if number]
        return sweeps.search_range(name, min(numbers), max(numbers)) if len(numbers) > 1 else None
    low, high = _RANGES.get(name) or _RANGES.get(name.partition(".")[0]) or (knob.low, knob.high)
    return sweeps.search_range(name, low, high)


def suggested(name: str, dataset: str) -> tuple[str, ...]:
    """Returns values of an axis that are worth a try on a dataset, as words. The dataset matters to OF_DATASET alone:
    "labels" are multiples of its number of classes, up to half of its training rows; "unlabeled" a quarter and half of
    its training rows, and all; "known_classes" half and three fifths of its classes, rounded up, and all."""
    info = DATASETS[dataset]
    n = len(info.class_names)
    if name == "labels":
        return tuple(str(k * n) for k in (1, 2, 5, 10) if k * n <= info.n_train / 2)
    if name == "unlabeled":
        return str(info.n_train // 4), str(info.n_train // 2), "0"
    if name == "known_classes":
        some = {math.ceil(share * n) for share in (0.5, 0.6)}  # Oliver et al. 2018 keep 6 of 10
        return (*(str(k) for k in sorted(some) if 2 <= k < n), "0")
    found = _SUGGESTED.get(name) or _SUGGESTED.get(name.partition(".")[0])
    if found:
        return found
    knob = sweeps.knob_named(name)
    assert knob is not None, "the axes without a knob stand in _SUGGESTED"
    if knob.choices:
        return knob.choices
    if knob.kind is bool:
        return "1", "0"
    low, high = knob.low, knob.high
    assert low is not None and high is not None, "a number has a range"
    if knob.log and isinstance(knob.default, int | float):
        tried = [knob.default * factor for factor in (0.01, 0.1, 1, 10)]
        return tuple(f"{value:g}" for value in tried if low <= value <= high)
    return tuple(f"{low + share * (high - low):g}" for share in (0, 0.25, 0.5, 0.75, 1))


def with_task(base: Iterable[tuple[str, str]], name: str) -> tuple[tuple[str, str], ...]:
    """Returns what all runs have in common when the choice `name` is added: a share of foreign classes needs a task of
    some classes. Where `base` has none, that is the largest of the suggested ones; data of two classes have none."""
    base = tuple(base)
    if name != "foreign_share" or "known_classes" in dict(base):
        return base
    some = [word for word in suggested("known_classes", dataset_of(base)) if word != "0"]
    return (*base, *(("known_classes", word) for word in some[-1:]))


def level_names(words: Mapping[str, str]) -> tuple[str, ...]:
    """Returns "lambdas.scale" and the axes of single layers ("noise_std.0" .. "top_down.top") for the depth that the
    words describe: that of "depth", else the number of "widths", which by default are Structure's."""
    widths = words.get("widths", "-".join(map(str, Structure.widths)))
    depth = given.whole(words.get("depth", ""), MAX_HIDDEN)
    n_hidden = depth if depth is not None else min(widths.replace(",", "-").count("-") + 1, MAX_HIDDEN)
    levels = (*range(n_hidden + 1), "top")
    return ("lambdas.scale", *(f"{name}.{level}" for name in PER_LAYER for level in levels))


# --- from a cell to a live run


def live_address(cell: Cell, language: str) -> str:
    """Returns the relative link that opens a cell's settings in a language: as a live run for a model of the ladder's
    family, else as a comparison of the model with a ladder."""
    at, said = min(OPENED_UPDATES, cell.live.n_updates), {links.VIEW_KEYS["language"]: language}
    if cell.contestant.family == "ladder":
        query = links.query(Recipe(cell.structure, cell.live), View(), at)
        return f"./?{urlencode(query | said, safe=',;!=-')}"
    # A Cell sets the lambdas of such a model to 0; the ladder beside it would be no ladder with these.
    live = replace(cell.live, lambdas=defaults.default_live(cell.structure).lambdas)
    race = Race(cell.structure, live, (cell.contestant, usual("ladder")))
    return f"./compare?{urlencode(races.query(race, language, at) | said, safe=',;!=-')}"
