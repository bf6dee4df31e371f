"""The doors and the channel of a class, over a real server: who gets in, who hears what, and every rule broken once."""

import json
import threading
from contextlib import closing
from http.client import HTTPConnection
from http.cookies import SimpleCookie

import pytest
import uvicorn
from handed import compared, handed_in
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ladder import i18n
from ladder.live import frames
from ladder.problems import Problem
from ladder.server import routes, sockets
from ladder.server.class_routes import NOBODY
from ladder.server.class_runs import ClassRuns
from ladder.server.origins import Origins
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching.classes import Classes
from ladder.teaching.handin import to_text
from ladder.teaching.limits import Limits

N_WORKERS = 1
RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


@pytest.fixture(scope="module")
def school(lab):
    return Classes(lab.store.folder)


@pytest.fixture(scope="module")
def host(lab, school):
    app = Starlette(routes=routes.routes(lab, school, "lab", Origins()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def sent(host, method, place, words=b"", **headers):
    """What a request is answered, and its content."""
    with closing(HTTPConnection(host, timeout=150)) as connection:
        body = words if isinstance(words, bytes) else json.dumps(words)
        connection.request(method, f"/lab/{place}", body, headers)
        answer = connection.getresponse()
        return answer, answer.read()


def post(host, door, words, **headers):
    """The status of a post, what it answered, and the cookies that it set."""
    answer, content = sent(host, "POST", f"class/{door}", words, **headers)
    cookies = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or []:
        cookies.load(line)
    return answer.status, json.loads(content) if content else None, cookies


def joined(host, school, room, name) -> str:
    """The cookie header of a browser that joins a class."""
    _, answer, cookies = post(host, "join", {"code": school.code_of(room.id), "name": name})
    assert answer == {"refusal": ""}
    return f"ladder_student={cookies['ladder_student'].value}"


@pytest.fixture(scope="module")
def teacher(host, school):
    _, _, cookies = post(host, "teach", {"code": school.teacher_code})
    return f"ladder_teacher={cookies['ladder_teacher'].value}"


@pytest.fixture
def room(school):
    made = school.make("3b")
    yield made
    school.delete(made.id)


def channel(host, cookie, class_id=""):
    address = f"ws://{host}/lab/class/live" + (f"?class={class_id}" if class_id else "")
    return connect(address, additional_headers={"Cookie": cookie})


def said(page, condition) -> dict:
    """The next message that meets the condition."""
    while True:
        found = json.loads(page.recv(20))
        if condition(found):
            return found


def asked(page, do, **values) -> str:
    """The refusal of a command, "" for none."""
    page.send(json.dumps({"do": do, "ticket": 7, "lang": "en", **values}))
    return said(page, lambda one: one["kind"] == "answer" and one["ticket"] == 7)["refusal"]


def own_run(lab, school, room, name) -> str:
    """A paused run that a member owns and that the tab "mine" steers."""
    member = next(one for one in school.room(room.id).present if one.name == name)
    run_id = lab.take(lab.create(RECIPE, 5), "mine")
    lab.wait(run_id, lambda told: told.update == 5, 25)
    school.act(room.id, "run", {"member": member.id, "run": run_id})
    return run_id


def test_the_cookie_of_a_student_is_for_no_script_and_no_other_site(host, school, room):
    _, _, cookies = post(
        host, "join", {"code": school.code_of(room.id), "name": "Ada"}, **{"X-Forwarded-Proto": "https"}
    )
    cookie = cookies["ladder_student"]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "lax" and cookie["path"] == "/lab"
    assert not post(host, "join", {"code": school.code_of(room.id), "name": "Ben"})[2]["ladder_student"]["secure"]


def test_who_leaves_has_no_cookie_any_more(host):
    status, _, cookies = post(host, "leave", {})
    assert status == 200 and {name: one.value for name, one in cookies.items()} == {
        "ladder_student": "",
        "ladder_teacher": "",
    }


def test_a_student_who_leaves_is_out_of_the_class(host, school, room):
    cookie = joined(host, school, room, "Ada")
    assert post(host, "leave", {}, Cookie=cookie)[1] == {"refusal": ""}
    assert school.rooms[room.id].present == []


@pytest.mark.parametrize("language", ["en", "zh", "xx"])
def test_a_wrong_code_is_refused_in_a_sentence_without_a_cookie(host, language):
    for door, words in (("join", {"code": "XXXXX", "name": "Ada"}), ("teach", {"code": "x"}), ("teach", {})):
        status, answer, cookies = post(host, door, words | {"language": language})
        assert status == 200 and len(answer["refusal"]) > 8 and not cookies


def test_foreign_pages_and_what_is_no_question_are_shut_out(host):
    for door in ("join", "teach", "leave"):
        assert post(host, door, {}, Origin="http://evil.example")[0] == 403
    for body in (b"", b"[]", b"{", b"\xff", b"[" * 5000, b"x" * 20_000):
        assert post(host, "join", body)[0] == 400


def test_a_student_hears_of_what_the_teacher_does_and_of_no_other_student(host, school, room, teacher):
    ada, ben = joined(host, school, room, "Ada"), joined(host, school, room, "Ben")
    with channel(host, ada) as student, channel(host, ben) as other, channel(host, teacher, room.id) as lead:
        first = said(student, lambda one: one["kind"] == "class")
        assert first["me"]["name"] == "Ada" and "key" not in first["me"] and "Ben" not in json.dumps(first)
        assert asked(lead, "message", text="<b>Good morning</b>") == ""
        for page in (student, other):
            assert said(page, lambda one: one.get("messages") == 1)["message"] == "<b>Good morning</b>"
        assert asked(lead, "ask", text="?", kind="choice", options=["a", "b"]) == ""
        assert asked(student, "reply", question=1, value=1) == ""
        assert said(other, lambda one: (one.get("question") or {}).get("n_answers") == 1)["question"]["answers"] == []
        assert asked(lead, "show_answers", question=1, on=True) == ""
        assert said(other, lambda one: (one.get("question") or {}).get("is_shown"))["question"]["answers"] == [1.0]
        assert asked(other, "help", on=True) == ""
        board = said(lead, lambda one: any(m["needs_help"] for m in one.get("members", [])))
        assert [m["name"] for m in board["members"]] == ["Ben", "Ada"] and all(m["here"] for m in board["members"])
        assert "key" not in board["members"][0] and board["code"] == school.code_of(room.id)


def test_a_student_causes_nothing_for_others_and_nothing_of_the_teachers(host, school, room):
    with channel(host, joined(host, school, room, "Ada")) as student:
        ben = school.join(school.code_of(room.id), "Ben")[1]
        assert asked(student, "help", on=True, member=ben.id) == ""  # it is for itself all the same
        assert [one.name for one in school.room(room.id).present if one.needs_help] == ["Ada"]
        kinds = "message", "pause", "lead", "remove", "admit", "end", "show", "run", "join", "show_answers", "numbers"
        for kind in (*kinds, "x"):
            assert asked(student, kind, text="x", seconds=9, member=ben.id, run="r", question=1, on=True)
        assert school.room(room.id).messages == 0 and len(school.room(room.id).present) == 2


def test_who_waits_to_be_admitted_commands_nothing_and_may_leave(host, school):
    room = school.make("3b", approve=True)
    cookie = joined(host, school, room, "Ada")
    school.act(room.id, "ask", {"text": "How many?", "kind": "number", "low": 0, "high": 10})
    commands = {
        "help": {"on": True},
        "place": {"run": "", "lesson": "noise", "step": 1},
        "answer": {"lesson": "noise", "which": "question", "value": 1},
        "reply": {"question": 1, "value": 5},
    }
    with channel(host, cookie) as student:
        before = school.room(room.id)
        assert {asked(student, kind, **values) for kind, values in commands.items()} == {
            i18n.text("problem.class_waiting", "en")
        }
        assert school.room(room.id) == before
        school.act(room.id, "admit", {"member": before.waiting[0].id})
        assert {asked(student, kind, **values) for kind, values in commands.items()} == {""}
    late = joined(host, school, room, "Ben")
    assert post(host, "leave", {}, Cookie=late)[1] == {"refusal": ""} and school.room(room.id).waiting == []
    school.delete(room.id)


def test_nobody_else_gets_a_channel(host, school, room, teacher):
    student = joined(host, school, room, "Ada")
    for cookie, class_id in (
        ("", ""),
        ("ladder_student=x", ""),
        (student, room.id),
        (teacher, "nosuch"),
        (teacher, ""),
    ):
        with channel(host, cookie, class_id) as page, pytest.raises(ConnectionClosed) as caught:
            page.recv(20)
        assert caught.value.rcvd.code == NOBODY
    with pytest.raises(Exception, match="403"):
        connect(f"ws://{host}/lab/class/live", origin="http://evil.example", additional_headers={"Cookie": student})


def test_who_is_removed_loses_the_channel(host, school, room):
    with channel(host, joined(host, school, room, "Ada")) as student:
        said(student, lambda one: one["kind"] == "class")
        school.act(room.id, "remove", {"member": school.room(room.id).present[0].id})
        with pytest.raises(ConnectionClosed) as caught:
            while True:
                student.recv(20)
        assert caught.value.rcvd.code == NOBODY


def test_too_many_commands_of_one_browser_are_refused(host, school, room):
    with channel(host, joined(host, school, room, "Ada")) as student:
        found = [asked(student, "help", on=True) for _ in range(45)]
    assert found[0] == "" and any(found)


def test_a_run_of_a_class_is_closed_to_others_over_every_route(lab, host, school, room, teacher):
    ada, ben = joined(host, school, room, "Ada"), joined(host, school, room, "Ben")
    run_id = own_run(lab, school, room, "Ada")
    for cookie, opens in ((ada, True), (teacher, True), (ben, False), ("", False)):
        with connect(f"ws://{host}/lab/live/{run_id}", additional_headers={"Cookie": cookie}) as page:
            if opens:
                page.recv(20)
            else:
                with pytest.raises(ConnectionClosed) as caught:
                    page.recv(20)
                assert caught.value.rcvd.code == sockets.GONE
        for method, place in (
            ("GET", f"curves/{run_id}?until=0"),
            ("POST", f"export/{run_id}/t"),
            ("GET", f"model/{run_id}/run.py"),
        ):
            assert sent(host, method, place, Cookie=cookie)[0].status == (200 if opens else 404)
    school.act(room.id, "show", {"run": run_id})
    with connect(f"ws://{host}/lab/live/{run_id}", additional_headers={"Cookie": ben}) as page:
        page.recv(20)


def test_the_runs_of_a_class_are_one_experiment_for_its_teacher_alone(lab, host, school, room, teacher):
    for name in ("Ada", "Ben", "Cem"):
        joined(host, school, room, name)
        run_id = own_run(lab, school, room, name)
        member = next(one for one in school.room(room.id).present if one.name == name)
        school.act(room.id, "place", {"member": member.id, "run": run_id})
    answer, content = sent(host, "GET", f"class/experiment?class={room.id}", Cookie=teacher)
    found = json.loads(content)
    assert answer.status == 200 and found["settings"] == 1 and len(found["runs"]) == 3
    assert found["update"][0] == 0 and found["n"][0] == 3 and 0 < found["mean"][0] <= 1
    assert sent(host, "GET", "class/experiment?class=nosuch", Cookie=teacher)[0].status == 404
    for cookie in ("", joined(host, school, room, "Dan")):
        assert sent(host, "GET", f"class/experiment?class={room.id}", Cookie=cookie)[0].status == 403


def test_a_kept_run_stays_as_it_was_whatever_the_page_says_and_the_student_does(lab, host, school, room, teacher):
    joined(host, school, room, "Ada")
    run_id = own_run(lab, school, room, "Ada")
    before, member = lab.summary(run_id), school.room(room.id).present[0].id
    forged = {"update": 3, "error": 0.0, "twin_error": 0.0, "snapshot": run_id}
    with channel(host, teacher, room.id) as board:
        assert asked(board, "keep", member=member, run=run_id, note="", **forged) == ""
        assert asked(board, "keep", member=member, run="nosuch", note="")
        (kept,) = said(board, lambda one: one.get("tray"))["tray"]
    assert (kept["update"], kept["error"], kept["twin_error"]) == (5, before.test_error, before.twin_error)
    assert before.test_error is not None and kept["snapshot"] not in ("", run_id)
    lab.change(run_id, {"noise_std": (0.5,) * 3})
    lab.step(run_id, 20)
    assert lab.wait(run_id, lambda told: told.update == 25, 25)
    assert lab.wait(kept["snapshot"], lambda told: told.update == 5 and not told.active, 25)
    assert lab.recipe(kept["snapshot"]) == RECIPE and lab.summary(kept["snapshot"]).test_error == kept["error"]


def test_a_comparison_is_handed_in_as_what_the_hand_in_says_it_is(host, school, room):
    cookie = joined(host, school, room, "Ada")
    member = school.room(room.id).present[0]
    school.act(room.id, "run", {"member": member.id, "run": "r1"})
    text, words = to_text(compared("contraction")), {"lesson": "contraction", "run": "r1"}
    with channel(host, cookie) as page:
        assert asked(page, "hand_in", **words, text=text) == ""
        bad = (text[:-1], text.lower(), 5, "", to_text(compared("overcomplete")), to_text(handed_in(1.0)))
        for wrong in bad:
            assert len(asked(page, "hand_in", **words, text=wrong)) > 8
        assert asked(page, "hand_in", lesson="contraction", run="another's", text=text)
    assert school.room(room.id).members[member.id].compared == {"contraction": text}


def test_a_run_of_which_no_moment_can_be_kept_is_kept_with_its_numbers(lab, school, room, monkeypatch):
    run_id = lab.create(RECIPE, 5)
    assert lab.wait(run_id, lambda told: told.update == 5 and not told.active, 25)

    def too_large(run_id, update):
        raise Problem("moments_too_large", mb="30", most="20")

    monkeypatch.setattr(lab, "branch", too_large)
    found = ClassRuns(lab).kept(run_id)
    assert found["snapshot"] == "" and found["update"] == 5 and found["error"] == lab.summary(run_id).test_error


def test_the_past_of_a_class_is_for_its_teacher_alone(host, school, room, teacher):
    ada = joined(host, school, room, "Ada")
    school.act(room.id, "message", {"text": "Look"})
    began, ended = room.made, school.clock()
    places = f"class/replay?class={room.id}", f"class/replay?class={room.id}&at={ended}"
    for place in (*places, f"class/experiment?class={room.id}&at={ended}"):
        for headers in ({}, {"Cookie": ada}, {"Cookie": teacher, "Origin": "http://evil.example"}):
            assert sent(host, "GET", place, **headers)[0].status == 403, place
        assert sent(host, "GET", place, Cookie=teacher)[0].status == 200, place
    outline, late = (json.loads(sent(host, "GET", place, Cookie=teacher)[1]) for place in places)
    assert outline["stretches"][0][0] == began and outline["moments"][0]["text"] == "Look"
    assert late["message"] == "Look" and [one["name"] for one in late["members"]] == ["Ada"]
    early = json.loads(sent(host, "GET", f"class/replay?class={room.id}&at={began}", Cookie=teacher)[1])
    assert early["message"] == "" and early["members"] == [] and early["now"] == began
    assert "key" not in json.dumps(late)
    for at in ("x", "nan", "inf", ""):
        assert sent(host, "GET", f"class/replay?class={room.id}&at={at}", Cookie=teacher)[0].status == 400
    assert sent(host, "GET", "class/replay?class=nosuch", Cookie=teacher)[0].status == 404


def test_the_numbers_of_a_run_are_noted_while_its_class_is_open_and_stay(lab, host, school, room, teacher):
    ada = joined(host, school, room, "Ada")
    run_id = own_run(lab, school, room, "Ada")
    (member,) = school.room(room.id).present
    school.act(room.id, "place", {"member": member.id, "run": run_id})
    with channel(host, ada) as student, channel(host, teacher, room.id) as lead:
        said(lead, lambda one: one["kind"] == "class")
        while not school.room(room.id).numbers:
            said(student, lambda one: one["kind"] == "class")
        (update, error, twin_error) = school.room(room.id).numbers[run_id]
        assert update == 5 and 0 < error <= 1 and 0 < twin_error <= 1
        assert asked(lead, "numbers", runs={run_id: [9, 0.0, 0.0]})  # it is the server's alone
    past = json.loads(sent(host, "GET", f"class/replay?class={room.id}&at={school.clock()}", Cookie=teacher)[1])
    assert past["runs"][run_id] == {"update": 5, "status": "recorded", "error": error, "twin_error": twin_error}
    noted = json.loads(sent(host, "GET", f"class/experiment?class={room.id}&at={school.clock()}", Cookie=teacher)[1])
    assert noted["runs"] == {member.id: {"update": [5], "error": [error]}} and noted["settings"] == 0


def test_a_locked_choice_and_a_paused_class_are_refused_where_the_command_arrives(lab, host, school, room):
    ada = joined(host, school, room, "Ada")
    run_id = own_run(lab, school, room, "Ada")

    def change(page, **values) -> str:
        page.send(json.dumps({"change": values, "tab": "mine", "language": "en", "ticket": 3}))
        while True:
            header, _ = frames.decode(page.recv(20))
            if header["kind"] == "answer":
                return header["refusal"]

    with connect(f"ws://{host}/lab/live/{run_id}", additional_headers={"Cookie": ada}) as page:
        school.act(room.id, "lead", {"locked": ["learning_rate"]})
        assert "locked" in change(page, learning_rate=0.01)
        assert change(page, n_labeled=50) == ""
        school.act(room.id, "pause", {"seconds": 60})
        assert "paused" in change(page, n_labeled=20)
        school.act(room.id, "pause", {"seconds": 0})
        assert change(page, n_labeled=20) == ""


def test_a_student_has_no_run_trained_further_than_the_class_allows(lab, host, school, room, teacher, monkeypatch):
    monkeypatch.setattr(school, "limits", Limits(n_training=1, n_weights=1, n_updates=400))
    ada = joined(host, school, room, "Ada")
    run_id = own_run(lab, school, room, "Ada")
    for cookie, refused in ((ada, True), (teacher, False)):
        with connect(f"ws://{host}/lab/live/{run_id}", additional_headers={"Cookie": cookie}) as page:
            page.send(json.dumps({"change": {"n_updates": 401}, "tab": "mine", "language": "en", "ticket": 3}))
            header = {"kind": ""}
            while header["kind"] != "answer":
                header, _ = frames.decode(page.recv(20))
            assert ("400 updates" in header["refusal"]) == refused
        assert sent(host, "GET", f"curves/{run_id}?until=401", Cookie=cookie)[0].status == (404 if refused else 200)
        assert sent(host, "GET", f"curves/{run_id}?until={'9' * 5_000}", Cookie=cookie)[0].status == 400
