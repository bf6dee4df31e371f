"""What the server knows of one run: what its worker last said, who looks at it, and how it comes back."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ladder.live import frames
from ladder.live.handle import WorkerHandle
from ladder.live.history import Curves, history_of
from ladder.live.playing import ACTIVE
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Live, Recipe

LOSSES = 3  # of its worker within LOSS_SECONDS: then a run waits for its person
LOSS_SECONDS = 120.0


@dataclass
class Mirror:
    """What the server knows of a run."""

    run_id: str
    worker: WorkerHandle | None = None
    opened: bool = False  # its worker has said so
    origin: tuple[str | None, Recipe | None] = (None, None)  # the run or the recipe that it began with
    goal: tuple[int, bool] = (0, False)  # as it was opened: replay to this update, then play
    waiting: list[tuple] | None = None  # commands while it changes hands
    losses: list[float] = field(default_factory=list)  # when its worker ended
    n_saved: int = 0  # answers to "save"
    unsaved: bytes | None = None  # the run as a file that the disk did not take
    recipe: Recipe | Race | None = None
    view: View = View()
    steered: bool = False  # a tab has opened it since the server started, or since it was let go
    told: dict = field(default_factory=lambda: {"status": "paused", "update": 0, "reason": None})
    history: Curves | None = None
    snapshot: bytes | None = None
    pending: Live | None = None
    problem: Problem | None = None  # what nobody was told yet
    n_problems: int = 0  # so far
    viewers: dict[int, Callable[[bytes], None]] = field(default_factory=dict)
    unwatched_since: float = field(default_factory=time.monotonic)

    @property
    def active(self) -> bool:
        """Whether it trains, by its last word."""
        return self.told["status"] in ACTIVE

    @property
    def plays(self) -> bool:
        """Whether it plays until somebody or a stop rule ends it; a step has its own end."""
        return self.told["status"] == "playing" and not self.told["until"]

    def kills_workers(self) -> bool:
        """Its worker ended: whether that happens so often that the run may be the cause."""
        now = time.monotonic()
        self.losses = [lost for lost in self.losses if now - lost < LOSS_SECONDS] + [now]
        return len(self.losses) >= LOSSES

    def trouble(self, problem: Problem) -> None:
        """Something went wrong with the run; those who look hear that there is something."""
        self.problem, self.n_problems = problem, self.n_problems + 1
        self.tell(self.told)

    def has(self, key: str) -> bool:
        """Whether this is what went wrong last, and nobody was told yet."""
        return self.problem is not None and self.problem.key == key

    def take_problem(self) -> Problem | None:
        """What nobody was told yet, which counts as told now."""
        problem, self.problem = self.problem, None
        return problem

    @property
    def all_in_force(self) -> bool:
        """Whether no change of its recipe lies ahead, as in a replay that was paused."""
        return self.recipe.latest == self.recipe.at(self.told["update"])

    def pass_on(self, kind: str, header: dict, arrays: dict) -> None:
        """A worker's message, kept and told to those who look."""
        if kind == "snapshot":
            self.snapshot = frames.encode({"kind": kind, **header}, arrays)
            self._deliver(self.snapshot)
        elif kind == "history":
            self.opened, self.history = True, history_of(arrays)
            self.tell(header, kind, arrays)
        elif self.history is not None:  # else it is of a time before this mirror, and in the history that is on its way
            if arrays:
                self.history.add(arrays)
            self.tell(header, kind, arrays)

    def tell(self, told: dict, kind: str = "increment", arrays: dict | None = None) -> None:
        """What the run says of itself now, to those who look."""
        self.told = {**told, "problems": self.n_problems}
        self._deliver(frames.encode({"kind": kind, **self.told}, arrays or {}))

    def _deliver(self, message: bytes) -> None:
        for callback in list(self.viewers.values()):
            callback(message)

    def rest(self) -> None:
        """Nobody looks, and no file has the run: what repeats it stays."""
        self.history = self.snapshot = None

    def whole(self) -> bytes:
        """The "history" message of this moment."""
        arrays = self.history.arrays if self.history else {}
        return frames.encode({"kind": "history", **self.told}, arrays)
