"""The list of a tab's runs in a browser: runs behind the live one, repeats, names, and one crosshair for all charts."""

import re

import pytest
from browsing import press, settled, slide, status, updates, visit, wait_for_updates
from playwright.sync_api import expect

QUERY = "data=moons&phi=tanh&widths=8-6&target=120&at=40"


@pytest.fixture
def page(browser, address):
    page = visit(browser, f"{address}/?{QUERY}")
    wait_for_updates(page, 39)
    status(page, "Paused")
    yield page
    assert page.faults == []
    page.context.close()


def rows(page) -> list[str]:
    return page.locator(".ll-runs-table tr:not(.ll-run-group) > th[scope=row] .ll-run-name").all_inner_texts()


def pale(page, card: str) -> int:
    """How many traces of a chart are behind its live curves."""
    script = "(card) => document.querySelector(`.ll-${card} .js-plotly-plot`).data.filter((one) => one.ghost).length"
    return page.evaluate(script, card)


def wait_for_ghosts(page, card: str, there: bool = True) -> None:
    """Wait until a chart has curves of earlier runs, or none. A chart is drawn where it can be seen."""
    page.locator(f".ll-{card}").scroll_into_view_if_needed()
    drawn = "document.querySelector(`.ll-${card} .js-plotly-plot`).data"
    script = f"([card, there]) => {drawn}.some((one) => one.ghost) === there"
    page.wait_for_function(script, arg=[card, there])


def test_a_run_that_was_left_is_drawn_behind_the_next_and_both_come_back_after_a_reload(page):
    assert pale(page, "costs") == pale(page, "error") == 0
    page.keyboard.press("n")
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")
    wait_for_ghosts(page, "error")
    wait_for_ghosts(page, "costs")
    slide(page, "Noise std", "Home", 1)
    page.keyboard.press("z")
    names = ["weight seed 0 → 1, σ 0.1 → 0"]
    expect(page.locator(".ll-runs-table .ll-in-view .ll-run-name")).to_have_text(names[0])
    before = rows(page)
    page.reload()
    page.wait_for_selector(".ll-runs-table .ll-in-view")
    assert rows(page) == before and len(before) == 2
    page.locator(".ll-runs-table .ll-link").last.click()
    wait_for_updates(page, 39)
    assert updates(page) == 40


def test_five_seeds_are_one_click(page):
    page.get_by_role("button", name="Repeat with 5 seeds").click()
    group = page.locator(".ll-run-group")
    expect(page.locator(".ll-runs-table tr", has_text="the same with seed")).to_have_count(5)
    press(page, "Play")
    status(page, "Finished")
    expect(group).to_contain_text(re.compile(r"6 seeds.*\d+\.\d \(\d+\.\d\) %.*\d+\.\d \(\d+\.\d\) %", re.S))
    page.locator(".ll-error").scroll_into_view_if_needed()
    data = "document.querySelector('.ll-error .js-plotly-plot').data"
    page.wait_for_function(f"() => {data}.filter((one) => one.fill === 'toself').length === 2")  # of ladder and twin


def test_a_run_is_named_hidden_and_removed(page):
    page.keyboard.press("n")
    expect(page.locator(".ll-in-view .ll-run-name")).to_have_text("weight seed 0 → 1")
    older = page.locator(".ll-runs-table tr").last
    older.get_by_role("button", name=re.compile("^Name and note")).click()
    page.get_by_label("Name", exact=True).fill("the first one")
    page.get_by_label("Note", exact=True).fill("before the noise")
    press(page, "Play")  # the list is drawn anew, and what was typed stays
    status(page, "Finished")
    expect(page.get_by_label("Name", exact=True)).to_have_value("the first one")
    page.get_by_label("Note", exact=True).press("Enter")
    expect(older).to_contain_text("the first one")
    expect(older).to_contain_text("before the noise")
    wait_for_ghosts(page, "error")
    older.get_by_role("button", name=re.compile("^Do not draw")).click()
    wait_for_ghosts(page, "error", there=False)
    older.get_by_role("button", name=re.compile("^Take .* off the list")).click()
    expect(page.locator(".ll-runs-table th[scope=row]")).to_have_count(1)


