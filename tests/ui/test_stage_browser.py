"""The stage of the live page in a real browser: what a class must see is in sight, on a projector and on a phone."""

import re

import pytest
from browsing import SHOTS, open_sidebar, press, settled, slide, status, visit, wait_for_updates
from playwright.sync_api import Page, expect

CARDS = {"digits": ("costs", "error", "strip", "gain"), "moons": ("costs", "error", "regions", "gain")}
PHONE = {"has_touch": True, "is_mobile": True}


def box(page: Page, selector: str, n: int = 0) -> dict[str, float]:
    found = page.locator(selector).nth(n).bounding_box()
    assert found, selector
    return found


def in_sight(page: Page, selector: str, n: int = 0) -> bool:
    """Whether the whole element lies in the window."""
    found, size = box(page, selector, n), page.viewport_size
    return (
        found["y"] >= 0
        and found["x"] >= 0
        and (found["y"] + found["height"] <= size["height"] and found["x"] + found["width"] <= size["width"])
    )


@pytest.mark.parametrize(
    "width, height, dataset, language, scheme",
    [
        (1280, 720, "digits", "en", "light"),
        (1280, 720, "moons", "zh", "dark"),
        (1440, 900, "moons", "en", "light"),
        (1920, 1080, "digits", "zh", "dark"),
    ],
)
def test_controls_numbers_and_the_four_first_cards_are_in_sight(
    browser, address, width, height, dataset, language, scheme
):
    SHOTS.mkdir(exist_ok=True)
    page = visit(browser, f"{address}/?data={dataset}&lang={language}&at=60", width, height, color_scheme=scheme)
    wait_for_updates(page, 59)
    page.wait_for_selector(".ll-gain .js-plotly-plot .cartesianlayer")
    page.screenshot(path=SHOTS / f"stage_{dataset}_{width}.png")
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTop") == 0
    for card in CARDS[dataset]:
        assert in_sight(page, f".ll-{card}"), card
    for number in ("test_error", "twin_error", "supervised", "update", "rate"):
        assert in_sight(page, f".ll-n-{number} .ll-value"), number
    sliders = page.locator(".ll-controls > .ll-slider input")
    expect(sliders).to_have_count(7)
    for n in range(7):
        assert in_sight(page, ".ll-controls > .ll-slider input", n), n
    names = page.locator(".ll-controls > .ll-slider .ll-slider-name")
    assert max(names.evaluate_all("(all) => all.map((one) => one.offsetHeight)")) < 30  # each in one line
    for key in ("play", "step", "reset", "seed"):
        assert in_sight(page, f".st-key-button\\.{key} button, .st-key-button-{key} button"), key
    assert page.faults == []
    page.context.close()


def test_charts_grow_with_the_window(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=50", 1280, 720)
    small = box(page, ".ll-error .ll-chart")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_function(
        "(h) => document.querySelector('.ll-error .ll-chart').clientHeight > h + 100", arg=small["height"]
    )
    assert box(page, ".ll-error .ll-chart")["width"] > small["width"] + 100
    assert in_sight(page, ".ll-gain")
    page.context.close()


def test_a_very_high_window_shows_the_next_cards_too(browser, address):
    page = visit(browser, f"{address}/?at=50", 1440, 2600)
    page.wait_for_selector(".ll-gain .js-plotly-plot .cartesianlayer")
    for card in ("gain", "projection", "confusion", "layers"):
        assert in_sight(page, f".ll-{card}"), card
    page.context.close()


@pytest.mark.parametrize("width, height, options", [(1280, 720, {}), (390, 844, PHONE)])
def test_the_way_back_through_a_run_is_one_tap_away_of_its_charts(browser, address, width, height, options):
    SHOTS.mkdir(exist_ok=True)
    page = visit(browser, f"{address}/?at=200&target=0", width, height, **options)
    wait_for_updates(page, 199)
    status(page, "Paused")
    assert not page.locator(".ll-time").is_visible()
    page.get_by_role("button", name="Look back", exact=True).click()
    past = page.locator(".ll-time input")
    past.focus()
    page.keyboard.press("Home")
    expect(page.locator(".ll-time-now")).to_have_text("back at update 0")
    page.screenshot(path=SHOTS / f"look_back_{width}.png")
    assert in_sight(page, ".ll-time input") and in_sight(page, ".ll-costs .ll-chart")
    page.get_by_role("button", name="Look back", exact=True).click()
    expect(page.locator(".ll-time")).to_be_visible()  # as long as the pictures show the past
    page.keyboard.press("Tab")
    past.focus()
    page.keyboard.press("End")
    expect(page.locator(".ll-time")).to_be_hidden()
    assert page.faults == []
    page.context.close()


@pytest.mark.parametrize("width, height", [(390, 844), (360, 640)])
def test_on_a_phone_a_chart_stays_in_sight_of_every_control(browser, address, width, height):
    SHOTS.mkdir(exist_ok=True)
    page = visit(browser, f"{address}/?at=60&target=0", width, height, **PHONE)
    wait_for_updates(page, 59)
    page.locator(".ll-grid").evaluate("(grid) => grid.scrollTo(0, 0)")
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.wait_for_selector(".ll-error .js-plotly-plot .cartesianlayer")
    settled(page, "document.querySelector('.ll-error').getBoundingClientRect().x")
    page.screenshot(path=SHOTS / f"stage_phone_{width}.png")
    assert in_sight(page, ".ll-error .ll-chart") and in_sight(page, ".ll-controls > .ll-slider input")
    for n in range(7):
        slider = page.locator(".ll-controls > .ll-slider input").nth(n)
        slider.evaluate("(one) => one.scrollIntoView({ block: 'end' })")
        chart, own = box(page, ".ll-error .ll-chart"), box(page, ".ll-controls > .ll-slider input", n)
        assert own["height"] >= 44
        assert chart["y"] > 0 and chart["y"] + chart["height"] < own["y"], n
    page.screenshot(path=SHOTS / f"stage_phone_{width}_below.png")
    length = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    assert length <= 3 * height
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.context.close()


def test_on_a_phone_on_its_side_a_chart_and_a_control_are_in_sight(browser, address):
    page = visit(browser, f"{address}/?at=60&target=0", 844, 390, **PHONE)
    wait_for_updates(page, 59)
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    settled(page, "document.querySelector('.ll-costs').getBoundingClientRect().y")
    assert in_sight(page, ".ll-costs .ll-chart") and box(page, ".ll-costs .ll-chart")["height"] > 70
    assert in_sight(page, ".ll-n-test_error .ll-value") and in_sight(page, ".st-key-button-play button")
    assert in_sight(page, ".ll-controls > .ll-slider input", 1)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.context.close()


def swipe(page: Page, x: float, y: float, dx: float, dy: float) -> None:
    """A finger that touches, moves and is lifted."""
    session = page.context.new_cdp_session(page)
    touch = lambda kind, points: session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})  # noqa: E731
    touch("touchStart", [{"x": x, "y": y}])
    for i in range(1, 11):
        touch("touchMove", [{"x": x + dx * i / 10, "y": y + dy * i / 10}])
        page.wait_for_timeout(16)
    touch("touchEnd", [])


