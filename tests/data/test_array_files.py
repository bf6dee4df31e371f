"""Arrays in NumPy's and MNIST's files."""

import gzip
import struct

import numpy as np
import pytest
from sources import arrays, cells, drawn, idx_file, npy, npz, table, zipped

from ladder.data import array_files, tables
from ladder.data.reading import read, together
from ladder.data.source import Reading
from ladder.problems import Problem

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 3))
IMAGES = np.stack([drawn(n, 8, 4) for n in range(6)])


def refused(content: bytes, filename: str = "a.npz") -> Problem:
    with pytest.raises(Problem) as caught:
        read(content, filename, Reading())
    return caught.value


@pytest.mark.parametrize(
    "names", ["X y", "x labels", "data target", "features label", "arr_0 arr_1", "x_train y_train"]
)
def test_rows_and_labels_are_known_by_their_names(names):
    x, y = names.split()
    found = arrays(npz(**{x: X, y: np.array([2, 10, -1, 2, 10]), "other": np.zeros(3)}), "a.npz")
    assert np.array_equal(found.x, X.astype(np.float32)) and not found.image and found.x_test is None
    assert found.y.tolist() == ["2", "10", "-1", "2", "10"] and found.class_names == ("-1", "2", "10")
    assert found.found == {"format": "npz", "file": "a.npz"}


def test_keras_mnist_has_test_rows():
    parts = {"x_train": IMAGES, "y_train": np.arange(6), "x_test": IMAGES[:2], "y_test": np.array([4, 5])}
    found = arrays(npz(**parts), "mnist.npz")
    assert found.image and np.array_equal(found.x, IMAGES) and np.array_equal(found.x_test, IMAGES[:2])
    assert found.y_test.tolist() == ["4", "5"] and found.class_names == tuple("012345")


@pytest.mark.parametrize(
    "y, labels",
    [
        (np.array(["b", " a ", "", "b", "c"]), ["b", "a", "", "b", "c"]),
        (np.array([b"b", b"a", b"", b"b", b"c"]), ["b", "a", "", "b", "c"]),
        (np.array([1.0, np.nan, 2.5, 3, 1]), ["1", "", "2.5", "3", "1"]),
        (np.array([[0], [1], [0], [1], [1]], np.uint8), ["0", "1", "0", "1", "1"]),
        (np.array([True, False, True, True, True]), ["True", "False", "True", "True", "True"]),
    ],
)
def test_labels_become_texts(y, labels):
    assert arrays(npz(x=X, y=y), "a.npz").y.tolist() == labels


def test_rows_without_labels_have_none():
    found = arrays(npz(x=IMAGES, other=X), "a.npz")
    assert set(found.y.tolist()) == {""} and found.class_names == ()


@pytest.mark.parametrize("content, filename", [(npy(X), "a.npy"), (npz(arr_0=X), "a.npz")])
def test_one_array_of_features_alone_is_a_table(content, filename):
    found = table(content, filename)
    assert found.columns == ("1", "2", "3") and found.found["header"] is False
    assert np.array_equal(np.array(cells(found), float), X)


def test_whole_numbers_and_missing_ones_in_a_table_of_numbers():
    assert cells(table(npy(np.array([[1.0, np.nan], [0.1, 3e20]])), "a.npy")) == [["1", ""], ["0.1", "3e+20"]]
    assert cells(table(npy(np.array([[1, 2]], ">i4")), "a.npy")) == [["1", "2"]]
    assert cells(table(npy(np.asfortranarray(np.arange(4).reshape(2, 2))), "a.npy")) == [["0", "1"], ["2", "3"]]


@pytest.mark.parametrize(
    "x",
    [
        IMAGES[..., None],
        np.repeat(IMAGES[..., None], 3, 3),
        np.repeat(IMAGES[:, None], 3, 1),
        IMAGES / 255,
        IMAGES.astype(np.int64),
        np.dstack([IMAGES.reshape(6, -1)] * 4).reshape(6, 8, 8, 4),
    ],
    ids=["a channel", "colours", "colours first", "fractions", "int64", "with transparency"],
)
def test_images_become_grey_bytes(x):
    found = arrays(npz(x=x), "a.npy")
    assert found.image and np.abs(found.x.astype(int) - IMAGES).max() <= 1


