"""The sidebar: every choice as a widget made from its declaration in settings.py, live and structural ones apart."""

from dataclasses import replace

import streamlit as st

from ladder import i18n
from ladder.data import datasets
from ladder.data.datasets import DATASETS
from ladder.recipe import defaults
from ladder.settings import ACTIVATION_NAMES, COMBINATOR_NAMES, PRESETS, Live, Structure, knobs, parse_widths, preset
from ladder.ui import notices, tab, texts
from ladder.ui.fragments import act, part
from ladder.ui.widgets import chosen, indexed, one_two_five, valued

LIVE, STRUCTURE = knobs(Live), knobs(Structure)
CUSTOM = "custom"
TRAINING = "learning_rate", "batch_size", "n_updates", "decay_from", "stop_error"
ABLATION = "lateral", "top_down"
FACTORS = {"÷10": 0.1, "÷2": 0.5, "×2": 2.0, "×10": 10.0}


def sidebar() -> None:
    """Draws all controls of the run in view into the sidebar, each group as a part of the page (fragments.part)."""
    with st.sidebar:
        st.caption(texts.say("page.live_note"), help=texts.say("page.live_help"))
        part("n_labeled", lambda: (tab.recipe().structure.dataset, tab.live().n_labeled), _budget)
        part("preset", lambda: _preset_of(tab.live()), _preset)
        part("noise_std", lambda: tab.live().noise_std, _noise)
        part("lambdas", lambda: tab.live().lambdas, _lambdas)
        part("training", lambda: [getattr(tab.live(), name) for name in TRAINING], _training)
        part("ablation", lambda: [getattr(tab.live(), name) for name in ABLATION], _ablation)
        part("structure", lambda: tab.recipe().structure, _structure)


def _layer_names() -> list[str]:
    top = tab.recipe().structure.n_layers
    places = ["input", *["hidden"] * (top - 1), "top"]
    return [texts.say(f"page.layer.{place}", l=l) for l, place in enumerate(places)]


def _label(name: str) -> str:
    return texts.say(f"knob.{name}.label")


def _help(name: str, value=None) -> str:
    """The help of the choice `name`: meaning and formula, range, moment of effect, and the value in force."""
    words = [texts.say(f"knob.{name}.help")]
    knob = LIVE.get(name) or STRUCTURE.get(name)
    if knob and knob.low is not None and knob.kind is not bool:
        words.append(texts.say("page.range", **knob.limits))
    words.append(texts.say("page.effect_new" if name in STRUCTURE else "page.effect_live"))
    if value is not None:
        words.append(texts.say("page.value", value=value))
    return "\n\n".join(words)


def _preset_of(live: Live) -> str:
    n_layers = len(live.lambdas) - 1
    return next((name for name in PRESETS if preset(live, name, n_layers) == live), CUSTOM)


def _apply_live(name: str, l: int | None = None) -> None:
    """The value of the widget of `name`, or of its layer `l`, becomes the run's choice. Nothing else is sent: while a
    visitor drags, a widget that follows (a layer's noise, the preset) may still hold an older value."""
    value = chosen(f"live.{name}" if l is None else f"live.{name}.{l}")
    if l is not None:
        value = tuple(value if i == l else one for i, one in enumerate(getattr(tab.live(), name)))
    tab.change({name: value})


def _apply_noise_all() -> None:
    tab.change({"noise_std": (chosen("noise_all"),) * len(tab.live().noise_std)})


def _apply_preset() -> None:
    if chosen("preset") != CUSTOM:
        live = tab.live()
        wanted = preset(live, chosen("preset"), len(live.lambdas) - 1)
        tab.change({"lambdas": wanted.lambdas, "noise_std": wanted.noise_std})


def _scale(factor: float) -> None:
    tab.change({"lambdas": tuple(float(f"{weight * factor:.6g}") for weight in tab.live().lambdas)})


def _steps(knob, *values: float) -> list[float]:
    """1-2-5 steps over a logarithmic knob's range, with the values in use among them; 0 first where it may be 0."""
    return sorted(one_two_five(knob) | set(values) | ({0.0} if knob.per_layer else set()))


def _budget() -> None:
    dataset, live = tab.recipe().structure.dataset, tab.live()
    st.select_slider(
        _label("n_labeled"),
        sorted({*defaults.label_budgets(dataset, DATASETS[dataset].n_train), live.n_labeled}),
        on_change=act,
        args=("n_labeled", _apply_live, "n_labeled"),
        help=_help("n_labeled", live.n_labeled),
        **valued("live.n_labeled", live.n_labeled),
    )


def _preset() -> None:
    st.selectbox(
        _label("preset"),
        [CUSTOM, *PRESETS],
        format_func=i18n.texts("preset", texts.language()).get,
        on_change=act,
        args=("preset", _apply_preset),
        help=_help("preset"),
        **indexed("preset", _preset_of(tab.live()), [CUSTOM, *PRESETS]),
    )


