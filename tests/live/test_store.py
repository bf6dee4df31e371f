"""Run files: what is not ours is a sentence, whatever its bytes; the folder stays bounded."""

import contextlib
import copy
import errno
import io
import json
import os
import random
import tempfile
import time
import tomllib
import tracemalloc
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from ladder import files, i18n
from ladder.live import export, frames, store
from ladder.live.history import EVAL_EVERY, LIMIT, History
from ladder.live.session import Session
from ladder.models import ladder
from ladder.problems import Problem
from ladder.settings import MAX_CHANGES, MAX_WEIGHTS, Live, Recipe, Structure, fitted

RECIPE = Recipe(Structure(widths=(12,)), fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2))


@pytest.fixture(scope="module")
def good() -> bytes:
    """A run's file."""
    return Session(RECIPE).saved()


def altered(content: bytes, change=lambda meta: None, **arrays) -> bytes:
    """The file with its JSON changed in place by `change`, and with other arrays."""
    with np.load(io.BytesIO(content)) as archive:
        found = dict(archive) | arrays
    meta = json.loads(found["meta"].tobytes())
    change(meta)
    stream = io.BytesIO()
    np.savez(stream, **{**found, "meta": np.frombuffer(json.dumps(meta).encode(), np.uint8)})
    return stream.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(Problem) as caught:
        store.from_bytes(content)
    return caught.value.key


def test_a_run_comes_back_as_it_was(good):
    recipe = RECIPE.changed(7, replace(RECIPE.live, n_labeled=30, lateral=(False,) * 3))
    recipe = recipe.changed(9, replace(RECIPE.live, lateral=(True, False, True), top_down=(True, True, False)))
    saved = store.from_bytes(good)
    saved.recipe, saved.elapsed = recipe, 1.5
    again = store.from_bytes(store.to_bytes(saved))
    assert again.recipe == recipe and again.elapsed == 1.5
    assert again.history.width == 3
    for who, state in saved.states.items():
        for name, value in state.items():
            assert np.array_equal(again.states[who][name], value), name


def test_no_damage_to_a_file_is_more_than_a_sentence(good):
    rng = random.Random(0)
    for _ in range(300):
        content = bytearray(good)
        for _ in range(rng.choice((1, 3, 20))):
            content[rng.choice((rng.randrange(len(content)), -1 - rng.randrange(1500)))] = rng.randrange(256)
        try:
            store.from_bytes(bytes(content))
        except Problem as problem:
            assert problem.key.startswith(("checkpoint_", "bad_"))


def newer(meta):
    meta["version"] += 1


def alien(meta):
    meta["format"] = "another program"


def test_foreign_files_and_versions_are_told_apart(good):
    assert refused(altered(good, alien)) == "checkpoint_foreign"
    assert refused(altered(good, newer)) == "checkpoint_version"
    nested = io.BytesIO()
    np.savez(nested, meta=np.frombuffer(b"[" * 200_000, np.uint8))
    assert refused(nested.getvalue()) == "checkpoint_foreign"


def test_a_small_file_cannot_fill_the_memory():
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999,), }"
    huge = b"\x93NUMPY\x01\x00\x76\x00" + header.ljust(0x75) + b"\n"
    for compression, content in ((zipfile.ZIP_STORED, huge), (zipfile.ZIP_DEFLATED, bytes(1_000_000))):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", compression) as archive:
            archive.writestr("meta.npy", content)
        assert refused(stream.getvalue()) == "checkpoint_foreign"


def at_update_2(meta):
    for counters in meta["counters"].values():
        counters["update"] = 2


def put(path: str, value):
    """A change of the file's JSON: `value` at the dotted path."""

    def change(meta):
        *way, last = path.split(".")
        for name in way:
            meta = meta[name]
        meta[last] = value

    return change


