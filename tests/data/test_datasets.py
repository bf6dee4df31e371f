"""Data: fixed splits, balanced and nested budgets, nothing learnt from the test rows."""

import gc
import gzip
import os
import re
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets
from farming import write_idx

from ladder.data import datasets
from ladder.data.datasets import DATASETS, load
from ladder.data.rows import holdout, label_order, labeled_rows, plane
from ladder.problems import Problem

SMALL = [name for name in DATASETS if not isinstance(DATASETS[name], datasets.Idx)]


@pytest.mark.parametrize("name", SMALL)
def test_a_dataset_is_what_its_entry_says(name):
    data, info = load(name), DATASETS[name]
    assert data.x.shape == (info.n_train, info.n_features) and data.x.dtype == np.float32
    assert data.n_features == info.n_features and data.class_names == info.class_names
    assert sorted(set(data.y) | set(data.y_test)) == list(range(data.n_classes))
    assert np.isfinite(data.x).all() and np.isfinite(data.x_test).all()
    if data.image_shape:
        assert np.prod(data.image_shape) == data.n_features
        for images in (data.x, data.x_test):
            assert images.min() == 0 and images.max() == 1


def test_the_digits_are_scikit_learn_s():
    data = load("digits")
    x, y = sklearn.datasets.load_digits(return_X_y=True)

    def sorted_rows(pixels, labels):
        return sorted(map(tuple, np.column_stack([np.rint(pixels).astype(int), labels]).tolist()))

    ours = np.concatenate([data.x, data.x_test]) * 16, np.concatenate([data.y, data.y_test])
    assert sorted_rows(*ours) == sorted_rows(x, y)


def test_the_page_s_default_data_need_no_scikit_learn():
    """It would cost each worker a second at its start."""
    code = "import sys; from ladder.data.datasets import load; load('digits'); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0


