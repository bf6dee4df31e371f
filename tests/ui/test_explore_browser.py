"""A sweep in a real browser: it fills, is pointed at, clicked, paused, cancelled, reloaded; it leaves screenshots."""

import re

from browsing import PATIENCE, SHOTS, settled
from playwright.sync_api import expect

SMALL = "axes=noise_std=0,0.1,0.3,0.6;labels=10,20&fix=dataset=moons;updates=100;widths=8-6&seeds=3"
CELLS = "document.querySelector('.ll-errors .js-plotly-plot')?.data?.[0]?.z?.flat().filter((z) => z !== null).length"

HEIGHT = "document.querySelector('[data-testid=stMainBlockContainer]').getBoundingClientRect().height"


def opened(browser, url: str, width=1440, height=1000):
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(url)
    page.wait_for_selector(".ll-errors .js-plotly-plot .cartesianlayer")
    return page


def button(page, name: str):
    return page.get_by_role("button", name=re.compile(f"^(play_arrow|pause|stop|)\\s*{name}")).first


def shot(page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def point_at(page, across: float, up: float):
    """The middle of the map's cell in column `across` and row `up`, counted from the lower left corner."""
    box = page.locator(".ll-errors .js-plotly-plot .cartesianlayer .bg, .ll-errors .js-plotly-plot .nsewdrag").first
    at = box.bounding_box()
    return at["x"] + at["width"] * (across + 0.5) / 4, at["y"] + at["height"] * (1 - (up + 0.5) / 2)


def test_a_map_fills_and_its_cells_lead_to_curves_and_to_a_live_run(browser, own_address):
    page = opened(browser, f"{own_address}/explore?{SMALL}")
    expect(page.get_by_text(re.compile("Runs: 24, of which 0 known"))).to_be_visible()
    button(page, "Start \\(runs: 24\\)").click()
    place = "document.querySelector('.ll-errors .js-plotly-plot .nsewdrag').getBoundingClientRect()"
    seen = [page.evaluate(f"(({{x, y, width, height}}) => [x, y, width, height])({place})")]
    page.wait_for_function(f"() => {CELLS} > 0")
    seen.append(page.evaluate(f"(({{x, y, width, height}}) => [x, y, width, height])({place})"))
    page.wait_for_function(f"() => {CELLS} === 8")
    seen.append(page.evaluate(f"(({{x, y, width, height}}) => [x, y, width, height])({place})"))
    assert seen[0] == seen[1] == seen[2]  # nothing moved under the pointer
    expect(page.get_by_text("Nothing is left to train: every run is kept (24 of 24).")).to_be_visible()
    expect(page.locator(".ll-looked-at")).to_have_count(1)
    page.mouse.move(*point_at(page, 3, 1))
    expect(page.locator(".ll-looked-at", has_text="Noise std σ 0.6 · Labels 20")).to_be_visible()
    page.mouse.move(*point_at(page, 2, 0))
    expect(page.locator(".ll-looked-at", has_text="Noise std σ 0.3 · Labels 10")).to_be_visible()
    place = page.locator(".ll-errors .js-plotly-plot .nsewdrag").first.bounding_box()
    with page.context.expect_page() as opening:
        page.mouse.down()
        page.mouse.up()
    assert "noise=0.3" in opening.value.url and "labels=10" in opening.value.url
    opening.value.close()
    link = page.get_by_role("link", name="Open as a live run")
    expect(link).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator(".ll-looked-at", has_text="Noise std σ 0.3 · Labels 10")).to_be_visible()
    assert page.locator(".ll-errors .js-plotly-plot .nsewdrag").first.bounding_box() == place
    shot(page, "explore")
    there = link.get_attribute("href").removeprefix("./")
    page.reload()
    page.wait_for_function(f"() => {CELLS} === 8")
    page.goto(f"{own_address}/{there}")
    page.wait_for_function("() => /100/.test(document.querySelector('.ll-n-update .ll-value')?.textContent || '')")
    assert "noise=0.3" in page.url and "data=moons" in page.url
    assert page.faults == []


def test_a_running_sweep_is_paused_reloaded_and_cancelled(browser, own_address):
    page = opened(browser, f"{own_address}/explore?{SMALL.replace('updates=100;', 'updates=20000;')}")
    button(page, "Start").click()
    expect(page.get_by_text(re.compile("0 of 24 runs finished"))).to_be_visible()
    button(page, "Pause").click()
    expect(page.get_by_text("Paused: 0 of 24 runs finished")).to_be_visible()
    page.reload()
    button(page, "Go on").click()
    button(page, "Cancel").click()
    expect(button(page, "Start")).to_be_enabled()
    expect(page.get_by_text("Cancelled: 0 of 24 runs are kept")).to_be_visible()
    assert page.faults == []


def test_ablations_beside_the_published_ones_on_a_phone_in_chinese(browser, own_address):
    query = "axes=variant=baseline,no_lateral,gaussian&fix=dataset=moons;updates=60;widths=8-6&seeds=3&lang=zh"
    page = opened(browser, f"{own_address}/explore?{query}", 390, 844)
    button(page, "开始").click()
    expect(page.get_by_text("无需再训练：全部 9 次训练都已保存。")).to_be_visible()
    page.locator(".ll-errors").scroll_into_view_if_needed()
    expect(page.locator(".ll-errors").get_by_text("Pezeshki 等 2016：MNIST，100 个标签")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "explore-phone-zh")
    assert page.faults == []


def test_a_guided_search_shows_its_trials_and_opens_one_as_a_live_run(browser, own_address):
    page = browser.new_context(viewport={"width": 1440, "height": 1300}).new_page()
    page.set_default_timeout(PATIENCE)
    fixed = "fix=dataset=moons;updates=100;widths=8-6;labels=10"
    page.goto(f"{own_address}/search?space=noise_std=0..0.5;learning_rate=0.001..0.02&{fixed}&seeds=3&trials=12")
    button(page, "Start \\(runs: 36\\)").click()
    expect(page.get_by_text("Nothing is left to train")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_text(re.compile("Lowest validation error"))).to_be_visible()
    best = page.locator(".st-key-search_best").get_by_role("link", name=re.compile(r"Open trial \d+ as a live run"))
    assert "data=moons" in best.get_attribute("href")  # where it is announced
    legend = ".js-plotly-plot .legend .traces"
    shown = page.locator(legend).evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one.querySelector('.legendlines path')).stroke)"
    )
    drawn = page.locator(".js-plotly-plot .scatterlayer .js-line").evaluate_all(
        "(all) => all.map((one) => getComputedStyle(one).stroke)"
    )
    assert set(drawn) == set(shown) and len(set(shown)) == len(shown)
    settled(page, HEIGHT)
    shot(page, "search")
    trials = page.get_by_test_id("stExpander").filter(has_text="All trials")
    table = trials.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    at = table.bounding_box()
    page.mouse.click(at["x"] + 20, at["y"] + 52)  # the first row's box
    link = trials.get_by_role("link", name=re.compile(r"Open trial \d+ as a live run"))
    expect(link).to_be_visible()
    assert link.get_attribute("href") == best.get_attribute("href")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page, HEIGHT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "search-phone")
