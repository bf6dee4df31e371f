"""A curve that is drawn as a prediction: by mouse, finger and keyboard, beside the real one, and in the hand-in."""

import re

import pytest
from browsing import PATIENCE, SHOTS, press, settled, slide, status
from modules import blank, run
from playwright.sync_api import expect

from ladder import i18n
from ladder.teaching import handin, lessons
from ladder.teaching.handin import MOST_POINTS
from ladder.teaching.lesson import CURVES, Curve

STEP = 2  # the step of the lesson on noise that asks for a curve


@pytest.fixture(scope="module")
def modules(browser):
    yield blank(browser)


# --- the pure parts


def test_a_stroke_sets_the_points_that_it_passes(modules):
    drawn = run(modules, "curve_pad", "m.stroke([null, null, null, null, null], [0, 1], [0.75, 4])")
    assert drawn == [1, 2, 3, 4, None]
    back = run(modules, "curve_pad", "m.stroke([0, 0, 0, 0, 0], [1, 4], [0.5, 2])")
    assert back == [0, 0, 2, 3, 4]
    assert run(modules, "curve_pad", "m.stroke([1, 1, 1], [0.5, 3], [0.5, 9])") == [1, 1, 1]  # it passes none
    assert run(modules, "curve_pad", "m.touch([1, 1, 1], [0.6, 9])") == [1, 9, 1]


def test_what_is_not_drawn_continues_what_is(modules):
    assert run(modules, "curve_pad", "m.whole([null, 2, null, null, 5])") == [2, 2, 2, 5, 5]
    assert run(modules, "curve_pad", "[m.whole(m.empty()), m.empty().length]") == [
        None,
        run(modules, "curve_pad", "m.POINTS"),
    ]
    assert run(modules, "curve_pad", "m.POINTS") <= MOST_POINTS


def test_a_curve_has_its_points_evenly_and_lines_between_them(modules):
    assert run(modules, "sketch", "[0, 1, 2].map((k) => m.updateOf([100, 300], k, 3))") == [100, 200, 300]
    assert run(modules, "sketch", "[50, 150, 300, 999].map((u) => m.drawnAt([1, 3, 2], [100, 300], u))") == [1, 2, 2, 2]


def test_how_far_a_drawn_curve_is_from_the_real_one(modules):
    found = run(modules, "sketch", "m.apart([1, 0], [0, 100], [0, 50, 100, 150], [0.5, 0.5, 0.25, 9])")
    assert found == {"mean": 0.25, "end": 0.25, "said": 0, "is": 0.25}
    assert run(modules, "sketch", "m.apart([1, 0], [200, 300], [0, 100], [1, 1])") is None
    assert run(modules, "sketch", "m.apart([1, 0], [0, 10], [0, 10], [NaN, undefined])") is None


@pytest.mark.parametrize("of", CURVES)
def test_every_curve_of_a_lesson_is_in_a_chart_of_the_page(modules, of):
    points = "{ get: (n) => ({ update: [1, 2] })[n] ?? (n.startsWith('denoising/') ? [3, 4] : []) }"
    known = "{ eval_update: [0], test_error: [5], twin_error: [6] }"
    measured = f"{{ get: (n) => ({known})[n] ?? (n.startsWith('gain/') ? [7] : []) }}"
    feed = f"{{ points: {points}, measured: {measured} }}"
    x, y = run(modules, "sketch", f"m.realCurve({feed}, x, 3)", of)
    assert len(x) == len(y) >= 1 and all(isinstance(one, int) for one in y)
    assert y == ([9, 12] if of == "costs" else y)
    assert run(modules, "sketch", "m.chartOf(x)", of) in ("error", "costs", "gain")


def test_a_curve_begins_where_its_run_does(modules):
    runs = "[[true, 300], [false, 300], [false, 700]]"  # whether it begins anew, and the update of the run in view
    spans = f"{runs}.map(([anew, update]) => m.spanOf({{ until: 600, anew }}, {{ update }}))"
    assert run(modules, "lesson_curve", spans) == [[0, 600], [300, 600], [0, 600]]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_value_and_a_distance_in_words(modules, language):
    texts = i18n.texts("live", language)
    say = "(of, v) => [m.curveWords(of, x).say(v), m.curveWords(of, x).far(v)]"
    error, cost = run(modules, "lesson_curve", f"[({say})('test_error', 0.125), ({say})('cost0', 0.125)]", texts)
    points = i18n.text("live.lesson.points", language, n="12.5")
    assert error == [i18n.text("live.percent", language, n="12.5"), points] and cost == ["0.125", "0.125"]


# --- on the page


