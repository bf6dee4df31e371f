"""The sidebar: every choice as a widget made from its declaration in settings.py, live and structural ones apart."""

from dataclasses import replace

import streamlit as st

from ladder import datasets, i18n
from ladder.datasets import DATASETS
from ladder.settings import ACTIVATION_NAMES, COMBINATOR_NAMES, PRESETS, Live, Structure, knobs, parse_widths, preset
from ladder.ui import visit
from ladder.ui.held import chosen, indexed, valued

LIVE, STRUCTURE = knobs(Live), knobs(Structure)
CUSTOM = "custom"
FACTORS = {"÷10": 0.1, "÷2": 0.5, "×2": 2.0, "×10": 10.0}


def sidebar() -> None:
    """All controls of the run in view."""
    recipe = visit.recipe()
    info, live = DATASETS[recipe.structure.dataset], visit.live()
    names = [visit.say(f"page.layer.{_place(l, recipe)}", l=l) for l in range(len(live.lambdas))]
    with st.sidebar:
        st.caption(visit.say("page.live_note"), help=visit.say("page.live_help"))
        _budget(info, live)
        st.selectbox(
            _label("preset"), [CUSTOM, *PRESETS], format_func=i18n.texts("preset", visit.language()).get,
            on_change=_apply_preset, help=_help("preset"), **indexed("preset", _preset_of(live), [CUSTOM, *PRESETS]),
        )  # fmt: skip
        _noise(live, names)
        _lambdas(live, names)
        _training(live)
        _structure(recipe.structure, info)


def _place(l: int, recipe) -> str:
    return "input" if l == 0 else "top" if l == recipe.structure.n_layers else "hidden"


def _label(name: str) -> str:
    return visit.say(f"knob.{name}.label")


def _help(name: str, value=None) -> str:
    """Meaning and formula, the range, the moment of effect, and the value in force."""
    words = [visit.say(f"knob.{name}.help")]
    knob = LIVE.get(name) or STRUCTURE.get(name)
    if knob and knob.low is not None and knob.kind is not bool:
        words.append(visit.say("page.range", low=f"{knob.low:g}", high=f"{knob.high:g}"))
    words.append(visit.say("page.effect_new" if name in STRUCTURE else "page.effect_live"))
    if value is not None:
        words.append(visit.say("page.value", value=value))
    return "\n\n".join(words)


def _preset_of(live: Live) -> str:
    n_layers = len(live.lambdas) - 1
    return next((name for name in PRESETS if preset(live, name, n_layers) == live), CUSTOM)


def _apply_live(name: str, l: int | None = None) -> None:
    """One live widget's value becomes the run's choice. The others' are left out: while a visitor drags, a widget that
    follows (a layer's noise, the preset) may still hold what was true a moment ago."""
    live = visit.live()
    value = chosen(f"live.{name}" if l is None else f"live.{name}.{l}")
    if l is not None:
        value = tuple(value if i == l else one for i, one in enumerate(getattr(live, name)))
    visit.attempt(lambda: visit.change(replace(live, **{name: value})))


def _apply_noise_all() -> None:
    live = visit.live()
    visit.change(replace(live, noise_std=(chosen("noise_all"),) * len(live.noise_std)))


def _apply_preset() -> None:
    if chosen("preset") != CUSTOM:
        live = visit.live()
        visit.change(preset(live, chosen("preset"), len(live.lambdas) - 1))


def _scale(factor: float) -> None:
    live = visit.live()
    visit.attempt(lambda: visit.change(replace(live, lambdas=tuple(w * factor for w in live.lambdas))))


def _steps(knob, *values: float) -> list[float]:
    """1-2-5 steps over a logarithmic knob's range, with the values in use among them; 0 first where it may be 0."""
    steps = {float(f"{m}e{e}") for e in range(-6, 7) for m in (1, 2, 5)}
    inside = {step for step in steps if knob.low <= step <= knob.high}
    return sorted(inside | set(values) | ({0.0} if knob.per_layer else set()))


def _budget(info, live: Live) -> None:
    n = len(info.class_names)
    budgets = {n * k for k in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500) if n * k < info.n_train}
    st.select_slider(
        _label("n_labeled"), sorted(budgets | {info.n_train, live.n_labeled}), on_change=_apply_live,
        args=("n_labeled",), help=_help("n_labeled", live.n_labeled), **valued("live.n_labeled", live.n_labeled),
    )  # fmt: skip


