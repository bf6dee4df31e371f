"""Cells while they train: those of equal shape as the lanes of one block, in stretches of about so many seconds.

`advance` is a function of plain data, as training is: a block can wait, travel, or be begun anew elsewhere. What a
cell's model is trained with, and how it is asked for classes, is decided here and nowhere else.
"""

import math
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version

import numpy as np

from ladder.analysis import readers
from ladder.data import datasets
from ladder.data.datasets import Data
from ladder.experiments.cells import NUMBERS, Cell, Glance, Result, error_curve, n_validation
from ladder.models import references
from ladder.recipe.contestants import OPTIONS
from ladder.training import contestants as rivals
from ladder.training.train import State

CURVE_POINTS = 20  # of a learning curve
CURVE_ROWS = 1000  # validation rows looked at for a point of the curve; all of them at the end
FIRST_UPDATES = 2  # of a block, to see how long they take


@dataclass(frozen=True)
class Lane:
    """One cell on its way; `pending`: metrics since the last point of its curve."""

    cell: Cell
    state: State
    pending: tuple[dict, ...] = ()
    curve: dict[str, list] = field(default_factory=dict)
    seconds: float = 0.0
    result: Result | None = None


@dataclass(frozen=True)
class Block:
    """Lanes of one shape; `pace`: seconds that an update of all of them took last, 0 when nothing is known."""

    lanes: tuple[Lane, ...]
    pace: float = 0.0


def split_rows(cell: Cell) -> tuple[Data, Data]:
    """The cell's data with its validation rows as the test rows, and as it is; both train on what is left of the
    first."""
    whole = datasets.load(cell.structure.dataset, cell.structure.data_noise)
    return _held_out(whole), whole


@lru_cache(maxsize=4)
def _held_out(whole: Data) -> Data:  # Data compares by identity
    return datasets.holdout(whole, n_validation(len(whole.x)))


def versions() -> dict[str, str]:
    """What the numbers were made with, and where."""
    found = {name: version(name) for name in ("torch", "numba", "numpy", "scikit-learn")}
    return {"numbers": str(NUMBERS), "python": platform.python_version(), "host": platform.node(), **found}


def begin(cells: Iterable[Cell]) -> Block:
    """A block of cells of equal shape before its first update."""
    cells = tuple(cells)
    data, _ = split_rows(cells[0])
    if cells[0].contestant.family == "reference":
        return Block(tuple(Lane(cell, None) for cell in cells))
    return Block(tuple(Lane(cell, rivals.initial(cell.contestant, cell.structure, data)) for cell in cells))


def advance(block: Block, seconds: float) -> Block:
    """The block after about so many seconds more, at least one update, or at its end."""
    end = time.perf_counter() + seconds
    while not glance(block).finished:
        block = _stretch(block, max(0.0, end - time.perf_counter()))
        if time.perf_counter() >= end:
            break
    return block


def glance(block: Block) -> Glance:
    """See Glance."""
    updates = sum(lane.state.update for lane in block.lanes if lane.state)
    cell = block.lanes[0].cell
    return Glance(
        work=cell.work * updates / max(1, cell.live.n_updates),
        seconds=sum(lane.seconds for lane in block.lanes),
        updates=updates,
        results=tuple(lane.result for lane in block.lanes if lane.result),
        finished=all(lane.result for lane in block.lanes),
        curves=tuple(error_curve(lane.curve) for lane in block.lanes),
    )


def _stretch(block: Block, seconds: float) -> Block:
    """Some updates of the lanes that go on, to the next point of their curves at most."""
    running = [lane for lane in block.lanes if lane.result is None]
    start, pace = time.perf_counter(), block.pace
    if running[0].cell.contestant.family == "reference":
        moved = [_fitted(lane) for lane in running]
    else:
        n = _updates_until_point(running[0])
        n = max(1, int(min(n, seconds / pace))) if pace else min(n, FIRST_UPDATES)
        states, metrics = _train([lane.cell for lane in running], [lane.state for lane in running], n)
        pace = (time.perf_counter() - start) / n
        moved = [_recorded(*parts) for parts in zip(running, states, metrics, strict=True)]
    share = (time.perf_counter() - start) / len(running)
    moved = iter([_timed(lane, share) for lane in moved])
    return Block(tuple(lane if lane.result else next(moved) for lane in block.lanes), pace)


def _updates_until_point(lane: Lane) -> int:
    """Updates from here to the next point of the curve; 0 at the cell's end, where the last one is."""
    every = _point_every(lane.cell)
    return min(every - lane.state.update % every, lane.cell.live.n_updates - lane.state.update)


