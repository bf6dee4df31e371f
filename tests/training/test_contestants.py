"""Every contestant that trains, on all data that need no download: one contract, tested by equality."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from devices import META, update_elsewhere

from ladder.data import datasets, protocol
from ladder.data.rows import labeled_rows
from ladder.models import semi
from ladder.models.network import Batch
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe.contestants import CONTESTANTS, Contestant, usual
from ladder.settings import Structure, preset
from ladder.training import contestants, train
from ladder.training.train import State

TRAINABLE = [name for name, family in CONTESTANTS.items() if family != "reference"]
NETWORKS = list(contestants.NETWORKS)
OFFLINE = [name for name, info in datasets.DATASETS.items() if not isinstance(info, datasets.Idx)]
WIDTHS = (9, 5)


def setting(model, dataset="digits", seed=0, **options):
    """(contestant, structure, live, data), small; a ladder's relative has its own weights and noise."""
    structure = Structure(dataset=dataset, widths=WIDTHS, weight_seed=seed, label_seed=seed)
    live = replace(defaults.default_live(structure), batch_size=30)
    if model in ("bottom", "gamma", "supervised_noise", "supervised"):
        live = preset(live, model, structure.n_layers)
    return replace(usual(model), **options), structure, live, datasets.load(dataset)


def start(contestant, structure, live, data) -> State:
    return contestants.initial(contestant, structure, data)


def run(state, n, contestant, structure, live, data):
    (after,), (metrics,) = contestants.train([state], [contestant], [structure], [live], data, n)
    return after, metrics


def same(a: State, b: State) -> bool:
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("theta", "adam_m", "adam_v"))
    return arrays and (a.update, a.seen_labeled, a.seen_unlabeled) == (b.update, b.seen_labeled, b.seen_unlabeled)


# --- the contract


@pytest.mark.parametrize("model", TRAINABLE)
def test_no_update_names_the_costs_that_updates_have(model):
    parts = setting(model)
    first = start(*parts)
    after, none = run(first, 0, *parts)
    _, some = run(first, 2, *parts)
    assert same(first, after)
    assert list(contestants.columns([none])) == list(contestants.columns([some]))
    joined = contestants.columns([none, some, some])
    assert {len(values) for values in joined.values()} == {3}
    assert np.array_equal(np.concatenate(joined["objective"]), np.tile(some["objective"], 2))


@pytest.mark.parametrize("dataset", OFFLINE)
@pytest.mark.parametrize("model", TRAINABLE)
def test_costs_are_finite_named_and_repeatable(model, dataset):
    parts = setting(model, dataset)
    first = start(*parts)
    after, metrics = run(first, 6, *parts)
    again, _ = run(start(*parts), 6, *parts)
    assert same(after, again)
    assert metrics.bad is None
    assert all(values.dtype == np.float32 and len(values) == 6 for values in metrics.values())
    assert all(np.isfinite(values).all() for values in metrics.values())
    assert after.update == 6
    assert first.update == 0
    assert not np.array_equal(after.theta, first.theta)
    if parts[0].family == "network":
        named = contestants.network(parts[0], parts[1], parts[3]).weights(0)
        assert tuple(metrics) == (*named, "objective")


@pytest.mark.parametrize("dataset", OFFLINE)
@pytest.mark.parametrize("model", NETWORKS)
def test_every_trained_number_gets_a_gradient(model, dataset):
    """Adam's second moment is zero where there was none. A ReLU that is off throughout may get none, so that here the
    units are smooth; the classifier learns in joint training only."""
    options = {"classify": "joint"} if "classify" in contestants.registry.OPTIONS[model] else {"ramp": 1}
    options |= {"code_activation": "tanh"} if "tied" in contestants.registry.OPTIONS[model] else {}
    contestant, structure, live, data = setting(model, dataset, **options)
    structure = replace(structure, activation="tanh")
    after, _ = run(contestants.initial(contestant, structure, data), 3, contestant, structure, live, data)
    where = contestants.layout_for(contestant, structure, data)
    untouched = [name for name, part in where.unpack(after.adam_v).items() if not part.any()]
    assert untouched == []


@pytest.mark.parametrize("model", [*NETWORKS, "stale"])
def test_two_stretches_are_one(model):
    parts = setting(model if model != "stale" else "contractive")
    if model == "stale":  # its penalty looks back to the first weights
        parts = (replace(parts[0], stale_weights=True), replace(parts[1], widths=(9,)), *parts[2:])
        parts = (*parts[:2], defaults.default_live(parts[1]), parts[3])
    half, first = run(start(*parts), 20, *parts)
    twice, second = run(pickle.loads(pickle.dumps(half)), 20, *parts)
    once, whole = run(start(*parts), 40, *parts)
    assert same(twice, once)
    for name in whole:
        np.testing.assert_array_equal(np.concatenate([first[name], second[name]]), whole[name])


