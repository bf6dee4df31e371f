"""The fingerprint by which a cluster's workers are known to have the same program."""

import shutil
from pathlib import Path

import pytest
from farming import ROOT

from ladder.experiments.dask_crew import fingerprint, fingerprint_of

PACKAGE = ROOT / "ladder"
FOLDERS = sorted({path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")})


@pytest.fixture
def copy(tmp_path) -> Path:
    """The package's Python files elsewhere."""
    return Path(shutil.copytree(PACKAGE, tmp_path / "ladder", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.mark.parametrize("folder", [*FOLDERS, "a/new/one"])
def test_a_file_more_or_less_in_any_folder_is_another_program(copy, folder):
    assert fingerprint_of(copy) == fingerprint()
    new = copy / folder / "later.py"
    new.parent.mkdir(parents=True, exist_ok=True)
    new.write_text("later = 1\n")
    first = fingerprint_of(copy)
    new.write_text("later = 2\n")
    assert len({first, fingerprint_of(copy), fingerprint()}) == 3
    new.rename(new.with_name("earlier.py"))
    assert fingerprint_of(copy) not in (first, fingerprint())
    new.with_name("earlier.py").unlink()
    assert fingerprint_of(copy) == fingerprint()


def test_line_ends_and_files_that_are_no_program_make_no_other_one(copy):
    for path in copy.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (copy / "notes.txt").write_text("nothing that runs")
    assert fingerprint_of(copy) == fingerprint()
