"""The same run has the same bits under every setting of the libraries below, and says with what it was computed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ladder import arithmetic

ROOT = Path(__file__).parents[1]
TRAINED = """
import hashlib
import sys

sys.path.insert(0, sys.argv[1])
from ladder import arithmetic
from ladder.settings import Live, Structure, preset
from ladder.training import train as training  # torch and Numba, after the package has fixed their settings
from ladder.analysis import snapshot
from ladder.data import datasets
from ladder.recipe import links
import numpy as np
import torch

torch.set_num_threads(1)


def digest(*arrays):
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def trained(structure, live, n, model="ladder", lanes=1):
    data = datasets.load(structure.dataset)
    states = [training.initial(structure, data, model)] * lanes
    states, metrics = training.train(states, [structure] * lanes, [live] * lanes, data, n, model)
    return states[0], metrics[0]


structure, live, digits = Structure(), Live(), datasets.load("digits")
ladder, metrics = trained(structure, live, 150)
twin, _ = trained(structure, live, 150, "supervised")
print("ladder", digest(ladder.theta, ladder.adam_m, ladder.adam_v, metrics["objective"]))
print("twin", digest(twin.theta))
measured = snapshot.measure(ladder, twin, structure, live, digits)
print("measured", measured["test_error"], measured["twin_error"], digest(measured["gain"]))
print("probabilities", digest(snapshot.probabilities(ladder, structure, digits, digits.x_test)))
print("lanes", digest(trained(structure, live, 20, lanes=8)[0].theta))
wide = Structure(widths=(300, 200))
print("wide", digest(trained(wide, links.default_live(wide), 20)[0].theta))
for name in ("moons", "wine"):
    other = Structure(dataset=name, activation="leaky_relu")
    print(name, digest(trained(other, links.default_live(other), 60)[0].theta))
print(arithmetic.ours().processor)
"""

# Settings with which a library computes as on another processor, unless the program sees to it.
ELSEWHERE = {
    "as it is": {},
    "numpy without AVX-512": {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL"},
    "torch without vector units": {"ATEN_CPU_CAPABILITY": "default"},
    "numba for an old processor": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+sse2"},
    "mkl for any processor": {"MKL_CBWR": "COMPATIBLE"},
    "openblas for an old processor": {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "2"},
}
fixed = pytest.mark.skipif(not arithmetic.can_fix(), reason="this processor is no x86-64-v3: runs differ from others'")


def trained_under(settings: dict[str, str], tmp_path: Path) -> str:
    """What a process of its own prints of whole short trainings, compiled anew, with these variables set by a user."""
    ours = (*arithmetic.SETTINGS, *arithmetic.REMOVED, arithmetic.CHOICE)
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    environment = {**plain, "NUMBA_CACHE_DIR": str(tmp_path), **settings}
    words = [sys.executable, "-W", "error::ImportWarning", "-c", TRAINED, str(ROOT)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@fixed
def test_whole_trainings_have_the_same_bits_whatever_the_libraries_would_choose(tmp_path):
    found = {name: trained_under(settings, tmp_path / "kept") for name, settings in ELSEWHERE.items()}
    assert all(text == found["as it is"] for text in found.values()), found
    assert found["as it is"].split()[-1] == arithmetic.FIXED
