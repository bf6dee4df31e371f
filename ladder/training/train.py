"""Training as a pure function of plain data: train(states, settings, data, n_updates) -> states, metrics.

All that a run remembers is in its State, so that pausing, replaying to the same bits, copying, checkpoints and a lost
worker need no further machinery. Noise and batches are functions of (seed, update): noise.py. The supervised twin is
the same network without its decoder. Its encoder weights, batches and noise are the ladder's, so that with all lambdas
0 twin and ladder train to the same bits. What a state shows (test error, denoising gain, pictures) is in
analysis/snapshot.py.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ladder import noise
from ladder.arrays import Floats, Ints, Numbers
from ladder.data.protocol import Seen, key_of, seen
from ladder.data.rows import Data
from ladder.models import ladder
from ladder.problems import Problem
from ladder.settings import Live, Structure
from ladder.training import fast, kernels
from ladder.training.normal import normal

BETA1, BETA2, ADAM_EPS = 0.9, 0.999, 1e-8  # CuriousAI/ladder, run.py
LANES_TOGETHER = 8  # on a processor: more lanes lose in the cache what they save in calls
MODELS = ("ladder", "supervised")


class Metrics(dict[str, Floats]):
    """The costs of a lane's n updates by name: a ladder's are "supervised" (n,), "denoising" (n, L + 1) before its
    weights, and "objective" (n,); a network's are named in contestants.train.

    `bad`: (update, quantity) of the first number that is not finite, None where all are finite. The first update
    of a run has the number 1 here. The quantity is the name of a cost, or "theta" or "adam_v".
    """

    bad: tuple[int, str] | None = None


@dataclass(frozen=True)
class State:
    """All of one lane: parameters and Adam's moments (n_parameters,) float32, and counters. `update`: how many updates
    came before."""

    theta: Floats
    adam_m: Floats
    adam_v: Floats
    update: int = 0
    seen_labeled: int = 0  # examples drawn so far, also where the next batch begins
    seen_unlabeled: int = 0


def layout_for(structure: Structure, data: Data) -> ladder.Layout:
    """Returns the places of the ladder's parameters for this data."""
    return ladder.layout(structure, data.n_features, data.n_classes)


def initial(structure: Structure, data: Data, model: str = "ladder") -> State:
    """Returns the state before the first update. `model`: one of MODELS; the weights of the "supervised" twin are those
    of the ladder's encoder."""
    where = layout_for(structure, data)
    theta = ladder.initial(structure, where, noise.generator(structure.weight_seed, noise.INITIAL))
    if model == "supervised":
        theta = theta[: where.n_encoder].copy()
    return State(theta, np.zeros_like(theta), np.zeros_like(theta))


def device_of(name: str) -> torch.device:
    """Returns the device of this name, "cpu", "cuda", "cuda:1" or "mps"; for "auto" CUDA or MPS where present, else the
    processor. Raises Problem "no_device" where PyTorch finds no such device."""
    found = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if found[kind])
    device = None
    with suppress(RuntimeError):  # no name of a device
        device = torch.device(name)
    if device is None or not found.get(device.type) or (device.index or 0) >= _n_devices(device.type):
        raise Problem("no_device", name=name[:40], found=", ".join(kind for kind, there in found.items() if there))
    return device


def _n_devices(kind: str) -> int:
    return torch.cuda.device_count() if kind == "cuda" else 1


@dataclass(frozen=True)
class Batch:
    """What one update of one lane sees. Noise is one flat standard normal draw for each stream."""

    x_labeled: Floats  # (n_s, d)
    y: Ints  # (n_s,)
    x: Floats | None  # (n_u, d); None for the supervised twin
    noise_labeled: Floats  # (sum of widths * n_s,)
    noise: Floats | None  # (sum of widths * n_u,); None for the supervised twin


def batch_sizes(batch_size: int, pool: Seen) -> tuple[int, int]:
    """Returns the number of labelled and of unlabelled rows of an update: each the batch size, or all rows of the kind
    where these are fewer. Every row in use may serve as an unlabelled one."""
    return min(batch_size, len(pool.labeled)), min(batch_size, len(pool.used))


