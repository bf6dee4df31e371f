"""The images of a labelling round: who draws them, who is sent them, and that no true class comes with them."""

import base64
import json
from types import SimpleNamespace

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tables import arrays, kept_kinds

from ladder.data import datasets, own
from ladder.data.choices import Choices
from ladder.data.keeping import keep
from ladder.problems import Problem
from ladder.server import class_labels
from ladder.server.browsers import STUDENT, TEACHER
from ladder.server.class_routes import ClassSockets
from ladder.server.origins import Origins
from ladder.teaching.class_views import of_student
from ladder.teaching.classes import Browser, Classes


@pytest.fixture
def school(tmp_path):
    """A class with a student, Ada, and a teacher, and what asks about its images."""
    made = Classes(tmp_path)
    room, secret = made.make("3b"), made.admit_teacher(made.teacher_code)
    _, member, ada = made.join(made.code_of(room.id), "Ada")
    sockets = ClassSockets(made, Origins(), SimpleNamespace(lab=None))
    client = TestClient(Starlette(routes=[class_labels.route(made, "", Origins())]))

    def begin(**words):
        sockets.act(Browser(teacher=secret), room.id, {"do": "label_round", **words})
        return made.room(room.id).rounds[-1]

    def ask(query="", **cookies):
        client.cookies.clear()
        client.cookies.update(cookies)
        return client.get(f"/class/labels{query}")

    names = {"classes": made, "id": room.id, "teacher": secret, "ada": ada, "member": member, "client": client}
    yield SimpleNamespace(**names, sockets=sockets, begin=begin, ask=ask)
    made.journal.close()


def pictures(answer) -> np.ndarray:
    """The pixels (n, d) of the images of an answer, from 0 to 1."""
    assert answer.status_code == 200
    images = [np.frombuffer(base64.b64decode(one), np.uint8) for one in answer.json()["images"]]
    return np.array(images) / 255


def test_the_server_draws_the_images_and_takes_none_from_a_page(school):
    found = school.begin(dataset="digits", rows=[[0, 1], [2, 3]], seed=4)
    y = datasets.load("digits").y
    assert all((y[list(rows)] == k).all() for k, rows in enumerate(found.rows)) and len(found.rows) == 10
    assert school.begin(dataset="digits").rows != found.rows


@pytest.mark.parametrize("dataset", ["moons", "nothing", "digits@0123456789abcdef", None])
def test_only_images_can_be_labelled(school, dataset):
    with pytest.raises(Problem, match="label_data"):
        school.begin(dataset=dataset)


def test_a_person_s_own_images_can_be_labelled_as_far_as_their_class_is_known(school, home):
    names = kept_kinds()
    found = school.begin(dataset=names["images"])
    data = datasets.load(names["images"])
    assert found.dataset == names["images"] and all(
        (data.y[list(rows)] == k).all() for k, rows in enumerate(found.rows)
    )
    rows = found.rows_of(school.member.number)
    assert np.abs(pictures(school.ask(**{STUDENT: school.ada})) - data.x[list(rows)]).max() < 0.01
    own.remove(names["images"])
    datasets._load.cache_clear()
    datasets._owned.cache_clear()
    assert school.ask(**{STUDENT: school.ada}).status_code == 404


@pytest.mark.parametrize("kind", ["table", "texts", "rows"])
def test_own_data_that_are_no_images_are_refused_by_their_name(school, home, kind):
    with pytest.raises(Problem, match="label_data") as caught:
        school.begin(dataset=kept_kinds()[kind])
    assert caught.value.values["name"] == f"120 {kind}"


def test_images_with_too_few_labels_are_refused(school, home):
    source = arrays(12, 6, unlabelled=9)
    with pytest.raises(Problem, match="label_rows") as caught:
        school.begin(dataset=keep(source, Choices(), "few").name)
    assert caught.value.values == {"name": "few", "n": 2}


