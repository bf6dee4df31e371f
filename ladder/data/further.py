"""Rows of another file, made into what the rows of a dataset are, so that a trained model can be asked about them.

A person's own table is encoded by what its training rows taught (encoding.Encoder), whatever rows the other file has.
Shipped tables and arrays of numbers are standardised as the dataset was. Images have its size.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ladder.arrays import Floats, Ints
from ladder.data.choices import FEATURES
from ladder.data.columns import described, numbers
from ladder.data.encoding import Value
from ladder.data.keeping import source_of
from ladder.data.own import found
from ladder.data.preparing import UNKNOWN, decimal_of, encoder_of, named, white
from ladder.data.reading import read
from ladder.data.rows import Data
from ladder.data.source import ArraySource, Reading, Source, TableSource
from ladder.problems import Problem
from ladder.settings import base_of, is_own

FILE = "file"  # the column with the images' names


@dataclass(frozen=True, eq=False)
class Further:
    """Rows as a model takes them. `x` (n, d) float32; `y` (n,) their classes, UNKNOWN where the file names none of
    `Data.class_names`. `cells`: what the file says of each row, a table of texts (n, c), without columns for
    arrays. `values`: what the numbers of a row say; empty for images."""

    x: Floats
    y: Ints
    cells: pd.DataFrame
    values: tuple[Value, ...] = ()


def text_column(dataset: str) -> str | None:
    """Returns the column of a person's data whose texts are all that a model learns from; None where it learns from
    something else. Raises Problem as own.found does."""
    base = base_of(dataset)
    roles = found(base).choices.roles if is_own(base) else {}
    features = [(name, role) for name, role in roles.items() if role in FEATURES]
    return features[0][0] if [role for _, role in features] == ["text"] else None


def read_alike(content: bytes, filename: str, reading: Reading, dataset: str) -> Source:
    """Returns what a file holds, as rows of a dataset. Where a model learns from one column of texts, and a file of
    text has no such column, each line is a text. Raises Problem as reading.read and own.found do."""
    column = text_column(dataset)
    if column is None:
        return read(content, filename, reading)
    with suppress(Problem):  # texts may be no table at all
        source = read(content, filename, reading)
        if not isinstance(source, TableSource) or "separator" not in source.found or column in named(source.cells):
            return source
    return read(content, filename, replace(reading, separator="", header=False))


def further(source: Source, dataset: str, data: Data) -> Further:
    """Returns the rows of a source as those of a dataset, called `dataset`, with the rows `data`. Raises Problem
    further_kind where it holds something else, further_shape for rows of another size, further_columns where a column
    is missing that the model has learned from, and those of own.found and Encoder.rows."""
    base = base_of(dataset)
    if data.image_shape:
        return _images(source, base, data)
    if is_own(base) and found(base).columns:
        return _encoded(source, base, data)
    return _numbers(source, data)


def _images(source: Source, base: str, data: Data) -> Further:
    if not isinstance(source, ArraySource) or not source.image:
        raise Problem("further_kind", wanted=Problem("kind_images"), found=_kind(source))
    x, y = _whole(source)
    assert data.image_shape
    if x.shape[1:] != data.image_shape:
        sizes = (" × ".join(map(str, shape)) for shape in (x.shape[1:], data.image_shape))
        raise Problem("further_shape", found=next(sizes), wanted=next(sizes))
    first = source_of(base) if is_own(base) else source
    assert isinstance(first, ArraySource)
    top = white(x if x.dtype == np.uint8 else first.x)
    pixels: Floats = x.reshape(len(x), -1).astype(np.float32) / np.float32(top)
    cells = pd.DataFrame({FILE: source.names} if source.names else {}, index=range(len(x)))
    return Further(pixels, _classes(y, data.class_names), cells)


def _encoded(source: Source, base: str, data: Data) -> Further:
    if not isinstance(source, TableSource):
        raise Problem("further_kind", wanted=Problem("kind_table"), found=_kind(source))
    kept, first = found(base), source_of(base)
    assert isinstance(first, TableSource)
    encoder, cells = encoder_of(first, kept.choices), named(source.cells)
    encoder.decimal = decimal_of(source)
    features = [*encoder.features]
    if len(features) == 1 and len(cells.columns) == 1:  # a column of texts needs no name
        cells = cells.set_axis(features, axis=1)
    _check_columns(features, cells)
    target = next(name for name, role in kept.choices.roles.items() if role == "target")
    y = _classes(cells[target].to_numpy(), data.class_names) if target in cells else np.full(len(cells), UNKNOWN)
    return Further(np.ascontiguousarray(encoder.rows(cells)), y, cells, tuple(encoder.values))


def _numbers(source: Source, data: Data) -> Further:
    names = data.feature_names
    if isinstance(source, TableSource):
        cells = named(source.cells)
        _check_columns(names, cells)
        measured = np.stack([numbers(cells[name], decimal_of(source)) for name in names], 1)
        target = next((one.name for one in described(source.cells, decimal_of(source)) if one.role == "target"), None)
        labels = cells[target].to_numpy() if target and target not in names else np.full(len(cells), "")
    elif not source.image:
        measured, labels = _whole(source)
        if measured.shape[1:] != (data.n_features,):
            raise Problem("further_shape", found=f"{measured.shape[1]:,}", wanted=f"{data.n_features:,}")
        cells = pd.DataFrame(index=range(len(measured)))
    else:
        raise Problem("further_kind", wanted=Problem("kind_numbers"), found=_kind(source))
    mean, std = data.scale or (np.zeros(data.n_features), np.ones(data.n_features))
    x = (np.asarray(measured, np.float64) - mean) / np.where(std == 0, 1, std)
    x = np.where(np.isfinite(x), x, data.x.mean(0)).astype(np.float32)  # the training rows' mean for a missing number
    values = tuple(Value(name, (k,), False) for k, name in enumerate(names or map(str, range(1, data.n_features + 1))))
    return Further(x, _classes(labels, data.class_names), cells, values)


def _whole(source: ArraySource) -> tuple[np.ndarray, np.ndarray]:
    """Returns all rows and labels of arrays, test rows included."""
    if source.x_test is None or source.y_test is None:
        return source.x, source.y
    return np.concatenate([source.x, source.x_test]), np.concatenate([source.y, source.y_test])


def _classes(labels: Sequence[object] | np.ndarray, class_names: Sequence[str]) -> Ints:
    known = {name: k for k, name in enumerate(class_names)}
    return np.array([known.get(str(label).strip(), UNKNOWN) for label in labels], np.int64)


def _check_columns(wanted: Sequence[str], cells: pd.DataFrame) -> None:
    absent = [name for name in wanted if name not in cells]
    if absent:
        raise Problem("further_columns", n=len(absent), names=", ".join(absent[:5]))


def _kind(source: Source) -> Problem:
    """Returns what a source holds, as a value of a Problem."""
    return Problem(
        "kind_table" if isinstance(source, TableSource) else "kind_images" if source.image else "kind_numbers"
    )
