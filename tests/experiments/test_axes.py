"""Cells, axes and what blocks of them come to: equal to training by hand, whatever they train beside."""

import itertools
import json
import math
import pickle
import statistics
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
from farming import run_cells

from ladder import i18n
from ladder.analysis import snapshot
from ladder.data.datasets import load
from ladder.data.rows import holdout, labeled_rows
from ladder.experiments import axes as sweeps
from ladder.experiments import blocks, cells, plans, summaries, validation
from ladder.experiments.cells import Cell, Result, blocks_of
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.recipe.contestants import CONTESTANTS, Contestant
from ladder.settings import Live, Structure, knob, knobs, preset
from ladder.training import train

SMALL = {"widths": "20-12", "updates": "45", "batch_size": "30"}


def small(seed=0, **words) -> Cell:
    return sweeps.cell_of({**SMALL, **words}, seed)


# --- cells


def test_the_same_runs_in_other_words_are_a_sweep_of_another_name():
    sweep = {
        sweeps.name_of(sweeps.grid([sweeps.axis("noise_std", words)], SMALL, range(2)))
        for words in (["0.1", "0.3"], ["0.10", "0.3"], ["0.1", "0.3"])
    }
    assert len(sweep) == 2


def test_a_key_depends_on_what_the_numbers_depend_on_and_on_nothing_else():
    cell = small()
    others = [small(1), small(noise_std="0.2"), small(labels="50"), small(model="gamma"), small(widths="20-13")]
    assert len({one.key for one in (cell, *others)}) == 6
    assert small(data_noise="0.3").key == cell.key  # digits are not generated
    assert small(dataset="moons", data_noise="0.3").key != small(dataset="moons").key
    twin = small(model="supervised_noise")
    assert small(model="supervised_noise", combinator="linear", lambdas="5", lateral="0").key == twin.key
    reference = small(model="knn")
    assert small(model="knn", noise_std="0.9", updates="7", widths="30", batch_size="9").key == reference.key
    assert small(model="pca").key != small(model="pca", widths="30").key
    assert small(model="denoising", noise_std="0.9").key == small(model="denoising").key
    assert small(model="denoising", corruption_level="0.9").key != small(model="denoising").key


def test_a_key_is_the_same_in_another_process_and_another_version_of_the_numbers_has_others(monkeypatch):
    program = "from ladder.experiments.cells import Cell; print(Cell().key)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == Cell().key
    monkeypatch.setattr(cells, "NUMBERS", cells.NUMBERS + 1)
    assert Cell().key != done.stdout.strip()


@pytest.mark.parametrize(
    "words, key",
    [
        ({}, "f66b87f116122f6885559726bcaf32fe5b94578dd6b4b104035f5ea7c6ab7fd9"),
        ({"lateral": "0"}, "9e58e1ca287d31212f6dd0e12235ff85ddce6acec07304f11e5c7133218659e1"),
        ({"lateral": "0,0,0,0,0"}, "9e58e1ca287d31212f6dd0e12235ff85ddce6acec07304f11e5c7133218659e1"),
        ({"top_down": "0"}, "199c49d76340bae075ec815b735a14c05bbe2799aacfb35d0d87a884182eceeb"),
        (
            {"lateral": "0", "top_down": "0", "depth": "1", "dataset": "moons", "labels": "6"},
            "a379736f8bf6a6d7f6fe0bedaa3d93b371dc3031237601be1ccb70cb80f5d2f2",
        ),
        (
            {"variant": "no_lateral", "widths": "1000-500-250-250-250"},
            "a7beab4419f6101d6710e906027583f031fdad8a492cba3146211cf556ca1728",
        ),
        (
            {"model": "supervised", "lateral": "0"},
            "193c87af2e2c7df5fe87ed82ca33d18736b6af0c5342c04c7bd09d92640e36ee",
        ),
        ({"model": "svm"}, "f3bfca64345696d9887c09dd9d11ed366482d1bc962fada044f57a6a6c5ba0aa"),
        ({"model": "denoising"}, "cf55ae1d02461c7d51b80bc0a3379b5912250146d411c1a04caaba0a76f32e77"),
    ],
)
def test_switches_of_all_layers_have_the_keys_of_before_they_had_a_value_for_each(words, key):
    """The keys were computed by the last version whose switches had one value for all layers (7de4a5d)."""
    assert sweeps.cell_of({"labels": "20", "updates": "100", **words}, 3).key == key


