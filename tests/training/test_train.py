"""Training as a pure function, tests by equality; and the numbers of what a state shows."""

from dataclasses import replace

import numpy as np
import pytest
import reference
import torch
from devices import META, OneDevice, update_elsewhere

from ladder import noise
from ladder.analysis import snapshot
from ladder.data import datasets
from ladder.data.protocol import seen
from ladder.data.rows import labeled_rows
from ladder.problems import Problem
from ladder.recipe.view import View
from ladder.settings import COMBINATOR_NAMES, Live, Structure, fitted
from ladder.training import train as training
from ladder.training.normal import normal
from ladder.training.train import State, train

STRUCTURE, LIVE = Structure(widths=(20, 12)), fitted(Live(lambdas=(1000.0, 10.0, 0.1, 0.1), noise_std=(0.3,) * 4), 3)


def run(state, data, n, structure=STRUCTURE, live=LIVE, model="ladder"):
    (after,), (metrics,) = train([state], [structure], [live], data, n, model)
    return after, metrics


def same(a: State, b: State) -> bool:
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("theta", "adam_m", "adam_v"))
    return arrays and (a.update, a.seen_labeled, a.seen_unlabeled) == (b.update, b.seen_labeled, b.seen_unlabeled)


@pytest.mark.parametrize("combinator", ["gauss", "linear"])
def test_twenty_and_twenty_updates_are_forty(digits, combinator):
    structure = replace(STRUCTURE, combinator=combinator)
    start = training.initial(structure, digits)
    half, first = run(start, digits, 20, structure)
    twice, second = run(half, digits, 20, structure)
    once, whole = run(start, digits, 40, structure)
    assert same(twice, once)
    np.testing.assert_array_equal(np.concatenate([first["objective"], second["objective"]]), whole["objective"])


def test_the_given_state_is_left_as_it_was(digits):
    start = training.initial(STRUCTURE, digits)
    kept = start.theta.copy()
    run(start, digits, 3)
    assert np.array_equal(start.theta, kept)
    assert start.update == 0


@pytest.mark.parametrize("combinator", ["gauss", "vanilla"])
def test_with_all_lambdas_zero_ladder_and_twin_are_one(digits, combinator):
    structure, live = replace(STRUCTURE, combinator=combinator), replace(LIVE, lambdas=(0.0,) * 4)
    ladder, metrics = run(training.initial(structure, digits), digits, 120, structure, live)
    twin, of_twin = run(training.initial(structure, digits, "supervised"), digits, 120, structure, live, "supervised")
    assert np.array_equal(ladder.theta[: len(twin.theta)], twin.theta)
    assert np.array_equal(metrics["supervised"], of_twin["supervised"])
    assert metrics["denoising"].shape == (120, 4)


def test_lanes_give_the_numbers_of_single_runs(digits):
    structures = [replace(STRUCTURE, weight_seed=seed, label_seed=9 - seed) for seed in range(4)]
    lives = [LIVE, replace(LIVE, learning_rate=0.01), replace(LIVE, n_labeled=50), replace(LIVE, noise_std=(0.1,) * 4)]
    lives += [replace(LIVE, lateral=(False,) * 4), replace(LIVE, top_down=(False,) * 4)]
    lives += [replace(LIVE, lateral=(True, False, True, True)), replace(LIVE, top_down=(True, False, True, True))]
    structures += structures
    states = [training.initial(structure, digits) for structure in structures]
    together, metrics = train(states, structures, lives, digits, 25)
    for i in range(8):
        alone, its = run(states[i], digits, 25, structures[i], lives[i])
        np.testing.assert_allclose(together[i].theta, alone.theta, atol=1e-5)
        np.testing.assert_allclose(metrics[i]["denoising"], its["denoising"], rtol=1e-4)


