"""The field with the values of an axis: those in the list and, where others are possible, what is typed."""

from collections.abc import Callable, Sequence

import streamlit as st

from ladder.experiments import axes, design
from ladder.experiments.axes import Axis
from ladder.recipe.words import typed
from ladder.ui.axis_words import listed, word_label
from ladder.ui.widgets import defaulted

# Enter takes one value: the suggestion that begins with what was typed, else just that. Streamlit's usual way takes all
# suggestions that have it anywhere in them.
_TYPED = {"select_all": False, "filter_mode": "prefix"}


class _Labels(dict):
    """Words as they are shown; one that was typed stands for itself."""

    def __missing__(self, word: str) -> str:
        return word


def values_field(
    label: str, axis: Axis, dataset: str, key: str, on_change: Callable[[int], None], number: int, **shown
) -> None:
    """Draw the field of `axis`, which calls on_change(number). `key` is its name for `widgets.chosen`; what that
    returns goes through `words_chosen`. `shown` are further options of st.multiselect."""
    options = list(dict.fromkeys([*design.suggested(axis.name, dataset), *axis.words]))
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
    """The words of the values `found` in the field of the axis `name`; those that it had `before` stay as they are.
    Raises Problem decimal_comma or decimal_comma_layers for one that was typed with a decimal comma."""
    knob = axes.knob_named(name)
    return [word if word in before else typed(name, word, knob) for word in found]
