"""JSON and numbers that a person's file, browser or link gives: nothing behind them has to fear their values."""

import json
import math
import re

DEEPEST = 40  # lists and objects inside each other: what this program writes has eight at most
LARGEST = 2**53  # of a whole number: beyond it a browser's numbers are not exact
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # a terminal obeys them
_HALVES = re.compile(r"[\ud800-\udfff]")  # half a letter, as a browser leaves it where it cuts a text: no file takes it


def parsed(content: str | bytes) -> object:
    """Returns the value of a JSON text. In its texts, keys too, a control character that is no tab and no line
    break becomes a blank, and half a letter the sign "\ufffd". Of equal keys the last one counts.

    Raises ValueError for what is no JSON, for NaN and infinite numbers, for whole numbers beyond LARGEST, and for
    values that lie deeper than DEEPEST.
    """
    try:
        return _checked(json.loads(content, parse_constant=_refuse), DEEPEST)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def whole(word: str, most: int) -> int | None:
    """Returns the whole number from 0 to `most` that a word of decimal digits spells; None for any other word, however
    long."""
    digits = word.lstrip("0") or word[:1]
    return int(digits) if digits.isdecimal() and len(digits) <= len(str(most)) and int(digits) <= most else None


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def _checked(value: object, levels: int) -> object:
    """Returns a value with its texts cleaned. `levels`: how many more lists and objects may lie inside it."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", _CONTROLS.sub(" ", value))
    if isinstance(value, list | dict):
        if not levels:
            raise ValueError("nested too deeply")
        if isinstance(value, list):
            return [_checked(one, levels - 1) for one in value]
        return {_checked(key, levels - 1): _checked(one, levels - 1) for key, one in value.items()}
    if (isinstance(value, int) and abs(value) > LARGEST) or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError("a number is too large")
    return value
