"""One visitor's guided search: a Quest, which the sidebar describes, and its link.

Session state holds `quest` and `search_notices` (notices.py).
"""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ladder.experiments import axes, design
from ladder.experiments.axes import Axis, Range
from ladder.experiments.design import Quest
from ladder.experiments.search import setup_of
from ladder.experiments.trials import MOST_SEED, MOST_SEEDS, MOST_TRIALS, SAMPLERS, Setup
from ladder.problems import Problem
from ladder.recipe.words import DECIMAL_COMMA
from ladder.ui import locks, membership, notices, service, shared_settings, texts
from ladder.ui.axis_field import values_field, words_chosen
from ladder.ui.axis_words import axis_label, axis_names
from ladder.ui.widgets import chosen, defaulted, valued


def enter() -> None:
    """At a tab's first visit, puts the address's search in view. What the address does not say, or says wrongly, takes
    its usual value."""
    if "quest" in st.session_state:
        return
    found, warnings = design.read_search(st.query_params.to_dict())
    st.session_state.update(quest=found, search_notices=warnings)


def open_kept(name: str) -> None:
    """Puts a search of the database in view. Raises Problem "sweep_unknown" if there is none of this name, and those of
    Jobs.trials."""
    setup = setup_of(service.jobs().results(), name)
    if setup is None:
        raise Problem("sweep_unknown", sweep=name[:80])
    found = Quest(setup, given="" if name == setup.name else name)
    st.session_state.quest = replace(found, n_trials=max(1, len(service.jobs().trials(found))))


def change(n_trials: int | None = None, **values) -> None:
    """Puts the present search with another `n_trials`, or with `values`, fields of Setup by name, in view. The present
    one stays where that is impossible or a locked choice would have another value, and the Problem becomes a notice."""

    def act():
        quest = st.session_state.quest
        setup = replace(quest.setup, **values)
        membership.check_design(_settings(quest.setup), _settings(setup))
        given = quest.given if setup == quest.setup else ""  # the given name belongs to the present setup alone
        st.session_state.quest = Quest(setup, n_trials or quest.n_trials, given)

    notices.attempt_anew("search", act)


def _settings(setup: Setup) -> list[tuple[str, object]]:
    return [*setup.base, *((one.name, one) for one in setup.space)]


def keep_address() -> None:
    """Writes the link of the search in view and the language into the address bar."""
    wanted = {**design.search_query(st.session_state.quest), "lang": texts.language()}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address(base: str) -> str:
    """Returns the link on the page at `base` that describes the search in view, for another visitor."""
    wanted = design.search_query(st.session_state.quest) | texts.in_link()
    return f"{base}?{urlencode(wanted, safe=',;:=-')}"


# --- the sidebar


def sidebar() -> None:
    """Draws the search into the sidebar: the searched settings with their ranges or values, the numbers of trials and
    seeds, the sampler and its seed, and the settings that all trials share. A change that is possible becomes session
    state `quest`."""
    quest = st.session_state.quest
    setup = quest.setup
    names = axis_names(dict(setup.base))
    labels = {name: axis_label(name) for name in (*names, *(one.name for one in setup.space))}
    free = [name for name in labels if locks.is_free(*axes.choices_of(name))]
    with st.sidebar:
        st.multiselect(
            texts.say("search.space"),
            free,
            select_all=False,  # Enter takes one setting
            format_func=labels.get,
            on_change=_apply_space,
            help=texts.hint("search.space_help"),
            **defaulted("search.space", [one.name for one in setup.space if one.name in free]),
        )
        for i, one in enumerate(setup.space):
            if locks.is_drawn(*axes.choices_of(one.name)):
                _place(i, one, labels[one.name])
        st.number_input(
            texts.say("search.trials"),
            1,
            MOST_TRIALS,
            on_change=_apply,
            args=("n_trials",),
            help=texts.hint("search.trials_help"),
            **valued("search.n_trials", quest.n_trials),
        )
        st.number_input(
            texts.say("explore.seeds"),
            1,
            MOST_SEEDS,
            on_change=_apply,
            args=("n_seeds",),
            help=texts.hint("explore.seeds_help"),
            **valued("search.n_seeds", setup.n_seeds),
        )
        st.segmented_control(
            texts.say("search.sampler"),
            list(SAMPLERS),
            on_change=_apply,
            args=("sampler",),
            required=True,
            format_func={name: texts.say(f"search.samplers.{name}") for name in SAMPLERS}.get,
            help=texts.hint("search.sampler_help"),
            **defaulted("search.sampler", setup.sampler),
        )
        st.number_input(
            texts.say("search.draw"),
            0,
            MOST_SEED,
            on_change=_apply,
            args=("seed",),
            help=texts.hint("search.draw_help"),
            **valued("search.seed", setup.seed),
        )
        varied = {one.name for one in setup.space}
        shared_settings.controls(setup.base, varied, names, "search", _apply_base)


