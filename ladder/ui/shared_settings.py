"""The widgets of the settings that all runs of a sweep or a search share: words by name. Any setting can be added."""

from collections.abc import Callable, Iterable

import streamlit as st

from ladder.experiments import axes, design
from ladder.recipe.contestants import CONTESTANTS
from ladder.recipe.words import typed, word_of
from ladder.ui import locks, notices, texts
from ladder.ui.axis_words import FLAGS, axis_label, listed, word_label
from ladder.ui.widgets import chosen, defaulted, indexed, valued

Base = tuple[tuple[str, str], ...]


def controls(base: Base, varied: set[str], names: Iterable[str], key: str, apply: Callable[[Base], None]) -> None:
    """Draws a widget for each shared setting of `base`, and one that adds other settings of `names` or removes them.
    Settings in `varied` are left out. A change calls `apply` with the new base, (name, word) pairs; a word that cannot
    be read becomes a notice of the page `key`, which also begins the widgets' names (widgets.py)."""
    words = {name: word for name, word in base if name not in varied}
    names = [name for name in names if name not in varied]
    labels = {name: axis_label(name) for name in (*words, *names)}
    free = [name for name in labels if locks.is_free(*axes.choices_of(name))]
    st.subheader(texts.say("explore.shared"), help=texts.hint("explore.shared_help"), divider="gray")
    for name in words:
        if name in names and locks.is_drawn(*axes.choices_of(name)):
            _fixed(name, labels[name], words, key, apply)
    st.multiselect(
        texts.say("explore.fixed"),
        free,
        select_all=False,  # Enter takes one setting
        format_func=labels.get,
        on_change=_apply_fixed,
        args=(words, key, apply),
        help=texts.hint("explore.fixed_help"),
        **defaulted(f"{key}.fixed", [name for name in words if name in free]),
    )


def _fixed(name: str, label: str, words: dict[str, str], key: str, apply) -> None:
    knob = axes.knob_named(name)
    place, now = f"{key}.fix.{name}", _value(name, words[name])
    common = {"on_change": _apply, "args": (name, words, key, apply)}
    common |= locks.rules(texts.hint(f"knob.{knob.name}.help") if knob else None, *axes.choices_of(name))
    if isinstance(now, bool):
        st.toggle(label, **valued(place, now), **common)
    elif listed(name) and not (knob and knob.per_layer):
        options = tuple(CONTESTANTS) if name == "model" else design.suggested(name, design.dataset_of(words.items()))
        labels = {word: word_label(name, word) for word in options}
        st.selectbox(label, options, format_func=labels.get, **indexed(place, now, options), **common)
    elif knob.kind is int and not knob.per_layer:
        step = 10 if knob.high > 1000 else 1
        st.number_input(label, int(knob.low), int(knob.high), step=step, **valued(place, now), **common)
    else:
        st.text_input(label, **valued(place, now.replace(",", ":")), **common)


def _value(name: str, word: str):
    """The value that the widget of the setting `name` has for `word`. A switch whose layers differ is a text."""
    knob = axes.knob_named(name)
    if knob and knob.kind is bool and word in FLAGS:
        return word == "1"
    if knob and knob.kind is int and not knob.per_layer:
        return int(word)
    return word


def _apply(name: str, words: dict[str, str], key: str, apply) -> None:
    found = dict(words)

    def take() -> None:
        found[name] = typed(name, word_of(chosen(f"{key}.fix.{name}")), axes.knob_named(name))

    if not notices.attempt_anew(key, take):
        return
    word = found[name]
    if name == "dataset" and "labels" in found:  # the label budget may be impossible with the new dataset
        found["labels"] = (*design.suggested("labels", word)[1:2], *design.suggested("labels", word))[0]
    apply(tuple(found.items()))


def _apply_fixed(words: dict[str, str], key: str, apply) -> None:
    """Added settings begin with a suggested value. Removed settings take their default. Those that the field does not
    offer stay."""
    dataset, wanted = design.dataset_of(words.items()), locks.with_kept(words, chosen(f"{key}.fixed"))
    apply(tuple((name, words.get(name) or _middle(name, dataset)) for name in wanted))


def _middle(name: str, dataset: str) -> str:
    options = design.suggested(name, dataset)
    return options[0] if listed(name) else options[len(options) // 2]
