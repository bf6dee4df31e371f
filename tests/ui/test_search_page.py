"""The page of the guided search, run by Streamlit itself with real workers behind it."""

from dataclasses import replace

import pytest
from farming import opened, restart, trained
from widgets import control

from ladder import i18n
from ladder.experiments import design
from ladder.experiments.design import Quest
from ladder.recipe import links

SMALL = {"space": "noise_std=0..0.5;learning_rate=0.001..0.02", "fix": "dataset=moons;labels=10;updates=40;widths=8-6"}
SMALL |= {"seeds": "3", "trials": "4"}


@pytest.mark.parametrize("quest", [Quest(), design.read_search({**SMALL, "sampler": "random", "draw": "7"})[0]])
def test_a_link_comes_back_as_the_search(quest):
    assert design.read_search(design.search_query(quest)) == (quest, [])
    assert design.read_search(design.search_query(quest))[0].setup.name == quest.setup.name


@pytest.mark.parametrize(
    "params, key",
    [
        ({"space": "nosuch=0..1"}, "link_value"),
        ({"space": "noise_std=1..0"}, "link_value"),
        ({"trials": "0"}, "link_value"),
        ({"trials": "many"}, "link_value"),
        ({"seeds": "0"}, "link_value"),
        ({"sampler": "grid"}, "link_value"),
        ({"draw": "x"}, "link_value"),
        ({"fix": "updates=0"}, "link_whole"),
        ({"space": "noise_std=0..1;noise_std=0..0.5"}, "link_whole"),
    ],
)
def test_what_a_link_cannot_mean_is_a_warning_and_the_usual(params, key):
    found, (warning,) = design.read_search(params)
    assert warning.key == key and found.n_trials == 30
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(warning, language)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_page_opens_in_each_language_with_the_usual_search(server_jobs, language):
    page = opened("search", lang=language)
    assert page.button(key="search.start").label == i18n.text("jobs.start", language, n=90)
    assert not page.warning and page.query_params["space"] == design.search_query(Quest())["space"]


def test_a_search_shows_its_best_and_more_trials_go_on_after_a_restart(server_jobs):
    page = trained(opened("search", **SMALL), "search")
    assert "Its test error" in page.success[0].value
    rows = page.dataframe[0].value
    assert list(rows[i18n.text("search.column.trial", "en")].sort_values()) == [0, 1, 2, 3]
    assert page.button(key="search.start").disabled
    before = server_jobs.trials(page.session_state["quest"])
    jobs = restart()
    page = opened("search", **{**SMALL, "trials": "6"})
    assert len(page.dataframe[0].value) == 4
    cost = jobs.search(page.session_state["quest"]).estimate(jobs.crew(), jobs.results())
    assert (cost.runs, cost.reused) == (18, 12) and cost.updates > 0 and cost.seconds > 0
    trained(page, "search")
    after = jobs.trials(page.session_state["quest"])
    assert len(after) == 6 and after[:4] == before
    assert jobs.ended().reused == 4


def test_a_trial_s_link_opens_its_settings():
    quest, _ = design.read_search(SMALL)
    cell = quest.setup.cell((("noise_std", "0.25"), ("learning_rate", "0.004")), 0)
    link = links.parse(design.live_address(cell, "zh"))
    assert (link.recipe.structure, link.recipe.live, link.view.language) == (cell.structure, cell.live, "zh")