def test_a_sweep_over_switches_has_the_name_of_before():
    axes = [sweeps.axis("lateral", ("1", "0")), sweeps.axis("top_down", ("1", "0"))]
    assert sweeps.name_of(sweeps.grid(axes, {"labels": "20", "updates": "100"}, range(2))) == (
        "lateral-top_down-1ec4c471"
    )


def test_layers_cut_one_by_one_are_another_cell_that_travels_as_json():
    cut = [small(lateral=word) for word in ("1", "0", "1,0,1,1", "1,1,0,1")]
    assert len({cell.key for cell in cut}) == len({cell.shape for cell in cut}) == 4
    written = [json.loads(json.dumps(cells.to_json(cell))) for cell in cut]
    assert [one["live"]["lateral"] for one in written[:3]] == [True, False, [True, False, True, True]]
    assert [cells.from_json(one) for one in written] == cut


def test_a_choice_that_came_later_leaves_kept_results_their_keys():
    @dataclass(frozen=True)
    class Later(Live):
        patience: int = knob(5, 0, 9, step=1)

    assert Cell(live=Later()).key == Cell().key
    assert Cell(live=Later(patience=6)).key != Cell().key


@pytest.mark.parametrize("model", CONTESTANTS)
def test_a_cell_travels_as_json_and_by_pickle(model):
    cell = sweeps.cell_of({"model": model, "noise_std": "0.17"}, 3)
    again = cells.from_json(json.loads(json.dumps(cells.to_json(cell))))
    assert again == cell == pickle.loads(pickle.dumps(cell))
    assert again.key == cell.key
    assert hash(again) == hash(cell)


@pytest.mark.parametrize("values", [{}, {"structure": {}, "live": {"nosuch": 1}, "contestant": {}}])
def test_a_foreign_cell_is_a_problem(values):
    with pytest.raises(Problem):
        cells.from_json(values)


def test_blocks_have_each_cell_once_with_equals_evenly_and_the_most_work_first():
    wanted = [small(seed) for seed in range(10)] + [small(seed, widths="40-12") for seed in range(3)]
    wanted += [small(seed, model="knn") for seed in range(2)]
    parts = blocks_of([*wanted, *wanted], 8)
    assert sorted(cell.key for part in parts for cell in part) == sorted(cell.key for cell in wanted)
    assert sorted(map(len, parts)) == [1, 1, 3, 5, 5]
    assert all(len({cell.shape for cell in part}) == 1 for part in parts)
    work = [sum(cell.work for cell in part) for part in parts]
    assert work == sorted(work, reverse=True)
    assert cells.MOST_LANES == train.LANES_TOGETHER


def test_the_first_blocks_are_small_and_have_all_seeds_of_a_combination(monkeypatch):
    """So that the first results come after the training of one run, and not of eight that train together."""
    assert len(blocks_of([small(seed) for seed in range(16)], 8, 2)) == 2  # which take a moment
    monkeypatch.setattr(cells, "SOON_WORK", 0)
    wanted = [small(seed, noise_std=std, labels=n) for std in ("0.1", "0.2") for n in ("20", "10") for seed in range(9)]
    parts = blocks_of(wanted, 8, 2)
    assert [len(part) for part in parts[:6]] == [1, 1, 2, 2, 4, 4]
    light = [cell for cell in wanted if cell.live.n_labeled == 10]  # of the least work
    assert [cell for part in parts[:6] for cell in part] == light[:14]
    assert sorted(cell.key for part in parts for cell in part) == sorted(cell.key for cell in wanted)
    assert blocks_of(wanted[:3], 1, 2) == blocks_of(wanted[:3], 1) and blocks_of([small(0, model="knn")], 8, 2)


