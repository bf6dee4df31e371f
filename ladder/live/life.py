"""A live run's life in the server: five named states, one function for each event, one queue for commands.

absent   No worker has the run. It is a file, or a recipe that repeats it.
opening  A worker was sent the run and has not answered yet.
open     A worker has the run. A command is sent to it at once.
closing  The run's worker was asked to save it and to let it go, and has not answered yet.
failed   The run could not be opened, or its workers ended again and again. It waits for its person.

A function takes the life before an event and returns a Step: the life after it, and what is to be sent now. Nothing
here sends or waits: runs.py does what a Step says. Commands wait in the queue while no worker can take them. They leave
it when they are sent, and come back when the worker ends before it has acknowledged them. An event that a state does
not expect changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

Command = tuple[str, str, *tuple[object, ...]]  # name, run id, arguments: see worker.COMMANDS

# Commands that a lost worker's successor is sent again. It needs none of the others: it gets an "open" of its own with
# the view that is looked at ("look"), then a "watch", and a "close" when nobody looks at the run any more.
KEPT = (
    "change",
    "play",
    "pause",
    "step",
    "reset",
    "restore",
    "save",
    "study",
    "result",
    "cases",
    "point",
    "stages",
    "combinators",
    "quantities",
    "look_back",
)


class State(Enum):
    """See the module."""

    ABSENT = "absent"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    FAILED = "failed"


@dataclass(frozen=True)
class Life:
    """A run's state, and the commands that wait for a worker, the oldest first."""

    state: State = State.ABSENT
    queue: tuple[Command, ...] = ()


@dataclass(frozen=True)
class Step:
    """What follows from an event: the life after it, whether a worker is to open the run, whether its worker is to
    close it, and the commands that its worker is to be sent."""

    life: Life
    open: bool = False
    close: bool = False
    send: tuple[Command, ...] = ()


def asked(life: Life, *commands: Command) -> Step:
    """Somebody looks at the run, or has commands for it."""
    if life.state is State.OPEN:
        return Step(life, send=commands)
    queue = (*life.queue, *commands)
    if life.state in (State.ABSENT, State.FAILED):
        return Step(Life(State.OPENING, queue), open=True)
    return Step(replace(life, queue=queue))


def opened(life: Life) -> Step:
    """The worker has the run."""
    if life.state is not State.OPENING:
        return Step(life)
    return Step(Life(State.OPEN), send=life.queue)


def failed(life: Life) -> Step:
    """The worker could not open the run. Its person is told why, so the commands for it end here."""
    if life.state is not State.OPENING:
        return Step(life)
    return Step(Life(State.FAILED))


def let_go(life: Life) -> Step:
    """Nobody looks at the run any more, or another worker is to have it."""
    if life.state is not State.OPEN:
        return Step(life)
    return Step(Life(State.CLOSING), close=True)


def closed(life: Life, kept: bool, wanted: bool) -> Step:
    """The worker has saved the run and let it go, or has `kept` it, as it could not be saved. `wanted`: somebody looks
    at the run."""
    if life.state is not State.CLOSING:
        return Step(life)
    if kept:
        return Step(Life(State.OPEN), send=life.queue)
    if life.queue or wanted:
        return Step(Life(State.OPENING, life.queue), open=True)
    return Step(Life(State.ABSENT))


def lost(life: Life, unacknowledged: Iterable[Command], often: bool, wanted: bool) -> Step:
    """The worker has ended. `unacknowledged`: the commands that it was sent and may not have carried out. `often`: this
    happened so often that the run may be the cause. Then the run waits, and of its commands only the changed choices
    wait with it; its person is told so. `wanted`: somebody looks at the run."""
    if life.state not in (State.OPENING, State.OPEN, State.CLOSING):
        return Step(life)
    queue = (*(command for command in unacknowledged if command[0] in KEPT), *life.queue)
    if often:
        return Step(Life(State.FAILED, tuple(command for command in queue if command[0] == "change")))
    if life.state is State.CLOSING and not queue and not wanted:
        return Step(Life(State.ABSENT))
    return Step(Life(State.OPENING, queue), open=True)
