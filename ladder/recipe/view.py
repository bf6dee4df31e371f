"""What a page shows of a run, and how fast the run may go: part of the link, and without effect on any number."""

from collections.abc import Iterable
from dataclasses import dataclass

from ladder.recipe.inside import MOST_UNITS
from ladder.recipe.sample import MOST_ROWS, PARTS
from ladder.settings import MAX_HIDDEN, check_fields, knob

COST_MODES = ("raw", "weighted", "share")
LANGUAGES = ("en", "zh")
PROBE_ROWS = 200  # test rows whose activations are shown, at most
PRESENTED = ("error", "costs", "strip", "gain")  # cards that can be shown to a class, large and alone
SAMPLES = 10  # of these rows shown at a time


def n_pages(n_test: int) -> int:
    """Returns the number of pages of SAMPLES samples that `n_test` test rows give, 1 at least."""
    return max(1, min(n_test, PROBE_ROWS) // SAMPLES)


def presented(mask: int) -> list[str]:
    """Returns the cards of View.present, in the order of PRESENTED."""
    return [name for k, name in enumerate(PRESENTED) if mask >> k & 1]


def mask_of(cards: Iterable[str]) -> int:
    """Returns the View.present that shows these cards of PRESENTED."""
    return sum(2 ** PRESENTED.index(name) for name in set(cards))


@dataclass(frozen=True)
class View:
    """The page's choices. Each may change at any moment, and none has an effect on the run's numbers. Raises Problem as
    Knob.check does."""

    costs: str = knob("raw", choices=COST_MODES)
    log_costs: bool = knob(True, 0, 1)
    layer: int = knob(1, 0, MAX_HIDDEN + 1, step=1)  # the layer that is projected to the plane
    samples: int = knob(0, 0, n_pages(PROBE_ROWS) - 1, step=1)  # which page of probe samples
    pace: int = knob(0, 0, 1000, step=1)  # updates per second at most; 0: as many as the machine can
    language: str = knob("en", choices=LANGUAGES)
    smooth: int = knob(0, 0, 1000, step=1)  # half-life of the costs' smoothing in updates; 0: none
    part: str = knob(PARTS[0], choices=PARTS)  # these four: what the page Inside shows, as in recipe/inside.py
    row: int = knob(0, 0, MOST_ROWS - 1, step=1)
    rung: int = knob(1, 0, MAX_HIDDEN + 1, step=1)  # the layer
    unit: int = knob(0, 0, MOST_UNITS, step=1)
    present: int = knob(0, 0, 2 ** len(PRESENTED) - 1, step=1)  # cards shown to a class (mask_of); 0: the usual page

    def __post_init__(self) -> None:
        check_fields(self)
