"""How large the runs of a sweep or a search are, before any of them is trained."""

import itertools
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from ladder.experiments.axes import Axis, Range, cell_of, choices_of
from ladder.experiments.cells import Cell
from ladder.problems import Problem
from ladder.settings import Structure


@dataclass(frozen=True)
class Size:
    """`structures`: those of the runs, with seeds of 0. `longest`: the most updates of one run. `updates`: those of all
    runs together. What is fitted once, and not trained, has none."""

    structures: frozenset[Structure] = frozenset()
    longest: int = 0
    updates: int = 0


def size_of(cells: Iterable[Cell]) -> Size:
    """Returns the Size of cells, each once."""
    trained = [cell for cell in dict.fromkeys(cells) if cell.contestant.family != "reference"]
    structures = frozenset(replace(cell.structure, weight_seed=0, label_seed=0) for cell in trained)
    updates = [cell.live.n_updates for cell in trained]
    return Size(structures, max(updates, default=0), sum(updates))


def size_of_search(space: Iterable[Axis | Range], base: Iterable[tuple[str, str]], n_runs: int) -> Size:
    """Returns the largest Size that a search of `n_runs` runs may have. `space`: the choices that it varies; `base`:
    (name, word), which all runs share."""
    options = [[(one.name, word) for word in _largest(one)] for one in space]
    found = []
    for words in itertools.product(*filter(None, options)):
        with suppress(Problem):  # such a run cannot begin
            found.append(cell_of({**dict(base), **dict(words)}, 0))
    size = size_of(found)
    return replace(size, updates=size.longest * n_runs)


def _largest(one: Axis | Range) -> Iterable[str]:
    """Of the values of an axis that makes networks or runs larger those that may be the largest, else none."""
    if one.name in ("dataset", "widths"):
        return one.words if isinstance(one, Axis) else ()
    if one.name == "depth" or "n_updates" in choices_of(one.name):
        return (max(one.words, key=float),) if isinstance(one, Axis) else (str(round(one.high)),)
    return ()
