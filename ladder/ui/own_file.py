"""A person's file on its way to be kept: what is in it, how it is read, what each column is, and what comes of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from ladder.data import desk
from ladder.data.apart import apart
from ladder.data.choices import KNOBS as CHOICE_KNOBS
from ladder.data.choices import MINUS_ONE, ROLES, TEXT_WAYS, Choices, Note
from ladder.data.columns import Column
from ladder.data.desk import Looked, Upload, Weighed
from ladder.data.reading import MOST_BYTES, together
from ladder.data.source import DECIMALS, ENCODINGS, LEAST_SIDE, MOST_SIDE, SEPARATORS, Reading
from ladder.problems import Problem
from ladder.ui import component, membership, notices, texts

Answer = TypeVar("Answer")
NAMED = {"\t": "tab", " ": "blank", "": "none"}  # separators that have no sign of their own
FINE = "own.warning.mostly_unlabelled", "own.warning.unlabelled"  # what is no fault of the data
MOST_ANSWERS = 30  # that a tab remembers
SIDE_SHOWN = 64  # px of an image on the page


def chosen(number: int) -> Upload | None:
    """Draws the ways to choose a file, and returns the chosen one, None for none. `number`: of the form."""
    files = st.file_uploader(  # of all kinds: what a file is, its content says, and a sentence where it is not read
        texts.say("own.page.file"),
        accept_multiple_files=True,
        max_upload_size=MOST_BYTES // 10**6,
        key=f"data.files.{number}",
        on_change=lambda: notices.close_notices("file"),
    )
    component.uploading(lambda: notices.add(Problem("upload_refused"), "file"))
    if files:
        return joined([(one.name, one.getvalue()) for one in files])
    pasted = st.text_area(
        texts.say("own.page.paste"),
        key=f"data.paste.{number}",
        height=90,
        help=texts.hint("own.page.paste_help"),
    )
    if pasted.strip():
        return Upload(f"{texts.say('own.page.pasted')}.tsv", pasted.encode())
    return None


def joined(files: list[tuple[str, bytes]]) -> Upload:
    """Returns files, name and content of each, as one."""
    return Upload(*together(files))


def looked(file: Upload) -> Looked | None:
    """Returns what is in a file, None after a sentence that says why it cannot be read."""
    return _asked(desk.look, file)


def weighed(file: Upload, choices: Choices) -> Weighed | None:
    """Returns what choices make of a file, None after a sentence that says what hinders."""
    return _asked(desk.weigh, file, choices)


def keep(file: Upload, choices: Choices, title: str) -> None:
    """Keeps what choices make of a file under a title. Raises Problem as desk.keep does, and own_teacher where the
    visitor may not."""
    membership.check_own_data()
    apart(file.name, desk.keep, file, choices, title)


def keep_docstrings(title: str) -> None:
    """Makes the text set of the installed libraries and keeps it under a title. Raises Problem as
    desk.keep_docstrings does, and own_teacher where the visitor may not."""
    membership.check_own_data()
    apart(title, desk.keep_docstrings, title)


def suggested(file: Upload) -> str:
    """Returns a name for the data of a file: that of the file."""
    return file.name.partition(".")[0].replace("_", " ").strip()[:60]


def read_as(file: Upload, found: Looked) -> tuple[Upload, Looked | None]:
    """Draws how the file is read, for a person to correct, and its first rows. Returns the file as it is to be read,
    and what is in it then; None after a sentence that says why it cannot be read so."""
    reading = _reading(found, file.key)
    if reading != file.reading:
        file = replace(file, reading=reading)
        again = looked(file)
        if again is None:
            return file, None
        found = again
    if found.columns:
        told = texts.say("own.page.read_as", how=_in_words(found.found), n=f"{found.n_rows:,}")
        st.caption(texts.escaped(told))
        names = [one.name for one in found.columns]
        rows = [dict(zip(names, row, strict=True)) for row in found.rows]
        pinned = {one.name: st.column_config.Column(pinned=True) for one in found.columns if one.role == "target"}
        st.dataframe(rows, hide_index=True, column_config=pinned)
    else:
        _labelled(found)
    return file, found


def choices(file: Upload, found: Looked) -> Choices:
    """Draws the choices for a file, and returns them."""
    usual, state = desk.usual(found), file.key
    roles, minus_one = dict(usual.roles), usual.minus_one
    if found.columns:
        roles = _roles(found.columns, state)
    target = next((one for one in found.columns if roles[one.name] == "target"), None)
    if (target and target.minus_one) or any(label in ("-1", "-1.0") for label, _ in found.labels):
        minus_one = st.segmented_control(
            texts.say("own.page.minus_one"),
            MINUS_ONE,
            default=minus_one,
            required=True,
            format_func={one: texts.say(f"own.page.minus_one_{one}") for one in MINUS_ONE}.get,
            key=f"data.minus_one.{state}",
        )
    made = replace(usual, roles=roles, minus_one=minus_one)
    if not found.n_test and not {"split"} & {*roles.values()}:
        share, seed = CHOICE_KNOBS["test_share"], CHOICE_KNOBS["split_seed"]
        left, right = st.columns(2)
        test_share = left.slider(
            texts.say("own.page.test_share"),
            share.low,
            share.high,
            usual.test_share,
            share.step,
            key=f"data.share.{state}",
        )
        split_seed = right.number_input(
            texts.say("own.page.split_seed"),
            int(seed.low or 0),
            int(seed.high or 0),
            usual.split_seed,
            key=f"data.seed.{state}",
        )
        made = replace(made, test_share=test_share, split_seed=split_seed)
    if "text" in roles.values():
        left, right = st.columns(2)
        way = left.segmented_control(
            texts.say("own.page.text_way"),
            TEXT_WAYS,
            default=usual.text_way,
            required=True,
            format_func={one: texts.say(f"own.page.way_{one}") for one in TEXT_WAYS}.get,
            key=f"data.way.{state}",
        )
        width = CHOICE_KNOBS["text_width"]
        most = right.slider(
            texts.say("own.page.text_width"),
            width.low,
            width.high,
            usual.text_width,
            width.step,
            key=f"data.width.{state}",
        )
        made = replace(made, text_way=way, text_width=most)
    return made


def outlook(found: Weighed) -> None:
    """Draws what choices make of a file."""
    st.subheader(texts.say("own.page.outlook"), divider="gray")
    counted(found.class_names, found.counts, found.n_unlabelled)
    told(found.done, found.warnings)


def told(done: Iterable[Note], warnings: Iterable[Note]) -> None:
    """Draws what was done to data, and what may go wrong with them, in words."""
    st.markdown("\n".join(f"- {_sentence(note)}" for note in done))
    for note in warnings:
        draw = st.info if note[0] in FINE else st.warning
        draw(_sentence(note), icon=":material/info:")


def counted(class_names: Iterable[str], counts: Iterable[tuple[int, int]], n_unlabelled: int = 0) -> None:
    """Draws how many samples each class has, and how many there are of no known class."""
    names = [texts.say(f"own.page.{name}") for name in ("class", "trained", "tested")]
    rows = [(name, *numbers) for name, numbers in zip(class_names, counts, strict=True)]
    if n_unlabelled:
        rows.append((texts.say("own.page.unlabelled"), n_unlabelled, 0))
    st.dataframe([dict(zip(names, row, strict=True)) for row in rows], hide_index=True)


def _sentence(note: Note) -> str:
    key, values = note
    return texts.escaped(texts.say(key, **values))


def _asked(question: Callable[..., Answer], file: Upload, *more: object) -> Answer | None:
    """Returns the answer of the file's process to a question, which the tab remembers; None after a sentence."""
    kept = st.session_state.setdefault("data.answers", {})
    key = question.__name__, file.key, *map(repr, more)
    if key not in kept:
        with st.spinner(texts.say("own.page.reads")):
            try:
                kept[key] = apart(file.name, question, file, *more)
            except Problem as problem:
                kept[key] = problem
        for old in list(kept)[:-MOST_ANSWERS]:
            del kept[old]
    if isinstance(kept[key], Problem):
        notices.warn(kept[key])
        return None
    return kept[key]


