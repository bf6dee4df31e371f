"""Samples that people drew: beside the rows of a dataset of the same images they are data to train and to test on.

A page keeps them as JSON (ui/live/drawn_set.js): `shape`, [rows, columns]; `names`, the classes' names; and `samples`,
each with `pixels`, base64 of a byte for each pixel, `class`, the number of its class, and `part`, "training" or "test".
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ladder.arrays import Bools, Floats, Ints, Numbers
from ladder.data import datasets
from ladder.data.rows import labeled_rows
from ladder.problems import Problem

MOST_SAMPLES = 200  # of one person, and in one question about a run
MOST_SIDE, MOST_CLASSES = 64, 26
LEAST_TESTS = 10  # of a dataset: of fewer, one sample is more than a tenth of the error
PER_LINE, SIDE_SHOWN = 24, 32  # samples in a line of a picture of many, and pixels of each
PARTS = "test", "training"
INK = 255  # of the darkest pixel


@dataclass(frozen=True, eq=False)
class Drawn:
    """Drawn samples of images of `shape` (rows, columns), of the classes `class_names`. `pixels` (n, rows, columns)
    uint8, 0 for paper to INK; `classes` (n,) int64; `tests` (n,) bool, whether a sample is for testing: the others are
    training samples with a label."""

    shape: tuple[int, int]
    class_names: tuple[str, ...]
    pixels: Numbers
    classes: Ints
    tests: Bools


def parsed(words: object) -> Drawn:
    """Returns the drawn samples of a page's JSON. Raises Problem drawn_word for anything else, and drawn_many for more
    than MOST_SAMPLES."""
    try:
        return _parsed(words)
    except (TypeError, KeyError, ValueError):  # binascii.Error is a ValueError
        raise Problem("drawn_word") from None


def _parsed(words: Any) -> Drawn:
    shape, names, samples = words["shape"], words["names"], words["samples"]
    rows, columns = (_whole(side, 1, MOST_SIDE) for side in shape)
    if not isinstance(names, list) or not 2 <= len(names) <= MOST_CLASSES or not all(isinstance(k, str) for k in names):
        raise ValueError("no names of classes")
    if not isinstance(samples, list) or not samples:
        raise ValueError("no samples")
    if len(samples) > MOST_SAMPLES:
        raise Problem("drawn_many", n=len(samples), high=MOST_SAMPLES)
    pixels = np.stack([pixels_of(one["pixels"]).reshape(rows, columns) for one in samples])
    classes = np.array([_whole(one["class"], 0, len(names) - 1) for one in samples], np.int64)
    tests = np.array([PARTS.index(one["part"]) == 0 for one in samples])
    return Drawn((rows, columns), tuple(names), pixels, classes, tests)


def words(drawn: Drawn) -> dict[str, object]:
    """Returns drawn samples as `parsed` takes them."""
    every = zip(drawn.pixels, drawn.classes, drawn.tests, strict=True)
    listed = [
        {"pixels": base64.b64encode(image.tobytes()).decode(), "class": int(k), "part": PARTS[0 if is_test else 1]}
        for image, k, is_test in every
    ]
    return {"shape": list(drawn.shape), "names": list(drawn.class_names), "samples": listed}


def sheet(drawn: Drawn) -> Numbers:
    """Returns all samples as one picture, dark ink on white, uint8: a line or more for each class, PER_LINE samples a
    line, each about SIDE_SHOWN pixels high."""
    rows, columns = drawn.shape
    lines = []
    for k in range(len(drawn.class_names)):
        of_class = drawn.pixels[drawn.classes == k]
        for at in range(0, len(of_class), PER_LINE):
            line = np.zeros((rows + 1, PER_LINE * (columns + 1)), np.uint8)
            for i, image in enumerate(of_class[at : at + PER_LINE]):
                line[:rows, i * (columns + 1) : i * (columns + 1) + columns] = image
            lines.append(line)
    picture: Numbers = np.kron(INK - np.concatenate(lines), np.ones((max(1, SIDE_SHOWN // rows),) * 2, np.uint8))
    return picture


def pixels_of(text: object) -> Numbers:
    """Returns the pixels, uint8, of base64 of a byte for each. Raises ValueError or TypeError for anything else."""
    if not isinstance(text, str):
        raise TypeError("no text")
    return np.frombuffer(base64.b64decode(text, validate=True), np.uint8)


def _whole(value: object, low: int, high: int) -> int:
    if type(value) is not int or not low <= value <= high:
        raise ValueError("no such number")
    return value


def together(drawn: Iterable[Drawn]) -> Drawn:
    """Returns the samples of several people as one. All are of the same images and classes."""
    every = list(drawn)
    parts = ([getattr(one, name) for one in every] for name in ("pixels", "classes", "tests"))
    return Drawn(every[0].shape, every[0].class_names, *map(np.concatenate, parts))


def fits(name: str, shape: tuple[int, int] | None, class_names: Iterable[str]) -> bool:
    """Returns whether the dataset `name` has images of this shape and these classes, in whatever order."""
    info = datasets.DATASETS[name]
    return shape is not None and info.image_shape == shape and {*info.class_names} == {*class_names}


def rows_to_test(name: str, class_names: tuple[str, ...]) -> tuple[Floats, Ints]:
    """Returns the test rows (n, d) of the dataset `name` that have one of these classes, with the classes (n,) as
    numbers in the order of `class_names`. Raises Problem as datasets.load does."""
    data = datasets.load(name)
    number = np.array([class_names.index(one) if one in class_names else -1 for one in data.class_names])
    y = number[data.y_test]
    return data.x_test[y >= 0], y[y >= 0]


def check(drawn: Drawn, base: str, n_labels: int) -> None:
    """Raises Problem drawn_fits where the samples are of other images than the dataset `base`, drawn_few for fewer than
    LEAST_TESTS test samples, drawn_classes where no label of the base stays and a class was not drawn for training, and
    those of datasets.check for numbers of labels that the base cannot have."""
    if not fits(base, drawn.shape, drawn.class_names):
        raise Problem("drawn_fits")
    n_tests = int(drawn.tests.sum())
    if 0 < n_tests < LEAST_TESTS:
        raise Problem("drawn_few", n=n_tests, low=LEAST_TESTS)
    if drawn.tests.all() or n_labels:
        datasets.check(base, n_labels or datasets.n_labels(base))
        return
    train = drawn.classes[~drawn.tests]
    if missing := [name for k, name in enumerate(drawn.class_names) if k not in train]:
        raise Problem("drawn_classes", names=", ".join(missing))


def arrays(drawn: Drawn, base: str, n_labels: int, label_seed: int) -> dict[str, Any]:
    """Returns the rows of the dataset `base` with drawn samples as the arrays of an NPZ file that a page reads as data:
    x (n, rows, columns) uint8 and x_test alike, y (n,) and y_test, texts, "" for a training row without a label.

    Drawn training samples join the training rows. They would be few among many labels, so that of the base's labels
    only `n_labels` stay then, those that a run with `label_seed` keeps; 0 for none. Without drawn training samples all
    labels stay. Where there are drawn test samples, they alone are the test rows; else those of the base are.

    Raises Problem as `check` and datasets.load do.
    """
    check(drawn, base, n_labels)
    data, names, train = datasets.load(base), np.array(drawn.class_names), ~drawn.tests
    of_base = np.array(data.class_names)
    y = np.where(data.y >= 0, of_base[data.y], "")
    if train.any():
        kept = np.isin(np.arange(len(y)), labeled_rows(data, n_labels, label_seed) if n_labels else np.zeros(0))
        y = np.where(kept, y, "")
    x, x_test = (np.rint(INK * one).astype(np.uint8).reshape(-1, *drawn.shape) for one in (data.x, data.x_test))
    found = {"x": np.concatenate([x, drawn.pixels[train]]), "y": np.concatenate([y, names[drawn.classes[train]]])}
    if drawn.tests.any():
        return found | {"x_test": drawn.pixels[drawn.tests], "y_test": names[drawn.classes[drawn.tests]]}
    return found | {"x_test": x_test, "y_test": of_base[data.y_test]}
