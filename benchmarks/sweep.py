"""How fast a sweep of the default network is, against the same runs one after another with the textbook ladder.

A cell is a noise and a scale of lambda, with three seeds; a run trains, follows its validation error and is tested at
its end. The sweep uses every worker that is asked for, the database included; the textbook ladder (textbook.py, without
any of that but the updates) has the machine to itself, with one thread or all, whichever is faster. Both are measured
in turns, so that a busy machine slows both. One JSON object a line.
"""

import argparse
import importlib
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import psutil  # noqa: E402
import torch  # noqa: E402
from speed import textbook_seconds  # noqa: E402

from ladder.data.datasets import load  # noqa: E402
from ladder.experiments import axes, jobs  # noqa: E402
from ladder.experiments.local_crew import LocalCrew  # noqa: E402
from ladder.experiments.results import Results  # noqa: E402
from ladder.processes import cores  # noqa: E402
from ladder.settings import Structure  # noqa: E402

SEEDS = range(3)
N_LABELED = "100"  # rows of an update as in the textbook's measurement
TEXTBOOK_UPDATES = 150  # updates of a measurement
ROUNDS = 3
GROWTH = (1, 8, 64, 512)  # cells
LOOK_SECONDS = 0.2


def cells_of(n: int, n_updates: int) -> list:
    """Returns the runs of n cells, each with all SEEDS: of a square map where n is a square, else of a row."""
    side = max(1, round(n**0.5)) if round(n**0.5) ** 2 == n else n
    noises = axes.axis("noise_std", [round(0.1 + 0.8 * i / side, 4) for i in range(side)])
    scales = axes.axis("lambdas.scale", [round(10 ** (i / 8), 4) for i in range(n // side)])
    return [
        point.cell for point in axes.grid([noises, scales], {"updates": str(n_updates), "labels": N_LABELED}, SEEDS)
    ]


def sweep(n_cells: int, n_workers: int, n_updates: int) -> dict:
    """Trains a sweep of `n_cells` cells with a database of its own and workers that are started before. Returns its
    seconds, and the peak of the resident memory (MB) of all workers together and of the process that leads them."""
    crew = LocalCrew(n_workers)
    with tempfile.TemporaryDirectory() as folder:
        warm, results = Results(f"sqlite:///{folder}/warm.sqlite"), Results(f"sqlite:///{folder}/results.sqlite")
        assert jobs.Job(cells_of(8, 20), crew, warm).wait()
        peak, ended = [0, 0], threading.Event()
        watcher = threading.Thread(target=watch, args=(peak, ended))
        watcher.start()
        start = time.perf_counter()
        job = jobs.Job(cells_of(n_cells, n_updates), crew, results)
        job.wait()
        seconds = time.perf_counter() - start
        ended.set()
        watcher.join()
        assert job.progress.state == "finished", job.progress
        warm.close(), results.close()
    crew.close()
    return {"seconds": seconds, "workers_mb": peak[0], "leader_mb": peak[1]}


def watch(peak: list[int], ended: threading.Event) -> None:
    """Keeps in `peak` the greatest resident memory (MB) of the workers together and of this process, until `ended` is
    set."""
    here = psutil.Process()
    while not ended.wait(LOOK_SECONDS):
        workers = sum(child.memory_info().rss for child in here.children(recursive=True))
        peak[:] = max(peak[0], workers // 10**6), max(peak[1], here.memory_info().rss // 10**6)


def textbook(n_updates: int) -> float:
    """Returns the seconds of `n_updates` updates of the textbook ladder, with one thread or as many as there are
    processors, whichever is faster."""
    widths = Structure().widths
    found = []
    for n_threads in {1, cores.usable()}:
        torch.set_num_threads(n_threads)
        measure = textbook_seconds(load("digits"), widths, TEXTBOOK_UPDATES)
        measure()
        found.append(measure())
    torch.set_num_threads(1)
    return n_updates * min(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=1000, help="of a run")
    parser.add_argument("--growth", action="store_true", help="one and two workers, 1 to 512 cells; takes minutes")
    arguments = parser.parse_args()
    if arguments.growth:
        for n_workers in (1, 2):
            for n_cells in GROWTH:
                found = sweep(n_cells, n_workers, arguments.updates)
                runs = n_cells * len(SEEDS)
                tell(cells=n_cells, workers=n_workers, runs_per_minute=60 * runs / found.pop("seconds"), **found)
        return
    ratios, n_workers = [], cores.usable()
    for _ in range(ROUNDS):
        theirs, found = textbook(arguments.updates), sweep(64, n_workers, arguments.updates)
        ours = found["seconds"] / (64 * len(SEEDS))
        ratios.append(theirs / ours)
        tell(textbook_runs_per_minute=60 / theirs, ours=60 / ours, ratio=ratios[-1])
    tell(workers=n_workers, median_ratio=statistics.median(ratios))


def tell(**values) -> None:
    """Prints the values as a JSON line."""
    print(json.dumps({name: round(value, 2) for name, value in values.items()}), flush=True)


if __name__ == "__main__":
    main()
