"""`python -m ladder sweep`: a sweep as JSON lines on stdout, its cost and its progress on stderr."""

import argparse
import json
import sys

from tqdm import tqdm

from ladder import i18n
from ladder.cli import options
from ladder.experiments import axes as sweeps
from ladder.experiments import costs, crews, jobs
from ladder.experiments.axes import Axis, Point, Range
from ladder.experiments.cells import Result
from ladder.experiments.plans import PLANS
from ladder.experiments.results import Results
from ladder.experiments.summaries import summarise
from ladder.problems import Problem

MOST_SEEDS = 1000
LOOK_SECONDS = 0.2
LEAVE_SECONDS = 1.0


def register(commands: options.Commands) -> None:
    """Adds the command `sweep` with its options."""
    about = i18n.text("cli.sweeps.about", "en")
    sweep = commands.add_parser("sweep", help=about.replace("%", "%%"), description=about)
    sweep.add_argument("--axis", action="append", default=[], metavar="NAME=VALUES", help=_axis_help())
    sweep.add_argument("--plan", choices=list(PLANS), help=_plan_help())
    sweep.add_argument("--random", type=int, metavar="N", help=i18n.text("cli.sweeps.random", "en"))
    sweep.add_argument("--search-seed", type=int, default=0, help=i18n.text("cli.sweeps.search_seed", "en"))
    sweep.add_argument("--seeds", type=int, default=5, help=i18n.text("cli.sweeps.seeds", "en"))
    sweep.add_argument("--name", help=i18n.text("cli.sweeps.name", "en"))
    sweep.add_argument("--workers", type=int, help=i18n.text("cli.sweeps.workers", "en"))
    options.add_model(sweep)
    options.add_knobs(sweep, options.NOT_SWEPT, options.MANY)


def _axis_help() -> str:
    return i18n.text("cli.sweeps.axis", "en", names=", ".join(sweeps.NAMES))


def _plan_help() -> str:
    listed = " ".join(f"{name}: {i18n.text(f'plan.{name}', 'en')}" for name in PLANS)
    return f"{i18n.text('cli.sweeps.plan', 'en')} {listed}"


def sweep(arguments: argparse.Namespace) -> int:
    """Trains the runs without a result, then prints a JSON line for each combination of the axes. Returns the exit
    status: 0, or 130 after Ctrl-C. Raises Problem as points_of and `trained` do."""
    points = points_of(arguments)
    name = arguments.name or sweeps.name_of(points)
    results = trained(name, points, arguments.workers)
    if results is None:
        return 130
    for summary in summarise(points, results):
        print(json.dumps({"sweep": name, **summary}), flush=True)
    return 0


def trained(name: str | None, points: list[Point], n_workers: int | None) -> dict[str, Result] | None:
    """Trains the points that have no result, as a sweep called `name` or, for None, as none that is listed, and tells
    the cost and the progress on stderr.
    `n_workers`: see crews.from_environment. Returns the results of all points by cell key, or None after Ctrl-C.

    Raises Problem as crews.from_environment, Results, Results.start and costs.estimate do, and for a failed job that of
    its progress.
    """
    cells = [point.cell for point in points]
    results, crew, job = Results(), crews.from_environment(n_workers), None
    try:
        if name is not None:
            results.start(name, points)
        _say_cost(costs.estimate(cells, crew, results))
        job = jobs.Job(cells, crew, results, name=name)
        _follow(job)
        if job.progress.problem:
            raise job.progress.problem
        return results.get(cell.key for cell in cells)
    except KeyboardInterrupt:
        if job:
            job.cancel()
            job.wait(LEAVE_SECONDS)
        kept = len(results.known(cell.key for cell in cells))
        total = len({cell.key for cell in cells})
        print(i18n.text("cli.sweeps.interrupted", "en", kept=kept, total=total), file=sys.stderr)
        return None
    finally:
        crew.close()
        results.close()


def points_of(arguments: argparse.Namespace) -> list[Point]:
    """Returns the runs that the options describe. Raises Problem bad_whole for a number of seeds below 1 or above
    MOST_SEEDS, sweep_range_grid for a range without --random, and those of options.shared, axes.axis_of, axes.grid and
    axes.random_search."""
    if not 1 <= arguments.seeds <= MOST_SEEDS:
        raise Problem("bad_whole", name="--seeds", value=arguments.seeds, low="1", high=str(MOST_SEEDS))
    given = [sweeps.axis_of(text) for text in arguments.axis]
    planned = sweeps.plan_axes(arguments.plan) if arguments.plan else ()
    axes = [*(one for one in planned if one.name not in {axis.name for axis in given}), *given]
    base = options.shared(arguments)
    if arguments.random is not None:
        return sweeps.random_search(axes, arguments.random, arguments.search_seed, base, range(arguments.seeds))
    listed = [one for one in axes if isinstance(one, Axis)]
    if len(listed) < len(axes):
        (ranged, *_) = [one.name for one in axes if isinstance(one, Range)]
        raise Problem("sweep_range_grid", axis=ranged)
    return sweeps.grid(listed, base, range(arguments.seeds))


def _say_cost(cost: costs.Cost) -> None:
    text = i18n.text(
        "jobs.cost",
        "en",
        runs=cost.runs,
        reused=cost.reused,
        updates=cost.updates,
        time=tqdm.format_interval(cost.seconds),
        workers=cost.workers,
        megabytes=round(cost.memory / 1e6),
    )
    print(text, file=sys.stderr)


def _follow(job: jobs.Job) -> None:
    """Shows a progress bar until the job has ended."""
    form = "{n_fmt}/{total_fmt} {bar} {elapsed}{postfix}"
    with tqdm(total=job.progress.total, bar_format=form, file=sys.stderr) as bar:
        ended = False
        while not ended:
            ended = job.wait(LOOK_SECONDS)
            progress = job.progress
            if progress.seconds_left is not None:
                left = tqdm.format_interval(progress.seconds_left)
                bar.set_postfix_str(i18n.text("cli.sweeps.left", "en", rate=round(progress.rate), left=left), False)
            bar.n = progress.done
            bar.refresh()
