"""Widgets that show what the server holds: a run's choices, a design. The truth is the server's, not the browser's.

A value that a script sets for a widget is told to the browser once, by that run of the script. Where the next run
follows before the browser has drawn it, the widget stands at its default instead, and the browser sends that back as if
a person had chosen it. So nothing is ever set here: the value is the default, and a widget whose value something else
has changed is another widget, under another key, to which nothing old can be said. In another language, too, it is
another widget: of a choice the browser sends the words.
"""

import streamlit as st


def valued(name: str, value) -> dict:
    """Key and value of a slider, a toggle, or a field."""
    return {"key": _key(name, value), "value": value}


def indexed(name: str, value, options) -> dict:
    """Key and index of a selectbox."""
    return {"key": _key(name, value), "index": list(options).index(value)}


def defaulted(name: str, value) -> dict:
    """Key and default of a multiselect or of a segmented control."""
    return {"key": _key(name, value), "default": value}


def chosen(name: str):
    """What the widget of this name was moved to, for what it calls; its value if it was replaced at that moment."""
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
    """For each name how often something else than the widget itself has changed its value, and the value."""
    return st.session_state.setdefault("held", {})
