"""Runs on disk and as a file to take along: NumPy's archive format with a JSON text inside; nothing is executed.

One format serves the checkpoint a worker leaves each second, the file a visitor downloads, and the one he brings back.
"""

import dataclasses
import io
import json
import math
import os
import re
import time
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

import numpy as np

from ladder.live.history import History
from ladder.problems import Problem
from ladder.settings import Live, Recipe, Structure

VERSION = 1
KEPT_RUNS = 200  # files in the runs folder; the oldest go
KEPT_BYTES = 4 * 10**9  # and together no more: the paper's network for MNIST takes 56 MB
TEMPORARY_SECONDS = 600  # no write takes so long
MAX_CHANGES = 10_000  # more than a person makes in one run
MAX_META = 4_000_000  # bytes of JSON: room for all of them
_WEIGHTS = ("theta", "adam_m", "adam_v")
_MOST_UPDATES = 2**31  # the history counts in int32
_COUNTERS = {"update": _MOST_UPDATES, "seen_labeled": 2**53, "seen_unlabeled": 2**53}  # and their bounds
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
    """The recipe, checked field by field; Problem for values that cannot be, another exception if it is foreign."""
    changes = tuple((update, Live(**live)) for update, live in values["changes"])
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
        saved = _unpack(content)
    except Problem:
        raise
    except Exception as error:  # whatever foreign bytes do to the readers of zip, arrays and JSON
        raise Problem("checkpoint_foreign") from error
    if not _fits(saved):
        raise Problem("checkpoint_damaged")
    return saved


def _unpack(content: bytes) -> Saved:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise Problem("checkpoint_foreign")  # ours are not compressed, and a small file may not fill the memory,
    if sum(entry.file_size for entry in entries) > len(content):
        raise Problem("checkpoint_foreign")  # not by entries that lie over each other either
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        text = arrays["meta"].tobytes()
        if len(text) > MAX_META:
            raise Problem("checkpoint_damaged")
        meta = json.loads(text)
        if meta["format"] != "ladder-lab":
            raise Problem("checkpoint_foreign")
        if meta["version"] != VERSION:
            raise Problem("checkpoint_version", found=str(meta["version"])[:20], known=VERSION)
        states = {
            who: {**counters, **{k: arrays[f"{who}/{k}"] for k in _WEIGHTS}}
            for who, counters in meta["counters"].items()
        }
        history = {name: arrays[f"history/{name}"] for name in History.names()}
    if len(meta["recipe"]["changes"]) > MAX_CHANGES:
        raise Problem("checkpoint_damaged")
    recipe = recipe_from_json(meta["recipe"])
    return Saved(recipe, states, History(recipe.structure.n_layers + 1, history), float(meta["elapsed"]))


def _fits(saved: Saved) -> bool:
    """Whether everything is as the recipe demands, so that no worker and no page stumbles later."""
    if set(saved.states) != {"ladder", "twin"} or not all(map(_state_fits, saved.states.values())):
        return False
    update = saved.states["ladder"]["update"]
    return (
        saved.states["twin"]["update"] == update
        and _history_fits(saved.history, update)
        and all(since < _MOST_UPDATES for since, _ in saved.recipe.changes)
        and math.isfinite(saved.elapsed)
        and saved.elapsed >= 0
    )


def _state_fits(state: dict) -> bool:
    """Whether these are the fields of a training.State, finite and of one length; which length, the data say later."""
    weights = [state[k] for k in _WEIGHTS]
    if set(state) != {*_WEIGHTS, *_COUNTERS} or not all(_is_like(array, np.zeros(0, np.float32)) for array in weights):
        return False
    return (
        len({len(array) for array in weights}) == 1
        and all(np.isfinite(array).all() for array in weights)
        and bool((state["adam_v"] >= 0).all())
        and all(type(state[k]) is int and 0 <= state[k] < most for k, most in _COUNTERS.items())
    )


def _history_fits(history: History, update: int) -> bool:
    """Whether the curves of a series are of one length and their updates rise, to `update` at most."""
    empty = History(history.width).arrays
    if not all(_is_like(array, empty[name]) for name, array in history.arrays.items()):
        return False
    for key, names in History.SERIES.items():
        at = history.arrays[key]
        rising = (at >= 0).all() and (at[1:] > at[:-1]).all() and (at <= update).all()
        if not rising or len({len(history.arrays[name]) for name in names}) > 1:
            return False
    return True


def _is_like(array, other: np.ndarray) -> bool:
    """Whether it is an array of rows like those of `other`."""
    same = isinstance(array, np.ndarray) and array.dtype == other.dtype and array.ndim == other.ndim
    return same and array.shape[1:] == other.shape[1:]


def write_whole(path: Path, content: bytes) -> None:
    """All or nothing: a reader, a full disk or a lost process never finds or leaves half a file under this name."""
    if path.exists() and not path.is_file():  # a pipe or a device stays what it is
        path.write_bytes(content)
        return
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


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
        """All or nothing."""
        write_whole(self.path(run_id), content)

    def read(self, run_id: str) -> Saved:
        """The saved run; Problem if there is none or it cannot be read."""
        return from_bytes(self.content(run_id))

    def content(self, run_id: str) -> bytes:
        """The run's file; Problem if there is none or it cannot be read."""
        try:
            return self.path(run_id).read_bytes()
        except FileNotFoundError:
            raise Problem("run_unknown", run=run_id) from None
        except OSError as error:
            raise Problem("run_unreadable", reason=error.strerror or str(error)) from error

    def tidy(self, used: Collection[str] = ()) -> None:
        """Keep the newest files, KEPT_RUNS and KEPT_BYTES at most, and those of the runs in use; what lost processes
        left half written goes."""
        files = {}
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # a worker may rename or remove it meanwhile
                files[path] = path.stat()
        newest = sorted(files, key=lambda path: -files[path].st_mtime)
        runs = [path for path in newest if path.suffix == ".npz"]
        sizes = accumulate(files[path].st_size for path in runs)
        fits = sum(size <= KEPT_BYTES for size in islice(sizes, KEPT_RUNS))
        old = [path for path in runs[fits:] if path.stem not in used]
        latest = time.time() - TEMPORARY_SECONDS
        left = [path for path in files if path.suffix == ".tmp" and files[path].st_mtime < latest]
        for path in old + left:
            path.unlink(missing_ok=True)