def test_the_fast_path_follows_the_definition(digits, monkeypatch):
    start = training.initial(STRUCTURE, digits)
    quick, of_quick = run(start, digits, 10)
    monkeypatch.setattr(Structure, "quick", False)
    plain, of_plain = run(start, digits, 10)
    np.testing.assert_allclose(of_quick["objective"], of_plain["objective"], rtol=1e-4)
    np.testing.assert_allclose(quick.theta, plain.theta, atol=2e-3)  # Adam turns tiny gradients' signs into steps


@pytest.mark.parametrize(
    "lateral, top_down",
    [
        ((False, True, True, False), (True, False, True, True)),
        ((True, False, True, True), (False, True, True, True)),
        ((True, True, True, False), (False, True, True, True)),
    ],
)
def test_layers_cut_one_by_one_train_as_the_definition_says(digits, monkeypatch, lateral, top_down):
    start, live = training.initial(STRUCTURE, digits), replace(LIVE, lateral=lateral, top_down=top_down)
    quick, of_quick = run(start, digits, 30, live=live)
    uncut, _ = run(start, digits, 30)
    monkeypatch.setattr(Structure, "quick", False)
    plain, of_plain = run(start, digits, 30, live=live)
    np.testing.assert_allclose(of_quick["objective"], of_plain["objective"], rtol=1e-5)
    np.testing.assert_allclose(quick.theta, plain.theta, atol=1e-5)
    assert np.abs(quick.theta - uncut.theta).max() > 1e-3


def test_adam_is_torch_optim_adam():
    """For each lane with its own rate and its own past."""
    rng = np.random.default_rng(0)
    theta = torch.from_numpy(rng.standard_normal((2, 50)))
    ours, m, v = theta.clone(), torch.zeros_like(theta), torch.zeros_like(theta)
    theirs = [row.clone().requires_grad_(True) for row in theta]
    optimisers = [torch.optim.Adam([row], lr=lr) for row, lr in zip(theirs, (0.01, 0.1), strict=True)]
    for update in range(20):
        gradient = torch.from_numpy(rng.standard_normal((2, 50)))
        for row, optimiser, by in zip(theirs, optimisers, gradient, strict=True):
            row.grad = by.clone()
            optimiser.step()
        training.adam(ours, m, v, gradient, [0.01, 0.1], [update, update])
    np.testing.assert_allclose(ours, torch.stack(theirs).detach(), rtol=1e-10)


@pytest.mark.parametrize("combinator", ["gauss", "linear"])
@pytest.mark.parametrize(
    "switch",
    [
        {},
        {"lateral": (False,) * 4},
        {"top_down": (False,) * 4},
        {"lateral": (True, False, False, True), "top_down": (False, True, True, True)},
    ],
)
def test_an_update_s_costs_are_the_reference_s_of_its_batch(digits, combinator, switch):
    structure, live = replace(STRUCTURE, combinator=combinator, label_seed=3), replace(LIVE, n_labeled=50, **switch)
    state, _ = run(training.initial(structure, digits), digits, 5, structure, live)
    _, metrics = run(state, digits, 1, structure, live)
    where, pool = training.layout_for(structure, digits), seen(digits, structure, 50)
    batch = training.draw_batch(state, structure.weight_seed, live, digits, pool, sum(where.widths), True)
    stds = torch.tensor([live.noise_std])
    drawn = [
        [part[0].numpy().T.astype(float) for part in training.split_noise(flat, where.widths, n, stds)]
        for flat, n in ((torch.tensor(batch.noise_labeled[None]), 50), (torch.tensor(batch.noise[None]), 100))
    ]
    p = {name: array.astype(float) for name, array in where.unpack(state.theta).items()}
    expected = reference.ladder(p, batch.x_labeled, batch.y, batch.x, *drawn, g=combinator, **switch)
    np.testing.assert_allclose(metrics["supervised"][0], expected["supervised"], rtol=1e-4)
    np.testing.assert_allclose(metrics["denoising"][0], expected["denoising"], rtol=1e-4)
    objective = expected["supervised"] + np.dot(live.lambdas, expected["denoising"])
    np.testing.assert_allclose(metrics["objective"][0], objective, rtol=1e-4)


