"""The sidebar of the live page: the choices that a class does not move while it watches, each as a widget made from its
declaration in settings.py. Labels, noise and weights are sliders of the live panel (live/controls.js)."""

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from ladder import i18n
from ladder.data.datasets import DATASETS
from ladder.data.protocol import for_dataset
from ladder.recipe.defaults import default_live
from ladder.recipe.links import LIVE_KEYS
from ladder.recipe.words import write
from ladder.settings import (
    ACTIVATION_NAMES,
    COMBINATOR_NAMES,
    OF_PRESETS,
    PRESETS,
    Live,
    Structure,
    knobs,
    parse_widths,
    preset,
)
from ladder.ui import notices, tab, texts
from ladder.ui.dataset_choice import dataset_choice
from ladder.ui.fragments import act, part
from ladder.ui.locks import is_drawn, rules
from ladder.ui.rows_choice import rows_choice
from ladder.ui.widgets import chosen, indexed, one_two_five, valued

LIVE, STRUCTURE = knobs(Live), knobs(Structure)
CUSTOM = "custom"
TRAINING = "learning_rate", "batch_size", "n_updates", "decay_from", "stop_error"
ABLATION = "lateral", "top_down"
SEEDS = "weight_seed", "label_seed"


def sidebar() -> None:
    """Draws all controls of the run in view into the sidebar, each group as a part of the page (fragments.part). Those
    that the teacher of a class has put away are not drawn, and those that are locked take no value."""
    with st.sidebar:
        part("unusual", lambda: (tab.recipe().structure, tab.live()), _unusual)
        st.caption(texts.say("page.live_note"), help=texts.hint("page.live_help"))
        part("preset", lambda: _preset_of(tab.live()), _preset)
        part("training", lambda: _choices(TRAINING), _training)
        part("ablation", lambda: _choices(ABLATION), _ablation)
        part("structure", lambda: tab.recipe().structure, _structure)


def _choices(names: Iterable[str]) -> dict[str, object]:
    """Returns those live choices of the run in view, by name."""
    live = tab.live()
    return {name: getattr(live, name) for name in names}


def _unusual(now: tuple[Structure, Live]) -> None:
    """Draws the settings that are not at their default, each with a button that puts it back; seeds have none."""
    structure, live = now
    usual = {**vars(Structure()), **vars(default_live(structure))}
    found = {**vars(structure), **vars(live)}
    names = [name for name, value in found.items() if value != usual[name] and name not in SEEDS and is_drawn(name)]
    if not names:
        st.caption(texts.say("page.all_usual"))
        return
    with st.expander(texts.say("page.unusual", n=len(names))):
        for name in names:
            knob = (LIVE | STRUCTURE)[name]
            words = {"label": _label(name), "now": write(knob, found[name]), "usual": write(knob, usual[name])}
            effect = texts.say(f"page.effect_{'live' if name in LIVE else 'new'}")
            st.button(
                texts.say("page.put_back", **words),
                icon=":material/settings_backup_restore:",
                key=f"unusual.{name}",
                on_click=act,
                args=("unusual", _put_back, name),
                **rules(texts.hint("page.put_back_help", effect=effect), name),
            )


def _put_back(name: str) -> None:
    """The choice `name` of the run in view takes its default, one of the structure in a new run."""
    structure = tab.recipe().structure
    if name in STRUCTURE:
        tab.restructure(replace(structure, **{name: getattr(Structure(), name)}))
    else:
        tab.change({name: getattr(default_live(structure), name)})


def _label(name: str) -> str:
    return texts.label(name, texts.language())


def _help(name: str) -> str:
    return texts.linked(texts.explained(name, texts.language()))


def _preset_of(live: Live) -> str:
    n_layers = len(live.lambdas) - 1
    return next((name for name in PRESETS if preset(live, name, n_layers) == live), CUSTOM)


def _apply_live(name: str) -> None:
    """The value of the widget of `name` becomes the run's choice. Nothing else is sent: another widget may still hold
    an older value."""
    tab.change({name: chosen(f"live.{name}")})


def _apply_preset() -> None:
    if chosen("preset") != CUSTOM:
        live = tab.live()
        wanted = preset(live, chosen("preset"), len(live.lambdas) - 1)
        tab.change({"lambdas": wanted.lambdas, "noise_std": wanted.noise_std})


def _steps(knob, value: float) -> list[float]:
    """1-2-5 steps over a logarithmic knob's range, with the value in use among them."""
    return sorted(one_two_five(knob) | {value})


