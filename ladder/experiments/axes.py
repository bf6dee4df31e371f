"""Many runs from few words: an axis varies one choice, a grid or a random search makes the cells.

Values are words, written as in a link or on the command line. Each is checked by its Knob.
"""

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from ladder import noise
from ladder.data import protocol
from ladder.experiments import validation
from ladder.experiments.cells import Cell
from ladder.experiments.plans import PLANS, VARIANTS
from ladder.experiments.validation import Validation
from ladder.problems import Problem
from ladder.recipe import contestants, defaults
from ladder.recipe.contestants import Contestant, usual
from ladder.recipe.words import with_words, word_of
from ladder.settings import MAX_HIDDEN, OF_PRESETS, PER_LAYER, PRESETS, Knob, Live, Structure, knobs, preset

MOST_RUNS = 20_000
SEARCH = 64  # stream of noise.py
RENAMED = {"n_labeled": "labels", "n_unlabeled": "unlabeled", "n_updates": "updates"}  # the words people use

# Seeds are given beside the axes, a cell trains to its end and has its own noise, and "model" stands in NAMES itself.
_NOT_SWEPT = {"weight_seed", "label_seed", "stop_error", "shared_noise", "model"}
_KNOBS: dict[str, Knob] = {
    name: one
    for cls in (Structure, Live, Contestant, Validation)
    for name, one in knobs(cls).items()
    if name not in _NOT_SWEPT
}
_OTHERS = {"preset": OF_PRESETS, "depth": ("widths",), "model": ()}  # what the axes without a knob vary
NAMES = ("model", "variant", "preset", "depth", *(RENAMED.get(name, name) for name in _KNOBS))
_LEVEL_NAMES = [f"{name}.{level}" for name in PER_LAYER for level in (*range(MAX_HIDDEN + 2), "top")]


@dataclass(frozen=True)
class Axis:
    """One choice, by its public name (see public_name), and the words that it takes in turn."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """One choice between two numbers, for a random or a guided search; see `by_factors` for its scale."""

    name: str
    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> str:
        """Returns a value drawn from the range, as a word: a whole number for a choice of whole numbers, else in four
        significant digits. A range by factors that begins above 0 is drawn from evenly on a logarithmic scale."""
        if self.by_factors and self.low > 0:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = rng.uniform(self.low, self.high)
        return str(round(value)) if knob_of(self.name).kind is int else f"{value:.4g}"

    @property
    def by_factors(self) -> bool:
        """Whether values are spaced by factors: those of "lambdas.scale", and of a choice whose Knob is logarithmic."""
        return self.name == "lambdas.scale" or knob_of(self.name).log


Settings = Iterable[tuple[str, object]]  # (public name, its word, words or Range) of each choice of many runs


@dataclass(frozen=True)
class Point:
    """A cell with its place in a sweep: `axes`, ((axis, word), ...), and its seed."""

    axes: tuple[tuple[str, str], ...]
    seed: int
    cell: Cell


def public_name(name: str) -> str:
    """Returns an axis's name as people write it: "labels" for "n_labeled". Raises Problem "sweep_axis_unknown" if there
    is no such axis."""
    name = RENAMED.get(name, name)
    if name not in (*NAMES, *_LEVEL_NAMES, "lambdas.scale"):
        levels = ", ".join(f"{name}.0, {name}.top" for name in PER_LAYER)
        raise Problem("sweep_axis_unknown", axis=name[:40], choices=", ".join((*NAMES, levels, "lambdas.scale")))
    return name


def knob_named(name: str) -> Knob | None:
    """Returns the Knob behind an axis's public name, also of an axis for one layer; None for "model", "variant",
    "preset", "depth" and names that no axis has."""
    return _KNOBS.get({word: name for name, word in RENAMED.items()}.get(name, name).partition(".")[0])


def choices_of(name: str) -> tuple[str, ...]:
    """Returns the names of the choices of Structure and Live that an axis of this public name varies; none where it
    varies a model or a model's own choices."""
    if name == "variant":
        return tuple(sorted({one for words in VARIANTS.values() for word in words for one in choices_of(word)}))
    if name in _OTHERS:
        return _OTHERS[name]
    one = knob_named(name)
    return (one.name,) if one and one.name in {**knobs(Structure), **knobs(Live)} else ()


def changed(before: Settings, after: Settings) -> list[str]:
    """Returns the names of the choices of Structure and Live in which two descriptions of many runs differ. With other
    data come other label budgets: these do not count."""
    names = {name for name, _ in {*before} ^ {*after}}
    names -= {"labels"} if "dataset" in names else set()
    return sorted({one for name in names for one in choices_of(name)})


def knob_of(name: str) -> Knob:
    """Returns the Knob of an axis that has a range of numbers. Raises Problem "sweep_no_range" for an axis that has
    none ("model", "preset", "widths", ...)."""
    one = knob_named(name)
    if one is None or one.choices or one.kind is bool or name == "widths":
        raise Problem("sweep_no_range", axis=name[:40])
    return one


