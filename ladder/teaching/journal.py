"""The classes of a server on disk: every event of every class in one SQLite file, written before anybody is told of it.

The file is in WAL mode, and each event is synchronised with the disk: a process that is killed at any moment has lost
no event that somebody was told of, and a reader is never kept waiting.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ladder.problems import Problem, reason_of
from ladder.teaching.classroom import MOST_EVENTS
from ladder.teaching.room import Event

NAME = "classes.sqlite"  # in the folder of runs
BUSY_SECONDS = 10.0  # how long a writer waits for another process's writer
_TABLES = """
CREATE TABLE IF NOT EXISTS classes (id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, touched REAL NOT NULL);
CREATE TABLE IF NOT EXISTS events (
  class TEXT NOT NULL, position INTEGER NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (class, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS teachers (key TEXT PRIMARY KEY, since REAL NOT NULL);
"""


@dataclass(frozen=True)
class Record:
    """A class in the journal. `code`: what students type to join it. `touched`: the time of its last event, in seconds
    since 1970."""

    id: str
    code: str
    touched: float


class Journal:
    """The journal in `folder`, which is made when it is first written to. May be used by several threads.

    Its methods raise Problem "class_disk" where the file cannot be read or written, or is another file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Opens the file at the first use, and makes one transaction of what happens meanwhile."""
        with self.lock:
            try:
                if self.connection is None:
                    self.connection = self._connected()
                with self.connection:
                    yield self.connection
            except (sqlite3.Error, OSError) as error:
                self._drop()
                reason = reason_of(error) if isinstance(error, OSError) else str(error)
                raise Problem("class_disk", reason=reason) from None

    def _connected(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        found = sqlite3.connect(self.path, timeout=BUSY_SECONDS, check_same_thread=False)
        try:
            found.execute("PRAGMA journal_mode=WAL")
            found.execute("PRAGMA synchronous=FULL")
            found.executescript(_TABLES)
        except sqlite3.Error:
            found.close()
            raise
        return found

    def _drop(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self.lock:
            self._drop()

    def begin(self, record: Record, events: Sequence[Event]) -> None:
        """Keeps a new class with its first events."""
        with self._open() as connection:
            connection.execute("INSERT INTO classes VALUES (?, ?, ?)", (record.id, record.code, record.touched))
            for position, event in enumerate(events):
                _insert(connection, record.id, position, event)

    def append(self, class_id: str, position: int, event: Event) -> None:
        """Keeps the event number `position` of a class. Raises Problem "class_ended" beyond MOST_EVENTS, and
        "class_disk" where that event is there already: another server leads the class."""
        if position >= MOST_EVENTS:
            raise Problem("class_ended")
        with self._open() as connection:
            _insert(connection, class_id, position, event)
            connection.execute("UPDATE classes SET touched = ? WHERE id = ?", (event.at, class_id))

    def classes(self) -> list[Record]:
        """Returns all classes, the last touched first."""
        with self._open() as connection:
            rows = connection.execute("SELECT id, code, touched FROM classes ORDER BY touched DESC").fetchall()
        return [Record(*row) for row in rows]

    def events(self, class_id: str, since: int = 0) -> list[Event]:
        """Returns the events of a class in their order, from number `since` on."""
        query = "SELECT at, kind, content FROM events WHERE class = ? AND position >= ? ORDER BY position"
        with self._open() as connection:
            rows = connection.execute(query, (class_id, since)).fetchall()
        return [Event(at, kind, json.loads(content)) for at, kind, content in rows]

    def delete(self, class_id: str) -> None:
        """Removes everything of a class, from the file's free pages too."""
        with self._open() as connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("DELETE FROM events WHERE class = ?", (class_id,))
            connection.execute("DELETE FROM classes WHERE id = ?", (class_id,))

    def teachers(self) -> frozenset[str]:
        """Returns the hashes of the secrets of browsers that have given the teacher code."""
        with self._open() as connection:
            return frozenset(key for (key,) in connection.execute("SELECT key FROM teachers"))

    def add_teacher(self, key: str, at: float) -> None:
        """Keeps the hash of a teacher's secret."""
        with self._open() as connection:
            connection.execute("INSERT OR IGNORE INTO teachers VALUES (?, ?)", (key, at))


def _insert(connection: sqlite3.Connection, class_id: str, position: int, event: Event) -> None:
    content = json.dumps(dict(event.values), ensure_ascii=False)
    row = class_id, position, event.at, event.kind, content
    connection.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
