"""Drawn samples on the page Data: they become data beside the rows of a dataset of the same images, or a file. A
student hands them over to its teacher, who has those of the class together.

Session state `drawn.sets` has the sets of samples that the visitor's browser keeps, as data/drawn.py takes them; it is
not there until the browser has told them; `drawn_notices` (notices.py) is of keeping them.
"""

import streamlit as st

from ladder import i18n
from ladder.data import datasets, desk
from ladder.data import drawn as samples
from ladder.data.apart import apart
from ladder.data.datasets import DATASETS
from ladder.data.drawn import Drawn
from ladder.data.keeping import LONGEST_TITLE
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.settings import Live, Structure
from ladder.ui import component, membership, navigation, notices, service, texts

LABEL_SEED = defaults.OPENING.structure.label_seed  # so that the labels are those of the usual run


def draw() -> None:
    """Draws the visitor's drawn samples, and the ways to keep them as data and to take them away."""
    st.session_state.setdefault("drawn_notices", [])
    st.subheader(texts.say("drawn.page.title"), divider="gray")
    component.drawn(texts.language(), take_sets)
    own, pooled = sets(), pools()
    if own is None and not pooled:
        return
    st.caption(texts.say("drawn.page.about" if own else "drawn.page.none"))
    st.page_link(navigation.path("inside"), label=texts.say("drawn.page.draw"), icon=navigation.PAGES["inside"])
    notices.show_notices("drawn")
    named = [(texts.say("drawn.page.kind", **sizes(one)), one) for one in own or []]
    if named or pooled:
        offer(chosen([*named, *pooled], len(named)))


def take_sets() -> None:
    """Notes the sets that the browser has told."""
    st.session_state["drawn.sets"] = st.session_state["data.drawn"].sets or []


def sets() -> list[Drawn] | None:
    """Returns the sets of drawn samples, without those that cannot be read, which become a warning; None while the
    browser has not told them."""
    words = st.session_state.get("drawn.sets")
    if words is None:
        return None
    found = []
    for one in words if isinstance(words, list) else []:
        try:
            found.append(samples.parsed(one))
        except Problem as problem:
            notices.warn(problem)
    return found


def sizes(drawn: Drawn) -> dict[str, int]:
    """Returns how many samples there are, and of which rows and columns, as the texts name them."""
    return {"rows": drawn.shape[0], "columns": drawn.shape[1], "n": len(drawn.classes)}


def pools() -> list[tuple[str, Drawn]]:
    """Returns for a teacher what the students of each class have handed over, together for each kind of images, each
    with what it is called; nothing for everybody else."""
    found = []
    for room in service.classes().rooms.values() if membership.is_teacher() else ():
        kinds: dict[object, list[Drawn]] = {}
        for member in room.present:
            if member.id in room.drawn:
                one = samples.parsed(room.drawn[member.id].samples)
                kinds.setdefault((one.shape, one.class_names), []).append(one)
        for of_kind in kinds.values():
            pool = samples.together(of_kind)
            label = texts.say("drawn.page.of_class", room=room.name, students=len(of_kind), **sizes(pool))
            found.append((label, pool))
    return found


def chosen(found: list[tuple[str, Drawn]], n_own: int) -> Drawn:
    """Draws the choice among named sets where there are several, and a picture of the chosen one where it is none of
    the first `n_own`. Returns the chosen one."""
    at = 0
    if len(found) > 1:
        names = dict(enumerate(name for name, _ in found))
        at = st.selectbox(texts.say("drawn.page.which"), [*names], format_func=names.get, key="drawn.which")
    if at >= n_own:
        st.caption(texts.say("drawn.page.look"))
        st.image(samples.sheet(found[at][1]))
    return found[at][1]


