"""Every page in every language, run by Streamlit itself, with a real Lab behind it."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from widgets import MAIN, control, current, drawn_late, held, listed, opened_live

from ladder import arithmetic, i18n
from ladder.data import datasets
from ladder.experiments import design
from ladder.live.runs import PREPARED
from ladder.live.store import from_bytes, to_bytes
from ladder.problems import Problem
from ladder.recipe import links, race
from ladder.recipe.defaults import OPENING, default_live
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching import lessons
from ladder.teaching.lesson import PAGES
from ladder.teaching.room import Lead
from ladder.ui import controls, stage

N_WORKERS = 1
PATIENCE = 60  # seconds for a worker on a crowded machine; an idle one answers at once


def looked_at(lab, run_id: str):
    """A panel looks at the run; returns the way to end it."""
    return lab.subscribe(run_id, lambda message: None)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_live_page_opens_in_each_language(lab, language):
    page = opened_live(lang=language)
    labels = [button.label for button in page.button]
    assert i18n.text("page.button.play", language) in labels
    assert i18n.text("knob.learning_rate.label", language) in [slider.label for slider in page.select_slider]
    assert not page.warning
    assert current(page, lab).structure == OPENING.structure
    assert page.query_params["run"] == page.session_state["run"]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_about_page_opens_in_each_language(lab, language):
    page = opened_live(lang=language)
    page.switch_page("../../pages/about.py").run()
    assert not page.exception
    shown = " ".join(one.value for one in page.markdown)
    assert i18n.text("about.which_noise.ask", language) in shown
    for name in lessons.ours().lessons:
        lesson = lessons.ours().lesson(name, language)
        assert f"“{lesson.misconception}” [{lesson.title}](" in shown


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_people_believe_has_a_link_to_its_lesson(lab, language):
    page = opened_live(lang=language)
    page.switch_page("../../pages/about.py").run()
    found = re.findall(r"\]\((\./.*?)\)", next(one.value for one in page.markdown if "lesson=" in one.value))
    for address, name in zip(found, lessons.ours().lessons, strict=True):
        url = urlsplit(address)
        words = dict(parse_qsl(url.query))
        setting = lessons.ours().lesson(name, language).setting
        link = links.parse(address) if setting.page == "live" else race.read(words)[0]
        assert words["lang"] == language and not link.warnings
        assert (url.path, words["lesson"]) == (PAGES[setting.page], name)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_question_s_link_sets_something_that_is_understood(lab, language):
    page = opened_live(lang=language)
    page.switch_page("../../pages/about.py").run()
    addresses = [one.proto.url for one in page.get("link_button")]
    params = {url.path: dict(parse_qsl(url.query)) for url in map(urlsplit, addresses)}
    assert list(params) == ["./explore", "./compare"]
    assert design.read(params["./explore"])[1] == [] and race.read(params["./compare"])[0].warnings == []
    assert all(one["lang"] == language for one in params.values())


# Links that "How it works" had before its claims became lessons.
@pytest.mark.parametrize("words", ["lam=5000,0,0,0,0", "lateral=0", "noise=0.1", "labels=1297", "lseed=3"])
def test_an_experiment_s_old_link_opens_its_run(lab, words):
    page = opened_live(v="1", at="20", lang="en", **dict(parse_qsl(words)))
    assert not page.warning and current(page, lab) == links.parse(f"v=1&{words}").recipe


def test_the_about_page_keeps_language_and_run_for_a_reload(lab):
    page = opened_live(lang="zh")
    run_id = page.session_state["run"]
    page.switch_page("../../pages/about.py").run()
    assert page.query_params["run"] == run_id
    assert page.query_params["lang"] == "zh"
    page.switch_page("../../pages/live.py").run()
    assert not page.exception
    assert page.session_state["run"] == run_id
    assert current(page, lab).latest.n_labeled == 20


def test_the_about_page_can_be_the_first(lab):
    page = AppTest.from_file(MAIN, default_timeout=30)
    page.switch_page("../../pages/about.py").run()
    assert not page.exception
    assert "run" not in page.session_state


def test_the_language_switch_changes_the_words_and_nothing_else(lab):
    page = opened_live()
    recipe = current(page, lab)
    page.session_state["language_choice"] = "zh"
    page.session_state["language"] = "zh"
    page.run()
    assert i18n.text("page.button.play", "zh") in [button.label for button in page.button]
    assert current(page, lab) == recipe and page.query_params["lang"] == "zh"


def test_the_view_is_kept_in_the_address_and_touches_no_recipe(lab):
    page = opened_live(costs="share", log="0", layer="3", page="4")
    assert not page.warning
    assert control(page.selectbox, "view.layer").value == 3
    control(page.number_input, "view.samples").set_value(7).run()
    assert page.query_params["page"] == "6"
    assert page.query_params["costs"] == "share" and page.query_params["log"] == "0"
    assert current(page, lab) == OPENING


def test_a_slowed_run_keeps_its_pace_through_the_link_and_other_choices(lab):
    page = opened_live(pace="30")
    assert not page.warning and current(page, lab) == OPENING  # the prepared run, as nothing of it is set
    assert lab.mirrors[page.session_state["run"]].view.pace == 30
    control(page.number_input, "structure.weight_seed").set_value(4).run()
    assert lab.mirrors[page.session_state["run"]].view.pace == 30
    group = control(page.get("button_group"), "view.pace")
    assert group.options[0] == "Full" and "30/s" in group.options
    group.set_value(0).run()
    assert not page.exception and "pace" not in page.query_params
    assert opened_live(pace="12").session_state["view"].pace == 12


@pytest.mark.parametrize(
    "query, pace", [({}, 100), ({"lang": "zh"}, 100), ({"pace": "7"}, 7), ({"at": "20"}, 0), ({"labels": "50"}, 0)]
)
def test_a_bare_address_begins_at_a_speed_that_can_be_watched(lab, query, pace):
    assert opened_live(**query).session_state["view"].pace == pace


def test_a_live_control_changes_the_run_and_not_the_weights(lab):
    page = opened_live()
    run_id = page.session_state["run"]
    control(page.select_slider, "live.learning_rate").set_value(0.005).run()
    assert not page.exception
    assert page.session_state["run"] == run_id
    assert current(page, lab).latest.learning_rate == 0.005
    assert "h" in page.query_params
    control(page.selectbox, "preset").set_value("gamma").run()
    assert current(page, lab).latest.lambdas == (0.0, 0.0, 0.0, 0.0, 0.5)


def test_the_link_to_share_is_of_the_moment_it_is_looked_at(lab):
    page = opened_live()
    assert not page.code
    page.button(key="button.step").click().run()
    assert lab.wait(page.session_state["run"], lambda told: told.update == 301, PATIENCE)
    page.session_state["share"] = True
    assert "at=301" in page.run().code[0].value


def test_one_control_never_brings_back_what_another_said_before(lab):
    page = opened_live()
    lab.change(page.session_state["run"], {"noise_std": (0.5, 0.5, 0.1, 0.5, 0.5)})  # by the panel's sliders
    control(page.toggle, "live.lateral").set_value(False).run()
    live = current(page, lab).latest
    assert live.noise_std == (0.5, 0.5, 0.1, 0.5, 0.5) and live.lateral == (False,) * 5
    assert live.lambdas[0] == 1000.0


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_toggle_says_where_layers_differ_and_sets_all_of_them(lab, language):
    def captions() -> list[str]:
        return [one.value for one in page.sidebar.caption]

    page = opened_live(lang=language, lateral="1,0,1,0,1")
    toggle = control(page.toggle, "live.lateral")
    said = i18n.text("page.layers_differ", language, layers=i18n.text("live.comma", language).join("13"))
    assert not toggle.value and said in captions() and "lateral=1,0,1,1,1" in toggle.help
    assert (
        control(page.toggle, "live.top_down").value
        and "topdown=1,0,1,1,1" in control(page.toggle, "live.top_down").help
    )
    toggle.set_value(True).run()
    assert current(page, lab).latest.lateral == (True,) * 5 and said not in captions()
    control(page.toggle, "live.lateral").set_value(False).run()
    assert current(page, lab).latest.lateral == (False,) * 5 and said not in captions()
    assert current(page, lab).latest.top_down == (True,) * 5


def test_a_toggle_that_was_replaced_when_it_was_pressed_keeps_layers_that_differ(monkeypatch):
    live, changes = replace(Live(), top_down=(True, False, True, True, True)), []
    monkeypatch.setattr(controls.tab, "live", lambda: live)
    monkeypatch.setattr(controls.tab, "change", changes.append)
    for shown in (False, True):  # off is what it shows where layers differ
        monkeypatch.setattr(controls, "chosen", lambda name, shown=shown: shown)
        controls._apply_switch("top_down")
    assert changes == [{"top_down": (True,) * 5}]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("dataset", ["digits", "moons", "wine"])
def test_the_panel_s_sliders_offer_what_the_run_can_have(dataset, language):
    structure = Structure(dataset, widths=(8, 6))
    made, usual = stage.stage(structure, language, Lead()), default_live(structure)
    for name in ("n_labeled", "noise_std", "lambdas"):
        steps, own = made[name]["steps"], made[name]["usual"]
        assert steps == sorted(set(steps)) and own == getattr(usual, name)
        for value in steps:
            changed = usual.having({name: value if name == "n_labeled" else (value,) * 4})
            datasets.check(dataset, changed.n_labeled)
    assert all(made["texts"].values())


LIVE = {"data": "moons", "phi": "tanh", "lr": "0.01", "noise": "0.2", "topdown": "0", "layer": "2", "log": "0"}
EXPLORE = {"axes": "noise_std=0.1,0.4", "fix": "dataset=moons;labels=10;updates=40;lateral=0", "seeds": "4"}
COMPARE = {"with": "ladder,denoising", "data": "moons", "lr": "0.01"}
SEARCH = {"space": "noise_std=0..0.5;activation=relu,tanh", "fix": "dataset=moons;lateral=0", "trials": "7"}


@pytest.mark.parametrize(
    "name, params", [("live", LIVE), ("explore", EXPLORE), ("compare", COMPARE), ("search", SEARCH)]
)
def test_a_browser_that_missed_a_message_draws_every_widget_as_it_is(lab, server_jobs, name, params):
    """Streamlit tells a value that a script sets once; a browser that misses it would send back another as chosen."""
    page = AppTest.from_file(MAIN, default_timeout=30)
    page.query_params.update(params)
    if name == "live":
        page.run()
    else:  # the live page, which would come first, has another address
        page.session_state["run"] = "nobody"
        page.switch_page(f"../../pages/{name}.py").run()
    assert not page.exception and not page.warning
    assert {key: page.query_params[key] for key in params} == params
    for _ in range(2):
        widgets = held(page)
        assert len(widgets) > 7
        assert [widget.key for widget in widgets if not drawn_late(widget)] == []
        page.run()


def test_a_comparison_s_address_is_no_run_of_the_live_page(lab):
    page = opened_live(run=lab.create(race.Race()))
    assert len(page.warning) == 1 and current(page, lab) == OPENING


def test_a_link_puts_no_picture_and_no_link_of_another_site_into_a_warning(lab):
    page = opened_live(v="1", data="![](http://a.example/x.png)", phi="[Prize](http://a.example)")
    said = " ".join(one.value for one in page.warning)
    assert "a.example" in said and not re.search(r"(?<!\\)[\[<]", said)


@pytest.mark.parametrize(
    "rule, knob",
    [({"target": "310"}, "n_updates"), ({"target": "300"}, "n_updates"), ({"stop": "0.9"}, "stop_error")],
)
def test_a_finished_run_goes_on_without_the_rule_that_ended_it(lab, until, rule, knob):
    page = opened_live(**rule, data="moons", at="300")
    run_id = page.session_state["run"]
    told = until(run_id, lambda told: told.update == 300 and told.status in ("paused", "finished"))
    assert told.status == ("paused" if rule == {"target": "310"} else "finished")
    page.run()
    if told.status == "paused":
        page.button(key="button.play").click().run()
        until(run_id, lambda told: told.status == "finished")
        page.run()
    assert page.button(key="button.play").label == i18n.text("page.button.go_on", "en")
    page.button(key="button.play").click().run()
    until(run_id, lambda told: told.status == "playing" and told.update > 320)
    assert page.button(key="button.play").label == i18n.text("page.button.pause", "en")
    page.run()
    assert control(page.number_input, f"live.{knob}").value == 0 == getattr(current(page, lab).latest, knob)
    page.button(key="button.play").click().run()
    assert lab.status(run_id).status == "paused"


def test_a_widget_whose_value_something_else_changed_is_another_one(lab):
    page = opened_live()
    before = control(page.select_slider, "live.learning_rate").id
    lab.change(page.session_state["run"], {"learning_rate": 0.01})
    page.run()
    after = control(page.select_slider, "live.learning_rate")
    assert before != after.id and after.value == 0.01
    after.set_value(0.005).run()
    assert control(page.select_slider, "live.learning_rate").id == after.id
    assert current(page, lab).latest.learning_rate == 0.005


def test_a_structural_control_starts_a_new_run_and_keeps_the_old_one(lab):
    page = opened_live()
    first = page.session_state["run"]
    control(page.text_input, "structure.widths").set_value("30-20").run()
    assert not page.exception
    assert current(page, lab).structure.widths == (30, 20)
    assert listed(page) == [first, page.session_state["run"]]
    control(page.get("button_group"), "structure.dataset").set_value("moons").run()
    assert current(page, lab).structure.dataset == "moons"
    page.button(key="button.undo").click().run()
    assert page.session_state["run"] == first  # the run between had no update
    assert control(page.text_input, "structure.widths").value == "100-50-25"


def test_what_is_not_at_its_default_is_listed_with_a_way_back(lab):
    page = opened_live(lr="0.01", seed="3", phi="tanh", data="digits")
    labels = {button.key: button.label for button in page.button if str(button.key).startswith("unusual.")}
    assert labels == {
        "unusual.activation": f"{i18n.text('knob.activation.label', 'en')}: tanh → relu",
        "unusual.learning_rate": f"{i18n.text('knob.learning_rate.label', 'en')}: 0.01 → 0.002",
    }
    page.button(key="unusual.learning_rate").click().run()
    assert current(page, lab).latest == Live() and current(page, lab).structure.activation == "tanh"
    page.button(key="unusual.activation").click().run()
    assert current(page, lab).structure == Structure(weight_seed=3)
    assert i18n.text("page.all_usual", "en") in [one.value for one in page.caption]


def test_a_control_that_says_what_is_already_so_starts_no_new_run(lab):
    """Streamlit also calls the callbacks of widgets that nobody moved: a new seed by its key was made twice."""
    page = opened_live()
    first = page.session_state["run"]
    control(page.text_input, "structure.widths").set_value("100 - 50 - 25").run()
    assert not page.exception and not page.warning
    assert listed(page) == [first]
    assert control(page.text_input, "structure.widths").value == "100-50-25"


@pytest.mark.parametrize("typed", ["ten", "0-5", "1-2-3-4-5-6-7-8", ""])
def test_an_impossible_width_is_a_sentence_and_loses_nothing(lab, typed):
    page = opened_live()
    run_id = page.session_state["run"]
    control(page.text_input, "structure.widths").set_value(typed).run()
    assert not page.exception and len(page.warning) == 1
    assert page.session_state["run"] == run_id
    assert control(page.text_input, "structure.widths").value == "100-50-25"
    control(page.text_input, "structure.widths").set_value("0-1").run()
    assert len(page.warning) == 1  # of what was typed last


def test_nobody_steers_the_run_that_all_bare_addresses_open(lab):
    page = opened_live(run=PREPARED)
    assert not page.exception and len(page.warning) == 1 and PREPARED in page.warning[0].value
    assert page.session_state["run"] != PREPARED and current(page, lab) == OPENING


def test_a_control_that_is_moved_during_a_replay_brings_nothing_that_its_link_has_in_store(lab, until):
    page = opened_live(data="moons", phi="tanh", h="5!noise=0.2;90000!labels=100", at="95000")
    run_id = page.session_state["run"]
    until(run_id, lambda told: told.update > 5)
    page.run()
    control(page.select_slider, "live.learning_rate").set_value(0.05).run()
    told = until(run_id, lambda told: told.status == "paused")
    recipe = current(page, lab)
    assert [since for since, _ in recipe.changes] == [5, told.update]
    assert recipe.latest.learning_rate == 0.05 and recipe.latest.n_labeled == 20
    assert recipe.latest.noise_std == (0.2,) * 5


def test_another_network_chosen_during_a_step_waits_for_its_person(lab):
    page = opened_live(target="0")
    lab.step(page.session_state["run"], 100_000)
    assert lab.wait(page.session_state["run"], lambda told: told.status == "playing", PATIENCE)
    control(page.text_input, "structure.widths").set_value("30-20").run()
    run_id = page.session_state["run"]
    assert lab.wait(run_id, lambda told: told.target is not None, PATIENCE) and lab.status(run_id).status == "paused"


def test_only_pages_of_samples_that_the_data_have_are_offered(lab):
    page = opened_live(data="iris", labels="15", page="12")
    field = control(page.number_input, "view.samples")
    assert (field.max, field.value) == (4, 4)


def test_missing_files_are_a_sentence(lab, tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    page = opened_live()
    control(page.get("button_group"), "structure.dataset").set_value("fashion-mnist").run()
    assert not page.exception
    assert "train-images-idx3-ubyte" in page.warning[0].value
    assert current(page, lab).structure.dataset == "digits"


def test_a_notice_stays_until_it_is_closed_or_out_of_date(lab):
    page = opened_live(lr="fast")
    assert len(page.run().warning) == 1
    page.button(key="live.close").click().run()
    assert not page.warning
    control(page.text_input, "structure.widths").set_value("ten").run()
    assert len(page.run().warning) == 1
    control(page.text_input, "structure.widths").set_value("30-20").run()
    assert not page.warning


def test_a_new_run_that_cannot_be_leaves_the_old_one_training(lab, tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    page = opened_live(target="0")
    run_id = page.session_state["run"]
    page.button(key="button.play").click().run()
    assert lab.wait(run_id, lambda told: told.status == "playing", PATIENCE)
    control(page.get("button_group"), "structure.dataset").set_value("fashion-mnist").run()
    assert len(page.warning) == 1
    before = lab.status(run_id).update
    assert lab.wait(run_id, lambda told: told.status == "playing" and told.update > before + 20, PATIENCE)
    page.button(key="button.play").click().run()


def test_a_link_brings_its_settings_and_names_what_is_wrong(lab):
    page = opened_live(data="moons", labels="10", noise="0.4", lr="fast", widths="20-10")
    recipe = current(page, lab)
    assert recipe.structure.dataset == "moons" and recipe.latest.n_labeled == 10
    assert recipe.latest.noise_std == (0.4,) * 4
    assert [w.value for w in page.warning if "lr" in w.value]


def test_a_reload_finds_the_same_run_and_a_second_tab_a_branch_of_it(lab):
    run_id = opened_live().session_state["run"]
    looked_at(lab, run_id)()
    reloaded = opened_live(run=run_id)
    assert reloaded.session_state["run"] == run_id and not reloaded.warning
    leave = looked_at(lab, run_id)
    other = opened_live(run=run_id)
    leave()
    assert other.session_state["run"] != run_id and current(other, lab) == lab.recipe(run_id)
    assert [one.value for one in other.warning] == [i18n.text("problem.run_copied", "en")]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_who_gets_a_copy_is_told_that_it_waits_and_which_button_goes_on(language):
    said = i18n.text("problem.run_copied", language)
    assert i18n.text("page.button.play", language) in said
    assert {"en": "paused", "zh": "暂停"}[language] in said


def test_of_two_tabs_that_are_restored_at_once_one_steers_the_run(lab):
    """Neither has a panel that looks at the run when the other one comes."""
    run_id = lab.create(
        Recipe(Structure("moons", widths=(4,)), fitted(Live(lambdas=(1.0,) * 3, noise_std=(0.1,) * 3), 2))
    )
    assert lab.wait(run_id, lambda told: told.target is not None, PATIENCE)
    first, second = opened_live(run=run_id), opened_live(run=run_id)
    assert first.session_state["run"] == run_id != second.session_state["run"]
    first.button(key="button.step").click().run()
    assert lab.wait(run_id, lambda told: told.update == 1, PATIENCE)
    assert lab.status(second.session_state["run"]).update == 0


def test_a_tab_whose_run_another_one_took_meanwhile_goes_on_with_a_copy(lab):
    """A laptop slept: its panel was gone, and somebody opened the run's address."""
    page = opened_live()
    run_id = page.session_state["run"]
    looked_at(lab, run_id)()
    assert opened_live(run=run_id).session_state["run"] == run_id
    leave = looked_at(lab, run_id)
    page.button(key="button.step").click().run()
    leave()
    assert not page.exception and page.session_state["run"] != run_id
    assert [one.value for one in page.warning] == [i18n.text("problem.run_copied", "en")]
    assert lab.status(run_id).update == 300


