"""What a lesson compares (teaching/lesson.py): one number of a trained network, by name.

The names are in lesson.QUANTITIES. Everything is measured on the test rows, of which training sees none, except the
costs, which are those of training.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ladder.analysis import measures, readers, snapshot
from ladder.arrays import Floats, Ints
from ladder.data.rows import Data
from ladder.models import ladder
from ladder.models.fitting import fit_rows
from ladder.recipe.contestants import Contestant
from ladder.settings import Live, Structure
from ladder.training.train import Metrics, State, layout_for

LAST = 100  # updates over which training's costs are averaged
JACOBIAN_ROWS = 200  # test rows over which the Jacobian is averaged


@dataclass(frozen=True)
class Trained:
    """A contestant after some updates. `metrics`: of these updates, in order."""

    contestant: Contestant
    state: State
    structure: Structure
    live: Live
    data: Data
    metrics: Metrics

    @property
    def reader(self) -> readers.Reader:
        """Returns the reader of the network."""
        return readers.reader(self.contestant, self.state, self.structure, self.live, self.data)

    @property
    def parameters(self) -> dict[str, torch.Tensor]:
        """Returns the ladder's parameters by name."""
        return layout_for(self.structure, self.data).unpack(torch.from_numpy(self.state.theta))


def _wrong(probabilities: Floats, trained: Trained) -> float:
    return float((probabilities.argmax(1) != trained.data.y_test).mean())


def test_error(trained: Trained) -> float:
    """Returns the share of the test rows that the clean path classifies wrongly, a fraction."""
    return _wrong(trained.reader.probabilities(trained.data.x_test), trained)


def error_of_batches(trained: Trained, n: int) -> float:
    """Returns the test error of a ladder whose batch normalisation takes the statistics of each batch of `n` test rows,
    and not those of the training rows. The rows are in an order that is drawn once for all runs."""
    return _error_in_order(trained, np.random.default_rng(0).permutation(len(trained.data.x_test)), n)


def error_of_class_batches(trained: Trained) -> float:
    """Returns the same for batches of 20 rows that are sorted by class, so that most batches have one class only."""
    return _error_in_order(trained, np.argsort(trained.data.y_test, kind="stable"), 20)


def _error_in_order(trained: Trained, order: Ints, n: int) -> float:
    p, x = trained.parameters, torch.from_numpy(trained.data.x_test[order])
    with torch.no_grad():
        made = [ladder.encode(p, rows, trained.structure.activation).h[-1].numpy() for rows in x.split(n)]
    return float((np.concatenate(made).argmax(1) != trained.data.y_test[order]).mean())


def noisy_error(trained: Trained) -> float:
    """Returns the test error of a ladder's noisy path, which has the noise of training, with the statistics of a noisy
    pass over the rows that normalise predictions."""
    usual = fit_rows(trained.structure, trained.live, trained.data)
    x_fit, x = (torch.from_numpy(rows) for rows in (usual, trained.data.x_test))
    p, activation, std = trained.parameters, trained.structure.activation, trained.live.noise_std
    widths = layout_for(trained.structure, trained.data).widths
    drawn = snapshot.probe_noise(trained.structure, widths, len(x_fit) + len(x), std)
    with torch.no_grad():
        fit = ladder.encode(p, x_fit, activation, [noise[: len(x_fit)] for noise in drawn])
        found = ladder.encode_by(p, fit, x, activation, [noise[len(x_fit) :] for noise in drawn])[1][-1]
    return _wrong(found.numpy(), trained)


def cost(trained: Trained, layer: int) -> float:
    """Returns a ladder's denoising cost of a layer, its mean over the LAST updates."""
    return float(trained.metrics["denoising"][-LAST:, layer].mean())


def costs(trained: Trained) -> float:
    """Returns the sum of a ladder's denoising costs of all layers, its mean over the LAST updates."""
    return float(trained.metrics["denoising"][-LAST:].sum(1).mean())


def cost_by_variance(trained: Trained, layer: int) -> float:
    """Returns the denoising cost of a layer on the probe (snapshot.probe) as popular code computes it: the estimate
    less the mean is divided by the clean path's variance, where the definition divides by the standard deviation. The
    input's estimate is not normalised, in either."""
    clean, _, _, z_hat, _, _ = snapshot.probe(trained.state, trained.structure, trained.live, trained.data)
    std = clean.std[layer]
    made = z_hat[0] if std is None else clean.normalise(z_hat[layer], layer) / std
    return float(((clean.z[layer] - made) ** 2).mean())


def cost_by_definition(trained: Trained, layer: int) -> float:
    """Returns the denoising cost of a layer on the probe, as the definition has it."""
    return float(snapshot.probe(trained.state, trained.structure, trained.live, trained.data)[-1][layer])


def gain(trained: Trained, layer: int) -> float:
    """Returns a ladder's denoising gain of a layer (snapshot.gain)."""
    return float(snapshot.gain(trained.state, trained.structure, trained.live, trained.data)[layer])


def contraction(trained: Trained) -> float:
    """Returns ||d code / d x||_F^2, the mean over JACOBIAN_ROWS test rows (Rifai et al. 2011, eq. 2)."""
    J = trained.reader.jacobian(trained.data.x_test[:JACOBIAN_ROWS])
    return float((J**2).sum((1, 2)).mean())


def saturated(trained: Trained) -> float:
    """Returns the share of the code's values at which its activation hardly has a slope; 0 for an activation whose
    slope never vanishes (measures.saturated)."""
    units = trained.contestant.code_activation
    return measures.saturated(trained.reader, trained.data.x_test, units) or 0.0


def weight_size(trained: Trained) -> float:
    """Returns the root of the mean squared weight of the first layer."""
    return float(np.sqrt((trained.reader.first_weights**2).mean()))


MEASURES: dict[str, Callable[[Trained], float]] = {
    "test_error": test_error,
    "noisy_error": noisy_error,
    "error_of_batches_20": lambda trained: error_of_batches(trained, 20),
    "error_of_batches_500": lambda trained: error_of_batches(trained, 500),
    "error_of_class_batches": error_of_class_batches,
    "costs": costs,
    "contraction": contraction,
    "saturated": saturated,
    "weight_size": weight_size,
}
LAYER_MEASURES: dict[str, Callable[[Trained, int], float]] = {
    "cost": cost,
    "gain": gain,
    "cost_by_variance": cost_by_variance,
    "cost_by_definition": cost_by_definition,
}


def measure(trained: Trained, name: str) -> float:
    """Returns the quantity `name`: one of lesson.QUANTITIES, or one of lesson.LAYER_QUANTITIES with the layer's number
    in brackets, as in "cost[0]"."""
    kind, _, layer = name.rstrip("]").partition("[")
    return LAYER_MEASURES[kind](trained, int(layer)) if layer else MEASURES[kind](trained)