@pytest.mark.parametrize(
    "path, value, key",
    [
        ("recipe.live.lateral", "off", "bad_choice"),
        ("recipe.live.batch_size", 2.7, "bad_whole"),
        ("recipe.live.n_labeled", True, "bad_whole"),
        ("recipe.live.noise_std", 0.3, "bad_list"),
        ("recipe.live.noise_std", [0.3, None, 0.3], "bad_number"),
        ("recipe.live.lateral", [True, "off", True], "bad_choice"),
        ("recipe.live.lateral", [True, False], "bad_length"),
        ("recipe.live.top_down", None, "bad_choice"),
        ("recipe.live.lambdas", [1.0], "bad_length"),
        ("recipe.structure.widths", "12", "bad_list"),
        ("recipe.structure.widths", [12.5], "bad_whole"),
        ("recipe.structure.colour", "blue", "checkpoint_foreign"),
        ("recipe.live", [], "checkpoint_foreign"),
        ("recipe.changes", [[float("inf"), asdict(RECIPE.live)]], "bad_changes"),
        ("recipe.changes", [[2.5, asdict(RECIPE.live)]], "bad_changes"),
        ("recipe.changes", [[9, asdict(RECIPE.live)], [8, asdict(RECIPE.live)]], "bad_changes"),
        ("recipe.changes", [[10**30, asdict(RECIPE.live)]], "checkpoint_damaged"),
        ("recipe.changes", [[i, asdict(RECIPE.live)] for i in range(MAX_CHANGES + 1)], "too_many_changes"),
        ("recipe.changes", None, "checkpoint_foreign"),
        ("counters", {}, "checkpoint_damaged"),
        ("counters.ladder", None, "checkpoint_foreign"),
        ("counters.ladder", {"update": 0}, "checkpoint_damaged"),
        ("counters.ladder.update", 1, "checkpoint_damaged"),  # the twin's is 0
        ("counters.ladder.update", -1, "checkpoint_damaged"),
        ("counters.twin.seen_labeled", 10**30, "checkpoint_damaged"),
        ("counters.twin.seen_labeled", 0.0, "checkpoint_damaged"),
        ("counters.twin.more", 0, "checkpoint_damaged"),
        ("elapsed", float("nan"), "checkpoint_damaged"),
        ("elapsed", -1, "checkpoint_damaged"),
        ("elapsed", "long", "checkpoint_foreign"),
        ("version", "9" * 5000, "checkpoint_version"),
        ("extra", "x" * store.MAX_META, "checkpoint_damaged"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_a_hand_can_write_into_a_file_is_named(good, path, value, key):
    with pytest.raises(Problem) as caught:
        store.from_bytes(altered(good, put(path, value)))
    assert caught.value.key == key
    assert all(len(i18n.problem(caught.value, language)) < 400 for language in i18n.LANGUAGES)


def test_a_file_says_one_bool_of_a_switch_where_all_layers_are_alike(good):
    """As before switches had a value for each layer: earlier versions of the program read such a file."""
    said = {}
    altered(good, lambda meta: said.update(meta["recipe"]["live"]))
    assert said["lateral"] is True and said["top_down"] is True and said["noise_std"] == [0.3] * 3
    mixed = altered(good, put("recipe.live.top_down", [True, False, True]))
    assert store.from_bytes(mixed).recipe.live == replace(RECIPE.live, top_down=(True, False, True))


def test_whole_numbers_written_as_fractions_are_read(good):
    saved = store.from_bytes(altered(good, put("recipe.structure.widths", [12.0])))
    assert saved.recipe == RECIPE
    saved = store.from_bytes(altered(good, put("recipe.changes", [[3.0, asdict(RECIPE.live) | {"batch_size": 50.0}]])))
    assert saved.recipe.changes == ((3, replace(RECIPE.live, batch_size=50)),)


@pytest.mark.parametrize("who", ["ladder", "twin"])
@pytest.mark.parametrize(
    "change",
    [
        lambda array: np.zeros((), np.float32),
        lambda array: array[None],
        lambda array: array[:-1],
        lambda array: array.astype(np.float64),
        lambda array: array.astype(">f4"),
        lambda array: array.astype("S8"),
        lambda array: np.where(np.arange(len(array)), array, np.nan).astype(np.float32),
        lambda array: array - 1,  # below zero, where squares are averaged
    ],
    ids=["scalar", "matrix", "short", "double", "bytes swapped", "words", "nan", "negative"],
)
def test_weights_of_another_kind_are_damage(good, who, change):
    array = store.from_bytes(good).states[who]["adam_v"]
    assert refused(altered(good, **{f"{who}/adam_v": change(array)})) == "checkpoint_damaged"


@pytest.mark.parametrize(
    "name, array",
    [
        ("update", np.zeros((), np.int32)),
        ("update", np.array(["a", "b"])),
        ("update", np.array([1], np.int64)),
        ("denoising", np.zeros((0, 4), np.float32)),
        ("gain", np.zeros(0, np.float32)),
        ("eval_update", np.array([1], np.int32)),  # measured after the last update
        ("test_error", np.zeros(2, np.float32)),  # and one more than the times
    ],
)
def test_curves_of_another_kind_are_damage(good, name, array):
    assert refused(altered(good, **{f"history/{name}": array})) == "checkpoint_damaged"


@pytest.mark.parametrize("name", ["ladder/theta", "twin/adam_v", "history/gain", "meta"])
def test_a_file_without_one_of_its_arrays_is_foreign(good, name):
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as whole, zipfile.ZipFile(stream, "w") as part:
        for entry in whole.namelist():
            if entry != f"{name}.npy":
                part.writestr(entry, whole.read(entry))
    assert refused(stream.getvalue()) == "checkpoint_foreign"


ODD = [None, True, "off", "", -1, 2.7, 10**30, float("inf"), float("nan"), [], {}, [None], [[5, {}]]]


def places(node, way=()):
    """Every place in a tree of JSON, as the keys that lead there."""
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
        yield (*way, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*way, key))


def test_any_odd_value_anywhere_is_a_sentence_or_a_run_that_trains(good):
    with np.load(io.BytesIO(good)) as archive:
        meta = json.loads(archive["meta"].tobytes())
    tried = [(way, value) for way in places(meta) for value in ODD]
    trained = 0
    for way, value in random.Random(0).sample(tried, 400):

        def change(meta, way=way, value=value):
            for key in way[:-1]:
                meta = meta[key]
            meta[way[-1]] = value

        try:
            saved = store.from_bytes(altered(good, change))
            session = Session(saved.recipe, saved)
        except Problem:
            continue
        session.step(1)
        session.advance(5.0)
        frames.encode(session.told().header("increment"), session.increment())
        assert store.from_bytes(session.saved()).states["ladder"]["update"] == 1
        trained += 1
    assert 5 < trained < 200


def test_entries_that_lie_over_each_other_are_not_read():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("meta.npy", bytes(1_000_000))
        first = archive.infolist()[0]
        for i in range(1000):
            again = copy.copy(first)
            again.filename = f"a{i}.npy"
            archive.filelist.append(again)
    assert refused(stream.getvalue()) == "checkpoint_foreign"


def test_a_file_that_the_disk_does_not_give_is_a_sentence(tmp_path, monkeypatch, good):
    folder = store.Store(tmp_path)
    folder.write("some_run", good)

    def broken(self):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store.Path, "read_bytes", broken)
    with pytest.raises(Problem) as caught:
        folder.read("some_run")
    assert "Input/output error" in i18n.problem(caught.value, "en")


def test_curves_that_run_backwards_are_damage(good):
    points = ("update", "supervised", "objective", "twin_supervised")
    arrays = {f"history/{name}": np.array([3, 2], np.float32) for name in points}
    arrays["history/denoising"] = np.zeros((2, 3), np.float32)
    arrays["history/update"] = np.array([2, 1], np.int32)
    assert refused(altered(good, **arrays)) == "checkpoint_damaged"
    arrays["history/update"] = np.array([1, 2], np.int32)
    assert refused(altered(good, **arrays)) == "checkpoint_damaged"  # the weights are of update 0
    assert len(store.from_bytes(altered(good, at_update_2, **arrays)).history.arrays["update"]) == 2


def test_labels_that_the_data_cannot_have_do_not_open(good):
    def few(meta):
        meta["recipe"]["changes"] = [[5, {**asdict(RECIPE.live), "n_labeled": 3}]]

    saved = store.from_bytes(altered(good, few))
    with pytest.raises(Problem) as caught:
        Session(saved.recipe, saved)
    assert caught.value.key == "labels_too_few"


def test_a_twin_of_other_widths_does_not_open(good):
    short = {f"twin/{name}": np.zeros(5, np.float32) for name in ("theta", "adam_m", "adam_v")}
    saved = store.from_bytes(altered(good, **short))
    with pytest.raises(Problem) as caught:
        Session(saved.recipe, saved)
    assert caught.value.key == "checkpoint_damaged"


def put_file(path: Path, content: bytes, age: float = 0) -> None:
    """A file that was last changed `age` seconds ago."""
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


OLD = 2 * max(store.USED_SECONDS, store.TEMPORARY_SECONDS)  # seconds


def test_tidying_removes_the_oldest_runs_and_what_lost_workers_left(tmp_path, monkeypatch, good):
    monkeypatch.setattr(store, "KEPT_RUNS", 1)
    kept = store.Store(tmp_path)
    for i, name in enumerate(("used.npz", "idle.npz", "newest_of_the_old.npz")):
        put_file(tmp_path / name, good, OLD - i)
    put_file(tmp_path / "lost.npz.1.ladder-lab", good[:1000], OLD)
    put_file(tmp_path / "being_written.npz.2.ladder-lab", b"")
    kept.tidy(["used"])
    assert names(tmp_path) == {"used.npz", "being_written.npz.2.ladder-lab"}
    put_file(tmp_path / "used.npz", good, OLD)
    kept.tidy()
    assert "used.npz" in names(tmp_path)  # now the newest
    monkeypatch.setattr(store, "KEPT_BYTES", len(good) - 1)
    kept.tidy()
    assert "used.npz" not in names(tmp_path)


MOMENTS = store.MOMENTS_MARK + bytes(50)


def test_moments_are_tidied_away_with_their_run_and_count_as_its_bytes(tmp_path, monkeypatch, good):
    kept = store.Store(tmp_path)
    monkeypatch.setattr(store, "KEPT_BYTES", 2 * (len(good) + len(MOMENTS)))
    for age, name in enumerate(("first", "second", "third", "pinned"), OLD):
        put_file(tmp_path / f"{name}.npz", good, age)
        put_file(tmp_path / f"{name}.moments", MOMENTS, age)
    put_file(tmp_path / "without_run.moments", MOMENTS, OLD)
    put_file(tmp_path / "unsaved_run.moments", MOMENTS, OLD)
    put_file(tmp_path / "young_run.moments", MOMENTS)
    put_file(tmp_path / "lost.moments.1.ladder-lab", MOMENTS, OLD)
    kept.tidy(["unsaved_run"], ["pinned"])
    both = {f"{name}.{kind}" for name in ("first", "second", "pinned") for kind in ("npz", "moments")}
    assert names(tmp_path) == both | {"unsaved_run.moments", "young_run.moments"}
    monkeypatch.setattr(store, "KEPT_BYTES", 2 * len(good))
    kept.tidy((), ["pinned"])
    assert names(tmp_path) & both == both - {"second.npz", "second.moments"}


def test_only_moments_of_ours_are_tidied_away(tmp_path, monkeypatch, good):
    monkeypatch.setattr(store, "KEPT_RUNS", 0)
    foreign = {"diary.moments": b"our best moments", "my best.moments": MOMENTS, "some_run.moments": b"mine"}
    for name, content in foreign.items():
        put_file(tmp_path / name, content, OLD)
    put_file(tmp_path / "some_run.npz", good, OLD)
    (tmp_path / "folder.moments").mkdir()
    store.Store(tmp_path).tidy()
    assert names(tmp_path) == {*foreign, "folder.moments"}


def test_tidying_leaves_alone_what_is_not_ours(tmp_path, monkeypatch, good):
    monkeypatch.setattr(store, "KEPT_RUNS", 0)
    stream = io.BytesIO()
    np.savez(stream, weights=np.zeros(9))
    foreign = {
        "thesis_results.npz": stream.getvalue(),
        "empty_one.npz": b"",
        "with space.npz": good,  # no run of a Store has such a name
        "notes.tmp": b"x",
        "word.12.tmp": b"x",
        "letter.docx.7.ladder-lab": b"x",
        "results.sqlite": b"x",
    }
    for name, content in foreign.items():
        put_file(tmp_path / name, content, OLD)
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "folder.npz.3.ladder-lab").mkdir()
    put_file(tmp_path.parent / "far_away.npz", good, OLD)
    (tmp_path / "link.npz").symlink_to(tmp_path.parent / "far_away.npz")
    put_file(tmp_path / "ours.npz", good, OLD)
    store.Store(tmp_path).tidy()
    assert names(tmp_path) == {*foreign, "folder.npz", "folder.npz.3.ladder-lab", "link.npz"}


