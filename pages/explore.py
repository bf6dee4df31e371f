"""Sweep one or two settings over several seeds, see the map grow, and open any cell as a live run."""

import streamlit as st

from ladder.experiments import axes as sweeps
from ladder.experiments import design, maps, tables
from ladder.experiments.cells import Cell
from ladder.experiments.summaries import GIVEN
from ladder.ui import columns, component, explore, job_bar, kept, notices, service, texts
from ladder.ui.axis_words import axis_label, basis, percent, word_label
from ladder.ui.widgets import chosen, defaulted

WHOLE = ("seeds", "diverged")  # columns of the table
LAST = ("choice", "wins", "seconds")  # columns of the table
MANY = 3  # combinations as good as the best that are named one by one


def view_controls(axes: list[dict]) -> dict:
    """Draws the controls of the chart. Returns the `view` of component.sweep: `kind`, `measure` and `seeds`. `axes`: as
    from maps.axes_of. Session state `measure` and `kind` hold the choices, `kind` None for the usual one."""
    kinds = ["map", "lines"] if len(axes) == 2 else ["dots" if axes[0]["scale"] == "category" else "lines"]
    kind = st.session_state.kind if st.session_state.kind in kinds else kinds[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            texts.say("explore.measure"),
            explore.MEASURES,
            on_change=change_view,
            args=("measure",),
            format_func={name: texts.say(f"sweep.measure.{name}") for name in explore.MEASURES}.get,
            required=True,
            help=texts.hint("explore.measure_help"),
            label_visibility="collapsed",
            **defaulted("explore.measure", st.session_state.measure),
        )
        if len(kinds) > 1:
            st.segmented_control(
                texts.say("explore.kind"),
                kinds,
                on_change=change_view,
                args=("kind",),
                required=True,
                format_func={name: texts.say(f"explore.kinds.{name}") for name in kinds}.get,
                label_visibility="collapsed",
                **defaulted("explore.kind", kind),
            )
        seeds = kind != "map" and st.toggle(texts.say("explore.dots"), key="explore.dots")
    st.session_state.kind = None if kind == kinds[0] else kind
    return {"kind": kind, "measure": st.session_state.measure, "seeds": seeds}


def change_view(name: str) -> None:
    """Copies the chosen value of the control `name`, "measure" or "kind", into session state."""
    st.session_state[name] = chosen(f"explore.{name}")


def results(points, view: dict) -> None:
    """Draws the chart of the results so far, the chosen cell, the verdict, and the table with its download. A click on
    a cell opens it in another tab; here its words become session state `picked`, and the page runs again. `view`: as
    from `view_controls`. Raises those of Jobs.found."""
    found = service.jobs().found(points)
    axes = [
        axis
        | {"label": axis_label(axis["name"]), "given": axis["name"] in GIVEN}
        | {"labels": {word: word_label(axis["name"], word) for word in axis["words"]}}
        for axis in maps.axes_of(points)
    ]
    first = {tuple(word for _, word in point.axes): point.cell for point in reversed(points)}  # of the first seed
    decided = maps.complete(points, found)
    unmarked = {} if decided else {"choice": "only"}  # what is best so far may be best by what is missing
    cells = [
        cell | unmarked | {"address": design.live_address(first[tuple(cell["words"])], texts.language())}
        for cell in maps.cells_of(points, found)
    ]
    clicked = component.sweep(axes, cells, view, st.session_state.picked, texts.language())
    if clicked and clicked != st.session_state.picked:
        st.session_state.picked = clicked
        st.rerun()
    picked(points)
    if not cells:
        return
    if decided:
        verdict(axes, cells)
    else:
        st.info(texts.say("explore.unfinished", done=len(found), total=len({point.cell.key for point in points})))
    with st.expander(texts.say("explore.table"), icon=":material/table:"):
        table(axes, cells)
        job_bar.download(texts.say("explore.download"), sweeps.name_of(points), lambda: tables.rows(points, found))


def title(axes: list[dict], cell: dict, given: bool = False) -> str:
    """Returns a combination in words: its values of the axes that a person chooses from, or with `given` those of the
    other axes (summaries.GIVEN). `axes` and `cell`: as component.sweep takes them."""
    pairs = [(axis, word) for axis, word in zip(axes, cell["words"], strict=True) if (axis["name"] in GIVEN) == given]
    words = (f"{axis['label']} {axis['labels'][word]}" for axis, word in pairs)
    return texts.say("explore.between.settings").join(words)


def verdict(axes: list[dict], cells: list[dict]) -> None:
    """For a finished sweep and each combination of given values (`by_given`), such as a label budget, draws the best
    cell by validation error, its test error, and the cells that may be as good."""
    lines, doubtful = [], False
    for given, some in by_given(axes, cells).items():
        best = next((cell for cell in some if cell["choice"] == "best"), None)
        if best is None:
            continue
        values = {"best": title(axes, best), "test": percent(best["test_error"]), "basis": basis(best["test_error"])}
        praise = texts.say("explore.best", validation=percent(best["validation_error"]), **values)
        rivals = [cell for cell in some if cell["choice"] == "as good"]
        doubtful |= bool(rivals)
        if len(rivals) > MANY:
            doubt = texts.say("explore.many_as_good", n=len(rivals), of=len(some))
        elif rivals:
            others = texts.say("explore.between.combinations").join(title(axes, cell) for cell in rivals)
            doubt = texts.say("explore.as_good", others=others)
        else:
            doubt = texts.say("explore.alone")
        if best["wins"] is not None:
            doubt = texts.say("explore.trusted", doubt=doubt, trust=trust(axes, some))
        lines.append(f"{given} {texts.say('explore.verdict', best=praise, rivals=doubt)}".strip())
    if all(cell["test_error"]["mean"] is None for cell in cells):
        st.warning(texts.say("explore.all_diverged"), icon=":material/warning:")
    elif lines:
        (st.warning if doubtful else st.success)("\n\n".join(lines), icon=":material/trophy:")


