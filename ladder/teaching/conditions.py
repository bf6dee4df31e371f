"""What a lesson waits for: conditions on the real run, as in "noise_std = 0 and reset and update >= 500".

A condition compares a number of the run with a number, or names something that a person did. The grammar is small so
that JavaScript evaluates the same: `to_json` gives it the parsed conditions, and `holds` says what they mean.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ladder.problems import Problem
from ladder.settings import Knob, Live, knobs

MEASURED = "update", "test_error", "twin_error"  # facts of the run: updates done, and errors as fractions
# What a person did since the step began: another run with the same seeds, or one with another seed.
ACTS = {"reset": "reset", "new seed": "new_seed"}
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
CHOICES: dict[str, Knob] = knobs(Live)
_COMPARISON = re.compile(r"(\w+)(?:\[(\d)\])?\s*(<=|>=|!=|=|<|>)\s*(-?\d{1,15}(?:\.\d{1,15})?)")

Facts = Mapping[str, object]


@dataclass(frozen=True)
class Condition:
    """One condition. `fact`: one of MEASURED, a field of Live, or a value of ACTS. `layer`: of a choice that has a
    value for each layer, 0 being the input; None means all layers. `operator`: a key of OPERATORS, "" for an act, whose
    `value` is 0."""

    fact: str
    layer: int | None = None
    operator: str = ""
    value: float = 0.0


def parse(text: str) -> tuple[Condition, ...]:
    """Returns the conditions in `text`, which are joined by "and". Raises Problem lesson_done for a text that holds
    anything else, or no condition."""
    return tuple(_parse_one(part.strip()) for part in re.split(r"\band\b", text))


def _parse_one(text: str) -> Condition:
    words = " ".join(text.split())
    if words in ACTS:
        return Condition(ACTS[words])
    found = _COMPARISON.fullmatch(words)
    if not found or not _is_fact(found[1], found[2] is not None):
        facts = ", ".join([*MEASURED, *CHOICES])
        raise Problem("lesson_done", value=text[:60], facts=facts, acts=", ".join(ACTS))
    return Condition(found[1], int(found[2]) if found[2] else None, found[3], float(found[4]))


def _is_fact(name: str, has_layer: bool) -> bool:
    if name in MEASURED:
        return not has_layer
    return name in CHOICES and (CHOICES[name].per_layer or not has_layer)


def holds(conditions: Sequence[Condition], facts: Facts) -> bool:
    """Returns whether all conditions hold for a run's `facts`: by name of MEASURED and of Live's fields a number, a
    bool or a list with a number for each layer; by value of ACTS whether it was done. A condition on a fact that is
    missing or None does not hold, nor does one on a layer that the run does not have."""
    return all(_holds(one, facts.get(one.fact)) for one in conditions)


def _holds(one: Condition, found: object) -> bool:
    if not one.operator:
        return bool(found)
    values = list(found) if isinstance(found, list | tuple) else [found]
    if one.layer is not None:
        values = values[one.layer : one.layer + 1]
    compare = OPERATORS[one.operator]
    return bool(values) and all(isinstance(v, int | float) and compare(float(v), one.value) for v in values)


def awaited_update(conditions: Sequence[Condition]) -> int | None:
    """Returns the update that the conditions wait for; None where they wait for none."""
    waits = (int(one.value) for one in conditions if one.fact == "update" and one.operator in (">", ">="))
    return max(waits, default=None)


def begins_anew(conditions: Sequence[Condition]) -> bool:
    """Returns whether the conditions ask for another run, which begins at update 0."""
    return any(one.fact in ACTS.values() for one in conditions)


def to_json(conditions: Sequence[Condition]) -> list[list[object]]:
    """Returns the conditions as [fact, layer or None, operator, value] each."""
    return [[one.fact, one.layer, one.operator, one.value] for one in conditions]
