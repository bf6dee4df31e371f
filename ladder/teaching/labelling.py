"""A labelling round of a class as plain values: which images each member labels, and what the class makes of it.

Every member labels PER_CLASS images of each class, so that its own labels can train a network. Two members who joined
one after the other share some of their images, and three members at most have the same one: so that they may disagree.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from ladder.arrays import Ints
from ladder.data.variants import Labels
from ladder.problems import Problem
from ladder.settings import is_base
from ladder.teaching import event_values

PER_CLASS = 2  # images of each class that a member labels
SHARED_BY = 3  # members, at most, have the same image
MOST_OF_A_CLASS = 42  # images that are drawn: enough for 60 members
UNSURE = -1  # in place of a class: "not sure"
LARGEST_SEED = 2**31 - 1

Given = Mapping[int, int]  # what a member has labelled: a class or UNSURE by row
Votes = Mapping[int, int]  # how many members gave each class


@dataclass(frozen=True)
class Round:
    """A labelling round. `number`: 1 for the class's first. `dataset`: of images, and no variant. `seed`: decides in
    which order a member sees its images. `rows`: for each class the numbers of the training rows that were drawn, whose
    true class it is. `given`: by the member's id."""

    number: int
    dataset: str
    seed: int
    rows: tuple[tuple[int, ...], ...]
    is_open: bool = True
    given: Mapping[str, Given] = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """Returns the number of classes."""
        return len(self.rows)

    @property
    def per_member(self) -> int:
        """Returns how many images a member labels."""
        return PER_CLASS * self.n_classes

    @cached_property
    def truth(self) -> dict[int, int]:
        """Returns the true class of each row that was drawn."""
        return {row: k for k, rows in enumerate(self.rows) for row in rows}

    def rows_of(self, number: int) -> tuple[int, ...]:
        """Returns the rows of the member with this number (Member.number), in the order in which it sees them:
        PER_CLASS of each class, no row twice. Members with numbers of MOST_OF_A_CLASS images apart and more may have
        the same ones again."""
        found = []
        for k, rows in enumerate(self.rows):
            first = (PER_CLASS * (number - 1) + k % SHARED_BY) // SHARED_BY
            found += [rows[(first + i) % len(rows)] for i in range(PER_CLASS)]
        random.Random(f"{self.seed} {number}").shuffle(found)
        return tuple(found)

    def labelled(self, member: str, number: int, values: Mapping[str, object]) -> "Round":
        """Returns the round after a member with this number has labelled an image, in place of what it said before.
        `values`: "at", the image's place among the member's rows, from 0; and "label", a class or UNSURE. Raises
        Problem "label_over" where the round is closed, "class_word" for values that are missing or impossible."""
        if not self.is_open:
            raise Problem("label_over")
        at = event_values.whole(values, "at", self.per_member - 1, otherwise=None)
        label = event_values.whole(values, "label", self.n_classes - 1, UNSURE, otherwise=None)
        row = self.rows_of(number)[at]
        return replace(self, given={**self.given, member: {**self.given.get(member, {}), row: label}})

    def closed(self, members: Iterable[str]) -> "Round":
        """Returns the round without any further labels, and of these members alone: the others have left the class. A
        round that is closed stays as it is."""
        if not self.is_open:
            return self
        kept = {member: self.given[member] for member in members if member in self.given}
        return replace(self, is_open=False, given=kept)

    def labels_of(self, member: str) -> dict[int, int]:
        """Returns the classes that a member gave, by row."""
        return {row: label for row, label in self.given.get(member, {}).items() if label != UNSURE}

    @cached_property
    def votes(self) -> dict[int, Votes]:
        """Returns the votes for each row that somebody gave a class."""
        found: dict[int, Counter[int]] = {}
        for member in self.given:
            for row, label in self.labels_of(member).items():
                found.setdefault(row, Counter())[label] += 1
        return {row: dict(sorted(found[row].items())) for row in sorted(found)}

    @cached_property
    def pooled(self) -> dict[int, int]:
        """Returns the class's label of each row: the class that most gave it. Rows without a majority are left out."""
        return {row: label for row, votes in self.votes.items() if (label := winner(votes)) is not None}

    def right(self, labels: Mapping[int, int]) -> int:
        """Returns how many of these labels, by row, are the true classes."""
        return sum(self.truth[row] == label for row, label in labels.items())


def winner(votes: Votes) -> int | None:
    """Returns the class with most votes, None where two have as many."""
    ordered = sorted(votes.items(), key=lambda pair: -pair[1])
    return None if len(ordered) > 1 and ordered[0][1] == ordered[1][1] else ordered[0][0]


def agreement(votes: Votes) -> float:
    """Returns the share of those who gave the class with most votes, from 0 to 1."""
    return max(votes.values()) / sum(votes.values())


def begun(number: int, values: Mapping[str, object]) -> Round:
    """Returns the round with this number that begins with `values`: "dataset", "seed" and "rows", as Round has them.
    Raises Problem "class_word" for values that are missing or impossible."""
    dataset, rows = values.get("dataset"), _rows(values.get("rows"))
    if not is_base(dataset) or rows is None:
        raise Problem("class_word", name="label_round")
    return Round(number, str(dataset), event_values.whole(values, "seed", LARGEST_SEED, otherwise=None), rows)


def _rows(value: object) -> tuple[tuple[int, ...], ...] | None:
    """Rows by class, PER_CLASS of each of two classes at least, none twice. None for anything else."""
    if not isinstance(value, list | tuple) or not all(isinstance(some, list | tuple) for some in value):
        return None
    found = tuple(tuple(some) for some in value)
    rows = [row for some in found for row in some]
    if len(found) < 2 or min(map(len, found)) < PER_CLASS:
        return None
    fits = all(type(row) is int and 0 <= row < 2**31 for row in rows) and len(set(rows)) == len(rows)
    return found if fits else None


def drawn(y: Ints, n_classes: int, seed: int) -> tuple[tuple[int, ...], ...]:
    """Returns the rows of a new round: for each class the numbers of some training rows of it, as many of each, at most
    MOST_OF_A_CLASS. `y`: the classes of all training rows (n,), -1 where nobody knows it: such a row is not drawn, as
    the class could not be told how well it labelled."""
    order = np.random.default_rng(seed).permutation(len(y))
    n = min(MOST_OF_A_CLASS, int(np.bincount(y[y >= 0], minlength=n_classes).min()))
    return tuple(tuple(map(int, order[y[order] == k][:n])) for k in range(n_classes))


KINDS = "own", "class", "true"  # of labels that a ladder can be trained on


def kinds(found: Round, member: str) -> list[str]:
    """Returns those of KINDS of which a member has enough labels in a round: as many as there are classes."""
    n = {"own": len(found.labels_of(member)), "class": len(found.pooled), "true": len(found.pooled)}
    return [kind for kind in KINDS if n[kind] >= found.n_classes]


def labels(found: Round, member: str, kind: str) -> Labels:
    """Returns the labels of a kind: the member's own ones, those of the class, or the true ones of the same rows as the
    class's. Raises Problem "label_few" where they are fewer than the classes: nothing can be trained on them."""
    if kind not in kinds(found, member):
        raise Problem("label_few", n_classes=found.n_classes)
    given = found.labels_of(member) if kind == "own" else found.pooled
    rows = tuple(sorted(given))
    return Labels(found.dataset, rows, tuple((found.truth if kind == "true" else given)[row] for row in rows))
