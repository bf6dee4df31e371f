"""The teacher's page of a class, run by Streamlit itself."""

import re
from dataclasses import replace

import pytest
from farming import PretendedJob, work_of
from handed import compared
from streamlit.testing.v1 import AppTest
from tables import kept_kinds
from widgets import MAIN, control

from ladder import i18n
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.contestants import usual
from ladder.recipe.race import Race
from ladder.server import reach
from ladder.settings import DATASET_NAMES, PRESETS, Recipe, Structure
from ladder.teaching import handin
from ladder.teaching.classes import Browser, Classes
from ladder.teaching.classroom import CONTROLS, PACES
from ladder.ui import class_teacher, component, membership, service, texts

N_WORKERS = 1


@pytest.fixture
def school(lab, server_jobs, tmp_path, monkeypatch):
    """Classes of the test's own, for which the visitor is a teacher."""
    found = Classes(tmp_path)
    service.use(lab, found)
    secret = found.admit_teacher(found.teacher_code)
    monkeypatch.setattr(membership, "browser", lambda: Browser(teacher=secret))
    monkeypatch.setattr(reach, "machine_addresses", lambda: ["10.0.0.7"])
    yield found
    found.journal.close()


@pytest.fixture
def boards(monkeypatch):
    """What the board and the panel with a run are given; `wish` is what the board answers."""
    seen = {"watched": []}
    monkeypatch.setattr(component, "_mount_class_board", lambda data, **options: seen.update(data=data))
    monkeypatch.setattr(component, "_mount_watch", lambda data, **options: seen["watched"].append(data["run"]))
    return seen


def opened(**query) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        page.query_params[key] = value
    page.session_state["run"] = "nobody"
    page.switch_page("../../pages/class.py").run()
    assert not page.exception
    return page


def pressed(page, key):
    page = page.button(key=key).click().run()
    assert not page.exception
    return page


def test_a_class_is_made_ended_and_deleted(school, boards):
    page = opened()
    control(page.text_input, "teacher.name").set_value("3 *b*")
    page.button[0].click().run()
    assert not page.exception
    (room,) = school.rooms.values()
    assert room.name == "3 *b*" and not room.approve and boards["data"]["class"] == room.id
    assert page.query_params["class"] in (room.id, [room.id])
    pressed(page, "teacher.end")
    assert school.room(room.id).ended and i18n.text("teacher.ended", "en") in [one.value for one in page.info]
    pressed(page, "teacher.delete")
    assert school.rooms == {} and page.text_input(key="teacher.name")


def test_the_address_says_which_class_and_the_newest_comes_first(school, boards, monkeypatch):
    now = iter(range(1000, 2000))
    monkeypatch.setattr(school, "clock", lambda: float(next(now)))
    first, second = school.make("first"), school.make("second")
    opened()
    assert boards["data"]["class"] == second.id
    opened(**{"class": first.id})
    assert boards["data"]["class"] == first.id
    opened(**{"class": "nothing"})
    assert boards["data"]["class"] == second.id


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_example_is_opened_once_and_said_to_be_one(school, boards, language):
    page = pressed(opened(lang=language, v="1"), "teacher.example")
    (room,) = school.rooms.values()
    assert room.example and room.name == i18n.text("example.name", language) and boards["data"]["class"] == room.id
    told = page.info[0].value, page.selectbox(key=f"teacher.class.{room.id}").options[0]
    assert all(re.search("simulated|模拟", words) for words in told)
    assert "teacher.example" not in [one.key for one in page.button]
    assert len(class_teacher.table(room.id, "en").splitlines()) > 8  # with its last errors, though no run of it is here
    pressed(page, "teacher.delete")
    assert school.rooms == {} and "teacher.example" in [one.key for one in page.button]


def test_a_refusal_is_a_sentence(school, boards, monkeypatch):
    def full(*arguments):
        raise Problem("class_disk", reason="disk full")

    monkeypatch.setattr(school, "make", full)
    page = opened()
    page.button[0].click().run()
    assert not page.exception and "disk full" in page.warning[0].value


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_board_is_given_all_that_a_teacher_may_choose(school, boards, language):
    room = school.make("3b")
    opened(lang=language, v="1")
    data = boards["data"]
    assert {one["name"] for one in data["controls"]} == CONTROLS
    assert [one["name"] for one in data["controls"]][:3] == ["n_labeled", "noise_std", "lambdas"]
    assert data["join"]["address"] == "10.0.0.7:8501/class" and data["join"]["code"] == school.code_of(room.id)
    assert data["join"]["qr"].startswith("data:image/svg+xml;base64,")
    assert [one["name"] for one in data["paces"]] == list(PACES) and data["lessons"]
    for choices in ("lessons", "datasets", "presets", "controls", "cards", "languages", "paces"):
        assert all(one.get("label") or one.get("title") for one in data[choices])


