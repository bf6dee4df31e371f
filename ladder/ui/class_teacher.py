"""The teacher's page of a class. What moves is a component on the class channel (live/class_board.js); Streamlit draws
what stands still: which class it is, its end, and what is left of it afterwards.

Session state `class_id` holds the id of the class in view, and `class_run` that of the student's run that is looked at,
"" for none; the address keeps both for a reload.
"""

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from ladder import i18n
from ladder.data import own
from ladder.live import store
from ladder.problems import Problem
from ladder.recipe import defaults, links
from ladder.recipe.race import Race
from ladder.recipe.view import PRESENTED, View
from ladder.server import reach
from ladder.server.class_runs import ClassRuns
from ladder.settings import DATASET_NAMES, PRESETS, Live, Recipe, Structure, knobs, preset
from ladder.teaching import class_example, class_export, handin, marking
from ladder.teaching.classes import KEPT_DAYS
from ladder.teaching.classroom import CONTROLS, LONGEST_NAME, PACES
from ladder.teaching.lesson import Choice
from ladder.teaching.room import Member, Room
from ladder.ui import component, labelling, lessons, navigation, notices, service, sharing, texts

PAGE = reach.CLASS_PAGE
LOOK_SECONDS = 5.0  # between two looks at the class's sweeps and searches
FIRST = ("n_labeled", "noise_std", "lambdas")  # the controls of the live panel, which stand before the others


def draw() -> None:
    """Draws the page for a visitor who is a teacher."""
    st.session_state.setdefault("class_notices", [])
    notices.show_notices(PAGE)
    rooms = sorted(service.classes().rooms.values(), key=lambda room: room.made, reverse=True)
    if not rooms:
        make_form()
        return
    room = choice(rooms)
    keep_address(room)
    if room.example:
        st.info(texts.say("teacher.example_open", days=KEPT_DAYS))
    elif room.ended:
        st.info(texts.say("teacher.ended"))
    watched(room)
    given, run = board_data(room), st.session_state.class_run
    component.class_board(room.id, given, run, texts.language(), take_watch, labelling.take_teacher)
    st.fragment(jobs, run_every=LOOK_SECONDS)(room)
    afterwards(room)


def make_form() -> None:
    """Draws the form that makes a class, and the button that opens the example class where it is not open."""
    with st.form("teacher.make", border=False):
        st.text_input(
            texts.say("teacher.name"),
            value=texts.say("teacher.usual"),
            max_chars=LONGEST_NAME,
            key="teacher.name",
        )
        st.checkbox(texts.say("teacher.approve"), key="teacher.approve", help=texts.hint("teacher.approve_help"))
        st.form_submit_button(texts.say("teacher.make"), type="primary", icon=":material/add:", on_click=make)
    st.caption(texts.say("teacher.kept", days=KEPT_DAYS))
    if not any(room.example for room in service.classes().rooms.values()):
        st.button(
            texts.say("teacher.example"), icon=":material/slideshow:", key="teacher.example", on_click=open_example
        )
        st.caption(texts.say("teacher.example_about"))


def open_example() -> None:
    """Brings the example class into view, in the visitor's language."""

    def opened() -> None:
        events = class_example.events(texts.language())
        st.session_state.update(class_id=service.classes().open_example(events).id, class_run="")

    notices.attempt_anew(PAGE, opened)


def make() -> None:
    """Makes the class that the form describes, and brings it into view."""
    state = st.session_state
    name = state["teacher.name"].strip() or texts.say("teacher.usual")

    def made() -> None:
        state.class_id = service.classes().make(name, state["teacher.approve"]).id
        state.class_run = ""

    notices.attempt_anew(PAGE, made)


def choice(rooms: list[Room]) -> Room:
    """Draws the row with the choice among the classes and what can be done with the chosen one, which is returned."""
    ids = [room.id for room in rooms]
    state = st.session_state
    wanted = state.get("class_id") or st.query_params.get("class", "")
    state.class_id = wanted if wanted in ids else ids[0]
    state.setdefault("class_run", st.query_params.get("watch", ""))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            texts.say("teacher.choose"),
            ids,
            index=ids.index(state.class_id),
            format_func={room.id: _listed(room) for room in rooms}.get,
            key=f"teacher.class.{state.class_id}",
            on_change=lambda: state.update(class_id=state[f"teacher.class.{state.class_id}"], class_run=""),
        )
        room = rooms[ids.index(state.class_id)]
        with st.popover(texts.say("teacher.another"), icon=":material/add:", key="teacher.another"):
            make_form()
        if not room.ended:
            with st.popover(texts.say("teacher.end"), icon=":material/stop_circle:", key="teacher.ending"):
                st.write(texts.say("teacher.end_sure"))
                st.button(texts.say("teacher.end_yes"), key="teacher.end", on_click=end, args=(room.id,))
        with st.popover(texts.say("teacher.delete"), icon=":material/delete:", key="teacher.deleting"):
            st.write(texts.escaped(texts.say("teacher.delete_sure", name=room.name)))
            st.button(texts.say("teacher.delete_yes"), key="teacher.delete", on_click=delete, args=(room.id,))
    return room


