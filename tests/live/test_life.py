"""A run's life: what follows from every event in every state. No process and no clock is needed."""

import itertools

import pytest

from ladder.live.life import Life, State, Step, asked, closed, failed, let_go, lost, opened

PLAY, PAUSE, CHANGE, LOOK = (("play", "run"), ("pause", "run"), ("change", "run", {"n_labeled": 10}), ("look", "run"))
WITH_WORKER = (State.OPENING, State.OPEN, State.CLOSING)
WAITING = (State.OPENING, State.CLOSING, State.FAILED)  # in these states there may be commands that wait

EVENTS = {
    "asked": lambda life: asked(life, PAUSE),
    "looked at": asked,
    "opened": opened,
    "failed": failed,
    "let go": let_go,
    "closed": lambda life: closed(life, kept=False, wanted=False),
    "closed, looked at": lambda life: closed(life, kept=False, wanted=True),
    "kept": lambda life: closed(life, kept=True, wanted=False),
    "lost": lambda life: lost(life, [LOOK, CHANGE, PLAY], often=False, wanted=False),
    "lost, looked at": lambda life: lost(life, [], often=False, wanted=True),
    "lost in silence": lambda life: lost(life, [], often=False, wanted=False),
    "lost often": lambda life: lost(life, [LOOK, CHANGE, PLAY], often=True, wanted=True),
}

ABSENT, OPENING, OPEN, CLOSING, FAILED = State
FOLLOWS = {  # the state after each event, for a run without commands that wait; all others change nothing
    ("asked", ABSENT): OPENING,
    ("asked", FAILED): OPENING,
    ("looked at", ABSENT): OPENING,
    ("looked at", FAILED): OPENING,
    ("opened", OPENING): OPEN,
    ("failed", OPENING): FAILED,
    ("let go", OPEN): CLOSING,
    ("closed", CLOSING): ABSENT,
    ("closed, looked at", CLOSING): OPENING,
    ("kept", CLOSING): OPEN,
    **{("lost", state): OPENING for state in WITH_WORKER},
    **{("lost, looked at", state): OPENING for state in WITH_WORKER},
    ("lost in silence", OPENING): OPENING,
    ("lost in silence", OPEN): OPENING,
    ("lost in silence", CLOSING): ABSENT,
    **{("lost often", state): FAILED for state in WITH_WORKER},
}


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", State)
def test_every_event_in_every_state_leads_where_it_should(state, event):
    step = EVENTS[event](Life(state))
    assert step.life.state is FOLLOWS.get((event, state), state)
    assert step.open == (step.life.state is OPENING and (state is not OPENING or event.startswith("lost")))
    assert step.close == (state is OPEN and event == "let go")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", WAITING)
def test_no_command_that_waits_is_dropped_in_silence(state, event):
    step = EVENTS[event](Life(state, (CHANGE, PLAY)))
    left = step.send + step.life.queue
    if state is OPENING and event == "failed":  # its person is told why it cannot be opened
        assert left == ()
    elif state in WITH_WORKER and event == "lost often":  # its person is told that it waits, paused
        assert left == (CHANGE, CHANGE)
    else:
        arrived = {"asked": (PAUSE,)}.get(event, ())
        again = (CHANGE, PLAY) if event == "lost" and state in WITH_WORKER else ()
        assert left == (*again, CHANGE, PLAY, *arrived)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", State)
def test_commands_are_sent_to_an_open_run_only_and_wait_for_no_open_one(state, event):
    step = EVENTS[event](Life(state, (CHANGE,) if state in WAITING else ()))
    assert not step.send or step.life.state is OPEN
    assert not step.life.queue or step.life.state is not OPEN


def test_what_a_lost_worker_may_not_have_done_comes_before_what_waits():
    step = lost(Life(CLOSING, (PLAY,)), [("open", "run"), ("watch", "run", True), LOOK, CHANGE, PAUSE], False, False)
    assert step == Step(Life(OPENING, (CHANGE, PAUSE, PLAY)), open=True)


def test_whatever_happens_a_command_is_sent_once_the_run_is_open():
    """All ways of four events from a command on: none loses it, but a run that cannot be opened, which is told."""
    for events in itertools.product([name for name in EVENTS if name not in ("failed", "lost often")], repeat=4):
        step, sent = asked(Life(), CHANGE), 0
        for event in events:
            sent += CHANGE in step.send
            step = EVENTS[event](step.life)
        sent += CHANGE in step.send
        assert sent or CHANGE in step.life.queue
