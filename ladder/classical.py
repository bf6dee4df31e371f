"""Outside references from scikit-learn: what is reached without a network, fitted once on the race's labelled rows.

Their settings are common ones, the same for all data and never chosen by the test set: label spreading as in
scikit-learn's example (7 neighbours, alpha 0.2), an RBF support vector machine with C = 10, one nearest neighbour,
logistic regression with C = 1 on standardised inputs, self-training of that regression by guesses surer than 0.75.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np

from ladder.datasets import Data, labeled_rows
from ladder.settings import Structure

MOST_SPREAD = 5000  # unlabelled rows in label spreading's graph, which grows with them


@dataclass(frozen=True)
class Reference:
    """A fitted reference with the methods of readers.Reader; those that it has no answer to give None or nothing."""

    model: object  # predict_proba for inputs (n, d)
    n_classes: int
    seconds: float
    components: object = None  # PCA's

    first_weights = None

    def layers(self, x: np.ndarray) -> list[np.ndarray]:
        """PCA's scores (n, m)."""
        return [self.components.transform(x).astype(np.float32)] if self.components else []

    def encode(self, x: np.ndarray) -> np.ndarray | None:
        """PCA's scores (n, m)."""
        return self.layers(x)[0] if self.components else None

    def decode(self, code: np.ndarray) -> np.ndarray | None:
        """Inputs (n, d) of PCA's scores."""
        return self.components.inverse_transform(code).astype(np.float32) if self.components else None

    def reconstruct(self, x: np.ndarray) -> np.ndarray | None:
        """The projection onto PCA's components."""
        return self.decode(self.encode(x)) if self.components else None

    def jacobian(self, x: np.ndarray) -> np.ndarray | None:
        """PCA's components, the same everywhere (n, m, d)."""
        if self.components is None:
            return None
        return np.broadcast_to(self.components.components_, (len(x), *self.components.components_.shape))

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """P(y | x) (n, K)."""
        found = np.zeros((len(x), self.n_classes), np.float32)
        with np.errstate(invalid="ignore"):  # label spreading divides by 0 far from every label
            found[:, np.asarray(self.model.classes_, int)] = np.nan_to_num(self.model.predict_proba(x))
        return found


def fit(name: str, structure: Structure, n_labeled: int, data: Data) -> Reference:
    """The reference `name` of contestants.CONTESTANTS, fitted."""
    rows = labeled_rows(data, n_labeled, structure.label_seed)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of iterations that end early with a handful of rows: the error tells
        model, components = _fitted(name, structure, rows, data)
    return Reference(model, data.n_classes, time.perf_counter() - start, components)


def _fitted(name: str, structure: Structure, rows: np.ndarray, data: Data):
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler
    from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier
    from sklearn.svm import SVC

    def logistic(*before):
        return make_pipeline(*before, StandardScaler(), LogisticRegression(C=1.0, max_iter=500))

    x, y = data.x[rows], data.y[rows]
    if name in ("label_spreading", "self_training"):
        others = np.setdiff1d(np.arange(len(data.x)), rows)[:MOST_SPREAD]
        every = np.concatenate([rows, others])
        partly = np.concatenate([y, np.full(len(others), -1)])
        if name == "self_training":
            return SelfTrainingClassifier(logistic(), threshold=0.75).fit(data.x[every], partly), None
        spreading = LabelSpreading(kernel="knn", n_neighbors=min(7, len(every) - 1), alpha=0.2, max_iter=100)
        return spreading.fit(data.x[every], partly), None
    if name == "pca":
        n_components = min(structure.widths[-1], *data.x.shape)
        components = PCA(n_components, random_state=0).fit(data.x)
        return logistic(FunctionTransformer(components.transform)).fit(x, y), components
    if name == "svm":
        # Its own probabilities come from cross-validation, which a handful of labels does not allow.
        return _Votes(SVC(C=10.0).fit(x, y)), None
    return {"logistic": logistic(), "knn": KNeighborsClassifier(1)}[name].fit(x, y), None


class _Votes:
    """A classifier without probabilities: all of it for the predicted class."""

    def __init__(self, model):
        self.model, self.classes_ = model, model.classes_

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return (self.model.predict(x)[:, None] == self.classes_).astype(np.float32)
