"""The analyst's process: it fits references and looks inside races, one task after another. See analyst.py."""

import logging
from functools import lru_cache

import numpy as np
import torch

from ladder.analysis import readers
from ladder.analysis.denoisers import all_combinators
from ladder.analysis.quantities import Trained, measure
from ladder.analysis.snapshot import evaluate
from ladder.analysis.studies import study
from ladder.arrays import Arrays
from ladder.data.protocol import load, scored
from ladder.data.rows import plane
from ladder.live.analyst import Denoisers, ModelFiles, Portrait, Portraits, Quantities, Score, Study, Task
from ladder.live.race_session import RESOLUTION
from ladder.models import references
from ladder.models.references import Reference
from ladder.problems import Problem
from ladder.processes.transport import ParentLink
from ladder.recipe.contestants import OPTIONS, Contestant
from ladder.recipe.race import Race
from ladder.recipe.view import PROBE_ROWS
from ladder.settings import Live, Structure
from ladder.training.train import Metrics, State

MOST_FITTED = 8  # references that are kept: label spreading on MNIST takes 32 MB
MOST_PORTRAITS = 64  # kept: a page's reference comes back, and a class compares the same ones

log = logging.getLogger(__name__)


def main(server: ParentLink) -> None:
    """The process: one thread for arithmetic, then tasks until the server ends it or has ended."""
    torch.set_num_threads(1)
    while True:
        task = server.receive()
        assert isinstance(task, Task)
        server.send(_outcome(task))


def _outcome(task: Task) -> object:
    try:
        if isinstance(task, Denoisers):
            return denoisers(task)
        if isinstance(task, Score):
            return scores(task)
        if isinstance(task, ModelFiles):
            return files(task)
        if isinstance(task, Quantities):
            return quantities(task)
        return portraits(task.race) if isinstance(task, Portraits) else look_inside(task)
    except Problem as problem:
        return problem
    except Exception as error:
        log.exception("an analysis failed")
        return Problem("analyst_failed", reason=type(error).__name__)


def portraits(race: Race) -> tuple[Portrait | None, ...]:
    """See Portraits. Raises Problem as protocol.load and protocol.seen do."""
    live = Live(n_labeled=race.live.n_labeled, noise_std=race.live.noise_std)  # all that a reference depends on
    return tuple(
        _portrait(one.model, race.structure, live) if one.family == "reference" else None for one in race.contestants
    )


@lru_cache(MOST_FITTED)
def _fitted(model: str, structure: Structure, n_labeled: int) -> Reference:
    return references.fit(model, structure, n_labeled, load(structure))


@lru_cache(MOST_PORTRAITS)
def _portrait(model: str, structure: Structure, live: Live) -> Portrait:
    data = load(structure)
    fitted = _fitted(model, structure, live.n_labeled)
    rows = slice(PROBE_ROWS)
    regions = {}
    if data.n_features == 2:
        probability = fitted.probabilities(plane(data, RESOLUTION)[0]).reshape(RESOLUTION, RESOLUTION, -1)
        regions["region_class"] = probability.argmax(-1).astype(np.uint8)
        regions["region_confidence"] = probability.max(-1).astype(np.float32)
    return Portrait(
        errors=readers.evaluate(fitted, structure, live, data),
        parameters=fitted.n_parameters or {"encoder": 0, "decoder": 0, "head": 0},
        seconds=fitted.seconds,
        clean=fitted.reconstruct(data.x_test[rows]),
        noisy=fitted.reconstruct(readers.noisy_test_rows(structure, live, data)[rows]),
        **regions,
    )


def denoisers(task: Denoisers) -> tuple[dict[str, object], Arrays]:
    """See Denoisers. Raises Problem as all_combinators does."""
    nothing = np.zeros(0, np.float32)
    state = State(task.theta, nothing, nothing, task.update)  # of a state, it needs the parameters
    data = load(task.structure)
    return all_combinators(state, task.structure, task.live, data, task.layer, task.unit)


def scores(task: Score) -> tuple[float, ...]:
    """See Score. Raises Problem as datasets.load does."""
    structure, nothing = task.structure, np.zeros(0, np.float32)
    data = scored(structure)
    states = [State(theta, nothing, nothing) for theta in task.thetas]  # of a state, an error needs the parameters
    return tuple(evaluate(state, structure, task.live, data).test_error for state in states)


def files(task: ModelFiles) -> dict[str, bytes]:
    """See ModelFiles. Raises Problem as datasets.load does."""
    from ladder.portable.model_files import model_files  # loads ONNX, which no other task needs

    return model_files(task.recipe, task.update, task.theta, task.computed)


def look_inside(task: Study) -> Arrays:
    """See Study: the arrays of analysis/studies.py."""
    race, structure = task.race, task.race.structure
    data = load(structure)
    seen = [_reader(race, one, theta) for one, theta in zip(race.contestants, task.thetas, strict=True)]
    return study(task.name, seen, [_units(race, one) for one in race.contestants], structure, race.live, data)


def quantities(task: Quantities) -> dict[str, float]:
    """See Quantities."""
    race, nothing = task.race, np.zeros(0, np.float32)
    data = load(race.structure)
    found = {}
    for name in task.names:
        quantity, _, model = name.rstrip("]").partition("[")
        c = next(c for c, one in enumerate(race.contestants) if one.model == model)
        one, theta = race.contestants[c], task.thetas[c]
        assert theta is not None, "a reference has none of them"
        state = State(theta, nothing, nothing)  # of a state, these numbers need the parameters
        trained = Trained(one, state, race.structure, race.live_of(one), data, Metrics())
        found[name] = measure(trained, quantity)
    return found


def _reader(race: Race, contestant: Contestant, theta: np.ndarray | None) -> readers.Reader | Reference:
    if theta is None:
        return _fitted(contestant.model, race.structure, race.live.n_labeled)
    data, nothing = load(race.structure), np.zeros(0, np.float32)
    state = State(theta, nothing, nothing)  # of a state, a reader needs the parameters
    return readers.reader(contestant, state, race.structure, race.live_of(contestant), data)


def _units(race: Race, contestant: Contestant) -> str:
    """The activation of the units of a contestant's code."""
    if "code_activation" in OPTIONS[contestant.model]:
        return contestant.code_activation
    if contestant.family == "reference" or contestant.model == "variational":
        return "linear"
    return race.structure.activation
