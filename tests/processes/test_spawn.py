"""A process is started with this one's search path, and with nothing else of it."""

import signal
import sys
from types import ModuleType

import pytest
from children import Heard

from ladder.problems import Problem
from ladder.processes import spawn


def test_a_process_has_our_search_path_and_nothing_of_our_script(monkeypatch, tmp_path):
    script = ModuleType("__main__")
    script.__file__ = "/nowhere/script.py"
    monkeypatch.setitem(sys.modules, "__main__", script)
    (tmp_path / "queue.py").write_text("raise RuntimeError('a file of the working directory')")
    monkeypatch.chdir(tmp_path)
    before = dict(spawn.os.environ)
    with Heard("child_targets:facts") as heard:
        found = heard.next()
    assert found["script"] is None and found["path"] == sys.path
    assert (found["threads"], found["input"], found["interrupt"]) == ("1", "", signal.SIG_IGN)
    assert sys.modules["__main__"] is script and dict(spawn.os.environ) == before


@pytest.mark.skipif(not hasattr(spawn.os, "nice"), reason="Windows has classes of priority instead")
def test_a_process_has_lower_priority():
    with Heard("child_targets:facts", niceness=3) as heard:
        assert heard.next()["niceness"] == min(19, spawn.os.nice(0) + 3)


@pytest.mark.parametrize("word", ["none", "0", "-1", "1.5", "5000", "9" * 5_000])
def test_a_number_of_workers_that_cannot_be_is_a_sentence(monkeypatch, word):
    monkeypatch.setenv("LADDER_WORKERS", word)
    with pytest.raises(Problem) as caught:
        spawn.n_workers()
    assert caught.value.key == "bad_whole"
