"""The ladder as a scikit-learn estimator. It trains with training/train.py, as the page does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d, validate_data

from ladder import i18n
from ladder.arrays import Bools, Floats, Ints
from ladder.data.rows import Data
from ladder.portable.denoiser import Denoiser, denoiser
from ladder.portable.frozen import Frozen, freeze
from ladder.problems import Problem
from ladder.settings import Knob, Live, Recipe, Structure, fitted, for_depth, knobs, preset
from ladder.training.train import State, initial, train

UNLABELED = -1
N_SEEDS = 10_000  # Structure.weight_seed and label_seed are below it
NAMES = {"widths": "hidden_layer_sizes", "n_updates": "max_iter"}  # of settings.py: what the parameter is called here
PerLayer = float | Sequence[float]


class LadderClassifier(  # scikit-learn has no types
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]
    TransformerMixin,  # type: ignore[misc]
    ClassifierMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """A ladder network (Rasmus et al. 2015): a classifier for many rows and few labels.

    `fit(X, y)` takes -1 in y for a row without a label, as scikit-learn's semi-supervised estimators do. Text labels go
    into an array of dtype object, with the number -1 among the texts. So -1 cannot be a class.

    **Scale the inputs.** A value's noise has the standard deviation `noise_std`, and its reconstruction is measured in
    squares of its unit. Put a `StandardScaler` before it in a pipeline; its defaults are those that did best on
    standardised tables. Divide pixels by their largest value instead, so that they lie between 0 and 1, and take
    `preset="full"`, whose weights are the published ones for such images.

    Parameters
    ----------
    hidden_layer_sizes : units of each hidden layer from the input up, 1 to 6 layers of 2 to 2,000 units.
    activation : "relu", "leaky_relu" or "tanh".
    combinator : a name of `ladder.settings.COMBINATOR_NAMES`; "gauss" is the quick one, and the published one.
    noise_std : standard deviation of the training's noise, 0 to 1: one for all layers, or one for each from the input
        up, the class layer included. A list of another length is fitted: the input's, the first layer's and the last
        stay in place.
    lambdas : weights of the layers' reconstruction costs, 0 or 0.001 to 10,000, given as `noise_std` is. With 0 at all
        layers it is the supervised network with noise.
    preset : None, or a published pattern of `noise_std` and `lambdas`, which it replaces: a name of
        `ladder.settings.PRESETS`, such as "full", "bottom" or "gamma".
    learning_rate : Adam's, 0.00001 to 1.
    decay_from : the share of the updates after which the learning rate falls linearly to 0. With 1 it stays.
    batch_size : rows of an update, 2 to 1,000: so many labelled and so many of all rows, or all where they are fewer.
    max_iter : updates, 1 to 1,000,000. `fit` makes exactly so many.
    random_state : an int, a RandomState or None. An int below 10,000 is the page's seed of weights and labels.
    warm_start : whether `fit` goes on from the weights of the last fit, for `max_iter` further updates. The rows may be
        others, the classes and the number of features may not. There is no `partial_fit`: an update draws its batches
        from all rows, and a prediction is normalised by statistics of all of them, so that pieces of a data set, one
        after the other, are no training of it.
    transform_layer : the layer whose activations `transform` returns: 1 is the first hidden layer, and so on. None is
        the last hidden layer.

    Attributes
    ----------
    classes_ : the classes, sorted, as y has them. n_features_in_, feature_names_in_ : as everywhere in scikit-learn.
    n_iter_ : the number of updates so far.
    history_ : the costs of each update by name: "supervised" (n_iter_,), "denoising" (n_iter_, layers + 1), before its
        weights, and "objective" (n_iter_,).
    state_ : weights and Adam's moments (training.train.State); recipe_ : the choices, of which the page and the command
        line make the same numbers. frozen_, denoiser_ : the constants of its predictions and of `denoise`.

    Everything that is kept is NumPy arrays and numbers. No training row is kept.
    """

    classes_: np.ndarray
    n_iter_: int
    history_: dict[str, Floats]
    state_: State
    recipe_: Recipe
    frozen_: Frozen
    denoiser_: Denoiser

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (100, 50, 25),
        activation: str = "relu",
        combinator: str = "gauss",
        noise_std: PerLayer = 0.3,
        lambdas: PerLayer = (10.0, 1.0, 0.1, 0.1, 0.1),
        preset: str | None = None,
        learning_rate: float = 0.002,
        decay_from: float = 0.67,
        batch_size: int = 100,
        max_iter: int = 3000,
        random_state: int | np.random.RandomState | None = None,
        warm_start: bool = False,
        transform_layer: int | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.combinator = combinator
        self.noise_std = noise_std
        self.lambdas = lambdas
        self.preset = preset
        self.learning_rate = learning_rate
        self.decay_from = decay_from
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.random_state = random_state
        self.warm_start = warm_start
        self.transform_layer = transform_layer

    def fit(self, X: ArrayLike, y: ArrayLike) -> "LadderClassifier":
        """Trains on rows X (n, d) with labels y (n,), -1 where a row has none. Returns itself. Raises ValueError where
        a parameter or the rows do not allow it, and where the training diverges."""
        x, labels = validate_data(self, X, y, dtype=np.float32, order="C")
        classes, data = _data(x, labels)
        try:
            self._train(classes, data)
        except Problem as problem:
            raise ValueError(_sentence(problem)) from problem
        return self

    def _train(self, classes: np.ndarray, data: Data) -> None:
        begun = self.warm_start and hasattr(self, "state_")
        structure = self._structure(self.recipe_.structure.weight_seed if begun else self._seed())
        state, history = initial(structure, data), {}
        if begun:
            self._check_same(structure, classes, len(state.theta))
            state, history = self.state_, self.history_
        live = self._live(structure, data, state.update)
        recipe = self.recipe_.changed(state.update, live) if begun else Recipe(structure, live)
        with _one_thread():
            (state,), (costs,) = train([state], [structure], [live], data, self.max_iter)
        if costs.bad:
            raise Problem("diverged_fit", update=costs.bad[0], quantity=costs.bad[1])
        self.state_, self.recipe_, self.n_iter_, self.classes_ = state, recipe, state.update, classes
        self.history_ = {name: np.concatenate([history[name], new]) if begun else new for name, new in costs.items()}
        self.frozen_ = freeze(state.theta, structure, live, data)
        self.denoiser_ = denoiser(state.theta, structure, live, data)

    def _check_same(self, structure: Structure, classes: np.ndarray, n_parameters: int) -> None:
        """Raises ValueError where a training cannot go on with another one's weights."""
        same = structure == self.recipe_.structure and n_parameters == len(self.state_.theta)
        if not same or not np.array_equal(classes, self.classes_):
            raise ValueError(
                "With warm_start, fit goes on with the same layers, activation, combinator, classes and number of "
                "features. Make a new LadderClassifier for others."
            )

    def _seed(self) -> int:
        if isinstance(self.random_state, int | np.integer):
            return int(self.random_state) % N_SEEDS
        return int(check_random_state(self.random_state).randint(N_SEEDS))

    def _structure(self, seed: int) -> Structure:
        return Structure(
            widths=tuple(self.hidden_layer_sizes),
            activation=self.activation,
            combinator=self.combinator,
            weight_seed=seed,
            label_seed=seed,
        )

    def _live(self, structure: Structure, data: Data, done: int) -> Live:
        """The choices of a training that goes on from `done` updates."""
        Knob("n_updates", 0, 1, knobs(Live)["n_updates"].high).check(self.max_iter)
        levels = {name: _levels(getattr(self, name), structure) for name in ("noise_std", "lambdas")}
        live = fitted(Live(), structure.n_layers).having(
            {
                **levels,
                "learning_rate": self.learning_rate,
                "decay_from": self.decay_from,
                "batch_size": self.batch_size,
                "n_updates": done + self.max_iter,
                "n_labeled": len(data.y) if data.given is None else len(data.given),
            }
        )
        return live if self.preset is None else preset(live, self.preset, structure.n_layers)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Returns the probabilities (n, K) of the classes, in the order of `classes_`, of rows X (n, d). The answer for
        a row never depends on the other rows."""
        x = self._rows(X)
        return self.frozen_.probabilities(x)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Returns the likeliest class (n,) of rows X (n, d)."""
        likeliest = self.predict_proba(X).argmax(1)
        found: np.ndarray = self.classes_[likeliest]
        return found

    def transform(self, X: ArrayLike) -> Floats:
        """Returns the activations (n, m) of layer `transform_layer` of rows X (n, d), without noise."""
        x = self._rows(X)
        return self.frozen_.activations(x, self._transform_layer())

    def denoise(self, X: ArrayLike) -> Floats:
        """Returns rows X (n, d), clean or noisy, as the ladder restores them, (n, d) float32. Raises ValueError where
        the weight of the input's reconstruction is 0, as the decoder has not learnt to reach the input then."""
        x = self._rows(X)
        if not self.recipe_.latest.lambdas[0]:
            raise ValueError("With lambdas 0 at the input the decoder has not learnt to restore rows: choose more.")
        return self.denoiser_.restore(x)

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Returns the share of rows X (n, d) whose label y (n,) is predicted. Rows without a label (-1) do not count,
        so that the folds of a cross-validation may have them. Raises ValueError where no row has a label."""
        labels = column_or_1d(y)
        check_consistent_length(X, labels, sample_weight)
        known = _known(labels)
        if not known.any():
            raise ValueError("No row has a label to be compared with: all of y is -1.")
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return float(np.average(self.predict(X)[known] == labels[known], weights=weights))

    def _rows(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        x: Floats = validate_data(self, X, dtype=np.float32, reset=False)
        return x

    def _transform_layer(self) -> int:
        top = self.recipe_.structure.n_layers
        layer = top - 1 if self.transform_layer is None else self.transform_layer
        if not 0 <= layer <= top:
            raise ValueError(f"transform_layer is {layer}: choose one from 0 (the input) to {top} (the classes).")
        return int(layer)

    @property
    def _n_features_out(self) -> int:
        return self.frozen_.widths[self._transform_layer()]


@contextmanager
def _one_thread() -> Iterator[None]:
    """torch computes with one thread meanwhile: an update is too small to be shared, and threads that wait for each
    other on busy cores make it many times slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _levels(values: PerLayer, structure: Structure) -> tuple[Any, ...]:
    return for_depth(tuple(np.atleast_1d(np.asarray(values)).tolist()), structure.n_layers)


