"""What the tests of jobs and of sessions share: small cells, a database of their own, and patience."""

import math
import signal
import struct
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest
from widgets import MAIN

from ladder.experiments import axes as sweeps
from ladder.experiments import blocks
from ladder.experiments.cells import MOST_LANES, Result, blocks_of
from ladder.experiments.costs import Cost
from ladder.experiments.jobs import Progress, Steered
from ladder.experiments.server import Jobs, Work
from ladder.live.playing import Playing
from ladder.ui import service

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds that a slow machine may take; nothing waits so long when all is well
SMALL = {"widths": "20-12", "batch_size": "30"}


def cells_of(updates=60, seeds=3, **words):
    axes = [sweeps.axis("labels", [10, 20])]
    points = sweeps.grid(axes, {**SMALL, "updates": str(updates), **words}, range(seeds))
    return [point.cell for point in points]


def eventually(what):
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def rested(session: Playing) -> None:
    """Train a session until it rests and is measured."""
    while session.active or session.measuring:
        session.advance(0.2)
        session.collect()


def ended(job: Steered) -> Progress:
    assert job.wait(PATIENCE)
    return job.progress


def same(a: Result, b: Result) -> bool:
    near = np.allclose(a.curve["objective"], b.curve["objective"], rtol=1e-5)
    return near and replace(a, seconds=0, curve={}, costs={}) == replace(b, seconds=0, curve={}, costs={})


def run_cells(cells, n_lanes=MOST_LANES) -> list[Result]:
    """The results of cells, in this process and in their order."""
    cells, found = tuple(cells), {}
    for part in blocks_of(cells, n_lanes):
        found |= {result.cell: result for result in blocks.glance(blocks.advance(blocks.begin(part), math.inf)).results}
    return [found[cell] for cell in cells]


def check_all(cells, database) -> None:
    """Each cell has its result, and it is the one that this process comes to."""
    found = database.get(cell.key for cell in cells)
    assert len(found) == len(set(cells))
    assert all(same(found[result.cell.key], result) for result in run_cells(cells))


def pretended_result(cell) -> Result:
    return Result(cell, 0.5, 0.5, 1, 1.0)


def started(words: list[str]) -> subprocess.Popen:
    """A command with its outputs in pipes, that hears Ctrl-C though these tests may run in the background, where shells
    have it ignored."""
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(words, cwd=ROOT, preexec_fn=heard, **pipes)


def write_idx(path: Path, array: np.ndarray) -> None:
    """Unsigned bytes as an IDX file, MNIST's format: two zeros, the type, how many axes, their lengths, the bytes."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(head + array.astype(np.uint8).tobytes())


# --- jobs that train nothing


class PretendedJob:
    """A job that does what its steering says, and nothing else."""

    def __init__(self):
        self.progress, self.over = Progress("running", 0, 3, 0), False

    def pause(self):
        self.progress = Progress("paused", 0, 3, 0)

    def resume(self):
        self.progress = Progress("running", 0, 3, 0)

    def cancel(self):
        self.progress, self.over = Progress("cancelled", 0, 3, 0), True

    def wait(self, seconds):
        return self.over


def work_of(job, name="many"):
    """The Work of a job that is made already, and costs nothing."""
    return Work(name, 3, False, lambda crew, results: job, lambda crew, results: Cost(3, 0, 0, 0.0, 1, 0))


# --- pages that show jobs


class WatchedJobs(Jobs):
    """Jobs whose tests wait for them. `started`: the names of the works that were started, the last at the end."""

    def __init__(self, **options):
        super().__init__(**options)
        self.started: list[str] = []

    def start(self, work, tab, *asking):
        super().start(work, tab, *asking)
        self.started.append(work.name)

    def ended(self) -> Progress:
        """How the job that was started last ended."""
        name = self.started[-1]
        eventually(lambda: not self.active(name))
        return self.progress(name)


def restart() -> WatchedJobs:
    """The server's jobs end and are forgotten, as when it ends; the database stays."""
    service.jobs().stop()
    service.use_jobs(WatchedJobs())
    return service.jobs()


def opened(page: str, **query) -> AppTest:
    """A page (of pages/) as Streamlit runs it."""
    found = AppTest.from_file(MAIN, default_timeout=60)
    for key, value in query.items():
        found.query_params[key] = value
    found.session_state["run"] = "nobody"  # the live page, which is not looked at, needs no Lab
    found.switch_page(f"../../pages/{page}.py").run()
    assert not found.exception
    return found


def trained(page: AppTest, key: str) -> AppTest:
    """The page after its job, begun by the button `{key}.start`, has finished."""
    page.button(key=f"{key}.start").click().run()
    assert not page.exception
    assert service.jobs().ended().state == "finished"
    page.run()
    assert not page.exception
    return page
