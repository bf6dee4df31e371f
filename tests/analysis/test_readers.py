"""A look inside any contestant, against what its parameters say in NumPy, finite differences and scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
import reference
import torch
from autoencoder_reference import numpy_code, numpy_output
from sklearn.linear_model import LogisticRegression

from ladder import noise
from ladder.analysis import readers, snapshot
from ladder.data import datasets
from ladder.data.rows import labeled_rows
from ladder.models.shapes import FIT_ROWS
from ladder.recipe import defaults
from ladder.recipe.contestants import AUTOENCODERS, CONTESTANTS, usual
from ladder.settings import PRESETS, Structure, preset
from ladder.training import contestants
from ladder.training.normal import normal

MODELS = [name for name, family in CONTESTANTS.items() if family != "reference"]
SUPERVISED = ("twin", "supervised", "supervised_noise", "pseudo_label", "vat")
WIDTHS = (9, 5)


def trained(model, n=30, widths=WIDTHS, **options):
    """(contestant, state, structure, live, data) after n updates on digits."""
    structure, data = Structure(widths=widths, activation="tanh"), datasets.load("digits")
    live = defaults.default_live(structure)
    if model in PRESETS:
        live = preset(live, model, structure.n_layers)
    contestant = replace(usual(model), **options)
    state = contestants.initial(contestant, structure, data)
    state, _ = contestants.train_one(contestant, state, structure, live, data, n)
    return contestant, state, structure, live, data


@pytest.fixture(scope="module", params=MODELS)
def seen(request):
    parts = trained(request.param)
    return request.param, readers.reader(*parts), parts


def test_shapes_and_what_there_is_not(seen):
    model, reader, (_, _, structure, _, data) = seen
    x, m = data.x_test[:7], WIDTHS[-1]
    layers = reader.layers(x)
    assert [layer.shape for layer in layers] == [(7, width) for width in WIDTHS]
    np.testing.assert_array_equal(reader.encode(x), layers[-1])
    assert reader.first_weights.shape == (WIDTHS[0], data.n_features)
    assert reader.jacobian(x).shape == (7, m, data.n_features)
    probabilities = reader.probabilities(x)
    assert probabilities.shape == (7, data.n_classes)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    no_decoder = model in SUPERVISED or model == "gamma"
    assert (reader.reconstruct(x) is None) == no_decoder
    assert (reader.decode(layers[-1]) is None) == (model not in AUTOENCODERS)
    found = [*layers, reader.first_weights, reader.jacobian(x), probabilities]
    found += [made for made in (reader.reconstruct(x), reader.decode(layers[-1])) if made is not None]
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in found)


def test_a_ladder_s_reconstruction_has_its_signals_cut_where_the_run_has_them_cut():
    contestant, state, structure, live, data = trained("ladder")
    live = replace(live, lateral=(True, False, True, True), top_down=(True, True, False, True))
    p = {
        name: array.astype(float)
        for name, array in contestants.layout_for(contestant, structure, data).unpack(state.theta).items()
    }
    x, none = data.x[:FIT_ROWS], np.zeros(min(len(data.x), FIT_ROWS), int)
    silence = [np.zeros((len(x), m)) for m in (data.n_features, *WIDTHS, data.n_classes)]
    switches = live.lateral, live.top_down
    expected = reference.ladder(p, x, none, x, silence, silence, "tanh", "gauss", *switches)["z_hat"][0]
    reader = readers.reader(contestant, state, structure, live, data)
    np.testing.assert_allclose(reader.reconstruct(x[:9]), expected[:9], atol=1e-4)
    whole = readers.reader(contestant, state, structure, replace(live, lateral=(True,) * 4), data)
    assert np.abs(whole.reconstruct(x[:9]) - expected[:9]).max() > 0.01


def test_a_row_does_not_know_its_neighbours(seen):
    _, reader, (*_, data) = seen
    x = data.x_test[:20]
    for look in (reader.encode, reader.probabilities, reader.reconstruct, reader.jacobian):
        if look(x) is not None:
            np.testing.assert_allclose(look(x)[3:4], look(x[3:4]), atol=2e-6, rtol=1e-5)


def test_the_jacobian_is_the_code_s_slope(seen):
    _, reader, (*_, data) = seen
    x, step = data.x_test[:4], np.float32(0.01)
    J = reader.jacobian(x)
    for k in (10, 20, 43):
        e = step * np.eye(64, dtype=np.float32)[k]
        slope = (reader.encode(x + e) - reader.encode(x - e)) / (2 * step)
        np.testing.assert_allclose(J[:, :, k], slope, atol=2e-3)


def test_looking_changes_nothing_and_says_the_same_again(seen):
    _, reader, parts = seen
    state, data = parts[1], parts[-1]
    kept = state.theta.copy()
    again = readers.reader(*parts)
    np.testing.assert_array_equal(reader.probabilities(data.x_test[:50]), again.probabilities(data.x_test[:50]))
    np.testing.assert_array_equal(state.theta, kept)


@pytest.mark.parametrize("model", AUTOENCODERS)
def test_an_autoencoder_s_code_and_reconstruction_are_numpy_s(model):
    contestant, state, structure, live, data = parts = trained(model)
    reader, net = readers.reader(*parts), contestants.network(contestant, structure, data)
    p = {name: value.astype(np.float64) for name, value in net.where.unpack(state.theta).items()}
    x = data.x_test[:9].astype(np.float64)
    code = numpy_code(net, p, x)[:, : WIDTHS[-1]]
    np.testing.assert_allclose(reader.encode(x), code, atol=1e-5)
    np.testing.assert_allclose(reader.decode(code), numpy_output(net, p, code), atol=1e-5)
    np.testing.assert_allclose(reader.reconstruct(x), numpy_output(net, p, code), atol=1e-5)
    np.testing.assert_array_equal(reader.first_weights, net.where.unpack(state.theta)["W1"].T)


def test_a_variational_code_in_the_first_layer_shows_the_weights_of_its_means():
    structure, data = Structure(widths=(4,)), datasets.load("digits")
    state = contestants.initial(usual("variational"), structure, data)
    reader = readers.reader(usual("variational"), state, structure, defaults.default_live(structure), data)
    assert reader.first_weights.shape == (4, 64)
    np.testing.assert_allclose(reader.jacobian(data.x_test[:1])[0], reader.first_weights, rtol=1e-6)


@pytest.mark.parametrize("model", ["ladder", "supervised_noise"])
def test_the_ladder_s_classes_are_inspection_s(model):
    contestant, state, structure, live, data = parts = trained(model)
    expected = snapshot.evaluate(state, structure, live, data)
    found = readers.evaluate(readers.reader(*parts), structure, live, data)
    assert found["error"] == expected.test_error


# --- how an autoencoder classifies


def test_a_probe_is_logistic_regression_on_the_frozen_code():
    contestant, state, structure, live, data = parts = trained("denoising", classify="probe")
    reader = readers.reader(*parts)
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    code, test_code = (reader.encode(x).astype(np.float64) for x in (data.x[rows], data.x_test))
    scale = code.std(0).max()
    model = LogisticRegression(C=10.0, max_iter=5000).fit((code - code.mean(0)) / scale, data.y[rows])
    expected = model.predict_proba((test_code - code.mean(0)) / scale)
    np.testing.assert_allclose(reader.probabilities(data.x_test), expected, atol=1e-5)


def test_fine_tuning_fits_the_labelled_rows_and_leaves_the_code_as_it_is():
    contestant, state, structure, live, data = parts = trained("plain", widths=(50, 25), classify="finetune")
    reader = readers.reader(*parts)
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    before = reader.encode(data.x_test[:5])
    probabilities = reader.probabilities(data.x[rows])
    assert (probabilities.argmax(1) == data.y[rows]).all()
    np.testing.assert_array_equal(reader.encode(data.x_test[:5]), before)


def test_fine_tuning_is_adam_on_the_labelled_rows(monkeypatch):
    """One step of it by hand: every weight moves by the learning rate, against its gradient's sign."""
    contestant, state, structure, live, data = trained("plain", classify="finetune")
    net = contestants.network(contestant, structure, data)
    p = net.where.unpack(torch.from_numpy(state.theta))
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    x, y = torch.from_numpy(data.x[rows]), torch.from_numpy(data.y[rows])
    monkeypatch.setattr(readers, "FINETUNE_UPDATES", 1)
    after = readers.finetuned(net, p, x, y, live, structure.weight_seed)
    leaves = {name: p[name].clone().requires_grad_(True) for name in after}
    logits = net.encode(leaves, x)[-1] @ leaves["W3"] + leaves["b3"]
    torch.nn.functional.cross_entropy(logits, y).backward()
    for name, leaf in leaves.items():
        clear = leaf.grad.abs() > 1e-4
        moved = (after[name] - p[name])[clear]
        np.testing.assert_allclose(moved, -live.learning_rate * leaf.grad[clear].sign(), rtol=0.02)