def test_a_value_that_cannot_be_is_a_sentence_and_changes_nothing(lab):
    page = opened_live()
    before = current(page, lab)
    for values in ({"noise_std": (2.0,) * 5}, {"n_labeled": 1}, {"lambdas": (1.0,)}):
        with pytest.raises(Problem):
            lab.change(page.session_state["run"], values)
    assert current(page, lab) == before


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_link_from_another_kind_of_processor_says_that_its_curves_drift(lab, language):
    here = arithmetic.ours(child=True).key
    told = i18n.text("problem.computed_elsewhere", language)
    for by, sentences in (("aarch64-12ab.123456", [told]), (here, []), ("", []), ("<b>", [])):
        page = opened_live(seed="3", at="5", by=by, lang=language)
        assert [one.value for one in page.warning] == sentences
        assert lab.wait(page.session_state["run"], lambda told: told.update == 5, PATIENCE)
        page.run()
        assert page.query_params["by"] == here  # computed anew


def opens_a_file():
    """A page that opens the checkpoint in the session's state and draws its notices."""
    import streamlit as st

    from ladder.ui import notices, tab

    st.session_state.language = "en"
    tab.enter()
    tab.open_file(st.session_state.content)
    notices.show_notices("live")


def test_a_file_from_another_kind_of_processor_says_that_its_curves_drift(lab):
    saved = from_bytes(lab.checkpoint(opened_live().session_state["run"]))
    arm = (replace(saved.computed[0], processor="aarch64-12ab"),)
    for computed, sentences in ((arm, 1), (saved.computed, 0), ((), 0)):
        page = AppTest.from_function(opens_a_file, default_timeout=30)
        page.session_state["content"] = to_bytes(replace(saved, computed=computed))
        page.run()
        assert not page.exception
        assert [one.value for one in page.warning] == sentences * [i18n.text("problem.computed_elsewhere", "en")]


