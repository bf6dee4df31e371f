"""A class as the fold of its events: what each event does, and what is refused in a sentence."""

import pytest
from sketches import words

from ladder import i18n
from ladder.problems import Problem
from ladder.teaching.activities import MOST_TIMES
from ladder.teaching.class_views import of_student, of_teacher
from ladder.teaching.classroom import (
    LONGEST_HANDED,
    LONGEST_NAME,
    MOST_HANDED,
    MOST_MEMBERS,
    OF_MEMBERS,
    OF_PAGES,
    after,
    named,
    opened,
)
from ladder.teaching.event_values import MOST_POINTS
from ladder.teaching.room import Event

ADA, BEN = {"member": "ada", "key": "a" * 64, "name": "Ada"}, {"member": "ben", "key": "b" * 64, "name": "Ben"}
CHOICE = {"text": "What will rise?", "kind": "choice", "options": ["the error", "the cost"]}


def room(*events, approve=False):
    found = opened("c1", Event(1000.0, "open", {"name": "3b", "approve": approve}))
    for i, (kind, values) in enumerate(events):
        found = after(found, Event(1001.0 + i, kind, values))
    return found


def refusal(*events, approve=False) -> str:
    with pytest.raises(Problem) as caught:
        room(*events, approve=approve)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)
    return caught.value.key


def test_members_are_numbered_as_they_join_and_known_by_their_key():
    found = room(("join", ADA), ("join", BEN))
    assert [(one.name, one.number) for one in found.present] == [("Ada", 1), ("Ben", 2)]
    assert found.member_of("b" * 64).id == "ben" and found.member_of("c" * 64) is None


def test_a_teacher_may_admit_each_joiner_and_remove_a_member_whose_number_nobody_gets_again():
    waits = room(("join", ADA), approve=True)
    assert waits.present == [] and [one.name for one in waits.waiting] == ["Ada"]
    assert [one.name for one in after(waits, Event(2000, "admit", {"member": "ada"})).present] == ["Ada"]
    gone = room(("join", ADA), ("remove", {"member": "ada"}), ("join", {**BEN, "name": "Ada"}))
    assert gone.member_of("a" * 64) is None and [(one.id, one.number) for one in gone.present] == [("ben", 2)]


def test_drawn_samples_take_the_place_of_those_before_and_come_not_too_often():
    found = room(("join", ADA), *[("drawn", {"member": "ada", "samples": words(n)}) for n in (3, 5)])
    assert found.drawn["ada"].samples == words(5) and found.drawn["ada"].times == 2
    assert refusal(("join", ADA), ("drawn", {"member": "ada", "samples": {}})) == "drawn_word"
    assert refusal(("join", ADA), ("drawn", {"member": "ada"})) == "drawn_word"
    assert refusal(("join", ADA), ("drawn", {"member": "ada", "samples": words(1)}), approve=True) == "class_waiting"
    often = [("drawn", {"member": "ada", "samples": words(1)})] * (MOST_TIMES + 1)
    assert refusal(("join", ADA), *often) == "drawn_often"
    assert "drawn" in OF_PAGES and "drawn" not in OF_MEMBERS  # a page checks who hands over


ROUND = {"dataset": "digits", "seed": 1, "rows": [[20 * k + i for i in range(20)] for k in range(10)]}


@pytest.mark.parametrize("kind", OF_MEMBERS)
def test_who_waits_to_be_admitted_causes_nothing_but_to_leave(kind):
    values = {
        "place": {"run": "r", "lesson": "noise", "step": 1},
        "help": {"on": True},
        "answer": {"lesson": "noise", "which": "question", "value": 1},
        "hand_in": {"lesson": "noise", "run": "r"},
        "reply": {"question": 1, "value": 1},
        "enter": {"run": "r"},
        "label": {"round": 1, "at": 0, "label": 3},
    }[kind] | {"member": "ada"}
    challenge = {"data": "digits@0123456789abcdef", "labels": 20, "updates": 2000, "link": "v=1"}
    before = ("join", ADA), ("ask", CHOICE), ("run", {"member": "ada", "run": "r"}), ("challenge", challenge)
    before = *before, ("label_round", ROUND)
    assert refusal(*before, (kind, values), approve=True) == "class_waiting"
    admitted = room(*before, ("admit", {"member": "ada"}), approve=True)
    assert after(admitted, Event(2000, kind, values)) != admitted
    assert room(*before, ("remove", {"member": "ada"}), approve=True).waiting == []


@pytest.mark.parametrize(
    "written, name",
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("小明", "小明"),
        ("A\u200bd\u202ea\n", "Ada"),
        ("<b>Ada</b>", "<b>Ada</b>"),
    ],
)
def test_a_nickname_is_kept_as_it_is_seen(written, name):
    assert named(written) == name


