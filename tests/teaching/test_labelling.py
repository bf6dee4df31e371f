"""A labelling round: who labels which image, what the class makes of it, and what each side is sent."""

from collections import Counter

import numpy as np
import pytest

from ladder import i18n
from ladder.data.variants import Labels
from ladder.problems import Problem
from ladder.teaching import label_views, labelling
from ladder.teaching.activities import MOST_ROUNDS
from ladder.teaching.classroom import MOST_MEMBERS, after, opened
from ladder.teaching.labelling import PER_CLASS, SHARED_BY, UNSURE, Round, agreement, drawn, winner
from ladder.teaching.room import Event, Room

Y = np.random.default_rng(5).integers(0, 10, 1297)
ROWS = drawn(Y, 10, 3)
BEGUN = {"dataset": "digits", "seed": 3, "rows": ROWS}
N = 3  # members of the class below


def room(*events, approve=False) -> Room:
    """A class after these events, with N members of whom nobody has left."""
    found = opened("c", Event(1.0, "open", {"name": "3b", "approve": approve}))
    joined = [("join", {"member": f"m{i}", "key": f"{i:064x}", "name": f"n{i}"}) for i in range(1, N + 1)]
    for kind, values in (*joined, *events):
        found = after(found, Event(2.0, kind, values))
    return found


def label(member: int, at: int, value: int, number: int = 1):
    return "label", {"member": f"m{member}", "round": number, "at": at, "label": value}


def all_right(member: int, of: Round, wrong: int = 0):
    """The events of a member who gives the true class to all its images but the first `wrong` ones."""
    truth = [of.truth[row] for row in of.rows_of(member)]
    return [label(member, at, (k + (at < wrong)) % 10) for at, k in enumerate(truth)]


def refusal(*events, **options) -> str:
    with pytest.raises(Problem) as caught:
        room(*events, **options)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)
    return caught.value.key


# --- who labels what


def test_as_many_rows_of_each_class_are_drawn_and_the_seed_decides_which():
    assert all((Y[list(rows)] == k).all() and len(set(rows)) == len(rows) for k, rows in enumerate(ROWS))
    assert len({len(rows) for rows in ROWS}) == 1 and drawn(Y, 10, 3) == ROWS != drawn(Y, 10, 4)
    assert {len(rows) for rows in drawn(np.arange(50) % 10, 10, 0)} == {5}


@pytest.mark.parametrize("n_members", [1, 2, 3, 10, 30, MOST_MEMBERS])
def test_each_member_has_two_images_of_each_class_and_shares_them_with_two_others_at_most(n_members):
    found = labelling.begun(1, BEGUN)
    given = [found.rows_of(number) for number in range(1, n_members + 1)]
    for rows in given:
        assert len(set(rows)) == found.per_member == 20
        assert set(Counter(found.truth[row] for row in rows).values()) == {PER_CLASS}
    shown = Counter(row for rows in given for row in rows)
    assert max(shown.values()) <= SHARED_BY
    assert len(shown) <= 20 * n_members / SHARED_BY + 20
    if n_members >= 30:  # nearly all are shown to three
        assert sum(n == SHARED_BY for n in shown.values()) >= 0.85 * len(shown)


def test_images_do_not_come_class_by_class_and_who_joins_late_has_some_too():
    found = labelling.begun(1, BEGUN)
    classes = [found.truth[row] for row in found.rows_of(1)]
    assert classes != sorted(classes) and classes != [found.truth[row] for row in found.rows_of(4)]
    assert len(set(found.rows_of(1000))) == 20


# --- the rules


def test_a_label_is_taken_changed_and_kept_when_the_round_is_over():
    of = labelling.begun(1, BEGUN)
    begun = room(("label_round", BEGUN), label(1, 0, 4), label(1, 0, 9), label(1, 19, UNSURE))
    row, last = of.rows_of(1)[0], of.rows_of(1)[19]
    assert begun.rounds[-1].given == {"m1": {row: 9, last: UNSURE}} and begun.rounds[-1].labels_of("m1") == {row: 9}
    closed = after(begun, Event(3.0, "label_close", {}))
    assert not closed.rounds[-1].is_open and closed.rounds[-1].given == begun.rounds[-1].given
    again = after(closed, Event(4.0, "label_round", BEGUN))
    assert [(one.number, one.is_open, len(one.given)) for one in again.rounds] == [(1, False, 1), (2, True, 0)]


@pytest.mark.parametrize("at, value", [(20, 1), (-1, 1), (0, 10), (0, -2), (0, 1.0), (0, None), ("0", 1), (True, 1)])
def test_only_the_own_images_can_be_labelled_with_a_class_that_is_there(at, value):
    assert refusal(("label_round", BEGUN), label(1, at, value)) == "class_word"


@pytest.mark.parametrize("missing", ["at", "label"])
def test_a_label_without_a_place_or_a_class_is_none(missing):
    kind, values = label(1, 0, 1)
    assert (
        refusal(("label_round", BEGUN), (kind, {k: one for k, one in values.items() if k != missing})) == "class_word"
    )


def test_a_round_that_is_over_or_not_there_takes_no_label():
    assert refusal(label(1, 0, 1)) == "label_over"
    assert refusal(label(1, 0, 1, 0)) == "label_over"
    assert refusal(("label_round", BEGUN), ("label_close", {}), label(1, 0, 1)) == "label_over"
    assert refusal(("label_round", BEGUN), ("label_round", BEGUN), label(1, 0, 1)) == "label_over"


