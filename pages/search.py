"""Search for good settings of many choices at once: see the trials and which choices matter, open any as a live run."""

from functools import partial

import streamlit as st

from ladder import i18n
from ladder.analysis.statistics import mean_interval
from ladder.experiments import chained, design, figures, trials
from ladder.experiments.design import Quest
from ladder.experiments.early import agreement
from ladder.ui import columns, job_bar, kept, notices, search, service, still_charts, texts
from ladder.ui.axis_words import axis_label, basis, percent, word_label

MOST_ROWS = 1000
Value = str | float  # of an axis
COLUMNS = ("trial", "validation_error", "test_error", "state", "updates")


def words_of(trial: trials.Trial) -> str:
    """Returns a trial's settings in words, in Markdown."""
    pairs = (f"{axis_label(name)} **{word_label(name, word)}**" for name, word in trial.words)
    return texts.say("explore.between.settings").join(pairs)


def draw(quest: Quest) -> None:
    """Draws the best trial so far, the chart of all trials, the importances of the choices, and the table. Raises those
    of Jobs.trials."""
    setup, found = quest.setup, service.jobs().trials(quest)
    ended = [trial for trial in found if trial.state != "running"]
    if not ended:
        st.caption(texts.say("search.empty"))
        return
    best = trials.best(found)
    if best:
        error = best.test_error._asdict()
        values = {"best": words_of(best), "test": percent(error), "basis": basis(error)}
        values["validation"] = texts.percent(best.validation_error)
        with st.container(key="search_best"):
            st.success(texts.say("search.best", **values), icon=":material/trophy:")
            won = trials.wins_of(found)
            if won:
                n = best.results[0].n_validation
                st.caption(texts.say("search.trust", n=n, share=f"{won[best.number]:.0%}", of=len(won)))
            live_link(quest, best)
    labels = {one.name: axis_label(one.name) for one in setup.space}
    theme, captions = st.context.theme.type or "light", i18n.texts("search.figure", texts.language())
    with st.container(border=True):
        st.subheader(texts.say("search.coordinates"), help=texts.hint("search.coordinates_help"))
        meant = brushed(quest, ended, labels)
        figure = figures.coordinates(setup, found, labels, theme, captions, meant)
        still_charts.draw(figure, "search.coordinates")
    with st.container(border=True):
        st.subheader(texts.say("search.importances"), help=texts.hint("search.importances_help"))
        matters = what_matters(quest, found)
        if matters.shares is None:
            st.caption(i18n.problem(matters.reason, texts.language()))
        else:
            figure = figures.shares(matters.shares, labels, theme, captions)
            still_charts.draw(figure, "search.importances")
        agreed = agreement(found)
        if agreed:
            n = sum(trial.state == "finished" for trial in found)
            said = [
                texts.say("search.early_at", share=f"{share:.0%}", rho=f"{rho:.2f}") for share, rho in agreed.items()
            ]
            st.caption(texts.say("search.early", n=n, shares=texts.say("explore.between.combinations").join(said)))
    table(quest, [trial for trial in ended if trial.number in meant])


def brushed(quest: Quest, ended: list[trials.Trial], labels: dict[str, str]) -> set[int]:
    """Draws for each axis of the chart the ends between which its values are meant, and returns the numbers of the
    trials that are between all of them."""
    meant = {trial.number for trial in ended}
    with st.popover(texts.say("search.brush"), icon=":material/tune:", help=texts.hint("search.brush_help")):
        for one in quest.setup.space:
            values = {trial.number: dict(trial.words)[one.name] for trial in ended}
            shown = {word: word_label(one.name, word) for word in values.values()}
            meant &= _between(f"search.brush.{one.name}", labels[one.name], values, shown)
        errors = {trial.number: trial.validation_error for trial in ended}
        shown = {error: texts.percent(error) for error in errors.values()}
        meant &= _between("search.brush", texts.say("search.figure.validation_error"), errors, shown)
    if len(meant) < len(ended):
        st.caption(texts.say("search.brushed", n=len(meant), of=len(ended)))
    return meant


def _between(key: str, label: str, values: dict[int, Value], shown: dict[Value, str]) -> set[int]:
    """Draws the two ends of an axis, and returns the numbers of the trials whose value is between them. `values`: by
    the trials' numbers; `shown`: what each value is called."""
    order = sorted(shown, key=_size)
    if len(order) < 2:
        return set(values)
    mark = st.session_state.get(f"{key}.ends", (None, None))  # None: wherever the axis ends
    ends = tuple(one if one in shown else order[-k] for k, one in enumerate(mark))
    low, high = st.select_slider(label, order, ends, format_func=shown.get, key=f"{key}.{len(order)}")
    st.session_state[f"{key}.ends"] = (None if low == order[0] else low, None if high == order[-1] else high)
    inside = set(order[order.index(low) : order.index(high) + 1])
    return {number for number, value in values.items() if value in inside}


def _size(value: Value) -> tuple[bool, float, str]:
    """Returns what values are ordered by: numbers by their size, before words."""
    try:
        return False, float(value), ""
    except ValueError:
        return True, 0.0, str(value)


