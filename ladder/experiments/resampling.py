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
    errors = _errors([(result, seed) for runs in settings.values() for seed, result in sorted(runs.items())])
    mean = errors.reshape(len(settings), -1, DRAWS).mean(1)
    lowest = mean <= mean.min(0) + 1e-6
    shares = (lowest / lowest.sum(0)).mean(1)
    return dict(zip(settings, map(float, shares), strict=True))


def _errors(runs: list[tuple[Result, int]]) -> Floats:
    """Returns the validation error of each result, with its seed, on each draw, (runs, DRAWS)."""
    found = np.ones((len(runs), DRAWS), np.float32)
    alike: dict[tuple[int, int], list[int]] = {}
    for i, (result, seed) in enumerate(runs):
        if result.wrong is not None and result.n_validation:
            # Held-out rows are the same for all seeds, labelled rows are others for each.
            stream = 1 + seed if result.cell.validation.validate == "labels" else 0
            alike.setdefault((result.n_validation, stream), []).append(i)
    for (n, stream), places in alike.items():
        wrong = np.zeros((len(places), n), np.float32)
        for row, i in zip(wrong, places, strict=True):
            row[list(runs[i][0].wrong or ())] = 1 / n
        found[places] = wrong @ _counts(n, stream)
    return found


@lru_cache(maxsize=64)
def _counts(n: int, stream: int) -> Floats:
    """Returns how often each of n rows is in each draw of n rows, (n, DRAWS)."""
    rng = np.random.default_rng([SEED, stream])
    found: Floats = np.ascontiguousarray(rng.multinomial(n, np.full(n, 1 / n), DRAWS).T, np.float32)
    return found