@pytest.fixture
def batches(monkeypatch):
    """Every batch that training draws from now on."""
    seen, draw = [], training.draw_batch

    def spy(*arguments):
        seen.append(draw(*arguments))
        return seen[-1]

    monkeypatch.setattr(training, "draw_batch", spy)
    return seen


SMALL = Structure(dataset="moons", widths=(4,))
SMALL_LIVE = fitted(Live(lambdas=(1.0,) * 3, noise_std=(0.3,) * 3, n_labeled=30, batch_size=20), 2)


@pytest.mark.parametrize("combinator", ["gauss", "linear"])
def test_an_epoch_sees_each_row_once_and_labels_cycle_meanwhile(batches, combinator):
    data, structure = datasets.load("moons"), replace(SMALL, combinator=combinator)
    state = training.initial(structure, data)
    for n_updates in (7, 43):  # two chunks; 50 updates of 20 rows are an epoch
        state, _ = run(state, data, n_updates, structure, SMALL_LIVE)
    rows, counts = np.unique(np.concatenate([batch.x for batch in batches]), axis=0, return_counts=True)
    assert len(rows) == len(data.x) == 1000 and (counts == 1).all()
    labeled, counts = np.unique(np.concatenate([b.x_labeled for b in batches[:48]]), axis=0, return_counts=True)
    pool = labeled_rows(data, 30, structure.label_seed)
    np.testing.assert_array_equal(labeled, np.unique(data.x[pool], axis=0))
    assert (counts == 32).all()  # 48 * 20 / 30
    for batch in batches:
        of_row = {tuple(x): y for x, y in zip(data.x[pool], data.y[pool], strict=True)}
        assert [of_row[tuple(x)] for x in batch.x_labeled] == batch.y.tolist()


def test_noise_is_new_at_every_update_in_each_half_and_for_each_seed(batches):
    data = datasets.load("moons")
    for seed in (0, 1):
        structure = replace(SMALL, weight_seed=seed)
        run(training.initial(structure, data), data, 3, structure, SMALL_LIVE)
    draws = [array for batch in batches for array in (batch.noise, batch.noise_labeled)]
    assert len(np.unique(np.concatenate(draws))) > 0.99 * sum(map(len, draws))
    assert not np.array_equal(batches[0].x, batches[3].x)


def test_the_twin_gets_the_ladder_s_labelled_batches_and_noise(batches):
    data = datasets.load("moons")
    for model in training.MODELS:
        run(training.initial(SMALL, data, model), data, 5, SMALL, SMALL_LIVE, model)
    for mine, its in zip(batches[:5], batches[5:], strict=True):
        for name in ("x_labeled", "y", "noise_labeled"):
            assert np.array_equal(getattr(mine, name), getattr(its, name))
        assert its.x is its.noise is None


def test_a_run_that_blows_up_stops_on_that_update_and_says_where(digits):
    live = replace(LIVE, lambdas=(1e4,) * 4, learning_rate=1.0)
    broken = training.initial(STRUCTURE, digits)
    theta = broken.theta.copy()
    theta[0] = np.inf
    after, metrics = run(replace(broken, theta=theta), digits, 50, live=live)
    assert metrics.bad == (1, "supervised")
    assert len(metrics["objective"]) == 1
    assert after.update == 1


def test_weights_that_cease_to_be_finite_stop_the_run_though_its_costs_were_fine(digits, monkeypatch):
    monkeypatch.setattr(training, "adam", lambda theta, *rest: theta.fill_(np.nan))
    after, metrics = run(training.initial(STRUCTURE, digits), digits, 5)
    assert metrics.bad == (1, "theta")
    assert after.update == len(metrics["objective"]) == 1