def axis(name: str, values: Iterable[object]) -> Axis:
    """Returns an axis over `values`, given as words or as the knob's own values (widths as tuples). Raises Problem
    "sweep_axis_unknown", and "sweep_axis_values" where there is no value or the same one twice. Bad values are found
    when a cell is made of them (`cell_of`)."""
    words = tuple(_word(name, value) for value in values)
    name = public_name(name)
    if not words or len(set(words)) < len(words):
        raise Problem("sweep_axis_values", axis=name)
    return Axis(name, words)


def plan_axes(name: str) -> tuple[Axis, ...]:
    """Returns the axes of a plan; `name`: a key of plans.PLANS."""
    return tuple(axis(*one) for one in PLANS[name])


def _word(name: str, value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ("-" if name == "widths" else ",").join(map(word_of, value))
    return word_of(value)


def axis_of(text: str) -> Axis | Range:
    """Returns the Axis of `name=v1,v2,...`, in which a value for each layer has colons (`0.3:0.5:0.5`), or the Range of
    `name=low..high`. Raises Problem "sweep_axis_word" for anything else, and those of `axis` or `search_range`."""
    name, equals, values = text.partition("=")
    low, dots, high = values.partition("..")
    try:
        if not equals:
            raise ValueError
        if dots:
            return search_range(name, float(low), float(high))
    except ValueError:
        raise Problem("sweep_axis_word", word=text[:60]) from None
    return axis(name, (value.strip().replace(":", ",") for value in values.split(",")))


def search_range(name: str, low: float, high: float) -> Range:
    """Returns the Range of a choice. Raises Problem "sweep_axis_unknown", "sweep_no_range", "sweep_range" unless
    low < high, and "bad_number" or "bad_whole" for an end that the Knob refuses. "lambdas.scale", which is no Knob's
    value, raises "sweep_range" unless 0 <= low < high < infinity."""
    name = public_name(name)
    one, factor = knob_of(name), name == "lambdas.scale"
    if not low < high or (factor and not 0 <= low < high < math.inf):
        raise Problem("sweep_range", axis=name, low=f"{low:g}", high=f"{high:g}")
    if factor:
        return Range(name, float(low), float(high))
    # Whole numbers stay whole: the names of searches are made of them.
    return Range(name, *(cast(float, replace(one, per_layer=False).check(end)) for end in (low, high)))


def grid(axes: Iterable[Axis], base: Mapping[str, str], seeds: Iterable[int], most: int = MOST_RUNS) -> list[Point]:
    """Returns a Point for every combination of the axes' words with every seed. `base`: the words that all cells share,
    name -> word, which an axis of the same name overrides. Raises Problem "sweep_axis_twice", "sweep_too_large" for
    more than `most` runs, and those of `cell_of`."""
    axes = list(axes)
    distinct(axes)
    n_cells = math.prod(len(one.words) for one in axes)
    combinations = itertools.product(*([(one.name, word) for word in one.words] for one in axes))
    return _points(combinations, n_cells, base, seeds, most)


def random_search(
    space: Iterable[Axis | Range], n: int, seed: int, base: Mapping[str, str], seeds: Iterable[int]
) -> list[Point]:
    """Returns `n` combinations drawn independently from `space`, each with every seed of `seeds`; equal for an equal
    `seed`. `base`: see `grid`. Raises Problem "sweep_axis_twice", "bad_whole" unless 1 <= n <= MOST_RUNS,
    "sweep_too_large" for more than MOST_RUNS runs, and those of `cell_of`."""
    space = list(space)
    distinct(space)
    if not 1 <= n <= MOST_RUNS:
        raise Problem("bad_whole", name="random", value=n, low="1", high=str(MOST_RUNS))
    combinations = []
    for i in range(n):
        rng = noise.generator(seed, SEARCH, i)
        combinations.append(
            tuple(
                (one.name, one.draw(rng) if isinstance(one, Range) else one.words[rng.integers(len(one.words))])
                for one in space
            )
        )
    return _points(combinations, n, base, seeds)


def distinct(axes: Sequence[Axis | Range]) -> None:
    """Raises Problem "sweep_axis_twice" if two of them have the same name."""
    names = [one.name for one in axes]
    for name in names:
        if names.count(name) > 1:
            raise Problem("sweep_axis_twice", axis=name)


def _points(
    combinations: Iterable[Iterable[tuple[str, str]]],
    n_cells: int,
    base: Mapping[str, str],
    seeds: Iterable[int],
    most: int = MOST_RUNS,
) -> list[Point]:
    seeds = tuple(seeds)
    if n_cells * len(seeds) > most:
        raise Problem("sweep_too_large", n=n_cells * len(seeds), high=most)
    return [
        Point(tuple(words), seed, cell_of({**base, **dict(words)}, seed)) for words in combinations for seed in seeds
    ]


def name_of(points: list[Point]) -> str:
    """Returns a name that the same runs under the same words always have: their axes, 60 letters at most, and 8
    hexadecimal digits of a hash. `points`: one at least."""
    keys = "".join(f"{point.axes}{point.seed}{point.cell.key}" for point in points)
    axes = [name for name, _ in points[0].axes] or ["seeds"]
    return f"{'-'.join(axes)[:60]}-{hashlib.sha256(keys.encode()).hexdigest()[:8]}"


# --- words to a cell


def cell_of(words: Mapping[str, str], seed: int) -> Cell:
    """Returns the cell that words (axis name -> word) describe, with `seed` as its weight seed and its label seed.

    The lambdas and the noise of a model or a preset come first. Explicit choices override them: those for all layers,
    then those for single layers (`noise_std.0`, `lambdas.top`). Last, `lambdas.scale` multiplies all lambdas. A list
    with values for some layers only repeats its last value.

    Raises Problem "sweep_axis_unknown" for a name; "sweep_level" and "bad_length" for layers that this depth does not
    have; "bad_word", "bad_choice", "bad_number", "bad_whole", "decimal_comma", "bad_depth" and "too_many_weights" for a
    value; "data_missing", those of protocol.check, "sweep_labels" and "validation_labels" where the data are not there
    or cannot have so many labels or rows; those of contestants.check; and "no_target" where training would have no end.
    """
    words = {public_name(name): word for name, word in words.items()}
    empty = next((name for name, word in words.items() if not word), None)
    if empty:
        raise Problem("bad_word", name=empty, value="")
    words = _variant(words.pop("variant")) | words if "variant" in words else words
    structure = Structure(weight_seed=seed, label_seed=seed)
    structure = with_words(structure, _of(Structure, words))
    if "depth" in words:
        structure = replace(structure, widths=_for_depth(structure.widths, words["depth"]))
    contestant = with_words(usual(words.get("model", "ladder")), _of(Contestant, words))
    validated = with_words(Validation(), _of(Validation, words))
    cell = Cell(structure, _live(words, structure, contestant), contestant, validated)
    _check(cell)
    return cell


def check_word(name: str, word: str) -> None:
    """Raises the Problem of `cell_of` for a word that the axis `name` (see public_name) cannot have, whatever the other
    choices are."""
    knob = None if name == "lambdas.scale" else knob_named(name)
    try:
        cell_of({name: word}, 0)
    except Problem as problem:
        of_word = problem.key != "bad_length" and problem.values.get("name") in (name, knob and knob.name)
        if of_word or problem.key in ("bad_depth", "too_many_weights"):
            raise


def _variant(name: str) -> dict[str, str]:
    if name not in VARIANTS:
        raise Problem("bad_choice", name="variant", value=name[:40], choices=", ".join(VARIANTS))
    return dict(VARIANTS[name])


def _of(cls: type, words: Mapping[str, str]) -> dict[str, str]:
    names = {RENAMED.get(name, name): name for name in knobs(cls) if name in _KNOBS}
    return {names[word]: value for word, value in words.items() if word in names}


def _for_depth(widths: tuple[int, ...], word: str) -> tuple[int, ...]:
    """The first `word` widths; beyond them the last one again."""
    if word not in map(str, range(1, MAX_HIDDEN + 1)):
        raise Problem("bad_whole", name="depth", value=word[:40], low="1", high=str(MAX_HIDDEN))
    return (widths + widths[-1:] * int(word))[: int(word)]


def _live(words: Mapping[str, str], structure: Structure, contestant: Contestant) -> Live:
    n, live = structure.n_layers, defaults.default_live(structure)
    pattern = words.get("preset") or (contestant.model if contestant.model in PRESETS else None)
    live = preset(live, pattern, n) if pattern else live
    given = _of(Live, words)
    for name in set(given) & set(PER_LAYER):
        values = given[name].split(",")
        given[name] = ",".join(values + values[-1:] * (n + 1 - len(values)))
    live = with_words(live, given, n + 1)
    for name, word in words.items():
        field_name, _, level = name.partition(".")
        if level and level != "scale":
            at = n if level == "top" else int(level)
            if at > n:
                raise Problem("sweep_level", axis=name, high=n)
            values = getattr(live, field_name)
            changed: dict[str, Any] = {field_name: (*values[:at], word, *values[at + 1 :])}
            live = replace(live, **changed)
    if "lambdas.scale" in words:
        live = replace(live, lambdas=tuple(weight * _factor(words["lambdas.scale"]) for weight in live.lambdas))
    return live


def _factor(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise Problem("bad_word", name="lambdas.scale", value=word[:40]) from None


def _check(cell: Cell) -> None:
    """Raises a Problem unless the data are there, fit the model and have enough rows for the labels beside the
    validation rows, and training has an end."""
    protocol.check(cell.structure, cell.live.n_labeled)
    contestants.check(cell.contestant, cell.structure)
    validation.check(cell.validation, cell.structure, cell.live.n_labeled)
    if cell.contestant.family != "reference" and not cell.live.n_updates:
        raise Problem("no_target")
