"""The glossary on a page: every symbol with its formula, its place in the papers, and its value in the run in view.

A link to an entry (texts.linked, live/glossary.js) opens a new tab. It names the run in whose help text it stood, which
is read here and stays with the tab that steers it. Session state `glossary` holds what the address asked for at the
tab's first script run.
"""

from dataclasses import dataclass
from html import escape

import streamlit as st

from ladder.live import frames
from ladder.problems import Problem
from ladder.settings import Recipe
from ladder.teaching import glossary, values
from ladder.teaching.values import Values
from ladder.ui import service, texts

SYMBOL, OF = "symbol", "of"  # in the address: a key of glossary.TERMS, and the id of a run
REFRESH_SECONDS = 3.0  # between two looks at a run that trains
PERCENT = "test_error", "twin_error"
MEASURED = "cost", "supervised", "objective"  # numbers with many digits


@dataclass(frozen=True)
class Asked:
    """What a tab's first address asked of the glossary: a symbol, "" for none, and a run, "" for none."""

    symbol: str
    run: str


def asked() -> Asked:
    """Returns what the tab's first address asked for."""
    if "glossary" not in st.session_state:
        words = st.query_params
        term = glossary.term(words.get(SYMBOL, ""))
        st.session_state.glossary = Asked(term.symbols[0] if term else "", words.get(OF, ""))
    return st.session_state.glossary


def address() -> dict[str, str]:
    """Returns the query parameters that bring a reload back to what was asked for."""
    now = asked()
    term = glossary.term_of(now.symbol) if now.symbol else None
    return {name: word for name, word in ((SYMBOL, term.key if term else ""), (OF, now.run)) if word}


def draw() -> None:
    """Draws the glossary with a field to search it, which begins with the symbol that was asked for. While the run in
    view trains, its values are read again every REFRESH_SECONDS; nothing is asked of the run's worker."""
    st.header(texts.say("lessons.glossary"), divider="gray")
    run = _run()
    active = bool(run) and service.lab().status(run).active
    st.fragment(_entries, run_every=REFRESH_SECONDS if active else None)(run)


def _entries(run: str) -> None:
    words = st.text_input(texts.say("lessons.find"), value=asked().symbol, key="lessons.find")
    found = glossary.search(words, texts.language())
    if not found:
        st.caption(texts.say("lessons.nothing"))
        return
    now = _values(run) if run else {}
    if now:
        st.caption(texts.say("lessons.values", update=f"{now['update'][0]:,}"))
    st.html("\n".join(_entry(one, now) for one in found))  # one element, however often it is drawn


def _entry(one: glossary.Entry, now: Values) -> str:
    parts = [
        f"<p><b>{escape(one.term.symbols[0])}</b> · {escape(one.name)}</p>",
        f"<pre>{escape(one.formula)}</pre>",
    ]
    if one.term.value in now:
        value = said(one.term.value, now[one.term.value])
        parts.append(f"<p><b>{escape(texts.say('lessons.now', value=value))}</b></p>")
    parts.append(f"<p><small>{escape(texts.say('lessons.source', source=one.place))}</small></p>")
    return f'<section class="ll-term" id="symbol-{one.term.key}">{"".join(parts)}</section>'


def said(name: str, value: tuple[float | str, ...]) -> str:
    """Returns the value `name` of values.of_run in the visitor's language."""
    words = [_one(name, number) for number in value]
    if name not in values.LAYERED:
        return words[0]
    if len(set(words)) == 1:
        return texts.say("lessons.everywhere", value=words[0])
    return " · ".join(texts.say("lessons.layer", l=l, value=word) for l, word in enumerate(words))


def _one(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return texts.say(f"{name}.{value}")
    if name in PERCENT:
        return texts.percent(value)
    if name == "gap":
        return texts.say("live.lesson.points", n=f"{100 * value:.1f}".replace("-", "−"))
    if name == "epoch":
        return texts.say("lessons.epochs", n=f"{value:.1f}")
    if name == "gain":
        return f"{value:.2f}".replace("-", "−")
    return f"{value:.3g}" if name in MEASURED else f"{value:,.6g}"


def _run() -> str:
    """Returns the id of the tab's run, else of the run that the address names; "" where there is none."""
    run = st.session_state.get("run") or asked().run
    return run if run and service.lab().exists(run) else ""


def _values(run: str) -> Values:
    """Returns the values of a run as the server knows them; none for a comparison, and for a run whose file cannot be
    read."""
    lab = service.lab()
    try:
        recipe = lab.recipe(run)
        if not isinstance(recipe, Recipe):
            return {}
        header, curves = frames.decode(lab.behind(run))
    except Problem:
        return {}
    return values.of_run(recipe, header["update"], header.get("epoch"), curves)
