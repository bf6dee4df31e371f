"""Runs on the labels of a labelling round, as Streamlit begins them for a student and for a teacher."""

import pytest
from widgets import opened_live

from ladder.data import datasets
from ladder.data.datasets import DATASETS
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.server import class_labels
from ladder.teaching.classes import Browser, Classes
from ladder.ui import labelling, membership, service


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A Lab whose workers find the variants that this process keeps."""
    with pytest.MonkeyPatch.context() as environment:
        home = tmp_path_factory.mktemp("runs")
        environment.setenv("LADDER_RUNS", str(home))
        made = Lab(home, 1)
        made.start()
        yield made
        made.stop()


@pytest.fixture
def school(lab, tmp_path):
    """Classes of the test's own."""
    found = Classes(tmp_path)
    service.use(lab, found)
    yield found
    found.journal.close()


@pytest.fixture
def room(school):
    """A class with two students, of whom Ada has labelled all her images, two of them wrong, and Ben three; the round
    is over."""
    made = school.make("3b")
    members = [school.join(school.code_of(made.id), name)[1] for name in ("Ada", "Ben")]
    school.act(made.id, "label_round", class_labels.begun({"dataset": "digits"}))
    last = school.room(made.id).rounds[-1]
    for member, n in zip(members, (20, 3), strict=True):
        for at, row in enumerate(last.rows_of(member.number)[:n]):
            label = (last.truth[row] + (at < 2)) % 10
            school.act(made.id, "label", {"member": member.id, "round": 1, "at": at, "label": label})
    school.act(made.id, "label_close", {})
    return school.room(made.id)


def student(monkeypatch, school, room):
    """From now on the visitor is a student who joins now; returns the member."""
    _, member, secret = school.join(school.code_of(room.id), f"n{len(room.members)}")
    monkeypatch.setattr(membership, "browser", lambda: Browser(secret))
    return member


def wished(page, room, member, *kinds):
    page.session_state["label_wish"] = room.id, member, kinds
    page.run()
    assert not page.exception
    return page.session_state


def test_a_student_s_three_runs_lie_beside_each_other_with_the_same_seeds(school, room, lab, monkeypatch):
    member = student(monkeypatch, school, room)
    ada = room.member_of(next(one.key for one in room.members.values() if one.name == "Ada"))
    page = opened_live(lang="en")
    before = lab.recipe(page.session_state["run"]).structure
    found = {}
    for kind in ("own", "class", "true"):
        state = wished(page, room, ada.id, kind)
        found[kind] = lab.recipe(state["run"])
        assert lab.wait(state["run"], lambda told: told.update > 0, 30)
    names = {kind: recipe.structure.dataset for kind, recipe in found.items()}
    assert len(set(names.values())) == 3 and all(name.startswith("digits@") for name in names.values())
    for kind, recipe in found.items():
        assert (
            recipe.latest.n_labeled
            == datasets.n_labels(names[kind])
            == (20 if kind == "own" else found["true"].latest.n_labeled)
        )
        seeds = recipe.structure.weight_seed, recipe.structure.label_seed
        assert seeds == (before.weight_seed, before.label_seed) and recipe.latest.n_updates > 0
    entries = state["entries"][-3:]
    assert [one.name for one in entries] == [
        "Own labels (20)",
        *(f"{words} labels ({found['true'].latest.n_labeled})" for words in ("The class's", "The true")),
    ]
    assert [one.until for one in entries] == [recipe.latest.n_updates for recipe in found.values()]
    assert set(service.classes().room(room.id).members[member.id].runs) >= {one.run for one in entries}
    lab.behind(entries[0].run, 10**9)  # it trains on behind the one in view
    reached = lab.status(entries[0].run).update
    assert lab.wait(entries[0].run, lambda told: told.update > reached, 30)


def test_what_the_teacher_has_set_holds_for_these_runs_too(school, room, lab, monkeypatch):
    student(monkeypatch, school, room)
    page = opened_live(lang="en", data="digits", lr="0.005")
    rate = lab.recipe(page.session_state["run"]).latest.learning_rate
    ada = next(one for one in room.members.values() if one.name == "Ada")
    state = wished(page, room, ada.id, "class")
    run = state["run"]
    assert lab.recipe(run).latest.learning_rate == rate  # locked or not, it stays as it was
    school.act(room.id, "pause", {"seconds": 60})
    state = wished(page, room, ada.id, "true")
    assert state["run"] == run and state["live_notices"][-1].key == "class_paused"


def test_too_few_labels_are_a_sentence_and_begin_no_run(school, room, lab, monkeypatch):
    student(monkeypatch, school, room)
    page = opened_live(lang="en")
    run = page.session_state["run"]
    ben = next(one for one in room.members.values() if one.name == "Ben")
    state = wished(page, room, ben.id, "own")
    assert state["run"] == run and [one.key for one in state["live_notices"]] == ["label_few"]
    assert any("too few labels" in one.value for one in page.warning)


def test_a_teacher_compares_all_three_and_only_two_where_no_labels_of_the_student_are_enough(
    school, room, lab, monkeypatch
):
    monkeypatch.setattr(membership, "browser", lambda: Browser(teacher=school.admit_teacher(school.teacher_code)))
    for name, n in (("Ada", 3), ("Ben", 2)):
        member = next(one for one in room.members.values() if one.name == name)
        page = opened_live(lang="en", data="moons")
        state = wished(page, room, member.id, *labelling.BESIDE)
        labelled = [one for one in state["entries"] if one.until]
        assert len(labelled) == n and state["run"] == labelled[-1].run and labelled[-1].name.startswith("The class's")
        assert lab.recipe(state["run"]).structure.weight_seed == 11


def test_a_run_whose_data_went_with_their_class_stays_in_the_list_and_says_so(school, room, lab, monkeypatch):
    page = opened_live(lang="en")
    ada = next(one for one in room.members.values() if one.name == "Ada")
    labelled = wished(page, room, ada.id, "class")["run"]
    school.delete(room.id)
    page.run()  # in view it goes on
    assert not page.exception and page.session_state["run"] == labelled
    assert "class was deleted" in " ".join(one.value for one in page.caption)
    lab.pause(labelled)
    again = opened_live(lang="en", run=labelled, list=page.session_state["list"])
    assert again.session_state["run"] != labelled
    assert [one.key for one in again.session_state["live_notices"]] == ["variant_missing", "run_replaced"]
    assert any("as long as the class" in one.value for one in again.warning)
    assert labelled in [one.run for one in again.session_state["entries"]]


@pytest.mark.parametrize("member, key", [("nobody", "class_member"), ("", "class_member")])
def test_a_member_who_is_not_there_has_no_labels(school, room, member, key):
    with pytest.raises(Problem, match=key):
        labelling.begin(room.id, member, ("own",))


def test_labels_of_an_open_round_are_not_trained_on(school, room):
    school.act(room.id, "label_round", class_labels.begun({"dataset": "digits"}))
    with pytest.raises(Problem, match="label_open"):
        labelling.begin(room.id, next(iter(room.members)), ("class",))


def test_images_that_are_here_are_offered():
    assert labelling.offered("digits") and not labelling.offered("moons")
    assert {name for name in DATASETS if labelling.offered(name)} <= {"digits", "mnist", "fashion-mnist"}