@pytest.mark.parametrize("model", NETWORKS)
def test_lanes_give_the_numbers_of_single_runs(model):
    settings = [setting(model, seed=seed) for seed in range(3)]
    settings[1] = (*settings[1][:2], replace(settings[1][2], learning_rate=0.01, noise_std=(0.1,) * 4), settings[1][3])
    columns = [[parts[i] for parts in settings] for i in range(3)]
    states, metrics = contestants.train([start(*parts) for parts in settings], *columns, settings[0][3], 15)
    for parts, state, found in zip(settings, states, metrics, strict=True):
        alone, expected = run(start(*parts), 15, *parts)
        np.testing.assert_allclose(state.theta, alone.theta, atol=1e-5, rtol=1e-5)
        np.testing.assert_allclose(found["objective"], expected["objective"], atol=1e-5, rtol=1e-5)


def test_any_mix_of_contestants_keeps_its_order():
    settings = [setting(model) for model in ("vat", "ladder", "plain", "supervised", "vat", "contractive")]
    settings[4] = (replace(settings[4][0], epsilon=2.0), *settings[4][1:])
    columns = [[parts[i] for parts in settings] for i in range(3)]
    states, metrics = contestants.train([start(*parts) for parts in settings], *columns, settings[0][3], 4)
    for parts, state, found in zip(settings, states, metrics, strict=True):
        alone, expected = run(start(*parts), 4, *parts)
        assert list(found) == list(expected)
        np.testing.assert_allclose(state.theta, alone.theta, atol=1e-6)


@pytest.mark.parametrize("model", [name for name in TRAINABLE if name not in NETWORKS])
def test_the_ladder_s_family_is_trained_as_ever(model):
    contestant, structure, live, data = setting(model)
    kind = "supervised" if model in ("twin", "supervised", "supervised_noise") else "ladder"
    state = train.initial(structure, data, kind)
    assert same(state, contestants.initial(contestant, structure, data))
    (expected,), _ = train.train([state], [structure], [live], data, 5, kind)
    assert same(run(state, 5, contestant, structure, live, data)[0], expected)


@pytest.mark.parametrize("model", NETWORKS)
def test_no_update_changes_nothing(model):
    parts = setting(model)
    state = start(*parts)
    after, metrics = run(state, 0, *parts)
    assert same(after, state)
    assert all(values.shape == (0,) for values in metrics.values())


@pytest.mark.parametrize("model", ["plain", "vat"])
def test_a_lane_that_diverges_stops_alone_and_says_where(model):
    contestant, structure, live, data = setting(model)
    good = contestants.initial(contestant, structure, data)
    bad = replace(good, theta=np.where(np.arange(len(good.theta)) == 3, np.float32(np.inf), good.theta))
    twice = [[one] * 2 for one in (contestant, structure, live)]
    states, metrics = contestants.train([bad, good], *twice, data, 5)
    assert metrics[0].bad[0] == 1
    assert metrics[0].bad[1] in (*contestants.network(contestant, structure, data).weights(0), "objective")
    assert metrics[1].bad is None
    assert states[1].update == 5
    assert same(states[1], run(good, 5, contestant, structure, live, data)[0])


@pytest.mark.parametrize("dataset", ["digits", "moons"])
@pytest.mark.parametrize("model", TRAINABLE)
def test_parameters_are_counted_where_they_are(model, dataset):
    contestant, structure, live, data = setting(model, dataset)
    found = contestants.n_parameters(contestant, structure, data)
    total = len(contestants.initial(contestant, structure, data).theta)
    d, K, (m1, m2) = data.n_features, data.n_classes, WIDTHS
    assert found["encoder"] >= d * m1 + m1 + m1 * m2 + m2
    assert found["head"] in (m2 * K + K, m2 * K + 2 * K)  # gamma too where batch normalisation has taken the scale
    assert (found["decoder"] == 0) == (model in ("twin", "supervised", "supervised_noise", "pseudo_label", "vat"))
    if model == "gamma":
        assert found["decoder"] == 10 * K
    else:
        assert sum(found.values()) == total
    tied = contestants.n_parameters(Contestant("plain", tied=True), structure, data)
    assert tied["decoder"] == m1 + d


