"""The page as it is shown to a class: what the last row can read, which cards, and the presenter's clicker."""

import re

import pytest
from browsing import status, visit, wait_for_updates
from playwright.sync_api import expect

QUERY = "data=moons&phi=tanh&widths=8-6&at=60"


def presented(browser, address, width: int, height: int, query: str = ""):
    page = visit(browser, f"{address}/?{QUERY}{query}", width, height)
    wait_for_updates(page, 59)
    status(page, "Paused")
    return page


def font_sizes(page, selector: str) -> list[float]:
    seen = "[...document.querySelectorAll(selector)].filter((one) => one.checkVisibility())"
    return page.evaluate(f"(selector) => {seen}.map((one) => parseFloat(getComputedStyle(one).fontSize))", selector)


def cards(page) -> list[str]:
    """The titles of the cards in sight."""
    return page.locator(".ll-card:visible h3").all_inner_texts()


def test_the_last_row_reads_curve_names_axis_numbers_and_figures(browser, address):
    page = presented(browser, address, 1920, 1080)
    page.keyboard.press("f")
    expect(page.locator(".ll-present")).to_have_count(1)
    ticks = "[...document.querySelectorAll('.ll-first .xtick text')]"
    page.wait_for_function(f"() => {ticks}.every((one) => parseFloat(getComputedStyle(one).fontSize) >= 24)")
    assert min(font_sizes(page, ".ll-present .ll-value")) >= 64
    for selector in (".ll-series", ".ll-chart .xtick text", ".ll-chart .ytick text", ".ll-label", ".ll-first h3"):
        assert min(font_sizes(page, f".ll-present {selector}")) >= 24, selector
    boxes = [card.bounding_box() for card in page.locator(".ll-card:visible").all()]
    assert len(boxes) == 4 and max(box["y"] + box["height"] for box in boxes) <= 1080
    assert page.faults == []
    page.context.close()


def test_the_teacher_chooses_the_cards_and_the_link_keeps_them(browser, address):
    page = presented(browser, address, 1280, 720)
    page.keyboard.press("f")
    expect(page.locator(".ll-card:visible")).to_have_count(4)
    for name in ("Costs", "Gain"):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".ll-card:visible")).to_have_count(2)
    expect(page).to_have_url(re.compile("present=5"))
    page.reload()
    page.wait_for_selector(".ll-present.ll-show-2")
    page.get_by_role("button", name=re.compile("^End presentation")).click()
    expect(page.locator(".ll-present")).to_have_count(0)
    expect(page.locator(".ll-runs")).to_have_count(1)
    assert page.faults == []
    page.context.close()


def test_a_clicker_goes_through_the_cards_and_plays(browser, address):
    page = presented(browser, address, 1280, 720, "&present=3")
    expect(page.locator(".ll-present.ll-show-2")).to_have_count(1)
    both = cards(page)
    for key, shown in (("PageDown", 1), ("PageDown", 1), ("PageDown", 2), ("PageUp", 1)):
        page.keyboard.press(key)
        expect(page.locator(".ll-card:visible")).to_have_count(shown)
    assert cards(page)[0] in both
    page.keyboard.press(".")
    wait_for_updates(page, 60)
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("present", ["", "&present=15"])
def test_charts_stay_in_sight_at_a_browser_zoom_of_150_percent(browser, address, present):
    page = presented(browser, address, round(1920 / 1.5), round(1080 / 1.5), present)
    for card in ("costs", "error", "gain"):
        box = page.locator(f".ll-{card} .ll-chart").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 1080 / 1.5, card
    page.context.close()
