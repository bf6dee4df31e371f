"""Every choice, declared once: its range, its default, and when it takes effect.

One declaration has five readers: the widget, the link, the command line, the sweep, and the tests that try every choice
(tests/test_settings.py) and look for its texts (tests/test_i18n.py). Two types say when a choice takes effect: a
`Structure` starts a new run from initial weights, a `Live` is used from the next update on and touches no weight. A
`Recipe` is what a run needs to be repeated bit by bit.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TypeVar, cast

from ladder.problems import Problem

COMBINATOR_NAMES = (
    "gauss",
    "gated_gauss",
    "vanilla",
    "vanilla_random",
    "vanilla_reversed",
    "no_sigmoid",
    "no_multiplication",
    "linear",
    "mlp_4",
    "mlp_2_2",
    "mlp_2_2_2",
    "amlp_4",
    "amlp_2_2",
    "amlp_2_2_2",
)
DATASET_NAMES = (
    "digits",
    "moons",
    "circles",
    "blobs",
    "spirals",
    "iris",
    "wine",
    "breast_cancer",
    "mnist",
    "fashion-mnist",
)
_VARIANT = re.compile(r"[a-z0-9_-]+@[0-9a-f]{16}")
_OWN = re.compile(r"own-[0-9a-f]{16}")
ACTIVATION_NAMES = ("relu", "leaky_relu", "tanh")
# Between hidden layers. A checkpoint has nine numbers for each: the weight in the ladder's encoder, in its decoder and
# in the twin, and Adam's two moments of these three.
MAX_WEIGHTS = 2_500_000
MAX_HIDDEN = 6  # 2 to 7 layers with the softmax layer
MAX_CHANGES = 10_000  # of one run, more than a person makes: each is kept, saved and drawn


Default = TypeVar("Default")
Entry = TypeVar("Entry")
Single = bool | int | float | str  # one value of a choice
Value = Single | tuple[Single, ...]  # a tuple for choices with a value for each layer


@dataclass(frozen=True)
class Knob:
    """How one choice may be set: to a number from `low` to `high`, or to one of the names in `choices`. A yes or no has
    the limits 0 and 1.

    `step`: of its control. `log`: controls and searches go through the range by factors; a value for a layer may then
    be 0 too. `per_layer`: its value is a tuple with an entry for each layer. `datasets`: beside the names in `choices`
    it may be the name of a person's own data (is_own), and each name may be followed by what makes it a variant
    (is_variant).
    """

    name: str
    default: Value
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    log: bool = False
    per_layer: bool = False
    datasets: bool = False

    def check(self, value: object) -> Value:
        """Returns `value`, or the value that its word in a link means, in the knob's own type: a tuple for a value per
        layer, else one value.

        Raises Problem bad_list, bad_choice, bad_number or bad_whole, which name the knob.
        """
        if not self.per_layer:
            return self._check_one(value)
        if not isinstance(value, tuple | list):
            raise Problem("bad_list", name=self.name, value=_short(value))
        return tuple(self._check_one(v) for v in value)

    def _check_one(self, value: object) -> Single:
        if self.choices:
            known = base_of(str(value)) if self.datasets and is_variant(value) else value
            if known not in self.choices and not (self.datasets and is_own(known)):
                raise Problem("bad_choice", name=self.name, value=_short(value), choices=", ".join(self.choices))
            return str(value)
        assert self.low is not None and self.high is not None, self.name
        number = _number(value, self.kind)
        zero_of_log = self.log and number == 0 and self.per_layer
        if number is None or not (zero_of_log or self.low <= number <= self.high):
            raise self._refusal(value)
        return self.kind(number)

    def _refusal(self, value: object) -> Problem:
        if self.kind is bool:
            return Problem("bad_choice", name=self.name, value=_short(value), choices="0, 1")
        values = {"name": self.name, "value": _short(value), **self.limits}
        return Problem("bad_whole", **values) if self.kind is int else Problem("bad_number", **values)

    @property
    def limits(self) -> dict[str, str]:
        """Returns `low` and `high` by name, as people write them: 0.00001 and 1000000, not 1e-05 and 1e+06. Only a knob
        for numbers has them."""
        return {name: f"{getattr(self, name):.6f}".rstrip("0").rstrip(".") for name in ("low", "high")}

    @property
    def kind(self) -> type[Single]:
        """Returns the type of one value: bool, int, float or str."""
        sample = self.default[0] if isinstance(self.default, tuple) else self.default
        return type(sample)


def is_variant(name: object) -> bool:
    """Returns whether a dataset's name is that of a variant (data/variants.py): another name, "@" and 16 digits."""
    return isinstance(name, str) and bool(_VARIANT.fullmatch(name))


