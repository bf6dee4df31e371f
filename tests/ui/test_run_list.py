"""The list of a tab's runs, and what takes one back: on the page, and in the functions behind it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from widgets import current, listed, opened_live

from ladder import i18n
from ladder.live.lists import Entry
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.ui import run_list, tab

N_WORKERS = 1
PATIENCE = 60  # seconds for a worker on a crowded machine; an idle one answers at once


def test_undo_takes_back_a_change_then_a_reset_and_says_when_nothing_is_left(lab):
    page = opened_live()
    first, rate = page.session_state["run"], Live().learning_rate
    page.button(key="button.reset").click().run()
    lab.change(page.session_state["run"], {"learning_rate": 0.01})
    page.button(key="button.undo").click().run()
    assert current(page, lab).latest.learning_rate == rate and page.session_state["run"] != first
    page.button(key="button.undo").click().run()
    assert page.session_state["run"] == first and not page.warning
    page.button(key="button.undo").click().run()
    assert [one.value for one in page.warning] == [i18n.text("problem.undo_nothing", "en")]


def test_a_list_outlasts_the_tab_and_a_second_tab_has_a_copy_of_it(lab):
    page = opened_live()
    page.button(key="button.step").click().run()
    page.button(key="button.seed").click().run()
    runs, query = listed(page), dict(page.query_params)
    assert len(runs) == 2
    leave = lab.subscribe(page.session_state["run"], lambda message: None)
    second = opened_live(**{key: value[0] if isinstance(value, list) else value for key, value in query.items()})
    leave()
    assert listed(second)[:2] == runs and second.session_state["list"] != page.session_state["list"]
    lab.take(page.session_state["run"], "nobody")
    assert [one.run for one in lab.lists.read(page.session_state["list"])] == runs


def named(page, lab) -> list[str]:
    """What the runs of the list are called, by their differences."""
    summaries = [lab.summary(run).recipe for run in listed(page)]
    pairs = zip([None, *summaries], summaries, strict=False)
    return [run_list.named(after, before, "en") for before, after in pairs]


def test_runs_are_named_by_what_differs_from_the_run_before(lab):
    page = opened_live()
    for std, key in ((0.0, "button.seed"), (0.5, "button.reset")):
        page.button(key="button.step").click().run()
        lab.change(page.session_state["run"], {"noise_std": (std,) * 5, "lambdas": (0.0, 10.0, 0.1, 0.1, 0.1)})
        page.button(key=key).click().run()
    first, second, third = named(page, lab)
    assert first == f"{i18n.text('dataset.digits.label', 'en')} · 100-50-25"
    assert second == "weight seed 11 → 12, σ 0 → 0.5"
    assert third == i18n.text("runs.same", "en")
    before, after = Recipe(), Recipe(live=replace(Live(), lateral=(False,) * 5, lambdas=(1000.0, 0.0, 0.1, 0.1, 0.1)))
    assert run_list.named(after, before, "en") == "λ₁ 10 → 0, lateral on → off"
    assert run_list.named(after, before, "zh") == "λ₁ 10 → 0，侧向连接 开 → 关"
    third = Recipe(live=replace(after.live, lateral=(False, False, True, False, False)))
    assert run_list.named(third, after, "en") == "lateral₂ off → on"
    assert run_list.named(third, after, "zh") == "侧向连接₂ 关 → 开"
    assert run_list.named(
        Recipe(Structure(widths=(30, 20)), fitted(Live(lambdas=(1.0,) * 4, noise_std=(0.3,) * 4), 3)), before, "en"
    ) == ("layers 100-50-25 → 30-20")


def test_repeats_are_the_run_with_other_seeds_up_to_its_target(lab, monkeypatch):
    state = SimpleNamespace(
        run=lab.create(replace(Recipe(), live=replace(Live(), n_updates=20)), 5), entries=(), list="a_list_1"
    )
    state.live_notices = []
    monkeypatch.setattr(tab.st, "session_state", state)
    run_list.add(state.run)
    tab.act_on_list({"do": "repeat"})
    again = state.entries[1:]
    assert len(again) == tab.REPEATS and {entry.leader for entry in again} == {state.run}
    assert {entry.until for entry in again} == {20}
    for entry in again:
        assert lab.wait(entry.run, lambda told: told.update == 20, PATIENCE)
    structures = [lab.recipe(entry.run).structure for entry in again]
    assert [(one.weight_seed, one.label_seed) for one in structures] == [(k, k) for k in range(1, 6)]


@pytest.mark.parametrize(
    "wanted", [{}, {"do": "open", "run": "elsewhere"}, {"do": "edit", "run": None}, {"do": "remove"}]
)
def test_a_list_ignores_what_it_does_not_know(lab, monkeypatch, wanted):
    state = SimpleNamespace(run="run_in_view", entries=(Entry("run_in_view", 1.0),), list="a_list_2", live_notices=[])
    monkeypatch.setattr(tab.st, "session_state", state)
    tab.act_on_list(wanted)
    tab.act_on_list({"do": "remove", "run": "run_in_view"})  # the run in view stays
    tab.act_on_list({"do": "edit", "run": "run_in_view", "name": 5, "pinned": "yes", "color": 7})
    assert state.entries == (Entry("run_in_view", 1.0),)


def test_names_notes_and_places_of_runs_are_kept(lab, monkeypatch):
    state = SimpleNamespace(
        run="run_in_view", entries=(Entry("run_before", 1.0), Entry("run_in_view", 2.0)), list="a_list_3"
    )
    monkeypatch.setattr(tab.st, "session_state", state)
    tab.act_on_list(
        {"do": "edit", "run": "run_before", "name": "no noise", "note": "why?", "pinned": True, "hidden": True}
    )
    assert lab.lists.read("a_list_3")[0] == Entry("run_before", 1.0, "no noise", "why?", pinned=True, hidden=True)
    tab.act_on_list({"do": "remove", "run": "run_before"})
    assert [entry.run for entry in lab.lists.read("a_list_3")] == ["run_in_view"]
