"""What the server knows of one run: its life, what its worker last said, who looks at it, and how it comes back."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile

from ladder.arrays import Arrays
from ladder.live import frames
from ladder.live.handle import PATIENCE_SECONDS, WorkerHandle
from ladder.live.history import Curves, changes_of, history_of, lambdas_of
from ladder.live.life import Command, Life, State
from ladder.live.news import Header
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.inside import Inside
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Recipe

LOSSES = 3  # of its worker within LOSS_SECONDS: then a run waits for its person
# A worker that hangs in a command is ended after PATIENCE_SECONDS. So many losses of that kind must fall within this
# time, with the start of a new worker after each of them.
LOSS_SECONDS = LOSSES * PATIENCE_SECONDS
CLAIM_SECONDS = 10.0  # from a tab's taking a run to its panel's first message to the server, on a slow machine

SAME_ACT_SECONDS = 1.0  # between two values of one dragged control, which are taken back together
MOST_ACTS = 100  # that can be taken back

Answer = tuple[Header, Arrays]


@dataclass(frozen=True)
class Act:
    """A change that somebody made: when by the clock, and the values of the choices before it, by name."""

    when: float
    before: dict[str, object]


@dataclass
class Mirror:
    """What the server knows of a run."""

    run_id: str
    life: Life = Life()
    worker: WorkerHandle | None = None  # while the run is opening, open or closing
    source: str | None = None  # the run that this one is a copy of
    goal: tuple[int, bool] = (0, False)  # at its next opening: replay to this update, then play
    losses: list[float] = field(default_factory=list)  # when its worker ended
    recipe: Recipe | Race | None = None
    asked: int = 0  # see Told
    acts: list[Act] = field(default_factory=list)  # that can be taken back, the oldest first
    view: View = View()
    inside: Inside | None = None  # what the page Inside shows of it, None where no such page is open
    told: Told = Told()
    history: Curves | None = None
    snapshot: bytes | None = None
    answers: dict[int, Answer | None] = field(default_factory=dict)  # by ticket, None until the worker answers
    problem: Problem | None = None  # what nobody was told yet
    viewers: dict[int, Callable[[bytes], None]] = field(default_factory=dict)
    unwatched_since: float = field(default_factory=time.monotonic)
    owner: str | None = None  # the tab that steers it
    claimed_until: float = 0.0  # by the clock, how long the owner keeps it before it looks

    # --- who steers it

    def is_free_for(self, tab: str) -> bool:
        """Whether a tab may steer the run: it does already, or no tab has taken the run and looks at it."""
        claimed = bool(self.viewers) or time.monotonic() < self.claimed_until
        return self.owner in (None, tab) or not claimed

    def take(self, tab: str) -> None:
        """The tab steers the run from now on."""
        if self.owner != tab:
            self.owner, self.claimed_until = tab, time.monotonic() + CLAIM_SECONDS

    def release(self, tab: str) -> None:
        """The tab steers the run no more."""
        if self.owner == tab:
            self.owner, self.claimed_until = None, 0.0

    def unwatched(self) -> None:
        """The last of those who looked has left."""
        self.unwatched_since, self.claimed_until = time.monotonic(), 0.0

    # --- what is in force

    def sent(self) -> list[Command]:
        """The commands that its worker was sent and has not acknowledged, the oldest first."""
        sent = self.worker.unacknowledged() if self.worker else []
        return [command for command in sent if command[1] == self.run_id]

    @property
    def trains(self) -> bool:
        """Whether the run trains, or will do so as soon as its worker has opened it and carried out what it was
        sent."""
        until, playing = self.goal
        opens = self.life.state is State.OPENING and (playing or until > self.told.update)
        sent = {name for name, *_ in (*self.sent(), *self.life.queue)}
        return self.told.active or opens or bool(sent & {"play", "step"})

    def asked_for(self) -> Recipe | Race | None:
        """What repeats the run so far, with the changes that are on their way; None if nobody knows it yet."""
        recipe = self.recipe
        for name, _, *arguments in (*self.sent(), *self.life.queue):
            if name == "change" and isinstance(recipe, Recipe):
                (values,) = arguments
                assert isinstance(values, dict)
                with suppress(Problem):  # the session will refuse it as well, and say so
                    recipe = recipe.changed(self.told.update, recipe.at(self.told.update).having(values))
        return recipe

    def acted(self, before: dict[str, object]) -> None:
        """Somebody changed the choices named in `before`, which has their values before the change. Changes of the same
        choices in quick succession are one act."""
        now = time.monotonic()
        if self.acts and self.acts[-1].before.keys() == before.keys():
            last = self.acts[-1]
            if now - last.when < SAME_ACT_SECONDS:
                self.acts[-1] = replace(last, when=now)
                return
        self.acts = [*self.acts, Act(now, before)][-MOST_ACTS:]

    # --- what went wrong

    def ended_often(self) -> bool:
        """The run's worker has ended: whether that happens so often that the run may be the cause."""
        now = time.monotonic()
        self.losses = [lost for lost in self.losses if now - lost < LOSS_SECONDS] + [now]
        return len(self.losses) >= LOSSES

    def trouble(self, problem: Problem) -> None:
        """Something went wrong with the run. Its viewers hear that there is something."""
        self.problem = problem
        self.tell(replace(self.told, problems=self.told.problems + 1))

    def has(self, key: str) -> bool:
        """Whether this is what went wrong last, and nobody was told yet."""
        return self.problem is not None and self.problem.key == key

    def take_problem(self) -> Problem | None:
        """What went wrong and nobody was told yet. It counts as told from now on."""
        problem, self.problem = self.problem, None
        return problem

    # --- what it says

    def pass_on(self, kind: str, told: Told, arrays: Arrays) -> None:
        """Keep and deliver a worker's "history" or "increment"."""
        if kind == "history":
            self.history = history_of(arrays)
        elif self.history is None:
            return  # of a time before this mirror, and in the history that is on its way
        elif arrays:
            self.history.add(arrays)
        self.tell(self._complete(told), kind, arrays)

    def _complete(self, told: Told) -> Told:
        """A worker's word with what the server alone knows."""
        now = self.told
        told = replace(told, problems=now.problems, changes=now.changes, lambdas=now.lambdas)
        return replace(told, choices=self._choices(told.update), asked=self.asked)

    def _choices(self, update: int) -> dict[str, object] | None:
        """The live choices at `update`, those on their way included; None where nobody knows them, or of a race."""
        recipe = self.asked_for()
        return dict(vars(recipe.at(update))) if isinstance(recipe, Recipe) else None

    def tell(self, told: Told, kind: str = "increment", arrays: Arrays | None = None) -> None:
        """Keep and deliver what the run says now. An increment leaves out the changes: they are many, and told when one
        is made. It leaves out choices and moments that are as they were."""
        before, self.told, sent = self.told, told, told
        if kind != "history":
            sent = replace(told, changes=None, lambdas=None)
            sent = replace(sent, choices=None) if told.choices == before.choices else sent
            sent = replace(sent, moments=None) if told.moments == before.moments else sent
        self._deliver(frames.encode(sent.header(kind), arrays or {}))

    def learn(self, recipe: Recipe | Race) -> None:
        """Keep what repeats the run, and deliver the changes that were not told yet."""
        before, self.recipe = self.recipe, recipe
        if not isinstance(recipe, Recipe):
            return
        kept = _same(before, recipe) if isinstance(before, Recipe) and self.told.changes is not None else 0
        changes, lambdas = changes_of(recipe, kept), lambdas_of(recipe, kept)
        known, weights = (self.told.changes or ())[:kept], (self.told.lambdas or ())[:kept]
        if self.told.changes == (*known, *changes) and self.told.lambdas == (*weights, *lambdas):
            return
        self.told = replace(self.told, changes=(*known, *changes), lambdas=(*weights, *lambdas))
        self.told = replace(self.told, choices=self._choices(self.told.update), asked=self.asked)
        if self.history is not None:
            new = replace(self.told, changes=changes, lambdas=lambdas, kept=kept, moments=None)
            self._deliver(frames.encode(new.header("increment"), {}))

    def answer(self, ticket: int, header: Header, arrays: Arrays) -> None:
        """Keep the answer for whoever waits for it still."""
        if ticket in self.answers:
            self.answers[ticket] = header, arrays

    def show(self, header: Header, arrays: Arrays) -> None:
        """Keep and deliver a worker's pictures."""
        self.snapshot = frames.encode({"kind": "snapshot", **header}, arrays)
        self._deliver(self.snapshot)

    def show_inside(self, header: Header, arrays: Arrays) -> None:
        """Deliver what the page Inside shows."""
        self._deliver(frames.encode({"kind": "inside", **header}, arrays))

    def _deliver(self, message: bytes) -> None:
        for callback in list(self.viewers.values()):
            callback(message)

    def rest(self) -> None:
        """Forget what can be computed again: nobody looks at the run."""
        self.history = self.snapshot = None

    def whole(self) -> bytes:
        """The "history" message of this moment."""
        return frames.encode(self.told.header("history"), self.history.arrays if self.history else {})


def _same(before: Recipe, after: Recipe) -> int:
    """How many changes two recipes have in common, from the first on; 0 if they begin otherwise."""
    if before.live != after.live:
        return 0
    pairs: Iterable[tuple[object, object]] = zip(before.changes, after.changes, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