def offer(drawn: Drawn) -> None:
    """Draws what can be made of drawn samples, and the buttons that keep it, give it out as a file, and hand the
    samples over to a teacher."""
    hand_over(drawn)
    bases = desk.bases_of(drawn)
    if not bases:
        st.info(texts.say("drawn.page.no_base"), icon=":material/info:")
        return
    left, right = st.columns(2)
    with left:
        base = st.selectbox(
            texts.say("drawn.page.base"),
            bases,
            format_func={one: texts.dataset(one, texts.language()) for one in bases}.get,
            key="drawn.base",
        )
    with right:
        n_labels = labels_that_stay(drawn, base)
    title = st.text_input(
        texts.say("own.page.title"),
        value=texts.say("drawn.page.usual_title", dataset=texts.dataset(base, texts.language()))[:LONGEST_TITLE],
        key=f"drawn.title.{base}",
        max_chars=LONGEST_TITLE,
    )
    try:
        samples.check(drawn, base, n_labels)
    except Problem as problem:
        notices.warn(problem)
        return
    st.caption(texts.plain(what_comes(drawn, base, n_labels)))
    made = drawn, base, n_labels, LABEL_SEED
    with st.container(horizontal=True):
        if membership.may_change_data():
            st.button(
                texts.say("drawn.page.keep"),
                type="primary",
                icon=":material/save:",
                key="drawn.keep",
                on_click=keep,
                args=(*made, title),
            )
        st.download_button(
            texts.say("drawn.page.file"),
            lambda: apart(title, desk.drawn_file, *made),
            f"{title.strip() or 'drawn'}.npz",
            icon=":material/download:",
            key="drawn.file",
            on_click="ignore",
            help=texts.hint("drawn.page.file_help"),
        )
    if not membership.may_change_data():
        st.caption(i18n.problem(Problem("own_teacher"), texts.language()))


def hand_over(drawn: Drawn) -> None:
    """Draws for a student the button that hands its drawn samples over to the teacher."""
    found = membership.student()
    if found is None or membership.is_teacher():
        return
    room, member = found
    st.button(
        texts.say("drawn.page.hand_over"), icon=":material/send:", key="drawn.hand_over", on_click=give, args=(drawn,)
    )
    if member.id in room.drawn:
        n = len(samples.parsed(room.drawn[member.id].samples).classes)
        st.caption(texts.say("drawn.page.handed_over", n=n))


def give(drawn: Drawn) -> None:
    """Hands drawn samples of a student over to its teacher. A Problem becomes a notice."""

    def given() -> None:
        if found := membership.student():
            values = {"member": found[1].id, "samples": samples.words(drawn)}
            service.classes().act(found[0].id, "drawn", values)

    notices.attempt_anew("drawn", given)


def labels_that_stay(drawn: Drawn, base: str) -> int:
    """Draws the choice of how many labels of the base stay, where some samples are drawn for training. Returns it."""
    if drawn.tests.all():
        return 0
    budgets = [0, *defaults.label_budgets(Structure(dataset=base), datasets.n_labels(base))]
    return st.selectbox(
        texts.say("drawn.page.labels", dataset=texts.dataset(base, texts.language())),
        budgets,
        index=budgets.index(Live().n_labeled) if Live().n_labeled in budgets else 1,
        help=texts.hint("drawn.page.labels_help"),
        key=f"drawn.labels.{base}",
    )


def what_comes(drawn: Drawn, base: str, n_labels: int) -> str:
    """Returns in words which rows the data will train and test on."""
    info, n_tests = DATASETS[base], int(drawn.tests.sum())
    n_training = len(drawn.tests) - n_tests
    values = {"n": f"{info.n_train:,}", "dataset": texts.dataset(base, texts.language()), "labels": f"{n_labels:,}"}
    training = "drawn.page.trains" if n_training else "drawn.page.trains_as_it_is"
    testing = "drawn.page.tests" if n_tests else "drawn.page.tests_as_it_is"
    said = texts.say(training, drawn=n_training, **values)
    return said + texts.say(testing, n=n_tests or f"{info.n_test:,}")


def keep(drawn: Drawn, base: str, n_labels: int, label_seed: int, title: str) -> None:
    """Keeps drawn samples beside the rows of a dataset under a title. A Problem becomes a notice."""

    def kept() -> None:
        membership.check_own_data()
        apart(title, desk.keep_drawn, drawn, base, n_labels, label_seed, title)

    notices.attempt_anew("drawn", kept)
