"""Choices: ranges, presets, recipes, and live choices as JSON."""

import json
from dataclasses import replace

import pytest

from ladder import settings
from ladder.data import datasets
from ladder.models import combinators, ladder
from ladder.problems import Problem
from ladder.settings import PRESETS, Live, Recipe, Structure, for_depth, preset


def test_the_registries_hold_the_declared_names():
    assert tuple(combinators.COMBINATORS) == settings.COMBINATOR_NAMES
    assert tuple(datasets.DATASETS) == settings.DATASET_NAMES
    assert tuple(ladder.ACTIVATIONS) == settings.ACTIVATION_NAMES


@pytest.mark.parametrize(
    "cls, change",
    [
        (Live, {"learning_rate": float("nan")}),
        (Live, {"learning_rate": 2.0}),
        (Live, {"learning_rate": "quick"}),
        (Live, {"noise_std": (0.1, -0.1, 0.1, 0.1, 0.1)}),
        (Live, {"lambdas": (1e9,) * 5}),
        (Live, {"n_labeled": None}),
        (Structure, {"combinator": "nosuch"}),
        (Structure, {"widths": ()}),
        (Structure, {"widths": (5,) * 7}),
        (Structure, {"widths": (1,)}),
        (Structure, {"weight_seed": -1}),
    ],
)
def test_bad_values_are_problems(cls, change):
    with pytest.raises(Problem):
        cls(**change)


KNOBS = [(cls, one) for cls in (Structure, Live) for one in settings.knobs(cls).values()]


def one_value(one, value):
    """`value` as the field wants it: where there is one per layer, in the place of the last."""
    return (*one.default[:-1], value) if one.per_layer else value


@pytest.mark.parametrize("cls, one", KNOBS, ids=lambda part: getattr(part, "name", ""))
def test_every_knob_takes_its_whole_range_and_nothing_else(cls, one):
    if one.choices:
        good, bad = one.choices, ("nosuch", "", None, 0, float("nan"))
    elif one.kind is bool:
        good = (True, False)
        bad = ("off", "on", "False", "", "2", None, 2, -1, 0.5, float("nan"), [], [True])
    else:
        good = (one.low, one.high)
        bad = (one.low * 0.99 - 1e-9 - (one.kind is int), one.high * 1.01 + (one.kind is int), -one.high, -1)
        bad += (float("nan"), float("inf"), -float("inf"), "word", "", "nan", None, True, False, [], {}, b"5")
    for value in good:
        kept = getattr(cls(**{one.name: one_value(one, value)}), one.name)
        kept = kept[-1] if one.per_layer else kept
        assert kept == value
        assert type(kept) is one.kind
    for value in bad:
        with pytest.raises(Problem) as caught:
            cls(**{one.name: one_value(one, value)})
        assert caught.value.values["name"] == one.name


@pytest.mark.parametrize("cls, one", [(cls, one) for cls, one in KNOBS if one.low is not None])
def test_limits_are_named_without_exponents_and_exactly(cls, one):
    assert [float(word) for word in one.limits.values()] == [one.low, one.high]
    assert set("".join(one.limits.values())) <= set("0123456789.")


@pytest.mark.parametrize("name", ["learning_rate", "batch_size", "n_labeled"])
def test_zero_is_for_the_weights_of_the_costs_only(name):
    with pytest.raises(Problem):
        Live(**{name: 0})


WHOLE = [(cls, one) for cls, one in KNOBS if not one.choices and one.kind is int]


@pytest.mark.parametrize("cls, one", WHOLE, ids=lambda part: getattr(part, "name", ""))
def test_whole_numbers_may_come_as_floats_or_words_and_others_are_not_cut(cls, one):
    for given in (one.high, float(one.high), str(one.high)):
        kept = getattr(cls(**{one.name: one_value(one, given)}), one.name)
        kept = kept[-1] if one.per_layer else kept
        assert kept == one.high and type(kept) is int
    for given in (one.high - 0.3, f"{one.high - 0.3}", 1e300):
        with pytest.raises(Problem) as caught:
            cls(**{one.name: one_value(one, given)})
        assert caught.value.key == "bad_whole" and caught.value.values["name"] == one.name


@pytest.mark.parametrize("given, kept", [(True, True), (0, False), (1.0, True), ("0", False), ("1", True)])
def test_a_switch_is_a_flag_or_one_of_its_numbers(given, kept):
    assert all(one is kept for one in Live(lateral=(given,) * 5).lateral)


@pytest.mark.parametrize("value", [None, 5, 0.3, True, "0.3", "abc", {}, {"0": 1}, b"12"])
@pytest.mark.parametrize("cls, name", [*((Live, name) for name in settings.PER_LAYER), (Structure, "widths")])
def test_what_is_no_list_is_a_problem(cls, name, value):
    with pytest.raises(Problem) as caught:
        cls(**{name: value})
    assert caught.value.key == "bad_list" and caught.value.values["name"] == name


