"""A class in two real browsers, one of the size of a phone: joining, and everything that a teacher does to it."""

import json
import re

import pytest
from browsing import PATIENCE, SHOTS, press, served, status
from modules import blank, run
from playwright.sync_api import expect
from schools import LAPTOP, PHONE, made_before
from websockets.sync.client import connect

from ladder import i18n
from ladder.teaching import lessons


@pytest.fixture(scope="module")
def modules(browser):
    yield blank(browser)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A server with a class, made before it started: its address, the class's id and code, and a teacher's secret."""
    home = tmp_path_factory.mktemp("class")
    found = made_before(home)
    with served(home) as found.url:
        yield found


class Teacher:
    """The teacher's side of the class channel."""

    def __init__(self, socket):
        self.socket, self.ticket = socket, 0

    def __call__(self, do, **values):
        """Has something happen. Returns the refusal."""
        self.ticket += 1
        self.socket.send(json.dumps({**values, "do": do, "lang": "en", "ticket": self.ticket}))
        while (told := json.loads(self.socket.recv(timeout=60))).get("ticket") != self.ticket:
            pass
        return told["refusal"]

    def wait(self, condition):
        """The first view of the class that meets a condition."""
        while True:
            told = json.loads(self.socket.recv(timeout=60))
            if told["kind"] == "class" and condition(told):
                return told

    def member(self, name, condition):
        """A member once it meets a condition."""
        meets = lambda view: any(one["name"] == name and condition(one) for one in view["members"])  # noqa: E731
        return next(one for one in self.wait(meets)["members"] if one["name"] == name)


@pytest.fixture
def teacher(school):
    address = school.url.replace("http", "ws")
    cookie = {"Cookie": f"ladder_teacher={school.secret}"}
    with connect(f"{address}/class/live?class={school.id}", additional_headers=cookie) as socket:
        yield Teacher(socket)


