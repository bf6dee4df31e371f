"""Run files, and the folder that keeps them: NumPy's archive format with a JSON text inside; nothing is executed.

One format serves the checkpoint that a worker leaves each second, the file that a visitor downloads, and the file that
a visitor uploads. Beside it lie the run's moments (moments.py).
"""

import errno
import io
import json
import logging
import math
import os
import re
import shutil
import struct
import tempfile
import time
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import TypedDict, cast

import numpy as np

from ladder.arithmetic import MOST_KINDS, Computed
from ladder.arrays import Arrays
from ladder.files import temporary_of, write_whole
from ladder.live.history import History
from ladder.problems import Problem, reason_of
from ladder.recipe.plain import recipe_from_json, recipe_to_json
from ladder.settings import Recipe

VERSION = 1
KEPT_RUNS = 200  # files in the runs folder; the oldest go
KEPT_BYTES = 4 * 10**9  # and together no more: the paper's network for MNIST takes 56 MB
TEMPORARY_SECONDS = 600  # no write takes so long
USED_SECONDS = 1800  # a server marks the runs that it uses every ten minutes: what is younger may be another server's
MAX_META = 8_000_000  # bytes of JSON: room for settings.MAX_CHANGES changes of seven layers with all their digits
_MARK = b'{"format": "ladder-lab"'  # what the JSON of our files begins with, and where it ends at the latest
_MARK_END = 512
MOMENTS_MARK = b"ladder-lab moments 1\n"  # what a file of moments begins with
_END = struct.Struct("<4s4H2IH")  # a zip's last bytes; the sixth is the length of its directory
_END_64 = b"PK\x06\x07"  # what stands _BEFORE_END before its end where another length is meant
_BEFORE_END = _END.size + 20
MAX_DIRECTORY = 20_000  # bytes of a zip's directory: our sixteen arrays take about 1,100
_WEIGHTS = ("theta", "adam_m", "adam_v")
_MOST_UPDATES = 2**31  # the history counts in int32
_COUNTERS = {"update": _MOST_UPDATES, "seen_labeled": 2**53, "seen_unlabeled": 2**53}  # and their bounds
_RUN_ID = re.compile(r"[A-Za-z0-9_-]{4,32}")
_RUN_NAME = re.compile(_RUN_ID.pattern + r"\.npz")
_MOMENTS_NAME = re.compile(_RUN_ID.pattern + r"\.moments")
_TEMPORARY_NAME = re.compile(_RUN_ID.pattern + r"\.(npz|moments|list\.json|pins\.json)\.\d+\.ladder-lab")

log = logging.getLogger(__name__)


class SavedState(TypedDict):
    """The fields of a training.State: the parameters and Adam's two moments (n,), and the counters."""

    theta: np.ndarray
    adam_m: np.ndarray
    adam_v: np.ndarray
    update: int
    seen_labeled: int
    seen_unlabeled: int


@dataclass
class Saved:
    """A run at rest. `states`: by "ladder" and "twin". `elapsed`: seconds that it has played. `computed`: what has
    trained it, one after the other; empty where that is not known."""

    recipe: Recipe
    states: dict[str, SavedState]
    history: History
    elapsed: float = 0.0
    computed: tuple[Computed, ...] = ()


def _weights(state: SavedState) -> Arrays:
    return {"theta": state["theta"], "adam_m": state["adam_m"], "adam_v": state["adam_v"]}


def _counters(state: SavedState) -> dict[str, int]:
    return {
        "update": state["update"],
        "seen_labeled": state["seen_labeled"],
        "seen_unlabeled": state["seen_unlabeled"],
    }


