"""What lessons compare, against the NumPy ladder of tests/reference.py and against finite differences."""

import numpy as np
import pytest
import reference
import torch

from ladder.analysis import quantities, snapshot
from ladder.analysis.quantities import Trained, measure
from ladder.recipe.contestants import Contestant, usual
from ladder.settings import Live, Structure
from ladder.teaching import lesson
from ladder.training import contestants
from ladder.training.train import layout_for


def trained(contestant, digits, n_updates=30, structure=None, live=None):
    structure, live = structure or Structure(weight_seed=2, label_seed=2), live or Live()
    state = contestants.initial(contestant, structure, digits)
    state, metrics = contestants.train_one(contestant, state, structure, live, digits, n_updates)
    return Trained(contestant, state, structure, live, digits, metrics)


@pytest.fixture(scope="module")
def ladder(digits):
    return trained(usual("ladder"), digits)


def parameters(one):
    return {k: v.numpy().astype(float) for k, v in one.parameters.items()}


def test_errors_with_batch_statistics(ladder, digits):
    p, order = parameters(ladder), np.random.default_rng(0).permutation(len(digits.x_test))
    for name, rows, n in (
        ("error_of_batches_20", order, 20),
        ("error_of_batches_500", order, 500),
        ("error_of_class_batches", np.argsort(digits.y_test, kind="stable"), 20),
    ):
        wrong = 0
        for start in range(0, len(rows), n):
            batch = rows[start : start + n]
            h = reference.encoder(p, digits.x_test[batch].astype(float), "relu")[1][-1]
            wrong += int((h.argmax(1) != digits.y_test[batch]).sum())
        assert measure(ladder, name) == pytest.approx(wrong / len(rows), abs=0.005)


def test_costs_by_variance_and_by_definition(ladder, digits):
    p, x = parameters(ladder), digits.x_test[:200].astype(float)
    widths = layout_for(ladder.structure, digits).widths
    noise = [
        n.numpy().astype(float) for n in snapshot.probe_noise(ladder.structure, widths, 200, ladder.live.noise_std)
    ]
    found = reference.ladder(p, x, digits.y_test[:200], x, noise, noise)
    z, _, means, stds = reference.encoder(p, x, "relu")
    for l in range(5):
        z_hat = found["z_hat"][l]
        wrong = z_hat if l == 0 else (z_hat - means[l]) / stds[l] ** 2
        assert measure(ladder, f"cost_by_variance[{l}]") == pytest.approx(((z[l] - wrong) ** 2).mean(), rel=1e-3)
        assert measure(ladder, f"cost_by_definition[{l}]") == pytest.approx(found["denoising"][l], rel=1e-3)


def test_costs_are_the_last_updates_of_training(ladder):
    table = ladder.metrics["denoising"]
    assert measure(ladder, "cost[2]") == pytest.approx(table[:, 2].mean(), rel=1e-5)
    assert measure(ladder, "costs") == pytest.approx(table.mean(0).sum(), rel=1e-5)


def test_the_noisy_path_errs_more_and_without_noise_as_the_clean_one(ladder, digits):
    assert measure(ladder, "noisy_error") > measure(ladder, "test_error")
    quiet = trained(usual("ladder"), digits, live=Live(noise_std=(0.0,) * 5))
    assert measure(quiet, "noisy_error") == measure(quiet, "test_error")


def test_what_becomes_of_a_code(digits):
    contestant = Contestant("contractive", tied=True, code_activation="sigmoid", contraction=1.0)
    one = trained(contestant, digits, structure=Structure(widths=(20,)), live=Live((0.3,) * 3, (1.0,) * 3))
    x = digits.x_test[: quantities.JACOBIAN_ROWS].astype(float)
    p = {k: v.numpy().astype(float) for k, v in one_parameters(one).items()}
    code = lambda rows: 1 / (1 + np.exp(-(rows @ p["W1"] + p["b1"])))  # noqa: E731
    steps = [(code(x + 1e-4 * e) - code(x - 1e-4 * e)) / 2e-4 for e in np.eye(x.shape[1])]
    assert measure(one, "contraction") == pytest.approx((np.array(steps) ** 2).sum((0, 2)).mean(), rel=1e-3)
    assert measure(one, "weight_size") == pytest.approx(np.sqrt((p["W1"] ** 2).mean()), rel=1e-5)
    h = code(digits.x_test.astype(float))
    assert measure(one, "saturated") == pytest.approx(((h < 0.05) | (h > 0.95)).mean(), abs=1e-3)


def one_parameters(one):
    where = contestants.layout_for(one.contestant, one.structure, one.data)
    return where.unpack(torch.from_numpy(one.state.theta))


def test_every_quantity_of_a_lesson_is_measured():
    assert set(lesson.QUANTITIES) == set(quantities.MEASURES)
    assert set(lesson.LAYER_QUANTITIES) == set(quantities.LAYER_MEASURES)