def is_own(name: object) -> bool:
    """Returns whether a dataset's name is that of a person's own data (data/own.py): "own-" and 16 digits."""
    return isinstance(name, str) and bool(_OWN.fullmatch(name))


def is_base(name: object) -> bool:
    """Returns whether a dataset's name is one of DATASET_NAMES or that of a person's own data, and so no variant's."""
    return name in DATASET_NAMES or is_own(name)


def base_of(name: str) -> str:
    """Returns what the dataset is called from which the variant `name` is made; any other name as it is."""
    return name.partition("@")[0]


def _number(value: object, kind: type[Single]) -> float | None:
    """Returns `value`, or the number that it spells, as a float, or as an int where `kind` is int or bool. Returns None
    where that would change it (2.7 is no int), and for a bool where a number is wanted."""
    if isinstance(value, bool) and kind is not bool:
        return None
    try:
        number = float(cast(str, value)) if kind is float else int(cast(str, value))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isinstance(value, str) or number == value else None


def _short(value: object) -> str:
    """Returns enough of a bad value to recognise it."""
    return str(value)[:40]


def knob(
    default: Default,
    low: float | None = None,
    high: float | None = None,
    *,
    step: float | None = None,
    choices: tuple[str, ...] = (),
    log: bool = False,
    per_layer: bool = False,
    datasets: bool = False,
) -> Default:
    """Returns a dataclass field that carries its Knob. Type checkers take it for the field's default."""
    options = {"low": low, "high": high, "step": step, "choices": choices, "log": log, "per_layer": per_layer}
    options["datasets"] = datasets
    return field(default=default, metadata={"knob": options})


def knobs(cls: type) -> dict[str, Knob]:
    """Returns the Knob of every field of a dataclass of choices (Structure, Live, View, Contestant) by name, in
    declared order."""
    return {f.name: Knob(f.name, cast(Value, f.default), **f.metadata["knob"]) for f in fields(cls)}


@dataclass(frozen=True)
class Structure:
    """Choices that need new initial weights or new data: changing one starts a new run. Raises Problem bad_depth for no
    hidden layer or more than MAX_HIDDEN, too_many_weights for more than MAX_WEIGHTS weights between hidden layers, and
    those of Knob.check."""

    dataset: str = knob("digits", choices=DATASET_NAMES, datasets=True)
    data_noise: float = knob(0.15, 0.0, 0.5, step=0.01)  # std of generated 2-D data's noise, in units of the plane
    widths: tuple[int, ...] = knob((100, 50, 25), 2, 2000, step=1, per_layer=True)  # hidden layers, bottom up
    activation: str = knob("relu", choices=ACTIVATION_NAMES)
    combinator: str = knob("gauss", choices=COMBINATOR_NAMES)
    weight_seed: int = knob(0, 0, 9999, step=1)  # initial weights, noise and order of the batches
    label_seed: int = knob(0, 0, 9999, step=1)  # which samples keep their label
    # What of the data a run may use (data/protocol.py). At their defaults: every row, every class, and true labels.
    n_unlabeled: int = knob(0, 0, 1_000_000, step=10)  # training rows in use, the labelled ones among them; 0: all
    known_classes: int = knob(0, 0, 1000, step=1)  # the first so many classes are the task; 0: all
    foreign_share: float = knob(0.0, 0.0, 1.0, step=0.05)  # of the rows without label, from the other classes
    label_noise: float = knob(0.0, 0.0, 1.0, step=0.05)  # share of the labelled rows that get another class
    shuffled_labels: bool = knob(False, 0, 1)  # whether the labelled rows' labels change places, as a control

    def __post_init__(self) -> None:
        check_fields(self)
        if not 1 <= len(self.widths) <= MAX_HIDDEN:
            raise Problem("bad_depth", n_hidden=len(self.widths), high=MAX_HIDDEN)
        n_weights = sum(below * above for below, above in itertools.pairwise(self.widths))
        if n_weights > MAX_WEIGHTS:
            raise Problem("too_many_weights", n=f"{n_weights:,}", high=f"{MAX_WEIGHTS:,}")

    @property
    def quick(self) -> bool:
        """Returns whether training/fast.py has the gradients of these choices. Automatic differentiation has those of
        all choices."""
        return self.combinator == "gauss" and self.activation in ("relu", "leaky_relu")

    @property
    def n_layers(self) -> int:
        """Returns L: hidden layers plus the softmax layer. Costs, noise and lambdas have L + 1 entries, with the
        input."""
        return len(self.widths) + 1


