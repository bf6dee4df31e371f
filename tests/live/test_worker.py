"""A worker's turns: whoever had least of the processor is next."""

import pytest

from ladder.live import worker
from ladder.live.told import Told
from ladder.live.worker import Desk, Worker
from ladder.processes.transport import ParentEnded


class Clock:
    """Seconds of the processor, as the sessions below spend them; the test ends after `end`."""

    now, end = 0.0, 100.0

    def spend(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.end:
            raise ParentEnded


class Turns:
    """A session each of whose turns costs `cost`; it plays from `since` on."""

    keeps, rest = False, 0.0

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
    monkeypatch.setattr(worker.time, "process_time", lambda: clock.now)
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
    monkeypatch.setattr(worker.time, "process_time", lambda: clock.now)
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
