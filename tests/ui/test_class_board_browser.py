"""The teacher's board in a real browser, with two students who join over the routes; and its pure parts."""

import json
import re
import urllib.request
from http.cookies import SimpleCookie

import pytest
from accessibility import FOUND, OVERFLOWS, RULES
from axe_playwright_python.sync_playwright import Axe
from browsing import press, served, settled, visit
from modules import blank, run
from playwright.sync_api import expect
from websockets.sync.client import connect

from ladder import i18n
from ladder.teaching.classes import Classes

TEXTS = i18n.texts("board", "en") | {name: i18n.text(f"live.{name}", "en") for name in ("percent", "comma")}
MEMBER = {"name": "Ada", "number": 2, "lesson": "", "step": 0, "admitted": True, "here": True, "needs_help": False}
LESSONS = [{"name": "noise", "title": "Noise", "steps": 3}]
MEMBER |= {"stuck": False, "asked_at": 0, "since": 0}


@pytest.fixture(scope="module")
def modules(browser):
    yield blank(browser)


@pytest.mark.parametrize("hidden, name", [(False, "Ada"), (True, "Student 2")])
def test_while_names_are_hidden_students_are_numbers(modules, hidden, name):
    assert run(modules, "class_words", "m.nameOf(...x)", [MEMBER, hidden, TEXTS]) == name


@pytest.mark.parametrize(
    "values, words",
    [
        ({}, ""),
        ({"needs_help": True, "asked_at": 980}, "needs help"),
        ({"needs_help": True, "asked_at": 880}, "needs help, for 2 min"),
        ({"stuck": True, "since": 640}, "stuck, 6 min at this step"),
        ({"stuck": True, "here": False}, "away"),
        ({"stuck": True, "lesson": "noise", "step": 3}, ""),  # it is done
        ({"admitted": False}, "waits to be admitted"),
    ],
)
def test_who_needs_the_teacher_is_said_in_words(modules, values, words):
    assert run(modules, "class_words", "m.needOf(...x)", [MEMBER | values, 1000, LESSONS, TEXTS]) == words


@pytest.mark.parametrize(
    "lesson, step, words",
    [("", 0, ""), ("noise", 1, "Noise · step 2 of 3"), ("noise", 3, "Noise · done"), ("own", 0, "own · step 1 of ?")],
)
def test_a_place_is_a_step_of_a_lesson(modules, lesson, step, words):
    member = MEMBER | {"lesson": lesson, "step": step}
    assert run(modules, "class_words", "m.placeOf(...x)", [member, LESSONS, TEXTS]) == words


def test_answers_are_counted(modules):
    assert run(modules, "class_answers", "m.counted(x, 3)", [0, 2, 2]) == [1, 0, 2]
    assert run(modules, "class_answers", "m.histogram(x, 0, 1, 4)", [0, 0.24, 0.5, 1]) == [2, 0, 1, 1]
    curves = [[0, 1], [1, 1, 0]]  # each with as many heights as it was drawn with
    assert run(modules, "class_answers", "m.meanCurve(x, 3)", curves) == [0.5, 0.75, 0.5]
    assert run(modules, "class_answers", "m.meanCurve([], 3)") == []