def _known(y: np.ndarray) -> Bools:
    """Whether each row has a label. Raises ValueError for an array of texts with "-1" among them, which NumPy makes of
    a list of texts and numbers."""
    if y.dtype.kind in "US":
        if (y == np.array(str(UNLABELED), y.dtype)).any():
            raise ValueError("y has the text '-1'. For unlabelled rows take dtype=object, and the number -1 in it.")
        return np.ones(len(y), bool)
    return np.asarray(y != UNLABELED, bool)


def _data(x: Floats, y: np.ndarray) -> tuple[np.ndarray, Data]:
    """Returns the classes, sorted, and the rows as training takes them. Raises ValueError where they cannot be
    trained on."""
    known = _known(y)
    check_classification_targets(y[known])
    if not known.any():
        raise ValueError("No row has a label: all of y is -1.")
    classes, codes = np.unique(y[known], return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"LadderClassifier needs two classes or more: all labels are of one class, {classes[0]}.")
    numbers = np.full(len(y), UNLABELED, np.int64)
    numbers[known] = codes
    given: Ints | None = None if known.all() else np.flatnonzero(known)
    names = tuple(map(str, classes))
    return classes, Data("rows", x, numbers, x[:0], numbers[:0], names, given=given)


def _sentence(problem: Problem) -> str:
    """A problem in words, with the parameter's name as it is here."""
    name = problem.values.get("name")
    named = {"name": f"parameter {NAMES.get(str(name), name)}"} if name is not None else {}
    return i18n.problem(Problem(problem.key, **problem.values | named), "en")
