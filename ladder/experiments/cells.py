"""A cell: one training run as a plain value, and what it came to.

A cell's `key` is a hash of all that its numbers depend on, so that equal runs of different sweeps are one run.
Validation rows are held out of the training set: settings are chosen by them, and the test rows report.
"""

import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ladder.data import datasets
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe.contestants import OPTIONS, Contestant
from ladder.settings import Live, Structure

# Raise it with every change of what training computes: older results are then left aside. One that only rounds in
# another way raises arithmetic.NUMERICS: results are kept, and say what they were computed with.
NUMBERS = 3
VALIDATION_SHARE, MOST_VALIDATION = 0.2, 10_000  # rows held out of the training set
MOST_LANES = 8  # in a block: what training takes together on a processor
WITH_DECODER = ("ladder", "bottom", "gamma")  # the models that use lambdas and a combinator


Curve = Mapping[str, Sequence[float | None]]  # lists of equal length by name: see Result


@dataclass(frozen=True)
class Cell:
    """One training run. What its model does not use is at its default, so that equal runs are equal values."""

    structure: Structure = Structure()
    live: Live = Live()
    contestant: Contestant = Contestant()

    def __post_init__(self) -> None:
        structure, live = self.structure, replace(self.live, stop_error=0.0)
        if not datasets.DATASETS[structure.dataset].generated:
            structure = replace(structure, data_noise=Structure.data_noise)
        if self.contestant.model not in WITH_DECODER:
            structure = replace(structure, combinator=Structure.combinator)
            live = replace(live, lambdas=(0.0,) * len(live.lambdas), lateral=True, top_down=True)
        if "classify" in OPTIONS[self.contestant.model]:  # an autoencoder, which has its own noise
            live = replace(live, noise_std=defaults.default_live(structure).noise_std)
        if self.contestant.family == "reference":
            widths = structure.widths if self.contestant.model == "pca" else Structure.widths
            structure = replace(structure, widths=widths, activation=Structure.activation)
            live = replace(defaults.default_live(structure), n_labeled=live.n_labeled)
        object.__setattr__(self, "structure", structure)
        object.__setattr__(self, "live", live)

    @cached_property
    def key(self) -> str:
        """64 hexadecimal letters: SHA-256 of the canonical JSON of the cell and NUMBERS."""
        text = json.dumps([NUMBERS, to_json(self)], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def shape(self) -> tuple[object, ...]:
        """Cells of equal shape share their operations as lanes, and end together."""
        live, structure = self.live, replace(self.structure, weight_seed=0, label_seed=0)
        return structure, self.contestant, self.n_rows, live.lateral, live.top_down, any(live.lambdas), live.n_updates

    @property
    def n_rows(self) -> tuple[int, int]:
        """Labelled and unlabelled rows of an update."""
        twin = self.contestant.family == "ladder" and self.contestant.model not in WITH_DECODER
        return min(self.live.batch_size, self.live.n_labeled), 0 if twin else self.live.batch_size

    @property
    def work(self) -> float:
        """What its training costs, in multiply-adds: an update's are those of the matrices, and per unit as much as 230
        more (element-wise steps and noise, by measurement on a processor). Zero for a reference."""
        if self.contestant.family == "reference":
            return 0.0
        widths = layer_widths(self.structure)
        products = sum(a * b for a, b in itertools.pairwise(widths))
        return float(self.live.n_updates * sum(self.n_rows) * (products + 230 * sum(widths)))


def layer_widths(structure: Structure) -> tuple[int, ...]:
    """m_0..m_L: inputs, hidden layers, classes."""
    info = datasets.DATASETS[structure.dataset]
    return (info.n_features, *structure.widths, len(info.class_names))


def to_json(cell: Cell) -> dict[str, dict[str, Any]]:
    """Plain dictionaries and lists."""
    found: dict[str, dict[str, Any]] = json.loads(json.dumps(dataclasses.asdict(cell)))
    return found


def from_json(values: Mapping[str, Mapping[str, Any]]) -> Cell:
    """The cell of `to_json`, checked field by field; Problem if it has other fields than cells have here."""
    try:
        return Cell(Structure(**values["structure"]), Live(**values["live"]), Contestant(**values["contestant"]))
    except (TypeError, KeyError) as error:
        raise Problem("cell_foreign") from error


def n_validation(n_train: int) -> int:
    """How many of the training rows are held out for choosing."""
    return min(round(VALIDATION_SHARE * n_train), MOST_VALIDATION)


@dataclass(frozen=True)
class Result:
    """What a cell came to; errors are fractions between 0 and 1, None where the training diverged.

    `costs`: means over the last point of `curve`. `curve`: lists of equal length, "update" and each cost's mean since
    the point before, unweighted, and "validation_error" (None where it was not measured). `diverged`: [update,
    quantity], or None. `seconds`: this run's share of the time that its lanes took together.
    """

    cell: Cell
    validation_error: float | None
    test_error: float | None
    updates: int
    seconds: float
    n_parameters: int | None = None
    diverged: tuple[int, str] | None = None
    costs: dict[str, float | None] = field(default_factory=dict)
    curve: Curve = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def error_curve(curve: Curve) -> tuple[tuple[int, float | None], ...]:
    """(update, validation error) at every point of a Result's curve."""
    pairs = zip(curve.get("update", ()), curve.get("validation_error", ()), strict=True)
    return tuple((int(update), error) for update, error in pairs if update is not None)


@dataclass(frozen=True)
class Glance:
    """What others need to know of a block: `work` and `seconds` done so far (see Cell.work), `updates` of all lanes
    together, the results of the lanes that have one, and whether these are all; `curves`: each lane's validation errors
    so far, as (update, error), in the order of the block's cells."""

    work: float = 0.0
    seconds: float = 0.0
    updates: int = 0
    results: tuple[Result, ...] = ()
    finished: bool = False
    curves: tuple[tuple[tuple[int, float | None], ...], ...] = ()


def blocks_of(cells: Iterable[Cell], n_lanes: int) -> list[tuple[Cell, ...]]:
    """Each cell once, with up to `n_lanes` of equal shape together, evenly, those of equal seeds first, as these share
    their draws; the most work first."""
    by_shape: dict[tuple[object, ...], list[Cell]] = {}
    for cell in dict.fromkeys(cells):
        by_shape.setdefault(cell.shape, []).append(cell)
    parts = []
    for together in by_shape.values():
        together.sort(key=lambda cell: (cell.structure.weight_seed, cell.structure.label_seed))
        n_parts = math.ceil(len(together) / (1 if together[0].contestant.family == "reference" else n_lanes))
        edges = [round(i * len(together) / n_parts) for i in range(n_parts + 1)]
        parts += [tuple(together[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
    return sorted(parts, key=lambda part: -sum(cell.work for cell in part))
