"""The comparison over many seeds and label budgets: its cost, its progress, and what its results show."""

import streamlit as st

from ladder import i18n
from ladder.analysis import figures
from ladder.analysis.statistics import MARGIN, mean_interval
from ladder.data.protocol import n_classes
from ladder.experiments import axes, tables, tournament
from ladder.experiments.results import Sweep
from ladder.experiments.tuning import Tuning
from ladder.experiments.validation import labels_left
from ladder.live.lab import PREPARED_UPDATES
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe import race as races
from ladder.recipe.race import Race
from ladder.ui import (
    columns,
    compare,
    compare_tuned,
    job_bar,
    kept,
    locks,
    membership,
    notices,
    service,
    still_charts,
    texts,
)
from ladder.ui.widgets import chosen, defaulted, valued

MOST_SEEDS, USUAL_SEEDS = 50, 5
MOST_TUNED = 50  # trials of each contestant
COLUMNS = ("model", "labels", "mean", "seeds", "diverged", "each")
LEAST_P = 0.001  # a smaller p-value is shown as "< 0.001"


def section(race: Race) -> None:
    """Draws a switch and, while it is on, the comparison of `race` over seeds and label budgets: the choice of both,
    the job's buttons, cost and progress, and the results so far; then the list of the kept comparisons. A Problem is
    shown in their place. Session state `seeds` holds what was chosen: "open", "n_seeds", "margin" in percentage
    points, "tuned", the trials of each contestant, and the budgets under the name of each dataset."""
    st.subheader(texts.say("seeds.title"), help=texts.hint("seeds.help"), divider="gray")
    choice = st.session_state.setdefault("seeds", {"open": False, "n_seeds": USUAL_SEEDS, "margin": 100 * MARGIN})
    st.toggle(texts.say("seeds.open"), on_change=_choose, args=("open",), **valued("seeds.open", choice["open"]))
    if choice["open"]:
        _over_seeds(race, choice)
    try:
        kept.section("comparison", "race", open_kept)
    except Problem as problem:
        notices.warn(problem)


def _choose(name: str, *choices: str) -> None:
    """Takes the value of the widget `name`, which says what values the runs' `choices` have. A Problem of
    membership.check_steer becomes a notice."""
    if notices.attempt_anew("race", lambda: membership.check_steer(st.session_state.race, choices)):
        st.session_state.seeds[name] = chosen(f"seeds.{name}")


def open_kept(one: Sweep) -> None:
    """Puts the race of a kept comparison in view, with its seeds and its label budgets. Raises Problem as compare.start
    does."""
    _, race = races.read(dict(one.about["race"]))
    compare.start(race, PREPARED_UPDATES)
    chosen_then = {"n_seeds": one.about["n_seeds"], race.structure.dataset: list(one.about["budgets"])}
    st.session_state.seeds = {**st.session_state.seeds, "open": True, **chosen_then}


