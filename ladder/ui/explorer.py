"""One visitor's sweep: what is described in the sidebar, how it is looked at, and the way from a cell to a live run."""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ladder import design as designs
from ladder import i18n, links, sweeps
from ladder import race as races
from ladder.cells import Cell
from ladder.contestants import CONTESTANTS, usual
from ladder.design import LEAST_SEEDS, MOST_SEEDS, Design
from ladder.plans import PLANS
from ladder.problems import Problem
from ladder.race import Race
from ladder.settings import Recipe
from ladder.sweeps import Axis, Point
from ladder.ui import jobs, visit
from ladder.view import View

NONE = "none"
FIRST_AXES = (
    "noise_std", "lambdas.scale", "lambdas.0", "lambdas.top", "labels", "learning_rate", "widths", "depth",
    "combinator", "variant", "preset", "model", "batch_size", "updates",
)  # fmt: skip
KINDS = ("map", "lines", "dots")
MEASURES = ("test_error", "validation_error")
FIRST_UPDATES = 300  # of a cell that is opened as a live run, so that every panel is filled


class Labels(dict):
    """Words as they are shown; one that was typed stands for itself."""

    def __missing__(self, word: str) -> str:
        return word


def enter() -> None:
    """At a tab's first visit: the address's sweep, or the usual one."""
    if "design" in st.session_state:
        return
    params = st.query_params.to_dict()
    found, warnings = designs.read(params)
    kind, measure = params.get("kind"), params.get("measure")
    st.session_state.update(
        design=found, explore_notices=warnings, picked=None, kept=None, explore_filled=None,
        kind=kind if kind in KINDS else None, measure=measure if measure in MEASURES else MEASURES[0],
    )  # fmt: skip
    if "sweep" in params:
        attempt(lambda: open_kept(params["sweep"]))


def attempt(action) -> bool:
    """Do it; a Problem becomes a notice and the controls go back to what is true."""
    try:
        action()
    except Problem as problem:
        st.session_state.explore_notices = [problem]
        st.session_state.explore_filled = None
        return False
    st.session_state.explore_notices = []
    return True


def change(**values) -> None:
    """Another design; the present one stays where this one cannot be run."""

    def act():
        found = replace(st.session_state.design, **values)
        sweeps.name_of(found.points)
        st.session_state.update(design=found, picked=None, kept=None, kind=None)

    attempt(act)


def open_kept(name: str) -> None:
    """Look at a sweep of the database. Problem if there is none of this name."""
    jobs.results().points(name)
    st.session_state.update(kept=name, picked=None, kind=None)


def current() -> tuple[str, list[Point]]:
    """The sweep in view: its name and its runs."""
    if st.session_state.kept:
        return st.session_state.kept, jobs.results().points(st.session_state.kept)
    points = st.session_state.design.points
    return sweeps.name_of(points), points


def keep_address() -> None:
    """The address bar always says what is on the page."""
    state = st.session_state
    wanted = {**designs.query(state.design), "measure": state.measure, "lang": visit.language()}
    wanted |= {"kind": state.kind} if state.kind else {}
    wanted |= {"sweep": state.kept} if state.kept else {}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address(base: str) -> str:
    """The whole link that describes the sweep elsewhere."""
    return f"{base}?{urlencode(designs.query(st.session_state.design), safe=',;:=-')}"


# --- names


def axis_label(name: str) -> str:
    """What an axis is called."""
    field_name, _, level = name.partition(".")
    if level == "scale":
        return visit.say("explore.scale")
    own, knob = f"explore.axis.{field_name}", sweeps.knob_named(name)
    label = visit.say(own if own in i18n.catalogue() else f"knob.{knob.name}.label")
    if not level:
        return label
    return f"{label} · {visit.say('explore.top')}" if level == "top" else f"{label} · l = {level}"


def word_label(name: str, word: str) -> str:
    """What an axis's value is called."""
    knob = sweeps.knob_named(name)
    if name in ("model", "dataset"):
        kind = "contestant" if name == "model" else "dataset"
        return _text(f"{kind}.{word}.label", word)
    if name in ("variant", "preset", "combinator", "activation"):
        return _text(f"{name}.{word}", word)
    if knob and knob.kind is bool:
        return visit.say("live.on" if word == "1" else "live.off")
    if knob and knob.choices:
        return _text(f"choice.{word}", word)
    return word.replace(",", ":")


