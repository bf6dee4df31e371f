"""How near the estimated duration of a job or a search is to the true one: before it starts, and at each tenth of its
duration.

One JSON object a line; the ratios are estimated / true. For an idle machine.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ladder.experiments import axes, costs, jobs  # noqa: E402
from ladder.experiments.design import Design, Quest  # noqa: E402
from ladder.experiments.jobs import Steered  # noqa: E402
from ladder.experiments.local_crew import LocalCrew  # noqa: E402
from ladder.experiments.results import Results  # noqa: E402
from ladder.experiments.search import Search  # noqa: E402
from ladder.processes import spawn  # noqa: E402

TENTHS = 10


def followed(job: Steered) -> tuple[float, list[tuple[float, float]]]:
    """Waits for the end of a job. Returns its duration and, several times a second, (seconds since its start, seconds
    left by its own estimate)."""
    start, told = time.perf_counter(), []
    while not job.wait(0.2):
        if job.progress.seconds_left is not None:
            told.append((time.perf_counter() - start, job.progress.seconds_left))
    assert job.progress.state == "finished", job.progress
    return time.perf_counter() - start, told


def compared(name: str, before: float, seconds: float, told: list[tuple[float, float]]) -> None:
    """Prints the ratios of a job's estimates to its duration: of the estimate before its start, of the first one on its
    way, and of the last one before each tenth of its duration. `before`, `seconds` and `told`, as `followed` returns
    it, are in seconds."""
    ratios = {}
    for tenth in range(1, TENTHS):
        words = [at + left for at, left in told if at <= seconds * tenth / TENTHS]
        ratios[f"{10 * tenth} %"] = round(words[-1] / seconds, 2) if words else None
    first = {"first_at": round(told[0][0], 1), "first": round(sum(told[0]) / seconds, 2)} if told else {}
    print(
        json.dumps({"what": name, "seconds": round(seconds, 1), "before": round(before / seconds, 2)} | first | ratios),
        flush=True,
    )


def sweep(name: str, points: list[axes.Point], folder: str) -> None:
    """Estimates and trains the points as a job with a new database in `folder`, and prints the ratios."""
    results, crew = Results(f"sqlite:///{folder}/{name}.sqlite"), LocalCrew(spawn.n_workers())
    cells = [point.cell for point in points]
    before = costs.estimate(cells, crew, results).seconds
    compared(name, before, *followed(jobs.Job(cells, crew, results)))
    crew.close(), results.close()


def cold(name: str, points: list[axes.Point], folder: str) -> None:
    """Does the same as `sweep` for a job that is started before its cost is known."""
    results, crew = Results(f"sqlite:///{folder}/{name}.sqlite"), LocalCrew(spawn.n_workers())
    compared(name, 0.0, *followed(jobs.Job([point.cell for point in points], crew, results)))
    crew.close(), results.close()


def search(name: str, quest: Quest, folder: str) -> None:
    """Estimates and runs a search with a new database in `folder`. Prints the ratios, and the mean share of the most
    updates that each trial after the fifth was trained for."""
    results, crew = Results(f"sqlite:///{folder}/{name}.sqlite"), LocalCrew(spawn.n_workers())
    before = costs.estimate_search(quest.setup, [], quest.n_trials, crew).seconds
    job = Search(quest.setup, quest.n_trials, crew, results)
    compared(name, before, *followed(job))
    shares = [trial.updates / max(one.updates for one in job.trials) for trial in job.trials[5:]]
    print(json.dumps({"share of updates": round(sum(shares) / len(shares), 2)}))
    crew.close(), results.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only")
    only = parser.parse_args().only
    kinds = axes.grid(
        [axes.axis("model", ["ladder", "supervised", "denoising", "pseudo_label"])],
        {"updates": "1000", "labels": "20"},
        range(3),
    )
    widths = axes.grid(
        [axes.axis("widths", ["64-32", "100-50-25", "250-100-50", "200-100-50-25"])],
        {"updates": "1000", "labels": "20"},
        range(3),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, act, what in (
            ("sweep", sweep, Design().points),
            ("cold", cold, Design().points),
            ("models", sweep, kinds),
            ("widths", sweep, widths),
            ("search", search, Quest()),
        ):
            if only in (None, name):
                act(name, what, folder)


if __name__ == "__main__":
    main()
