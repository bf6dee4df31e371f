"""What the contestants of a comparison share and what they do not, found by training them; what old links mean."""

from dataclasses import replace

import numpy as np
import pytest
from farming import rested

from ladder import i18n
from ladder.data.datasets import load
from ladder.experiments import tournament
from ladder.live.race_session import RaceSession
from ladder.live.session import Session
from ladder.recipe import race as races
from ladder.recipe.contestants import CONTESTANTS, OPTIONS, on_equal_terms, usual
from ladder.recipe.race import Race
from ladder.settings import PRESETS, Live, Recipe, Structure, fitted
from ladder.training import contestants

STRUCTURE = Structure(widths=(12, 6), weight_seed=3, label_seed=4)
LIVE = fitted(Live(noise_std=(0.3,) * 4, lambdas=(1000.0, 10.0, 0.1, 0.1), batch_size=40), 3)
TRAINED = [name for name, family in CONTESTANTS.items() if family != "reference"]
OWN_NOISE = {"noise", "no_noise", "corruption", "dropout", "code_noise", "drawn_code", "fitted"}  # names of own terms
OLD_KEYS = {"ladder": "6a042b1d35cff193", "supervised_noise": "6aa1d1372ec9de74", "denoising": "5ffd36ab8f2b6b71"}


def trained(model: str, live: Live = LIVE, structure: Structure = STRUCTURE, n: int = 3) -> np.ndarray:
    """The parameters of a contestant after n updates in a comparison on equal terms."""
    race, data = Race(structure, live, (on_equal_terms(model), usual("knn"))), load(structure.dataset)
    contestant, mine = race.contestants[0], race.live_of(race.contestants[0])
    start = contestants.initial(contestant, structure, data)
    (state,), _ = contestants.train([start], [contestant], [structure], [mine], data, n)
    return state.theta


@pytest.mark.parametrize("noise_std", [(0.3,) * 4, (0.7,) * 4, (0.1, 0.4, 0.0, 0.2)])
def test_the_twin_of_a_comparison_is_the_live_page_s_twin(noise_std):
    """Number for number, at every measurement. `supervised_noise`, which the help once called so, is not."""
    live = replace(LIVE, noise_std=noise_std)
    alone = Session(Recipe(STRUCTURE, live))
    race = Race(STRUCTURE, live, tuple(map(usual, ("ladder", "twin", "supervised_noise"))))
    together = RaceSession(race, (None,) * 3)
    for session in (alone, together):
        session.replay(100, then_play=False)
        rested(session)
    errors = together.history.arrays["error"]
    assert list(errors[:, 0]) == list(alone.history.arrays["test_error"])
    assert list(errors[:, 1]) == list(alone.history.arrays["twin_error"])
    states = [runner.state.theta for runner in together.runners]
    assert np.array_equal(states[0], alone.state.theta)
    assert np.array_equal(states[1], alone.twin.theta)
    assert not np.array_equal(states[2], alone.twin.theta)


def test_references_alone_are_compared_without_updates():
    race = Race(STRUCTURE, replace(LIVE, n_updates=0), tuple(map(usual, ("knn", "svm"))))
    assert len(tournament.points_of(race, [20], 2)) == 4


@pytest.mark.parametrize("model", TRAINED)
def test_the_comparison_s_noise_trains_all_but_those_that_name_their_own(model):
    moved = not np.array_equal(trained(model), trained(model, replace(LIVE, noise_std=(0.6,) * 4)))
    contestant = on_equal_terms(model)
    named = OWN_NOISE & set(Race(STRUCTURE, LIVE, (contestant, usual("knn"))).own_terms(contestant))
    assert moved == contestant.takes_noise == (not named)


@pytest.mark.parametrize("model", ["ladder", "bottom", "gamma", "twin", "pseudo_label", "vat"])
def test_every_model_with_noise_at_each_layer_has_the_comparison_s(model):
    race = Race(STRUCTURE, replace(LIVE, noise_std=(0.1, 0.4, 0.0, 0.2)), (on_equal_terms(model), usual("knn")))
    assert race.live_of(race.contestants[0]).noise_std == race.live.noise_std


@pytest.mark.parametrize(
    "model, options, terms",
    [
        ("ladder", {}, {}),
        ("twin", {}, {}),
        ("gamma", {"shared_noise": True}, {"lambdas": {"lambdas": (0.0, 0.0, 0.0, 0.5)}}),
        ("gamma", {}, {"lambdas": {"lambdas": (0.0, 0.0, 0.0, 0.5)}, "noise": {"noise_std": (0.3,) * 4}}),
        ("supervised_noise", {}, {"noise": {"noise_std": (0.3, 0.5, 0.5, 0.5)}}),
        ("supervised", {}, {"no_noise": {}}),
        ("denoising", {"corruption_level": 0.5}, {"corruption": {"kind": "gaussian", "level": 0.5}}),
        ("denoising", {"corruption_level": 0.0}, {"no_noise": {}}),
        ("plain", {"dropout": 0.2, "code_noise": 0.1}, {"dropout": {"share": 0.2}, "code_noise": {"std": 0.1}}),
        ("contractive", {}, {"no_noise": {}}),
        ("variational", {}, {"drawn_code": {}}),
        ("svm", {}, {"fitted": {}}),
    ],
)
def test_what_is_not_shared_is_named(model, options, terms):
    contestant = contestants.registry.Contestant(model, **options)
    found = Race(STRUCTURE, LIVE, (contestant, usual("knn"))).own_terms(contestant)
    code = {"code": {"activation": contestant.code_activation}} if "code_activation" in OPTIONS[model] else {}
    assert found == {**terms, **code}