def test_servers_on_one_folder_spare_each_others_runs(tmp_path, monkeypatch, good):
    monkeypatch.setattr(store, "KEPT_RUNS", 0)
    ours, theirs = store.Store(tmp_path), store.Store(tmp_path)
    for name in ("held_by_us", "held_by_them", "idle"):
        put_file(tmp_path / f"{name}.npz", good, OLD)
    theirs.tidy(["held_by_them", "held_by_us"])  # as each does every ten minutes; the idle one goes
    ours.tidy(["held_by_us"])
    assert names(tmp_path) == {"held_by_us.npz", "held_by_them.npz"}


def test_tidying_never_raises(tmp_path, monkeypatch, good):
    monkeypatch.setattr(store, "KEPT_RUNS", 0)
    put_file(tmp_path / "ours.npz", good, OLD)

    def refused(self, missing_ok=False):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(store.Path, "unlink", refused)
        store.Store(tmp_path).tidy(["ours", "../../etc", "gone"])
        store.Store(tmp_path).tidy()
    assert names(tmp_path) == {"ours.npz"}
    folder = tmp_path / "removed"
    removed = store.Store(folder)
    folder.rmdir()
    removed.tidy(["ours"])
    put_file(folder, b"a file now")
    removed.tidy(["ours"])


def test_a_folder_that_somebody_removed_is_made_again(tmp_path, good):
    kept = store.Store(tmp_path / "runs")
    (tmp_path / "runs").rmdir()
    kept.write("some_run", good)
    assert kept.content("some_run") == good


