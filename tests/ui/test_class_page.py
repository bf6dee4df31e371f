"""The page of a class for those who are no teachers, and the class's pages in the navigation."""

import pytest
from widgets import opened_live

from ladder import i18n
from ladder.teaching.classes import Browser
from ladder.ui import membership, navigation, service

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
