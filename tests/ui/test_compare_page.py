"""The page that compares models, run by Streamlit itself with a real Lab behind it; a race's way through the server."""

from dataclasses import replace

import numpy as np
import pytest
from farming import eventually, trained
from streamlit.testing.v1 import AppTest
from widgets import MAIN, choose_first_kept, control

from ladder import i18n
from ladder.analysis.figures import STUDY_NAMES
from ladder.experiments import tournament
from ladder.experiments.cells import Result
from ladder.live import frames
from ladder.live.lab import PREPARED_UPDATES
from ladder.recipe import defaults, race
from ladder.recipe.contestants import ARTICLES, CONTESTANTS, OPTIONS, Contestant, article, usual
from ladder.recipe.race import Race
from ladder.settings import Live, Structure, fitted
from ladder.ui import compare

pytestmark = pytest.mark.usefixtures("server_jobs")  # of the list of kept comparisons
N_WORKERS = 1
SMALL = Structure(dataset="moons", widths=(6, 4))
SMALL_LIVE = fitted(Live(noise_std=(0.1,) * 4, lambdas=(10.0, 1.0, 0.1, 0.1), n_labeled=10, batch_size=20), 3)
OPENING = Race(defaults.OPENING.structure)
PATIENCE = 180  # seconds: several processes start at once on a crowded machine


def opened(lab, **query) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    page.switch_page("../../pages/compare.py").run()
    assert not page.exception
    return page


def rests_at(lab, run_id: str, update: int) -> bool:
    """Whether the race comes to rest at that update."""
    return lab.wait(
        run_id, lambda told: told.update == update and told.status == "paused" and not told.measuring, PATIENCE
    )


def current(page, lab) -> Race:
    return lab.recipe(page.session_state["race"])


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_page_opens_in_each_language_with_the_usual_race(lab, language):
    page = opened(lab, lang=language)
    assert i18n.text("page.button.play", language) in [button.label for button in page.button]
    assert not page.warning
    assert current(page, lab) == OPENING
    assert page.query_params["with"] == "ladder,twin,denoising"


def test_another_line_up_and_an_option_start_the_race_anew(lab):
    page = opened(lab)
    before = page.session_state["race"]
    control(page.selectbox, "race.lineup").set_value("autoencoders").run()
    assert not page.exception
    assert page.session_state["race"] != before
    assert [one.model for one in current(page, lab).contestants] == list(compare.LINEUPS["autoencoders"])
    control(page.selectbox, "race.2.corruption").set_value("masking").run()
    assert current(page, lab).contestants[2].corruption == "masking"
    assert "denoising!corruption=masking" in page.query_params["with"]


def test_the_shared_noise_moves_all_that_it_can_and_names_them(lab):
    page = opened(lab)
    control(page.selectbox, "race.lineup").set_value("ladders").run()
    control(page.slider, "race.noise").set_value(0.6).run()
    assert not page.exception
    shown = current(page, lab)
    noise = {one.model: shown.live_of(one).noise_std for one in shown.contestants}
    assert noise == {**dict.fromkeys(("ladder", "bottom", "gamma", "twin"), (0.6,) * 5), "supervised": (0.0,) * 5}
    captions = [one.value for one in page.caption]
    moved = "Ladder, Ladder, bottom only, Γ-model, Supervised twin"
    assert i18n.text("compare.noise_moves", "en", models=moved) in captions
    assert i18n.text("compare.terms.no_noise", "en") in captions  # in the box of "supervised"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_a_contestant_does_not_share_stands_beside_its_name(lab, language):
    page = opened(lab, lang=language)
    models = ("ladder", "gamma", "denoising", "variational", "svm")
    page.session_state["race"] = lab.create(Race(contestants=tuple(map(usual, models))))
    page.run()
    said = " ".join(one.value for one in page.caption)
    corruption = {"kind": i18n.text("choice.gaussian", language), "level": 0.5}
    for term, values in {
        "lambdas": {"lambdas": "0, 0, 0, 0, 0.5"},
        "noise": {"noise_std": "0.3"},
        "corruption": corruption,
        "drawn_code": {},
        "fitted": {},
    }.items():
        assert i18n.text(f"compare.terms.{term}", language, **values) in said


def test_a_control_that_says_what_is_already_so_starts_no_new_race(lab):
    page = opened(lab)
    before = page.session_state["race"]
    control(page.text_input, "race.widths").set_value("100 - 50 - 25").run()
    assert not page.exception and not page.warning
    assert page.session_state["race"] == before