def test_many_labels_are_fine_tuned_in_batches():
    contestant, state, structure, live, data = trained("plain", classify="finetune")
    live = replace(live, n_labeled=1000, batch_size=50)
    reader = readers.reader(contestant, state, structure, live, data)
    few = readers.reader(contestant, state, structure, replace(live, n_labeled=20), data)
    errors = [(one.probabilities(data.x_test).argmax(1) != data.y_test).mean() for one in (reader, few)]
    assert errors[0] < errors[1] - 0.1


def test_joint_training_has_its_own_classifier():
    contestant, state, structure, live, data = parts = trained("plain", n=400, widths=(50, 25), classify="joint")
    reader, net = readers.reader(*parts), contestants.network(contestant, structure, data)
    p = net.where.unpack(state.theta)
    a = reader.encode(data.x_test) @ p["W3"] + p["b3"]
    expected = np.exp(a) / np.exp(a).sum(1, keepdims=True)
    np.testing.assert_allclose(reader.probabilities(data.x_test), expected, atol=1e-5)
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    assert (reader.probabilities(data.x[rows]).argmax(1) == data.y[rows]).all()


@pytest.mark.parametrize("classify", ["probe", "finetune", "joint"])
def test_a_training_that_diverged_can_still_be_looked_at(classify):
    contestant, state, structure, live, data = trained("plain", classify=classify)
    lost = replace(state, theta=np.full_like(state.theta, np.nan))
    found = readers.evaluate(readers.reader(contestant, lost, structure, live, data), structure, live, data)
    assert 0 <= found["error"] <= 1


