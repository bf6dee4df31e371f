"""The classes of a server: who gets in, what is kept, and what a killed server finds again."""

import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from schools import Clock

from ladder import i18n
from ladder.data import variants
from ladder.data.variants import Reserve
from ladder.problems import Problem
from ladder.teaching import classes, labelling
from ladder.teaching.classes import CODE_LETTERS, JOINS, KEPT_DAYS, TRIES, Browser, Classes, key_of
from ladder.teaching.journal import NAME
from ladder.teaching.room import Event

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def school(tmp_path, clock):
    found = Classes(tmp_path, clock)
    yield found
    found.journal.close()


def again(school, clock) -> Classes:
    """The classes of a server that starts anew on the same folder."""
    school.journal.close()
    found = Classes(school.journal.path.parent, clock)
    found.load()
    return found


def refused(act) -> str:
    with pytest.raises(Problem) as caught:
        act()
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)
    return caught.value.key


def test_a_browser_joins_by_the_code_and_is_the_same_member_when_it_comes_back(school, clock):
    room = school.make("3b")
    code = school.code_of(room.id)
    class_id, member, secret = school.join(f" {code.lower()} ", "Ada")
    assert class_id == room.id and school.student(secret)[1] == member
    assert school.join(code, "Another name", secret)[1:] == (member, secret)
    assert school.student("") is None and school.student("x") is None
    anew = again(school, clock)
    assert anew.student(secret)[1] == member and anew.code_of(room.id) == code


def test_the_file_holds_no_secret_with_which_anybody_gets_in(school):
    room = school.make("3b")
    teacher = school.admit_teacher(school.teacher_code)
    _, _, secret = school.join(school.code_of(room.id), "Ada")
    school.journal.close()
    content = b"".join(path.read_bytes() for path in school.journal.path.parent.iterdir())
    assert teacher.encode() not in content and secret.encode() not in content
    assert key_of(secret).encode() in content


def test_the_teacher_code_lets_in_and_stays_valid_for_the_browser_after_a_restart(school, clock):
    assert len(school.teacher_code) == CODE_LETTERS
    secret = school.admit_teacher(f" {school.teacher_code.lower()} ")
    assert school.is_teacher(secret) and not school.is_teacher("") and not school.is_teacher("x")
    anew = again(school, clock)
    assert anew.is_teacher(secret) and anew.teacher_code != school.teacher_code


def test_wrong_teacher_codes_are_limited_and_the_right_one_is_not(school, clock):
    for _ in range(TRIES):
        assert refused(lambda: school.admit_teacher("22222222")) == "class_teacher_code"
    assert refused(lambda: school.admit_teacher("22222222")) == "class_tries"
    assert school.is_teacher(school.admit_teacher(school.teacher_code))
    clock.now += classes.TRIES_SECONDS
    assert refused(lambda: school.admit_teacher("22222222")) == "class_teacher_code"


def test_joins_are_limited_in_all(school, clock):
    code = school.code_of(school.make("3b").id)
    for _ in range(JOINS):
        assert refused(lambda: school.join("XXXXX", "Ada")) == "class_code"
    assert refused(lambda: school.join(code, "Ada")) == "class_tries"
    clock.now += classes.TRIES_SECONDS
    assert school.join(code, "Ada")[1].name == "Ada"


def test_what_is_refused_is_neither_kept_nor_told(school, clock):
    room, told = school.make("3b"), []
    school.subscribe(room.id, told.append)
    school.act(room.id, "message", {"text": "Good morning"})
    assert refused(lambda: school.act(room.id, "pause", {"seconds": -1})) == "class_word"
    assert [one.message for one in told] == ["Good morning"]
    assert [event.kind for event in school.journal.events(room.id)] == ["open", "message"]
    assert again(school, clock).room(room.id) == school.room(room.id)


def test_who_has_left_is_told_nothing(school):
    room, told = school.make("3b"), []
    leave = school.subscribe(room.id, told.append)
    leave()
    leave()
    school.act(room.id, "message", {"text": "Good morning"})
    assert told == []


