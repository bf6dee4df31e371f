"""A cell: one training run as a plain value, and its result.

A cell's `key` is a hash of all that its numbers depend on, so that equal runs of different sweeps are one run.
Settings are chosen by the error of validation rows (validation.py), and the test error is reported.
"""

import dataclasses
import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import NotRequired, TypedDict

from ladder.data import datasets, protocol
from ladder.experiments.validation import Validation
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe.contestants import OPTIONS, Contestant
from ladder.settings import Live, Structure

# Raise it with every change of what training computes: older results are then left aside. A change that only rounds in
# another way raises arithmetic.NUMERICS instead: results are kept, and say what they were computed with.
NUMBERS = 3
# The choices that cells had when NUMBERS was last raised. One that came later stands in a key only where it is not at
# its default, so that results of before are found.
_KEYED = frozenset(
    """
    dataset data_noise widths activation combinator weight_seed label_seed
    noise_std lambdas lateral top_down learning_rate n_labeled batch_size n_updates decay_from stop_error
    model classify alpha loss output tied code_activation weight_decay dropout code_noise corruption corruption_level
    contraction stale_weights hessian hessian_std beta weight ramp epsilon xi
    """.split()  # noqa: SIM905  # a list would be a line for each
)
MOST_LANES = 8  # in a block: what training takes together on a processor
SOON_WORK = 2e10  # multiply-adds (Cell.work): some three seconds of the default network
LABELED_ONLY = ("logistic", "knn", "svm")  # the references that see no row without a label
WITH_DECODER = ("ladder", "bottom", "gamma")  # the models that use lambdas and a combinator


Curve = Mapping[str, Sequence[float | None]]  # lists of equal length by name: see Result


