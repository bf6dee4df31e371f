"""Starting a process leaves the script alone that this one is running, as another thread may be in the middle of it."""

import sys
from types import ModuleType

from ladder.processes import spawn


def greet(connection):
    """What a started process does: it tells its main module's name and script."""
    main = sys.modules["__main__"]
    connection.send((main.__name__, getattr(main, "__file__", None)))


def test_a_process_starts_without_the_script_and_the_script_keeps_its_names(monkeypatch):
    script = ModuleType("__main__")
    script.__file__ = "/nowhere/script.py"
    monkeypatch.setitem(sys.modules, "__main__", script)
    process, connection = spawn.with_pipe(greet, "test")
    assert connection.recv()[1] != script.__file__
    process.join(30)
    assert sys.modules["__main__"] is script and script.__file__ == "/nowhere/script.py"


def test_a_script_that_begins_meanwhile_stays(monkeypatch):
    script, later = ModuleType("__main__"), ModuleType("__main__")
    script.__file__ = "script.py"
    monkeypatch.setitem(sys.modules, "__main__", script)
    with spawn._hidden_main():
        assert script.__file__ == "script.py" and not hasattr(sys.modules["__main__"], "__file__")
        sys.modules["__main__"] = later
    assert sys.modules["__main__"] is later
