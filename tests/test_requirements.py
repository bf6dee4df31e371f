"""requirements.txt: every package that the program imports is declared, each pinned, with its reason beside it."""

import ast
import re
import sys
from importlib.metadata import packages_distributions, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]
NAMES = {line.partition("==")[0].lower() for line in LINES}


def imported() -> set[str]:
    """The top packages that the program's files name in their imports."""
    files, found = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("ladder/**/*.py")], set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"ladder"}


def test_all_that_is_imported_is_declared():
    providers = packages_distributions()
    missing = {name for name in imported() if not {one.lower() for one in providers[name]} & NAMES}
    assert missing == set()


def test_each_package_is_pinned_to_the_installed_version_and_has_its_reason():
    for line in LINES:
        found = re.fullmatch(r"([\w-]+)==([\w.]+)(?:; [^#]+?)?  # \w.{9,}", line)
        assert found, line
        if "sys_platform" not in line or sys.platform != "win32":
            assert version(found[1]).partition("+")[0] == found[2]
    assert [line.lower() for line in LINES] == sorted(line.lower() for line in LINES)
