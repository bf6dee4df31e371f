"""The first lesson on the page, done as it says: each step goes on by itself when the run shows what it promised."""

import re

from browsing import press, visit, wait_for_updates
from playwright.sync_api import expect

PATIENCE = 180_000  # ms for a step on a crowded machine, which trains 50 updates a second


def error(page) -> float:
    """The ladder's test error on the page, in per cent."""
    return float(page.locator(".ll-n-test_error .ll-value").inner_text().split()[0])


def test_the_first_lesson_works_when_it_is_followed(browser, address):
    page = visit(browser, address, 1280, 720)
    page.get_by_role("button", name="First steps").click()
    step = page.locator(".ll-step")

    def reached(words: str, k: int) -> None:
        expect(step).to_contain_text(words, timeout=PATIENCE)
        expect(page.locator(".ll-steps > b")).to_have_text(f"{k} of 6")

    def back(label: str) -> None:
        page.get_by_role("button", name=re.compile(f"^{label}[^:]*: ")).first.click()

    reached("Press Play", 1)
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")
    for card in ("costs", "error"):  # the charts stay in sight below the lesson
        box = page.locator(f".ll-{card} .ll-chart").bounding_box()
        assert box["y"] + box["height"] <= 720 and box["height"] > 60, card
    page.get_by_text("Full", exact=True).click()
    press(page, "Play")
    reached("Pull the noise σ to 0", 2)
    first = error(page)
    page.get_by_role("slider", name=re.compile("^Noise std")).first.press("Home")
    press(page, "Reset")
    expect(page.locator(".ll-step-seen")).to_contain_text(re.compile(r"\d+\.\d % → \d+\.\d %"))
    reached("Put the noise back", 3)
    assert error(page) > 40
    back("Noise std σ, all layers")
    page.get_by_role("slider", name=re.compile("^λ · input")).press("Home")
    press(page, "Reset")
    reached("Put λ of the input back", 4)
    assert error(page) < 40
    back("λ · input")
    page.get_by_role("slider", name=re.compile("^Labelled samples")).press("End")
    reached("Press “New seed”", 5)
    assert error(page) < first
    page.keyboard.press("n")
    reached("Press “Share”", 6)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.locator(".ll-steps")).to_be_hidden()
    assert page.faults == []
    page.context.close()


def test_a_step_can_be_skipped_and_one_that_is_taken_back_waits_again(browser, address):
    page = visit(browser, address)
    page.get_by_role("button", name="First steps").click()
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")  # the lesson's own run is in view
    page.get_by_role("button", name="Skip").click()
    expect(page.locator(".ll-steps > b")).to_have_text("2 of 6")
    slider = page.get_by_role("slider", name=re.compile("^Noise std")).first
    page.get_by_text("10/s", exact=True).click()  # the step ends only after 500 updates
    press(page, "Play")
    wait_for_updates(page, 5)
    slider.press("Home")
    press(page, "Reset")
    expect(page.locator(".ll-step-seen")).not_to_have_text("")
    slider.press("End")
    expect(page.locator(".ll-step-seen")).to_have_text("")
    expect(page.locator(".ll-steps > b")).to_have_text("2 of 6")
    page.context.close()
