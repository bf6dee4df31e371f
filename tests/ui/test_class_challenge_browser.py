"""A challenge in three real browsers: the teacher begins and ends it, two students train and hand in."""

import pytest
from browsing import PATIENCE, SHOTS, served
from playwright.sync_api import expect
from schools import LAPTOP, PHONE, made_before

from ladder import i18n


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A server with a class, made before it started: its address, the class's code, and a teacher's secret."""
    home = tmp_path_factory.mktemp("class")
    found = made_before(home)
    with served(home) as found.url:
        yield found


def opened(browser, address, **options):
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(address)
    return page


def joined(browser, school, name, language, options):
    """A student's page, in the class."""
    page = opened(browser, f"{school.url}/class?lang={language}&code={school.code}", **options)
    page.get_by_label(i18n.text("student.nickname", language)).fill(name)
    page.get_by_role("button", name=i18n.text("student.join", language)).click()
    page.wait_for_selector(".ll-n-update")
    return page


def test_a_challenge_from_its_beginning_to_the_scores(browser, school):
    teacher = opened(browser, f"{school.url}/about", **LAPTOP)
    cookie = {"name": "ladder_teacher", "value": school.secret, "url": school.url}
    teacher.context.add_cookies([cookie])
    teacher.goto(f"{school.url}/class")
    card = teacher.locator(".ll-class-challenge")
    card.scroll_into_view_if_needed()
    students = {"en": joined(browser, school, "Ada", "en", LAPTOP), "zh": joined(browser, school, "小明", "zh", PHONE)}
    card.get_by_label("Updates at most").fill("60")
    card.get_by_role("button", name="Begin the challenge").click()
    expect(card).to_contain_text("Handed in: 0 of 2.")
    for language, page in students.items():
        says = lambda key, **values: i18n.text(f"student.{key}", language, **values)  # noqa: B023, E731
        sheet = page.locator(".ll-question:popover-open")
        expect(sheet).to_contain_text(says("challenge_rules", labels=20, updates=60))
        label = page.locator(".ll-n-test_error .ll-label")
        expect(label).to_contain_text(i18n.text("reserve.counter.test_error.label", language))
        sheet.get_by_role("button", name=says("enter")).click()
        expect(sheet.get_by_role("status")).to_have_text(i18n.text("problem.challenge_untrained", language))
        sheet.locator(".ll-question-head button").click()
        page.get_by_role("button", name=i18n.text("page.button.play", language)).first.click()
        page.wait_for_function("() => document.querySelector('.ll-n-update .ll-value').textContent === '60'")
        page.locator(".ll-class-strip").get_by_role("button", name=says("challenge")).click()
        sheet.get_by_role("button", name=says("enter")).click()
        expect(sheet.get_by_role("status")).to_have_text(says("entered"))
        page.screenshot(path=SHOTS / f"class_challenge_{language}.png")
    expect(card).to_contain_text("Handed in: 2 of 2.")
    card.get_by_role("button", name="End it and work out the scores").click()
    card.get_by_role("button", name="Press again to end it").click()
    expect(card.locator(".ll-bars li")).to_have_count(2)
    expect(card).to_contain_text("Ada")
    card.screenshot(path=SHOTS / "class_challenge_scores.png")
    for language, page in students.items():
        sheet = page.locator(".ll-question:popover-open")
        expect(sheet).to_contain_text(i18n.text("student.score_why", language))
        page.screenshot(path=SHOTS / f"class_challenge_score_{language}.png")
    assert [page.faults for page in (teacher, *students.values())] == [[], [], []]
