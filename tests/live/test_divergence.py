"""In a real browser: a run that ceases to be finite and the way back, a tab that nobody looks at for a while, and what
was zoomed into."""

import re

import pytest
from browsing import SHOTS, open_sidebar, press, status, updates, visit, wait_for_updates
from playwright.sync_api import Page, expect

# Without lateral connections a network this narrow soon has units that hardly vary within a batch, whose normalisation
# magnifies rounding: at a learning rate of 1 the costs overflow within some 20 updates.
SETTINGS = "data=moons&widths=2-2-2-2-2&phi=tanh&seed=3&lateral=0&target=0&at=100"
STOPPED = {"en": "Stopped: not finite", "zh": "已停止：数值发散"}
BACK = {"en": "Back to the last good weights", "zh": "返回最近的有效权重"}
NAMED = {
    "en": r"(The reconstruction cost of .+|A weight|The squared gradient of a weight) is not finite at update \d+: "
    r"the learning rate of 1 is too high\.",
    "zh": r"第 \d+ 次更新时(.+ 的重建代价|某个权重|某个权重的梯度平方)不再是有限值：学习率 1 过大。",
}
RESTORED = {"en": "lower the learning rate, which is 1", "zh": "请降低学习率（现为 1）"}
PLAY = {"en": "Play", "zh": "训练"}
TRAINING = {"en": "Optimiser and stop rules", "zh": "优化器与停止条件"}

STOPPED_OR_PAST = """([n, stopped]) => document.querySelector('.ll-pill').textContent === stopped
    || +document.querySelector('.ll-n-update .ll-value').textContent.replace(/\\D/g, '') > n"""


def rate_slider(page: Page, language: str):
    open_sidebar(page)
    page.get_by_text(TRAINING[language]).first.click()
    return page.get_by_role("slider", name=re.compile({"en": "Learning rate", "zh": "学习率"}[language])).first


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.locator(".ll-counters").scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_run_that_diverges_names_the_cause_and_goes_on_from_good_weights(browser, address, language):
    page = visit(browser, f"{address}/?{SETTINGS}&lang={language}")
    wait_for_updates(page, 99)
    slider = rate_slider(page, language)
    slider.focus()
    slider.press("End")  # 1, the largest
    expect(page).to_have_url(re.compile("lr%3D1|lr=1"))
    press(page, PLAY[language])
    status(page, STOPPED[language])
    expect(page.locator(".ll-message")).to_have_text(re.compile(NAMED[language]))
    back = page.get_by_role("button", name=re.compile(BACK[language]))
    expect(back).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(f"^{PLAY[language]}")).first).to_be_disabled()
    shot(page, f"diverged_{language}")

    stopped_at = updates(page)
    back.click()
    status(page, {"en": "Paused", "zh": "已暂停"}[language])
    assert updates(page) < stopped_at
    expect(page.locator(".ll-message")).to_have_text(re.compile(RESTORED[language]))
    expect(back).to_have_count(0)
    shot(page, f"diverged_{language}_back")
    slider.focus()
    for _ in range(9):
        slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile("lr%3D0.001|lr=0.001"))
    press(page, PLAY[language])
    page.wait_for_function(STOPPED_OR_PAST, arg=[stopped_at + 100, STOPPED[language]])
    expect(page.locator(".ll-pill")).not_to_have_text(STOPPED[language])
    shot(page, f"diverged_{language}_again")
    assert page.faults == []
    page.context.close()


def hide(page: Page, hidden: bool) -> None:
    """As if the tab were put behind another one, or brought back."""
    page.evaluate(
        "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_hidden_tab_stands_still_and_comes_back_with_its_zoom(browser, address):
    page = visit(browser, f"{address}/?data=moons&target=0")
    press(page, "Play")
    wait_for_updates(page, 60)
    page.evaluate(
        "() => window.Plotly.relayout(document.querySelector('.ll-costs .js-plotly-plot'), {'xaxis.range': [10, 50]})"
    )
    hide(page, True)
    page.wait_for_timeout(600)  # what was on its way arrives
    seen = updates(page)
    page.wait_for_timeout(1500)
    assert updates(page) == seen
    hide(page, False)
    wait_for_updates(page, seen + 50)
    page.wait_for_timeout(600)
    chart = page.locator(".ll-costs .js-plotly-plot")
    assert chart.evaluate("(chart) => chart.layout.xaxis.range") == [10, 50]
    assert page.faults == []
    page.context.close()


HEIGHTS = "(chart) => chart._fullLayout.yaxis.range"


def test_heights_that_were_zoomed_into_stay_while_it_trains_and_end_with_a_reset(browser, address):
    page = visit(browser, f"{address}/?data=moons&target=0&at=200")
    wait_for_updates(page, 199)
    chart = page.locator(".ll-error .js-plotly-plot")
    page.locator(".ll-error").scroll_into_view_if_needed()
    page.locator(".ll-error .nsewdrag").wait_for()
    plot = page.locator(".ll-error .nsewdrag").bounding_box()
    whole, across = chart.evaluate(HEIGHTS), plot["x"] + plot["width"] / 2
    page.mouse.move(across, plot["y"] + 0.4 * plot["height"])
    page.mouse.down()
    page.mouse.move(across, plot["y"] + 0.7 * plot["height"], steps=5)
    page.mouse.up()
    page.wait_for_function(
        f"(top) => ({HEIGHTS})(document.querySelector('.ll-error .js-plotly-plot'))[1] < top", arg=whole[1]
    )
    zoomed = chart.evaluate(HEIGHTS)
    press(page, "Play")
    wait_for_updates(page, 300)
    press(page, "Pause")
    status(page, "Paused")
    page.locator(".ll-error").scroll_into_view_if_needed()  # charts are drawn where they can be seen
    page.wait_for_function("() => document.querySelector('.ll-error .js-plotly-plot').data[0].x.at(-1) >= 300")
    assert chart.evaluate(HEIGHTS) == zoomed
    press(page, "Reset")
    page.locator(".ll-error").scroll_into_view_if_needed()
    page.wait_for_function(f"() => ({HEIGHTS})(document.querySelector('.ll-error .js-plotly-plot'))[0] === 0")
    assert chart.evaluate(HEIGHTS)[1] > zoomed[1]
    assert page.faults == []
    page.context.close()
