"""What the server adds to a challenge: data that nobody knew before, rules, and scores on rows that no page has."""

import pytest
from tables import kept_kinds

from ladder.analysis.readers import reader
from ladder.data import datasets, own, variants
from ladder.data.datasets import DATASETS
from ladder.live import store
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.contestants import Contestant
from ladder.server.class_challenges import Challenges, begun
from ladder.settings import Recipe
from ladder.teaching.challenge import Challenge
from ladder.training.train import State

PATIENCE = 60  # seconds that a slow machine may take
ASKED = {"dataset": "moons", "labels": 8, "updates": 60}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A Lab whose workers know the folder of the variants."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LADDER_RUNS", str(folder))
        made = Lab(folder, 1)
        made.start()
        yield made
        made.stop()


def run_of(lab, values: dict, updates: int = 60, **labels) -> str:
    """A run of the challenge with these values, trained."""
    recipe = links.parse(str(values["link"])).recipe
    live = recipe.live.having(labels)
    run_id = lab.create(Recipe(recipe.structure, live), updates)
    assert lab.wait(run_id, lambda told: told.update == updates and not told.active, PATIENCE)
    return run_id


def test_a_challenge_has_data_of_its_own(lab):
    first, second = begun(ASKED), begun(ASKED)
    assert first["data"] != second["data"] and variants.kind_of(variants.found(first["data"])) == "reserve"
    recipe = links.parse(first["link"]).recipe
    assert recipe.structure.dataset == first["data"]
    assert (recipe.live.n_labeled, recipe.live.n_updates) == (8, 60)


@pytest.mark.parametrize(
    "change, key",
    [
        ({"dataset": "nothing"}, "class_word"),
        ({"dataset": "moons@0123456789abcdef"}, "class_word"),
        ({"labels": 1}, "labels_too_few"),
        ({"labels": 601}, "labels_too_many"),
        ({"labels": "8"}, "class_word"),
        ({"updates": 0}, "challenge_long"),
        ({"updates": 20_001}, "challenge_long"),
        ({"updates": None}, "class_word"),
    ],
)
def test_an_impossible_challenge_is_refused(lab, change, key):
    with pytest.raises(Problem) as caught:
        begun(ASKED | change)
    assert caught.value.key == key


@pytest.mark.parametrize("kind", ["table", "texts", "rows", "images"])
def test_a_challenge_on_a_person_s_own_data_is_scored(lab, kind):
    values = begun({"dataset": kept_kinds()[kind], "labels": 12, "updates": 20})
    run_id = run_of(lab, values, 20)
    found = Challenges(lab)
    room = Challenge(1, values["data"], 12, 20, entries={"ann": run_id})
    score = found.scores(room)["ann"]
    assert score["error"] == _error_by_hand(lab, run_id, values["data"]) and score["update"] == 20


def test_too_few_labelled_samples_for_a_challenge_are_told(lab):
    name = kept_kinds(60)["images"]
    with pytest.raises(Problem) as caught:
        begun({"dataset": name, "labels": 6, "updates": 20})
    assert (caught.value.key, caught.value.values["name"]) == ("challenge_small", "60 images")
    own.remove(name)
    with pytest.raises(Problem, match="own_missing"):
        begun({"dataset": name, "labels": 6, "updates": 20})


def test_the_scores_are_the_errors_on_the_rows_that_no_run_has(lab):
    values = begun(ASKED)
    good, beyond = run_of(lab, values), run_of(lab, values, n_labeled=20)
    other = lab.create(links.parse("v=1&data=moons").recipe, 20)
    assert lab.wait(other, lambda told: told.update == 20 and not told.active, PATIENCE)
    room = Challenge(1, values["data"], 8, 60)
    found = Challenges(lab)
    found.check(room, good)
    for run_id, key in ((beyond, "challenge_labels"), (other, "challenge_data"), ("nothing", "run_unknown")):
        with pytest.raises(Problem) as caught:
            found.check(room, run_id)
        assert caught.value.key == key
    entries = {"ann": good, "bob": beyond, "eve": "nothing"}
    scores = found.scores(Challenge(1, values["data"], 8, 60, entries=entries))
    assert scores.keys() == {"ann"} and scores["ann"]["run"] == good and scores["ann"]["update"] == 60
    assert scores["ann"]["validation_error"] == lab.curves(good)["test_error"][-1]
    aside = DATASETS[values["data"]].n_test
    for name in ("error", "twin_error"):
        assert scores["ann"][name] * aside == pytest.approx(round(scores["ann"][name] * aside), abs=1e-6)
    assert scores["ann"]["error"] == _error_by_hand(lab, good, values["data"])


def _error_by_hand(lab, run_id: str, data: str) -> float:
    """The ladder's error on the rows put aside, by the reader that studies use."""
    saved = store.from_bytes(lab.checkpoint(run_id))
    structure = saved.recipe.structure
    rows = datasets.scored(data, structure.data_noise)
    seen = reader(Contestant("ladder"), State(**saved.states["ladder"]), structure, saved.recipe.latest, rows)
    return float((seen.probabilities(rows.x_test).argmax(1) != rows.y_test).mean())
