"""The results of cells, and the sweeps they belong to, in a database: SQLite beside the runs, or another by its URL.

A result is one row under its cell's key, written once whoever computed it: several processes may share a database, and
one that dies leaves all that it had finished. Sweeps name cells and share results.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from ladder.experiments.axes import Point
from ladder.experiments.cells import Result, from_json, to_json
from ladder.experiments.names import checked, readable
from ladder.files import runs_folder
from ladder.problems import Problem, reason_of

SCHEMA = 1  # raise it with every change of the tables
BUSY_SECONDS = 30  # how long a writer waits for another process's writer
# Of a sweep, and the note that describes one of the other two kinds.
KINDS = {"search": "about", "comparison": "comparison", "sweep": ""}
MANY = 500  # keys asked for at a time: databases bound the length of a statement

_META = MetaData()
_ABOUT = Table("about", _META, Column("name", String(20), primary_key=True), Column("value", String(40)))
_RESULTS = Table(
    "results",
    _META,
    Column("key", String(64), primary_key=True),
    Column("created", Float, nullable=False),
    Column("cell", Text, nullable=False),  # JSON, like everything that no query selects by
    Column("outcome", Text, nullable=False),
)
_SWEEPS = Table(
    "sweeps",
    _META,
    Column("name", String(80), primary_key=True),
    Column("created", Float, nullable=False),
    Column("state", String(20), nullable=False),
)
_POINTS = Table(
    "points",
    _META,
    Column("sweep", String(80), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("key", String(64), nullable=False, index=True),
    Column("seed", Integer, nullable=False),
    Column("axes", Text, nullable=False),
    Column("cell", Text, nullable=False),
)
_NOTES = Table(
    "notes",
    _META,
    Column("sweep", String(80), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)


@dataclass(frozen=True)
class Sweep:
    """A named list of cells. `state`: new, running, cancelled, failed or finished, as Results.tell noted it last, and
    finished also where all runs have a result; `done`: how many of its `total` runs have a result. `kind`: one of
    KINDS. `title`: what a person has called it, "" where nobody has. `axes`: what it varies. `dataset`: that of its
    first run, "" where it has none. `about`: the description of a search or of a comparison as plain data."""

    name: str
    state: str
    created: float  # seconds since 1970
    done: int
    total: int
    kind: str = "sweep"
    title: str = ""
    axes: tuple[str, ...] = ()
    dataset: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)


def default_url() -> str:
    """Returns LADDER_RESULTS, or the address of results.sqlite in the runs folder (LADDER_RUNS, or runs/). Letters of
    the folder that mean something in an address, such as % and ?, are quoted."""
    beside = URL.create("sqlite", database=str(runs_folder() / "results.sqlite"))
    return os.environ.get("LADDER_RESULTS") or beside.render_as_string()


class Results:
    """The database at `url`, an address of SQLAlchemy's, by default default_url(); its tables are made where there are
    none.

    Raises Problem "results_unreadable" when it cannot be opened, "results_folder" when its place is a folder of runs
    that cannot be made, and "results_schema" when a version of the program with other tables wrote it. All methods but
    `close` raise "results_unreadable" when the database does not answer or cannot be written.
    """

    def __init__(self, url: str | None = None):
        self.url = url or default_url()
        try:
            self._engine = create_engine(self.url, connect_args=self._connect_args())
            if self._engine.dialect.name == "sqlite":
                Path(self._engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
                event.listen(self._engine, "connect", _prepare_sqlite)
            self._make_tables()
            found = self._schema()
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise self._trouble(error) from error
        if found != str(SCHEMA):
            self.close()
            raise Problem("results_schema", url=self._shown(), found=found, known=SCHEMA)

    def close(self) -> None:
        """Let go of the database's connections."""
        self._engine.dispose()

    def _connect_args(self) -> dict[str, float]:
        return {"timeout": BUSY_SECONDS} if self.url.startswith("sqlite") else {}

    def _shown(self) -> str:
        """The address for a person: without a password, and a file's as its path."""
        try:
            url = make_url(self.url)
        except ArgumentError:
            return self.url.split("@")[-1]
        return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()

    def _trouble(self, error: Exception) -> Problem:
        if isinstance(error, OSError) and not os.environ.get("LADDER_RESULTS") and self.url == default_url():
            return Problem("results_folder", folder=str(runs_folder()), reason=reason_of(error))
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return Problem("results_unreadable", url=self._shown(), reason=reason)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """A connection whose changes hold together; Problem when the database does not answer or take them."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise self._trouble(error) from error

    def _make_tables(self) -> None:
        with self._engine.begin() as connection:
            for table in _META.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
        with contextlib.suppress(IntegrityError), self._transaction() as connection:
            connection.execute(_ABOUT.insert().values(name="schema", value=str(SCHEMA)))

    def _schema(self) -> str:
        with self._transaction() as connection:
            return str(connection.scalar(select(_ABOUT.c.value).where(_ABOUT.c.name == "schema")))

    # --- results

    def add(self, results: Iterable[Result]) -> int:
        """Keep results, each in a transaction of its own; those whose cell has one already are left out. Returns how
        many were new."""
        return sum(self._add(result) for result in results)

    def _add(self, result: Result) -> bool:
        outcome = {name: value for name, value in asdict(result).items() if name != "cell"}
        row = {
            "key": result.cell.key,
            "created": time.time(),
            "cell": json.dumps(to_json(result.cell)),
            "outcome": json.dumps(outcome),
        }
        try:
            with self._transaction() as connection:
                connection.execute(_RESULTS.insert().values(**row))
        except IntegrityError:
            return False
        return True

    def known(self, keys: Iterable[str]) -> set[str]:
        """Returns those of the cell keys that have a result."""
        return {row.key for row in self._rows(keys, _RESULTS.c.key)}

    def get(self, keys: Iterable[str]) -> dict[str, Result]:
        """Returns the results by cell key, of those keys that have one."""
        return {row.key: _result(row) for row in self._rows(keys, *_RESULTS.c)}

    def _rows(self, keys: Iterable[str], *columns: ColumnElement[Any]) -> list[Row[Any]]:
        keys = list(keys)
        found: list[Row[Any]] = []
        with self._transaction() as connection:
            for start in range(0, len(keys), MANY):
                some = _RESULTS.c.key.in_(keys[start : start + MANY])
                found += connection.execute(select(*columns).where(some)).all()
        return found

    # --- sweeps

    def start(self, name: str, points: list[Point]) -> None:
        """Name a sweep, or come back to it: the same points under the same name are the same sweep. `points`: one at
        least. Raises Problem "sweep_exists" when other points have the name, "cell_foreign" when these are of another
        version of the program, and "sweep_name" for a name that cannot be given."""
        self._check_new(name)
        rows = _point_values(name, 0, points)
        try:
            with self._transaction() as connection:
                connection.execute(_SWEEPS.insert().values(name=name, created=time.time(), state="new"))
                connection.execute(_POINTS.insert(), rows)
        except IntegrityError:
            if [(p.axes, p.seed, p.cell) for p in self.points(name)] != [(p.axes, p.seed, p.cell) for p in points]:
                raise Problem("sweep_exists", sweep=name) from None

    def open(self, name: str, about: Mapping[str, object]) -> None:
        """Name a sweep that grows by `extend`, or come back to it. `about`: its description as plain data, which
        `notes` has under "about". Raises Problem "sweep_exists" when something else has the name, and "sweep_name" for
        a name that cannot be given."""
        self._check_new(name)
        try:
            with self._transaction() as connection:
                connection.execute(_SWEEPS.insert().values(name=name, created=time.time(), state="new"))
                connection.execute(_NOTES.insert().values(sweep=name, name="about", value=json.dumps(about)))
        except IntegrityError:
            if self.notes(name).get("about") != json.loads(json.dumps(about)):
                raise Problem("sweep_exists", sweep=name) from None

    def _check_new(self, name: str) -> None:
        """Raises Problem "sweep_name" for a new name that cannot be given. A name that a sweep has already stays,
        whatever it is."""
        with self._transaction() as connection:
            known = connection.scalar(select(_SWEEPS.c.name).where(_SWEEPS.c.name == name))
        if known is None:
            checked(name)

    def extend(self, name: str, position: int, points: list[Point]) -> bool:
        """Put points into a sweep, the first of them at `position`, counted from 0. Returns whether it did: where
        another process has put its own points there, nothing is changed."""
        rows = _point_values(name, position, points)
        with contextlib.suppress(IntegrityError), self._transaction() as connection:
            connection.execute(_POINTS.insert(), rows)
            return True
        return False

    def note(self, name: str, key: str, value: object) -> None:
        """Keep plain data with a sweep under a key. Data that are there under this key already stay."""
        with contextlib.suppress(IntegrityError), self._transaction() as connection:
            connection.execute(_NOTES.insert().values(sweep=name, name=key, value=json.dumps(value)))

    def entitle(self, name: str, title: str) -> None:
        """Keep what a person calls a sweep, in place of an earlier title; "" for none. Raises Problem "sweep_name" for
        more than names.MOST_LETTERS letters, and for letters that cannot be printed."""
        title = title.strip() and readable(title.strip())
        mine = (_NOTES.c.sweep == name) & (_NOTES.c.name == "title")
        with self._transaction() as connection:
            connection.execute(delete(_NOTES).where(mine))
            connection.execute(_NOTES.insert().values(sweep=name, name="title", value=json.dumps(title)))

    def notes(self, name: str) -> dict[str, object]:
        """Returns all data that are kept with a sweep, by key: "about" for one that grows, and those of `note`. Empty
        for any other sweep, and for a name that no sweep has."""
        with self._transaction() as connection:
            rows = connection.execute(select(_NOTES).where(_NOTES.c.sweep == name)).all()
        return {row.name: json.loads(row.value) for row in rows}

    def tell(self, name: str, state: str) -> None:
        """Note a sweep's state: running, cancelled, failed or finished. A name that no sweep has changes nothing."""
        with self._transaction() as connection:
            connection.execute(_SWEEPS.update().where(_SWEEPS.c.name == name).values(state=state))

    def sweeps(self) -> list[Sweep]:
        """Returns all sweeps, the newest first."""
        counted = (
            select(_SWEEPS, func.count(_POINTS.c.position).label("total"), func.count(_RESULTS.c.key).label("done"))
            .outerjoin(_POINTS, _POINTS.c.sweep == _SWEEPS.c.name)  # a search has no point before its first trial
            .outerjoin(_RESULTS, _RESULTS.c.key == _POINTS.c.key)
            .group_by(*_SWEEPS.c)
            .order_by(_SWEEPS.c.created.desc())
        )
        noted = select(_NOTES).where(_NOTES.c.name.in_(("title", *filter(None, KINDS.values()))))
        first = select(_POINTS.c.sweep, _POINTS.c.axes, _POINTS.c.cell).where(_POINTS.c.position == 0)
        with self._transaction() as connection:
            rows = connection.execute(counted).all()
            notes = {(row.sweep, row.name): json.loads(row.value) for row in connection.execute(noted)}
            begun = {row.sweep: row for row in connection.execute(first)}
        return [_sweep(row, notes, begun.get(row.name)) for row in rows]

    def points(self, name: str) -> list[Point]:
        """Returns the points of a sweep in their order. Raises Problem "sweep_unknown" if there is no such sweep, and
        those of cells.from_json, "cell_foreign" among them, if another version of the program made it."""
        return [
            Point(tuple(map(tuple, json.loads(row.axes))), row.seed, from_json(json.loads(row.cell)))
            for row in self._point_rows(name)
        ]

    def _point_rows(self, name: str) -> Sequence[Row[Any]]:
        chosen = select(_POINTS).where(_POINTS.c.sweep == name).order_by(_POINTS.c.position)
        with self._transaction() as connection:
            rows = connection.execute(chosen).all()
        if not rows and not self.notes(name):
            raise Problem("sweep_unknown", sweep=name[:80])
        return rows

    def mark(self, name: str) -> tuple[float, ...]:
        """Returns when a sweep was named (seconds since 1970), and how many points, results and notes it has; zeros for
        a name that no sweep has. While these stay the same, `points`, `notes` and the results of its cells do too."""
        points = select(func.count(_POINTS.c.position), func.count(_RESULTS.c.key)).outerjoin(
            _RESULTS, _RESULTS.c.key == _POINTS.c.key
        )
        with self._transaction() as connection:
            named = connection.scalar(select(_SWEEPS.c.created).where(_SWEEPS.c.name == name))
            counted = connection.execute(points.where(_POINTS.c.sweep == name)).one()
            n_notes = connection.scalar(select(func.count()).where(_NOTES.c.sweep == name))
        return (named or 0.0, *counted, n_notes or 0)

    def delete(self, name: str) -> int:
        """Delete a sweep, and those of its results that no other sweep has. Returns how many results were deleted.
        Raises Problem "sweep_unknown" if there is no such sweep."""
        keys = [row.key for row in self._point_rows(name)]
        with self._transaction() as connection:
            connection.execute(delete(_POINTS).where(_POINTS.c.sweep == name))
            connection.execute(delete(_SWEEPS).where(_SWEEPS.c.name == name))
            connection.execute(delete(_NOTES).where(_NOTES.c.sweep == name))
            gone = 0
            for start in range(0, len(keys), MANY):
                some = _RESULTS.c.key.in_(keys[start : start + MANY])
                shared = select(_POINTS.c.key)
                gone += connection.execute(delete(_RESULTS).where(some, _RESULTS.c.key.not_in(shared))).rowcount
        return gone