def _reading(found: Looked, state: str) -> Reading:
    """Draws what was found out about the file, each for a person to correct, and returns how the file is to be read.
    `state`: the key of the file as it was found."""
    about, kept = found.found, {}
    options = {
        "separator": SEPARATORS,
        "decimal": DECIMALS,
        "encoding": ENCODINGS,
        "sheet": about.get("sheets", ()),
    }
    known = {name: values for name, values in options.items() if about.get(name) in values}
    if not known and about.get("side") is None:
        return Reading()
    with st.expander(texts.say("own.page.reading")):
        for place, (name, values) in zip(st.columns(len(known) or 1), known.items(), strict=False):
            now = place.selectbox(
                texts.say(f"own.page.{name}"),
                values,
                index=list(values).index(about[name]),
                format_func=_signs().get if name == "separator" else str,
                key=f"data.{name}.{state}",
            )
            kept |= {name: now} if now != about[name] else {}
        if about.get("header") is not None:
            now = st.toggle(texts.say("own.page.header"), bool(about["header"]), key=f"data.header.{state}")
            kept |= {"header": now} if now != about["header"] else {}
        if about.get("side") is not None:
            now = st.slider(
                texts.say("own.page.side"), LEAST_SIDE, MOST_SIDE, int(about["side"]), key=f"data.side.{state}"
            )
            kept |= {"side": now} if now != about["side"] else {}
    return Reading(**kept)