@dataclass(frozen=True)
class Cell:
    """One training run. Choices that its model does not use are set to their defaults, so that equal runs are equal
    values. `live.stop_error` is set to 0: a cell trains to its end. `live.n_labeled` counts the labels that validate
    too."""

    structure: Structure = Structure()
    live: Live = Live()
    contestant: Contestant = Contestant()
    validation: Validation = Validation()

    def __post_init__(self) -> None:
        structure, live = self.structure, replace(self.live, stop_error=0.0)
        if not datasets.DATASETS[structure.dataset].generated:
            structure = replace(structure, data_noise=Structure.data_noise)
        if self.contestant.model not in WITH_DECODER:
            structure = replace(structure, combinator=Structure.combinator)
            on = (True,) * len(live.lateral)
            live = replace(live, lambdas=(0.0,) * len(live.lambdas), lateral=on, top_down=on)
        if "classify" in OPTIONS[self.contestant.model]:  # an autoencoder, which has its own noise
            live = replace(live, noise_std=defaults.default_live(structure).noise_std)
        if self.contestant.model in LABELED_ONLY:
            structure = replace(structure, n_unlabeled=Structure.n_unlabeled, foreign_share=Structure.foreign_share)
        if self.contestant.family == "reference":
            widths = structure.widths if self.contestant.model == "pca" else Structure.widths
            structure = replace(structure, widths=widths, activation=Structure.activation)
            live = replace(defaults.default_live(structure), n_labeled=live.n_labeled)
        object.__setattr__(self, "structure", structure)
        object.__setattr__(self, "live", live)
        # `live` has the noise that it trains with, whether a comparison shares it or not.
        object.__setattr__(self, "contestant", replace(self.contestant, shared_noise=Contestant.shared_noise))

    @cached_property
    def key(self) -> str:
        """64 hexadecimal digits: SHA-256 of the canonical JSON of NUMBERS and the cell, without choices that came after
        NUMBERS was last raised and are at their defaults."""
        values = {
            "structure": _for_key(self.structure, dataclasses.asdict(self.structure)),
            "live": _for_key(self.live, self.live.to_json()),
            "contestant": _for_key(self.contestant, dataclasses.asdict(self.contestant)),
        }
        if self.validation != Validation():
            values["validation"] = _for_key(self.validation, dataclasses.asdict(self.validation))
        text = json.dumps([NUMBERS, values], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def shape(self) -> tuple[object, ...]:
        """What has to be equal for cells to be lanes of one block: they share their operations, and end together."""
        live, structure = self.live, replace(self.structure, weight_seed=0, label_seed=0)
        switches = live.lateral, live.top_down, any(live.lambdas)
        return structure, self.contestant, self.validation, self.n_rows, *switches, live.n_updates

    @property
    def trained(self) -> Live:
        """The choices of its training, whose labels do not validate."""
        return self.validation.trained(self.live)

    @property
    def n_rows(self) -> tuple[int, int]:
        """The numbers of labelled and of unlabelled rows of an update. A model of the ladder's family that has no
        decoder takes no unlabelled rows."""
        twin = self.contestant.family == "ladder" and self.contestant.model not in WITH_DECODER
        return min(self.live.batch_size, self.trained.n_labeled), 0 if twin else self.live.batch_size

    @property
    def work(self) -> float:
        """The cost of the whole training in multiply-adds. A row of an update takes those of the weight matrices, and
        230 more for each unit: its element-wise steps and noise, by measurement on a processor. Zero for a
        reference."""
        if self.contestant.family == "reference":
            return 0.0
        widths = layer_widths(self.structure)
        products = sum(a * b for a, b in itertools.pairwise(widths))
        return float(self.live.n_updates * sum(self.n_rows) * (products + 230 * sum(widths)))


def _for_key(choices: Structure | Live | Contestant | Validation, values: Mapping[str, object]) -> dict[str, object]:
    """Returns those of `values`, the choices as JSON has them, that stand in a cell's key."""
    named = [f.name for f in fields(choices) if f.name in _KEYED or getattr(choices, f.name) != f.default]
    return {name: values[name] for name in named}


def layer_widths(structure: Structure) -> tuple[int, ...]:
    """Returns m_0..m_L: the number of inputs, the units of each hidden layer, and the number of classes."""
    return (datasets.DATASETS[structure.dataset].n_features, *structure.widths, protocol.n_classes(structure))


class CellJson(TypedDict):
    """A cell as JSON: the fields of Structure, of Live, of Contestant and of Validation, which earlier cells lack."""

    structure: dict[str, object]
    live: dict[str, object]
    contestant: dict[str, object]
    validation: NotRequired[dict[str, object]]


def to_json(cell: Cell) -> CellJson:
    """Returns a cell as plain dictionaries and lists: "structure", "live" (Live.to_json), "contestant" and
    "validation", each by field name."""
    found: CellJson = json.loads(json.dumps(dataclasses.asdict(cell) | {"live": cell.live.to_json()}))
    return found


def from_json(values: CellJson) -> Cell:
    """Returns the cell of `to_json`, checked field by field. Raises Problem "cell_foreign" if it has other fields than
    cells have here, and "bad_list", "bad_choice", "bad_number", "bad_whole", "bad_depth" or "too_many_weights" for a
    value that is not possible here."""
    try:
        # type: ignore, four times: each class checks its fields itself.
        structure, live = Structure(**values["structure"]), Live.from_json(values["live"])  # type: ignore[arg-type]
        validation = Validation(**values.get("validation", {}))  # type: ignore[arg-type]
        return Cell(structure, live, Contestant(**values["contestant"]), validation)  # type: ignore[arg-type]
    except (TypeError, KeyError) as error:
        raise Problem("cell_foreign") from error


@dataclass(frozen=True)
class Result:
    """The result of a cell. Errors are fractions between 0 and 1, None where the training diverged.

    `updates`: how many were made, 0 for a reference. `seconds`: this run's share of the time that its lanes took
    together. `n_parameters`: None for a reference, and where the training diverged. `diverged`: the update and the
    quantity that was not finite, or None. `curve`: lists of equal length, "update" and each cost's mean since the point
    before, unweighted, and "validation_error" (None where it was not measured); empty for a reference. `costs`: each
    cost at the last point of `curve`. `versions`: see blocks.versions. `n_validation`: how many validation rows there
    were, and `wrong`: the places among them, rising, of those that were classified wrongly; None where the training
    diverged, and in results of earlier versions.
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
    n_validation: int | None = None
    wrong: tuple[int, ...] | None = None


def error_curve(curve: Curve) -> tuple[tuple[int, float | None], ...]:
    """Returns (update, validation error) at every point of a Result's curve; the error is None where it was not
    measured."""
    pairs = zip(curve.get("update", ()), curve.get("validation_error", ()), strict=True)
    return tuple((int(update), error) for update, error in pairs if update is not None)


@dataclass(frozen=True)
class Glance:
    """How far a block is. `work` (see Cell.work), `seconds` and `updates`: those of all lanes together so far.
    `results`: of the lanes that have one. `finished`: whether all lanes have one. `curves`: each lane's validation
    errors so far, as (update, error), in the order of the block's cells."""

    work: float = 0.0
    seconds: float = 0.0
    updates: int = 0
    results: tuple[Result, ...] = ()
    finished: bool = False
    curves: tuple[tuple[tuple[int, float | None], ...], ...] = ()


def blocks_of(cells: Iterable[Cell], n_lanes: int, n_places: int = 0) -> list[tuple[Cell, ...]]:
    """Returns blocks that have each cell once, those with the most work first. A block has up to `n_lanes` cells of
    equal shape; a reference has a block of its own. The cells of a shape are spread evenly over blocks, and cells of
    equal seeds stand next to each other, as these share their draws.

    Where a block takes more than SOON_WORK, and somebody would wait for the first results, there come before them
    `n_places` blocks with one cell, which train beside each other, as many with two, and as many with four:
    see `_growing`."""
    every = list(dict.fromkeys(cells))
    first = _growing(every, n_lanes, n_places)
    taken = set(itertools.chain.from_iterable(first))
    by_shape: dict[tuple[object, ...], list[Cell]] = {}
    for cell in every:
        if cell not in taken:
            by_shape.setdefault(cell.shape, []).append(cell)
    parts = []
    for together in by_shape.values():
        together.sort(key=lambda cell: (cell.structure.weight_seed, cell.structure.label_seed))
        n_parts = math.ceil(len(together) / (1 if together[0].contestant.family == "reference" else n_lanes))
        edges = [round(i * len(together) / n_parts) for i in range(n_parts + 1)]
        parts += [tuple(together[a:b]) for a, b in zip(edges, edges[1:], strict=False)]
    return [*first, *sorted(parts, key=lambda part: -sum(cell.work for cell in part))]


def _growing(cells: list[Cell], n_lanes: int, n_places: int) -> list[tuple[Cell, ...]]:
    """Returns blocks of 1, 2, 4 ... cells (below `n_lanes`), `n_places` of each size, from the shape whose training
    takes the least work, in the order of `cells`: all seeds of a combination before those of the next."""
    quickest = min((cell for cell in cells if cell.work), key=lambda cell: cell.work, default=None)
    if quickest is None or n_lanes * quickest.work <= SOON_WORK:
        return []
    left = iter([cell for cell in cells if cell.shape == quickest.shape])
    sizes = (2**i for i in range(n_lanes.bit_length()) if 2**i < n_lanes for _ in range(n_places))
    return list(filter(None, (tuple(itertools.islice(left, size)) for size in sizes)))
