"""One update in stages: its numbers are the reference's, and its result is what training does."""

from dataclasses import replace

import numpy as np
import pytest
import reference

from ladder.data import datasets
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.live import frames
from ladder.settings import Live, Structure, fitted
from ladder.training import stages as slow
from ladder.training import train as training
from ladder.training.stages import STAGES, update_stages
from ladder.training.train import train

SMALL = Structure(dataset="moons", widths=(4,))
SMALL_LIVE = Live(lambdas=(3.0, 2.0, 0.5), noise_std=(0.3, 0.2, 0.4), n_labeled=12, batch_size=9)
SMALL_LIVE = fitted(SMALL_LIVE, 2)
OFF = (False,) * 5
SWITCHES = [{}, {"lateral": OFF}, {"top_down": OFF}, {"lateral": (True, False, True, True, False)}]


def after(n, structure, live, data):
    states, _ = train([training.initial(structure, data)], [structure], [live], data, n)
    return states[0]


def drawn_by_training(state, structure, live, data):
    """The batch as training.draw_batch gives it, and its noise as lists over l of (n, m_l), in float64."""
    where, pool = (
        training.layout_for(structure, data),
        seen(data, structure, live.n_labeled),
    )
    batch = training.draw_batch(state, structure.weight_seed, live, data, pool, sum(where.widths), True)
    noises = []
    for flat, n in ((batch.noise_labeled, len(batch.y)), (batch.noise, len(batch.x))):
        parts = np.split(flat.astype(float), np.cumsum([n * m for m in where.widths])[:-1])
        noises.append(
            [std * part.reshape(m, n).T for part, m, std in zip(parts, where.widths, live.noise_std, strict=True)]
        )
    return (batch.x_labeled.astype(float), batch.y, batch.x.astype(float), *noises)


def objective(found, live):
    return found["supervised"] + np.dot(live.lambdas, found["denoising"])


def parameters(theta, structure, data):
    return training.layout_for(structure, data).unpack(np.asarray(theta, float))


def merged(update):
    return {name: array for stage in update.stages for name, array in stage.arrays.items()}


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("n", [0, 50])
def test_stages_have_the_numbers_of_the_reference(digits, n, switch):
    structure, live = Structure(), Live(**switch)
    state = after(n, structure, live, digits)
    batch = drawn_by_training(state, structure, live, digits)
    x_labeled, y, x, noise_labeled, noise = batch
    expected = reference.ladder(parameters(state.theta, structure, digits), *batch, **switch)
    found = merged(update_stages(state, structure, live, digits))
    close = {"rtol": 1e-6, "atol": 1e-6}  # as they are sent: float32
    for l in range(5):
        kinds = {"noise": noise[l], "noise_labeled": noise_labeled[l]}
        kinds |= {name: expected[name][l] for name in ("z", "z_tilde", "u", "z_hat", "z_hat_bn")}
        kinds |= {"z_labeled": x_labeled, "z_tilde_labeled": x_labeled + noise_labeled[0]} if l == 0 else {}
        for kind, rows in kinds.items():
            np.testing.assert_allclose(found[f"{kind}/{l}"], rows[:4], **close)
            np.testing.assert_allclose(found[f"{kind}_summary/{l}"], [rows.mean(), rows.std()], **close)
    assert found["class"].tolist() == y[:4].tolist()
    np.testing.assert_allclose(found["probabilities"], expected["h_labeled"][-1][:4], **close)
    np.testing.assert_allclose(found["probability_of_class"], expected["h_labeled"][-1][np.arange(20), y], **close)
    np.testing.assert_allclose(found["supervised"], [expected["supervised"]], rtol=1e-6)
    np.testing.assert_allclose(found["denoising"], expected["denoising"], rtol=1e-6)
    np.testing.assert_allclose(found["weighted"], np.array(live.lambdas) * expected["denoising"], rtol=1e-6)
    np.testing.assert_allclose(found["lambdas"], live.lambdas)
    np.testing.assert_allclose(found["objective"], [objective(expected, live)], rtol=1e-6)