def test_a_square_that_overflows_stops_the_run_before_its_weight_is_frozen_for_good(digits):
    """Inputs of 1e12 cost 1e24, which float32 holds; the gradient by a combinator's slope is of that order, and its
    square is beyond float32 (3.4e38) at the first update, whatever is rounded how."""
    far = replace(digits, x=digits.x * np.float32(1e12))
    after, metrics = run(training.initial(STRUCTURE, far), far, 50, live=replace(LIVE, lambdas=(1.0,) * 4))
    assert metrics.bad == (after.update, "adam_v") and after.update == 1
    assert np.isinf(after.adam_v).any() and np.isfinite(after.theta).all()
    assert np.isfinite(metrics["objective"]).all() and len(metrics["objective"]) == 1


def test_a_lane_that_blows_up_leaves_the_others_alone(digits):
    states = [training.initial(STRUCTURE, digits)] * 2
    theta = states[0].theta.copy()
    theta[:] = np.nan
    after, metrics = train([replace(states[0], theta=theta), states[1]], [STRUCTURE] * 2, [LIVE] * 2, digits, 5)
    assert metrics[0].bad
    assert same(after[1], run(states[1], digits, 5)[0])


@pytest.mark.parametrize("combinator", COMBINATOR_NAMES)
def test_every_combinator_trains(digits, combinator):
    structure = replace(STRUCTURE, combinator=combinator)
    start = training.initial(structure, digits)
    after, metrics = run(start, digits, 30, structure)
    assert metrics["objective"][-1] < metrics["objective"][0]
    moved = {
        name: np.abs(new - old).max()
        for (name, new), old in zip(
            training.layout_for(structure, digits).unpack(after.theta).items(),
            training.layout_for(structure, digits).unpack(start.theta).values(),
            strict=True,
        )
    }
    assert all(moved.values()), moved  # every parameter group gets a gradient


@pytest.mark.parametrize("model", training.MODELS)
@pytest.mark.parametrize("combinator", COMBINATOR_NAMES)
def test_nothing_of_an_update_on_a_device_is_left_on_the_processor(digits, combinator, model):
    structures = [replace(STRUCTURE, combinator=combinator, label_seed=seed) for seed in range(2)]
    states = [training.initial(structure, digits, model) for structure in structures]
    update_elsewhere(training._ReadableLanes(states, structures, [LIVE] * 2, digits, model, META))


def test_an_operation_across_devices_would_be_noticed():
    with pytest.raises(AssertionError), OneDevice():
        torch.zeros(2, 3, device=META) @ torch.zeros(3, 2)


@pytest.mark.parametrize("name", ["cuda:99", "mps:3", "cpu:x", "cpu:1", "gpu", "", "meta", "x" * 200])
def test_a_missing_device_is_a_sentence(name):
    with pytest.raises(Problem) as caught:
        training.device_of(name)
    assert caught.value.key == "no_device"


def test_batches_visit_every_row_once_an_epoch():
    rows = np.concatenate([noise.draw_rows(3, noise.UNLABELED_ORDER, seen, 50, 20) for seen in range(0, 100, 20)])
    assert sorted(rows[:50]) == list(range(50))
    assert sorted(rows[50:]) == list(range(50))
    assert not np.array_equal(rows[:50], rows[50:])


def test_normal_numbers_are_normal_and_repeatable():
    values = normal(1, noise.PROBE, 2, 200_001)
    assert np.array_equal(values, normal(1, noise.PROBE, 2, 200_001))
    assert abs(values.mean()) < 0.01
    assert values.std() == pytest.approx(1.0, abs=0.01)
    assert (values**4).mean() == pytest.approx(3.0, abs=0.1)
    assert np.abs(values).max() < 6.7
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.01


def passed(state, structure, live, data):
    """The probe by the reference: (trace, z and z_hat as compared, probe rows)."""
    where, x = training.layout_for(structure, data), data.x_test[: snapshot.PROBE_ROWS]
    flat = normal(structure.weight_seed, noise.PROBE, 0, len(x) * sum(where.widths))
    parts = training.split_noise(torch.from_numpy(flat[None]), where.widths, len(x), torch.tensor([live.noise_std]))
    drawn = [part[0].numpy().T.astype(float) for part in parts]
    p = {name: array.astype(float) for name, array in where.unpack(state.theta).items()}
    none = np.zeros(len(x), int)
    switches = live.lateral, live.top_down
    return reference.ladder(p, x, none, x, drawn, drawn, structure.activation, structure.combinator, *switches)