def _point_every(cell: Cell) -> int:
    return math.ceil(cell.live.n_updates / CURVE_POINTS)


def _timed(lane: Lane, seconds: float) -> Lane:
    total = lane.seconds + seconds
    return replace(lane, seconds=total, result=lane.result and replace(lane.result, seconds=total))


def _train(cells: list[Cell], states: list[State], n: int) -> tuple[list[State], list[dict]]:
    """n updates of trained cells: (states, metrics)."""
    contestants, structures, lives = zip(*((c.contestant, c.structure, c.live) for c in cells), strict=True)
    return rivals.train(states, contestants, structures, lives, split_rows(cells[0])[0], n)


def _reader(cell: Cell, state: State | None):
    """What gives the cell's `probabilities`: its trained state, or a reference, which is fitted here."""
    data, _ = split_rows(cell)
    if cell.contestant.family == "reference":
        return references.fit(cell.contestant.model, cell.structure, cell.live.n_labeled, data)
    return readers.reader(cell.contestant, state, cell.structure, cell.live, data)


def _error(reader, x: np.ndarray, y: np.ndarray) -> float:
    return float((reader.probabilities(x).argmax(1) != y).mean())


def _fitted(lane: Lane) -> Lane:
    """The lane of a reference with its result."""
    return _ended(lane, _reader(lane.cell, None))


def _recorded(lane: Lane, state: State, metrics: dict) -> Lane:
    """The lane in its new state, with a point of its curve where one is due, and its result at its end."""
    lane = replace(lane, state=state, pending=(*lane.pending, metrics))
    if "bad" in metrics:
        return _diverged(_with_point(lane, None), metrics["bad"])
    cell, (data, _) = lane.cell, split_rows(lane.cell)
    if _updates_until_point(lane) == 0:
        reader = _reader(cell, state)
        return _ended(_with_point(lane, _error(reader, data.x_test, data.y_test)), reader)
    if state.update % _point_every(cell):
        return lane
    # Autoencoders learn to classify when they are asked: too long for every point of a curve.
    costly = "classify" in OPTIONS[cell.contestant.model] and cell.contestant.classify != "joint"
    rows = slice(CURVE_ROWS)
    error = None if costly else _error(_reader(cell, state), data.x_test[rows], data.y_test[rows])
    return _with_point(lane, error)


def _with_point(lane: Lane, validation_error: float | None) -> Lane:
    """The curve with one point more, from the metrics since the last."""
    means = {name: _finite(np.concatenate(parts).mean()) for name, parts in _columns(lane.pending).items()}
    point = {"update": lane.state.update, **means, "validation_error": validation_error}
    return replace(lane, pending=(), curve={name: [*lane.curve.get(name, []), value] for name, value in point.items()})


def _columns(pending: tuple[dict, ...]) -> dict[str, list[np.ndarray]]:
    """Each cost's values (n,) by stretches; "denoising" (n, L + 1) becomes denoising/0 .. denoising/L."""
    found: dict[str, list[np.ndarray]] = {}
    for metrics in pending:
        for name, values in metrics.items():
            if name == "bad":
                continue
            named = {name: values} if values.ndim == 1 else {f"{name}/{l}": column for l, column in enumerate(values.T)}
            for one, column in named.items():
                found.setdefault(one, []).append(column)
    return found


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _ended(lane: Lane, reader) -> Lane:
    cell, (data, whole) = lane.cell, split_rows(lane.cell)
    return replace(
        lane,
        result=Result(
            cell,
            _error(reader, data.x_test, data.y_test),
            _error(reader, whole.x_test, whole.y_test),
            cell.live.n_updates if lane.state else 0,
            lane.seconds,
            sum(rivals.n_parameters(cell.contestant, cell.structure, data).values()) if lane.state else None,
            costs=_last(lane.curve),
            curve=lane.curve,
            versions=versions(),
        ),
    )


def _diverged(lane: Lane, bad: tuple[int, str]) -> Lane:
    result = Result(
        lane.cell,
        None,
        None,
        lane.state.update,
        lane.seconds,
        diverged=bad,
        costs=_last(lane.curve),
        curve=lane.curve,
        versions=versions(),
    )
    return replace(lane, result=result)


def _last(curve: dict[str, list]) -> dict[str, float | None]:
    return {name: values[-1] for name, values in curve.items() if name not in ("update", "validation_error")}
