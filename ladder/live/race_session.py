"""One live comparison inside a worker: every contestant trained in lockstep, measured at the same updates.

They take turns of the same number of updates, so that each one's seconds are its own. The references of scikit-learn
are fitted once, at the beginning. A race is not kept on disk: its recipe repeats it.
"""

import time

import numpy as np

from ladder.analysis import readers
from ladder.analysis import snapshot as inspection
from ladder.analysis.studies import study
from ladder.data.datasets import check, load, plane
from ladder.live.history import RaceHistory
from ladder.live.playing import Playing
from ladder.models import references
from ladder.recipe.contestants import OPTIONS
from ladder.recipe.race import Race
from ladder.training import contestants

SHOWN = 10  # test rows reconstructed by each
RESOLUTION = 40  # decision regions: points a side


class Runner:
    """A contestant that trains: its state, its seconds, and the costs since the last measurement."""

    def __init__(self, contestant, race: Race, data, device: str):
        self.contestant, self.structure, self.live = contestant, race.structure, race.live_of(contestant)
        self.data, self.device = data, device
        self.state = contestants.initial(contestant, race.structure, data)
        self.parameters = contestants.n_parameters(contestant, race.structure, data)
        self.seconds, self.costs = 0.0, []
        trial, metrics = self._train(self.state, 1)
        self.parts = [name for name, _ in _parts(metrics)]

    def _train(self, state, n: int):
        return readers.train_one(self.contestant, state, self.structure, self.live, self.data, n, self.device)

    def train(self, n: int) -> tuple[int, str] | None:
        """n updates; (update, quantity) of the first number that is not finite."""
        start = time.perf_counter()
        self.state, metrics = self._train(self.state, n)
        self.seconds += time.perf_counter() - start
        self.costs.append(metrics)
        return metrics.get("bad")

    def now(self) -> tuple:
        """What `go_back` needs to undo later training."""
        return self.state, self.seconds, len(self.costs)

    def go_back(self, now: tuple) -> None:
        """To where it was at `now`."""
        self.state, self.seconds, n_costs = now
        self.costs = self.costs[:n_costs]

    def reader(self) -> readers.Reader:
        """A look at this moment's state."""
        return readers.reader(self.contestant, self.state, self.structure, self.live, self.data)

    def mean_costs(self) -> list[float]:
        """Of each of `parts`, since the last call; NaN before the first update."""
        rows = [[value for _, value in _parts(metrics)] for metrics in self.costs]
        self.costs = []
        if not rows:
            return [np.nan] * len(self.parts)
        return [float(np.concatenate(columns).mean()) for columns in zip(*rows, strict=True)]


def _parts(metrics: dict) -> list[tuple[str, np.ndarray]]:
    """Named columns of metrics; "denoising" (n, L + 1) becomes denoising/0 .. denoising/L."""
    found = []
    for name, values in metrics.items():
        if name not in ("objective", "bad"):
            columns = values.T if values.ndim > 1 else [values]
            found += [(f"{name}/{l}" if values.ndim > 1 else name, column) for l, column in enumerate(columns)]
    return found


class Fitted:
    """A reference of scikit-learn among the runners: fitted once, and the same at every update."""

    def __init__(self, contestant, race: Race, data, device: str):
        self.reference = references.fit(contestant.model, race.structure, race.live.n_labeled, data)
        self.parameters, self.parts = self.reference.n_parameters or {"encoder": 0, "decoder": 0, "head": 0}, []
        self.seconds, self.errors = self.reference.seconds, None

    def train(self, n: int) -> None:
        """Nothing is left to be learnt."""

    def now(self) -> None:
        """It is always the same."""

    def go_back(self, now: None) -> None:
        """It never left."""

    def reader(self) -> references.Reference:
        """The same interface as a network's."""
        return self.reference

    def mean_costs(self) -> list[float]:
        """It reports none."""
        return []


