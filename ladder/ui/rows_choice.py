"""The choice of what the training may know: which rows and classes, and which labels (data/protocol.py)."""

from collections.abc import Callable

import streamlit as st

from ladder.data.datasets import DATASETS
from ladder.settings import Structure, knobs
from ladder.ui import texts
from ladder.ui.locks import is_drawn
from ladder.ui.widgets import indexed, valued

NAMES = "n_unlabeled", "known_classes", "foreign_share", "label_noise", "shuffled_labels"


def rows_choice(place: str, structure: Structure, common: Callable[[str], dict]) -> None:
    """Draws a widget for each of NAMES that the teacher of a class has not put away, under the names `place`.<choice>
    (widgets.py); open where one is not at its default. `common`: a choice's name -> its widget's callback, help and
    rules."""
    names = list(filter(is_drawn, NAMES))
    if not structure.known_classes:  # no class is foreign
        names = [name for name in names if name != "foreign_share"]
    if not names:
        return
    unusual = any(getattr(structure, name) != getattr(Structure, name) for name in names)
    with st.expander(texts.say("page.rows"), expanded=unusual):
        st.caption(texts.say("page.rows_about"))
        for name in names:
            _widget(f"{place}.{name}", name, structure, common(name))


def _widget(place: str, name: str, structure: Structure, common: dict) -> None:
    knob, value, label = knobs(Structure)[name], getattr(structure, name), texts.label(name, texts.language())
    if name == "known_classes":  # one class is no task
        n = len(DATASETS[structure.dataset].class_names)
        options = sorted({0, value, *range(2, n)})
        st.selectbox(label, options, **indexed(place, value, options), **common)
    elif knob.kind is bool:
        st.toggle(label, **valued(place, value), **common)
    elif knob.kind is int:
        st.number_input(label, int(knob.low), int(knob.high), step=int(knob.step), **valued(place, value), **common)
    else:
        st.slider(label, knob.low, knob.high, step=knob.step, **valued(place, value), **common)
