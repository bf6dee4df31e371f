"""What one student of a class may have this server do at once, so that a lesson fits the machine that everybody shares.

These are the only limits, by the number of processors; Classes (classes.py) holds them where commands arrive.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from ladder.data.datasets import DATASETS
from ladder.data.protocol import n_classes
from ladder.experiments.sizes import Size
from ladder.problems import Problem
from ladder.settings import Structure

LEAST_TRAINING = 6  # a run and its repeats with five other seeds
WEIGHTS_OF_A_CORE, UPDATES_OF_A_CORE = 200_000, 50_000
JOB_UPDATES_OF_A_CORE = 200_000  # a little more than the usual comparison over many seeds has


@dataclass(frozen=True)
class Limits:
    """The most that one student may have: `n_training` runs or comparisons that train at the same time; `n_weights` of
    the encoders of a run's or a comparison's networks together; `n_updates` of one run; `n_jobs` sweeps and searches
    that have not ended; and `n_job_updates` of all runs of one of these together."""

    n_training: int
    n_weights: int
    n_updates: int
    n_jobs: int = 1
    n_job_updates: int = JOB_UPDATES_OF_A_CORE

    def check_network(self, structure: Structure, n_networks: int = 1) -> None:
        """Raises Problem "limit_weights" where so many networks of this structure are too large."""
        info = DATASETS[structure.dataset]
        widths = info.n_features, *structure.widths, n_classes(structure)
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

    def check_jobs(self, n_jobs: int) -> None:
        """Raises Problem "limit_jobs" where a student who wants so many sweeps and searches may want no other."""
        if n_jobs >= self.n_jobs:
            raise Problem("limit_jobs", most=self.n_jobs)

    def check_size(self, size: Size) -> None:
        """Raises Problem where a sweep or a search is too large: "limit_weights" and "limit_updates" for one of its
        runs, "limit_job_updates" for all together."""
        for structure in size.structures:
            self.check_network(structure)
        self.check_updates(size.longest)
        if size.updates > self.n_job_updates:
            raise Problem("limit_job_updates", n=f"{size.updates:,}", most=f"{self.n_job_updates:,}")


def of_machine(n_cores: int) -> Limits:
    """Returns the limits of a machine with so many processors. One carries the usual network of every dataset, two a
    comparison of four of them on MNIST, and eight the paper's network."""
    return Limits(
        n_training=max(LEAST_TRAINING, n_cores // 2),
        n_weights=WEIGHTS_OF_A_CORE * n_cores,
        n_updates=UPDATES_OF_A_CORE * n_cores,
        n_job_updates=JOB_UPDATES_OF_A_CORE * n_cores,
    )
