"""What a live run says of itself: the header of the live channel's messages, read by Python and by JavaScript alike.

A message of the channel (frames.py) is a "history", an "increment" or a "snapshot". The header of the first two is a
`Told` with the message's `kind`. JavaScript reads the same names (ui/live/feed.js, tests/ui/test_feed.py).
"""

from dataclasses import dataclass, fields

ACTIVE = ("playing", "replaying")  # of all statuses, those of a run that trains

Change = dict[str, object]  # "update": int, "names": [[knob, layer or None, before, after], ...]


@dataclass(frozen=True)
class Told:
    """A run's last word. A value that is None is left out of a header: nobody knows it yet, it is of another kind of
    run, or, in an increment, it is what the messages before it said."""

    status: str = "paused"  # paused, playing, replaying, finished, diverged or failed
    update: int = 0  # updates done
    reason: dict[str, object] | None = None  # why it rests: the key of a text of the catalogue, and its values
    rate: float = 0.0  # updates a second
    elapsed: float = 0.0  # seconds of play
    pace: int = 0  # updates a second at most; 0: as many as the machine can
    until: int = 0  # where a replay or a step ends; 0: nowhere
    target: int | None = None  # updates at which it stops; 0: never
    n_labeled: int | None = None
    problems: int = 0  # so far, of which a page asks for the last one
    measuring: bool = False  # another thread measures this update, and the next one waits for it
    computed: str = ""  # the key of what has trained it (arithmetic.py); "": not known
    epoch: float | None = None  # of a ladder's run
    ruined: dict[str, float] | None = None  # of a ladder's run: "loss", "error" and a high "rate" of spoilt weights
    changes: tuple[Change, ...] | None = None  # of a ladder's run: its markers, all of them or from number `kept` on
    lambdas: tuple[list[object], ...] | None = None  # [update, weights since then] for the beginning and each change
    asked: int = 0  # changes of the run's choices that people have asked for; `choices` has all of them
    choices: dict[str, object] | None = None  # of a ladder's run: Live's fields in force, changes on their way included
    kept: int | None = None  # in an increment with `changes`: how many of those told before stay
    contestants: tuple[dict[str, object], ...] | None = None  # of a comparison: "parameters" and "parts" of each
    moments: tuple[int, ...] | None = None  # of a ladder's run: the updates of the moments that are kept, rising
    looking_back: int | None = None  # the update of the moment that the pictures show; None: they show the present

    @property
    def active(self) -> bool:
        """Whether the run trains."""
        return self.status in ACTIVE

    @property
    def plays(self) -> bool:
        """Whether the run plays until a person or a stop rule ends it. A step has an end of its own."""
        return self.status == "playing" and not self.until

    def header(self, kind: str) -> dict[str, object]:
        """The header of a message of this kind."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"kind": kind} | {name: value for name, value in values.items() if value is not None}