def test_enter_takes_one_of_the_models_whose_names_have_the_typed_word(lab):
    field = control(opened(lab).multiselect, "race.models")
    assert field.proto.select_all == 0  # Streamlit offers no "Select 2 matches"


def test_one_contestant_is_refused_in_a_sentence_and_nothing_is_lost(lab):
    page = opened(lab)
    before = page.session_state["race"]
    control(page.multiselect, "race.models").set_value(["ladder"]).run()
    assert not page.exception
    assert [one.value for one in page.warning] == [i18n.text("problem.bad_contestants", "en", high=6, n=1)]
    assert page.session_state["race"] == before
    control(page.text_input, "race.widths").set_value("a-b").run()
    assert len(page.warning) == 1 and page.session_state["race"] == before
    page.button(key="race.close").click().run()
    assert not page.exception and not page.warning


def test_pins_show_only_what_differs_and_bring_a_race_back(lab):
    page = opened(lab)
    first = current(page, lab)
    lab.wait(page.session_state["race"], lambda told: told.contestants and not told.measuring, PATIENCE)
    page.button(key="race.button.pin").click().run()
    control(page.number_input, "race.weight_seed").set_value(3).run()
    assert current(page, lab).structure.weight_seed == 3
    assert page.session_state["pins"][0].race == first
    (table,) = page.dataframe
    assert list(table.value.columns) == [i18n.text("compare.pin", "en"), i18n.text("knob.weight_seed.label", "en")]
    assert list(table.value.iloc[:, 1]) == ["11", "3"]
    assert list(table.value.iloc[:, 0]) == ["Weight seed 11", i18n.text("compare.now", "en")]


def pinned(lab, page) -> None:
    """Pins the page's race after its first measurement."""
    lab.wait(page.session_state["race"], lambda told: told.contestants and not told.measuring, PATIENCE)
    page.button(key="race.button.pin").click().run()
    assert not page.exception


def again(page, **query) -> AppTest:
    """Another tab with the page's address, or a reload of it."""
    found = AppTest.from_file(MAIN, default_timeout=60)
    found.query_params.update({**dict(page.query_params), **query})
    found.session_state["run"] = "nobody"  # it arrived here, not by way of the live page
    found.switch_page("../../pages/compare.py").run()
    assert not found.exception
    return found


def test_pins_outlast_the_tab_and_a_second_tab_takes_none_of_the_first_one_s(lab):
    page = opened(lab, data="moons", widths="6-4", labels="10")
    assert "pins" not in page.query_params
    pinned(lab, page)
    address, pins = dict(page.query_params), page.session_state["pins"]
    assert len(pins) == 1
    leave = lab.subscribe(page.session_state["race"], lambda message: None)
    second = again(page)
    assert second.session_state["pins"] == pins and len(second.dataframe) == 1
    pinned(lab, second)
    assert second.query_params["pins"] != address["pins"] and len(second.session_state["pins"]) == 2
    assert lab.pins.read(second.session_state["pins_id"]) == second.session_state["pins"]
    third = again(page)
    next(one for one in third.button if one.label == i18n.text("compare.unpin", "en")).click().run()
    assert not third.session_state["pins"] and "pins" not in third.query_params
    leave()
    assert lab.pins.read(page.session_state["pins_id"]) == pins  # as a reload after a restart finds them
    assert again(page).session_state["pins"] == pins


def test_an_address_whose_pins_are_gone_has_none_and_the_link_for_others_never_has(lab):
    page = again(AppTest.from_file(MAIN), pins="not_there", data="moons", widths="6-4", labels="10")
    assert page.session_state["pins"] == () and "pins" not in page.query_params and not page.warning
    pinned(lab, page)
    assert page.query_params["pins"]
    page.session_state["race.share"] = True
    page.run()
    assert "with=ladder" in page.code[0].value and "pins=" not in page.code[0].value


def test_values_of_layers_are_told_once_where_they_are_alike(monkeypatch):
    monkeypatch.setattr(compare.texts, "say", lambda key: i18n.text(key, "en"))
    assert compare.levels((0.3, 0.3, 0.3)) == "0.3" and compare.levels((1000.0, 0.1)) == "1000, 0.1"
    assert compare.levels((False,) * 3) == "off" and compare.levels((True, False, True)) == "on, off, on"


