"""Links: what is written is read, and nonsense is named and left out."""

import random
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from streamlit.testing.v1 import AppTest
from widgets import MAIN

from ladder import i18n
from ladder.recipe import arrivals, defaults, links, race
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.ui import service

N_WORKERS = 1


def some_recipe() -> Recipe:
    structure = Structure("moons", 0.22, (30, 20), "leaky_relu", "amlp_2_2", 7, 11)
    live = replace(
        defaults.default_live(structure), learning_rate=0.0123456789, n_labeled=50, lambdas=(500.0, 0.0, 3.0, 0.1)
    )
    recipe = Recipe(structure, live)
    recipe = recipe.changed(300, replace(live, noise_std=(0.1, 0.2, 0.3, 0.4), lateral=(False,) * 4))
    recipe = recipe.changed(400, replace(recipe.latest, lateral=(True, False, True, True), top_down=(False,) * 4))
    return recipe.changed(450, replace(recipe.latest, n_updates=0, stop_error=0.05))


def test_a_recipe_and_its_view_survive_the_link():
    recipe, view = some_recipe(), View("share", False, 2, 4, 30, "zh")
    address = links.address("http://here/", recipe, view, 700)
    assert address.startswith("http://here/?v=1&")
    link = links.parse(address)
    assert (link.recipe, link.view, link.at, link.warnings) == (recipe, view, 700, [])
    assert link.run is None and not link.bare


def test_a_bare_address_has_only_the_version():
    for bare in ({"v": "1"}, {"lang": "zh"}, {}):
        assert links.read(bare).bare and links.read(bare).recipe == defaults.OPENING
    assert links.read({"v": "1", "at": "300"}).recipe == Recipe() != defaults.OPENING  # as before there was an OPENING
    assert not links.read(links.query(Recipe(), View(), 0)).bare  # a run at its beginning, which the bare one is not


def test_other_data_take_their_own_weights_and_noise_unless_somebody_chose_them():
    digits, moons = Structure(), Structure("moons")
    usual = defaults.default_live(moons)
    assert defaults.carried_over(Live(), digits, moons) == usual != Live()
    chosen = replace(Live(), lambdas=(0.0, 0.0, 0.0, 0.0, 0.5), learning_rate=0.01)
    kept = defaults.carried_over(chosen, digits, moons)
    assert kept == replace(chosen, noise_std=usual.noise_std, n_labeled=usual.n_labeled)
    deeper = defaults.carried_over(chosen, digits, replace(digits, widths=(9,) * 5))
    assert len(deeper.lambdas) == 7 and deeper.n_labeled == chosen.n_labeled


def test_cut_signals_stay_cut_at_another_depth():
    digits, deep = Structure(), Structure(widths=(9,) * 5)
    cut = replace(Live(), lateral=(False,) * 5, top_down=(False, True, True, True, True))
    kept = defaults.carried_over(cut, digits, deep)
    assert kept.lateral == (False,) * 7 and kept.top_down == (False, *(True,) * 6)
    assert Recipe(deep, kept) and defaults.carried_over(kept, deep, digits) == cut
    assert defaults.carried_over(Live(), digits, deep) == defaults.default_live(deep)


@pytest.mark.parametrize(
    "word, lateral",
    [
        ("0", (False,) * 5),  # as links have it since before switches had a value for each layer
        ("1", (True,) * 5),
        ("1,0,1,1,1", (True, False, True, True, True)),
        ("1:0:1:1:1", (True, False, True, True, True)),
        ("0,0,0,0,0", (False,) * 5),
    ],
)
def test_a_switch_in_a_link_is_of_all_layers_or_of_each(word, lateral):
    link = links.read({"v": "1", "lateral": word, "h": f"5!topdown={word}"})
    assert not link.warnings
    assert link.recipe.live == replace(Live(), lateral=lateral)
    assert link.recipe.latest == replace(Live(), lateral=lateral, top_down=lateral)