@pytest.mark.parametrize(
    "switches", [{}, {"lateral": (True, False, True, True), "top_down": (True, True, False, True)}]
)
@pytest.mark.parametrize("combinator", ["gauss", "vanilla"])
def test_the_gain_is_the_share_of_the_noise_that_is_removed(digits, combinator, switches):
    structure = replace(STRUCTURE, combinator=combinator)
    live = replace(LIVE, noise_std=(0.3, 0.2, 0.5, 0.0), **switches)
    state, _ = run(training.initial(structure, digits), digits, 60, structure, live)
    found, expected = snapshot.gain(state, structure, live, digits), passed(state, structure, live, digits)
    for l in range(4):
        z, z_tilde, z_hat = (expected[name][l] for name in ("z", "z_tilde", "z_hat_bn"))
        share = 1 - ((z_hat - z) ** 2).sum() / ((z_tilde - z) ** 2).sum()
        assert found[l] == pytest.approx(share, rel=1e-3, abs=1e-4)
    quiet = replace(live, noise_std=(0.0,) * 4)
    assert np.isnan(snapshot.gain(state, structure, quiet, digits)).all()


def test_a_combinator_that_copies_its_noisy_input_gains_nothing_at_the_input(digits):
    structure = replace(STRUCTURE, combinator="linear")  # starts as a copy of z_tilde
    gain = snapshot.gain(training.initial(structure, digits), structure, LIVE, digits)
    assert gain[0] == pytest.approx(0.0, abs=1e-5)


def test_the_error_is_that_of_the_clean_path_and_rows_of_the_confusion_are_true_classes(digits):
    state, _ = run(training.initial(STRUCTURE, digits), digits, 60)
    where = training.layout_for(STRUCTURE, digits)
    p = {name: array.astype(float) for name, array in where.unpack(state.theta).items()}
    _, h, means, stds = reference.encoder(p, digits.x, "relu")
    h = digits.x_test.astype(float)
    for l in (1, 2, 3):
        shifted = (h @ p[f"W{l}"] - means[l]) / stds[l] + p[f"beta{l}"]
        h = np.maximum(shifted, 0) if l < 3 else shifted * p["gamma3"]
    predicted = h.argmax(1)
    result = snapshot.evaluate(state, STRUCTURE, LIVE, digits)
    assert result.test_error == pytest.approx((predicted != digits.y_test).mean(), abs=1e-9)
    assert result.confusion.sum(1).tolist() == np.bincount(digits.y_test, minlength=10).tolist()
    assert result.confusion.sum(0).tolist() == np.bincount(predicted, minlength=10).tolist()


def test_the_pictures_show_z_hat_as_the_cost_compares_it_and_principal_components(digits):
    state, _ = run(training.initial(STRUCTURE, digits), digits, 60)
    values, arrays = snapshot.inspect(state, STRUCTURE, LIVE, digits, View(layer=2))
    expected, rows = passed(state, STRUCTURE, LIVE, digits), values["samples"]
    assert digits.y_test[rows].tolist() == list(range(10)) == arrays["sample_class"].tolist()
    for l in range(4):
        for shown, name in (("z", "z"), ("z_tilde", "z_tilde"), ("z_hat", "z_hat_bn")):
            np.testing.assert_allclose(arrays[f"{shown}/{l}"], expected[name][l][rows], rtol=1e-3, atol=1e-3)
    n = arrays["projection_labeled"].sum()
    pool = labeled_rows(digits, LIVE.n_labeled, STRUCTURE.label_seed)
    assert n == len(pool) == 20
    assert arrays["projection_class"][:n].tolist() == digits.y[pool].tolist()
    spread = arrays["projection"].std(0)
    assert spread[0] >= spread[1]
    assert abs(np.corrcoef(arrays["projection"].T)[0, 1]) < 1e-3
