"""Which crew a job gets: a Dask cluster where the environment names one, else processes of this machine."""

import os
from typing import cast

from ladder.experiments.dask_crew import DaskCrew
from ladder.experiments.local_crew import LocalCrew
from ladder.experiments.tasks import Crew
from ladder.problems import Problem

MOST_WORKERS = 1024  # processes of one machine


def from_environment(n_workers: int | None = None) -> Crew:
    """Returns the cluster at the address in LADDER_DASK (tcp://host:port), or `n_workers` processes here, by default
    one for each core that this process may use. Raises Problem "bad_whole" unless 1 <= n_workers <= MOST_WORKERS, and
    those of DaskCrew."""
    if n_workers is not None and not 1 <= n_workers <= MOST_WORKERS:
        raise Problem("bad_whole", name="--workers", value=n_workers, low="1", high=str(MOST_WORKERS))
    address = os.environ.get("LADDER_DASK")
    crew = DaskCrew(address) if address else LocalCrew(n_workers)
    return cast(Crew, crew)  # each crew is only given the tasks that it made
