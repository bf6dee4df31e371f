"""A guided search as values: what is searched, its trials, and Optuna's part in it as pure functions of the trials.

Optuna's TPE proposes a trial's settings from the validation errors of the trials before it, and its median pruner stops
a trial that falls behind. A trial is one setting with several seeds, each a cell. Only validation errors guide, prune
and choose; test errors are reported.

No study of Optuna's is kept: it is rebuilt from the trials for every question, and its draws are a function of (seed,
trial number). So what is proposed next follows from the trials alone, and a search that was interrupted goes on as if
it had not been.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypedDict

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from ladder import noise
from ladder.analysis.statistics import Interval, mean_interval
from ladder.experiments import axes as sweeps
from ladder.experiments.axes import Axis, Point, Range
from ladder.experiments.cells import Cell, Result, error_curve
from ladder.experiments.resampling import wins
from ladder.experiments.summaries import plain
from ladder.problems import Problem

SEARCH = 65  # stream of noise.py
MOST_TRIALS, MOST_SEEDS, MOST_SEED = 1000, 100, 9999
SAMPLERS = ("tpe", "random")  # guided by the trials before, or by none
STEPS = 20  # of a trial, as the pruner counts; a step is the same share of every trial's updates
RANDOM_TRIALS = 10  # that TPE draws at random first, having nothing to go by
PRUNE_FROM_TRIALS, PRUNE_FROM_STEP = 5, 4  # finished trials, and steps of a trial, before the pruner may stop it
# The share of its updates that a trial makes before it is pruned or ends, by measurement; as many trials as it counts.
PRUNED_SHARE, PRUNED_WEIGHT = 0.5, 4
FEWEST = 10  # ended trials, below which importances say nothing
TOP = 5  # the fewest best trials that importances explain: PED-ANOVA is unsteady with fewer (Optuna's documentation)
DRAWS = 100  # attempts to find settings that are new

optuna.logging.set_verbosity(optuna.logging.WARNING)


# --- what is searched


@dataclass(frozen=True)
class Setup:
    """What a search is. `space`: the choices to vary; `base`: ((name, word), ...), which all its trials share; each
    trial has the seeds 0..n_seeds - 1; `sampler`: one of SAMPLERS; `seed`: the sampler's.

    Raises Problem "bad_choice" for another sampler, "search_empty" for an empty space, "bad_whole" unless
    1 <= n_seeds <= MOST_SEEDS and 0 <= seed <= MOST_SEED, and "sweep_axis_twice".
    """

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
        sweeps.distinct(self.space)

    def check(self) -> None:
        """Raises Problem as axes.cell_of does for a word, or an end of a range, that cannot be run here. A search that
        was kept can be read without this check, as where the dataset's files are not there."""
        for one in self.space:
            for word in one.words if isinstance(one, Axis) else (_word(one, one.low), _word(one, one.high)):
                self.cell(((one.name, word),), 0)

    def cell(self, words: tuple[tuple[str, str], ...], seed: int) -> Cell:
        """Returns the cell of a trial's words, ((axis, word), ...). Raises Problem as axes.cell_of does."""
        return sweeps.cell_of({**dict(self.base), **dict(words)}, seed)

    def points(self, words: tuple[tuple[str, str], ...]) -> list[Point]:
        """Returns a trial's cells, a point for each seed. Raises Problem as axes.cell_of does."""
        return [Point(words, seed, self.cell(words, seed)) for seed in range(self.n_seeds)]

    @property
    def n_settings(self) -> float:
        """How many settings there are to try: infinity where a range is not of whole numbers."""
        return math.prod(_n_values(one) for one in self.space)

    @property
    def name(self) -> str:
        """A name that the same search always has: "search-", its axes (60 letters at most), and 8 hexadecimal digits of
        a hash."""
        axes, text = "-".join(one.name for one in self.space)[:60], json.dumps(to_json(self))
        return f"search-{axes}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _n_values(one: Axis | Range) -> float:
    if isinstance(one, Axis):
        return len(one.words)
    return round(one.high) - round(one.low) + 1 if sweeps.knob_of(one.name).kind is int else math.inf


def _words(one: Axis | Range) -> Iterable[str]:
    """All values of an axis, or of a range of whole numbers."""
    return one.words if isinstance(one, Axis) else map(str, range(round(one.low), round(one.high) + 1))


class SetupJson(TypedDict):
    """A setup as JSON. `space`: [axis, its words] or [axis, [low, high]] each; `base`: [axis, word] each."""

    space: list[tuple[str, list[str] | list[float]]]
    base: list[tuple[str, str]]
    seeds: int
    seed: int
    sampler: str


