"""The rows that a setting is chosen by: how many there are, and what they cost.

By default a fifth of the training rows is held out, with labels that nobody who has a few labels would have (Oliver et
al. 2018, P.6: validation sets larger than the labelled set). With `validate` "labels" the validation rows are some of
the labelled rows instead, which training then lacks.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from ladder.arrays import Floats, Ints
from ladder.data import datasets, protocol
from ladder.data.rows import Data, holdout, labelable, validators
from ladder.problems import Problem
from ladder.settings import Live, Structure, check_fields, knob

HELD_OUT, MOST_HELD_OUT = 0.2, 10_000  # the share of the training rows, and the most of them


@dataclass(frozen=True)
class Validation:
    """What the validation rows are. `validate`: "rows", held out of the training rows, or "labels", of the labelled
    rows. `validation_share`: of the labels, the share that validates; it has no effect with "rows". Raises Problem as
    settings.Knob.check does."""

    validate: str = knob("rows", choices=("rows", "labels"))
    validation_share: float = knob(0.2, 0.05, 0.5, step=0.05)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.validate == "rows":
            object.__setattr__(self, "validation_share", Validation.validation_share)

    def n_of(self, n_labeled: int) -> int:
        """Returns how many of so many labels validate."""
        return round(self.validation_share * n_labeled) if self.validate == "labels" else 0

    def trained(self, live: Live) -> Live:
        """Returns the choices of the training, which has the other labels alone."""
        return (
            replace(live, n_labeled=live.n_labeled - self.n_of(live.n_labeled)) if self.validate == "labels" else live
        )


def n_held_out(n_train: int) -> int:
    """Returns how many of `n_train` training rows are held out: HELD_OUT of them, MOST_HELD_OUT at most."""
    return min(round(HELD_OUT * n_train), MOST_HELD_OUT)


@lru_cache(maxsize=4)
def held_out(whole: Data) -> Data:  # Data compares by identity
    """Returns the data with validation rows in place of the test rows (rows.holdout): n_held_out of all training rows,
    or of those that can validate, where only a part of the rows has a class of the task."""
    return holdout(whole, n_held_out(len(whole.y) if (whole.y >= 0).all() else len(validators(whole))))


def training_data(validation: Validation, whole: Data) -> Data:
    """Returns the data that models are trained on: those without the held-out rows, or the whole, where labelled rows
    validate. Their inputs then stay among the rows without a label."""
    return held_out(whole) if validation.validate == "rows" else whole


def rows_of(validation: Validation, structure: Structure, n_labeled: int, whole: Data) -> tuple[Floats, Ints]:
    """Returns the inputs (m, d) and the classes (m,) of the validation rows of a run. Classes of labelled rows are
    those that the run would be told, which may be wrong ones. Raises Problem as protocol.seen does."""
    if validation.validate == "rows":
        held = held_out(whole)
        return held.x_test, held.y_test
    pool = protocol.seen(whole, structure, n_labeled)
    last = slice(n_labeled - validation.n_of(n_labeled), None)
    return whole.x[pool.labeled[last]], pool.told[last]


def labels_left(structure: Structure) -> int:
    """Returns how many labels there are beside the held-out rows. Where people gave the labels, held-out rows are of
    those without one, as far as their class is known. Raises Problem as protocol.load does where the task has some
    classes only: then it loads rows."""
    if structure.known_classes:
        return len(labelable(held_out(protocol.load(structure))))
    n_labels = datasets.n_labels(structure.dataset)
    spared = n_labels < datasets.n_known(structure.dataset)
    return n_labels if spared else n_labels - n_held_out(n_labels)


def check(validation: Validation, structure: Structure, n_labeled: int) -> None:
    """Raises Problem "sweep_labels" if the labels beside the held-out rows are too few; "validation_labels" where no
    label would validate, or fewer would be left than there are classes; and as labels_left and protocol.seen do."""
    if validation.validate == "labels":
        n, n_classes = validation.n_of(n_labeled), protocol.n_classes(structure)
        if not n or n_labeled - n < n_classes:
            raise Problem("validation_labels", n_labeled=n_labeled, n=n, left=n_labeled - n, n_classes=n_classes)
        return
    left, n_rows = labels_left(structure), datasets.DATASETS[structure.dataset].n_train
    if n_labeled > left:
        raise Problem("sweep_labels", n_labeled=n_labeled, left=left, n_rows=n_rows)
    if structure.known_classes:
        protocol.seen(held_out(protocol.load(structure)), structure, n_labeled)
    else:
        protocol.check_number(structure.n_unlabeled, n_labeled, n_rows - n_held_out(n_rows))
