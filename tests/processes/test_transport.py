"""Commands down and messages up: nobody waits on a pipe, and no end and no silence of a process stays unnoticed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from child_targets import MEGABYTE
from children import ENDED, Heard
from farming import eventually

from ladder.processes import transport
from ladder.processes.transport import Silence

ROOT = Path(__file__).parents[2]


def test_commands_are_answered_in_their_order_and_then_acknowledged():
    with Heard("child_targets:echo") as heard:
        for i in range(5):
            heard.process.send(("command", i))
        assert [heard.next() for _ in range(5)] == [("command", i) for i in range(5)]
        assert eventually(lambda: not heard.process.unacknowledged())
        assert not heard.process.ended and heard.process.exit_code is None


def test_what_a_command_holds_is_taken_when_it_is_sent():
    with Heard("child_targets:echo") as heard:
        held = [1]
        heard.process.send(held)
        held.append(2)
        assert heard.next() == [1]


def test_full_pipes_in_both_directions_keep_nobody_waiting():
    n = 20
    with Heard("child_targets:flood", n) as heard:
        for _ in range(n):
            heard.process.send(MEGABYTE)
        assert all(heard.next() == MEGABYTE for _ in range(2 * n))


@pytest.mark.parametrize(
    "target, exit_code",
    [("raise_error", 1), ("come_to_an_end", 0), ("abort", 3), ("talk_nonsense", -signal.SIGKILL), ("nothing_here", 1)],
)
def test_every_end_is_told_once(target, exit_code):
    with Heard(f"child_targets:{target}") as heard:
        heard.process.send("go on")
        assert heard.next() is ENDED and heard.process.ended and heard.process.exit_code == exit_code
        heard.process.send("too late")
        heard.process.stop(0)
        assert "too late" in heard.process.unacknowledged() and heard.news.empty()


def test_the_end_of_one_process_is_noticed_while_a_later_one_lives():
    with Heard("child_targets:echo") as first, Heard("child_targets:echo") as second:
        second.process.send("here")
        assert second.next() == "here"
        first.process.kill()
        assert first.next() is ENDED and not second.process.ended


def test_the_owner_of_a_process_that_ended_learns_what_may_be_lost():
    with Heard("child_targets:end_at", "c") as heard:
        for command in "abcde":
            heard.process.send(command)
        assert [heard.next() for _ in range(4)] == ["a", "b", "c", ENDED]
        assert heard.process.unacknowledged() == ["c", "d", "e"]


def test_a_message_that_its_owner_cannot_take_stops_no_other():
    with Heard("child_targets:echo") as heard:

        def take(message: object) -> None:
            if message == "bad":
                raise KeyError(message)
            heard.news.put(message)

        heard.process._receive = take
        heard.process.send("bad")
        heard.process.send("good")
        assert heard.next() == "good"


def test_a_process_ends_in_good_order_after_its_commands(tmp_path):
    with Heard("child_targets:clean_up", tmp_path / "n") as heard:
        for _ in range(3):
            heard.process.send("command")
        heard.process.stop(60)
        assert (tmp_path / "n").read_text() == "3" and heard.process.exit_code == 0


def test_a_process_that_does_not_stop_is_killed():
    with Heard("child_targets:hang") as heard:
        heard.process.send("command")
        heard.process.stop(0.5)
        assert heard.next() is ENDED and heard.process.exit_code == -signal.SIGKILL


@pytest.fixture
def quick_looks(monkeypatch):
    """A process is looked at every quarter of a second, and is frozen after five."""
    monkeypatch.setattr(transport, "LOOK_SECONDS", 0.25)
    monkeypatch.setattr(transport, "SILENT_SECONDS", 5.0)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot freeze a process")
def test_a_frozen_process_is_noticed(quick_looks):
    with Heard("child_targets:echo") as heard:
        heard.process.send("command")
        assert heard.next() == "command"
        os.kill(heard.process.pid, signal.SIGSTOP)
        assert heard.next() is ENDED


def test_a_process_that_is_caught_in_a_command_is_noticed(quick_looks):
    with Heard("child_targets:hang", patience=1.0) as heard:
        heard.process.send("command")
        assert heard.next() is ENDED and heard.process.unacknowledged() == ["command"]


def test_a_process_that_works_or_rests_for_long_says_that_it_lives(quick_looks):
    with Heard("child_targets:hang") as at_work, Heard("child_targets:echo") as at_rest:
        at_work.process.send("command")
        for heard in (at_work, at_rest):
            assert eventually(lambda heard=heard: heard.process._n_heard >= 10)
            assert not heard.process.ended
        assert at_work.process.unacknowledged() == ["command"] and not at_rest.process.unacknowledged()


SILENT_LOOKS = int(transport.SILENT_SECONDS / transport.LOOK_SECONDS)
START_LOOKS = int(transport.START_SECONDS / transport.LOOK_SECONDS)


def looks(silence: Silence, n: int, heard=lambda i: 7, done=3, waiting=True, starting=False) -> list[bool]:
    return [silence.hangs(heard(i), done, waiting, starting) for i in range(n)]


def test_a_process_is_frozen_after_some_looks_without_a_word():
    silence = Silence(1e9)
    assert not any(looks(silence, 100, heard=lambda i: i))
    assert looks(silence, 1 + SILENT_LOOKS, waiting=False) == [False] * SILENT_LOOKS + [True]


def test_a_process_is_caught_only_in_a_command_that_it_does_not_acknowledge():
    silence = Silence(4 * transport.LOOK_SECONDS)
    assert not any(looks(silence, 100, heard=lambda i: i, waiting=False))
    assert not any(silence.hangs(i, i, waiting=True, starting=False) for i in range(100))
    assert looks(silence, 5, heard=lambda i: i) == [False] * 4 + [True]


def test_a_process_that_loads_its_libraries_has_more_time():
    assert looks(Silence(1.0), 1 + START_LOOKS, starting=True) == [False] * START_LOOKS + [True]


def test_a_process_does_not_outlive_its_parent_whatever_it_does(tmp_path):
    program = (
        f"import sys, time; sys.path[:] = {sys.path!r}; from children import Heard; from pathlib import Path;"
        f"heard = Heard('child_targets:hang_without_parent', Path({str(tmp_path / 'pid')!r})); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    try:
        pid = int(eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    finally:
        parent.kill()
        parent.wait()
    assert eventually(lambda: not _lives(pid))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # a process that has ended is listed until somebody asks for its exit status
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"
