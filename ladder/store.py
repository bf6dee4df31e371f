"""Runs on disk and as a file to take along: NumPy's archive format with a JSON text inside; nothing is executed.

One format serves the checkpoint a worker leaves each second, the file a visitor downloads, and the one he brings back.
"""

import dataclasses
import io
import json
import os
import re
import time
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ladder.history import MEASURED, POINTS, History
from ladder.problems import Problem
from ladder.settings import Live, Recipe, Structure

VERSION = 1
KEPT_RUNS = 200  # files in the runs folder; the oldest go
TEMPORARY_SECONDS = 600  # no write takes so long
_WEIGHTS = ("theta", "adam_m", "adam_v")
_COUNTERS = ("update", "seen_labeled", "seen_unlabeled")
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{4,32}")


@dataclass
class Saved:
    """A run at rest. `states`: for "ladder" and "twin" the fields of training.State as a dictionary."""

    recipe: Recipe
    states: dict[str, dict]
    history: History
    elapsed: float = 0.0


def recipe_to_json(recipe: Recipe) -> dict:
    """Plain dictionaries and lists."""
    return {
        "structure": dataclasses.asdict(recipe.structure),
        "live": dataclasses.asdict(recipe.live),
        "changes": [[update, dataclasses.asdict(live)] for update, live in recipe.changes],
    }


def recipe_from_json(values: dict) -> Recipe:
    """The recipe, checked field by field; Problem for values out of range, TypeError or KeyError if foreign."""
    changes = tuple((int(update), Live(**live)) for update, live in values["changes"])
    return Recipe(Structure(**values["structure"]), Live(**values["live"]), changes)


def to_bytes(saved: Saved) -> bytes:
    """The file's content."""
    meta = {
        "format": "ladder-lab",
        "version": VERSION,
        "recipe": recipe_to_json(saved.recipe),
        "counters": {who: {k: state[k] for k in _COUNTERS} for who, state in saved.states.items()},
        "elapsed": saved.elapsed,
    }
    arrays = {f"{who}/{k}": state[k] for who, state in saved.states.items() for k in _WEIGHTS}
    arrays |= {f"history/{name}": array for name, array in saved.history.arrays.items()}
    stream = io.BytesIO()
    np.savez(stream, meta=np.frombuffer(json.dumps(meta).encode(), np.uint8), **arrays)
    return stream.getvalue()


def from_bytes(content: bytes) -> Saved:
    """The run in a file of `to_bytes`. Problem when it is another kind of file, damaged, or of another version."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise Problem("checkpoint_foreign")  # ours are not compressed, and a small file may not fill the memory
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = dict(archive)
        meta = json.loads(arrays.pop("meta").tobytes())
        if meta["format"] != "ladder-lab":
            raise Problem("checkpoint_foreign")
        if meta["version"] != VERSION:
            raise Problem("checkpoint_version", found=meta["version"], known=VERSION)
        recipe = recipe_from_json(meta["recipe"])
        states = {
            who: {**counters, **{k: arrays[f"{who}/{k}"] for k in _WEIGHTS}}
            for who, counters in meta["counters"].items()
        }
        history = {name: arrays[f"history/{name}"] for name in POINTS + MEASURED}
        saved = Saved(recipe, states, History(recipe.structure.n_layers + 1, history), float(meta["elapsed"]))
    except Problem:
        raise
    except Exception as error:  # whatever foreign bytes do to the readers of zip, arrays and JSON
        raise Problem("checkpoint_foreign") from error
    _check(saved)
    return saved


def _check(saved: Saved) -> None:
    """Every array in the shape and type that the recipe demands, so that no worker stumbles later."""
    good = set(saved.states) == {"ladder", "twin"}
    for state in saved.states.values():
        shapes = {state[k].shape for k in _WEIGHTS}
        good &= len(shapes) == 1 and len(shapes.pop()) == 1
        good &= all(state[k].dtype == np.float32 and np.isfinite(state[k]).all() for k in _WEIGHTS)
        good &= all(isinstance(state[k], int) and state[k] >= 0 for k in _COUNTERS)
    empty = History(saved.history.width).arrays
    for name, array in saved.history.arrays.items():
        good &= array.dtype == empty[name].dtype and array.shape[1:] == empty[name].shape[1:]
    for names in (POINTS, MEASURED):
        good &= len({len(saved.history.arrays[name]) for name in names}) == 1
        updates = saved.history.arrays[names[0]]
        good &= bool((np.diff(updates) > 0).all() and (updates >= 0).all())
    if not good:
        raise Problem("checkpoint_damaged")


class Store:
    """A folder of runs, one file each."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, run_id: str) -> Path:
        """The run's file; Problem for what cannot be a run's name."""
        if not _RUN_ID.fullmatch(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        return self.folder / f"{run_id}.npz"

    def exists(self, run_id: str) -> bool:
        return bool(_RUN_ID.fullmatch(run_id)) and self.path(run_id).is_file()

    def write(self, run_id: str, content: bytes) -> None:
        """All or nothing: a reader, a full disk or a lost process never leaves half a file under the run's name."""
        path = self.path(run_id)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def read(self, run_id: str) -> Saved:
        """The saved run; Problem if there is none or it cannot be read."""
        path = self.path(run_id)
        if not path.is_file():
            raise Problem("run_unknown", run=run_id)
        return from_bytes(path.read_bytes())

    def tidy(self, used: Collection[str] = ()) -> None:
        """Keep the newest KEPT_RUNS files and those of the runs in use; what lost processes left half written goes."""
        ages = {}
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # a worker may rename or remove it meanwhile
                ages[path] = time.time() - path.stat().st_mtime
        runs = sorted((path for path in ages if path.suffix == ".npz"), key=ages.get)
        old = [path for path in runs[KEPT_RUNS:] if path.stem not in used]
        for path in old + [path for path in ages if path.suffix == ".tmp" and ages[path] > TEMPORARY_SECONDS]:
            path.unlink(missing_ok=True)
