"""The data that a class has made (data/variants.py): the labels of its rounds, and the rows of its challenges."""

from collections.abc import Iterable

from ladder.data.variants import name_of
from ladder.settings import is_variant
from ladder.teaching import labelling
from ladder.teaching.class_replay import Replay
from ladder.teaching.room import Event


def names(events: Iterable[Event]) -> set[str]:
    """Returns the names of the variants that a class with these events has made, or may have made: those of all its
    challenges, and of the labels of each kind of each round."""
    past = Replay("", events)
    reserves = {str(event.values.get("data")) for event in past.events if event.kind == "challenge"}
    rounds = past.latest.rounds if past.latest else ()
    labels = [
        labelling.labels(one, member, kind)
        for one in rounds
        for member in ("", *one.given)
        for kind in labelling.kinds(one, member)
    ]
    return {name for name in reserves if is_variant(name)} | set(map(name_of, labels))
