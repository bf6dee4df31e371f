"""The ladder as a scikit-learn estimator: scikit-learn's own checks, the page's numbers, and what people do with it."""

import gc
import io
import pickle
import subprocess
import sys
from pathlib import Path

import joblib
import mnist
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ladder
from ladder.analysis import snapshot
from ladder.data import protocol, variants
from ladder.data.datasets import load
from ladder.data.rows import Data
from ladder.data.variants import Labels
from ladder.live.session import Session
from ladder.models import ladder as definition
from ladder.portable import classifier
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.training.train import layout_for

ROOT = Path(__file__).parents[2]
SMALL = {"hidden_layer_sizes": (12, 8), "max_iter": 60, "random_state": 3}
TRAINS_ON_MINUS_ONE = {
    "check_classifiers_classes": "its last problem has the classes -1 and 1, and -1 means a row without a label here"
}


@parametrize_with_checks(
    [ladder.LadderClassifier(**SMALL | {"max_iter": 100})], expected_failed_checks=lambda one: TRAINS_ON_MINUS_ONE
)
def test_scikit_learn_s_checks(estimator, check):
    check(estimator)


def digits(n_labeled=40, seed=0):
    """Rows of digits with labels, and y with -1 for all but `n_labeled` of them; test rows with theirs."""
    data = load("digits")
    kept = np.random.default_rng(seed).permutation(len(data.y))[:n_labeled]
    y = np.full(len(data.y), -1)
    y[kept] = data.y[kept]
    return data.x, y, data.x_test, data.y_test


def moons():
    """200 points, ten of them with a label."""
    x, y = make_moons(200, noise=0.1, random_state=0)
    return x, np.where(np.arange(200) < 10, y, -1)


def live_run(y, updates, **choices):
    """A run of the page on digits with the labels of y, trained to each of the numbers of updates in turn."""
    rows = np.flatnonzero(y >= 0)
    name = variants.keep(Labels("digits", tuple(rows.tolist()), tuple(y[rows].tolist())))
    structure = Structure(dataset=name, widths=(12, 8), weight_seed=3, label_seed=3)
    live = fitted(Live(lambdas=(10.0, 1.0, 0.1, 0.1, 0.1)), 3)
    session = Session(Recipe(structure, live.having({"n_labeled": len(rows), "n_updates": updates[0], **choices})))
    for n in updates:
        session.change({"n_updates": n})
        session.replay(n, then_play=False)
        while session.active:
            session.advance(0.5)
    return session


@pytest.mark.parametrize("batch_size", [100, 16], ids=["all labels in a batch", "some labels in a batch"])
def test_it_trains_to_the_bits_of_a_live_run_on_the_same_rows(monkeypatch, tmp_path, batch_size):
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    x, y, _, _ = digits()
    fit = ladder.LadderClassifier(**SMALL, batch_size=batch_size).fit(x, y)
    run = live_run(y, [60], batch_size=batch_size)
    assert run.update == fit.n_iter_ == 60
    for part in ("theta", "adam_m", "adam_v"):
        np.testing.assert_array_equal(getattr(fit.state_, part), getattr(run.state, part))
    assert fit.history_["denoising"].shape == (60, 4)
    np.testing.assert_array_equal(fit.history_["objective"], run.history.arrays["objective"])


def test_a_warm_start_is_the_run_whose_target_was_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("LADDER_RUNS", str(tmp_path))
    x, y, _, _ = digits()
    fit = ladder.LadderClassifier(**SMALL | {"max_iter": 40}, warm_start=True).fit(x, y)
    first = fit.state_.theta.copy()
    fit.set_params(max_iter=20).fit(x, y)
    run = live_run(y, [40, 60])
    np.testing.assert_array_equal(fit.state_.theta, run.state.theta)
    assert (fit.n_iter_, len(fit.history_["supervised"])) == (60, 60) and not np.array_equal(first, fit.state_.theta)
    assert fit.recipe_.changes[0][0] == 40
    for other in ({"hidden_layer_sizes": (5,)}, {"activation": "tanh"}):
        with pytest.raises(ValueError, match="warm_start"):
            clone(fit).set_params(max_iter=5).fit(x, y).set_params(**other).fit(x, y)
    with pytest.raises(ValueError, match="warm_start"):
        fit.fit(x[:, :9], y)