@pytest.mark.parametrize(
    "change, name",
    [
        ({}, "the same settings"),
        ({"live": Live(noise_std=(0.6,) * 5)}, "Noise std σ, all layers 0.3"),
        ({"live": Live(top_down=(True, True, False, True, True))}, "Top-down signal on"),
        (
            {"contestants": tuple(map(usual, ("ladder", "twin", "svm")))},
            "with Denoising autoencoder · without SVM (RBF)",
        ),
        (
            {"contestants": (*map(usual, ("ladder", "twin")), Contestant("denoising", corruption="masking"))},
            "Denoising autoencoder: Activation of the code tanh · Denoising autoencoder: Corruption Gaussian · "
            "Denoising autoencoder: Corruption level 0.5",
        ),
    ],
)
def test_a_pin_is_named_by_its_difference_from_the_comparison_in_view(lab, change, name):
    page = opened(lab)
    lab.wait(page.session_state["race"], lambda told: told.contestants and not told.measuring, PATIENCE)
    page.button(key="race.button.pin").click().run()
    page.session_state["race"] = lab.create(replace(OPENING, **change))
    page.run()
    assert not page.exception
    assert list(page.dataframe[0].value.iloc[:, 0])[0] == name


def test_a_race_plays_pauses_and_replays_to_the_same_numbers(lab):
    described = Race(SMALL, SMALL_LIVE, tuple(map(usual, ("ladder", "plain", "vat", "knn"))))
    run_id = lab.create(described)
    lab.step(run_id, 100)
    assert rests_at(lab, run_id, 100)
    curves = lab.curves(run_id)
    assert list(curves["eval_update"]) == [0, 50, 100]
    assert np.isfinite(curves["error"]).all()
    again = lab.create(described, until=100)
    assert rests_at(lab, again, 100)
    for name in ("error", "clean_error", "parts"):
        assert np.array_equal(lab.curves(again)[name], curves[name], equal_nan=True)


def test_a_race_whose_worker_is_killed_is_repeated(lab):
    run_id = lab.create(Race(SMALL, SMALL_LIVE, tuple(map(usual, ("ladder", "supervised")))))
    lab.step(run_id, 150)
    assert rests_at(lab, run_id, 150)
    curves = lab.curves(run_id)
    told: list[int] = []  # every update that is told: the replay may be over before anybody looks
    leave = lab.subscribe(run_id, lambda message: told.append(frames.decode(message)[0].get("update", 150)))
    lab.helpers[0].process.kill()
    eventually(lambda: min(told, default=150) < 150)
    leave()
    assert rests_at(lab, run_id, 150)
    assert np.array_equal(lab.curves(run_id)["error"], curves["error"])


def test_a_second_tab_gets_a_copy_of_a_comparison_and_says_so(lab):
    page = opened(lab, data="moons", widths="6-4", labels="10")
    run_id = page.session_state["race"]
    assert rests_at(lab, run_id, PREPARED_UPDATES)
    lab.step(run_id, 50)
    assert rests_at(lab, run_id, PREPARED_UPDATES + 50)
    leave = lab.subscribe(run_id, lambda message: None)
    other = AppTest.from_file(MAIN, default_timeout=60)
    other.query_params.update(dict(page.query_params))
    other.session_state["run"] = "nobody"
    other.switch_page("../../pages/compare.py").run()
    copy = other.session_state["race"]
    assert not other.exception and copy != run_id and current(other, lab) == current(page, lab)
    assert [one.value for one in other.warning] == [i18n.text("problem.run_copied", "en")]
    assert rests_at(lab, copy, PREPARED_UPDATES + 50)  # repeated
    other.run().button(key="race.button.step").click().run()
    assert lab.wait(copy, lambda told: told.update == PREPARED_UPDATES + 100, PATIENCE)
    assert lab.status(run_id).update == PREPARED_UPDATES + 50
    leave()
    page.button(key="race.button.step").click().run()
    assert lab.wait(run_id, lambda told: told.update == PREPARED_UPDATES + 100, PATIENCE)


def test_a_button_of_a_tab_that_steers_no_more_moves_nobody_s_comparison(lab):
    page = opened(lab, data="moons", widths="6-4", labels="10")
    run_id = page.session_state["race"]
    assert rests_at(lab, run_id, PREPARED_UPDATES)
    lab.subscribe(run_id, lambda message: None)()  # its panel came and went
    assert lab.take(run_id, "another tab") == run_id
    leave = lab.subscribe(run_id, lambda message: None)
    page.button(key="race.button.step").click().run()
    leave()
    assert not page.exception and page.session_state["race"] != run_id
    assert lab.status(run_id).update == PREPARED_UPDATES and len(page.warning) == 1


