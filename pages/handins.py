"""What a class handed in, for its teacher: answers, numbers, copies, and whether each run reaches its numbers.

The runs are repeated by service.checks(), whose name for the check is session state `handins` and in the address.
Session state `refused` holds the Problem of the last attempt to begin one, None for none.
"""

from contextlib import suppress

import streamlit as st

from ladder import i18n
from ladder.problems import Problem
from ladder.teaching import handin, marking
from ladder.teaching.checks import State
from ladder.teaching.handin import HandIn
from ladder.teaching.lesson import PAGES, Lesson
from ladder.teaching.verdicts import Verdict, sentence
from ladder.ui import address_bar, columns, component, lessons, notices, service, texts

CHECK = "check"  # in the address
LOOK_SECONDS = 1.0
ENDINGS = ["zip", "json", "txt", "csv"]  # of files
COLUMNS = "nickname", "lesson", "right", "updates", "test_error", "twin_error", "result", "copy", "file"


def begin() -> None:
    """Begins a check of the chosen files and the pasted texts, in place of the tab's last one."""
    state = st.session_state
    files = [(one.name, one.getvalue()) for one in state.get("handins.files") or []]
    if pasted := state.get("handins.paste", "").strip():
        files.append((texts.say("handins.pasted"), pasted.encode()))
    cancel()
    try:
        if not files:
            raise Problem("handins_none")
        state.handins, state.refused = service.checks().begin(handin.gathered(files)), None
    except Problem as problem:
        state.refused = problem


def cancel() -> None:
    """Ends the tab's check."""
    with suppress(Problem):  # it may be gone
        service.checks().cancel(st.session_state.handins)


def form() -> None:
    """Draws the ways to hand files in."""
    st.file_uploader(texts.say("handins.files"), type=ENDINGS, accept_multiple_files=True, key="handins.files")
    component.uploading(lambda: st.session_state.update(refused=Problem("upload_refused")))
    st.text_area(texts.say("handins.paste"), key="handins.paste", height=100)
    st.button(texts.say("handins.check"), icon=":material/fact_check:", type="primary", on_click=begin)
    if st.session_state.refused:
        notices.warn(st.session_state.refused)


def results(ended: bool) -> None:
    """Draws the check as it is now. `ended`: whether it had ended when the page was drawn."""
    try:
        state = service.checks().look(st.session_state.handins)
    except Problem as problem:
        notices.warn(problem)
        return
    if state.ended != ended:
        st.rerun()  # nothing more to wait for
    with st.container():  # its two elements become one, and what follows keeps its place
        progress(state)
    refused(state)
    handins = [place for place, (_, one) in enumerate(state.found) if isinstance(one, HandIn)]
    if not handins:
        return
    copies = copies_of(state, handins)
    table(state, handins, copies)
    if ended:  # it stays what it is
        content = marking.to_csv(rows(state, copies))
        st.download_button(
            texts.say("handins.download"), content, "handins.csv", "text/csv", icon=":material/download:"
        )
    names = {place: f"{state.found[place][1].nickname} · {state.found[place][0]}" for place in handins}
    place = st.selectbox(texts.say("handins.one"), handins, format_func=names.get, key="handins.one")
    with st.container(border=True):
        one_hand_in(state, place)


def progress(state: State) -> None:
    """Draws how far the check is, with a button that ends it."""
    if not state.n_runs:
        return
    if not state.ended:
        words = texts.say("handins.progress", done=state.n_done, n=state.n_runs)
        if state.now is not None:
            name = texts.escaped(state.found[state.now][1].nickname)
            words += texts.say("live.comma")
            words += texts.say("handins.now", name=name, update=f"{state.update:,}", until=f"{state.until:,}")
        st.progress(state.n_done / state.n_runs, text=words)
        st.button(texts.say("handins.cancel"), icon=":material/stop:", on_click=cancel)
    elif state.cancelled:
        st.info(texts.say("handins.cancelled", done=state.n_done, n=state.n_runs))
    else:
        reached = sum(isinstance(one, Verdict) and one.reached for one in state.outcomes)
        st.success(texts.say("handins.finished", n=state.n_runs, reached=reached))


def refused(state: State) -> None:
    """Draws a sentence for each file or text that is no hand-in, by its name."""
    found = [(file, one) for file, one in state.found if isinstance(one, Problem)]
    if found:
        pairs = [
            (f"**{texts.escaped(file)}**", texts.escaped(i18n.problem(one, texts.language()))) for file, one in found
        ]
        lines = [f"- {texts.say('live.named', name=file, value=says)}" for file, says in pairs]
        st.warning("\n".join([texts.say("handins.refused"), "", *lines]), icon=":material/info:")


