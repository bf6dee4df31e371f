"""What the sliders of the live panel are made from: the choices that a class moves while it watches.

They go over the live channel (live/controls.js) and need no run of the script. Every other choice is a widget of
Streamlit's (controls.py), as it is chosen before a run or seldom.
"""

from typing import TypedDict

from ladder import i18n
from ladder.data.protocol import most_labels
from ladder.recipe import defaults
from ladder.settings import Live, Structure, knobs
from ladder.teaching.room import Lead
from ladder.ui import texts
from ladder.ui.widgets import one_two_five

FACTORS = (("÷10", 0.1), ("÷2", 0.5), ("×2", 2.0), ("×10", 10.0))


class Sliders(TypedDict):
    """One choice, with a slider for it or for each layer. `steps`: the values that a slider offers, rising. `usual`:
    the default, a value or one for each layer. `digits`: decimals that are shown, None for as many as a value has.
    `hidden`: whether the teacher of a class has put the slider away. `locked`: why nobody can move it, "" where it
    can be moved."""

    label: str
    help: str
    symbol: str
    steps: list[float]
    usual: float | tuple[float, ...]
    digits: int | None
    hidden: bool
    locked: str


class Stage(TypedDict):
    """All sliders, with their words in one language. `low`, `high`: the range of a weight that is not 0. `factors`: the
    buttons that multiply all weights, (text, number)."""

    n_labeled: Sliders
    noise_std: Sliders
    lambdas: Sliders
    low: float
    high: float
    factors: tuple[tuple[str, float], ...]
    texts: dict[str, str]


def stage(structure: Structure, language: str, lead: Lead) -> Stage:
    """Returns the sliders of a run of `structure`, in `language`. `lead`: what the teacher of a class has set."""
    choices, usual = knobs(Live), defaults.default_live(structure)
    noise, weight = choices["noise_std"], choices["lambdas"]
    assert noise.step is not None and noise.high is not None and weight.low is not None and weight.high is not None
    budgets = defaults.label_budgets(structure, most_labels(structure))
    stds = [round(noise.step * k, 2) for k in range(round(noise.high / noise.step) + 1)]

    def sliders(name: str, symbol: str, steps: list[float], digits: int | None) -> Sliders:
        return {
            "label": texts.label(name, language),
            "help": texts.explained(name, language),
            "symbol": symbol,
            "steps": steps,
            "usual": getattr(usual, name),
            "digits": digits,
            "hidden": name in lead.hidden,
            "locked": texts.why_locked(name, language) if name in lead.locked else "",
        }

    return {
        "n_labeled": sliders("n_labeled", "", [float(n) for n in budgets], None),
        "noise_std": sliders("noise_std", "σ", stds, 2),
        "lambdas": sliders("lambdas", "λ", [0.0, *sorted(one_two_five(weight))], None),
        "low": weight.low,
        "high": weight.high,
        "factors": FACTORS,
        "texts": i18n.texts("stage", language),
    }