@pytest.mark.parametrize("n_labeled", [20, 150])  # all of them in a batch, or 100
@pytest.mark.parametrize("n", [0, 50])
def test_the_state_after_it_is_training_s(digits, n, n_labeled):
    structure, live = Structure(), Live(n_labeled=n_labeled)
    state = after(n, structure, live, digits)
    (expected,), (metrics,) = train([state], [structure], [live], digits, 1)
    update = update_stages(state, structure, live, digits)
    np.testing.assert_allclose(update.after.theta, expected.theta, rtol=0, atol=1e-5)
    np.testing.assert_allclose(update.after.adam_m, expected.adam_m, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(update.after.adam_v, expected.adam_v, rtol=1e-3, atol=1e-5)
    for counter in ("update", "seen_labeled", "seen_unlabeled"):
        assert getattr(update.after, counter) == getattr(expected, counter)
    np.testing.assert_allclose(merged(update)["objective"], metrics["objective"], rtol=1e-5)
    moved = np.abs(expected.theta - state.theta)
    assert np.median(moved[moved > 0]) > 1e-4  # a step is larger than what it may differ by


def test_the_given_state_stays_as_it_was(digits):
    state = after(5, Structure(), Live(), digits)
    kept = {name: getattr(state, name).copy() for name in ("theta", "adam_m", "adam_v")}
    first, second = (merged(update_stages(state, Structure(), Live(), digits)) for _ in range(2))
    for name, array in kept.items():
        np.testing.assert_array_equal(getattr(state, name), array)
    assert (state.update, state.seen_labeled, state.seen_unlabeled) == (5, 100, 500)
    for name, array in first.items():
        np.testing.assert_array_equal(second[name], array)


@pytest.mark.parametrize("combinator", ["gauss", "vanilla"])
def test_the_gradients_agree_with_finite_differences_of_the_reference(combinator):
    data, structure = datasets.load("moons"), replace(SMALL, combinator=combinator)
    state = after(30, structure, SMALL_LIVE, data)
    batch = drawn_by_training(state, structure, SMALL_LIVE, data)

    def cost(theta):
        return objective(reference.ladder(parameters(theta, structure, data), *batch, g=combinator), SMALL_LIVE)

    gradient = np.zeros(len(state.theta))
    for i in range(len(gradient)):
        step = np.zeros(len(gradient))
        step[i] = 1e-6
        gradient[i] = (cost(state.theta + step) - cost(state.theta - step)) / 2e-6
    parts = parameters(gradient, structure, data)
    stage = update_stages(state, structure, SMALL_LIVE, data).stages[STAGES.index("gradients")]
    assert stage.values["parameters"] == list(parts)
    assert stage.arrays["n_numbers"].tolist() == [part.size for part in parts.values()]
    norms = [np.linalg.norm(part) for part in parts.values()]
    np.testing.assert_allclose(stage.arrays["gradient"], norms, rtol=1e-4, atol=1e-5)


def test_the_last_stage_has_the_norms_of_the_step_at_the_rate_of_this_update():
    data, live = datasets.load("moons"), replace(SMALL_LIVE, n_updates=100, decay_from=0.5)
    state = after(75, SMALL, live, data)
    update = update_stages(state, SMALL, live, data)
    (expected,), _ = train([state], [SMALL], [live], data, 1)
    np.testing.assert_allclose(update.after.theta, expected.theta, rtol=0, atol=1e-5)
    stage = update.stages[-1]
    assert stage.values["update"] == 76
    np.testing.assert_allclose(stage.arrays["learning_rate"], [0.001])  # half of 0.002
    kinds = {"m": update.after.adam_m, "v": update.after.adam_v, "theta": update.after.theta}
    kinds["step"] = update.after.theta.astype(float) - state.theta
    for name, flat in kinds.items():
        norms = [np.linalg.norm(part) for part in parameters(flat, SMALL, data).values()]
        np.testing.assert_allclose(stage.arrays[name], norms, rtol=1e-4, atol=1e-7)


def images(n):
    """Random images of MNIST's size."""
    x, y = np.random.default_rng(0).random((n, 784)).astype(np.float32), np.arange(n) % 10
    return Data("mnist", x, y, x, y, tuple("0123456789"), (28, 28))


@pytest.mark.parametrize("widths", [None, (1000, 500, 250, 250, 250), (300,) * 6])
def test_what_is_sent_stays_small(digits, widths):
    data = digits if widths is None else images(120)
    structure = Structure() if widths is None else Structure(dataset="mnist", widths=widths)
    n = structure.n_layers + 1
    live = fitted(Live(lambdas=(1.0,) * n, noise_std=(0.3,) * n, n_labeled=20 if widths is None else 100), n - 1)
    stages = update_stages(training.initial(structure, data), structure, live, data).stages
    assert tuple(stage.name for stage in stages) == STAGES
    assert sum(len(frames.encode(dict(stage.values), stage.arrays)) for stage in stages) < 200_000
    arrays = {name: array for stage in stages for name, array in stage.arrays.items()}
    assert len(arrays) == sum(len(stage.arrays) for stage in stages)  # no name stands for two arrays
    assert all(array.dtype in (np.float32, np.int32) for array in arrays.values())
    shown = [min(m, slow.UNITS) for m in structure.widths]
    assert [arrays[f"z_tilde/{l}"].shape for l in range(n)] == [(4, m) for m in (data.n_features, *shown, 10)]
