"""The page that sweeps settings, run by Streamlit itself with real workers behind it."""

from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import pytest
from farming import WatchedJobs, eventually, opened, restart, trained
from pandas.api.types import is_datetime64_any_dtype, is_numeric_dtype
from widgets import choose_first_kept, control

from ladder import i18n
from ladder.experiments import axes, design
from ladder.experiments.jobs import Progress
from ladder.experiments.plans import PLANS
from ladder.live.codes import Codes
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe import race as races
from ladder.ui import columns, component, explore, job_bar, service

SMALL = {"axes": "noise_std=0.1,0.3;labels=10,20", "fix": "dataset=moons;updates=40;widths=8-6", "seeds": "3"}


@pytest.fixture
def drawn(monkeypatch):
    """What the chart is given; `clicked` is what it answers."""
    seen = {"clicked": None}

    class Answer:
        @property
        def picked(self):
            return seen["clicked"]

    def mount(data, **options):
        seen.update(data)
        return Answer()

    monkeypatch.setattr(component, "_mount_sweep", mount)
    return seen


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_page_opens_in_each_language_with_the_usual_sweep(server_jobs, language):
    page = opened("explore", lang=language)
    assert page.button(key="explore.start").label == i18n.text("jobs.start", language, n=60)
    assert not page.warning
    assert page.query_params["axes"] == design.query(design.Design())["axes"]


def test_an_axis_of_a_layer_that_the_depth_has_not_stays_a_choice(server_jobs):
    page = opened("explore", axes="lambdas.4=0,1", fix="dataset=moons;updates=40;widths=8-6-5-4", seeds="3")
    control(page.text_input, "explore.fix.widths").set_value("8-6").run()
    assert not page.exception and page.warning  # which says so, and nothing is lost
    assert control(page.selectbox, "explore.axis.0").value == "lambdas.4"
    control(page.text_input, "explore.fix.widths").set_value("8-6-5").run()
    assert not page.exception and not page.warning


def test_a_switch_whose_layers_differ_is_typed_and_one_of_all_layers_is_a_toggle(server_jobs):
    fixed = "dataset=moons;updates=40;widths=8-6;lateral=1:0:1:1;top_down=0"
    page = opened("explore", axes="lateral.top=1,0;top_down=1,0:1:1:1", fix=fixed, seeds="3")
    assert not page.exception and not page.warning
    assert control(page.text_input, "explore.fix.lateral").value == "1:0:1:1"
    values = control(page.multiselect, "explore.words.1")
    assert values.options[:2] == ["on", "off"] and "0:1:1:1" in values.options
    control(page.text_input, "explore.fix.lateral").set_value("1").run()
    assert not page.exception and control(page.toggle, "explore.fix.lateral").value
    control(page.toggle, "explore.fix.lateral").set_value(False).run()
    assert "lateral=0" in page.query_params["fix"].split(";")


def test_a_page_takes_no_more_runs_than_it_can_look_through():
    values = ",".join(f"{k / 100:g}" for k in range(100))
    found, (said,) = design.read({"axes": f"noise_std={values}", "seeds": "21"})
    assert (found, said.key) == (design.Design(), "link_whole")
    assert said.values["reason"].key == "sweep_too_large"


def test_a_job_is_looked_at_more_often_until_it_has_a_result_of_its_own(server_jobs, monkeypatch):
    pauses = []
    monkeypatch.setattr(job_bar.st, "fragment", lambda look, run_every: pauses.append(run_every) or (lambda *_: None))
    monkeypatch.setattr(server_jobs, "active", lambda name: True)
    for progress in (None, Progress("running", 3, 9, 3), Progress("running", 4, 9, 3)):
        monkeypatch.setattr(server_jobs, "progress", lambda name, found=progress: found)
        job_bar.follow(SimpleNamespace(name="a sweep", complete=False), "explore", lambda: None)
    assert pauses == [job_bar.FIRST_LOOK_SECONDS] * 2 + [job_bar.LOOK_SECONDS]


def test_a_sweep_fills_its_map_tells_the_best_and_a_click_opens_a_live_run(server_jobs, drawn):
    page = trained(opened("explore", **SMALL), "explore")
    assert page.button(key="explore.start").disabled
    assert [len(axis["words"]) for axis in drawn["axes"]] == [2, 2] and len(drawn["cells"]) == 4
    said = " ".join(one.value for one in (*page.warning, *page.success))
    assert said.count(i18n.text("explore.best", "en").split(":")[0].strip("*")) == 2  # one for each label budget
    assert len(page.dataframe[0].value) == 4
    drawn["clicked"] = ["0.3", "20"]
    page.run()
    drawn["clicked"] = None
    page.run()
    (cell,) = {
        p.cell
        for p in page.session_state["design"].points
        if p.seed == 0 and p.axes[0][1] == "0.3" and p.axes[1][1] == "20"
    }
    (address,) = [one["address"] for one in drawn["cells"] if one["words"] == ["0.3", "20"]]
    assert address == design.live_address(cell, "en")
    link = links.parse(address)
    assert (link.recipe.structure, link.recipe.live, link.warnings) == (cell.structure, cell.live, [])
    assert link.at == 40 and design.live_address(cell, "en").endswith("&lang=en")  # also in another one's browser


