"""The page Inside in a real browser: its drawing acts on the run, and shows the run's own numbers."""

import re

import pytest
from browsing import PATIENCE, SHOTS, press, settled, slide, status, wait_for_updates
from playwright.sync_api import Page, expect

QUERY = "data=digits&widths=30-20&at=60&target=0"


def opened(browser, address, query: str = QUERY, width: int = 1440, height: int = 900, **options) -> Page:
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(f"{address}/inside?{query}")
    page.wait_for_selector(".ll-bars i")
    return page


def combinator_drawn(page: Page) -> None:
    """Wait until the chart of the combinator is there. It is drawn where it can be seen."""
    page.locator(".ll-combinator").scroll_into_view_if_needed()
    page.wait_for_selector(".ll-combinator .js-plotly-plot .cartesianlayer")


def inked(page: Page, path: str) -> list[str]:
    """What each node of a column shows, from the input up, as picture data."""
    script = "(all) => all.map((one) => one.toDataURL())"
    return page.locator(f".ll-node-{path} canvas").evaluate_all(script)


def test_a_switch_of_the_drawing_cuts_a_signal_of_the_live_run(browser, address):
    page = opened(browser, address)
    assert page.locator(".ll-floor").count() == 4
    rung = page.locator(".ll-cut-lateral").nth(1)
    expect(rung).to_have_attribute("aria-checked", "true")
    rung.click()
    expect(rung).to_have_attribute("aria-checked", "false")
    expect(page).to_have_url(re.compile(r"lateral%3D1%2C0%2C1%2C1"))
    page.locator(".ll-cut-noise").first.click()
    expect(page).to_have_url(re.compile(r"noise%3D0%2C0\.3%2C0\.3%2C0\.3"))
    page.locator(".ll-cut-noise").first.click()  # the noise that it had
    expect(page.locator(".ll-cut-noise").first).to_have_text("σ 0.3")
    combinator_drawn(page)
    press(page, "Play")
    status(page, "Training")
    flat = "document.querySelector('.ll-combinator .js-plotly-plot').data.filter((one) => one.name[0] === 'u')"
    spread = f"{flat}.map(({{ y }}) => Math.max(...y) - Math.min(...y))"
    page.wait_for_function(f"() => {spread}.every((one) => one < 1e-6)")  # without z_tilde all curves are flat
    press(page, "Pause")
    rung.click()
    page.wait_for_function(f"() => {spread}.some((one) => one > 0.01)")
    assert page.faults == []
    page.context.close()


def test_another_draw_of_the_noise_changes_the_noisy_and_the_restored_values_and_not_the_clean_ones(browser, address):
    page = opened(browser, address)
    page.get_by_role("button", name="Next sample").click()
    expect(page.locator(".ll-sample .ll-sample-name")).to_have_text(re.compile(r"^test sample 2: \d$"))
    settled(page, "[...document.querySelectorAll('.ll-node canvas')].map((one) => one.toDataURL()).join()")
    before = {path: inked(page, path) for path in ("z_tilde", "z_hat", "z")}
    page.get_by_role("button", name="Draw the noise again").click()
    page.wait_for_function(
        "(was) => document.querySelector('.ll-node-z_tilde canvas').toDataURL() !== was", arg=before["z_tilde"][0]
    )
    settled(page, "[...document.querySelectorAll('.ll-node canvas')].map((one) => one.toDataURL()).join()")
    assert all(a != b for a, b in zip(inked(page, "z_tilde"), before["z_tilde"], strict=True))
    assert inked(page, "z") == before["z"]
    slide(
        page, "Noise σ here", "Home", 1
    )  # no noise for this sample: noisy and clean are one, in training nothing changes
    page.wait_for_function(
        "(clean) => document.querySelector('.ll-node-z_tilde canvas').toDataURL() === clean", arg=before["z"][0]
    )
    assert "noise" not in page.url
    page.context.close()


def test_a_person_draws_a_digit_and_sees_it_pass(browser, address):
    SHOTS.mkdir(exist_ok=True)
    page = opened(browser, address)
    page.get_by_role("button", name="Draw one").click()
    expect(page.locator(".ll-sample .ll-sample-name")).to_have_text("your own drawing")
    at = page.locator(".ll-pad").bounding_box()
    page.mouse.move(at["x"] + 0.5 * at["width"], at["y"] + 0.15 * at["height"])
    page.mouse.down()
    page.mouse.move(at["x"] + 0.5 * at["width"], at["y"] + 0.85 * at["height"], steps=8)
    page.mouse.up()
    shown = page.locator(".ll-pad").evaluate("(one) => one.toDataURL()")
    page.wait_for_function(
        "(drawn) => document.querySelector('.ll-node-z canvas').toDataURL() === drawn", arg=shown
    )  # the clean input is the drawing
    page.screenshot(path=SHOTS / "inside_drawn.png")
    page.get_by_role("button", name="Back to a sample").click()
    expect(page.locator(".ll-sample .ll-sample-name")).to_have_text(re.compile("^test sample 1"))
    assert page.faults == []
    page.context.close()


