"""The script of every visitor: language, navigation, then the chosen page."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:  # Streamlit puts this script's own folder on the path, not the project's
    sys.path.insert(0, str(ROOT))

from ladder import i18n  # noqa: E402
from ladder.recipe import arrivals, links  # noqa: E402
from ladder.ui import (  # noqa: E402
    component,
    cookies,
    following,
    fragments,
    labelling,
    membership,
    navigation,
    notices,
    service,
    sharing,
    texts,
)

st.html(ROOT / "ladder" / "ui" / "page.css")
fragments.begin()

if "language" not in st.session_state:
    params = arrivals.mended(st.query_params.to_dict(), links.KEYS)
    st.session_state.language = links.read(params).view.language if "lang" in params else texts.of_visitor()
language = st.session_state.language


def _switch() -> None:
    st.session_state.language = st.session_state[following.language_key()]
    cookies.keep(texts.COOKIE, st.session_state.language)


hidden = navigation.hidden(service.classes().is_open)
pages = {
    name: st.Page(
        ROOT / "pages" / f"{name}.py",
        title=i18n.text(f"page.{name}.title", language),
        icon=icon,
        url_path=name,
        default=name == navigation.FIRST,
        visibility="hidden" if name in hidden else "visible",
    )
    for name, icon in navigation.PAGES.items()
}
chosen = st.navigation(list(pages.values()), position="top")
name = next(name for name, page in pages.items() if page == chosen)
if name != "class":  # whose address has a class's code
    sharing.take_address()
following.follow(name)
labelling.follow(name)
# These pages' own controls stand beside what they show; what their sidebars have is one press away. A teacher's board,
# and a run that is shown to all, need the width.
whole = name in ("live", "inside")
wide = name == "class" and (membership.is_teacher() or membership.student() is not None)
sidebar = "collapsed" if whole or wide else "auto"
st.set_page_config(page_title="Ladder Lab", page_icon="🪜", layout="wide", initial_sidebar_state=sidebar)
with st.sidebar:
    st.segmented_control(
        i18n.text("page.language", language),
        list(i18n.LANGUAGES),
        required=True,  # a press on the chosen language leaves it chosen
        format_func=i18n.LANGUAGES.get,
        default=language,
        key=following.language_key(),
        on_change=_switch,
        label_visibility="collapsed",
    )
    elsewhere = sharing.field()
component.page(language, cookies.kept(), elsewhere)
if student := membership.student():
    component.class_strip(name, *student, following.followed(), language, labelling.take_student)
if name != "about":  # whose text begins with its own heading
    # page.css hides it from the eye where the navigation says it, and knows a stage by it before the stage is drawn.
    shown = "page_title" if name in navigation.ASIDE else "page_heading"
    with st.container(key="page_heading_stage" if whole else shown):
        st.html(f"<h1>Ladder Lab · {chosen.title}</h1>")
if problem := service.not_kept():
    notices.warn(problem)
if beside := navigation.beside(name):
    with st.container(horizontal=True, key="together"):
        for other in beside:
            st.page_link(pages[other])
chosen.run()