def test_a_problem_repeats_an_endless_value_in_short():
    for choices in ({"n_labeled": "1" * 5000}, {"lambdas": "x" * 5000}, {"lateral": "x" * 5000}):
        with pytest.raises(Problem) as caught:
            Live(**choices)
        assert len(caught.value.values["value"]) == 40


def test_choices_are_frozen_and_equal_by_value():
    assert Live() == Live(noise_std=[0.3] * 5)
    assert hash(Recipe()) == hash(Recipe(Structure(widths=[100, 50, 25])))
    with pytest.raises(AttributeError):
        Live().n_labeled = 50


def test_a_weight_may_be_zero_and_whole_numbers_become_floats():
    live = Live(lambdas=(0, 1, 2, 3, 4))
    assert live.lambdas == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert all(isinstance(weight, float) for weight in live.lambdas)


@pytest.mark.parametrize("n_layers", range(2, 8))
@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit_every_depth(name, n_layers):
    live = preset(Live(), name, n_layers)
    assert len(live.lambdas) == len(live.noise_std) == n_layers + 1
    Recipe(Structure(widths=(10,) * (n_layers - 1)), live)
    assert preset(live, "full", n_layers).lambdas == (1000.0, 10.0, *(0.1,) * (n_layers - 1))
    assert preset(live, "gamma", n_layers).lambdas == (*(0.0,) * n_layers, 0.5)
    assert preset(live, "supervised_noise", n_layers).noise_std == (0.3, *(0.5,) * n_layers)


