"""A file is read in a process with limits."""

import gzip
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from ladder.data.reader_process import read_apart
from sources import CELLS, WINE, arrays, cells, kept_its_word, npz, xlsx

from ladder.data import reader_process
from ladder.data.source import Reading
from ladder.problems import Problem

ROOT = Path(__file__).parents[2]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there a process's memory is limited")


def refused(content: bytes, filename: str, **limits) -> Problem:
    with pytest.raises(Problem) as caught:
        read_apart(content, filename, Reading(), **limits)
    return caught.value


def test_a_source_comes_back_as_it_was_read():
    assert cells(kept_its_word(read_apart(WINE.encode(), "wine.csv", Reading()))) == CELLS
    content = npz(x=np.arange(48.0).reshape(3, 4, 4), y=np.array(["a", "", "b"]))
    apart, here = kept_its_word(read_apart(content, "a.npz", Reading(side=8))), arrays(content, "a.npz", side=8)
    assert np.array_equal(apart.x, here.x) and np.array_equal(apart.y, here.y) and apart.found == here.found


def test_a_problem_comes_back_with_its_values():
    problem = refused(b"a,b\n1\n", "wine.csv")
    assert problem.key == "reading_ragged" and problem.values["line"] == 2


@LINUX
def test_memory_is_limited(monkeypatch):
    monkeypatch.setattr(reader_process, "MEGABYTES", 100)
    problem = refused(gzip.compress(b"a,b\n" + b"1,2\n" * 50_000_000, 1), "wine.csv.gz")
    assert problem.key == "reading_memory" and problem.values["megabytes"] == 100


@LINUX
def test_a_process_that_is_aborted_is_a_sentence():
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refused(xlsx({"A": far}), "far.xlsx").key == "reading_lost"


def test_time_is_limited():
    assert refused(WINE.encode(), "wine.csv", seconds=0.05).key == "reading_slow"


def test_others_wait_for_their_turn(monkeypatch):
    monkeypatch.setattr(reader_process, "_room", threading.BoundedSemaphore(1))
    with reader_process._room:
        assert refused(WINE.encode(), "wine.csv", seconds=0.05).key == "reading_busy"
    assert len(read_apart(WINE.encode(), "wine.csv", Reading()).cells) == 3


def test_where_no_process_can_start_it_is_said(monkeypatch):
    def start(*words: object) -> None:
        raise OSError("no room")

    monkeypatch.setattr("ladder.processes.spawn.start", start)
    assert refused(WINE.encode(), "wine.csv").key == "reading_lost"


def test_the_server_loads_none_of_the_readers():
    program = (
        "import sys; import ladder.data.reader_process;"
        "print([m for m in ('torch', 'sklearn', 'scipy', 'PIL', 'python_calamine') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
