"""The live page in parts, in a real browser: an act draws what shows something else now, and nothing besides."""

import re

import pytest
from browsing import open_sidebar, press, slide, status, visit, wait_for_updates
from playwright.sync_api import expect


@pytest.fixture
def page(browser, address):
    """The live page with a small run, at rest."""
    opened = visit(browser, f"{address}/?data=moons&phi=tanh&at=50", height=2600)  # scrolling closes a list
    wait_for_updates(opened, 49)
    status(opened, "Paused")
    open_sidebar(opened)
    opened.wait_for_timeout(1000)
    yield opened
    assert opened.faults == []
    expect(opened.locator("[data-testid=stException]")).to_have_count(0)
    opened.context.close()


def box(page, label: str):
    return page.get_by_role("combobox", name=re.compile(label)).first  # the one that replaces it comes first


def value(page, label: str):
    """Of a slider."""
    return page.get_by_role("slider", name=re.compile(label)).first


def test_a_moved_control_costs_few_messages(page):
    """The whole page is some seventy, and its rendering costs the training a part of its speed. A slider of the panel
    costs none while it moves: the script is told when the hand has rested, for the address. Another setting draws its
    own part and the list of settings that are not at their default."""
    messages = []

    def listen(socket) -> None:
        if "_stcore" in socket.url:  # Streamlit's own; the other one is the live channel
            socket.on("framereceived", lambda message: messages.append(message))

    page.on("websocket", listen)
    page.reload()
    page.wait_for_selector(".ll-n-update .ll-value")
    page.wait_for_timeout(1500)
    assert len(messages) > 60
    messages.clear()
    slide(page, "Noise std", "ArrowRight", 20)
    expect(page).to_have_url(re.compile("noise%3D0.3(?!\\d)"))
    page.wait_for_timeout(1000)
    assert 1 <= len(messages) < 20
    open_sidebar(page)
    page.get_by_text("Optimiser and stop rules").first.click()
    page.wait_for_timeout(1000)
    messages.clear()
    slide(page, "Learning rate", "ArrowRight", 1)
    expect(page).to_have_url(re.compile("lr%3D0.005"))
    page.wait_for_timeout(1000)
    assert 3 < len(messages) < 30


def test_controls_that_follow_from_others_follow(page):
    expect(box(page, "Preset")).to_have_value("Custom")
    box(page, "Preset").click()
    page.get_by_role("option", name=re.compile("Bottom")).click()
    expect(value(page, "λ · input")).to_have_attribute("aria-valuetext", "5000")
    expect(value(page, "λ · top")).to_have_attribute("aria-valuetext", "0")
    expect(value(page, "Noise std")).to_have_attribute("aria-valuetext", "0.30")
    page.get_by_role("button", name="÷2").click()
    expect(value(page, "λ · input")).to_have_attribute("aria-valuetext", "2500")
    expect(box(page, "Preset")).to_have_value("Custom")
    expect(page).to_have_url(re.compile("lam%3D2500"))


def test_a_refused_choice_goes_back_and_says_why_until_something_is_done(page):
    widths = page.get_by_role("textbox", name=re.compile("Hidden layers")).first
    before = widths.input_value()
    widths.fill("ten")
    widths.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_have_count(1)
    expect(widths).to_have_value(before)
    slide(page, "Noise std", "ArrowRight", 1)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    expect(page).to_have_url(re.compile("noise%3D0.11"))


def test_a_new_run_is_in_all_parts_and_the_way_back_too(page):
    run = re.search(r"run=([\w-]+)", page.url)[1]
    slide(page, "Labelled samples", "ArrowRight", 1)
    expect(page.locator(".ll-n-supervised .ll-note")).to_contain_text("40 ")
    page.keyboard.press("n")
    seed = page.get_by_role("spinbutton", name=re.compile("Weight seed")).first
    expect(seed).to_have_value("1")
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")
    in_view = page.locator(".ll-runs-table .ll-in-view")
    expect(in_view).to_contain_text("1/0")
    seed.fill("7")
    seed.press("Enter")
    expect(in_view).to_contain_text("7/0")
    expect(page).to_have_url(re.compile("seed=7"))
    page.locator(".ll-runs-table .ll-link").last.click()
    expect(page).to_have_url(re.compile(f"run={run}"))
    expect(seed).to_have_value("0")
    wait_for_updates(page, 49)


def test_a_run_that_ends_by_itself_changes_the_buttons(page):
    page.get_by_text("Optimiser and stop rules").first.click()
    target = page.get_by_role("spinbutton", name=re.compile("Target"))
    target.fill("400")
    target.press("Enter")
    expect(page).to_have_url(re.compile("target%3D400"))
    press(page, "Play")
    expect(page.get_by_role("button", name=re.compile("^Go on"))).to_be_visible()
    status(page, "Finished")
    expect(target).to_be_visible()  # the box that was opened stays open
