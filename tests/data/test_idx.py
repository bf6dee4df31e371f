"""The IDX format, and files that are not it."""

import gzip
import tracemalloc

import numpy as np
import pytest
from farming import write_idx

from ladder import i18n
from ladder.data import idx
from ladder.problems import Problem


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4)])
def test_what_is_written_is_read(tmp_path, shape):
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    path = tmp_path / "some"
    write_idx(path, array)
    assert np.array_equal(idx.read(path), array)
    packed = tmp_path / "some.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert np.array_equal(idx.read(packed), array)


@pytest.mark.parametrize(
    "content, key",
    [
        (b"", "idx_foreign"),
        (b"PK\3\4 a zip", "idx_foreign"),
        (b"\n<!DOCTYPE html><title>Not found</title>", "idx_page"),
        (b"\0\0\x0d\1\0\0\0\1....", "idx_foreign"),
        (b"\0\0\x08\2\0\0", "idx_length"),
        (b"\0\0\x08\1\0\0\0\5abc", "idx_length"),
        (b"\0\0\x08\1\0\0\0\2abc", "idx_length"),
        (b"\0\0\x08\4" + b"\0\1\0\0" * 4, "idx_large"),  # 65536^4 bytes: more than 64 bits can count
    ],
)
def test_other_files_are_named(tmp_path, content, key):
    path = tmp_path / "odd"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        idx.read(path)
    assert caught.value.key == key and caught.value.values["file"] == "odd"


@pytest.mark.parametrize("data", [b"abc", b"abcdefg"])
def test_a_wrong_length_is_told_with_the_file_s_own_sizes(tmp_path, data):
    path = tmp_path / "odd"
    path.write_bytes(b"\0\0\x08\1\0\0\0\5" + data)
    with pytest.raises(Problem) as caught:
        idx.read(path)
    sentence = f"odd holds {path.stat().st_size} bytes where its header says 13. Fetch it again."
    assert i18n.problem(caught.value, "en") == sentence


def test_a_broken_archive_and_a_missing_file_are_named(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"\0\0\x08\1\0\0\0\1a")[:-6])
    for name in ("cut.gz", "nosuch"):
        with pytest.raises(Problem) as caught:
            idx.read(tmp_path / name)
        assert caught.value.key == "idx_unreadable"


def test_a_damaged_archive_is_always_a_sentence(tmp_path):
    whole = gzip.compress(b"\0\0\x08\1\0\0\4\0" + bytes(np.arange(1024) % 7))
    path = tmp_path / "damaged.gz"
    for place in range(10, len(whole)):  # after gzip's own header
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with pytest.raises(Problem):
            idx.read(path)


def test_the_content_tells_whether_a_file_is_packed_and_not_its_name(tmp_path):
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    raw, packed = tmp_path / "raw.gz", tmp_path / "packed"
    write_idx(raw, array)
    packed.write_bytes(gzip.compress(raw.read_bytes()))
    for path in (raw, packed):
        assert np.array_equal(idx.read(path), array) and idx.shape(path) == (3, 4)


def test_a_small_archive_is_not_unpacked_beyond_its_header(tmp_path, monkeypatch):
    monkeypatch.setattr(idx, "MOST_BYTES", 1 << 21)
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"\0\0\x08\1\0\0\0\5" + bytes(1 << 25)))
    tracemalloc.start()
    with pytest.raises(Problem) as caught:
        idx.read(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.key == "idx_length" and peak < 1 << 23  # of 32 MB


def test_the_header_alone_tells_the_shape(tmp_path):
    path = tmp_path / "some"
    write_idx(path, np.zeros((3, 4, 5), np.uint8))
    path.write_bytes(path.read_bytes()[:20])
    assert idx.shape(path) == (3, 4, 5)
