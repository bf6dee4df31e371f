"""What a trained ladder says of the rows of a file: classes, their probabilities, which it is not sure of, and which of
a row's values mattered.

An answer is sure where its probability reaches a bound that a person chooses. What the bound is worth is measured on
the test rows: how many it leaves sure, and how many errors are among those and among the others.
"""

import csv
import io
import re
from dataclasses import asdict, dataclass, replace

import numpy as np

from ladder.arrays import Bools, Floats, Ints
from ladder.data.cells import Cell, disarmed
from ladder.data.choices import SURE
from ladder.data.encoding import Value
from ladder.data.further import Further, further, read_alike
from ladder.data.preparing import UNKNOWN
from ladder.data.protocol import load
from ladder.data.reading import classless
from ladder.data.rows import Data
from ladder.data.source import LEAST_SIDE, MOST_SIDE, Reading
from ladder.portable.frozen import Frozen, freeze
from ladder.problems import Problem
from ladder.settings import Recipe

ROWS_SHOWN = 100
ROWS_EXPLAINED = 1000  # of a file: what mattered for these is found out, which takes as many predictions as values
MOST_REASONS = 3
LEAST_EFFECT = 0.005  # of a probability
LONGEST_TEXT = 200  # letters of a row that are shown
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")
Reasons = tuple[tuple[str, float], ...]  # values, and the change of the probability that each made


@dataclass(frozen=True)
class Answer:
    """What a model says of a row. `text`: what the row is called, its text or its file; `predicted`: the class;
    `probability`: that it is this class; `sure`; `known`: the class that the file names, "" for none; `reasons`: the
    values that mattered most, each with the change of the probability that it made."""

    text: str
    predicted: str
    probability: float
    sure: bool
    known: str
    reasons: Reasons


@dataclass(frozen=True)
class Tested:
    """What the bound is worth on the test rows: `n` rows, `n_sure` of them sure, and the errors among the sure and
    among the others."""

    n: int
    n_sure: int
    wrong_sure: int
    wrong_unsure: int

    def about(self) -> dict[str, str]:
        """Returns the numbers as people write them, and that of the rows that are not sure, `n_unsure`."""
        return {name: f"{n:,}" for name, n in {**asdict(self), "n_unsure": self.n - self.n_sure}.items()}


@dataclass(frozen=True)
class Predicted:
    """What a model says of a file. `csv`: all of it, UTF-8 with a mark, as spreadsheets open it; `answers`: of the
    first ROWS_SHOWN rows; `counts`: by class, all rows and the sure ones; `n_known` rows of which the file names a
    class of the model, `n_wrong` of these predicted otherwise; `tested`: on the test rows of the run."""

    csv: bytes
    answers: tuple[Answer, ...]
    counts: tuple[tuple[str, int, int], ...]
    n_known: int
    n_wrong: int
    tested: Tested


def predict(
    recipe: Recipe, update: int, theta: Floats, filename: str, content: bytes, reading: Reading, sure: float
) -> Predicted:
    """Returns what the ladder of a run, with the parameters `theta` after `update` updates, says of a file. `sure`: the
    bound, a value of choices.SURE. Raises Problem as further.read_alike, further.further and protocol.load do,
    bad_number for an impossible bound, and checkpoint_damaged where the parameters do not belong to the recipe."""
    bound = SURE.check(sure)
    assert isinstance(bound, float)
    structure, live = recipe.structure, recipe.at(update)
    data = load(structure)
    try:
        frozen = freeze(theta, structure, live, data)
    except ValueError:  # fewer parameters than the network has
        raise Problem("checkpoint_damaged") from None
    name, packed = classless(filename, content)
    found = further(read_alike(packed, name, _fitting(reading, data), structure.dataset), structure.dataset, data)
    chances = frozen.probabilities(found.x)
    answers = chances.argmax(1)
    reached = chances.max(1) >= bound
    reasons = explained(frozen, found.x[:ROWS_EXPLAINED], answers[:ROWS_EXPLAINED], found.values, data.x.mean(0))
    known = found.y != UNKNOWN
    return Predicted(
        _csv(found, chances, reached, reasons, data.class_names),
        tuple(
            _answer(found, k, chances[k], bool(reached[k]), reasons[k], data)
            for k in range(min(ROWS_SHOWN, len(found.x)))
        ),
        tuple(
            (one, int((answers == k).sum()), int((reached & (answers == k)).sum()))
            for k, one in enumerate(data.class_names)
        ),
        int(known.sum()),
        int((answers[known] != found.y[known]).sum()),
        tested(frozen, data, bound),
    )