def _over_seeds(race: Race, choice: dict) -> None:
    dataset = race.structure.dataset
    choices = defaults.label_budgets(race.structure, labels_left(race.structure))
    usual = [budget for budget in choices if budget // n_classes(race.structure) in (1, 2, 5, 10)]
    budgets, n_seeds = choice.get(dataset, usual), choice["n_seeds"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if locks.is_drawn("n_labeled"):
            st.multiselect(
                texts.say("seeds.budgets"),
                sorted({*choices, race.live.n_labeled, *budgets}),
                on_change=_choose,
                args=(dataset, "n_labeled"),
                **locks.rules(texts.hint("seeds.budgets_help"), "n_labeled"),
                **defaulted(f"seeds.{dataset}", budgets),
            )
        st.number_input(
            texts.say("seeds.seeds"),
            2,
            MOST_SEEDS,
            on_change=_choose,
            args=("n_seeds",),
            width=150,
            **valued("seeds.n_seeds", n_seeds),
        )
        st.number_input(
            texts.say("seeds.margin"),
            0.0,
            20.0,
            step=0.5,
            on_change=_choose,
            args=("margin",),
            width=150,
            help=texts.hint("seeds.margin_help"),
            **valued("seeds.margin", choice["margin"]),
        )
        st.number_input(
            texts.say("tuned.trials"),
            0,
            MOST_TUNED,
            on_change=_choose,
            args=("tuned",),
            width=150,
            help=texts.hint("tuned.trials_help"),
            **valued("seeds.tuned", choice.setdefault("tuned", 0)),
        )
    try:
        if choice["tuned"]:
            tuning = Tuning(race, tuple(budgets), n_seeds, choice["tuned"])
            compare_tuned.section(tuning, lambda name, points: _results(name, points, race))
            return
        points = tournament.points_of(race, budgets, n_seeds)
        name = axes.name_of(points)
        work = service.jobs().sweep(name, points, tournament.described(race, budgets, n_seeds))
        with st.container(horizontal=True):
            job_bar.buttons(work, "seeds")
        job_bar.follow(work, "seeds", lambda: _results(name, points, race))
    except Problem as problem:
        notices.warn(problem)


def _results(name: str, points, race: Race) -> None:
    """Chart, verdict and table of the results so far."""
    found = service.jobs().found(points)
    errors = tournament.errors_of(points, found)
    if not found:
        st.caption(texts.say("seeds.empty"))
        return
    words = list(dict.fromkeys(dict(point.axes)["model"] for point in points))
    labels = dict(zip(words, compare.names(race), strict=True))
    theme = st.context.theme.type or "light"
    captions = i18n.texts("seeds.chart", texts.language())
    still_charts.draw(figures.efficiency(errors, labels, theme, captions), "seeds.chart")
    diverged = tournament.diverged_of(points, found)
    for n_labeled, by_model in errors.items():
        _verdict(n_labeled, by_model, diverged[n_labeled], words[0], labels, st.session_state.seeds["margin"] / 100)
    rows, looks = _table(errors, diverged, labels)
    st.dataframe(rows, hide_index=True, key="seeds.table", column_config=looks)
    job_bar.download(texts.say("seeds.download"), name, lambda: tables.rows(points, found))


def _verdict(
    n_labeled: int, errors: dict, diverged: dict[str, int], focus: str, labels: dict[str, str], margin: float
) -> None:
    """For one label budget a sentence on each pair of the contestant `focus` and a rival. Where a model diverged, the
    sentence says only that: the seeds that did not diverge would make the model look better than it is."""
    lines = []
    for fact in tournament.facts(errors, focus, margin):
        p = f"= {fact['p']:.2g}" if fact["p"] >= LEAST_P else f"< {LEAST_P}"
        values = {"a": labels[fact["a"]], "b": labels[fact["b"]], "n": fact["n"], "p": p}
        lost = diverged[fact["a"]] + diverged[fact["b"]]
        known = [name for name in ("difference", "low", "high") if fact[name] is not None]
        signed = {name: f"{100 * fact[name]:+.1f}".replace("-", "−") for name in known}
        if lost:
            lines.append(texts.say("seeds.verdict.diverged", **values, diverged=lost))
        elif fact["low"] is None:
            lines.append(texts.say("seeds.verdict.same", **values, signed=signed["difference"]))
        else:
            signed["difference"] = f"{100 * abs(fact['difference']):.1f}"
            lines.append(texts.say(f"seeds.verdict.{fact['kind']}", **values, **signed))
            shares = {name: f"{share:.0%}" for name, share in fact["chances"].items()}
            lines.append(texts.say("seeds.verdict.chances", **values, margin=f"{100 * margin:g}", **shares))
    if lines:
        title = f"**{texts.say('seeds.verdict.title', n=n_labeled)}**"
        st.markdown(" ".join([title, *lines]), help=texts.hint("seeds.verdict.help"))


def _table(errors: dict, diverged: dict, labels: dict[str, str]) -> tuple[list[dict], dict]:
    """The table's rows, one for each contestant and label budget, with errors in per cent, and the configurations of
    its columns."""
    names = {name: texts.say(f"seeds.column.{name}") for name in COLUMNS}
    rows = []
    for n_labeled, by_model in errors.items():
        for word, of_seeds in by_model.items():
            found = mean_interval(list(of_seeds.values()))
            rows.append(
                {names["model"]: labels[word], names["labels"]: n_labeled}
                | columns.error(names["mean"], found._asdict())
                | {names["seeds"]: found.n, names["diverged"]: diverged[n_labeled][word]}
                | {names["each"]: ", ".join(f"{100 * of_seeds[seed]:.1f}" for seed in sorted(of_seeds))}
            )
    looks = {names[name]: columns.whole() for name in ("labels", "seeds", "diverged")}
    return rows, looks | columns.error_columns(names["mean"])