def test_a_link_writes_a_switch_once_where_all_layers_are_alike():
    def words(**choices) -> dict[str, str]:
        return links.query(Recipe(live=replace(Live(), **choices)), View(), 9)

    assert words(lateral=(False,) * 5) == {"v": "1", "lateral": "0", "at": "9"}
    assert words(top_down=(True, False, True, True, False)) == {"v": "1", "topdown": "1,0,1,1,0", "at": "9"}


@pytest.mark.parametrize(
    "params, key, used",
    [
        ({"noise": "9"}, "noise", Live().noise_std),
        ({"lam": "1,2"}, "lam", Live().lambdas),
        ({"widths": "ten"}, "widths", None),
        ({"labels": "3"}, "labels", None),
        ({"labels": "5000"}, "labels", None),
        ({"lateral": "yes"}, "lateral", None),
        ({"topdown": "2"}, "topdown", None),
        ({"topdown": "1,0"}, "topdown", None),
        ({"lateral": "1,0,1,1,2"}, "lateral", None),
        ({"batch": "2.7"}, "batch", None),
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


WHOLE = "v=1&data=moons&labels=20&noise=0.1,0.2,0.3&widths=30&h=300!noise=0.4&at=310&lang=zh"
# What happens to a link on its way, and whether anybody is told of it.
DAMAGE = {
    "an escaped ampersand": lambda text: text.replace("&", "&amp;"),
    "escaped twice": lambda text: text.replace("&", "&amp;amp;"),
    "encoded whole": lambda text: urlencode({text: ""}).removesuffix("="),
    "encoded twice": lambda text: text.replace("=", "%253D", 5).replace("%253D", "=", 5).replace(",", "%252C"),
    "an encoded ampersand": lambda text: text.replace("&", "%26"),
    "capitals": lambda text: text.replace("labels", "LABELS").replace("v=1", "V=1"),
    "wide signs": lambda text: text.replace("&", "＆").replace("=", "＝").replace(",", "，"),
    "wide digits": lambda text: text.replace("20", "２０"),
    "a full stop": lambda text: text + ".",
    "a bracket": lambda text: text + ")",
    "an angle bracket": lambda text: text + ">",
    "smart quotes": lambda text: text + "”.",
    "a Chinese sentence": lambda text: text + "，请打开。",
    "a line break": lambda text: text.replace("moons", "mo\r\n ons"),
    "a line break in a key": lambda text: text.replace("labels", "lab\nels"),
    "invisible letters": lambda text: text.replace("labels", "\u200blab\u00adels\ufeff"),
    "mail's own encoding": lambda text: text.replace("=", "=3D"),
    "trackers": lambda text: (
        f"utm_source=x&fbclid=1&{text}&gclid=2&mc_cid=3&utm_medium=mail&msclkid=4&from=groupmessage"
    ),
    "encoded trackers": lambda text: f"{text}%26utm_source%3Dx",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_link_that_was_damaged_on_its_way_means_what_it_meant(damage):
    expected, found = links.parse(f"http://here/?{WHOLE}"), links.parse(f"http://here/?{damage(WHOLE)}")
    assert expected.warnings == [] and expected.recipe.structure.dataset == "moons"
    assert found == expected


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_so_does_a_comparison_s_link(damage):
    whole = "v=1&with=ladder,denoising!corruption_level=0.5,svm&labels=20&noise=0.1&lang=zh"
    read = lambda text: race.read(dict(parse_qsl(text, keep_blank_values=True)))  # noqa: E731
    assert read(damage(whole)) == read(whole) and read(whole)[0].warnings == []


def test_a_whole_link_is_left_as_it_is():
    recipe, view = some_recipe(), View("share", False, 2, 4, 30, "zh")
    params = links.query(recipe, view, 700, "3f9a-_b")
    assert arrivals.mended(params, links.KEYS) == params
    names = {"v": "1", "sweep": "Ａ & b=1.)", "search": "50%25 “ours”."}
    assert arrivals.mended(names, {"v", "sweep", "search"}) == names


@pytest.mark.parametrize("key", ["colour", "label", "amp;colour", "utm", "noise_std", "Learning Rate", "v2", "clid_"])
def test_a_setting_that_there_is_not_is_still_named(key):
    assert [warning.key for warning in links.read({"v": "1", key: "3"}).warnings] == ["link_unknown"]


def test_a_place_that_is_no_update_is_told_without_its_key_twice():
    (warning,) = links.read({"v": "1", "at": "-4"}).warnings
    said = i18n.problem(warning, "en")
    assert said.count("at: ") == 0 and "“-4” is not a whole number from 0 to 100000" in said


def test_no_query_string_is_an_error():
    rng = random.Random(0)
    names = [*links.STRUCTURE_KEYS.values(), *links.LIVE_KEYS.values(), *links.VIEW_KEYS.values(), "at", "h", "v"]
    for _ in range(300):
        params = {
            rng.choice(names): "".join(rng.choices("0123456789.,-!;=enax测", k=rng.randint(0, 12))) for _ in range(4)
        }
        link = links.read(params)
        assert links.read(links.query(link.recipe, link.view, link.at)).recipe == link.recipe


def with_changes(n: int, every: int = 1) -> Recipe:
    """A recipe with n changes, at updates every, 2 * every, ..."""
    lives = [Live(n_labeled=20 + i % 2) for i in range(n + 1)]
    return Recipe(live=lives[0], changes=tuple((every * i, lives[i]) for i in range(1, n + 1)))


@pytest.mark.parametrize(
    "recipe, at, reach",
    [
        (with_changes(links.MAX_CHANGES), 10_000, 10_000),
        (with_changes(links.MAX_CHANGES + 1), 10_000, links.MAX_CHANGES + 1),
        (with_changes(links.MAX_CHANGES + 50), 10, 10),
        (with_changes(3, links.MAX_AT), 5 * links.MAX_AT, links.MAX_AT),
        (Recipe(), links.MAX_AT, links.MAX_AT),
        (Recipe(), links.MAX_AT + 1, links.MAX_AT),
    ],
    ids=["full", "one change more", "later changes", "late changes", "long", "too long"],
)
def test_a_link_repeats_a_run_exactly_as_far_as_it_says(recipe, at, reach):
    link = links.read(links.query(recipe, View(), at))
    assert link.warnings == [] and link.at == links.reach(recipe, at) == reach
    assert all(link.recipe.at(update) == recipe.at(update) for update in range(min(reach, 500)))
    short = links.shortfall(recipe, at)
    assert (short is None) == (link.at == at and link.recipe == recipe)
    if short:
        for language in i18n.LANGUAGES:
            sentence = i18n.problem(short, language)
            assert f" {reach} " in sentence and f" {links.MAX_CHANGES} " in sentence


@pytest.mark.parametrize("n_changes", [10, 60, 200])
def test_an_address_passes_a_proxy_however_much_its_run_was_changed(n_changes):
    structure = Structure("spirals", 0.123456, (100, 90, 80, 70, 60), "leaky_relu", "amlp_2_2_2", 9999, 9999)
    rng = random.Random(1)
    lives = [
        replace(
            defaults.default_live(structure),
            noise_std=tuple(rng.random() for _ in range(7)),
            lambdas=tuple(1000 * rng.random() for _ in range(7)),
            learning_rate=rng.uniform(0.0001, 0.01),
        )
        for _ in range(n_changes + 1)
    ]
    recipe = Recipe(structure, lives[0], tuple((70_000 + i, lives[i]) for i in range(1, n_changes + 1)))
    view, at = View("share", False, 2, 4, 999, "zh"), links.MAX_AT
    place = "https://lab.a-university-with-a-long-name.example.edu/user/somebody.long@example.edu/proxy/8501/"
    for params in (links.query(recipe, view, at, "3f9a6f2c71b04a7e9d3c"), links.query(recipe, view, at)):
        assert len(f"{place}?{urlencode(params)}") < 6144  # as Streamlit writes it; nginx refuses 8,192
        link = links.read(params)
        reach = links.reach(recipe, at)
        assert link.warnings == [] and link.at == reach > 70_000
        assert all(link.recipe.at(update) == recipe.at(update) for update in range(70_000, min(reach, 70_210)))
    assert (links.shortfall(recipe, at) is None) == (n_changes == 10)
    assert len(links.address(place, recipe, view, at)) < 6144


def test_changes_beyond_those_that_are_read_are_told():
    steps = ";".join(f"{i}!labels={20 + i % 2}" for i in range(1, links.MAX_CHANGES + 3))
    link = links.read({"h": steps})
    assert [(one.key, one.values["n"]) for one in link.warnings] == [("link_long", links.MAX_CHANGES + 2)]
    assert len(link.recipe.changes) == links.MAX_CHANGES


@pytest.fixture
def page(lab):
    """page(run_id): the live page of a run, drawn."""
    service.use(lab)

    def opened(run_id: str) -> AppTest:
        drawn = AppTest.from_file(MAIN, default_timeout=30)
        drawn.query_params["run"] = run_id
        drawn.run()
        assert not drawn.exception
        return drawn

    return opened


def test_the_page_says_when_its_link_is_shorter_than_the_run(lab, until, page):
    structure = Structure("moons", widths=(4,))
    first = defaults.default_live(structure)
    lives = [replace(first, n_labeled=20 + i % 2) for i in range(links.MAX_CHANGES + 2)]
    for n, told in ((links.MAX_CHANGES, False), (links.MAX_CHANGES + 1, True)):
        recipe = Recipe(structure, lives[0], tuple((i, lives[i]) for i in range(1, n + 1)))
        run_id = lab.create(recipe, n + 5)
        until(run_id, lambda status, n=n: status.update == n + 5)
        drawn = page(run_id)
        drawn.session_state["share"] = True
        warnings = [one.value for one in drawn.run().warning]
        assert len(warnings) == told
        if told:
            assert f"up to update {n} only" in warnings[0]


def test_an_address_whose_run_cannot_be_read_opens_a_new_one(lab, page):
    good = lab.checkpoint(lab.create(Recipe(Structure("moons", widths=(4,)), fitted(Live((0.3,) * 3, (1.0,) * 3), 2))))
    for content in (b"hello", good[: len(good) // 2]):
        lab.store.path("odd_run").write_bytes(content)
        drawn = page("odd_run")
        assert drawn.session_state["run"] != "odd_run"
        assert ["checkpoint" in drawn.warning[0].value, "odd_run" in drawn.warning[1].value] == [True, True]


@pytest.mark.parametrize(
    "query, key",
    [
        ("known=1", "known_classes"),
        ("known=10", "known_classes"),
        ("unlabeled=5000", "unlabeled_too_many"),
        ("unlabeled=5", "unlabeled_too_few"),
        ("foreign=0.5", "foreign_alone"),
        ("known=6&unlabeled=900", "unlabeled_too_many"),
    ],
)
def test_a_link_that_wants_rows_or_classes_that_there_are_not_takes_all_and_says_so(query, key):
    link = links.parse(f"?v=1&data=digits&wrong=0.2&{query}")
    (warning,) = link.warnings
    assert warning.key == "link_value" and warning.values["reason"].key == key
    assert link.recipe.structure == Structure(label_noise=0.2)


def test_a_link_has_the_rows_and_labels_of_its_run():
    structure = Structure(known_classes=6, foreign_share=0.5, n_unlabeled=100, label_noise=0.1, shuffled_labels=True)
    recipe = Recipe(structure, defaults.default_live(structure))
    query = links.query(recipe, View(), 0)
    said = [query[key] for key in ("known", "foreign", "unlabeled", "wrong", "shuffled")]
    assert said == ["6", "0.5", "100", "0.1", "1"]
    link = links.read(query)
    assert link.recipe == recipe and link.warnings == []
