"""The settings that all runs of a sweep or a search share, as widgets: words by name, of which any can be added."""

from collections.abc import Callable, Iterable

import streamlit as st

from ladder import design as designs
from ladder import links, sweeps
from ladder.contestants import CONTESTANTS
from ladder.ui import visit
from ladder.ui.words import axis_label, listed, word_label

Base = tuple[tuple[str, str], ...]


def controls(base: Base, names: Iterable[str], key: str, apply: Callable[[Base], None]) -> None:
    """A widget for each shared setting, and one that adds others of `names`; `apply` takes the base as it is then."""
    words = dict(base)
    labels = {name: axis_label(name) for name in (*words, *names)}
    st.subheader(visit.say("explore.shared"), help=visit.say("explore.shared_help"), divider="gray")
    for name in words:
        if name in names:
            _fixed(name, labels[name], words, key, apply)
    st.multiselect(
        visit.say("explore.fixed"), list(labels), key=f"{key}.fixed", format_func=labels.get, on_change=_apply_fixed,
        args=(words, key, apply), help=visit.say("explore.fixed_help"),
    )  # fmt: skip


def values(base: Base, key: str) -> dict:
    """What the widgets have for a base."""
    return {f"{key}.fixed": [name for name, _ in base]} | {
        f"{key}.fix.{name}": _value(name, word) for name, word in base
    }


def _fixed(name: str, label: str, words: dict[str, str], key: str, apply) -> None:
    knob = sweeps.knob_named(name)
    common = {"key": f"{key}.fix.{name}", "on_change": _apply, "args": (name, words, key, apply)}
    common["help"] = visit.say(f"knob.{knob.name}.help") if knob else None
    if knob and knob.kind is bool:
        st.toggle(label, **common)
    elif listed(name):
        options = tuple(CONTESTANTS) if name == "model" else designs.suggested(name, words.get("dataset", "digits"))
        st.selectbox(label, options, format_func={word: word_label(name, word) for word in options}.get, **common)
    elif knob.kind is int and not knob.per_layer:
        st.number_input(label, int(knob.low), int(knob.high), step=10 if knob.high > 1000 else 1, **common)
    else:
        st.text_input(label, **common)


def _value(name: str, word: str):
    """A word as its widget has it."""
    knob = sweeps.knob_named(name)
    if knob and knob.kind is bool:
        return word == "1"
    if knob and knob.kind is int and not knob.per_layer:
        return int(word)
    return word


def _apply(name: str, words: dict[str, str], key: str, apply) -> None:
    word = links.word(st.session_state[f"{key}.fix.{name}"]).strip().replace(":", ",")
    found = {**words, name: word}
    if name == "dataset" and "labels" in found:  # a budget that other data can have
        found["labels"] = (*designs.suggested("labels", word)[1:2], *designs.suggested("labels", word))[0]
    apply(tuple(found.items()))


def _apply_fixed(words: dict[str, str], key: str, apply) -> None:
    """Settings that are added begin with a suggested value; others are the default again."""
    dataset, chosen = words.get("dataset", "digits"), st.session_state[f"{key}.fixed"]
    apply(tuple((name, words.get(name) or _middle(name, dataset)) for name in chosen))


def _middle(name: str, dataset: str) -> str:
    options = designs.suggested(name, dataset)
    return options[0] if listed(name) else options[len(options) // 2]
