"""The values of a class's events, as a browser or a journal gives them: each is checked before it is used."""

from collections.abc import Mapping
from typing import cast

from ladder.given import LARGEST
from ladder.problems import Problem

MOST_POINTS = 20  # of a drawn curve

Value = float | tuple[float, ...]  # an answer: an option's number, a number, or the heights of a drawn curve


def text(values: Mapping[str, object], name: str, most: int) -> str:
    """Returns a text of at most `most` letters, without blanks around it; "" where there is none. Raises Problem
    "class_word"."""
    value = values.get(name, "")
    if not isinstance(value, str) or len(value) > most:
        raise Problem("class_word", name=name)
    return value.strip()


def yes(values: Mapping[str, object], name: str, otherwise: bool = False) -> bool:
    """Returns a yes or no. Raises Problem "class_word"."""
    value = values.get(name, otherwise)
    if not isinstance(value, bool):
        raise Problem("class_word", name=name)
    return value


def whole(values: Mapping[str, object], name: str, most: int) -> int:
    """Returns a whole number from 0 to `most`; 0 where there is none. Raises Problem "class_word"."""
    value = values.get(name, 0)
    if type(value) is not int or not 0 <= value <= most:
        raise Problem("class_word", name=name)
    return value


def number(values: Mapping[str, object], name: str, otherwise: float = 0.0) -> float:
    """Returns a finite number. Raises Problem "class_word"."""
    value = values.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise Problem("class_word", name=name)
    return float(value)


def share(values: Mapping[str, object], name: str) -> float | None:
    """Returns a fraction, None for none. Raises Problem "class_word"."""
    if values.get(name) is None:
        return None
    value = number(values, name)
    if not 0 <= value <= 1:
        raise Problem("class_word", name=name)
    return value


def value(given: object) -> Value:
    """Returns an answer: a finite number, or a list of at most MOST_POINTS of them as a tuple. Raises Problem
    "class_word"."""
    if isinstance(given, list | tuple) and 2 <= len(given) <= MOST_POINTS:
        return tuple(number({"value": one}, "value") for one in cast(list[object], given))
    return number({"value": given}, "value")