def test_a_swipe_over_a_slider_scrolls_and_never_sets_it(browser, address):
    page = visit(browser, f"{address}/?at=60&target=0", 390, 844, **PHONE)
    wait_for_updates(page, 59)
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    slider = page.locator(".ll-controls > .ll-slider input").nth(1)
    expect(slider).to_be_enabled()
    before, at = slider.get_attribute("aria-valuetext"), box(page, ".ll-controls > .ll-slider input", 1)
    swipe(page, at["x"] + 0.8 * at["width"], at["y"] + at["height"] / 2, 0, -150)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 50")
    assert slider.get_attribute("aria-valuetext") == before
    settled(page, "document.querySelector('[data-testid=stMain]').scrollTop")  # the page may roll on
    at = box(page, ".ll-controls > .ll-slider input", 1)
    finger = """([dy]) => {
      const track = document.querySelectorAll('.ll-controls > .ll-slider .ll-slider-track')[1];
      const { x, y, width, height } = track.getBoundingClientRect();
      const at = { pointerType: 'touch', bubbles: true, clientX: x + 0.9 * width };
      track.dispatchEvent(new PointerEvent('pointerdown', { ...at, clientY: y + height / 2 }));
      track.dispatchEvent(new PointerEvent('pointerup', { ...at, clientY: y + height / 2 + dy })); }"""
    page.evaluate(finger, [60])  # as where the page has no room to scroll
    assert slider.get_attribute("aria-valuetext") == before
    swipe(page, at["x"] + 0.31 * at["width"], at["y"] + at["height"] / 2, 0.4 * at["width"], 0)
    expect(slider).not_to_have_attribute("aria-valuetext", before)
    expect(page).to_have_url(re.compile("noise%3D0"))
    page.context.close()


def test_cards_are_swiped_through_on_a_phone(browser, address):
    page = visit(browser, f"{address}/?at=60&target=0", 390, 844, **PHONE)
    wait_for_updates(page, 59)
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    page.locator(".ll-grid").evaluate("(grid) => grid.scrollTo(0, 0)")
    at = box(page, ".ll-error .ll-head")
    swipe(page, at["x"] + 250, at["y"] + 10, -220, 0)
    page.wait_for_function("() => document.querySelector('.ll-grid').scrollLeft > 250")
    page.context.close()


