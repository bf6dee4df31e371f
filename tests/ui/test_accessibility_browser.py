"""The page for everyone: letters that can be switched off, and that work on every keyboard."""

from browsing import press, updates, visit, wait_for_updates
from playwright.sync_api import expect


def test_letters_can_be_switched_off_for_the_next_visits_too(browser, address):
    page = visit(browser, f"{address}/?data=moons&at=20")
    press(page, "View")
    page.get_by_text("Letters press the buttons").click()
    expect(page.locator("button kbd")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("slider", name="Labelled samples").focus()
    for letter in "sn":
        page.keyboard.press(letter)
    press(page, "Step")
    wait_for_updates(page, 20)
    assert updates(page) == 21
    other = page.context.new_page()
    other.goto(f"{address}/compare")
    expect(other.get_by_role("button", name="Share")).to_be_visible()
    expect(other.locator("button kbd")).to_have_count(0)
    page.context.close()


def test_letters_work_by_their_place_on_a_keyboard_that_types_others(browser, address):
    page = visit(browser, f"{address}/?data=moons&at=20")
    session = page.context.new_cdp_session(page)
    page.get_by_role("slider", name="Labelled samples").focus()
    key = {"key": "ы", "text": "ы", "code": "KeyS", "windowsVirtualKeyCode": 83}
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
    wait_for_updates(page, 20)
    assert updates(page) == 21
    page.context.close()