@pytest.mark.parametrize("model", CONTESTANTS)
def test_a_contestant_s_choices_survive_a_link(model):
    described = Race(contestants=(usual(model), usual("knn" if model != "knn" else "svm")))
    link, found = race.read(race.query(described, "zh", 7))
    assert found == described and link.at == 7 and link.view.language == "zh" and not link.warnings
    assert all(i18n.text(f"knob.{name}.label", "zh") for name in OPTIONS[model])


def test_a_bad_link_names_each_mistake_and_keeps_the_rest():
    link, found = race.read({"with": "ladder,nobody,denoising!corruption_level=9!tied=1,svm!tied=1", "labels": "x"})
    assert [one.model for one in found.contestants] == ["ladder", "denoising", "svm"]
    assert found.contestants[1].tied and found.contestants[1].corruption_level == usual("denoising").corruption_level
    assert len(link.warnings) == 4
    assert all(i18n.problem(warning, language) for warning in link.warnings for language in i18n.LANGUAGES)
    assert race.read({"with": "ladder"})[1].contestants == Race().contestants


@pytest.mark.parametrize("name", ARTICLES)
def test_the_seed_articles_run_beside_what_they_lack(lab, name):
    page = opened(lab)
    control(page.selectbox, "race.lineup").set_value(name).run()
    assert not page.exception and not page.warning
    shown = current(page, lab)
    assert shown.contestants[0] == article(name).contestant and shown.structure == article(name).structure
    assert any(i18n.text(f"article.{name}.differs", "en") in one.value for one in page.info)
    assert control(page.selectbox, "race.lineup").value == name


def test_a_tournament_counts_its_runs_and_says_what_is_true(lab, server_jobs):
    page = opened(lab)
    live = replace(SMALL_LIVE, n_updates=60)
    described = Race(SMALL, live, tuple(map(usual, ("ladder", "supervised_noise", "knn"))))
    page.session_state["race"] = lab.create(described)
    page.run()
    control(page.toggle, "seeds.open").set_value(True).run()
    control(page.multiselect, "seeds.moons").set_value([]).run()
    assert i18n.text("problem.tournament_empty", "en") in [one.value for one in page.warning]
    control(page.multiselect, "seeds.moons").set_value([10]).run()
    control(page.number_input, "seeds.n_seeds").set_value(3).run()
    assert page.button(key="seeds.start").label == i18n.text("jobs.start", "en", n=9)
    page.button(key="seeds.start").click().run()
    assert not page.exception
    assert (server_jobs.ended().state, server_jobs.ended().done) == ("finished", 9)
    page.run()
    assert not page.exception
    table = page.dataframe[-2].value  # above the list of kept comparisons
    assert list(table[i18n.text("seeds.column.seeds", "en")]) == [3, 3, 3]
    verdicts = [one.value for one in page.markdown if "10 labels" in one.value]
    assert len(verdicts) == 1 and "3 seeds" in verdicts[0]


def test_a_kept_comparison_is_in_a_list_of_its_own_and_comes_back(lab, server_jobs, monkeypatch):
    page = opened(lab)
    described = Race(SMALL, replace(SMALL_LIVE, n_updates=20), tuple(map(usual, ("knn", "svm"))))
    page.session_state["race"] = lab.create(described)
    page.run()
    control(page.toggle, "seeds.open").set_value(True).run()
    control(page.multiselect, "seeds.moons").set_value([20]).run()
    control(page.number_input, "seeds.n_seeds").set_value(3).run()
    page.button(key="seeds.start").click().run()
    assert server_jobs.ended().state == "finished"
    (one,) = server_jobs.results().sweeps()
    assert (one.kind, one.about["budgets"], one.about["n_seeds"]) == ("comparison", [20], 3)
    other = opened(lab)
    assert list(other.dataframe[-1].value.iloc[:, 0]) == ["Nearest neighbour, SVM (RBF), Two moons (2-D)"]
    assert not control(other.toggle, "seeds.open").value and current(other, lab) == OPENING
    choose_first_kept(monkeypatch)
    other.run()
    other.button(key="kept.look.comparison").click().run()
    assert not other.exception and current(other, lab) == described
    assert control(other.toggle, "seeds.open").value and control(other.number_input, "seeds.n_seeds").value == 3
    assert control(other.multiselect, "seeds.moons").value == [20]