def _preset(now: str) -> None:
    if not is_drawn(*OF_PRESETS):
        return
    st.selectbox(
        _label("preset"),
        [CUSTOM, *PRESETS],
        format_func=i18n.texts("preset", texts.language()).get,
        on_change=act,
        args=("preset", _apply_preset),
        **rules(_help("preset"), *OF_PRESETS),
        **indexed("preset", now, [CUSTOM, *PRESETS]),
    )


def _training(now: dict[str, object]) -> None:
    rate, *others = TRAINING
    with st.expander(texts.say("page.training")):
        if is_drawn(rate):
            st.select_slider(
                _label(rate),
                _steps(LIVE[rate], now[rate]),
                format_func=lambda rate: f"{rate:g}",
                on_change=act,
                args=("training", _apply_live, rate),
                **rules(_help(rate), rate),
                **valued(f"live.{rate}", now[rate]),
            )
        for name in filter(is_drawn, others):
            knob = LIVE[name]
            st.number_input(
                _label(name),
                knob.kind(knob.low),
                knob.kind(knob.high),
                step=knob.kind(knob.step),
                on_change=act,
                args=("training", _apply_live, name),
                **rules(_help(name), name),
                format="%.3f" if knob.kind is float else None,
                **valued(f"live.{name}", knob.kind(now[name])),
            )


def _ablation(now: dict[str, tuple[int, ...]]) -> None:
    """Draws a toggle for each signal that g sees. It is off unless all layers are on, and moves all of them."""
    drawn = {name: layers for name, layers in now.items() if is_drawn(name)}
    if not drawn:
        return
    with st.expander(texts.say("page.ablation"), expanded=not all(map(all, drawn.values()))):
        for name, layers in drawn.items():
            own = valued(f"live.{name}", all(layers))
            st.toggle(
                _label(name),
                on_change=act,
                args=("ablation", _apply_switch, name),
                **rules(_of_layers(name, len(layers)), name),
                **own,
            )
            if len(set(layers)) > 1:
                off = texts.say("live.comma").join(str(l) for l, on in enumerate(layers) if not on)
                st.caption(texts.say("page.layers_differ", layers=off))


def _of_layers(name: str, n: int) -> str:
    """Returns the help of a switch of `n` layers, with the way to set them one by one."""
    word = f"{LIVE_KEYS[name]}={write(LIVE[name], tuple(l != 1 for l in range(n)))}"
    meaning = texts.explained(name, texts.language())
    return texts.linked(f"{meaning}\n\n{texts.say('page.layers_help', word=word)}")


def _apply_switch(name: str) -> None:
    """All layers take the value to which a person has moved the toggle of `name`. A toggle that shows what the run has
    was replaced at that moment, and changes nothing: where layers differ they would be lost."""
    layers, wanted = getattr(tab.live(), name), chosen(f"live.{name}")
    if wanted != all(layers):
        tab.change({name: (wanted,) * len(layers)})


def _structure(structure: Structure) -> None:
    st.subheader(texts.say("page.structure"), help=texts.hint("page.structure_help"), divider="gray")

    def common(name: str) -> dict:
        return {"on_change": act, "args": ("structure", _apply_structure, name), **rules(_help(name), name)}

    if is_drawn("dataset"):
        dataset_choice("structure.dataset", structure.dataset, **common("dataset"))
    if is_drawn("data_noise") and DATASETS[structure.dataset].generated:
        knob = STRUCTURE["data_noise"]
        now = valued("structure.data_noise", structure.data_noise)
        st.slider(_label("data_noise"), knob.low, knob.high, step=knob.step, **now, **common("data_noise"))
    if is_drawn("widths"):
        now = valued("structure.widths", "-".join(map(str, structure.widths)))
        st.text_input(_label("widths"), **now, **common("widths"))
    choices = {"combinator": COMBINATOR_NAMES, "activation": ACTIVATION_NAMES}
    for name in filter(is_drawn, choices):
        options = choices[name]
        now = indexed(f"structure.{name}", getattr(structure, name), options)
        words = i18n.texts(name, texts.language())
        st.selectbox(_label(name), options, format_func=words.get, **now, **common(name))
    rows_choice("structure", structure, common)
    for column, name in zip(st.columns(2), filter(is_drawn, SEEDS), strict=False):
        knob, now = STRUCTURE[name], valued(f"structure.{name}", getattr(structure, name))
        column.number_input(_label(name), knob.low, knob.high, step=knob.step, **now, **common(name))


def _apply_structure(name: str) -> None:
    """A new run with this structural widget's value. An impossible value becomes a notice and changes nothing."""
    notices.close_notices("live")

    def act():
        value = chosen(f"structure.{name}")
        value, now = parse_widths(value) if name == "widths" else value, tab.recipe().structure
        tab.restructure(for_dataset(now, value) if name == "dataset" else replace(now, **{name: value}))

    notices.attempt("live", act)
