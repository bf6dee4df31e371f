"""The references of scikit-learn: each against its definition in NumPy, and what they may and may not look at."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ladder.analysis import readers
from ladder.data import protocol
from ladder.data.datasets import load
from ladder.data.rows import Data, labeled_rows
from ladder.models import references
from ladder.models.references import REFERENCES, fit, linear_probe
from ladder.problems import Problem
from ladder.recipe.contestants import CONTESTANTS
from ladder.recipe.defaults import default_live
from ladder.settings import Structure

STRUCTURE = Structure(widths=(20, 9))
SMALL = ("digits", "moons", "blobs", "iris", "wine", "breast_cancer")


def rows_of(x, y, x_test=None, names=("a", "b")) -> Data:
    """Data from arrays; without test rows of their own, the first ones serve."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.int64)
    x_test = x[:1] if x_test is None else np.asarray(x_test, np.float32)
    return Data("made", x, y, x_test, np.zeros(len(x_test), np.int64), names)


def predicted(name: str, data: Data, n_labeled: int, structure=STRUCTURE) -> np.ndarray:
    return fit(name, structure, n_labeled, data).probabilities(data.x_test).argmax(1)


@pytest.fixture(scope="module")
def some(digits):
    """A third of the digits' rows."""
    return replace(digits, x=digits.x[:400], y=digits.y[:400], x_test=digits.x_test[:150], y_test=digits.y_test[:150])


def test_the_references_are_the_contestants_of_that_family():
    assert list(REFERENCES) == [name for name, family in CONTESTANTS.items() if family == "reference"]


@pytest.mark.parametrize("name", REFERENCES)
@pytest.mark.parametrize("dataset", SMALL)
def test_every_reference_learns_every_dataset_from_few_labels_and_from_all(name, dataset):
    """Any warning fails, as everywhere in these tests."""
    data = load(dataset)
    chance = 1 - np.bincount(data.y_test).max() / len(data.y_test)
    live = default_live(Structure(dataset=dataset))
    for n_labeled in (data.n_classes, 5 * data.n_classes, len(data.y)):
        reference = fit(name, STRUCTURE, n_labeled, data)
        found = readers.evaluate(reference, STRUCTURE, live, data)
        assert found["error"] < chance
        assert reference.seconds > 0
        probabilities = reference.probabilities(data.x_test)
        assert probabilities.shape == (len(data.x_test), data.n_classes)
        assert probabilities.min() >= 0
        np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
        assert np.isnan(found["clean_error"]) == (name != "pca")


@pytest.mark.parametrize("name", REFERENCES)
def test_the_same_choices_give_the_same_bits_and_they_travel(name, some):
    first, second = (fit(name, STRUCTURE, 20, some) for _ in range(2))
    expected = first.probabilities(some.x_test)
    np.testing.assert_array_equal(second.probabilities(some.x_test), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).probabilities(some.x_test), expected)
    other = fit(name, replace(STRUCTURE, label_seed=1), 20, some)
    assert (other.probabilities(some.x_test) != expected).any()


@pytest.mark.parametrize("name", REFERENCES)
def test_nobody_looks_at_test_rows_or_at_the_classes_of_unlabelled_rows(name, some, monkeypatch):
    labeled = labeled_rows(some, 20, 0)
    monkeypatch.setattr(protocol, "labeled_rows", lambda *_: labeled)
    expected = fit(name, STRUCTURE, 20, some).probabilities(some.x_test)
    lies = (some.y + 1) % 10
    lies[labeled] = some.y[labeled]
    elsewhere = replace(some, y=lies, x_test=some.x_test[:5] * 7, y_test=some.y_test[:5])
    np.testing.assert_array_equal(fit(name, STRUCTURE, 20, elsewhere).probabilities(some.x_test), expected)


@pytest.mark.parametrize("name", REFERENCES)
def test_too_few_labels_are_a_problem(name, some):
    with pytest.raises(Problem):
        fit(name, STRUCTURE, 9, some)


@pytest.mark.parametrize("name", sorted(set(REFERENCES) - {"label_spreading"}))
def test_hardly_any_rows(name):
    data = rows_of([[0.0, 0.0], [1.0, 1.0], [0.9, 1.0]], [0, 1, 1], [[0.1, 0.0], [1.0, 0.8]])
    np.testing.assert_array_equal(predicted(name, data, 2), [0, 1])
    np.testing.assert_array_equal(predicted(name, data, 3), [0, 1])


def test_fewer_rows_than_neighbours_are_all_neighbours():
    data = rows_of([[0.0], [1.0], [0.9], [1.1]], [0, 1, 1, 1], [[0.1], [1.0]])
    found = fit("label_spreading", STRUCTURE, 4, data).probabilities(data.x_test)
    np.testing.assert_allclose(found[0], found[1])
    assert found[0, 1] > 0.5


