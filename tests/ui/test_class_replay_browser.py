"""The replay of a class that labelled twice and held a challenge: the board shows what there was at each moment."""

import pytest
from browsing import PATIENCE, SHOTS, served
from playwright.sync_api import expect
from schools import LAPTOP, Clock

from ladder import i18n
from ladder.server import class_labels
from ladder.teaching import label_views
from ladder.teaching.classes import Classes

MINUTE = 60.0


def zh(key, **values):
    return i18n.text(key, "zh", **values)


@pytest.fixture
def taught(tmp_path):
    """A class of two students, a minute from one thing to the next: the rounds as they ended, the address of its
    server, and a teacher's secret."""
    clock = Clock()
    school = Classes(tmp_path, clock)
    clock.now = 1_800_000_000.0
    room, secret = school.make("3b"), school.admit_teacher(school.teacher_code)
    ada, ming = (school.join(school.code_of(room.id), name)[1] for name in ("Ada", "小明"))

    def act(kind, **values):
        clock.now += MINUTE
        return school.act(room.id, kind, values)

    for wrong in (4, 0):
        last = act("label_round", **class_labels.begun({"dataset": "digits"})).rounds[-1]
        clock.now += MINUTE
        for member in (ada, ming):
            for at, row in enumerate(last.rows_of(member.number)):
                label = (last.truth[row] + (at < wrong and member is ming)) % 10
                school.act(room.id, "label", {"member": member.id, "round": last.number, "at": at, "label": label})
        act("label_close")
    act("challenge", data=f"digits@{0:016x}", labels=20, updates=100, link="v=1")
    scores = {}
    for member, error in ((ada, 0.25), (ming, 0.125)):
        act("run", member=member.id, run=f"run_{member.number}")
        act("enter", member=member.id, run=f"run_{member.number}")
        values = {"run": f"run_{member.number}", "update": 100, "error": error}
        scores[member.id] = values | {"twin_error": 0.5, "validation_error": 0.1}
    rounds = act("score", scores=scores).rounds
    school.journal.close()
    with served(tmp_path, LADDER_WORKERS="1") as url:
        yield url, secret, rounds


def test_the_cards_of_the_rounds_and_of_the_challenge_are_those_of_the_moment(browser, taught):
    url, secret, rounds = taught
    context = browser.new_context(**LAPTOP)
    context.add_cookies([{"name": "ladder_teacher", "value": secret, "url": url}])
    page, faults = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{url}/class?v=1&lang=zh")
    labelling, challenge = page.locator(".ll-class-labelling"), page.locator(".ll-class-challenge")
    bar = page.locator(".ll-replay")
    said, following = bar.get_by_role("status"), bar.get_by_role("button", name=zh("board.replay_next"))

    def became_of(number):
        found = label_views.outcome(rounds[number - 1])
        n, agreed, right = (found[name] for name in ("n_rows", "n_class", "right"))
        return zh("board.label_right", n=n, agreed=agreed, right=right, share=f"{100 * right / agreed:.0f}")

    def moves_on(kind, **values):
        following.press("Enter")
        expect(said).to_have_text(zh(f"teacher.event.{kind}", **values))

    assert became_of(1) != became_of(2)
    expect(labelling.locator(".ll-label-right")).to_have_text(became_of(2))
    expect(labelling.locator(".ll-label-training")).to_be_visible()
    page.get_by_role("button", name=zh("board.replay_open")).press("Enter")
    bar.get_by_role("button", name=zh("board.replay_pause")).press("Enter")
    bar.get_by_role("slider").press("Home")
    for card in (labelling, challenge):
        expect(card).to_be_hidden()
    digits = i18n.text("dataset.digits.label", "zh")
    for number in (1, 2):
        moves_on("label_round", text=digits)
        expect(labelling).to_contain_text(zh("board.label_progress", done=0, n=2, given=0, of=40))
        page.screenshot(path=SHOTS / f"replay_labelling_{number}.png")
        moves_on("label_close")
        expect(labelling.locator(".ll-label-right")).to_have_text(became_of(number))
        expect(labelling.locator(".ll-label-training")).to_have_count(0)  # nothing begins in the past
        labelling.scroll_into_view_if_needed()
        page.screenshot(path=SHOTS / f"replay_labelled_{number}.png")
    moves_on("challenge")
    expect(challenge).to_contain_text(zh("board.challenge_entries", n=0, of=2))
    moves_on("score")
    expect(challenge.locator(".ll-bars .ll-bar-name")).to_have_text(["小明", "Ada"])
    challenge.scroll_into_view_if_needed()
    page.screenshot(path=SHOTS / "replay_scores.png")
    bar.get_by_role("button", name=zh("board.replay_back")).press("Enter")
    expect(challenge.locator(".ll-bars li")).to_have_count(0)
    bar.get_by_role("button", name=zh("board.replay_end")).press("Enter")
    expect(labelling.locator(".ll-label-training")).to_be_visible()
    assert faults == []
    context.close()
