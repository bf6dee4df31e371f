"""Arrays in NumPy's and MNIST's files: rows, their labels, and the file's own test rows."""

import io
import math
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.lib import format as npy

from ladder.arrays import Texts
from ladder.data import idx, images, tables
from ladder.data.packed import File, Zip, shown, stream_kind, unpacked
from ladder.data.source import MOST_SIDE, ArraySource, Reading, Source
from ladder.problems import Problem

_Array = np.ndarray[Any, Any]

MOST_VALUES = 64_000_000  # of all rows; MNIST has 55 million
MOST_FEATURES = MOST_SIDE**2  # of a row
LABEL_LETTERS = 100

_ROWS = {"x", "data", "images", "image", "features", "arr_0"}
_LABELS = {"y", "label", "labels", "target", "targets", "arr_1"}
_SHOWN = 12  # arrays that a sentence names
_TEST = re.compile(r"(?:^|_)test(?:_|$)|t10k", re.IGNORECASE)
_TRAIN = re.compile(r"(?:^|_)train(?:_|$)", re.IGNORECASE)


def read_npy(file: File, options: Reading) -> Source:
    """Returns the array in an NPY file: of rows of features, a table without header, whose columns are to be told
    apart; else rows without labels. Raises Problem reading_unreadable, arrays_kind, and as read_npz."""
    array = _array(file.content, file.name, file.name)
    found = {"format": "npy", "file": file.name}
    return _table(array, found) if array.ndim == 2 else _source({"x": array}, found, options)


def read_npz(archive: Zip, options: Reading) -> Source:
    """Returns the arrays of an NPZ, by their names: x (or data, images, features) and y (or label, target), each alone
    or with train and test, as in Keras' mnist.npz. One array alone is read as that of an NPY file; other names are left
    aside.

    Raises Problem reading_unreadable, reading_damaged, arrays_none (no x), arrays_kind (no numbers), arrays_shape,
    arrays_counts (another number of labels), arrays_labels, arrays_value (infinite, or no number), arrays_rows,
    arrays_values, and as tables.table.
    """
    members = {PurePosixPath(path).name.removesuffix(".npy"): path for path in archive.paths}
    roles = {_role(name): name for name in members}
    found = {"format": "npz", "file": archive.name}
    if len(members) == 1:
        (name,) = members
        array = _array(archive.read(members[name]), archive.name, name)
        return _table(array, found) if array.ndim == 2 else _source({"x": array}, found, options)
    parts = {
        role: _array(archive.read(members[name]), archive.name, name)
        for role, name in roles.items()
        if role is not None
    }
    if "x" not in parts:
        raise Problem("arrays_none", file=archive.name, names=", ".join(shown(one, 30) for one in [*members][:_SHOWN]))
    return _source(parts, found, options)


def read_idx(name: str, files: list[File], options: Reading) -> ArraySource:
    """Returns the arrays of IDX files, packed with gzip or not: images or rows, labels, and those of test rows, which
    have "test" or "t10k" in their names. `name`: of the archive. Raises Problem idx_page, idx_foreign, idx_length,
    arrays_pairs (not one file of each), and as read_npz."""
    parts = {}
    for file in files:
        inner = unpacked(file) if stream_kind(file.content) else file
        array = idx.parsed(inner.content, inner.name)
        role = ("y" if array.ndim == 1 else "x") + "_test" * bool(_TEST.search(inner.name.replace("-", "_")))
        if role in parts:
            raise Problem("arrays_pairs", file=name)
        parts[role] = array
    if "x" not in parts:
        raise Problem("arrays_pairs", file=name)
    return _source(parts, {"format": "idx", "file": name}, options)


def _role(name: str) -> str | None:
    """Returns which of "x", "y", "x_test" and "y_test" an array is by its name; None for any other."""
    test = bool(_TEST.search(name))
    rest = _TRAIN.sub("", _TEST.sub("", name)).lower()
    kind = "x" if rest in _ROWS else "y" if rest in _LABELS else None
    return kind and kind + "_test" * test


def _array(content: bytes, file: str, name: str) -> _Array:
    """Returns the array in the content of an NPY file, of numbers or texts. Nothing is unpickled, and no memory is
    asked for beyond the content's."""
    stream = io.BytesIO(content)
    try:
        read_header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[npy.read_magic(stream)]
        shape, by_columns, dtype = read_header(stream)
    except Exception as error:  # whatever damaged headers do to NumPy
        raise Problem("reading_unreadable", file=file, reason=shown(f"{name}: {error}")) from error
    if dtype.kind not in "buifUS":
        raise Problem("arrays_kind", file=file, array=shown(name), type=shown(str(dtype)))
    start, count = stream.tell(), math.prod(shape)
    if len(content) - start != count * dtype.itemsize or min(shape, default=0) < 0:
        raise Problem("reading_unreadable", file=file, reason=shown(f"{name}: {shape}"))
    array = np.frombuffer(content, dtype, offset=start) if dtype.itemsize else np.zeros(count, dtype)
    return array.reshape(shape, order="F" if by_columns else "C")


def _table(array: _Array, found: Mapping[str, Any]) -> Source:
    """Returns an array (n, d) as a table without a header."""
    file, (n, d) = str(found["file"]), array.shape
    tables.check_size(file, n, d)
    columns = [pa.chunked_array([_words(array[:, j])], pa.large_string()) for j in range(d)]
    return tables.table(file, [""] * d, columns, {**found, "decimal": ".", "header": False})