def opened(browser, address, name: str, language: str, width: int, height: int, **options):
    """The page at the step of a lesson that asks for a curve, at rest; and the step's number."""
    lesson = lessons.ours().lesson(name, language)
    n = next(n for n, step in enumerate(lesson.steps) if isinstance(step.prediction, Curve))
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    query = "&".join(f"{key}={value}" for key, value in lesson.setting.query)
    page.goto(f"{address}/?v=1&{query}&lesson={name}&lang={language}&pace=0")
    expect(page.locator(".ll-lesson")).to_contain_text(lesson.steps[0].title)
    skip = i18n.text("live.lesson.skip", language)
    for k in range(n):
        page.locator(".ll-lesson-head").get_by_role("button", name=skip).click()
        expect(page.locator(".ll-lesson")).to_contain_text(lesson.steps[k + 1].title)
    expect(page.locator(".ll-sketch")).to_be_visible()
    return page, lesson, n


def button(page, name: str, language: str):
    return page.locator(".ll-lesson").get_by_role("button", name=i18n.text(f"live.lesson.{name}", language), exact=True)


def play(page, language: str):
    return page.get_by_role("button", name=re.compile(f"^{i18n.text('page.button.play', language)}")).first


def names_drawn(page, chart: str) -> list[str]:
    return page.evaluate(f"document.querySelector('.ll-{chart} .js-plotly-plot').data.map((one) => one.name)")


def hand_in(page, language: str):
    page.locator(".ll-lesson-next").click()
    page.locator(".ll-lesson-options input").first.check()
    page.get_by_label(i18n.text("live.lesson.nickname", language), exact=True).fill("Ada")
    button(page, "hand_in", language).click()
    expect(page.locator(".ll-lesson-handed")).to_have_value(re.compile(r"^LL1\."))
    (handed,) = handin.read(page.locator(".ll-lesson-handed").input_value())
    return handed


def test_a_curve_is_drawn_by_mouse_and_the_real_one_grows_beside_it(browser, address):
    page, lesson, n = opened(browser, address, "noise", "en", 1280, 720)
    expect(play(page, "en")).to_be_disabled()  # the run waits for the prediction
    expect(button(page, "give", "en")).to_be_disabled()
    box = page.locator(".ll-sketch").bounding_box()

    def at(x: float, y: float):
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.02, 0.1))
    page.mouse.down()
    for x in range(1, 11):
        page.mouse.move(*at(x / 10, 0.1 + 0.06 * x))
    page.mouse.up()
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "curve_mouse_drawing.png")
    button(page, "clear", "en").click()
    expect(button(page, "give", "en")).to_be_disabled()
    page.mouse.move(*at(0, 0.1))
    page.mouse.down()
    page.mouse.move(*at(1, 0.8), steps=9)
    page.mouse.up()
    expect(button(page, "give", "en")).to_be_enabled()
    page.reload()  # what is drawn is not lost
    expect(button(page, "give", "en")).to_be_enabled()
    button(page, "give", "en").click()
    expect(page.locator(".ll-sketch")).to_have_count(0)
    expect(page.locator(".ll-lesson")).to_contain_text(
        re.compile(r"Your prediction: update 0: 9\d\.\d %, update 300: 5\d")
    )
    button(page, "redraw", "en").click()
    expect(page.locator(".ll-sketch.ll-drawn")).to_be_visible()
    expect(play(page, "en")).to_be_disabled()
    button(page, "give", "en").click()
    page.reload()
    expect(page.locator(".ll-error .ll-legend")).to_contain_text("your prediction")
    slide(page, "Noise", "Home", 1)
    press(page, "Reset")
    expect(play(page, "en")).to_be_enabled()
    press(page, "Play")
    told = r"Your curve is \d+\.\d points from the real one on average, and \d+\.\d points at its end: "
    told += r"you drew 2\d\.\d %, it is \d\d\.\d %\."
    expect(page.locator(".ll-lesson-guess").last).to_have_text(re.compile(f"^{told}$"))
    expect(button(page, "redraw", "en")).to_have_count(0)  # it is locked
    assert "your prediction" in names_drawn(page, "error")
    page.screenshot(path=SHOTS / "curve_mouse_reveal.png")
    handed = hand_in(page, "en")
    drawn = dict(handed.answers)[f"prediction {n + 1}"]
    assert len(drawn) == run_points(page) and 0.85 < drawn[0] < 0.95 and 0.15 < drawn[-1] < 0.25
    assert list(drawn) == sorted(drawn, reverse=True)
    assert page.faults == []
    page.context.close()


def run_points(page) -> int:
    """The points of the drawn curve that the page keeps."""
    kept = "Object.entries(sessionStorage).find(([name]) => name.startsWith('ladder.lesson.'))[1]"
    return page.evaluate(f"Object.values(JSON.parse({kept}).guesses).find(Array.isArray).length")


