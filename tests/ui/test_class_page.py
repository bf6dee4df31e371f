"""The page of a class for those who are no teachers, and the class's pages in the navigation."""

import pytest
from widgets import State, control, opened_live

from ladder import i18n
from ladder.problems import Problem
from ladder.recipe.defaults import OPENING
from ladder.recipe.view import View
from ladder.settings import Live
from ladder.teaching.classes import Browser
from ladder.ui import component, membership, navigation, service, tab, transport

N_WORKERS = 1
CLASS = "../../pages/class.py"


@pytest.fixture
def room(lab):
    made = service.classes().make("**3b**")
    yield made
    service.classes().delete(made.id)


def joined(monkeypatch, room, name):
    """From now on the visitor is a student with this name; returns the member."""
    _, member, secret = service.classes().join(service.classes().code_of(room.id), name)
    monkeypatch.setattr(membership, "browser", lambda: Browser(secret))
    return member


def words(page) -> str:
    kinds = page.markdown, page.caption, page.text, page.info, page.subheader, page.warning
    return " ".join(one.value for kind in kinds for one in kind)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_visitor_is_told_what_a_class_keeps_and_has_its_code_in_the_form(lab, language):
    page = opened_live(lang=language)
    page.query_params["code"] = "ABCDE"
    page.switch_page(CLASS).run()
    assert not page.exception
    assert i18n.text("student.about_kept", language) in words(page)
    assert page.query_params["code"] in ("ABCDE", ["ABCDE"])


def test_a_student_sees_class_and_nickname_as_they_were_written(lab, room, monkeypatch):
    joined(monkeypatch, room, "_Ada_ <b>")
    page = opened_live(lang="en")
    page.switch_page(CLASS).run()
    assert not page.exception
    assert "**3b** · _Ada_ <b>" in [one.value for one in page.text]
    assert i18n.text("student.waiting", "en") not in words(page)


def test_a_student_who_has_to_be_admitted_is_told_so(lab, monkeypatch):
    room = service.classes().make("3b", approve=True)
    joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    page.switch_page(CLASS).run()
    assert i18n.text("student.waiting", "en") in words(page)
    service.classes().delete(room.id)


def test_the_class_has_an_entry_of_its_own_only_while_there_is_a_class():
    for in_class, n_entries in ((False, 6), (True, 7)):
        hidden = navigation.hidden(in_class)
        assert len(navigation.PAGES) - len(hidden) == n_entries and ("class" in hidden) != in_class
    assert navigation.beside("class") == navigation.beside("lessons") == ("lessons", "class")
    assert navigation.beside("live") == ()


def led(room, **values):
    service.classes().act(room.id, "lead", values)


def test_a_lead_is_followed_once_with_its_lesson_language_and_cards(lab, room, monkeypatch):
    member = joined(monkeypatch, room, "Ada")
    page = opened_live(lang="zh")
    before = page.session_state["run"]
    led(room, lesson="noise", language="en", present=3)
    page.run()
    assert not page.exception
    begun = page.session_state["run"]
    assert begun != before and page.session_state["lesson"] == "noise"
    assert page.session_state["language"] == "en" and page.session_state["view"].present == 3
    found = service.classes().room(room.id).members[member.id]
    assert found.led == 1 and begun in found.runs
    page.run()
    assert page.session_state["run"] == begun
    led(room, lesson="noise", language="en", present=3, locked=["noise_std"])  # the lesson goes on
    page.run()
    assert page.session_state["run"] == begun
    again = opened_live(run=begun)
    assert again.session_state["led"] == 2 and lab.recipe(again.session_state["run"]) == lab.recipe(begun)
    led(room, lesson="noise", language="en", present=3, locked=["noise_std"])  # the same once more begins it anew
    page.run()
    assert page.session_state["run"] not in (begun, before)


def test_a_lead_may_give_each_member_a_seed_of_its_own(lab, room, monkeypatch):
    service.classes().join(service.classes().code_of(room.id), "Ben")
    member = joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    led(room, link="v=1&data=moons&labels=8", seeds=True)
    page.run()
    structure = lab.recipe(page.session_state["run"]).structure
    assert (structure.dataset, structure.weight_seed, structure.label_seed) == ("moons", 2, 2) and member.number == 2


def test_controls_are_put_away_or_locked_with_the_reason(lab, room, monkeypatch):
    joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    led(room, hidden=["widths", "lateral", "top_down"], locked=["learning_rate", "weight_seed", "lambdas"])
    page.run()
    assert not page.exception
    assert [one.key for one in page.text_input if (one.key or "").startswith("structure.widths")] == []
    assert [one.key for one in page.toggle if (one.key or "").startswith("live.")] == []
    rate, preset = control(page.select_slider, "live.learning_rate"), control(page.selectbox, "preset")
    assert rate.disabled and "Your teacher has locked" in rate.help and preset.disabled
    assert page.button("button.seed").disabled and not page.button("button.reset").disabled


def said(page, key: str, name: str) -> bool:
    """Whether a warning of the page says this of the choice `name`."""
    return i18n.problem(Problem(key, name=name), "en") in [one.value for one in page.warning]


