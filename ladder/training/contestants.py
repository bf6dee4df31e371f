"""Training of every contestant that trains, by the contract of training.train.

Batches, their order and their noise are the ladder's, functions of (weight seed, update); so are Adam, the learning
rate and the number of updates.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from ladder.arrays import Floats
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.models import autoencoders, semi
from ladder.models.ladder import Layout
from ladder.models.network import Batch, Network
from ladder.recipe import contestants as registry
from ladder.recipe.contestants import Contestant
from ladder.settings import Live, Structure
from ladder.training import train as training
from ladder.training.train import Lanes, Metrics, State

NETWORKS = autoencoders.NETWORKS | semi.NETWORKS
TWINS = ("twin", "supervised", "supervised_noise")  # the ladder's encoder alone


@lru_cache(maxsize=64)
def _network(contestant: Contestant, structure: Structure, n_features: int, n_classes: int) -> Network:
    registry.check(contestant, structure)
    return NETWORKS[contestant.model](contestant, structure, n_features, n_classes)


def network(contestant: Contestant, structure: Structure, data: Data) -> Network:
    """Returns the network of a contestant of the family "network". Raises Problem as recipe.contestants.check does."""
    return _network(contestant, structure, data.n_features, data.n_classes)


def layout_for(contestant: Contestant, structure: Structure, data: Data) -> Layout:
    """Returns the places of the parameters of a contestant of the family "ladder" or "network". Raises Problem as
    `network` does."""
    if contestant.family == "network":
        return network(contestant, structure, data).where
    return training.layout_for(structure, data)


def initial(contestant: Contestant, structure: Structure, data: Data) -> State:
    """Returns the state before the first update. A model with the ladder's encoder starts from the ladder's weights.
    Raises Problem as `network` does."""
    if contestant.family == "ladder":
        return training.initial(structure, data, ladder_model(contestant))
    theta = network(contestant, structure, data).initial(structure.weight_seed)
    return State(theta, np.zeros_like(theta), np.zeros_like(theta))


def ladder_model(contestant: Contestant) -> str:
    """Returns the `model` of training.train, "ladder" or "supervised", for a contestant of the family "ladder"."""
    return "supervised" if contestant.model in TWINS else "ladder"


def n_parameters(contestant: Contestant, structure: Structure, data: Data) -> dict[str, int]:
    """Returns the number of trained parameters of `encoder`, `decoder` and `head`, the softmax layer. The gamma-model's
    decoder is g at the top alone. Raises Problem as `network` does."""
    where, length = layout_for(contestant, structure, data), len(initial(contestant, structure, data).theta)
    top = str(len(where.widths) - 1)
    found = {"encoder": 0, "decoder": 0, "head": 0}
    for name, (start, shape) in where.places.items():
        if start < where.n_encoder:
            found["head" if name.endswith(top) else "encoder"] += int(np.prod(shape))
        elif start < length and (contestant.model != "gamma" or name == f"g{top}"):
            found["decoder"] += int(np.prod(shape))
    return found


def train(
    states: Sequence[State],
    contestants: Sequence[Contestant],
    structures: Sequence[Structure],
    lives: Sequence[Live],
    data: Data,
    n_updates: int,
    device: str = "cpu",
) -> tuple[list[State], list[Metrics]]:
    """Advances each lane by `n_updates`. Returns (new states, metrics), by the contract of training.train, for any mix
    of contestants of the families "ladder" and "network". Lanes of equal contestants and shapes share their operations.

    A network's metrics are `objective` and the model's named costs before their weights, each (n_updates,) float32:
    `supervised`; `reconstruction`, the mean per input value; `contraction`, `hessian`, `kl`, `pseudo_label`, `vat`,
    means over the rows; `weight_decay`, the sum of the squared weights. A ladder's are those of training.train.

    Raises Problem "no_device", and as protocol.seen and `network` do.
    """
    lanes = list(zip(states, contestants, structures, lives, strict=True))
    kinds = [one.model if one.family == "network" else ladder_model(one) for one in contestants]
    found: dict[int, tuple[State, Metrics]] = {}
    for kind in dict.fromkeys(kinds):
        members = [i for i, other in enumerate(kinds) if other == kind]
        before, models, shapes, choices = zip(*(lanes[i] for i in members), strict=True)
        if kind in NETWORKS:
            after, metrics = _train_networks(before, models, shapes, choices, data, n_updates, device)
        else:
            after, metrics = training.train(before, shapes, choices, data, n_updates, kind, device)
        found |= dict(zip(members, zip(after, metrics, strict=True), strict=True))
    return [found[i][0] for i in range(len(lanes))], [found[i][1] for i in range(len(lanes))]


def train_one(
    contestant: Contestant, state: State, structure: Structure, live: Live, data: Data, n: int, device: str = "cpu"
) -> tuple[State, Metrics]:
    """Returns (state, metrics) after n more updates of one contestant of the family "ladder" or "network". Raises
    Problem as `train` does."""
    (state,), (metrics,) = train([state], [contestant], [structure], [live], data, n, device)
    return state, metrics


def columns(stretches: Iterable[Metrics]) -> dict[str, list[Floats]]:
    """Returns the costs by name, for each a list with its values (n,) in each stretch. "denoising" (n, L + 1) becomes
    "denoising/0" to "denoising/L". A stretch is the metrics of one call of `train`. A stretch of no updates has all
    names too."""
    found: dict[str, list[Floats]] = {}
    for metrics in stretches:
        for name, values in metrics.items():
            named = {name: values} if values.ndim == 1 else {f"{name}/{l}": column for l, column in enumerate(values.T)}
            for one, column in named.items():
                found.setdefault(one, []).append(column)
    return found


def _train_networks(
    states: Sequence[State],
    contestants: Sequence[Contestant],
    structures: Sequence[Structure],
    lives: Sequence[Live],
    data: Data,
    n_updates: int,
    device: str,
) -> tuple[list[State], list[Metrics]]:
    where = training.device_of(device)

    def build(
        states: list[State], contestants: list[Contestant], structures: list[Structure], lives: list[Live]
    ) -> Lanes:
        return _NetworkLanes(states, network(contestants[0], structures[0], data), structures, lives, data, where)

    keys = [
        (contestant, structure.widths, structure.activation, _sizes(structure, live, data))
        for contestant, structure, live in zip(contestants, structures, lives, strict=True)
    ]
    return training.run(build, keys, (states, contestants, structures, lives), n_updates, device)


def _sizes(structure: Structure, live: Live, data: Data) -> tuple[int, int]:
    return training.batch_sizes(live.batch_size, seen(data, structure, live.n_labeled))


class _NetworkLanes(Lanes):
    """Networks, by automatic differentiation. The noise is left standard normal, as each model scales it by itself."""

    def __init__(
        self,
        states: Sequence[State],
        net: Network,
        structures: Sequence[Structure],
        lives: Sequence[Live],
        data: Data,
        device: torch.device,
    ):
        super().__init__(states, structures, lives, data, net.where, True, device)
        self.net, self.costs_named = net, tuple(net.weights(0))
        self.names = [*self.costs_named, "objective"]
        self.unit_stds = torch.ones_like(self.unit_stds)
        self.noise_std = self._tensor([live.noise_std for live in lives])[:, :, None, None]
        self.first: dict[str, Tensor] = {}
        if net.needs_first:
            self.first = net.where.unpack(self._stack([net.initial(one.weight_seed) for one in structures]))

    def costs_and_gradient(self, batches: list[training.Batch]) -> tuple[Tensor, Tensor]:
        """See Lanes."""
        x_labeled, y, x = self.batch(batches)
        assert x is not None, "its lanes have unlabelled rows"
        drawn = [part.transpose(1, 2) for part in self.noise.split(self.where.widths, 1)]
        by_label, by_row = ([part[:, rows] for part in drawn] for rows in (slice(self.n_u, None), slice(self.n_u)))
        theta = self.theta.detach().requires_grad_(True)
        batch = Batch(x_labeled, y, x, by_label, by_row, self.noise_std, self.first)
        costs = torch.stack([*self._named(self.net.costs(self.where.unpack(theta), batch))], -1)
        weights = self._tensor([list(self.net.weights(state.update).values()) for state in self.states])
        objective = (weights * costs).sum(-1, keepdim=True)
        (gradient,) = torch.autograd.grad(objective.sum(), theta)
        return torch.cat([costs, objective], -1).detach(), gradient

    def _named(self, costs: dict[str, Tensor]) -> list[Tensor]:
        assert tuple(costs) == self.costs_named
        return list(costs.values())

    def metrics(self, i: int, table: Floats) -> Metrics:
        """See Lanes. The columns of `table` are those of `names`."""
        return Metrics(zip(self.names, np.ascontiguousarray(table.T), strict=True))
