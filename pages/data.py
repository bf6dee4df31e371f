"""A person's own data: what is kept here, and a file on its way to be kept.

Session state: `data.file` counts the files that were kept, so that the form begins anew after each; `data.answers`,
what the file's process answered; `data.kept`, the title of data that were kept just now; `data_notices` and
`file_notices` (notices.py), of what is kept and of the form.
"""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ladder import i18n
from ladder.data import own
from ladder.data.choices import Choices
from ladder.data.datasets import DATASETS, n_labels
from ladder.data.desk import Upload
from ladder.data.keeping import LONGEST_TITLE
from ladder.data.own import Own
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.view import View
from ladder.settings import Live, Recipe, Structure, knobs
from ladder.ui import address_bar, drawn_data, membership, notices, own_file, predicting, texts


def remove(name: str) -> None:
    """Deletes a dataset, where the visitor may."""

    def removed() -> None:
        membership.check_own_data()
        own.remove(name)

    notices.attempt_anew("data", removed)


def keep(file: Upload, choices: Choices, title: str) -> None:
    """Keeps what the choices make of the file under a title, and draws the page anew."""
    state = st.session_state
    with st.spinner(texts.say("own.page.keeps")):
        if notices.attempt_anew("file", lambda: own_file.keep(file, choices, title)):
            state["data.file"] += 1
            state["data.kept"] = title
    st.rerun()


def keep_docstrings() -> None:
    """Makes the text set of the installed libraries, keeps it, and draws the page anew."""
    title = texts.say("own.page.docstrings_title")
    with st.spinner(texts.say("own.page.makes")):
        if notices.attempt_anew("file", lambda: own_file.keep_docstrings(title)):
            st.session_state["data.kept"] = title
    st.rerun()


def link_to(name: str) -> str:
    """Returns the query of the live page with a new run on a dataset, with all labels where only some samples have
    one."""
    structure = Structure(dataset=name)
    live, info = defaults.default_live(structure), DATASETS[name]
    if n_labels(name) < info.n_train:  # who gave labels to some samples means all of these
        live = replace(live, n_labeled=min(n_labels(name), int(knobs(Live)["n_labeled"].high)))
    recipe = Recipe(structure, live)
    return urlencode(links.query(recipe, View(language=texts.language()), 0), safe=",;=!-")


def kept(one: Own) -> None:
    """Draws a dataset that is kept here: what it is, what was done to it, and the ways to use and to delete it."""
    language = texts.language()
    with st.container(border=True, key=f"own_{one.name}"):
        st.markdown(f"**{texts.escaped(one.title)}**")
        st.caption(texts.plain(texts.about_own(one, language)))
        with st.container(horizontal=True):
            st.link_button(texts.say("own.page.train"), f"./?{link_to(one.name)}", icon=":material/monitoring:")
            with st.popover(texts.say("own.page.about"), icon=":material/info:"):
                own_file.told(one.done, one.warnings)
                own_file.counted(one.class_names, one.counts, one.n_train - one.n_given)
                st.caption(texts.say("own.page.called", name=one.name, file=texts.escaped(one.filename)))
            if membership.may_change_data():
                with st.popover(texts.say("own.page.delete"), icon=":material/delete:"):
                    st.markdown(texts.say("own.page.delete_how"))
                    st.button(
                        texts.say("own.page.delete_now"), key=f"delete.{one.name}", on_click=remove, args=[one.name]
                    )


def form() -> None:
    """Draws the ways to bring a file, and from there on what it is and what comes of it."""
    file = own_file.chosen(st.session_state["data.file"])
    if file is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            wanted = st.button(texts.say("own.page.docstrings"), icon=":material/article:")
            st.caption(texts.say("own.page.docstrings_about"))
        notices.show_notices("file")
        if wanted:
            keep_docstrings()
        return
    looked = own_file.looked(file)
    if looked is None:
        return
    file, looked = own_file.read_as(file, looked)
    if looked is None:
        return
    choices = own_file.choices(file, looked)
    weighed = own_file.weighed(file, choices)
    if weighed is None:
        return
    own_file.outlook(weighed)
    title = st.text_input(
        texts.say("own.page.title"),
        value=own_file.suggested(file),
        key=f"data.title.{file.key}",
        max_chars=LONGEST_TITLE,
    )
    notices.show_notices("file")
    if st.button(texts.say("own.page.keep"), type="primary", icon=":material/save:"):
        keep(file, choices, title)


def main() -> None:
    """Draws the page."""
    for name, value in {"data.file": 0, "data_notices": [], "file_notices": []}.items():
        st.session_state.setdefault(name, value)
    if title := st.session_state.pop("data.kept", ""):  # whose card stands above what is in view
        st.toast(texts.say("own.page.kept", title=texts.escaped(title)), icon=":material/check:", duration="long")
    st.caption(texts.say("own.page.lead"))
    notices.show_notices("data")
    for one in own.listed():
        kept(one)
    st.subheader(texts.say("own.page.add"), divider="gray")
    if membership.may_change_data():
        form()
    else:
        st.info(i18n.problem(Problem("own_teacher"), texts.language()), icon=":material/lock:")
    drawn_data.draw()


main()
predicting.section(st.query_params.get("run", "")[:32])
address_bar.keep_tab(None)