def test_a_curve_is_drawn_by_keyboard_on_a_phone(browser, address):
    page, lesson, n = opened(browser, address, "layers", "zh", 390, 844, color_scheme="dark")
    button(page, "to_chart", "zh").click()
    point = page.locator(".ll-sketch-point").first
    expect(point).to_be_focused()
    expect(point).to_have_attribute("aria-valuetext", i18n.text("live.lesson.not_drawn", "zh"))
    page.keyboard.press("ArrowUp")
    expect(point).to_have_attribute("aria-valuetext", "0.0109")  # a little above the middle of the logarithmic axis
    page.keyboard.press("End")
    expect(point).to_have_attribute("aria-valuetext", "0.300")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    last = page.locator(".ll-sketch-point").last
    expect(last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    expect(last).to_have_attribute("aria-valuetext", "6.0e-4")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "curve_phone_drawing.png")
    button(page, "give", "zh").click()
    slide(page, "输入", "Home", 1)
    slide(page, "顶层", "End", 1)
    press(page, i18n.text("page.button.reset", "zh"))
    press(page, i18n.text("page.button.play", "zh"))
    told = r"您画的曲线与真实曲线平均相差 0\.\d+，末端相差 0\.\d+：您画的是 6\.0e−4，实际是 0\.\d+。"
    expect(page.locator(".ll-lesson-guess").last).to_have_text(re.compile(f"^{told}$"))
    page.screenshot(path=SHOTS / "curve_phone_reveal.png")
    drawn = dict(hand_in(page, "zh").answers)[f"prediction {n + 1}"]
    assert drawn[0] == 0.3 and 0.0005 < drawn[-1] < 0.0007 and len(drawn) <= MOST_POINTS
    assert page.faults == []
    page.context.close()


def test_a_finger_draws_in_the_chart_and_scrolls_beside_it(browser, address):
    page, *_ = opened(browser, address, "noise", "en", 390, 844, has_touch=True, is_mobile=True)
    scroll = "document.querySelector('[data-testid=stMain]').scrollTop"
    session = page.context.new_cdp_session(page)

    def swipe(x0: float, y0: float, x1: float, y1: float) -> None:
        points = [(x0 + (x1 - x0) * k / 12, y0 + (y1 - y0) * k / 12) for k in range(13)]
        for k, (x, y) in enumerate(points):
            kind = "touchMove" if k else "touchStart"
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    button(page, "to_chart", "en").click()
    settled(page, f"[{scroll}, document.querySelector('.ll-sketch').getBoundingClientRect().y]")
    before = page.evaluate(scroll)
    box = page.locator(".ll-sketch").bounding_box()
    assert box["y"] + box["height"] < 844  # all of it is in sight
    swipe(box["x"] + 2, box["y"] + 0.9 * box["height"], box["x"] + box["width"] - 2, box["y"] + 0.1 * box["height"])
    expect(button(page, "give", "en")).to_be_enabled()
    assert page.evaluate(scroll) == before
    heights = [float(one.get_attribute("aria-valuenow")) for one in page.locator(".ll-sketch-point").all()]
    assert heights == sorted(heights) and heights[0] < 0.2 < 0.4 < heights[6] < 0.6 < 0.8 < heights[-1]
    swipe(200, 450, 200, 250)  # beside the chart
    page.wait_for_function(f"() => {scroll} > {before}")
    assert page.faults == []
    page.context.close()


def test_a_curve_is_drawn_while_the_page_is_shown_to_a_class(browser, address):
    page, *_ = opened(browser, address, "noise", "en", 1280, 720)
    page.keyboard.press("f")
    expect(page.locator(".ll-present")).to_have_count(1)
    page.get_by_role("button", name="Test error", exact=True).click()
    expect(page.locator(".ll-present.ll-show-4")).to_have_count(1)  # the card that is drawn into stays
    expect(page.locator(".ll-sketch")).to_be_visible()
    button(page, "to_chart", "en").click()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".ll-sketch-point").first).to_have_attribute("aria-valuetext", "52.0 %")
    expect(page.locator(".ll-present.ll-show-4")).to_have_count(1)  # the key was the drawing's, not the presenter's
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / "curve_present.png")
    assert page.faults == []
    page.context.close()


def test_a_cost_is_drawn_where_the_chart_shows_it_as_it_is(browser, address):
    page, *_ = opened(browser, address, "layers", "en", 1440, 900)
    page.get_by_role("button", name="View").first.click()
    page.get_by_role("radio", name="× λ").click()
    expect(page.locator(".ll-lesson")).to_contain_text("choose “Raw”")
    expect(page.locator(".ll-sketch")).to_have_count(0)
    page.get_by_role("radio", name="Raw").click()
    expect(page.locator(".ll-sketch")).to_be_visible()
    status(page, "Paused")
    assert page.faults == []
    page.context.close()
