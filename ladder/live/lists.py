"""The runs of a visitor's tab as a list, which outlasts the tab: a JSON file beside the runs' own files.

A list names its runs in the order in which they began, with what their visitor gave them: a name, a note, whether the
run is drawn behind others. What a run is and what it has reached stands in the run's file alone. A run that a list
names is never tidied away.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from ladder.live.history import Curves
from ladder.live.tab_files import TabFiles
from ladder.settings import Recipe

KEPT_LISTS = 500  # files; the oldest go, and their runs become like all others
MOST_RUNS = 60  # of one list; the oldest that is not pinned goes
LONGEST_NAME, LONGEST_NOTE = 80, 400  # letters


@dataclass(frozen=True)
class Entry:
    """One run of a list. `made`: when it began, in seconds since 1970. `name`, `note`: what the visitor wrote, "" for
    nothing. `pinned`: drawn behind others however old it is. `hidden`: not drawn. `color`: a number that goes up from
    entry to entry. `leader`: the run that this one repeats with other seeds, "" for none, and `until`: the update up
    to which it does."""

    run: str
    made: float
    name: str = ""
    note: str = ""
    pinned: bool = False
    hidden: bool = False
    color: int = 0
    leader: str = ""
    until: int = 0


Entries = tuple[Entry, ...]


@dataclass(frozen=True)
class Summary:
    """What a list says of a run that the run's own file knows. The errors are the last measured ones, fractions of the
    test set, None where there are none."""

    recipe: Recipe
    update: int
    test_error: float | None
    twin_error: float | None


def summary_of(recipe: Recipe, update: int, curves: Curves) -> Summary:
    """Returns the summary of a run at `update` with these curves (a History)."""

    def last(name: str) -> float | None:
        return float(curves.arrays[name][-1]) if len(curves.arrays[name]) else None

    return Summary(recipe, update, last("test_error"), last("twin_error"))


def with_run(entries: Entries, new: Entry) -> Entries:
    """Returns the list with one more run, or unchanged if it has the run already. The new one takes the next colour, or
    that of its leader's other repeats. Beyond MOST_RUNS the oldest runs that are not pinned are left out."""
    if any(one.run == new.run for one in entries):
        return entries
    same = [one.color for one in entries if new.leader and one.leader == new.leader]
    color = same[0] if same else max((one.color + 1 for one in entries), default=0)
    found = [*entries, replace(new, color=color)]
    surplus = [one for one in found[:-1] if not one.pinned][: max(0, len(found) - MOST_RUNS)]
    return tuple(one for one in found if one not in surplus)


def without_run(entries: Entries, run: str) -> Entries:
    """Returns the list without this run."""
    return tuple(one for one in entries if one.run != run)


def edited(entries: Entries, run: str, **values: str | bool) -> Entries:
    """Returns the list with other `values` of a run's fields; a name or a note that is too long is cut."""
    limits = {"name": LONGEST_NAME, "note": LONGEST_NOTE}
    cut = {k: v.strip()[: limits[k]] if isinstance(v, str) else v for k, v in values.items()}
    return tuple(replace(one, **cut) if one.run == run else one for one in entries)  # type: ignore[arg-type] # by name


class Lists:
    """All lists of one folder of runs."""

    def __init__(self, folder: Path) -> None:
        self._files = TabFiles(folder, "list", KEPT_LISTS, _entries)

    def read(self, list_id: str) -> Entries:
        """Returns the list of this name; an empty one where there is none, or where its file cannot be read."""
        return self._files.read(list_id) or ()

    def write(self, list_id: str, entries: Entries) -> None:
        """Keeps the list. Where the disk does not take it, that is logged, and the tab goes on with what it has."""
        self._files.write(list_id, {"runs": [asdict(one) for one in entries]})

    def tidy(self) -> set[str]:
        """Removes all lists but the KEPT_LISTS newest ones. Returns the runs that these name. Never raises: what cannot
        be looked at or removed is left for the next time."""
        return {entry.run for list_id in self._files.tidy() for entry in self.read(list_id)}


def _entries(content: dict[str, object]) -> Entries:
    """The entries of what `Lists.write` has written. Raises ValueError, TypeError or KeyError where it is something
    else."""
    return tuple(_entry(values) for values in _rows(content["runs"]))


def _rows(value: object) -> Iterable[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError("not a list of runs")
    return value[-MOST_RUNS:]


def _entry(values: dict[str, object]) -> Entry:
    """One entry, whose values are of the types of the defaults."""
    usual = Entry("", 0.0)
    for field in fields(Entry):
        if field.name in values and type(values[field.name]) is not type(getattr(usual, field.name)):
            raise ValueError(f"{field.name} is of another type")
    return Entry(**{field.name: values[field.name] for field in fields(Entry) if field.name in values})  # type: ignore[arg-type] # checked above