def test_an_update_in_slow_motion_passes_its_stages_and_is_made_at_the_end(browser, address):
    SHOTS.mkdir(exist_ok=True)
    page = opened(browser, address)
    press(page, "Play")
    status(page, "Training")
    page.get_by_role("button", name="Next update in slow motion").click()
    status(page, "Paused")
    expect(page.locator(".ll-drawing[data-stage=noise]")).to_have_count(1)
    before = page.locator(".ll-count").inner_text()
    for stage in ("corrupt", "encode", "decode", "costs"):
        page.get_by_role("button", name="Next stage").click()
        expect(page.locator(f".ll-drawing[data-stage={stage}]")).to_have_count(1)
    expect(page.locator(".ll-motion .ll-numbers tr")).to_have_count(1 + 4 + 2)  # layers, supervised loss, sum
    page.screenshot(path=SHOTS / "inside_slow.png")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".ll-drawing[data-stage=decode]")).to_have_count(1)
    page.get_by_role("button", name="7 Update").click()
    assert page.locator(".ll-count").inner_text() == before  # nothing was trained by looking
    page.get_by_role("button", name="Make this update").click()
    expect(page.locator(".ll-drawing[data-stage=noise]")).to_have_count(1)
    n = int(re.search(r"update ([\d,]+)", before)[1].replace(",", ""))
    expect(page.locator(".ll-count")).to_contain_text(f"update {n + 1:,}")
    page.get_by_role("button", name="End").click()
    expect(page.locator(".ll-drawing[data-stage]")).to_have_count(0)
    assert page.faults == []
    page.context.close()


def test_the_way_back_shows_an_earlier_moment_branches_there_and_takes_a_change_back(browser, address):
    page = opened(browser, address, QUERY.replace("at=60", "at=200"))
    expect(page.locator(".ll-time-now")).to_have_text("now, update 200")
    settled(page, "[...document.querySelectorAll('.ll-node canvas')].map((one) => one.toDataURL()).join()")
    late = inked(page, "z_hat")
    past = page.locator(".ll-time input")
    past.focus()
    page.keyboard.press("Home")
    expect(page.locator(".ll-time-now")).to_have_text("back at update 0")
    page.wait_for_function(
        "(late) => document.querySelector('.ll-node-z_hat canvas').toDataURL() !== late", arg=late[0]
    )
    page.keyboard.press("End")
    expect(page.locator(".ll-time-now")).to_have_text("now, update 200")
    page.wait_for_function(
        "(late) => document.querySelector('.ll-node-z_hat canvas').toDataURL() === late", arg=late[0]
    )
    page.locator(".ll-cut-noise").first.click()
    expect(page).to_have_url(re.compile("noise"))
    press(page, "Step")
    expect(page.locator(".ll-count")).to_contain_text("update 201")
    before = page.url
    page.get_by_role("button", name="Take back the last change with its effect").click()
    expect(page.locator(".ll-count")).to_contain_text("update 200")
    expect(page).not_to_have_url(before)
    expect(page).not_to_have_url(re.compile("noise"))
    past.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".ll-time-now")).to_have_text(re.compile("back at update 1"))
    there = re.search(r"\d+", page.locator(".ll-time-now").inner_text())[0]
    page.get_by_role("button", name="Train on from here").click()
    expect(page.locator(".ll-count")).to_contain_text(f"update {there}")
    assert page.faults == []
    page.context.close()


