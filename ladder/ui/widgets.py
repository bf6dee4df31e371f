"""Widgets that show what the server holds: a run's choices, a design. The server's value counts, not the browser's.

A value that a script sets for a widget is sent to the browser once, by that run of the script. Where the next run
follows before the browser has drawn it, the widget stands at its default instead, and the browser sends that back as if
a person had chosen it. So nothing is ever set here: the server's value is the widget's default. A widget whose value
something else has changed is drawn as another widget, under another key, so that no earlier message can move it. In
another language it is another widget too: for a choice the browser sends the words.

A name stands for the same widget under all its keys. Session state `held` keeps the number of the present key and the
value for each name.
"""

import streamlit as st

from ladder.settings import Knob


def valued(name: str, value) -> dict:
    """Returns the arguments `key` and `value` of a slider, a toggle or a field."""
    return {"key": _key(name, value), "value": value}


def indexed(name: str, value, options) -> dict:
    """Returns the arguments `key` and `index` of a selectbox. Raises ValueError if `value` is none of `options`."""
    return {"key": _key(name, value), "index": list(options).index(value)}


def defaulted(name: str, value) -> dict:
    """Returns the arguments `key` and `default` of a multiselect or of a segmented control."""
    return {"key": _key(name, value), "default": value}


def one_two_five(knob: Knob) -> set[float]:
    """Returns the numbers 1, 2 and 5 times a power of ten that lie within the range of a knob."""
    assert knob.low is not None and knob.high is not None
    steps = {float(f"{m}e{e}") for e in range(-6, 7) for m in (1, 2, 5)}
    return {step for step in steps if knob.low <= step <= knob.high}


def chosen(name: str):
    """Returns the value to which a person has moved the widget of this name, for its callback. If the widget was
    replaced at that moment, returns the value that the server holds. Raises KeyError for a name that was not drawn."""
    generation, value = _held()[name]
    return st.session_state.get(_place(name, generation), value)


def _key(name: str, value) -> str:
    generation, _ = _held().get(name, (0, None))
    if st.session_state.get(_place(name, generation), value) != value:
        generation += 1
    _held()[name] = generation, value
    return _place(name, generation)


def _place(name: str, generation: int) -> str:
    return f"{name}~{st.session_state.language}{generation}"


def _held() -> dict[str, tuple[int, object]]:
    """For each name how often something other than the widget has changed its value, and the value."""
    return st.session_state.setdefault("held", {})