def _noise(live: Live, names: list[str]) -> None:
    """One slider for all layers, or one for each, never both: each would overwrite the other under a fast hand."""
    knob = LIVE["noise_std"]
    shape = {"min_value": knob.low, "max_value": knob.high, "step": knob.step}
    help_text = _help("noise_std", ", ".join(f"{std:g}" for std in live.noise_std))
    if not st.session_state.get("noise_each"):
        even = len(set(live.noise_std)) == 1
        label = _label("noise_std") if even else visit.say("page.noise_differs")
        now = valued("noise_all", max(live.noise_std))
        st.slider(label, on_change=_apply_noise_all, help=help_text, **now, **shape)
    if st.toggle(visit.say("page.noise_each"), key="noise_each", help=visit.say("page.noise_each_help")):
        for l, name in enumerate(names):
            now = valued(f"live.noise_std.{l}", live.noise_std[l])
            st.slider(f"σ · {name}", on_change=_apply_live, args=("noise_std", l), help=help_text, **now, **shape)


def _lambdas(live: Live, names: list[str]) -> None:
    with st.expander(_label("lambdas"), expanded=True):
        for l, name in enumerate(names):
            st.select_slider(
                f"λ · {name}", _steps(LIVE["lambdas"], live.lambdas[l]), format_func=lambda w: f"{w:g}",
                on_change=_apply_live, args=("lambdas", l), help=_help("lambdas", f"{live.lambdas[l]:g}"),
                **valued(f"live.lambdas.{l}", live.lambdas[l]),
            )  # fmt: skip
        st.caption(visit.say("page.scale_all"), help=visit.say("page.scale_all_help"))
        knob = LIVE["lambdas"]
        with st.container(horizontal=True, gap="xsmall"):
            for sign, factor in FACTORS.items():
                fits = all(w == 0 or knob.low <= w * factor <= knob.high for w in live.lambdas)
                st.button(sign, key=f"scale.{sign}", on_click=_scale, args=(factor,), disabled=not fits)


def _training(live: Live) -> None:
    with st.expander(visit.say("page.training")):
        st.select_slider(
            _label("learning_rate"), _steps(LIVE["learning_rate"], live.learning_rate),
            format_func=lambda rate: f"{rate:g}", on_change=_apply_live, args=("learning_rate",),
            help=_help("learning_rate"), **valued("live.learning_rate", live.learning_rate),
        )  # fmt: skip
        for name in ("batch_size", "n_updates", "decay_from", "stop_error"):
            knob = LIVE[name]
            st.number_input(
                _label(name), knob.kind(knob.low), knob.kind(knob.high), step=knob.kind(knob.step),
                on_change=_apply_live, args=(name,), help=_help(name), format="%.3f" if knob.kind is float else None,
                **valued(f"live.{name}", knob.kind(getattr(live, name))),
            )  # fmt: skip
    with st.expander(visit.say("page.ablation"), expanded=not (live.lateral and live.top_down)):
        for name in ("lateral", "top_down"):
            now = valued(f"live.{name}", getattr(live, name))
            st.toggle(_label(name), on_change=_apply_live, args=(name,), help=_help(name), **now)


def _structure(structure: Structure, info) -> None:
    st.subheader(visit.say("page.structure"), help=visit.say("page.structure_help"), divider="gray")

    def common(name: str) -> dict:
        return {"on_change": _apply_structure, "args": (name,), "help": _help(name)}

    st.selectbox(
        _label("dataset"), list(DATASETS), format_func={name: _dataset_name(name) for name in DATASETS}.get,
        **common("dataset") | {"help": f"{visit.say(f'dataset.{structure.dataset}.about')}\n\n{_help('dataset')}"},
        **indexed("structure.dataset", structure.dataset, DATASETS),
    )  # fmt: skip
    if info.generated:
        knob = STRUCTURE["data_noise"]
        now = valued("structure.data_noise", structure.data_noise)
        st.slider(_label("data_noise"), knob.low, knob.high, step=knob.step, **now, **common("data_noise"))
    now = valued("structure.widths", "-".join(map(str, structure.widths)))
    st.text_input(_label("widths"), **now, **common("widths"))
    for name, options in (("combinator", COMBINATOR_NAMES), ("activation", ACTIVATION_NAMES)):
        now = indexed(f"structure.{name}", getattr(structure, name), options)
        words = i18n.texts(name, visit.language())
        st.selectbox(_label(name), options, format_func=words.get, **now, **common(name))
    for column, name in zip(st.columns(2), ("weight_seed", "label_seed"), strict=True):
        knob, now = STRUCTURE[name], valued(f"structure.{name}", getattr(structure, name))
        column.number_input(_label(name), knob.low, knob.high, step=knob.step, **now, **common(name))


def _dataset_name(name: str) -> str:
    missing = "" if datasets.available(name) else f" · {visit.say('page.missing')}"
    return visit.say(f"dataset.{name}.label") + missing


def _apply_structure(name: str) -> None:
    """A new run with this structural widget's value; an impossible one is named and nothing is lost."""

    visit.close_notices()

    def act():
        value = chosen(f"structure.{name}")
        value = parse_widths(value) if name == "widths" else value
        visit.restructure(replace(visit.recipe().structure, **{name: value}))

    visit.attempt(act)