@pytest.mark.parametrize("name", REFERENCES)
def test_one_class_is_always_that_class(name):
    """Also where more are known by name: a small upload may hold none of them."""
    x = np.random.default_rng(0).random((30, 3))
    for names, k in ((("only",), 0), (("no", "yes"), 1)):
        data = rows_of(x, np.full(30, k), x[:4], names)
        found = fit(name, STRUCTURE, 5, data).probabilities(data.x_test)
        np.testing.assert_array_equal(found, np.eye(len(names))[np.full(4, k)])


@pytest.mark.parametrize("name", REFERENCES)
def test_what_does_not_vary_is_no_reason_to_fail(name):
    data = rows_of(np.ones((40, 3)), np.arange(40) % 2, np.ones((3, 3)))
    assert np.isfinite(fit(name, STRUCTURE, 10, data).probabilities(data.x_test)).all()


def test_of_too_many_rows_the_labelled_ones_count_first(some, monkeypatch):
    monkeypatch.setattr(references, "MOST_ROWS", 100)
    labeled = labeled_rows(some, 60, STRUCTURE.label_seed)
    spread = fit("label_spreading", STRUCTURE, 60, some).classifier
    assert len(spread.X_) == 100
    np.testing.assert_array_equal(spread.X_[:60], some.x[labeled])
    assert fit("knn", STRUCTURE, 60, some).classifier.n_samples_fit_ == 60
    assert fit("knn", STRUCTURE, 300, some).classifier.n_samples_fit_ == 100
    mean = fit("pca", STRUCTURE, 60, some).components.mean_
    np.testing.assert_allclose(mean, some.x.mean(0), atol=1e-6)  # of all inputs
    np.testing.assert_array_equal(predicted("knn", some, 300), predicted("knn", some, 100))  # nested labels


# --- each by its definition


def standardised(x, by):
    return (x - by.mean(0)) / by.std(0).max()


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_probe_is_where_the_gradient_of_its_cost_vanishes(some, scale):
    """sum of cross-entropies + |w|^2 / (2 C), C = 10, intercepts free; the same for codes of any scale."""
    x, y = some.x[:200].astype(np.float64), some.y[:200]
    probe = linear_probe((scale * x).astype(np.float32), y)
    head, z = probe.named_steps["logistic"], standardised(x, x)
    logits = z @ head.coef_.T + head.intercept_
    p = np.exp(logits - logits.max(1, keepdims=True))
    wrong = p / p.sum(1, keepdims=True) - np.eye(10)[y]
    np.testing.assert_allclose(wrong.T @ z + head.coef_ / 10, 0, atol=0.02)
    np.testing.assert_allclose(wrong.sum(0), 0, atol=0.02)
    np.testing.assert_array_equal(probe.predict(scale * x), logits.argmax(1))


def test_a_probe_of_one_class_says_that_class():
    assert (linear_probe(np.random.default_rng(0).random((4, 2)), np.full(4, 7)).predict(np.ones((3, 2))) == 7).all()


def test_the_nearest_labelled_row_decides(some):
    labeled = labeled_rows(some, 30, 0)
    nearest = cdist(some.x_test, some.x[labeled]).argmin(1)
    np.testing.assert_array_equal(predicted("knn", some, 30), some.y[labeled][nearest])


def test_the_support_vector_machine_is_where_its_dual_is_at_its_optimum():
    """Two classes: f = K (alpha y) + b, 0 <= alpha <= 10; rows inside the margin are at 10, outside at 0."""
    data = load("breast_cancer")
    model = fit("svm", STRUCTURE, 60, data).classifier.model
    labeled = labeled_rows(data, 60, 0)
    x, y = data.x[labeled].astype(float), 2 * data.y[labeled] - 1
    kernel = np.exp(-cdist(x, x, "sqeuclidean") / (x.shape[1] * x.var()))
    alpha = np.zeros(60)
    alpha[model.support_] = np.abs(model.dual_coef_[0])
    margin = y * (kernel @ (alpha * y) + model.intercept_[0])
    assert alpha.max() <= 10 + 1e-9
    assert margin[alpha == 0].min() > 1 - 0.01
    assert np.abs(margin[(alpha > 0) & (alpha < 10)] - 1).max() < 0.01
    found = fit("svm", STRUCTURE, 60, data).probabilities(data.x_test)
    assert set(np.unique(found)) == {0, 1}


def test_label_spreading_is_the_closed_form_of_zhou():
    """F = (I - alpha S)^-1 Y up to a factor, S the normalised graph of 7 neighbours; a test row's class is the sum of
    its neighbours' rows of F. Stopped early, the iteration would leave far rows without any label."""
    data = load("moons")
    data = replace(data, x=data.x[:300], y=data.y[:300])
    labeled = labeled_rows(data, 4, 2)
    order = np.concatenate([labeled, np.setdiff1d(np.arange(300), labeled)])
    x, n = data.x[order].astype(float), 300
    graph = np.zeros((n, n))
    np.put_along_axis(graph, cdist(x, x).argsort(1)[:, :7], 1.0, 1)  # the row itself is one of them
    np.fill_diagonal(graph, 0)
    degree = np.maximum(graph.sum(0), 1)  # some rows are nobody's neighbour
    S = graph / np.sqrt(np.outer(degree, degree))
    Y = np.zeros((n, 2))
    Y[np.arange(4), data.y[labeled]] = 1
    F = np.linalg.solve(np.eye(n) - 0.2 * S, Y)
    F /= F.sum(1, keepdims=True)
    votes = F[cdist(data.x_test, x).argsort(1)[:, :7]].sum(1)
    found = fit("label_spreading", replace(STRUCTURE, label_seed=2), 4, data).probabilities(data.x_test)
    np.testing.assert_allclose(found, votes / votes.sum(1, keepdims=True), atol=1e-5)