# --- axes


@pytest.mark.parametrize(
    "name, word, expected",
    [
        ("noise_std", "0.1", {"noise_std": (0.1,) * 5}),
        ("noise_std", "0.6,0", {"noise_std": (0.6, 0.0, 0.0, 0.0, 0.0)}),
        ("noise_std.0", "0.9", {"noise_std": (0.9, 0.3, 0.3, 0.3, 0.3)}),
        ("noise_std.top", "0", {"noise_std": (0.3, 0.3, 0.3, 0.3, 0.0)}),
        ("lambdas.0", "7", {"lambdas": (7.0, 10.0, 0.1, 0.1, 0.1)}),
        ("lambdas.4", "7", {"lambdas": (1000.0, 10.0, 0.1, 0.1, 7.0)}),
        ("lambdas.scale", "0.5", {"lambdas": (500.0, 5.0, 0.05, 0.05, 0.05)}),
        ("labels", "50", {"n_labeled": 50}),
        ("n_labeled", "50", {"n_labeled": 50}),
        ("updates", "9", {"n_updates": 9}),
        ("lateral", "0", {"lateral": (False,) * 5}),
        ("lateral", "1,0", {"lateral": (True, False, False, False, False)}),
        ("lateral.2", "0", {"lateral": (True, True, False, True, True)}),
        ("top_down", "0", {"top_down": (False,) * 5}),
        ("top_down.top", "0", {"top_down": (True, True, True, True, False)}),
        ("batch_size", "64", {"batch_size": 64}),
        ("learning_rate", "0.01", {"learning_rate": 0.01}),
        ("preset", "gamma", {"lambdas": (0.0, 0.0, 0.0, 0.0, 0.5)}),
        ("model", "bottom", {"lambdas": (5000.0, 0.0, 0.0, 0.0, 0.0)}),
    ],
)
def test_a_live_axis_changes_what_it_names(name, word, expected):
    (point,) = sweeps.grid([sweeps.axis(name, [word])], {}, [4])
    assert point.cell.live == replace(Live(), **expected)
    assert (point.cell.structure.weight_seed, point.cell.structure.label_seed) == (4, 4)


@pytest.mark.parametrize(
    "name, value, expected",
    [
        ("widths", "50-20", {"widths": (50, 20)}),
        ("widths", (50, 20), {"widths": (50, 20)}),
        ("depth", 1, {"widths": (100,)}),
        ("depth", 5, {"widths": (100, 50, 25, 25, 25)}),
        ("combinator", "linear", {"combinator": "linear"}),
        ("activation", "tanh", {"activation": "tanh"}),
        ("dataset", "moons", {"dataset": "moons"}),
    ],
)
def test_a_structural_axis_changes_what_it_names(name, value, expected):
    (point,) = sweeps.grid([sweeps.axis(name, [value])], {}, [2])
    structure = point.cell.structure
    assert structure == replace(Structure(weight_seed=2, label_seed=2), **expected)
    n = structure.n_layers + 1
    assert len(point.cell.live.lambdas) == len(point.cell.live.noise_std) == n


def test_what_is_explicit_overrides_a_model_s_own_pattern():
    cell = sweeps.cell_of({"model": "supervised_noise", "noise_std": "0.1"}, 0)
    assert cell.live.noise_std == (0.1,) * 5
    assert sweeps.cell_of({"model": "supervised_noise"}, 0).live.noise_std == (0.3, 0.5, 0.5, 0.5, 0.5)
    assert sweeps.cell_of({"variant": "linear", "lambdas.0": "3"}, 0).live.lambdas[:2] == (3.0, 20.0)
    assert sweeps.cell_of({"model": "contractive", "contraction": "0.5"}, 0).contestant == Contestant(
        "contractive", contraction=0.5, tied=True, code_activation="sigmoid"
    )


