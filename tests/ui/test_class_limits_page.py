"""A student who asks for more than the class's machine can give is told so, at every command of the pages."""

from dataclasses import replace

import pytest
from farming import PretendedJob, work_of
from streamlit.testing.v1 import AppTest
from widgets import MAIN, State, control, current, opened_live

from ladder.recipe.defaults import OPENING
from ladder.recipe.race import Race
from ladder.settings import Live, Recipe
from ladder.teaching.classes import Browser
from ladder.teaching.limits import Limits
from ladder.ui import membership, service, tab

N_WORKERS = 1
PATIENCE = 60  # seconds for a worker on a crowded machine


@pytest.fixture(autouse=True)
def student(lab, monkeypatch):
    """Every page of this test is one student's, on a small machine."""
    classes = service.classes()
    room = classes.make("3b")
    secret = classes.join(classes.code_of(room.id), "Ada")[2]
    monkeypatch.setattr(membership, "browser", lambda: Browser(secret))
    monkeypatch.setattr(classes, "limits", Limits(n_training=1, n_weights=40_000, n_updates=4000))
    yield
    classes.delete(room.id)


def press(page, name: str) -> list[str]:
    """Presses a button. Returns the page's warnings."""
    page.button(key=f"button.{name}").click().run()
    assert not page.exception
    return [one.value for one in page.warning]


def test_as_many_runs_train_as_the_class_allows(lab):
    first, second = opened_live(target="0"), opened_live(target="0")
    one, two = first.session_state["run"], second.session_state["run"]
    assert press(first, "play") == []
    assert lab.wait(one, lambda told: told.status == "playing", PATIENCE)
    for command in ("play", "step", "epoch"):
        (said,) = press(second, command)
        assert "training already" in said
    assert lab.status(two).update == 0 and not lab.trains(two)
    assert press(first, "play") == [] and lab.wait(one, lambda told: told.status == "paused", PATIENCE)
    assert press(second, "play") == [] and lab.wait(two, lambda told: told.status == "playing", PATIENCE)
    assert press(second, "seed") == []  # the new run trains in place of the old one
    lab.pause(second.session_state["run"])


def test_repeats_end_where_the_class_allows_no_more(lab, monkeypatch):
    recipe = replace(Recipe(), live=replace(Live(), n_updates=1000))
    run_id = lab.create(recipe, 5)
    assert lab.wait(run_id, lambda told: told.update == 5 and not told.active, PATIENCE)
    state = State(run=run_id, entries=(), list="a_list_1", live_notices=[])
    monkeypatch.setattr(tab.st, "session_state", state)
    tab.act_on_list({"do": "repeat"})
    assert [one.key for one in state.live_notices] == ["limit_training"]
    (repeat,) = state.entries
    (member,) = [one for room in service.classes().rooms.values() for one in room.present]
    assert repeat.run in member.runs  # and it is closed to others
    assert lab.wait(repeat.run, lambda told: told.update == 1000, PATIENCE)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"widths": "900-900"}, "too large"),
        ({"at": "5000", "target": "0"}, "4000 updates"),
        ({"target": "9000"}, "4000"),
    ],
)
def test_a_link_to_more_than_that_opens_the_usual_run_and_says_why(lab, query, said):
    page = opened_live(**query)
    assert current(page, lab) == OPENING
    assert any(said in one.value for one in page.warning)


def test_a_larger_network_and_a_far_target_are_refused(lab):
    page = opened_live()
    run_id = page.session_state["run"]
    control(page.text_input, "structure.widths").set_value("900-900").run()
    assert page.session_state["run"] == run_id and any("too large" in one.value for one in page.warning)


def test_a_finished_run_does_not_go_on_beyond_the_last_update(lab, monkeypatch):
    page = opened_live(target="310")
    run_id = page.session_state["run"]
    lab.play(run_id)
    assert lab.wait(run_id, lambda told: told.status == "finished", PATIENCE)
    monkeypatch.setattr(service.classes(), "limits", Limits(1, 40_000, 310))
    page.run()
    (said,) = press(page, "play")
    assert "310 updates" in said and lab.status(run_id).update == 310