def draw_batch(state: State, seed: int, live: Live, data: Data, pool: Seen, total: int, decoder: bool) -> Batch:
    """Returns the batch of the update number `state.update`. `seed`: the weight seed; `pool`: the rows and labels of
    the run; `total`: the sum of all widths, the input's included; `decoder`: whether the batch has unlabelled rows."""
    n_s, n_u = batch_sizes(live.batch_size, pool)
    labeled, told = pool.labeled, pool.told
    if n_s < len(labeled):
        drawn = noise.draw_rows(seed, noise.LABELED_ORDER, state.seen_labeled, len(labeled), n_s)
        labeled, told = labeled[drawn], told[drawn]
    by_label = normal(seed, noise.LABELED_NOISE, state.update, n_s * total)
    if not decoder:
        return Batch(data.x[labeled], told, None, by_label, None)
    drawn = noise.draw_rows(seed, noise.UNLABELED_ORDER, state.seen_unlabeled, len(pool.used), n_u)
    return Batch(
        data.x[labeled],
        told,
        data.x[pool.used[drawn]],
        by_label,
        normal(seed, noise.UNLABELED_NOISE, state.update, n_u * total),
    )


def _position(state: State) -> tuple[int, int, int]:
    """Returns how far a run is in its draws: equal seeds and positions give equal batches."""
    return state.update, state.seen_labeled, state.seen_unlabeled


def split_noise(flat: Tensor, widths: Sequence[int], n_rows: int, noise_std: Tensor) -> list[Tensor]:
    """Returns flat (lanes, sum of widths * n_rows) as a list over l of views (lanes, m_l, n_rows), after `flat` has
    been multiplied in place by noise_std (lanes, L + 1)."""
    parts, start = [], 0
    for l, width in enumerate(widths):
        part = flat[:, start : start + n_rows * width].view(len(flat), width, n_rows)
        parts.append(part.mul_(noise_std[:, l, None, None]))
        start += n_rows * width
    return parts


def adam(theta: Tensor, m: Tensor, v: Tensor, gradient: Tensor, rates: list[float], updates: list[int]) -> None:
    """Makes one step of Adam (as in torch.optim) in place on theta, m and v of the lanes, (G, n_parameters) each.
    `rates` (G,): learning rates. `updates` (G,): how many updates came before.

    In the order of Kingma & Ba 2015, end of section 2: the bias corrections go into the rate and into epsilon.
    """
    # Python's powers: NumPy's give other bits where NumPy was loaded for a wider processor.
    roots = np.sqrt([1 - BETA2 ** (update + 1) for update in updates])
    sizes, epsilons = np.asarray(rates) * roots / [1 - BETA1 ** (update + 1) for update in updates], ADAM_EPS * roots
    if theta.device.type == "cpu":
        kernels.adam(theta.numpy(), m.numpy(), v.numpy(), gradient.numpy(), sizes, epsilons, BETA1, BETA2)
        return
    size, eps = (torch.as_tensor(part[:, None], dtype=theta.dtype).to(theta.device) for part in (sizes, epsilons))
    m.lerp_(gradient, 1 - BETA1)
    v.mul_(BETA2).addcmul_(gradient, gradient, value=1 - BETA2)
    theta.sub_(m.mul(size).div_(v.sqrt().add_(eps)))