def to_json(setup: Setup) -> SetupJson:
    """Returns a setup as plain dictionaries and lists; words and numbers as they were given."""
    return {
        "space": [(one.name, list(one.words) if isinstance(one, Axis) else [one.low, one.high]) for one in setup.space],
        "base": sorted(setup.base),
        "seeds": setup.n_seeds,
        "seed": setup.seed,
        "sampler": setup.sampler,
    }


def from_json(values: SetupJson) -> Setup:
    """Returns the Setup of `to_json`. Raises Problem "cell_foreign" if it has other fields than setups have here, and
    as Setup, axes.axis and axes.search_range do."""
    try:
        base = tuple((name, word) for name, word in values["base"])
        space = tuple(_dimension(name, ends) for name, ends in values["space"])
        return Setup(space, base, values["seeds"], values["seed"], values["sampler"])
    except (TypeError, KeyError, ValueError) as error:
        raise Problem("cell_foreign") from error


def _dimension(name: str, ends: list[str] | list[float]) -> Axis | Range:
    """The axis of these words, or the range between these two ends."""
    words = [one for one in ends if isinstance(one, str)]
    if words:
        return sweeps.axis(name, words)
    low, high = (one for one in ends if not isinstance(one, str))
    return sweeps.search_range(name, low, high)


# --- trials


@dataclass(frozen=True)
class Trial:
    """One setting, `words`: ((axis, word), ...), and its outcome; errors are fractions between 0 and 1.

    `number`: its place in the search, from 0. `state`: "running" (also if it waits to be trained), "finished" or
    "pruned". `curve`: (update, validation error), the mean over the seeds; a seed that diverged counts as 1, the error
    where all is wrong. `results`: one for each seed of a finished trial, else empty.
    """

    number: int
    words: tuple[tuple[str, str], ...]
    state: str = "running"
    curve: tuple[tuple[int, float], ...] = ()
    results: tuple[Result, ...] = ()

    @cached_property
    def validation_error(self) -> float | None:
        """The error that trials are chosen by: the mean over the seeds at the end of a finished trial, at the last
        point of the curve of another, None before the first. Diverged seeds count as 1, so that a setting that fails
        now and then does not win by its other seeds."""
        if self.results:
            return mean([result.validation_error for result in self.results])
        return self.curve[-1][1] if self.curve else None

    @cached_property
    def test_error(self) -> Interval | None:
        """Mean and 95 % interval over the seeds that did not diverge; None for a trial that is not finished."""
        return mean_interval([result.test_error for result in self.results]) if self.results else None

    @property
    def updates(self) -> int:
        """Updates that each seed has made, as far as is known: those of the longest result of a finished trial, of the
        last point of the curve of another."""
        if self.results:
            return max(result.updates for result in self.results)
        return self.curve[-1][0] if self.curve else 0

    @property
    def n_diverged(self) -> int:
        """How many seeds of a finished trial diverged; 0 for another."""
        return sum(result.diverged is not None for result in self.results)


def mean(errors: list[float | None]) -> float:
    """Returns the mean of the seeds' errors, one at least; None, for a seed that diverged, counts as 1."""
    return sum(1.0 if error is None else error for error in errors) / len(errors)


def mean_curve(
    curves: Iterable[Iterable[tuple[int, float | None]]], diverged: Iterable[bool]
) -> tuple[tuple[int, float], ...]:
    """Returns a trial's curve, ((update, mean error), ...), from the curves of its seeds and whether each has diverged.
    It has the updates at which all seeds that have not diverged were measured; a diverged seed counts as 1 where it was
    not measured. Empty where all have diverged."""
    errors = [{update: error for update, error in curve if error is not None} for curve in curves]
    going = [set(by_update) for by_update, over in zip(errors, diverged, strict=True) if not over]
    updates = sorted(set.intersection(*going)) if going else []
    return tuple((update, mean([by_update.get(update) for by_update in errors])) for update in updates)


def finished(number: int, words: tuple[tuple[str, str], ...], results: Iterable[Result]) -> Trial:
    """Returns the finished trial that has these results, one for each seed."""
    results = tuple(results)
    curve = mean_curve([error_curve(one.curve) for one in results], [one.diverged is not None for one in results])
    return Trial(number, words, "finished", curve, results)


def record(trial: Trial) -> dict[str, object]:
    """Returns a trial as plain data, for a line of a file or of a table: `trial`, its number; `state`; `settings`, axis
    -> value; `validation_error` and `test_error` as in Trial, the latter {"mean", "low", "high", "n"} or None;
    `per_seed` {"validation_error", "test_error"}, lists with None where a seed diverged; `n_diverged`; `updates`."""
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
    """Returns the finished trial of lowest validation error, the first of equals; None while no trial is finished. Its
    test error is the one to report."""
    found = [(t.validation_error, t) for t in trials if t.state == "finished" and t.validation_error is not None]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def wins_of(trials: Iterable[Trial]) -> dict[int, float]:
    """Returns for each finished trial, by its number, the share of resampled validation sets in which it is the best
    (resampling.wins)."""
    ended = [trial for trial in trials if trial.state == "finished"]
    return wins({trial.number: dict(enumerate(trial.results)) for trial in ended})