def _words(values: _Array) -> list[str]:
    """Returns the values (n,) as texts, whole numbers without ".0", and "" for what is no number."""
    if values.dtype.kind == "S":
        return [value.decode(errors="replace") for value in values.tolist()]
    if values.dtype.kind == "f":
        values = values.astype(np.float32 if values.dtype.itemsize < 8 else np.float64)
        return ["" if np.isnan(value) else str(value).removesuffix(".0") for value in values]
    return [str(value) for value in values.tolist()]


def _source(parts: Mapping[str, _Array], found: Mapping[str, Any], options: Reading) -> ArraySource:
    """Returns the source of arrays by their roles, "x" among them."""
    file = str(found["file"])
    rows = [parts[role] for role in ("x", "x_test") if role in parts]
    for one in rows:
        if one.ndim < 2 or not one.size or one.shape[1:] != rows[0].shape[1:]:
            raise Problem("arrays_shape", file=file, shape=" and ".join(str(each.shape) for each in rows))
    if sum(map(len, rows)) > tables.MOST_ROWS:
        raise Problem("reading_rows", file=file, high=tables.MOST_ROWS)
    if sum(one.size for one in rows) > MOST_VALUES:
        raise Problem("arrays_values", file=file, high=MOST_VALUES)
    rows = [_finite(file, one) for one in rows]
    image = rows[0].ndim > 2
    about: dict[str, int] = {}
    if image:
        rows = _bytes([_grey(file, one) for one in rows])
        height, width = rows[0].shape[1:]
        if options.side or max(height, width) > MOST_SIDE:
            side = options.side or MOST_SIDE
            rows, about = [images.all_fitted(one, side) for one in rows], {"side": side}
    elif rows[0].shape[1] > MOST_FEATURES:
        raise Problem("reading_columns", file=file, found=rows[0].shape[1], high=MOST_FEATURES)
    labels = [_labels(file, parts.get(role), len(x)) for role, x in zip(("y", "y_test"), rows, strict=False)]
    if len(labels) > 1 and not all(labels[1]):
        raise Problem("arrays_test", file=file)
    x_test, y_test = (rows[1], labels[1]) if len(rows) > 1 else (None, None)
    return ArraySource(rows[0], labels[0], x_test, y_test, image, class_names(labels), {**found, **about})


def _finite(file: str, x: _Array) -> _Array:
    """Returns rows as bytes or float32. Raises Problem arrays_kind, or arrays_value for what is no finite number."""
    if x.dtype.kind not in "buif":
        raise Problem("arrays_kind", file=file, array="x", type=shown(str(x.dtype)))
    if x.dtype == np.uint8:
        return x
    with np.errstate(over="ignore"):  # becomes infinite, which is told
        values = x.astype(np.float32)
    odd = ~np.isfinite(values).reshape(len(x), -1).all(1)
    if odd.any():
        raise Problem("arrays_value", file=file, row=int(odd.argmax()) + 1)
    return values


def _grey(file: str, x: _Array) -> _Array:
    """Returns images (n, height, width, channels) or (n, channels, height, width) as (n, height, width): colours as
    Pillow weighs them. Raises Problem arrays_shape for any other shape."""
    if x.ndim == 3:
        return x
    if x.ndim == 4 and x.shape[-1] not in (1, 3, 4) and x.shape[1] in (1, 3):
        x = np.moveaxis(x, 1, -1)
    if x.ndim != 4 or x.shape[-1] not in (1, 3, 4):
        raise Problem("arrays_shape", file=file, shape=str(x.shape))
    if x.shape[-1] == 1:
        return x[..., 0]
    return x[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)


def _bytes(parts: list[_Array]) -> list[_Array]:
    """Returns images as bytes. Those that do not use the range of bytes are stretched from the lowest value of the
    first part, or 0, to its highest."""
    low, high = min(0.0, float(parts[0].min())), float(parts[0].max())
    if low == 0 and 128 <= high <= 255:
        low, high = 0.0, 255.0
    scale = 255 / (high - low) if high > low else 1.0
    return [
        one if one.dtype == np.uint8 and scale == 1 else np.clip(np.rint((one - low) * scale), 0, 255).astype(np.uint8)
        for one in parts
    ]


def _labels(file: str, y: _Array | None, n: int) -> Texts:
    """Returns labels (n,) as texts, "" where there is none. Raises Problem arrays_counts or arrays_labels."""
    if y is None:
        return np.full(n, "")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise Problem("arrays_labels", file=file, shape=str(y.shape))
    if len(y) != n:
        raise Problem("arrays_counts", file=file, n_rows=n, n_labels=len(y))
    different, which = np.unique(y, return_inverse=True)
    names = [shown(word, LABEL_LETTERS) for word in _words(different)]
    return np.array(names, np.str_)[which]


def class_names(labels: list[Texts]) -> tuple[str, ...]:
    """Returns the different labels, without "": by size where all are whole numbers, else by their letters."""
    names = {str(name) for part in labels for name in np.unique(part) if name}
    whole = all(re.fullmatch(r"-?[0-9]{1,18}", name) for name in names)
    return tuple(sorted(names, key=int) if whole else sorted(names))
