"""Who can be compared: registries that agree, choices that are checked, texts for all of them."""

import pickle
from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from ladder import i18n, settings
from ladder.data import datasets
from ladder.models import autoencoders
from ladder.problems import Problem
from ladder.recipe.contestants import (
    ARTICLES,
    AUTOENCODERS,
    CODE_ACTIVATION_NAMES,
    CONTESTANTS,
    OPTIONS,
    USUAL,
    Contestant,
    article,
    check,
    usual,
)
from ladder.settings import Structure, knobs
from ladder.training import contestants

KNOBS = {name: one for name, one in knobs(Contestant).items() if name != "model"}
OFFLINE = [name for name, info in datasets.DATASETS.items() if not isinstance(info, datasets.Idx)]


def who_has(option: str) -> str:
    """A model with that option."""
    return next(model for model, options in OPTIONS.items() if option in options)


def test_the_registries_agree():
    assert set(OPTIONS) == set(CONTESTANTS)
    assert set(contestants.NETWORKS) == {name for name, family in CONTESTANTS.items() if family == "network"}
    assert set(AUTOENCODERS) == set(autoencoders.NETWORKS)
    assert set(CODE_ACTIVATION_NAMES) == set(autoencoders.CODE_ACTIVATIONS)
    ladders = {name for name, family in CONTESTANTS.items() if family == "ladder"}
    assert ladders - {"ladder", "twin"} <= set(settings.PRESETS)
    assert {name for options in OPTIONS.values() for name in options} == set(KNOBS)
    assert all(set(choices) <= set(OPTIONS[model]) for model, choices in USUAL.items())


@pytest.mark.parametrize("name", KNOBS)
def test_every_option_takes_its_whole_range_and_nothing_else(name):
    one, model = KNOBS[name], who_has(name)
    if one.choices:
        good, bad = one.choices, ("nosuch", "", None, 0)
    elif one.kind is bool:
        good, bad = (True, False), ("perhaps", 2)
    else:
        good, bad = (one.low, one.high), (one.low - 1, one.high * 1.01 + 1, float("nan"), "word", None)
    for value in good:
        kept = getattr(Contestant(model, **{name: value}), name)
        assert kept == value
        assert type(kept) is one.kind
    for value in bad:
        with pytest.raises(Problem) as caught:
            Contestant(model, **{name: value})
        assert caught.value.values["name"] == name
        assert all(i18n.problem(caught.value, language) for language in i18n.LANGUAGES)


def test_an_unknown_model_is_a_problem():
    with pytest.raises(Problem) as caught:
        Contestant("nosuch")
    assert caught.value.values["name"] == "model"


def test_choices_that_a_model_does_not_have_are_at_their_defaults():
    """So that two contestants are equal when they train the same."""
    assert Contestant("vat", contraction=5.0, dropout=0.5) == Contestant("vat")
    assert Contestant("plain", dropout=0.5) != Contestant("plain")
    assert Contestant("ladder", alpha=3.0) == Contestant()


def test_cross_entropy_is_of_a_sigmoid():
    assert Contestant("plain", loss="cross_entropy", output="linear").output == "sigmoid"
    assert Contestant("plain", output="linear").output == "linear"


@pytest.mark.parametrize("model", CONTESTANTS)
def test_a_contestant_is_a_plain_value(model):
    one = usual(model)
    assert pickle.loads(pickle.dumps(one)) == one
    assert len({one, usual(model)}) == 1
    with pytest.raises(FrozenInstanceError):
        one.model = "plain"


@pytest.mark.parametrize("dataset", OFFLINE)
def test_images_and_no_other_data_lie_between_zero_and_one(dataset):
    data = datasets.load(dataset)
    inside = all(part.min() >= 0 and part.max() <= 1 for part in (data.x, data.x_test))
    assert inside == (datasets.DATASETS[dataset].image_shape is not None)


@pytest.mark.parametrize(
    "model, options, key",
    [
        ("plain", {"loss": "cross_entropy"}, "cross_entropy_range"),
        ("variational", {"output": "sigmoid"}, "sigmoid_range"),
        ("denoising", {"corruption": "salt_pepper"}, "salt_pepper_range"),
    ],
)
@pytest.mark.parametrize("dataset", OFFLINE)
def test_what_needs_unit_inputs_says_so_on_other_data(model, options, key, dataset):
    structure, contestant = Structure(dataset=dataset, widths=(4,)), Contestant(model, **options)
    if dataset == "digits":
        check(contestant, structure)
        return
    for attempt in (check, lambda *pair: contestants.initial(*pair, datasets.load(dataset))):
        with pytest.raises(Problem) as caught:
            attempt(contestant, structure)
        assert caught.value.key == key
        assert all(i18n.problem(caught.value, language) for language in i18n.LANGUAGES)