@pytest.mark.parametrize("model", TRAINED)
def test_lambdas_of_a_comparison_are_the_ladder_s_alone(model):
    moved = not np.array_equal(trained(model), trained(model, replace(LIVE, lambdas=(1.0, 0.0, 5.0, 0.0))))
    assert moved == (model == "ladder")


@pytest.mark.parametrize("model", TRAINED)
@pytest.mark.parametrize(
    "change",
    [
        {"weight_seed": 9},
        {"label_seed": 9},
        {"widths": (10, 6)},
        {"activation": "tanh"},
        {"learning_rate": 0.01},
        {"n_labeled": 50},
        {"batch_size": 10},
        {"n_updates": 2},
    ],
    ids=str,
)
def test_what_is_called_the_same_for_all_reaches_every_network(model, change):
    in_structure = {name: value for name, value in change.items() if hasattr(STRUCTURE, name)}
    structure = replace(STRUCTURE, **in_structure)
    live = replace(LIVE, **{name: value for name, value in change.items() if name not in in_structure})
    before, after = trained(model), trained(model, live, structure)
    # An autoencoder learns its code without labels: these reach its classifier (tests/analysis/test_readers.py).
    unlabelled = set(change) <= {"label_seed", "n_labeled"} and "classify" in contestants.registry.OPTIONS[model]
    assert np.array_equal(before, after) == unlabelled


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("model", ["bottom", "gamma", "supervised_noise", "supervised"])  # as old links mean them
def test_a_model_with_settings_of_its_own_says_which(model, language):
    """The numbers in its help are those that it trains with, whatever the comparison's are."""
    live = Race(STRUCTURE, replace(LIVE, noise_std=(0.9,) * 4), (usual(model), usual("knn"))).live_of(usual(model))
    words = i18n.text(f"contestant.{model}.help", language)
    assert model in PRESETS
    for value in {value for value in (*live.noise_std, *live.lambdas) if value}:
        assert f"{value:g}" in words


def test_an_old_link_trains_what_it_trained():
    """Written at 4a04346, when `supervised_noise` stood in the first line-up."""
    link, race = races.read({"v": "1", "noise": "0.6", "with": "ladder,supervised_noise,denoising", "at": "50"})
    assert not link.warnings
    assert [one.model for one in race.contestants] == ["ladder", "supervised_noise", "denoising"]
    assert race.live_of(race.contestants[1]).noise_std == (0.3, 0.5, 0.5, 0.5, 0.5)
    assert race.live_of(race.contestants[0]).noise_std == (0.6,) * 5


@pytest.mark.parametrize("model", ["bottom", "gamma"])
def test_a_link_of_before_keeps_the_published_noise_and_a_new_one_the_comparison_s(model):
    """Links of 4a04346 name these models without an option."""
    _, old = races.read({"v": "1", "noise": "0.6", "with": f"ladder,{model}"})
    assert old.live_of(old.contestants[1]).noise_std == (0.3,) * 5
    new = replace(old, contestants=(usual("ladder"), on_equal_terms(model)))
    assert new.live_of(new.contestants[1]).noise_std == (0.6,) * 5
    link, again = races.read(races.query(new, "en", 0))
    assert again == new and not link.warnings


@pytest.mark.parametrize("model", ["bottom", "gamma"])
def test_a_run_that_is_the_same_on_both_terms_is_kept_once(model):
    """The published noise is 0.3: with it a result of before is that of the model on equal terms too."""
    keys = [
        {point.cell.key for point in tournament.points_of(Race(contestants=(usual("ladder"), one)), [20], 2)}
        for one in (usual(model), on_equal_terms(model))
    ]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    "models, used, n_warnings",
    [
        ("foo,ladder", "ladder,twin,denoising", 2),
        ("ladder", "ladder,twin,denoising", 1),
        ("foo", "ladder,twin,denoising", 1),
        ("foo,svm,denoising!corruption_level=0.2", "svm,denoising!corruption_level=0.2", 1),
        ("ladder,bottom,gamma,twin,plain,svm,knn", "ladder,bottom,gamma,twin,plain,svm", 1),
    ],
)
def test_contestants_that_a_link_cannot_have_say_which_are_compared_instead(models, used, n_warnings):
    link, race = races.read({"v": "1", "with": models})
    assert ",".join(map(races.written, race.contestants)) == used
    said = [i18n.problem(one, "en") for one in link.warnings]
    assert len(said) == n_warnings and all(f"Used instead: {used}." in one for one in said)


def test_kept_results_are_found_under_the_keys_of_old():
    """Keys of a tournament's cells as 4a04346 wrote them into databases; the twin has one of its own."""
    race = Race(contestants=tuple(map(usual, ("ladder", "supervised_noise", "denoising", "twin"))))
    keys = {point.cell.contestant.model: point.cell.key for point in tournament.points_of(race, [20], 2)[::2]}
    assert {model: key[:16] for model, key in keys.items() if model != "twin"} == OLD_KEYS
    assert len(set(keys.values())) == 4
