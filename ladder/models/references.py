"""References from scikit-learn: classifiers that are no networks, fitted once on the same labelled rows.

Their settings are common ones, the same for all data. They were compared on rows held out of the training sets of
digits, wine, breast cancer, iris and moons, never on test rows.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ladder.arrays import Floats, Ints
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.settings import Structure

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from sklearn.svm import SVC

# The time of some references grows with the square of the rows. On all of MNIST label spreading takes 160 s, on this
# many rows 9 s.
MOST_ROWS = 10000


class Classifier(Protocol):
    """A fitted classifier of scikit-learn for rows x (n, d). `predict` returns classes (n,), `predict_proba` P(y | x)
    (n, k). `classes_` (k,): the class of each column of the latter."""

    @property
    def classes_(self) -> Ints: ...

    def predict(self, x: Floats) -> Ints: ...

    def predict_proba(self, x: Floats) -> Floats: ...


class Components(Protocol):
    """A fitted PCA of scikit-learn: `components_` (m, d), `mean_` (d,). `transform` returns the scores (n, m) of rows
    (n, d), `inverse_transform` the rows of scores."""

    @property
    def components_(self) -> Floats: ...

    @property
    def mean_(self) -> Floats: ...

    def transform(self, x: Floats) -> Floats: ...

    def inverse_transform(self, x: Floats) -> Floats: ...


@dataclass(frozen=True)
class Reference:
    """A fitted reference with the methods of readers.Reader. Only PCA has a code. The others have no layers, and return
    None from all methods that need a code. Rows x (n, d), K classes."""

    classifier: "Classifier"  # of codes where there is one, of inputs elsewhere
    n_classes: int
    seconds: float  # of fitting
    components: "Components | None" = None  # PCA's

    @property
    def first_weights(self) -> Floats | None:
        """Returns PCA's components (m, d), orthonormal."""
        return None if self.components is None else self.components.components_.astype(np.float32)

    @property
    def n_parameters(self) -> dict[str, int] | None:
        """Returns the numbers of fitted parameters, as training.contestants.n_parameters does; None for a reference
        that keeps training rows instead. PCA's decoder has none of its own: it uses the encoder's."""
        steps = getattr(self.classifier, "named_steps", None)
        if steps is None:
            return None
        head = steps["logistic"]
        encoder = 0 if self.components is None else self.components.components_.size + self.components.mean_.size
        return {"encoder": encoder, "decoder": 0, "head": head.coef_.size + head.intercept_.size}

    def layers(self, x: Floats) -> list[Floats]:
        """Returns a list of PCA's scores (n, m), empty for the other references."""
        return [] if self.components is None else [self.components.transform(x).astype(np.float32)]

    def encode(self, x: Floats) -> Floats | None:
        """Returns PCA's scores (n, m)."""
        return None if self.components is None else self.layers(x)[0]

    def decode(self, code: Floats) -> Floats | None:
        """Returns the inputs (n, d) of PCA's scores (n, m)."""
        return None if self.components is None else self.components.inverse_transform(code).astype(np.float32)

    def reconstruct(self, x: Floats) -> Floats | None:
        """Returns the projection (n, d) of the rows onto PCA's components."""
        code = self.encode(x)
        return None if code is None else self.decode(code)

    def jacobian(self, x: Floats) -> Floats | None:
        """Returns PCA's components for each row, (n, m, d), a read-only view."""
        weights = self.first_weights
        return None if weights is None else np.broadcast_to(weights, (len(x), *weights.shape))

    def probabilities(self, x: Floats) -> Floats:
        """Returns P(y | x) (n, K). The nearest neighbour and the support vector machine give 1 to one class: a margin
        becomes a probability by cross-validation, which a handful of labels does not allow. All classes are equally
        probable where label spreading reached none of a row's neighbours."""
        code = self.encode(x)
        rows = x if code is None else code
        found: Floats = np.zeros((len(x), self.n_classes), np.float32)
        with np.errstate(invalid="ignore"):  # scikit-learn divides such a row's 0 by 0
            found[:, self.classifier.classes_.astype(int)] = self.classifier.predict_proba(rows)
        return np.nan_to_num(found, nan=1 / self.n_classes)


def fit(name: str, structure: Structure, n_labeled: int, data: Data) -> Reference:
    """Returns the reference `name` (a key of REFERENCES), fitted to the first `n_labeled` rows of the label seed and,
    where it uses them, to the inputs of the other rows in use. Only MOST_ROWS of all these rows are used, the labelled
    rows first, which are class-balanced and nested. PCA's components come from the inputs of all rows in use. Raises
    Problem as protocol.seen does.
    """
    import sklearn.semi_supervised  # noqa: F401  # loading it is none of the fit's seconds

    pool = seen(data, structure, n_labeled)
    others = np.setdiff1d(pool.used, pool.labeled)
    start = time.perf_counter()
    rows = np.concatenate([pool.labeled, others])[:MOST_ROWS]
    y = np.concatenate([pool.told, np.full(len(others), -1)])[:MOST_ROWS]
    classifier, components = REFERENCES[name](data.x[rows], y, data.x[pool.used], structure.widths[-1])
    seconds = time.perf_counter() - start
    return Reference(classifier, data.n_classes, seconds, components)