def test_images_of_another_range_are_stretched():
    found = arrays(
        npz(images=np.arange(4 * 64).reshape(4, 8, 8) % 17, x_test=np.full((1, 8, 8), 20), y_test=[1]), "a.npz"
    )
    assert found.x.max() == 255 and found.x[0, 0, 8 // 2] == round(4 * 255 / 16) and found.x_test.max() == 255


def test_large_images_are_made_smaller():
    found = arrays(npz(x=np.stack([drawn(0, 100), drawn(1, 100)])), "a.npz")
    assert found.x.shape == (2, 64, 64) and found.found["side"] == 64
    assert arrays(npz(x=IMAGES), "a.npz", side=16).x.shape == (6, 16, 16)


def test_idx_files_are_chosen_together():
    files = {
        "train-images-idx3-ubyte": idx_file(IMAGES),
        "train-labels-idx1-ubyte.gz": gzip.compress(idx_file(np.arange(6))),
        "t10k-images-idx3-ubyte.gz": gzip.compress(idx_file(IMAGES[:2])),
        "t10k-labels-idx1-ubyte": idx_file(np.array([5, 4])),
    }
    name, content = together(list(files.items()))
    for one in (arrays(content, name), arrays(zipped({f"mnist/{key}": part for key, part in files.items()}), name)):
        assert np.array_equal(one.x, IMAGES) and np.array_equal(one.x_test, IMAGES[:2])
        assert one.y.tolist() == list("012345") and one.y_test.tolist() == ["5", "4"] and one.found["format"] == "idx"
    pair = arrays(*reversed(together(list(files.items())[:2])))
    assert pair.x_test is None and pair.y.tolist() == list("012345")
    assert together([("a.csv", b"x")]) == ("a.csv", b"x")


def test_equal_names_stay_two_files():
    name, content = together([("a/x", idx_file(IMAGES)), ("b/x", idx_file(np.arange(6)))])
    assert arrays(content, name).y.tolist() == list("012345")


def test_idx_images_alone_have_no_labels():
    assert set(arrays(idx_file(IMAGES), "images").y.tolist()) == {""}
    assert arrays(gzip.compress(idx_file(IMAGES)), "images.gz").image


def header(shape: str, kind: str = "<f4") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(40)


@pytest.mark.parametrize(
    "content, key",
    [
        (npz(a=X, b=X), "arrays_none"),
        (npz(x=X, y=np.zeros(4)), "arrays_counts"),
        (npz(x=X, y=np.eye(5)), "arrays_labels"),
        (npz(x=X, y=np.array([{}] * 5)), "arrays_kind"),
        (npz(x=np.array([["a"]]), y=np.zeros(1)), "arrays_kind"),
        (npz(x=X.astype(complex), y=np.zeros(5)), "arrays_kind"),
        (npz(x=np.zeros(5), y=np.zeros(5)), "arrays_shape"),
        (npz(x=np.zeros((0, 3)), y=np.zeros(0)), "arrays_shape"),
        (npz(x=np.zeros((5, 8, 8, 7)), y=np.zeros(5)), "arrays_shape"),
        (npz(x=np.zeros((5, 2, 2, 2, 2)), y=np.zeros(5)), "arrays_shape"),
        (npz(x=X, x_test=X[:, :2], y_test=np.zeros(5)), "arrays_shape"),
        (npz(x=X, y=np.zeros(5), x_test=X), "arrays_test"),
        (npz(x=X, y=np.zeros(5), x_test=X, y_test=np.array([1, np.nan, 1, 1, 1])), "arrays_test"),
        (npz(x=np.zeros((2, 5_000)), y=np.zeros(2)), "reading_columns"),
        (zipped({"x.npy": b"no array", "y.npy": b""}), "reading_unreadable"),
        (header("(99999999999999,)"), "reading_unreadable"),
        (header("(4294967296, 4294967296, 4294967296)"), "reading_unreadable"),
        (header("(-10,)"), "reading_unreadable"),
        (header("(10,)", "|O"), "arrays_kind"),
        (header("(10,)"), "arrays_shape"),
        (header("__import__('os').mkdir('executed')"), "reading_unreadable"),
        (idx_file(np.arange(6)), "arrays_pairs"),
        (zipped({"a": idx_file(IMAGES), "b": idx_file(IMAGES)}), "arrays_pairs"),
        (zipped({"a": idx_file(IMAGES), "b": idx_file(np.arange(5))}), "arrays_counts"),
        (b"\0\0\x0d\2\0\0\0\1\0\0\0\1....", "idx_foreign"),
        (idx_file(IMAGES)[:-1], "idx_length"),
    ],
)
def test_what_hinders_is_named(content, key):
    assert refused(content).key == key


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_value_that_is_no_number_is_named_with_its_row(value):
    x = X.copy()
    x[3, 1] = value
    problem = refused(npz(x=x, y=np.zeros(5)))
    assert problem.key == "arrays_value" and problem.values["row"] == 4


def test_arrays_are_bounded(monkeypatch):
    monkeypatch.setattr(array_files, "MOST_VALUES", 14)
    assert refused(npz(x=X, y=np.zeros(5))).key == "arrays_values"
    monkeypatch.setattr(tables, "MOST_ROWS", 4)
    assert refused(npz(x=X, y=np.zeros(5))).key == "reading_rows"
    assert refused(npy(X), "a.npy").key == "reading_rows"
