"""Looking back through runs in real workers, and branching off them, by equality with a replay."""

from dataclasses import replace

import numpy as np
import pytest
from farming import eventually

from ladder import i18n
from ladder.live import frames, store
from ladder.live import moments as moments_module
from ladder.live.life import State
from ladder.live.session import Session
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.race import Race
from ladder.server.sockets import changed, looked_back
from ladder.settings import Live, Recipe, Structure, fitted

N_WORKERS = 1
LIVE = fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
RECIPE = Recipe(Structure("moons", widths=(8,)), LIVE)
NOISE, LABELS = {"noise_std": (0.6,) * 3}, {"n_labeled": 50}
NOISY = replace(RECIPE.live, **NOISE)
BOTH = replace(NOISY, **LABELS)
CHANGED = replace(RECIPE, changes=((27, NOISY), (63, BOTH)))
CURVES = "supervised", "denoising", "objective", "twin_supervised"


def rests_at(update: int):
    return lambda told: told.update == update and told.status == "paused"


@pytest.fixture
def parent(lab, until) -> str:
    """A run at update 90 with a change at 27 and one at 63."""
    run_id = lab.create(CHANGED, 90)
    until(run_id, rests_at(90))
    lab.checkpoint(run_id)
    return run_id


def assert_is_replay(lab, run_id: str, recipe: Recipe, update: int) -> None:
    """Whether the run is this recipe's at this update: states, counters, curves and recipe."""
    again = Session(recipe)
    again.replay(update, False)
    while again.active:
        again.advance(1.0)
    found, expected = store.from_bytes(lab.checkpoint(run_id)), store.from_bytes(again.saved())
    assert lab.recipe(run_id) == found.recipe == recipe
    for model, state in expected.states.items():
        assert all(np.array_equal(value, found.states[model][name]) for name, value in state.items())
    for name in ("update", *CURVES):
        np.testing.assert_array_equal(found.history.arrays[name], expected.history.arrays[name])


def live_at(update: int) -> Recipe:
    return replace(CHANGED, changes=tuple(change for change in CHANGED.changes if change[0] <= update))


def key_of(act) -> str:
    """The key of the Problem that it raises, which has its sentences."""
    with pytest.raises(Problem) as caught:
        act()
    assert all(i18n.problem(caught.value, language) for language in i18n.LANGUAGES)
    return caught.value.key


@pytest.mark.parametrize("update", [0, 10, 26, 27, 28, 47, 50, 63, 90])
def test_a_branch_is_the_run_at_that_update(lab, parent, until, update):
    branch = lab.branch(parent, update)
    until(branch, rests_at(update))
    assert_is_replay(lab, branch, live_at(update), update)
    assert lab.moments(branch) == tuple(at for at in lab.moments(parent) if at <= update)
    assert lab.status(parent).update == 90 and lab.recipe(parent) == CHANGED


def test_a_branch_begins_at_the_nearest_moment_and_trains_on(lab, parent, until):
    branch = lab.branch(parent, 47)
    assert lab.status(branch).update in (27, 47)  # not from the beginning
    until(branch, rests_at(47))
    lab.change(branch, LABELS)
    lab.step(branch, 5)
    until(branch, rests_at(52))
    assert_is_replay(lab, branch, replace(RECIPE, changes=((27, NOISY), (47, BOTH))), 52)


def test_undo_takes_back_the_last_change_and_its_effect_on_the_weights(lab, parent, until):
    branch = lab.branch_before_change(parent)
    until(branch, rests_at(63))
    assert_is_replay(lab, branch, live_at(62), 63)
    again = lab.branch_before_change(branch)
    until(again, rests_at(27))
    assert_is_replay(lab, again, RECIPE, 27)
    assert key_of(lambda: lab.branch_before_change(again)) == "no_change"


def test_a_dragged_slider_is_taken_back_as_one_change(lab, until):
    run_id = lab.create(RECIPE, 12)
    until(run_id, rests_at(12))
    lab.change(run_id, LABELS)
    for i, noise in enumerate((0.4, 0.5, 0.6)):
        lab.step(run_id, 3)
        until(run_id, rests_at(15 + 3 * i))
        lab.change(run_id, {"noise_std": (noise,) * 3})
    until(run_id, lambda told: len(told.changes) == 4)
    branch = lab.branch_before_change(run_id)
    until(branch, rests_at(15))
    labelled = replace(RECIPE, changes=((12, replace(RECIPE.live, **LABELS)),))
    assert_is_replay(lab, branch, labelled, 15)
    second = lab.branch_before_change(branch)
    until(second, rests_at(12))
    assert_is_replay(lab, second, RECIPE, 12)


