"""Run files: what is not ours is a sentence, whatever its bytes; the folder stays bounded."""

import io
import json
import os
import random
import time
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest

from ladder import export, store
from ladder.history import EVAL_EVERY, LIMIT, History
from ladder.problems import Problem
from ladder.session import Session
from ladder.settings import Live, Recipe, Structure

RECIPE = Recipe(Structure(widths=(12,)), Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0))


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
    recipe = RECIPE.changed(7, replace(RECIPE.live, n_labeled=30, lateral=False))
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


def endless(meta):
    meta["recipe"]["changes"] = [[float("inf"), meta["recipe"]["live"]]]


def newer(meta):
    meta["version"] += 1


def alien(meta):
    meta["format"] = "another program"


def test_foreign_files_and_versions_are_told_apart(good):
    assert refused(altered(good, endless)) == "checkpoint_foreign"
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


def test_curves_that_run_backwards_are_damage(good):
    points = ("update", "supervised", "objective", "twin_supervised")
    arrays = {f"history/{name}": np.array([3, 2], np.float32) for name in points}
    arrays["history/denoising"] = np.zeros((2, 3), np.float32)
    arrays["history/update"] = np.array([2, 1], np.int32)
    assert refused(altered(good, **arrays)) == "checkpoint_damaged"
    arrays["history/update"] = np.array([1, 2], np.int32)
    assert len(store.from_bytes(altered(good, **arrays)).history.arrays["update"]) == 2


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


def test_tidying_spares_runs_in_use_and_removes_what_lost_workers_left(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT_RUNS", 1)
    folder = store.Store(tmp_path)
    old = time.time() - 2 * store.TEMPORARY_SECONDS
    for name, changed in {
        "used.npz": old, "idle.npz": old, "new.npz": None, "lost.1.tmp": old, "being_written.2.tmp": None
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(b"x")
        if changed:
            os.utime(tmp_path / name, (changed, changed))
    folder.tidy(["used"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["being_written.2.tmp", "new.npz", "used.npz"]


def test_a_full_disk_keeps_the_older_file(tmp_path, monkeypatch, good):
    folder = store.Store(tmp_path)
    folder.write("some_run", good)

    def full(self, content):
        with open(self, "wb") as file:
            file.write(content[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.Path, "write_bytes", full)
    with pytest.raises(OSError):
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
