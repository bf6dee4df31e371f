"""The lesson that a tab is in, and what the live panel is given of it.

Session state `lesson` holds the lesson's name, "" for none; the address keeps it for a reload.
"""

from functools import cache

import streamlit as st

from ladder.problems import Problem
from ladder.recipe import links
from ladder.teaching import conditions, lessons
from ladder.teaching.lesson import ASKED, ASKED_LAYERS, TOP, Choice, Lesson, Number, Step
from ladder.ui import notices, tab, texts

KEY = "lesson"  # in session state and in the address
LIVE = "live"  # the page whose lessons wait for the run; those of others are followed by hand


@cache
def found() -> lessons.Found:
    """Returns all lessons of the server, read once."""
    return lessons.every()


def enter() -> None:
    """Takes the lesson that the address names at a tab's first script run. Problem "lesson_none" becomes a notice where
    there is no such lesson."""
    if KEY in st.session_state:
        return
    name = st.query_params.get(KEY, "")
    lesson = found().lesson(name, texts.language()) if name else None
    st.session_state[KEY] = name if lesson and lesson.setting.page == LIVE else ""
    if name and not lesson:
        notices.add(Problem("lesson_none", lesson=name[:40]), "live")


def begin(name: str) -> None:
    """Begins a lesson of the live page: its setting comes into view, at rest, at FIRST_PACE."""
    lesson = found().lesson(name, texts.language())
    assert lesson is not None, "only lessons that are there are offered"
    link = links.read(lesson.setting.words)
    st.session_state[KEY] = name
    tab.begin_lesson(link.recipe, link.at)


def end() -> None:
    """Ends the lesson; the run stays."""
    st.session_state[KEY] = ""


def data() -> dict | None:
    """Returns the lesson that the tab is in, in the visitor's language, as live/lesson.js takes it; None for none."""
    lesson = found().lesson(st.session_state.get(KEY, ""), texts.language())
    if lesson is None:
        return None
    question = lesson.question
    return {
        "key": f"{lesson.name}.{lesson.language}",
        "name": lesson.name,
        "title": lesson.title,
        "steps": [_step(step) for step in lesson.steps],
        "asked": [*ASKED, *(f"{name}{l}" for name in ASKED_LAYERS for l in range(TOP + 1))],
        "question": {"text": question.text, "answer": question.answer, **_choice(question.choice)},
    }


def address(lesson: Lesson) -> str:
    """Returns the relative link that begins a lesson in a new tab."""
    place = lesson.setting.address(texts.language())
    return f"{place}&{KEY}={lesson.name}" if lesson.setting.page == LIVE else place


def _step(step: Step) -> dict:
    prediction = None
    if isinstance(step.prediction, Choice):
        prediction = _choice(step.prediction)
    elif isinstance(step.prediction, Number):
        prediction = dict(vars(step.prediction))
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