def refused_to_others(folder: Path) -> bool:
    """Whether a process without rights in the folder is refused in a sentence."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.setgid(65534)
            os.setuid(65534)
            try:
                store.check_folder(folder)
            except Problem as problem:
                os._exit(42 if problem.key == "runs_folder" else 1)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_others_own_is_a_sentence():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        assert refused_to_others(Path(folder))
        assert refused_to_others(Path(folder) / "new")


@pytest.mark.parametrize("place", ["a_file", "a_file/below", "/proc/nowhere/runs", "/dev/null"])
def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, place):
    (tmp_path / "a_file").write_bytes(b"x")
    with pytest.raises(Problem) as caught:
        store.check_folder(tmp_path / place)
    assert caught.value.key == "runs_folder"
    for language in i18n.LANGUAGES:
        sentence = i18n.problem(caught.value, language)
        assert str(tmp_path / place) in sentence and "LADDER_RUNS" in sentence
        assert ("it is a file, not a folder" in sentence) == (language == "en" and place in ("a_file", "/dev/null"))
    store.Store(tmp_path / place).tidy()  # nor does it end the server later


def test_a_full_disk_is_no_reason_to_keep_runs_elsewhere(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.tempfile, "TemporaryFile", full)
    store.check_folder(tmp_path / "runs")


def test_a_full_disk_keeps_the_older_file(tmp_path, monkeypatch, good):
    folder = store.Store(tmp_path)
    folder.write("some_run", good)

    def full(number):  # what was written so far is cut off
        os.truncate(number, 10)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.write("some_run", good + good)
    assert [path.name for path in tmp_path.iterdir()] == ["some_run.npz"]
    assert folder.read("some_run").recipe == RECIPE


def test_the_table_of_a_long_run_holds_every_measurement():
    kept, n = History(2), 64 * LIMIT
    update = np.arange(1, n + 1)
    one = update.astype(np.float32)
    kept.add(
        {
            "update": update,
            "supervised": one,
            "objective": one,
            "twin_supervised": one,
            "denoising": np.stack([one] * 2, 1),
        }
    )
    at = np.arange(0, 20 * EVAL_EVERY, EVAL_EVERY)
    error = np.linspace(0.9, 0.1, len(at))
    kept.add({"eval_update": at, "test_error": error, "twin_error": error, "gain": np.zeros((len(at), 2))})
    lines = [line.split(",") for line in export.metrics_csv(kept).splitlines()]
    column = lines[0].index("test_error")
    measured = {int(line[0]): float(line[column]) for line in lines[1:] if line[column]}
    assert measured == pytest.approx(dict(zip(at.tolist(), error, strict=True)), abs=1e-6)
    assert all(len(line) == len(lines[0]) for line in lines)


def curves_of(n: int, width: int) -> dict[str, np.ndarray]:
    """The arrays of a file whose run had a row at each of n updates, and was measured at each."""
    at, values = np.arange(1, n + 1, dtype=np.int32), np.zeros(n, np.float32)
    found = {}
    for name, like in History(width).arrays.items():
        found[f"history/{name}"] = np.zeros((n, *like.shape[1:]), like.dtype) if like.ndim > 1 else values
    return found | {"history/update": at, "history/eval_update": at}


def test_curves_of_a_million_points_are_bounded_where_they_are_read(good):
    n = 1_000_000
    counters = {"update": n, "seen_labeled": 0, "seen_unlabeled": 0}
    content = altered(good, put("counters", {"ladder": counters, "twin": counters}), **curves_of(n, 3))
    tracemalloc.start()
    history = store.from_bytes(content).history
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(len(array) <= LIMIT + 2 for array in history.arrays.values())
    assert history.arrays["update"][-1] == history.arrays["eval_update"][-1] == n
    assert len(frames.encode({"kind": "history"}, history.arrays)) < 400_000
    assert peak < 1.5 * len(content), "one copy of the arrays, and what is looked for in one of them"


def test_a_run_with_as_many_changes_as_it_may_have_is_read_again():
    widths = (9,) * 6
    base = Live(
        lambdas=(1234.5678901234567,) * 8,
        noise_std=(0.30000000000000004,) * 8,
        lateral=(*(False,) * 7, True),
        top_down=(*(False,) * 7, True),
        learning_rate=0.0123456789012345,
    )
    structure = Structure(widths=widths)
    lives = [replace(base, n_labeled=20 + i % 2) for i in range(MAX_CHANGES)]
    recipe = Recipe(structure, base, tuple((1000 + i, live) for i, live in enumerate(lives)))
    saved = Session(Recipe(structure, base)).saved()
    saved = replace(store.from_bytes(saved), recipe=recipe)
    assert store.from_bytes(store.to_bytes(saved)).recipe == recipe


def test_a_change_too_many_is_refused_in_a_sentence_and_the_run_goes_on():
    many = tuple((i, replace(RECIPE.live, n_labeled=20 + i % 2)) for i in range(MAX_CHANGES))
    session = Session(replace(RECIPE, changes=many))
    session.replay(0, False)
    session.state, session.twin = (replace(one, update=MAX_CHANGES + 5) for one in (session.state, session.twin))
    with pytest.raises(Problem) as caught:
        session.change({"n_labeled": 30})
    assert caught.value.key == "too_many_changes"
    assert all(f"{MAX_CHANGES}" in i18n.problem(caught.value, language) for language in i18n.LANGUAGES)
    session.step(2)
    session.advance(5.0)
    assert session.update == MAX_CHANGES + 7
    assert len(store.from_bytes(session.saved()).recipe.changes) == MAX_CHANGES


def test_the_largest_run_can_be_uploaded_and_not_much_more():
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    accepted = config["server"]["maxUploadSize"] * 2**20
    largest = Structure("mnist", widths=(2000, MAX_WEIGHTS // 2000), combinator="amlp_2_2_2")
    where = ladder.layout(largest, 784, 10)
    weights = where.n_parameters + where.n_encoder  # the ladder's, and the twin's
    size = 3 * 4 * weights + store.MAX_META
    size += sum((LIMIT + 2) * 4 * int(np.prod(array.shape[1:])) for array in History(8).arrays.values())
    assert 0.9 * accepted < size < accepted
