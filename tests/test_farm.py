"""Jobs with real workers: what is finished is never lost and never counted twice, whoever dies."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ladder import __main__, blocks, cli_sweep, crews, farm, i18n, sweeps
from ladder.cells import Glance, Result
from ladder.problems import Problem
from ladder.results import Results

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds that a slow machine may take; nothing waits so long when all is well
SMALL = {"widths": "20-12", "batch_size": "30"}


def cells_of(updates=60, seeds=3, **words):
    axes = [sweeps.axis("labels", [10, 20])]
    points = sweeps.grid(axes, {**SMALL, "updates": str(updates), **words}, range(seeds))
    return [point.cell for point in points]


@pytest.fixture
def database(tmp_path):
    found = Results(f"sqlite:///{tmp_path / 'results.sqlite'}")
    yield found
    found.close()


@pytest.fixture(scope="module")
def crew():
    made = crews.LocalCrew(2)
    yield made
    made.close()


def eventually(what):
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def ended(job: farm.Job) -> farm.Progress:
    assert job.wait(PATIENCE)
    return job.progress


def same(a: Result, b: Result) -> bool:
    near = np.allclose(a.curve["objective"], b.curve["objective"], rtol=1e-5)
    return near and replace(a, seconds=0, curve={}, costs={}) == replace(b, seconds=0, curve={}, costs={})


def check_all(cells, database) -> None:
    """Each cell has its result, and it is the one that this process comes to."""
    found = database.get(cell.key for cell in cells)
    assert len(found) == len(set(cells))
    assert all(same(found[result.cell.key], result) for result in blocks.run_cells(cells))


# --- processes of this machine


def test_a_job_comes_to_what_this_process_comes_to_and_nothing_is_trained_twice(crew, database):
    cells = cells_of()
    assert crews.from_environment(3).size == 3
    cost = farm.estimate(cells, crew, database)
    assert (cost.runs, cost.reused, cost.updates) == (6, 0, 360)
    assert cost.seconds > 0 and cost.memory > farm.LIBRARIES
    progress = ended(farm.Job(cells, crew, database))
    assert (progress.state, progress.done, progress.total, progress.reused) == ("finished", 6, 6, 0)
    check_all(cells, database)
    more = cells + cells_of(seeds=4)
    again = ended(farm.Job(more, crew, database))
    assert (again.state, again.done, again.total, again.reused) == ("finished", 8, 8, 6)
    cost = farm.estimate(more, crew, database)
    assert (cost.runs, cost.reused, cost.updates, cost.seconds) == (8, 8, 0, 0)


def test_a_paused_job_rests_and_goes_on(crew, database):
    cells = cells_of(updates=1000)
    job = farm.Job(cells, crew, database)
    eventually(lambda: job.progress.seconds_left is not None)
    job.pause()
    eventually(lambda: job.progress.state == "paused" and not job._training)
    seen = job.progress
    time.sleep(0.5)
    assert job.progress == seen and seen.done < 6
    assert not job.wait(0)
    job.resume()
    job.pause()
    job.resume()
    assert ended(job).state == "finished"
    assert len(database.known(cell.key for cell in cells)) == 6


def test_a_cancelled_job_keeps_what_is_finished_and_its_crew_can_work_on(crew, database):
    quick, slow = cells_of(), cells_of(updates=1_000_000, seeds=1)
    ended(farm.Job(quick, crew, database))
    job = farm.Job(quick + slow, crew, database)
    eventually(lambda: job.progress.rate > 0)
    job.cancel()
    progress = ended(job)
    assert (progress.state, progress.done, progress.total) == ("cancelled", 6, 8)
    other = cells_of(updates=30)
    assert ended(farm.Job(other, crew, database)).state == "finished"
    check_all(other, database)


def test_a_killed_worker_costs_its_block_and_no_more(crew, database):
    cells = cells_of(updates=800)
    job = farm.Job(cells, crew, database)
    eventually(lambda: job.progress.rate > 0)
    task = eventually(lambda: next(iter(job._training), None))
    os.kill(task.worker.process.pid, signal.SIGKILL)
    assert ended(job).state == "finished"
    assert len(database.known(cell.key for cell in cells)) == 6


class Pretended:
    """A crew and its own tasks, that answers each block with `answer(cells)`."""

    size = 1

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def submit(self, work):
        self.asked.append(work)
        return self

    def wait(self, tasks, seconds):
        return tasks

    def result(self):
        return self.answer(self.asked[-1])

    def cancel(self):
        pass


def pretended_result(cell) -> Result:
    return Result(cell, 0.5, 0.5, 1, 1.0)


def raising(error):
    def answer(cells):
        raise error

    return answer


@pytest.mark.parametrize(
    "error, key, n_times",
    [
        (crews.Lost(), "sweep_worker_lost", farm.MOST_BEGINNINGS),
        (Problem("data_missing", name="mnist", folder="x", files="y"), "data_missing", 1),
        (RuntimeError("KeyError"), "sweep_failed", 1),
    ],
)
def test_what_goes_wrong_ends_the_job_with_a_sentence(database, error, key, n_times):
    crew = Pretended(raising(error))
    progress = ended(farm.Job(cells_of(seeds=1)[:1], crew, database))
    assert (progress.state, progress.problem.key, len(crew.asked)) == ("failed", key, n_times)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(progress.problem, language)


def test_what_another_process_finished_meanwhile_is_not_trained(database):
    cells = cells_of()

    def answer(asked):
        if len(crew.asked) == 1:
            database.add(pretended_result(cell) for cell in cells if cell not in asked)
        return Glance(1.0, 1.0, 1, tuple(map(pretended_result, asked)), True)

    crew = Pretended(answer)
    assert ended(farm.Job(cells, crew, database)).done == 6
    assert len(crew.asked) == 1


# --- the command line


def command(*words):
    return [sys.executable, "-m", "ladder", *words]


SWEEP = command("sweep", "--axis", "labels=10,20", "--seeds", "3", "--workers", "1", "--widths", "20-12")
SWEEP += ["--batch-size", "30", "--updates", "600"]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A runs folder of its own; this process has it too."""
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    monkeypatch.delenv("LADDER_RESULTS", raising=False)
    return tmp_path