def tested(frozen: Frozen, data: Data, sure: float) -> Tested:
    """Returns what a bound is worth on the test rows."""
    chances = frozen.probabilities(data.x_test)
    reached, wrong = chances.max(1) >= sure, chances.argmax(1) != data.y_test
    return Tested(len(wrong), int(reached.sum()), int((wrong & reached).sum()), int((wrong & ~reached).sum()))


def explained(frozen: Frozen, x: Floats, answers: Ints, values: tuple[Value, ...], usual: Floats) -> list[Reasons]:
    """Returns for each row x (n, d) with the class `answers` (n,) which of `values` mattered most, at most
    MOST_REASONS, each with the change of the class's probability that it made: the probability less that of the same
    row without it. A word is left out then; anything else is as in the middle of the training rows, `usual` (d,). Empty
    where nothing changed the probability by LEAST_EFFECT, and for images."""
    effects = np.zeros((len(x), len(values)))
    rows = np.arange(len(x))
    before = frozen.probabilities(x)[rows, answers] if values else effects
    for k, (_, places, counted) in enumerate(values):
        at = list(places)
        instead = np.zeros(len(at), np.float32) if counted else usual[at]
        touched = np.flatnonzero((x[:, at] != instead).any(1))
        without = x[touched].copy()
        without[:, at] = instead
        effects[touched, k] = before[touched] - frozen.probabilities(without)[np.arange(len(touched)), answers[touched]]
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :MOST_REASONS]
    return [
        tuple((values[k].name, float(effects[row, k])) for k in order[row] if abs(effects[row, k]) >= LEAST_EFFECT)
        for row in rows
    ]


def _fitting(reading: Reading, data: Data) -> Reading:
    """Returns how a file is read for a model: images at its size, in whatever folders they lie."""
    shape = data.image_shape
    side = shape[0] if shape and shape[0] == shape[1] and LEAST_SIDE <= shape[0] <= MOST_SIDE else reading.side
    return replace(reading, side=side, classless=True)


def _answer(found: Further, k: int, chances: Floats, sure: bool, reasons: Reasons, data: Data) -> Answer:
    """Returns what is shown of row `k`."""
    words = [str(cell) for cell in found.cells.iloc[k]]
    known = "" if found.y[k] == UNKNOWN else data.class_names[found.y[k]]
    guess = int(chances.argmax())
    text = " · ".join(word for word in words if word)[:LONGEST_TEXT]
    return Answer(text, data.class_names[guess], float(chances[guess]), sure, known, reasons)


def _csv(
    found: Further, chances: Floats, reached: Bools, reasons: list[Reasons], class_names: tuple[str, ...]
) -> bytes:
    """Returns a line for each row: its number, what the file says of it, the class, its probability, whether it is
    sure, the probability of each class, and what mattered. A heading that the file has too gets a 2."""
    own = [str(name) for name in found.cells.columns]
    ours = ["predicted", "probability", "sure", *(f"p({name})" for name in class_names)]
    ours += ["because"] if found.values else []
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    headings = ["row", *own, *(f"{name} 2" if name in ("row", *own) else name for name in ours)]
    writer.writerow([disarmed(one) for one in headings])
    for k, row in enumerate(found.cells.itertuples(index=False, name=None)):
        guess = int(chances[k].argmax())
        cells = [k + 1, *map(_cell, row), _cell(class_names[guess]), f"{chances[k, guess]:.4f}"]
        cells += ["yes" if reached[k] else "no", *(f"{one:.4f}" for one in chances[k])]
        if found.values:
            why = reasons[k] if k < len(reasons) else ()
            cells.append(disarmed("; ".join(f"{name} {effect:+.2f}" for name, effect in why)))
        writer.writerow(cells)
    return stream.getvalue().encode("utf-8-sig")


def _cell(text: object) -> Cell:
    """Returns a cell of the file: a number as it is written, a text that no spreadsheet takes for a formula."""
    word = str(text)
    return word if _NUMBER.fullmatch(word) else disarmed(word)
