"""The page Lessons, and the way to its glossary from every help text."""

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from widgets import MAIN, State, opened_live

from ladder import i18n
from ladder.recipe import defaults, links
from ladder.recipe import race as races
from ladder.recipe.race import Race
from ladder.settings import Recipe
from ladder.teaching import glossary, lessons
from ladder.ui import tab, texts

N_WORKERS = 1
ROOT = MAIN.parents[2]


def opened(**query) -> AppTest:
    """The page Lessons in a new tab, at an address with this query."""
    page = AppTest.from_file(MAIN, default_timeout=30)
    page.query_params.update(query)
    page.switch_page("../../pages/lessons.py").run()
    assert not page.exception
    return page


def entries(page) -> str:
    """The glossary's entries as HTML."""
    return next(one.proto.body for one in page.get("html") if "ll-term" in one.proto.body)


def helps(page) -> list[str]:
    """The help texts of all elements of a page."""
    found = [getattr(one.proto, "help", "") for one in page.main if hasattr(one, "proto")]
    found += [getattr(one.proto, "help", "") for one in page.sidebar if hasattr(one, "proto")]
    return [one for one in found if isinstance(one, str) and one]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", ["live", "compare"])
def test_every_symbol_of_a_widget_s_help_is_a_link_to_its_entry(lab, name, language):
    page = opened_live(lang=language)
    page.switch_page(f"../../pages/{name}.py").run()
    linked = 0
    for text in helps(page):
        meaning, _, line = text.partition(i18n.text("live.symbols", language))
        wanted = [one.key for one in glossary.used(meaning)]
        assert re.findall(r"symbol=(\w+)\)", line) == wanted, text
        assert all(f"lang={language}&" in one for one in re.findall(r"\((.*?)\)", line) if "symbol=" in one)
        linked += bool(wanted)
    assert linked


def test_no_widget_has_a_help_without_links():
    sources = [path for folder in ("ladder/ui", "pages") for path in (ROOT / folder).glob("*.py")]
    found = [
        re.findall(r"help\w*\"?\]?(?:=| = |: )(?:texts\.say|i18n\.text)\(", one.read_text("utf-8")) for one in sources
    ]
    assert len(sources) > 30 and not any(found)


def test_a_link_opens_the_glossary_at_its_entry(lab):
    for language in i18n.LANGUAGES:
        page = opened(v="1", lang=language, symbol="lambda")
        assert page.text_input(key="lessons.find").value == "λ"
        assert entries(page).startswith('<section class="ll-term" id="symbol-lambda">')
        assert page.header[0].value == i18n.text("lessons.glossary", language)
        assert page.query_params["symbol"] == "lambda"  # for a reload
        assert "run" not in page.session_state
    assert texts.query_of_symbol("lambda", "zh") == "v=1&lang=zh&symbol=lambda"


def test_a_symbol_that_is_not_there_opens_the_lessons(lab):
    page = opened(v="1", symbol="nothing")
    assert page.text_input(key="lessons.find").value == ""
    assert page.header[-1].value == i18n.text("lessons.glossary", "en")
    assert "symbol" not in page.query_params


def test_the_glossary_tells_the_values_of_the_run_that_a_link_names_and_leaves_it_to_its_tab(lab):
    owner = opened_live(lang="en")
    run_id = owner.session_state["run"]
    before = lab.status(run_id)
    found = entries(opened(v="1", symbol="sigma", of=run_id))
    assert "Now: 0.3 at all layers" in found
    assert "Now: l = 0: 1,000 · l = 1: 10 · l = 2: 0.1" in entries(opened(v="1", symbol="lambda", of=run_id))
    assert "Now: 20" in entries(opened(v="1", symbol="N", of=run_id))
    assert re.search(r"Now: l = 0: \d.* · l = 4: \d", entries(opened(v="1", symbol="cost", of=run_id)))
    assert re.search(r"Now: \d+\.\d %", entries(opened(v="1", symbol="error", of=run_id)))
    page = opened(v="1", lang="zh", symbol="sigma", of=run_id)
    assert "当前：各层均为 0.3" in entries(page)
    assert f"第 {before.update} 次更新" in " ".join(one.value for one in page.caption)
    assert lab.status(run_id) == before and lab.steers(run_id, owner.session_state["tab"])


def test_the_tab_s_own_run_is_the_one_in_view(lab):
    page = opened_live(lang="en")
    lab.change(page.session_state["run"], {"noise_std": (0.5,) * 5})
    page.switch_page("../../pages/lessons.py").run()
    assert "Now: 0.5 at all layers" in entries(page)


@pytest.mark.parametrize("of", ["", "nothing", "../../etc"])
def test_without_a_run_no_value_is_told(lab, of):
    assert "Now" not in entries(opened(v="1", symbol="sigma", of=of))


def test_a_comparison_has_no_values_here(lab):
    assert "Now" not in entries(opened(v="1", symbol="sigma", of=lab.create(Race())))


def test_a_run_that_no_worker_has_is_read_and_not_opened(lab):
    run_id = lab.create(Recipe(), 60)
    assert lab.wait(run_id, lambda told: told.update == 60 and not told.active, 60)
    lab.checkpoint(run_id)
    with lab.lock:
        lab.mirrors[run_id].rest()
    opened_now = entries(opened(v="1", symbol="cost", of=run_id))
    assert re.search(r"Now: l = 0: \d", opened_now)


@pytest.mark.parametrize("name", ["noise", "contraction"])
def test_an_address_with_a_lesson_alone_begins_its_setting_on_its_page(lab, server_jobs, name):
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params.update({"lesson": name})
    page.run()
    assert not page.exception
    setting = lessons.ours().lesson(name, "en").setting
    words = {key: "".join(value) for key, value in page.query_params.items()}  # AppTest has a list of one
    assert words["lesson"] == name and page.session_state["lesson"] == name
    if setting.page == "live":
        assert links.read(words).recipe == links.read(setting.words).recipe
    else:
        assert races.read(words)[1] == races.read(setting.words)[1]


def test_a_lesson_s_run_has_no_earlier_run_drawn_behind_it(lab, monkeypatch):
    page = opened_live(lang="en")
    before = page.session_state["run"]  # whose errors would tell what the lesson has its reader guess
    names = "run", "tab", "language", "entries", "list", "left", "view"
    state = State({name: page.session_state[name] for name in names}, live_notices=[])
    monkeypatch.setattr(tab.st, "session_state", state)
    tab.begin_lesson(replace(defaults.OPENING, live=replace(defaults.OPENING.live, n_updates=100)))
    assert {entry.run: entry.hidden for entry in state.entries} == {before: True, state.run: False}
