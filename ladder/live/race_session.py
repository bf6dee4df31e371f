"""One live comparison inside a worker: every contestant trained in lockstep, measured at the same updates.

They take turns of the same number of updates, so that each one's seconds are its own. The references of scikit-learn
are fitted once, in another process, and come as portraits (analyst.py): a fit may take half a minute, in which other
runs of this process would stand still. For the same reason another thread measures a race with autoencoders that learn
to classify at each measurement; the race waits for it, and the other runs go on. A race is not kept on disk: its recipe
repeats it.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np

from ladder.analysis import readers, snapshot
from ladder.arithmetic import key_of, ours
from ladder.arrays import Arrays
from ladder.data.protocol import check, load
from ladder.data.rows import Data, plane
from ladder.live.analyst import Portrait, Quantities, Study
from ladder.live.history import RaceHistory
from ladder.live.news import Header
from ladder.live.playing import Measured, Playing, Reason
from ladder.live.told import Told
from ladder.recipe.contestants import Contestant
from ladder.recipe.race import Race
from ladder.training import contestants
from ladder.training.digest import digest
from ladder.training.train import Metrics, State, device_of

_measurers = ThreadPoolExecutor(1, "measuring")  # one: the others' training shares this processor with it
RESOLUTION = 40  # decision regions: points a side


class Runner:
    """A contestant that trains: its state, its seconds, and the costs since the last measurement."""

    def __init__(self, contestant: Contestant, race: Race, data: Data, device: str):
        self.contestant, self.structure, self.live = contestant, race.structure, race.live_of(contestant)
        self.data, self.device = data, device
        self.state = contestants.initial(contestant, race.structure, data)
        self.parameters = contestants.n_parameters(contestant, race.structure, data)
        self.seconds = 0.0
        self.costs: list[Metrics] = []
        self.objective: float | None = None  # of the last update
        _, metrics = self._train(self.state, 0)
        self.parts = [name for name in contestants.columns([metrics]) if name != "objective"]

    def _train(self, state: State, n: int) -> tuple[State, Metrics]:
        return contestants.train_one(self.contestant, state, self.structure, self.live, self.data, n, self.device)

    def train(self, n: int) -> tuple[int, str] | None:
        """n updates; (update, quantity) of the first number that is not finite."""
        start = time.perf_counter()
        self.state, metrics = self._train(self.state, n)
        self.seconds += time.perf_counter() - start
        self.costs.append(metrics)
        self.objective = float(np.ravel(metrics["objective"])[-1])
        return metrics.bad

    def way_back(self) -> Callable[[], None]:
        """A function that undoes the training after this moment."""
        state, seconds, n_costs, objective = self.state, self.seconds, len(self.costs), self.objective

        def go_back() -> None:
            self.state, self.seconds, self.costs = state, seconds, self.costs[:n_costs]
            self.objective = objective

        return go_back

    def reader(self) -> readers.Reader:
        """A look at this moment's state."""
        return readers.reader(self.contestant, self.state, self.structure, self.live, self.data)

    def mean_costs(self) -> list[float]:
        """The mean of each of `parts` since the last call; NaN before the first update."""
        columns = contestants.columns(self.costs)
        self.costs = []
        if not columns:
            return [np.nan] * len(self.parts)
        return [float(np.concatenate(columns[name]).mean()) for name in self.parts]


class Fitted:
    """A reference among the runners: it was fitted elsewhere, and is the same at every update."""

    def __init__(self, portrait: Portrait):
        self.portrait, self.parameters, self.seconds = portrait, portrait.parameters, portrait.seconds
        self.parts: list[str] = []

    def train(self, n: int) -> tuple[int, str] | None:
        """Returns None: a reference has no updates."""

    def way_back(self) -> Callable[[], None]:
        """A function that does nothing: a reference has no weights to go back to."""
        return lambda: None

    def mean_costs(self) -> list[float]:
        """Returns an empty list: a reference reports no costs."""
        return []


