"""How far a choice by validation rows can be trusted: the choice repeated over resampled validation rows.

Oliver et al. 2018 (P.6, figure 5) resample validation sets and compare the errors. Here the rows are drawn with
replacement (Efron 1979), and the choice among settings is made again from each draw. The seeds stay as they are: what
labels and initial weights do to a choice is the matter of analysis/statistics.best_cell.
"""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import TypeVar

import numpy as np

from ladder.arrays import Floats
from ladder.experiments.cells import Result

DRAWS = 1000
SEED = 1979

Name = TypeVar("Name", bound=Hashable)


def wins(settings: Mapping[Name, Mapping[int, Result]]) -> dict[Name, float]:
    """Returns for each setting the share of DRAWS resampled validation sets, 0 to 1, in which it has the lowest mean
    error over the seeds; equal settings share a draw. Empty for fewer than two settings, where they do not have the
    same seeds, and where a result does not say which rows were wrong. `settings`: setting -> seed -> result.

    Settings with the same validation rows are compared on the same draws. A run that diverged counts as wrong in every
    row.
    """
    seeds = {tuple(sorted(runs)) for runs in settings.values()}
    every = [result for runs in settings.values() for result in runs.values()]
    if len(settings) < 2 or len(seeds) != 1 or not every:
        return {}
    if any(one.wrong is None and one.diverged is None for one in every):
        return {}
    errors = np.stack([np.mean([_errors(runs[seed], seed) for seed in sorted(runs)], 0) for runs in settings.values()])
    lowest = errors <= errors.min(0) + 1e-9
    shares = (lowest / lowest.sum(0)).mean(1)
    return dict(zip(settings, map(float, shares), strict=True))


def _errors(result: Result, seed: int) -> Floats:
    """Returns the validation error of a result on each draw, (DRAWS,)."""
    if result.wrong is None or not result.n_validation:
        return np.ones(DRAWS)
    # Held-out rows are the same for all seeds, labelled rows are others for each.
    of_seed = seed if result.cell.validation.validate == "labels" else -1
    counts = _counts(result.n_validation, of_seed + 1)
    found: Floats = counts[:, list(result.wrong)].sum(1) / result.n_validation
    return found


@lru_cache(maxsize=256)
def _counts(n: int, of_seed: int) -> Floats:
    """Returns how often each of n rows is in each draw of n rows, (DRAWS, n)."""
    rng = np.random.default_rng([SEED, of_seed])
    found: Floats = rng.multinomial(n, np.full(n, 1 / n), DRAWS).astype(np.float32)
    return found