def test_its_predictions_and_restored_rows_are_the_page_s():
    x, y, x_test, _ = digits()
    fit = ladder.LadderClassifier(**SMALL).fit(x, y)
    structure, data = fit.recipe_.structure, load("digits")
    expected = snapshot.probabilities(fit.state_, structure, fit.recipe_.live, data, x_test)
    np.testing.assert_allclose(fit.predict_proba(x_test), expected, atol=1e-5)
    p = layout_for(structure, data).unpack(torch.from_numpy(fit.state_.theta))
    restored = definition.restore(p, torch.from_numpy(data.x), torch.from_numpy(x_test), structure).numpy()
    np.testing.assert_allclose(fit.denoise(x_test), restored, atol=1e-5)


def test_text_labels_and_their_unlabelled_rows():
    x, y = moons()
    words = np.where(y == -1, None, np.array(["lower", "upper"])[y]).astype(object)
    words[y == -1] = -1
    fit = ladder.LadderClassifier(**SMALL).fit(x, words)
    numbers = ladder.LadderClassifier(**SMALL).fit(x, y)
    assert fit.classes_.tolist() == ["lower", "upper"]
    np.testing.assert_array_equal(fit.predict_proba(x), numbers.predict_proba(x))
    assert fit.score(x, words) == numbers.score(x, y) == np.mean(fit.predict(x)[:10] == words[:10])


@pytest.mark.parametrize(
    "y",
    [np.array(one) for one in (["a", "b", "-1", "a"], [-1, -1, -1, -1], [1, 1, -1, -1], [0.5, 1.2, -1, 3])],
    ids=["a text -1", "no label", "one class", "numbers that are no classes"],
)
def test_labels_that_cannot_be_trained_on_are_refused(y):
    with pytest.raises(ValueError, match="-1|class|label"):
        ladder.LadderClassifier(**SMALL).fit(np.eye(4), y)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"noise_std": 2}, "parameter noise_std"),
        ({"lambdas": (1.0, -1.0)}, "parameter lambdas"),
        ({"hidden_layer_sizes": (1,)}, "parameter hidden_layer_sizes"),
        ({"hidden_layer_sizes": ()}, "hidden layers"),
        ({"max_iter": 0}, "parameter max_iter"),
        ({"activation": "gelu"}, "parameter activation"),
        ({"preset": "fuller"}, "parameter preset"),
        ({"learning_rate": 1.0, "noise_std": 1.0, "lambdas": 1e4, "max_iter": 3000}, "diverged"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value),
)
def test_impossible_parameters_are_refused_in_a_sentence(parameters, said):
    x, y = moons()
    with pytest.raises(ValueError, match=said):
        ladder.LadderClassifier(**SMALL | parameters).fit(x * (1e30 if said == "diverged" else 1), y)


def test_it_transforms_to_each_layer():
    x, y = moons()
    fit = ladder.LadderClassifier(**SMALL).fit(x, y)
    assert [fit.set_params(transform_layer=l).transform(x).shape[1] for l in (0, 1, 2, 3, None)] == [2, 12, 8, 2, 8]
    np.testing.assert_array_equal(fit.set_params(transform_layer=3).transform(x), fit.predict_proba(x))
    assert list(fit.set_output(transform="pandas").transform(x).columns) == ["ladderclassifier0", "ladderclassifier1"]
    with pytest.raises(ValueError, match="transform_layer"):
        fit.set_params(transform_layer=4).transform(x)


