"""Choices in words, as links, sweeps and the command line write them.

"0.3,0.5" is a value for each layer, "100-50" the widths of two layers, "0.3" one value for all layers.
"""

from dataclasses import replace

from ladder.problems import Problem
from ladder.settings import Knob, knobs

MAX_WORD = 200  # letters of one value: seven numbers with all their digits need about 170


def word_of(value) -> str:
    """A value as a link writes it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def write(knob: Knob, value) -> str:
    if not knob.per_layer:
        return word_of(value)
    if knob.name == "widths":
        return "-".join(map(str, value))
    return word_of(value[0]) if len(set(value)) == 1 else ",".join(map(word_of, value))


def read_word(knob: Knob, text: str, levels: int):
    """A knob's value from its word; `levels`: values of a per-layer one. ValueError or Problem if it is bad."""
    if len(text) > MAX_WORD:
        raise ValueError
    if not knob.per_layer:
        return knob.check(text)
    values = text.split("-" if knob.name == "widths" else ",")
    if knob.name != "widths" and len(values) == 1:
        values *= levels
    if knob.name != "widths" and len(values) != levels:
        raise Problem("bad_length", name=knob.name, n=len(values), expected=levels)
    return knob.check(values)


def with_words(base, words: dict[str, str], levels: int = 0):
    """`base`, a Structure or Live, with values written as in a link, by field name; Problem for one that is bad."""
    table, values = knobs(type(base)), {}
    for name, text in words.items():
        try:
            values[name] = read_word(table[name], text, levels)
        except ValueError:
            raise Problem("bad_word", name=name, value=text[:40]) from None
    return replace(base, **values)