def started(words) -> subprocess.Popen:
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kept(home) -> dict[str, float]:
    """When each result was written."""
    database = Results()
    keys = [point.cell.key for one in database.sweeps() for point in database.points(one.name)]
    with database._engine.connect() as connection:
        rows = connection.exec_driver_sql("select key, created from results").all()
    database.close()
    assert {row.key for row in rows} <= set(keys)
    return {row.key: row.created for row in rows}


def test_a_process_killed_at_any_moment_loses_nothing_and_two_at_once_count_nothing_twice(home):
    first = started(SWEEP)
    eventually(lambda: kept(home))
    time.sleep(random.uniform(0, 0.5))
    first.kill()
    first.communicate()
    before = kept(home)
    assert len(before) >= 3
    both = [started(SWEEP), started(SWEEP)]
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    after = kept(home)
    assert len(after) == 6 and before.items() <= after.items()
    assert outputs[0] == outputs[1]
    lines = [json.loads(line) for line in outputs[0].splitlines()]
    assert [line["axes"] for line in lines] == [{"labels": 10}, {"labels": 20}]
    assert all(len(line["per_seed"]["test_error"]) == 3 for line in lines)
    assert sum(line["chosen"] for line in lines) == 1


def prepared(words) -> None:
    """Pretended results for the sweep of these words."""
    points = cli_sweep.points_of(__main__.parser().parse_args(["sweep", *words]))
    database = Results()
    database.add(pretended_result(point.cell) for point in points)
    database.close()


def test_ctrl_c_keeps_what_is_finished(home):
    prepared(SWEEP[SWEEP.index("sweep") + 1 :])
    process = started([*SWEEP, "--axis", "updates=600,1000000"])
    said = ""
    while "updates/s" not in said:
        said += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    output, rest = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in rest and "6 of 12 runs are kept" in rest
    database = Results()
    assert [(one.state, one.done) for one in database.sweeps()] == [("cancelled", 6)]
    database.close()


