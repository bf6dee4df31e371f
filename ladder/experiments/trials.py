"""A guided search as values: what is searched, its trials, and Optuna's part in it as pure functions of the trials.

Optuna's TPE proposes a trial's settings from the validation errors of those before, and its median pruner stops a
trial that falls behind. A trial is one setting with several seeds, each a cell. Only validation errors guide, prune
and choose; test errors report.

No study of Optuna's is kept: it is rebuilt from the trials for every question, and its draws are a function of (seed,
trial number). So what is proposed next follows from the trials alone, and a search that was interrupted goes on as if
it had not been.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from ladder import noise
from ladder.analysis.statistics import Interval, mean_interval
from ladder.experiments import axes as sweeps
from ladder.experiments.axes import Axis, Point, Range
from ladder.experiments.cells import Cell, Result, error_curve
from ladder.experiments.summaries import plain
from ladder.problems import Problem

SEARCH = 65  # stream of noise.py
MOST_TRIALS, MOST_SEEDS, MOST_SEED = 1000, 100, 9999
SAMPLERS = ("tpe", "random")  # guided by the trials before, or by none
STEPS = 20  # of a trial, as the pruner counts; a step is the same share of every trial's updates
RANDOM_TRIALS = 10  # before the sampler has something to go by
PRUNE_FROM_TRIALS, PRUNE_FROM_STEP = 5, 4  # the pruner's: finished trials, steps of the trial
PRUNED_SHARE, PRUNED_WEIGHT = 0.5, 4  # of its updates a trial makes before it is pruned or ends, by measurement
FEWEST = 10  # trials that say something of importances
TOP = 5  # trials that importances explain, at least: PED-ANOVA is unsteady with fewer (Optuna's documentation)
DRAWS = 100  # for settings that are new

optuna.logging.set_verbosity(optuna.logging.WARNING)


# --- what is searched


@dataclass(frozen=True)
class Setup:
    """What a search is: the choices to vary, the words that all its trials share, seeds 0..n_seeds - 1 for each
    trial, the sampler and its seed. Problem for what cannot be searched."""

    space: tuple[Axis | Range, ...]
    base: tuple[tuple[str, str], ...] = ()
    n_seeds: int = 3
    seed: int = 0
    sampler: str = SAMPLERS[0]

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise Problem("bad_choice", name="sampler", value=str(self.sampler)[:40], choices=", ".join(SAMPLERS))
        if not self.space:
            raise Problem("search_empty")
        if not 1 <= self.n_seeds <= MOST_SEEDS:
            raise Problem("bad_whole", name="n_seeds", value=self.n_seeds, low="1", high=str(MOST_SEEDS))
        if not 0 <= self.seed <= MOST_SEED:
            raise Problem("bad_whole", name="search_seed", value=self.seed, low="0", high=str(MOST_SEED))
        names = [one.name for one in self.space]
        for one in self.space:
            if names.count(one.name) > 1:
                raise Problem("sweep_axis_twice", axis=one.name)
            for word in one.words if isinstance(one, Axis) else (_word(one, one.low), _word(one, one.high)):
                self.cell(((one.name, word),), 0)

    def cell(self, words: tuple[tuple[str, str], ...], seed: int) -> Cell:
        """The cell of a trial's words."""
        return sweeps.cell_of({**dict(self.base), **dict(words)}, seed)

    def points(self, words: tuple[tuple[str, str], ...]) -> list[Point]:
        """A trial's cells, a point for each seed."""
        return [Point(words, seed, self.cell(words, seed)) for seed in range(self.n_seeds)]

    @property
    def n_settings(self) -> float:
        """How many settings there are to try: infinity where a range has no steps."""
        return math.prod(_n_values(one) for one in self.space)

    @property
    def name(self) -> str:
        """A name that the same search always has: its axes, and a part of a hash."""
        axes, text = "-".join(one.name for one in self.space)[:60], json.dumps(to_json(self))
        return f"search-{axes}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _n_values(one: Axis | Range) -> float:
    if isinstance(one, Axis):
        return len(one.words)
    return round(one.high) - round(one.low) + 1 if sweeps.knob_of(one.name).kind is int else math.inf


def to_json(setup: Setup) -> dict[str, object]:
    """Plain dictionaries and lists; words and numbers as they were given."""
    space = [[one.name, list(one.words) if isinstance(one, Axis) else [one.low, one.high]] for one in setup.space]
    drawn = {"seed": setup.seed, "sampler": setup.sampler}
    return {"space": space, "base": sorted(map(list, setup.base)), "seeds": setup.n_seeds, **drawn}


def from_json(values: Mapping[str, Any]) -> Setup:
    """The Setup of `to_json`."""
    space = (
        sweeps.axis(name, ends) if isinstance(ends[0], str) else sweeps.search_range(name, *ends)
        for name, ends in values["space"]
    )
    return Setup(tuple(space), tuple(map(tuple, values["base"])), values["seeds"], values["seed"], values["sampler"])


# --- trials


