"""The labels of a sweep's axes and of their values, in the visitor's language."""

from collections.abc import Mapping

from ladder import i18n
from ladder.experiments import axes, design
from ladder.ui import texts

FLAGS = ("0", "1")  # the words of a switch, where it has one value for all layers
FIRST_AXES = (
    "noise_std",
    "lambdas.scale",
    "lambdas.0",
    "lambdas.top",
    "labels",
    "learning_rate",
    "widths",
    "depth",
    "combinator",
    "variant",
    "preset",
    "model",
    "batch_size",
    "updates",
)


def axis_label(name: str) -> str:
    """Returns the label of an axis, given by its public name."""
    return i18n.choice(name, texts.language())


def word_label(name: str, word: str) -> str:
    """Returns the label of the value `word` of the axis `name`. A word without a label in the catalogue is returned as
    it is, with colons between the values of layers."""
    knob = axes.knob_named(name)
    if name in ("model", "dataset"):
        kind = "contestant" if name == "model" else "dataset"
        return _text(f"{kind}.{word}.label", word)
    if name in ("variant", "preset", "combinator", "activation"):
        return _text(f"{name}.{word}", word)
    if knob and knob.kind is bool and word in FLAGS:
        return texts.say("live.on" if word == "1" else "live.off")
    if knob and knob.choices:
        return _text(f"choice.{word}", word)
    return word.replace(",", ":")


def _text(key: str, otherwise: str) -> str:
    return texts.say(key) if key in i18n.catalogue() else otherwise


def listed(name: str) -> bool:
    """Returns whether the axis `name` takes listed values only, so that none can be typed."""
    knob = axes.knob_named(name)
    return name in ("model", "variant", "preset", "depth") or bool(knob and (knob.choices or knob.kind is bool))


def axis_names(words: dict[str, str]) -> list[str]:
    """Returns the names of all axes of the network that `words` (choice -> word) describe, the usual ones first."""
    return [*FIRST_AXES, *(n for n in (*axes.NAMES, *design.level_names(words)) if n not in FIRST_AXES)]


def basis(interval: Mapping) -> str:
    """Returns a sentence on an interval (as in `percent`): over how many seeds `n` it is taken, or why its ends are
    None."""
    n = interval["n"]
    return texts.say(f"explore.basis.{'interval' if interval['low'] is not None else 'equal' if n > 1 else 'one'}", n=n)


def percent(interval: Mapping) -> str:
    """Returns an error's mean and 95 % interval in per cent, such as "4.2 % [3.1, 5.6]", without the interval where
    there is none, and "–" where there is no mean. `interval`: {"mean", "low", "high"} as fractions or None, as in
    summaries.summarise or an Interval's _asdict()."""
    if interval["mean"] is None:
        return "–"
    ends = "" if interval["low"] is None else f" [{100 * interval['low']:.1f}, {100 * interval['high']:.1f}]"
    return texts.percent(interval["mean"]) + ends
