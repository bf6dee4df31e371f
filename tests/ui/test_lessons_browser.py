"""Lessons in a real browser: a class predicts, trains the real run, and sees what came of it."""

import re
from pathlib import Path

import pytest
from browsing import PATIENCE, SHOTS, press, slide, visit
from modules import blank, run
from playwright.sync_api import expect

from ladder import i18n
from ladder.recipe import race as races
from ladder.teaching import conditions, glossary, handin, lessons, replays
from ladder.teaching.lesson import ASKED, ASKED_LAYERS, OF_AUTOENCODERS, Choice, Number

OURS = {name: lessons.ours().lesson(name, "en") for name in lessons.ours().lessons}
LIVE = [name for name, lesson in OURS.items() if lesson.setting.page == "live"]
RACES = [name for name, lesson in OURS.items() if lesson.setting.page == "compare"]
# Whether the images stand below their card's title and above its end, however little room the lesson leaves them.
IN_THEIR_CARD = """() => {
  const box = (one) => one.getBoundingClientRect();
  const card = document.querySelector(".ll-card.ll-strip");
  const [head, end] = [box(card.querySelector("header")).bottom, box(card).bottom];
  const within = (one) => box(one).top >= head && box(one).bottom <= end;
  return card.querySelector("canvas") && [...card.querySelectorAll("canvas, .ll-verdicts")].every(within);
}"""


@pytest.fixture(scope="module")
def modules(browser):
    yield blank(browser)


FACTS = [
    {"update": 700, "noise_std": [0.0, 0.0], "lambdas": [10.0, 0.0], "n_labeled": 20, "lateral": [True, True]},
    {"update": 599, "noise_std": [0.0, 0.3], "lambdas": [0.0, 0.0], "n_labeled": 1297, "lateral": [False, False]},
    {"update": 600, "noise_std": [0.3, 0.3], "reset": True, "test_error": 0.2, "twin_error": None},
    {"update": 600, "new_seed": True, "reset": False, "lambdas": []},
    {},
]
CONDITIONS = [
    "update >= 600",
    "noise_std = 0",
    "noise_std[1] != 0",
    "lambdas[0] = 0 and lambdas[1] = 0",
    "lambdas[4] > 0",
    "lambdas = 0",
    "lateral = 0",
    "reset and update >= 600",
    "new seed",
    "n_labeled > 1000",
    "test_error < 0.3",
    "twin_error > 0.1",
]


@pytest.mark.parametrize("words", CONDITIONS)
@pytest.mark.parametrize("facts", FACTS)
def test_the_page_and_the_server_mean_the_same_by_a_condition(modules, words, facts):
    parsed = conditions.parse(words)
    found = run(modules, "lesson", "m.holds(...x)", [conditions.to_json(parsed), facts])
    assert found == conditions.holds(parsed, facts)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", LIVE)
def test_every_value_that_a_lesson_shows_is_one_that_the_page_has(modules, name, language):
    lesson = lessons.ours().lesson(name, language)
    layers = [0.1] * 8
    state = {"update": 600, "test_error": 0.1, "twin_error": 0.3, "supervised": 1, "objective": 2, "n_labeled": 20}
    state |= {"costs": layers, "gains": layers}
    known = run(modules, "lesson_live", "m.shown(...x)", [state, i18n.texts("live", language)])
    asked = {*ASKED, *(f"{name}{l}" for name in ASKED_LAYERS for l in range(8))}
    for step in lesson.steps:
        used = {name.removeprefix("before_") for name in re.findall(r"\{(\w+)\}", step.reveal)}
        used |= {step.prediction.of} if isinstance(step.prediction, Number) else set()
        assert used - known.keys() <= asked


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", RACES)
def test_every_value_of_a_comparison_s_lesson_is_one_that_its_race_has(modules, name, language):
    lesson = lessons.ours().lesson(name, language)
    models = [one.model for one in races.read(lesson.setting.words)[1].contestants]
    state = {"update": 600, "errors": dict.fromkeys(models, 0.125)}
    known = run(modules, "lesson_race", "m.shown(...x)", [state, i18n.texts("live", language)])
    assert known[f"test_error_{models[0]}"] == i18n.text("live.percent", language, n="12.5")
    asked = {f"{quantity}_{model}" for quantity in OF_AUTOENCODERS for model in models}
    for step in lesson.steps:
        used = set(re.findall(r"\{(\w+)\}", step.reveal))
        used |= {step.prediction.of} if isinstance(step.prediction, Number) else set()
        assert used <= known.keys() | asked


