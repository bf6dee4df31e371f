"""What the page Data and the command line ask about a person's file: what is in it, what choices make of it, keep it.

Each question begins with the file itself, so that nothing is remembered between them.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ladder.arrays import Numbers
from ladder.data import datasets, docstrings, keeping, own
from ladder.data.choices import FEATURES, Choices, Note
from ladder.data.columns import Column, described, is_chinese
from ladder.data.drawn import Drawn, arrays, fits
from ladder.data.own import Own
from ladder.data.preparing import MOST_VALUES, decimal_of, named, prepare
from ladder.data.reading import read
from ladder.data.source import ArraySource, Reading, Source, TableSource
from ladder.settings import DATASET_NAMES

ROWS_SHOWN = 8
IMAGES_SHOWN = 10
LONGEST_CELL = 120  # letters that are shown


@dataclass(frozen=True)
class Upload:
    """A person's file: its `name`, its `content`, and how it is to be read."""

    name: str
    content: bytes
    reading: Reading = Reading()

    @cached_property
    def key(self) -> str:
        """Returns 16 digits by which files of other names or contents differ, and files that are read otherwise."""
        how = repr((self.name, self.reading)).encode()
        return hashlib.sha256(how + b"\0" + self.content).hexdigest()[:16]


@dataclass(frozen=True, eq=False)
class Looked:
    """What is in a file. `found`: see source.py. Of a table the `columns`, and the first ROWS_SHOWN `rows` as texts.
    Of arrays `labels`, each label with its number of rows, "" for none, the most frequent first; and of images the
    first of each label, `images` (k, height, width) uint8. `n_rows`: how many rows there are, test rows included;
    `n_test`: the file's own test rows; `shape`: of one row of arrays."""

    found: Mapping[str, Any]
    n_rows: int
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    images: Numbers | None = None
    n_test: int = 0
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Weighed:
    """What choices make of a file: see preparing.Prepared. `n_unlabelled`: training rows of no known class."""

    done: tuple[Note, ...]
    warnings: tuple[Note, ...]
    class_names: tuple[str, ...]
    counts: tuple[tuple[int, int], ...]
    n_unlabelled: int
    n_features: int


def look(file: Upload) -> Looked:
    """Returns what is in a file. Raises Problem as reading.read does."""
    source = _read(file)
    return _of_table(source) if isinstance(source, TableSource) else _of_arrays(source)


def weigh(file: Upload, choices: Choices) -> Weighed:
    """Returns what choices make of a file. Raises Problem as reading.read and preparing.prepare do."""
    made = prepare(_read(file), choices)
    data = made.data
    return Weighed(made.done, made.warnings, data.class_names, made.counts, made.n_unlabelled, data.n_features)


def keep(file: Upload, choices: Choices, title: str) -> Own:
    """Keeps what choices make of a file under a title. Raises Problem as reading.read and keeping.keep do."""
    return keeping.keep(_read(file), choices, title, file.name)


def keep_docstrings(title: str) -> Own:
    """Makes the text set of docstrings.py and keeps it under a title. Raises Problem as docstrings.table and
    keeping.keep do."""
    return keeping.keep(docstrings.table(), docstrings.CHOICES, title, "docstrings")


def bases_of(drawn: Drawn) -> list[str]:
    """Returns the datasets here beside whose rows drawn samples can be kept: of the same images and classes, and small
    enough."""
    names = [*DATASET_NAMES, *(one.name for one in own.listed())]
    return [name for name in names if fits(name, drawn.shape, drawn.class_names) and _small(name)]


def _small(name: str) -> bool:
    info = datasets.DATASETS[name]
    return datasets.available(name) and (info.n_train + info.n_test) * info.n_features <= MOST_VALUES


def drawn_file(drawn: Drawn, base: str, n_labels: int, label_seed: int) -> bytes:
    """Returns an NPZ file of drawn samples beside the rows of a dataset, which a page reads as it reads every file.
    Raises Problem as drawn.arrays does."""
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays(drawn, base, n_labels, label_seed))
    return stream.getvalue()


def keep_drawn(drawn: Drawn, base: str, n_labels: int, label_seed: int, title: str) -> Own:
    """Keeps what drawn_file returns under a title: so who brings that file elsewhere has the same data by the same
    name. Raises Problem as drawn_file and keep do."""
    return keep(Upload(f"{title}.npz", drawn_file(drawn, base, n_labels, label_seed)), Choices(), title)


def usual(looked: Looked) -> Choices:
    """Returns the choices that are made for a file before a person changes them."""
    roles = {one.name: one.role for one in looked.columns}
    texts = [word for one in looked.columns if one.role == "text" for word in one.examples]
    return Choices(roles, text_way="characters" if texts and is_chinese(texts) else "words")


def role_beside(one: Column) -> str:
    """Returns the guessed role of a column where another one is the target."""
    if one.role != "target":
        return one.role
    return one.kind if one.kind in FEATURES else "ignored"


def _read(file: Upload) -> Source:
    return read(file.content, file.name, file.reading)


def _of_table(source: TableSource) -> Looked:
    cells = named(source.cells)
    shown = tuple(tuple(str(cell)[:LONGEST_CELL] for cell in row) for row in cells.head(ROWS_SHOWN).to_numpy())
    return Looked(source.found, len(cells), described(source.cells, decimal_of(source)), shown)


def _of_arrays(source: ArraySource) -> Looked:
    n_test = 0 if source.x_test is None else len(source.x_test)
    names, first, counts = np.unique(source.y.astype(str), return_index=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    labels = tuple((str(names[k]), int(counts[k])) for k in order)
    images = source.x[first[order][:IMAGES_SHOWN]] if source.image else None
    shape = tuple(map(int, source.x.shape[1:]))
    return Looked(source.found, len(source.x) + n_test, labels=labels, images=images, n_test=n_test, shape=shape)
