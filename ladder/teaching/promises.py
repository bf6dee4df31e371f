"""Whether a lesson's promise holds: its two sides, trained and measured over seeds, with the cause and without it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ladder.analysis.quantities import Trained, measure
from ladder.data.protocol import load
from ladder.recipe import race as races
from ladder.recipe.contestants import usual
from ladder.teaching.lesson import Promise, Side
from ladder.training import contestants


@dataclass(frozen=True)
class Outcome:
    """One claim as it came out. `lower`, `higher`: the quantities in the order of the seeds; `lower` is empty for a
    claim about the spread over the seeds. `found`: the mean of higher - lower, or the spread. `holds`: whether it is
    `by` or more."""

    lower: list[float]
    higher: list[float]
    found: float
    by: float

    @property
    def holds(self) -> bool:
        """Returns whether the claim is true of these seeds."""
        return self.found >= self.by


@dataclass
class Bench:
    """Trains what promises compare, each setting once for all of them. `seeds`: each is weight seed and label seed."""

    seeds: Sequence[int]
    trained: dict[object, list[Trained]] = field(default_factory=dict)

    def check(self, promise: Promise) -> tuple[Outcome, Outcome]:
        """Returns how the claim came out with its cause, and without it. Raises Problem as contestants.train does."""
        return self._outcome(promise, promise.sides), self._outcome(promise, promise.without)

    def _outcome(self, promise: Promise, sides: tuple[Side | None, Side]) -> Outcome:
        lower, higher = (self.measured(side, promise.updates) if side else [] for side in sides)
        gaps = np.subtract(higher, lower) if lower else np.array([max(higher) - min(higher)])
        return Outcome(lower, higher, round(float(gaps.mean()), 6), promise.by)

    def measured(self, side: Side, updates: int) -> list[float]:
        """Returns the quantity of a side after `updates` updates, in the order of the seeds."""
        return [round(measure(one, side.quantity), 6) for one in self._train(side, updates)]

    def _train(self, side: Side, updates: int) -> list[Trained]:
        """Returns the side's network after `updates` updates, for each seed."""
        _, race = races.read(side.setting.words)
        contestant = next((one for one in race.contestants if one.model == side.model), usual(side.model))
        live, n = race.live_of(contestant), len(self.seeds)
        key = race.structure, live, contestant, updates
        if key not in self.trained:
            data = load(race.structure)
            structures = [replace(race.structure, weight_seed=seed, label_seed=seed) for seed in self.seeds]
            states = [contestants.initial(contestant, structure, data) for structure in structures]
            lives, same = [live] * n, [contestant] * n
            states, metrics = contestants.train(states, same, structures, lives, data, updates)
            lanes = zip(states, structures, metrics, strict=True)
            self.trained[key] = [Trained(contestant, *lane[:2], live, data, lane[2]) for lane in lanes]
        return self.trained[key]
