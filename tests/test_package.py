"""What `pip install .` gives: the estimator with few packages, the command, and every file that it reads."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {"numba", "numpy", "scikit-learn", "scipy", "torch"}  # by the estimator


def pins() -> dict[str, str]:
    """The lines of requirements.txt by name: the version with what stands behind it, without its reason."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = (line.partition("  #")[0].partition("==") for line in lines if not line.startswith("#"))
    return {name: rest for name, _, rest in found}


def test_the_packages_are_those_of_requirements_txt_or_later_ones():
    extras = PROJECT["optional-dependencies"]
    named = {name: dict(line.split(">=", 1) for line in lines) for name, lines in extras.items()}
    needed = dict(line.split(">=", 1) for line in PROJECT["dependencies"])
    assert set(needed) == NEEDED
    assert needed | named["all"] == pins() and not set(needed) & set(named["all"])
    assert named["export"].items() <= named["all"].items()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what the wheel installs, and the wheel's names. The wheel is made from a copy: setuptools writes
    beside its sources."""
    folder = tmp_path_factory.mktemp("package")
    source, wheels, target = (folder / name for name in ("source", "wheels", "target"))
    shutil.copytree(ROOT / "ladder", source / "ladder", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-deps", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "-w", wheels, source], check=True)
    (wheel,) = wheels.glob("ladder_lab-*.whl")
    subprocess.run([*pip, "install", *offline, "--no-compile", "--target", target, wheel], check=True)
    with zipfile.ZipFile(wheel) as archive:
        return target, set(archive.namelist())


def test_the_wheel_has_every_file_of_the_package_and_nothing_else(installed):
    _, names = installed
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ladder").rglob("*") if path.is_file()}
    ours = {name for name in files if "__pycache__" not in name}
    assert {name for name in names if ".dist-info/" not in name} == ours


# A program that finds the packages of `allowed` and what these need themselves, and no other package of ours.
ALONE = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refused())
sys.path.insert(0, {target!r})
{program}
"""


def run(installed, program, *refused):
    """What a program prints that finds the installed package and not the packages `refused`."""
    code = ALONE.format(refused=set(refused), target=str(installed[0]), program=program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=installed[0].parent)
    return done.returncode, done.stdout, done.stderr


REFUSED = "tqdm", "optuna", "sqlalchemy", "pandas", "psutil", "segno", "streamlit", "onnx", "safetensors", "pooch"


def test_the_estimator_runs_with_few_packages(installed):
    program = (
        "import ladder, numpy as np; x = np.random.default_rng(0).normal(size=(40, 3)); y = np.arange(40) % 2;"
        "fit = ladder.LadderClassifier(hidden_layer_sizes=(5,), max_iter=5, random_state=0).fit(x, y);"
        "print(ladder.__file__); print(fit.predict(x).shape, fit.denoise(x).shape)"
    )
    status, told, wrong = run(installed, program, *REFUSED)
    assert status == 0, wrong
    where, shapes = told.splitlines()
    assert Path(where).parents[1] == installed[0] and shapes == "(40,) (40, 3)"


def test_the_command_says_which_package_is_missing(installed):
    (entry,) = re.findall(r"^ladder-lab = (\S+):main$", _entry_points(installed), re.MULTILINE)
    program = f"from {entry} import main; sys.argv = ['ladder-lab', '--help']; sys.exit(main())"
    status, _, wrong = run(installed, program, *REFUSED)
    assert status == 2 and "is missing" in wrong and "Traceback" not in wrong
    status, told, wrong = run(installed, program)
    assert status == 0 and "serve" in told, wrong


def _entry_points(installed):
    (found,) = installed[0].glob("ladder_lab-*.dist-info/entry_points.txt")
    return found.read_text()


def test_the_page_is_not_served_from_an_installed_package(installed):
    program = "from ladder.cli.entry import main; sys.argv = ['ladder-lab', 'serve']; sys.exit(main())"
    status, _, wrong = run(installed, program)
    assert status == 2 and "app.py" in wrong and len(wrong.splitlines()) == 1


def test_an_installed_package_trains_and_has_its_texts(installed):
    words = ["train", "--updates", "2", "--widths", "5", "--dataset", "iris"]
    program = f"from ladder.__main__ import main; sys.exit(main({words}))"
    status, told, wrong = run(installed, program)
    assert status == 0 and '"status": "finished"' in told, wrong
    program = "from ladder.teaching import lessons; from ladder import i18n; print(len(i18n.catalogue()) > 500)"
    assert run(installed, program)[1] == "True\n"