def _text(key: str, otherwise: str) -> str:
    return visit.say(key) if key in i18n.catalogue() else otherwise


# --- the sidebar


def sidebar() -> None:
    """What varies, how often, and what all runs share."""
    design = st.session_state.design
    _fill(design)
    words = dict(design.base)
    names = [*FIRST_AXES, *(n for n in (*sweeps.NAMES, *designs.level_names(words)) if n not in FIRST_AXES)]
    labels = {name: axis_label(name) for name in names} | {NONE: visit.say("explore.no_axis")}
    with st.sidebar:
        plans = {name: visit.say(f"explore.plans.{name}") for name in PLANS} | {"own": visit.say("explore.own")}
        st.selectbox(
            visit.say("explore.plan"), ["own", *PLANS], key="explore.plan", format_func=plans.get,
            on_change=_apply_plan, help=visit.say("explore.plan_help"),
        )  # fmt: skip
        for a in range(designs.MOST_AXES):
            _axis(a, [NONE, *names] if a else names, labels)
        st.number_input(
            visit.say("explore.seeds"), LEAST_SEEDS, MOST_SEEDS, key="explore.seeds", on_change=_apply_seeds,
            help=visit.say("explore.seeds_help"),
        )  # fmt: skip
        st.subheader(visit.say("explore.shared"), help=visit.say("explore.shared_help"), divider="gray")
        fixable = [name for name in names if name not in {axis.name for axis in design.axes}]
        for name in words:
            if name in fixable:
                _fixed(name, labels[name] if name in labels else axis_label(name))
        st.multiselect(
            visit.say("explore.fixed"), list(dict.fromkeys([*words, *fixable])), key="explore.fixed",
            format_func=lambda name: labels.get(name) or axis_label(name), on_change=_apply_fixed,
            help=visit.say("explore.fixed_help"),
        )  # fmt: skip


def _axis(a: int, names: list[str], labels: dict[str, str]) -> None:
    axes = st.session_state.design.axes
    title = visit.say(f"explore.along.{('across', 'up')[a]}")
    st.selectbox(title, names, key=f"explore.axis.{a}", format_func=labels.get, on_change=_apply_axis, args=(a,))
    if a >= len(axes):
        return
    axis, dataset = axes[a], dict(st.session_state.design.base).get("dataset", "digits")
    options = list(dict.fromkeys([*designs.suggested(axis.name, dataset), *axis.words]))
    st.multiselect(
        visit.say("explore.values", axis=labels.get(axis.name) or axis_label(axis.name)), options,
        key=f"explore.words.{a}", accept_new_options=not _listed(axis.name), label_visibility="collapsed",
        format_func=Labels({word: word_label(axis.name, word) for word in options}).__getitem__,
        on_change=_apply_words, args=(a,),
        placeholder=visit.say("explore.values_placeholder"),
    )  # fmt: skip


def _listed(name: str) -> bool:
    """Whether an axis has no other values than those in the list."""
    knob = sweeps.knob_named(name)
    return name in ("model", "variant", "preset", "depth") or bool(knob and (knob.choices or knob.kind is bool))


def _fixed(name: str, label: str) -> None:
    """A setting that all runs share, as a widget."""
    knob, key = sweeps.knob_named(name), f"explore.fix.{name}"
    help_text = visit.say(f"knob.{knob.name}.help") if knob else None
    common = {"key": key, "on_change": _apply_base, "args": (name,), "help": help_text}
    if _listed(name) and not (knob and knob.kind is bool):
        dataset = dict(st.session_state.design.base).get("dataset", "digits")
        options = tuple(CONTESTANTS) if name == "model" else designs.suggested(name, dataset)
        st.selectbox(label, options, format_func={word: word_label(name, word) for word in options}.get, **common)
    elif knob.kind is bool:
        st.toggle(label, **common)
    elif knob.kind is int and not knob.per_layer:
        st.number_input(label, int(knob.low), int(knob.high), step=10 if knob.high > 1000 else 1, **common)
    else:
        st.text_input(label, **common)


