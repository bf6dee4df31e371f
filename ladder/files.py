"""Where runs and what belongs to them lie, and how a file is written so that nobody ever finds half of it."""

import os
from contextlib import suppress
from pathlib import Path


def runs_folder() -> Path:
    """Returns the folder that keeps runs, results and the datasets that a class has made: LADDER_RUNS, or runs/ in the
    working directory."""
    return Path(os.environ.get("LADDER_RUNS") or "runs")


def write_whole(path: Path, content: bytes) -> None:
    """Writes `content` to `path`, all or nothing: a reader, a full disk, a lost process or a cut of the power never
    finds or leaves half a file under this name. Raises OSError where the disk does not take it."""
    if path.exists() and not path.is_file():  # a pipe or a device stays what it is
        path.write_bytes(content)
        return
    temporary = temporary_of(path)
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def temporary_of(path: Path) -> Path:
    """Returns where this process writes what will be `path`."""
    return path.with_name(f"{path.name}.{os.getpid()}.ladder-lab")