@dataclass(frozen=True)
class Trial:
    """One setting: ((axis, word), ...) and what it came to, errors as fractions between 0 and 1.

    `state`: "running" (or waiting to be trained), "finished" or "pruned". `curve`: (update, validation error), the
    mean over the seeds, while a seed that diverged counts as 1, all wrong. `results`: one for each seed, of finished
    trials.
    """

    number: int
    words: tuple[tuple[str, str], ...]
    state: str = "running"
    curve: tuple[tuple[int, float], ...] = ()
    results: tuple[Result, ...] = ()

    @cached_property
    def validation_error(self) -> float | None:
        """What trials are chosen by: the mean over the seeds at the end, or where a trial is, or was pruned. Counting
        diverged seeds as 1 keeps a setting that fails now and then from winning by its other seeds."""
        if self.results:
            return mean([result.validation_error for result in self.results])
        return self.curve[-1][1] if self.curve else None

    @cached_property
    def test_error(self) -> Interval | None:
        """Mean and 95 % interval over the seeds that did not diverge; None of trials that are not finished."""
        return mean_interval([result.test_error for result in self.results]) if self.results else None

    @property
    def updates(self) -> int:
        """Of each seed, as far as is known."""
        if self.results:
            return max(result.updates for result in self.results)
        return self.curve[-1][0] if self.curve else 0

    @property
    def n_diverged(self) -> int:
        return sum(result.diverged is not None for result in self.results)


def mean(errors: list[float | None]) -> float:
    """Of the seeds' errors, None for one that diverged."""
    return sum(1.0 if error is None else error for error in errors) / len(errors)


def mean_curve(
    curves: Iterable[Iterable[tuple[int, float | None]]], diverged: Iterable[bool]
) -> tuple[tuple[int, float], ...]:
    """A trial's curve from those of its seeds: the mean error at the updates that all were measured at, or before
    which they diverged."""
    errors = [{update: error for update, error in curve if error is not None} for curve in curves]
    going = [set(by_update) for by_update, over in zip(errors, diverged, strict=True) if not over]
    updates = sorted(set.intersection(*going)) if going else []
    return tuple((update, mean([by_update.get(update) for by_update in errors])) for update in updates)


def finished(number: int, words: tuple[tuple[str, str], ...], results: Iterable[Result]) -> Trial:
    """The trial of which these are all results."""
    results = tuple(results)
    curve = mean_curve([error_curve(one.curve) for one in results], [one.diverged is not None for one in results])
    return Trial(number, words, "finished", curve, results)


def record(trial: Trial) -> dict[str, object]:
    """A trial as plain data, for a line of a file or of a table: `trial`, its number; `settings`; `validation_error`
    and `test_error` as in Trial, the latter {"mean", "low", "high", "n"}, None of a trial that is not finished;
    `per_seed` {"validation_error", "test_error"}, None where a seed diverged; `updates` of each seed so far."""
    errors = ("validation_error", "test_error")
    return {
        "trial": trial.number,
        "state": trial.state,
        "settings": {name: plain(word) for name, word in trial.words},
        "validation_error": trial.validation_error,
        "test_error": trial.test_error and trial.test_error._asdict(),
        "per_seed": {name: [getattr(result, name) for result in trial.results] for name in errors},
        "n_diverged": trial.n_diverged,
        "updates": trial.updates,
    }


def best(trials: Iterable[Trial]) -> Trial | None:
    """The finished trial of lowest validation error, the first of equals; what it is worth is its test error. None
    while none is finished."""
    found = [(t.validation_error, t) for t in trials if t.state == "finished" and t.validation_error is not None]
    return min(found, key=lambda pair: pair[0])[1] if found else None


# --- Optuna's part: pure functions of the trials


def suggest(setup: Setup, trials: list[Trial]) -> tuple[tuple[str, str], ...] | None:
    """Settings for the next trial that no trial has, in words; None when there are no others. Trials that run count
    as bad ones (constant liar), so that those beside each other are not alike. Where half of the draws found nothing
    new, little is left, and the others are drawn evenly."""
    tried = {trial.words for trial in trials}
    if len(tried) >= setup.n_settings:
        return None
    space, study = {one.name: _distribution(one) for one in setup.space}, _study(setup, trials)
    for draw in range(DRAWS):
        seed = int(noise.generator(setup.seed, SEARCH, len(trials) * DRAWS + draw).integers(2**32))
        if setup.sampler == "tpe" and draw < DRAWS // 2:
            study.sampler = optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True, n_startup_trials=RANDOM_TRIALS
            )
        else:
            study.sampler = optuna.samplers.RandomSampler(seed=seed)
        asked = study.ask(space)
        words = tuple((one.name, _word(one, asked.params[one.name])) for one in setup.space)
        if words not in tried:
            return words
        study.tell(asked, state=TrialState.FAIL)
    return None