def test_a_comparison_is_known_at_its_last_measurement_and_by_its_first_contestant_of_a_model(modules):
    curves = "{ eval_update: [0, 50], 'error/0': [0.9, 0.5], 'error/1': [0.9, 0.4], 'error/2': [0.9, 0.3] }"
    feed = f"{{ told: {{ contestants: x }}, measured: {{ get: (name) => ({curves})[name] }} }}"
    contestants = "['plain', 'plain', 'ladder'].map((model) => ({ model }))"
    data = f"{{ run: 'r', seeds: [1, 2], choices: {{ n_labeled: 20 }}, contestants: {contestants} }}"
    found = run(modules, "lesson_race", f"m.runInView({{ feed: {feed}, data: {data} }})", [1, 2, 3])
    assert (found["update"], found["errors"], found["test_error"]) == (50, {"plain": 0.5, "ladder": 0.3}, 0.3)
    assert run(modules, "lesson_race", f"m.runInView({{ feed: {feed}, data: {data} }})", [1, 2]) is None


def test_what_a_comparison_s_lesson_points_at_is_on_its_page(modules, browser, address):
    points = {step.point for name in RACES for step in OURS[name].steps} - {""}
    points |= {"play", "reset", "share", "n_labeled", "compare.contestants", "compare.seeds", "compare.pictures"}
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/compare?at=50&with=ladder,plain")
    page.wait_for_selector(".ll-race .ll-standings")
    page.wait_for_selector(".st-key-compare_seeds")
    for point in sorted(points):
        selector = run(modules, "lesson_race", "m.pointed(x)", point)
        assert page.locator(selector).count() == 1, point
    page.close()


def test_what_a_lesson_points_at_is_on_the_page(modules, browser, address):
    points = {step.point for name in LIVE for step in lessons.ours().lesson(name, "en").steps} - {""}
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?at=20")
    page.wait_for_selector(".ll-controls > .ll-slider")
    page.wait_for_selector(".st-key-button-undo button, .st-key-button\\.undo button")
    for point in sorted(points):
        selector = run(modules, "lesson_live", "m.pointed(x)", point)
        assert page.locator(selector).count() >= 1, point
    for name, words in (("n_labeled", "Labelled samples"), ("noise_std", "Noise std"), ("lambdas[0]", "λ · input")):
        found = page.locator(run(modules, "lesson_live", "m.pointed(x)", name))
        expect(found).to_have_count(1)
        expect(found).to_contain_text(words)
    page.close()


def answered_and_handed_in(page, lesson) -> handin.HandIn:
    """Answers the lesson's question rightly and hands in as Ada. Returns the hand-in that the page shows."""
    question, language = lesson.question, lesson.language
    page.get_by_text(question.choice.options[question.choice.right], exact=True).click()
    expect(page.locator(".ll-lesson-reveal")).to_contain_text(question.answer.split("\n")[0][:20])
    page.get_by_label(i18n.text("live.lesson.nickname", language), exact=True).fill("Ada")
    page.get_by_role("button", name=i18n.text("live.lesson.hand_in", language), exact=True).click()
    expect(page.locator(".ll-lesson-handed")).to_have_value(re.compile(r"^LL1\."))
    (handed,) = handin.read(page.locator(".ll-lesson-handed").input_value())
    return handed


def finished(page, lesson) -> None:
    """Finishes a lesson, after which the page and its address know of none."""
    page.get_by_role("button", name=i18n.text("live.lesson.finish", lesson.language)).click()
    expect(page.locator(".ll-lesson")).to_be_hidden()
    expect(page).not_to_have_url(re.compile("lesson"))


