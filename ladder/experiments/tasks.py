"""What a job asks of a crew, wherever the crew trains its blocks of cells: processes of this machine, or a cluster.

A block stays where it trains. It is trained in short stretches, each of which is a task, so that a job pauses by asking
for no further stretch.
"""

from typing import Protocol

from ladder.experiments.cells import Cell, Glance

STRETCH_SECONDS = 0.4  # of training in one task


class Lost(Exception):
    """The worker that held a block ended: the block has to begin anew."""


class Task(Protocol):
    """One stretch of a block in a worker."""

    def done(self) -> bool:
        """Whether `result` returns at once."""

    def result(self) -> Glance:
        """Wait for the stretch, and return the Glance of the block after it. Raises Problem as blocks.begin and
        blocks.advance do, Lost where the worker ended, and RuntimeError with the type of the error for a mistake of the
        program."""

    def cancel(self) -> None:
        """Give up the block. A stretch that runs ends by itself."""


class Crew(Protocol):
    """Workers that train blocks. `size`: how many stretches run at the same time. `gone`: whether the crew is of no
    further use, so that another has to be made."""

    @property
    def size(self) -> int: ...

    @property
    def gone(self) -> bool: ...

    def submit(self, work: tuple[Cell, ...] | Task) -> Task:
        """Begin the first stretch of a new block of cells (of equal shape, see Cell.shape), or the next stretch of the
        block of a task that is done. Returns the task at once."""

    def wait(self, tasks: list[Task], seconds: float) -> list[Task]:
        """Returns those of the tasks that are done, as soon as there is one, or an empty list after `seconds`. A crew
        may raise a Problem: see DaskCrew.wait."""

    def close(self) -> None:
        """End the workers, or leave them."""
