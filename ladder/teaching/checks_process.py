"""The process of checks.py: it repeats one run after another."""

import logging

import torch

from ladder.problems import Problem
from ladder.processes.transport import ParentLink
from ladder.teaching import replays
from ladder.teaching.checks import Replay
from ladder.teaching.verdicts import Verdict

log = logging.getLogger(__name__)


def main(server: ParentLink) -> None:
    """The process: one thread for arithmetic, then replays until the server ends it or has ended."""
    torch.set_num_threads(1)
    while True:
        task = server.receive()
        assert isinstance(task, Replay)
        server.send(_outcome(task, server))


def _outcome(task: Replay, server: ParentLink) -> Verdict | Problem:
    try:
        return replays.judge(task.handin, replays.repeat(task.handin, task.device, server.send))
    except Problem as problem:
        return problem
    except Exception as error:
        log.exception("a replay failed")
        return Problem("replay_failed", reason=type(error).__name__)
