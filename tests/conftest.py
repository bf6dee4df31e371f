"""One torch thread per test process, and the real MNIST where it is."""

import os
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
_BESIDE = Path(__file__).parents[2] / "shared" / "data"
if "LADDER_DATA" not in os.environ and _BESIDE.is_dir():
    os.environ["LADDER_DATA"] = str(_BESIDE)

import pytest  # noqa: E402
import torch  # noqa: E402

from ladder import datasets  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits."""
    return datasets.load("digits")
