"""What a run's trained ladder says of the rows of a file, or of texts that are typed: on the page Data.

Session state: `predict.model`, the run whose ladder answers, and the ladder as it was when the run was chosen; so the
answers stay while the run trains on. `predict.told`: what was asked of it last, and the answer.
"""

from contextlib import suppress
from typing import NamedTuple

import pandas as pd
import streamlit as st

from ladder.arrays import Floats
from ladder.data.apart import apart
from ladder.data.choices import SURE
from ladder.data.desk import Upload
from ladder.data.further import text_column
from ladder.data.reading import MOST_BYTES
from ladder.live import export
from ladder.portable.predicting import ROWS_EXPLAINED, Predicted, predict
from ladder.problems import Problem
from ladder.settings import Recipe
from ladder.ui import membership, notices, own_file, run_list, service, texts


class Model(NamedTuple):
    """The ladder of a run: its choices, how far it had trained, and its parameters then."""

    run: str
    recipe: Recipe
    update: int
    theta: Floats


def section(asked: str) -> None:
    """Draws the section: which run, which rows, what it says. `asked`: the run that the address names, "" for none."""
    st.subheader(texts.say("predict.title"), divider="gray", anchor="predict")
    st.caption(texts.say("predict.lead"))
    try:
        model = _model(asked)
        file = _rows(model) if model else None
        if model and file:
            _answers(model, file)
    except Problem as problem:
        notices.warn(problem)


def _model(asked: str) -> Model | None:
    """Draws the choice of a run, and returns its ladder; None where there is no run. Raises Problem as
    export.ladder does, and class_foreign."""
    listed = run_list.rows() if "entries" in st.session_state else []  # a tab that was on the page Live has a list
    rows = {row["run"]: row for row in listed if not row["gone"]}
    names = list(dict.fromkeys([*([asked] if asked else []), *reversed(rows)]))
    if not names:
        st.caption(texts.say("predict.no_run"))
        return None
    called = {_called(one, rows.get(one), k): one for k, one in enumerate(names)}
    run = called[st.selectbox(texts.say("predict.run"), list(called), key="predict.run")]
    kept: Model | None = st.session_state.get("predict.model")
    if kept is None or kept.run != run:
        kept = _taken(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        dataset = texts.dataset(kept.recipe.structure.dataset, texts.language())
        st.caption(texts.escaped(texts.say("predict.model", dataset=dataset, n=f"{kept.update:,}")))
        if st.button(texts.say("predict.again"), icon=":material/refresh:"):
            _taken(run)
            st.rerun()
    return kept


def _taken(run: str) -> Model:
    membership.check_read(run)
    st.session_state["predict.model"] = found = Model(run, *export.ladder(service.lab(), run))
    st.session_state["predict.told"] = None
    return found


def _called(run: str, row: run_list.Row | None, k: int) -> str:
    """Returns what a run is called in the choice, where it is number `k`; no two are called alike."""
    name = row and (row["name"] or row["difference"])
    if name is None:
        with suppress(Problem):
            membership.check_read(run)
            name = run_list.named(service.lab().summary(run).recipe, None, texts.language())
    return f"{k + 1} · {name or run}"


def _rows(model: Model) -> Upload | None:
    """Draws the ways to bring rows, and returns them; None for none."""
    files = st.file_uploader(
        texts.say("predict.file"),
        accept_multiple_files=True,
        max_upload_size=MOST_BYTES // 10**6,
        key="predict.files",
    )
    column = text_column(model.recipe.structure.dataset)
    typed = st.text_area(
        texts.say("predict.texts") if column else texts.say("own.page.paste"),
        key="predict.typed",
        height=120 if column else 90,
    )
    if files:
        return own_file.joined([(one.name, one.getvalue()) for one in files])
    if not typed.strip():
        return None
    name = f"{texts.say('own.page.pasted')}.tsv"
    return Upload(name, typed.encode())


def _answers(model: Model, file: Upload) -> None:
    """Draws what a ladder says of a file. Raises Problem as predicting.predict does."""
    low, high = float(SURE.low or 0), float(SURE.high or 1)
    sure = st.slider(
        texts.say("predict.sure"), low, high, float(str(SURE.default)), SURE.step, help=texts.hint("predict.sure_help")
    )
    told = st.session_state.get("predict.told")
    if told is None or told[0] != (file.key, sure):
        asked = model.recipe, model.update, model.theta, file.name, file.content, file.reading, sure
        with st.spinner(texts.say("own.page.reads")):
            told = (file.key, sure), apart(file.name, predict, *asked)
        st.session_state["predict.told"] = told
    found = told[1]
    _told(found)
    st.download_button(
        texts.say("predict.save"),
        found.csv,
        f"{file.name.rpartition('.')[0] or file.name}-predicted.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _told(found: Predicted) -> None:
    """Draws the numbers, and the first rows."""
    n = sum(count for _, count, _ in found.counts)
    n_sure = sum(count for *_, count in found.counts)
    lines = [texts.say("predict.counted", n=f"{n:,}", n_sure=f"{n_sure:,}")]
    if found.n_known:
        lines.append(texts.say("predict.known", n=f"{found.n_known:,}", wrong=f"{found.n_wrong:,}"))
    lines.append(texts.say("predict.tested", **found.tested.about()))
    st.markdown("\n".join(f"- {line}" for line in lines))
    st.dataframe(_table(found), hide_index=True, column_config=_columns(), key="predict.answers")
    if any(one.reasons for one in found.answers):
        st.caption(texts.say("predict.reasons_help", n=f"{ROWS_EXPLAINED:,}"))


def _heading(name: str) -> str:
    return texts.say(f"predict.column.{name}")


def _table(found: Predicted) -> pd.DataFrame:
    """Returns the first rows as they are shown."""
    known, reasons = any(one.known for one in found.answers), any(one.reasons for one in found.answers)
    rows = []
    for one in found.answers:
        row = {_heading("text"): one.text, _heading("predicted"): one.predicted}
        row |= {_heading("probability"): one.probability}
        row |= {_heading("sure"): texts.say("predict.yes") if one.sure else texts.say("predict.no")}
        row |= {_heading("known"): one.known} if known else {}
        row |= {_heading("reasons"): " · ".join(_signed(*reason) for reason in one.reasons)} if reasons else {}
        rows.append(row)
    return pd.DataFrame(rows)


def _signed(name: str, effect: float) -> str:
    return f"{name} {'+' if effect > 0 else '−'}{abs(effect):.2f}"


def _columns() -> dict[str, object]:
    progress = st.column_config.ProgressColumn(format="%.2f", min_value=0.0, max_value=1.0, width="small")
    return {_heading("probability"): progress, _heading("text"): st.column_config.TextColumn(width="medium")}
