"""One torch thread per test process, the real MNIST where it is, and a real Lab for the tests that ask for one."""

import os
from pathlib import Path

import ladder  # noqa: F401  (before the libraries whose arithmetic it fixes)

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["LC_ALL"] = "C.UTF-8"  # by which the window of a server speaks English
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
if "LADDER_DATA" not in os.environ and _BESIDE.is_dir():
    os.environ["LADDER_DATA"] = str(_BESIDE)

import pytest  # noqa: E402
import torch  # noqa: E402
from browsing import chromium, served  # noqa: E402
from farming import WatchedJobs  # noqa: E402

from ladder.data import datasets  # noqa: E402
from ladder.experiments.results import Results  # noqa: E402
from ladder.live.lab import Lab  # noqa: E402
from ladder.ui import service  # noqa: E402

torch.set_num_threads(1)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A test is not named after bytes: a zip made a second later has others."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits."""
    return datasets.load("digits")


PATIENCE = 60  # seconds that a slow machine may take; nothing waits so long when all is well


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A runs folder of its own; this process has it too."""
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    monkeypatch.delenv("LADDER_RESULTS", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def lab(request, tmp_path_factory):
    """A Lab, prepared, with as many workers as its test module says in N_WORKERS."""
    made = Lab(tmp_path_factory.mktemp("runs"), request.module.N_WORKERS)
    made.start()
    service.use(made)
    yield made
    made.stop()


@pytest.fixture
def until(lab):
    """until(run_id, condition): wait until the run's status meets the condition; returns the status."""

    def wait(run_id: str, condition) -> dict:
        assert lab.wait(run_id, condition, PATIENCE), lab.status(run_id)
        return lab.status(run_id)

    return wait


@pytest.fixture
def database(tmp_path):
    """Results in a database of the test's own."""
    found = Results(f"sqlite:///{tmp_path / 'deep' / 'results.sqlite'}")
    yield found
    found.close()


@pytest.fixture
def server_jobs(tmp_path, monkeypatch):
    """The server's jobs, with workers and a database of the test's own; beside a Lab that has not started where no test
    has made one yet."""
    if not service._classes:
        monkeypatch.setattr(service, "_labs", [])
        monkeypatch.setattr(service, "_classes", [])
        service.use(Lab(tmp_path / "runs", 1))
    monkeypatch.setenv("LADDER_RESULTS", f"sqlite:///{tmp_path / 'results.sqlite'}")
    service.use_jobs(WatchedJobs())
    yield service.jobs()
    service.jobs().stop()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """The address of the real app on a free port, with the runs of other test modules in it."""
    with served(tmp_path_factory.mktemp("runs")) as url:
        yield url


@pytest.fixture(scope="module")
def own_address(tmp_path_factory):
    """The address of the real app on a free port, for one test module alone."""
    with served(tmp_path_factory.mktemp("runs")) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    with chromium() as started:
        yield started
