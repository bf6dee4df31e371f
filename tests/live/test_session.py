"""One live run: its numbers are training's, wherever it is cut, paused or repeated."""

from dataclasses import replace

import numpy as np
import pytest

from ladder.arithmetic import Computed, ours
from ladder.live import session as session_module
from ladder.live import store
from ladder.live.history import EVAL_EVERY, changes_of, lambdas_of
from ladder.live.session import GOOD_EVERY, Session
from ladder.problems import Problem
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.training import train
from ladder.training.train import Metrics

RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


BEFORE = ("100", "1", "0.1")


def train_to(session: Session, update: int, seconds: float = 0.02) -> Session:
    session.replay(update, then_play=False)
    while session.active:
        session.advance(seconds)
    return session


def equal(a: Session, b: Session) -> bool:
    states = [(a.state, b.state), (a.twin, b.twin)]
    return all(np.array_equal(x.theta, y.theta) and np.array_equal(x.adam_v, y.adam_v) for x, y in states)


def test_chunks_do_not_change_the_numbers(digits):
    cut, whole = train_to(Session(RECIPE), 130, 0.003), train_to(Session(RECIPE), 130, 5.0)
    assert equal(cut, whole)
    (state,), _ = train.train([train.initial(RECIPE.structure, digits)], [RECIPE.structure], [RECIPE.live], digits, 130)
    assert np.array_equal(cut.state.theta, state.theta)
    for name, array in whole.history.arrays.items():
        np.testing.assert_array_equal(cut.history.arrays[name], array)
    assert list(whole.history.arrays["eval_update"]) == [0, EVAL_EVERY, 2 * EVAL_EVERY, 130]  # and at rest


def test_a_recorded_change_is_repeated_to_the_same_bits():
    first = train_to(Session(RECIPE), 37)
    first.change({"noise_std": (0.6,) * 3, "n_labeled": 50})
    train_to(first, 120)
    assert [update for update, _ in first.recipe.changes] == [37]
    again = train_to(Session(first.recipe), 120)
    assert equal(first, again)
    assert first.history.arrays["objective"][-1] == again.history.arrays["objective"][-1]


def test_a_run_says_what_trained_it():
    """Itself; what its file names, and what goes on with it; nothing, where the file is of before and says nothing."""
    first = train_to(Session(RECIPE), 10)
    (here,) = first.computed
    assert first.told().computed == here.key == ours().key

    def left(*kinds: Computed) -> Session:
        saved = store.from_bytes(first.saved())
        content = store.to_bytes(replace(saved, computed=kinds))
        return Session(saved.recipe, store.from_bytes(content))

    arm = replace(here, processor="aarch64-12ab")
    for kinds, after in (((here,), (here,)), ((arm,), (arm, here)), ((arm, here), (arm, here)), ((), ())):
        session = left(*kinds)
        assert session.computed == kinds
        assert store.from_bytes(session.saved()).computed == kinds  # not trained yet
        train_to(session, 12)
        assert session.computed == store.from_bytes(session.saved()).computed == after
        session.reset()
        assert session.computed == (here,)
    by_differentiation = Session(replace(RECIPE, structure=replace(RECIPE.structure, activation="tanh")))
    assert by_differentiation.computed == (ours(quick=False),)


def test_a_change_touches_no_weight_and_is_marked():
    session = train_to(Session(RECIPE), 20)
    before = session.state
    session.change({"lambdas": (0.0, 0.0, 0.0)})
    assert session.state is before
    names = [["lambdas", l, before, "0"] for l, before in enumerate(BEFORE)]
    assert changes_of(session.recipe) == ({"update": 20, "names": names},)
    assert lambdas_of(session.recipe)[-1] == [20, [0.0, 0.0, 0.0]]