def _listed(room: Room) -> str:
    """The class in the list: its name, how students join it, and the day on which it was made, by the browser's
    clock; of the example, that it is one."""
    if room.example:
        return i18n.text("teacher.listed_example", texts.language(), name=room.name)
    key = "teacher.listed_ended" if room.ended else "teacher.listed"
    made = local(room.made).strftime("%Y-%m-%d %H:%M")
    return i18n.text(key, texts.language(), name=room.name, code=service.classes().code_of(room.id), made=made)


def local(at: float) -> datetime:
    """Returns a moment, in seconds since 1970, by the clock of the visitor's browser, or the server's where that is not
    known."""
    with suppress(TypeError, ValueError, OSError):
        return datetime.fromtimestamp(at, ZoneInfo(st.context.timezone))
    return datetime.fromtimestamp(at).astimezone()


def end(class_id: str) -> None:
    """Ends a class."""
    notices.attempt_anew(PAGE, lambda: service.classes().act(class_id, "end", {}))


def delete(class_id: str) -> None:
    """Deletes everything of a class."""
    notices.attempt_anew(PAGE, lambda: service.classes().delete(class_id))
    st.session_state.update(class_id="", class_run="")


def keep_address(room: Room) -> None:
    """Writes the class and the run in view into the address bar."""
    run = st.session_state.class_run
    wanted = {"v": links.VERSION, "lang": texts.language(), "class": room.id} | ({"watch": run} if run else {})
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


# --- a student's run


def watched(room: Room) -> None:
    """Draws the student's run that the teacher looks at, where there is one of this class."""
    run, state = st.session_state.class_run, st.session_state
    if not run or not (room.owner_of(run) or any(run == one.run for one in room.members.values())):
        state.class_run = ""
        return
    try:
        recipe = service.lab().recipe(run)
    except Problem as problem:
        notices.warn(problem)
        return
    if isinstance(recipe, Recipe):
        with st.container(key="class_watched"):
            view = View(language=texts.language())
            component.watch(run, recipe.structure, view, texts.say("teacher.watching"))


def take_watch() -> None:
    """Opens the run that the board names, or none."""
    wish = st.session_state["class.board"].watch
    st.session_state.class_run = str(wish.get("run", "")) if wish else ""


# --- the class's sweeps and searches


def jobs(room: Room) -> None:
    """Draws how many sweeps and searches of the members have not ended, with a button that ends them all. Draws nothing
    where there is none."""
    names = service.jobs().wanted(_askers(room))
    if names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(texts.say("teacher.jobs", n=len(names)), width="content")
            st.button(texts.say("teacher.end_jobs"), key="teacher.end_jobs", icon=":material/stop:", on_click=end_jobs)


def end_jobs() -> None:
    """Ends the sweeps and searches of the members of the class in view. What was trained is kept."""
    room = service.classes().rooms.get(st.session_state.class_id)
    for name in service.jobs().wanted(_askers(room)) if room else ():
        service.jobs().end(name)


def _askers(room: Room) -> set[str]:
    return {*map(service.asker_of, room.members.values())}


# --- what is left of a class


def afterwards(room: Room) -> None:
    """Draws the downloads of a class, and its journal as a table to be read."""
    st.subheader(texts.say("teacher.after"))
    st.caption(texts.say("teacher.kept", days=KEPT_DAYS))
    name, language = f"class-{local(room.made):%Y-%m-%d-%H%M}", texts.language()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            texts.say("teacher.csv"),
            lambda: table(room.id, language).encode("utf-8-sig"),
            f"{name}.csv",
            "text/csv",
            icon=":material/table:",
            key="teacher.csv",
            on_click="ignore",
        )
        st.download_button(
            texts.say("teacher.zip"),
            lambda: archive(room.id, language),
            f"{name}.zip",
            "application/zip",
            icon=":material/folder_zip:",
            key="teacher.zip",
            on_click="ignore",
            help=texts.hint("teacher.zip_help"),
        )
        st.page_link(navigation.path("handins"), label=texts.say("lessons.handins"), icon=navigation.PAGES["handins"])
    box = st.expander(texts.say("teacher.log"), key="teacher.log", on_change="rerun")
    if box.open:
        with box:
            journal(room)


def table(class_id: str, language: str) -> str:
    """Returns the table of a class as it is now, in a language. Like `archive`, it is called outside of the script,
    which alone knows the visitor."""

    def options(lesson: str, which: str) -> tuple[str, ...]:
        asked = marking.asked_of(which, lessons.found().lesson(lesson, language))
        return asked.options if isinstance(asked, Choice) else ()

    room = service.classes().room(class_id)
    return class_export.table(room, ClassRuns(service.lab()).on_board(room).get, options)


def archive(class_id: str, language: str) -> bytes:
    """Returns all that is left of a class, as a zip, in a language."""
    events = service.classes().journal.events(class_id)
    room = service.classes().room(class_id)
    given = class_export.labels_table(room)
    return class_export.archive(table(class_id, language), given, class_export.journal_lines(events), handins(room))


