"""Compiled loops: what is kept on disk may be damaged, or not to be kept at all, and the numbers are the same."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numba.core import caching

from ladder.training import compiled

CODE = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from ladder.training.compiled import kernel


@kernel
def add(values):
    for i in range(len(values)):
        values[i] += {step}


values = np.zeros(3)
add(values)
print(values[0])
"""


def ran(folder: Path, step: int = 7) -> str:
    """What a process of its own prints that has this kernel in a file of `folder`."""
    (folder / "loops.py").write_text(CODE.format(root=str(Path(__file__).parents[2]), step=step))
    done = subprocess.run([sys.executable, str(folder / "loops.py")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def kept(folder: Path, kind: str) -> list[Path]:
    return list((folder / "__pycache__").glob(f"loops.add-*.{kind}"))


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_damaged_file_is_thrown_away_and_made_again(tmp_path, kind, content):
    assert ran(tmp_path) == "7.0"
    (file,) = kept(tmp_path, kind)
    file.write_bytes(content)
    assert ran(tmp_path) == "7.0"
    assert ran(tmp_path) == "7.0"
    assert kept(tmp_path, "nbi") and kept(tmp_path, "nbc")


TRAINED = """
import hashlib
from ladder.data import datasets
from ladder.training import train as training
from ladder.settings import Live, Structure

structure, moons = Structure("moons"), datasets.load("moons")
(state,), _ = training.train([training.initial(structure, moons)], [structure], [Live()], moons, 5)
print(hashlib.sha256(state.theta.tobytes()).hexdigest())
"""


def test_the_process_that_compiles_and_one_that_reads_what_it_kept_train_to_the_same_bits(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", TRAINED], capture_output=True, text=True, env=environment, check=True)
        for _ in range(2)
    )
    assert list(tmp_path.rglob("kernels.encode_back-*.nbc"))
    assert first.stdout == second.stdout


def doubled_twice() -> list[float]:
    @compiled.kernel
    def double(values):
        for i in range(len(values)):
            values[i] *= 2

    values = np.ones(3)
    double(values)
    double(values)
    return values.tolist()


def test_a_full_disk_leaves_no_index_of_what_it_does_not_hold(monkeypatch, tmp_path):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "_save_data", full)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(caching.config, "CACHE_DIR", str(tmp_path))
    assert doubled_twice() == [4.0] * 3
    assert not list(tmp_path.rglob("*double*"))


def test_without_a_folder_it_is_compiled_for_this_process(monkeypatch):
    def nowhere(*_):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(caching.CacheImpl, "__init__", nowhere)
    assert doubled_twice() == [4.0] * 3
