"""What a job asks of a crew: where blocks of cells train is one of several things behind this small interface.

A block stays where it trains. It is trained in short stretches, each of which is a task, so that a pause needs nothing
but to ask for no further stretch.
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
        """The block after the stretch. Raises Problem for what a person can mend, Lost where the worker ended, and
        RuntimeError with the type of the error for a mistake of the program."""

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
        """Begin the first stretch of a block of cells, or the next stretch of the block of a task that is done."""

    def wait(self, tasks: list[Task], seconds: float) -> list[Task]:
        """Those of the tasks that are done, as soon as there is one, or an empty list after `seconds`."""

    def close(self) -> None:
        """End the workers, or leave them."""