def handins(room: Room) -> dict[str, str]:
    """Returns the hand-ins of a class by file name: of each student the lessons that it has handed in, and the run in
    view, if that is another one; of all those runs that can be repeated, as they are now, but comparisons as they were
    handed in."""
    found = {}
    for member in room.present:
        given = {f"{member.number:02d}-{k}": one for k, one in enumerate(member.handed.items(), 1)}
        if member.run and member.run not in member.handed.values():
            given[f"{member.number:02d}"] = member.lesson, member.run
        for name, (lesson, run) in given.items():
            with suppress(Problem):
                found[f"{name}.json"] = handin.to_json(_handed_in(member, lesson, run))
    return found


def _handed_in(member: Member, lesson: str, run: str) -> handin.HandIn:
    """The hand-in of a member's run in a lesson. Raises Problem where there is none, as of a comparison in view that is
    not handed in."""
    if member.handed.get(lesson) == run and lesson in member.compared:
        return replace(handin.read(member.compared[lesson])[0], nickname=member.name)
    if isinstance(service.lab().recipe(run), Race):
        raise Problem("run_unknown", run=run)
    answers = [(which, value) for (of, which), value in member.answers.items() if of == lesson]
    return handin.of_run(store.from_bytes(service.lab().checkpoint(run)), lesson, member.name, answers)


def journal(room: Room) -> None:
    """Draws the journal of a class as a table, the last first, with times by the browser's clock."""
    try:
        lines = class_export.log(service.classes().journal.events(room.id))
    except Problem as problem:
        notices.warn(problem)
        return
    words = [texts.say(f"teacher.event.{one.kind}", name=one.name, text=_said(one)) for one in lines]
    times = [f"{local(one.at):%Y-%m-%d %H:%M:%S}" for one in lines]
    columns = {texts.say("teacher.when"): times[::-1], texts.say("teacher.what"): words[::-1]}
    st.dataframe(columns, hide_index=True)


def _said(line: class_export.Line) -> str:
    """What a line of the journal shows: a message or a question as it is, a dataset by its name."""
    return texts.dataset(line.text, texts.language()) if line.kind == "label_round" else line.text


# --- what the board is made from


def board_data(room: Room) -> dict:
    """Returns what the board needs besides what the class channel brings, in the visitor's language."""
    language = texts.language()
    own_names = [one.name for one in own.listed()]
    names = [*DATASET_NAMES, *own_names]
    found = lessons.found()
    named = {name: found.lesson(name, language) for name in found.lessons}
    first = [*FIRST, *sorted(CONTROLS - {*FIRST}, key=list({**knobs(Structure), **knobs(Live)}).index)]
    return {
        "join": join(room),
        "lessons": [
            {"name": name, "title": one.title, "steps": len(one.steps)}
            for name, one in named.items()
            if one is not None
        ],
        "labelled": [_dataset(name) for name in names if labelling.offered(name)],
        "unlabelled": [texts.dataset(one, language) for one in own_names if not labelling.offered(one)],
        "datasets": [_dataset(name) for name in names],
        "presets": [_choice(name, f"preset.{name}") for name in PRESETS],
        "links": {name: setting_links(name) for name in names},
        "controls": [{"name": name, "label": texts.label(name, language)} for name in first],
        "cards": [_choice(name, f"live.card.{name}.short") for name in PRESENTED],
        "languages": [{"name": name, "label": label} for name, label in i18n.LANGUAGES.items()],
        "paces": [_choice(name, f"teacher.pace.{name}") for name in PACES],
    }


def _choice(name: str, key: str) -> dict[str, str]:
    return {"name": name, "label": i18n.text(key, texts.language())}


def _dataset(name: str) -> dict[str, str]:
    return {"name": name, "label": texts.dataset(name, texts.language())}


@lru_cache(maxsize=200)  # datasets
def setting_links(dataset: str) -> dict[str, str]:
    """Returns for each preset the query of a link to such a run on a dataset, not begun."""
    structure = Structure(dataset=dataset)
    live = defaults.default_live(structure)
    recipes = {name: Recipe(structure, preset(live, name, structure.n_layers)) for name in PRESETS}
    return {name: urlencode(links.query(recipe, View(), 0), safe=",;=!-") for name, recipe in recipes.items()}


def join(room: Room) -> dict[str, str]:
    """Returns what students need to join: the code, the address of the room and both as a QR code, as the source of an
    image with its description; and a sentence where only this computer can open the page. Where this computer has
    several addresses, draws the choice among them."""
    code = service.classes().code_of(room.id)
    try:
        base, alone = sharing.chosen_base(PAGE), ""
    except Problem as problem:
        base, alone = "", i18n.problem(problem, texts.language())
    if not base:
        return {"code": code, "address": "", "qr": "", "alt": "", "alone": alone}
    scanned = reach.with_code(base, code)
    picture = base64.b64encode(sharing.qr_code(scanned).encode()).decode()
    return {
        "code": code,
        "address": base.partition("//")[2],
        "qr": f"data:image/svg+xml;base64,{picture}",
        "alt": texts.say("teacher.qr_alt", address=scanned),
        "alone": "",
    }