def test_a_number_of_the_confusion_matrix_leads_to_its_samples_and_a_sample_inside(browser, address):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?{QUERY}")
    page.wait_for_selector(".ll-n-update .ll-value")
    wait_for_updates(page, 59)
    status(page, "Paused")
    page.locator(".ll-confusion").scroll_into_view_if_needed()
    page.wait_for_function("() => [...document.querySelectorAll('.ll-matrix td')].some((one) => one.textContent)")
    page.wait_for_timeout(3000)  # the picture of the update at which the run rests comes after its number
    settled(page, "document.querySelector('.ll-matrix').textContent")
    cells = page.locator(".ll-matrix td")
    counted = cells.all_inner_texts()
    i = next(i for i, text in enumerate(counted) if text and i % 11)  # a wrong one
    cells.first.focus()
    for _ in range(i // 10):
        page.keyboard.press("ArrowDown")
    for _ in range(i % 10):
        page.keyboard.press("ArrowRight")
    expect(cells.nth(i)).to_be_focused()
    page.keyboard.press("Enter")
    title = page.locator(".ll-cases:popover-open .ll-help-title")
    expect(title).to_contain_text(f"{counted[i]} test samples of class {i // 10}")
    expect(page.locator(".ll-case")).to_have_count(min(8, int(counted[i])))
    row = page.locator(".ll-case span").first.inner_text().split("\n")[0]
    page.get_by_role("button", name="Look inside").first.click()
    expect(page).to_have_url(re.compile("/inside"))
    expect(page.locator(".ll-sample .ll-sample-name")).to_have_text(f"{row}: {i // 10}")
    page.context.close()


def test_a_point_of_the_projection_leads_to_its_sample_and_the_sample_inside(browser, address):
    SHOTS.mkdir(exist_ok=True)
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?{QUERY}")
    page.wait_for_selector(".ll-n-update .ll-value")
    status(page, "Paused")
    plane = page.locator(".ll-projection canvas")
    plane.scroll_into_view_if_needed()
    settled(page, "document.querySelector('.ll-projection canvas').toDataURL()")
    plane.focus()
    expect(page.locator(".ll-point-name")).to_have_text(re.compile(r"^training sample \d+: \d$"))
    first = page.locator(".ll-point-name").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".ll-point-name")).not_to_have_text(first)
    page.keyboard.press("ArrowLeft")
    named = page.locator(".ll-point-name").inner_text()
    page.keyboard.press("Enter")
    title = page.locator(".ll-projection .ll-cases .ll-help-title")
    expect(title).to_contain_text(f"A training sample of class {named[-1]}")
    page.screenshot(path=SHOTS / "point.png")
    assert page.locator(".ll-projection .ll-case img").count() == 3
    page.keyboard.press("Escape")
    box = plane.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".ll-projection .ll-case span")).to_contain_text("training sample")
    row = page.locator(".ll-projection .ll-case span").inner_text().split("\n")[0]
    page.locator(".ll-projection .ll-case").get_by_role("button", name="Look inside").click()
    expect(page).to_have_url(re.compile("/inside"))
    expect(page.locator(".ll-sample .ll-sample-name")).to_contain_text(f"{row}: ")
    page.context.close()


def test_the_address_names_what_is_looked_at(browser, address):
    page = opened(browser, address, f"{QUERY}&part=training&row=9&rung=2&unit=4")
    name = page.locator(".ll-sample .ll-sample-name")
    expect(name).to_have_text(re.compile(r"^training sample 10: \d$"))
    expect(page.locator(".ll-floor[aria-pressed=true]")).to_contain_text("20")
    page.get_by_role("button", name="Next sample").click()
    expect(page).to_have_url(re.compile("row=10.*rung=2.*unit=4"))
    page.reload()
    expect(name).to_have_text(re.compile(r"^training sample 11: \d$"))
    page.get_by_role("button", name="Take a test sample").click()
    expect(name).to_have_text(re.compile(r"^test sample 1: \d$"))
    expect(page).not_to_have_url(re.compile("part="))
    far = opened(browser, address, f"{QUERY}&row=900000&rung=7&unit=99999")  # what the run does not have
    expect(far.locator(".ll-sample .ll-sample-name")).to_have_text(re.compile(r"^test sample 500: \d$"))
    for one in (page, far):
        assert one.faults == []
        one.context.close()


@pytest.mark.parametrize(
    "query, width, height, options",
    [
        ("data=moons&at=60&lang=zh", 390, 844, {"has_touch": True, "is_mobile": True}),
        ("data=wine&widths=8-8-8-8-8-8&at=20", 1280, 720, {"color_scheme": "dark"}),
    ],
)
def test_other_data_depths_and_windows(browser, address, query, width, height, options):
    SHOTS.mkdir(exist_ok=True)
    page = opened(browser, address, query, width, height, **options)
    page.screenshot(path=SHOTS / f"inside_{width}.png")
    boxes = page.locator(".ll-node").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map(({ x, right }) => [x, right])"
    )
    assert min(x for x, _ in boxes) > 0 and max(right for _, right in boxes) <= width
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".ll-floor").last.click()
    expect(page.locator(".ll-floor").last).to_have_attribute("aria-pressed", "true")
    page.locator(".ll-layer summary").click()
    expect(page.locator(".ll-layer .ll-numbers tr").nth(2)).to_be_attached()
    assert page.faults == []
    page.context.close()
