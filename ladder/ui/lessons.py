"""The lesson that a tab is in, and what the panel of its page is given of it.

Session state `lesson` holds the lesson's name, "" for none; the address keeps it for a reload. `lesson_held` holds
whether the run has to wait for a prediction.
"""

from collections.abc import Mapping
from functools import cache
from urllib.parse import urlencode

import streamlit as st

from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe.contestants import CONTESTANTS
from ladder.teaching import conditions, lessons
from ladder.teaching.lesson import ASKED, ASKED_LAYERS, OF_AUTOENCODERS, TOP, Choice, Curve, Lesson, Number, Step
from ladder.ui import compare, navigation, notices, service, tab, texts

KEY = "lesson"  # in session state and in the address
ALONE = {KEY, "v", "lang"}  # the parameters of an address that names a lesson and no run
HELD = "lesson_held"  # in session state
NOTICES = {"live": "live", "compare": "race"}  # which notices a page shows
OF_CODES = tuple(f"{name}_{model}" for name in OF_AUTOENCODERS for model in CONTESTANTS)


@cache
def found() -> lessons.Found:
    """Returns all lessons of the server, read once."""
    return lessons.every()


def complete(page: str) -> None:
    """Gives an address that names a lesson and no run the lesson's setting, before the page `page`, a key of
    lesson.PAGES, reads it. If the lesson is one of another page, shows that page instead, which ends this run of the
    script."""
    params = st.query_params.to_dict()
    if KEY in st.session_state or not params.keys() <= ALONE:
        return
    lesson = found().lesson(params.get(KEY, ""), texts.language())
    if lesson is None:
        return
    whole = {**params, "v": links.VERSION, **lesson.setting.words}
    if lesson.setting.page != page:
        st.switch_page(navigation.path(lesson.setting.page), query_params=whole)
    st.query_params.from_dict(whole)


def enter(page: str) -> None:
    """Takes the lesson of `page`, a key of lesson.PAGES, that the address names at a tab's first script run. Problem
    "lesson_none" becomes a notice where there is no such lesson."""
    if KEY in st.session_state:
        return
    name = st.query_params.get(KEY, "")
    lesson = found().lesson(name, texts.language()) if name else None
    st.session_state[KEY] = name if lesson and lesson.setting.page == page else ""
    if name and not lesson:
        notices.add(Problem("lesson_none", lesson=name[:40]), NOTICES[page])


def begin(name: str, seeds: Mapping[str, str] = {}) -> str:
    """Begins a lesson: its setting comes into view, at rest, of the live page at FIRST_PACE. `seeds`: in place of the
    setting's own, as in a link. Returns its page, a key of lesson.PAGES."""
    lesson = found().lesson(name, texts.language())
    assert lesson is not None, "only lessons that are there are offered"
    page, words = lesson.setting.page, {**lesson.setting.words, **seeds}
    if page == "compare":
        compare.begin(words)
    else:
        link = links.read(words)
        tab.enter()
        tab.begin_lesson(link.recipe, link.at)
    st.session_state.update({KEY: name, HELD: False})
    return page


def current(page: str) -> Lesson | None:
    """Returns the lesson of `page` that the tab is in, in the visitor's language; None for none."""
    lesson = found().lesson(st.session_state.get(KEY, ""), texts.language())
    return lesson if lesson and lesson.setting.page == page else None


def act(wish: Mapping[str, object], run_id: str) -> None:
    """Does what a person does in the lesson's card beside the run `run_id`. `wish`: `do`, which is "end", and the run
    stays; or "hold", with `hold`, whether the run has to wait for a prediction. Anything else is ignored."""
    if wish.get("do") == "end":
        st.session_state.update({KEY: "", HELD: False})
    elif wish.get("do") == "hold":
        st.session_state[HELD] = wish.get("hold") is True
        if st.session_state[HELD] and service.lab().status(run_id).status == "playing":
            service.lab().pause(run_id)


def held(page: str = "live") -> bool:
    """Returns whether the run of `page` has to wait for a prediction of the lesson: then nothing trains it."""
    return current(page) is not None and bool(st.session_state.get(HELD))


def data(page: str) -> dict | None:
    """Returns the lesson of `page` that the tab is in, in the visitor's language, as live/lesson.js takes it; None for
    none."""
    lesson = current(page)
    if lesson is None:
        return None
    question = lesson.question
    return {
        "key": f"{lesson.name}.{lesson.language}",
        "name": lesson.name,
        "title": lesson.title,
        "steps": [_step(step) for step in lesson.steps],
        "asked": [*ASKED, *(f"{name}{l}" for name in ASKED_LAYERS for l in range(TOP + 1)), *OF_CODES],
        "question": {"text": question.text, "answer": question.answer, **_choice(question.choice)},
    }


def address(lesson: Lesson) -> str:
    """Returns the relative link that begins a lesson in a new tab."""
    return f"{lesson.setting.address(texts.language())}&{urlencode({KEY: lesson.name})}"


def _step(step: Step) -> dict:
    prediction = None
    if isinstance(step.prediction, Choice):
        prediction = _choice(step.prediction)
    elif isinstance(step.prediction, Number):
        prediction = vars(step.prediction) | {"unit": step.prediction.unit_in(texts.language())}
    elif isinstance(step.prediction, Curve):
        awaited = {"until": conditions.awaited_update(step.done), "anew": conditions.begins_anew(step.done)}
        prediction = {"curve": step.prediction.of, "low": step.prediction.low, "high": step.prediction.high} | awaited
    return {
        "title": step.title,
        "text": step.text,
        "reveal": step.reveal,
        "point": step.point,
        "done": conditions.to_json(step.done),
        "prediction": prediction,
    }


def _choice(choice: Choice) -> dict:
    return {"options": list(choice.options), "right": choice.right}