class Lanes:
    """Lanes of one shape while they advance: stacked copies of the states, so that the caller's stay as they are.
    Raises Problem as protocol.seen does.

    A subclass sets `names`, a name for each of its k costs. `where`: the places of the parameters. `unlabeled`: whether
    the batches have rows without labels.
    """

    names: list[str]

    def __init__(
        self,
        states: Sequence[State],
        structures: Sequence[Structure],
        lives: Sequence[Live],
        data: Data,
        where: ladder.Layout,
        unlabeled: bool,
        device: torch.device,
    ):
        self.states, self.structures, self.lives, self.data = list(states), structures, lives, data
        self.device, self.unlabeled, self.where = device, unlabeled, where
        self.total = sum(self.where.widths)
        self.theta, self.m, self.v = (
            self._stack([getattr(s, k) for s in states]) for k in ("theta", "adam_m", "adam_v")
        )
        stds = np.repeat([live.noise_std for live in lives], self.where.widths, axis=1)
        self.unit_stds = self._tensor(stds)[:, :, None]
        self.pools = [seen(data, one, live.n_labeled) for one, live in zip(structures, lives, strict=True)]
        self.n_s, self.n_u = batch_sizes(lives[0].batch_size, self.pools[0])
        n_rows = self.n_s + (self.n_u if unlabeled else 0)
        # filled anew at each update, labelled rows last
        self.noise = torch.empty((len(lives), self.total, n_rows), device=device)
        self.labeled: tuple[Tensor, Tensor] | None = None  # the labelled rows of the last batch, and their classes

    def costs_and_gradient(self, batches: list[Batch]) -> tuple[Tensor, Tensor]:
        """Returns the costs (lanes, k) of one batch for each lane, and the gradient (lanes, n_parameters) of each
        lane's objective with respect to theta."""
        raise NotImplementedError

    def metrics(self, i: int, table: Floats) -> Metrics:
        """Returns the metrics of lane i, made from `table`, the costs (n, k) of its n updates."""
        raise NotImplementedError

    def _tensor(self, values: ArrayLike) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)

    def _stack(self, arrays: Iterable[Numbers]) -> Tensor:
        return torch.stack([torch.from_numpy(array) for array in arrays]).to(self.device)

    def advance(self) -> Floats:
        """Makes one update of every lane. Returns its costs (lanes, k)."""
        lanes = list(zip(self.states, self.structures, self.lives, self.pools, strict=True))
        costs, gradient = self.costs_and_gradient(self._draw(lanes))
        updates = [state.update for state in self.states]
        rates = [live.rate_at(update) for live, update in zip(self.lives, updates, strict=True)]
        adam(self.theta, self.m, self.v, gradient, rates, updates)
        self.states = [
            replace(
                state,
                update=state.update + 1,
                seen_labeled=state.seen_labeled + self.n_s,
                seen_unlabeled=state.seen_unlabeled + self.n_u,
            )
            for state in self.states
        ]
        told: Floats = costs.cpu().numpy()
        return told

    def _draw(self, lanes: list[tuple[State, Structure, Live, Seen]]) -> list[Batch]:
        """Returns a batch for each lane. Lanes of equal seeds and rows, as a sweep has them, share one."""
        drawn: dict[object, Batch] = {}
        batches = []
        for state, structure, live, pool in lanes:
            key = structure.weight_seed, key_of(structure), live.n_labeled, _position(state)
            if key not in drawn:
                seed = structure.weight_seed
                drawn[key] = draw_batch(state, seed, live, self.data, pool, self.total, self.unlabeled)
            batches.append(drawn[key])
        return batches

    def batch(self, batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor | None]:
        """Returns the lanes' batches as tensors: x_labeled (G, n_s, d), its classes (G, n_s) and x (G, n, d), which is
        None without unlabelled rows. Writes their noise, the labelled rows' last, into self.noise
        (G, sum of widths, n + n_s)."""
        n, stds = self.n_u if self.unlabeled else 0, self.unit_stds
        for lane, batch in enumerate(batches):
            drawn = torch.from_numpy(batch.noise_labeled).view(self.total, self.n_s).to(self.device)
            torch.mul(drawn, stds[lane], out=self.noise[lane, :, n:])
            if batch.noise is not None:
                drawn = torch.from_numpy(batch.noise).view(self.total, n).to(self.device)
                torch.mul(drawn, stds[lane], out=self.noise[lane, :, :n])
        x = self._stack([batch.x for batch in batches if batch.x is not None]) if self.unlabeled else None
        every = all(len(pool.labeled) == self.n_s for pool in self.pools)  # whether a batch has all labelled rows
        if self.labeled is None or not every:
            self.labeled = self._stack([one.x_labeled for one in batches]), self._stack([one.y for one in batches])
        return *self.labeled, x

    def finite(self) -> bool:
        """Returns whether weights and moments are still finite. The square of a gradient may overflow while all costs
        are finite; its weight would never move again."""
        return math.isfinite(self.theta.sum().item()) and math.isfinite(self.v.max().item())

    def results(self) -> list[State]:
        """Returns the lanes' states with plain arrays."""
        theta, m, v = (tensor.detach().cpu().numpy() for tensor in (self.theta, self.m, self.v))
        return [replace(s, theta=theta[i], adam_m=m[i], adam_v=v[i]) for i, s in enumerate(self.states)]