def to_bytes(saved: Saved) -> bytes:
    """The content of the run's file."""
    meta = {
        "format": "ladder-lab",
        "version": VERSION,
        "recipe": recipe_to_json(saved.recipe),
        "counters": {model: _counters(state) for model, state in saved.states.items()},
        "elapsed": saved.elapsed,
        "computed": [one.to_json() for one in saved.computed],
    }
    arrays: Arrays = {"meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)}  # the first entry: see _is_run
    arrays |= {f"{model}/{k}": array for model, state in saved.states.items() for k, array in _weights(state).items()}
    arrays |= {f"history/{name}": array for name, array in saved.history.arrays.items()}
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def from_bytes(content: bytes) -> Saved:
    """The run in a file of `to_bytes`, its curves bounded as those of a live run.

    Problem: checkpoint_foreign for another kind of file, checkpoint_version, checkpoint_damaged, or a key of
    settings.py for a choice out of range.
    """
    try:
        saved = _unpack(content)
    except Problem:
        raise
    except Exception as error:  # whatever foreign bytes do to the readers of zip, arrays and JSON
        raise Problem("checkpoint_foreign") from error
    if not _fits(saved):
        raise Problem("checkpoint_damaged")
    saved.history.bound()
    return saved


def _check_directory(content: bytes) -> None:
    """Raises Problem checkpoint_foreign for what does not end as our files do: a directory of millions of entries would
    fill the memory before anybody could count them."""
    mark, *_, length, _, comment = _END.unpack(content[-_END.size :])
    if mark != b"PK\x05\x06" or comment or length > MAX_DIRECTORY or content[-_BEFORE_END:].startswith(_END_64):
        raise Problem("checkpoint_foreign")


def _unpack(content: bytes) -> Saved:
    _check_directory(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise Problem("checkpoint_foreign")  # our files are not compressed, so that a small one cannot fill the memory
    if sum(entry.file_size for entry in entries) > len(content):
        raise Problem("checkpoint_foreign")  # entries that lie over each other could fill it too
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
            model: cast(SavedState, {**counters, **{k: arrays[f"{model}/{k}"] for k in _WEIGHTS}})  # _fits checks it
            for model, counters in meta["counters"].items()
        }
        history = {name: arrays[f"history/{name}"] for name in History.names()}
    kinds = meta.get("computed", [])  # files of 4a04346 and before have none
    if len(kinds) > MOST_KINDS:
        raise Problem("checkpoint_damaged")
    recipe = recipe_from_json(meta["recipe"])
    computed = tuple(map(Computed.from_json, kinds))
    return Saved(recipe, states, History(recipe.structure.n_layers + 1, history), float(meta["elapsed"]), computed)


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


def _state_fits(state: SavedState) -> bool:
    """Whether these are the fields of a training.State, finite and of one length. Session compares that length with the
    number of weights that the data need."""
    if set(state) != {*_WEIGHTS, *_COUNTERS}:
        return False
    weights = list(_weights(state).values())
    if not all(_is_like(array, np.zeros(0, np.float32)) for array in weights):
        return False
    return (
        len({len(array) for array in weights}) == 1
        and all(np.isfinite(array).all() for array in weights)
        and bool((state["adam_v"] >= 0).all())
        and all(type(n) is int and 0 <= n < _COUNTERS[k] for k, n in _counters(state).items())
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


def _is_like(array: object, other: np.ndarray) -> bool:
    """Whether `array` is an array of rows like those of `other`."""
    if not isinstance(array, np.ndarray):
        return False
    return array.dtype == other.dtype and array.ndim == other.ndim and array.shape[1:] == other.shape[1:]


def files_in(folder: Path) -> dict[Path, os.stat_result]:
    """The files of a folder, without directories, links and pipes, and without those that vanish meanwhile; none where
    the folder cannot be looked at."""
    found = {}
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False):
                    found[Path(entry.path)] = entry.stat(follow_symlinks=False)
    return found


def check_folder(folder: Path) -> None:
    """Make the folder of runs where there is none. Problem runs_folder where it cannot be made, or cannot be written; a
    full disk is no such problem, as its folder can be written again later."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _folder_problem(folder, error) from error
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise _folder_problem(folder, error) from error


def _folder_problem(folder: Path, error: OSError) -> Problem:
    return Problem("runs_folder", folder=str(folder), reason=reason_of(error))


class Store:
    """A folder of runs, each a file and its moments beside it. Nothing in it but files of ours is ever removed."""

    def __init__(self, folder: Path):
        self.folder = folder
        with suppress(OSError):  # what cannot be written is said where it is written
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, run_id: str) -> Path:
        """The run's file; Problem run_unknown for what cannot be a run's name."""
        if not _RUN_ID.fullmatch(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        return self.folder / f"{run_id}.npz"

    def moments(self, run_id: str) -> Path:
        """The file of the run's moments; Problem run_unknown for what cannot be a run's name."""
        return self.path(run_id).with_suffix(".moments")

    def begin_moments(self, run_id: str, source: str | None) -> None:
        """Give a new run the moments of another, or none. Where the disk does not take them, it has none."""
        to, temporary = self.moments(run_id), temporary_of(self.moments(run_id))
        with suppress(OSError):
            to.unlink(missing_ok=True)
        try:
            if source is not None:
                shutil.copyfile(self.moments(source), temporary)
                temporary.replace(to)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    def exists(self, run_id: str) -> bool:
        """Whether the run has a file."""
        return bool(_RUN_ID.fullmatch(run_id)) and self.path(run_id).is_file()

    def write(self, run_id: str, content: bytes) -> None:
        """Keep the run's file, all or nothing; a folder that somebody removed is made again. OSError where the disk
        does not take it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.path(run_id), content)

    def read(self, run_id: str) -> Saved:
        """The saved run; Problem if there is none (run_unknown), or it cannot be read (run_unreadable and the keys of
        `from_bytes`)."""
        return from_bytes(self.content(run_id))

    def content(self, run_id: str) -> bytes:
        """The content of the run's file; Problem run_unknown if there is none, run_unreadable if it cannot be read."""
        try:
            return self.path(run_id).read_bytes()
        except FileNotFoundError:
            raise Problem("run_unknown", run=run_id) from None
        except OSError as error:
            raise Problem("run_unreadable", reason=error.strerror or str(error)) from error

    def stamp(self, run_id: str) -> int:
        """When the run's file was last written, in nanoseconds since 1970; 0 if there is none."""
        try:
            return self.path(run_id).stat().st_mtime_ns
        except OSError:
            return 0

    def tidy(self, used: Collection[str] = (), kept: Collection[str] = ()) -> None:
        """Keep the newest runs, KEPT_RUNS and KEPT_BYTES at most, and remove what lost processes left half done. A run
        goes with its moments, and moments whose run is gone go too.

        Runs in use stay: those of this server, named in `used`, and those of other servers on the same folder. Each
        server marks its own by their time, so that younger files than USED_SECONDS may be in use. The runs named in
        `kept` stay too, and count for neither limit. Never raises: what cannot be looked at or removed is left for the
        next time.
        """
        for run_id in used:
            for place in (self.path, self.moments):
                with suppress(OSError, Problem):
                    os.utime(place(run_id))
        now, files = time.time(), files_in(self.folder)
        newest = sorted(files, key=lambda path: -files[path].st_mtime)
        runs = [path for path in newest if _RUN_NAME.fullmatch(path.name) and path.stem not in kept and _is_run(path)]
        moments = {path.stem: path for path in newest if _MOMENTS_NAME.fullmatch(path.name) and _is_moments(path)}
        sizes = accumulate(
            sum(files[one].st_size for one in (path, moments.get(path.stem)) if one is not None) for path in runs
        )
        fits = sum(size <= KEPT_BYTES for size in islice(sizes, KEPT_RUNS))
        gone = [path for path in runs[fits:] if path.stem not in used and files[path].st_mtime < now - USED_SECONDS]
        without = {path for path in moments.values() if path.with_suffix(".npz") not in files and path.stem not in used}
        gone += [moments[path.stem] for path in gone if path.stem in moments]
        gone += [path for path in without if files[path].st_mtime < now - USED_SECONDS]
        temporary = [path for path in newest if _TEMPORARY_NAME.fullmatch(path.name)]
        gone += [path for path in temporary if files[path].st_mtime < now - TEMPORARY_SECONDS]
        for path in gone:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("%s cannot be removed: %s", path, error)


def _is_run(path: Path) -> bool:
    """Whether the file begins as those of `to_bytes` do."""
    head = beginning_of(path)
    return head.startswith(b"PK\x03\x04") and _MARK in head


def _is_moments(path: Path) -> bool:
    """Whether the file begins as those of Moments do."""
    return beginning_of(path).startswith(MOMENTS_MARK)


def beginning_of(path: Path) -> bytes:
    """The first bytes of a file, at most _MARK_END; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MARK_END)
    except OSError:
        return b""