@pytest.mark.parametrize("written", ["", "  ", "\u200b", "x" * (LONGEST_NAME + 1)])
def test_a_nickname_that_says_nothing_or_too_much_is_refused(written):
    assert refusal(("join", {**ADA, "name": written})) == "class_name"


def test_two_members_cannot_have_one_name_and_a_class_has_an_end():
    assert refusal(("join", ADA), ("join", {**BEN, "name": "ADA"})) == "class_name_taken"
    many = [("join", {"member": f"m{i}", "key": f"{i:064x}", "name": f"n{i}"}) for i in range(MOST_MEMBERS + 1)]
    assert len(room(*many[:-1]).present) == MOST_MEMBERS
    assert refusal(*many) == "class_full"
    assert refusal(("end", {}), ("join", ADA)) == "class_ended"


def test_a_member_has_a_place_answers_and_a_raised_hand():
    found = room(
        ("join", ADA),
        ("place", {"member": "ada", "run": "r1", "lesson": "noise", "step": 2}),
        ("answer", {"member": "ada", "lesson": "noise", "which": "prediction 1", "value": 1}),
        ("answer", {"member": "ada", "lesson": "noise", "which": "prediction 2", "value": [0.5, 0.25]}),
        ("answer", {"member": "ada", "lesson": "noise", "which": "prediction 1", "value": 0}),
        ("help", {"member": "ada", "on": True}),
    ).members["ada"]
    assert (found.run, found.lesson, found.step) == ("r1", "noise", 2)
    assert found.answers == {("noise", "prediction 1"): 0.0, ("noise", "prediction 2"): (0.5, 0.25)}
    assert found.needs_help and found.asked_at == 1006.0


def test_the_teacher_sets_a_lesson_its_pace_and_what_is_hidden_and_locked():
    lead = {"lesson": "noise", "hidden": ["learning_rate"], "locked": ["widths", "n_labeled"], "pace": "together"}
    found = room(("lead", lead), ("step", {"step": 2}))
    assert (found.lead.number, found.lead.step, found.lead.locked) == (1, 2, ("n_labeled", "widths"))
    again = after(found, Event(2000, "lead", {"link": "v=1&data=moons"}))
    assert (again.lead.number, again.lead.step, again.lead.lesson, again.lead.locked) == (2, 0, "", ())


def test_a_link_to_a_run_is_kept_without_what_belongs_to_one_tab_and_any_other_is_refused():
    link = "http://10.0.0.7:8501/?v=1&data=moons&lam=1,0.1,0&run=abc&list=def"
    assert room(("lead", {"link": link})).lead.link == "v=1&data=moons&lam=1,0.1,0"
    assert room(("lead", {"link": "v=1"})).lead.link == "v=1"
    for foreign in ("https://example.org/?v=1&q=2", "https://example.org", "x", "?code=ABCDE"):
        assert refusal(("lead", {"link": foreign})) == "class_link"


def test_a_pause_ends_by_itself_and_can_be_ended():
    found = room(("pause", {"seconds": 60}))
    assert found.paused_until == 1061.0
    assert after(found, Event(1010, "pause", {"seconds": 0})).paused_until == 0


def test_a_question_takes_the_answers_that_fit_it_until_it_is_closed():
    asked = [("join", ADA), ("join", BEN), ("ask", CHOICE)]
    found = room(*asked, ("reply", {"member": "ada", "question": 1, "value": 1}))
    assert found.question(1).answers == {"ada": 1.0} and not found.question(1).is_shown
    shown = room(*asked, ("show_answers", {"question": 1, "on": True}), ("open_question", {"question": 1, "on": False}))
    assert shown.question(1).is_shown and not shown.question(1).is_open
    assert (
        refusal(
            *asked,
            ("open_question", {"question": 1, "on": False}),
            ("reply", {"member": "ada", "question": 1, "value": 1}),
        )
        == "class_closed"
    )
    twice = room(*asked, ("ask", {**CHOICE, "text": "And now?"}))
    assert [one.is_open for one in twice.questions] == [False, True]  # the earlier one stays, closed


def test_an_answer_may_be_changed_where_the_question_says_so():
    reply = [("reply", {"member": "ada", "question": 1, "value": value}) for value in (0, 1)]
    assert room(("join", ADA), ("ask", CHOICE), *reply).question(1).answers == {"ada": 1.0}
    assert refusal(("join", ADA), ("ask", {**CHOICE, "may_change": False}), *reply) == "class_answered"