def linear_probe(x: Floats, y: Ints) -> Classifier:
    """Returns a logistic regression (C = 10) fitted from x (n, m), inputs or codes, to classes y (n,); where y has one
    class only, a constant.

    The columns of x are centred and divided by one number, the largest of their stds, so that codes of any scale are
    penalised alike. To divide each column by its own std is usual with many labels. With few labels it magnifies
    columns that hardly vary: on digits with 20 labels the probe of PCA's codes then errs in 40 % of the cases instead
    of 25 %.
    """
    if len(np.unique(y)) == 1:
        from sklearn.dummy import DummyClassifier

        constant: Classifier = DummyClassifier(strategy="most_frequent").fit(x, y)
        return constant
    fitted: Classifier = _unfitted_probe(x).fit(x, y)
    return fitted


def _unfitted_probe(x: Floats) -> "Pipeline":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    by = {"mean": x.mean(0), "std": float(x.std(0).max()) or 1.0}
    scale, logistic = FunctionTransformer(_scaled, kw_args=by), LogisticRegression(C=10.0, max_iter=5000)
    return Pipeline([("scale", scale), ("logistic", logistic)])


def _scaled(x: Floats, mean: Floats, std: float) -> Floats:
    return (x.astype(np.float64) - mean) / std


Fitted = tuple[Classifier, Components | None]

# Each: (x (n, d), y (n,) with -1 for rows without label, the inputs of all rows in use, width of the code)
# -> (classifier, PCA's components)


def _label_spreading(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """Zhou et al. 2004 on a graph of 7 neighbours, alpha = 0.2 (scikit-learn's defaults).

    By default scikit-learn stops before labels have passed from neighbour to neighbour to the far rows. With 4 labels
    on moons 36 % of the rows were wrong then, and none after 300 rounds. 5 neighbours were worse with few labels, 10
    with many.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.semi_supervised import LabelSpreading

    model = LabelSpreading(kernel="knn", n_neighbors=min(7, len(x)), alpha=0.2, max_iter=300, tol=1e-300)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the last bits of a float need not settle
        return model.fit(x, y), None


def _self_training(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """Yarowsky 1995: the linear probe takes its own guesses as labels where their probability is above 0.75
    (scikit-learn's default), in up to ten rounds. On digits 0.9 did better with 20 labels or more, but worse with
    10."""
    from sklearn.semi_supervised import SelfTrainingClassifier

    labeled = y >= 0
    if labeled.all() or len(np.unique(y[labeled])) == 1:  # nothing to guess
        return linear_probe(x[labeled], y[labeled]), None
    model = SelfTrainingClassifier(_unfitted_probe(x), threshold=0.75).fit(x, y)
    return model.estimator_, None


def _logistic(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """The linear probe of the inputs themselves."""
    return linear_probe(x[y >= 0], y[y >= 0]), None


def _knn(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """The nearest labelled row (Cover and Hart 1967). 3 and 5 neighbours were better only from some hundred labels
    on."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(1).fit(x[y >= 0], y[y >= 0]), None


def _svm(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """A support vector machine with Gaussian kernel, C = 10 and gamma = 1 / (d Var x), scikit-learn's scale. On digits
    C = 1 was worse from 50 labels on."""
    from sklearn.svm import SVC

    x, y = x[y >= 0], y[y >= 0]
    one_class = len(np.unique(y)) == 1
    return linear_probe(x, y) if one_class else _Votes(SVC(C=10.0).fit(x, y)), None


def _pca(x: Floats, y: Ints, every: Floats, width: int) -> Fitted:
    """As many principal components as `width`, the units of the contestants' code, and the linear probe of their
    scores. There are fewer components where there are fewer training rows or inputs."""
    from sklearn.decomposition import PCA

    with np.errstate(invalid="ignore"):  # scikit-learn divides by the variance of inputs that are all the same
        components = PCA(min(width, *every.shape), random_state=0).fit(every)
    labeled = y >= 0
    return linear_probe(components.transform(x[labeled]), y[labeled]), components


class _Votes:
    """A classifier without probabilities: the predicted class gets the probability 1."""

    def __init__(self, model: "SVC"):
        self.model = model

    @property
    def classes_(self) -> Ints:
        found: Ints = self.model.classes_
        return found

    def predict(self, x: Floats) -> Ints:
        found: Ints = self.model.predict(x)
        return found

    def predict_proba(self, x: Floats) -> Floats:
        votes: Floats = (self.predict(x)[:, None] == self.classes_).astype(np.float32)
        return votes


REFERENCES: dict[str, Callable[[Floats, Ints, Floats, int], Fitted]] = {
    "label_spreading": _label_spreading,
    "self_training": _self_training,
    "logistic": _logistic,
    "knn": _knn,
    "svm": _svm,
    "pca": _pca,
}
