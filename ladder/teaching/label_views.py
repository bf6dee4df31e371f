"""What each side of a class is sent of its labelling round. A student is sent no true class."""

from collections.abc import Sequence

from ladder.teaching.labelling import UNSURE, Round, agreement, kinds, winner
from ladder.teaching.room import Member, Room

MOST_SHOWN = 24  # images that the board shows


def of_student(room: Room, member: Member) -> dict[str, object] | None:
    """Returns what a member's browser is sent of the class's last round: its `number`, `dataset`, `is_open`, and
    `mine`, what the member gave each of its images, a class or UNSURE or None. Of a closed round also `result` (see
    `_result`). None where there is no round, and before the member is admitted."""
    if not room.rounds or not member.admitted:
        return None
    found = room.rounds[-1]
    given = found.given.get(member.id, {})
    return {
        "number": found.number,
        "dataset": found.dataset,
        "is_open": found.is_open,
        "mine": [given.get(row) for row in found.rows_of(member.number)],
        "result": None if found.is_open else _result(found, member.id),
    }


def _result(found: Round, member: str) -> dict[str, object]:
    """How many labels the member gave and the class has, how many of them are the true ones, and the `kinds` that a
    ladder can be trained on."""
    own, pooled = found.labels_of(member), found.pooled
    return {
        "n_own": len(own),
        "right_own": found.right(own),
        "n_class": len(pooled),
        "right_class": found.right(pooled),
        "kinds": kinds(found, member),
    }


def of_teacher(room: Room) -> dict[str, object] | None:
    """Returns what the teacher's board is sent of the last round each second: its `number`, `dataset`, `is_open`, how
    many images a member labels (`per_member`), how many members are `done` with them, and how many labels were `given`,
    those of UNSURE among them. Of a closed round also `kinds`, those that a ladder can be trained on by the member's
    id. None where there is no round."""
    if not room.rounds:
        return None
    found = room.rounds[-1]
    given = [len(found.given.get(one.id, {})) for one in room.present]
    return {
        "number": found.number,
        "dataset": found.dataset,
        "is_open": found.is_open,
        "per_member": found.per_member,
        "done": sum(n >= found.per_member for n in given),
        "given": sum(given),
        "kinds": {} if found.is_open else {one.id: kinds(found, one.id) for one in room.present},
    }


def outcome(found: Round) -> dict[str, object]:
    """Returns what became of a closed round: how many images have a label (`n_rows`), how many of them one that most
    gave (`n_class`), and how many of these are `right`; and `rows`, those images that the class did not agree on or got
    wrong, those with least agreement first, MOST_SHOWN at most: the `row`, `votes` as [class, how many], how many were
    `unsure`, and the `truth`."""
    votes, pooled, truth = found.votes, found.pooled, found.truth
    open_rows = [row for row, each in votes.items() if len(each) > 1 or winner(each) != truth[row]]
    return {
        "n_rows": len(votes),
        "n_class": len(pooled),
        "right": found.right(pooled),
        "rows": [
            {
                "row": row,
                "votes": sorted(([k, n] for k, n in votes[row].items()), key=lambda pair: -pair[1]),
                "unsure": sum(given.get(row) == UNSURE for given in found.given.values()),
                "truth": truth[row],
            }
            for row in _by_agreement(found, open_rows)[:MOST_SHOWN]
        ],
    }


def _by_agreement(found: Round, rows: Sequence[int]) -> list[int]:
    votes = found.votes
    return sorted(rows, key=lambda row: (agreement(votes[row]), -sum(votes[row].values()), row))
