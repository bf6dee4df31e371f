"""The buttons that train the run in view, and what they are drawn from."""

from itertools import chain, repeat

from widgets import opened_live

from ladder.ui import transport

N_WORKERS = 1


def test_a_part_is_drawn_from_the_value_that_is_compared_later(lab, monkeypatch):
    run_id = opened_live(lang="en").session_state["run"]
    told = chain(["paused"], repeat("replaying"))  # a run that begins while the page is drawn
    monkeypatch.setattr(transport, "status", lambda: (run_id, next(told)))
    page = opened_live(lang="en", run=run_id)
    _, (_, compared, _, _) = page.session_state["parts"]["transport"]
    assert compared == "paused"  # so no news draws the button again when the run is at rest
    assert page.button(key="button.play").label == "Play"
