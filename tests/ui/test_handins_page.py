"""The page Hand-ins, as Streamlit runs it."""

import time
from dataclasses import replace

import pytest
from handed import handed_in
from streamlit.testing.v1 import AppTest
from widgets import MAIN, opened_live

from ladder import i18n
from ladder.teaching import lessons
from ladder.teaching.checks import Checks
from ladder.teaching.handin import HandIn, to_text
from ladder.ui import service

N_WORKERS = 1
PATIENCE = 120  # seconds that a slow machine may take


@pytest.fixture(scope="module")
def good() -> HandIn:
    return handed_in(float(lessons.ours().lesson("noise", "en").question.choice.right))


@pytest.fixture
def checks(lab):
    made = Checks()
    service.use_checks(made)
    yield made
    made.stop()


def opened(**query) -> AppTest:
    """The page Hand-ins at an address with this query."""
    page = AppTest.from_file(MAIN, default_timeout=30)
    page.query_params.update(query)
    page.switch_page("../../pages/handins.py").run()
    assert not page.exception
    return page


def check(page: AppTest, language: str, text: str) -> None:
    """Pastes a text and has it checked."""
    page.text_area(key="handins.paste").set_value(text).run()
    label = i18n.text("handins.check", language)
    next(one for one in page.button if one.label == label).click().run()
    assert not page.exception


def ended(page: AppTest, checks: Checks) -> AppTest:
    """The page after its check has ended."""
    deadline = time.monotonic() + PATIENCE
    while not checks.look(page.session_state["handins"]).ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page.run()
    assert not page.exception
    return page


def test_a_class_is_checked_and_a_copy_and_a_damaged_text_are_told(checks, good):
    bob = replace(good, nickname="Bob", numbers=(("update", 30.0), ("test_error", 0.0)))
    page = opened(v="1", lang="en")
    check(page, "en", f"{to_text(good)}\n{to_text(bob)}\n{to_text(good)[:-9]}")
    page = ended(page, checks)
    (table,) = page.dataframe
    rows = table.value.to_dict("records")
    assert [row["Name"] for row in rows] == ["Ada", "Bob"]
    assert [row["Right answers"] for row in rows] == ["1 / 1", "1 / 1"]
    assert [row["Repeated"] for row in rows] == ["✓ reached, bit for bit", "✗ numbers edited"]
    assert rows[0]["Copy"] == "same run and same answers as Bob"
    assert rows[0]["Lesson"] == lessons.ours().lesson("noise", "en").title
    assert rows[0]["Updates"] == 30 and rows[1]["Test error"] == 0
    assert "checksum" in page.warning[0].value
    assert page.success[0].value == "All 2 runs are repeated. Runs that reached their numbers: 1."
    assert page.query_params["check"] == page.session_state["handins"]
    shown = " ".join(one.value for one in page.markdown)
    assert "Question" in shown and "✓" in shown and "bit for bit" in shown
    assert [one.proto.url for one in page.get("link_button")] == [f"./?{good.link}"]


def test_a_reload_finds_the_check_in_another_language_too(checks, good):
    page = opened(v="1", lang="en")
    check(page, "en", to_text(good))
    name = ended(page, checks).session_state["handins"]
    again = opened(v="1", lang="zh", check=name)
    assert again.dataframe[0].value.to_dict("records")[0]["重现结果"] == "✓ 逐位相同"


def test_without_anything_and_after_an_hour_it_says_so(checks):
    page = opened(v="1", lang="en")
    check(page, "en", " ")
    assert [one.value for one in page.warning] == [i18n.text("problem.handins_none", "en")]
    page = opened(v="1", lang="en", check="nothing")
    assert [one.value for one in page.warning] == [i18n.text("problem.check_unknown", "en")]


def test_a_check_is_cancelled(checks, good):
    page = opened(v="1", lang="en")
    check(page, "en", to_text(replace(good, link=good.link.replace("at=30", "at=20000"))))
    next(one for one in page.button if one.label == "Cancel").click().run()
    assert not page.exception
    page.run()
    assert page.info[0].value == "Cancelled: 0 of 1 runs were repeated."
    assert checks.look(page.session_state["handins"]).ended


def test_names_are_shown_as_they_are_and_are_no_markup(checks, good):
    page = opened(v="1", lang="en")
    check(page, "en", to_text(replace(good, nickname="[a](http://x)", link=good.link.replace("at=30", "at=20000"))))
    words = page.get("progress")[0].proto.text
    assert "](" not in words.replace("\\]\\(", "")
    checks.cancel(page.session_state["handins"])


def test_the_page_leaves_the_tab_s_run_in_view_and_is_found_from_the_lessons(checks):
    page = opened_live(lang="en")
    run_id = page.session_state["run"]
    page.switch_page("../../pages/lessons.py").run()
    assert i18n.text("lessons.handins", "en") in [one.proto.label for one in page.get("page_link")]
    page.switch_page("../../pages/handins.py").run()
    assert not page.exception and page.session_state["run"] == run_id and page.query_params["run"] == run_id
