"""A labelling round in real browsers: a teacher's board, a student's phone in Chinese, and a student without a page."""

import json
from types import SimpleNamespace

import pytest
from accessibility import FOUND, OVERFLOWS, RULES
from axe_playwright_python.sync_playwright import Axe
from browsing import PATIENCE, SHOTS, served
from modules import blank, run
from playwright.sync_api import expect
from websockets.sync.client import connect

from ladder import i18n
from ladder.teaching.classes import Classes

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP = {"viewport": {"width": 1280, "height": 720}}


def zh(key, **values):
    return i18n.text(key, "zh", **values)


@pytest.fixture(scope="module")
def modules(browser):
    yield blank(browser)


@pytest.fixture
def school(tmp_path, browser):
    """A server with a class: the teacher's page, and the pages of who has joined before it started."""
    made = Classes(tmp_path)
    room, secret = made.make("3b"), made.admit_teacher(made.teacher_code)
    code = made.code_of(room.id)
    secrets = {name: made.join(code, name)[2] for name in ("小明", "Ben")}
    made.journal.close()
    faults = []

    def page(name, value, address, **options):
        context = browser.new_context(**options)
        context.add_cookies([{"name": name, "value": value, "url": url}])
        found = context.new_page()
        found.set_default_timeout(PATIENCE)
        found.on("pageerror", lambda error: faults.append(str(error)))
        found.goto(f"{url}/{address}")
        return found

    def last_round():
        """The round as the server's journal has it."""
        seen = Classes(tmp_path)
        seen.load()
        seen.journal.close()
        return seen.room(room.id).rounds[-1]

    with served(tmp_path, LADDER_WORKERS="1") as url:
        names = {"url": url, "room": room, "teacher": secret, "secrets": secrets, "page": page}
        yield SimpleNamespace(**names, last_round=last_round)
        assert faults == []


def label_all(school, name, number, wrong):
    """A student without a page labels all its images, the first `wrong` ones as the next class."""
    address = school.url.replace("http", "ws", 1) + "/class/live"
    cookie = {"Cookie": f"ladder_student={school.secrets[name]}"}
    found = school.last_round()
    with connect(address, additional_headers=cookie) as socket:
        for at, row in enumerate(found.rows_of(number)):
            label = (found.truth[row] + (at < wrong)) % 10
            socket.send(json.dumps({"do": "label", "round": 1, "at": at, "label": label, "lang": "en", "ticket": at}))
            while (told := json.loads(socket.recv(timeout=60))).get("ticket") != at:
                pass
            assert told["refusal"] == ""


