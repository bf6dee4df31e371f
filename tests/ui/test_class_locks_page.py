"""What the teacher of a class has put away or locked, on the pages that compare, sweep and search: their controls, and
the commands behind these, which come from a page that was drawn before."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from farming import opened
from streamlit.testing.v1 import AppTest
from widgets import MAIN, State, control

from ladder import i18n
from ladder.live.pins import Pin
from ladder.problems import Problem
from ladder.recipe.defaults import default_live
from ladder.recipe.race import Race
from ladder.settings import Structure
from ladder.teaching.classes import Browser
from ladder.ui import compare_pins, membership, service

pytestmark = pytest.mark.usefixtures("server_jobs")
N_WORKERS = 1
SMALL = Structure("moons", widths=(6,))
LOCKED = "noise_std", "n_labeled", "widths"
EXPLORED = {"axes": "noise_std=0.1,0.3;learning_rate=0.001,0.002", "fix": "dataset=moons;labels=10;updates=40"}
SEARCHED = {"space": "noise_std=0..0.5;learning_rate=0.001..0.02", "fix": "dataset=moons;labels=10;updates=40"}


@pytest.fixture
def lead(lab, monkeypatch):
    """A function that has the visitor's teacher set something for the class. The visitor is a student."""
    classes = service.classes()
    room = classes.make("3b")
    secret = classes.join(classes.code_of(room.id), "Ada")[2]
    monkeypatch.setattr(membership, "browser", lambda: Browser(secret))
    yield lambda **values: classes.act(room.id, "lead", values)
    classes.delete(room.id)


def compared() -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.session_state["run"] = "nobody"
    page.switch_page("../../pages/compare.py").run()
    assert not page.exception
    return page


def names(page) -> set[str]:
    """The names of the page's widgets (ui/widgets.py)."""
    kinds = "select_slider", "slider", "number_input", "selectbox", "text_input", "multiselect", "button_group"
    return {(one.key or "").split("~")[0] for kind in kinds for one in page.get(kind)}


def refused(page, name: str) -> bool:
    """Whether the page says that the choice `name` is locked, in a warning of its own."""
    return [one.value for one in page.warning] == [i18n.problem(Problem("class_locked", name=name), "en")]


@dataclass(frozen=True)
class Move:
    """A widget's kind and name, another value of it, and the choice that it changes."""

    kind: str
    key: str
    value: object
    choice: str


def check_locked(page, lead, move: Move, **locks) -> None:
    """Moves a widget of a page that was drawn before the teacher locked it: the command is refused, and the page then
    has the widget with the reason. Streamlit takes no value of a widget that is drawn so."""
    lead()
    page.run()
    widget = control(getattr(page, move.kind), move.key)
    assert not widget.disabled
    lead(**locks)
    widget.set_value(move.value).run()
    assert not page.exception and refused(page, move.choice), move
    now = control(getattr(page, move.kind), move.key)
    assert now.disabled and "Your teacher has locked" in now.help, move


def test_compare_has_no_control_that_is_put_away_and_moves_none_that_is_locked(lab, lead):
    page = compared()
    first = lab.recipe(page.session_state["race"])
    for move in (
        Move("slider", "race.noise", 0.6, "noise_std"),
        Move("select_slider", "race.n_labeled", 50, "n_labeled"),
        Move("text_input", "race.widths", "20-10", "widths"),
    ):
        check_locked(page, lead, move, locked=LOCKED, hidden=["activation", "batch_size", "label_seed"])
        assert lab.recipe(page.session_state["race"]) == first
    assert not {"race.activation", "race.batch_size", "race.label_seed"} & names(page)
    assert {"race.dataset", "race.n_updates", "race.weight_seed"} <= names(page)
    control(page.selectbox, "race.lineup").set_value("keras_article").run()  # an article's network has its own widths
    assert refused(page, "widths") and lab.recipe(page.session_state["race"]) == first
    control(page.get("button_group"), "race.dataset").set_value("moons").run()  # noise and budgets are carried over
    assert not page.warning and lab.recipe(page.session_state["race"]).structure.dataset == "moons"