def test_a_person_s_own_data_are_offered_and_those_that_cannot_be_labelled_are_named(school, boards, home):
    names = kept_kinds()
    school.make("3b")
    opened()
    data = boards["data"]
    offered = {one["name"]: one["label"] for one in data["datasets"]}
    assert {names[kind]: f"120 {kind}" for kind in names}.items() <= offered.items() and [*data["links"]] == [*offered]
    assert {"name": names["images"], "label": "120 images"} in data["labelled"]
    assert set(data["unlabelled"]) == {"120 table", "120 texts", "120 rows"}
    assert not {names[kind] for kind in ("table", "texts", "rows")} & {one["name"] for one in data["labelled"]}


def test_every_dataset_and_preset_has_a_link_that_the_class_takes(school, home):
    room = school.make("3b")
    for dataset in (*DATASET_NAMES, *kept_kinds().values()):
        for preset in PRESETS:
            link = class_teacher.setting_links(dataset)[preset]
            assert school.act(room.id, "lead", {"link": link}).lead.link == link
            assert links.parse(link).recipe.structure.dataset == dataset


def test_a_student_s_run_is_shown_and_a_run_of_nobody_in_the_class_is_not(school, boards, lab):
    room = school.make("3b")
    _, member, _ = school.join(school.code_of(room.id), "Ada")
    run = lab.create(Recipe(), 0)
    opened(**{"class": room.id, "watch": run})
    assert boards["watched"] == [] and boards["data"]["watched"] == ""
    school.act(room.id, "run", {"member": member.id, "run": run})
    opened(**{"class": room.id, "watch": run})
    assert boards["watched"] == [run] and boards["data"]["watched"] == run


def test_a_teacher_ends_the_jobs_of_the_class_and_of_nobody_else(school, boards, server_jobs):
    room = school.make("3b")
    members = [school.join(school.code_of(room.id), name)[1] for name in ("Ada", "Ben")]
    page = opened()
    assert "teacher.end_jobs" not in [button.key for button in page.button]
    began = {name: PretendedJob() for name in ("of ada", "of ben", "of a visitor")}
    for name, tab in zip(began, (*map(service.asker_of, members), "a tab"), strict=True):
        server_jobs.start(work_of(began[name], name), tab)
    page.run()
    assert i18n.text("teacher.jobs", "en", n=2) in [one.value for one in page.caption]
    pressed(page, "teacher.end_jobs")
    assert [name for name, job in began.items() if job.over] == ["of ada", "of ben"]
    assert "teacher.end_jobs" not in [button.key for button in page.button]


def test_the_journal_is_read_with_the_names_as_they_are(school, boards):
    room = school.make("3b")
    school.join(school.code_of(room.id), "<b>*Ada*</b>")
    page = opened()
    page.session_state["teacher.log"] = True
    page.run()
    assert not page.exception
    words = page.dataframe[0].value[i18n.text("teacher.what", "en")]
    assert list(words) == ["<b>*Ada*</b> joined", "The class was made"]


def test_the_downloads_have_the_class_and_the_runs_that_can_be_handed_in(school, lab):
    room = school.make("3b")
    _, member, _ = school.join(school.code_of(room.id), "Ada")
    run = lab.create(Recipe(), 3)
    assert lab.wait(run, lambda told: told.update == 3, 25)
    school.act(room.id, "run", {"member": member.id, "run": run})
    school.act(room.id, "place", {"member": member.id, "run": run, "lesson": "noise", "step": 0})
    assert class_teacher.table(room.id, "en").splitlines()[1].startswith("Ada,noise,,,1,3,0.")
    answer = {"member": member.id, "lesson": "noise", "which": "question", "value": 1.0}
    school.act(room.id, "answer", answer)
    for language in i18n.LANGUAGES:
        option = class_teacher.lessons.found().lesson("noise", language).question.choice.options[1]
        assert option in class_teacher.table(room.id, language)
    assert list(class_teacher.handins(school.room(room.id))) == ["01.json"]
    assert class_teacher.archive(room.id, "en").startswith(b"PK")


def test_a_comparison_is_in_the_zip_as_it_was_handed_in_and_one_that_was_not_is_not(school, lab):
    room = school.make("3b")
    _, member, _ = school.join(school.code_of(room.id), "小明")
    structure = Structure(weight_seed=3, label_seed=4)
    race = Race(structure, defaults.default_live(structure), (usual("ladder"), usual("twin")))
    run, made = lab.create(race), compared("contraction")
    for kind, values in (("run", {}), ("place", {"lesson": "contraction", "step": 2})):
        school.act(room.id, kind, {"member": member.id, "run": run, **values})
    assert class_teacher.handins(school.room(room.id)) == {}
    values = {"member": member.id, "lesson": "contraction", "run": run, "text": handin.to_text(made)}
    school.act(room.id, "hand_in", values)
    ((name, content),) = class_teacher.handins(school.room(room.id)).items()
    assert name == "01-1.json" and handin.read(content) == [replace(made, nickname="小明")]


def test_an_untrusted_name_is_no_markdown():
    assert texts.escaped("a*b [c](d)") == r"a\*b \[c\]\(d\)"
    assert texts.plain("“![](http://a.b/c.png)” <b> $x$") == r"“!\[\](http://a.b/c.png)” \<b> \$x\$"
