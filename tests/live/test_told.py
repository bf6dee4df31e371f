"""The header of the live channel's messages, and how little of it is told again. tests/ui/test_feed.py has what the
scripts read."""

from dataclasses import fields, replace

from ladder.live import frames
from ladder.live.mirror import Mirror
from ladder.live.news import Rows
from ladder.live.race_session import RaceSession
from ladder.live.session import Session
from ladder.live.told import Told
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe, Structure, fitted

RECIPE = Recipe(Structure("moons", widths=(4,)), fitted(Live(lambdas=(10.0, 1.0, 0.1), noise_std=(0.1,) * 3), 2))
FIELDS = {field.name for field in fields(Told)}


def test_a_header_leaves_out_what_nobody_knows():
    assert Told().header("increment").keys() >= {"kind", "status", "update", "problems"}
    assert FIELDS - Told().header("increment").keys() == {
        *("reason", "target", "n_labeled", "epoch", "changes", "lambdas", "choices", "kept", "contestants", "ruined"),
        *("moments", "looking_back"),
    }


def test_each_kind_of_run_tells_what_is_its_own():
    run, race = Session(RECIPE).told(), RaceSession(Race(RECIPE.structure, RECIPE.live), (None,) * 3).told()
    assert (run.epoch, run.target, run.n_labeled, run.contestants) == (0.0, 3000, 20, None)
    assert race.epoch is None and race.target == 3000 and len(race.contestants) == 3


class Viewer:
    """What a browser knows of a run by the messages that it gets (toldBy of feed.js, in Python)."""

    def __init__(self, mirror: Mirror):
        self.told, self.bytes = {}, []
        mirror.viewers[0] = self.receive

    def receive(self, message: bytes) -> None:
        header, _ = frames.decode(message)
        self.bytes.append(len(message))
        for name in ("changes", "lambdas"):
            before = self.told.get(name)
            header[name] = (
                before if header.get(name) is None else [*(before or [])[: header.get("kept", 0)], *header[name]]
            )
        self.told = header


def test_of_a_thousand_changes_only_the_new_one_is_told():
    session = Session(RECIPE)
    mirror = Mirror("run")
    viewer = Viewer(mirror)
    mirror.learn(session.recipe)
    mirror.pass_on("history", session.told(), session.history.arrays)
    recipe = RECIPE
    for update in range(1, 1001):
        recipe = recipe.changed(update, replace(RECIPE.live, learning_rate=1e-5 * (1 + update)))
        if update >= 990:
            mirror.learn(recipe)
    assert len(mirror.told.changes) == 1000 and [change["update"] for change in viewer.told["changes"]] == list(
        range(1, 1001)
    )
    assert [since for since, _ in viewer.told["lambdas"]] == list(range(1001))
    mirror.pass_on("increment", Told("playing", 1000), {})
    assert max(viewer.bytes[-11:]) < 1000  # the first of these was the one with 990 changes
    back = recipe.changed(400, RECIPE.live)
    mirror.learn(back)
    assert [change["update"] for change in viewer.told["changes"]] == [*range(1, 400), 400]
    before = len(viewer.bytes)
    mirror.learn(back)
    assert len(viewer.bytes) == before
    viewer.told = {}
    viewer.receive(mirror.whole())
    assert len(viewer.told["changes"]) == 400 and len(viewer.told["lambdas"]) == 401


def test_a_worker_s_increments_hold_no_changes():
    session = Session(RECIPE)
    session.change({"learning_rate": 0.01})
    assert Rows("increment", session.told(), {}).told.changes is None
