"""A component's script, joined from modules that import each other."""

import re
import shutil
import subprocess
import sys
from graphlib import CycleError
from pathlib import Path

import pytest

from ladder.ui import scripts

ROOT = Path(__file__).parents[2]
ENTRIES = "live", "inside", "race", "sweep", "copying", "uploading", "page", "watch"
ENTRIES += "class_board", "class_door", "class_strip", "drawn_page"
LINTER = ROOT / ".oxlintrc.json"


def module(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.js").write_text(text, encoding="utf-8")


def positions(script: str, *names: str) -> list[int]:
    return [script.index(f"const _{name} = ") for name in names]


def test_a_module_comes_after_what_it_imports_and_only_once(tmp_path):
    module(
        tmp_path,
        "entry",
        'import { b } from "./b.js";\nimport { a as first } from "./a.js";\nexport default b(first);\n',
    )
    module(tmp_path, "b", 'import { a } from "./a.js";\nexport function b(x) {\n  return a + x;\n}\n')
    module(tmp_path, "a", "const hidden = 1;\nexport const a = hidden;\n")
    script = scripts.joined("entry", tmp_path)
    assert positions(script, "a", "b") == sorted(positions(script, "a", "b"))
    assert script.count("hidden = 1") == 1
    assert "const { a: first } = _a;" in script and "return { b };" in script
    assert script.rstrip().endswith("export default b(first);")


def test_modules_in_a_circle_are_refused(tmp_path):
    module(tmp_path, "entry", 'import { a } from "./a.js";\nexport default a;\n')
    module(tmp_path, "a", 'import { b } from "./b.js";\nexport const a = 1;\n')
    module(tmp_path, "b", 'import { a } from "./a.js";\nexport const b = 2;\n')
    with pytest.raises(CycleError):
        scripts.joined("entry", tmp_path)


@pytest.mark.parametrize(
    "line",
    ['import a from "./a.js";', 'import "./a.js";', "export let a = 1;", "export { a };", 'export * from "./a.js";'],
)
def test_a_form_that_is_not_understood_is_refused_and_named(tmp_path, line):
    module(tmp_path, "entry", f"{line}\nexport default 1;\n")
    module(tmp_path, "a", "export const a = 1;\n")
    with pytest.raises(ValueError, match=re.escape(f"entry.js: {line}")):
        scripts.joined("entry", tmp_path)


def test_only_the_entry_has_a_default_export(tmp_path):
    module(tmp_path, "entry", "export const a = 1;\n")
    with pytest.raises(ValueError, match="default"):
        scripts.joined("entry", tmp_path)


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_component_s_script_can_be_joined(entry):
    script = scripts.joined(entry)
    assert script.count("export default") == 1 and not re.search(r"^import\b", script, re.MULTILINE)


def test_no_module_is_left_over():
    used = "\n".join(scripts.joined(entry) for entry in ENTRIES)
    modules = {path.stem for path in scripts.FOLDER.glob("*.js")} - set(ENTRIES)
    assert {name for name in modules if f"const _{name} = " not in used} == set()


def oxlint(*paths: Path) -> subprocess.CompletedProcess:
    program = shutil.which("oxlint", path=str(Path(sys.executable).parent)) or shutil.which("oxlint")
    assert program, "oxlint is in tests/requirements.txt"
    words = [program, "--config", str(LINTER), *map(str, paths)]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize(
    "rule, line",
    [
        ("no-undef", "helpButon();"),
        ("no-unused-vars", 'import { fill } from "./words.js";'),
        ("named", 'import { fil } from "./words.js";\nfil();'),
    ],
)
def test_the_linter_finds_undefined_and_unused_names(tmp_path, rule, line):
    shutil.copy(scripts.FOLDER / "words.js", tmp_path)
    module(tmp_path, "wrong", line + "\n")
    done = oxlint(tmp_path)
    assert done.returncode == 1 and f"({rule})" in done.stdout