def test_training_stops_soon_for_whoever_waits():
    session, asked = Session(Recipe()), []
    session.play()
    session.advance(60.0, lambda: True)
    assert session.update == 0
    session.advance(60.0, lambda: asked.append(session.update) or len(asked) == 3)
    assert session.active and asked[0] == 0 and asked[1] == 1  # one update, whose time says how many are quickly done
    assert session.update == asked[2]


def test_a_step_is_one_update_and_stays_paused():
    session = train_to(Session(RECIPE), 5)
    session.step(1)
    session.advance(5.0)
    assert session.state.update == session.twin.update == 6
    assert session.status == "paused"


def test_reset_brings_back_the_same_initial_weights():
    session = Session(RECIPE)
    start = session.state.theta.copy()
    train_to(session, 30)
    live = replace(RECIPE.live, learning_rate=0.01)
    session.change({"learning_rate": 0.01})
    session.reset()
    assert np.array_equal(session.state.theta, start)
    assert session.recipe == Recipe(RECIPE.structure, live)
    assert session.state.update == 0 and len(session.history.arrays["update"]) == 0


def test_a_target_finishes_the_run_and_a_higher_one_lets_it_go_on():
    session = Session(replace(RECIPE, live=replace(RECIPE.live, n_updates=60)))
    session.play()
    while session.active:
        session.advance(0.05)
    assert (session.status, session.state.update, session.reason["key"]) == ("finished", 60, "target")
    session.play()
    assert session.status == "finished"
    session.change({"n_updates": 80})
    session.play()
    assert session.status == "playing"


def test_a_step_beyond_the_target_rests_as_finished_and_so_does_a_replay_to_it_or_a_target_below():
    session = train_to(Session(replace(RECIPE, live=replace(RECIPE.live, n_updates=60))), 60)
    assert (session.status, session.reason) == ("finished", {"key": "target", "n_updates": 60, "decayed": True})
    session.step(3)
    session.advance(5.0)
    assert (session.status, session.update, session.reason["key"]) == ("finished", 63, "target")
    again = Session(session.recipe, store.from_bytes(session.saved()))
    again.replay(0, then_play=False)
    assert again.status == "finished"
    again.change({"n_updates": 0})
    assert (again.status, again.reason) == ("paused", None)
    again.change({"n_updates": 50, "decay_from": 1.0})
    assert (again.status, again.reason["decayed"]) == ("finished", False)


def test_an_epoch_asked_for_during_another_comes_after_it():
    session = Session(RECIPE)
    session.step(30)
    session.advance(0.001)
    session.step(30)
    while session.active:
        session.advance(0.05)
    assert (session.update, session.status) == (60, "paused")


def test_an_error_stops_the_run():
    session = Session(replace(RECIPE, live=replace(RECIPE.live, stop_error=0.95)))
    session.play()
    while session.active:
        session.advance(0.05)
    assert session.reason["key"] == "error" and session.state.update <= EVAL_EVERY


def blown_up() -> Session:
    """A run whose weights overflow soon after its rate was raised."""
    session = train_to(Session(RECIPE), 30)
    theta = session.state.theta.copy()
    theta[:5] = 3e38
    session.change({"learning_rate": 1.0})
    session.state = replace(session.state, theta=theta)
    session.play()
    session.advance(5.0)
    return session


@pytest.mark.parametrize("pace", [0, 500])
def test_a_slowed_run_ends_by_its_error_where_a_fast_one_does(pace):
    session = Session(replace(RECIPE, live=replace(RECIPE.live, stop_error=0.6)))
    session.look(View(pace=pace))
    session.play()
    while session.active:
        session.advance(0.02)
    assert session.status == "finished" and session.update % EVAL_EVERY == 0
    at, errors = (session.history.arrays[name] for name in ("eval_update", "test_error"))
    assert (errors[(at < session.update) & (at % EVAL_EVERY == 0)] > 0.6).all() and errors[-1] <= 0.6
    if pace:
        assert (at % EVAL_EVERY != 0).any()