def _signs() -> dict[str, str]:
    """Returns how the separators are written."""
    words = {sign: texts.say(f"own.page.sign.{name}") for sign, name in NAMED.items()}
    return {sign: words.get(sign, sign) for sign in SEPARATORS}


def _in_words(about: Mapping[str, Any]) -> str:
    """Returns how a table was read, in words."""
    shown = {name: about[name] for name in ("separator", "decimal", "encoding", "sheet") if name in about}
    shown |= {"separator": _signs()[shown["separator"]]} if "separator" in shown else {}
    words = [texts.say(f"own.page.found.{name}", value=value) for name, value in shown.items()]
    if "header" in about:
        words.append(texts.say("own.page.found.names" if about["header"] else "own.page.found.no_names"))
    return texts.say("live.comma").join([about["format"].upper(), *words])


def _roles(columns: tuple[Column, ...], state: str) -> dict[str, str]:
    """Draws what each column is, for a person to change, and returns the roles by the columns' names."""
    names = [one.name for one in columns]
    guessed = next((k for k, one in enumerate(columns) if one.role == "target"), None)
    target = st.selectbox(
        texts.say("own.page.target"),
        names,
        index=guessed,
        placeholder=texts.say("own.page.target_none"),
        key=f"data.target.{state}",
    )
    others = [one for one in columns if one.name != target]
    words = {role: texts.say(f"own.role.{role}") for role in ROLES if role != "target"}
    with st.expander(texts.say("own.page.columns"), expanded=len(columns) <= 20):
        heading = {
            name: texts.say(f"own.page.column.{name}") for name in ("name", "kind", "missing", "examples", "role")
        }
        rows = [
            {
                heading["name"]: one.name,
                heading["role"]: words[desk.role_beside(one)],
                heading["kind"]: texts.say(f"own.kind.{one.kind}"),
                heading["missing"]: one.n_missing,
                heading["examples"]: " · ".join(one.examples),
            }
            for one in others
        ]
        edited = st.data_editor(
            rows,
            hide_index=True,
            disabled=[heading[name] for name in ("name", "kind", "missing", "examples")],
            column_config={heading["role"]: st.column_config.SelectboxColumn(options=[*words.values()], required=True)},
            key=f"data.roles.{state}.{target}",
        )
    by_word = {word: role for role, word in words.items()}
    roles = {one.name: by_word[row[heading["role"]]] for one, row in zip(others, edited, strict=True)}
    return roles | ({target: "target"} if target is not None else {})


def _labelled(found: Looked) -> None:
    """Draws the labels of arrays, and the first image of each."""
    names = [(label or texts.say("own.page.no_label"), n) for label, n in found.labels]
    said = texts.say("live.comma").join(f"{name} {n:,}" for name, n in names)
    st.caption(texts.escaped(texts.say("own.page.labels", n=f"{found.n_rows:,}", labels=said)))
    if found.images is not None:
        scale = max(1, SIDE_SHOWN // found.images.shape[1])
        with st.container(horizontal=True):
            for (name, _), image in zip(names, found.images, strict=False):
                st.image(np.kron(image, np.ones((scale, scale), np.uint8)), caption=texts.escaped(name))
