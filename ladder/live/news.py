"""What a worker tells the server of its runs. A message is a run's id with one of these."""

from dataclasses import dataclass
from typing import Literal

from ladder.arrays import Arrays
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.settings import Recipe

Header = dict[str, object]


@dataclass(frozen=True)
class Rows:
    """What the run says of itself, with all rows of its curves ("history") or those that were not told yet."""

    kind: Literal["history", "increment"]
    told: Told
    arrays: Arrays


@dataclass(frozen=True)
class Pictures:
    """What the run shows at one moment: the header and arrays of a "snapshot"."""

    header: Header
    arrays: Arrays


@dataclass(frozen=True)
class Insides:
    """What the page Inside shows of the run at one moment: the header and arrays of an "inside"."""

    header: Header
    arrays: Arrays


@dataclass(frozen=True)
class Learnt:
    """What repeats the run so far."""

    recipe: Recipe | Race


@dataclass(frozen=True)
class Trouble:
    """What went wrong and a person should know."""

    problem: Problem


@dataclass(frozen=True)
class Reply:
    """The answer to the command with this ticket."""

    ticket: int
    header: Header
    arrays: Arrays


@dataclass(frozen=True)
class Opened:
    """The worker has the run."""


@dataclass(frozen=True)
class Failed:
    """The worker could not open the run. `note`: the type of the error for a mistake of the program; "" after a
    Trouble."""

    note: str


@dataclass(frozen=True)
class Closed:
    """The worker has saved the run and let it go, or has kept it, as it could not be saved."""

    kept: bool


News = Rows | Pictures | Insides | Learnt | Trouble | Reply | Opened | Failed | Closed