def test_the_runs_of_a_class_are_drawn_with_their_mean_and_its_interval(modules):
    runs = {f"m{i}": {"update": [0, 50, 100], "error": [0.9, 0.4 + 0.05 * i, 0.2 + 0.05 * i]} for i in range(3)}
    assert run(modules, "class_experiment", "m.extent(Object.values(x))", runs) == {"last": 100, "high": 0.5}
    found = {"runs": runs, "update": [0, 50, 100], "mean": [0.9, 0.45, 0.25], "low": [None, 0.4, 0.2], "n": [3, 3, 3]}
    found |= {"high": [None, 0.5, 0.3], "settings": 2}
    script = """(() => {
      const element = (tag, className, text, attributes = {}) => {
        const made = Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
        for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
        return made; };
      const data = { texts: x.texts, language: "en", class: "c" };
      const board = { element, section: () => element("section"), data };
      const part = new m.Experiment(board);
      part.draw(x.found);
      const points = (name) => part.element.querySelector(name).getAttribute("points").split(" ").length;
      const told = [part.said.textContent, part.mixed.textContent, part.element.querySelectorAll(".ll-thin").length];
      const drawn = [points(".ll-band"), points(".ll-mean")];
      part.draw({ ...x.found, update: [] });
      return [...told, ...drawn, part.element.querySelectorAll("svg").length, part.said.textContent]; })()"""
    told = run(modules, "class_experiment", script, {"texts": TEXTS, "found": found})
    assert told[0] == (
        "3 runs. At update 100 their mean test error is 25.0 %; its 95 % interval goes from 20.0 % to 30.0 %."
    )
    assert told[1].startswith("They have 2 different settings") and told[2:6] == [3, 4, 3, 0]
    assert told[6] == TEXTS["experiment_few"]


@pytest.mark.parametrize("at, by, order", [(0, 1, [2, 1, 3]), (2, -1, [1, 3, 2]), (0, -1, None), (2, 1, None)])
def test_the_tray_is_put_in_order_one_by_one(modules, at, by, order):
    assert run(modules, "class_tray", "m.moved([1, 2, 3], ...x)", [at, by]) == order


@pytest.mark.parametrize(
    "kept, words",
    [
        ({"error": 0.125, "twin_error": 0.25}, "test error 12.5 %, supervised twin 25.0 %"),
        ({"error": 0.125, "twin_error": None}, "test error 12.5 %, supervised twin –"),
        ({"error": None, "twin_error": None}, ""),
    ],
)
def test_a_kept_run_has_the_numbers_of_the_moment_at_which_it_was_kept(modules, kept, words):
    assert run(modules, "class_tray", "m.numbersOf(x.kept, x.texts)", {"kept": kept, "texts": TEXTS}) == words


def test_the_picture_of_a_student_s_screen_says_what_is_in_force(modules):
    view = {"lead": {"lesson": "noise", "link": "", "hidden": ["widths"], "locked": []}, "message": "Hi", "shown": "r"}
    view |= {"questions": [{"text": "Why?", "is_open": True}], "labelling": {"is_open": False}}
    view |= {"challenge": {"is_open": True}}
    data = {"texts": TEXTS, "lessons": [{"name": "noise", "title": "Noise"}]}
    data |= {"controls": [{"name": "widths", "label": "Hidden widths"}]}
    assert run(modules, "class_pause", "m.screenOf(...x)", [view, 61, data]) == [
        ["message", "Hi"],
        ["pause", "Paused by the teacher · 1:01"],
        ["work", "Lesson: Noise"],
        ["work", "Beside it: the run that is shown to all"],
        ["work", "Question: Why?"],
        ["work", "Challenge"],
        ["controls", "Hidden: Hidden widths"],
    ]


STRETCHES = [[100, 100], [200, 260], [1000, 1040]]  # of a class: a moment, a minute, and much later 40 seconds


def test_the_slider_of_a_replay_leaves_out_the_time_in_which_nothing_happened(modules):
    assert run(modules, "class_replay", "m.lengthOf(x)", STRETCHES) == 100
    times = run(modules, "class_replay", "[0, 30, 60, 100, 500].map((place) => m.timeAt(x, place))", STRETCHES)
    assert times == [200, 230, 1000, 1040, 1040]
    places = run(modules, "class_replay", "[50, 100, 230, 500, 1010, 9999].map((t) => m.placeOf(x, t))", STRETCHES)
    assert places == [0, 0, 30, 60, 70, 100]


