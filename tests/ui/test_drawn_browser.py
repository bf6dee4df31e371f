"""Drawn samples in a real browser: collected with mouse and finger, tested on, kept as data, taken away as a file."""

import re

from browsing import PATIENCE, SHOTS, press, settled
from playwright.sync_api import Page, expect
from schools import LAPTOP, PHONE

from ladder import i18n

QUERY = "data=digits&widths=30-20&at=60&target=0"
STROKES = {  # of a pad, in shares of its sides
    0: [(0.5, 0.15), (0.25, 0.3), (0.25, 0.7), (0.5, 0.85), (0.75, 0.7), (0.75, 0.3), (0.5, 0.15)],
    1: [(0.5, 0.1), (0.5, 0.9)],
    7: [(0.25, 0.15), (0.75, 0.15), (0.45, 0.9)],
}


def opened(browser, url: str, **options) -> Page:
    page = browser.new_context(accept_downloads=True, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(url)
    return page


def inside(browser, address: str, query: str = QUERY, **options) -> Page:
    page = opened(browser, f"{address}/inside?{query}", **options)
    page.wait_for_selector(".ll-bars i")
    return page


def places(page: Page, k: int) -> list[tuple[float, float]]:
    """Where a digit's strokes go on the page."""
    pad = page.locator(".ll-pad")
    pad.scroll_into_view_if_needed()
    at = pad.bounding_box()
    return [(at["x"] + x * at["width"], at["y"] + y * at["height"]) for x, y in STROKES[k]]


def draw_by_mouse(page: Page, k: int) -> None:
    first, *others = places(page, k)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def draw_by_finger(page: Page, k: int) -> None:
    touch = page.context.new_cdp_session(page)
    for i, (x, y) in enumerate(places(page, k)):
        points = {"touchPoints": [{"x": x, "y": y}]}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", **points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def add(page: Page, k: int, part: str, language: str = "en") -> None:
    page.locator(".ll-drawn-adder select").select_option(str(k))
    page.locator(".ll-drawn-adder button", has_text=i18n.text(f"inside.drawn.add_{part}", language)).click()


def rows(page: Page) -> list[str]:
    """The table of errors, a text for each row."""
    return page.locator(".ll-drawn-errors tr").all_inner_texts()


def to_data(page: Page, label: str) -> None:
    """Follow the link below the panel, once what is above it has come to rest."""
    link = page.get_by_role("link", name=label)
    link.scroll_into_view_if_needed()
    page.wait_for_selector(".ll-combinator .js-plotly-plot .cartesianlayer")
    settled(page, "[...document.querySelectorAll('a[href*=data]')].map((one) => one.getBoundingClientRect().y)")
    link.click()
    page.wait_for_selector(".ll-drawn-page .ll-drawn-samples")


def test_a_group_collects_a_test_set_and_another_group_tests_its_run_on_the_file(browser, own_address, tmp_path):
    SHOTS.mkdir(exist_ok=True)
    page = inside(browser, own_address, **LAPTOP)
    page.get_by_role("button", name="Draw one").click()
    shades = "(one) => new Set(one.getContext('2d').getImageData(0, 0, one.width, one.height).data).size"
    assert page.locator(".ll-pad").evaluate(shades) <= 4  # empty, not the sample before: red, green, blue, opacity
    page.get_by_role("button", name="Add for testing").click()
    expect(page.locator(".ll-drawn-said")).to_have_text("Draw something first.")
    for i in range(10):
        draw_by_mouse(page, (0, 1, 7)[i % 3])
        add(page, (0, 1, 7)[i % 3], "test")
        expect(page.locator(".ll-drawn-said")).to_contain_text(f"{i + 1} for testing")
    expect(page.locator(".ll-drawn-errors tr")).to_have_count(3)
    expect(page.locator(".ll-drawn-errors tr").nth(2)).to_have_text(re.compile(r"drawn for testing\s*10\s*[\d.]+ %"))
    page.locator(".ll-drawn").scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "drawn_inside.png")
    to_data(page, "Make data or a file of drawn samples")
    expect(page.locator(".ll-drawn-samples li")).to_have_count(10)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Take away as a file").click()
    taken.value.save_as(tmp_path / "ours.npz")
    page.screenshot(path=SHOTS / "drawn_data.png", full_page=True)
    page.reload()
    expect(page.locator(".ll-drawn-samples li")).to_have_count(10)  # this browser keeps them
    page.get_by_role("button", name="Remove this sample").first.click()
    expect(page.get_by_text("9 drawn samples are too few")).to_be_visible()
    assert page.faults == []
    page.context.close()

    other = opened(browser, f"{own_address}/data?v=1&lang=en", **LAPTOP)
    expect(other.get_by_text("Draw samples with mouse or finger")).to_be_visible()
    other.locator("input[type=file]").set_input_files(tmp_path / "ours.npz")
    other.get_by_label("Name").fill("Group A")
    press(other, "Keep")
    expect(other.get_by_role("link", name="Train on it")).to_have_count(1)
    other.goto(f"{own_address}/inside?{QUERY}")
    other.wait_for_selector(".ll-drawn select")
    other.locator(".ll-drawn select").select_option(label="Group A")
    expect(other.locator(".ll-drawn-errors tr").nth(2)).to_have_text(re.compile(r"Group A\s*10\s*[\d.]+ %\s*[\d.]+ %"))
    own, theirs = rows(other)[1:]
    press(other, "Step")
    expect(other.locator(".ll-count")).to_contain_text("update 61")
    expect(other.locator(".ll-drawn-errors tr")).to_have_count(3)
    assert own.split("\t")[1] == "500" and other.faults == []
    other.context.close()


def test_a_finger_draws_samples_to_train_on(browser, own_address):
    SHOTS.mkdir(exist_ok=True)
    page = inside(browser, own_address, f"{QUERY}&lang=zh", **PHONE)
    say = lambda key, **values: i18n.text(key, "zh", **values)  # noqa: E731
    page.get_by_role("button", name=say("inside.sample.own")).click()
    for n, k in enumerate((1, 7), 1):
        draw_by_finger(page, k)
        add(page, k, "training", "zh")
        expect(page.locator(".ll-drawn-said")).to_have_text(say("inside.drawn.added_training", name=k, n=n))
    expect(page.locator(".ll-drawn-samples li")).to_have_count(2)
    page.locator(".ll-sample").scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "drawn_inside_phone.png")
    to_data(page, say("drawn.page.link"))
    page.get_by_role("button", name=say("drawn.page.keep")).click()
    expect(page.get_by_text(say("drawn.page.usual_title", dataset=say("dataset.digits.label")))).to_be_visible()
    page.screenshot(path=SHOTS / "drawn_data_phone.png", full_page=True)
    with page.expect_popup() as tab:  # st.link_button opens one
        page.get_by_role("link", name=say("own.page.train")).first.click()
    tab.value.wait_for_selector(".ll-n-update .ll-value")
    expect(tab.value).to_have_url(re.compile("data=own-[0-9a-f]{16}&labels=22"))
    assert page.faults == []
    page.context.close()