def test_a_grid_has_every_combination_with_every_seed_in_order():
    axes = [sweeps.axis("noise_std", [0, 0.3]), sweeps.axis("labels", (10, 20, 50))]
    points = sweeps.grid(axes, SMALL, range(2))
    words = [(dict(point.axes)["noise_std"], dict(point.axes)["labels"], point.seed) for point in points]
    assert words == list(itertools.product(["0", "0.3"], ["10", "20", "50"], range(2)))
    assert all(point.cell.live.n_labeled == int(dict(point.axes)["labels"]) for point in points)
    pairs = {(point.cell.structure.weight_seed, point.cell.structure.label_seed) for point in points}
    assert pairs == {(0, 0), (1, 1)}


def test_a_random_search_repeats_itself_stays_in_its_ranges_and_spreads_by_the_knob_s_own_scale():
    space = [
        sweeps.search_range("learning_rate", 1e-4, 1e-2),
        sweeps.search_range("noise_std", 0.1, 0.5),
        sweeps.search_range("labels", 10, 100),
        sweeps.axis("combinator", ["gauss", "linear"]),
    ]
    drawn = sweeps.random_search(space, 200, 7, SMALL, range(1))
    assert drawn == sweeps.random_search(space, 200, 7, SMALL, range(1))
    assert drawn[:50] == sweeps.random_search(space, 50, 7, SMALL, range(1))
    assert drawn[:50] != sweeps.random_search(space, 50, 8, SMALL, range(1))
    rates = [point.cell.live.learning_rate for point in drawn]
    stds = [point.cell.live.noise_std[0] for point in drawn]
    assert min(rates) >= 1e-4 and max(rates) <= 1e-2 and min(stds) >= 0.1 and max(stds) <= 0.5
    assert statistics.median(rates) == pytest.approx(1e-3, rel=0.4)  # the middle by factors
    assert statistics.median(stds) == pytest.approx(0.3, abs=0.05)
    labels = [point.cell.live.n_labeled for point in drawn]
    assert 10 <= min(labels) < 20 and 90 < max(labels) <= 100
    assert {point.cell.structure.combinator for point in drawn} == {"gauss", "linear"}


BAD = [
    lambda: sweeps.axis("nosuch", [1]),
    lambda: sweeps.axis("weight_seed", [1]),
    lambda: sweeps.axis("stop_error", [0.1]),
    lambda: sweeps.axis("noise_std", []),
    lambda: sweeps.axis("noise_std", [0.1, 0.1]),
    lambda: sweeps.search_range("combinator", 0, 1),
    lambda: sweeps.search_range("widths", 10, 20),
    lambda: sweeps.search_range("model", 0, 1),
    lambda: sweeps.search_range("noise_std", 0.5, 0.1),
    lambda: sweeps.search_range("noise_std", 0.5, 2),
    lambda: sweeps.search_range("lambdas.scale", -1, math.inf),
    lambda: sweeps.grid([sweeps.axis("labels", [10]), sweeps.axis("n_labeled", [20])], {}, [0]),
    lambda: sweeps.grid([sweeps.axis("depth", [1, 2])], {}, range(20_000)),
    lambda: sweeps.axis_of("noise_std"),
    lambda: sweeps.axis_of("noise_std=low..high"),
    *(
        lambda name=name, word=word: sweeps.cell_of({name: word}, 0)
        for name, word in [
            ("noise_std", "loud"),
            ("noise_std", "1.5"),
            ("noise_std", "0.1,0.1,0.1,0.1,0.1,0.1"),
            ("noise_std", ""),
            ("noise_std.5", "0.1"),
            ("noise_std.0", "x"),
            ("lambdas.scale", "x"),
            ("lambdas.scale", "1e9"),
            ("lambdas.scale", "nan"),
            ("labels", "3"),
            ("labels", "1200"),
            ("labels", "ten"),
            ("updates", "0"),
            ("depth", "0"),
            ("depth", "7"),
            ("depth", "two"),
            ("widths", "1-2"),
            ("widths", ""),
            ("lateral", "maybe"),
            ("lateral", "1,0,1,1,1,1"),
            ("lateral.2", "maybe"),
            ("top_down.5", "0"),
            ("combinator", "nosuch"),
            ("preset", "nosuch"),
            ("model", "nosuch"),
            ("variant", "nosuch"),
            ("dataset", "nosuch"),
            ("learning_rate", "0"),
        ]
    ),
    lambda: sweeps.cell_of({"model": "variational", "loss": "cross_entropy", "dataset": "moons"}, 0),
]