class RaceSession(Playing):
    """See the module; `recipe` is the Race. `portraits`: for each contestant its Portrait, None if it trains."""

    keeps = False

    def __init__(self, race: Race, portraits: Sequence[Portrait | None], device: str = "cpu"):
        super().__init__()
        check(race.structure, race.live.n_labeled)
        self.recipe, self.portraits, self.device = race, portraits, device
        self.computed = (ours(device_of(device).type, race.quick),)
        self.data = load(race.structure)
        self._begin()
        self.measure()

    def _begin(self) -> None:
        self.runners = [
            Runner(contestant, self.recipe, self.data, self.device) if portrait is None else Fitted(portrait)
            for contestant, portrait in zip(self.recipe.contestants, self.portraits, strict=True)
        ]
        self.done = 0
        n_parts = sum(len(runner.parts) for runner in self.runners)
        self._begin_history(RaceHistory(len(self.runners), n_parts=n_parts))

    @property
    def update(self) -> int:
        """Updates done by each."""
        return self.done

    def reset(self) -> None:
        """Back to the same initial weights."""
        self._anew()
        self._begin()
        self.measure()

    def _ends(self) -> list[int | None]:
        return [self.recipe.live.n_updates]

    def _train(self, n: int) -> Reason | None:
        returns = [runner.way_back() for runner in self.runners]
        for c, runner in enumerate(self.runners):
            bad = runner.train(n)
            if bad:  # all rest where all numbers were finite
                for go_back in returns:
                    go_back()
                return {"key": "diverged", "quantity": bad[1], "update": bad[0], "contestant": c}
        self.done += n
        return None

    def _finished(self) -> Reason | None:
        n_updates = self.recipe.live.n_updates
        return {"key": "target", "n_updates": n_updates} if n_updates and self.update >= n_updates else None

    def measure(self) -> None:
        """See Playing.measure: the errors of every contestant, each one's seconds, and its mean costs."""
        if self.measuring is not None or self.update in self.history.arrays["eval_update"][-1:]:
            return
        known = {
            "eval_update": np.array([self.update]),
            "seconds": np.array([[runner.seconds for runner in self.runners]]),
            "parts": np.array([[cost for runner in self.runners for cost in runner.mean_costs()]]),
        }
        seen = [one.portrait if isinstance(one, Fitted) else one.reader() for one in self.runners]
        if any(readers.learns_to_classify(one) for one in self.recipe.contestants):
            self.measuring = _measurers.submit(_timed, lambda: known | self._errors(seen))
        else:
            self._record(known | self._errors(seen))

    def _errors(self, seen: Sequence[readers.Reader | Portrait]) -> Arrays:
        """See readers.evaluate, for each contestant: (1, contestants) each."""
        structure, live = self.recipe.structure, self.recipe.live
        found = [
            one.errors if isinstance(one, Portrait) else readers.evaluate(one, structure, live, self.data)
            for one in seen
        ]
        return {name: np.array([[one[name] for one in found]]) for name in ("error", "clean_error", "noisy_error")}

    def told(self) -> Told:
        """What the comparison says of itself."""
        live = self.recipe.live
        about: tuple[dict[str, object], ...] = tuple(
            {"parameters": one.parameters, "parts": one.parts} for one in self.runners
        )
        found = replace(super().told(), target=live.n_updates, n_labeled=live.n_labeled, contestants=tuple(about))
        return replace(found, computed=key_of(self.computed))

    def study(self, name: str) -> Study:
        """What a look inside every contestant at this moment (analysis/studies.py) is made from."""
        return Study(self.recipe, name, self.update, self._thetas)

    def quantities(self, names: tuple[str, ...]) -> Quantities:
        """What the numbers of these names (analyst.Quantities) at this moment are made from."""
        return Quantities(self.recipe, names, self._thetas)

    def result(self) -> tuple[str, dict[str, float]]:
        """The hash (training/digest.py) of all networks that train, under their place and model, and the objective of
        the last update of each, by names such as "objective_0", as a hand-in has them."""
        trained = [(c, one) for c, one in enumerate(self.runners) if isinstance(one, Runner)]
        states = {f"{c} {one.contestant.model}": asdict(one.state) for c, one in trained}
        objectives = {f"objective_{c}": one.objective for c, one in trained if one.objective is not None}
        return digest(states), objectives

    @property
    def _thetas(self) -> tuple[np.ndarray | None, ...]:
        return tuple(None if isinstance(runner, Fitted) else runner.state.theta for runner in self.runners)

    def snapshot(self) -> tuple[Header, Arrays]:
        """The same test rows seen by each, from clean (`c/clean`) and from noisy input (`c/noisy`), (s, d); in the
        plane the decision regions (`region_class/c`, `region_confidence/c`)."""
        data, structure, live = self.data, self.recipe.structure, self.recipe.live
        rows = snapshot.sample_rows(data, self.view.samples)
        values: Header = {"update": self.update}
        arrays: Arrays = {"sample_class": data.y_test[rows].astype(np.uint8)}
        inputs = {"clean": data.x_test[rows], "noisy": readers.noisy_test_rows(structure, live, data)[rows]}
        arrays |= {f"input/{kind}": x for kind, x in inputs.items()}
        if data.n_features == 2:
            grid, extent = plane(data, RESOLUTION)
            values["extent"] = [float(edge) for edge in extent]
            arrays |= snapshot.plane_points(structure, live, data)
        for c, runner in enumerate(self.runners):
            if isinstance(runner, Fitted):
                arrays |= _pictures(runner.portrait, rows, c)
                continue
            seen = runner.reader()
            for kind, x in inputs.items():
                made = seen.reconstruct(x)
                arrays |= {} if made is None else {f"{c}/{kind}": made}
            if data.n_features == 2:
                probability = seen.probabilities(grid).reshape(RESOLUTION, RESOLUTION, -1)
                arrays[f"region_class/{c}"] = probability.argmax(-1).astype(np.uint8)
                arrays[f"region_confidence/{c}"] = probability.max(-1).astype(np.float32)
        return values, arrays


def _timed(measure: Callable[[], Arrays]) -> Measured:
    start, cpu_start = time.perf_counter(), time.thread_time()
    return Measured(measure(), time.perf_counter() - start, time.thread_time() - cpu_start)


def _pictures(portrait: Portrait, rows: np.ndarray, c: int) -> Arrays:
    """A snapshot's arrays of the reference that is contestant c."""
    found = {
        f"{c}/clean": None if portrait.clean is None else portrait.clean[rows],
        f"{c}/noisy": None if portrait.noisy is None else portrait.noisy[rows],
        f"region_class/{c}": portrait.region_class,
        f"region_confidence/{c}": portrait.region_confidence,
    }
    return {name: array for name, array in found.items() if array is not None}
