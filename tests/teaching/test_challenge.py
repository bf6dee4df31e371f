"""A challenge of a class: its rules, what each side is told, and that nobody is told too early."""

from dataclasses import asdict, replace

import pytest

from ladder import i18n
from ladder.problems import Problem
from ladder.settings import Live, Recipe, Structure
from ladder.teaching import challenge, classroom
from ladder.teaching.challenge import Challenge, Score
from ladder.teaching.class_views import of_student, of_teacher
from ladder.teaching.room import Event

DATA = "digits@0123456789abcdef"
RULES = Challenge(1, DATA, 20, 2000)
RECIPE = Recipe(Structure(dataset=DATA))
BEGIN = {"data": DATA, "labels": 20, "updates": 2000, "link": f"v=1&data={DATA}&labels=20&target=2000"}


def room_with(*events):
    room = classroom.opened("c", Event(0.0, "open", {"name": "3b", "approve": False}))
    for n, name in enumerate(("ann", "bob")):
        room = classroom.after(room, Event(1.0, "join", {"member": name, "key": f"{n}" * 64, "name": name}))
        room = classroom.after(room, Event(1.0, "run", {"member": name, "run": f"run_of_{name}"}))
    for kind, values in events:
        room = classroom.after(room, Event(2.0, kind, values))
    return room


def score(error: float, run: str = "run_of_ann") -> dict:
    return asdict(Score(run, 2000, error, 0.3, error - 0.01))


def test_a_run_within_the_rules_may_be_handed_in():
    challenge.check(RULES, RECIPE, 1)
    fewer = replace(RECIPE, changes=((100, replace(RECIPE.live, n_labeled=10)),))
    challenge.check(RULES, replace(fewer, structure=replace(fewer.structure, weight_seed=7)), 2000)


@pytest.mark.parametrize(
    "recipe, update, key",
    [
        (Recipe(), 100, "challenge_data"),
        (replace(RECIPE, structure=Structure(dataset=DATA, label_seed=1)), 100, "challenge_data"),
        (replace(RECIPE, live=Live(n_labeled=21)), 100, "challenge_labels"),
        (replace(RECIPE, changes=((5, Live(n_labeled=50)), (6, Live()))), 100, "challenge_labels"),
        (RECIPE, 2001, "challenge_updates"),
        (RECIPE, 0, "challenge_untrained"),
    ],
)
def test_a_run_beyond_the_rules_is_refused_in_words(recipe, update, key):
    with pytest.raises(Problem) as caught:
        challenge.check(RULES, recipe, update)
    assert caught.value.key == key
    for language in i18n.LANGUAGES:
        assert i18n.problem(caught.value, language)


def test_everybody_begins_a_run_with_the_rules_locked():
    room = room_with(("lead", {"lesson": "noise", "hidden": ["lambdas"], "seeds": True}), ("challenge", BEGIN))
    assert room.challenge == RULES
    lead = room.lead
    assert (lead.lesson, lead.hidden, lead.seeds, lead.begun) == ("", (), False, lead.number)
    assert "labels=20" in lead.link and {"n_labeled", "n_updates", "dataset", "label_seed"} <= {*lead.locked}
    again = classroom.after(room, Event(3.0, "challenge", BEGIN))
    assert again.challenge.number == 2 and again.lead.begun > lead.begun


@pytest.mark.parametrize(
    "change", [{"data": "digits"}, {"labels": 0}, {"updates": 20_001}, {"updates": True}, {"link": ""}, {"data": 7}]
)
def test_a_challenge_without_its_values_is_refused(change):
    with pytest.raises(Problem, match="class_word"):
        room_with(("challenge", BEGIN | change))


def test_a_member_hands_in_its_own_run_while_the_challenge_is_open():
    mine = {"member": "ann", "run": "run_of_ann"}
    with pytest.raises(Problem, match="challenge_closed"):
        room_with(("enter", mine))
    room = room_with(("challenge", BEGIN), ("enter", mine))
    assert room.challenge.entries == {"ann": "run_of_ann"}
    with pytest.raises(Problem, match="class_foreign"):
        classroom.after(room, Event(3.0, "enter", {"member": "ann", "run": "run_of_bob"}))
    ended = classroom.after(room, Event(3.0, "score", {"scores": {"ann": score(0.1)}}))
    assert not ended.challenge.is_open and ended.lead.locked == () and ended.lead.begun == room.lead.begun
    for kind, values in (("enter", mine), ("score", {"scores": {}})):
        with pytest.raises(Problem, match="challenge_closed"):
            classroom.after(ended, Event(4.0, kind, values))


@pytest.mark.parametrize(
    "scores",
    [
        None,
        {"bob": score(0.1)},
        {"ann": {"run": "run_of_ann"}},
        {"ann": score(0.1) | {"error": 1.5}},
        {"ann": score(0.1) | {"error": float("nan")}},
        {"ann": score(0.1) | {"error": "0.1"}},
        {"ann": 0.1},
    ],
)
def test_scores_that_are_none_are_refused(scores):
    room = room_with(("challenge", BEGIN), ("enter", {"member": "ann", "run": "run_of_ann"}))
    with pytest.raises(Problem, match="class_word"):
        classroom.after(room, Event(3.0, "score", {"scores": scores}))


def test_a_student_hears_its_own_score_and_no_names():
    entries = [("enter", {"member": name, "run": f"run_of_{name}"}) for name in ("ann", "bob")]
    room = room_with(("challenge", BEGIN), *entries)
    open_to_ann = of_student(room, room.members["ann"], 5.0)["challenge"]
    assert open_to_ann["entered"] == "run_of_ann" and open_to_ann["mine"] is None and open_to_ann["errors"] == []
    assert "data" not in open_to_ann
    room = classroom.after(room, Event(3.0, "score", {"scores": {"ann": score(0.2), "bob": score(0.1, "run_of_bob")}}))
    told = of_student(room, room.members["ann"], 5.0)["challenge"]
    assert told["mine"]["error"] == 0.2 and told["errors"] == [0.1, 0.2] and "bob" not in str(told)
    scores = of_teacher(room, "ABCDE", {}, 5.0)["challenge"]["scores"]
    assert scores["bob"]["error"] == 0.1
