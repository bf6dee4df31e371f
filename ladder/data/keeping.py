"""Keeping a person's data, and getting back what they were made of. Loads pandas, which own.py does not."""

import hashlib
import json
import shutil
import time
from dataclasses import asdict
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas

from ladder.data.choices import Choices
from ladder.data.own import META, ROWS, Own, folder, found, listed
from ladder.data.preparing import NUMBERS, Prepared, decimal_of, prepare
from ladder.data.rows import Data
from ladder.data.source import ArraySource, Source, TableSource
from ladder.files import temporary_of
from ladder.problems import Problem, reason_of

DIGITS = 16  # of a hash in a name
MOST_KEPT = 100  # datasets
MOST_BYTES = 2_000_000_000  # of all of them
LONGEST_TITLE = 60
_TABLE, _ARRAYS = "source.parquet", "source.npz"


def name_of(source: Source, choices: Choices) -> str:
    """Returns what the dataset of a source and of choices is called."""
    told = json.dumps([NUMBERS, digest(source), asdict(choices)], sort_keys=True)
    return f"own-{hashlib.sha256(told.encode()).hexdigest()[:DIGITS]}"


def digest(source: Source) -> str:
    """Returns the SHA-256 of what a source holds, in hex: of a table its names and cells and its decimal sign, of
    arrays their rows and labels. Where the file came from and how it was packed do not count."""
    told = hashlib.sha256()
    if isinstance(source, TableSource):
        told.update(json.dumps([*source.columns, decimal_of(source)]).encode())
        for k in range(len(source.columns)):
            told.update(json.dumps(source.cells.iloc[:, k].tolist()).encode())
        return told.hexdigest()
    for part in (source.x, source.y, source.x_test, source.y_test):
        if part is None:
            told.update(b"none")
        elif part.dtype.kind in "OUT":
            told.update(json.dumps([str(one) for one in part]).encode())
        else:
            told.update(f"{part.dtype.str}{part.shape}".encode() + np.ascontiguousarray(part).tobytes())
    return told.hexdigest()


def cleaned_title(title: str) -> str:
    """Returns a title on one line, without blanks at its ends. Raises Problem own_title for an empty one, or one of
    more than LONGEST_TITLE letters."""
    words = " ".join(title.split())
    if not 1 <= len(words) <= LONGEST_TITLE or not words.isprintable():
        raise Problem("own_title", high=LONGEST_TITLE)
    return words


def keep(source: Source, choices: Choices, title: str, filename: str = "") -> Own:
    """Prepares the rows of a source, keeps them, and returns what is known of them. The same data kept again get the
    new title. Raises Problem as preparing.prepare and cleaned_title do, own_full where MOST_KEPT datasets or MOST_BYTES
    are kept already, own_taken where other data have the title, and own_disk where the disk does not take it."""
    title, name = cleaned_title(title), name_of(source, choices)
    others = [one for one in listed() if one.name != name]
    if any(one.title == title for one in others):
        raise Problem("own_taken", title=title)
    prepared = prepare(source, choices)
    if len(others) >= MOST_KEPT or sum(map(_size, (one.name for one in others))) > MOST_BYTES:
        raise Problem("own_full", high=MOST_KEPT, gigabytes=MOST_BYTES // 10**9)
    kept = _described(name, title, filename, source, choices, prepared)
    try:
        _write(kept, source, prepared.data)
    except OSError as error:
        raise Problem("own_disk", reason=reason_of(error)) from None
    return kept


def source_of(name: str) -> Source:
    """Returns what the dataset `name` was made of. Raises Problem own_missing as `found` does."""
    kept, place = found(name), folder(name)
    try:
        if (place / _TABLE).exists():
            cells = pandas.read_parquet(place / _TABLE).set_axis(range(len(kept.columns)), axis=1).astype("str")
            return TableSource(kept.columns, cells.set_axis([*kept.columns], axis=1), kept.found)
        with np.load(place / _ARRAYS, allow_pickle=False) as file:
            arrays: dict[str, Any] = dict(file)
    except (OSError, ValueError, BadZipFile, EOFError):
        raise Problem("own_missing", name=name) from None
    return ArraySource(
        arrays["x"],
        arrays["y"].astype(object),
        arrays.get("x_test"),
        arrays["y_test"].astype(object) if "y_test" in arrays else None,
        kept.image_shape is not None,
        kept.class_names,
        kept.found,
    )


def _size(name: str) -> int:
    return sum(path.stat().st_size for path in folder(name).iterdir())


def _described(name: str, title: str, filename: str, source: Source, choices: Choices, prepared: Prepared) -> Own:
    data = prepared.data
    return Own(
        name=name,
        title=title,
        created=time.time(),
        filename=filename,
        found=dict(source.found),
        columns=source.columns if isinstance(source, TableSource) else (),
        choices=choices,
        n_features=data.n_features,
        n_train=len(data.y),
        n_test=len(data.y_test),
        n_given=len(data.y) if data.given is None else len(data.given),
        class_names=data.class_names,
        feature_names=data.feature_names,
        image_shape=data.image_shape,
        done=prepared.done,
        warnings=prepared.warnings,
        counts=prepared.counts,
    )


def _write(kept: Own, source: Source, data: Data) -> None:
    """Writes the folder of a dataset under a temporary name, which becomes its own when all is on the disk."""
    place = folder(kept.name)
    if (place / META).exists():
        (temporary := temporary_of(place / META)).write_text(json.dumps(asdict(kept)), encoding="utf-8")
        temporary.replace(place / META)
        return
    made = temporary_of(place)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    try:
        arrays: dict[str, Any] = {"x": data.x, "y": data.y, "x_test": data.x_test, "y_test": data.y_test}
        arrays |= {} if data.given is None else {"given": data.given}
        arrays |= {} if data.scale is None else dict(zip(("mean", "std"), data.scale, strict=True))
        np.savez(made / ROWS, **arrays)
        if isinstance(source, TableSource):
            cells = source.cells.set_axis([str(k) for k in range(len(source.columns))], axis=1)
            cells.to_parquet(made / _TABLE, index=False)
        else:
            np.savez_compressed(made / _ARRAYS, **_arrays_of(source))
        (made / META).write_text(json.dumps(asdict(kept)), encoding="utf-8")
        made.rename(place)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _arrays_of(source: ArraySource) -> dict[str, Any]:
    parts = {"x": source.x, "y": source.y.astype(str)}
    if source.x_test is not None and source.y_test is not None:
        parts |= {"x_test": source.x_test, "y_test": source.y_test.astype(str)}
    return parts
