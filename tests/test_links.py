"""Links: what is written is read, and nonsense is named and left out."""

import random
from dataclasses import replace

import pytest

from ladder import links
from ladder.settings import Live, Recipe, Structure
from ladder.view import View


def some_recipe() -> Recipe:
    structure = Structure("moons", 0.22, (30, 20), "leaky_relu", "amlp_2_2", 7, 11)
    live = replace(
        links.default_live(structure), learning_rate=0.0123456789, n_labeled=50, lambdas=(500.0, 0.0, 3.0, 0.1)
    )
    recipe = Recipe(structure, live).changed(300, replace(live, noise_std=(0.1, 0.2, 0.3, 0.4), lateral=False))
    return recipe.changed(450, replace(recipe.latest, n_updates=0, stop_error=0.05))


def test_a_recipe_and_its_view_survive_the_link():
    recipe, view = some_recipe(), View("share", False, 2, 4, "zh")
    address = links.address("http://here/", recipe, view, 700)
    assert address.startswith("http://here/?v=1&")
    link = links.parse(address)
    assert (link.recipe, link.view, link.at, link.warnings) == (recipe, view, 700, [])
    assert link.run is None and not link.bare


def test_a_bare_address_has_only_the_version():
    assert links.query(Recipe(), View(), 0) == {"v": "1"}
    assert links.read({"v": "1"}).bare and links.read({"lang": "zh"}).bare


@pytest.mark.parametrize(
    "params, key, used",
    [
        ({"noise": "9"}, "noise", Live().noise_std),
        ({"lam": "1,2"}, "lam", Live().lambdas),
        ({"widths": "ten"}, "widths", None),
        ({"labels": "3"}, "labels", None),
        ({"labels": "5000"}, "labels", None),
        ({"lateral": "yes"}, "lateral", None),
        ({"g": "magic"}, "g", None),
        ({"at": "-1"}, "at", None),
        ({"lr": "nan"}, "lr", None),
    ],
)
def test_a_bad_value_is_named_and_the_default_used(params, key, used):
    link = links.read(params)
    assert [warning.key for warning in link.warnings] == ["link_value"]
    assert link.warnings[0].values["key"] == key
    assert link.recipe == Recipe()


def test_unknown_names_versions_and_changes_are_named():
    link = links.read({"v": "9", "colour": "blue", "h": "x!noise=1;10!noise=0.5"})
    assert [warning.key for warning in link.warnings] == ["link_unknown", "link_version", "link_change"]
    assert link.recipe.changes[0][0] == 10


@pytest.mark.parametrize(
    "step", ["5!bar=2", "-1!noise=0.5", "99999999999!noise=0.5", "5!noise", "x", "5!noise=0.5;5!noise=0.4"]
)
def test_a_change_that_means_nothing_here_is_named(step):
    assert [warning.key for warning in links.read({"h": step}).warnings] == ["link_change"]


def test_an_endless_value_is_not_repeated_in_its_warning():
    warning = links.read({"labels": "1" * 5000}).warnings[0]
    assert len(str(warning.values["reason"].values)) < 100


def test_no_query_string_is_an_error():
    rng = random.Random(0)
    names = [*links.STRUCTURE_KEYS.values(), *links.LIVE_KEYS.values(), *links.VIEW_KEYS.values(), "at", "h", "v"]
    for _ in range(300):
        params = {
            rng.choice(names): "".join(rng.choices("0123456789.,-!;=enax测", k=rng.randint(0, 12))) for _ in range(4)
        }
        link = links.read(params)
        assert links.read(links.query(link.recipe, link.view, link.at)).recipe == link.recipe
