"""The house: imports point one way, files stay small, and the server loads no torch."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up; a module may import those of its own floor and below.
FLOORS = (
    ("problems", "__init__", "compiled"),
    ("settings", "frames", "spawn"),
    ("experiments", "idx", "i18n", "noise", "theme", "view", "combinators", "plans"),
    ("datasets", "downloads", "models/__init__", "models/ladder", "figures", "history", "normal"),
    ("contestants", "kernels"),
    ("models/network",),
    ("models/autoencoders", "models/semi"),
    ("fast", "links", "store", "classical", "statistics"),
    ("race", "cells", "insight", "study"),
    ("sweeps",),
    ("summaries", "results", "tournament", "portraits", "trials"),
    ("tables", "maps", "design"),
    ("training",),
    ("inspection", "rivals"),
    ("readers",),
    ("blocks",),
    ("crews",),
    ("farm",),
    ("search", "search_figures"),
    ("cli_sweep",),
    ("cli_compare", "cli_search"),
    ("playing",),
    ("session",),
    ("racing",),
    ("worker",),
    ("helper",),
    ("mirror",),
    ("runs",),
    ("export",),
    ("channel", "__main__"),
    ("ui/__init__", "ui/service", "ui/jobs", "ui/component", "ui/drawing", "ui/held", "ui/visit", "ui/parts"),
    ("ui/controls", "ui/arena", "ui/words", "ui/jobbar"),
    ("ui/shared",),
    ("ui/explorer",),
    ("ui/searcher",),
    ("ui/seeds",),
    ("ui/main",),
)
PLACE = {name: floor for floor, names in enumerate(FLOORS) for name in names}
MODULES = sorted(str(path.relative_to(ROOT / "ladder").with_suffix("")) for path in (ROOT / "ladder").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, at its top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(names: set[str]) -> set[str]:
    places = {name.removeprefix("ladder.").replace(".", "/") for name in names if name.startswith("ladder.")}
    return places & set(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down_and_only_the_ui_knows_streamlit(module):
    assert module in PLACE, f"{module} has no floor"
    names = imported(ROOT / "ladder" / f"{module}.py")
    upward = [other for other in ours(names) if PLACE[other] > PLACE[module]]
    assert upward == []
    if not module.startswith("ui/"):
        assert not any(name.split(".")[0] == "streamlit" for name in names)


def test_every_floor_names_modules_that_exist():
    assert set(PLACE) == set(MODULES)


@pytest.mark.parametrize("pattern", ["ladder/**/*.py", "ladder/**/*.js", "ladder/**/*.css", "pages/*.py", "tests/*.py"])
def test_no_file_is_longer_than_400_lines(pattern):
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in ROOT.glob(pattern)}
    assert lengths and max(lengths.values()) <= 400


def test_the_server_s_modules_load_neither_torch_nor_scikit_learn():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import ladder.channel, ladder.links, ladder.datasets;"
        "print([m for m in ('torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(ROOT)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
