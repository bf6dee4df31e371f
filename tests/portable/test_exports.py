"""The files of a trained ladder, each read by another program: onnxruntime, safetensors, Python without the page."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load_file
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import ladder
from ladder import arithmetic
from ladder.analysis import snapshot
from ladder.data.datasets import load
from ladder.models import ladder as definition
from ladder.portable import model_files
from ladder.portable.frozen import freeze
from ladder.recipe.defaults import default_live
from ladder.recipe.plain import recipe_from_json
from ladder.settings import ACTIVATION_NAMES, Recipe, Structure
from ladder.training.train import initial, layout_for, train

ROOT = Path(__file__).parents[2]


def run(dataset, activation="relu", n=30, combinator="gauss"):
    """A recipe with a change, the state that it leads to, and its data."""
    structure = Structure(dataset=dataset, widths=(10, 6), activation=activation, combinator=combinator)
    live = default_live(structure)
    recipe = Recipe(structure, live, ((20, replace(live, learning_rate=0.01)),))
    data = load(dataset)
    state = initial(structure, data)
    for until in (20, n):
        (state,), _ = train([state], [structure], [recipe.at(state.update)], data, until - state.update)
    return recipe, state, data


def files(recipe, state):
    """The files of a run that this process has trained."""
    return model_files.model_files(recipe, state.update, state.theta, (arithmetic.ours(),))


def measured(data):
    """The test rows in the units in which they were measured."""
    mean, std = data.scale or (0.0, 1.0)
    return (data.x_test * std + mean).astype(np.float32)


def by_onnx(content, rows):
    """What onnxruntime makes of rows: labels and probabilities."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["rows"]
    return session.run(["label", "probabilities"], {"rows": rows})


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
@pytest.mark.parametrize("dataset", ["digits", "wine", "moons"])
def test_onnx_takes_raw_rows_and_predicts_as_the_page_does(dataset, activation):
    recipe, state, data = run(dataset, activation)
    labels, probabilities = by_onnx(files(recipe, state)["ladder.onnx"], measured(data))
    ours = snapshot.probabilities(state, recipe.structure, recipe.live, data, data.x_test)
    np.testing.assert_allclose(probabilities, ours, atol=1e-4)
    assert labels.tolist() == [data.class_names[k] for k in probabilities.argmax(1)]


def test_one_row_has_the_same_prediction_as_among_others():
    recipe, state, data = run("digits")
    content, rows = files(recipe, state)["ladder.onnx"], data.x_test[:7]
    alone = np.concatenate([by_onnx(content, rows[i : i + 1])[1] for i in range(7)])
    np.testing.assert_allclose(alone, by_onnx(content, rows)[1], atol=1e-6)


def test_the_frozen_ladder_predicts_as_the_page_does():
    recipe, state, data = run("wine")
    frozen = freeze(state.theta, recipe.structure, recipe.live, data)
    expected = snapshot.probabilities(state, recipe.structure, recipe.live, data, data.x_test)
    np.testing.assert_allclose(frozen.probabilities(data.x_test), expected, atol=1e-5)
    np.testing.assert_allclose(frozen.standardised(measured(data)), data.x_test, atol=1e-5)
    assert frozen.probabilities(data.x_test[:0]).shape == (0, 3)


