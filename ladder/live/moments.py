"""A run's moments: its ladder and its twin as they were at some of its updates, on disk beside the run's file.

`<run>.moments` has room for a fixed number of moments, MOST or as many as fit into MAX_BYTES:

    head     64 bytes: store.MOMENTS_MARK, the numbers of weights of ladder and twin, the number of slots
    table    an entry of ENTRY for each slot; an entry of zeros is free
    slots    theta, adam_m and adam_v of the ladder, then of the twin, float32, little-endian

A moment is written into a free slot, and its entry after it. The entry has a checksum of both: what a lost process or a
full disk left half done, or another process reads while it is written, is no moment. An entry also says by which
choices the run came there (`Line`), so that no moment of another past is ever taken for one of this run.

Kept are the first update, even steps to the present that double as the run grows, and the updates of the newest
changes, half of all at most. Which updates these are follows from the recipe alone, and not from the machine's speed.
"""

import hashlib
import logging
import struct
import zlib
from bisect import bisect_left
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from ladder.arrays import Floats
from ladder.files import write_whole
from ladder.live.store import MOMENTS_MARK, SavedState
from ladder.problems import Problem
from ladder.settings import Live, Recipe, Structure

MAX_BYTES = 20_000_000  # of a run's moments on disk
MOST = 200  # moments of a small network: more than a timeline is wide in fingers
UNIT = 25  # updates between two moments at first: half of EVAL_EVERY, so that a stretch seldom ends for a moment alone

ENTRY = np.dtype(
    [
        ("used", "<u4"),
        ("checksum", "<u4"),  # CRC-32 of the entry with 0 here, then of the slot
        ("update", "<i8"),
        ("seen", "<i8", (2, 2)),  # seen_labeled and seen_unlabeled of the ladder, then of the twin
        ("elapsed", "<f8"),
        ("line", "V16"),
    ]
)
_HEAD = struct.Struct("<40s3q")
_WEIGHTS = ("theta", "adam_m", "adam_v")
_MODELS = ("ladder", "twin")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Moment:
    """`states`: by "ladder" and "twin", as in store.Saved. `elapsed`: seconds that the run had played."""

    states: dict[str, SavedState]
    elapsed: float

    @property
    def update(self) -> int:
        """Updates done."""
        return self.states["ladder"]["update"]


def bytes_of(sizes: tuple[int, int]) -> int:
    """The bytes of one moment of a ladder and a twin with so many weights."""
    return 4 * len(_WEIGHTS) * sum(sizes)


