"""What one student of a class may have this server do at once, so that a lesson fits the machine that everybody shares.

These are the only limits, by the number of processors; Classes (classes.py) holds them where commands arrive.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ladder.data.datasets import DATASETS
from ladder.problems import Problem
from ladder.settings import Structure

LEAST_TRAINING = 6  # a run and its repeats with five other seeds
WEIGHTS_OF_A_CORE, UPDATES_OF_A_CORE = 200_000, 50_000


@dataclass(frozen=True)
class Limits:
    """The most that one student may have: `n_training` runs or comparisons that train at the same time; `n_weights` of
    the encoders of a run's or a comparison's networks together; and `n_updates` of one run."""

    n_training: int
    n_weights: int
    n_updates: int

    def check_network(self, structure: Structure, n_networks: int = 1) -> None:
        """Raises Problem "limit_weights" where so many networks of this structure are too large."""
        info = DATASETS[structure.dataset]
        widths = info.n_features, *structure.widths, len(info.class_names)
        n_weights = n_networks * sum(below * above for below, above in pairwise(widths))
        if n_weights > self.n_weights:
            raise Problem("limit_weights", n=n_weights, most=self.n_weights)

    def check_updates(self, n_updates: int) -> None:
        """Raises Problem "limit_updates" where a run would have more updates than it may."""
        if n_updates > self.n_updates:
            raise Problem("limit_updates", most=self.n_updates)

    def check_training(self, runs: Iterable[str], trains: Callable[[str], bool]) -> None:
        """Raises Problem "limit_training" where as many of a student's other `runs` train as may, before one more does.
        `trains`: whether a run does."""
        if sum(map(trains, runs)) >= self.n_training:
            raise Problem("limit_training", most=self.n_training)


def of_machine(n_cores: int) -> Limits:
    """Returns the limits of a machine with so many processors. One carries the usual network of every dataset, two a
    comparison of four of them on MNIST, and eight the paper's network."""
    return Limits(max(LEAST_TRAINING, n_cores // 2), WEIGHTS_OF_A_CORE * n_cores, UPDATES_OF_A_CORE * n_cores)
