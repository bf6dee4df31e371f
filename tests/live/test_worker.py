"""A worker's turns: whoever had least of the processor is next."""

import pytest

from ladder.live import worker
from ladder.live.news import Closed, Failed, Opened, Trouble
from ladder.live.told import Told
from ladder.live.worker import Desk, Worker
from ladder.problems import Problem
from ladder.processes.transport import ParentEnded
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, fitted


class Clock:
    """Seconds of the processor, as the sessions below spend them; the test ends after `end`."""

    now, end = 0.0, 100.0

    def spend(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.end:
            raise ParentEnded


class Turns:
    """A session each of whose turns costs `cost`; it plays from `since` on."""

    keeps, rest, measuring = False, 0.0, None

    def __init__(self, clock: Clock, cost: float, since: float = 0.0):
        self.clock, self.cost, self.since, self.had, self.pauses = clock, cost, since, 0.0, (0.0, 0.0)

    @property
    def active(self) -> bool:
        return self.clock.now >= self.since and not self.pauses[0] <= self.clock.now < self.pauses[1]

    def advance(self, seconds, wanted) -> None:
        self.had += self.cost
        self.clock.spend(self.cost)

    def told(self) -> Told:
        return Told()

    def increment(self) -> dict:
        return {}


class Slowed(Turns):
    """One that wants a turn every ten seconds, until it is slowed no more."""

    until, due = 50.0, 0.0

    @property
    def rest(self) -> float:
        return max(0.0, self.due - self.clock.now) if self.clock.now < self.until else 0.0

    def advance(self, seconds, wanted) -> None:
        self.due = self.clock.now + 10.0
        super().advance(seconds, wanted)


class Quiet:
    """A server that says nothing; while it is waited for, time passes."""

    def __init__(self, clock: Clock | None = None):
        self.clock, self.waits = clock, []

    def receive(self, timeout=None) -> None:
        if timeout and self.clock:
            self.waits.append(timeout)
            self.clock.spend(timeout)

    def waiting(self) -> bool:
        return False

    def send(self, message) -> None:
        pass


def shares(monkeypatch, tmp_path, clock: Clock, sessions: list[Turns]) -> list[float]:
    monkeypatch.setattr(worker.time, "thread_time", lambda: clock.now)
    working = Worker(Quiet(clock), tmp_path, "cpu")
    working.desks = {str(i): Desk(session) for i, session in enumerate(sessions)}
    with pytest.raises(ParentEnded):
        working._work()
    return [session.had for session in sessions]


def test_a_slow_network_beside_quick_ones_gets_its_share_and_no_more(monkeypatch, tmp_path):
    clock = Clock()
    had = shares(monkeypatch, tmp_path, clock, [Turns(clock, cost) for cost in (0.1, 0.1, 1.0, 0.5)])
    assert max(had) - min(had) <= 1.0


def test_a_newcomer_does_not_catch_up_on_what_others_had_before(monkeypatch, tmp_path):
    clock = Clock()
    early, late = shares(monkeypatch, tmp_path, clock, [Turns(clock, 0.1), Turns(clock, 0.1, since=60.0)])
    assert early == pytest.approx(80.0, abs=0.5) and late == pytest.approx(20.0, abs=0.5)


def test_who_had_much_long_ago_is_not_made_to_wait_for_younger_runs(monkeypatch, tmp_path):
    clock = Clock()
    old, young = Turns(clock, 0.1), Turns(clock, 0.1, since=60.0)
    old.pauses = (60.0, 65.0)
    had = shares(monkeypatch, tmp_path, clock, [old, young])
    assert had == pytest.approx([60 + 17.5, 5 + 17.5], abs=0.5)


def test_a_slowed_run_takes_little_and_does_not_make_up_for_it_afterwards(monkeypatch, tmp_path):
    clock = Clock()
    quick, slowed = Turns(clock, 0.1), Slowed(clock, 0.1)
    had = shares(monkeypatch, tmp_path, clock, [quick, slowed])
    assert had == pytest.approx([49.5 + 25.0, 0.5 + 25.0], abs=0.3)


def test_a_worker_whose_runs_are_all_slowed_sleeps_until_one_is_due(monkeypatch, tmp_path):
    clock = Clock()
    monkeypatch.setattr(worker.time, "thread_time", lambda: clock.now)
    working = Worker(quiet := Quiet(clock), tmp_path, "cpu")
    working.desks = {"run": Desk(slowed := Slowed(clock, 0.0))}
    slowed.until = 200.0
    with pytest.raises(ParentEnded):
        working._work()
    assert quiet.waits == pytest.approx([10.0] * len(quiet.waits)) and len(quiet.waits) == 11


def test_waiting_commands_come_before_pictures_and_checkpoints(monkeypatch, tmp_path):
    clock, done = Clock(), []
    working = Worker(Quiet(), tmp_path, "cpu")
    working.desks = {"run": Desk(Turns(clock, 0.1))}
    working._listen = lambda timeout: done.append("listen")
    working._report = lambda run_id, n_playing: done.append("report")
    working._turn("run", 1)
    assert done == ["listen", "report"]


class Heard:
    """A server that keeps the news, without the run's id."""

    def __init__(self):
        self.news = []

    def send(self, message) -> None:
        _, news = message
        self.news.append(news)

    def waiting(self) -> bool:
        return False

    def receive(self, timeout=None) -> None:
        return None


RECIPE = Recipe(
    Structure("moons", widths=(4,)), fitted(Live(lambdas=(10.0, 1.0, 0.1), noise_std=(0.1,) * 3, n_updates=0), 2)
)


@pytest.fixture
def working(tmp_path) -> Worker:
    """A worker with one run, that tells its news to `heard`."""
    made = Worker(Heard(), tmp_path, "cpu")
    made._carry_out("open", "a_run", None, RECIPE, (), None, 0, False, View())
    assert Opened() in made.server.news
    made.server.news.clear()
    return made


def mistake(*arguments):
    raise MemoryError


@pytest.mark.parametrize("part", ["pause", "increment", "saved"])
def test_a_close_that_fails_is_answered_and_the_run_takes_commands(working, monkeypatch, part):
    session = working.desks["a_run"].session
    with monkeypatch.context() as patched:
        patched.setattr(session, part, mistake)
        working._carry_out("close", "a_run")
    assert Closed(kept=True) in working.server.news
    working._carry_out("reset", "a_run")
    working._carry_out("close", "a_run")
    assert working.server.news[-1] == Closed(kept=False) and not working.desks


def test_a_run_that_fails_says_so_and_a_reset_brings_it_back(working, monkeypatch):
    session = working.desks["a_run"].session
    working._carry_out("play", "a_run")
    with monkeypatch.context() as patched:
        patched.setattr(session, "_train", mistake)
        working._turn("a_run", 1)
    told = working.server.news[-1].told
    assert (told.status, told.reason) == ("failed", {"key": "failed", "note": "MemoryError"})
    for command in (("play",), ("step", 3)):
        working._carry_out(command[0], "a_run", *command[1:])
        assert session.status == "failed" and not session.active
    working._carry_out("reset", "a_run")
    working._carry_out("step", "a_run", 1)
    working._turn("a_run", 1)
    assert (session.status, session.update) == ("paused", 1)


def test_a_problem_that_ends_a_turn_does_not_end_the_worker_even_if_measuring_meets_it_again(working, monkeypatch):
    session = working.desks["a_run"].session

    def problem(*arguments):
        raise Problem("data_missing", files="x", folder="y")

    working._carry_out("play", "a_run")
    with monkeypatch.context() as patched:
        patched.setattr(session, "_train", problem)
        patched.setattr(session, "measure", problem)
        working._turn("a_run", 1)
    assert session.status == "paused"
    assert [news.problem.key for news in working.server.news if isinstance(news, Trouble)] == ["data_missing"]


@pytest.mark.parametrize("error, note", [(MemoryError(), "MemoryError"), (Problem("no_device", device="x"), "")])
@pytest.mark.parametrize("part", ["_session", "_tell_all"])
def test_a_run_that_cannot_be_opened_says_so(working, monkeypatch, error, note, part):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(working, part, fail)
    working._carry_out("open", "other", None, RECIPE, (), None, 0, False, View())
    assert working.server.news[-1] == Failed(note) and "other" not in working.desks
    assert any(isinstance(news, Trouble) for news in working.server.news) == (not note)


def test_of_several_runs_one_that_cannot_be_saved_at_the_end_keeps_no_other_from_it(working, monkeypatch):
    working._carry_out("open", "other", None, RECIPE, (), None, 0, False, View())
    for run_id in ("a_run", "other"):
        working._carry_out("play", run_id)
        working.store.path(run_id).unlink()
    monkeypatch.setattr(working.desks["a_run"].session, "saved", mistake)
    monkeypatch.setattr(working, "_work", lambda: None)
    working.run()
    assert working.store.exists("other") and not working.store.exists("a_run")
