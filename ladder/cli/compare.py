"""`python -m ladder compare`: models on equal terms over many seeds, as JSON lines; cost and progress on stderr."""

import argparse
import json

from ladder import i18n
from ladder.analysis import statistics
from ladder.cli import options, sweep
from ladder.experiments import axes
from ladder.experiments.summaries import summarise
from ladder.problems import Problem
from ladder.recipe.contestants import CONTESTANTS, on_equal_terms
from ladder.settings import PRESETS

SHOWN = ("ladder", "gamma", "supervised", "plain", "denoising", "contractive")


def register(commands: options.Commands) -> None:
    """Adds the command `compare` with its options."""
    about = i18n.text("cli.compare.about", "en")
    compare = commands.add_parser("compare", help=about.replace("%", "%%"), description=about)
    names = ", ".join(CONTESTANTS)
    compare.add_argument("--models", default=",".join(SHOWN), help=i18n.text("cli.compare.models", "en", names=names))
    compare.add_argument("--seeds", type=int, default=10, help=i18n.text("cli.sweeps.seeds", "en"))
    compare.add_argument("--workers", type=int, help=i18n.text("cli.sweeps.workers", "en"))
    options.add_knobs(compare, options.NOT_SWEPT, options.MANY)


def compare(arguments: argparse.Namespace) -> int:
    """Prints a JSON line for each model, and a last one with the paired differences between the first model and the
    others. Returns the exit status: 0, or 130 after Ctrl-C.

    Raises Problem bad_contestants for less than two models, bad_choice for an unknown one, bad_whole for a number of
    seeds below 2 or above sweep.MOST_SEEDS, and those of options.shared, points_of and sweep.trained.
    """
    models = [name.strip() for name in arguments.models.split(",")]
    if len(models) < 2:
        raise Problem("bad_contestants", n=len(models), high=len(CONTESTANTS))
    unknown = next((name for name in models if name not in CONTESTANTS), None)
    if unknown is not None:
        raise Problem("bad_choice", name="--models", value=unknown[:40], choices=", ".join(CONTESTANTS))
    base = options.shared(arguments)
    if not 2 <= arguments.seeds <= sweep.MOST_SEEDS:
        high = str(sweep.MOST_SEEDS)
        raise Problem("bad_whole", name="--seeds", value=arguments.seeds, low="2", high=high)
    points = points_of(models, base, arguments.seeds)
    results = sweep.trained(axes.name_of(points), points, arguments.workers)
    if results is None:
        return 130
    errors = {}
    for summary in summarise(points, results):
        seeds, per_seed = summary["seeds"], summary["per_seed"]["test_error"]
        errors[summary["model"]] = {s: e for s, e in zip(seeds, per_seed, strict=True) if e is not None}
        line = {
            name: summary[name] for name in ("model", "dataset", "updates", "n_parameters", "seconds", "n_diverged")
        }
        print(
            json.dumps(line | {"labels": points[0].cell.live.n_labeled, **_error(per_seed), "seeds": seeds}), flush=True
        )
    differences = statistics.verdict(errors, models[0])
    print(json.dumps({"compared": models[0], "differences": differences}), flush=True)
    return 0


def points_of(models: list[str], base: dict[str, str], n_seeds: int) -> list[axes.Point]:
    """Returns a point for each model and each seed from 0 to n_seeds - 1. `base`: the words that all models share, by
    name. A model with a preset keeps the lambdas of that preset, and its noise where it cannot take the others', as on
    the page (race.Race.live_of). Raises Problem as axes.axis and axes.grid do."""
    points = []
    for model in axes.axis("model", models).words:
        own = {"lambdas", "preset"} if model in PRESETS else set()
        own |= {"noise_std"} if own and not on_equal_terms(model).takes_noise else set()
        shared = {name: word for name, word in base.items() if name.partition(".")[0] not in own}
        points += axes.grid([axes.axis("model", [model])], shared, range(n_seeds))
    return points


def _error(per_seed: list[float | None]) -> dict[str, object]:
    found = statistics.mean_interval([error for error in per_seed if error is not None])
    return {"test_error": found.mean, "low": found.low, "high": found.high, "per_seed": per_seed}