def test_a_run_that_is_gone_is_replaced_and_said(lab):
    page = opened_live(run="gone_forever")
    assert len(page.warning) == 1 and "gone_forever" in page.warning[0].value


def test_transport_buttons_drive_the_run(lab):
    page = opened_live()
    run_id = page.session_state["run"]
    page.button(key="button.step").click().run()
    assert lab.wait(run_id, lambda told: told.update == 301, PATIENCE)
    page.button(key="button.play").click().run()
    assert lab.wait(run_id, lambda told: told.status == "playing" and told.update > 310, PATIENCE)
    page.run()
    assert page.button(key="button.play").label == i18n.text("page.button.pause", "en")
    page.button(key="button.play").click().run()
    assert lab.wait(run_id, lambda told: told.status == "paused", PATIENCE)
    page.button(key="button.reset").click().run()
    again = page.session_state["run"]
    assert lab.wait(again, lambda told: told.update == 0 and told.target is not None, PATIENCE)
    assert lab.status(run_id).update > 310 and listed(page) == [run_id, again]
    page.button(key="button.seed").click().run()
    assert current(page, lab).structure.weight_seed == OPENING.structure.weight_seed + 1
    assert listed(page) == [run_id, page.session_state["run"]]  # the reset run had no update


def test_a_shared_link_repeats_the_run(lab):
    live = replace(Live(), n_labeled=50)
    recipe = Recipe().changed(20, live)
    query = links.query(recipe, View(), 60)
    page = opened_live(**query)
    run_id = page.session_state["run"]
    assert lab.wait(run_id, lambda told: told.update == 60 and told.status == "paused", PATIENCE)
    assert lab.recipe(run_id) == recipe