@pytest.mark.parametrize("model", NETWORKS)
def test_the_objective_is_the_weighted_sum_of_the_named_costs(model):
    options = {"classify": "joint", "alpha": 0.5} if "classify" in contestants.registry.OPTIONS[model] else {}
    contestant, structure, live, data = setting(model, **options)
    _, metrics = run(contestants.initial(contestant, structure, data), 3, contestant, structure, live, data)
    net = contestants.network(contestant, structure, data)
    for update in range(3):
        total = sum(weight * metrics[name][update] for name, weight in net.weights(update).items())
        assert metrics["objective"][update] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("model", NETWORKS)
def test_unlabelled_rows_never_show_their_label(model, monkeypatch):
    """Other labels for all rows but the labelled ones: the same training."""
    contestant, structure, live, data = setting(model)
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    hidden = replace(data, y=np.where(np.isin(np.arange(len(data.y)), rows), data.y, 0))
    expected, _ = run(contestants.initial(contestant, structure, data), 3, contestant, structure, live, data)
    monkeypatch.setattr(protocol, "labeled_rows", lambda *_: rows)
    found, _ = run(contestants.initial(contestant, structure, data), 3, contestant, structure, live, hidden)
    assert same(found, expected)


def test_the_stale_penalty_lets_the_weights_grow():
    """What the copied code does to the true ||J||^2: it is larger than with the penalty that follows W."""
    data, structure = datasets.load("digits"), Structure(widths=(16,))
    live = replace(defaults.default_live(structure), learning_rate=0.01)
    found = {}
    for stale in (True, False):
        contestant = Contestant("contractive", code_activation="sigmoid", contraction=1.0, stale_weights=stale)
        state, metrics = run(contestants.initial(contestant, structure, data), 150, contestant, structure, live, data)
        net = contestants.network(contestant, structure, data)
        p = net.where.unpack(torch.from_numpy(state.theta))
        found[stale] = net.contraction(p, torch.from_numpy(data.x_test), p["W1"]).item(), metrics["contraction"][-1]
    assert found[False][0] == pytest.approx(found[False][1], rel=0.3)  # what it reports is what is so
    assert found[True][0] > 1.5 * found[False][0]


# --- pseudo-labels and virtual adversarial training


def semi_batch(net, n=6, n_s=4, seed=0):
    rng = np.random.default_rng(seed)
    noise = [[torch.from_numpy(rng.standard_normal((k, m))) for m in net.widths] for k in (n_s, n)]
    noise = [[part[None] for part in parts] for parts in noise]
    y = torch.from_numpy(rng.integers(0, net.widths[-1], (1, n_s)))
    x = torch.from_numpy(rng.random((1, n_s, net.widths[0]))), torch.from_numpy(rng.random((1, n, net.widths[0])))
    return Batch(x[0], y, x[1], *noise, torch.full((1, len(net.widths), 1, 1), 0.3, dtype=torch.float64), {})


def semi_network(model, **options):
    net = contestants.NETWORKS[model](Contestant(model, **options), Structure(widths=(5,), activation="tanh"), 4, 3)
    return net, net.where.unpack(torch.from_numpy(net.initial(1)).double()[None])


def numpy_probabilities(p, x, drawn=None):
    """The ladder's encoder of one hidden tanh layer, written anew."""
    drawn = drawn or [0, 0, 0]
    h = x + drawn[0]
    for l in (1, 2):
        a = h @ p[f"W{l}"]
        z = (a - a.mean(0)) / np.sqrt(a.var(0) + 1e-10) + drawn[l]
        h = p[f"gamma{l}"] * (z + p[f"beta{l}"])
        h = np.tanh(h) if l == 1 else np.exp(h) / np.exp(h).sum(1, keepdims=True)
    return h


def test_pseudo_labels_are_the_clean_path_s_likeliest_classes():
    net, p = semi_network("pseudo_label")
    batch, arrays = semi_batch(net), {name: value[0].numpy() for name, value in p.items()}
    noise, of_label = ([0.3 * part[0].numpy() for part in parts] for parts in (batch.noise, batch.noise_labeled))
    guessed = numpy_probabilities(arrays, batch.x[0].numpy()).argmax(1)
    noisy = numpy_probabilities(arrays, batch.x[0].numpy(), noise)
    labeled = numpy_probabilities(arrays, batch.x_labeled[0].numpy(), of_label)
    costs = net.costs(p, batch)
    assert costs["pseudo_label"].item() == pytest.approx(-np.log(noisy[np.arange(6), guessed]).mean(), rel=1e-9)
    expected = -np.log(labeled[np.arange(4), batch.y[0].numpy()]).mean()
    assert costs["supervised"].item() == pytest.approx(expected, rel=1e-9)