@pytest.mark.parametrize(
    "language, width, height, options",
    [("en", 1280, 720, {}), ("zh", 390, 844, {"has_touch": True, "is_mobile": True, "color_scheme": "dark"})],
)
def test_a_lesson_goes_on_when_the_run_has_done_it_and_compares_the_guess(
    browser, address, language, width, height, options
):
    SHOTS.mkdir(exist_ok=True)
    lesson = lessons.ours().lesson("noise", language)
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    query = "&".join(f"{key}={value}" for key, value in lesson.setting.query)
    page.goto(f"{address}/?v=1&{query}&lesson=noise&lang={language}")
    card = page.locator(".ll-lesson")
    expect(card).to_contain_text(lesson.steps[0].title)
    play = page.get_by_role("button", name=re.compile(f"^{i18n.text('page.button.play', language)}")).first
    expect(play).to_have_css("outline-style", "solid")
    expect(page.locator(".ll-lesson-next")).to_have_count(0)
    if width > 700:  # a phone's cards scroll
        page.wait_for_function(IN_THEIR_CARD)
    press(page, i18n.text("page.button.play", language))
    expect(page.locator(".ll-lesson-reveal")).to_contain_text(re.compile(r"\d"))
    page.locator(".ll-lesson-next").click()

    guess = lesson.steps[1].prediction
    assert isinstance(guess, Choice)
    page.get_by_text(guess.options[0], exact=True).click()
    page.locator(".ll-lesson-next").click()
    slide(page, i18n.text("knob.noise_std.label", language).split("，")[0].split(",")[0][:5], "Home", 1)
    expect(page).to_have_url(re.compile("noise%3D0|noise=0"))
    page.reload()  # what was done is not lost
    expect(card).to_contain_text(lesson.steps[2].title)
    expect(play).to_be_disabled()  # this step's own prediction is a curve
    expect(page.locator(".ll-sketch-point").first).to_be_visible()  # its chart is there
    page.get_by_role("button", name=i18n.text("live.lesson.to_chart", language)).click()
    page.keyboard.press("ArrowUp")
    page.get_by_role("button", name=i18n.text("live.lesson.give", language)).click()
    press(page, i18n.text("page.button.reset", language))
    press(page, i18n.text("page.button.play", language))
    expect(page.locator(".ll-lesson-guess").first).to_contain_text(guess.options[guess.right])
    page.screenshot(path=SHOTS / f"lesson_{width}.png")
    page.locator(".ll-lesson-next").click()

    handed = answered_and_handed_in(page, lesson)
    assert (handed.lesson, handed.nickname, handed.seeds) == ("noise", "Ada", (11, 11))
    answers = dict(handed.answers)
    assert set(answers.pop("prediction 3")) == {0.52}  # a flat curve, a little above the middle
    assert answers == {"prediction 2": 0.0, "question": float(lesson.question.choice.right)}
    with page.expect_download() as waited:
        page.get_by_role("link", name=i18n.text("live.lesson.file", language)).click()
    assert handin.read(Path(waited.value.path()).read_text(encoding="utf-8")) == [handed]
    verdict = replays.judge(handed, replays.repeat(handed))
    assert verdict.kind == "same"
    finished(page, lesson)
    assert faults == []
    page.context.close()


def test_a_lesson_shows_what_only_the_server_measures(browser, address):
    lesson = lessons.ours().lesson("batch_statistics", "en")
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    query = "&".join(f"{key}={value}" for key, value in lesson.setting.query if key != "at")
    page.goto(f"{address}/?v=1&{query}&lesson=batch_statistics&pace=0")
    n = next(n for n, step in enumerate(lesson.steps) if "{error_of_batches_20}" in step.reveal)
    expect(page.locator(".ll-lesson")).to_contain_text(lesson.steps[0].title)
    for _ in range(n):
        page.locator(".ll-lesson-head .ll-button").nth(-2).click()  # on, whether it is done or not
    expect(page.get_by_role("button", name=re.compile("^Play")).first).to_be_disabled()
    page.get_by_role("spinbutton", name="My guess").fill("30")
    page.get_by_role("button", name="My guess").click()
    press(page, "Play")
    words = lesson.steps[n].reveal.split("{error_of_batches_20}")[1][:12].strip()
    expect(page.locator(".ll-lesson-reveal").first).to_contain_text(re.compile(r"\d+\.\d %"))
    expect(page.locator(".ll-lesson-reveal").first).to_contain_text(words.split("{")[0])
    page.close()