def test_a_ladder_without_the_input_s_cost_restores_nothing():
    x, y = moons()
    with pytest.raises(ValueError, match="lambdas"):
        ladder.LadderClassifier(**SMALL, preset="gamma").fit(x, y).denoise(x)


def test_a_search_over_folds_with_unlabelled_rows_in_two_threads():
    x, y = moons()
    pipeline = make_pipeline(StandardScaler(), ladder.LadderClassifier(**SMALL))
    grid = {"ladderclassifier__noise_std": [0.1, 0.3], "ladderclassifier__preset": [None, "bottom"]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise")
    with joblib.parallel_config("threading", n_jobs=2):
        search.fit(x, y)
    one_by_one = clone(search).fit(x, y)
    for name in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(search.cv_results_[name], one_by_one.cv_results_[name])
    again = joblib.load(_dumped(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(x), search.predict_proba(x))


def _dumped(model):
    stream = io.BytesIO()
    joblib.dump(model, stream)
    stream.seek(0)
    return stream


def test_a_pickled_one_holds_no_row_and_goes_on():
    x, y = moons()
    x[150, 0] = 1234.5
    fit = ladder.LadderClassifier(**SMALL, warm_start=True).fit(x, y)
    content = pickle.dumps(fit)
    assert np.float32(1234.5).tobytes() not in content and np.float64(1234.5).tobytes() not in content
    again = pickle.loads(content)
    np.testing.assert_array_equal(again.fit(x, y).state_.theta, fit.fit(x, y).state_.theta)


def test_a_fit_leaves_no_row_in_memory():
    x, y = moons()
    ladder.LadderClassifier(**SMALL).fit(x, y)
    gc.collect()
    assert not [one for one in gc.get_objects() if type(one) is Data and one.name == "rows"]


def test_it_trains_with_one_thread_and_gives_torch_s_others_back(monkeypatch):
    before, meanwhile = torch.get_num_threads(), []
    real = classifier.train
    monkeypatch.setattr(classifier, "train", lambda *a: meanwhile.append(torch.get_num_threads()) or real(*a))
    torch.set_num_threads(2)
    try:
        ladder.LadderClassifier(**SMALL).fit(*make_moons(60, random_state=0))
        assert (meanwhile, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


def test_it_stacks_as_a_transformer_before_another_classifier():
    x, y, x_test, y_test = digits(100)
    known = y >= 0
    code = ladder.LadderClassifier(**SMALL | {"max_iter": 300}, preset="full").fit(x, y)
    head = LogisticRegression(max_iter=1000).fit(code.transform(x[known]), y[known])
    assert head.score(code.transform(x_test), y_test) > 0.6


def test_it_beats_label_spreading_on_digits():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import estimator
    finally:
        sys.path.pop(0)
    found = estimator.errors(50, range(3), 1000)
    assert np.mean(found["LadderClassifier"]) < np.mean(found["LabelSpreading"])


@mnist.needed
def test_it_learns_mnist_on_the_rows_of_the_protocol():
    structure = Structure("mnist", label_noise=0.1, **mnist.TASK)
    data = protocol.load(structure)
    seen = protocol.seen(data, structure, 120)
    y = np.full(len(data.y), -1)
    y[seen.labeled] = seen.told
    rows = seen.used
    model = ladder.LadderClassifier((100,), preset="full", max_iter=200, random_state=0).fit(data.x[rows], y[rows])
    assert len(rows) == 3000 and len(model.classes_) == 6 and model.frozen_.widths == (784, 100, 6)
    assert model.score(data.x_test, data.y_test) > 0.8


def test_importing_the_package_loads_neither_torch_nor_scikit_learn():
    program = "import sys, ladder; dir(ladder); print([m for m in ('torch', 'sklearn', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
    assert {"LadderClassifier", "export"} <= set(dir(ladder))
    with pytest.raises(AttributeError):
        ladder.nothing  # noqa: B018
