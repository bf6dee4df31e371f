"""The comparison in a real browser: play, change the contestants, pin, share; it leaves screenshots."""

import re

from browsing import PATIENCE, SHOTS, settled
from playwright.sync_api import expect

from ladder import theme

HEIGHT = "document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().height"


def opened(browser, url: str, width=1440, height=1000, **options):
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(url)
    page.wait_for_function("() => /[0-9]/.test(document.querySelector('.ll-standings td')?.textContent || '')")
    page.locator(".ll-error").scroll_into_view_if_needed()
    page.wait_for_selector(".ll-error .js-plotly-plot .cartesianlayer")
    return page


def updates(page) -> int:
    return int(re.sub(r"\D", "", page.locator(".ll-count").inner_text().split("·")[0]))


def shot(page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_the_page_opens_with_curves_on_an_axis_of_what_they_reach(browser, own_address):
    page = opened(browser, f"{own_address}/compare")
    expect(page.locator(".ll-pill")).to_have_text("Paused")
    assert updates(page) == 300
    drawn = "document.querySelector('.ll-error .js-plotly-plot')"
    page.wait_for_function(f"() => {drawn}.data.length === 3 && {drawn}.data.every((one) => one.x.at(-1) === 300)")
    top = page.evaluate(f"{drawn}.layout.yaxis.range[1]")
    late = page.evaluate(f"Math.max(...{drawn}.data.flatMap((one) => one.y.filter((y, i) => one.x[i] >= 75)))")
    assert late <= top < late + 0.15 < 0.9 < page.evaluate(f"{drawn}.data[0].y[0]")  # chance is above
    page.get_by_role("button", name="Reset").first.click()
    page.wait_for_function(f"() => {drawn}.data.every((one) => one.x.length === 1)")
    assert page.evaluate(f"{drawn}.layout.yaxis.range[1]") <= 1
    assert page.faults == []


def test_a_cost_has_the_line_that_it_has_on_the_live_page(browser, own_address):
    page = opened(browser, f"{own_address}/compare")
    page.locator(".ll-parts").scroll_into_view_if_needed()
    page.wait_for_selector(".ll-parts .js-plotly-plot .cartesianlayer")
    drawn = "document.querySelector('.ll-parts .js-plotly-plot').data"
    supervised, *layers = page.evaluate(f"{drawn}.map(({{ line }}) => [line.color, line.dash ?? 'solid'])")
    assert layers == [list(line) for line in zip(theme.LAYERS[:5], theme.DASHES[:5], strict=True)]
    assert supervised == [theme.PALETTES["light"].text, "solid"]
    page.context.close()


def test_the_page_says_for_whom_the_others_wait(browser, own_address):
    page = opened(browser, f"{own_address}/compare?with=supervised,contractive&labels=10&at=50")
    expect(page.locator(".ll-slow")).to_have_text(re.compile(r"wait for Contractive autoencoder, which takes \d+ %"))
    page = opened(browser, f"{own_address}/compare?with=knn,svm")
    expect(page.locator(".ll-slow")).to_have_text("")
    assert page.faults == []


def test_a_phone_shows_the_whole_table(browser, own_address):
    page = opened(browser, f"{own_address}/compare?at=50", 390, 844)
    card, table = page.locator(".ll-standings").first, page.locator("table.ll-standings")
    settled(page, HEIGHT)
    assert table.bounding_box()["height"] < card.bounding_box()["height"]
    assert page.locator(".ll-grid").evaluate("(grid) => grid.scrollWidth <= grid.clientWidth")
    assert page.faults == []


def test_contestants_train_in_lockstep_and_every_curve_moves(browser, own_address):
    page = opened(browser, f"{own_address}/compare?with=ladder,supervised_noise,denoising,label_spreading")
    expect(page.locator(".ll-standings tr")).to_have_count(5)
    page.get_by_role("button", name="Play").first.click()
    done = "document.querySelector('.ll-count').textContent.split('·')[0].replace(/\\D/g, '')"
    page.wait_for_function(f"() => +{done} >= 200")
    errors = page.locator(".ll-standings td:nth-child(2)").all_inner_texts()
    assert all(re.fullmatch(r"\d+\.\d %", error) for error in errors) and len(set(errors)) > 1
    page.get_by_role("button", name="Pause").first.click()
    expect(page.locator(".ll-pill")).to_have_text("Paused")
    seen = updates(page)
    settled(page, "document.querySelector('.ll-count').textContent")
    assert updates(page) == seen
    page.locator(".ll-pictures").scroll_into_view_if_needed()
    expect(page.locator(".ll-race-pictures canvas:visible")).to_have_count(6)  # input, ladder, denoising, twice each
    page.locator(".ll-choice button").nth(2).click()
    expect(page.locator(".ll-parts .ll-series b").last).to_be_visible()
    shot(page, "compare")

    page.get_by_role("button", name="Pin").first.click()
    expect(page.get_by_text("Pinned comparisons")).to_be_visible()
    seed = page.get_by_role("spinbutton", name="Weight seed")
    seed.fill("4")
    seed.press("Enter")
    expect(page).to_have_url(re.compile("seed=4"))
    expect(page.locator(".ll-error .ll-series")).to_have_count(8)  # four contestants and their ghosts
    shot(page, "compare-pinned")
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    settled(page, HEIGHT)  # charts above it find theirs
    at = table.bounding_box()
    page.mouse.click(at["x"] + 20, at["y"] + 52)  # the first row's box
    expect(page).not_to_have_url(re.compile("seed=4"))
    assert page.faults == []


def test_regions_of_the_plane_on_a_phone_in_chinese(browser, own_address):
    url = f"{own_address}/compare?lang=zh&data=moons&widths=20-20&with=ladder,supervised_noise,svm&at=50"
    page = opened(browser, url, 390, 844)
    page.locator(".ll-planes").scroll_into_view_if_needed()
    expect(page.locator(".ll-race-planes canvas")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    settled(page, HEIGHT)
    shot(page, "compare-phone-zh")
    assert page.faults == []


def swipe(page, x: float, y: float, dx: float, dy: float) -> None:
    """A finger's way over the screen."""
    session = page.context.new_cdp_session(page)
    steps = [{"x": x + dx * k / 15, "y": y + dy * k / 15} for k in range(16)]
    for kind, points in (("touchStart", steps[:1]), *(("touchMove", [step]) for step in steps[1:]), ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.evaluate("() => new Promise(requestAnimationFrame)")


def test_a_finger_on_a_look_inside_moves_the_page_and_the_pictures(browser, own_address):
    page = opened(browser, f"{own_address}/compare?at=50", 390, 844, has_touch=True, is_mobile=True)
    chart = page.locator(".stPlotlyChart").first
    chart.scroll_into_view_if_needed()
    page.wait_for_selector(".stPlotlyChart .cartesianlayer")
    settled(page, HEIGHT)  # charts above it find theirs
    picture = page.locator(".stPlotlyChart .main-svg").first
    assert picture.bounding_box()["width"] >= 640  # its titles keep apart
    words = page.locator(".stPlotlyChart text").evaluate_all(
        "(all) => all.map((one) => [parseFloat(getComputedStyle(one).fontSize), getComputedStyle(one).fill])"
    )
    assert words and all(size >= 14 and fill == "rgb(17, 24, 39)" for size, fill in words)  # ours, not Streamlit's
    top = "document.querySelector('.stMain').scrollTop"
    before, box = page.evaluate(top), chart.bounding_box()
    swipe(page, 195, box["y"] + 150, 0, 100)
    page.wait_for_function(f"(before) => {top} < before - 50", arg=before)
    swipe(page, 195, chart.bounding_box()["y"] + 150, -100, 0)
    page.wait_for_function(
        "() => document.querySelector('.st-key-side_by_side').parentElement.querySelectorAll('*')"
        ".values().some((one) => one.scrollLeft > 50)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []
