"""The values that symbols have in a live run: its choices now in force, and what it measured last."""

import math
from collections.abc import Mapping

import numpy as np

from ladder.arrays import Arrays
from ladder.data.datasets import DATASETS
from ladder.data.protocol import n_classes
from ladder.settings import Recipe

LAYERED = "noise_std", "lambdas", "widths", "cost", "gain"  # one for each layer, from the input up
SINGLE = (
    *("n_layers", "n_classes", "labels_of_batch", "batch_size", "update", "epoch"),
    *("supervised", "objective", "test_error", "twin_error", "gap"),
)
CHOSEN = "activation", "combinator"  # names of settings.py

Values = Mapping[str, tuple[float | str, ...]]


def of_run(recipe: Recipe, update: int, epoch: float | None, curves: Arrays) -> Values:
    """Returns the values by name: those of LAYERED, (L + 1,); those of SINGLE and CHOSEN, (1,). Errors and their gap
    are fractions. Values that are not known or not finite are left out.

    `update`, `epoch`: the run's, None where its epoch is not known; `curves`: History.arrays, of which the last
    measurements count.
    """
    live, structure = recipe.at(update), recipe.structure
    data = DATASETS[structure.dataset]
    found: dict[str, tuple[float | str, ...]] = {
        "noise_std": live.noise_std,
        "lambdas": live.lambdas,
        "widths": (data.n_features, *structure.widths, n_classes(structure)),
        "n_layers": (structure.n_layers,),
        "n_classes": (n_classes(structure),),
        "labels_of_batch": (min(live.batch_size, live.n_labeled),),
        "batch_size": (live.batch_size,),
        "activation": (structure.activation,),
        "combinator": (structure.combinator,),
        "update": (update,),
        "epoch": () if epoch is None else (epoch,),
        "cost": _last(curves, "denoising"),
    }
    found |= {name: _last(curves, name) for name in ("gain", "supervised", "objective", "test_error", "twin_error")}
    if found["test_error"] and found["twin_error"]:
        found["gap"] = (_last(curves, "twin_error")[0] - _last(curves, "test_error")[0],)
    return {name: value for name, value in found.items() if value and all(map(_is_known, value))}


def _last(curves: Arrays, name: str) -> tuple[float, ...]:
    """Returns the last row of a curve: () where it is empty or missing."""
    rows = curves.get(name)
    return tuple(map(float, np.ravel(rows[-1]))) if rows is not None and len(rows) else ()


def _is_known(value: float | str) -> bool:
    return isinstance(value, str) or math.isfinite(value)
