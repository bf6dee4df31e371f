"""A trained ladder as the constants that its predictions need, and the predictions, with NumPy alone.

Training normalises by the statistics of a batch, prediction by those of the training inputs, layer by layer
(analysis/snapshot.py). Here these statistics are constants, so that no training row is needed any more.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ladder.arrays import Arrays, Floats
from ladder.data.rows import Data
from ladder.models.fitting import fit_rows
from ladder.models.shapes import EPS, LEAKY_SLOPE, encoder_shapes
from ladder.settings import Live, Structure

ROWS_TOGETHER = 4096  # in a prediction: more rows would take more memory, and no less time

ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "relu": lambda h: np.maximum(h, 0),
    "leaky_relu": lambda h: np.where(h > 0, h, LEAKY_SLOPE * h),
    "tanh": np.tanh,
}


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer's constants, m units above m_below: `weights` (m_below, m) and `beta` (m,) float32, `gamma` (m,)
    float32 or None where it has none, and the statistics `mean` and `std` (m,) float64 of the training inputs'
    pre-activations."""

    weights: Floats
    mean: Floats
    std: Floats
    beta: Floats
    gamma: Floats | None

    def __call__(self, h: Floats) -> Floats:
        """Returns gamma (z + beta) (n, m) of the activations h (n, m_below) of the layer below."""
        shifted: Floats = (h @ self.weights.astype(np.float64) - self.mean) / self.std + self.beta
        return shifted if self.gamma is None else shifted * self.gamma


@dataclass(frozen=True, eq=False)
class Frozen:
    """A trained encoder. `layers`: from the first hidden layer to the classes. `class_names`: of the K classes;
    `feature_names`: of the d values in a row, empty where they have none. `scale`: Data.scale, the mean and the std
    (d,) by which rows were standardised before the training, None where rows go in as they were measured."""

    layers: tuple[Layer, ...]
    activation: str
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...] = ()
    scale: tuple[Floats, Floats] | None = None

    @property
    def n_features(self) -> int:
        """Returns d, the number of values in a row."""
        return int(self.layers[0].weights.shape[0])

    def standardised(self, measured: Floats) -> Floats:
        """Returns rows (n, d) float32 as training had them, of rows in the units in which they were measured."""
        if self.scale is None:
            return np.asarray(measured, np.float32)
        mean, std = self.scale
        found: Floats = ((measured - mean) / std).astype(np.float32)
        return found

    def activations(self, x: Floats, l: int) -> Floats:
        """Returns the activations (n, m_l) float64 of layer l of rows x (n, d) as training had them. l = 0 is the
        input, l = L are the class probabilities. The answer for a row never depends on other rows."""
        parts = [self._activations(x[i : i + ROWS_TOGETHER], l) for i in range(0, len(x), ROWS_TOGETHER)]
        return np.concatenate(parts) if parts else np.zeros((0, self.widths[l]))

    @property
    def widths(self) -> tuple[int, ...]:
        """Returns m_0..m_L: the number of values in a row, the hidden layers' units, the number of classes."""
        return self.n_features, *(layer.weights.shape[1] for layer in self.layers)

    def _activations(self, x: Floats, l: int) -> Floats:
        h: Floats = x.astype(np.float64)
        for k, layer in enumerate(self.layers[:l], 1):
            h = softmax(layer(h)) if k == len(self.layers) else ACTIVATIONS[self.activation](layer(h))
        return h

    def probabilities(self, x: Floats) -> Floats:
        """Returns P(y | x) (n, K) float64 of rows x (n, d) as training had them, see `standardised`."""
        return self.activations(x, len(self.layers))

    def arrays(self) -> Arrays:
        """Returns all constants by name, float32: W1, mean1, std1, beta1, gamma1 of layer 1, and so on, and scale_mean
        and scale_std where rows are standardised."""
        found: Arrays = {}
        if self.scale is not None:
            found |= {"scale_mean": self.scale[0], "scale_std": self.scale[1]}
        for l, layer in enumerate(self.layers, 1):
            found |= {f"W{l}": layer.weights, f"mean{l}": layer.mean, f"std{l}": layer.std, f"beta{l}": layer.beta}
            found |= {} if layer.gamma is None else {f"gamma{l}": layer.gamma}
        return {name: np.ascontiguousarray(array, np.float32) for name, array in found.items()}


def softmax(logits: Floats) -> Floats:
    """Returns the probabilities (n, K) of logits (n, K)."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    found: Floats = powers / powers.sum(1, keepdims=True)
    return found


def freeze(theta: Floats, structure: Structure, live: Live, data: Data) -> Frozen:
    """Returns the encoder of a ladder with the parameters `theta` (n_parameters,), or of a twin, that was trained on
    `data` with the choices `live`. Its statistics are those of fitting.fit_rows. Computes them in double precision, so
    that probabilities differ from those of analysis/snapshot.py by rounding."""
    widths = (data.n_features, *structure.widths, data.n_classes)
    parameters = dict(_unpacked(theta, widths, structure.activation))
    layers: list[Layer] = []
    h: Floats = fit_rows(structure, live, data).astype(np.float64)
    for l in range(1, len(widths)):
        weights = parameters[f"W{l}"]
        a = h @ weights.astype(np.float64)
        mean, std = a.mean(0), np.sqrt(a.var(0) + EPS)
        layers.append(Layer(weights, mean, std, parameters[f"beta{l}"], parameters.get(f"gamma{l}")))
        if l < len(widths) - 1:
            h = ACTIVATIONS[structure.activation](layers[-1](h))
    return Frozen(tuple(layers), structure.activation, data.class_names, data.feature_names, data.scale)


def _unpacked(theta: Floats, widths: tuple[int, ...], activation: str) -> Iterator[tuple[str, Floats]]:
    start = 0
    for name, shape in encoder_shapes(widths, activation).items():
        size = math.prod(shape)
        yield name, theta[start : start + size].reshape(shape).copy()  # else the decoder's weights would stay too
        start += size