def test_a_student_begins_and_closes_no_round(school):
    school.begin(dataset="digits")
    for kind in ("label_round", "label_close"):
        with pytest.raises(Problem, match="class_word"):
            school.sockets.act(Browser(school.ada), "", {"do": kind, "dataset": "digits"})
    school.sockets.act(Browser(school.ada), "", {"do": "label", "round": 1, "at": 0, "label": 3, "member": "other"})
    assert list(school.classes.room(school.id).rounds[-1].given) == [school.member.id]


def test_a_student_is_sent_its_own_images_in_their_order_without_any_class_or_row(school):
    found = school.begin(dataset="digits")
    answer = school.ask(**{STUDENT: school.ada})
    rows = found.rows_of(school.member.number)
    assert np.abs(pictures(answer) - datasets.load("digits").x[list(rows)]).max() < 0.01
    assert set(answer.json()) == {"shape", "images"} and answer.json()["shape"] == [8, 8]
    view = of_student(school.classes.room(school.id), school.member, 0.0)
    assert set(view["labelling"]) == {"number", "dataset", "is_open", "mine", "result"}
    assert str(list(rows))[1:-1] not in json.dumps(view) and view["labelling"]["result"] is None


def test_a_teacher_is_sent_the_images_that_the_class_did_not_agree_on_once_it_is_over(school):
    found = school.begin(dataset="digits")
    query, cookies = f"?class={school.id}&round=1", {TEACHER: school.teacher}
    assert school.ask(query, **cookies).status_code == 404  # the true classes are with them
    row = found.rows_of(school.member.number)[0]
    wrong = (found.truth[row] + 1) % 10
    school.sockets.act(Browser(school.ada), "", {"do": "label", "round": 1, "at": 0, "label": wrong})
    school.sockets.act(Browser(teacher=school.teacher), school.id, {"do": "label_close"})
    answer = school.ask(query, **cookies)
    assert [(one["row"], one["truth"], one["votes"]) for one in answer.json()["rows"]] == [
        (row, found.truth[row], [[wrong, 1]])
    ]
    assert (answer.json()["n_rows"], answer.json()["right"]) == (1, 0) and "Ada" not in answer.text
    assert np.abs(pictures(answer) - datasets.load("digits").x[[row]]).max() < 0.01


def test_a_teacher_is_sent_what_became_of_an_earlier_round_too(school):
    cookies = {TEACHER: school.teacher}
    for label in (3, 4):
        school.begin(dataset="digits")
        number = len(school.classes.room(school.id).rounds)
        words = {"do": "label", "round": number, "at": 0, "label": label}
        school.sockets.act(Browser(school.ada), "", words)
    ask = lambda number: school.ask(f"?class={school.id}&round={number}", **cookies)  # noqa: E731
    assert ask(1).json()["n_rows"] == 1
    assert [ask(number).status_code for number in (2, 3, "x", "")] == [404] * 4  # the second one goes on


def test_nobody_else_is_sent_anything(school):
    school.begin(dataset="digits")
    query = f"?class={school.id}"
    for place, cookies in (("", {}), ("", {STUDENT: "x"}), (query, {STUDENT: school.ada}), ("?class=x", {})):
        assert school.ask(place, **cookies).status_code == 403
    assert school.ask("?class=x", **{TEACHER: school.teacher}).status_code == 404
    school.client.cookies.update({STUDENT: school.ada})
    assert school.client.get("/class/labels", headers={"Origin": "http://evil.example"}).status_code == 403


def test_there_are_no_images_without_a_round_or_for_who_is_not_in_yet(school):
    assert school.ask(**{STUDENT: school.ada}).status_code == 404
    room = school.classes.make("4b", approve=True)
    ben = school.classes.join(school.classes.code_of(room.id), "Ben")[2]
    school.classes.act(room.id, "label_round", class_labels.begun({"dataset": "digits"}))
    assert school.ask(**{STUDENT: ben}).status_code == 403