@pytest.mark.parametrize(
    "language, width, height, options",
    [("en", 1440, 900, {}), ("zh", 390, 844, {"has_touch": True, "is_mobile": True, "color_scheme": "dark"})],
)
def test_a_lesson_on_a_comparison_is_walked_to_its_end(browser, address, language, width, height, options):
    SHOTS.mkdir(exist_ok=True)
    lesson = lessons.ours().lesson("is_it_a_ladder", language)
    page = browser.new_context(viewport={"width": width, "height": height}, **options).new_page()
    page.set_default_timeout(PATIENCE)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    query = "&".join(f"{key}={value}" for key, value in lesson.setting.query)
    page.goto(f"{address}/compare?v=1&{query}&lesson=is_it_a_ladder&lang={language}")
    card = page.locator(".ll-lesson")
    play = page.get_by_role("button", name=re.compile(f"^{i18n.text('page.button.play', language)}")).first
    expect(card).to_contain_text(lesson.steps[0].title)
    expect(page.locator(".ll-count")).to_have_text(re.compile(r"^\D*0\D*$"))  # its race has not begun
    guess = lesson.steps[0].prediction
    page.get_by_text(guess.options[0], exact=True).click()
    page.locator(".ll-lesson-next").click()
    expect(page.locator(".ll-race .ll-card.ll-error")).to_have_css("outline-style", "solid")  # what it points at
    expect(page.locator(".ll-lesson-next")).to_have_count(0)
    play.click()
    expect(page.locator(".ll-lesson-reveal")).to_contain_text(re.compile(r"\d+\.\d ?%"), timeout=5 * PATIENCE)
    expect(page.locator(".ll-lesson-guess")).to_contain_text(guess.options[guess.right])
    page.locator(".ll-lesson-next").click()

    expect(card).to_contain_text(lesson.steps[2].title)
    expect(page.locator(".ll-pill")).to_have_text(i18n.text("live.status.paused", language))
    expect(play).to_be_disabled()  # it waits for the number
    page.reload()  # what was done is not lost
    expect(card).to_contain_text(lesson.steps[2].title)
    expect(page).to_have_url(re.compile("lesson=is_it_a_ladder"))
    card.get_by_role("spinbutton").fill("40")
    card.get_by_role("button", name=i18n.text("live.lesson.guess", language)).click()
    play.click()
    compared = re.compile(r"40 %.*\d+\.\d ?%")
    expect(page.locator(".ll-lesson-guess")).to_have_text(compared, timeout=5 * PATIENCE)  # three networks train on
    expect(card.get_by_role("spinbutton")).to_be_disabled()
    page.screenshot(path=SHOTS / f"race_lesson_{width}.png")
    page.locator(".ll-lesson-next").click()

    handed = answered_and_handed_in(page, lesson)
    assert (handed.page, handed.lesson, handed.nickname) == ("compare", "is_it_a_ladder", "Ada")
    assert dict(handed.answers) == {
        "prediction 1": 0.0,
        "prediction 3": 40.0,
        "question": float(lesson.question.choice.right),
    }
    finished(page, lesson)
    assert faults == []
    page.context.close()


def test_a_comparison_s_lesson_begins_from_its_page_and_shows_what_only_the_server_measures(browser, address):
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lessons")
    key = ".st-key-lessons-begin-overcomplete button, .st-key-lessons\\.begin\\.overcomplete button"
    page.locator(key).click()
    card = page.locator(".ll-lesson")
    expect(card).to_contain_text(OURS["overcomplete"].title)
    expect(page).to_have_url(re.compile("compare.*lesson=overcomplete"))
    card.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Play").first.click()
    measured = re.compile(r"Plain \d[\d.]*, denoising \d[\d.]*, contractive \d")
    expect(page.locator(".ll-lesson-reveal")).to_contain_text(measured)
    page.get_by_role("link", name="Live ladder").click()
    expect(page.locator(".ll-counters")).to_be_visible()
    expect(page.locator(".ll-lesson")).to_be_hidden()  # it is the other page's
    page.context.close()


