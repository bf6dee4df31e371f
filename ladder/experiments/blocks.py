"""Cells while they train: cells of equal shape are the lanes of one block, which trains in stretches.

`advance` is a function of plain data, as training is: a block can wait, travel, or be begun anew elsewhere. Which rows
a cell's model is trained on, and how its classes are read, is decided here and nowhere else.
"""

import math
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from ladder import arithmetic
from ladder.analysis import readers
from ladder.analysis.readers import Reader
from ladder.arrays import Floats, Ints
from ladder.data import protocol
from ladder.data.rows import Data
from ladder.experiments.cells import NUMBERS, Cell, Glance, Result, error_curve
from ladder.experiments.validation import rows_of, training_data
from ladder.models import references
from ladder.models.references import Reference
from ladder.recipe.contestants import OPTIONS
from ladder.training import contestants
from ladder.training.train import Metrics, State

CURVE_POINTS = 20  # of a learning curve
CURVE_ROWS = 1000  # validation rows that a point of the curve is measured on; the end is measured on all of them
FIRST_UPDATES = 2  # of a block whose pace is not known yet

Curve = dict[str, list[float | None]]  # see cells.Result


@dataclass(frozen=True)
class Lane:
    """One cell in training. `state`: None for a reference; `pending`: the metrics of the stretches since the last point
    of its curve; `curve`: see cells.Result; `seconds`: its share of the time that its block took so far; `result`: None
    until the cell has ended."""

    cell: Cell
    state: State | None
    pending: tuple[Metrics, ...] = ()
    curve: Curve = field(default_factory=dict)
    seconds: float = 0.0
    result: Result | None = None


@dataclass(frozen=True)
class Block:
    """Lanes of one shape. `pace`: seconds that one update of all of them took in the last stretch, 0 before the
    first."""

    lanes: tuple[Lane, ...]
    pace: float = 0.0


def training_rows(cell: Cell) -> Data:
    """Returns the data that the cell's model is trained on, the same for all cells of a block. Raises Problem as
    protocol.load does."""
    return training_data(cell.validation, protocol.load(cell.structure))


def validation_rows(cell: Cell) -> tuple[Floats, Ints]:
    """Returns the inputs (m, d) and the classes (m,) of the cell's validation rows. Raises Problem as protocol.load and
    protocol.seen do."""
    return rows_of(cell.validation, cell.structure, cell.live.n_labeled, protocol.load(cell.structure))


def versions(cell: Cell) -> dict[str, str]:
    """Returns what this process would compute a cell with, as name -> text: "numbers" (see cells.NUMBERS), "host",
    "processor" (see arithmetic.Computed), and the versions of "python", "torch", "numba", "numpy", "scikit-learn"."""
    quick = cell.structure.quick and cell.contestant.family == "ladder"
    found = {name: version(name) for name in ("torch", "numba", "numpy", "scikit-learn")}
    found |= {"processor": arithmetic.ours(quick=quick).processor, "python": platform.python_version()}
    return {"numbers": str(NUMBERS), "host": platform.node(), **found}


def begin(cells: Iterable[Cell]) -> Block:
    """Returns the block of cells of equal shape (Cell.shape) before its first update. Raises Problem as protocol.load
    does, and as recipe.contestants.check does where the cells' model is of the family "network"."""
    cells = tuple(cells)
    data = training_rows(cells[0])
    if cells[0].contestant.family == "reference":
        return Block(tuple(Lane(cell, None) for cell in cells))
    return Block(tuple(Lane(cell, contestants.initial(cell.contestant, cell.structure, data)) for cell in cells))


def advance(block: Block, seconds: float) -> Block:
    """Returns the block after at least one more update and about so many seconds, or at its end. A reference is fitted
    whole, however long that takes. Raises Problem as protocol.load and protocol.seen do."""
    end = time.perf_counter() + seconds
    while not glance(block).finished:
        block = _stretch(block, max(0.0, end - time.perf_counter()))
        if time.perf_counter() >= end:
            break
    return block


def glance(block: Block) -> Glance:
    """Returns how far the block is."""
    updates = sum(lane.state.update for lane in block.lanes if lane.state)
    cell = block.lanes[0].cell
    return Glance(
        work=cell.work * updates / max(1, cell.live.n_updates),
        seconds=sum(lane.seconds for lane in block.lanes),
        updates=updates,
        results=tuple(lane.result for lane in block.lanes if lane.result),
        finished=all(lane.result is not None for lane in block.lanes),
        curves=tuple(error_curve(lane.curve) for lane in block.lanes),
    )


def _stretch(block: Block, seconds: float) -> Block:
    """Some updates of the lanes that have no result yet, to the next point of their curves at most."""
    running = [lane for lane in block.lanes if lane.result is None]
    start, pace = time.perf_counter(), block.pace
    if running[0].cell.contestant.family == "reference":
        moved = [_fitted(lane) for lane in running]
    else:
        n = _updates_until_point(running[0].cell, _state(running[0]))
        n = max(1, int(min(n, seconds / pace))) if pace else min(n, FIRST_UPDATES)
        states, metrics = _train([lane.cell for lane in running], [_state(lane) for lane in running], n)
        pace = (time.perf_counter() - start) / n
        moved = [_recorded(*parts) for parts in zip(running, states, metrics, strict=True)]
    share = (time.perf_counter() - start) / len(running)
    after = iter([_timed(lane, share) for lane in moved])
    return Block(tuple(lane if lane.result else next(after) for lane in block.lanes), pace)