def trust(axes: list[dict], cells: list[dict]) -> str:
    """Returns how far the choice among `cells` by their validation rows can be trusted, as a sentence."""
    best = next(cell for cell in cells if cell["choice"] == "best")
    other = max((cell for cell in cells if cell is not best), key=lambda cell: cell["wins"])
    shares = {"share": f"{best['wins']:.0%}", "second": f"{other['wins']:.0%}"}
    return texts.say("explore.trust", n=best["n_validation"], other=title(axes, other), **shares)


def by_given(axes: list[dict], cells: list[dict]) -> dict[str, list[dict]]:
    """Returns the cells grouped by their values of the given axes in words, "" where there are no such axes."""
    found: dict[str, list[dict]] = {}
    for cell in cells:
        given = title(axes, cell, given=True)
        found.setdefault(given and texts.say("explore.given", given=given), []).append(cell)
    return found


def table(axes: list[dict], cells: list[dict]) -> None:
    """Draws a row for each cell. Choosing a row has the effect of a click on its cell: its words become session state
    `picked`. Session state `chosen_rows` holds the chosen row's number, so that each choice takes effect once."""
    by_axis = zip(*(cell["words"] for cell in cells), strict=True)
    found = {axis["label"]: columns.axis_values(axis["name"], words) for axis, words in zip(axes, by_axis, strict=True)}
    names = {name: texts.say(f"explore.column.{name}") for name in (*explore.MEASURES, *WHOLE, *LAST)}
    rows = [
        dict(zip(found, values, strict=True))
        | columns.error(names["validation_error"], cell["validation_error"])
        | columns.error(names["test_error"], cell["test_error"])
        | {
            names["wins"]: None if cell["wins"] is None else 100 * cell["wins"],
            names["seeds"]: cell["test_error"]["n"],
            names["diverged"]: cell["n_diverged"],
            names["choice"]: texts.say(f"explore.choice.{cell['choice'].replace(' ', '_')}"),
            names["seconds"]: cell["seconds"],
        }
        for cell, values in zip(cells, zip(*found.values(), strict=True), strict=True)
    ]
    marked = st.dataframe(
        rows,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="explore.rows",
        column_config=columns.error_columns(names["test_error"])
        | columns.error_columns(names["validation_error"])
        | {names[name]: columns.whole() for name in WHOLE}
        | {names["wins"]: columns.per_cent(), names["seconds"]: columns.decimal()},
    )
    rows = list(marked.selection.rows)
    if rows == st.session_state.get("chosen_rows", []):
        return  # a row stays chosen while cells are clicked and results arrive
    st.session_state.chosen_rows = rows
    if rows and rows[0] < len(cells):
        st.session_state.picked = cells[rows[0]]["words"]
        st.rerun()


def picked(points) -> None:
    """Draws the cell of session state `picked` with a choice of its seed and the link that opens it as a live run, or a
    hint where no cell is picked. `points`: the runs of the sweep."""
    words = st.session_state.picked
    if not words:
        st.caption(texts.say("explore.pick"))
        return
    by_seed = {point.seed: point for point in points if [word for _, word in point.axes] == list(words)}
    if not by_seed:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        point = next(iter(by_seed.values()))
        pairs = (f"{axis_label(name)} **{word_label(name, word)}**" for name, word in point.axes)
        st.markdown(" · ".join(pairs))
        seed = st.selectbox(texts.say("explore.seed"), list(by_seed), key="explore.seed", width=110)
        cell: Cell = by_seed.get(seed, point).cell
        st.link_button(
            texts.say("explore.open"),
            design.live_address(cell, texts.language()),
            icon=":material/monitoring:",
            type="primary",
            help=texts.hint("explore.open_help"),
        )


def main() -> None:
    """Draws the page. Raises those of explore.current, Jobs.sweep and kept.section."""
    explore.sidebar()
    name, points = explore.current()
    work = service.jobs().sweep(name, points)
    if st.session_state.kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(texts.say("explore.looking_at", name=kept.title_of(name)), icon=":material/history:")
            st.button(texts.say("explore.back"), on_click=lambda: st.session_state.update(kept=None, picked=None))
    with st.container(horizontal=True, vertical_alignment="center"):
        job_bar.buttons(work, "explore")
        job_bar.share("explore", explore.address)
    for axis in maps.idle(points):
        st.warning(texts.say("explore.same", axis=axis_label(axis)), icon=":material/info:")
    view = view_controls(maps.axes_of(points))
    job_bar.follow(work, "explore", lambda: results(points, view))
    kept.section("sweep", "explore", lambda one: explore.open_kept(one.name))
    explore.keep_address()


explore.enter()
notices.guarded("explore", main)
