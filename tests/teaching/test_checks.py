"""Replays in the background: they end, they are bounded, and they can be cancelled."""

import subprocess
import sys
import time
from dataclasses import replace

import pytest
from handed import handed_in

from ladder.problems import Problem
from ladder.teaching import checks
from ladder.teaching.checks import Checks
from ladder.teaching.handin import HandIn
from ladder.teaching.verdicts import Verdict

PATIENCE = 120  # seconds that a slow machine may take


@pytest.fixture(scope="module")
def good() -> HandIn:
    return handed_in(1.0)


@pytest.fixture
def made():
    found = Checks()
    yield found
    found.stop()


def awaited(made: Checks, name: str, wanted=lambda state: state.ended) -> checks.State:
    """The state of the check as soon as it is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while not wanted(state := made.look(name)):
        assert time.monotonic() < deadline, state
        time.sleep(0.02)
    return state


def long(one: HandIn, updates: int = checks.MOST_UPDATES) -> HandIn:
    return replace(one, link=one.link.replace("at=30", f"at={updates}"))


def test_runs_are_repeated_and_problems_are_kept(made, good):
    cheat = replace(good, nickname="Bob", numbers=(("update", 30.0), ("test_error", 0.0)))
    found = [("a.json", good), ("b.txt", Problem("handin_foreign")), ("c.json", cheat)]
    state = awaited(made, made.begin(found))
    assert state.found == tuple(found) and not state.cancelled
    assert [one and one.kind for one in state.outcomes] == ["same", None, "numbers"]
    assert (state.n_runs, state.n_done, state.now) == (2, 2, None)
    assert made._process is None  # nothing is left to do


def test_a_check_is_cancelled_in_the_middle_of_a_run_and_another_goes_on(made, good):
    first = made.begin([("a.json", long(good)), ("b.json", good)])
    second = made.begin([("c.json", good)])
    state = awaited(made, first, lambda state: state.update > 0)
    assert state.now == 0 and state.until == checks.MOST_UPDATES and not state.ended
    made.cancel(first)
    state = made.look(first)
    assert state.ended and state.cancelled and state.outcomes == (None, None)
    assert isinstance(awaited(made, second).outcomes[0], Verdict)
    made.cancel(second)
    assert made.look(second).outcomes[0] is not None


def test_a_process_that_ends_loses_one_run(made, good):
    name = made.begin([("a.json", long(good)), ("b.json", good)])
    awaited(made, name, lambda state: state.update > 0)
    made._process.kill()
    state = awaited(made, name)
    assert state.outcomes[0].key == "replay_lost" and state.outcomes[1].kind == "same"


def test_checks_take_turns(made, good):
    first = made.begin([(str(i), good) for i in range(6)])
    second = made.begin([("a", good)])
    awaited(made, second)
    assert not made.look(first).ended or made.look(first).n_done == 6
    assert list(made.look(second).outcomes)[0].kind == "same"
    awaited(made, first)


def still(monkeypatch) -> Checks:
    """Checks whose runs never begin."""
    monkeypatch.setattr(Checks, "_go_on", lambda self: None)
    return Checks()


def test_number_and_length_are_bounded(monkeypatch, good):
    made = still(monkeypatch)
    monkeypatch.setattr(checks, "MOST_HANDINS", 2)
    state = made.look(made.begin([("a", good), ("b", Problem("handin_foreign")), ("c", good), ("d", good)]))
    assert [getattr(one, "key", "") for _, one in state.found] == ["", "handin_foreign", "", "handin_many"]
    assert state.n_runs == 2 and not state.ended
    state = made.look(made.begin([("a", long(good, checks.MOST_UPDATES + 1))]))
    assert state.outcomes[0].key == "replay_long" and state.ended


def test_a_server_takes_so_many_checks_and_forgets_old_ones(monkeypatch, good):
    made = still(monkeypatch)
    monkeypatch.setattr(checks, "MOST_CHECKS", 2)
    names = [made.begin([("a", good)]) for _ in range(2)]
    with pytest.raises(Problem) as caught:
        made.begin([("a", good)])
    assert caught.value.key == "checks_busy"
    made.cancel(names[0])
    made.begin([("a", good)])
    for name in (names[0], "nothing"):
        with pytest.raises(Problem) as caught:
            made.look(name)
        assert caught.value.key == "check_unknown"


def test_a_check_that_nobody_looks_at_is_not_gone_on_with(monkeypatch, good):
    made = Checks()
    monkeypatch.setattr(checks, "UNSEEN_SECONDS", -1.0)
    state = made.look(made.begin([("a", good)]))
    assert state.ended and state.cancelled and made._process is None


def test_the_server_s_half_loads_no_torch():
    program = "import sys, ladder.teaching.checks, ladder.teaching.marking; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
