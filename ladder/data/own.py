"""A person's own datasets, each kept by the hash of what it is, under a name that the person gave.

A dataset is called "own-" and 16 digits of the SHA-256 of its source and of the choices made for it. So a link, a run's
file or a result that names it always means the same rows. It is a folder in data/ beside the runs: the source as it was
read, so that other choices can be made and other files prepared alike; the prepared rows; and meta.json. Nothing in it
is ever executed. A process or a machine that does not have the folder cannot load the dataset.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar
from zipfile import BadZipFile

import numpy as np

from ladder import given, i18n
from ladder.data.choices import Choices, Note
from ladder.data.rows import Data
from ladder.files import runs_folder, temporary_of
from ladder.problems import Problem, reason_of
from ladder.settings import DATASET_NAMES, is_own

MOST_READ = 200  # described datasets that a process remembers
MOST_META = 4_000_000  # bytes of a meta.json that is read
META, ROWS = "meta.json", "rows.npz"  # the files of a dataset that are read to learn from it


@dataclass(frozen=True)
class Own:
    """What is known of a dataset without its rows. `name`: own-<hash>; `title`: what its person calls it; `created`:
    seconds since 1970. `n_train`, `n_test`: rows; `n_given`: training rows whose class is known. `found`: what was
    found out about the file, by name; `filename`: the file's own name; `columns`: of a table, as the file names them.
    `done`, `warnings` and `counts`: see Prepared."""

    name: str
    title: str
    created: float
    filename: str
    found: Mapping[str, Any]
    columns: tuple[str, ...]
    choices: Choices
    n_features: int
    n_train: int
    n_test: int
    n_given: int
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int] | None
    done: tuple[Note, ...]
    warnings: tuple[Note, ...]
    counts: tuple[tuple[int, int], ...]
    generated: ClassVar[bool] = False

    def load(self, data_noise: float) -> Data:
        """Returns the rows; `data_noise` has no effect. Raises Problem own_missing where they are not kept here."""
        return rows(self.name)

    def about(self) -> dict[str, str]:
        """Returns the numbers of classes, features, training, labelled and test rows, as people write them."""
        counts = {name: f"{getattr(self, name):,}" for name in ("n_train", "n_given", "n_test", "n_features")}
        return counts | {"n_classes": str(len(self.class_names))}


def found(name: str) -> Own:
    """Returns what is known of the dataset `name`. Raises Problem own_missing where it is not kept here, or its folder
    is damaged."""
    path = folder(name) / META
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, KeyError, Problem):
        raise Problem("own_missing", name=name) from None


def rows(name: str) -> Data:
    """Returns the rows of the dataset `name`. Raises Problem own_missing as `found` does."""
    kept = found(name)
    try:
        with np.load(folder(name) / ROWS, allow_pickle=False) as file:
            arrays: dict[str, Any] = dict(file)
    except (OSError, ValueError, BadZipFile, EOFError, KeyError):
        raise Problem("own_missing", name=name) from None
    scale = (arrays["mean"], arrays["std"]) if "mean" in arrays else None
    return Data(
        name,
        arrays["x"],
        arrays["y"],
        arrays["x_test"],
        arrays["y_test"],
        kept.class_names,
        kept.image_shape,
        kept.feature_names,
        scale,
        arrays.get("given"),
    )


def listed() -> list[Own]:
    """Returns all datasets that are kept here, the newest first; a damaged one is left out."""
    kept = []
    for name in _names():
        with suppress(Problem):
            kept.append(found(name))
    return sorted(kept, key=lambda one: (-one.created, one.name))


def named(title: str) -> str:
    """Returns the name of the dataset whose title, or whose own name, is `title`. Raises Problem own_unknown where
    there is none."""
    name = next((one.name for one in listed() if title in (one.title, one.name)), None)
    if name is None:
        raise Problem("own_unknown", title=title[:60])
    return name


def called(word: str) -> str:
    """Returns the name of the dataset that a person means by `word`: of own data their title, or any other word as it
    is."""
    return next((one.name for one in listed() if one.title == word), word) if word not in DATASET_NAMES else word


def remove(name: str) -> None:
    """Deletes the dataset `name` and all that is kept of it. Runs that learned from it stay as they were last seen, and
    cannot go on. Raises Problem own_missing where it is not kept here, and own_disk where the disk does not obey."""
    found(name)
    gone = temporary_of(folder(name))
    try:
        folder(name).rename(gone)  # all of it at once: nobody finds half a dataset
        shutil.rmtree(gone)
    except OSError as error:
        raise Problem("own_disk", reason=reason_of(error)) from None


def folder(name: str) -> Path:
    """Returns the folder of the dataset `name`."""
    assert is_own(name), name
    return runs_folder() / "data" / name


def _names() -> Iterator[str]:
    try:
        yield from (path.name for path in (runs_folder() / "data").iterdir() if is_own(path.name))
    except OSError:
        return


@lru_cache(maxsize=MOST_READ)
def _read(path: Path, changed: int) -> Own:
    """Returns what meta.json says. Raises OSError, ValueError, TypeError, KeyError or Problem for a damaged one."""
    content = path.read_bytes()
    if len(content) > MOST_META:
        raise ValueError("too long")
    values: Any = given.parsed(content)
    values["choices"] = Choices(**values["choices"])
    for name in ("done", "warnings"):
        known = i18n.catalogue()  # without the sentences of another version
        values[name] = tuple((key, dict(words)) for key, words in values[name] if key in known)
    for name in ("class_names", "feature_names", "columns"):
        values[name] = tuple(map(str, values[name]))
    values["counts"] = tuple((int(n), int(m)) for n, m in values["counts"])
    shape = values["image_shape"]
    values["image_shape"] = (int(shape[0]), int(shape[1])) if shape else None
    return Own(**values)
