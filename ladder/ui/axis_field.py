"""The field with the values of an axis: suggested values in a list and, where others are possible, typed ones."""

from collections.abc import Callable, Sequence

import streamlit as st

from ladder.experiments import axes, design
from ladder.experiments.axes import Axis
from ladder.recipe.contestants import CONTESTANTS
from ladder.recipe.words import typed
from ladder.ui.axis_words import listed, word_label
from ladder.ui.widgets import defaulted

# Enter takes one value: the suggestion that begins with the typed text, else the typed text itself. By default
# Streamlit takes all suggestions that contain the typed text anywhere.
_TYPED = {"select_all": False, "filter_mode": "prefix"}


class _Labels(dict):
    """The label of each suggested word; a word that was typed is its own label."""

    def __missing__(self, word: str) -> str:
        return word


def values_field(
    label: str, axis: Axis, dataset: str, key: str, on_change: Callable[[int], None], number: int, **shown
) -> None:
    """Draws the field of `axis` under `label`, with the values that are suggested for `dataset` in its list. A change
    calls on_change(number). `key` is the field's name for `widgets.chosen`, whose result `words_chosen` turns into
    words. `shown`: further options of st.multiselect."""
    offered = tuple(CONTESTANTS) if axis.name == "model" else design.suggested(axis.name, dataset)
    options = list(dict.fromkeys([*offered, *axis.words]))
    st.multiselect(
        label,
        options,
        accept_new_options=not listed(axis.name),
        **_TYPED,
        format_func=_Labels({word: word_label(axis.name, word) for word in options}).__getitem__,
        on_change=on_change,
        args=(number,),
        **defaulted(key, list(axis.words)),
        **shown,
    )


def words_chosen(name: str, before: Sequence[str], found: Sequence[str]) -> list[str]:
    """Returns a word for each value `found` in the field of the axis `name`. Words that the axis had `before` stay as
    they are; others are read as a person types them (words.typed). Raises Problem "decimal_comma" or
    "decimal_comma_layers" for a value that was typed with a decimal comma."""
    knob = axes.knob_named(name)
    return [word if word in before else typed(name, word, knob) for word in found]