def test_the_best_is_named_when_every_run_has_a_result(server_jobs, drawn, monkeypatch):
    page = trained(opened("explore", **SMALL), "explore")
    assert "best" in [cell["choice"] for cell in drawn["cells"]]
    points = page.session_state["design"].points
    found = server_jobs.found(points)
    found.pop(points[-1].cell.key)
    monkeypatch.setattr(server_jobs, "found", lambda _: found)
    page.run()
    assert {cell["choice"] for cell in drawn["cells"]} == {"only"}
    assert not page.success and not page.warning
    assert i18n.text("explore.unfinished", "en", done=11, total=12) in [one.value for one in page.info]


@pytest.mark.parametrize("model", ["denoising", "pseudo_label", "svm"])
def test_a_model_that_is_no_ladder_opens_beside_one_that_is(model):
    (point,) = axes.grid([], {"model": model, "updates": "50"}, [3])
    address = design.live_address(point.cell, "en")
    assert address.startswith("./compare?")
    _, race = races.read(dict(parse_qsl(urlsplit(address).query)))
    assert [one.model for one in race.contestants] == [model, "ladder"] and race.structure.weight_seed == 3
    assert race.live_of(race.contestants[1]).lambdas == defaults.default_live(race.structure).lambdas


def test_finished_runs_survive_the_server_and_a_wider_sweep_trains_only_what_is_new(server_jobs, drawn):
    trained(opened("explore", **SMALL), "explore")
    jobs = restart()
    page = opened("explore", **{**SMALL, "axes": "noise_std=0.1,0.3,0.5;labels=10,20"})
    assert len(drawn["cells"]) == 4
    trained(page, "explore")
    assert (jobs.ended().total, jobs.ended().reused) == (18, 12)
    assert len(drawn["cells"]) == 6
    assert len(page.dataframe[-1].value) == 2  # both sweeps are kept


def test_choices_describe_the_sweep_and_bad_ones_are_a_sentence(server_jobs, drawn):
    page = opened("explore", **SMALL)
    control(page.selectbox, "explore.axis.1").set_value(explore.NONE).run()
    assert [axis.name for axis in page.session_state["design"].axes] == ["noise_std"]
    assert drawn["view"]["kind"] == "lines"
    control(page.multiselect, "explore.words.0").set_value(["0.1", "7"]).run()
    assert len(page.warning) == 1 and "0 to 1" in page.warning[0].value
    assert control(page.multiselect, "explore.words.0").value == ["0.1", "0.3"]
    control(page.multiselect, "explore.words.0").set_value(["0.1", "0,2"]).run()  # a decimal comma
    assert "0.2 with a point" in page.warning[0].value and "0:2" in page.warning[0].value
    control(page.multiselect, "explore.words.0").set_value(["0.1", "0:1"]).run()  # a value for each layer
    assert page.session_state["design"].axes[0].words == ("0.1", "0,1")
    control(page.multiselect, "explore.words.0").set_value(["0.1", "0,1", "0.3"]).run()  # as it is kept
    assert page.session_state["design"].axes[0].words == ("0.1", "0,1", "0.3")
    control(page.multiselect, "explore.words.0").set_value(["0.3", "0.05", "0.1"]).run()
    assert not page.warning
    assert page.session_state["design"].axes[0].words == ("0.05", "0.1", "0.3")
    control(page.number_input, "explore.seeds").set_value(4).run()
    control(page.multiselect, "explore.fixed").set_value(["dataset", "updates", "model"]).run()
    control(page.selectbox, "explore.fix.model").set_value("supervised").run()
    assert page.session_state["design"].n_seeds == 4
    assert dict(page.session_state["design"].base) == {"dataset": "moons", "updates": "40", "model": "supervised"}
    assert not page.exception
    control(page.multiselect, "explore.fixed").set_value(["dataset", "updates", "lambdas"]).run()
    before = dict(page.session_state["design"].base)
    control(page.text_input, "explore.fix.lambdas").set_value("2,5").run()
    assert "2.5 with a point" in page.warning[0].value and dict(page.session_state["design"].base) == before
    control(page.selectbox, "explore.fix.dataset").set_value("iris").run()
    assert not page.exception and not page.warning


