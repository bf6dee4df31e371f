"""How a ladder network works, and experiments that answer common misconceptions."""

from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from ladder import i18n, teaching, theme
from ladder.recipe import links
from ladder.teaching.experiments import COMPARISONS, EXPERIMENTS, SWEEPS
from ladder.ui import address_bar, drawing, texts

TEXTS = Path(teaching.__file__).parent / "texts"
START = "300"  # updates that an experiment's link repeats at once, so that every panel is filled


def written(name: str) -> str:
    """Returns the text `name` of "How it works", in Markdown and in the visitor's language."""
    return (TEXTS / texts.language() / f"{name}.md").read_text(encoding="utf-8")


def link_of(name: str) -> str:
    """Returns the relative link that opens an experiment on its page: a live run or a comparison that first repeats
    START updates, or a sweep. Raises KeyError for a name that teaching/experiments.py does not have."""
    page, words = "./", {**EXPERIMENTS, **SWEEPS, **COMPARISONS}[name]
    if name in SWEEPS:
        page = "./explore"
    elif name in COMPARISONS:
        page = "./compare"
    start = {} if name in SWEEPS else {"at": START}
    return f"{page}?{urlencode({'v': links.VERSION, **words, **start, 'lang': texts.language()}, safe=',;=')}"


def experiment(name: str) -> None:
    """Draws an experiment: the claim, what there is to see, and the link to it."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{texts.say(f'about.{name}.claim')}**")
        st.write(texts.say(f"about.{name}.see"))
        st.link_button(texts.say("about.try"), link_of(name), icon=":material/science:")


address_bar.keep_tab()
words = {name: escape(word) for name, word in i18n.texts("about.drawing", texts.language()).items()}
svg = drawing.ladder(words, theme.PALETTES[st.context.theme.type or "light"])
st.markdown(written("start"))
picture, story = st.columns(2, gap="large", vertical_alignment="center")
story.markdown(written("ladder"))
picture.image(svg, alt=texts.say("about.drawing_alt"), width="stretch")
st.header(texts.say("about.symbols"))
st.markdown(written("symbols"))
st.header(texts.say("about.experiments"))
st.caption(texts.say("about.measured"))
names = [*EXPERIMENTS, *SWEEPS, *COMPARISONS]
for pair in zip(names[::2], names[1::2], strict=True):
    for column, name in zip(st.columns(2), pair, strict=True):
        with column:
            experiment(name)
