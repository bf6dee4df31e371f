"""A lesson of a class in three browsers at once: the teacher's, a phone in Chinese and a laptop in English."""

import csv
import json
import zipfile

import pytest
from browsing import PATIENCE, SHOTS, press, served
from playwright.sync_api import expect
from schools import LAPTOP, PHONE

from ladder import i18n
from ladder.teaching import class_export, lessons
from ladder.teaching.classes import Classes

PROJECTOR = {"viewport": {"width": 1440, "height": 900}, "accept_downloads": True}
LESSON = "variance"  # a guess, a hundred updates, a question
OPTIONS = "the input", "layer 1"


@pytest.fixture
def school(tmp_path, browser):
    """The server of a class to be made: a page of it in a browser of its own, and the class as its journal has it."""
    made = Classes(tmp_path)
    secret = made.admit_teacher(made.teacher_code)
    made.journal.close()
    with served(tmp_path, LADDER_WORKERS="1") as url:
        yield School(browser, url, tmp_path, secret)


class School:
    def __init__(self, browser, url, folder, secret):
        self.browser, self.url, self.folder, self.secret = browser, url, folder, secret
        self.faults = []

    def page(self, path, options, teaches=False):
        context = self.browser.new_context(**options)
        if teaches:
            context.add_cookies([{"name": "ladder_teacher", "value": self.secret, "url": self.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{self.url}/{path}")
        return page

    def room(self):
        seen = Classes(self.folder)
        seen.load()
        seen.journal.close()
        (room,) = seen.rooms.values()
        return room


class Student:
    """A student's page, in a language."""

    def __init__(self, school, name, language, options):
        self.name, self.language, self.page = name, language, school.page(f"class?v=1&lang={language}", options)
        self.lesson = lessons.ours().lesson(LESSON, language)
        self.strip, self.sheet = self.page.locator(".ll-class-strip"), self.page.locator(".ll-question:popover-open")
        self.labels = self.page.locator(".ll-labels")

    def says(self, key, **values):
        return i18n.text(f"student.{key}", self.language, **values)

    def live(self, key, **values):
        return i18n.text(f"live.lesson.{key}", self.language, **values)

    def join(self, code):
        self.page.get_by_label(self.says("code")).fill(code)
        self.page.get_by_label(self.says("nickname")).fill(self.name)
        self.page.get_by_role("button", name=self.says("join")).click()
        self.page.wait_for_selector(".ll-n-update")

    def plays(self):
        press(self.page, i18n.text("page.button.play", self.language))

    def guesses(self, n):
        """Gives the lesson's first prediction."""
        self.page.get_by_text(self.lesson.steps[0].prediction.options[n], exact=True).click()

    def answers(self, n):
        """Answers the teacher's question."""
        self.sheet.locator("label").nth(n).click()
        self.sheet.locator(".ll-class-main").click()
        expect(self.sheet.get_by_role("button", name=self.says("change"))).to_be_visible()

    def labels_all(self, found, number, wrong):
        """Gives each image its true class, but the first `wrong` ones the next."""
        for at, row in enumerate(found.rows_of(number)):
            expect(self.labels.locator(".ll-label-where")).to_have_text(self.says("label_at", n=at + 1, of=20))
            self.page.keyboard.press(str((found.truth[row] + (at < wrong)) % 10))
        expect(self.labels).to_contain_text(self.says("label_done", n=20))

    def hands_in(self):
        """Ends the lesson: its question, and the hand-in."""
        choice = self.lesson.question.choice
        self.page.locator(".ll-lesson-next").click()
        self.page.get_by_text(choice.options[choice.right], exact=True).click()
        self.page.get_by_label(self.live("nickname"), exact=True).fill(self.name)
        self.page.get_by_role("button", name=self.live("hand_in"), exact=True).click()
        expect(self.page.locator(".ll-lesson-handed")).to_be_in_viewport()

    def enters(self, updates):
        """Trains a run of the challenge, and hands it in."""
        expect(self.sheet).to_contain_text(self.says("challenge_rules", labels=20, updates=updates))
        self.sheet.locator(".ll-question-head button").click()
        self.plays()
        self.page.wait_for_function(
            "(n) => document.querySelector('.ll-n-update .ll-value').textContent === n", arg=str(updates)
        )
        self.strip.get_by_role("button", name=self.says("challenge")).click()
        self.sheet.get_by_role("button", name=self.says("enter")).click()
        expect(self.sheet.get_by_role("status")).to_have_text(self.says("entered"))
        sheet, strip = self.sheet.bounding_box(), self.strip.bounding_box()
        assert sheet["y"] + sheet["height"] <= strip["y"]  # which has two rows on a phone by now


def test_a_lesson_from_the_code_on_the_board_to_the_table_of_hand_ins(school):
    teacher = school.page("class?v=1&lang=en", PROJECTOR, teaches=True)
    card = lambda name: teacher.locator(f".ll-class-{name}")  # noqa: E731
    button = lambda name: teacher.get_by_role("button", name=name, exact=True)  # noqa: E731
    taken = iter(range(1, 99))

    def shots(moment):
        """What each of the three sees now, for people to look at."""
        k = next(taken)
        for who, page in (("teacher", teacher), *((one.language, one.page) for one in students)):
            page.screenshot(path=SHOTS / f"journey_{k:02}_{moment}_{who}.png")

    # joining by the code on the board
    press(teacher, "Make a class")
    code = teacher.locator(".ll-join-code").inner_text()
    phone, laptop = students = Student(school, "小明", "zh", PHONE), Student(school, "Ada", "en", LAPTOP)
    shots("doors")
    for student in students:
        student.join(code)
    expect(teacher.locator(".ll-member-name")).to_have_text(["小明", "Ada"])
    shots("joined")

    # a guess, and what comes of it
    card("lead").locator("select").first.select_option(LESSON)
    button("Set for all").click()
    for n, student in enumerate(students):
        expect(student.page.locator(".ll-lesson")).to_contain_text(student.lesson.steps[0].title)
        student.guesses(n)
    shots("guessed")
    for student in students:
        student.page.locator(".ll-lesson-next").click()
        student.plays()
    for n, student in enumerate(students):
        guess = student.lesson.steps[0].prediction
        expect(student.page.locator(".ll-lesson-guess")).to_contain_text(guess.options[n])
        expect(student.page.locator(".ll-lesson-guess")).to_contain_text(guess.options[guess.right])
    expect(teacher.locator(".ll-member-place").first).to_contain_text("step 2 of")
    shots("revealed")

    # a pause, which ends by itself, while the teacher looks at a run and writes a question
    button("30 s").click()
    for student in students:
        expect(student.page.locator(".ll-hold")).to_contain_text(student.says("paused"))
    line = teacher.locator(".ll-member", has_text="小明")
    line.get_by_role("button", name="Open").click()
    teacher.wait_for_selector(".ll-watch .js-plotly-plot .cartesianlayer")
    shots("paused")
    teacher.get_by_label("Question to all").fill("Which layer gave the slip away?")
    for n, words in enumerate(OPTIONS):
        teacher.get_by_label(f"Option {n + 1}").fill(words)
    for student in students:
        expect(student.page.locator(".ll-hold")).to_be_hidden()

    # a question, whose answers are hidden until they are opened
    button("Ask").click()
    for n, student in enumerate(students):
        student.answers(n)
    question = teacher.get_by_role("article", name="Which layer gave the slip away?")
    expect(question).to_contain_text("2 of 2 answers")
    question.scroll_into_view_if_needed()
    shots("answered")
    question.get_by_role("button", name="Show the answers to all").click()
    for student in students:
        expect(student.sheet.locator(".ll-votes li b")).to_have_text([student.says("votes", n=1, share=50)] * 2)
    shots("answers")
    for student in students:
        student.sheet.locator(".ll-question-head button").click()

    # one student's run on all screens
    teacher.locator(".ll-opened").get_by_role("button", name="Show to all").click()
    for student in students:
        expect(student.page.get_by_text(student.says("shown_of", name="小明"))).to_be_visible()
        student.page.wait_for_selector(".ll-watch .js-plotly-plot .cartesianlayer")
        student.strip.get_by_role("button", name=student.says("help")).click(trial=True)  # nothing lies over it
    shots("shown")
    teacher.locator(".ll-opened").get_by_role("button", name="Shown to all: take back").click()
    for student in students:
        expect(student.page.locator(".ll-watch")).to_have_count(0)

    # the lesson's end
    for student in students:
        student.hands_in()
    shots("handed_in")

    # labels by hand
    card("labelling").get_by_role("button", name="Start a round").click()
    for student in students:
        expect(student.labels.locator(".ll-label-where")).to_be_visible()
    shots("labelling")
    for number, student in enumerate(students, 1):
        student.labels_all(school.room().rounds[-1], number, wrong=4 * (number - 1))
    expect(card("labelling")).to_contain_text("2 of 2 students are done; 40 of 40 labels are given.")
    card("labelling").get_by_role("button", name="Close the round").click()
    card("labelling").get_by_role("button", name="Really close it?").click()
    expect(card("labelling").locator(".ll-label-rows canvas").first).to_be_visible()
    card("labelling").scroll_into_view_if_needed()
    for student in students:
        expect(student.labels).to_contain_text(student.says("label_over"))
    shots("labelled")

    # a challenge, which opens in place of the labels
    card("challenge").get_by_label("Updates at most").fill("60")
    card("challenge").get_by_role("button", name="Begin the challenge").click()
    for student in students:
        student.enters(60)
    card("challenge").scroll_into_view_if_needed()
    shots("entered")
    card("challenge").get_by_role("button", name="End it and work out the scores").click()
    card("challenge").get_by_role("button", name="Press again to end it").click()
    expect(card("challenge").locator(".ll-bars li")).to_have_count(2)
    for student in students:
        expect(student.sheet).to_contain_text(student.says("score_why"))
    shots("scored")

    # what is left of it
    with teacher.expect_download() as waiting:
        teacher.get_by_role("button", name=i18n.text("teacher.csv", "en")).click()
    rows = list(csv.DictReader(waiting.value.path().read_text(encoding="utf-8-sig").splitlines()))
    for n, student in enumerate(students):
        given = {row["which"]: row["answer"] for row in rows if row["student"] == student.name}
        options = lessons.ours().lesson(LESSON, "en").steps[0].prediction.options  # in the teacher's language
        assert given["prediction 1"] == options[n] and given["Which layer gave the slip away?"] == OPTIONS[n]
        assert 0 <= float(given[class_export.SCORE]) <= 1
    with teacher.expect_download() as waiting:
        teacher.get_by_role("button", name=i18n.text("teacher.zip", "en")).click()
    with zipfile.ZipFile(waiting.value.path()) as found:
        handed = [json.loads(found.read(name)) for name in sorted(found.namelist()) if name.startswith("handins/")]
    found = [(one["nickname"], one["lesson"]) for one in handed]
    assert found == [(name, lesson) for name in ("小明", "Ada") for lesson in (LESSON, "")]  # and the challenge's run
    teacher.get_by_text(i18n.text("teacher.after", "en")).scroll_into_view_if_needed()
    shots("afterwards")
    assert school.faults == []
    for page in (teacher, *(one.page for one in students)):
        page.context.close()
