"""Estimates of what a job or a search will take, from a moment of real training and the work of all cells."""

import itertools
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from ladder.data.datasets import DATASETS
from ladder.experiments import trials
from ladder.experiments.cells import MOST_LANES, Cell, blocks_of, layer_widths
from ladder.experiments.jobs import LOOK_SECONDS, Kind, kind_of, lanes_for
from ladder.experiments.pace import makespan
from ladder.experiments.results import Results
from ladder.experiments.tasks import Crew, Lost, Task
from ladder.experiments.trials import Setup, Trial
from ladder.problems import Problem

LIBRARIES = 300_000_000  # bytes of a worker without data
MEASURED = 3  # stretches of a block, after the first, whose pace counts
FIRST_TRIALS = 8  # trials of a search that are suggested for its estimate, and stand for all

Block = tuple[Cell, ...]


@dataclass(frozen=True)
class Cost:
    """What cells will take. `runs`: how many there are, of which `reused` have a result already. `updates`: those of
    all runs that will train. `seconds`: on the crew's `workers`, without the fits of reference methods. `memory`: bytes
    of a worker with the largest block, 0 where none will train."""

    runs: int
    reused: int
    updates: int
    seconds: float
    workers: int
    memory: int


def estimate(cells: Iterable[Cell], crew: Crew, results: Results) -> Cost:
    """Returns the Cost of a job; the crew trains some of its cells for a moment. Raises Problem "results_unreadable",
    "sweep_worker_lost", and those of Crew.wait and Task.result; RuntimeError for a mistake of the program."""
    every = {cell.key: cell for cell in cells}
    known = results.known(every)
    missing = [cell for key, cell in every.items() if key not in known and cell.contestant.family != "reference"]
    blocks = blocks_of(missing, lanes_for(len(missing), crew.size))
    paces = _paces(blocks, crew)
    return Cost(
        len(every),
        len(known),
        sum(cell.live.n_updates for cell in missing),
        makespan((_seconds(block, paces) for block in blocks), max(1, crew.size)),
        crew.size,
        max(map(_memory, blocks), default=0),
    )


def estimate_search(setup: Setup, ended: list[Trial], n_trials: int, crew: Crew) -> Cost:
    """Returns the Cost of a search of `n_trials` trials, of which `ended` are finished or pruned. The crew trains the
    next few trials for a moment. Raises Problem as `estimate` does, and as axes.cell_of does for a suggested setting
    that cannot be run."""
    some: list[Trial] = []
    for number in range(len(ended), min(len(ended) + FIRST_TRIALS, n_trials)):
        words = trials.suggest(setup, [*ended, *some])
        some += [Trial(number, words)] if words else []
    by_trial = (blocks_of((point.cell for point in setup.points(trial.words)), MOST_LANES) for trial in some)
    blocks = [block for one in by_trial for block in one if block[0].contestant.family != "reference"]
    paces = _paces(blocks, crew)
    n_blocks = math.ceil(setup.n_seeds / MOST_LANES)  # of a trial, which train beside each other
    shares = [trials.expected_share(setup, ended, number) for number in range(len(ended), n_trials)]
    seconds = sum(_seconds(block, paces) for block in blocks) / n_blocks / max(1, len(some))
    updates = sum(cell.live.n_updates for block in blocks for cell in block) / max(1, len(some))
    return Cost(
        n_trials * setup.n_seeds,
        len(ended) * setup.n_seeds,
        round(updates * sum(shares)),
        makespan((seconds * share for share in shares), max(1, crew.size // n_blocks)),
        crew.size,
        max(map(_memory, blocks), default=0),
    )


def _seconds(block: Block, paces: dict[Kind, float]) -> float:
    return sum(cell.work for cell in block) * paces[kind_of(block[0])]


def _paces(blocks: list[Block], crew: Crew) -> dict[Kind, float]:
    """Seconds per work (Cell.work) on one place of the crew, for each kind among the blocks: the median of MEASURED
    stretches of each block that is tried, so that a moment in which the machine did something else decides nothing. A
    first stretch does not count: a process may have to start before it. As many places are busy as the job will need,
    because workers that share a processor slow each other."""
    first: dict[Kind, Block] = {}
    for block in blocks:
        first.setdefault(kind_of(block[0]), block)
    n_busy = max(len(first), min(crew.size, len(blocks)))
    waiting = list(itertools.islice(itertools.cycle(first.items()), n_busy)) if first else []
    running: dict[Task, _Measuring] = {}
    found: dict[Kind, list[float]] = {kind: [] for kind in first}
    try:
        while waiting or running:
            while waiting and len(running) < max(1, crew.size):
                kind, block = waiting.pop()
                running[crew.submit(block)] = _Measuring(kind, block)
            for task in crew.wait(list(running), LOOK_SECONDS):
                glance, one = task.result(), running.pop(task)
                if one.begun is not None and glance.work > one.before:
                    found[one.kind].append((time.monotonic() - one.begun) / (glance.work - one.before))
                if one.to_follow == 0 or (one.begun is not None and glance.finished):
                    task.cancel()
                    continue
                before = 0.0 if glance.finished else glance.work
                again = crew.submit(one.block if glance.finished else task)
                running[again] = _Measuring(one.kind, one.block, one.to_follow - 1, time.monotonic(), before)
    except Lost:
        raise Problem("sweep_worker_lost", n=1) from None
    finally:
        for task in running:
            task.cancel()
    return {kind: median(paces) if paces else 0.0 for kind, paces in found.items()}


@dataclass(frozen=True)
class _Measuring:
    """A block whose pace is measured. `to_follow`: how many stretches come after this one; `begun`: clock at its start,
    None for the first, which does not count; `before`: its work until then."""

    kind: Kind
    block: Block
    to_follow: int = MEASURED
    begun: float | None = None
    before: float = 0.0


def _memory(block: Block) -> int:
    """Bytes of a worker with this block, by measurement: those of the libraries, of the data with and without the
    validation rows, and for each lane those of its parameters, their moments and their gradient, and of its rows at
    every layer."""
    widths, n_rows = layer_widths(block[0].structure), sum(block[0].n_rows)
    data = 2 * DATASETS[block[0].structure.dataset].n_train * widths[0]
    parameters = 2 * sum(a * b for a, b in itertools.pairwise(widths))
    return LIBRARIES + 4 * (data + len(block) * (8 * parameters + 20 * n_rows * sum(widths)))