def test_a_lesson_begins_from_its_page_with_its_own_run(browser, address):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lessons")
    first = lessons.ours().lesson(LIVE[0], "en")
    expect(page.get_by_role("heading", name=first.title)).to_be_visible()
    page.get_by_text("The whole lesson").first.click()
    expect(page.get_by_text(first.teacher.say.split(".")[0].split("\n")[0]).first).to_be_visible()
    page.get_by_label("Find a symbol or a word").fill("σ")
    page.get_by_label("Find a symbol or a word").press("Enter")
    expect(page.get_by_text("Source: ").first).to_be_visible()
    page.get_by_role("button", name="Begin").first.click()
    expect(page.locator(".ll-lesson")).to_contain_text(first.title)
    expect(page).to_have_url(re.compile(f"lesson={LIVE[0]}"))
    expect(page.locator(".ll-n-update .ll-value")).to_have_text("0")
    page.context.close()


def test_a_lesson_that_is_not_there_is_told_in_a_sentence(browser, address):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/?lesson=nothing&at=20")
    expect(page.get_by_text("There is no lesson “nothing” here")).to_be_visible()
    page.close()


BOXES = """() => [...document.querySelectorAll(".ll-help:has(> .ll-help-title)")].map((one) => ({
  meaning: one.querySelector(".ll-help-title + p")?.textContent ?? "",
  formula: one.querySelector(".ll-formula")?.textContent ?? "",
  links: [...one.querySelectorAll(".ll-symbols a")].map((link) => new URL(link.href).searchParams.get("symbol")),
}))"""


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("path, least", [("", 12), ("inside", 6)])
def test_every_symbol_in_a_panel_s_help_is_a_link_to_its_entry(browser, address, path, least, language):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/{path}?at=20&lang={language}")
    page.wait_for_selector(".ll-help .ll-symbols a", state="attached")
    linked = [box for box in page.evaluate(BOXES) if box["links"]]
    assert len(linked) >= least
    for box in page.evaluate(BOXES):
        wanted = [*glossary.used(box["meaning"]), *glossary.used(box["formula"], formula=True)]
        assert box["links"] == list(dict.fromkeys(one.key for one in wanted)), box
    page.close()


def test_a_help_s_link_opens_the_glossary_in_a_new_tab_and_leaves_the_run_where_it_is(browser, address):
    page = visit(browser, f"{address}/?at=20", 1280, 720)
    page.wait_for_url(re.compile("run="))
    run_id = re.search(r"run=([\w-]+)", page.url)[1]
    card = page.locator(".ll-costs")
    card.get_by_role("button", name="What is this?").click()
    with page.context.expect_page() as opened:
        card.locator(".ll-help").get_by_role("link", name=re.compile("^λ")).click()
    entry = opened.value
    expect(entry.get_by_label("Find a symbol or a word")).to_have_value("λ")
    first = entry.locator(".ll-term").first
    expect(first).to_be_in_viewport()
    expect(first).to_contain_text("Now: l = 0: 1,000 · l = 1: 10")
    assert f"of={run_id}" in entry.url
    entry.screenshot(path=SHOTS / "glossary.png")
    slide(page, "Noise std", "Home", 1)  # the first tab steers its run still
    expect(page).to_have_url(re.compile("noise%3D0|noise=0"))
    assert f"run={run_id}" in page.url
    entry.reload()
    expect(entry.get_by_label("Find a symbol or a word")).to_have_value("λ")
    page.context.close()


def test_the_glossary_follows_a_run_that_trains(browser, address):
    page = visit(browser, f"{address}/?at=20&target=0", 1280, 720)
    press(page, "Play")
    page.get_by_role("link", name="Lessons").first.click()
    values = page.get_by_text(re.compile("Values: the run in view at update"))
    expect(values).to_be_visible()
    words = values.inner_text()
    expect(values).not_to_have_text(words)
    page.context.close()
