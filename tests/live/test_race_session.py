"""A race with autoencoders that learn to classify is measured by another thread: it waits, and other runs go on."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from farming import eventually, rested

from ladder.analysis import readers
from ladder.live import race_session
from ladder.live.news import Rows
from ladder.live.playing import MEASURE_SHARE
from ladder.live.race_session import RaceSession
from ladder.live.worker import Desk, Worker
from ladder.recipe.contestants import usual
from ladder.recipe.defaults import default_live
from ladder.recipe.race import Race
from ladder.recipe.view import View
from ladder.settings import Structure

SMALL = Structure("moons", widths=(6,))
LIVE = replace(default_live(SMALL), n_updates=0)
PATIENCE = 60


def race(*names: str) -> Race:
    return Race(SMALL, LIVE, tuple(map(usual, names)))


@pytest.fixture
def gate(monkeypatch):
    """Measurements of the other thread wait until it is set; those of this thread do not."""
    opened, here, evaluate = threading.Event(), threading.get_ident(), readers.evaluate

    def evaluate_behind_it(*arguments):
        assert threading.get_ident() == here or opened.wait(PATIENCE)
        return evaluate(*arguments)

    monkeypatch.setattr(race_session.readers, "evaluate", evaluate_behind_it)
    yield opened
    opened.set()


class Told:
    """A server that keeps the news and has no commands."""

    def __init__(self):
        self.news = []

    def send(self, message) -> None:
        self.news.append(message)

    def waiting(self) -> bool:
        return False

    def receive(self, timeout=None) -> None:
        return None


def test_no_update_is_done_while_it_is_measured_and_its_rows_are_of_the_moment_that_was_measured(gate):
    session = RaceSession(race("ladder", "denoising"), (None,) * 2)
    session.step(50)
    session.advance(0.2)
    assert session.update == 0 and session.active and session.rest > 0 and session.collect() is None
    assert session.told().measuring
    gate.set()
    rested(session)
    assert session.update == 50 and not session.told().measuring
    seen = [readers.evaluate(one.reader(), SMALL, LIVE, session.data) for one in session.runners]
    for name, found in session.history.arrays.items():
        if name in seen[0]:
            assert found[-1] == pytest.approx([one[name] for one in seen], nan_ok=True)
    assert list(session.history.arrays["eval_update"]) == [0, 50]


@pytest.mark.parametrize("names", [("ladder", "supervised"), ("ladder", "twin", "gamma")])
def test_a_race_without_such_autoencoders_is_measured_at_once(gate, names):
    session = RaceSession(race(*names), (None,) * len(names))
    assert session.measuring is None and len(session.history.arrays["eval_update"]) == 1


def test_an_autoencoder_whose_classifier_is_trained_along_is_measured_at_once(gate):
    contestants = (usual("ladder"), replace(usual("denoising"), classify="joint"))
    assert RaceSession(Race(SMALL, LIVE, contestants), (None,) * 2).measuring is None


def test_other_runs_of_the_worker_train_meanwhile_and_the_rows_come_when_they_are_made(gate, tmp_path):
    working = Worker(Told(), tmp_path, "cpu")
    slow = RaceSession(race("ladder", "denoising"), (None,) * 2)
    quick = RaceSession(race("ladder", "supervised"), (None,) * 2)
    working.desks = {"slow": Desk(slow), "quick": Desk(quick)}
    for session in (slow, quick):
        session.look(View())
        session.play()

    def turn() -> None:
        working._collect()
        ready = working._ready({name for name, desk in working.desks.items() if desk.session.rest <= 0})
        for run_id in ready:
            working._turn(run_id, 2)

    while quick.update < 100:
        turn()
    assert slow.update == 0
    gate.set()
    eventually(lambda: turn() or slow.update > 50)
    told = [
        news.arrays["eval_update"]
        for run_id, news in working.server.news
        if run_id == "slow" and "error" in news.arrays
    ]
    assert list(np.concatenate(told))[:2] == [0, 50]
    assert working.desks["slow"].spent > 0


def test_a_reset_and_a_close_forget_a_measurement_under_way(gate, tmp_path):
    session = RaceSession(race("ladder", "denoising"), (None,) * 2)
    first = session.measuring
    session.reset()
    assert session.measuring is not first
    working = Worker(Told(), tmp_path, "cpu")
    working.desks = {"run": Desk(session)}
    working._carry_out("close", "run")
    assert not working.desks and session.measuring is None
    gate.set()


def test_a_measurement_that_fails_ends_its_own_run_alone(monkeypatch, tmp_path):
    session = RaceSession(race("ladder", "denoising"), (None,) * 2)
    eventually(session.measuring.done)
    session.collect()

    def fail(*arguments):
        raise MemoryError

    monkeypatch.setattr(race_session.readers, "evaluate", fail)
    working = Worker(Told(), tmp_path, "cpu")
    working.desks = {"run": Desk(session)}
    session.step(3)
    session.advance(1.0)
    eventually(session.measuring.done)
    working._collect()
    run_id, news = working.server.news[0]
    assert isinstance(news, Rows) and news.told.status == "failed" and session.measuring is None


def test_a_slowed_race_is_measured_for_a_share_of_its_time_only(monkeypatch):
    session = RaceSession(race("ladder", "denoising"), (None,) * 2)
    eventually(session.measuring.done)
    session.collect()
    session.look(View(pace=1))
    session.play()
    session.measuring = race_session._measurers.submit(lambda: race_session.Measured({}, 10.0, 9.0))
    eventually(session.measuring.done)
    before = race_session.time.perf_counter()
    assert session.collect() == 9.0
    assert session.measure_from - before == pytest.approx(10.0 / MEASURE_SHARE, abs=1.0)
