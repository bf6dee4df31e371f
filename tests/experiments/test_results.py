"""The database of results: each counted once whoever writes, sweeps that share, and what is taken along."""

import json
import secrets
import sqlite3
import subprocess
import sys
from dataclasses import replace

import pandas
import pytest
from postgres import postgres
from sqlalchemy import create_engine, text

from ladder import i18n
from ladder.experiments import axes, names, results, tables
from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.results import Results
from ladder.problems import Problem


@pytest.fixture(scope="module")
def server():
    """The address of a PostgreSQL server."""
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """The address of a new database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'results.sqlite'}"
    name, url = f"test_{secrets.token_hex(6)}", request.getfixturevalue("server")
    engine = create_engine(f"{url}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{url}/{name}"


@pytest.fixture
def database(address):
    """Results in a database of the test's own."""
    found = Results(address)
    yield found
    found.close()


POINTS = axes.grid([axes.axis("noise_std", [0, 0.3]), axes.axis("labels", [10, 20])], {"updates": "50"}, range(3))


def result_of(point, error=0.25) -> Result:
    curve = {"update": [25, 50], "supervised": [1.5, 0.5], "validation_error": [0.5, error]}
    return Result(point.cell, error, error + 0.01, 50, 1.25, 99, None, {"supervised": 0.5}, curve, {"torch": "x"})


def test_what_is_kept_comes_back_as_it_was(database):
    kept = result_of(POINTS[0])
    lost = replace(result_of(POINTS[1]), validation_error=None, test_error=None, diverged=(7, "theta"))
    assert database.add([kept, lost]) == 2
    keys = [point.cell.key for point in POINTS]
    assert database.get(keys) == {keys[0]: kept, keys[1]: lost}
    assert database.known(keys) == set(keys[:2])
    assert database.get([]) == {}


def test_a_cell_has_one_result_the_first(database):
    first = result_of(POINTS[0], 0.1)
    assert database.add([first]) == 1
    assert database.add([result_of(POINTS[0], 0.9), result_of(POINTS[1])]) == 1
    assert database.get([POINTS[0].cell.key])[POINTS[0].cell.key] == first


def test_more_keys_than_one_statement_takes(database):
    database.add([result_of(POINTS[0])])
    keys = [f"{i:064x}" for i in range(40_000)] + [POINTS[0].cell.key]
    assert database.known(keys) == {POINTS[0].cell.key}


def test_a_sweep_is_its_cells_under_a_name_and_its_state(database):
    database.start("grid", POINTS)
    assert database.points("grid") == POINTS
    database.start("grid", POINTS)  # again
    with pytest.raises(Problem) as caught:
        database.start("grid", POINTS[1:])
    assert caught.value.key == "sweep_exists"
    database.tell("grid", "running")
    database.add([result_of(point) for point in POINTS[:5]])
    (listed,) = database.sweeps()
    assert (listed.name, listed.state, listed.done, listed.total) == ("grid", "running", 5, 12)
    database.add([result_of(point) for point in POINTS])
    assert [(one.state, one.done) for one in database.sweeps()] == [("finished", 12)]


def test_a_search_is_listed_before_its_first_trial(database):
    database.open("a search", {"space": []})
    (listed,) = database.sweeps()
    assert (listed.name, listed.state, listed.done, listed.total) == ("a search", "new", 0, 0)


def test_deleting_a_sweep_leaves_what_others_share(database):
    database.start("all", POINTS)
    database.start("some", POINTS[:4])
    database.add([result_of(point) for point in POINTS])
    assert database.delete("all") == 8
    assert database.known(point.cell.key for point in POINTS) == {point.cell.key for point in POINTS[:4]}
    assert [one.name for one in database.sweeps()] == ["some"]
    assert database.delete("some") == 4
    for act in (database.delete, database.points):
        with pytest.raises(Problem) as caught:
            act("some")
        assert caught.value.key == "sweep_unknown"


WRITER = """
import sys
from ladder.experiments import axes, results
from ladder.experiments.cells import Result
points = axes.grid([axes.axis("labels", range(10, 50))], {"updates": "50"}, range(3))
database = results.Results(sys.argv[1])
database.start("shared", points)
sys.stdin.readline()
print(sum(database.add([Result(point.cell, float(sys.argv[2]), 0.5, 50, 1.0)]) for point in points))
"""