@pytest.mark.parametrize("ask", BAD)
def test_what_cannot_be_is_a_sentence_in_both_languages(ask):
    with pytest.raises(Problem) as caught:
        ask()
    for language in i18n.LANGUAGES:
        sentence = i18n.problem(caught.value, language)
        assert len(sentence) > 10 and "{" not in sentence


@pytest.mark.parametrize("name", plans.PLANS)
def test_every_plan_makes_cells(name):
    points = sweeps.grid([sweeps.axis(*one) for one in plans.PLANS[name]], {"updates": "100"}, range(2))
    assert len(points) == 2 * math.prod(len(words) for _, words in plans.PLANS[name])


def test_the_published_rows_are_those_of_the_paper():
    assert plans.PUBLISHED.keys() == plans.VARIANTS.keys()
    assert len(plans.VARIANTS) == 20
    assert plans.PUBLISHED["vanilla"][100] == (1.086, 0.023)
    assert plans.PUBLISHED["amlp_2_2_2"][1000] == (0.979, 0.025)
    assert plans.PUBLISHED["no_lateral"][60000] == (0.820, 0.009)
    no_lateral = sweeps.cell_of({"variant": "no_lateral", "widths": "1000-500-250-250-250"}, 0)
    assert no_lateral.live.lambdas == (100.0,) + (0.0,) * 6
    assert no_lateral.live.noise_std == (0.7,) + (0.0,) * 6
    assert no_lateral.live.lateral == (False,) * 7
    vanilla = sweeps.cell_of({"variant": "vanilla"}, 0)
    assert vanilla.live == preset(defaults.default_live(Structure()), "full", 4)


# --- what they come to


def by_hand(cell: Cell):
    """Validation and test error, and the cost of the last update, of one run without blocks."""
    whole = load(cell.structure.dataset)
    data = holdout(whole, round(0.2 * len(whole.x)))
    model = "supervised" if cell.contestant.model.startswith("supervised") else "ladder"
    state = train.initial(cell.structure, data, model)
    (state,), (metrics,) = train.train([state], [cell.structure], [cell.live], data, cell.live.n_updates, model)
    testing = replace(data, x_test=whole.x_test, y_test=whole.y_test)
    errors = [snapshot.evaluate(state, cell.structure, cell.live, one).test_error for one in (data, testing)]
    return *errors, metrics


def test_lanes_come_to_what_single_runs_come_to():
    wanted = [small(seed, noise_std=std) for seed in range(3) for std in ("0.1", "0.3")]
    wanted += [small(3, model="supervised_noise"), small(3, combinator="linear")]
    found = run_cells(wanted)
    assert [result.cell for result in found] == wanted
    for result in found:
        validation, test, metrics = by_hand(result.cell)
        assert result.validation_error == pytest.approx(validation, abs=1e-12)
        assert result.test_error == pytest.approx(test, abs=1e-12)
        assert result.updates == 45 and result.diverged is None and result.seconds > 0
        tail = metrics["objective"][42:]  # 45 updates in 15 points of 3
        assert result.costs["objective"] == pytest.approx(tail.mean(), rel=1e-5)
        assert result.curve["update"] == list(range(3, 46, 3))
        steps = metrics["supervised"].reshape(15, 3).mean(1)
        np.testing.assert_allclose(result.curve["supervised"], steps, rtol=1e-5)
        assert result.curve["validation_error"][-1] == result.validation_error
        if "denoising" in metrics:
            rows = np.stack([result.curve[f"denoising/{l}"] for l in range(4)], 1)
            np.testing.assert_allclose(rows, metrics["denoising"].reshape(15, 3, 4).mean(1), rtol=1e-5)