def falls_behind(setup: Setup, trials: Iterable[Trial], trial: Trial) -> bool:
    """Whether to prune a trial: its best error so far is above the median of the finished trials at the same step.

    Measured on 60 random settings of the ladder (digits, 600 updates, 3 seeds), 30 of them at a time: half of the
    updates are saved, and the best setting was never lost; successive halving by 3 saves 66 to 72 %, but lost the
    best in 9 to 29 of 100 searches.
    """
    finished = [other for other in trials if other.state == "finished"]
    pruner = optuna.pruners.MedianPruner(n_startup_trials=PRUNE_FROM_TRIALS, n_warmup_steps=PRUNE_FROM_STEP)
    return bool(trial.curve) and pruner.prune(_study(setup, finished), _frozen(setup, trial))


def expected_share(setup: Setup, trials: Iterable[Trial], number: int) -> float:
    """The share of its updates that trial `number` is expected to be trained for. The first PRUNE_FROM_TRIALS go to
    their end. For later ones it is the mean over those of `trials` that have ended, and before there are some
    PRUNED_SHARE, which counts as PRUNED_WEIGHT trials."""
    if number < PRUNE_FROM_TRIALS:
        return 1.0
    ended = [trial for trial in trials if trial.state != "running" and trial.number >= PRUNE_FROM_TRIALS]
    shares = [trial.updates / n_updates(setup, trial.words) if trial.state == "pruned" else 1.0 for trial in ended]
    return (sum(shares) + PRUNED_WEIGHT * PRUNED_SHARE) / (len(shares) + PRUNED_WEIGHT)


@dataclass(frozen=True)
class Importances:
    """Axis -> its share of what parts the best trials from the others, summing to 1, the greatest first; or `reason`
    why there is none."""

    shares: dict[str, float] | None
    reason: Problem | None = None


def importances(setup: Setup, trials: Iterable[Trial]) -> Importances:
    """By PED-ANOVA (Watanabe et al. 2023), which asks how far an axis's values among the best tenth of the trials
    (the best five at least) differ from those among all. Pruned trials count, as worse than every finished one: what
    they would have come to is not known, but that they fell behind is."""
    ended = [trial for trial in trials if trial.state != "running"]
    if len(ended) < FEWEST:
        return Importances(None, Problem("search_few_trials", n=len(ended), fewest=FEWEST))
    errors = [1.0 if trial.state != "finished" else trial.validation_error or 0.0 for trial in ended]
    if len(set(errors)) == 1:
        return Importances(None, Problem("search_all_equal"))
    study = _study(setup, [])
    for trial, error in zip(ended, errors, strict=True):
        study.add_trial(_frozen(setup, trial, TrialState.COMPLETE, error))
    n_best = min(max(TOP, math.ceil(len(ended) / 10)), sum(error < max(errors) for error in errors))
    by = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=(n_best - 0.5) / len(ended))
    names = [one.name for one in setup.space]
    return Importances(optuna.importance.get_param_importances(study, evaluator=by, params=names))


def _study(setup: Setup, trials: Iterable[Trial]) -> optuna.Study:
    study = optuna.create_study()
    states = {"finished": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "running": TrialState.RUNNING}
    for trial in trials:
        value = trial.validation_error if trial.state != "running" else None
        study.add_trial(_frozen(setup, trial, states[trial.state], value))
    return study


def _frozen(
    setup: Setup, trial: Trial, state: TrialState = TrialState.RUNNING, value: float | None = None
) -> FrozenTrial:
    """A trial as Optuna has it."""
    words, in_all = dict(trial.words), n_updates(setup, trial.words)
    return create_trial(
        state=state,
        value=value,
        params={one.name: _value(one, words[one.name]) for one in setup.space},
        distributions={one.name: _distribution(one) for one in setup.space},
        intermediate_values={round(STEPS * update / in_all): error for update, error in trial.curve},
    )


@lru_cache(maxsize=MOST_TRIALS)
def n_updates(setup: Setup, words: tuple[tuple[str, str], ...]) -> int:  # asked for every trial at every question
    """Updates of each cell of a trial that goes to its end."""
    return setup.cell(words, 0).live.n_updates


def work(setup: Setup, words: tuple[tuple[str, str], ...]) -> float:
    """Cell.work of a trial that goes to its end, all seeds together."""
    return setup.n_seeds * setup.cell(words, 0).work


def _distribution(one: Axis | Range) -> BaseDistribution:
    if isinstance(one, Axis):
        return CategoricalDistribution(one.words)
    by_factors = one.by_factors and one.low > 0
    if sweeps.knob_of(one.name).kind is int:
        return IntDistribution(round(one.low), round(one.high), log=by_factors)
    return FloatDistribution(one.low, one.high, log=by_factors)


def _value(one: Axis | Range, word: str) -> str | int | float:
    """A trial's word as the sampler has it: rounded to so many figures it may lie outside of its range."""
    if isinstance(one, Axis):
        return word
    kind = sweeps.knob_of(one.name).kind
    return kind(min(max(float(word), one.low), one.high))


def _word(one: Axis | Range, value: str | int | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) and not isinstance(one, Axis) else str(value)
