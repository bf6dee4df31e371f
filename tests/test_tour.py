"""The tour of ladder/README.md names every folder and file of the package once, and nothing that is not there."""

import re
from pathlib import Path

LADDER = Path(__file__).parents[1] / "ladder"
# Folders whose files the tour does not name one by one.
WHOLE = {"locales", "teaching/lessons", "teaching/texts", "ui/live"}


def named() -> list[str]:
    """The paths in the tour's list, folders without their slash."""
    (block,) = re.findall(r"```\n(settings\.py.*?)```", (LADDER / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    found, folder = [], ""
    for line in filter(None, block.splitlines()):
        inside, name = re.match(r"(  )?([\w.]+/?)  ", line).groups()
        folder = folder if inside else name if name.endswith("/") else ""
        found.append((folder + name if inside else name).rstrip("/"))
    return found


def there() -> set[str]:
    """The folders and files of the package that the tour is to name."""
    paths = {path.relative_to(LADDER).as_posix() for path in LADDER.rglob("*")}
    paths = {
        path for path in paths if "__pycache__" not in path and Path(path).name not in ("__init__.py", "README.md")
    }
    return {path for path in paths if not any(path.startswith(f"{folder}/") for folder in WHOLE)}


def test_every_folder_and_file_is_named_once():
    assert sorted(named()) == sorted(there())


def test_folders_stand_from_the_ground_up():
    from test_architecture import RANK

    folders = [name for name in named() if name in RANK]
    assert [RANK[name] for name in folders] == sorted(RANK[name] for name in folders)