def test_validation_rows_are_no_training_rows_and_no_test_rows():
    data, whole = blocks.training_rows(small()), load(small().structure.dataset)
    rows = [{row.tobytes() for row in part} for part in (data.x, data.x_test, whole.x_test, whole.x)]
    assert not rows[0] & rows[1] and not rows[1] & rows[2] and not rows[0] & rows[2]
    assert rows[0] | rows[1] == rows[3]
    assert len(data.x_test) == validation.n_held_out(len(whole.x)) == 259
    assert validation.n_held_out(60_000) == 10_000


@pytest.mark.parametrize("model", ["ladder", "vat", "denoising"])
def test_a_block_in_many_short_stretches_comes_to_the_same(model):
    wanted = [small(seed, model=model) for seed in range(2)]
    once = blocks.advance(blocks.begin(wanted), 1e9)
    block, n = blocks.begin(wanted), 0
    while not blocks.glance(block).finished:
        before = pickle.dumps(block)
        after = blocks.advance(block, 1e-9)
        assert pickle.dumps(block) == before  # a function of plain data
        block, n = pickle.loads(pickle.dumps(after)), n + 1
    assert n > 15
    for a, b in zip(blocks.glance(once).results, blocks.glance(block).results, strict=True):
        assert (a.validation_error, a.test_error, a.updates) == (b.validation_error, b.test_error, b.updates)
        assert a.curve["validation_error"] == b.curve["validation_error"]
        np.testing.assert_allclose(a.curve["objective"], b.curve["objective"], rtol=1e-6)
    assert blocks.glance(block).work == pytest.approx(sum(cell.work for cell in wanted))


def test_a_run_that_diverges_says_where_and_holds_up_nobody():
    wild, tame = small(model="variational", beta="1", learning_rate="1"), small(model="variational", beta="1")
    assert wild.shape == tame.shape
    found = {result.cell: result for result in run_cells([wild, tame])}
    assert found[tame].diverged is None and found[tame].updates == 45
    assert found[tame] == replace(run_cells([tame])[0], seconds=found[tame].seconds)
    lost = found[wild]
    assert lost.diverged is not None
    assert lost.updates == lost.diverged[0] < 45
    assert lost.validation_error is None and lost.test_error is None
    json.dumps([lost.curve, lost.costs], allow_nan=False)


def test_a_reference_of_scikit_learn_is_a_cell_too():
    from sklearn.neighbors import KNeighborsClassifier

    (result,) = run_cells([small(5, model="knn", labels="50")])
    whole = load("digits")
    data = holdout(whole, 259)
    rows = labeled_rows(data, 50, 5)
    fitted = KNeighborsClassifier(1).fit(data.x[rows], data.y[rows])
    assert result.validation_error == pytest.approx(1 - fitted.score(data.x_test, data.y_test))
    assert result.test_error == pytest.approx(1 - fitted.score(whole.x_test, whole.y_test))
    assert result.updates == 0 and result.curve == {}


# --- summaries


def result_of(point, validation, test) -> Result:
    return Result(point.cell, validation, test, 45, 2.0, 100, None if test is not None else (3, "theta"))


