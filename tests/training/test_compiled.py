"""Compiled loops: what is kept on disk may be damaged, or not to be kept at all, and the numbers are the same."""

import errno
import importlib
import os
import random
import shutil
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


def kept(folder: Path) -> list[Path]:
    return list((folder / "__pycache__").glob("loops.add-*.nbc"))


@pytest.mark.parametrize("content", [b"", b"nonsense"])
def test_a_damaged_file_is_thrown_away_and_made_again(tmp_path, content):
    assert ran(tmp_path) == "7.0"
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(content)
    assert ran(tmp_path) == "7.0"
    assert [path.read_bytes()[:8] for path in kept(tmp_path)] != [content[:8]] and len(whole) > 1000
    assert ran(tmp_path) == "7.0"


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """The bytes with a damage that a disk or a hand can do."""
    content = bytearray(whole)
    kind = rng.choice(("flip", "flip", "flip", "cut", "insert", "noise"))
    if kind == "flip":
        for _ in range(rng.choice((1, 2, 30))):
            content[rng.choice((rng.randrange(len(content)), rng.randrange(200)))] ^= 1 << rng.randrange(8)
    elif kind == "cut":
        del content[rng.randrange(len(content)) :]
    elif kind == "insert":
        content.insert(rng.randrange(len(content)), rng.randrange(256))
    else:
        content[:] = rng.randbytes(rng.randrange(300))
    return bytes(content)


def test_no_damage_to_a_kept_file_is_more_than_compiling_again(tmp_path, monkeypatch):
    (tmp_path / "loops.py").write_text(CODE.format(root=str(Path(__file__).parents[2]), step=7))
    monkeypatch.syspath_prepend(tmp_path)

    def kernel_of_a_new_process():
        return importlib.reload(importlib.import_module("loops")).add

    def added(add) -> list[float]:
        values = np.zeros(3)
        add(values)
        return values.tolist()

    assert added(kernel_of_a_new_process()) == [7.0] * 3
    (file,) = kept(tmp_path)
    whole, rng = file.read_bytes(), random.Random(0)
    add = kernel_of_a_new_process()
    assert add.stats.cache_hits, "what is whole is read"
    for _ in range(300):
        file.write_bytes(damaged(whole, rng))
        if file.read_bytes() != whole:
            assert compiled._Cache(add.py_func).load_overload(add.signatures[0], add.targetctx) is None
    add = kernel_of_a_new_process()
    assert added(add) == [7.0] * 3 and not add.stats.cache_hits
    assert kernel_of_a_new_process().stats.cache_hits, "it was made again"


def test_a_file_of_another_source_is_not_believed(tmp_path):
    """As one that is left beside a new source where the disk was full when that one was compiled."""
    assert ran(tmp_path, 7) == "7.0"
    (file,) = kept(tmp_path)
    older = file.read_bytes()
    assert ran(tmp_path, 8) == "8.0"
    for path in kept(tmp_path):
        path.write_bytes(older)
    assert ran(tmp_path, 8) == "8.0"


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
    printed, files = [], []
    for _ in range(2):
        words = [sys.executable, "-c", TRAINED]
        printed.append(subprocess.run(words, capture_output=True, text=True, env=environment, check=True).stdout)
        files.append({path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nbc")})
    assert any("kernels.encode_back-" in path.name for path in files[0])
    assert files[0] == files[1], "the second process compiles nothing"
    assert printed[0] == printed[1]


def doubled_twice() -> list[float]:
    @compiled.kernel
    def double(values):
        for i in range(len(values)):
            values[i] *= 2

    values = np.ones(3)
    double(values)
    double(values)
    return values.tolist()


def test_a_full_disk_leaves_nothing_of_what_it_does_not_hold(monkeypatch, tmp_path):
    def full(self, content):
        with open(self, "wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(compiled.Path, "write_bytes", full)
    monkeypatch.setattr(caching.config, "CACHE_DIR", str(tmp_path))
    assert doubled_twice() == [4.0] * 3
    assert not list(tmp_path.rglob("*double*"))


def test_a_folder_that_vanished_or_cannot_be_written_keeps_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(caching.config, "CACHE_DIR", str(tmp_path / "cache"))

    @compiled.kernel
    def triple(values):
        for i in range(len(values)):
            values[i] *= 3

    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_bytes(b"a file now")
    values = np.ones(3)
    triple(values)
    assert values.tolist() == [3.0] * 3


def test_without_a_folder_it_is_compiled_for_this_process(monkeypatch):
    def nowhere(*_):
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(caching.CacheImpl, "__init__", nowhere)
    assert doubled_twice() == [4.0] * 3