@pytest.mark.parametrize("place, back, forth", [(0, -1, 1), (10, 0, 2), (10.2, 0, 2), (30, 2, -1), (5, 0, 1)])
def test_from_a_moment_one_goes_to_the_next_and_not_to_itself(modules, place, back, forth):
    found = [run(modules, "class_replay", f"m.nextPlace([0, 10, 25], {place}, {by})") for by in (-1, 1)]
    assert found == [back, forth]


# --- the whole


@pytest.fixture
def room(tmp_path):
    """The address of the real app, and the secret of a teacher's browser."""
    school = Classes(tmp_path)
    secret = school.admit_teacher(school.teacher_code)
    school.journal.close()
    with served(tmp_path, LADDER_WORKERS="1") as url:
        yield url, secret


def joined(url: str, code: str, name: str) -> str:
    """The cookie of a browser that joins a class."""
    body = json.dumps({"code": code, "name": name, "language": "en"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/class/join", body, method="POST"), timeout=20) as answer:
        assert json.load(answer) == {"refusal": ""}
        return SimpleCookie(answer.headers["Set-Cookie"])["ladder_student"].value


def channel(url: str, secret: str):
    address = url.replace("http", "ws", 1) + "/class/live"
    return connect(address, additional_headers={"Cookie": f"ladder_student={secret}"})


def heard(page, condition) -> dict:
    """The next message that meets the condition."""
    while True:
        found = json.loads(page.recv(30))
        if condition(found):
            return found


def said(page, do, **values) -> None:
    page.send(json.dumps({"do": do, "ticket": 1, "lang": "en", **values}))
    answer = heard(page, lambda one: one["kind"] == "answer")
    assert answer["refusal"] == ""


def test_a_lesson_from_the_first_student_to_the_last_answer(browser, room):
    url, teacher = room
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "ladder_teacher", "value": teacher, "url": url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{url}/class")
    press(page, "Make a class")
    code = page.locator(".ll-join-code").inner_text()
    assert float(page.locator(".ll-join-code").evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")) >= 64

    secrets = {name: joined(url, code, name) for name in ("Ada", "<b>Ben</b>")}
    with channel(url, secrets["Ada"]) as ada, channel(url, secrets["<b>Ben</b>"]) as ben:
        said(ben, "help", on=True)
        names = page.locator(".ll-member-name")
        expect(names).to_have_text(["<b>Ben</b>", "Ada"])  # who needs help is first, and no name is HTML
        expect(page.locator(".ll-member").first).to_contain_text("needs help")
        page.get_by_label("Hide names").check()
        expect(names).to_have_text(["Student 2", "Student 1"])
        page.get_by_label("Hide names").uncheck()

        page.get_by_label("Question to all").fill("What will rise?")
        page.get_by_label("Option 1").fill("the error")
        page.get_by_label("Option 2").fill("the cost")
        page.get_by_role("button", name="Ask", exact=True).click()
        asked = heard(ben, lambda one: one.get("question"))["question"]
        said(ben, "reply", question=asked["id"], value=1)
        question = page.get_by_role("article", name="What will rise?")
        expect(question).to_contain_text("1 of 2 answers")
        expect(question.locator(".ll-bars")).to_have_count(0)  # hidden until they are opened
        question.get_by_role("button", name="Show the answers to all").click()
        expect(question.locator(".ll-bars li")).to_have_text(["the error0 (0 %)", "the cost1 (100 %)"])
        assert heard(ada, lambda one: (one.get("question") or {}).get("is_shown"))["question"]["answers"] == [1]
        question.get_by_role("button", name="Take no more answers").click()
        expect(question).to_contain_text("closed")

        page.get_by_role("button", name="2 min", exact=True).click()
        expect(page.locator(".ll-mimic")).to_contain_text("Paused by the teacher")
        assert heard(ada, lambda one: one.get("paused_until"))["paused_until"]
        page.get_by_role("button", name="Go on").click()
        expect(page.locator(".ll-mimic")).not_to_contain_text("Paused by the teacher")
        page.locator(".ll-lead-form").get_by_label("Language").select_option("zh")
        group = page.get_by_role("group", name="Labelled samples")
        group.get_by_label("locked").check()
        page.get_by_role("textbox", name="A link from “Share”").fill("https://example.org")
        page.get_by_role("button", name="Set for all").click()
        expect(page.locator(".ll-class-line")).to_contain_text("This is no link to a run of Ladder Lab")
        page.get_by_label("What each likes").check()
        page.get_by_label(re.compile("^Each student trains with seeds")).check()
        page.get_by_role("button", name="Set for all").click()
        lead = heard(ada, lambda one: one.get("lead", {}).get("locked"))["lead"]
        assert lead["locked"] == ["n_labeled"] and lead["language"] == "zh" and lead["seeds"] is True

        form = page.locator(".ll-lead-form")
        form.get_by_role("combobox", name="A lesson").select_option("variance")  # of two steps
        form.get_by_label("Pace").select_option("together")
        form.get_by_role("button", name="Set for all").click()
        for words in ("Open the next step", "Open the question"):
            form.get_by_role("button", name=words).click()
        expect(form.get_by_role("button", name="Open the question")).to_be_disabled()
        expect(form).to_contain_text("All steps and the question are open")
        assert heard(ada, lambda one: one.get("lead", {}).get("step") == 2)["lead"]["lesson"] == "variance"
        page.get_by_label("What each likes").check()
        form.get_by_role("button", name="Set for all").click()

        student = browser.new_context()
        student.add_cookies([{"name": "ladder_student", "value": secrets["Ada"], "url": url}])
        live = visit(SameContext(student), url)
        run_id = live.evaluate("() => new URL(location.href).searchParams.get('run')")
        live.close()
        said(ada, "place", run=run_id, lesson="noise", step=1)
        line = page.locator(".ll-member", has_text="Ada")
        expect(line).to_contain_text("step 2 of")
        expect(line).to_contain_text("Test error")
        line.get_by_role("button", name="Open").click()
        page.wait_for_selector(".ll-watch .js-plotly-plot .cartesianlayer")
        expect(page.locator(".ll-watch input, .ll-watch .ll-stage")).to_have_count(0)
        page.get_by_role("button", name="Show to all").first.click()
        shown = heard(ben, lambda one: one.get("shown"))
        assert shown["shown"] == run_id and shown["shown_name"] == "Ada"
        page.locator(".ll-opened").get_by_role("button", name="Keep in the tray").click()
        question.get_by_role("button", name="Keep in the tray").click()
        kept = page.locator(".ll-kept b")
        expect(kept.last).to_have_text("What will rise?")
        expect(kept.first).to_contain_text("Ada, at update")
        line = page.locator(".ll-kept").first
        expect(line).to_contain_text("supervised twin")
        line.get_by_role("button", name="Open").click()
        expect(page.locator(".ll-opened")).to_contain_text("Ada")
        expect(line.get_by_role("button", name="Open")).to_have_attribute("aria-pressed", "true")
        line.get_by_role("button", name="Show to all").click()
        assert heard(ben, lambda one: one.get("shown") and one["shown"] != run_id)["shown_name"] == "Ada"
        page.locator(".ll-kept").last.get_by_role("button", name="Move up").press("Enter")
        expect(kept.first).to_have_text("What will rise?")
        page.reload()
        expect(page.locator(".ll-kept b").first).to_have_text("What will rise?")
        page.wait_for_selector(".ll-watch .ll-value")

        accessible(page)

        press(page, "End the class")
        press(page, "End it now")
        expect(page.get_by_text("This class has ended.")).to_be_visible()
    expect(page.locator(".ll-class-lead")).to_be_hidden()
    expect(page.get_by_role("button", name="End the class")).to_have_count(0)
    press(page, "Delete the class")
    press(page, "Delete everything of it")
    expect(page.get_by_role("button", name="Make a class")).to_be_visible()
    assert faults == []


def accessible(page) -> None:
    """The board breaks no rule of WCAG in either theme, and scrolls in one direction on a narrow window."""
    page.evaluate(Axe().axe_script)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page, "getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        settled(page, "document.querySelector('.ll-class').innerText.length")
        assert page.evaluate(FOUND, RULES) == [], scheme
    page.set_viewport_size({"width": 320, "height": 512})
    settled(page, "document.querySelector('[data-testid=stMain]').scrollHeight")
    assert page.evaluate(OVERFLOWS) == [0, 0]
    page.set_viewport_size({"width": 1280, "height": 900})


class SameContext:
    """A browser whose new contexts are this one."""

    def __init__(self, context) -> None:
        self.context = context

    def new_context(self, **options):
        return self.context


def test_a_lost_connection_is_said_and_comes_back(browser, room):
    url, teacher = room
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": "ladder_teacher", "value": teacher, "url": url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    sockets = []
    page.route_web_socket("**/class/live*", lambda socket: sockets.append((socket, socket.connect_to_server())))
    page.goto(f"{url}/class")
    press(page, "Make a class")
    expect(page.locator(".ll-class-members")).to_be_visible()
    sockets[0][0].close()
    expect(page.locator(".ll-class-line")).to_contain_text("The connection to the server is lost")
    expect(page.locator(".ll-class-line")).to_be_hidden()
    assert len(sockets) > 1


CAN_BE_PRESSED = """() => [...document.querySelectorAll('.ll-class-grid .ll-button')]
  .filter((one) => one.checkVisibility() && !one.disabled).map((one) => one.textContent)"""


def test_the_example_class_is_replayed_on_the_board_and_nothing_can_be_done_meanwhile(browser, room):
    url, teacher = room
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "ladder_teacher", "value": teacher, "url": url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{url}/class")
    press(page, "Open the example class")
    expect(page.get_by_text("Example: recorded with simulated students").first).to_be_visible()
    members = page.locator(".ll-class-members")
    expect(members).to_contain_text("none can be opened")
    expect(members.get_by_role("button", name="Open").first).to_be_disabled()
    names, bar = page.locator(".ll-member-name"), page.locator(".ll-replay")
    expect(names).to_have_count(8)

    page.get_by_role("button", name="Replay the lesson").press("Enter")
    bar.get_by_role("button", name="Pause").press("Enter")  # it plays, and has the keyboard's focus
    slider = bar.get_by_role("slider", name="Time of the lesson")
    slider.press("Home")
    expect(members).to_contain_text("Nobody has joined yet")
    assert "Replay" in members.locator("h3").evaluate("(one) => getComputedStyle(one, '::after').content")
    slider.press("End")
    expect(page.locator(".ll-question")).to_have_count(4)
    while "Paused" not in page.locator(".ll-mimic").inner_text():  # back from moment to moment
        said = bar.locator(".ll-replay-now").inner_text()
        bar.get_by_role("button", name="Previous moment").press("Enter")
        expect(bar.locator(".ll-replay-now")).not_to_have_text(said)
        settled(page, "document.querySelector('.ll-mimic').innerText")
    expect(bar.get_by_role("status")).to_contain_text("Answers shown to all: After 600 updates")
    expect(names).to_have_count(8)
    expect(page.locator(".ll-member-error").first).to_contain_text("Test error")
    expect(page.locator(".ll-class-experiment polyline").first).to_be_attached()
    for hidden in (".ll-class-lead", ".ll-ask-form", ".ll-class-pause form", ".ll-class-join"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.evaluate(CAN_BE_PRESSED) == []
    page.get_by_label("Hide names").check()
    expect(names.first).to_contain_text("Student ")
    expect(page.get_by_text("(simulated)")).to_have_count(0)
    accessible(page)
    bar.get_by_role("button", name="Back to now").press("Enter")
    expect(page.get_by_role("button", name="Replay the lesson")).to_be_focused()
    expect(page.locator(".ll-question")).to_have_count(4)
