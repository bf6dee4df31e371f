"""The page by WCAG 2.2 AA: axe-core's rules, what charts and pictures say, the letters of the buttons, and print."""

import re

import pytest
from accessibility import FOUND, OVERFLOWS, RULES
from axe_playwright_python.sync_playwright import Axe
from browsing import PATIENCE, press, settled, updates, visit, wait_for_updates
from playwright.sync_api import Page, expect

from ladder.ui.navigation import FIRST, PAGES


def opened(browser, address: str, name: str, language: str, **options) -> Page:
    """A page when all of it has been drawn."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    go_to(page, address, name, language)
    return page


def go_to(page: Page, address: str, name: str, language: str) -> None:
    page.goto(f"{address}/?lang={language}&at=60" if name == FIRST else f"{address}/{name}?lang={language}")
    if name == FIRST:
        page.wait_for_selector(".ll-n-update .ll-value")
        wait_for_updates(page, 59)
    expect(page.locator("h1")).to_be_attached()
    settled(page, "[document.body.innerText.length, document.querySelectorAll('[data-stale=true], .stSpinner').length]")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_no_rule_in_either_language_and_theme_and_scrolls_in_one_direction(browser, address, name):
    page = opened(browser, address, name, "en", color_scheme="light")
    for language, schemes in (("en", ("light", "dark")), ("zh", ("dark", "light"))):
        if language != "en":
            go_to(page, address, name, language)
        page.evaluate(Axe().axe_script)
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(
                "(scheme) => getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme", arg=scheme
            )
            settled(page, "getComputedStyle(document.querySelector('.stApp')).backgroundColor")
            assert page.evaluate(FOUND, RULES) == [], (language, scheme)
    for width, height in ((640, 360), (320, 512)):  # 1,280 px at 200 and at 400 percent (1.4.4, 1.4.10)
        page.set_viewport_size({"width": width, "height": height})
        settled(page, "document.querySelector('[data-testid=stMain]').scrollHeight")
        assert page.evaluate(OVERFLOWS) == [0, 0], width
    assert page.faults == []
    page.context.close()


INVISIBLE = """() => {
  const ground = getComputedStyle(document.querySelector('.stApp')).backgroundColor;
  const lost = [];
  for (const one of document.querySelectorAll('.ll-slider input, .ll-button, .stButton button')) {
    if (!one.checkVisibility()) continue;
    const { borderTopColor, borderTopWidth, accentColor, color } = getComputedStyle(one);
    const drawn = one.matches('input') || (parseFloat(borderTopWidth) > 0 && borderTopColor !== ground);
    if (!drawn || color === ground) lost.push(one.className || one.textContent);
  }
  return lost;
}"""


def test_forced_colours_leave_every_button_its_edge_and_every_curve_its_colour(browser, address):
    page = visit(browser, f"{address}/?data=moons&at=60", forced_colors="active")
    assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(INVISIBLE) == []
    line = "(all) => all.map((one) => getComputedStyle(one).stroke)"
    for drawn in (".ll-costs .scatterlayer .js-line", ".ll-costs .ll-series line"):  # a curve and its name
        assert len(set(page.locator(drawn).evaluate_all(line))) >= 4, drawn
    page.context.close()


STOP = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {
    own: Boolean(one.closest('.ll-root')), name: one.className || one.tagName, outlined,
    play: Boolean(one.closest('.st-key-button-play')),
  };
}"""


def test_play_is_among_the_first_ten_tab_stops_and_the_focus_is_seen(browser, address):
    page = opened(browser, address, FIRST, "en")
    page.evaluate("() => document.activeElement.blur()")
    stops = []
    while len(stops) < 80 and (not stops or stops[-1]["own"] or not any(stop["own"] for stop in stops)):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
    assert any(stop["play"] for stop in stops[:10]), stops[:12]
    own = [stop for stop in stops if stop["own"]]
    assert len(own) > 20 and [stop["name"] for stop in own if not stop["outlined"]] == []
    page.context.close()


SAID = "[...document.querySelectorAll('.ll-root [role=img]')].map((one) => one.ariaLabel)"


@pytest.mark.parametrize("data", ["digits", "moons"])
def test_charts_and_pictures_say_what_they_show_now_off_the_screen_too(browser, address, data):
    page = visit(browser, f"{address}/?data={data}&at=60&pace=30", height=500)
    known = "every((text) => /[0-9]/.test(text.split(':').slice(1).join()))"
    page.wait_for_function(f"() => {SAID}.{known}")
    before = page.evaluate(SAID)
    press(page, "Play")
    wait_for_updates(page, 100)
    changed = "filter((text, i) => text === before[i]).length <= 2"  # the clean and the noisy input stay what they were
    page.wait_for_function(f"(before) => {SAID}.{changed}", arg=before)
    assert page.faults == []
    page.context.close()


def test_the_curves_of_a_chart_open_as_a_table(browser, address):
    page = visit(browser, f"{address}/?data=moons&at=60")
    wait_for_updates(page, 59)
    card = page.locator(".ll-error")
    assert page.locator(".ll-numbers").count() == 0  # it is made when it is opened
    card.get_by_role("button", name="What is this?").press("Enter")
    card.get_by_text("Numbers as a table").press("Enter")
    rows = card.locator(".ll-numbers tr")
    expect(rows.first).to_have_text("updatesladdersupervised twin")
    assert 3 < rows.count() <= 21
    assert re.fullmatch(r"60\d+\.\d %\d+\.\d %", rows.last.inner_text().replace("\t", ""))
    card.get_by_text("Numbers as a table").press("Enter")
    expect(page.locator(".ll-numbers")).to_have_count(0)
    assert page.faults == []
    page.context.close()


def test_a_comparison_says_what_it_shows_and_has_its_curves_as_tables(browser, address):
    page = opened(browser, address, "compare", "zh")
    chart = page.locator(".ll-reconstruction .ll-chart")
    expect(chart).to_have_attribute("aria-label", re.compile(r"：.*\d"))
    expect(page.locator(".ll-pill")).to_have_text("已暂停")  # the curves of its first updates are there
    card = page.locator(".ll-error")
    card.get_by_role("button", name="这是什么？").press("Enter")
    card.get_by_text("数据表").press("Enter")
    expect(card.locator(".ll-numbers tr").nth(2)).to_be_attached()
    page.context.close()


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


CUT = """() => [...document.querySelectorAll('.ll-card')].filter((card) => {
  const { right } = card.getBoundingClientRect();
  const drawn = [...card.querySelectorAll('.main-svg, canvas, table')];
  const beyond = drawn.some((one) => one.getBoundingClientRect().right > right + 1);
  return beyond || card.scrollHeight > card.clientHeight + 1 || getComputedStyle(card).breakInside !== 'avoid';
}).map((card) => card.className)"""


def test_on_paper_every_card_is_drawn_and_whole_and_nothing_is_to_press(browser, address):
    page = visit(browser, f"{address}/?data=digits&at=60", height=500)
    page.set_viewport_size({"width": 718, "height": 1047})  # A4 within its margins
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".ll-chart .cartesianlayer")).to_have_count(3)
    expect(page.locator(".ll-tile img")).to_have_count(20)
    assert any(page.locator(".ll-matrix td").all_inner_texts())
    assert page.evaluate(CUT) == []
    for gone in ("stHeader", "stSidebar"):
        expect(page.get_by_test_id(gone)).to_be_hidden()
    assert page.locator("button:not(.ll-series, .ll-link):visible, input:visible").count() == 0
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator(".ll-printing")).to_have_count(0)
    assert page.faults == []
    page.context.close()