class _LadderLanes(Lanes):
    """Ladders, or twins where `model` is "supervised"."""

    def __init__(
        self,
        states: Sequence[State],
        structures: Sequence[Structure],
        lives: Sequence[Live],
        data: Data,
        model: str,
        device: torch.device,
    ):
        where = layout_for(structures[0], data)
        super().__init__(states, structures, lives, data, where, model == "ladder", device)
        self.lambdas = self._tensor([live.lambdas for live in lives])
        self.names = ["supervised"]
        if self.unlabeled:
            self.names += [f"denoising/{l}" for l in range(len(where.widths))]

    def metrics(self, i: int, table: Floats) -> Metrics:
        """See Lanes. table (n, 1) for twins, else (n, L + 2): the supervised cost and the denoising costs of each
        update."""
        if not self.unlabeled:
            return Metrics({"supervised": table[:, 0], "objective": table[:, 0]})
        with np.errstate(all="ignore"):
            weighted = (table[:, 1:] * np.array(self.lives[i].lambdas, np.float32)).sum(1)
            named = {"supervised": table[:, 0], "denoising": table[:, 1:], "objective": table[:, 0] + weighted}
            return Metrics(named)


class _FastLanes(_LadderLanes):
    """Hand-derived gradients (training/fast.py)."""

    @cached_property
    def step(self) -> fast.Step:
        """Returns the step that all updates share, with its buffers."""
        structure, live = self.structures[0], self.lives[0]
        return fast.Step(self.where, structure, self.theta, self.n_s, self.n_u, live.lateral, live.top_down)

    def costs_and_gradient(self, batches: list[Batch]) -> tuple[Tensor, Tensor]:
        """See Lanes."""
        x_labeled, y, x = self.batch(batches)
        rows = None if x is None else x.numpy()
        supervised, denoising = self.step(x_labeled.numpy(), y.numpy(), rows, self.noise.numpy(), self.lambdas.numpy())
        costs = supervised[:, None] if denoising is None else np.column_stack([supervised, denoising])
        return torch.from_numpy(costs), torch.from_numpy(self.step.gradient)


class _ReadableLanes(_LadderLanes):
    """The definition, by automatic differentiation: every combinator, activation and device."""

    def costs_and_gradient(self, batches: list[Batch]) -> tuple[Tensor, Tensor]:
        """See Lanes."""
        x_labeled, y, x = self.batch(batches)
        structure, live = self.structures[0], self.lives[0]
        theta = self.theta.detach().requires_grad_(True)
        p = self.where.unpack(theta)
        drawn = [part.transpose(1, 2) for part in self.noise.split(self.where.widths, 1)]
        by_label = [part[:, -self.n_s :] for part in drawn]
        if x is not None:
            by_row = [part[:, : self.n_u] for part in drawn]
            switches = live.lateral, live.top_down
            trace = ladder.costs(p, x_labeled, y, x, by_label, by_row, structure, *switches)
            objective = ladder.objective(trace, self.lambdas)
            costs = torch.cat([trace.supervised[:, None], trace.denoising], 1)
        else:
            labeled = ladder.encode(p, x_labeled, structure.activation, by_label)
            objective = ladder.supervised_cost(labeled.h[-1], y)
            costs = objective[:, None]
        (gradient,) = torch.autograd.grad(objective.sum(), theta)
        return costs.detach(), gradient


def _shape_key(structure: Structure, live: Live, data: Data) -> object:
    """Lanes of equal key advance together."""
    shape = structure.widths, structure.activation, structure.combinator
    sizes = batch_sizes(live.batch_size, seen(data, structure, live.n_labeled))
    return shape, sizes, live.lateral, live.top_down, any(live.lambdas)


