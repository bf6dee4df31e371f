"""Data by name: where the rows come from.

A dataset is an instance of a small class and one line in _ALL. What the page needs for its layout (sizes, names) is
known without loading; the rows are loaded once.
"""

import gzip
import importlib.util
import os
import string
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ladder.arrays import Floats, Ints, Numbers
from ladder.data import idx, own, variants
from ladder.data.own import Own
from ladder.data.rows import DATA_SEED, Data, split
from ladder.data.variants import Variant
from ladder.files import runs_folder
from ladder.problems import Problem
from ladder.settings import DATASET_NAMES, base_of, is_base, is_own, is_variant

DIGITS_TEST = 500
GENERATED = 1000  # points of each part


def folder() -> Path:
    """Returns the folder of the large datasets: the environment variable LADDER_DATA, or data/ in the working
    directory."""
    return Path(os.environ.get("LADDER_DATA") or "data")


def _data(
    info: "Info",
    x: Numbers,
    y: Numbers,
    x_test: Numbers,
    y_test: Numbers,
    scale: tuple[Floats, Floats] | None = None,
) -> Data:
    rows = [np.ascontiguousarray(part, np.float32) for part in (x, x_test)]
    labels = [np.asarray(part, np.int64) for part in (y, y_test)]
    names = info.class_names, info.image_shape, info.feature_names
    return Data(info.name, rows[0], labels[0], rows[1], labels[1], *names, scale)


@dataclass(frozen=True)
class Digits:
    """scikit-learn's handwritten digits (UCI): 1,797 images of 8 x 8 pixels in [0, 1]; 500 of them are test rows."""

    name: str = "digits"
    n_features: int = 64
    n_train: int = 1797 - DIGITS_TEST
    n_test: int = DIGITS_TEST
    class_names: tuple[str, ...] = tuple("0123456789")
    image_shape: tuple[int, int] | None = (8, 8)
    feature_names: tuple[str, ...] = ()
    generated: bool = False

    def load(self, data_noise: float) -> Data:
        """Returns the images; `data_noise` has no effect."""
        x, y = _digits()
        train, test = split(y, DIGITS_TEST)
        return _data(self, x[train] / 16.0, y[train], x[test] / 16.0, y[test])


def _digits() -> tuple[Numbers, Numbers]:
    """Returns scikit-learn's digits, (1797, 64) in 0 to 16 and their classes, from the file in its package. Importing
    scikit-learn, SciPy and pandas for them would cost every worker a second and 100 MB."""
    spec = importlib.util.find_spec("sklearn")
    assert spec and spec.origin, "scikit-learn is in requirements.txt"
    package = Path(spec.origin).parent
    with gzip.open(package / "datasets" / "data" / "digits.csv.gz") as file:
        table = np.loadtxt(file, delimiter=",")
    return table[:, :-1], table[:, -1].astype(int)


@dataclass(frozen=True)
class Plane:
    """Generated points in the plane, nearly all within [-2, 2]^2 at the default `data_noise`. `curve`: takes a position
    from 0 to 1 and a class for each point, and a generator, and returns the points (n, 2) without noise."""

    name: str
    curve: Callable[[Floats, Ints, np.random.Generator], Floats]
    n_classes: int = 2
    n_features: int = 2
    n_train: int = GENERATED
    n_test: int = GENERATED
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] = ("x", "y")
    generated: bool = True

    @property
    def class_names(self) -> tuple[str, ...]:
        """Returns the first letters of the alphabet, one for each class."""
        return tuple(string.ascii_uppercase[: self.n_classes])

    def load(self, data_noise: float) -> Data:
        """Returns the points; `data_noise` is the std of the Gaussian noise that moves them off their curve, in the
        units of the plane."""
        rng = np.random.default_rng(DATA_SEED)
        y = np.arange(2 * GENERATED) % self.n_classes
        x = self.curve(rng.random(len(y)), y, rng)
        x = x + data_noise * rng.standard_normal(x.shape)
        order = rng.permutation(len(y))
        train, test = order[:GENERATED], order[GENERATED:]
        return _data(self, x[train], y[train], x[test], y[test])


