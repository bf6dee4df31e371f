"""One visitor's comparison: the race in view, and the sidebar that describes it.

Session state holds `race`, the run id of the race in view; `race_address`, its link as query parameters; `race_notices`
(notices.py); and `pins_id`, under which the tab's pins are kept (compare_pins.py), "" for none.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from ladder import i18n
from ladder.data.datasets import DATASETS
from ladder.data.protocol import for_dataset, most_labels
from ladder.live.history import EVAL_EVERY
from ladder.live.lab import PREPARED_UPDATES
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe import race as races
from ladder.recipe.contestants import ARTICLES, CONTESTANTS, OPTIONS, Contestant, article, on_equal_terms, usual
from ladder.recipe.race import Race
from ladder.settings import ACTIVATION_NAMES, Knob, Live, Structure, knobs, parse_widths
from ladder.ui import locks, membership, notices, service, tab, texts
from ladder.ui.dataset_choice import dataset_choice
from ladder.ui.rows_choice import rows_choice
from ladder.ui.widgets import chosen, defaulted, indexed, one_two_five, valued

KNOBS = knobs(Contestant)
LINEUPS = {
    "first": ("ladder", "twin", "denoising"),
    "ladders": ("ladder", "bottom", "gamma", "twin", "supervised"),
    "autoencoders": ("ladder", "plain", "denoising", "contractive", "variational"),
    "after": ("ladder", "pseudo_label", "vat", "twin"),
    "classical": ("ladder", "label_spreading", "self_training", "svm", "knn", "logistic"),
}


def enter() -> None:
    """Puts a race in view. At a tab's first visit that is the race that the address names, or a new one with the
    address's settings, or the usual one where that cannot be run. A new one has done PREPARED_UPDATES updates, or those
    that the address names, which are none where it names a lesson. Later the race in view stays if it exists, as a copy
    if another tab steers it by now; a race that is gone begins anew from the tab's last address."""
    state, lab = st.session_state, service.lab()
    if "race" in state and lab.exists(state.race):
        if not lab.steers(state.race, tab.name()):
            _take(state.race)
        return
    params = state.get("race_address") or st.query_params.to_dict()
    link, race = races.read(params)
    state.setdefault("pins_id", link.pins)
    state.update(race_notices=[], race=None)
    with suppress(Problem):  # the race ended with its server: its settings begin a new one
        if link.run and isinstance(lab.recipe(link.run), Race):
            membership.check_read(link.run)
            _take(link.run)
    if not state.race:
        until = link.at if {"at", "lesson"} & params.keys() else PREPARED_UPDATES
        if not notices.attempt_anew("race", lambda: start(race, until)):
            start(Race(defaults.OPENING.structure), PREPARED_UPDATES)
        if foreign := lab.foreign(race, link.by):
            link.warnings.append(foreign)
    state.race_notices += link.warnings


def begin(words: Mapping[str, str]) -> None:
    """Has the page begin anew with the race that a link's parameters describe, at rest, without any update where they
    name none. The race that was in view is paused."""
    state, lab = st.session_state, service.lab()
    if "race" in state and lab.exists(state.race):
        lab.pause(state.race)
    state.pop("race", None)
    state.race_address = {"at": "0", **words}


def start(race: Race, until: int, playing: bool = False) -> None:
    """Creates a race that first does `until` updates, or all of its own where these are fewer, and then plays or waits,
    and puts it in view. Raises those of race.check: Problem "data_missing", "labels_too_few", "labels_too_many", or
    that of a contestant that cannot run on these data; and in a class those of membership.check_start."""
    races.check(race)
    until = min(until, race.live.n_updates or until)
    membership.check_start(race, until, playing, st.session_state.get("race") or "")
    _take(service.lab().create(race, until, playing))


def _take(run_id: str) -> None:
    """Puts a race in view, or a copy of it if another tab steers it. In a class it is the visitor's own from now on."""
    taken = st.session_state.race = tab.take(run_id, "race")
    membership.claim(taken)


def current() -> Race:
    """Returns the race in view. Raises those of Lab.recipe, Problem "run_unknown" if the race is gone."""
    found = service.lab().recipe(st.session_state.race)
    assert isinstance(found, Race)
    return found


def ask(name: str, *arguments: object) -> None:
    """Sends the race in view the command `name` ("play", "pause", "step" or "reset"; see tab.ask) if the tab still
    steers the race. Otherwise sends nothing, and `enter` puts another race in view."""
    if service.lab().exists(st.session_state.race) and service.lab().steers(st.session_state.race, tab.name()):
        notices.attempt("race", lambda: tab.ask(st.session_state.race, name, *arguments))