def test_freezing_needs_no_torch():
    program = (
        "import sys; from ladder.portable.frozen import freeze; from ladder.settings import Live, Structure;"
        "from ladder.data.datasets import load; import numpy as np;"
        "data, structure, live = load('digits'), Structure(widths=(5,)), Live();"
        "theta = np.ones(64 * 5 + 5 + 5 * 10 + 20, np.float32);"
        "print(freeze(theta, structure, live, data).probabilities(data.x_test).shape);"
        "print([name for name in ('torch', 'sklearn', 'onnx', 'safetensors') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines() == ["(500, 10)", "[]"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_arrays_and_what_is_said_of_them_are_enough_to_predict_and_to_restore(tmp_path):
    recipe, state, data = run("wine", "tanh")
    written = files(recipe, state)
    (tmp_path / "a.safetensors").write_bytes(written["ladder.safetensors"])
    a, said = load_file(tmp_path / "a.safetensors"), json.loads(written["ladder.json"])
    assert recipe_from_json(said["recipe"]) == recipe and said["updates"] == 30
    assert (said["widths"], said["activation"], said["combinator"]) == ([13, 10, 6, 3], "tanh", "gauss")
    kinds = {name.rstrip("0123456789") for name in a}
    assert kinds == set(said["arrays"]) and said["features"] == list(data.feature_names)

    z, h = [(measured(data) - a["scale_mean"]) / a["scale_std"]], []
    for l in (1, 2, 3):
        below = h[-1] if h else z[0]
        z.append((below @ a[f"W{l}"] - a[f"mean{l}"]) / a[f"std{l}"])
        top = a[f"gamma{l}"] * (z[l] + a[f"beta{l}"])
        h.append(np.tanh(top) if l < 3 else np.exp(top) / np.exp(top).sum(1, keepdims=True))
    expected = snapshot.probabilities(state, recipe.structure, recipe.live, data, data.x_test)
    np.testing.assert_allclose(h[-1], expected, atol=1e-4)

    above = h[-1]
    for l in (3, 2, 1, 0):
        u, g = (above - a[f"u_mean{l}"]) / a[f"u_std{l}"], a[f"g{l}"]
        mu = g[0] * sigmoid(g[1] * u + g[2]) + g[3] * u + g[4]
        v = g[5] * sigmoid(g[6] * u + g[7]) + g[8] * u + g[9]
        z_hat = (z[l] - mu) * v + mu
        above = z_hat @ a[f"V{l}"] if l else None
    p = layout_for(recipe.structure, data).unpack(torch.from_numpy(state.theta))
    rows = torch.from_numpy(data.x_test)
    restored = definition.restore(p, torch.from_numpy(data.x), rows, recipe.structure).numpy()
    np.testing.assert_allclose(z_hat, restored, atol=1e-3)


def test_the_python_file_repeats_the_run(tmp_path):
    recipe, state, data = run("iris")
    content = files(recipe, state)["run.py"]
    (tmp_path / "run.py").write_bytes(content)
    done = subprocess.run(
        [sys.executable, "run.py"], capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    *_, errors, classes = done.stdout.splitlines()
    error = snapshot.evaluate(state, recipe.structure, recipe.live, data).test_error
    assert errors == f"test error {error:.4f}; the page had {error:.4f}"
    predicted = snapshot.probabilities(state, recipe.structure, recipe.live, data, data.x_test[:10]).argmax(1)
    assert classes.endswith(str([data.class_names[k] for k in predicted]))
    assert len(content.splitlines()) < 70 and max(map(len, content.decode().splitlines())) <= 120


def test_the_python_file_of_a_run_without_updates_and_of_later_changes(tmp_path):
    recipe, state, _ = run("iris")
    start = initial(recipe.structure, load("iris"))
    assert b"CHANGES = [  # (updates before it, what was changed)\n]" in files(recipe, start)["run.py"]
    assert b"(20, {'learning_rate': 0.01})," in files(recipe, state)["run.py"]


WINE = load_wine(return_X_y=True)
SMALL = {"hidden_layer_sizes": (8,), "max_iter": 50, "random_state": 0}


def fitted(*scalers, text=False):
    """A pipeline of scalers and a ladder, fitted to the wines with every third label."""
    x, y = WINE
    y = np.array(["red", "rosé", "白"], object)[y] if text else y
    y = np.where(np.arange(len(y)) % 3, -1, y)
    return make_pipeline(*scalers, ladder.LadderClassifier(**SMALL)).fit(x, y)


@pytest.mark.parametrize(
    "scalers",
    [(StandardScaler(),), (MinMaxScaler((-1, 1)), StandardScaler()), (StandardScaler(with_mean=False),)],
    ids=["standard", "both", "without mean"],
)
@pytest.mark.parametrize("text", [False, True], ids=["numbers", "texts"])
def test_a_pipeline_leaves_as_onnx(tmp_path, scalers, text):
    model = fitted(*scalers, text=text)
    ladder.export(model, tmp_path / "wine.onnx")
    x = WINE[0].astype(np.float32)
    labels, probabilities = by_onnx((tmp_path / "wine.onnx").read_bytes(), x)
    np.testing.assert_allclose(probabilities, model.predict_proba(x), atol=1e-3)
    assert labels.tolist() == model.classes_[probabilities.argmax(1)].tolist()


def test_a_classifier_leaves_as_arrays(tmp_path):
    model = fitted(StandardScaler())
    ladder.export(model, str(tmp_path / "wine.safetensors"))
    arrays, said = load_file(tmp_path / "wine.safetensors"), json.loads((tmp_path / "wine.json").read_text())
    np.testing.assert_allclose(arrays["scale_mean"], model[0].mean_, rtol=1e-6)
    np.testing.assert_array_equal(arrays["W1"], model[1].frozen_.layers[0].weights)
    assert said["classes"] == [0, 1, 2] and "dataset" not in said["recipe"]["structure"]


def test_what_cannot_be_exported_is_said(tmp_path):
    x, y = WINE
    with pytest.raises(ValueError, match="PCA"):
        ladder.export(fitted(PCA(3)), tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="clip"):
        ladder.export(fitted(MinMaxScaler(clip=True)), tmp_path / "a.onnx")
    with pytest.raises(ValueError, match="onnx or .safetensors"):
        ladder.export(fitted(StandardScaler()), tmp_path / "a.pkl")
    with pytest.raises(ValueError, match="StandardScaler is no"):
        ladder.export(StandardScaler().fit(x), tmp_path / "a.onnx")
    with pytest.raises(NotFittedError):
        ladder.export(ladder.LadderClassifier(), tmp_path / "a.onnx")
    assert not list(tmp_path.iterdir())
