"""The page Hand-ins in a real browser: files in, a table out, while a live run goes on."""

import csv
from dataclasses import replace

from browsing import PATIENCE, SHOTS, press, updates, visit, wait_for_updates
from playwright.sync_api import expect

from ladder.live.session import Session
from ladder.live.store import from_bytes
from ladder.settings import Recipe, Structure
from ladder.teaching import handin
from ladder.teaching.handin import to_json, to_text


def test_a_teacher_checks_files_while_a_live_run_goes_on(browser, address, tmp_path):
    SHOTS.mkdir(exist_ok=True)
    session = Session(Recipe(Structure(weight_seed=3, label_seed=4)))
    session.replay(60, then_play=False)
    while session.active:
        session.advance(0.5)
    good = handin.of_run(from_bytes(session.saved()), "noise", "小明", (("question", 1.0),))
    (tmp_path / "ming.json").write_text(to_json(good), encoding="utf-8")
    (tmp_path / "bob.txt").write_text(to_text(replace(good, nickname="Bob")), encoding="utf-8")
    (tmp_path / "letter.txt").write_text("Dear teacher, I forgot it.", encoding="utf-8")

    live = visit(browser, f"{address}/?at=20&target=0", 1280, 720)
    press(live, "Play")
    page = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/lessons")
    page.get_by_role("link", name="Check what a class handed in").click()
    names = ("ming.json", "bob.txt", "letter.txt")
    page.locator("input[type=file]").set_input_files([tmp_path / name for name in names])
    expect(page.get_by_text("letter.txt")).to_be_visible()
    press(page, "Check")
    expect(page.get_by_text("All 2 runs are repeated. Runs that reached their numbers: 2.")).to_be_visible()
    expect(page.get_by_text("This is no hand-in of Ladder Lab")).to_be_visible()
    wait_for_updates(live, updates(live))  # nobody else has waited
    page.screenshot(path=SHOTS / "handins.png", full_page=True)
    with page.expect_download() as waiting:
        press(page, "Download the table")
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["nickname"] for row in rows] == ["小明", "Bob", ""]
    assert [row["verdict"] for row in rows] == ["same", "same", "unreadable"]
    assert rows[0]["copy"] == "same run and same answers as Bob"
    page.reload()  # nothing is lost
    expect(page.get_by_text("All 2 runs are repeated")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_text("All 2 runs are repeated")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=SHOTS / "handins_phone.png", full_page=True)
    page.context.close()
    live.context.close()