def names(race: Race) -> list[str]:
    """Returns the contestants' short names in their order, in the visitor's language."""
    return races.labels(race.contestants, texts.language(), i18n.text)


def change(**values) -> None:
    """Puts a new race in view, which has the choices of the present one but for `values`, fields of Race by name. It
    starts from the initial weights and plays if the old race did, else it rests after PREPARED_UPDATES updates; the old
    one is paused. A Problem becomes a notice, such as that of a locked choice (membership.check_choices).

    Nothing happens where all choices stay the same: Streamlit may call the callback of a widget that nobody moved
    (tab.restructure).
    """
    lab, old = service.lab(), st.session_state.race

    def act():
        race = replace(current(), **values)
        membership.check_choices(old, current(), race)
        if race != current():
            playing = lab.status(old).plays
            start(race, 0 if playing else PREPARED_UPDATES, playing)
            lab.pause(old)

    notices.attempt_anew("race", act)


def keep_address(lesson: str) -> None:
    """Writes the link of the race in view, at its present update, with the tab's pins and the name of its lesson, ""
    for none, into the address bar and into session state `race_address`, so that a reload comes back to all. Raises
    those of Lab.recipe."""
    run_id = st.session_state.race
    status = service.lab().status(run_id)
    wanted = races.query(current(), texts.language(), status.update, run_id, status.computed)
    if pins_id := st.session_state.pins_id:
        wanted["pins"] = pins_id
    if lesson:
        wanted["lesson"] = lesson
    st.session_state.race_address = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address(base: str, update: int) -> str:
    """Returns the link on the page at `base` that repeats the race in view up to `update`, or to links.MAX_AT if that
    is less, for another visitor. Raises those of Lab.recipe."""
    by = service.lab().status(st.session_state.race).computed
    return f"{base}?{urlencode(races.query(current(), texts.language(), update, by=by), safe=',;!=-')}"


# --- the sidebar


def sidebar() -> None:
    """Draws all choices of the race in view into the sidebar. A change of any of them starts the race anew. Raises
    those of Lab.recipe."""
    race, lineups = current(), ["own", *LINEUPS, *ARTICLES]
    with st.sidebar:
        st.caption(texts.say("compare.sidebar"))
        st.selectbox(
            texts.say("compare.lineup"),
            lineups,
            on_change=_apply_lineup,
            format_func=_lineup_names().get,
            help=texts.hint("compare.lineup_help"),
            **indexed("race.lineup", _lineup(race), lineups),
        )
        st.multiselect(
            texts.say("compare.contestants"),
            list(CONTESTANTS),
            max_selections=races.MOST,
            select_all=False,  # else Enter takes every model that has the typed word in its name
            format_func={name: texts.say(f"contestant.{name}.label") for name in CONTESTANTS}.get,
            on_change=_apply_models,
            help=texts.hint("compare.contestants_help"),
            **defaulted("race.models", [one.model for one in race.contestants]),
        )
        for c, contestant in enumerate(race.contestants):
            _options(c, contestant, race)
        _shared(race)


def _lineup_names() -> dict[str, str]:
    articles = {name: texts.say(f"article.{name}.label") for name in ARTICLES}
    return i18n.texts("compare.lineups", texts.language()) | articles


def article_race(name: str, dataset: str) -> dict:
    """Returns the Race fields `structure`, `live` and `contestants` for the article `name` of contestants.ARTICLES: its
    network with its settings, and beside it the usual ladder, or for a network with stale weights the same one without
    them. A dataset that has no images is replaced by digits. Raises Problem "bad_choice" for an unknown name."""
    found = article(name, dataset if DATASETS[dataset].image_shape else "digits")
    beside = usual("ladder")
    if found.contestant.stale_weights:
        beside = replace(found.contestant, stale_weights=False)
    return {"structure": found.structure, "live": found.live, "contestants": (found.contestant, beside)}


def article_of(race: Race) -> str | None:
    """Returns the name of the article whose network and structure, seeds included, are those of the race's first
    contestant, or None."""
    if DATASETS[race.structure.dataset].image_shape is None:
        return None
    for name in ARTICLES:
        found = article(name, race.structure.dataset)
        if (found.contestant, found.structure) == (race.contestants[0], race.structure):
            return name
    return None