def _noise() -> None:
    """One slider for all layers, or one for each layer. Never both: moved quickly, each would overwrite the other."""
    knob, now = LIVE["noise_std"], tab.live().noise_std
    common = {
        "min_value": knob.low,
        "max_value": knob.high,
        "step": knob.step,
        "on_change": act,
        "help": _help("noise_std", ", ".join(f"{std:g}" for std in now)),
    }
    if not st.session_state.get("noise_each"):
        label = _label("noise_std") if len(set(now)) == 1 else texts.say("page.noise_differs")
        st.slider(label, args=("noise_std", _apply_noise_all), **valued("noise_all", max(now)), **common)
    if st.toggle(texts.say("page.noise_each"), key="noise_each", help=texts.say("page.noise_each_help")):
        for l, name in enumerate(_layer_names()):
            own = valued(f"live.noise_std.{l}", now[l])
            st.slider(f"σ · {name}", args=("noise_std", _apply_live, "noise_std", l), **own, **common)


def _lambdas() -> None:
    now = tab.live().lambdas
    with st.expander(_label("lambdas"), expanded=True):
        for l, name in enumerate(_layer_names()):
            st.select_slider(
                f"λ · {name}",
                _steps(LIVE["lambdas"], now[l]),
                format_func=lambda w: f"{w:g}",
                on_change=act,
                args=("lambdas", _apply_live, "lambdas", l),
                help=_help("lambdas", f"{now[l]:g}"),
                **valued(f"live.lambdas.{l}", now[l]),
            )
        st.caption(texts.say("page.scale_all"), help=texts.say("page.scale_all_help"))
        knob = LIVE["lambdas"]
        with st.container(horizontal=True, gap="xsmall"):
            for sign, factor in FACTORS.items():
                fits = all(w == 0 or knob.low <= w * factor <= knob.high for w in now)
                own = {"on_click": act, "args": ("lambdas", _scale, factor), "disabled": not fits}
                st.button(sign, key=f"scale.{sign}", **own)


def _training() -> None:
    live = tab.live()
    with st.expander(texts.say("page.training")):
        rate, *others = TRAINING
        st.select_slider(
            _label(rate),
            _steps(LIVE[rate], live.learning_rate),
            format_func=lambda rate: f"{rate:g}",
            on_change=act,
            args=("training", _apply_live, rate),
            help=_help(rate),
            **valued(f"live.{rate}", live.learning_rate),
        )
        for name in others:
            knob = LIVE[name]
            st.number_input(
                _label(name),
                knob.kind(knob.low),
                knob.kind(knob.high),
                step=knob.kind(knob.step),
                on_change=act,
                args=("training", _apply_live, name),
                help=_help(name),
                format="%.3f" if knob.kind is float else None,
                **valued(f"live.{name}", knob.kind(getattr(live, name))),
            )


def _ablation() -> None:
    now = {name: getattr(tab.live(), name) for name in ABLATION}
    with st.expander(texts.say("page.ablation"), expanded=not all(now.values())):
        for name, value in now.items():
            own = valued(f"live.{name}", value)
            st.toggle(_label(name), on_change=act, args=("ablation", _apply_live, name), help=_help(name), **own)


def _structure() -> None:
    structure = tab.recipe().structure
    info = DATASETS[structure.dataset]
    st.subheader(texts.say("page.structure"), help=texts.say("page.structure_help"), divider="gray")

    def common(name: str) -> dict:
        return {"on_change": act, "args": ("structure", _apply_structure, name), "help": _help(name)}

    st.selectbox(
        _label("dataset"),
        list(DATASETS),
        format_func={name: _dataset_name(name) for name in DATASETS}.get,
        **common("dataset") | {"help": f"{texts.say(f'dataset.{structure.dataset}.about')}\n\n{_help('dataset')}"},
        **indexed("structure.dataset", structure.dataset, DATASETS),
    )
    if info.generated:
        knob = STRUCTURE["data_noise"]
        now = valued("structure.data_noise", structure.data_noise)
        st.slider(_label("data_noise"), knob.low, knob.high, step=knob.step, **now, **common("data_noise"))
    now = valued("structure.widths", "-".join(map(str, structure.widths)))
    st.text_input(_label("widths"), **now, **common("widths"))
    for name, options in (("combinator", COMBINATOR_NAMES), ("activation", ACTIVATION_NAMES)):
        now = indexed(f"structure.{name}", getattr(structure, name), options)
        words = i18n.texts(name, texts.language())
        st.selectbox(_label(name), options, format_func=words.get, **now, **common(name))
    for column, name in zip(st.columns(2), ("weight_seed", "label_seed"), strict=True):
        knob, now = STRUCTURE[name], valued(f"structure.{name}", getattr(structure, name))
        column.number_input(_label(name), knob.low, knob.high, step=knob.step, **now, **common(name))


def _dataset_name(name: str) -> str:
    missing = "" if datasets.available(name) else f" · {texts.say('page.missing')}"
    return texts.say(f"dataset.{name}.label") + missing


def _apply_structure(name: str) -> None:
    """A new run with this structural widget's value. An impossible value becomes a notice and changes nothing."""

    notices.close_notices("live")

    def act():
        value = chosen(f"structure.{name}")
        value = parse_widths(value) if name == "widths" else value
        tab.restructure(replace(tab.recipe().structure, **{name: value}))

    notices.attempt("live", act)