def test_sliders_answer_at_once_go_back_to_their_defaults_and_follow_the_server(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=50&target=0")
    wait_for_updates(page, 49)
    status(page, "Paused")
    slide(page, "Noise std", "ArrowRight", 12)
    noise = page.get_by_role("slider", name=re.compile("Noise std")).first
    expect(noise).to_have_attribute("aria-valuetext", "0.22")
    page.get_by_role("button", name=re.compile("^Noise std.*Back to the default, 0.10")).first.click()
    expect(noise).to_have_attribute("aria-valuetext", "0.10")
    expect(page).not_to_have_url(re.compile("noise"))
    page.get_by_text("Noise of each layer").click()
    slide(page, "σ · hidden \\(l = 1\\)", "ArrowRight", 5)
    expect(page.get_by_role("slider", name="Noise std σ (layers differ; sets all)")).to_be_visible()
    expect(page).to_have_url(re.compile("noise%3D0.1%2C0.15%2C0.1"))
    weight = page.get_by_role("slider", name=re.compile("λ · input")).first
    usual = weight.get_attribute("aria-valuetext")
    for sign in ("×10", "÷10", "÷10", "×10"):
        page.get_by_role("button", name=sign).click()
    expect(weight).to_have_attribute("aria-valuetext", usual)
    open_sidebar(page)
    page.get_by_role("combobox", name=re.compile("Preset")).click()
    page.keyboard.type("Bottom")
    page.keyboard.press("Enter")
    expect(weight).to_have_attribute("aria-valuetext", "5000")
    expect(page.get_by_role("button", name="×10")).to_be_disabled()
    expect(page.get_by_role("button", name="÷2")).to_be_enabled()
    assert page.faults == []
    page.context.close()


def test_a_weight_of_zero_is_visibly_off(browser, address):
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=50&target=0")
    wait_for_updates(page, 49)
    page.get_by_role("slider", name=re.compile("λ · input")).first.press("Home")
    expect(page.locator(".ll-slider.ll-off")).to_have_count(1)
    press(page, "Play")
    wait_for_updates(page, 100)
    expect(page.locator(".ll-costs .ll-series", has_text="λ=0")).to_have_count(1)
    page.context.close()


@pytest.mark.parametrize(
    "locale, language, word", [("zh-CN", "", "训练"), ("en-US", "", "Play"), ("zh-CN", "en", "Play")]
)
def test_the_first_visit_is_in_the_browser_s_language_unless_the_address_says_another(
    browser, address, locale, language, word
):
    page = visit(
        browser, f"{address}/?data=moons&phi=tanh&at=50" + (f"&lang={language}" if language else ""), locale=locale
    )
    expect(page.get_by_role("button", name=re.compile(f"^{word}")).first).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=re.compile(f"^{word}")).first).to_be_visible()
    page.context.close()


def test_a_card_takes_the_whole_window_for_the_last_row_and_gives_it_back(browser, address):
    SHOTS.mkdir(exist_ok=True)
    page = visit(browser, f"{address}/?data=moons&phi=tanh&at=150&target=0", 1920, 1080)
    wait_for_updates(page, 149)
    before = box(page, ".ll-error")
    button = page.locator(".ll-error .ll-fullness")
    button.click()
    expect(page.locator(".ll-error.ll-full")).to_be_visible()
    assert box(page, ".ll-error") == {"x": 0, "y": 0, "width": 1920, "height": 1080}
    size = "(one) => parseFloat(getComputedStyle(one).fontSize)"
    tick = ".ll-error .xtick text"
    page.wait_for_function(f"() => ({size})(document.querySelector('{tick}')) >= 24")
    assert page.locator(".ll-error .ll-series").first.evaluate(size) >= 24
    page.screenshot(path=SHOTS / "stage_full_card.png")
    page.keyboard.press("Escape")
    expect(page.locator(".ll-full")).to_have_count(0)
    assert box(page, ".ll-error") == before
    assert page.faults == []
    page.context.close()


SHIFTS = """() => {
  window.shifts = [];
  const seen = (list) => {
    for (const { value, startTime, hadRecentInput } of list.getEntries()) {
      if (!hadRecentInput) window.shifts.push([startTime, value]);
    }
  };
  new PerformanceObserver(seen).observe({ type: 'layout-shift', buffered: true });
}"""


def most_shifted(shifts: list[tuple[float, float]]) -> float:
    """The Cumulative Layout Shift (web.dev/articles/cls): the largest sum of a window of at most 5 s whose shifts are
    less than 1 s apart. `shifts`: (ms, value) of each."""
    most = total = 0.0
    first = last = -1e9
    for time, value in shifts:
        if time - last >= 1000 or time - first >= 5000:
            first, total = time, 0.0
        last, total = time, total + value
        most = max(most, total)
    return most


@pytest.mark.parametrize("width, height, options", [(1280, 720, {}), (390, 844, PHONE)])
def test_nothing_jumps_while_the_page_opens_and_a_run_trains(browser, address, width, height, options):
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    page.add_init_script(f"({SHIFTS})()")
    page.goto(f"{address}/?at=60&target=0")
    page.wait_for_function("() => /[0-9]/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')")
    page.wait_for_selector(".ll-error .js-plotly-plot .cartesianlayer")
    settled(page, "window.shifts.length")
    opened = page.evaluate("() => window.shifts")
    assert most_shifted(opened) < 0.25  # where Streamlit's own page takes our styles late, all of it moves
    press(page, "Play")
    wait_for_updates(page, 200)
    settled(page, "window.shifts.length")
    assert most_shifted(page.evaluate("() => window.shifts")[len(opened) :]) < 0.05
    context.close()