def _moons(t: Floats, y: Ints, rng: np.random.Generator) -> Floats:
    angle = np.pi * t
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
    return 1.3 * np.where(y[:, None] == 0, upper, -upper)


def _circles(t: Floats, y: Ints, rng: np.random.Generator) -> Floats:
    angle = 2 * np.pi * t
    return np.stack([np.cos(angle), np.sin(angle)], 1) * np.where(y == 0, 1.6, 0.8)[:, None]


def _blobs(t: Floats, y: Ints, rng: np.random.Generator) -> Floats:
    angle = 2 * np.pi * (y / 3 + 0.25)
    centre = 1.1 * np.stack([np.cos(angle), np.sin(angle)], 1)
    return centre + 0.25 * rng.standard_normal((len(y), 2))


def _spirals(t: Floats, y: Ints, rng: np.random.Generator) -> Floats:
    radius = 0.2 + 1.6 * np.sqrt(t)
    angle = 3.2 * radius + np.pi * y
    turned: Floats = np.stack([np.cos(angle), np.sin(angle)], 1)
    return radius[:, None] * turned


@dataclass(frozen=True)
class Table:
    """A small table of scikit-learn's, standardised by the training rows' mean and std; 30 % of it are test rows. The
    catalogue has the features' names, with their units where the table states them (`feature.<name>.<feature>`)."""

    name: str
    feature_names: tuple[str, ...]
    n_rows: int
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None = None
    generated: bool = False

    @property
    def n_features(self) -> int:
        """Returns the number of values in a row."""
        return len(self.feature_names)

    @property
    def n_train(self) -> int:
        """Returns the number of training rows."""
        return self.n_rows - self.n_test

    @property
    def n_test(self) -> int:
        """Returns the number of test rows."""
        return round(0.3 * self.n_rows)

    def load(self, data_noise: float) -> Data:
        """Returns the table; `data_noise` has no effect."""
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{self.name}")()
        train, test = split(bunch.target, self.n_test)
        x = bunch.data.astype(np.float64)
        mean, std = x[train].mean(0), x[train].std(0)
        std = np.where(std > 0, std, 1.0)
        x = (x - mean) / std
        scale = mean.astype(np.float32), std.astype(np.float32)
        return _data(self, x[train], bunch.target[train], x[test], bunch.target[test], scale)