def live_link(quest: Quest, trial: trials.Trial) -> None:
    """Draws the button that opens a trial's settings, with seed 0, as a live run in another tab."""
    st.link_button(
        texts.say("search.open", n=trial.number),
        design.live_address(quest.setup.cell(trial.words, 0), texts.language()),
        icon=":material/monitoring:",
        type="primary",
        help=texts.hint("explore.open_help"),
    )


def what_matters(quest: Quest, found: list[trials.Trial]) -> trials.Importances:
    """Returns the importances of the searched choices (trials.importances). For hundreds of trials that takes a second,
    so session state `search.matters` keeps them until another trial has ended."""
    mark = quest.name, sum(trial.state != "running" for trial in found)
    kept = st.session_state.get("search.matters")
    if kept is None or kept[0] != mark:
        st.session_state["search.matters"] = kept = (mark, trials.importances(quest.setup, found))
    return kept[1]


def table(quest: Quest, ended: list[trials.Trial]) -> None:
    """Draws a row for each ended trial, the best first and MOST_ROWS at most, and a download of all. Choosing a row
    puts its trial into session state `search.picked`. It is then offered as a live run, also when more trials end."""
    setup = quest.setup
    ordered = sorted(ended, key=lambda trial: (trial.state != "finished", trial.validation_error))[:MOST_ROWS]
    names = {name: texts.say(f"search.column.{name}") for name in COLUMNS}
    by_axis = [columns.axis_values(one.name, (dict(trial.words)[one.name] for trial in ordered)) for one in setup.space]
    rows = [
        {names["trial"]: trial.number}
        | {axis_label(one.name): values[i] for one, values in zip(setup.space, by_axis, strict=True)}
        | {names["validation_error"]: 100 * trial.validation_error}
        | columns.error(names["test_error"], trial.test_error and trial.test_error._asdict())
        | {names["state"]: texts.say(f"search.figure.{trial.state}"), names["updates"]: trial.updates}
        for i, trial in enumerate(ordered)
    ]
    looks = {names[name]: columns.whole() for name in ("trial", "updates")}
    looks |= {names["validation_error"]: columns.per_cent()} | columns.error_columns(names["test_error"])
    with st.expander(texts.say("search.table", n=len(ended)), icon=":material/table:", expanded=True):
        st.caption(texts.say("search.pick"))
        key = f"search.rows.{len(ended)}"  # another table when another trial has ended, which changes the rows' order
        pick = partial(_pick, key, quest.name, [trial.number for trial in ordered])
        st.dataframe(rows, hide_index=True, on_select=pick, selection_mode="single-row", key=key, column_config=looks)
        picked = st.session_state.get("search.picked")
        for trial in ordered:
            if (quest.name, trial.number) == picked:
                live_link(quest, trial)
        job_bar.download(texts.say("search.download"), quest.name, lambda: [trials.record(trial) for trial in ended])


def _pick(key: str, name: str, numbers: list[int]) -> None:
    rows = st.session_state[key].selection.rows
    st.session_state["search.picked"] = (name, numbers[rows[0]]) if rows and rows[0] < len(numbers) else None


def way(quest: Quest) -> None:
    """Draws the way from the usual settings to the best ones, once the search rests. Raises those of chained.path."""
    best = trials.best(service.jobs().trials(quest))
    if best is None or service.jobs().active(quest.name):
        return
    with st.container(border=True, key="search_path"):
        st.subheader(texts.say("search.path.title"), help=texts.hint("search.path.help"))
        work = chained.path(service.jobs(), quest, best.words)
        with st.container(horizontal=True):
            job_bar.buttons(work, "path")
        job_bar.follow(work, "path", lambda: steps(quest, best, work.n_runs))


def steps(quest: Quest, best: trials.Trial, n_runs: int) -> None:
    """Draws the steps of the way so far as a table."""
    found, _ = chained.way(service.jobs(), quest, best.words)
    if not found:
        st.caption(texts.say("search.path.empty", n=n_runs))
        return
    names = {name: texts.say(f"search.path.column.{name}") for name in ("step", "change", "validation", "difference")}
    test, before = texts.say("search.path.column.test"), None
    rows = []
    for k, step in enumerate(found):
        said = texts.say("search.path.start")
        if step.change is not None:
            said = f"{axis_label(step.change[0])}: {word_label(*step.change)}"
        error = mean_interval([result.test_error for result in step.results])
        row = {names["step"]: k, names["change"]: said, names["validation"]: 100 * step.validation_error}
        row[names["difference"]] = None if before is None else 100 * (before - step.validation_error)
        rows.append(row | columns.error(test, error._asdict()))
        before = step.validation_error
    looks = {names["step"]: columns.whole(), names["validation"]: columns.per_cent()} | columns.error_columns(test)
    looks[names["difference"]] = st.column_config.NumberColumn(format="%+.2f")
    st.dataframe(rows, hide_index=True, key="search.path", column_config=looks)


def main() -> None:
    """Draws the page. Raises those of Jobs.search."""
    search.sidebar()
    quest = st.session_state.quest
    st.caption(texts.say("search.about"))
    work = service.jobs().search(quest)
    with st.container(horizontal=True, vertical_alignment="center"):
        job_bar.buttons(work, "search")
        job_bar.share("search", search.address)
    job_bar.follow(work, "search", lambda: draw(quest))
    way(quest)
    kept.section("search", "search", lambda one: search.open_kept(one.name))
    search.keep_address()


search.enter()
notices.guarded("search", main)
