"""Choices in words, as links, sweeps and the command line write them.

"0.3" is one value for all layers, "0.3:0.5:0.5" or "0.3,0.5,0.5" a value for each layer from the input up, "1:0:1" a
switch that is off at layer 1 alone, "100-50" the widths of two hidden layers. Two numbers have a colon between them:
"0,5" may mean 0.5, and is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from ladder.problems import Problem
from ladder.settings import Knob, Value, knobs, parse_widths

MAX_WORD = 200  # letters of one value: seven numbers with all their digits need about 170
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")  # "0,1": 0.1 in most of Europe

Choices = TypeVar("Choices", bound=object)  # a dataclass of choices: Structure, Live, View, Contestant, ...


def word_of(value: object) -> str:
    """Returns one value as a link writes it: "1" for True, "1000" for 1000.0."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


def write(knob: Knob, value: object) -> str:
    """Returns a knob's value as a link writes it. A value for each layer is written once where all are equal."""
    if not isinstance(value, tuple):
        return word_of(value)
    if knob.name == "widths":
        return "-".join(map(str, value))
    return word_of(value[0]) if len(set(value)) == 1 else ",".join(map(word_of, value))


def typed(name: str, text: str, knob: Knob | None) -> str:
    """Returns the word for what a person typed for the choice `name`: without spaces around it, with commas between the
    values of layers. Apply it once: "0:1" becomes "0,1", which it refuses. `knob`: the choice's Knob, None where it has
    none.

    Raises Problem decimal_comma or decimal_comma_layers for "0,1", which may be meant as 0.1. As a value for each layer
    it would be read, without a warning, as 0 at the input and 1 above. Switches have no decimals.
    """
    text = text.strip()
    if knob and knob.kind in (int, float) and DECIMAL_COMMA.fullmatch(text) and name != "widths":
        point = text.replace(",", ".")
        if knob.per_layer:
            raise Problem("decimal_comma_layers", name=name, value=text, point=point, layers=text.replace(",", ":"))
        raise Problem("decimal_comma", name=name, value=text, point=point)
    return text.replace(":", ",") if knob and knob.per_layer else text


def read_word(knob: Knob, text: str, levels: int) -> Value:
    """Returns a knob's value from its word, as a person or a link writes it; `levels`: how many values a per-layer knob
    has (widths have any number).

    Raises ValueError for a word of more than MAX_WORD letters, and Problem bad_length, bad_widths, decimal_comma,
    decimal_comma_layers, or those of Knob.check.
    """
    if len(text) > MAX_WORD:
        raise ValueError
    text = typed(knob.name, text, knob)
    if knob.name == "widths":
        return knob.check(parse_widths(text))
    if not knob.per_layer:
        return knob.check(text)
    values = text.split(",")
    if len(values) == 1:
        values *= levels
    if len(values) != levels:
        raise Problem("bad_length", name=knob.name, n=len(values), expected=levels)
    return knob.check(values)


def with_words(base: Choices, words: Mapping[str, str], levels: int = 0) -> Choices:
    """Returns `base` with values written as in a link, by field name; `levels`: how many values its per-layer knobs
    have.

    Raises Problem bad_word for a word that is too long, those of read_word, and those of the class of `base`. Raises
    KeyError for a name that is no field.
    """
    table, values = knobs(type(base)), {}
    for name, text in words.items():
        try:
            values[name] = read_word(table[name], text, levels)
        except ValueError:
            raise Problem("bad_word", name=name, value=text[:40]) from None
    return replace(base, **cast(dict[str, Any], values))  # type: ignore[type-var]  # a dataclass, as it has knobs