def test_of_models_that_diverged_nothing_is_said_but_that(lab, server_jobs, monkeypatch):
    page = opened(lab, data="moons", widths="6-4", labels="10", target="20")
    points = tournament.points_of(current(page, lab), [10], 3)
    results = {point.cell.key: Result(point.cell, 0.5, 0.1 * (1 + c), 20, 1.0) for c, point in enumerate(points)}
    first = points[0].cell
    results[first.key] = Result(first, None, None, 3, 1.0, diverged=(3, "objective"))
    assert tournament.diverged_of(points, results) == {10: {"ladder": 1, "twin": 0, "denoising": 0}}
    monkeypatch.setattr(server_jobs, "found", lambda _: results)
    control(page.toggle, "seeds.open").set_value(True).run()
    control(page.multiselect, "seeds.moons").set_value([10]).run()
    control(page.number_input, "seeds.n_seeds").set_value(3).run()
    assert not page.exception
    (verdict,) = [one.value for one in page.markdown if "10 labels" in one.value]
    assert verdict.count("1 of their runs diverged") == 2 and "interval" not in verdict
    assert list(page.dataframe[-1].value[i18n.text("seeds.column.diverged", "en")]) == [1, 0, 0]


def test_an_article_s_line_up_with_a_model_twice_can_be_extended(lab):
    page = opened(lab)
    control(page.selectbox, "race.lineup").set_value("contractive_article").run()
    before = current(page, lab).contestants
    assert [one.model for one in before] == ["contractive", "contractive"]
    control(page.multiselect, "race.models").set_value(["contractive", "contractive", "ladder"]).run()
    assert not page.exception and not page.warning
    assert current(page, lab).contestants == (*before, usual("ladder"))


def test_another_look_inside_is_chosen_and_stays(lab):
    page = opened(lab)
    before = control(page.selectbox, "race.study")
    before.set_value(STUDY_NAMES[1]).run()
    after = control(page.run().selectbox, "race.study")
    assert not page.exception
    assert (after.key, after.value) == (before.key, STUDY_NAMES[1])


def test_what_a_link_cannot_mean_is_said_on_the_page(lab):
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.query_params["with"] = "ladder,denoising,nosuch"
    page.session_state["run"] = "nobody"  # arrived here, not by way of the live page
    page.switch_page("../../pages/compare.py").run()
    assert not page.exception and len(page.warning) == 1 and "nosuch" in page.warning[0].value


def test_a_comparison_has_the_choices_of_rows_and_labels(lab):
    page = opened(lab, data="digits", widths="6-4")
    control(page.selectbox, "race.known_classes").set_value(6).run()
    control(page.slider, "race.foreign_share").set_value(0.25).run()
    structure = lab.recipe(page.session_state["race"]).structure
    assert not page.exception and (structure.known_classes, structure.foreign_share) == (6, 0.25)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_each_contestant_is_tuned_with_as_many_trials_and_then_compared(lab, server_jobs, language):
    page = opened(lab, lang=language)
    described = Race(SMALL, replace(SMALL_LIVE, n_updates=30), tuple(map(usual, ("ladder", "twin", "logistic"))))
    page.session_state["race"] = lab.create(described)
    page.run()
    control(page.toggle, "seeds.open").set_value(True).run()
    control(page.multiselect, "seeds.moons").set_value([10]).run()
    control(page.number_input, "seeds.n_seeds").set_value(2).run()
    control(page.number_input, "seeds.tuned").set_value(2).run()
    assert page.button(key="tuned.start").label == i18n.text("jobs.start", language, n=2 * 2 * 3 + 3 * 2)
    page = trained(page, "tuned")
    settings = i18n.text("tuned.column.settings", language)
    chosen, every = (one.value for one in page.dataframe if settings in one.value)
    assert chosen[i18n.text("tuned.column.trials", language)].tolist() == [2, 2, 0] and len(every) == 4
    assert chosen[settings].iloc[2] == i18n.text("tuned.none", language)
    each = i18n.text("seeds.column.seeds", language)
    (compared,) = [one.value for one in page.dataframe if each in one.value]
    assert compared[each].tolist() == [2, 2, 2] and page.button(key="tuned.start").disabled