def slots_of(sizes: tuple[int, int]) -> int:
    """How many moments a run with networks of these sizes may keep; 0 where not one fits."""
    return min(MOST, (MAX_BYTES - _HEAD.size) // (bytes_of(sizes) + ENTRY.itemsize))


def check_size(sizes: tuple[int, int]) -> None:
    """Problem moments_too_large where a run with networks of these sizes keeps no moments."""
    if not slots_of(sizes):
        raise Problem("moments_too_large", mb=f"{bytes_of(sizes) / 1e6:.0f}", most=f"{MAX_BYTES / 1e6:.0f}")


class Line:
    """Says which way a run came to an update: a hash of its structure and of all choices in force before. A choice
    that is at its default does not count, so that choices of later versions leave it as it is."""

    def __init__(self) -> None:
        self.recipe: Recipe | None = None
        self.marks: list[bytes] = []  # after as many changes as there are marks before

    def at(self, recipe: Recipe, update: int) -> bytes:
        """The mark (16 bytes) of this update."""
        if recipe is not self.recipe:
            self._follow(recipe)
        return self.marks[_n_before(recipe, update)]

    def _follow(self, recipe: Recipe) -> None:
        known = self.recipe
        same = 0
        if known and (known.structure, known.live) == (recipe.structure, recipe.live):
            pairs = zip(known.changes, recipe.changes, strict=False)
            same = 1 + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self.recipe, self.marks = recipe, self.marks[:same] or [_mark(_words(recipe.structure), _words(recipe.live))]
        for since, live in recipe.changes[len(self.marks) - 1 :]:
            self.marks.append(_mark(self.marks[-1], since, _words(live)))


def _mark(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()[:16]


def _words(choices: Structure | Live) -> list[tuple[str, object]]:
    """The choices that are not at their defaults."""
    pairs = [(one, getattr(choices, one.name)) for one in fields(choices)]
    return [(one.name, value) for one, value in pairs if one.default is MISSING or value != one.default]


def _n_before(recipe: Recipe, update: int) -> int:
    """How many changes were made before this update, so that it came about under them."""
    return bisect_left(recipe.changes, update, key=lambda change: change[0])


class Moments:
    """The moments in one file, of a run with this recipe that has done so many updates. `sizes`: the numbers of weights
    of ladder and twin. Nothing here raises for what the disk refuses: that costs moments, and no run."""

    def __init__(self, path: Path, sizes: tuple[int, int], recipe: Recipe, update: int):
        self.path, self.sizes, self.n_slots = path, sizes, slots_of(sizes)
        self._line = Line()
        self._head = _HEAD.pack(MOMENTS_MARK, *sizes, self.n_slots)
        self._slots: dict[int, int] = {}  # by update
        with suppress(OSError), path.open("rb") as file:
            self._slots = self._found(file, recipe, update)
        if len(self._slots) == self.n_slots > 0:
            self._thin(recipe, update)

    def _found(self, file: BinaryIO, recipe: Recipe, update: int) -> dict[int, int]:
        """The slots of the moments that are of this past."""
        table = file.read(_HEAD.size + self.n_slots * ENTRY.itemsize)
        if not table.startswith(self._head) or len(table) < _HEAD.size + self.n_slots * ENTRY.itemsize:
            return {}
        entries = np.frombuffer(table, ENTRY, offset=_HEAD.size)
        return {
            int(entry["update"]): slot
            for slot, entry in enumerate(entries)
            if entry["used"]
            and 0 <= entry["update"] <= update
            and entry["line"].tobytes() == self._line.at(recipe, int(entry["update"]))
        }

    @property
    def updates(self) -> tuple[int, ...]:
        """The updates of the kept moments, rising."""
        return tuple(sorted(self._slots))

    # --- which updates

    def next(self, recipe: Recipe, update: int) -> int | None:
        """The next update after `update` of which a moment may be wanted, changes aside."""
        if not self.n_slots:
            return None
        step = self._step(self._changed(recipe, update), update)
        return (update // step + 1) * step

    def _changed(self, recipe: Recipe, update: int) -> set[int]:
        """The updates of the newest changes so far, half as many as there are slots."""
        n = _n_before(recipe, update + 1)
        return {since for since, _ in recipe.changes[max(0, n - self.n_slots // 2) : n]}

    def _step(self, changed: set[int], update: int) -> int:
        """The even step that leaves room for the changes."""
        step = UNIT
        while update // step >= self.n_slots - len(changed):
            step *= 2
        return step

    def _thin(self, recipe: Recipe, update: int) -> None:
        """Let go of those that are not wanted at this update."""
        changed = self._changed(recipe, update)
        step = self._step(changed, update)
        self._slots = {at: slot for at, slot in self._slots.items() if at in changed or at % step == 0}

    # --- writing

    def keep(self, recipe: Recipe, states: dict[str, SavedState], elapsed: float) -> None:
        """Write this moment if it is wanted and not there yet."""
        update = states["ladder"]["update"]
        if not self.n_slots or update in self._slots:
            return
        changed = self._changed(recipe, update)
        if update not in changed and update % self._step(changed, update):
            return
        if len(self._slots) == self.n_slots:
            self._thin(recipe, update)
        try:
            self._write(recipe, Moment(states, elapsed))
        except OSError as error:
            log.info("a moment is not kept: %s", error)

    def _write(self, recipe: Recipe, moment: Moment) -> None:
        self._begin()
        slot = min(set(range(self.n_slots)).difference(self._slots.values()))
        both = [moment.states[model] for model in _MODELS]
        weights = np.concatenate([state[name] for state in both for name in _WEIGHTS], dtype="<f4")  # type: ignore[literal-required]
        entry = np.zeros(1, ENTRY)
        entry["used"], entry["update"], entry["elapsed"] = 1, moment.update, moment.elapsed
        entry["seen"] = [[state["seen_labeled"], state["seen_unlabeled"]] for state in both]
        entry["line"] = np.void(self._line.at(recipe, moment.update))
        entry["checksum"] = _checksum(entry, weights)
        with self.path.open("r+b") as file:
            file.seek(self._place(slot))
            file.write(weights.data)
            self._put(file, slot, entry)
        self._slots[moment.update] = slot

    def _begin(self) -> None:
        """Make the file where it is not there, or is a damaged one of ours. OSError where the place is taken."""
        head = b""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            head = file.read(_HEAD.size)
        if head == self._head:
            return
        if head and not head.startswith(MOMENTS_MARK):
            raise OSError(f"{self.path} is another file")
        self._slots = {}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, self._head + bytes(self.n_slots * ENTRY.itemsize))

    def _put(self, file: BinaryIO, slot: int, entry: np.ndarray) -> None:
        file.seek(_HEAD.size + slot * ENTRY.itemsize)
        file.write(entry.tobytes())

    def _place(self, slot: int) -> int:
        return _HEAD.size + self.n_slots * ENTRY.itemsize + slot * bytes_of(self.sizes)

    def cut(self, update: int) -> None:
        """Forget all that came after `update`."""
        gone = [slot for at, slot in self._slots.items() if at > update]
        self._slots = {at: slot for at, slot in self._slots.items() if at <= update}
        if gone:
            with suppress(OSError), self.path.open("r+b") as file:
                for slot in gone:
                    self._put(file, slot, np.zeros(1, ENTRY))

    # --- reading

    def at(self, update: int) -> Moment | None:
        """The nearest moment at or before `update`, None where there is none. One that is damaged is no more."""
        for at in [at for at in reversed(self.updates) if at <= update]:
            with suppress(OSError, ValueError):
                return self._read(at)
            del self._slots[at]
        return None

    def _read(self, update: int) -> Moment:
        """OSError or ValueError where it cannot be read, or is not what was written."""
        with self.path.open("rb") as file:
            file.seek(_HEAD.size + self._slots[update] * ENTRY.itemsize)
            entry = np.frombuffer(bytearray(file.read(ENTRY.itemsize)), ENTRY)
            file.seek(self._place(self._slots[update]))
            weights = np.frombuffer(bytearray(file.read(bytes_of(self.sizes))), "<f4")
        if int(entry["update"][0]) != update or int(entry["checksum"][0]) != _checksum(entry, weights):
            raise ValueError("damaged")
        return Moment(self._states(entry, weights.astype(np.float32, copy=False)), float(entry["elapsed"][0]))

    def _states(self, entry: np.ndarray, weights: Floats) -> dict[str, SavedState]:
        ends = np.cumsum([size for size in self.sizes for _ in _WEIGHTS])[:-1]
        parts = np.split(weights, ends)
        states = {}
        for i, model in enumerate(_MODELS):
            named = dict(zip(_WEIGHTS, parts[len(_WEIGHTS) * i :], strict=False))
            seen = dict(zip(("seen_labeled", "seen_unlabeled"), map(int, entry["seen"][0, i]), strict=True))
            states[model] = cast(SavedState, {**named, "update": int(entry["update"][0]), **seen})
        return states


def _checksum(entry: np.ndarray, weights: np.ndarray) -> int:
    """CRC-32 of an entry (1,), without the checksum that it has, and its weights."""
    bare = entry.copy()
    bare["checksum"] = 0
    return zlib.crc32(weights.data, zlib.crc32(bare.tobytes()))