def train(
    states: Sequence[State],
    structures: Sequence[Structure],
    lives: Sequence[Live],
    data: Data,
    n_updates: int,
    model: str = "ladder",
    device: str = "cpu",
) -> tuple[list[State], list[Metrics]]:
    """Advances each lane by `n_updates`. Returns (new states, metrics), lists like `states`, which stay untouched.
    `model`: one of MODELS. `device`: see device_of.

    Lanes may differ in anything. Lanes of equal shape share their operations, and a lane among many gives the numbers
    that it gives alone (to rounding). A lane whose costs, weights or moments cease to be finite stops after that
    update: its state is the one after it, the last row of its metrics is that update's, and `metrics.bad` names it.

    Raises Problem "no_device", and as protocol.seen does.
    """
    where = device_of(device)

    def build(states: list[State], structures: list[Structure], lives: list[Live]) -> Lanes:
        fits = where.type == "cpu" and structures[0].quick
        return (_FastLanes if fits else _ReadableLanes)(states, structures, lives, data, model, where)

    keys = [_shape_key(structure, live, data) for structure, live in zip(structures, lives, strict=True)]
    return run(build, keys, (states, structures, lives), n_updates, device)


Build = Callable[..., Lanes]  # takes lists of equal length, the first of them states


def run(
    build: Build, keys: Sequence[object], columns: Sequence[Sequence[object]], n_updates: int, device: str
) -> tuple[list[State], list[Metrics]]:
    """Does what `train` does for any kind of lanes, and returns the same. `keys`: lanes with equal keys advance
    together, on a processor up to LANES_TOGETHER of them. `columns`: for each argument of `build` a sequence with a
    value for each lane, the states first. `build` makes Lanes from the values of some lanes of equal keys. Raises what
    `build` and device_of raise."""
    groups: dict[object, list[int]] = {}
    for i, key in enumerate(keys):
        groups.setdefault(key, []).append(i)
    most = LANES_TOGETHER if device_of(device).type == "cpu" else len(keys)
    found: dict[int, tuple[State, Metrics]] = {}
    for together in groups.values():
        for start in range(0, len(together), most):
            members = together[start : start + most]
            pick = [[column[i] for i in members] for column in columns]
            states, metrics = _run_group(build, pick, n_updates)
            found |= dict(zip(members, zip(states, metrics, strict=True), strict=True))
    return [found[i][0] for i in range(len(keys))], [found[i][1] for i in range(len(keys))]


@contextmanager
def _no_denormals() -> Iterator[None]:
    """Within it, numbers below 1e-38 count as 0 in this thread. Where a gradient stays 0, as that of a cost whose
    lambda was set to 0, Adam's moments fall below 1e-38. A processor takes twenty times as long for each such
    number."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def _run_group(build: Build, columns: Sequence[list[object]], n_updates: int) -> tuple[list[State], list[Metrics]]:
    lanes = build(*columns)
    rows: list[Floats] = []
    with _no_denormals(), np.errstate(all="ignore"):  # what is not finite is looked for below
        for _ in range(n_updates):
            rows.append(lanes.advance())
            if not np.isfinite(rows[-1]).all() or not lanes.finite():
                break
    states = lanes.results()
    parts = {who: [getattr(state, who) for state in states] for who in ("theta", "adam_v")}
    finite = not rows or all(np.isfinite(part).all() for part in (rows[-1], *parts["theta"], *parts["adam_v"]))
    if not finite and len(states) > 1:
        return _one_by_one(build, columns, n_updates)
    table = np.stack(rows, 1) if rows else np.zeros((len(states), 0, len(lanes.names)), np.float32)
    metrics = [lanes.metrics(i, table[i]) for i in range(len(states))]
    if not finite:
        wrong = [name for name, value in zip(lanes.names, table[0, -1], strict=True) if not np.isfinite(value)]
        wrong += [who for who, (part,) in parts.items() if not np.isfinite(part).all()]
        metrics[0].bad = states[0].update, wrong[0]
    return states, metrics


def _one_by_one(build: Build, columns: Sequence[list[object]], n_updates: int) -> tuple[list[State], list[Metrics]]:
    """Repeats the chunk with each lane alone, so that the others do not stop where one lane is no longer finite."""
    alone = [_run_group(build, [[value] for value in values], n_updates) for values in zip(*columns, strict=True)]
    return [states[0] for states, _ in alone], [metrics[0] for _, metrics in alone]
