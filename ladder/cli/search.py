"""`python -m ladder search`: a guided search as JSON lines, a line for each trial; progress on stderr."""

import argparse
import json
import sys

from tqdm import tqdm

from ladder import i18n
from ladder.analysis.statistics import mean_interval
from ladder.cli import options
from ladder.cli.sweep import LEAVE_SECONDS, LOOK_SECONDS, trained
from ladder.experiments import ablation, axes, crews, trials
from ladder.experiments.early import agreement
from ladder.experiments.results import Results
from ladder.experiments.search import Search
from ladder.experiments.summaries import plain
from ladder.experiments.trials import SAMPLERS, Setup


def register(commands: options.Commands) -> None:
    """Adds the command `search` with its options."""
    about = i18n.text("cli.search.about", "en")
    search = commands.add_parser("search", help=about.replace("%", "%%"), description=about)
    names = ", ".join(axes.NAMES)
    search.add_argument(
        "--range",
        action="append",
        default=[],
        metavar="NAME=VALUES",
        help=i18n.text("cli.search.range", "en", names=names),
    )
    search.add_argument("--trials", type=int, default=30, help=i18n.text("cli.search.trials", "en"))
    search.add_argument("--seeds", type=int, default=3, help=i18n.text("cli.search.seeds", "en"))
    search.add_argument("--search-seed", type=int, default=0, help=i18n.text("cli.search.search_seed", "en"))
    search.add_argument("--sampler", choices=SAMPLERS, default=SAMPLERS[0], help=i18n.text("cli.search.sampler", "en"))
    search.add_argument("--path", action="store_true", help=i18n.text("cli.search.path", "en"))
    search.add_argument("--name", help=i18n.text("cli.search.name", "en"))
    search.add_argument("--workers", type=int, help=i18n.text("cli.sweeps.workers", "en"))
    options.add_model(search)
    options.add_knobs(search, options.NOT_SWEPT, options.MANY)


def search(arguments: argparse.Namespace) -> int:
    """Trains the trials that the search lacks. Prints a JSON line for each trial as it ends, after those of trials that
    had ended before, and a line with the best trial, the importances, and how far the first updates agree with the end
    (early.agreement); with `--path` a last line with the way from the usual settings to the best. Returns the exit
    status: 0, or 130 after Ctrl-C.

    Raises Problem as setup_of, `searched` and ablation.path do.
    """
    job = searched(setup_of(arguments), arguments.trials, arguments.workers, arguments.name)
    if job is None:
        return 130
    print(json.dumps(_outcome(job)), flush=True)
    best = trials.best(job.trials)
    if not arguments.path or best is None:
        return 0
    steps = ablation.path(job.setup, best.words, lambda points: trained(None, points, arguments.workers))
    if steps is None:
        return 130
    print(json.dumps({"search": job.name, "path": [_step(step) for step in steps]}), flush=True)
    return 0


def _step(step: ablation.Step) -> dict[str, object]:
    """What is printed of a step of the path."""
    found = mean_interval([result.test_error for result in step.results])
    change = {} if step.change is None else {step.change[0]: plain(step.change[1])}
    return {"change": change, "validation_error": step.validation_error, "test_error": found._asdict()}


def searched(setup: Setup, n_trials: int, n_workers: int | None, name: str | None = None) -> Search | None:
    """Trains the trials that the search lacks, and prints a JSON line for each trial as it ends, after those of trials
    that had ended before. Returns the search, or None after Ctrl-C.

    Raises Problem as Results, crews.from_environment and Search do, and for a failed search that of its progress.
    """
    results, crew, job = Results(), crews.from_environment(n_workers), None
    try:
        job = Search(setup, n_trials, crew, results, name)
        _follow(job)
        if job.progress.problem:
            raise job.progress.problem
        return job
    except KeyboardInterrupt:
        if job:
            job.cancel()
            job.wait(LEAVE_SECONDS)
            done, total = job.progress.done, job.progress.total
            print(i18n.text("cli.search.interrupted", "en", done=done, total=total), file=sys.stderr)
        return None
    finally:
        crew.close()
        results.close()


def setup_of(arguments: argparse.Namespace) -> Setup:
    """Returns the search that the options describe. Raises Problem as axes.axis_of, options.shared and trials.Setup
    do."""
    space = tuple(axes.axis_of(text) for text in arguments.range)
    return Setup(
        space, tuple(options.shared(arguments).items()), arguments.seeds, arguments.search_seed, arguments.sampler
    )


def _follow(job: Search) -> None:
    """Prints each trial that has ended, and a progress bar, until the search has ended."""
    told: set[int] = set()
    form = "{n_fmt}/{total_fmt} {bar} {elapsed}{postfix}"
    with tqdm(total=job.progress.total, bar_format=form, file=sys.stderr) as bar:
        ended = False
        while not ended:
            ended, progress = job.wait(LOOK_SECONDS), job.progress
            for trial in job.trials:
                if trial.state != "running" and trial.number not in told:
                    told.add(trial.number)
                    bar.write(json.dumps({"search": job.name, **trials.record(trial)}), file=sys.stdout)
                    sys.stdout.flush()
            if progress.seconds_left is not None:
                left = tqdm.format_interval(progress.seconds_left)
                bar.set_postfix_str(i18n.text("cli.sweeps.left", "en", rate=round(progress.rate), left=left), False)
            bar.n, bar.total = progress.done, progress.total
            bar.refresh()


def _outcome(job: Search) -> dict[str, object]:
    best, found = trials.best(job.trials), trials.importances(job.setup, job.trials)
    states = [trial.state for trial in job.trials]
    return {
        "search": job.name,
        "finished": states.count("finished"),
        "pruned": states.count("pruned"),
        "best": best and trials.record(best),
        "early_agreement": agreement(job.trials),
        "importances": found.shares,
        "why": found.reason and i18n.problem(found.reason, "en"),
    }