@dataclass(frozen=True)
class Live:
    """Choices that the running training takes at its next update. Tuples run from the input (l = 0) to the top (L).
    Raises Problem as Knob.check does."""

    noise_std: tuple[float, ...] = knob((0.3,) * 5, 0.0, 1.0, step=0.01, per_layer=True)
    lambdas: tuple[float, ...] = knob((1000.0, 10.0, 0.1, 0.1, 0.1), 1e-3, 1e4, log=True, per_layer=True)
    lateral: tuple[bool, ...] = knob((True,) * 5, 0, 1, per_layer=True)  # off: g sees z_tilde = 0 at this layer
    top_down: tuple[bool, ...] = knob((True,) * 5, 0, 1, per_layer=True)  # off: g sees u = 0 at this layer
    learning_rate: float = knob(0.002, 1e-5, 1.0, log=True)
    n_labeled: int = knob(20, 2, 60000, step=1)
    batch_size: int = knob(100, 2, 1000, step=1)
    n_updates: int = knob(3000, 0, 1000000, step=1)  # stop after so many updates; 0: never
    decay_from: float = knob(0.67, 0.0, 1.0, step=0.01)  # share of n_updates after which the rate falls linearly to 0
    stop_error: float = knob(0.0, 0.0, 1.0, step=0.005)  # stop at this test error or below; 0: never

    def __post_init__(self) -> None:
        check_fields(self)

    def having(self, values: Mapping[str, object]) -> "Live":
        """Returns these choices with other values of some, by name. Raises Problem as Knob.check does for an impossible
        value, and TypeError for a name that is no live choice."""
        return replace(self, **values)  # type: ignore[arg-type]  # check_fields checks them

    def rate_at(self, update: int) -> float:
        """Returns the learning rate of the update number `update` (0 is the first): constant, then from the share
        `decay_from` of n_updates on linear to 0 (Rasmus et al. 2015). Without a target (n_updates 0) it stays
        constant."""
        if not self.n_updates or self.decay_from >= 1:
            return self.learning_rate
        left = (self.n_updates - update) / ((1 - self.decay_from) * self.n_updates)
        return self.learning_rate * min(1.0, max(0.0, left))

    def to_json(self) -> dict[str, object]:
        """Returns the choices by name for a file: tuples, and one bool for a switch (SWITCHES) that all layers share.
        So files and keys are those of the time when a switch had one value for all layers."""
        shared = {name: getattr(self, name)[0] for name in SWITCHES if len(set(getattr(self, name))) == 1}
        return asdict(self) | shared

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> "Live":
        """Returns the choices that `to_json` gave as `values`; those that are missing have their defaults. Raises
        Problem as Live does, and TypeError for a name that is no live choice or for `values` that are no mapping."""
        given = {**values}
        stds = given.get("noise_std", cls.noise_std)
        n = len(stds) if isinstance(stds, tuple | list) else 1
        for name in SWITCHES:
            if name in given and not isinstance(given[name], tuple | list):
                given[name] = (given[name],) * n
        return cls(**given)  # type: ignore[arg-type]  # check_fields checks them


PER_LAYER = tuple(name for name, one in knobs(Live).items() if one.per_layer)
SWITCHES = tuple(name for name in PER_LAYER if knobs(Live)[name].kind is bool)


def parse_widths(text: str) -> tuple[int, ...]:
    """Returns the widths in "100-50-25", also written with commas. Raises Problem bad_widths for a text that is no list
    of whole numbers; the range is checked by Structure."""
    try:
        return tuple(int(word) for word in text.replace(",", "-").replace(" ", "").split("-"))
    except ValueError:
        raise Problem("bad_widths", name="widths", value=text[:40]) from None


def check_fields(choices: object) -> None:
    """Checks every field of a frozen dataclass of choices against its knob, and puts the value in the knob's own type
    into it (an int becomes a float where the knob is one). Raises Problem as Knob.check does."""
    for name, one in knobs(type(choices)).items():
        object.__setattr__(choices, name, one.check(getattr(choices, name)))


def for_depth(values: tuple[Entry, ...], n_layers: int) -> tuple[Entry, ...]:
    """Returns a per-layer tuple fitted to L = `n_layers`, with L + 1 values: those of the input, the first layer and
    the top stay in place, the layers between repeat the last value below the top, and a single value stands for all.
    ``for_depth((1000, 10, .1), 4) -> (1000, 10, 10, 10, .1)``."""
    if len(values) == n_layers + 1:
        return tuple(values)
    top = values[-1]
    below = list(values[:-1]) or [top]
    return (*(below + below[-1:] * n_layers)[:n_layers], top)