def _place(i: int, one: Axis | Range, label: str) -> None:
    """The field of searched setting number `i`, with its range or values. A setting that may have a range has one field
    of text for both."""
    choices = axes.choices_of(one.name)
    if isinstance(one, Axis) and design.suggested_range(one.name, _dataset()) is None:
        rules = locks.rules(None, *choices)
        values_field(label, one, _dataset(), f"search.words.{i}", _apply_words, i, **rules)
        return
    values = isinstance(one, Axis)
    now = ", ".join(word.replace(",", ":") for word in one.words) if values else f"{one.low:g} .. {one.high:g}"
    by_factors = not values and one.by_factors and one.low > 0
    st.text_input(
        label,
        on_change=_apply_range,
        args=(i,),
        **valued(f"search.range.{i}", now),
        **locks.rules(texts.hint("search.range_help_log" if by_factors else "search.range_help"), *choices),
    )


def _dataset() -> str:
    return design.dataset_of(st.session_state.quest.setup.base)


def _apply_space() -> None:
    """Settings that are added begin with a suggested range or values. Those that the field does not offer stay."""
    before = {one.name: one for one in st.session_state.quest.setup.space}
    space, wanted, base = [], chosen("search.space"), st.session_state.quest.setup.base
    for name in locks.with_kept(before, wanted):
        found = before.get(name) or design.suggested_range(name, _dataset())
        space.append(found or axes.axis(name, design.suggested(name, _dataset())))
        base = design.with_task(base, name)
    change(space=tuple(space), base=base)


def _apply_one(i: int, make) -> None:
    space, found = st.session_state.quest.setup.space, []
    notices.attempt_anew("search", lambda: found.append(make(space[i].name)))
    if found:
        change(space=(*space[:i], *found, *space[i + 1 :]))


def _apply_words(i: int) -> None:
    words = chosen(f"search.words.{i}")
    before = st.session_state.quest.setup.space[i]
    known = before.words if isinstance(before, Axis) else ()
    _apply_one(i, lambda name: axes.axis(name, words_chosen(name, known, words)))


def _apply_range(i: int) -> None:
    text = chosen(f"search.range.{i}")
    _apply_one(i, lambda name: axes.axis_of(f"{name}={_values(name, text)}"))


def _values(name: str, text: str) -> str:
    """The typed text without spaces. Raises Problem "decimal_comma_values" for a text such as "0,1", which may mean 0.1
    or the values 0 and 1."""
    if DECIMAL_COMMA.fullmatch(text.strip()) or (".." in text and "," in text):
        point, values = text.replace(",", "."), text.replace(",", ", ")
        raise Problem("decimal_comma_values", name=name, value=text[:40], point=point[:40], values=values[:40])
    return text.replace(" ", "")


def _apply(name: str) -> None:
    change(**{name: chosen(f"search.{name}")})


def _apply_base(base: shared_settings.Base) -> None:
    change(base=base)
