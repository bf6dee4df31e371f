"""The texts of the catalogue in the visitor's language."""

import re
from urllib.parse import urlencode

import streamlit as st

from ladder import i18n
from ladder.data import own, variants
from ladder.data.datasets import DATASETS
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.view import View
from ladder.settings import Live, Structure, base_of, is_own, is_variant, knobs
from ladder.teaching import glossary
from ladder.ui import cookies

COOKIE = "ladder_language"  # the browser keeps the chosen language under this name


def language() -> str:
    """Returns the visitor's language, a key of i18n.LANGUAGES."""
    return st.session_state.language


def of_visitor() -> str:
    """Returns the language of a visitor who has said nothing yet: the one that was chosen in this browser before, else
    the browser's own, a key of i18n.LANGUAGES; English where that is another one."""
    chosen = cookies.read(COOKIE)
    if chosen in i18n.LANGUAGES:
        return chosen
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def in_link() -> dict[str, str]:
    """Returns the query parameter with the visitor's language, for a link to be shared; none for English, so that such
    a link is read in the language of whoever opens it."""
    return {} if language() == View.language else {links.VIEW_KEYS["language"]: language()}


def say(key: str, **values) -> str:
    """Returns the catalogue's text `key` in the visitor's language, with `values` in place of its braces."""
    return i18n.text(key, language(), **values)


def hint(key: str, **values) -> str:
    """Returns the catalogue's text `key` as a widget's help (linked)."""
    return linked(say(key, **values))


def linked(text: str) -> str:
    """Returns a help text, Markdown in the visitor's language, with a link to the glossary for each symbol in it."""
    terms = glossary.used(text)
    if not terms:
        return text
    links_of = (f"[{one.symbols[0]}](./lessons?{query_of_symbol(one.key, language())})" for one in terms)
    return f"{text}\n\n{say('live.symbols')} {' · '.join(links_of)}"


def query_of_symbol(key: str, language: str) -> str:
    """Returns the query of the page Lessons that opens its glossary at the term with this key."""
    return urlencode({"v": links.VERSION, links.VIEW_KEYS["language"]: language, "symbol": key})


def percent(fraction: float) -> str:
    """Returns a fraction in per cent, such as "4.2 %", as it is written in the visitor's language."""
    return say("live.percent", n=f"{100 * fraction:.1f}")


def dataset(name: str, language: str) -> str:
    """Returns what a dataset (a key of DATASETS, a person's own, or a variant of one, both of which may be gone) is
    called."""
    base = base_of(name)
    label = _own_title(base, language) if is_own(base) else i18n.text(f"dataset.{base}.label", language)
    return i18n.text(f"variation.{_variation(name)}.label", language, dataset=label) if is_variant(name) else label


def about_dataset(name: str, language: str) -> str:
    """Returns a sentence about what a dataset has in it."""
    base = base_of(name)
    about = _about_own(base, language) if is_own(base) else i18n.text(f"dataset.{base}.about", language)
    return f"{i18n.text(f'variation.{_variation(name)}.about', language)} {about}" if is_variant(name) else about


def _about_own(name: str, language: str) -> str:
    """A sentence about a person's own data, also where they are not kept here any more."""
    try:
        return about_own(own.found(name), language)
    except Problem as problem:
        return i18n.problem(problem, language)


def _own_title(name: str, language: str) -> str:
    """What a person's own data are called, also where they are not kept here any more."""
    try:
        return own.found(name).title
    except Problem:
        return i18n.text("own.gone", language)


def _variation(name: str) -> str:
    """The kind of a variant, "gone" where it is not kept here any more."""
    try:
        return variants.kind_of(variants.found(name))
    except Problem:
        return "gone"


def about_own(kept: own.Own, language: str) -> str:
    """Returns a sentence about what a person's own data have in them."""
    return i18n.text("own.about", language, **kept.about())


def class_names(dataset: str, language: str) -> tuple[str, ...]:
    """Returns what the classes of a dataset are called, in their order; a
    digit or a letter that names one stays as it is."""
    words = i18n.texts(f"class.{base_of(dataset)}", language)
    return tuple(words.get(name, name) for name in DATASETS[dataset].class_names)


def label(name: str, language: str) -> str:
    """Returns what the choice `name` of a run is called."""
    return i18n.text(f"knob.{name}.label", language)


def escaped(text: str) -> str:
    """Returns a person's own words as Markdown that shows them as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])", r"\\\1", text)


def plain(sentence: str) -> str:
    """Returns a sentence of the catalogue as Markdown that shows it as it is: a value in it, such as a word of a link
    or a file's name, becomes no link, no picture, no formula and no code."""
    return re.sub(r"([\[\]<`$*])", r"\\\1", sentence)


def why_locked(name: str, language: str) -> str:
    """Returns the sentence that the teacher of a class has locked the choice `name`."""
    return i18n.problem(Problem("class_locked", name=name), language)


def explained(name: str, language: str) -> str:
    """Returns the help of the choice `name` of a run: meaning and formula, range, and when it takes effect."""
    structural = knobs(Structure)
    knob = knobs(Live).get(name) or structural.get(name)
    words = [i18n.text(f"knob.{name}.help", language)]
    if knob and knob.low is not None and knob.kind is not bool:
        words.append(i18n.text("page.range", language, **knob.limits))
    words.append(i18n.text("page.effect_new" if name in structural else "page.effect_live", language))
    return "\n\n".join(words)
