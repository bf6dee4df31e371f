"""How a ladder network works, the lessons that answer common misconceptions, and questions to explore."""

from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from ladder import i18n, teaching, theme
from ladder.recipe import links
from ladder.teaching.experiments import COMPARISONS, SWEEPS
from ladder.ui import address_bar, drawing, lessons, texts

TEXTS = Path(teaching.__file__).parent / "texts"
START = "300"  # updates that a comparison's link repeats at once, so that every panel is filled


def written(name: str) -> str:
    """Returns the text `name` of "How it works", in Markdown and in the visitor's language."""
    return (TEXTS / texts.language() / f"{name}.md").read_text(encoding="utf-8")


def believed() -> None:
    """Draws what people believe, each line with the link to its lesson."""
    st.header(texts.say("about.lessons"))
    st.caption(texts.say("about.believed"))
    lines = []
    for name in lessons.found().lessons:
        lesson = lessons.found().lesson(name, texts.language())
        lines.append(f"- “{lesson.misconception}” [{lesson.title}]({lessons.address(lesson)})")
    st.markdown("\n".join(lines))


def link_of(name: str) -> str:
    """Returns the relative link that opens a question on its page: a sweep, or a comparison that first repeats START
    updates. Raises KeyError for a name that teaching/experiments.py does not have."""
    page, words = ("explore", SWEEPS[name]) if name in SWEEPS else ("compare", COMPARISONS[name] | {"at": START})
    return f"./{page}?{urlencode({'v': links.VERSION, **words, 'lang': texts.language()}, safe=',;=')}"


def question(name: str) -> None:
    """Draws a question, what there is to see, and the link to it."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{texts.say(f'about.{name}.ask')}**")
        st.write(texts.say(f"about.{name}.see"))
        st.link_button(texts.say("about.try"), link_of(name), icon=":material/science:")


address_bar.keep_tab()
words = {name: escape(word) for name, word in i18n.texts("about.drawing", texts.language()).items()}
svg = drawing.ladder(words, theme.PALETTES[st.context.theme.type or "light"])
st.markdown(written("start"))
picture, story = st.columns(2, gap="large", vertical_alignment="center")
story.markdown(written("ladder"))
picture.image(svg, alt=texts.say("about.drawing_alt"), width="stretch")
st.header(texts.say("about.when"))
st.markdown(written("when"))
st.header(texts.say("about.symbols"))
st.markdown(written("symbols"))
believed()
st.header(texts.say("about.questions"))
st.caption(texts.say("about.measured"))
names = [*SWEEPS, *COMPARISONS]
for column, name in zip(st.columns(len(names)), names, strict=True):
    with column:
        question(name)