def test_a_blow_up_stops_the_run_and_names_the_last_change():
    session = blown_up()
    assert session.status == "diverged"
    assert session.reason["key"] == "diverged" and session.reason["rate"] == 1.0
    assert session.reason["update"] == 31
    assert session.history.arrays["update"][-1] == 30
    session.play()
    session.step(1)
    assert session.status == "diverged"


def test_updates_before_a_blow_up_are_recorded(monkeypatch):
    real = session_module.train

    def failing(states, *rest, model="ladder", **options):
        """The ladder's update 37, or the twin's 35, has a cost that is not finite."""
        new, (metrics,) = real(states, *rest, model=model, **options)
        at, last = states[0].update, {"ladder": 37, "supervised": 35}[model]
        if at < last <= at + rest[3]:
            metrics = Metrics({name: rows[: last - at] for name, rows in metrics.items()})
            metrics.bad = last, "objective"
        return new, [metrics]

    monkeypatch.setattr(session_module, "train", failing)
    session = train_to(Session(RECIPE), 30)
    session.step(20)
    while session.active:
        session.advance(5.0)
    assert (session.status, session.reason["update"], session.reason["quantity"]) == ("diverged", 35, "twin")
    assert list(session.history.arrays["update"]) == list(range(1, 35))


def test_the_way_back_leads_to_finite_weights():
    session = blown_up()
    session.restore()
    assert session.status == "paused" and session.state.update == 30
    assert np.isfinite(session.state.theta).all()
    assert session.history.arrays["update"].max() == 30
    session.step(1)
    session.advance(5.0)
    assert session.state.update == 31
    assert np.isfinite(session.history.arrays["objective"]).all()


def spoilt_at_130() -> Session:
    """A run that diverged right after weights that are finite, and from which nothing goes on."""
    session = train_to(Session(RECIPE), 130)
    session.state = replace(session.state, theta=np.full_like(session.state.theta, 3e38))
    session._keep()
    session.play()
    session.advance(5.0)
    return session


def test_the_way_back_leads_at_once_to_weights_that_go_on():
    session = spoilt_at_130()
    session.restore()
    assert session.update < 130 and np.abs(session.state.theta).max() < 100
    assert train_to(session, 200).status == "paused"


def test_where_no_weights_go_on_the_way_back_leads_to_the_beginning():
    session = spoilt_at_130()
    session._good = session._good[-1:]
    session.restore()
    assert session.update == 0 and list(session.history.arrays["update"]) == []
    assert train_to(session, 60).status == "paused"


def test_a_lowered_learning_rate_is_not_the_cause_of_what_diverges():
    session = train_to(Session(RECIPE), 30)
    session.change({"lambdas": (10000.0, 1.0, 0.1)})
    train_to(session, 40)
    session.change({"learning_rate": 0.001})
    session.state = replace(session.state, theta=np.full_like(session.state.theta, 3e38))
    session.play()
    session.advance(5.0)
    assert session.status == "diverged"
    assert session.reason["change"] == "lambdas" and "rate" not in session.reason


def test_finite_weights_that_are_spoilt_are_told():
    usual = train_to(Session(RECIPE), 100)
    assert usual.told().ruined == {}
    session = Session(replace(RECIPE, live=replace(RECIPE.live, learning_rate=1.0)))
    assert session.told().ruined == {}  # nothing is trained yet
    told = train_to(session, 100).told().ruined
    assert session.status == "paused" and told["rate"] == 1.0
    assert told["loss"] > session._ruined_loss and told["error"] > 0.6
    session.change({"learning_rate": 0.01})
    assert "rate" not in session.told().ruined


def test_a_gentler_choice_made_after_a_blow_up_is_in_force_when_its_file_is_opened():
    session = blown_up()
    session.change({"learning_rate": 0.001})
    saved = store.from_bytes(session.saved())
    again = Session(saved.recipe, saved)
    assert again.update == 30 and again.recipe.at(30).learning_rate == 0.001