def copies_of(state: State, handins: list[int]) -> dict[int, str]:
    """Returns, by its place, what is said of a hand-in that has the run of another nickname."""
    found = marking.alike([state.found[place][1] for place in handins])
    said = {}
    for i, (names, same_answers) in found.items():
        word = "copy" if same_answers else "same_run"
        said[handins[i]] = texts.say(f"handins.{word}", names=texts.say("live.comma").join(names))
    return said


def lesson_of(one: HandIn | Problem, language: str) -> Lesson | None:
    """Returns the lesson of a hand-in, None for one that is not here."""
    return lessons.found().lesson(one.lesson, language) if isinstance(one, HandIn) else None


def rows(state: State, copies: dict[int, str]) -> list[dict[str, object]]:
    """Returns the rows of the table that is downloaded: those of the command line, and the copies."""
    language = texts.language()
    pairs = zip(state.found, state.outcomes, strict=True)
    return [
        marking.row(file, one, outcome, lesson_of(one, language), language) | {"copy": copies.get(place, "")}
        for place, ((file, one), outcome) in enumerate(pairs)
    ]


def table(state: State, handins: list[int], copies: dict[int, str]) -> None:
    """Draws a row for each hand-in."""
    name_of = {key: texts.say(f"handins.column.{key}") for key in COLUMNS}
    found = []
    for place in handins:
        file, one = state.found[place]
        lesson = lesson_of(one, texts.language())
        row = marking.row(file, one, state.outcomes[place], lesson, texts.language())
        errors = {key: row.get(f"of_{key}") for key in ("test_error", "twin_error")}
        cells = {
            "nickname": one.nickname,
            "lesson": lesson.title if lesson else one.lesson,
            "right": f"{row['right']} / {row['judged']}",
            "updates": row.get("of_update"),
            **{key: None if value is None else 100 * value for key, value in errors.items()},
            "result": texts.say(f"handins.result.{row['verdict'] or 'waits'}"),
            "copy": copies.get(place, ""),
            "file": file,
        }
        found.append({name_of[key]: cells[key] for key in COLUMNS})
    looks = {name_of["updates"]: columns.whole()}
    looks |= {name_of[key]: columns.per_cent() for key in ("test_error", "twin_error")}
    st.dataframe(found, hide_index=True, column_config=looks, key="handins.table")


def one_hand_in(state: State, place: int) -> None:
    """Draws all of one hand-in: what came of its replay, its answers, its numbers, and the way to its run."""
    _, one = state.found[place]
    outcome = state.outcomes[place]
    st.markdown(texts.escaped(sentence(outcome, texts.language())) if outcome else texts.say("handins.waits"))
    lines = [
        f"- {called(mark.which)}: {texts.escaped(said(mark))}"
        for mark in marking.marks(one, lesson_of(one, texts.language()))
    ]
    st.markdown(f"**{texts.say('handins.answers')}**\n\n" + "\n".join(lines))
    numbers = " · ".join(f"{name} {value:.4g}" for name, value in one.numbers)
    st.markdown(f"**{texts.say('handins.numbers')}**\n\n{texts.escaped(numbers)}")
    st.link_button(texts.say("handins.open"), f"{PAGES[one.page]}?{one.link}", icon=":material/open_in_new:")


def called(which: str) -> str:
    """Returns what an answer is called."""
    if which == marking.QUESTION:
        return texts.say("handins.question")
    if which.startswith(marking.PREDICTION):
        return texts.say("handins.prediction", n=texts.escaped(which.removeprefix(marking.PREDICTION)))
    return texts.escaped(which)


def said(mark: marking.Mark) -> str:
    """Returns an answer in words, with a sign where it is right or wrong."""
    return f"{mark.said or texts.say('handins.curve')} {marking.SIGNS[mark.right]}".rstrip()


def main() -> None:
    """Draws the page."""
    state = st.session_state
    state.setdefault("handins", st.query_params.get(CHECK, ""))
    state.setdefault("refused", None)
    st.caption(texts.say("handins.about"))
    form()
    if not state.handins:
        return
    try:
        ended = service.checks().look(state.handins).ended
    except Problem as problem:
        notices.warn(problem)
        return
    st.fragment(results, run_every=None if ended else LOOK_SECONDS)(ended)


main()
address_bar.keep_tab({CHECK: st.session_state.handins} if st.session_state.handins else None)