def test_a_class_is_deleted_with_everything_by_hand_and_by_itself_after_some_days(school, clock):
    first, second = school.make("old"), school.make("new")
    _, _, secret = school.join(school.code_of(first.id), "Grace Hopper")
    told = []
    school.subscribe(first.id, told.append)
    school.delete(first.id)
    assert told[-1].ended and school.student(secret) is None
    assert refused(lambda: school.room(first.id)) == "class_unknown"
    school.journal.close()
    assert b"Grace" not in b"".join(path.read_bytes() for path in school.journal.path.parent.iterdir())
    clock.now += 86_400 * KEPT_DAYS - 60
    assert again(school, clock).room(second.id).name == "new"
    clock.now += 120
    assert again(school, clock).rooms == {}


def test_a_server_that_stays_up_deletes_an_old_class_when_another_begins(school, clock):
    old = school.make("old")
    clock.now += 86_400 * KEPT_DAYS + 1
    assert [*school.rooms] == [old.id]
    new = school.make("new")
    assert [*school.rooms] == [new.id] == [one.id for one in school.journal.classes()]


@pytest.fixture
def labelled(school, tmp_path, monkeypatch):
    """Two classes with the same labelling round, in which one student of each has labelled all images alike, and a
    challenge of each; everything that their pages have kept. Returns (id, names of the data that are the class's own,
    name of the labels that both have made) of each."""
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    rows = [[0, 1], [2, 3]]
    made = []
    for n, wrong in enumerate((0, 1)):
        room = school.make(f"class {n}")
        _, member, _ = school.join(school.code_of(room.id), "Ada")
        school.act(room.id, "label_round", {"dataset": "digits", "seed": 1, "rows": rows})
        asked = school.room(room.id).rounds[-1]
        for at, row in enumerate(asked.rows_of(member.number)):
            label = asked.truth[row] if row else wrong
            school.act(room.id, "label", {"member": member.id, "round": 1, "at": at, "label": label})
        school.act(room.id, "label_close", {})
        last = school.room(room.id).rounds[-1]
        names = {
            kind: variants.keep(labelling.labels(last, member.id, kind)) for kind in labelling.kinds(last, member.id)
        }
        reserves = []
        for turn in range(2):
            reserves.append(variants.keep(Reserve("moons", f"{n} {turn}")))
            values = {"data": reserves[-1], "labels": 20, "updates": 100, "link": "v=1"}
            school.act(room.id, "challenge", values)
        made.append((room.id, {*reserves, *names.values()} - {names["true"]}, names["true"]))
    return made


def kept(name: str) -> bool:
    try:
        return bool(variants.found(name))
    except Problem as problem:
        assert problem.key == "variant_missing"
        return False


def test_a_class_is_deleted_with_its_data_but_not_with_another_class_s(school, clock, labelled):
    (first, own, both), (second, others, _) = labelled
    stays = variants.keep(Reserve("moons", "of nobody's class"))
    assert len(own | others) == 2 * 2 + 1 and all(map(kept, own | others | {both}))
    school.delete(first)
    assert not any(map(kept, own - others)) and all(map(kept, others | {both, stays}))
    clock.now += 86_400 * KEPT_DAYS + 1
    assert not again(school, clock).rooms
    assert not any(map(kept, others | {both})) and kept(stays)