class RaceSession(Playing):
    """See the module; `recipe` is the Race."""

    keeps = False

    def __init__(self, race: Race, device: str = "cpu"):
        super().__init__()
        check(race.structure.dataset, race.live.n_labeled)
        self.recipe, self.device = race, device
        self.data = load(race.structure.dataset, race.structure.data_noise)
        self._begin()
        self.measure()

    def _begin(self) -> None:
        race = self.recipe
        kinds = [Fitted if one.family == "reference" else Runner for one in race.contestants]
        self.runners = [
            kind(one, race, self.data, self.device) for kind, one in zip(kinds, race.contestants, strict=True)
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

    def _ends(self) -> list[int]:
        return [self.recipe.live.n_updates]

    def _train(self, n: int) -> dict | None:
        before = [runner.now() for runner in self.runners]
        for c, runner in enumerate(self.runners):
            bad = runner.train(n)
            if bad:  # all rest where all numbers were finite
                for one, then in zip(self.runners, before, strict=True):
                    one.go_back(then)
                return {"key": "diverged", "quantity": bad[1], "update": bad[0], "contestant": c}
        self.done += n
        return None

    def _finished(self) -> dict | None:
        n_updates = self.recipe.live.n_updates
        return {"key": "target", "n_updates": n_updates} if n_updates and self.update >= n_updates else None

    def measure(self) -> None:
        """What the charts show of this moment, once."""
        if self.update in self.history.arrays["eval_update"][-1:]:
            return
        found = [self._errors(runner) for runner in self.runners]
        rows = {name: np.array([[one[name] for one in found]]) for name in ("error", "clean_error", "noisy_error")}
        rows["eval_update"] = np.array([self.update])
        rows["seconds"] = np.array([[runner.seconds for runner in self.runners]])
        rows["parts"] = np.array([[cost for runner in self.runners for cost in runner.mean_costs()]])
        self._record(rows)

    def _errors(self, runner) -> dict[str, float]:
        if isinstance(runner, Fitted) and runner.errors:
            return runner.errors
        found = readers.evaluate(runner.reader(), self.recipe.structure, self.recipe.live, self.data)
        if isinstance(runner, Fitted):
            runner.errors = found
        return found

    def told(self) -> dict:
        """The header of every message."""
        return super().told() | {
            "target": self.recipe.live.n_updates,
            "n_labeled": self.recipe.live.n_labeled,
            "contestants": [{"parameters": one.parameters, "parts": one.parts} for one in self.runners],
        }

    def study(self, name: str) -> tuple[dict, dict]:
        """A look inside every contestant (analysis/studies.py), with its name and the update."""
        seen = [runner.reader() for runner in self.runners]
        structure = self.recipe.structure
        units = [
            one.code_activation
            if "code_activation" in OPTIONS[one.model]
            else "linear"
            if one.family == "reference" or one.model == "variational"
            else structure.activation
            for one in self.recipe.contestants
        ]
        found = study(name, seen, units, structure, self.recipe.live, self.data)
        return {"name": name, "update": self.update}, found

    def snapshot(self) -> tuple[dict, dict]:
        """The same test rows seen by each, from clean (`c/clean`) and from noisy input (`c/noisy`), (s, d); in the
        plane the decision regions (`region_class/c`, `region_confidence/c`)."""
        data, structure, live = self.data, self.recipe.structure, self.recipe.live
        rows = inspection.sample_rows(data, self.view.samples)
        values = {"update": self.update}
        arrays = {"sample_class": data.y_test[rows].astype(np.uint8)}
        inputs = {"clean": data.x_test[rows], "noisy": readers.noisy_test_rows(structure, live, data)[rows]}
        arrays |= {f"input/{kind}": x for kind, x in inputs.items()}
        if data.n_features == 2:
            grid, extent = plane(data, RESOLUTION)
            values["extent"] = [float(edge) for edge in extent]
            arrays |= inspection.plane_points(structure, live, data)
        for c, runner in enumerate(self.runners):
            seen = runner.reader()
            for kind, x in inputs.items():
                made = seen.reconstruct(x)
                arrays |= {} if made is None else {f"{c}/{kind}": made}
            if data.n_features == 2:
                probability = seen.probabilities(grid).reshape(RESOLUTION, RESOLUTION, -1)
                arrays[f"region_class/{c}"] = probability.argmax(-1).astype(np.uint8)
                arrays[f"region_confidence/{c}"] = probability.max(-1).astype(np.float32)
        return values, arrays