def test_a_branch_of_a_run_that_is_played_and_let_go(lab, parent, until):
    lab.play(parent)
    until(parent, lambda told: told.update > 120)
    branch = lab.branch(parent, 101)
    until(branch, rests_at(101))
    assert_is_replay(lab, branch, CHANGED, 101)
    lab.pause(parent)
    until(parent, lambda told: told.status == "paused")
    with lab.lock:
        lab._unwatched(lab.mirrors[parent], 60.0)
    eventually(lambda: lab.mirrors[parent].life.state is State.ABSENT)
    del lab.mirrors[parent]
    assert set(lab.moments(parent)) >= {0, 25, 27, 63}
    second = lab.branch(parent, 33)
    until(second, rests_at(33))
    assert_is_replay(lab, second, live_at(33), 33)


@pytest.mark.parametrize("harm", ["removed", "cut", "foreign", "a folder"])
def test_without_its_moments_a_branch_is_repeated_from_the_beginning(lab, parent, until, harm):
    path = lab.store.moments(parent)
    content = path.read_bytes()
    path.unlink()
    if harm == "cut":
        path.write_bytes(content[:5000])
    elif harm == "foreign":
        path.write_bytes(b"x" * 5000)
    elif harm == "a folder":
        path.mkdir()
    branch = lab.branch(parent, 47)
    until(branch, rests_at(47))
    assert_is_replay(lab, branch, live_at(47), 47)
    lab.look_back(parent, 47)  # what is told is what was there: it ends in a sentence or in pictures
    eventually(lambda: lab.take_problem(parent) or lab.status(parent).looking_back is not None)


def test_without_its_file_a_branch_is_repeated_too(lab, parent, until):
    lab.store.path(parent).write_bytes(b"damaged")
    branch = lab.branch(parent, 47)
    until(branch, rests_at(47))
    assert_is_replay(lab, branch, live_at(47), 47)


def test_a_run_of_before_there_were_moments_opens_and_branches(lab, parent, until):
    old = lab.load(lab.checkpoint(parent))
    assert lab.moments(old) == ()
    lab.step(old, 11)
    until(old, rests_at(101))
    assert lab.moments(old) == (100,)
    assert key_of(lambda: lab.look_back(old, 50)) == "no_moment"
    branch = lab.branch(old, 30)
    until(branch, rests_at(30))
    assert_is_replay(lab, branch, live_at(30), 30)


def test_a_copy_has_the_moments_of_its_source(lab, parent, until):
    copy = lab.copy(parent)
    until(copy, rests_at(90))
    eventually(lambda: lab.mirrors[copy].life.state is State.OPEN)
    assert lab.moments(copy) == lab.moments(parent) == (0, 25, 27, 50, 63, 75)
    opened = lab.create(OPENING, 300)
    until(opened, lambda told: told.moments and len(told.moments) > 10)
    assert lab.moments(opened)[0] == 0


def watched(lab, run_id: str) -> tuple[list[dict], list[dict]]:
    """The headers of all pictures and of all other messages from now on."""
    pictures, others = [], []

    def keep(message: bytes) -> None:
        header, _ = frames.decode(message)
        (pictures if header["kind"] == "snapshot" else others).append(header)

    lab.subscribe(run_id, keep)
    return pictures, others