def test_choices_describe_the_search_and_bad_ones_are_a_sentence(server_jobs):
    page = opened("search", **SMALL)
    control(page.multiselect, "search.space").set_value(["noise_std", "combinator", "depth"]).run()
    assert not page.exception
    setup = page.session_state["quest"].setup
    assert [one.name for one in setup.space] == ["noise_std", "combinator", "depth"]
    control(page.text_input, "search.range.0").set_value("0.5 .. 0.1").run()
    assert len(page.warning) == 1 and "not a range" in page.warning[0].value
    assert control(page.text_input, "search.range.0").value == "0 .. 0.5"
    control(page.text_input, "search.range.0").set_value("0.1..0.4").run()
    assert not page.warning and page.session_state["quest"].setup.space[0].high == 0.4
    for typed in ("0,1", "0,1 .. 0,4"):  # decimal commas
        control(page.text_input, "search.range.0").set_value(typed).run()
        assert len(page.warning) == 1 and typed.replace(",", ".") in page.warning[0].value
    control(page.text_input, "search.range.0").set_value("0, 0.1, 0.2").run()  # a list instead of a range
    assert page.session_state["quest"].setup.space[0].words == ("0", "0.1", "0.2")
    control(page.text_input, "search.range.0").set_value("0 .. 0.5").run()  # and a range again
    assert page.session_state["quest"].setup.space[0].high == 0.5 and not page.warning
    control(page.multiselect, "search.words.1").set_value(["gauss", "vanilla"]).run()
    control(page.number_input, "search.n_trials").set_value(7).run()
    control(page.segmented_control, "search.sampler").set_value("random").run()
    quest = page.session_state["quest"]
    assert (quest.n_trials, quest.setup.sampler, quest.setup.space[1].words) == (7, "random", ("gauss", "vanilla"))
    control(page.multiselect, "search.space").set_value([]).run()
    assert len(page.warning) == 1 and not page.exception


@pytest.mark.parametrize("params, n_warnings", [({"seeds": "1"}, 0), ({"draw": "123456"}, 1), ({"seeds": "0"}, 1)])
def test_numbers_of_a_link_are_numbers_that_the_page_can_show(server_jobs, params, n_warnings):
    page = opened("search", **SMALL | params)
    assert len(page.warning) == n_warnings
    assert page.session_state["quest"].setup.n_seeds == (1 if params == {"seeds": "1"} else int(SMALL.get("seeds", 3)))


def test_a_search_in_the_list_of_kept_sweeps_opens_here(server_jobs):
    setup = trained(opened("search", **SMALL), "search").session_state["quest"].setup
    page = opened("explore", sweep=setup.name)
    assert page.session_state["quest"] == Quest(setup, 4)


def test_a_search_that_somebody_named_shows_its_trials_and_goes_on_under_that_name(server_jobs):
    quest = replace(design.read_search(SMALL)[0], given="mine")
    server_jobs.start(server_jobs.search(quest), "a tab")
    assert server_jobs.ended().state == "finished"
    page = opened("explore", sweep="mine")
    assert page.session_state["quest"] == quest
    address = design.search_query(quest)
    page = opened("search", **address)
    assert not page.warning and len(page.dataframe[0].value) == 4 and page.query_params["search"] == "mine"
    control(page.number_input, "search.n_trials").set_value(6).run()
    assert page.session_state["quest"].name == "mine"
    control(page.number_input, "search.seed").set_value(5).run()
    assert page.session_state["quest"].name == page.session_state["quest"].setup.name


def test_few_settings_are_no_more_trials_than_there_are(server_jobs):
    found, _ = design.read_search({**SMALL, "space": "combinator=gauss,vanilla", "trials": "30"})
    assert server_jobs.search(found).n_runs == 6


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_way_to_the_best_settings_is_trained_and_shown(server_jobs, language):
    page = trained(opened("search", **{**SMALL, "seeds": "2", "trials": "3", "lang": language}), "search")
    assert i18n.text("search.path.empty", language, n=8) in [one.value for one in page.caption]
    page = trained(page, "path")
    change = i18n.text("search.path.column.change", language)
    (table,) = [one.value for one in page.dataframe if change in one.value]
    assert table[change].iloc[0] == i18n.text("search.path.start", language) and len(table) == 3
    validation = table[i18n.text("search.path.column.validation", language)]
    less = table[i18n.text("search.path.column.difference", language)]
    assert less.iloc[1:].tolist() == pytest.approx([a - b for a, b in zip(validation, validation[1:], strict=False)])
    assert page.button(key="path.start").disabled


def test_an_axis_shows_only_the_trials_between_its_ends(server_jobs):
    page = trained(opened("search", **{**SMALL, "seeds": "1", "sampler": "random"}), "search")
    names = [i18n.text("search.column.trial", "en"), i18n.choice("noise_std", "en")]
    rows = page.dataframe[0].value
    noises = sorted(rows[names[1]])
    slider = next(one for one in page.select_slider if one.label == names[1])
    slider.set_range(slider.options[0], slider.options[1]).run()
    assert not page.exception and "Shown: 2 of 4 trials." in [one.value for one in page.caption]
    assert sorted(page.dataframe[0].value[names[1]]) == noises[:2]