@pytest.mark.parametrize(
    "widths, code_activation, fits", [((4,), "sigmoid", True), ((5, 4), "sigmoid", False), ((4,), "relu", False)]
)
def test_stale_weights_are_for_one_layer_of_sigmoids(widths, code_activation, fits):
    contestant = Contestant("contractive", code_activation=code_activation, stale_weights=True)
    if fits:
        check(contestant, Structure(widths=widths))
        return
    with pytest.raises(Problem) as caught:
        check(contestant, Structure(widths=widths))
    assert all(i18n.problem(caught.value, language) for language in i18n.LANGUAGES)


@pytest.mark.parametrize("model", CONTESTANTS)
@pytest.mark.parametrize("dataset", settings.DATASET_NAMES)
def test_usual_choices_run_on_all_data(model, dataset):
    check(usual(model), Structure(dataset=dataset))


def test_every_choice_has_its_words():
    catalogue = i18n.catalogue()
    wanted = [f"contestant.{name}.{part}" for name in CONTESTANTS for part in ("label", "help")]
    wanted += [f"knob.{name}.{part}" for name in KNOBS for part in ("label", "help")]
    wanted += [f"choice.{value}" for one in KNOBS.values() for value in one.choices]
    wanted += [f"article.{name}.{part}" for name in ARTICLES for part in ("label", "help", "differs")]
    assert [key for key in wanted if key not in catalogue] == []


# --- the two articles


def test_the_keras_article_is_as_it_is_written():
    one = article("keras_article", "mnist")
    assert one.structure.widths == (128, 64)
    assert (one.contestant.dropout, one.contestant.code_noise, one.contestant.output) == (0.3, 0.3, "sigmoid")
    assert (one.live.learning_rate, one.live.batch_size, one.live.n_updates) == (1e-3, 128, 10 * 469)
    assert one.live.rate_at(4689) == 1e-3
    assert one.printed == {1: 0.0471, 10: 0.0178}
    data = datasets.load("digits")
    digits = article("keras_article")
    assert digits.printed == {}  # its figures are MNIST's
    places = contestants.layout_for(digits.contestant, digits.structure, data).places
    shapes = {name: place[1] for name, place in places.items()}
    assert [shapes[name] for name in ("W1", "W2", "V2", "V1")] == [(64, 128), (128, 64), (64, 128), (128, 64)]


def test_the_contractive_article_s_weight_is_that_of_a_mean_over_the_inputs():
    """MSE (a mean) + 0.001 C = (sum of squares + 0.001 d C) / d."""
    for dataset, d in (("digits", 64), ("mnist", 784)):
        one = article("contractive_article", dataset)
        assert one.contestant.contraction == pytest.approx(1e-3 * d)
        assert one.contestant.stale_weights
        assert not one.contestant.tied
        assert (one.structure.widths, one.live.batch_size, one.n_epochs) == ((64,), 100, 3)


@pytest.mark.parametrize(
    "name, dataset",
    [("nosuch", "digits"), ("keras_article", "moons"), ("contractive_article", "moons"), ("keras_article", "nosuch")],
)
def test_an_article_that_cannot_run_says_why(name, dataset):
    with pytest.raises(Problem) as caught:
        article(name, dataset)
    assert caught.value.key == "bad_choice"


@pytest.mark.parametrize("name", ARTICLES)
def test_the_articles_learn(name):
    one = article(name)
    data = datasets.load("digits")
    state = contestants.initial(one.contestant, one.structure, data)
    _, (metrics,) = contestants.train([state], [one.contestant], [one.structure], [one.live], data, 30)
    assert metrics.bad is None
    losses = metrics["reconstruction"]
    assert losses[-5:].mean() < 0.7 * losses[0]


def test_defaults_lie_in_their_own_ranges():
    for one in fields(Contestant):
        assert knobs(Contestant)[one.name].check(one.default) == one.default
    assert all(np.isfinite(one.default) for one in KNOBS.values() if not one.choices)
