"""Which choices the teacher of a class has put away or locked, for the controls of every page that has them.

A control is put away or locked, and never what was measured: charts, tables and numbers show all choices.
"""

from collections.abc import Iterable
from typing import TypedDict

from ladder.experiments.axes import choices_of
from ladder.ui import membership, texts


class Rules(TypedDict):
    """Arguments of a widget."""

    disabled: bool
    help: str | None


def is_drawn(*names: str) -> bool:
    """Returns whether the teacher has put away none of the choices that a control changes."""
    return not {*names} & {*membership.lead().hidden}


def is_free(*names: str) -> bool:
    """Returns whether the teacher has neither put away nor locked one of these choices."""
    return is_drawn(*names) and not {*names} & {*membership.lead().locked}


def reason(*names: str) -> str:
    """Returns why nobody can move a control of these choices, in words: "" where it can be moved."""
    locked = membership.lead().locked
    return "\n\n".join(texts.why_locked(name, texts.language()) for name in names if name in locked)


def rules(help: str | None, *names: str) -> Rules:
    """Returns the arguments of a widget that changes the choices `names`: `help`, and where the teacher has locked one
    of them, the reason before it, and that the widget takes no value."""
    why = reason(*names)
    return {"disabled": bool(why), "help": "\n\n".join(filter(None, (why, help))) or None}


def with_kept(before: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """Returns the axes that there are after a person has chosen among the free ones, which alone a field offers: of
    those `before` the chosen ones and those that are not free, in their order, then the new ones."""
    chosen = list(chosen)
    stay = [name for name in before if name in chosen or not is_free(*choices_of(name))]
    return [*stay, *(name for name in chosen if name not in stay)]
