"""A run's moments: which are kept, in how many bytes, and that keeping or looking at them changes nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ladder.live import moments as moments_module
from ladder.live import store
from ladder.live.moments import ENTRY, MAX_BYTES, MOST, Line, Moments, bytes_of, slots_of
from ladder.live.session import Session
from ladder.problems import Problem
from ladder.settings import MAX_CHANGES, Live, Recipe, Structure, fitted

LIVE = fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
RECIPE = Recipe(Structure("moons", widths=(8,)), LIVE)
NOISE = {"noise_std": (0.6,) * 3}
WEIGHTS = "theta", "adam_m", "adam_v"
FEW = 8  # moments that a run keeps where a test wants to see them thinned soon


def train_to(session: Session, update: int) -> Session:
    session.replay(update, then_play=False)
    while session.active:
        session.advance(1.0)
    return session


@pytest.fixture(autouse=True)
def unit(monkeypatch):
    """Moments so near to each other that short runs have some."""
    monkeypatch.setattr(moments_module, "UNIT", 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some_run.moments"


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(moments_module, "MOST", FEW)


def remembering(path: Path, recipe: Recipe = RECIPE) -> Session:
    session = Session(recipe)
    session.remember(path)
    return session


def read_again(session: Session, path: Path) -> Moments:
    """As another process finds them."""
    return Moments(path, session.sizes, session.recipe, session.update)


def same_states(states: dict[str, store.SavedState], session: Session) -> bool:
    """Whether these states are the session's, bit for bit, counters included."""
    found = session._states(session.state, session.twin)
    return all(
        np.array_equal(state[name], found[model][name])
        for model, state in states.items()
        for name in (*WEIGHTS, "update", "seen_labeled", "seen_unlabeled")
    )


def test_every_moment_is_what_a_replay_gives(path):
    session = train_to(remembering(path), 37)
    session.change({**NOISE, "n_labeled": 50})
    train_to(session, 65)
    kept = read_again(session, path)
    assert kept.updates == session.moments.updates == (0, 10, 20, 30, 37, 40, 50, 60)
    for update in kept.updates:
        assert same_states(kept.at(update).states, train_to(Session(session.recipe), update))
    assert kept.at(49).update == 40 and kept.at(1000).update == 60 and kept.at(-1) is None


def test_training_is_the_same_with_and_without_moments_and_looking_back(path):
    plain, watched = train_to(Session(RECIPE), 20), train_to(remembering(path), 20)
    for update in (7, 0, 13):
        watched.look_back(update)
        watched.snapshot()
    plain.change(NOISE), watched.change(NOISE)
    train_to(plain, 95), train_to(watched, 95)
    assert same_states(plain._states(plain.state, plain.twin), watched)
    for name, array in plain.history.arrays.items():
        np.testing.assert_array_equal(watched.history.arrays[name], array)
    plain.elapsed = watched.elapsed
    assert plain.saved() == watched.saved()


def test_the_pictures_are_those_of_the_moment_until_the_run_trains_again(path):
    early = train_to(Session(RECIPE), 30)
    late = train_to(remembering(path, replace(RECIPE, changes=((40, replace(RECIPE.live, **NOISE)),))), 60)
    present = late.snapshot()
    late.look_back(39)
    assert late.told().looking_back == 30 and late.update == 60 and late.told().update == 60
    (header, arrays), (expected, others) = late.snapshot(), early.snapshot()
    assert header == expected and header["update"] == 30
    assert all(np.array_equal(arrays[name], others[name]) for name in others)
    late.look_back(None)
    assert late.told().looking_back is None and late.snapshot()[0] == present[0]
    late.look_back(5)
    late.play()
    assert late.told().looking_back is None and late.shown is late.state
    late.advance(0.01)
    late.look_back(0)
    assert (late.status, late.told().looking_back) == ("paused", 0)
    late.look_back(late.update)
    assert late.told().looking_back is None


def test_a_step_and_a_reset_end_the_looking_back(path):
    session = train_to(remembering(path), 20)
    session.look_back(0)
    session.step(1)
    session.advance(5.0)
    assert session.told().looking_back is None and session.snapshot()[0]["update"] == 21
    session.look_back(0)
    session.reset()
    train_to(session, 1)
    session.pause()
    assert session.snapshot()[0]["update"] == 1