# --- Optuna's part: pure functions of the trials


def suggest(setup: Setup, trials: list[Trial]) -> tuple[tuple[str, str], ...] | None:
    """Returns settings that no trial has for the next trial, ((axis, word), ...); None when all were tried. Where
    DRAWS draws found no new ones, they are the first in order that no trial has. They depend on the setup and the
    trials alone. For TPE running trials count as bad ones (constant liar), so that trials that run at the same time are
    not alike. When half of the draws found nothing new, few settings are left, and the other half is drawn at
    random."""
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
    if math.isinf(setup.n_settings):
        return None
    names = [one.name for one in setup.space]
    left = (tuple(zip(names, words, strict=True)) for words in itertools.product(*map(_words, setup.space)))
    return next((words for words in left if words not in tried), None)


def falls_behind(setup: Setup, trials: Iterable[Trial], trial: Trial) -> bool:
    """Whether to prune a trial: its best error so far is above the median of the finished trials at the same step. No
    trial is pruned before PRUNE_FROM_TRIALS trials have finished, nor before step PRUNE_FROM_STEP of STEPS.

    Measured on 60 random settings of the ladder (digits, 600 updates, 3 seeds), 30 of them at a time: half of the
    updates are saved, and the best setting was never lost. Successive halving by 3 saves 66 to 72 % of the updates, but
    lost the best setting in 9 to 29 of 100 searches.
    """
    finished = [other for other in trials if other.state == "finished"]
    pruner = optuna.pruners.MedianPruner(n_startup_trials=PRUNE_FROM_TRIALS, n_warmup_steps=PRUNE_FROM_STEP)
    return bool(trial.curve) and pruner.prune(_study(setup, finished), _frozen(setup, trial))


def expected_share(setup: Setup, trials: Iterable[Trial], number: int) -> float:
    """Returns the share of its updates, 0 to 1, that trial `number` is expected to be trained for. It is 1 for the
    first PRUNE_FROM_TRIALS. For a later one it is the mean over the later ones among `trials` that have ended, together
    with PRUNED_WEIGHT trials of the share PRUNED_SHARE."""
    if number < PRUNE_FROM_TRIALS:
        return 1.0
    ended = [trial for trial in trials if trial.state != "running" and trial.number >= PRUNE_FROM_TRIALS]
    shares = [trial.updates / n_updates(setup, trial.words) if trial.state == "pruned" else 1.0 for trial in ended]
    return (sum(shares) + PRUNED_WEIGHT * PRUNED_SHARE) / (len(shares) + PRUNED_WEIGHT)


@dataclass(frozen=True)
class Importances:
    """How much each axis distinguishes the best trials from the others. `shares`: axis -> share, summing to 1, the
    greatest first; or None, and `reason` says why there are none."""

    shares: dict[str, float] | None
    reason: Problem | None = None


def importances(setup: Setup, trials: Iterable[Trial]) -> Importances:
    """Returns the axes' importances by PED-ANOVA (Watanabe et al. 2023), which measures how far an axis's values among
    the best tenth of the ended trials (the best TOP at least) differ from those among all. Pruned trials count as
    erring always: their final error is not known, but that they fell behind is. Without shares, `reason` is Problem
    "search_few_trials" for fewer than FEWEST trials, or "search_all_equal" where all errors are equal."""
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
    """A trial as an Optuna trial."""
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
    """Returns the updates of each cell of a trial that goes to its end. Raises Problem as axes.cell_of does."""
    return setup.cell(words, 0).live.n_updates


def work(setup: Setup, words: tuple[tuple[str, str], ...]) -> float:
    """Returns the work (Cell.work) of a trial that goes to its end, all seeds together. Raises Problem as axes.cell_of
    does."""
    return setup.n_seeds * setup.cell(words, 0).work


def _distribution(one: Axis | Range) -> BaseDistribution:
    if isinstance(one, Axis):
        return CategoricalDistribution(one.words)
    by_factors = one.by_factors and one.low > 0
    if sweeps.knob_of(one.name).kind is int:
        return IntDistribution(round(one.low), round(one.high), log=by_factors)
    return FloatDistribution(one.low, one.high, log=by_factors)


def _value(one: Axis | Range, word: str) -> str | int | float:
    """The value of a trial's word as the sampler has it: moved into its range, which a rounded word may lie outside
    of."""
    if isinstance(one, Axis):
        return word
    kind = sweeps.knob_of(one.name).kind
    return kind(min(max(float(word), one.low), one.high))


def _word(one: Axis | Range, value: str | int | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) and not isinstance(one, Axis) else str(value)
