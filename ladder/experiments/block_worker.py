"""A process that trains blocks of cells: it holds any number of them, and trains each for a stretch when asked to."""

import logging

import torch

from ladder.experiments import blocks
from ladder.experiments.blocks import Block
from ladder.experiments.cells import Glance
from ladder.experiments.local_crew import Answer, Begin, Continue, Forget
from ladder.experiments.tasks import STRETCH_SECONDS
from ladder.problems import Problem
from ladder.processes.transport import ParentLink

log = logging.getLogger(__name__)


def main(parent: ParentLink) -> None:
    """Run the process: with one thread for arithmetic, carry out Begin, Continue and Forget. Raises ParentEnded when
    the parent has ended, or has asked this process to stop."""
    torch.set_num_threads(1)
    held: dict[str, Block] = {}
    while True:
        command = parent.receive()
        if isinstance(command, Begin | Continue):
            parent.send(Answer(command.block, _stretch(held, command)))
        elif isinstance(command, Forget):
            held.pop(command.block, None)


def _stretch(held: dict[str, Block], command: Begin | Continue) -> Glance | Problem | RuntimeError:
    """Returns the Glance of a block after its next stretch, or the error that ended it. `held` has the block
    afterwards, unless it is finished or failed."""
    try:
        block = blocks.begin(command.cells) if isinstance(command, Begin) else held.pop(command.block)
        block = blocks.advance(block, STRETCH_SECONDS)
        glance = blocks.glance(block)
    except Problem as problem:
        return problem
    except Exception as error:
        log.exception("a block of cells failed")
        return RuntimeError(type(error).__name__)
    if not glance.finished:
        held[command.block] = block
    return glance