@pytest.mark.parametrize("plan", PLANS)
def test_every_plan_opens(server_jobs, drawn, plan):
    page = opened("explore", fix="updates=40;labels=20")
    control(page.selectbox, "explore.plan").set_value(plan).run()
    assert not page.exception and not page.warning
    assert control(page.selectbox, "explore.plan").value == plan
    assert [axis["name"] for axis in drawn["axes"]] == [name for name, _ in PLANS[plan]]


def test_a_running_sweep_pauses_goes_on_and_is_cancelled(server_jobs, drawn):
    page = opened("explore", **{**SMALL, "fix": "dataset=moons;updates=100000;widths=8-6"})
    page.button(key="explore.start").click().run()
    assert page.button(key="explore.hold").label == i18n.text("jobs.pause", "en")
    page.button(key="explore.hold").click().run()
    assert page.button(key="explore.hold").label == i18n.text("jobs.resume", "en")
    page.button(key="explore.hold").click().run()
    page.button(key="explore.cancel").click().run()
    assert server_jobs.ended().state == "cancelled"
    page.run()
    assert page.button(key="explore.start") and not page.exception
    (kept,) = server_jobs.results().sweeps()
    assert (kept.state, kept.total) == ("cancelled", 12)


def test_a_kept_sweep_is_looked_at_again(server_jobs, drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(service, "codes", lambda: Codes(tmp_path / "codes"))
    name = axes.name_of(trained(opened("explore", **SMALL), "explore").session_state["design"].points)
    page = opened("explore", sweep=name)
    assert len(drawn["cells"]) == 4
    named = "Noise std σ × Labels, Two moons (2-D)"
    assert i18n.text("explore.looking_at", "en", name=named) in [one.value for one in page.info]
    page.session_state["explore.share"] = True
    (shared,) = [one.value for one in page.run().code if "/explore?" in one.value]
    assert ("sweep", name) in parse_qsl(urlsplit(shared).query)
    page = opened("explore", sweep="nosuch", colour="1")
    said = [one.value for one in page.warning]
    assert any("nosuch" in one for one in said) and any("colour" in one for one in said) and not page.exception


def test_a_kept_sweep_has_a_name_that_can_be_changed_and_a_list_without_searches(server_jobs, drawn, monkeypatch):
    quest, _ = design.read_search({"space": "noise_std=0..0.5", "fix": SMALL["fix"] + ";labels=10", "trials": "1"})
    server_jobs.start(server_jobs.search(quest), "a tab")
    assert server_jobs.ended().state == "finished"
    page = trained(opened("explore", **SMALL), "explore")
    name, named = axes.name_of(page.session_state["design"].points), i18n.text("kept.column.name", "en")
    assert list(page.dataframe[-1].value[named]) == ["Noise std σ × Labels, Two moons (2-D)"]
    choose_first_kept(monkeypatch)
    page.run()
    control(page.text_input, f"kept.title.{name}").set_value("My noise, week 3").run()
    assert not page.exception and server_jobs.results().sweeps()[0].title == "My noise, week 3"
    control(page.text_input, f"kept.title.{name}").set_value("x" * 81).run()
    assert not page.exception and server_jobs.results().sweeps()[0].title == "My noise, week 3"
    assert any("80" in one.value for one in page.warning)
    page = opened("explore", sweep=name)
    assert list(page.dataframe[-1].value[named]) == ["My noise, week 3"]
    assert any("My noise, week 3" in one.value for one in page.info)
    page = opened("search")
    assert list(page.dataframe[-1].value[named]) == ["Noise std σ, Two moons (2-D)"]


def test_a_database_that_cannot_be_used_is_a_sentence(server_jobs, monkeypatch):
    monkeypatch.setenv("LADDER_RESULTS", "sqlite:////proc/nowhere/results.sqlite")
    page = opened("explore")
    assert len(page.warning) >= 1 and "LADDER_RESULTS" in page.warning[0].value


def test_the_measure_that_is_drawn_is_kept_in_the_address(server_jobs):
    page = opened("explore")
    assert page.session_state["measure"] == "validation_error"  # settings are chosen by it
    control(page.get("button_group"), "explore.measure").set_value("test_error").run()
    control(page.get("button_group"), "explore.kind").set_value("lines").run()
    assert not page.exception
    assert (page.query_params["measure"], page.query_params["kind"]) == ("test_error", "lines")


def test_tables_sort_numbers_as_numbers(server_jobs, drawn):
    """Labels 10, 100, 20 and 10.2 % before 9.8 % is the order of texts."""
    page = trained(opened("explore", **SMALL | {"axes": "labels=10,100,20;combinator=gauss,vanilla"}), "explore")
    table, kept = page.dataframe[0].value, page.dataframe[-1].value
    for name in ("test_error", "validation_error", "seeds", "diverged", "seconds"):
        assert is_numeric_dtype(table[i18n.text(f"explore.column.{name}", "en")])
    labels = table[i18n.choice("labels", "en")]
    assert is_numeric_dtype(labels) and sorted(set(labels)) == [10, 20, 100]
    assert set(table[i18n.choice("combinator", "en")]) == {
        i18n.text(f"combinator.{n}", "en") for n in ("gauss", "vanilla")
    }
    error = i18n.text("explore.column.test_error", "en")
    low, high = (table[i18n.text(f"explore.column.{end}", "en", of=error)] for end in ("low", "high"))
    assert (low <= table[error]).all() and (table[error] <= high).all() and table[error].max() > 1  # in per cent
    assert list(kept[i18n.text("kept.column.done", "en")]) == list(kept[i18n.text("kept.column.total", "en")]) == [18]
    assert is_datetime64_any_dtype(kept[i18n.text("kept.column.created", "en", zone="UTC")])


def test_a_kept_sweep_s_time_is_the_visitor_s(monkeypatch):
    begun = columns.local_time(1_700_000_000, "Asia/Shanghai")
    assert begun.strftime("%Y-%m-%d %H:%M") == "2023-11-15 06:13" and begun.timestamp() == 1_700_000_000
    for given, found in (("Asia/Shanghai", "Asia/Shanghai"), (None, "UTC"), ("Nowhere/Else", "UTC"), ("../x", "UTC")):
        monkeypatch.setattr(columns.st, "context", SimpleNamespace(timezone=given))
        assert columns.zone() == found


@pytest.mark.parametrize(
    "name, words, values",
    [
        ("labels", ["10", "100"], [10, 100]),
        ("noise_std", ["0", "0.1"], [0.0, 0.1]),
        ("widths", ["64-32", "8"], ["64-32", "8"]),
        ("combinator", ["gauss"], ["gauss"]),
    ],
)
def test_values_of_an_axis_are_numbers_where_all_are(monkeypatch, name, words, values):
    monkeypatch.setattr(columns, "word_label", lambda name, word: word)
    found = columns.axis_values(name, words)
    assert found == values and len({type(value) for value in found}) == 1


def test_a_job_that_another_tab_started_is_not_this_tab_s_to_end(server_jobs, drawn):
    page = opened("explore", **{**SMALL, "fix": "dataset=moons;updates=1000000;widths=8-6"})
    points = page.session_state["design"].points
    work = server_jobs.sweep(axes.name_of(points), points)
    server_jobs.start(work, "another tab")
    page.run()
    assert page.button(key="explore.join") and not any(one.key == "explore.cancel" for one in page.button)
    assert i18n.text("jobs.others.foreign", "en", n=1) in [one.value for one in page.caption]
    page.button(key="explore.join").click().run()
    assert i18n.text("jobs.others.shared", "en", n=1) in [one.value for one in page.caption]
    page.button(key="explore.cancel").click().run()
    assert server_jobs.active(work.name) and page.button(key="explore.join") and not page.exception
    server_jobs.cancel(work.name, "another tab")
    assert server_jobs.ended().state == "cancelled"


def test_a_dead_cluster_is_a_sentence_on_the_page_and_the_sweep_is_shown(server_jobs, drawn, monkeypatch):
    def refused():
        raise Problem("dask_unreachable", address="tcp://nowhere:8786", reason="OSError")

    service.use_jobs(WatchedJobs(make_crew=refused))
    page = opened("explore", **SMALL)
    eventually(lambda: service.jobs().cost(work_in_view(page)).done())
    page.run()
    said = i18n.problem(Problem("dask_unreachable", address="tcp://nowhere:8786", reason="OSError"), "en")
    assert said in [one.value for one in page.warning] and len(drawn["axes"]) == 2
    page.button(key="explore.start").click().run()
    assert said in [one.value for one in page.warning] and not page.exception
    service.jobs().stop()


def work_in_view(page):
    points = page.session_state["design"].points
    return service.jobs().sweep(axes.name_of(points), points)


def test_a_database_that_fails_under_a_page_is_a_sentence_in_its_part(server_jobs, drawn, monkeypatch):
    page = opened("explore", **SMALL)

    def refused(points):
        raise Problem("results_unreadable", url="x", reason="database is locked")

    monkeypatch.setattr(server_jobs, "found", refused)
    page.run()
    assert not page.exception and "database is locked" in " ".join(one.value for one in page.warning)