def epochs(race: Race, name: str) -> list[dict]:
    """Returns a table's row, column -> value, for each epoch whose training loss the article `name` prints and which
    the race in view has finished: the epoch, the printed loss, and the first contestant's mean reconstruction cost in
    that epoch, per input value. Returns no rows where live choices besides `n_updates` and `n_labeled` are not the
    article's."""
    found, curves = article(name, race.structure.dataset), service.lab().curves(st.session_state.race)
    same = {"n_updates": found.live.n_updates, "n_labeled": found.live.n_labeled}
    if replace(race.live, **same) != found.live:
        return []  # other batches or another rate: its epochs are not the article's
    rows = []
    for epoch, printed in found.printed.items():
        end = epoch * found.live.n_updates / found.n_epochs
        begin = end - found.live.n_updates / found.n_epochs
        update = curves.get("eval_update", np.zeros(0))
        inside = (update > begin) & (update <= max(end, begin + EVAL_EVERY))
        if inside.any() and update[-1] >= end:
            ours = float(curves["parts"][inside, 0].mean())
            rows.append(
                {texts.say("compare.epoch"): epoch, texts.say("compare.printed"): printed}
                | {texts.say("compare.ours"): round(ours, 4)}
            )
    return rows


def _lineup(race: Race) -> str:
    """The name of the article or of the line-up that the race matches, or "own"."""
    models = [one.model for one in race.contestants]
    return article_of(race) or next((name for name, some in LINEUPS.items() if list(some) == models), "own")


def _apply_lineup() -> None:
    name = chosen("race.lineup")
    if name in ARTICLES:
        change_if(lambda: article_race(name, current().structure.dataset))
    elif name in LINEUPS:
        change(contestants=tuple(map(on_equal_terms, LINEUPS[name])))


def _apply_models() -> None:
    """Contestants that stay keep their own choices."""
    before: dict[str, list[Contestant]] = {}
    for one in current().contestants:  # an article's line-up has a model twice
        before.setdefault(one.model, []).append(one)
    models = chosen("race.models")
    change(contestants=tuple(before[name].pop(0) if before.get(name) else on_equal_terms(name) for name in models))


def _apply_option(c: int, name: str) -> None:
    contestants = list(current().contestants)
    value = chosen(f"race.{c}.{name}")

    def act():
        contestants[c] = replace(contestants[c], **{name: value})

    if notices.attempt_anew("race", act):
        change(contestants=tuple(contestants))


def notes(race: Race) -> list[str]:
    """Returns for each contestant what it does not share with the others and how an autoencoder classifies, in the
    visitor's language, to stand beside its name; "" where there is nothing to say."""
    words, found = i18n.texts("choice", texts.language()), []
    for one in race.contestants:
        parts = [words[one.classify]] if "classify" in OPTIONS[one.model] else []
        for term, values in race.own_terms(one).items():
            shown = {name: levels(v) if isinstance(v, tuple) else words.get(v, v) for name, v in values.items()}
            parts.append(texts.say(f"compare.terms.{term}", **shown))
        found.append(texts.say("compare.between").join(parts))
    return found


def _options(c: int, contestant: Contestant, race: Race) -> None:
    """Contestant number `c` of the race in a box: what it is, what it does not share with the others, and its own
    choices."""
    with st.expander(names(race)[c]):
        st.caption(texts.say(f"contestant.{contestant.model}.help"))
        if note := notes(race)[c]:
            st.caption(note)
        for name in OPTIONS[contestant.model]:
            if _matters(contestant, name):
                _widget(KNOBS[name], f"race.{c}.{name}", getattr(contestant, name), _apply_option, (c, name))


def levels(values: tuple[float, ...] | tuple[bool, ...]) -> str:
    """Returns a number, or for a switch "on" or "off", for each layer from the input up, or the one word of all."""
    shown = values if len(set(values)) > 1 else values[:1]
    words = (texts.say("live.on" if one else "live.off") if isinstance(one, bool) else f"{one:g}" for one in shown)
    return ", ".join(words)


def _matters(contestant: Contestant, name: str) -> bool:
    """Whether the contestant's option `name` has an effect beside its other choices."""
    if name == "alpha":
        return contestant.classify == "joint"
    if name == "output":
        return contestant.loss == "mse"
    return name != "stale_weights" or len(current().structure.widths) == 1