def test_looking_at_the_present_does_not_stop_a_run(path):
    session = remembering(path)
    session.play()
    session.advance(0.01)
    session.look_back(None)
    assert session.status == "playing"


def test_there_is_no_moment_before_the_first_that_is_kept(path, tmp_path):
    old = store.from_bytes(train_to(Session(RECIPE), 25).saved())
    session = Session(RECIPE, old)
    session.remember(path)
    assert session.told().moments == ()
    with pytest.raises(Problem) as caught:
        session.look_back(20)
    assert caught.value.key == "no_moment"
    assert train_to(session, 41).told().moments == (30, 40)


# --- which are kept


def test_moments_are_thinned_evenly_and_the_first_stays(path, few):
    session = remembering(path)
    for update, step in ((70, 10), (80, 20), (150, 20), (160, 40), (330, 80)):
        train_to(session, update)
        assert {at for at in session.moments.updates if at % step == 0} == set(range(0, update + 1, step))
        assert len(session.moments.updates) <= FEW
    assert len(read_again(session, path).updates) <= FEW


def test_the_newest_changes_are_kept_in_half_of_the_room(path, few):
    session = remembering(path)
    for i in range(20):
        train_to(session, 13 * (i + 1))
        session.change({"n_labeled": 20 + i % 2})
        kept = session.moments.updates
        newest = [since for since, _ in session.recipe.changes][-FEW // 2 :]
        assert set(newest) <= set(kept) and 0 in kept and len(kept) <= FEW


def test_the_kept_updates_do_not_depend_on_where_a_run_is_cut(tmp_path, few):
    recipe = replace(RECIPE, changes=tuple((17 * i + 3, replace(RECIPE.live, n_labeled=20 + i % 2)) for i in range(9)))
    whole, cut = (remembering(tmp_path / f"{name}.moments", recipe) for name in ("whole", "cut"))
    train_to(whole, 200)
    while cut.update < 200:
        cut.step(7 if cut.update < 196 else 200 - cut.update)
        cut.advance(5.0)
    assert whole.moments.updates == cut.moments.updates


def test_ten_thousand_updates_with_many_changes_stay_within_the_bounds(path):
    """Moments are offered as a run offers them, without its training."""
    session = remembering(path)
    lives = [replace(RECIPE.live, n_labeled=20 + i % 2) for i in range(2)]
    recipe = replace(RECIPE, changes=tuple((3 * i + 1, lives[i % 2]) for i in range(3000)))
    kept, update = session.moments, 0
    while update < 10_000:
        following = [recipe.next_change(update), kept.next(recipe, update)]
        update = min(end for end in following if end)
        now = replace(session.state, update=update)
        kept.keep(recipe, session._states(now, replace(session.twin, update=update)), 1.0)
    assert len(kept.updates) <= MOST and path.stat().st_size <= MAX_BYTES
    assert set(kept.updates) >= {since for since, _ in recipe.changes[-MOST // 2 :]}
    even = [at for at in kept.updates if at % (10 * 2**4) == 0]
    assert even == list(range(0, update + 1, 10 * 2**4))
    assert Moments(path, session.sizes, recipe, update).updates == kept.updates


def test_a_larger_network_keeps_fewer_in_the_same_bytes(path):
    structure = replace(RECIPE.structure, widths=(400, 300))
    live = replace(RECIPE.live, lambdas=(100.0, 1.0, 0.1, 0.1), noise_std=(0.3,) * 4, batch_size=2)
    recipe = Recipe(structure, fitted(live, 3))
    session = train_to(remembering(path, recipe), 60)
    assert slots_of(session.sizes) == 4 and session.moments.updates == (0, 20, 40, 60)
    assert 0.5 * MAX_BYTES < path.stat().st_size <= MAX_BYTES


def test_a_network_too_large_for_one_moment_keeps_none_and_says_so(path, monkeypatch):
    monkeypatch.setattr(moments_module, "MAX_BYTES", bytes_of(Session(RECIPE).sizes))  # and no byte for the table
    session = train_to(remembering(path), 20)
    assert session.told().moments is None and not path.exists()
    with pytest.raises(Problem) as caught:
        session.look_back(10)
    assert caught.value.key == "moments_too_large"


def test_as_many_changes_as_a_run_may_have_are_told_apart():
    lives = [replace(RECIPE.live, n_labeled=20 + i % 2) for i in range(2)]
    recipe = replace(RECIPE, changes=tuple((i, lives[i % 2]) for i in range(MAX_CHANGES)))
    line = Line()
    marks = {line.at(recipe, update) for update in range(MAX_CHANGES + 1)}
    assert len(marks) == MAX_CHANGES + 1
    last = line.at(recipe, MAX_CHANGES)
    other = replace(recipe, changes=(*recipe.changes[:-1], (MAX_CHANGES - 1, replace(RECIPE.live, n_labeled=33))))
    assert line.at(other, MAX_CHANGES) != last and line.at(other, MAX_CHANGES - 1) == line.at(recipe, MAX_CHANGES - 1)
    assert Line().at(recipe, MAX_CHANGES) == last


def test_a_change_at_an_update_does_not_alter_how_the_run_came_there():
    changed = RECIPE.changed(30, replace(RECIPE.live, **NOISE))
    assert Line().at(changed, 30) == Line().at(RECIPE, 30) and Line().at(changed, 31) != Line().at(RECIPE, 31)


# --- going back


def test_a_reset_drops_all_but_the_first(path):
    session = train_to(remembering(path), 35)
    session.change(NOISE)
    session.reset()
    assert session.moments.updates == read_again(session, path).updates == (0,)
    train_to(session, 12)
    assert same_states(session.moments.at(10).states, train_to(Session(session.recipe), 10))


def test_a_return_to_earlier_weights_drops_what_came_later(path):
    session = train_to(remembering(path), 35)
    session._good = [session._good[0]]  # those of the beginning of the last stretch
    good = session.good[0].update
    train_to(session, 61)
    session._good = session._good[:1]
    session.restore()
    assert session.update == good and max(session.moments.updates) <= good
    assert set(np.fromfile(path, ENTRY, session.moments.n_slots, offset=64)["update"]) <= set(session.moments.updates)


def test_moments_of_another_past_are_not_this_run_s(path):
    session = train_to(remembering(path), 45)
    other = session.recipe.changed(12, replace(RECIPE.live, **NOISE))
    assert Moments(path, session.sizes, other, 45).updates == (0, 10)
    assert Moments(path, session.sizes, session.recipe, 29).updates == (0, 10, 20)
    assert Moments(path, session.sizes, replace(RECIPE, live=other.latest), 45).updates == ()


# --- what the disk does


def test_a_damaged_moment_is_none_and_the_one_before_it_serves(path):
    session = train_to(remembering(path), 45)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1  # in the slot of update 40
    path.write_bytes(content)
    kept = read_again(session, path)
    assert kept.at(45).update == 30 and 40 not in kept.updates
    path.write_bytes(content[: len(content) // 2])
    kept = read_again(session, path)
    assert kept.at(45) is None or same_states(kept.at(45).states, train_to(Session(RECIPE), kept.at(45).update))
    path.unlink()
    assert session.moments.at(45) is None and session.moments.updates == ()


@pytest.mark.parametrize("content", [b"", b"x" * 100, store.MOMENTS_MARK, store.MOMENTS_MARK + b"\xff" * 20_000])
def test_any_other_content_is_no_moment_and_the_run_goes_on(path, content):
    path.write_bytes(content)
    session = remembering(path)
    train_to(session, 25)
    ours = not content.startswith(b"x")
    assert session.moments.updates == ((0, 10, 20) if ours else ())
    assert ours or path.read_bytes() == content


def test_a_file_that_is_removed_begins_anew(path):
    session = train_to(remembering(path), 25)
    path.unlink()
    train_to(session, 45)
    assert session.moments.updates == read_again(session, path).updates == (30, 40)


def test_a_disk_that_takes_nothing_costs_moments_alone(path, monkeypatch):
    def full(self, *arguments):
        raise OSError(28, "No space left on device")

    session = train_to(remembering(path), 15)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        train_to(session, 35)
        session.moments.cut(30)
    assert session.moments.updates == (0, 10)
    train_to(session, 45)
    assert session.moments.updates == (0, 10, 40)
    assert same_states(session.moments.at(40).states, train_to(Session(RECIPE), 40))