def fitted(live: Live, n_layers: int, names: Iterable[str] = PER_LAYER) -> Live:
    """Returns `live` with its values of the choices `names`, some of PER_LAYER, fitted to L = `n_layers`: for_depth."""
    return live.having({name: for_depth(getattr(live, name), n_layers) for name in names})


Pattern = Callable[[int], tuple[float, ...]]  # L -> a value for the input and for each of the L layers


def _levels(first: tuple[float, ...], rest: float) -> Pattern:
    return lambda n_layers: (*first, *(rest,) * (n_layers + 1))[: n_layers + 1]


# Published patterns at 100 labels (CuriousAI/ladder README; Pezeshki et al. 2016, supplement), for any depth L:
# name -> (L -> lambdas, L -> noise_std)
PRESETS: dict[str, tuple[Pattern, Pattern]] = {
    "full": (_levels((1000.0, 10.0), 0.1), _levels((), 0.3)),
    "bottom": (_levels((5000.0,), 0.0), _levels((), 0.3)),
    "gamma": (lambda n: (0.0,) * n + (0.5,), _levels((), 0.3)),
    "supervised_noise": (_levels((), 0.0), _levels((0.3,), 0.5)),
    "supervised": (_levels((), 0.0), _levels((), 0.0)),
    "first_noise": (_levels((1000.0,), 0.0), _levels((0.6,), 0.0)),
    "first_reconstruction": (_levels((1000.0,), 0.0), _levels((), 0.3)),
    "no_noise": (_levels((1000.0, 10.0), 0.1), _levels((), 0.0)),
}


OF_PRESETS = "lambdas", "noise_std"  # what a preset changes


def preset(live: Live, name: str, n_layers: int) -> Live:
    """Returns `live` with the lambdas and noise of PRESETS[name] and with its own switches, all for L = `n_layers`.
    Raises Problem bad_choice for an unknown name."""
    if name not in PRESETS:
        raise Problem("bad_choice", name="preset", value=name, choices=", ".join(PRESETS))
    lambdas, noise_std = PRESETS[name]
    return replace(fitted(live, n_layers, SWITCHES), lambdas=lambdas(n_layers), noise_std=noise_std(n_layers))


def _in_order(changes: Iterable[tuple[object, Live]]) -> tuple[tuple[int, Live], ...]:
    """Returns a recipe's changes, with whole numbers. Raises Problem bad_changes unless each stands at a whole number
    of updates, 0 or more, above the one before."""
    checked: list[tuple[int, Live]] = []
    before = -1
    for given, live in changes:
        since = _number(given, int)
        if since is None or since <= before:
            raise Problem("bad_changes", update=_short(given))
        before = int(since)
        checked.append((before, live))
    return tuple(checked)


@dataclass(frozen=True)
class Recipe:
    """A run that anybody can repeat: structure, first live choices, and every later change with the number of updates
    before it, in rising order. Raises Problem bad_length where a choice of PER_LAYER does not have L + 1 values,
    bad_changes for changes out of order, and too_many_changes for more than MAX_CHANGES."""

    structure: Structure = Structure()
    live: Live = Live()
    changes: tuple[tuple[int, Live], ...] = ()

    def __post_init__(self) -> None:
        expected = self.structure.n_layers + 1
        for live, name in itertools.product((self.live, *(one for _, one in self.changes)), PER_LAYER):
            n = len(getattr(live, name))
            if n != expected:
                raise Problem("bad_length", name=name, n=n, expected=expected)
        if len(self.changes) > MAX_CHANGES:
            raise Problem("too_many_changes", high=MAX_CHANGES)
        object.__setattr__(self, "changes", _in_order(self.changes))

    @property
    def latest(self) -> Live:
        """Returns the choices in force after the last change."""
        return self.changes[-1][1] if self.changes else self.live

    def at(self, update: int) -> Live:
        """Returns the choices in force for the update number `update`, 0 being the first."""
        live = self.live
        for since, changed in self.changes:
            if since <= update:
                live = changed
        return live

    def next_change(self, update: int) -> int | None:
        """Returns the first update after `update` at which a change takes effect, or None."""
        return next((since for since, _ in self.changes if since > update), None)

    def changed(self, update: int, live: Live) -> "Recipe":
        """Returns the recipe with `live` in force from `update` on. Changes at `update` or later are dropped, and no
        change is recorded where `live` was in force already. Raises Problem as Recipe does."""
        kept = tuple(change for change in self.changes if change[0] < update)
        before = kept[-1][1] if kept else self.live
        return replace(self, changes=kept if live == before else (*kept, (update, live)))
