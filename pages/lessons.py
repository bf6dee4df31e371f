"""Lessons: predict, run, reveal. Each begins on the page of its run, and stands here as a whole."""

import streamlit as st

from ladder.teaching.lesson import Choice, Curve, Lesson, Number, Pair
from ladder.ui import address_bar, glossary, lessons, navigation, notices, texts


def card(lesson: Lesson) -> None:
    """Draws a lesson: what people believe, how to begin, and the whole of it with its notes for the teacher."""
    with st.container(border=True):
        st.subheader(lesson.title)
        st.markdown(f"“{lesson.misconception}”")
        st.caption(texts.say("lessons.minutes", n=lesson.minutes, steps=len(lesson.steps)))
        if st.button(texts.say("lessons.begin"), icon=":material/play_arrow:", key=f"lessons.begin.{lesson.name}"):
            st.switch_page(navigation.path(lessons.begin(lesson.name)))
        box = st.expander(texts.say("lessons.whole"), key=f"lessons.whole.{lesson.name}", on_change="rerun")
        if box.open:
            with box:
                whole(lesson)


def whole(lesson: Lesson) -> None:
    """Draws all steps of a lesson, its question, the mistakes and the notes for the teacher."""
    st.markdown(f"[{texts.say('lessons.link')}]({lessons.address(lesson)})")
    for n, step in enumerate(lesson.steps, 1):
        st.markdown(f"**{n}. {step.title}**\n\n{step.text}")
        if isinstance(step.prediction, Choice):
            options(step.prediction)
        elif isinstance(step.prediction, Number):
            unit = step.prediction.unit_in(lesson.language)
            st.markdown(f"{step.prediction.low:g}–{step.prediction.high:g} {unit}")
        elif isinstance(step.prediction, Curve):
            st.markdown(texts.say("lessons.draw", curve=step.prediction.of))
        if step.reveal:
            st.info(step.reveal)
    st.markdown(f"**{texts.say('lessons.question')}**\n\n{lesson.question.text}")
    options(lesson.question.choice)
    st.info(lesson.question.answer)
    pairs("mistakes", lesson.mistakes)
    for part in ("time", "say"):
        st.markdown(f"**{texts.say(f'lessons.{part}')}**\n\n{getattr(lesson.teacher, part)}")
    pairs("asked", lesson.teacher.asked)


def options(choice: Choice) -> None:
    """Draws the options of a choice, the right one marked."""
    lines = (f"- {words}{' ✓' if i == choice.right else ''}" for i, words in enumerate(choice.options))
    st.markdown("\n".join(lines))


def pairs(name: str, found: tuple[Pair, ...]) -> None:
    """Draws pairs of a mistake and its remedy, or of a question and its answer."""
    lines = (f"- {pair.first}  \n  {pair.second}" for pair in found)
    st.markdown(f"**{texts.say(f'lessons.{name}')}**\n\n" + "\n".join(lines))


def main() -> None:
    """Draws the page. The glossary stands first where a link asks for one of its symbols, else last."""
    if glossary.asked().symbol:
        glossary.draw()
        st.header(texts.say("page.lessons.title"), divider="gray")
    st.caption(texts.say("lessons.about"))
    st.page_link(navigation.path("handins"), label=texts.say("lessons.handins"), icon=navigation.PAGES["handins"])
    for problem in lessons.found().problems:
        notices.warn(problem)
    left, right = st.columns(2)
    for n, name in enumerate(lessons.found().lessons):
        lesson = lessons.found().lesson(name, texts.language())
        assert lesson is not None
        with (left, right)[n % 2]:
            card(lesson)
    if not glossary.asked().symbol:
        glossary.draw()


address_bar.keep_tab(glossary.address())
main()
