"""The comparisons that a visitor's tab has pinned, which outlast the tab: a JSON file beside the runs.

A pin holds its comparison as a link has it, and the curves that were drawn when it was pinned. A comparison itself is
not on disk: its link repeats it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ladder.live.history import LIMIT, Curves
from ladder.live.tab_files import TabFiles
from ladder.recipe import race as races
from ladder.recipe.race import Race

KEPT_FILES = 200  # of pins; the oldest go
MOST_PINS = 6  # of a tab; the oldest go
POINTS = 240  # of each curve, or a few more: MOST_PINS of 6 contestants take 200 KB
_DIGITS = 6  # significant ones of a value: a test set has 10,000 rows at most

Curve = tuple[float | None, ...]


@dataclass(frozen=True)
class Pin:
    """A comparison as it was when it was pinned. `update` (n,): the updates of its measurements, rising. For each
    contestant a curve (n,), None where there is no value: of `error`, a fraction of the test set, and of `clean_error`,
    the reconstruction error of clean inputs."""

    race: Race
    update: tuple[int, ...]
    error: tuple[Curve, ...]
    clean_error: tuple[Curve, ...]


Pins = tuple[Pin, ...]


def pin_of(race: Race, curves: Curves) -> Pin:
    """Returns a race with its curves (a RaceHistory) as a pin, with about POINTS points a curve."""
    thin = curves.thinned(POINTS).arrays
    update = tuple(map(int, thin["eval_update"]))
    return Pin(race, update, *(tuple(map(_curve, thin[name].T)) for name in ("error", "clean_error")))


def _curve(values: np.ndarray) -> Curve:
    return tuple(float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values)


def with_pin(pins: Pins, new: Pin) -> Pins:
    """Returns the pins with one more; of these the MOST_PINS newest."""
    return (*pins, new)[-MOST_PINS:]


class PinFiles:
    """The pins of all tabs, in one folder of runs."""

    def __init__(self, folder: Path) -> None:
        self._files = TabFiles(folder, "pins", KEPT_FILES, _pins)

    def read(self, pins_id: str) -> Pins:
        """Returns the pins of this id; none where there are none, or where their file cannot be read."""
        return self._files.read(pins_id) or ()

    def write(self, pins_id: str, pins: Pins) -> None:
        """Keeps the pins. Where the disk does not take them, that is logged, and the tab goes on with what it has."""
        self._files.write(pins_id, {"pins": [_to_json(one) for one in pins]})

    def tidy(self) -> None:
        """Removes all files of pins but the KEPT_FILES newest. Never raises."""
        self._files.tidy()


def _to_json(pin: Pin) -> dict[str, object]:
    link = races.query(pin.race, "en", 0)
    return {"race": link, "update": pin.update, "error": pin.error, "clean_error": pin.clean_error}


def _pins(content: dict[str, object]) -> Pins:
    """The pins of what PinFiles.write has written. Raises ValueError, TypeError or KeyError where it is something
    else."""
    rows = content["pins"]
    if not isinstance(rows, list):
        raise TypeError("the pins are no list")
    return tuple(map(_pin, rows[-MOST_PINS:]))


def _pin(values: Mapping[str, object]) -> Pin:
    link, race = races.read(_words(values["race"]))
    if link.warnings:  # the curves would be those of other choices
        raise ValueError(f"the comparison is not known: {[warning.key for warning in link.warnings]}")
    update = tuple(_whole(one) for one in _items(values["update"]))
    if not 0 < len(update) <= LIMIT or update[0] < 0 or any(a >= b for a, b in zip(update, update[1:], strict=False)):
        raise ValueError("the updates do not rise")
    curves = [tuple(_checked(one, len(update)) for one in _items(values[name])) for name in ("error", "clean_error")]
    if any(len(one) != len(race.contestants) for one in curves):
        raise ValueError("there is not one curve for each contestant")
    return Pin(race, update, *curves)


def _words(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
        raise TypeError("the comparison is no link")
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list is missing")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("an update is no whole number")
    return value


def _checked(value: object, n: int) -> Curve:
    curve = _items(value)
    if len(curve) != n:
        raise ValueError("a curve has another length than the updates")
    return tuple(None if one is None else _number(one) for one in curve)


def _number(value: object) -> float:
    if type(value) not in (int, float) or not np.isfinite(value):  # type: ignore[call-overload] # it is a number
        raise ValueError("a value is no number")
    return float(value)  # type: ignore[arg-type] # it is a number