@pytest.mark.parametrize(
    "change",
    [
        {"dataset": "nothing"},
        {"seed": "x"},
        {"rows": 3},
        {"rows": [3, 4]},
        {"rows": [[1, 2]]},
        {"rows": [[1, 2], [3]]},
        {"rows": [[1, 2], [2, 3]]},
        {"rows": [[1, 2], [3, -4]]},
        {"rows": [[1, 2], [3, "4"]]},
        {"rows": [[1, 2], [3, [4]]]},
    ],
)
def test_a_round_of_impossible_values_does_not_begin(change):
    assert refusal(("label_round", BEGUN | change)) == "class_word"


def test_a_class_has_a_last_round():
    assert refusal(*[("label_round", BEGUN)] * (MOST_ROUNDS + 1)) == "class_word"


# --- what the class makes of it


def test_the_class_gives_the_label_that_most_gave_and_ties_are_left_out():
    found = Round(1, "digits", 0, ((1, 2), (3, 4)))
    given = {"a": {1: 0, 2: 1, 3: 1, 4: UNSURE}, "b": {1: 0, 2: 0, 3: 1}, "c": {1: 1, 3: UNSURE}}
    closed = Round(1, "digits", 0, found.rows, given=given).closed(["a", "b", "c"])
    assert closed.votes == {1: {0: 2, 1: 1}, 2: {0: 1, 1: 1}, 3: {1: 2}}
    assert closed.pooled == {1: 0, 3: 1} and closed.right(closed.pooled) == 2
    assert [agreement(closed.votes[row]) for row in (1, 2, 3)] == [2 / 3, 0.5, 1]
    assert winner({4: 1}) == 4 and winner({4: 1, 5: 1}) is None
    assert set(closed.closed([]).given) == {"a", "b", "c"}  # who leaves later takes nothing away


def test_a_round_is_over_with_its_class():
    of = labelling.begun(1, BEGUN)
    (last,) = room(("label_round", BEGUN), *all_right(1, of), ("end", {})).rounds
    assert not last.is_open and len(last.pooled) == 20


def test_the_labels_of_who_has_left_before_the_end_do_not_count():
    of = labelling.begun(1, BEGUN)
    events = [("label_round", BEGUN), *all_right(1, of), *all_right(2, of), ("remove", {"member": "m2"})]
    closed = room(*events, ("label_close", {})).rounds[-1]
    assert set(closed.given) == {"m1"} and len(closed.pooled) == 20


def test_own_labels_the_class_s_and_the_true_ones_can_be_trained_on_where_they_are_enough():
    of = labelling.begun(1, BEGUN)
    events = [("label_round", BEGUN), *all_right(1, of, wrong=2), *all_right(2, of), *all_right(3, of)[:5]]
    closed = room(*events, ("label_close", {})).rounds[-1]
    assert [labelling.kinds(closed, member) for member in ("m1", "m3")] == [["own", "class", "true"], ["class", "true"]]
    own, pooled, true = (labelling.labels(closed, "m1", kind) for kind in labelling.KINDS)
    assert isinstance(own, Labels) and own.rows == tuple(sorted(of.rows_of(1)))
    assert pooled.rows == true.rows and true.classes == tuple(of.truth[row] for row in true.rows)
    assert sum(a != of.truth[row] for row, a in zip(own.rows, own.classes, strict=True)) == 2
    with pytest.raises(Problem, match="label_few"):
        labelling.labels(closed, "m3", "own")
    with pytest.raises(Problem, match="label_few"):
        labelling.labels(closed, "m1", "other")


# --- what each side is sent


def test_a_student_is_sent_its_own_labels_and_nothing_of_the_truth_before_the_end():
    of = labelling.begun(1, BEGUN)
    begun = room(("label_round", BEGUN), *all_right(1, of, wrong=1)[:3], label(1, 3, UNSURE), *all_right(2, of))
    told = label_views.of_student(begun, begun.members["m1"])
    assert told == {
        "number": 1,
        "dataset": "digits",
        "is_open": True,
        "mine": [
            (of.truth[of.rows_of(1)[0]] + 1) % 10,
            *(of.truth[row] for row in of.rows_of(1)[1:3]),
            -1,
            *[None] * 16,
        ],
        "result": None,
    }
    closed = after(begun, Event(3.0, "label_close", {}))
    result = label_views.of_student(closed, closed.members["m1"])["result"]
    assert (result["n_own"], result["right_own"]) == (3, 2) and result["kinds"] == ["class", "true"]
    assert label_views.of_student(room(), room().members["m1"]) is None


def test_who_waits_to_be_admitted_is_sent_nothing_of_a_round():
    waits = room(("label_round", BEGUN), approve=True)
    assert label_views.of_student(waits, waits.members["m1"]) is None


def test_the_board_is_sent_how_far_the_class_is_and_then_what_it_did_not_agree_on():
    of = labelling.begun(1, BEGUN)
    events = [*all_right(1, of, wrong=1), *all_right(2, of), *all_right(3, of)[:4]]
    begun = room(("label_round", BEGUN), *events)
    told = label_views.of_teacher(begun)
    assert (told["done"], told["given"], told["per_member"], told["kinds"]) == (2, 44, 20, {})
    closed = after(begun, Event(3.0, "label_close", {}))
    assert label_views.of_teacher(closed)["kinds"]["m3"] == ["class", "true"]
    found = label_views.outcome(closed.rounds[-1])
    first = of.rows_of(1)[0]
    (shown,) = found["rows"]
    votes = closed.rounds[-1].votes[first]
    assert (shown["row"], shown["truth"], shown["unsure"]) == (first, of.truth[first], 0)
    assert dict(map(tuple, shown["votes"])) == votes and found["n_rows"] == len(closed.rounds[-1].votes)
    assert label_views.of_teacher(room()) is None
