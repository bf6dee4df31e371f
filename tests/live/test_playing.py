"""A slowed run keeps to its pace, and to nothing but its pace, by a clock that the tests hold."""

import pytest

from ladder.live import playing
from ladder.live.history import History
from ladder.live.playing import BEHIND_SECONDS, Playing
from ladder.recipe.view import View


class Counting(Playing):
    """A run whose updates cost a thousandth of a second of the clock, and are only counted."""

    update = 0

    def __init__(self, clock):
        super().__init__()
        self.clock, self.update, self.looks, self.look_seconds = clock, 0, [], 0.0
        self._begin_history(History(3))

    def _ends(self) -> list[int]:
        return []

    def _finished(self) -> None:
        return None

    def _train(self, n: int) -> None:
        self.update += n
        self.clock[0] += 0.001 * n

    def measure(self) -> None:
        self.looks.append(self.update)
        self.clock[0] += self.look_seconds


@pytest.fixture
def run(monkeypatch) -> Counting:
    clock = [100.0]

    def now() -> float:
        clock[0] += 1e-6
        return clock[0]

    monkeypatch.setattr(playing.time, "perf_counter", now)
    return Counting(clock)


def lived(run: Counting, seconds: float) -> int:
    """Updates of so many seconds in which it has a turn whenever it wants one."""
    before, end = run.update, run.clock[0] + seconds
    while run.clock[0] < end:
        run.clock[0] += min(run.rest, end - run.clock[0])
        if run.rest == 0:
            run.advance(min(0.15, end - run.clock[0]))
    return run.update - before


@pytest.mark.parametrize("pace", [1, 7, 30, 100, 1000])
def test_it_does_its_pace_and_no_more(run, pace):
    run.look(View(pace=pace))
    run.play()
    assert lived(run, 20.0) == pytest.approx(20 * pace, rel=0.06, abs=1)
    assert run.rate == pytest.approx(pace, rel=0.1)


def test_a_turn_is_wanted_ten_times_a_second_or_once_an_update(run):
    for pace, seconds in ((100, 0.1), (4, 0.25)):
        run.look(View(pace=pace))
        run.play()
        run.advance(0.15)
        turns, begun = 0, run.clock[0]
        while run.clock[0] < begun + 3.0:
            run.clock[0] += run.rest
            run.advance(0.15)
            turns += 1
        assert turns == pytest.approx(3.0 / seconds, abs=2)


def test_what_was_missed_long_ago_is_not_made_up_for(run):
    run.look(View(pace=100))
    run.play()
    run.clock[0] += 60.0
    assert lived(run, 1.0) == pytest.approx(100 * (1 + BEHIND_SECONDS), abs=12)


def test_a_pause_and_another_pace_begin_anew(run):
    run.look(View(pace=10))
    run.play()
    lived(run, 1.0)
    run.pause()
    run.clock[0] += 60.0
    run.play()
    assert lived(run, 1.0) == pytest.approx(10, abs=1)
    run.look(View(pace=100))
    assert lived(run, 1.0) == pytest.approx(100, abs=12)
    run.look(View())
    assert run.rest == 0.0 and lived(run, 1.0) > 900


def test_steps_and_replays_are_as_fast_as_ever(run):
    run.look(View(pace=1))
    run.step(500)
    assert run.rest == 0.0
    run.advance(10.0)
    assert (run.update, run.status) == (500, "paused")
    run.replay(900, then_play=True)
    run.advance(0.45)
    assert (run.update, run.status) == (901, "playing")  # there, and one that is due
    assert lived(run, 5.0) == pytest.approx(5, abs=1)


def test_the_time_runs_from_play_to_pause_also_where_it_is_slowed_or_waits_for_its_turn(run):
    run.look(View(pace=10))
    run.play()
    lived(run, 3.0)
    run.pause()
    run.clock[0] += 60.0
    assert run.elapsed == pytest.approx(3.0, abs=0.1) and run.trained == pytest.approx(0.03, abs=0.01)
    run.look(View())
    run.play()
    run.clock[0] += 2.0  # others' turns
    run.advance(0.5)
    run.pause()
    assert run.elapsed == pytest.approx(5.5, abs=0.1)
    assert run.told().elapsed == run.elapsed


def test_it_is_measured_after_every_turn(run):
    run.look(View(pace=30))
    run.play()
    lived(run, 2.0)
    assert len(run.looks) >= 18 and run.looks[-1] == run.update


def test_measuring_that_takes_long_does_not_make_it_slow(run):
    run.look_seconds = 0.3
    run.look(View(pace=30))
    run.play()
    assert lived(run, 30.0) == pytest.approx(30 * 30, rel=0.1)
    assert 15 <= len(run.looks) <= 40  # for 0.3 s every 1.5 s, and once every EVAL_EVERY updates
