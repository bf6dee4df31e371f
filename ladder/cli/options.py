"""What the commands share: an option for every choice of settings.py, and the words that were typed for them."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ladder import i18n
from ladder.data import own
from ladder.experiments import axes
from ladder.experiments.validation import Validation
from ladder.problems import Problem
from ladder.recipe.contestants import CONTESTANTS
from ladder.recipe.words import typed, write
from ladder.settings import (
    ACTIVATION_NAMES,
    COMBINATOR_NAMES,
    PER_LAYER,
    PRESETS,
    SWITCHES,
    Knob,
    Live,
    Structure,
    knobs,
)

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = object

MANY = Structure, Live, Validation  # the choices of many runs
NOT_SWEPT = ("weight_seed", "label_seed", "stop_error")  # --seeds sets both seeds, and every run goes to its end
CHOICES = {"activation": ACTIVATION_NAMES, "combinator": COMBINATOR_NAMES}


def add_knobs(
    command: argparse.ArgumentParser, leave_out: tuple[str, ...] = (), classes: tuple[type, ...] = (Structure, Live)
) -> None:
    """Adds an option for every knob of the dataclasses `classes` to a command, but for those named in `leave_out`."""
    for cls in classes:
        for name, knob in knobs(cls).items():
            if name not in leave_out:
                _add(command, name, knob)


def add_model(command: argparse.ArgumentParser) -> None:
    """Adds the options for the model and the preset that all runs of a command have."""
    own = ", ".join(name for name in CONTESTANTS if name in PRESETS)
    model_help = i18n.text("cli.sweeps.model", "en", names=own)
    command.add_argument("--model", choices=list(CONTESTANTS), help=model_help)
    command.add_argument("--preset", choices=list(PRESETS), help=knob_help("preset"))


def _add(command: argparse.ArgumentParser, name: str, knob: Knob) -> None:
    limits = "" if knob.low is None or knob.kind is bool else " {low} to {high}.".format(**knob.limits)
    per_layer = ""
    default = write(knob, knob.default)
    if name in PER_LAYER:
        per_layer = " " + i18n.text("cli.per_layer", "en", example="1:0:1" if name in SWITCHES else "0.3:0.1:0.1")
        default = default if name in SWITCHES else i18n.text("cli.suitable", "en")
    about = f"{knob_help(name)}{limits}{per_layer} (default: {default})"
    if name in CHOICES:
        command.add_argument(option(name), dest=name, help=about, choices=CHOICES[name])
    elif knob.datasets:
        names = f"{{{','.join(knob.choices)},NAME}}"
        command.add_argument(option(name), dest=name, help=about, metavar=names, type=own.called)
    else:
        command.add_argument(option(name), dest=name, help=about, metavar="0|1" if knob.kind is bool else "VALUE")


def knob_help(name: str) -> str:
    """Returns the page's help for a choice, in English, with the % signs doubled for argparse."""
    return i18n.text(f"knob.{name}.help", "en").replace("%", "%%")


def option(name: str) -> str:
    """Returns the option of a knob: "--labels" for n_labeled."""
    return "--" + axes.RENAMED.get(name, name).replace("_", "-")


def given(arguments: argparse.Namespace, names: Iterable[str]) -> dict[str, str]:
    """Returns the words that were typed for the choices in `names`, by name, as they were typed."""
    return {name: str(getattr(arguments, name)) for name in names if getattr(arguments, name, None) is not None}


def shared(arguments: argparse.Namespace) -> dict[str, str]:
    """Returns the words that all runs of a sweep, a search or a comparison share, by name, as axes.cell_of takes them.
    Raises Problem decimal_comma or decimal_comma_layers."""
    own = [name for name in vars(arguments) if axes.RENAMED.get(name, name) in axes.NAMES]
    words = given(arguments, ("model", "preset", *own))
    return {name: typed(name, word, _KNOBS.get(name)) for name, word in words.items()}


def by_option(problem: Problem) -> Problem:
    """Returns the Problem with the option that was typed, where it names a knob; any other Problem as it is."""
    name = problem.values.get("name")
    return Problem(problem.key, **{**problem.values, "name": option(name)}) if name in _KNOBS else problem


_KNOBS: dict[str, Knob] = {name: one for cls in MANY for name, one in knobs(cls).items()}
