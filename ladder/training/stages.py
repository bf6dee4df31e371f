"""One update in slow motion: what the definition computes in it, stage by stage, in pieces that a page can draw.

The numbers are those of models/ladder.py in float64, of the batch and the noise that `train` draws for the same update.
`train` computes in float32. Where a gradient is 0 but for rounding, its weight may therefore step the other way: at the
first updates Adam's steps are as long as the learning rate, however small the gradient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ladder.arrays import Arrays, Floats
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.models import ladder
from ladder.models.ladder import Trace
from ladder.settings import Live, Structure
from ladder.training.train import State, adam, draw_batch, layout_for, split_noise

STAGES = "noise", "corrupt", "encode", "decode", "costs", "gradients", "update"
ROWS = 4  # of a batch that are shown, its first
UNITS = 100  # of a layer above the input that are shown, its first


@dataclass(frozen=True)
class Stage:
    """One of STAGES as it is sent to a page: whole numbers and names in `values`, all else in `arrays`, float32."""

    name: str
    values: Mapping[str, object]
    arrays: Arrays


class Update(NamedTuple):
    """One update: its stages in the order of STAGES, and the state after it."""

    stages: list[Stage]
    after: State


class _Drawn(NamedTuple):
    """What an update draws; the noise is already times its std, a list over l of (rows, m_l)."""

    x_labeled: Tensor  # (n_s, d)
    y: Tensor  # (n_s,)
    x: Tensor  # (n_u, d)
    noise_labeled: list[Tensor]
    noise: list[Tensor]


def update_stages(state: State, structure: Structure, live: Live, data: Data) -> Update:
    """Returns the next update of a ladder in stages. `state` stays as it is.

    Of a batch's numbers in layer l there is `kind/l`, the first ROWS rows, above the input of the first UNITS units
    only; and `kind_summary/l` (2,), mean and std of them all. n_s rows have labels, n_u have none. P parameters have
    the names `parameters` in values.

    1. noise: `noise/l` and `noise_labeled/l`, l = 0..L, of the unlabelled and the labelled rows, times its std.
    2. corrupt: the inputs x as `z/0` and x + noise as `z_tilde/0`; of the labelled rows `z_labeled/0` and
       `z_tilde_labeled/0`. `class` (ROWS,) int32 of these.
    3. encode: `z/l` and `z_tilde/l`, l = 1..L, of the unlabelled rows; `probabilities` (ROWS, K) of the labelled rows
       on the corrupted path, and `probability_of_class` (n_s,), that of each row's own class.
    4. decode, from the top down: `u/l`, `z_hat/l` as g gives it, and `z_hat_bn/l` as it is compared with z, l = 0..L.
    5. costs: `supervised` (1,), C_c; `denoising` (L + 1,), C_d(l); `lambdas` and `weighted` (L + 1,), lambda_l C_d(l);
       `objective` (1,).
    6. gradients of the objective: `gradient` (P,), the Euclidean norm for each parameter, and `n_numbers` (P,) int32,
       of how many numbers it consists.
    7. update: `learning_rate` (1,); `m`, `v`, `step` and `theta` (P,), the norms for each parameter of Adam's new
       moments, of its step and of the new values. values has `update`, the number of updates after it.

    Raises Problem as protocol.seen does.
    """
    where, drawn = layout_for(structure, data), _draw(state, structure, live, data)
    theta = torch.from_numpy(state.theta).double().requires_grad_(True)
    trace = ladder.costs(where.unpack(theta), *drawn, structure, live.lateral, live.top_down)
    objective = ladder.objective(trace, torch.tensor(live.lambdas, dtype=torch.float64))
    (gradient,) = torch.autograd.grad(objective, theta)
    after = _step(state, live, (len(drawn.y), len(drawn.x)), gradient.float())
    with torch.no_grad():
        stages = [
            _noise(drawn),
            _corrupt(drawn),
            _encode(trace, drawn),
            _decode(trace),
            _costs(trace, objective, live),
            _gradients(where, gradient.numpy()),
            _update(where, state, live, after),
        ]
    return Update(stages, after)


def _draw(state: State, structure: Structure, live: Live, data: Data) -> _Drawn:
    where, pool = layout_for(structure, data), seen(data, structure, live.n_labeled)
    batch = draw_batch(state, structure.weight_seed, live, data, pool, sum(where.widths), True)
    assert batch.x is not None and batch.noise is not None, "a ladder has unlabelled rows"
    stds = torch.tensor([live.noise_std])
    by_label, without = (
        [part[0].T.double() for part in split_noise(torch.from_numpy(flat)[None], where.widths, n, stds)]
        for flat, n in ((batch.noise_labeled, len(batch.y)), (batch.noise, len(batch.x)))
    )
    x_labeled, x = (torch.from_numpy(rows).double() for rows in (batch.x_labeled, batch.x))
    return _Drawn(x_labeled, torch.from_numpy(batch.y), x, by_label, without)


def _step(state: State, live: Live, sizes: tuple[int, int], gradient: Tensor) -> State:
    """Returns the state after Adam's step along the gradient (n_parameters,). `sizes`: the numbers of labelled and of
    unlabelled rows of the batch."""
    theta, m, v = (torch.from_numpy(part.copy())[None] for part in (state.theta, state.adam_m, state.adam_v))
    adam(theta, m, v, gradient[None], [live.rate_at(state.update)], [state.update])
    n_s, n_u = sizes
    return replace(
        state,
        theta=theta[0].numpy(),
        adam_m=m[0].numpy(),
        adam_v=v[0].numpy(),
        update=state.update + 1,
        seen_labeled=state.seen_labeled + n_s,
        seen_unlabeled=state.seen_unlabeled + n_u,
    )


def _noise(drawn: _Drawn) -> Stage:
    return Stage("noise", {}, _layers("noise", drawn.noise) | _layers("noise_labeled", drawn.noise_labeled))


def _corrupt(drawn: _Drawn) -> Stage:
    x, x_labeled = drawn.x, drawn.x_labeled
    inputs = {"z": x, "z_tilde": x + drawn.noise[0]}
    inputs |= {"z_labeled": x_labeled, "z_tilde_labeled": x_labeled + drawn.noise_labeled[0]}
    arrays: Arrays = {"class": drawn.y[:ROWS].numpy().astype(np.int32)}
    for kind, rows in inputs.items():
        arrays |= _layers(kind, [rows])
    return Stage("corrupt", {}, arrays)


def _encode(trace: Trace, drawn: _Drawn) -> Stage:
    probabilities = trace.labeled.h[-1]
    of_class = probabilities.gather(1, drawn.y[:, None])[:, 0]
    arrays = _layers("z", trace.clean.z[1:], 1) | _layers("z_tilde", trace.corrupted.z[1:], 1)
    arrays |= {"probabilities": _sent(probabilities[:ROWS]), "probability_of_class": _sent(of_class)}
    return Stage("encode", {}, arrays)


def _decode(trace: Trace) -> Stage:
    arrays = _layers("u", trace.u) | _layers("z_hat", trace.z_hat) | _layers("z_hat_bn", trace.z_hat_bn)
    return Stage("decode", {}, arrays)


def _costs(trace: Trace, objective: Tensor, live: Live) -> Stage:
    lambdas = torch.tensor(live.lambdas)
    found = {"supervised": trace.supervised[None], "denoising": trace.denoising, "lambdas": lambdas}
    found |= {"weighted": lambdas * trace.denoising, "objective": objective[None]}
    return Stage("costs", {}, {name: _sent(value) for name, value in found.items()})


def _gradients(where: ladder.Layout, gradient: Floats) -> Stage:
    parts = where.unpack(gradient)
    sizes = np.array([part.size for part in parts.values()], np.int32)
    return Stage("gradients", {"parameters": list(parts)}, {"gradient": _norms(where, gradient), "n_numbers": sizes})


def _update(where: ladder.Layout, state: State, live: Live, after: State) -> Stage:
    found = {"m": after.adam_m, "v": after.adam_v, "step": after.theta - state.theta, "theta": after.theta}
    arrays: Arrays = {name: _norms(where, flat) for name, flat in found.items()}
    arrays["learning_rate"] = np.array([live.rate_at(state.update)], np.float32)
    return Stage("update", {"parameters": list(where.places), "update": after.update}, arrays)


def _norms(where: ladder.Layout, flat: Floats) -> Floats:
    """Returns the Euclidean norm of each parameter in a flat vector (n_parameters,), in the order of the layout."""
    return np.array([np.linalg.norm(part) for part in where.unpack(flat).values()], np.float32)


def _layers(kind: str, layers: Sequence[Tensor], first: int = 0) -> Arrays:
    """Returns `kind/l` and `kind_summary/l` of a batch's numbers in the layers l = `first`, `first` + 1, ..., (n, m_l)
    each."""
    arrays: Arrays = {}
    for l, rows in enumerate(layers, first):
        arrays[f"{kind}/{l}"] = _sent(rows[:ROWS, : UNITS if l else None])
        arrays[f"{kind}_summary/{l}"] = _sent(torch.stack([rows.mean(), rows.std(correction=0)]))
    return arrays


def _sent(numbers: Tensor) -> Floats:
    return np.ascontiguousarray(numbers.detach().numpy(), np.float32)