@pytest.mark.parametrize(
    "question, good, bad",
    [
        (CHOICE, [0, 1], [2, -1, 0.5, "0", [0, 1], None, True]),
        ({"text": "How many?", "kind": "number", "low": 0, "high": 30}, [0, 30, 7.5], [-1, 31, [1, 2], float("nan")]),
        ({"text": "Draw it", "kind": "curve"}, [[0, 1], [0.5] * MOST_POINTS], [0.5, [0.5], [0.5] * 21, [0, 2], ["0"]]),
    ],
)
def test_only_answers_of_the_questions_kind_are_taken(question, good, bad):
    asked = ("join", ADA), ("ask", question)
    for value in good:
        room(*asked, ("reply", {"member": "ada", "question": 1, "value": value}))
    for value in bad:
        assert refusal(*asked, ("reply", {"member": "ada", "question": 1, "value": value})) == "class_word", value


def test_what_is_kept_has_a_note_that_can_be_written_again():
    kept = ("join", ADA), ("keep", {"member": "ada", "run": "r", "update": 5, "note": "a"})
    assert room(*kept, ("note", {"kept": 1, "text": "b"})).tray[0].note == "b"
    assert refusal(*kept, ("note", {"kept": 2, "text": "b"})) == "class_word"


def test_a_kept_run_has_the_numbers_of_that_moment_and_a_snapshot_of_its_own():
    values = {"member": "ada", "run": "r", "update": 5, "error": 0.25, "twin_error": None, "snapshot": "s"}
    found = room(("join", ADA), ("run", {"member": "ada", "run": "r"}), ("keep", values))
    (kept,) = found.tray
    assert (kept.update, kept.error, kept.twin_error, kept.snapshot) == (5, 0.25, None, "s")
    assert found.owner_of("s").id == found.owner_of("r").id == "ada" and found.owner_of("") is None
    assert found.is_snapshot("s") and not found.is_snapshot("r") and not found.is_snapshot("")


def test_the_tray_is_put_in_order_and_thinned():
    kept = [("keep", {"member": "ada", "run": f"r{i}", "update": i}) for i in range(3)]
    found = room(("join", ADA), ("ask", CHOICE), *kept, ("keep", {"question": 1}))
    assert [one.id for one in found.tray] == [1, 2, 3, 4]
    ordered = after(found, Event(2000, "order", {"order": [4, 2]}))
    assert [(one.id, one.run, one.question) for one in ordered.tray] == [(4, "", 1), (2, "r1", 0)]
    assert [one.id for one in after(ordered, Event(2001, "keep", {"member": "ada", "run": "r9"})).tray] == [4, 2, 5]


BAD = [
    ("join", {"member": "a b", "key": "a" * 64, "name": "Ada"}),
    ("join", {"member": "ada", "key": "secret", "name": "Ada"}),
    ("admit", {}),
    ("place", {"member": "nobody"}),
    ("place", {"member": "ada", "run": 3}),
    ("place", {"member": "ada", "step": -1}),
    ("place", {"member": "ada", "run": "x" * 81}),
    ("answer", {"member": "ada", "lesson": "noise", "which": "q", "value": {"a": 1}}),
    ("answer", {"member": "ada", "lesson": "noise", "which": "q", "value": "x" * 301}),
    ("help", {"member": "ada", "on": 1}),
    ("lead", {"hidden": ["the cost"]}),
    ("lead", {"locked": "widths"}),
    ("lead", {"language": "fr"}),
    ("lead", {"pace": "fast"}),
    ("lead", {"present": 16}),
    ("lead", {"link": "x" * 7000}),
    ("step", {"step": 1.5}),
    ("pause", {"seconds": 601}),
    ("pause", {"seconds": float("inf")}),
    ("pause", {"seconds": 10**400}),
    ("message", {"text": "x" * 301}),
    ("ask", {"text": "", "kind": "number"}),
    ("ask", {**CHOICE, "options": ["one"]}),
    ("ask", {**CHOICE, "options": ["one", ""]}),
    ("ask", {"text": "?", "kind": "number", "low": 1, "high": 1}),
    ("ask", {"text": "?", "kind": "number", "options": ["a", "b"]}),
    ("reply", {"member": "ada", "question": 7, "value": 0}),
    ("keep", {"question": 3}),
    ("keep", {"member": "ada", "run": "r", "error": 1.5}),
    ("keep", {"member": "ada", "run": "r", "twin_error": "0.1"}),
    ("order", {"order": [1]}),
    ("order", {"order": [[1]]}),
    ("shout", {}),
]


@pytest.mark.parametrize("kind, values", BAD)
def test_an_event_that_cannot_be_is_refused_in_a_sentence(kind, values):
    assert refusal(*([] if kind == "join" else [("join", ADA)]), (kind, values)).startswith("class_")