def _fill(design: Design) -> None:
    """Widgets take the design's values when another one comes into view."""
    if st.session_state.get("explore_filled") == design and "explore.plan" in st.session_state:
        return
    axes = [(axis.name, axis.words) for axis in design.axes]
    plan = next((name for name, planned in PLANS.items() if list(planned) == axes), "own")
    values = {"explore.plan": plan, "explore.seeds": design.n_seeds, "explore.fixed": [name for name, _ in design.base]}
    for a in range(designs.MOST_AXES):
        values[f"explore.axis.{a}"] = design.axes[a].name if a < len(axes) else NONE
        values[f"explore.words.{a}"] = list(design.axes[a].words) if a < len(axes) else []
    values |= {f"explore.fix.{name}": _value(name, word) for name, word in design.base}
    st.session_state.update(values, explore_filled=design)


def _value(name: str, word: str):
    """A word as its widget has it."""
    knob = sweeps.knob_named(name)
    if knob and knob.kind is bool:
        return word == "1"
    if knob and knob.kind is int and not knob.per_layer:
        return int(word)
    return word


def _apply_plan() -> None:
    name = st.session_state["explore.plan"]
    if name in PLANS:
        change(axes=tuple(sweeps.axis(*one) for one in PLANS[name]))


def _apply_axis(a: int) -> None:
    design, name = st.session_state.design, st.session_state[f"explore.axis.{a}"]
    if name == NONE:
        change(axes=design.axes[:a])
        return
    dataset = dict(design.base).get("dataset", "digits")

    def act():
        change(axes=(*design.axes[:a], sweeps.axis(name, designs.suggested(name, dataset)), *design.axes[a + 1 :]))

    attempt(act)


def _apply_words(a: int) -> None:
    design, words = st.session_state.design, st.session_state[f"explore.words.{a}"]
    name = design.axes[a].name
    found = {}
    if attempt(lambda: found.update(axis=sweeps.axis(name, _in_order(words)))):
        change(axes=(*design.axes[:a], found["axis"], *design.axes[a + 1 :]))


def _in_order(words: list[str]) -> list[str]:
    """As given, or by size where all are numbers; a value for each layer may have colons."""
    words = list(dict.fromkeys(word.strip().replace(":", ",") for word in words))
    try:
        return sorted(words, key=float)
    except ValueError:
        return words


def _apply_seeds() -> None:
    change(n_seeds=st.session_state["explore.seeds"])


def _apply_base(name: str) -> None:
    design, word = st.session_state.design, links.word(st.session_state[f"explore.fix.{name}"]).strip()
    base = tuple((one, word.replace(":", ",") if one == name else old) for one, old in design.base)
    axes = design.axes
    if name == "dataset":  # label budgets that another data set can have
        axes = tuple(Axis("labels", designs.suggested("labels", word)) if a.name == "labels" else a for a in axes)
        fewest = designs.suggested("labels", word)[1:2] or designs.suggested("labels", word)[:1]
        base = tuple((one, fewest[0] if one == "labels" else old) for one, old in base)
    change(base=base, axes=axes)


def _apply_fixed() -> None:
    """Settings that are fixed from now on begin with their suggested values' middle; others are the default again."""
    design = st.session_state.design
    old, dataset = dict(design.base), dict(design.base).get("dataset", "digits")
    words = {name: old.get(name) or _middle(name, dataset) for name in st.session_state["explore.fixed"]}
    change(base=tuple(words.items()))


def _middle(name: str, dataset: str) -> str:
    options = designs.suggested(name, dataset)
    return options[0] if _listed(name) else options[len(options) // 2]


# --- from a cell to a live run


def live_address(cell: Cell, language: str) -> str:
    """The link that opens a cell's settings: a live ladder, or a comparison for a model that is none."""
    at = min(FIRST_UPDATES, cell.live.n_updates)
    if cell.contestant.family == "ladder":
        recipe = Recipe(cell.structure, cell.live)
        return links.address("./", recipe, View(language=language), at)
    race = Race(cell.structure, cell.live, (cell.contestant, usual("ladder")))
    return f"./compare?{urlencode(races.query(race, language, at), safe=',;!=-')}"