def test_a_pinned_comparison_with_another_locked_value_does_not_come_back(lab, lead, monkeypatch):
    now = Race(SMALL, default_live(SMALL))
    noisy = replace(now, live=replace(now.live, noise_std=(0.6,) * 3))
    rows = SimpleNamespace(selection=SimpleNamespace(rows=[0]))
    state = State(race=lab.create(now), tab="mine", language="en", pins=[Pin(noisy, (0,), (), ())], race_notices=[])
    state |= {"race.pins.0": rows, "race.pins.1": rows}
    monkeypatch.setattr(compare_pins.st, "session_state", state)
    lead(locked=["noise_std"])
    compare_pins.restore()
    assert [one.key for one in state.race_notices] == ["class_locked"] and lab.recipe(state.race) == now
    lead()
    compare_pins.restore()
    assert state.race_notices == [] and lab.recipe(state.race) == noisy


def test_label_budgets_over_many_seeds_are_locked_too(lead):
    page = compared()
    control(page.toggle, "seeds.open").set_value(True).run()
    before = control(page.multiselect, "seeds.digits").value
    check_locked(page, lead, Move("multiselect", "seeds.digits", [10], "n_labeled"), locked=["n_labeled"])
    assert control(page.multiselect, "seeds.digits").value == before
    control(page.number_input, "seeds.n_seeds").set_value(3).run()
    assert not page.warning and page.session_state["seeds"]["n_seeds"] == 3
    lead(hidden=["n_labeled"])
    page.run()
    assert "seeds.digits" not in names(page) and not page.exception


def test_explore_varies_and_sets_nothing_that_is_put_away_or_locked(lead):
    page = opened("explore", **EXPLORED)
    design = page.session_state["design"]
    for move in (
        Move("selectbox", "explore.axis.0", "combinator", "noise_std"),
        Move("multiselect", "explore.words.0", ["0.1", "0.5"], "noise_std"),
        Move("number_input", "explore.fix.labels", 20, "n_labeled"),
    ):
        check_locked(page, lead, move, hidden=["learning_rate", "n_updates"], locked=["noise_std", "n_labeled"])
        assert page.session_state["design"] == design
    assert not {"explore.axis.1", "explore.words.1", "explore.fix.updates"} & names(page)
    offered = control(page.selectbox, "explore.axis.0").options
    assert not {i18n.choice(one, "en") for one in ("labels", "learning_rate", "noise_std.0")} & {*offered}
    control(page.selectbox, "explore.plan").set_value("noise_labels").run()
    assert refused(page, "n_labeled") and page.session_state["design"] == design
    control(page.multiselect, "explore.fixed").set_value(["dataset", "combinator"]).run()
    assert not page.warning  # what the field does not offer stays
    assert [name for name, _ in page.session_state["design"].base] == ["dataset", "labels", "updates", "combinator"]
    control(page.selectbox, "explore.fix.dataset").set_value("wine").run()  # with other data come other budgets
    assert not page.warning and dict(page.session_state["design"].base)["dataset"] == "wine"


def test_search_varies_and_sets_nothing_that_is_put_away_or_locked(lead):
    page = opened("search", **SEARCHED)
    quest = page.session_state["quest"]
    for move in (
        Move("text_input", "search.range.0", "0 .. 0.9", "noise_std"),
        Move("number_input", "search.fix.updates", 80, "n_updates"),
    ):
        check_locked(page, lead, move, hidden=["learning_rate"], locked=["noise_std", "n_updates"])
        assert page.session_state["quest"] == quest
    assert "search.range.1" not in names(page)
    control(page.multiselect, "search.space").set_value(["combinator"]).run()
    setup = page.session_state["quest"].setup
    assert not page.warning and [one.name for one in setup.space] == ["noise_std", "learning_rate", "combinator"]


def test_what_is_put_away_is_swept_all_the_same(lead):
    page = opened("explore", **EXPLORED)
    before, design = page.button(key="explore.start").label, page.session_state["design"]
    lead(hidden=["noise_std", "learning_rate"], locked=["n_labeled"])
    page.run()
    assert page.button(key="explore.start").label == before and not page.button(key="explore.start").disabled
    assert page.session_state["design"] == design