def test_the_weight_of_pseudo_labels_grows_linearly():
    net, _ = semi_network("pseudo_label", weight=2.0, ramp=100)
    found = [net.weights(update)["pseudo_label"] for update in (0, 50, 100, 1000)]
    assert found == [0.0, 1.0, 2.0, 2.0]
    assert semi_network("vat", weight=2.0)[0].weights(0) == {"supervised": 1.0, "vat": 2.0}


def test_the_first_supervised_cost_is_the_twin_s():
    """The same weights, labelled rows and noise."""
    for model in ("pseudo_label", "vat"):
        contestant, structure, live, data = setting(model)
        twin = train.initial(structure, data, "supervised")
        state = contestants.initial(contestant, structure, data)
        np.testing.assert_array_equal(state.theta, twin.theta)
        _, (expected,) = train.train([twin], [structure], [live], data, 1, "supervised")
        found = run(state, 1, contestant, structure, live, data)[1]
        assert found["supervised"][0] == pytest.approx(expected["supervised"][0], rel=1e-5)


def test_the_adversarial_direction_is_one_step_of_the_power_method():
    """H d / |H d| with H the Hessian of all rows' divergence by one row's change, by differentiating twice."""
    net, p = semi_network("vat", xi=1e-3)
    batch = semi_batch(net)
    x, start = batch.x[0], batch.noise[0][0]
    flat = {name: value[0] for name, value in p.items()}
    clean = net.predict(flat, x)
    total = lambda step: semi.divergence(clean, net.predict(flat, x + step))  # noqa: E731
    H = torch.func.jacrev(torch.func.jacrev(total))(torch.zeros_like(x))  # (n, d, n, d)
    expected = torch.einsum("ijkl,kl->ij", H, semi.unit(start))
    found = net.adversarial_direction(flat, x, clean, start)
    cosine = (semi.unit(expected) * found).sum(-1)
    assert cosine.min().item() > 0.999
    np.testing.assert_allclose(found.norm(dim=-1), 1.0, rtol=1e-12)


def test_the_adversarial_step_hurts_more_than_a_random_one_of_its_length():
    net, p = semi_network("vat", epsilon=0.5)
    batch = semi_batch(net, n=40)
    clean = net.predict(p, batch.x)
    random = net.predict(p, batch.x + 0.5 * semi.unit(batch.noise[0]))
    assert net.unlabeled_cost(p, batch).item() > 1.5 * semi.divergence(clean, random).item()


def test_the_divergence_is_torch_s_and_its_clean_side_is_fixed():
    net, p = semi_network("vat", epsilon=0.3)
    batch = semi_batch(net)
    theta = {name: value.clone().requires_grad_(True) for name, value in p.items()}
    clean = net.predict(theta, batch.x).detach()
    r = 0.3 * net.adversarial_direction(theta, batch.x, clean, batch.noise[0])
    moved = net.predict(theta, batch.x + r)
    expected = torch.nn.functional.kl_div(torch.log(moved[0]), clean[0], reduction="batchmean")
    cost = net.unlabeled_cost(theta, batch)
    assert cost.item() == pytest.approx(expected.item(), rel=1e-6)
    found = torch.autograd.grad(cost.sum(), theta["W1"])[0]
    (one_sided,) = torch.autograd.grad(expected, theta["W1"])
    np.testing.assert_allclose(found, one_sided, rtol=1e-6, atol=1e-12)


def test_a_settled_prediction_still_has_a_direction():
    """Its gradient is too small to be squared in single precision."""
    small = torch.full((2, 3), 1e-30)
    np.testing.assert_allclose(semi.unit(small).norm(dim=-1), 1.0, rtol=1e-6)
    assert not semi.unit(torch.zeros(2, 3)).any()


@pytest.mark.parametrize("model", NETWORKS)
def test_nothing_of_an_update_on_a_device_is_left_on_the_processor(model):
    contestant, structure, live, data = parts = setting(model)
    net = contestants.network(contestant, structure, data)
    update_elsewhere(contestants._NetworkLanes([start(*parts)] * 2, net, [structure] * 2, [live] * 2, data, META))


def test_a_missing_device_is_a_problem():
    contestant, structure, live, data = setting("plain")
    if not torch.cuda.is_available():
        with pytest.raises(Problem):
            contestants.train(
                [contestants.initial(contestant, structure, data)], [contestant], [structure], [live], data, 1, "cuda"
            )
