"""What a visitor's tab keeps beside the runs so that it outlasts the tab: small JSON files, named by an id that stands
in the tab's address.

Each kind of file begins with its own mark. What lies in the folder under such a name without the mark is somebody
else's, and stays as it is.
"""

import json
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from ladder import given
from ladder.files import write_whole
from ladder.live.store import beginning_of, files_in

MOST_BYTES = 4_000_000  # of a file that is read: ours are far smaller
_ID = r"[A-Za-z0-9_-]{4,32}"

log = logging.getLogger(__name__)

T = TypeVar("T")


class TabFiles(Generic[T]):
    """The files of one `kind`, such as "list", in a folder of runs, which is made when it is needed. Of these the
    `most` newest stay. `parse` takes what `write` was given and returns what `read` returns; it raises ValueError,
    TypeError or KeyError where it is something else."""

    def __init__(self, folder: Path, kind: str, most: int, parse: Callable[[dict[str, object]], T]) -> None:
        self.folder, self.most, self.parse = folder, most, parse
        self.format = f"ladder-lab {kind}"
        self.ending = f".{kind}.json"

    def _path(self, tab_id: str) -> Path | None:
        return self.folder / f"{tab_id}{self.ending}" if re.fullmatch(_ID, tab_id) else None

    def read(self, tab_id: str) -> T | None:
        """Returns what was written under this id; None where nothing was, or where its file cannot be read."""
        path = self._path(tab_id)
        if path is None:
            return None
        try:
            return self._parsed(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.warning("%s cannot be read: %s", path, error)
            return None

    def _parsed(self, path: Path) -> T:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("larger than any file of this kind")
        content = given.parsed(path.read_bytes())
        if not isinstance(content, dict) or content.get("format") != self.format:
            raise ValueError(f"not a file of {self.format}")
        return self.parse(content)

    def write(self, tab_id: str, content: dict[str, object]) -> None:
        """Keeps plain data under an id. Where the disk does not take them, that is logged, and the tab goes on with
        what it has."""
        path = self._path(tab_id)
        assert path is not None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            marked = {"format": self.format, "version": 1, **content}
            write_whole(path, json.dumps(marked, ensure_ascii=False).encode())
        except OSError as error:
            log.warning("%s cannot be written: %s", path, error)

    def tidy(self) -> list[str]:
        """Removes all files of this kind but the `most` newest. Returns the ids of these, the newest first. Never
        raises: what cannot be looked at or removed is left for the next time."""
        files = files_in(self.folder)
        named = [path for path in files if re.fullmatch(_ID + re.escape(self.ending), path.name)]
        newest = sorted(filter(self._is_ours, named), key=lambda path: -files[path].st_mtime)
        for path in newest[self.most :]:
            with suppress(OSError):
                path.unlink()
        return [path.name.removesuffix(self.ending) for path in newest[: self.most]]

    def _is_ours(self, path: Path) -> bool:
        return beginning_of(path).startswith(f'{{"format": "{self.format}"'.encode())