def test_a_round_from_its_start_to_three_runs(school):
    teacher = school.page("ladder_teacher", school.teacher, "class?v=1&lang=en", **LAPTOP)
    phone = school.page("ladder_student", school.secrets["小明"], "?v=1&lang=zh", **PHONE)
    expect(phone.locator(".ll-class-who")).to_have_text("3b · 小明")
    expect(phone.get_by_role("button", name=zh("student.label_title"))).to_have_count(0)

    # labelling
    card = teacher.locator(".ll-class-labelling")
    card.get_by_role("button", name="Start a round").click()
    sheet = phone.locator(".ll-labels")
    expect(sheet.locator(".ll-label-where")).to_have_text(zh("student.label_at", n=1, of=20))
    phone.screenshot(path=SHOTS / "label_asking.png")
    box = sheet.locator(".ll-label-image").bounding_box()
    assert box["width"] == box["height"] >= 200
    for button in sheet.locator(".ll-label-classes button").all():
        assert button.bounding_box()["height"] >= 44 and button.bounding_box()["width"] >= 44
    assert phone.evaluate(
        "document.querySelector('.ll-labels').scrollHeight <= document.querySelector('.ll-labels').clientHeight"
    )
    of = school.last_round()
    truth = [of.truth[row] for row in of.rows_of(1)]
    digit = lambda k: sheet.get_by_role("button", name=str(k), exact=True)  # noqa: E731
    digit((truth[0] + 1) % 10).click()
    sheet.get_by_role("button", name=zh("student.label_back")).click()
    expect(digit((truth[0] + 1) % 10)).to_have_attribute("aria-pressed", "true")
    digit(truth[0]).click()
    sheet.get_by_role("button", name=zh("student.label_unsure")).click()
    expect(sheet.locator(".ll-label-where")).to_have_text(zh("student.label_at", n=3, of=20))
    sheet.get_by_role("button", name=zh("student.close")).click()
    expect(sheet).to_be_hidden()
    expect(card).to_contain_text("0 of 2 students are done; 2 of 40 labels are given.")
    phone.reload()
    phone.get_by_role("button", name=zh("student.label_title")).click()
    expect(sheet.locator(".ll-label-where")).to_have_text(zh("student.label_at", n=3, of=20))
    for at in range(2, 20):
        expect(sheet.locator(".ll-label-where")).to_have_text(zh("student.label_at", n=at + 1, of=20))
        phone.keyboard.press(str(truth[at]))
    expect(sheet).to_contain_text(zh("student.label_done", n=19))
    expect(sheet).to_contain_text(zh("student.label_done_unsure", n=1))
    phone.screenshot(path=SHOTS / "label_done.png")
    label_all(school, "Ben", 2, wrong=6)
    expect(card).to_contain_text("2 of 2 students are done; 40 of 40 labels are given.")
    card.scroll_into_view_if_needed()
    teacher.screenshot(path=SHOTS / "label_running.png")

    # what became of it
    card.get_by_role("button", name="Close the round").click()
    card.get_by_role("button", name="Really close it?").click()
    expect(card.locator(".ll-label-right")).to_contain_text("The class labelled")
    expect(card.locator(".ll-label-rows canvas").first).to_be_visible()
    expect(card.locator(".ll-label-truly").first).to_be_hidden()
    card.get_by_label("Show the true classes").check()
    expect(card.locator(".ll-label-truly").first).to_be_visible()
    card.scroll_into_view_if_needed()
    teacher.screenshot(path=SHOTS / "label_board.png")
    accessible(teacher)
    assert "小明" not in card.locator(".ll-label-rows").inner_text()
    expect(sheet).to_contain_text(zh("student.label_over"))
    expect(sheet).to_contain_text(zh("student.label_own_right", n=19, right=19, wrong=0))
    phone.screenshot(path=SHOTS / "label_outcome.png")
    phone.evaluate(Axe().axe_script)
    assert phone.evaluate(FOUND, RULES) == []

    # training on it
    n = len(school.last_round().pooled)
    for kind, size in (("own", 19), ("class", n), ("true", n)):
        if not sheet.is_visible():
            phone.get_by_role("button", name=zh("student.label_title")).click()
        sheet.get_by_role("button", name=zh(f"student.label_kind.{kind}", n=size)).click()
        expect(phone.locator(".ll-runs-table .ll-in-view")).to_contain_text(zh(f"labelling.run.{kind}", n=size))
    expect(phone.locator(".ll-runs-table th .ll-run-name")).to_contain_text(
        [zh("labelling.run.true", n=n), zh("labelling.run.class", n=n), zh("labelling.run.own", n=19)]
    )
    phone.locator(".ll-runs-table").scroll_into_view_if_needed()
    phone.screenshot(path=SHOTS / "label_runs.png")
    card.get_by_role("button", name="Train all three here").click()
    expect(teacher.locator(".ll-runs-table .ll-in-view")).to_contain_text(f"The class's labels ({n})")
    names = teacher.locator(".ll-runs-table th .ll-run-name")
    expect(names).to_contain_text([f"The class's labels ({n})", "Own labels (19)", f"The true labels ({n})"])
    teacher.screenshot(path=SHOTS / "label_teacher_runs.png")


def accessible(page) -> None:
    """The board breaks no rule of WCAG and scrolls in one direction on a narrow window."""
    page.evaluate(Axe().axe_script)
    assert page.evaluate(FOUND, RULES) == []
    page.set_viewport_size({"width": 320, "height": 512})
    assert page.evaluate(OVERFLOWS) == [0, 0]
    page.set_viewport_size(LAPTOP["viewport"])


@pytest.mark.parametrize(
    "labels, at, found", [([None, 3, None], 0, 2), ([None, 3, -1], 2, 0), ([1, 2, -1], 1, None), ([None], -1, 0)]
)
def test_the_next_image_is_one_without_a_label(modules, labels, at, found):
    assert run(modules, "class_label_pad", "m.following(...x)", [labels, at]) == found


def test_pixels_come_as_bytes(modules):
    assert run(modules, "pixels", "[...m.pixelsOf(x)]", "AP8=") == [0, 1]


def test_votes_are_bars_with_those_who_were_not_sure_at_the_end(modules):
    found = run(modules, "class_labelling", "m.votesOf(x)", {"votes": [[4, 2], [9, 1]], "unsure": 1})
    assert found == [
        {"label": 4, "n": 2, "share": 0.5},
        {"label": 9, "n": 1, "share": 0.25},
        {"label": -1, "n": 1, "share": 0.25},
    ]
