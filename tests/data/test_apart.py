"""A question about a file is answered in a process with limits."""

import gzip
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from sources import CELLS, WINE, arrays, cells, kept_its_word, npz, xlsx

from ladder.data import apart as apart_module
from ladder.data.apart import apart
from ladder.data.reading import read
from ladder.data.source import Reading, Source
from ladder.problems import Problem

ROOT = Path(__file__).parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there a process's memory is limited")


def read_apart(content: bytes, filename: str, **limits) -> Source:
    return apart(filename, read, content, filename, Reading(), **limits)


def refused(content: bytes, filename: str, **limits) -> Problem:
    with pytest.raises(Problem) as caught:
        read_apart(content, filename, **limits)
    return caught.value


def test_a_source_comes_back_as_it_was_read():
    assert cells(kept_its_word(read_apart(WINE.encode(), "wine.csv"))) == CELLS
    content = npz(x=np.arange(48.0).reshape(3, 4, 4), y=np.array(["a", "", "b"]))
    there, here = kept_its_word(read_apart(content, "a.npz")), arrays(content, "a.npz")
    assert np.array_equal(there.x, here.x) and np.array_equal(there.y, here.y) and there.found == here.found


def test_a_problem_comes_back_with_its_values():
    problem = refused(b"a,b\n1\n", "wine.csv")
    assert problem.key == "reading_ragged" and problem.values["line"] == 2


@LINUX
def test_memory_is_limited(monkeypatch):
    monkeypatch.setattr(apart_module, "MEGABYTES", 100)
    problem = refused(gzip.compress(b"a,b\n" + b"1,2\n" * 50_000_000, 1), "wine.csv.gz")
    assert problem.key == "reading_memory" and problem.values["megabytes"] == 100


@LINUX
def test_a_process_that_is_aborted_is_a_sentence():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refused(xlsx({"A": far}), "far.xlsx").key == "reading_lost"


def test_time_is_limited():
    assert refused(WINE.encode(), "wine.csv", seconds=0.05).key == "reading_slow"


def test_others_wait_for_their_turn(monkeypatch):
    monkeypatch.setattr(apart_module, "_room", threading.BoundedSemaphore(1))
    with apart_module._room:
        assert refused(WINE.encode(), "wine.csv", seconds=0.05).key == "reading_busy"
    assert len(read_apart(WINE.encode(), "wine.csv").cells) == 3


def test_where_no_process_can_start_it_is_said(monkeypatch):
    def start(*words: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("ladder.processes.spawn.start", start)
    assert refused(WINE.encode(), "wine.csv").key == "reading_lost"


def test_the_server_loads_none_of_the_readers():
    program = (
        "import sys; import ladder.data.apart, ladder.data.own;"
        "print([m for m in ('torch', 'sklearn', 'scipy', 'PIL', 'python_calamine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
