"""The files for a double-click: what they install, what they start, and a sentence for what is missing."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from farming import ROOT

START = ROOT / "docs" / "start"
COMMAND, BATCH = START / "Ladder Lab.command", START / "Ladder Lab.bat"
TOOLS = "sh", "dirname", "cmp", "cp", "mkdir"
PYTHON = """#!/bin/sh
echo "$PWD: $*" >> "$LOG"
case "$*" in
    *version_info*) exit {old} ;;
    "-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *"pip install"*) exit "$PIP" ;;
esac
"""


class Computer:
    """A computer with the project in a folder, and no programs but TOOLS."""

    def __init__(self, folder):
        self.programs, self.project, self.log = folder / "programs", folder / "a project", folder / "log"
        shutil.copytree(START, self.project / "docs" / "start")
        (self.project / "requirements.txt").write_text("numpy\n")
        self.programs.mkdir()
        for name in TOOLS:
            (self.programs / name).symlink_to(str(shutil.which(name)))

    def python(self, name, old):
        """Puts a Python there that writes down what it is asked, too old a one or not."""
        (self.programs / name).write_text(PYTHON.format(old=int(old)))
        (self.programs / name).chmod(0o755)

    def start(self, pip=0):
        """Double-clicks the file. Returns what it says, its exit status, and what Python was asked but its version."""
        self.log.write_text("")
        around = {"PATH": str(self.programs), "LOG": str(self.log), "PIP": str(pip)}
        file = self.project / "docs" / "start" / COMMAND.name
        words = [self.programs / "sh", file]
        done = subprocess.run(words, env=around, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/")
        assert done.stderr == ""
        asked = [line.removeprefix(f"{self.project}: ") for line in self.log.read_text().splitlines()]
        return done.stdout, done.returncode, [line for line in asked if "version_info" not in line]


@pytest.fixture
def computer(tmp_path):
    if sys.platform == "win32":
        pytest.skip("a shell's file")
    return Computer(tmp_path)


SERVES = "-m ladder serve --class"
INSTALLS = "-m pip install --disable-pip-version-check -r requirements.txt"


def test_it_installs_once_with_a_python_that_is_new_enough_and_starts_a_class(computer):
    computer.python("python3", old=True)
    computer.python("python3.12", old=False)
    assert computer.start()[1:] == (0, ["-m venv --clear .venv", INSTALLS, SERVES])
    assert computer.start()[1:] == (0, [SERVES])
    (computer.project / "requirements.txt").write_text("numpy\ntorch\n")  # of a later version
    assert computer.start()[1:] == (0, [INSTALLS, SERVES])


def test_what_was_cut_short_is_installed_again_and_a_python_that_is_gone_replaced(computer):
    computer.python("python3", old=False)
    said, status, asked = computer.start(pip=1)
    assert (status, asked) == (1, ["-m venv --clear .venv", INSTALLS]) and "could not be installed" in said
    assert computer.start()[2] == [INSTALLS, SERVES]
    (computer.project / ".venv" / "bin" / "python").unlink()
    (computer.project / ".venv" / "installed.txt").unlink()  # as venv --clear does
    assert computer.start()[2] == ["-m venv --clear .venv", INSTALLS, SERVES]


def test_without_a_python_or_without_the_project_it_says_so(computer):
    computer.python("python3", old=True)
    said, status, asked = computer.start()
    assert (status, asked) == (1, []) and "There is no Python 3.11 or newer" in said
    (computer.project / "requirements.txt").unlink()
    said, status, asked = computer.start()
    assert (status, asked) == (1, []) and "Unpack the whole ZIP" in said


def test_they_fit_their_systems_and_say_the_same():
    assert os.access(COMMAND, os.X_OK) and b"\r" not in COMMAND.read_bytes()
    lines = BATCH.read_bytes().decode("ascii").split("\n")
    assert all(line.endswith("\r") for line in lines[:-1]) and lines[-1] == ""
    batch = "\n".join(line.rstrip("\r") for line in lines)
    labels = re.findall(r"^:(\w+)$", batch, re.MULTILINE)
    assert {*re.findall(r"goto (\w+)", batch)} <= {*labels} and len(labels) == len({*labels})
    for same in (INSTALLS, SERVES, "-m venv --clear .venv", "sys.version_info < (3, 11)", "installed.txt"):
        assert same in batch and same in COMMAND.read_text()