def joined(browser, school, name, language, options):
    """A student's page, in the class, after a wrong code was refused."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(PATIENCE)
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(f"{school.url}/class?lang={language}&code=XXXXX")
    page.get_by_label(i18n.text("student.nickname", language)).fill(name)
    code = page.get_by_label(i18n.text("student.code", language))
    expect(code).to_have_value("XXXXX")
    join = page.get_by_role("button", name=i18n.text("student.join", language))
    join.click()
    expect(page.get_by_role("alert").filter(has_text="XXXXX")).to_be_visible()
    code.fill(school.code.lower())
    join.click()
    expect(page.locator(".ll-class-who")).to_have_text(f"3b · {name}")
    page.wait_for_selector(".ll-n-update")
    return page


@pytest.fixture(scope="module")
def students(browser, school):
    """A student with a phone, in Chinese, and one with a laptop."""
    pages = joined(browser, school, "小明", "zh", PHONE), joined(browser, school, "Ada", "en", LAPTOP)
    yield pages
    assert [page.faults for page in pages] == [[], []]


def test_the_strip_takes_one_row_and_help_reaches_the_teacher(students, teacher):
    for page, name, language in zip(students, ("小明", "Ada"), ("zh", "en"), strict=True):
        assert page.locator(".ll-class-strip").bounding_box()["height"] <= 50
        page.get_by_role("button", name=i18n.text("student.help", language)).click()
        teacher.member(name, lambda one: one["needs_help"])
        page.get_by_role("button", name=i18n.text("student.helped", language)).click()
        teacher.member(name, lambda one: not one["needs_help"])


def test_a_message_is_text_and_is_announced_once(students, teacher):
    assert teacher("message", text="Look <b>here</b>") == ""
    for page in students:
        expect(page.locator(".ll-class-message")).to_have_text("Look <b>here</b>")
        expect(page.locator(".ll-strip-box > .ll-unseen")).to_contain_text("Look <b>here</b>")
    page = students[1]
    page.reload()
    expect(page.locator(".ll-class-message")).to_have_text("Look <b>here</b>")
    expect(page.locator(".ll-strip-box > .ll-unseen")).to_have_text("")


def test_a_pause_covers_the_page_takes_its_keys_and_is_released(students, teacher):
    page = students[1]
    status(page, "Paused")
    assert teacher("pause", seconds=600) == ""
    for each in students:
        expect(each.locator(".ll-hold")).to_be_visible()
        expect(each.locator(".ll-hold-left")).to_have_text(re.compile(r"^5\d\d$|^600$"))
    for key in ("Escape", "Escape", "p", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".ll-hold")).to_be_visible()
    students[0].screenshot(path=SHOTS / "class_pause.png")
    page.reload()
    expect(page.locator(".ll-hold")).to_be_visible()
    assert teacher("pause", seconds=0) == ""
    for each in students:
        expect(each.locator(".ll-hold")).to_be_hidden()
    status(page, "Paused")  # no key went through


def test_a_pause_ends_by_itself_where_the_connection_is_lost(students, teacher):
    page = students[1]
    assert teacher("pause", seconds=4) == ""
    expect(page.locator(".ll-hold")).to_be_visible()
    page.context.set_offline(True)
    expect(page.locator(".ll-hold")).to_be_hidden()
    page.context.set_offline(False)


def test_a_choice_is_answered_changed_closed_and_shown(students, teacher):
    phone, laptop = students
    assert teacher("ask", kind="choice", text="What rises?", options=["the <i>error</i>", "the cost"]) == ""
    for page in students:
        expect(page.locator(".ll-question:popover-open")).to_contain_text("What rises?")
    phone.locator(".ll-question label").nth(0).click()
    phone.locator(".ll-question .ll-class-main").click()
    teacher.wait(lambda view: len(view["questions"][-1]["answers"]) == 1)
    change = phone.get_by_role("button", name=i18n.text("student.change", "zh"))
    expect(change).to_be_visible()  # the phone has heard that its answer is given
    phone.locator(".ll-question label").nth(1).click()
    change.click()
    teacher.wait(lambda view: [*view["questions"][-1]["answers"].values()] == [1])
    laptop.get_by_role("button", name=i18n.text("student.close", "en")).click()
    expect(laptop.locator(".ll-question:popover-open")).to_be_hidden()
    laptop.get_by_role("button", name=i18n.text("student.question", "en"), exact=True).click()
    laptop.locator(".ll-question label").nth(0).click()
    laptop.locator(".ll-question .ll-class-main").click()
    question = teacher.wait(lambda view: len(view["questions"][-1]["answers"]) == 2)["questions"][-1]["id"]
    assert teacher("open_question", question=question, on=False) == ""
    expect(laptop.locator(".ll-question .ll-class-main")).to_have_count(0)
    expect(laptop.locator(".ll-question input").first).to_be_disabled()
    laptop.reload()  # the answer is not lost
    expect(laptop.locator(".ll-class-help")).to_be_visible()
    assert teacher("show_answers", question=question, on=True) == ""
    expect(laptop.locator(".ll-votes .ll-mine")).to_contain_text("the <i>error</i>")
    expect(phone.locator(".ll-votes .ll-mine")).to_contain_text("the cost")
    expect(phone.locator(".ll-votes li b")).to_have_text(["1（50%）", "1（50%）"])
    phone.screenshot(path=SHOTS / "class_answers.png")


def test_a_number_is_answered_once(students, teacher):
    page = students[1]
    assert teacher("ask", kind="number", text="How much?", low=0, high=100, may_change=False) == ""
    page.get_by_label(i18n.text("student.from_to", "en", low=0, high=100)).fill("42")
    page.locator(".ll-question .ll-class-main").click()
    teacher.wait(lambda view: [*view["questions"][-1]["answers"].values()] == [42])
    expect(page.locator(".ll-question .ll-class-main")).to_have_count(0)
    expect(page.locator(".ll-question:popover-open")).to_contain_text(i18n.text("student.given_once", "en"))


def test_a_curve_is_drawn_by_mouse_and_by_keys_and_all_are_shown(students, teacher):
    phone, laptop = students
    assert teacher("ask", kind="curve", text="How will it go?", low=0, high=1) == ""
    expect(laptop.locator(".ll-drawing")).to_be_visible()
    box = laptop.locator(".ll-drawing").bounding_box()
    laptop.mouse.move(box["x"] + 1, box["y"] + 5)
    laptop.mouse.down()
    laptop.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] - 5, steps=20)
    laptop.mouse.up()
    laptop.locator(".ll-question .ll-class-main").click()
    (drawn,) = teacher.wait(lambda view: view["questions"][-1]["answers"])["questions"][-1]["answers"].values()
    assert drawn[0] > 0.9 and drawn[-1] < 0.1 and drawn == sorted(drawn, reverse=True) and len(drawn) <= 20
    phone.locator(".ll-point").first.focus()
    for key in ("Home", "ArrowRight", "ArrowUp"):
        phone.keyboard.press(key)
    phone.locator(".ll-question .ll-class-main").click()
    found = teacher.wait(lambda view: len(view["questions"][-1]["answers"]) == 2)["questions"][-1]
    assert teacher("show_answers", question=found["id"], on=True) == ""
    for page in students:
        expect(page.locator(".ll-question .ll-curve")).to_have_count(3)  # two thin ones, and the own one
        page.locator(".ll-question-head .ll-button").click()


def test_a_lesson_is_led_with_a_locked_slider_and_steps_that_the_teacher_opens(students, teacher, school):
    phone, laptop = students
    lesson = lessons.ours().lesson("noise", "en")
    before = teacher.member("Ada", lambda one: one["run"])["run"]
    led = {"lesson": "noise", "locked": ["noise_std", "learning_rate"], "hidden": ["n_labeled"], "pace": "together"}
    assert teacher("lead", **led, language="en") == ""
    for page in students:
        expect(page.locator(".ll-lesson")).to_contain_text(lesson.steps[0].title)
        expect(page.get_by_role("slider", name="Noise std σ, all layers")).to_be_disabled()
        expect(page.locator(".ll-controls .ll-locked").first).to_contain_text("Your teacher has locked")
        expect(page.get_by_role("slider", name="Labelled samples")).to_have_count(0)
        expect(page.locator(".ll-n-test_error")).to_be_visible()
        expect(page.get_by_role("button", name="Your teacher opens the next step")).to_be_disabled()
    own = teacher.member("Ada", lambda one: one["lesson"] == "noise" and one["run"] != before)
    slider = laptop.get_by_role("slider", name="Noise std σ, all layers")
    slider.evaluate("(one) => { one.disabled = false; }")  # by somebody who knows how: the server refuses
    slider.press("Home")
    expect(laptop.locator(".ll-message")).to_contain_text("Your teacher has locked")
    expect(slider).to_have_attribute("aria-valuetext", "0.30")
    assert teacher("step", step=1) == ""
    expect(laptop.locator(".ll-lesson")).not_to_contain_text("Your teacher opens the next step")
    press(laptop, "Play")
    laptop.locator(".ll-lesson-next").click()
    guess = lesson.steps[1].prediction
    laptop.get_by_text(guess.options[0], exact=True).click()
    expect(laptop.get_by_role("button", name="Your teacher opens the next step")).to_be_disabled()
    there = teacher.member("Ada", lambda one: one["step"] == 1 and one["answers"])
    assert there["answers"] == [["noise", "prediction 2", 0]] and there["run"] == own["run"]

    laptop.reload()  # nothing begins anew
    expect(laptop.locator(".ll-lesson")).to_contain_text(lesson.steps[1].title)
    again = laptop.context.new_page()  # a phone that has lost its tab
    again.set_default_timeout(PATIENCE)
    laptop.close()
    again.goto(school.url)
    expect(again.locator(".ll-lesson")).to_contain_text(lesson.steps[1].title)
    expect(again.get_by_label(guess.options[0], exact=True)).to_be_checked()
    assert teacher.member("Ada", lambda one: one["here"])["lesson"] == "noise"
    assert len(teacher.member("Ada", lambda one: True)["runs"]) <= len(there["runs"]) + 1
    again.close()


def test_who_is_taken_out_is_told_so(browser, school, teacher):
    page = joined(browser, school, "Ben", "en", LAPTOP)
    member = teacher.member("Ben", lambda one: True)
    assert teacher("remove", member=member["id"]) == ""
    expect(page.locator(".ll-class-said")).to_have_text(i18n.text("student.gone", "en"))
    page.context.close()


@pytest.mark.parametrize(
    "question, bars",
    [
        ({"kind": "choice", "options": ["a", "b"], "answers": [1, 1, 0], "mine": 1}, [(0, 1, False), (1, 2, True)]),
        ({"kind": "number", "low": 0, "high": 9, "answers": [3, 5, 3], "mine": None}, [(3, 2, False), (5, 1, False)]),
    ],
)
def test_answers_are_counted(modules, question, bars):
    found = run(modules, "class_question", "m.barsOf(x)", question)
    assert [(bar["low"], bar["n"], bar["mine"]) for bar in found] == bars


def test_many_different_numbers_are_put_together(modules):
    question = {"kind": "number", "low": 0, "high": 80, "answers": list(range(0, 81, 5)), "mine": 80}
    found = run(modules, "class_question", "m.barsOf(x)", question)
    assert len(found) == 8 and sum(bar["n"] for bar in found) == 17 and [bar["mine"] for bar in found][-1]


def test_a_pause_counts_by_the_server_s_clock(modules):
    assert run(modules, "class_hold", "m.secondsLeft(1000, 60, 900)") == 40
    assert run(modules, "class_hold", "m.secondsLeft(1000, 60, 2000)") == 0


def test_a_lesson_goes_on_where_the_class_says_that_it_was_left(modules):
    answers = [["noise", "prediction 2", 1], ["noise", "question", 0], ["other", "prediction 1", 3]]
    found = run(modules, "lesson", "m.leftAt(x)", {"lesson": "noise", "step": 3, "answers": answers})
    assert found == {"at": 3, "guesses": {"1": 1}, "answer": 0}