def test_presets_are_the_published_ones_at_the_paper_s_depth():
    lambdas = {name: PRESETS[name][0](6) for name in PRESETS}
    noise = {name: PRESETS[name][1](6) for name in PRESETS}
    assert lambdas["full"] == (1000, 10, 0.1, 0.1, 0.1, 0.1, 0.1)
    assert lambdas["bottom"] == (5000, 0, 0, 0, 0, 0, 0)
    assert lambdas["gamma"] == (0, 0, 0, 0, 0, 0, 0.5)
    assert noise["full"] == noise["bottom"] == noise["gamma"] == (0.3,) * 7
    assert noise["supervised_noise"] == (0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert noise["first_noise"] == (0.6, 0, 0, 0, 0, 0, 0)
    assert lambdas["first_noise"] == lambdas["first_reconstruction"] == (1000, 0, 0, 0, 0, 0, 0)
    assert noise["first_reconstruction"] == (0.3,) * 7
    assert lambdas["no_noise"] == lambdas["full"] and not any(noise["no_noise"])
    assert not any(lambdas["supervised"]) and not any(lambdas["supervised_noise"]) and not any(noise["supervised"])


def test_a_preset_leaves_the_other_choices_alone():
    live = Live(learning_rate=0.01, n_labeled=50, lateral=(True, False, True, True, True))
    assert preset(preset(live, "gamma", 4), "full", 4) == live
    assert preset(live, "gamma", 2).lateral == (True, False, True)


def test_an_unknown_preset_is_a_problem():
    with pytest.raises(Problem):
        preset(Live(), "nosuch", 4)


def test_for_depth_keeps_both_ends():
    assert for_depth((1000, 10, 0.1), 4) == (1000, 10, 10, 10, 0.1)
    assert for_depth((1, 2, 3, 4, 5), 2) == (1, 2, 5)
    assert for_depth((1, 2, 3), 2) == (1, 2, 3)
    assert for_depth((1.0,), 3) == (1.0, 1.0, 1.0, 1.0)
    for n_layers in range(2, 8):
        assert for_depth(for_depth((1, 2, 3, 4, 5), n_layers), 4)[::4] == (1, 5)


@pytest.mark.parametrize("n_layers", range(1, 8))
@pytest.mark.parametrize("n_given", range(1, 9))
def test_for_depth_fits_every_depth_from_every_other(n_given, n_layers):
    given = tuple(range(n_given))
    fitted = for_depth(given, n_layers)
    assert len(fitted) == n_layers + 1
    assert fitted[0] == given[0] and fitted[-1] == given[-1]
    kept = min(n_given - 1, n_layers)  # all but the top, as far as there is room
    assert fitted[:kept] == given[:kept]
    assert set(fitted[kept:-1]) <= {given[max(n_given - 2, 0)]}


def test_the_rate_is_constant_and_then_falls_to_zero():
    live = Live(learning_rate=0.01, n_updates=100, decay_from=0.5)
    assert [live.rate_at(u) for u in (0, 50)] == [0.01, 0.01]
    assert live.rate_at(75) == pytest.approx(0.005)
    assert live.rate_at(100) == live.rate_at(500) == 0.0
    assert replace(live, n_updates=0).rate_at(10**6) == 0.01
    assert replace(live, decay_from=1.0).rate_at(99) == 0.01
    assert replace(live, decay_from=0.0).rate_at(0) == 0.01
    assert replace(live, decay_from=0.0).rate_at(25) == pytest.approx(0.0075)


def test_the_published_schedule_falls_over_the_last_third():
    live = Live(n_updates=90000)
    assert live.rate_at(60300) == 0.002  # 0.67 of the updates (CuriousAI/ladder, run.py)
    assert live.rate_at(60301) < 0.002
    assert live.rate_at(75150) == pytest.approx(0.001)
    assert 0 < live.rate_at(89999) < 1e-7


def test_a_recipe_knows_what_is_in_force_when():
    first, second = replace(Live(), n_labeled=50), replace(Live(), n_labeled=100)
    recipe = Recipe().changed(10, first).changed(20, second)
    assert [recipe.at(u).n_labeled for u in (0, 9, 10, 19, 20, 99)] == [20, 20, 50, 50, 100, 100]
    assert [recipe.next_change(u) for u in (0, 10, 20)] == [10, 20, None]
    assert recipe.latest == second
    assert recipe.changed(20, first).changes == recipe.changes[:1]  # back to what it was: no change at all
    assert recipe.changed(5, second).changes == ((5, second),)  # a change at an earlier update forgets what came later


def test_a_network_has_its_bounds():
    assert Structure(widths=(1000, 500, 250, 250, 250)).n_layers == 6  # the paper's
    with pytest.raises(Problem) as found:
        Structure(widths=(2000,) * 6)
    assert found.value.key == "too_many_weights"


@pytest.mark.parametrize("name", settings.PER_LAYER)
def test_a_recipe_wants_a_value_for_every_layer(name):
    with pytest.raises(Problem):
        Recipe(Structure(widths=(10,)), Live())
    short = Live().having({name: getattr(Live(), name)[:4]})
    for ask in (lambda: Recipe(live=short), lambda: Recipe(changes=((5, short),))):
        with pytest.raises(Problem) as caught:
            ask()
        assert caught.value.key == "bad_length" and caught.value.values == {"name": name, "n": 4, "expected": 5}


# --- as JSON


def test_a_switch_of_all_layers_is_one_bool_as_it_was_when_it_had_one_value():
    live = Live(lateral=(False,) * 5, top_down=(True, True, False, True, True))
    values = live.to_json()
    assert values["lateral"] is False and values["top_down"] == (True, True, False, True, True)
    assert values["noise_std"] == (0.3,) * 5  # never written shorter
    assert list(values) == list(settings.knobs(Live))
    assert Live.from_json(json.loads(json.dumps(values))) == live


@pytest.mark.parametrize("n", [3, 5, 8])
@pytest.mark.parametrize("on", [True, False])
def test_one_bool_means_all_layers_of_its_run(on, n):
    of_before = {"noise_std": [0.3] * n, "lambdas": [1.0] * n, "lateral": on, "top_down": not on, "n_labeled": 30}
    live = Live.from_json(of_before)
    assert live.lateral == (on,) * n and live.top_down == (not on,) * n
    assert live.n_labeled == 30 and live.batch_size == Live.batch_size


@pytest.mark.parametrize("values", [{"nosuch": 1}, [], None, 5])
def test_values_that_are_no_choices_are_a_type_error(values):
    with pytest.raises(TypeError):
        Live.from_json(values)


def test_the_last_of_several_changes_at_one_update_counts():
    first, second = replace(Live(), n_labeled=50), replace(Live(), n_labeled=100)
    recipe = Recipe().changed(10, first).changed(10, second)
    assert recipe.changes == ((10, second),)
    assert recipe.changed(10, Live()).changes == ()
    assert Recipe().changed(0, first).at(0) == first


@pytest.mark.parametrize("updates", [(20, 10), (10, 10), (-1,), (0, 5, 5), (2.5,), ("x",), (None,), (True,), ([],)])
def test_changes_stand_in_rising_order(updates):
    with pytest.raises(Problem) as caught:
        Recipe(changes=tuple((update, Live()) for update in updates))
    assert caught.value.key == "bad_changes"


def test_whole_updates_and_lists_of_changes_are_put_into_their_types():
    recipe = Recipe(changes=[[0.0, Live()], [3, Live()]])
    assert recipe.changes == ((0, Live()), (3, Live()))
    assert type(recipe.changes[0][0]) is int
    hash(recipe)
    with pytest.raises(Problem):
        recipe.changed(-1, Live(n_labeled=50))
