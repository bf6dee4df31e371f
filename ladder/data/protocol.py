"""What of the data a run may use: which classes are its task, which rows it sees, and which labels it is told.

The choices are those of Oliver et al. 2018 (Realistic evaluation of deep semi-supervised learning algorithms) and two
controls. At their defaults a run sees every training row and is told true labels. All draws depend on the label seed
alone, so that everything that is trained and compared sees the same rows and labels.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from ladder.arrays import Ints
from ladder.data import datasets
from ladder.data.rows import DATA_SEED, Data, labelable, labeled_rows
from ladder.problems import Problem
from ladder.settings import Structure

ORDER, NOISE, SHUFFLE = 1, 2, 3  # what is drawn: the order of the rows without label, wrong labels, the control's order

MOST_SEEN = 64  # answers of `seen` that are remembered for each data


@dataclass(frozen=True, eq=False)
class Seen:
    """The rows and labels of a run. `labeled` (n,): the numbers of the rows that keep their label, by
    rows.labeled_rows. `told` (n,): the class that the run is told for each, which may be a wrong one. `used` (m,): the
    numbers, rising, of all training rows that the run may use without their label, the labelled ones among them."""

    labeled: Ints
    told: Ints
    used: Ints


Key = tuple[tuple[int, int, float, float, bool], int]  # key_of, and the number of labels
# What `seen` has answered, by Data, which compares by identity. Keeps no Data alive.
_SEEN: WeakKeyDictionary[Data, dict[Key, Seen]] = WeakKeyDictionary()


def load(structure: Structure) -> Data:
    """Returns the data of a run: those of datasets.load, with the classes of the task. Raises Problem as datasets.load
    does, and known_classes as `check` does."""
    data = datasets.load(structure.dataset, structure.data_noise)
    if not structure.known_classes:
        return data
    _check_classes(structure)
    return _of_classes(data, structure.known_classes)


def scored(structure: Structure) -> Data:
    """Returns the data of a run with the rows of datasets.scored as the test rows. Raises Problem as `load` does."""
    data = datasets.scored(structure.dataset, structure.data_noise)
    return of_classes(data, structure.known_classes) if structure.known_classes else data


def of_classes(data: Data, n_classes: int) -> Data:
    """Returns the data with the first `n_classes` classes as the task. Rows of the other classes, `foreign`, are
    training rows without a label (y = -1), and no test rows."""
    y, test = np.where(data.y < n_classes, data.y, -1), data.y_test < n_classes
    given = None if data.given is None else data.given[y[data.given] >= 0]
    names, foreign = data.class_names[:n_classes], np.flatnonzero(data.y >= n_classes)
    kept = replace(data, x_test=data.x_test[test], y_test=data.y_test[test])
    return replace(kept, y=y, class_names=names, given=given, foreign=foreign)


@lru_cache(maxsize=8)
def _of_classes(data: Data, n_classes: int) -> Data:  # Data compares by identity
    return of_classes(data, n_classes)


def n_classes(structure: Structure) -> int:
    """Returns the number of classes of the task; of those of the data where `check` refuses the structure."""
    every = len(datasets.DATASETS[structure.dataset].class_names)
    return min(structure.known_classes or every, every)


def n_test(structure: Structure) -> int:
    """Returns the number of test rows, which are of the task's classes. Raises Problem as `load` does."""
    return len(load(structure).y_test) if structure.known_classes else datasets.DATASETS[structure.dataset].n_test


def most_labels(structure: Structure) -> int:
    """Returns the largest possible number of labels; where `check` refuses the structure or there are no data, that of
    all classes."""
    most = datasets.n_labels(structure.dataset)
    if structure.known_classes:
        with suppress(Problem):
            most = len(labelable(load(structure)))
    return min(most, structure.n_unlabeled or most)


def key_of(structure: Structure) -> tuple[int, int, float, float, bool]:
    """Returns the choices that decide what `seen` returns for the same data and number of labels."""
    choices = structure.n_unlabeled, structure.foreign_share, structure.label_noise, structure.shuffled_labels
    return structure.label_seed, *choices


def seen(data: Data, structure: Structure, n_labeled: int) -> Seen:
    """Returns the rows and labels of a run of `structure` with so many labels. `data`: those of `load`, or a part of
    them.

    The labelled rows are always among those that are used. The others follow in an order that the label seed draws, so
    that the rows of a smaller number are among those of a larger number. A share `foreign_share` of them, rounded, is
    of foreign classes. Where the task has some classes only, `n_unlabeled` 0 means as many rows as there can be at
    every share: so only the share differs where the share is varied.

    Wrong labels are those of round(label_noise * n_labeled) rows, and those of a smaller share among those of a larger
    one. Each wrong class is any other with equal probability. With `shuffled_labels` the labels change places among the
    labelled rows, which keeps the number of labels of each class.

    Raises Problem as rows.labeled_rows does, unlabeled_too_few where the labelled rows are more than the rows in use,
    and unlabeled_too_many where there are fewer rows.
    """
    kept, key = _SEEN.setdefault(data, {}), (key_of(structure), n_labeled)
    if key not in kept:
        if len(kept) >= MOST_SEEN:
            kept.pop(next(iter(kept)), None)
        kept[key] = _seen(data, *key)
    return kept[key]


