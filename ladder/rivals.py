"""Training of the networks that stand beside the ladder: the contract of training.train, for any Contestant.

Batches, their order and their noise are the ladder's, functions of (weight seed, update); so are Adam, the learning
rate and the number of updates.
"""

import numpy as np
import torch

from ladder import noise, training
from ladder.contestants import AUTOENCODERS, Contestant
from ladder.datasets import Data
from ladder.models import autoencoders, ladder, semi
from ladder.models.ladder import Layout
from ladder.settings import Live, Structure
from ladder.training import Lanes, State


def layout_for(contestant: Contestant, structure: Structure, data: Data) -> Layout:
    """The places of a contestant's parameters."""
    if contestant.model in AUTOENCODERS:
        return autoencoders.layout(contestant, structure, data.n_features, data.n_classes)
    return training.layout_for(structure, data)


def initial(contestant: Contestant, structure: Structure, data: Data) -> State:
    """The state before the first update. What has the ladder's encoder starts from the ladder's weights."""
    if contestant.model not in AUTOENCODERS:
        encoder_only = contestant.family == "network" or contestant.model in ("supervised", "supervised_noise")
        return training.initial(structure, data, "supervised" if encoder_only else "ladder")
    where = layout_for(contestant, structure, data)
    theta = autoencoders.initial(where, noise.generator(structure.weight_seed, noise.INITIAL))
    return State(theta, np.zeros_like(theta), np.zeros_like(theta))


def n_parameters(contestant: Contestant, structure: Structure, data: Data) -> dict[str, int]:
    """Trained numbers of `encoder`, `decoder` and `head`, the softmax layer. Γ's decoder is at the top only."""
    where, theta = layout_for(contestant, structure, data), initial(contestant, structure, data).theta
    top = len(where.widths) - 1
    found = {"encoder": 0, "decoder": 0, "head": 0}
    for name, view in where.unpack(theta).items():
        kind, level = name.rstrip("0123456789"), int(name.lstrip("abegmtVWc"))
        if contestant.model != "gamma" or kind not in "Vg" or name == f"g{top}":
            found["decoder" if kind in "Vcg" else "head" if level == top else "encoder"] += view.size
    return found


def train(states, contestants, structures, lives, data: Data, n_updates: int, device: str = "cpu"):
    """Advance each lane by `n_updates`, as training.train does; the metrics are `objective` and the model's named
    costs, each (n,) and without its weight. `contestants`: of the family "network", one for each lane."""
    where = training.device_of(device)

    def build(states, contestants, structures, lives):
        kind = _AutoencoderLanes if contestants[0].model in AUTOENCODERS else _SemiLanes
        return kind(states, contestants[0], structures, lives, data, where)

    keys = [
        (contestant, structure.widths, structure.activation, training.batch_sizes(live, data))
        for contestant, structure, live in zip(contestants, structures, lives, strict=True)
    ]
    return training.run(build, keys, (states, contestants, structures, lives), n_updates, device)


class _RivalLanes(Lanes):
    """By automatic differentiation; noise stays standard normal, for each model to use in its way."""

    def __init__(self, states, contestant: Contestant, structures, lives, data: Data, device):
        super().__init__(states, structures, lives, data, layout_for(contestant, structures[0], data), True, device)
        self.contestant = contestant
        self.unit_stds = torch.ones_like(self.unit_stds)
        self.names = []  # as soon as there are costs

    def costs_and_gradient(self, batches):
        """See Lanes."""
        x_labeled, y, x = self.batch(batches)
        drawn = [part.transpose(1, 2) for part in self.noise.split(self.where.widths, 1)]
        by_label, by_row = ([part[:, rows] for part in drawn] for rows in (slice(self.n_u, None), slice(self.n_u)))
        theta = self.theta.detach().requires_grad_(True)
        costs, weights = self.costs(self.where.unpack(theta), x_labeled, y, x, by_label, by_row)
        objective = sum(weights[name] * cost for name, cost in costs.items())
        (gradient,) = torch.autograd.grad(objective.sum(), theta)
        self.names = [*costs, "objective"]
        return torch.stack([*costs.values(), objective], -1).detach(), gradient

    def metrics(self, i: int, table: np.ndarray) -> dict:
        """A column for each name."""
        return dict(zip(self.names, table.T, strict=True)) if len(table) else {}


class _AutoencoderLanes(_RivalLanes):
    """The classifier is trained along only where it is asked for ("joint"); else its weights stay as they are."""

    def __init__(self, states, contestant, structures, lives, data, device):
        super().__init__(states, contestant, structures, lives, data, device)
        self.stale = None
        if contestant.stale_weights:
            first = [initial(contestant, structure, data).theta for structure in structures]
            self.stale = self.where.unpack(self._stack(first))["W1"]

    def costs(self, p, x_labeled, y, x, by_label, by_row):
        """Named costs (lanes,) and their weights."""
        costs = autoencoders.costs(p, x, by_row, self.contestant, self.stale)
        if self.contestant.classify == "joint":
            code = autoencoders.encode(p, x_labeled, self.contestant)[-1]
            probabilities = torch.softmax(autoencoders.logits(p, code), -1)
            costs = {"supervised": ladder.supervised_cost(probabilities, y)} | costs
        return costs, autoencoders.weights(self.contestant)


class _SemiLanes(_RivalLanes):
    """The twin's supervised cost, and what the unlabelled rows add."""

    def __init__(self, states, contestant, structures, lives, data, device):
        super().__init__(states, contestant, structures, lives, data, device)
        self.stds = self._tensor([live.noise_std for live in lives])[:, :, None, None]

    def costs(self, p, x_labeled, y, x, by_label, by_row):
        """Named costs (lanes,) and their weights."""
        activation = self.structures[0].activation
        scaled = [[part * self.stds[:, l] for l, part in enumerate(parts)] for parts in (by_label, by_row)]
        labeled = ladder.encode(p, x_labeled, activation, scaled[0])
        costs = {"supervised": ladder.supervised_cost(labeled.h[-1], y)}
        if self.contestant.model == "vat":
            costs["vat"] = semi.vat(p, x, by_row[0], self.contestant, activation)
        else:
            costs["pseudo_label"] = semi.pseudo_label(p, x, scaled[1], activation)
        growing = self._tensor([semi.ramp(self.contestant, state.update) for state in self.states])
        return costs, {"supervised": 1.0, self.contestant.model: growing}


def live_parts(contestant: Contestant, structure: Structure, live: Live, data: Data) -> list[str]:
    """The names of the costs that a network's training reports, found by trying one update."""
    state = initial(contestant, structure, data)
    _, (metrics,) = train([state], [contestant], [structure], [live], data, 1)
    return [name for name in metrics if name not in ("objective", "bad")]