def test_rows_that_no_label_reaches_are_of_every_class_alike():
    rng = np.random.default_rng(0)
    x = rng.random((60, 2)) + np.repeat([[0.0], [100.0]], 30, 0)
    y = np.arange(60) % 2
    data = rows_of(x, y, [[0.5, 0.5], [100.5, 100.5]])
    seed = next(s for s in range(99) if (labeled_rows(data, 2, s) < 30).all())
    found = fit("label_spreading", replace(STRUCTURE, label_seed=seed), 2, data).probabilities(data.x_test)
    assert found[0].max() > 0.5
    np.testing.assert_array_equal(found[1], [0.5, 0.5])


def test_self_training_takes_the_guesses_that_it_is_sure_of(some):
    """At most ten rounds; what was guessed stays."""
    from sklearn.linear_model import LogisticRegression

    labeled = labeled_rows(some, 50, 0)
    order = np.concatenate([labeled, np.setdiff1d(np.arange(400), labeled)])
    x = standardised(some.x[order].astype(float), some.x[order].astype(float))
    y = np.full(400, -1)
    y[:50] = some.y[labeled]
    for _ in range(10):
        model = LogisticRegression(C=10.0, max_iter=5000).fit(x[y >= 0], y[y >= 0])
        guess = model.predict_proba(x)
        sure = (guess.max(1) > 0.75) & (y < 0)
        if not sure.any():
            break
        y[sure] = guess.argmax(1)[sure]
    model = LogisticRegression(C=10.0, max_iter=5000).fit(x[y >= 0], y[y >= 0])
    by_hand = model.predict(standardised(some.x_test.astype(float), some.x[order].astype(float)))
    found = predicted("self_training", some, 50)
    assert (found == by_hand).mean() > 0.98
    assert (found != predicted("logistic", some, 50)).any()


def test_pca_is_numpy_s_singular_value_decomposition(some):
    pca = fit("pca", STRUCTURE, 20, some)
    x = some.x.astype(float)
    mean = x.mean(0)
    V = np.linalg.svd(x - mean, full_matrices=False)[2][:9]
    projected = mean + (some.x_test - mean) @ V.T @ V
    np.testing.assert_allclose(pca.reconstruct(some.x_test), projected, atol=1e-5)
    np.testing.assert_allclose(pca.decode(pca.encode(some.x_test)), projected, atol=1e-5)
    np.testing.assert_allclose(np.abs(pca.first_weights @ V.T), np.eye(9), atol=1e-3)
    assert pca.layers(some.x_test)[-1].shape == (150, 9)
    step = np.float32(0.01) * np.eye(64, dtype=np.float32)
    moved = (pca.encode(some.x[:1] + step) - pca.encode(some.x[:1])).T / 0.01
    np.testing.assert_allclose(pca.jacobian(some.x[:2])[1], moved, atol=1e-3)
    labeled = labeled_rows(some, 20, 0)
    by_hand = linear_probe((some.x[labeled] - mean) @ V.T, some.y[labeled]).predict((some.x_test - mean) @ V.T)
    assert (pca.probabilities(some.x_test).argmax(1) == by_hand).mean() > 0.98


def test_pca_has_no_more_components_than_there_are():
    data = load("iris")
    assert fit("pca", Structure(widths=(25,)), 9, data).encode(data.x_test).shape == (45, 4)


@pytest.mark.parametrize("name", ["label_spreading", "self_training", "logistic", "knn", "svm"])
def test_only_pca_has_a_code(name, some):
    one = fit(name, STRUCTURE, 20, some)
    assert one.layers(some.x_test) == []
    assert one.first_weights is None
    answers = one.encode(some.x_test), one.decode(some.x_test), one.reconstruct(some.x_test), one.jacobian(some.x_test)
    assert answers == (None,) * 4


def test_parameters_are_counted_where_there_are_any(some):
    found = {name: fit(name, STRUCTURE, 20, some).n_parameters for name in REFERENCES}
    none = {"encoder": 0, "decoder": 0}
    assert found == {
        "label_spreading": None,
        "knn": None,
        "svm": None,
        "self_training": none | {"head": 10 * 65},
        "logistic": none | {"head": 10 * 65},
        "pca": {"encoder": 9 * 64 + 64, "decoder": 0, "head": 10 * 10},
    }