def test_undo_takes_back_no_locked_choice_and_no_run_of_another_one(lab, room, monkeypatch):
    joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en", data="moons")
    begun = page.session_state["run"]
    page.button(key="button.step").click().run()
    page.button(key="button.seed").click().run()
    run_id = page.session_state["run"]
    control(page.select_slider, "live.learning_rate").set_value(0.01).run()
    led(room, locked=["learning_rate", "weight_seed"])
    page.button(key="button.undo").click().run()
    assert said(page, "class_locked", "learning_rate") and lab.recipe(run_id).latest.learning_rate == 0.01
    led(room, locked=["weight_seed"])
    page.button(key="button.undo").click().run()
    assert lab.recipe(run_id).latest.learning_rate == Live().learning_rate
    page.button(key="button.undo").click().run()
    assert said(page, "class_locked", "weight_seed") and page.session_state["run"] == run_id
    led(room)
    page.button(key="button.undo").click().run()  # it was not forgotten meanwhile
    assert page.session_state["run"] == begun and not page.warning


def test_no_command_brings_another_value_of_a_locked_choice(lab, room, monkeypatch):
    member = joined(monkeypatch, room, "Ada")
    run_id = lab.take(lab.create(OPENING, 20), "mine")
    assert lab.wait(run_id, lambda told: told.update == 20 and not told.active, 60)
    service.classes().act(room.id, "run", {"member": member.id, "run": run_id})
    lab.change(run_id, {"learning_rate": 0.01})
    assert lab.wait(run_id, lambda told: len(told.changes or ()) == 1, 60)
    led(room, locked=["learning_rate", "weight_seed"])
    state = State(run=run_id, tab="mine", language="en", entries=(), list="a_list_2", left=[], view=View())
    monkeypatch.setattr(tab.st, "session_state", state)
    commands = {
        "undo": tab.undo,
        "back at an earlier update": lambda: tab.act_on_list({"do": "branch", "update": 10}),
        "take back with its effect": lambda: tab.act_on_list({"do": "undo_weights"}),
        "another value": lambda: tab.change({"learning_rate": 0.02}),
        "another seed": transport.new_seed,
    }
    for name, command in commands.items():
        state.live_notices = []
        command()
        assert [one.key for one in state.live_notices] == ["class_locked"], name
        assert state.run == run_id and lab.recipe(run_id).latest.learning_rate == 0.01, name
    led(room)
    state.live_notices = []
    tab.act_on_list({"do": "undo_weights"})
    assert state.live_notices == [] and lab.recipe(state.run).latest.learning_rate == Live().learning_rate


def test_a_run_that_is_shown_brings_the_class_to_its_page_and_back(lab, room, monkeypatch):
    ben = service.classes().join(service.classes().code_of(room.id), "Ben")[1]
    joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    page.switch_page("../../pages/lessons.py").run()
    run_id = lab.create(OPENING, 0, False)
    service.classes().act(room.id, "run", {"member": ben.id, "run": run_id})
    service.classes().act(room.id, "show", {"run": run_id})
    watched = []
    monkeypatch.setattr(component, "watch", lambda *shown: watched.append(shown))
    page.run()
    assert not page.exception
    assert [(shown[0], shown[3]) for shown in watched] == [(run_id, i18n.text("student.shown_of", "en", name="Ben"))]
    service.classes().act(room.id, "show", {"run": ""})
    page.run()
    assert i18n.text("lessons.about", "en") in words(page)


def test_a_shown_run_is_opened_as_a_copy_and_stays_its_student_s(lab, room, monkeypatch):
    ben = service.classes().join(service.classes().code_of(room.id), "Ben")[1]
    member = joined(monkeypatch, room, "Ada")
    run_id = lab.create(OPENING, 20, False)
    assert lab.wait(run_id, lambda told: told.update == 20 and not told.active, 60)
    service.classes().act(room.id, "run", {"member": ben.id, "run": run_id})
    service.classes().act(room.id, "show", {"run": run_id})
    state = State(tab="ada's", language="en", entries=(), list="a_list_3", left=[], live_notices=[], view=View())
    monkeypatch.setattr(tab.st, "session_state", state)
    tab.open_run(run_id)
    assert state.run != run_id and lab.recipe(state.run) == lab.recipe(run_id)
    assert [one.key for one in state.live_notices] == ["run_copied"] and lab.steers(run_id, "ben's")
    members = service.classes().room(room.id).members
    assert state.run in members[member.id].runs and run_id not in members[member.id].runs


def test_a_new_tab_comes_back_to_the_member_s_run_and_lesson(lab, room, monkeypatch):
    member = joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    led(room, lesson="noise")
    page.run()
    begun = page.session_state["run"]
    place = {"member": member.id, "run": begun, "lesson": "noise", "step": 1}
    service.classes().act(room.id, "place", place)
    again = opened_live()
    assert again.session_state["lesson"] == "noise"
    assert lab.recipe(again.session_state["run"]) == lab.recipe(begun)  # a copy, as the first tab is still there
    assert opened_live(data="moons").session_state["lesson"] == ""


def test_a_new_tab_comes_back_to_the_member_s_comparison_on_its_own_page(lab, server_jobs, room, monkeypatch):
    member = joined(monkeypatch, room, "Ada")
    page = opened_live(lang="en")
    led(room, lesson="contraction")
    page.run()
    assert not page.exception
    begun = page.session_state["race"]
    service.classes().act(room.id, "place", {"member": member.id, "run": begun, "lesson": "contraction", "step": 1})
    again = opened_live()
    assert again.session_state["lesson"] == "contraction"
    assert i18n.problem(Problem("run_replaced", run=begun), "en") not in [one.value for one in again.warning]
    copied = again.session_state["race"]  # the member's own too, where the first tab is still there
    assert lab.recipe(copied) == lab.recipe(begun)
    assert {begun, copied} <= {*service.classes().room(room.id).members[member.id].runs}
