"""The choice of what the training may know: which rows and classes, and which labels (data/protocol.py)."""

from collections.abc import Callable

import streamlit as st

from ladder.settings import Structure, knobs
from ladder.ui import texts
from ladder.ui.locks import is_drawn
from ladder.ui.widgets import valued

NAMES = "n_unlabeled", "known_classes", "foreign_share", "label_noise", "shuffled_labels"


def rows_choice(place: str, structure: Structure, common: Callable[[str], dict]) -> None:
    """Draws a widget for each of NAMES that the teacher of a class has not put away, under the names `place`.<choice>
    (widgets.py); open where one is not at its default. `common`: a choice's name -> its widget's callback, help and
    rules."""
    names = list(filter(is_drawn, NAMES))
    if not names:
        return
    unusual = any(getattr(structure, name) != getattr(Structure, name) for name in names)
    with st.expander(texts.say("page.rows"), expanded=unusual):
        st.caption(texts.say("page.rows_about"))
        for name in names:
            knob, label = knobs(Structure)[name], texts.label(name, texts.language())
            now = valued(f"{place}.{name}", getattr(structure, name))
            if knob.kind is bool:
                st.toggle(label, **now, **common(name))
            elif knob.kind is int:
                st.number_input(label, int(knob.low), int(knob.high), step=int(knob.step), **now, **common(name))
            else:
                st.slider(label, knob.low, knob.high, step=knob.step, **now, **common(name))