# --- errors


def test_errors_are_counted_as_anybody_would(seen):
    model, reader, (_, _, structure, live, data) = seen
    found = readers.evaluate(reader, structure, live, data)
    predicted = reader.probabilities(data.x_test).argmax(1)
    assert found["error"] == pytest.approx(np.mean([a != b for a, b in zip(predicted, data.y_test, strict=True)]))
    if reader.reconstruct(data.x_test[:1]) is None:
        assert np.isnan(found["clean_error"])
        assert np.isnan(found["noisy_error"])
    else:
        expected = np.mean((reader.reconstruct(data.x_test) - data.x_test).astype(np.float64) ** 2)
        assert found["clean_error"] == pytest.approx(expected, rel=1e-4)
        noisy = reader.reconstruct(readers.noisy_test_rows(structure, live, data))
        assert found["noisy_error"] == pytest.approx(np.mean((noisy - data.x_test).astype(np.float64) ** 2), rel=1e-4)
        assert found["noisy_error"] != pytest.approx(found["clean_error"], rel=1e-3)


def test_the_noise_is_one_and_the_same_for_all():
    structure, data = Structure(), datasets.load("digits")
    live = defaults.default_live(structure)
    rows = readers.noisy_test_rows(structure, live, data)
    np.testing.assert_array_equal(rows, readers.noisy_test_rows(structure, live, data))
    added = rows - data.x_test
    assert added.std() == pytest.approx(live.noise_std[0], rel=0.02)
    assert abs(added.mean()) < 0.01
    quiet = readers.noisy_test_rows(structure, replace(live, noise_std=(0.0,) * 5), data)
    np.testing.assert_array_equal(quiet, data.x_test)
    drawn = normal(structure.weight_seed, noise.PROBE, readers.PROBE_NOISE, data.x_test.size)
    np.testing.assert_allclose(added.ravel(), 0.3 * drawn, atol=1e-6)
