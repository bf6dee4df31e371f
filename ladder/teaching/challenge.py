"""A challenge of a class: the best network with so many labels and updates, by errors that nobody has seen.

Everybody trains on the same rows with the same labels and sees errors on validation rows. Each hands in one run. The
score is its error on rows that are put aside (data/variants.py, Reserve), which the server works out once, at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ladder.data.protocol import for_dataset
from ladder.problems import Problem
from ladder.recipe.race import Race
from ladder.settings import Recipe

MOST_UPDATES = 20_000
LEAST_SCORED = 10  # rows: of fewer, one sample decides who is first
# What the rules fix is locked for all: a run that breaks them could not be handed in.
FIXED = (
    *("data_noise", "dataset", "foreign_share", "known_classes", "label_noise", "label_seed", "n_labeled"),
    *("n_unlabeled", "n_updates", "shuffled_labels", "stop_error"),
)


@dataclass(frozen=True)
class Score:
    """What a run came to: errors as fractions, of its ladder and of its twin, on the rows put aside, and of its ladder
    on the validation rows. `update`: the updates that it had when it was scored."""

    run: str
    update: int
    error: float
    twin_error: float
    validation_error: float


@dataclass(frozen=True)
class Challenge:
    """`number`: 1 for the first of a class. `data`: the name of the Reserve. `labels`, `updates`: the most that a run
    may have. `entries`: the run of each member who has handed one in, by the member's id. `scores`: of the entries that
    could be scored, by the member's id; none while it `is_open`."""

    number: int
    data: str
    labels: int
    updates: int
    is_open: bool = True
    entries: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)


def check(challenge: Challenge, recipe: Recipe | Race, update: int) -> None:
    """Raises Problem where a run with this recipe, at this update, is none of the challenge: "challenge_data" on other
    data or rows, or with other labels, "challenge_labels" with more labels at any update, "challenge_updates" after
    more updates, and "challenge_untrained" before the first."""
    if not isinstance(recipe, Recipe) or recipe.structure != for_dataset(recipe.structure, challenge.data):
        raise Problem("challenge_data")
    if recipe.structure.label_seed:
        raise Problem("challenge_data")
    used = max(live.n_labeled for live in (recipe.live, *(live for _, live in recipe.changes)))
    if used > challenge.labels:
        raise Problem("challenge_labels", n=used, most=challenge.labels)
    if update > challenge.updates:
        raise Problem("challenge_updates", n=f"{update:,}", most=f"{challenge.updates:,}")
    if not update:
        raise Problem("challenge_untrained")


def score_of(values: object) -> Score:
    """Returns the Score that an event has as a mapping. Raises Problem "class_word" for anything else."""
    try:
        found = Score(**values)  # type: ignore[arg-type]  # checked below
        numbers = found.error, found.twin_error, found.validation_error
        if all(isinstance(one, float) and 0 <= one <= 1 for one in numbers) and isinstance(found.run, str):
            return found
    except TypeError:
        pass
    raise Problem("class_word", name="scores")