def test_a_class_whose_data_the_disk_does_not_delete_stays(school, labelled, monkeypatch):
    def stuck(path, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", stuck)
    assert refused(lambda: school.delete(labelled[0][0])) == "variant_stays"
    monkeypatch.undo()
    assert school.room(labelled[0][0]) and school.journal.events(labelled[0][0])


def test_a_disk_that_takes_nothing_is_said_and_changes_nothing(school, monkeypatch):
    room = school.make("3b")

    def full(*arguments):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("ladder.teaching.journal._insert", full)
    assert refused(lambda: school.act(room.id, "message", {"text": "Hello"})) == "class_disk"
    assert school.room(room.id) == room
    monkeypatch.undo()
    assert school.act(room.id, "message", {"text": "Hello"}).message == "Hello"


@pytest.mark.parametrize("content", [b"", b"not a database" * 100])
def test_a_file_that_is_none_of_ours_is_said(tmp_path, clock, content):
    (tmp_path / NAME).write_bytes(content)
    school = Classes(tmp_path, clock)
    if content:
        assert refused(school.load) == "class_disk"
        assert (tmp_path / NAME).read_bytes() == content
    else:
        school.load()
        school.make("3b")


@pytest.fixture
def two(school):
    """A class with two members, each with a run of its own: (class, Ada's browser, Ben's browser)."""
    room = school.make("3b")
    browsers = []
    for name in ("Ada", "Ben"):
        _, member, secret = school.join(school.code_of(room.id), name)
        school.act(room.id, "run", {"member": member.id, "run": f"run_{name}"})
        browsers.append(Browser(secret))
    return room, *browsers


def test_a_run_of_a_class_is_its_members_and_its_teachers(school, two):
    room, ada, ben = two
    teacher = Browser(teacher=school.admit_teacher(school.teacher_code))
    for browser in (ada, teacher):
        school.check_read(browser, "run_Ada")
        school.check_steer(browser, "run_Ada", ["widths"])
    for browser in (ben, Browser(), Browser("x", "y")):
        assert refused(lambda browser=browser: school.check_read(browser, "run_Ada")) == "class_foreign"
        assert refused(lambda browser=browser: school.check_steer(browser, "run_Ada")) == "class_foreign"
    for browser in (ada, ben, teacher, Browser()):
        school.check_read(browser, "run_of_nobody")
        school.check_steer(browser, "run_of_nobody")
    school.act(room.id, "show", {"run": "run_Ada"})
    school.check_read(ben, "run_Ada")
    assert refused(lambda: school.check_steer(ben, "run_Ada")) == "class_foreign"
    assert refused(lambda: school.check_read(Browser(), "run_Ada")) == "class_foreign"


def test_a_snapshot_in_the_tray_is_the_teacher_s_until_it_is_shown_and_stays_on_disk(school, two):
    room, ada, ben = two
    teacher = Browser(teacher=school.admit_teacher(school.teacher_code))
    member = school.student(ada.student)[1].id
    school.act(room.id, "keep", {"member": member, "run": "run_Ada", "snapshot": "as_it_was"})
    school.check_read(teacher, "as_it_was")
    for browser in (ada, ben, Browser()):
        assert refused(lambda browser=browser: school.check_read(browser, "as_it_was")) == "class_foreign"
    school.act(room.id, "show", {"run": "as_it_was"})
    for browser in (ada, ben):
        school.check_read(browser, "as_it_was")
        assert refused(lambda browser=browser: school.check_steer(browser, "as_it_was")) == "class_foreign"
    assert refused(lambda: school.check_read(Browser(), "as_it_was")) == "class_foreign"
    assert "as_it_was" in school.runs()


def test_who_waits_to_be_admitted_sees_no_run_that_is_shown_and_may_leave(school):
    room = school.make("3b", approve=True)
    browsers = []
    for name in ("Ada", "Ben"):
        _, member, secret = school.join(school.code_of(room.id), name)
        browsers.append((Browser(secret), member.id))
    (ada, ada_id), (ben, ben_id) = browsers
    school.act(room.id, "admit", {"member": ada_id})
    school.act(room.id, "run", {"member": ada_id, "run": "run_Ada"})
    school.act(room.id, "show", {"run": "run_Ada"})
    assert refused(lambda: school.check_read(ben, "run_Ada")) == "class_foreign"
    school.act(room.id, "admit", {"member": ben_id})
    school.check_read(ben, "run_Ada")
    code = school.code_of(room.id)
    _, _, secret = school.join(code, "Cem")
    school.leave(secret)
    assert [one.name for one in school.room(room.id).waiting] == []


def test_a_paused_class_commands_nothing_and_a_locked_choice_stays(school, two, clock):
    room, ada, _ = two
    teacher = Browser(teacher=school.admit_teacher(school.teacher_code))
    school.act(room.id, "lead", {"locked": ["noise_std"], "hidden": ["widths"]})
    school.check_steer(ada, "run_Ada", ["n_labeled", "widths"])
    assert refused(lambda: school.check_steer(ada, "run_Ada", ["n_labeled", "noise_std"])) == "class_locked"
    school.act(room.id, "pause", {"seconds": 60})
    assert refused(lambda: school.check_steer(ada, "run_Ada")) == "class_paused"
    assert refused(lambda: school.check_steer(ada, "run_of_nobody")) == "class_paused"
    school.check_steer(teacher, "run_Ada", ["noise_std"])
    clock.now += 61
    school.check_steer(ada, "run_Ada")


def test_who_is_removed_or_whose_class_has_ended_is_nobody(school, two):
    room, ada, ben = two
    school.act(room.id, "remove", {"member": school.student(ben.student)[1].id})
    assert school.student(ben.student) is None
    assert refused(lambda: school.check_read(ben, "run_Ada")) == "class_foreign"
    school.act(room.id, "end", {})
    assert school.student(ada.student) is None
    school.check_read(ada, "run_Ada")  # its own run stays its own
    school.check_steer(ada, "run_Ada")
    assert refused(lambda: school.check_steer(ben, "run_Ada")) == "class_foreign"


WRITER = """
import sys
from pathlib import Path
from ladder.teaching.classes import Classes
school = Classes(Path(sys.argv[1]))
school.load()
room = next(iter(school.rooms.values()), None) or school.make("3b")
while True:
    count = school.room(room.id).messages
    school.act(room.id, "message", {"text": str(count)})
    print(count + 1, flush=True)
"""


def test_a_killed_server_has_lost_nothing_that_it_told(tmp_path):
    seed = random.randrange(10**6)
    print("seed", seed)
    draw = random.Random(seed)
    for _ in range(5):
        words = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            told = [int(process.stdout.readline())]
            time.sleep(draw.uniform(0, 0.1))
            process.kill()
            told += map(int, process.stdout.read().split())
        school = Classes(tmp_path)
        school.load()
        (room,) = school.rooms.values()
        assert told[-1] <= room.messages <= told[-1] + 1 and room.message == str(room.messages - 1)
        school.journal.close()


def test_a_server_has_a_class_until_the_last_one_ends(school):
    assert not school.is_open
    room = school.make("3b")
    assert school.is_open
    school.act(room.id, "end", {})
    assert not school.is_open


def test_who_leaves_is_out_and_somebody_else_may_have_the_nickname(school):
    room = school.make("3b")
    _, _, secret = school.join(school.code_of(room.id), "Ada")
    school.leave(secret)
    school.leave("")  # of nobody: nothing happens
    assert school.student(secret) is None
    assert school.join(school.code_of(room.id), "Ada")[1].number == 2


EXAMPLE = [
    Event(0.0, "open", {"name": "Example", "example": True}),
    Event(60.0, "join", {"member": "s1", "key": "a" * 64, "name": "Student 1 (simulated)"}),
    Event(600.0, "message", {"text": "Look"}),
]


def test_the_example_is_a_class_of_its_own_that_nobody_can_join(school, clock):
    room = school.open_example(EXAMPLE)
    assert room.example and room.made == clock.now - 600 and room.message == "Look"
    assert school.open_example(EXAMPLE) == room and len(school.rooms) == 1
    assert refused(lambda: school.join(school.code_of(room.id), "Ada")) == "class_code"
    anew = again(school, clock)
    assert anew.room(room.id) == room and len(anew.journal.events(room.id)) == 3
    clock.now += 86_400 * KEPT_DAYS - 1
    assert again(school, clock).rooms  # it is kept from the day on which it was opened
    school.delete(room.id)
    assert school.open_example(EXAMPLE).id != room.id


def test_the_example_needs_a_place_among_the_classes(school):
    for n in range(classes.MOST_CLASSES):
        school.make(f"{n}")
    assert refused(lambda: school.open_example(EXAMPLE)) == "class_many"


def test_a_class_is_replayed_up_to_now_and_forgotten_with_it(school, clock):
    rooms = [school.make(f"{n}") for n in range(classes.MOST_REPLAYS + 1)]
    for room in rooms:
        with school.replay(room.id) as replay:
            assert replay.latest == room
    assert set(school.replays) == {room.id for room in rooms[1:]}
    clock.now += 10
    school.act(rooms[1].id, "message", {"text": "Look"})
    with school.replay(rooms[1].id) as replay:
        assert replay.latest.message == "Look" and replay.at(clock.now - 5).message == ""
    school.delete(rooms[1].id)
    assert rooms[1].id not in school.replays

    def replayed():
        with school.replay(rooms[1].id):
            pass

    assert refused(replayed) == "class_unknown"
