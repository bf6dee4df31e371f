"""Which choices of a model are tuned when models are compared with equally many trials each.

Oliver et al. 2018 (P.2) found that a baseline that is tuned with the same budget closes much of the gap to
semi-supervised methods. So every model that trains is tuned, the supervised ones too: its learning rate, its noise, the
weight of its reconstruction, and the numbers that are its own. References have common settings that nothing varies.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ladder.experiments import axes
from ladder.experiments.axes import NAMES, Point, Range, cell_of, random_search
from ladder.experiments.cells import WITH_DECODER
from ladder.experiments.trials import Setup
from ladder.problems import Problem
from ladder.recipe.contestants import CONTESTANTS, Contestant, on_equal_terms
from ladder.recipe.race import Race, written
from ladder.recipe.words import write
from ladder.settings import PRESETS, knobs

SEEDS = 3  # of each trial; the comparison has other seeds

_RATE, _NOISE, _SCALE = ("learning_rate", 0.0005, 0.02), ("noise_std", 0.0, 1.0), ("lambdas.scale", 0.01, 10.0)
WITH_NOISE = ("ladder", "bottom", "gamma", "twin", "supervised_noise", "pseudo_label", "vat")
OWN: dict[str, tuple[tuple[str, float, float], ...]] = {
    "plain": (("weight_decay", 0.0, 0.01), ("dropout", 0.0, 0.5)),
    "denoising": (("corruption_level", 0.0, 1.0),),
    "contractive": (("contraction", 0.001, 10.0),),
    "contractive_hessian": (("contraction", 0.001, 10.0), ("hessian", 0.001, 10.0)),
    "variational": (("beta", 0.001, 1.0),),
    "pseudo_label": (("weight", 0.01, 10.0),),
    "vat": (("epsilon", 0.05, 5.0), ("weight", 0.01, 10.0)),
}


def space_of(model: str) -> tuple[Range, ...]:
    """Returns what is tuned of a model, a key of CONTESTANTS; nothing for a reference."""
    if CONTESTANTS[model] == "reference":
        return ()
    found = [_RATE, *([_NOISE] if model in WITH_NOISE else []), *([_SCALE] if model in WITH_DECODER else [])]
    return tuple(axes.search_range(*one) for one in (*found, *OWN.get(model, ())))


def base_of(model: str, base: dict[str, str]) -> dict[str, str]:
    """Returns those of the words that all models share that this model takes: a model with a preset keeps the lambdas
    of that preset, and its noise where it cannot take the others', as on the page (race.Race.live_of)."""
    own = {"lambdas", "preset"} if model in PRESETS else set()
    own |= {"noise_std"} if own and not on_equal_terms(model).takes_noise else set()
    return {name: word for name, word in base.items() if name.partition(".")[0] not in own}


def setup_of(model: str, base: dict[str, str], n_seeds: int, word: str = "") -> Setup | None:
    """Returns the search that tunes a model with the seeds 0 to n_seeds - 1; None for a reference. `base`: the words
    that all its trials share, by name; `word`: the model with its own choices, as a link writes it, where it is not the
    usual one. Raises Problem as Setup does."""
    space = space_of(model)
    shared = {name: value for name, value in base.items() if name not in {one.name for one in space}}
    return Setup(space, tuple({**shared, "model": word or model}.items()), n_seeds) if space else None


@dataclass(frozen=True)
class Entrant:
    """A contestant at one label budget. `word`: its name in a link; `setup`: the search that tunes it, None for a
    reference, which is not tuned; `base`: the words of its choices before it is tuned, by name."""

    word: str
    n_labeled: int
    setup: Setup | None
    base: Mapping[str, str]

    def points(self, settings: Mapping[str, str], n_seeds: int) -> list[Point]:
        """Returns a point for each of `n_seeds` seeds from SEEDS on, with `settings` in place of its choices. Raises
        Problem as axes.cell_of does."""
        axes, words = (("model", self.word), ("labels", str(self.n_labeled))), {**self.base, **settings}
        return [Point(axes, seed, cell_of(words, seed)) for seed in range(SEEDS, SEEDS + n_seeds)]


@dataclass(frozen=True)
class Tuning:
    """A comparison over seeds and label budgets whose contestants are first tuned with `n_trials` trials each, for each
    budget anew. The race's own choices are where the tuning begins. A trial has the seeds 0 to SEEDS - 1; the
    comparison has the `n_seeds` seeds after them: a model is not judged by the seeds that it was tuned with. Raises
    Problem "tournament_empty" without budgets or with fewer than two seeds."""

    race: Race
    budgets: tuple[int, ...]
    n_seeds: int
    n_trials: int

    def __post_init__(self) -> None:
        if not self.budgets or self.n_seeds < 2:
            raise Problem("tournament_empty")

    @cached_property
    def entrants(self) -> list[Entrant]:
        """The contestants at each budget. Raises Problem as Setup and axes.cell_of do."""
        return [self._entrant(one, n_labeled) for n_labeled in sorted({*self.budgets}) for one in self.race.contestants]

    def _entrant(self, contestant: Contestant, n_labeled: int) -> Entrant:
        words = {"n_updates": "updates", "n_unlabeled": "unlabeled"}
        shared = {
            words.get(name, name): write(one, getattr(holder, name))
            for holder in (self.race.structure, self.race.live)
            for name, one in knobs(type(holder)).items()
            if words.get(name, name) in NAMES
        }
        word = written(contestant)
        base = {**base_of(contestant.model, shared), "labels": str(n_labeled), "model": word}
        return Entrant(word, n_labeled, setup_of(contestant.model, base, SEEDS, word), base)

    @property
    def n_runs(self) -> int:
        """How many runs there are at most."""
        n_tuned = sum(one.setup is not None for one in self.entrants)
        return n_tuned * self.n_trials * SEEDS + len(self.entrants) * self.n_seeds

    @property
    def name(self) -> str:
        """A name that the same tuning always has."""
        told = [(one.word, one.n_labeled, sorted(one.base.items())) for one in self.entrants]
        text = json.dumps([told, self.n_seeds, self.n_trials])
        return f"tuned-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def like(self) -> list[Point]:
        """Returns as many points as there are runs, of about the same cost: trials drawn by chance."""
        found = [point for one in self.entrants for point in one.points({}, self.n_seeds)]
        for one in self.entrants:
            if one.setup:
                found += random_search(one.setup.space, self.n_trials, 0, dict(one.setup.base), range(SEEDS))
        return found
