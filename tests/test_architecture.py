"""The house: folders import one way, and the server loads neither torch nor scikit-learn."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
LADDER = ROOT / "ladder"
# The folders of ladder/ from the ground up; those of one rank do not know each other. Files beside them have rank 0.
FLOORS = "processes | data | recipe | models | training | analysis | portable | live experiments | teaching | server"
FLOORS = *FLOORS.split(" | "), "ui cli"
RANK = {name: rank for rank, names in enumerate(FLOORS, 1) for name in names.split()}
MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in LADDER.rglob("*.py")}
TOP = "ladder.__main__"  # the command line's door


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, at its top or inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def folder(module: str) -> str:
    """ "live" of ladder.live.lab; "" for the files beside the folders."""
    return module.split(".")[1] if module.count(".") > 1 else ""


ARROWS = {name: imported(path) & set(MODULES) for name, path in MODULES.items()}


def test_folders_import_from_lower_folders_only():
    for name, others in ARROWS.items():
        for other in others if name != TOP else ():
            here, there = folder(name), folder(other)
            assert here == there or RANK.get(there, 0) < RANK.get(here, 0), f"{name} imports {other}"


def test_no_imports_in_a_circle():
    TopologicalSorter(ARROWS).prepare()  # raises CycleError, which names them


def test_only_the_ui_knows_streamlit():
    streamlit = {name for name, path in MODULES.items() if {n.split(".")[0] for n in imported(path)} & {"streamlit"}}
    knowing = {folder(name) for name in streamlit}
    assert knowing == {"ui"}


def test_every_folder_has_a_rank():
    found = {path.parent.name for path in LADDER.rglob("*.py") if path.parent != LADDER}
    assert found == set(RANK)


def test_the_server_s_modules_load_neither_torch_nor_scikit_learn_nor_a_format_of_models():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "import ladder.server.routes, ladder.recipe.links, ladder.experiments.server;"
        "print([m for m in ('torch', 'sklearn', 'onnx', 'safetensors') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(ROOT)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