def test_sweeps_are_listed_exported_and_deleted(home, capsys, monkeypatch):
    monkeypatch.chdir(home)
    words = ["--axis", "model=logistic,knn", "--seeds", "2", "--name", "two"]
    prepared(words)
    assert __main__.main(["sweep", *words]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["axes"]["model"] for line in lines] == ["logistic", "knn"]
    assert __main__.main(["results", "list"]) == 0
    (listed,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (listed["name"], listed["state"], listed["done"], listed["total"]) == ("two", "finished", 4, 4)
    assert __main__.main(["results", "export", "two"]) == 0
    assert len((home / "two.csv").read_text().splitlines()) == 5
    assert __main__.main(["results", "delete", "two"]) == 0
    assert "4 results" in capsys.readouterr().err
    assert __main__.main(["results", "export", "two"]) == 2
    assert "no sweep" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, said",
    [
        (["--axis", "nosuch=1"], "no choice"),
        (["--axis", "noise_std=0,9"], "0 to 1"),
        (["--axis", "noise_std"], "as in noise_std=0,0.1,0.3"),
        (["--axis", "labels=10", "--axis", "labels=20"], "twice"),
        (["--axis", "learning_rate=0.001..0.1"], "--random"),
        (["--random", "3", "--axis", "model=0..1"], "not a number"),
        (["--seeds", "0"], "1 to 1000"),
        (["--axis", "labels=10", "--updates", "0"], "--updates 1000"),
    ],
)
def test_what_cannot_be_swept_is_one_sentence(home, capsys, words, said):
    assert __main__.main(["sweep", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1


# --- a Dask cluster


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def cluster(folder, n_workers, cwd=ROOT, **environment):
    """A scheduler and worker processes on loopback: its address, and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "distributed.cli."]
    processes = [
        subprocess.Popen([*dask[:2], dask[2] + "dask_scheduler", "--host", address, "--no-dashboard"], **quiet)
    ]
    words = [*dask[:2], dask[2] + "dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    for _ in range(n_workers):
        environ = {**os.environ, **environment}
        processes.append(subprocess.Popen([*words, "--local-directory", folder], cwd=cwd, env=environ, **quiet))
    try:
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def joined(address: str, n_workers: int) -> crews.DaskCrew:
    def join():
        try:
            found = crews.DaskCrew(address)
        except Problem:
            return None
        if found.size == n_workers:
            return found
        found.close()
        return None

    return eventually(join)


def test_a_dask_cluster_works_as_the_machine_does_and_survives_a_worker(tmp_path, database, monkeypatch):
    with cluster(tmp_path, 2, LADDER_DATA=str(tmp_path / "nowhere")) as (address, workers):
        crew = joined(address, 2)
        monkeypatch.setenv("LADDER_DASK", address)
        cells = cells_of()
        assert ended(farm.Job(cells, crew, database)).state == "finished"
        check_all(cells, database)
        long = cells_of(updates=800)
        job = farm.Job(long, crew, database)
        eventually(lambda: job.progress.rate > 0)
        workers[0].kill()
        assert ended(job).state == "finished"
        assert len(database.known(cell.key for cell in long)) == 6
        write_mnist(tmp_path / "mnist")
        monkeypatch.setenv("LADDER_DATA", str(tmp_path))
        progress = ended(farm.Job(cells_of(updates=7, dataset="mnist"), crew, database))
        said = i18n.problem(progress.problem, "en")
        assert progress.problem.key == "dask_worker_problem" and "mnist is not here yet" in said
        monkeypatch.setattr(crews, "fingerprint", lambda: "another")
        progress = ended(farm.Job(cells_of(updates=5), crew, database))
        assert progress.problem.key == "dask_worker_version"
        crew.close()


def write_mnist(folder) -> None:
    """100 training and 20 test images in MNIST's format."""
    folder.mkdir()
    for part, n in (("train", 100), ("t10k", 20)):
        shape = np.array([n, 28, 28], ">i4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + shape + bytes(n * 784))
        labels = bytes(i % 10 for i in range(n))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + shape[:4] + labels)


def test_a_dask_worker_without_the_package_is_a_sentence(tmp_path, database):
    with cluster(tmp_path, 1, cwd=tmp_path, PYTHONPATH="") as (address, _):
        crew = joined(address, 1)
        progress = ended(farm.Job(cells_of(seeds=1), crew, database))
        assert progress.problem.key == "dask_worker_foreign"
        crew.close()


def test_no_scheduler_and_no_workers_are_sentences(tmp_path, monkeypatch):
    monkeypatch.setattr(crews, "ANSWER_SECONDS", 1)
    for address in (f"tcp://127.0.0.1:{free_port()}", "nonsense"):
        monkeypatch.setenv("LADDER_DASK", address)
        with pytest.raises(Problem) as caught:
            crews.from_environment()
        assert caught.value.key == "dask_unreachable"
