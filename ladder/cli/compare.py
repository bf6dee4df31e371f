"""`python -m ladder compare`: models on equal terms over many seeds, as JSON lines; cost and progress on stderr."""

import argparse
import json

from ladder import i18n
from ladder.analysis import statistics
from ladder.cli import options, search, sweep
from ladder.experiments import axes, trials, tuning
from ladder.experiments.axes import Point
from ladder.experiments.summaries import Summary, summarise
from ladder.experiments.trials import MOST_TRIALS
from ladder.problems import Problem
from ladder.recipe.contestants import CONTESTANTS

SHOWN = ("ladder", "gamma", "supervised", "plain", "denoising", "contractive")
MOST_MARGIN = 0.5

Tuned = dict[str, dict[str, object]]  # model -> what its line says of its tuning


def register(commands: options.Commands) -> None:
    """Adds the command `compare` with its options."""
    about = i18n.text("cli.compare.about", "en")
    compare = commands.add_parser("compare", help=about.replace("%", "%%"), description=about)
    names = ", ".join(CONTESTANTS)
    compare.add_argument("--models", default=",".join(SHOWN), help=i18n.text("cli.compare.models", "en", names=names))
    compare.add_argument("--seeds", type=int, default=10, help=i18n.text("cli.sweeps.seeds", "en"))
    compare.add_argument("--margin", type=float, default=statistics.MARGIN, help=i18n.text("cli.compare.margin", "en"))
    compare.add_argument("--tune", type=int, metavar="N", help=i18n.text("cli.compare.tune", "en", n=tuning.SEEDS))
    compare.add_argument("--workers", type=int, help=i18n.text("cli.sweeps.workers", "en"))
    options.add_knobs(compare, options.NOT_SWEPT, options.MANY)


def compare(arguments: argparse.Namespace) -> int:
    """Prints a JSON line for each model, and a last one with the paired differences between the first model and the
    others; with `--tune` before these a line for each trial of each model. Returns the exit status: 0, or 130 after
    Ctrl-C.

    Raises Problem bad_contestants for less than two models, bad_choice for an unknown one, bad_whole for a number of
    seeds below 2 or above sweep.MOST_SEEDS, or of trials that is none, bad_number for a margin that is none, and those
    of options.shared, points_of, tuned and sweep.trained.
    """
    models = [name.strip() for name in arguments.models.split(",")]
    _check(arguments, models)
    base = options.shared(arguments)
    settings: Tuned | None = {}
    if arguments.tune is not None:
        settings = tuned(models, base, arguments.tune, arguments.workers)
    if settings is None:
        return 130
    points = points_of(models, base, arguments.seeds, settings)
    results = sweep.trained(axes.name_of(points), points, arguments.workers)
    if results is None:
        return 130
    errors = {}
    for summary in summarise(points, results):
        seeds, per_seed = summary["seeds"], summary["per_seed"]["test_error"]
        errors[summary["model"]] = {s: e for s, e in zip(seeds, per_seed, strict=True) if e is not None}
        print(json.dumps(_line(summary, points[0].cell.live.n_labeled, settings)), flush=True)
    differences = statistics.verdict(errors, models[0], margin=arguments.margin)
    print(json.dumps({"compared": models[0], "differences": differences}), flush=True)
    return 0


def _check(arguments: argparse.Namespace, models: list[str]) -> None:
    """Raises Problem as `compare` says for impossible options."""
    if len(models) < 2:
        raise Problem("bad_contestants", n=len(models), high=len(CONTESTANTS))
    unknown = next((name for name in models if name not in CONTESTANTS), None)
    if unknown is not None:
        raise Problem("bad_choice", name="--models", value=unknown[:40], choices=", ".join(CONTESTANTS))
    limits = {"--seeds": (arguments.seeds, 2, sweep.MOST_SEEDS), "--tune": (arguments.tune, 1, MOST_TRIALS)}
    for name, (value, low, high) in limits.items():
        if value is not None and not low <= value <= high:
            raise Problem("bad_whole", name=name, value=value, low=str(low), high=str(high))
    if not 0 <= arguments.margin <= MOST_MARGIN:
        raise Problem("bad_number", name="--margin", value=arguments.margin, low="0", high=f"{MOST_MARGIN:g}")


def tuned(models: list[str], base: dict[str, str], n_trials: int, n_workers: int | None) -> Tuned | None:
    """Tunes each model with `n_trials` trials by validation error, and prints them. Returns for each model `n_trials`,
    `pruned` of them, the best trial's `settings` and its `validation_error`; for a reference, which has nothing to
    tune, 0 trials and no settings. None after Ctrl-C. Raises Problem as search.searched and tuning.setup_of do."""
    found: Tuned = {}
    for model in models:
        setup = tuning.setup_of(model, tuning.base_of(model, base), tuning.SEEDS)
        if setup is None:
            found[model] = {"trials": 0, "pruned": 0, "settings": {}, "validation_error": None}
            continue
        done = search.searched(setup, n_trials, n_workers)
        if done is None:
            return None
        best, states = trials.best(done.trials), [one.state for one in done.trials]
        found[model] = {
            "trials": len(states),
            "pruned": states.count("pruned"),
            "settings": dict(best.words) if best else {},
            "validation_error": best and best.validation_error,
        }
    return found


def points_of(models: list[str], base: dict[str, str], n_seeds: int, settings: Tuned | None = None) -> list[Point]:
    """Returns a point for each model and each of `n_seeds` seeds, from 0 or, with `settings`, from tuning.SEEDS on: a
    model is not judged by the seeds that it was tuned with. `base`: the words that all models share, by name.
    `settings`: see `tuned`. Raises Problem as axes.axis and axes.grid do."""
    points, first = [], tuning.SEEDS if settings else 0
    for model in axes.axis("model", models).words:
        own = (settings or {}).get(model, {}).get("settings", {})
        assert isinstance(own, dict)
        shared = {**tuning.base_of(model, base), **own}
        points += axes.grid([axes.axis("model", [model])], shared, range(first, first + n_seeds))
    return points


def _line(summary: Summary, n_labeled: int, settings: Tuned) -> dict[str, object]:
    """Returns what is printed of one model."""
    names = ("model", "dataset", "updates", "n_parameters", "seconds", "n_diverged")
    per_seed = summary["per_seed"]["test_error"]
    found = statistics.mean_interval(per_seed)
    line = {name: value for name, value in summary.items() if name in names} | {"labels": n_labeled}
    line |= {"test_error": found.mean, "low": found.low, "high": found.high, "per_seed": per_seed}
    line |= {"seeds": summary["seeds"]}
    return line | ({"tuned": settings[summary["model"]]} if settings else {})