def test_a_lead_begins_runs_for_another_lesson_or_the_same_once_more_and_lets_them_go_on_otherwise():
    lead = {"lesson": "noise", "pace": "together"}
    first = room(("lead", lead), ("step", {"step": 2}))
    assert (first.lead.begun, first.lead.step) == (1, 2)
    locked = after(first, Event(2000, "lead", {**lead, "locked": ["noise_std"]}))
    assert (locked.lead.number, locked.lead.begun, locked.lead.step) == (2, 1, 2)
    again = after(locked, Event(2001, "lead", {**lead, "locked": ["noise_std"]}))
    assert (again.lead.begun, again.lead.step) == (3, 0)
    other = after(again, Event(2002, "lead", {"lesson": "gain"}))
    assert (other.lead.begun, other.lead.step) == (4, 0)
    seeds = after(other, Event(2003, "lead", {"lesson": "gain", "seeds": True}))
    assert seeds.lead.begun == 5  # else nobody would have a seed of its own
    locked = after(seeds, Event(2004, "lead", {"lesson": "gain", "seeds": True, "locked": ["noise_std"]}))
    assert locked.lead.begun == 5


def test_a_member_has_followed_the_highest_lead_that_was_told():
    found = room(("join", ADA), ("lead", {}), ("lead", {}), ("led", {"member": "ada", "number": 2}))
    assert after(found, Event(2000, "led", {"member": "ada", "number": 1})).members["ada"].led == 2
    assert refusal(("join", ADA), ("lead", {}), ("led", {"member": "ada", "number": 2})) == "class_word"


def test_the_server_notes_the_numbers_of_runs_and_who_is_away():
    begun = ("join", ADA), ("join", BEN), ("place", {"member": "ada", "run": "r1"})
    found = room(*begun, ("numbers", {"runs": {"r1": [50, 0.5, None], "other": [1, 0.5, 0.5]}, "away": ["ben", "x"]}))
    assert found.numbers == {"r1": (50, 0.5, None)} and found.away == {"ben"}
    again = after(found, Event(2000, "numbers", {"runs": {"r1": [100, None, 0.25]}}))
    assert again.numbers == {"r1": (100, None, 0.25)} and again.away == {"ben"}
    assert room(*begun).numbers == {} and room(*begun).away == frozenset()  # of an earlier version
    assert "numbers" in OF_PAGES and "numbers" not in OF_MEMBERS  # no page may say it


@pytest.mark.parametrize(
    "values",
    [
        {"runs": []},
        {"runs": {"r": 5}},
        {"runs": {"r": [1, 0.5]}},
        {"runs": {"r": [1, "0.5", None]}},
        {"runs": {"r": [1, float("nan"), None]}},
        {"runs": {f"r{n}": [1, None, None] for n in range(MOST_MEMBERS + 1)}},
        {"away": "ada"},
        {"away": ["x"] * (MOST_MEMBERS + 1)},
    ],
)
def test_impossible_notes_are_refused(values):
    assert refusal(("numbers", values)) == "class_word"


def test_a_lesson_is_handed_in_with_an_own_run_which_another_takes_the_place_of():
    begun = [("join", ADA), *(("run", {"member": "ada", "run": run}) for run in ("r1", "r2"))]

    def hands_in(run, lesson="noise"):
        return "hand_in", {"member": "ada", "lesson": lesson, "run": run}

    found = room(*begun, hands_in("r1"), hands_in("r1", "layers"), hands_in("r2"))
    assert found.members["ada"].handed == {"noise": "r2", "layers": "r1"}
    assert refusal(*begun, hands_in("r3")) == "class_foreign"
    assert refusal(*begun, hands_in("r1", "")) == "class_word"
    assert refusal(*begun, *(hands_in("r1", f"l{n}") for n in range(MOST_HANDED + 1))) == "class_word"


def test_a_comparison_is_handed_in_with_its_text_until_a_run_takes_its_place():
    begun = [("join", ADA), *(("run", {"member": "ada", "run": run}) for run in ("r1", "r2"))]
    first = {"member": "ada", "lesson": "contraction", "run": "r1"}
    found = room(*begun, ("hand_in", first | {"text": "LL1.a"}), ("hand_in", first | {"lesson": "noise"}))
    assert found.members["ada"].compared == {"contraction": "LL1.a"}
    for view in (of_student(found, found.members["ada"], 0.0)["me"], of_teacher(found, "", {}, 0.0)["members"][0]):
        assert "compared" not in view and view["handed"] == {"contraction": "r1", "noise": "r1"}
    again = room(*begun, ("hand_in", first | {"text": "LL1.a"}), ("hand_in", first | {"run": "r2"}))
    assert again.members["ada"].compared == {} and again.members["ada"].handed == {"contraction": "r2"}
    assert refusal(*begun, ("hand_in", first | {"text": "x" * (LONGEST_HANDED + 1)})) == "class_word"
    assert refusal(*begun, ("hand_in", first | {"text": 5})) == "class_word"