def _state(lane: Lane) -> State:
    """The state of a lane that trains."""
    assert lane.state is not None
    return lane.state


def _updates_until_point(cell: Cell, state: State) -> int:
    """Updates from this state to the next point of the curve; 0 at the cell's end, where the last point is."""
    every = _point_every(cell)
    return min(every - state.update % every, cell.live.n_updates - state.update)


def _point_every(cell: Cell) -> int:
    """Updates between two points of the curve."""
    return math.ceil(cell.live.n_updates / CURVE_POINTS)


def _timed(lane: Lane, seconds: float) -> Lane:
    """The lane, and its result if it has one, with so many seconds more."""
    total = lane.seconds + seconds
    return replace(lane, seconds=total, result=lane.result and replace(lane.result, seconds=total))


def _train(cells: list[Cell], states: list[State], n: int) -> tuple[list[State], list[Metrics]]:
    """n updates of cells that train: (states, metrics)."""
    models, structures, lives = zip(*((c.contestant, c.structure, c.trained) for c in cells), strict=True)
    after, metrics = contestants.train(states, models, structures, lives, training_rows(cells[0]), n)
    return after, metrics


def _reader(cell: Cell, state: State) -> Reader:
    """The Reader of a cell in a state."""
    return readers.reader(cell.contestant, state, cell.structure, cell.trained, training_rows(cell))


def _wrong(reader: Reader | Reference, x: Floats, y: Ints) -> NDArray[np.bool_]:
    """Whether each of the rows x (n, d) with classes y (n,) is classified wrongly, (n,)."""
    found: NDArray[np.bool_] = reader.probabilities(x).argmax(1) != y
    return found


def _error(reader: Reader | Reference, x: Floats, y: Ints) -> float:
    """The share of wrong classes among rows x (n, d) with classes y (n,)."""
    return float(_wrong(reader, x, y).mean())


def _fitted(lane: Lane) -> Lane:
    """The lane of a reference with its result, after one fit."""
    cell = lane.cell
    data, n_labeled = training_rows(cell), cell.trained.n_labeled
    return _ended(lane, references.fit(cell.contestant.model, cell.structure, n_labeled, data))


def _recorded(lane: Lane, state: State, metrics: Metrics) -> Lane:
    """The lane after a stretch: in its new state, with a point of its curve where one is due, and with its result at
    its end or where a number ceased to be finite."""
    lane = replace(lane, state=state, pending=(*lane.pending, metrics))
    if metrics.bad:
        return _diverged(_with_point(lane, state.update, None), metrics.bad)
    cell, (x, y) = lane.cell, validation_rows(lane.cell)
    if _updates_until_point(cell, state) == 0:
        reader = _reader(cell, state)
        return _ended(_with_point(lane, state.update, _error(reader, x, y)), reader)
    if state.update % _point_every(cell):
        return lane
    # Autoencoders learn to classify when they are asked, which takes too long for every point of a curve.
    costly = "classify" in OPTIONS[cell.contestant.model] and cell.contestant.classify != "joint"
    rows = slice(CURVE_ROWS)
    error = None if costly else _error(_reader(cell, state), x[rows], y[rows])
    return _with_point(lane, state.update, error)


def _with_point(lane: Lane, update: int, validation_error: float | None) -> Lane:
    """The lane with one point more on its curve, the means of the metrics since the point before."""
    means = {name: _finite(np.concatenate(parts).mean()) for name, parts in contestants.columns(lane.pending).items()}
    point = {"update": update, **means, "validation_error": validation_error}
    return replace(lane, pending=(), curve={name: [*lane.curve.get(name, []), value] for name, value in point.items()})


def _finite(value: float) -> float | None:
    """The value, or None, as JSON has neither infinities nor NaN."""
    return float(value) if math.isfinite(value) else None


def _ended(lane: Lane, reader: Reader | Reference) -> Lane:
    """The lane with its result, by a reader of its last state."""
    cell, data = lane.cell, training_rows(lane.cell)
    whole, wrong = protocol.load(cell.structure), _wrong(reader, *validation_rows(cell))
    return replace(
        lane,
        result=Result(
            cell,
            float(wrong.mean()),
            _error(reader, whole.x_test, whole.y_test),
            cell.live.n_updates if lane.state else 0,
            lane.seconds,
            sum(contestants.n_parameters(cell.contestant, cell.structure, data).values()) if lane.state else None,
            costs=_last(lane.curve),
            curve=lane.curve,
            versions=versions(cell),
            n_validation=len(wrong),
            wrong=tuple(np.flatnonzero(wrong).tolist()),
        ),
    )


def _diverged(lane: Lane, bad: tuple[int, str]) -> Lane:
    """The lane with a result that has no errors. `bad`: the update and the quantity that was not finite any more."""
    result = Result(
        lane.cell,
        None,
        None,
        _state(lane).update,
        lane.seconds,
        diverged=bad,
        costs=_last(lane.curve),
        curve=lane.curve,
        versions=versions(lane.cell),
    )
    return replace(lane, result=result)


def _last(curve: Curve) -> dict[str, float | None]:
    """Each cost at the last point of a curve."""
    return {name: values[-1] for name, values in curve.items() if name not in ("update", "validation_error")}