def test_processes_that_write_the_same_at_once_count_nothing_twice(address):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, address, str(i)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for i in range(3)
    ]
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    added = [int(writer.communicate(timeout=60)[0]) for writer in writers]
    assert sum(added) == 120 and all(writer.returncode == 0 for writer in writers)
    database = Results(address)
    assert [(one.done, one.total) for one in database.sweeps()] == [(120, 120)]
    database.close()


# --- what cannot be opened


def open_with(tmp_path, url) -> Problem:
    with pytest.raises(Problem) as caught:
        Results(url)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(caught.value, language)
    return caught.value


def test_a_database_of_another_version_is_a_sentence(tmp_path):
    path = tmp_path / "results.sqlite"
    Results(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("update about set value = '99' where name = 'schema'")
    connection.commit()
    connection.close()
    problem = open_with(tmp_path, f"sqlite:///{path}")
    assert problem.key == "results_schema" and problem.values["found"] == "99"


def test_what_is_no_database_is_a_sentence(tmp_path):
    (tmp_path / "notes.sqlite").write_text("Dear diary, " * 500)
    (tmp_path / "folder.sqlite").mkdir()
    for url in (f"sqlite:///{tmp_path}/notes.sqlite", f"sqlite:///{tmp_path}/folder.sqlite", "nosuch://x", "not a url"):
        assert open_with(tmp_path, url).key == "results_unreadable"
    problem = open_with(tmp_path, "postgresql+nosuch://ada:secret@host/x")
    assert "secret" not in str(problem.values)


def test_a_database_that_goes_away_is_a_sentence(tmp_path):
    path = tmp_path / "results.sqlite"
    database = Results(f"sqlite:///{path}")
    database.close()
    path.write_text("overwritten " * 500)
    for act in (database.sweeps, lambda: database.known(["x"]), lambda: database.add([result_of(POINTS[0])])):
        with pytest.raises(Problem) as caught:
            act()
        assert caught.value.key == "results_unreadable"
    database.close()


def test_the_default_is_beside_the_runs_and_another_is_a_url(monkeypatch):
    monkeypatch.setenv("LADDER_RUNS", "/some/where")
    monkeypatch.delenv("LADDER_RESULTS", raising=False)
    assert results.default_url() == "sqlite:////some/where/results.sqlite"
    monkeypatch.setenv("LADDER_RESULTS", "postgresql://host/x")
    assert results.default_url() == "postgresql://host/x"


@pytest.mark.parametrize("name", ["a b", "50%20off", "100%", "what?", "no#1", "me@home:1", "a&b=c+d;e", "运行 é"])
def test_the_default_is_beside_the_runs_whatever_the_folder_is_called(tmp_path, monkeypatch, name):
    folder = tmp_path / name
    monkeypatch.setenv("LADDER_RUNS", str(folder))
    monkeypatch.delenv("LADDER_RESULTS", raising=False)
    database = Results()
    database.add([result_of(POINTS[0])])
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert "results.sqlite" in {path.name for path in folder.iterdir()}
    (folder / "results.sqlite").write_text("overwritten " * 500)
    with pytest.raises(Problem) as caught:
        Results()
    assert str(folder / "results.sqlite") in i18n.problem(caught.value, "en")


# --- to take along

FOUND = {point.cell.key: result_of(point, 0.1 * i) for i, point in enumerate(POINTS[:4])}


@pytest.mark.parametrize("format, read", [("csv", pandas.read_csv), ("parquet", pandas.read_parquet)])
def test_a_table_has_a_row_for_each_finished_run(tmp_path, format, read):
    path = tmp_path / "new" / f"sweep.{format}"
    tables.write(POINTS, FOUND, format, path)
    table = read(path)
    assert table["validation_error"].tolist() == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert table["noise_std"].tolist() == [0] * 4 and table["labels"].tolist() == [10, 10, 10, 20]
    assert table["seed"].tolist() == [0, 1, 2, 0]
    assert table["cost/supervised"].tolist() == [0.5] * 4
    assert table["key"].tolist() == list(FOUND)


@pytest.mark.parametrize("format, read", [("csv", pandas.read_csv), ("parquet", pandas.read_parquet)])
def test_numbers_and_words_of_one_axis_stand_in_one_column(tmp_path, format, read):
    points = axes.grid([axes.axis("widths", ["50", "100-50"])], {"updates": "50"}, range(1))
    found = {point.cell.key: result_of(point) for point in points}
    tables.write(points, found, format, tmp_path / "sweep")
    assert read(tmp_path / "sweep")["widths"].tolist() == ["50", "100-50"]


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a\\b", "C:x", ".hidden", "..", "two words?", "很长" * 99])
def test_a_sweep_s_name_is_no_path(tmp_path, name):
    for made in (names.file_stem(name), names.folder_name(name)):
        assert (tmp_path / (made + ".csv")).parent == tmp_path
        assert not set(made) & set('/\\:?*"<>|') and not made.startswith(".")


def test_two_combinations_never_share_a_folder(tmp_path):
    common = [("widths", "-".join(["100"] * 30)), ("model", "ladder")]
    points = [Point((*common, ("noise_std", word)), 0, POINTS[0].cell) for word in ("0.1", "0.2")]
    tables.write(points, FOUND, "tensorboard", tmp_path)
    assert len(list(tmp_path.glob("*/seed=0/events.out.tfevents.*"))) == 2


@pytest.mark.parametrize("one, other", [("a b", "a:b"), ("x" * 90, "x" * 91), ("con", "_con"), (".a", "a")])
def test_two_texts_never_share_a_folder(one, other):
    assert names.folder_name(one).lower() != names.folder_name(other).lower()


def test_a_second_export_into_the_same_folder_doubles_nothing(tmp_path):
    for _ in range(2):
        tables.write(POINTS, FOUND, "tensorboard", tmp_path)
    assert len(list((tmp_path / "noise_std=0,labels=10" / "seed=1").glob("events.out.tfevents.*"))) == 1


def test_tensorboard_gets_the_curves(tmp_path):
    tables.write(POINTS, FOUND, "tensorboard", tmp_path)
    (path,) = (tmp_path / "noise_std=0,labels=10" / "seed=1").glob("events.out.tfevents.*")
    scalars = {}
    for event in events(path.read_bytes()):
        for value in event.summary.value:
            scalars.setdefault(value.tag, []).append((event.step, round(value.simple_value, 5)))
    assert scalars == {
        "supervised": [(25, 1.5), (50, 0.5)],
        "validation_error": [(25, 0.5), (50, 0.1)],
        "final/validation_error": [(50, 0.1)],
        "final/test_error": [(50, 0.11)],
    }


def events(content: bytes):
    """TFRecord: length (8 bytes), its checksum (4), the message, its checksum (4)."""
    from tensorboardX.proto.event_pb2 import Event

    while content:
        length = int.from_bytes(content[:8], "little")
        yield Event.FromString(content[12 : 12 + length])
        content = content[16 + length :]


def test_nothing_to_take_along_and_unknown_formats_are_sentences(tmp_path):
    for arguments, key in (((POINTS, {}, "csv"), "sweep_empty"), ((POINTS, FOUND, "xml"), "bad_choice")):
        with pytest.raises(Problem) as caught:
            tables.write(*arguments, tmp_path / "x")
        assert caught.value.key == key


def test_a_row_says_which_of_two_of_the_same_model_it_is():
    words = ("contractive!stale_weights=1", "contractive")
    points = [axes.Point((("model", word),), 0, POINTS[0].cell) for word in words]
    assert [row["model"] for row in tables.rows(points, FOUND)] == list(words)


def test_rows_are_plain_values():
    json.dumps(tables.rows(POINTS, FOUND), allow_nan=False)


def test_a_sweep_s_title_is_what_it_was_called_last(database):
    points = axes.grid([axes.axis("labels", ["10", "20"])], {"dataset": "moons", "updates": "20"}, range(2))
    database.start("some-12345678", points)
    (kept,) = database.sweeps()
    assert (kept.kind, kept.title, kept.axes, kept.dataset, kept.about) == ("sweep", "", ("labels",), "moons", {})
    for title in ("Mine", "  Noise, week 3 ", "噪声", ""):
        database.entitle(kept.name, title)
        assert database.sweeps()[0].title == title.strip()
    for title in ("x" * 81, "a\nb"):
        with pytest.raises(Problem) as caught:
            database.entitle(kept.name, title)
        assert caught.value.key == "sweep_name"


def test_a_comparison_and_a_search_are_known_as_such(database):
    points = axes.grid([axes.axis("labels", ["10"])], {"dataset": "moons", "updates": "20"}, range(2))
    database.start("a", points)
    database.note("a", "comparison", {"n_seeds": 2})
    database.open("b", {"space": []})
    database.start("c", points)
    assert {one.name: (one.kind, one.about) for one in database.sweeps()} == {
        "a": ("comparison", {"n_seeds": 2}),
        "b": ("search", {"space": []}),
        "c": ("sweep", {}),
    }