def test_a_summary_has_means_with_their_interval_over_the_seeds():
    points = sweeps.grid([sweeps.axis("noise_std", [0.1, 0.2])], SMALL, range(5))
    tests = [0.1, 0.2, 0.3, 0.4, 0.5, 0.3, None, 0.5, None, None]
    found = {point.cell.key: result_of(point, test, test) for point, test in zip(points, tests, strict=True)}
    first, second = summaries.summarise(points, found)
    assert first["axes"] == {"noise_std": 0.1}
    half = 2.7764451 * math.sqrt(0.025 / 5)  # t of 4 degrees of freedom, from a printed table
    middle, half = math.asin(math.sqrt(0.3)), half / (2 * math.sqrt(0.3 * 0.7))  # both on the arcsine scale
    ends = [math.sin(middle - half) ** 2, math.sin(middle + half) ** 2]
    assert first["test_error"]["mean"] == pytest.approx(0.3)
    assert [first["test_error"]["low"], first["test_error"]["high"]] == pytest.approx(ends, rel=1e-6)
    assert first["per_seed"]["test_error"] == tests[:5] and first["seeds"] == [0, 1, 2, 3, 4]
    assert second["n_diverged"] == 3 and second["test_error"]["mean"] == pytest.approx(0.4)
    assert [first["choice"], second["choice"]] == ["best", "as good"]
    assert first["seconds"] == 10.0


def test_the_chosen_cell_is_the_best_by_validation_and_not_by_test():
    points = sweeps.grid([sweeps.axis("noise_std", [0.1, 0.2, 0.3])], SMALL, [0])
    errors = [(0.3, 0.1), (0.2, 0.4), (None, None)]
    found = {point.cell.key: result_of(point, *pair) for point, pair in zip(points, errors, strict=True)}
    assert [one["choice"] for one in summaries.summarise(points, found)] == ["as good", "best", "worse"]
    (alone,) = summaries.summarise(points[:1], found)
    assert alone["test_error"] == {"mean": 0.1, "low": None, "high": None, "n": 1}
    assert summaries.summarise(points, {}) == []


def test_a_first_seed_that_diverged_does_not_hide_the_number_of_parameters():
    points = sweeps.grid([sweeps.axis("noise_std", [0.1])], SMALL, range(2))
    found = {point.cell.key: result_of(point, error, error) for point, error in zip(points, (None, 0.1), strict=True)}
    found[points[0].cell.key] = replace(found[points[0].cell.key], n_parameters=None)
    (summary,) = summaries.summarise(points, found)
    assert summary["n_parameters"] == 100


def test_an_ablation_stands_beside_the_published_error():
    points = sweeps.grid([sweeps.axis("variant", ["vanilla"])], SMALL, [0])
    (one,) = summaries.summarise(points, {points[0].cell.key: result_of(points[0], 0.2, 0.2)})
    assert one["published"]["100"] == {"error": 0.01086, "standard_error": 0.00023}


def test_each_axis_knows_which_choices_of_a_run_it_varies():
    known = {*knobs(Structure), *knobs(Live)}
    found = {name: sweeps.choices_of(name) for name in (*sweeps.NAMES, "lambdas.scale", "noise_std.0", "lambdas.top")}
    assert all(known.issuperset(names) for names in found.values())
    assert {*itertools.chain(*found.values())} == known - sweeps._NOT_SWEPT
    assert found["labels"] == ("n_labeled",) and found["updates"] == ("n_updates",) and found["depth"] == ("widths",)
    assert found["lambdas.scale"] == found["lambdas.top"] == ("lambdas",) and found["noise_std.0"] == ("noise_std",)
    assert found["preset"] == ("lambdas", "noise_std") and found["model"] == found["corruption"] == ()
    assert found["variant"] == ("combinator", "lambdas", "lateral", "noise_std")


def test_two_descriptions_differ_in_choices_and_other_budgets_follow_from_other_data():
    before = [("dataset", "digits"), ("labels", "20"), ("noise_std", ("0", "0.3"))]
    assert sweeps.changed(before, before[::-1]) == []
    assert sweeps.changed(before, [*before[:2], ("noise_std", ("0", "0.5"))]) == ["noise_std"]
    assert sweeps.changed(before, before[1:]) == ["dataset"]
    assert sweeps.changed(before, [before[0], before[2]]) == ["n_labeled"]
    assert sweeps.changed(before, [("dataset", "moons"), ("labels", "4"), before[2]]) == ["dataset"]
    assert sweeps.changed(before, [*before, ("model", "svm")]) == []