def test_a_button_that_is_pressed_while_the_list_changes_is_heard(page):
    page.keyboard.press("n")
    expect(page.locator(".ll-in-view .ll-run-name")).to_have_text("weight seed 0 → 1")
    edit = page.locator(".ll-runs-table tr").last.get_by_role("button", name=re.compile("^Name and note"))
    edit.scroll_into_view_if_needed()
    settled(page, "document.querySelector('.ll-runs-table').getBoundingClientRect().y")  # charts are drawn
    edit.hover()
    page.mouse.down()
    page.keyboard.press("n")  # another run comes into the list, in the place of the last, which had no update
    expect(page).to_have_url(re.compile("seed=2"))
    settled(page, "document.querySelector('.ll-runs-table').textContent")
    page.mouse.up()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.locator(".ll-in-view .ll-run-name")).to_have_text("weight seed 0 → 2")


def test_one_crosshair_goes_over_all_charts_with_the_values_of_earlier_runs(page):
    page.keyboard.press("n")
    press(page, "Play")
    status(page, "Finished")
    wait_for_ghosts(page, "error")
    settled(page, "document.querySelector('.ll-costs').textContent")
    latest = page.locator(".ll-costs .ll-series").first.inner_text()
    chart = page.locator(".ll-error .ll-chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5)
    readout = page.locator(".ll-readout")
    expect(readout).to_contain_text(re.compile(r"updates \d+"))
    expect(readout.locator("tr").nth(1).locator("td")).to_have_count(2)  # this run and the one before
    expect(page.locator(".ll-crosshair:visible")).to_have_count(3)
    assert page.locator(".ll-costs .ll-series").first.inner_text() != latest
    page.mouse.move(5, 5)
    expect(page.locator(".ll-crosshair:visible")).to_have_count(0)
    expect(page.locator(".ll-costs .ll-series").first).to_have_text(re.compile(re.escape(latest.split()[-1])))


def test_smoothed_costs_have_the_raw_curves_behind_them(page):
    page.get_by_role("button", name=re.compile("^View")).click()
    page.get_by_role("radio", name="50 updates").click()
    page.wait_for_function(
        "() => document.querySelector('.ll-costs .js-plotly-plot').data.filter((one) => one.ghost).length === 5"
    )
    expect(page).to_have_url(re.compile("smooth%3D50|smooth=50"))


def test_a_run_leaves_as_one_page_that_opens_without_a_server(page, browser, tmp_path):
    page.keyboard.press("n")
    press(page, "Play")
    status(page, "Finished")
    slide(page, "Noise std", "Home", 1)
    expect(page).to_have_url(re.compile("noise%3D0"))
    with page.expect_download() as waited:
        page.get_by_role("button", name="Save as a page").click()
    file = tmp_path / "run.html"
    waited.value.save_as(file)
    context = browser.new_context(offline=True)
    saved = context.new_page()
    faults = []
    saved.on("pageerror", lambda error: faults.append(str(error)))
    saved.goto(file.as_uri())
    expect(saved.locator(".chart .main-svg").first).to_be_visible()
    assert saved.locator(".js-plotly-plot").count() == 3 and saved.locator("img").count() >= 3
    assert saved.evaluate("() => [...document.images].every((image) => image.naturalWidth > 0)")
    expect(saved.locator("body")).to_contain_text("Weight seed")
    expect(saved.locator("body")).to_contain_text("σ 0.1→0")
    link = saved.locator("a").get_attribute("href")
    assert "at=120" in link and "seed=1" in link and "run=" not in link and "list=" not in link
    assert faults == []
    context.close()