def _sweep(row: Row[Any], notes: Mapping[tuple[str, str], Any], first: Any) -> Sweep:
    """A sweep from its row, the notes of all sweeps, and the row of its first point, None where it has none."""
    state = "finished" if row.done == row.total > 0 else row.state
    kind = next(kind for kind, note in KINDS.items() if not note or (row.name, note) in notes)
    return Sweep(
        *(row.name, state, row.created, row.done, row.total, kind),
        title=notes.get((row.name, "title"), ""),
        axes=tuple(name for name, _ in json.loads(first.axes)) if first else (),
        dataset=json.loads(first.cell)["structure"].get("dataset", "") if first else "",
        about=notes.get((row.name, KINDS[kind]), {}),
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Readers do not wait for a writer, nor a writer for readers."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()


def _point_values(name: str, position: int, points: list[Point]) -> list[dict[str, object]]:
    return [
        {"sweep": name, "position": position + i, "key": point.cell.key, "seed": point.seed}
        | {"axes": json.dumps(point.axes), "cell": json.dumps(to_json(point.cell))}
        for i, point in enumerate(points)
    ]


def _result(row: Row[Any]) -> Result:
    values = json.loads(row.outcome)
    diverged, wrong = values.pop("diverged"), values.pop("wrong", None)
    cell, wrong = from_json(json.loads(row.cell)), None if wrong is None else tuple(wrong)
    return Result(cell=cell, diverged=diverged and tuple(diverged), wrong=wrong, **values)