def test_the_digits_test_rows_are_500_fixed_and_apart():
    data, again = load("digits"), DATASETS["digits"].load(0.0)
    assert len(data.x_test) == 500 and len(data.x) == 1297
    assert np.array_equal(data.x_test, again.x_test)
    rows = {row.tobytes() for row in data.x}
    shared = sum(row.tobytes() in rows for row in data.x_test)
    assert shared < 5  # scikit-learn's digits hold a few identical images
    assert np.bincount(data.y_test).min() >= 48


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_tables_are_standardised_by_the_training_part_alone(name):
    data = load(name)
    np.testing.assert_allclose(data.x.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(data.x.std(0), 1.0, atol=1e-5)
    assert np.abs(data.x_test.mean(0)).max() > 1e-3


def test_generated_points_have_as_many_classes_as_they_are_asked_for():
    four = datasets.Plane("four", lambda t, y, rng: np.stack([np.cos(1.5 * y), np.sin(1.5 * y)], 1), 4)
    data = four.load(0.1)
    assert data.class_names == ("A", "B", "C", "D") and sorted(set(data.y)) == [0, 1, 2, 3]


def test_generated_points_spread_with_their_noise():
    still, spread = load("circles", 0.0), load("circles", 0.3)
    assert np.ptp(np.linalg.norm(still.x[still.y == 0], axis=1)) < 1e-5
    assert np.linalg.norm(spread.x[spread.y == 0], axis=1).std() == pytest.approx(0.3, rel=0.2)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("seed", [0, 7])
def test_budgets_are_nested_and_balanced(name, seed):
    data = load(name)
    order = label_order(data.y, seed)
    assert sorted(order) == list(range(len(data.y)))
    smallest = np.bincount(data.y).min()
    for n in range(data.n_classes, smallest * data.n_classes, 7):
        counts = np.bincount(data.y[order[:n]], minlength=data.n_classes)
        assert counts.max() - counts.min() <= 1
        assert n % data.n_classes or counts.max() == counts.min()


def test_splits_and_budgets_are_those_of_every_shared_link(digits):
    assert (digits.x_test[:3].sum(1) * 16).tolist() == [342, 339, 243]
    assert labeled_rows(digits, 10, 0).tolist() == [1076, 658, 188, 22, 1176, 1261, 735, 574, 187, 1210]


def test_label_seeds_choose_other_samples(digits):
    assert set(labeled_rows(digits, 20, 0)) != set(labeled_rows(digits, 20, 1))
    assert set(labeled_rows(digits, 10, 0)) < set(labeled_rows(digits, 20, 0))


@pytest.mark.parametrize("n, key", [(9, "labels_too_few"), (1298, "labels_too_many")])
def test_impossible_budgets_are_problems(digits, n, key):
    with pytest.raises(Problem) as caught:
        labeled_rows(digits, n, 0)
    assert caught.value.key == key
    with pytest.raises(Problem):
        datasets.check("digits", n)


def test_holdout_never_touches_the_test_rows(digits):
    held = holdout(digits, 300)
    assert len(held.x_test) == 300 and len(held.x) == len(digits.x) - 300
    training = {row.tobytes() for row in digits.x}
    assert all(row.tobytes() in training for row in held.x_test)


def test_the_plane_s_grid_goes_up_row_by_row():
    grid, (x0, x1, y0, y1) = plane(load("moons"), 8)
    assert grid.shape == (64, 2)
    np.testing.assert_allclose(grid[0], (x0, y0), rtol=1e-5)
    np.testing.assert_allclose(grid[7], (x1, y0), rtol=1e-5)
    np.testing.assert_allclose(grid[-1], (x1, y1), rtol=1e-5)


def test_absent_files_are_named_with_their_place(tmp_path, monkeypatch):
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    assert not datasets.available("fashion-mnist")
    with pytest.raises(Problem) as caught:
        load("fashion-mnist")
    assert str(tmp_path / "fashion-mnist") in caught.value.values["folder"]
    assert "train-images-idx3-ubyte" in caught.value.values["files"]


@pytest.fixture
def clothes(tmp_path, monkeypatch):
    """A data folder with 30 + 20 random images as Fashion-MNIST, under mixed names; returns where they lie."""
    monkeypatch.setenv("LADDER_DATA", str(tmp_path))
    folder = tmp_path / "fashion-mnist"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, n in (("train", 30), ("t10k", 20)):
        write_idx(folder / f"{part}-images.idx3-ubyte", rng.integers(0, 256, (n, 28, 28), np.uint8))
        write_idx(folder / f"{part}-labels-idx1-ubyte", (np.arange(n) % 10).astype(np.uint8))
    return folder


def test_idx_files_are_found_under_either_name(clothes):
    data = load("fashion-mnist")
    assert data.x.shape == (30, 784) and data.x_test.shape == (20, 784)
    assert data.x.max() == 1.0 and data.x.dtype == np.float32
    assert load("fashion-mnist") is data


def test_a_small_idx_set_limits_the_budget(clothes):
    assert DATASETS["fashion-mnist"].n_train == 30
    datasets.check("fashion-mnist", 30)
    with pytest.raises(Problem) as caught:
        datasets.check("fashion-mnist", 31)
    assert caught.value.values["n_rows"] == 30
    (clothes / "train-labels-idx1-ubyte").write_bytes(b"no labels")
    assert DATASETS["fashion-mnist"].n_train == 60000  # the page stays; loading says what is wrong


@pytest.mark.parametrize(
    "file, array, key",
    [
        ("t10k-labels-idx1-ubyte", np.zeros(0), "data_shape"),  # nothing in it
        ("t10k-labels-idx1-ubyte", np.zeros(5), "data_mismatch"),
        ("t10k-labels-idx1-ubyte", np.zeros((20, 8)), "data_shape"),  # QMNIST's
        ("train-labels-idx1-ubyte", np.full(30, 26), "data_labels"),  # EMNIST's letters
        ("train-images.idx3-ubyte", np.zeros((30, 32, 32)), "data_shape"),
        ("train-images.idx3-ubyte", np.zeros((30, 28, 28, 3)), "data_shape"),
        ("train-images.idx3-ubyte", np.zeros((30, 784)), "data_shape"),
    ],
)
def test_files_of_other_sets_in_the_same_format_are_named(clothes, file, array, key):
    write_idx(clothes / file, array.astype(np.uint8))
    with pytest.raises(Problem) as caught:
        DATASETS["fashion-mnist"].load(0.0)
    values = caught.value.values
    assert caught.value.key == key and file.replace(".idx", "-idx") in values.values()


@pytest.mark.parametrize(
    "place",
    ["fashion-mnist/{0}", "fashion-mnist/raw/{0}", "FashionMNIST/raw/{0}", "fashion-mnist/FashionMNIST/raw/{0}"]
    + ["fashion-mnist/{0}/{0}", "fashion-mnist/{1}/{1}", "fashion-mnist/{0}.gz/{0}.gz"],
)
def test_the_folders_of_torchvision_and_kaggle_are_looked_into(clothes, place):
    for path in list(clothes.iterdir()):
        part = path.name.replace(".idx", "-idx")
        content = path.read_bytes()
        path.unlink()
        target = clothes.parent / place.format(part, part.replace("-idx", ".idx"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    assert datasets.available("fashion-mnist")
    assert len(DATASETS["fashion-mnist"].load(0.0).y) == DATASETS["fashion-mnist"].n_train == 30


@pytest.mark.parametrize("damage", [lambda whole: whole[:-9], lambda whole: b"<html>gone</html>", lambda whole: b""])
def test_a_good_file_is_read_though_a_damaged_one_lies_beside_it(clothes, damage):
    good = clothes / "train-labels-idx1-ubyte"
    (clothes / "train-labels-idx1-ubyte.gz").write_bytes(damage(gzip.compress(good.read_bytes())))
    assert len(DATASETS["fashion-mnist"].load(0.0).y) == DATASETS["fashion-mnist"].n_train == 30


def test_what_is_wrong_with_the_only_file_is_said(clothes):
    (clothes / "train-labels-idx1-ubyte").write_bytes(b"<!DOCTYPE html><p>Not found")
    with pytest.raises(Problem) as caught:
        DATASETS["fashion-mnist"].load(0.0)
    assert caught.value.key == "idx_page" and caught.value.values == {"file": "train-labels-idx1-ubyte"}


def test_a_fetched_file_replaces_a_damaged_unpacked_one(clothes):
    damaged = clothes / "train-labels-idx1-ubyte"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:12])
    (clothes / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(whole))
    assert len(load("fashion-mnist").y) == 30


def test_mnist_is_read_from_the_data_folder():
    if not datasets.available("mnist"):
        pytest.skip(f"no MNIST in {Path(os.environ.get('LADDER_DATA') or 'data') / 'mnist'}")
    data = load("mnist")
    assert data.x.shape == (60000, 784) and data.x_test.shape == (10000, 784)
    assert data.x.max() == 1.0 and np.bincount(data.y)[1] == 6742


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_a_table_s_features_have_their_names_and_their_values_as_measured(name):
    bunch = getattr(sklearn.datasets, f"load_{name}")()
    names = [re.sub(r" \(cm\)|od280/od315_of_", "", one).replace(" ", "_") for one in bunch.feature_names]
    names = [re.sub(r"(\w+)_error$", r"error_\1", one) for one in names]
    assert tuple(names) == DATASETS[name].feature_names
    data = load(name)
    measured = data.x * data.scale[1] + data.scale[0]
    assert all(np.isclose(bunch.data, row, rtol=1e-4, atol=1e-5).all(1).any() for row in measured)
    assert holdout(data, 20).scale is data.scale and load("moons").scale is None


def test_the_order_of_the_labels_keeps_no_rows_in_memory():
    data = replace(load("digits"), name="other")
    labeled_rows(data, 20, 0)
    kept = weakref.ref(data)
    del data
    gc.collect()
    assert kept() is None
