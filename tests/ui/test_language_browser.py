"""The page's language in a real browser: whose it is at first, where it is kept, and what the document says of it."""

import re

from browsing import open_sidebar, visit
from playwright.sync_api import expect

from ladder.ui.navigation import FIRST, PAGES, hidden


def choose(page, name: str) -> None:
    open_sidebar(page)
    page.get_by_test_id("stSidebar").get_by_text(name, exact=True).click()


def test_the_document_says_its_language_on_every_page(browser, address):
    page = visit(browser, address, locale="de-DE")
    document = page.locator("html")
    expect(document).to_have_attribute("lang", "en")
    choose(page, "简体中文")
    expect(document).to_have_attribute("lang", "zh-CN")
    elsewhere = [name for name in PAGES if name != FIRST and name not in hidden(in_class=False)]
    for name in [*elsewhere, FIRST]:
        page.locator(f'a[href$="{name if name != FIRST else "/"}"]').first.click()
        expect(page).to_have_url(re.compile(f"/{name if name != FIRST else ''}[?]"))
        expect(document).to_have_attribute("lang", "zh-CN")
    for name in hidden(in_class=False):  # their entry is a link of another page
        page.goto(f"{address}/{name}")
        expect(document).to_have_attribute("lang", "zh-CN")
    choose(page, "English")
    expect(document).to_have_attribute("lang", "en")
    assert page.faults == []
    page.context.close()


def test_a_chosen_language_is_that_of_the_next_visit(browser, address):
    page = visit(browser, address, locale="zh-CN")
    document = page.locator("html")
    expect(document).to_have_attribute("lang", "zh-CN")  # the browser's own
    choose(page, "English")
    expect(document).to_have_attribute("lang", "en")
    for place in ("", "/about", "/compare"):
        other = page.context.new_page()
        other.goto(address + place)
        expect(other.locator("html")).to_have_attribute("lang", "en")
        expect(other.get_by_role("link", name="How it works").first).to_be_attached()
        other.close()
    other = page.context.new_page()
    other.goto(f"{address}/about?lang=zh")  # what a link says counts more
    expect(other.locator("html")).to_have_attribute("lang", "zh-CN")
    page.context.close()