_IRIS = "sepal_length", "sepal_width", "petal_length", "petal_width"
_WINE = (
    *("alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids"),
    *("nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "diluted_wines", "proline"),
)
_NUCLEUS = (
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity"),
    *("concave_points", "symmetry", "fractal_dimension"),
)
_CANCER = tuple(f"{kind}_{feature}" for kind in ("mean", "error", "worst") for feature in _NUCLEUS)


_CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


@dataclass(frozen=True)
class Idx:
    """Images of 28 x 28 pixels in [0, 1], from four IDX files in `<data folder>/<name>/` or torchvision's folders."""

    name: str
    class_names: tuple[str, ...] = tuple("0123456789")
    n_features: int = 784
    n_test: int = 10000
    image_shape: tuple[int, int] | None = (28, 28)
    feature_names: tuple[str, ...] = ()
    generated: bool = False
    torchvision: str = "MNIST"  # torchvision's name for the set and for its folder
    parts: tuple[str, ...] = (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    )

    @property
    def n_train(self) -> int:
        """Returns the number of training rows in the header of the training labels, or MNIST's 60,000 while no such
        file can be read."""
        for path in self.found(self.parts[1]):
            with suppress(Problem):
                return idx.shape(path)[0] or 60000
        return 60000

    def found(self, part: str) -> list[Path]:
        """Returns the existing files of a part (one of `parts`) under the names and in the folders in use, the
        likeliest first. Packed files come before raw ones, as downloads are packed. Kaggle puts each file into a folder
        of the file's name."""
        own, torchvision = folder() / self.name, Path(self.torchvision) / "raw"
        places = (own, own / "raw", own / torchvision, folder() / torchvision)
        names = [name + end for end in (".gz", "") for name in (part, part.replace("-idx", ".idx"))]
        paths = [place / name for place in places for name in (*names, *(f"{name}/{name}" for name in names))]
        return [path for path in paths if path.is_file()]

    def missing(self) -> Problem:
        """Returns Problem data_missing, which says which files are not there, and where they belong."""
        files = ", ".join(part for part in self.parts if not self.found(part))
        return Problem("data_missing", name=self.name, folder=str(folder() / self.name), files=files)

    def load(self, data_noise: float) -> Data:
        """Returns the images; `data_noise` has no effect.

        Raises Problem data_missing, the Problems of idx.read, or for files that do not fit data_shape, data_labels or
        data_mismatch.
        """
        if not all(self.found(part) for part in self.parts):
            raise self.missing()
        x, y, x_test, y_test = (self._read(part) for part in self.parts)
        self._check(x, y, *self.parts[:2])
        self._check(x_test, y_test, *self.parts[2:])
        flat, flat_test = (images.reshape(len(images), -1) / np.float32(255) for images in (x, x_test))
        return _data(self, flat, y, flat_test, y_test)

    def _read(self, part: str) -> NDArray[np.uint8]:
        """Returns the array in the first file of a part that can be read. Raises the Problem of the first file if none
        can be read."""
        problems = []
        for path in self.found(part):
            try:
                return idx.read(path)
            except Problem as problem:
                problems.append(problem)
        raise problems[0]

    def _check(self, images: Numbers, labels: Numbers, images_file: str, labels_file: str) -> None:
        """Raises Problem data_shape, data_labels or data_mismatch, which name a file that belongs to another dataset:
        it has other sizes, other classes, or another number of rows."""
        for array, file, rest in ((images, images_file, self.image_shape), (labels, labels_file, ())):
            if array.shape[1:] != rest or not len(array):
                found, expected = (" × ".join(map(str, sizes)) for sizes in (array.shape, ("n", *(rest or ()))))
                raise Problem("data_shape", name=self.name, file=file, found=found, expected=expected)
        if labels.max() >= len(self.class_names):
            high = len(self.class_names) - 1
            raise Problem("data_labels", name=self.name, file=labels_file, found=int(labels.max()), high=high)
        if len(images) != len(labels):
            n = {"n_images": f"{len(images):,}", "n_labels": f"{len(labels):,}"}
            raise Problem("data_mismatch", name=self.name, images=images_file, labels=labels_file, **n)


_ALL = (
    Digits(),
    Plane("moons", _moons),
    Plane("circles", _circles),
    Plane("blobs", _blobs, 3),
    Plane("spirals", _spirals),
    Table("iris", _IRIS, 150, ("setosa", "versicolor", "virginica")),
    Table("wine", _WINE, 178, ("1", "2", "3")),
    Table("breast_cancer", _CANCER, 569, ("malignant", "benign")),
    Idx("mnist"),
    Idx("fashion-mnist", _CLOTHES, torchvision="FashionMNIST"),
)


Base = Digits | Plane | Table | Idx | Own


@dataclass(frozen=True)
class Varied:
    """A dataset made from `base` (variants.py)."""

    name: str
    base: Base
    variant: Variant

    @property
    def n_features(self) -> int:
        """Returns the number of values in a row."""
        return self.base.n_features

    @property
    def class_names(self) -> tuple[str, ...]:
        """Returns the names of the classes."""
        return self.base.class_names

    @property
    def image_shape(self) -> tuple[int, int] | None:
        """Returns (height, width) of images, None for rows that are none."""
        return self.base.image_shape

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Returns the names of the values in a row."""
        return self.base.feature_names

    @property
    def generated(self) -> bool:
        """Returns whether the rows are generated."""
        return self.base.generated

    @property
    def n_train(self) -> int:
        """Returns the number of training rows."""
        return self.base.n_train - 2 * self._n_reserved

    @property
    def n_test(self) -> int:
        """Returns the number of rows that are measured."""
        return self._n_reserved or self.base.n_test

    @property
    def _n_reserved(self) -> int:
        is_reserve = isinstance(self.variant, variants.Reserve)
        return variants.n_reserved(n_known(self.base.name), self.base.n_test) if is_reserve else 0

    @property
    def n_known(self) -> int:
        """Returns how many training rows have a known class."""
        return n_known(self.base.name) - 2 * self._n_reserved

    def load(self, data_noise: float) -> Data:
        """Returns the rows. Raises Problem as the base's `load` does, and "variant_word" where labels do not fit the
        rows."""
        return replace(self.variant.applied(_load(self.base.name, data_noise, folder())), name=self.name)


Info = Base | Varied


class _Datasets(dict[str, Info]):
    """The datasets by name. A person's own data and variants are no keys of it, and found by their name all the same:
    Problem "own_missing" or "variant_missing" where they are not kept here."""

    def __missing__(self, name: str) -> Info:
        if is_own(name):
            return _owned(name, runs_folder())
        base = base_of(name)
        if not is_variant(name) or not is_base(base):
            raise KeyError(name)
        return _varied(name, runs_folder())


@lru_cache(maxsize=64)
def _owned(name: str, where: Path) -> Own:  # remembered where the data are deleted: runs on them are still shown
    return own.found(name)


@cache  # a run in view goes on with data that were deleted meanwhile
def _varied(name: str, where: Path) -> Varied:
    base = DATASETS[base_of(name)]
    assert not isinstance(base, Varied)
    return Varied(name, base, variants.found(name))


DATASETS: dict[str, Info] = _Datasets({one.name: one for one in _ALL})
assert tuple(DATASETS) == DATASET_NAMES


def n_labels(name: str) -> int:
    """Returns how many training rows of the dataset `name` have a label that may be used."""
    info = DATASETS[name]
    made = info.variant if isinstance(info, Varied) else None
    return len(made.rows) if isinstance(made, variants.Labels) else n_known(name)


def n_known(name: str) -> int:
    """Returns how many training rows of the dataset `name` have a known class."""
    info = DATASETS[name]
    if isinstance(info, Varied):
        return info.n_known
    return info.n_given if isinstance(info, Own) else info.n_train


def is_reserve(name: str) -> bool:
    """Returns whether errors of the dataset `name` are measured on validation rows, while others are put aside."""
    info = DATASETS[name]
    return isinstance(info, Varied) and isinstance(info.variant, variants.Reserve)


def scored(name: str, data_noise: float) -> Data:
    """Returns the rows of the variant `name`, a Reserve, with those put aside as the test rows. Raises Problem as
    `load` does."""
    info = DATASETS[name]
    assert isinstance(info, Varied) and isinstance(info.variant, variants.Reserve)
    return info.variant.scored(load(info.base.name, data_noise))


def load(name: str, data_noise: float = 0.15) -> Data:
    """Returns the dataset `name` (a key of DATASETS), loaded once per process. `data_noise` (a std, see Plane.load) has
    an effect on generated data only.

    Raises Problem data_missing, data_shape, data_labels, data_mismatch, those of idx.read, and for a variant
    variant_missing and variant_word.
    """
    info = DATASETS[name]
    return _load(name, data_noise if info.generated else 0.0, folder())


@lru_cache(maxsize=16)
def _load(name: str, data_noise: float, where: Path) -> Data:
    return DATASETS[name].load(data_noise)


def available(name: str) -> bool:
    """Returns whether `load` would find the files of the dataset `name`."""
    info = DATASETS[base_of(name)]
    return not isinstance(info, Idx) or all(info.found(part) for part in info.parts)


def check_kept(name: str) -> None:
    """Raises Problem own_missing or variant_missing where a person's own data, or a variant, are not kept here."""
    if is_own(base_of(name)):
        own.found(base_of(name))
    variants.check(name)


def check(name: str, n_labeled: int) -> None:
    """Raises Problem data_missing (no files of the dataset `name`), those of check_kept, labels_too_few (fewer labels
    than classes), labels_too_many (more labels than training rows) or labels_given (more than people gave). Loads no
    rows."""
    check_kept(name)
    info, base = DATASETS[name], DATASETS[base_of(name)]
    if isinstance(base, Idx) and not available(name):
        raise base.missing()
    if n_labeled < len(info.class_names):
        raise Problem("labels_too_few", n_labeled=n_labeled, n_classes=len(info.class_names))
    if n_labeled > info.n_train:
        raise Problem("labels_too_many", n_labeled=n_labeled, n_rows=info.n_train)
    if n_labeled > n_labels(name):
        raise Problem("labels_given", n_labeled=n_labeled, n_rows=n_labels(name))
