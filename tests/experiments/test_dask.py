"""A real Dask cluster on loopback: the same results, a lost worker, and what is wrong with one in a sentence."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import dask
import numpy as np
import pytest
from browsing import free_port
from farming import ROOT, SMALL, cells_of, check_all, ended, eventually

from ladder import i18n
from ladder.experiments import axes, crews, dask_crew, jobs
from ladder.experiments.dask_crew import DaskCrew
from ladder.experiments.search import Search
from ladder.experiments.trials import Setup
from ladder.problems import Problem


@contextmanager
def cluster(folder, n_workers, cwd=ROOT, scheduler_cwd=ROOT, protocol="tcp", **environment):
    """A scheduler and worker processes on loopback: its address, and the workers."""
    address = f"{protocol}://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "distributed.cli."]
    words = [*dask[:2], dask[2] + "dask_scheduler", "--host", address, "--no-dashboard"]
    processes = [subprocess.Popen(words, cwd=scheduler_cwd, **quiet)]
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


def joined(address: str, n_workers: int) -> DaskCrew:
    def join():
        try:
            found = DaskCrew(address)
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
        assert ended(jobs.Job(cells, crew, database)).state == "finished"
        check_all(cells, database)
        long = cells_of(updates=4000)
        job = jobs.Job(long, crew, database)
        eventually(lambda: job.progress.rate > 0)
        workers[0].kill()
        assert ended(job).state == "finished"
        assert len(database.known(cell.key for cell in long)) == 6
        write_mnist(tmp_path / "mnist")
        monkeypatch.setenv("LADDER_DATA", str(tmp_path))
        progress = ended(jobs.Job(cells_of(updates=7, dataset="mnist"), crew, database))
        said = i18n.problem(progress.problem, "en")
        assert progress.problem.key == "dask_worker_problem" and "mnist is not here yet" in said
        job = jobs.Job(cells_of(updates=1_000_000), crew, database)
        eventually(lambda: job.progress.rate > 0)
        monkeypatch.setattr(dask_crew, "ANSWER_SECONDS", 1)
        workers[1].kill()
        assert ended(job).problem.key == "dask_no_workers"
        crew.close()


def test_a_search_on_a_cluster_survives_a_worker_and_ends_when_it_is_cancelled(tmp_path, database):
    space = (axes.search_range("noise_std", 0, 1),)
    with cluster(tmp_path, 2) as (address, workers):
        crew = joined(address, 2)
        job = Search(Setup(space, (*SMALL.items(), ("updates", "400")), 2), 4, crew, database)
        eventually(lambda: any(trial.curve for trial in job.trials))
        workers[0].kill()
        assert ended(job).state == "finished"
        check_all([job.setup.cell(trial.words, seed) for trial in job.trials for seed in range(2)], database)
        job = Search(Setup(space, (*SMALL.items(), ("updates", "1000000")), 2), 4, crew, database)
        eventually(lambda: any(training.job.progress.rate for training in list(job._training.values())))
        job.cancel()
        assert ended(job).state == "cancelled"  # 1,000,000 updates would take an hour
        crew.close()


CERTIFICATE = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "365", "-subj", "/CN=ladder-lab"]
ROLES = ("SCHEDULER", "WORKER", "CLIENT")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificates")
def test_a_cluster_behind_tls_trains_for_those_who_have_its_certificate(tmp_path, database, monkeypatch):
    """The commands of README.md."""
    certificate, key = tmp_path / "dask-cert.pem", tmp_path / "dask-key.pem"
    subprocess.run([*CERTIFICATE, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    readme = (ROOT / "README.md").read_text()
    assert " ".join(CERTIFICATE) in readme and "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in readme
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", str(certificate))
    for role in ROLES:
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT", str(certificate))
        monkeypatch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY", str(key))
    dask.config.refresh()
    try:
        with cluster(tmp_path, 1, protocol="tls") as (address, _):
            crew = joined(address, 1)
            cells = cells_of(updates=10)
            assert ended(jobs.Job(cells, crew, database)).state == "finished"
            check_all(cells, database)
            crew.close()
            monkeypatch.undo()
            dask.config.refresh()
            monkeypatch.setattr(dask_crew, "ANSWER_SECONDS", 1)
            assert refused(address) == "dask_unreachable"
    finally:
        monkeypatch.undo()
        dask.config.refresh()


def test_the_number_of_a_cluster_s_places_is_known_without_asking_it(tmp_path):
    """Pages read it each second: a scheduler that is dead must not hold them up."""
    with cluster(tmp_path, 1) as (address, workers):
        crew = joined(address, 1)
        crew._closed.set()  # nobody looks any more
        workers[0].kill()
        workers[0].wait()
        assert crew.size == 1
        crew.close()


def write_mnist(folder) -> None:
    """100 training and 20 test images in MNIST's format."""
    folder.mkdir()
    for part, n in (("train", 100), ("t10k", 20)):
        shape = np.array([n, 28, 28], ">i4").tobytes()
        (folder / f"{part}-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03" + shape + bytes(n * 784))
        labels = bytes(i % 10 for i in range(n))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(b"\0\0\x08\x01" + shape[:4] + labels)


def test_dask_workers_without_the_program_or_with_another_are_sentences(tmp_path):
    with cluster(tmp_path, 1, cwd=tmp_path, PYTHONPATH="") as (address, _):
        eventually(lambda: refused(address) not in ("dask_no_workers", "dask_unreachable"))
        assert refused(address) == "dask_worker_foreign"
    shutil.copytree(ROOT / "ladder", tmp_path / "ladder")
    with (tmp_path / "ladder" / "models" / "ladder.py").open("a") as other:
        other.write("# A later thought.\n")
    with cluster(tmp_path, 1, cwd=tmp_path, PYTHONPATH=str(tmp_path)) as (address, _):
        eventually(lambda: refused(address) not in ("dask_no_workers", "dask_unreachable"))
        assert refused(address) == "dask_worker_version"


def test_a_scheduler_without_the_program_is_a_sentence(tmp_path):
    with cluster(tmp_path, 0, scheduler_cwd=tmp_path) as (address, _):
        eventually(lambda: refused(address) != "dask_unreachable")
        assert refused(address) == "dask_scheduler_foreign"


def refused(address: str) -> str:
    """The key of the problem with which a cluster is refused."""
    with pytest.raises(Problem) as caught:
        DaskCrew(address)
    assert "{" not in i18n.problem(caught.value, "zh")
    return caught.value.key


def test_no_scheduler_and_no_workers_are_sentences(tmp_path, monkeypatch):
    monkeypatch.setattr(dask_crew, "ANSWER_SECONDS", 1)
    for address in (f"tcp://127.0.0.1:{free_port()}", "nonsense"):
        monkeypatch.setenv("LADDER_DASK", address)
        with pytest.raises(Problem) as caught:
            crews.from_environment()
        assert caught.value.key == "dask_unreachable"
