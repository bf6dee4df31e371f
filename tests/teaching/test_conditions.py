"""A lesson's conditions: what may be written, and when they hold."""

import pytest

from ladder.problems import Problem
from ladder.teaching import conditions
from ladder.teaching.conditions import Condition, holds, parse

FACTS = {
    "update": 600,
    "test_error": 0.12,
    "twin_error": None,
    "noise_std": [0.3, 0.0, 0.3],
    "lambdas": (0.0, 10.0, 0.1),
    "n_labeled": 20,
    "lateral": True,
    "reset": True,
    "new_seed": False,
}


@pytest.mark.parametrize(
    "text, expected",
    [
        ("update >= 600", True),
        ("update > 600", False),
        ("update != 600", False),
        ("update>=600 and reset", True),
        ("new seed", False),
        ("reset and new seed", False),
        ("noise_std = 0", False),
        ("noise_std[1] = 0", True),
        ("noise_std <= 0.3", True),
        ("lambdas[0] = 0 and lambdas[1] > 1", True),
        ("lambdas[5] = 0", False),  # the run has no such layer
        ("lateral = 1", True),
        ("lateral = 0", False),
        ("test_error < 0.2", True),
        ("twin_error >= 0", False),  # not measured yet
        ("learning_rate > 0", False),  # not among the facts
        ("n_labeled > 20", False),
        ("n_labeled >= 20", True),
    ],
)
def test_conditions_hold_when_they_are_true_of_the_run(text, expected):
    assert holds(parse(text), FACTS) is expected


@pytest.mark.parametrize(
    "text",
    ["", "and", "update", "update => 5", "update >= five", "accuracy > 0.5", "update[0] = 1", "n_labeled[0] = 20"]
    + ["lambdas[x] = 0", "update >= 5 or reset", "reset = 1", "__class__ = 1", "dataset = moons", "update >= 5 reset"],
)
def test_anything_else_is_refused(text):
    with pytest.raises(Problem) as caught:
        parse(text)
    assert caught.value.key == "lesson_done"


def test_no_condition_always_holds():
    assert holds((), {})


def test_javascript_gets_the_parsed_conditions():
    parsed = parse("lambdas[0] = 0 and noise_std > 0.1 and new seed")
    assert parsed[0] == Condition("lambdas", 0, "=", 0.0)
    expected = [["lambdas", 0, "=", 0.0], ["noise_std", None, ">", 0.1], ["new_seed", None, "", 0.0]]
    assert conditions.to_json(parsed) == expected


@pytest.mark.parametrize(
    "text, update, anew",
    [
        ("update >= 600", 600, False),
        ("noise_std = 0 and reset and update > 599", 599, True),
        ("new seed and update >= 200 and update >= 300", 300, True),
        ("update <= 600", None, False),
        ("reset", None, True),
    ],
)
def test_the_update_that_is_waited_for_and_where_it_is_counted_from(text, update, anew):
    parsed = parse(text)
    assert (conditions.awaited_update(parsed), conditions.begins_anew(parsed)) == (update, anew)