def _widget(knob: Knob, place: str, value, apply, args: tuple) -> None:
    """The widget of a choice, made from its Knob, under the name `place` (widgets.py)."""
    common = {"on_change": apply, "args": args, **locks.rules(texts.hint(f"knob.{knob.name}.help"), knob.name)}
    label = texts.say(f"knob.{knob.name}.label")
    if knob.choices:
        words = i18n.texts("choice", texts.language())
        st.selectbox(label, knob.choices, format_func=words.get, **indexed(place, value, knob.choices), **common)
    elif knob.kind is bool:
        st.toggle(label, **valued(place, value), **common)
    elif knob.log:
        st.select_slider(
            label,
            sorted(one_two_five(knob) | {value}),
            format_func=lambda one: f"{one:g}",
            **valued(place, value),
            **common,
        )
    else:
        kind = knob.kind
        now = valued(place, kind(value)) | {"format": "%d" if kind is int else "%g"}
        st.number_input(label, kind(knob.low), kind(knob.high), step=kind(knob.step), **now, **common)


def _shared(race: Race) -> None:
    st.subheader(texts.say("compare.shared"), help=texts.hint("compare.shared_help"), divider="gray")
    live, structure = knobs(Live), race.structure

    def common(name: str, apply=_apply_structure, help_text: str | None = None) -> dict:
        rules = locks.rules(texts.hint(help_text or f"knob.{name}.help"), name)
        return {"on_change": apply, "args": (name,), **rules}

    if locks.is_drawn("dataset"):
        dataset_choice("race.dataset", structure.dataset, **common("dataset"))
    if locks.is_drawn("n_labeled"):
        st.select_slider(
            texts.say("knob.n_labeled.label"),
            sorted({*defaults.label_budgets(structure, most_labels(structure)), race.live.n_labeled}),
            **valued("race.n_labeled", race.live.n_labeled),
            **common("n_labeled", _apply_live),
        )
    if locks.is_drawn("noise_std"):
        _noise(race)
    if locks.is_drawn("widths"):
        now = valued("race.widths", "-".join(map(str, structure.widths)))
        st.text_input(texts.say("knob.widths.label"), **now, **common("widths"))
    if locks.is_drawn("activation"):
        st.selectbox(
            texts.say("knob.activation.label"),
            ACTIVATION_NAMES,
            format_func=i18n.texts("activation", texts.language()).get,
            **indexed("race.activation", structure.activation, ACTIVATION_NAMES),
            **common("activation", help_text="compare.activation_help"),
        )
    rows_choice("race", structure, common)
    for name in filter(locks.is_drawn, ("n_updates", "learning_rate", "batch_size")):
        _widget(live[name], f"race.{name}", getattr(race.live, name), _apply_live, (name,))
    for column, name in zip(st.columns(2), filter(locks.is_drawn, ("weight_seed", "label_seed")), strict=False):
        with column:
            _widget(knobs(Structure)[name], f"race.{name}", getattr(structure, name), _apply_structure, (name,))


def _noise(race: Race) -> None:
    knob = knobs(Live)["noise_std"]
    st.slider(
        texts.say("compare.noise"),
        knob.low,
        knob.high,
        step=knob.step,
        on_change=_apply_noise,
        **locks.rules(texts.hint("compare.noise_help"), "noise_std"),
        **valued("race.noise", max(race.live.noise_std)),
    )
    moved = [name for name, one in zip(names(race), race.contestants, strict=True) if one.takes_noise]
    st.caption(texts.say("compare.noise_moves", models=texts.say("compare.comma").join(moved)))


def _apply_live(name: str) -> None:
    race = current()
    change_if(lambda: {"live": replace(race.live, **{name: chosen(f"race.{name}")})})


def _apply_noise() -> None:
    live = current().live
    change(live=replace(live, noise_std=(chosen("race.noise"),) * len(live.noise_std)))


def _apply_structure(name: str) -> None:
    """Other data or another network. Live choices that do not fit it take their usual values."""
    race = current()

    def values():
        value = chosen(f"race.{name}")
        structure = replace(race.structure, **{name: parse_widths(value) if name == "widths" else value})
        structure = for_dataset(race.structure, value) if name == "dataset" else structure
        return {"structure": structure, "live": defaults.carried_over(race.live, race.structure, structure)}

    change_if(values)


def change_if(values) -> None:
    """Calls `change` with the dictionary that `values()` returns. If `values()` raises a Problem, that becomes a notice
    and nothing changes."""
    found = {}
    if notices.attempt_anew("race", lambda: found.update(values())):
        change(**found)
