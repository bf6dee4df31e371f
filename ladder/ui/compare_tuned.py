"""The comparison over many seeds in which each contestant is tuned first, with as many trials as every other."""

from collections.abc import Callable

import streamlit as st

from ladder.experiments import chained, trials
from ladder.experiments.axes import Point
from ladder.experiments.trials import Trial
from ladder.experiments.tuning import SEEDS, Entrant, Tuning
from ladder.ui import columns, compare, job_bar, service, texts
from ladder.ui.axis_words import axis_label, word_label

COLUMNS = ("model", "labels", "trials", "validation", "settings")


def section(tuning: Tuning, results: Callable[[str, list[Point]], None]) -> None:
    """Draws the job's buttons, its cost and progress, and what each contestant's trials have come to so far; then, when
    all are tuned, `results(name, points)`. Raises Problem as chained.tuned does."""
    work = chained.tuned(service.jobs(), tuning)
    with st.container(horizontal=True):
        job_bar.buttons(work, "tuned")
    job_bar.follow(work, "tuned", lambda: _draw(tuning, results))


def _draw(tuning: Tuning, results: Callable[[str, list[Point]], None]) -> None:
    every, points = chained.tunings(service.jobs(), tuning)
    labels = dict(zip([one.word for one in tuning.entrants], compare.names(tuning.race), strict=False))
    if any(every):
        st.markdown(f"**{texts.say('tuned.title')}**", help=texts.hint("tuned.help"))
        st.caption(texts.say("tuned.note", n=tuning.n_trials, seeds=SEEDS, last=SEEDS + tuning.n_seeds - 1))
        names = {name: texts.say(f"tuned.column.{name}") for name in COLUMNS}
        rows = [_chosen(one, found, labels[one.word], names) for one, found in zip(tuning.entrants, every, strict=True)]
        looks = {names[name]: columns.whole() for name in ("labels", "trials")}
        looks[names["validation"]] = columns.per_cent()
        st.dataframe(rows, hide_index=True, key="tuned.table", column_config=looks)
        with st.expander(texts.say("tuned.every"), icon=":material/table:"):
            st.dataframe(_every(tuning.entrants, every, labels), hide_index=True, key="tuned.every")
    if points:
        results(tuning.name, points)


def _chosen(one: Entrant, found: list[Trial], label: str, names: dict[str, str]) -> dict[str, object]:
    """Returns the row of a contestant at a label budget: how many trials have ended, and the best of them."""
    best = trials.best(found)
    row: dict[str, object] = {names["model"]: label, names["labels"]: one.n_labeled}
    row[names["trials"]] = sum(trial.state != "running" for trial in found)
    row[names["validation"]] = 100 * best.validation_error if best else None
    row[names["settings"]] = _words(best) if best else texts.say("tuned.none") if one.setup is None else ""
    return row


def _words(trial: Trial) -> str:
    return texts.say("live.comma").join(f"{axis_label(name)} {word_label(name, word)}" for name, word in trial.words)


def _every(entrants: list[Entrant], every: list[list[Trial]], labels: dict[str, str]) -> list[dict[str, object]]:
    """Returns a row for each trial of each contestant."""
    return [
        {
            texts.say("tuned.column.model"): labels[one.word],
            texts.say("tuned.column.labels"): one.n_labeled,
            texts.say("search.column.trial"): trial.number,
            texts.say("tuned.column.settings"): _words(trial),
            texts.say("search.column.state"): texts.say(f"search.figure.{trial.state}"),
            texts.say("search.column.validation_error"): f"{100 * trial.validation_error:.1f} %",
        }
        for one, found in zip(entrants, every, strict=True)
        for trial in found
        if trial.state != "running"
    ]
