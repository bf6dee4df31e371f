"""What docstrings promise: a public function names the Problems that it raises itself."""

import ast
import re
from pathlib import Path

import pytest

LADDER = Path(__file__).parents[1] / "ladder"


def functions(path: Path) -> list[tuple[str, str, str]]:
    """(name, source, docstring) of each public function and method of a file."""
    source = path.read_text(encoding="utf-8")
    return [
        (node.name, ast.get_source_segment(source, node) or "", ast.get_docstring(node) or "")
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    ]


@pytest.mark.parametrize("path", sorted(LADDER.rglob("*.py")), ids=lambda path: path.relative_to(LADDER).as_posix())
def test_a_public_function_names_the_problems_that_it_raises(path):
    unnamed = [
        f"{name}: {key}"
        for name, source, docstring in functions(path)
        for key in re.findall(r'raise Problem\(\s*"(\w+)"', source)
        if key not in docstring
    ]
    assert unnamed == []