def test_looking_back_shows_a_moment_and_playing_ends_it(lab, parent, until):
    pictures, others = watched(lab, parent)
    before = store.from_bytes(lab.checkpoint(parent))
    for update, shown in ((5, 0), (63, 63), (69, 63), (89, 75)):
        lab.look_back(parent, update)
        assert until(parent, lambda told, shown=shown: told.looking_back == shown).update == 90
        eventually(lambda shown=shown: pictures and pictures[-1]["update"] == shown)
    assert others[-1]["looking_back"] == 75
    after = store.from_bytes(lab.checkpoint(parent))
    assert all(
        np.array_equal(before.states["ladder"][name], after.states["ladder"][name]) for name in ("theta", "adam_v")
    )
    copy = lab.copy(parent)
    assert lab.mirrors[copy].snapshot is None and lab.status(copy).looking_back is None
    lab.look_back(parent, None)
    until(parent, lambda told: told.looking_back is None)
    eventually(lambda: pictures[-1]["update"] == 90)
    lab.look_back(parent, 5)
    until(parent, lambda told: told.looking_back == 0)
    lab.step(parent, 1)
    assert until(parent, rests_at(91)).looking_back is None
    eventually(lambda: pictures[-1]["update"] == 91)
    assert_is_replay(lab, parent, CHANGED, 91)


def test_kept_moments_are_told_when_they_change_and_not_again(lab, parent, until):
    _, others = watched(lab, parent)
    assert others[0]["moments"] == list(lab.moments(parent))
    lab.step(parent, 5)
    until(parent, rests_at(95))
    assert all("moments" not in header for header in others[1:])
    lab.step(parent, 5)
    until(parent, rests_at(100))
    eventually(
        lambda: [header["moments"] for header in others[1:] if "moments" in header][-1:] == [list(lab.moments(parent))]
    )
    assert lab.moments(parent)[-2:] == (75, 100)


def test_a_lost_worker_leaves_the_moments_and_shows_the_present(lab, parent, until):
    kept = lab.moments(parent)
    lab.look_back(parent, 30)
    until(parent, lambda told: told.looking_back == 27)
    before = lab.mirrors[parent].worker
    before.process.kill()
    assert before.process.wait(30)
    told = until(parent, lambda told: told.problems and told.looking_back is None and told.status == "paused")
    assert told.update == 90 and told.moments == kept
    branch = lab.branch(parent, 30)
    until(branch, rests_at(30))
    assert_is_replay(lab, branch, live_at(30), 30)


def test_a_reset_leaves_only_the_first_moment(lab, parent, until):
    lab.reset(parent)
    assert until(parent, lambda told: told.update == 0).moments == (0,)
    assert key_of(lambda: lab.branch(parent, 25)) == "no_such_update"


def test_what_cannot_be_is_a_sentence(lab, parent, until, monkeypatch):
    assert key_of(lambda: lab.branch(parent, 91)) == key_of(lambda: lab.branch(parent, -1)) == "no_such_update"
    for act in (lab.moments, lab.branch_before_change, lambda run_id: lab.branch(run_id, 0)):
        assert key_of(lambda act=act: act("nosuch_run")) == "run_unknown"
    monkeypatch.setattr(moments_module, "MAX_BYTES", 100)
    lab.mirrors[parent].told = replace(lab.status(parent), moments=None)  # as its worker tells of too large a network
    acts = [lab.moments, lab.branch_before_change, lambda run: lab.branch(run, 30), lambda run: lab.look_back(run, 30)]
    assert {key_of(lambda act=act: act(parent)) for act in acts} == {"moments_too_large"}


def test_a_page_looks_back_over_its_socket_if_its_tab_steers_the_run(lab, parent, until):
    def answer(run_id: str, update: object, tab: str = "mine") -> dict:
        words = {"look_back": update, "tab": tab, "language": "en", "ticket": 7}
        return frames.decode(looked_back(lab, run_id, words, lambda names: None))[0]

    assert answer(parent, 30) == {"kind": "answer", "ticket": 7, "refusal": "", "lost": False, "asked": 0}
    until(parent, lambda told: told.looking_back == 27)
    assert answer(parent, None)["refusal"] == ""
    until(parent, lambda told: told.looking_back is None)
    assert answer(parent, 30, "another")["lost"] and answer("nosuch_run", 30)["lost"]
    for odd in ("30", True, -1, 2.5, [30], {}):
        assert "look_back" in answer(parent, odd)["refusal"]
    race = lab.create(Race(RECIPE.structure, RECIPE.live))
    assert answer(race, 0)["refusal"]
    words = {"change": NOISE | {"noise_std": [0.2] * 3}, "tab": "mine", "language": "en"}
    assert frames.decode(changed(lab, parent, words, lambda names: None))[0]["refusal"] == ""