def test_a_comparison_of_too_much_is_refused(lab, server_jobs):
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params["widths"] = "300-100"  # 50,000 weights each
    page.session_state["run"] = "nobody"
    page.switch_page("../../pages/compare.py").run()
    assert not page.exception and any("too large" in one.value for one in page.warning)
    assert lab.recipe(page.session_state["race"]).contestants == Race(OPENING.structure).contestants


SWEEP = {"axes": "noise_std=0.1,0.3;labels=10,20", "seeds": "3"}
ENDLESS = "dataset=moons;updates=4000;widths=8-6"


def swept(**query) -> AppTest:
    """The page Explore in a tab of its own."""
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params.update({**SWEEP, "fix": ENDLESS, **query})
    page.session_state["run"] = "nobody"
    page.switch_page("../../pages/explore.py").run()
    assert not page.exception
    return page


def keys(page) -> set[str]:
    return {button.key for button in page.button if (button.key or "").startswith("explore.")}


def test_a_student_s_sweep_is_its_own_and_the_only_one(lab, server_jobs, monkeypatch):
    classes = service.classes()
    ben = Browser(classes.join(next(iter(classes.codes)), "Ben")[2])
    teacher = Browser(teacher=classes.admit_teacher(classes.teacher_code))
    monkeypatch.setattr(classes, "limits", replace(classes.limits, n_job_updates=10**6))
    monkeypatch.setattr(server_jobs, "_connected", service.connected)
    made = [PretendedJob(), PretendedJob()]
    monkeypatch.setattr(server_jobs, "sweep", lambda name, points, *about: work_of(made[len(points) == 16], name))
    page = swept()
    page.button(key="explore.start").click().run()
    assert not page.exception and {"explore.hold", "explore.cancel"} <= keys(page)
    assert {"explore.hold", "explore.cancel"} <= keys(swept())  # in each of the student's tabs
    other = swept(seeds="4")
    other.button(key="explore.start").click().run()
    assert any("has not ended" in one.value for one in other.warning) and len(server_jobs.started) == 1
    name = server_jobs.started[0]
    monkeypatch.setattr(service, "connected", lambda asker: asker.startswith("member "))  # all tabs are gone
    monkeypatch.setattr(server_jobs, "_connected", service.connected)
    with monkeypatch.context() as as_ben:
        as_ben.setattr(membership, "browser", lambda: ben)
        page = swept()
        assert "explore.join" in keys(page) and not {"explore.hold", "explore.cancel", "explore.end"} & keys(page)
        server_jobs.pause(name, membership.asker())
        server_jobs.cancel(name, membership.asker())
        assert made[0].progress.state == "running"
    other.run()
    other.button(key="explore.cancel_other").click().run()
    assert made[0].over and "explore.cancel_other" not in keys(other)
    other.button(key="explore.start").click().run()
    assert len(server_jobs.started) == 2
    with monkeypatch.context() as as_teacher:
        as_teacher.setattr(membership, "browser", lambda: teacher)
        page = swept(seeds="4")
        page.button(key="explore.end").click().run()
    assert not page.exception and made[1].over


def test_a_sweep_that_is_too_large_says_so_before_anything_is_measured(lab, server_jobs):
    for query in ({"fix": ENDLESS, "seeds": "21"}, {"fix": "updates=4001"}, {"fix": "updates=40;widths=900-900"}):
        page = swept(**query)
        assert len(page.warning) == 1 and not server_jobs._costs
        page.button(key="explore.start").click().run()
        assert not page.exception and len(page.warning) == 1 and server_jobs.started == []


def test_a_paused_class_starts_no_sweep(lab, server_jobs):
    (room,) = service.classes().rooms
    service.classes().act(room, "pause", {"seconds": 60})
    page = swept()
    page.button(key="explore.start").click().run()
    assert server_jobs.started == [] and any("paused" in one.value for one in page.warning)