def _seen(data: Data, key: tuple[int, int, float, float, bool], n_labeled: int) -> Seen:
    label_seed, n_unlabeled, foreign_share, label_noise, shuffled = key
    labeled = labeled_rows(data, n_labeled, label_seed)
    told = noisy(data.y[labeled], labeled, len(data.y), data.n_classes, label_noise, label_seed)
    if shuffled:
        told = told[np.random.default_rng([DATA_SEED, label_seed, SHUFFLE]).permutation(n_labeled)]
    if not n_unlabeled and data.foreign is None:
        return Seen(labeled, told, np.arange(len(data.y)))
    others = _others(data, labeled, n_unlabeled, foreign_share, label_seed)
    return Seen(labeled, told, np.sort(np.concatenate([labeled, others])))


def _others(data: Data, labeled: Ints, n_unlabeled: int, foreign_share: float, label_seed: int) -> Ints:
    """Returns the numbers of the rows beside the labelled ones that are used. See `seen` for the Problems."""
    order = np.random.default_rng([DATA_SEED, label_seed, ORDER]).permutation(len(data.y))
    is_foreign, is_task = np.zeros(len(order), bool), np.ones(len(order), bool)
    if data.foreign is not None:
        is_foreign[data.foreign] = True
        is_task = data.y >= 0  # a row whose class nobody knows may be of any class
    is_task[labeled] = False
    most = int(is_task.sum()) if data.foreign is None else int(min(is_task.sum(), is_foreign.sum()))
    n = n_unlabeled - len(labeled) if n_unlabeled else most
    check_number(n_unlabeled, len(labeled), most + len(labeled))
    n_foreign = round(foreign_share * n) if data.foreign is not None else 0
    found: Ints = np.concatenate([order[is_task[order]][: n - n_foreign], order[is_foreign[order]][:n_foreign]])
    return found


def check_number(n_unlabeled: int, n_labeled: int, most: int) -> None:
    """Raises Problem unlabeled_too_few where `n_unlabeled` rows (0: all) do not hold `n_labeled` labelled ones, and
    unlabeled_too_many where there are `most` rows only."""
    if n_unlabeled and n_unlabeled < n_labeled:
        raise Problem("unlabeled_too_few", n_unlabeled=n_unlabeled, n_labeled=n_labeled)
    if n_unlabeled > most:
        raise Problem("unlabeled_too_many", n_unlabeled=n_unlabeled, n_rows=most)


def noisy(y: Ints, rows: Ints, n_rows: int, n_classes: int, share: float, label_seed: int) -> Ints:
    """Returns the classes y (n,) of the rows number `rows` (n,) of `n_rows`, with round(share * n) of them wrong."""
    n_wrong = round(share * len(y))
    if not n_wrong:
        return y
    rng = np.random.default_rng([DATA_SEED, label_seed, NOISE])
    turn, steps = rng.random(n_rows)[rows], rng.integers(1, n_classes, n_rows)[rows]
    told, wrong = y.copy(), np.argsort(turn, kind="stable")[:n_wrong]
    told[wrong] = (y[wrong] + steps[wrong]) % n_classes
    return told


def check(structure: Structure, n_labeled: int) -> None:
    """Raises Problem as datasets.check does; known_classes where the task would have one class, or all or more than
    there are; foreign_alone where rows of foreign classes are wanted and none are foreign; and unlabeled_too_few and
    unlabeled_too_many as `seen` does. Loads rows where the task has some classes only."""
    if not structure.known_classes:
        datasets.check(structure.dataset, n_labeled)
        if structure.foreign_share:
            raise Problem("foreign_alone")
        check_number(structure.n_unlabeled, n_labeled, datasets.DATASETS[structure.dataset].n_train)
        return
    seen(load(structure), structure, n_labeled)


def _check_classes(structure: Structure) -> None:
    n_classes = len(datasets.DATASETS[structure.dataset].class_names)
    if not 2 <= structure.known_classes < n_classes:
        raise Problem("known_classes", n=structure.known_classes, n_classes=n_classes)


# What depends on how many rows and classes the data have.
OF_DATA = "n_unlabeled", "known_classes", "foreign_share"


def for_dataset(structure: Structure, dataset: str) -> Structure:
    """Returns the structure with the dataset `dataset`, of which it uses every row and class."""
    return replace(structure, dataset=dataset, **{name: getattr(Structure, name) for name in OF_DATA})
