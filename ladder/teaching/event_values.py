"""The values of a class's events, as a browser or a journal gives them: each is checked before it is used."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl, urlencode

from ladder.given import LARGEST
from ladder.problems import Problem
from ladder.recipe import links

LONGEST_TEXT, LONGEST_LINK = 300, 6_144  # letters of a message or question, of a link
LONGEST_ID = 80  # letters of a run's id, or a lesson's name
_OF_A_TAB = "run", "list", "pins", "lesson"  # of a link's parameters
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


def whole(values: Mapping[str, object], name: str, most: int, least: int = 0, otherwise: int | None = 0) -> int:
    """Returns a whole number from `least` to `most`; `otherwise` where there is none. Raises Problem "class_word", also
    where there is none and `otherwise` is None."""
    value = values.get(name, otherwise)
    if type(value) is not int or not least <= value <= most:
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


def link(values: Mapping[str, object]) -> str:
    """Returns the query of a link to a run's settings, from a whole address or a query under the name "link", without
    what belongs to one tab; "" where there is none. Raises Problem "class_word", and "class_link" for a link that is
    none of ours."""
    words = text(values, "link", LONGEST_LINK)
    params = dict(parse_qsl(words.split("?", 1)[-1].split("#", 1)[0], keep_blank_values=True))
    if words and ("v" not in params or not params.keys() <= links.KEYS):
        raise Problem("class_link")
    return urlencode({key: word for key, word in params.items() if key not in _OF_A_TAB}, safe=",;=!-")


def value(given: object) -> Value:
    """Returns an answer: a finite number, or a list of at most MOST_POINTS of them as a tuple. Raises Problem
    "class_word"."""
    if isinstance(given, list | tuple) and 2 <= len(given) <= MOST_POINTS:
        return tuple(number({"value": one}, "value") for one in cast(list[object], given))
    return number({"value": given}, "value")
