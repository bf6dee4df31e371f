"""What the page Inside is shown, through a real worker and a real socket's functions."""

import numpy as np
import pytest
from farming import eventually

from ladder.analysis.passage import passage
from ladder.data.datasets import load
from ladder.live import frames
from ladder.problems import Problem
from ladder.recipe.contestants import usual
from ladder.recipe.inside import from_words
from ladder.recipe.race import Race
from ladder.recipe.sample import Sample
from ladder.server.sockets import Mailbox, looked_inside
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.training.train import State

N_WORKERS = 1
LIVE = fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)
RECIPE = Recipe(Structure(widths=(12,)), LIVE)


@pytest.fixture
def paused(lab, until) -> str:
    """A run that rests after its tenth update."""
    run_id = lab.create(RECIPE, 10)
    until(run_id, lambda told: told.update == 10 and told.status == "paused")
    return run_id


@pytest.fixture
def shown(lab, paused):
    """The (header, arrays) of all "inside" messages of the run `paused` so far."""
    messages = []
    leave = lab.subscribe(paused, messages.append)
    yield lambda: [found for found in map(frames.decode, messages) if found[0]["kind"] == "inside"]
    leave()


def test_a_run_shows_a_sample_and_a_unit_as_its_state_has_them(lab, paused, shown, until):
    lab.look_inside(paused, from_words({"row": 7, "draw": 1, "layer": 1, "unit": 3}))
    header, arrays = eventually(shown)[-1]
    assert header["update"] == 10 and header["inside"]["row"] == 7
    assert (header["unit"]["layer"], header["unit"]["unit"]) == (1, 3)
    state = State(**lab.store.read(paused).states["ladder"])
    _, wanted = passage(state, RECIPE.structure, RECIPE.live, load("digits"), Sample(row=7, draw=1))
    for name, array in wanted.items():
        assert np.array_equal(arrays[name], array), name
    assert arrays["unit/curves_bn"].shape[0] == 5


def test_it_follows_the_training_until_the_page_has_gone(lab, paused, shown, until):
    inside = from_words({})
    lab.look_inside(paused, inside)
    eventually(shown)
    lab.step(paused, 5)
    eventually(lambda: shown()[-1][0]["update"] == 15)
    lab.leave_inside(paused, inside)
    n = len(shown())
    lab.step(paused, 5)
    until(paused, lambda told: told.update == 20 and told.status == "paused")
    assert len(shown()) == n


def test_a_page_that_leaves_takes_nothing_from_the_page_after_it(lab, paused, shown):
    earlier, later = from_words({"row": 1}), from_words({"row": 1})
    lab.look_inside(paused, earlier)
    lab.look_inside(paused, later)
    lab.leave_inside(paused, earlier)
    lab.step(paused, 1)
    eventually(lambda: [one for one in shown() if one[0]["update"] == 11])


def test_it_comes_back_with_the_run_after_its_worker_was_lost(lab, paused, shown, until):
    lab.look_inside(paused, from_words({"row": 2}))
    eventually(shown)
    n = len(shown())
    lab.mirrors[paused].worker.process.kill()
    assert eventually(lambda: shown()[n:])[0][0]["inside"]["row"] == 2


def test_a_page_s_words_are_done_or_refused_in_a_sentence(lab, paused):
    lab.take(paused, "mine")
    words = {"tab": "mine", "language": "zh"}
    inside, refusal = looked_inside(lab, paused, {"inside": {"row": 4}, **words})
    assert inside.sample.row == 4 and refusal == [] and lab.mirrors[paused].inside is inside
    inside, refusal = looked_inside(lab, paused, {"inside": {"unit": 100}, **words})
    assert inside is None and "12" not in frames.decode(refusal[0])[0]["refusal"]
    assert "11" in frames.decode(refusal[0])[0]["refusal"]  # the highest number
    inside, refusal = looked_inside(lab, paused, {"inside": {"row": 4}, **words, "tab": "another"})
    assert inside is None and frames.decode(refusal[0])[0]["lost"]
    assert looked_inside(lab, paused, {"inside": None, **words}) == (None, [])
    assert lab.mirrors[paused].inside is None


def test_a_comparison_has_no_inside(lab):
    run_id = lab.create(Race(RECIPE.structure, RECIPE.live, (usual("ladder"), usual("supervised"))))
    with pytest.raises(Problem):
        lab.look_inside(run_id, from_words({}))


def test_of_the_pictures_of_each_kind_a_slow_browser_gets_the_newest():
    mailbox = Mailbox(lambda: b"")
    mailbox.open()
    for update in range(3):
        for kind in ("snapshot", "inside"):
            mailbox.put(frames.encode({"kind": kind, "update": update}, {}))
    told = [frames.decode(message)[0] for message in mailbox.take()]
    assert told == [{"kind": "snapshot", "update": 2}, {"kind": "inside", "update": 2}]