def test_weights_that_lead_nowhere_again_are_left_for_older_ones():
    session = train_to(Session(RECIPE), 130)
    updates = []
    for _ in range(4):
        session.state = replace(session.state, theta=np.full_like(session.state.theta, 3e38))
        session.play()
        session.advance(5.0)
        assert session.status == "diverged"
        session.restore()
        assert np.isfinite(session.state.theta).all() and np.abs(session.state.theta).max() < 100
        updates.append(session.update)
    assert updates[0] == 130 > updates[1] > updates[2] == updates[3]
    assert updates[2] <= 130 - GOOD_EVERY
    train_to(session, 200)
    assert session.status == "paused"


def test_a_saved_run_goes_on_to_the_same_bits():
    session = train_to(Session(RECIPE), 40)
    session.change({"n_labeled": 30})
    train_to(session, 60)
    saved = store.from_bytes(session.saved())
    again = Session(saved.recipe, saved)
    assert equal(train_to(again, 90), train_to(session, 90))
    np.testing.assert_array_equal(again.history.arrays["objective"], session.history.arrays["objective"])


@pytest.mark.parametrize("dataset", ["moons", "iris"])
def test_snapshots_hold_every_picture(dataset):
    structure = Structure(dataset=dataset, widths=(10, 8))
    live = fitted(Live(lambdas=(10.0, 1.0, 0.1, 0.1), noise_std=(0.3,) * 4, n_labeled=12), 3)
    session = train_to(Session(Recipe(structure, live)), 10)
    header, arrays = session.snapshot()
    assert header["update"] == 10
    for l, width in enumerate((session.data.n_features, 10, 8, session.data.n_classes)):
        assert all(arrays[f"{kind}/{l}"].shape == (10, width) for kind in ("z", "z_tilde", "z_hat"))
    assert arrays["confusion"].sum() == len(session.data.y_test)
    assert arrays["projection_labeled"].sum() == len(arrays["labeled_class"]) == 12
    assert ("region_class" in arrays) == (dataset == "moons")


def files():
    """What is not a run: foreign bytes, another archive, a truncated file, arrays of other shapes."""
    good = Session(RECIPE).saved()
    saved = store.from_bytes(good)
    saved.states["twin"]["theta"] = saved.states["twin"]["theta"][:-1]
    yield "foreign", b"hello", "checkpoint_foreign"
    yield "zip", b"PK\3\4" + bytes(100), "checkpoint_foreign"
    yield "cut", good[: len(good) // 2], "checkpoint_foreign"
    yield "shapes", store.to_bytes(saved), "checkpoint_damaged"
    saved = store.from_bytes(good)
    saved.states["ladder"]["theta"][0] = np.nan
    yield "nan", store.to_bytes(saved), "checkpoint_damaged"


def test_what_is_no_checkpoint_is_a_sentence():
    for name, content, key in files():
        with pytest.raises(Problem) as caught:
            store.from_bytes(content)
        assert caught.value.key == key, name


def test_a_checkpoint_of_other_widths_does_not_open():
    saved = store.from_bytes(Session(RECIPE).saved())
    for state in saved.states.values():
        for name in ("theta", "adam_m", "adam_v"):
            state[name] = np.append(state[name], np.float32(0))
    with pytest.raises(Problem) as caught:
        Session(saved.recipe, saved)
    assert caught.value.key == "checkpoint_damaged"


def test_run_files_are_whole_or_absent_and_names_are_checked(tmp_path):
    folder = store.Store(tmp_path / "runs")
    content = Session(RECIPE).saved()
    folder.write("some_run", content)
    assert folder.exists("some_run") and [p.name for p in folder.folder.iterdir()] == ["some_run.npz"]
    assert folder.read("some_run").recipe == RECIPE
    for name in ("../some_run", "", "nosuch_run"):
        assert not folder.exists(name)
        with pytest.raises(Problem):
            folder.read(name)
