"""What can be known of an accelerator without one: that nothing of an update meets numbers that lie elsewhere."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ladder.training import train

META = torch.device("meta")  # shapes without numbers, on any machine


class OneDevice(TorchDispatchMode):
    """Refuses operations on tensors of several devices, except copying; single numbers may come from anywhere."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [one for one in tree_leaves((args, kwargs)) if isinstance(one, torch.Tensor) and one.dim()]
        if func is not torch.ops.aten.copy_.default:
            assert len({one.device for one in tensors}) < 2, func
        return func(*args, **(kwargs or {}))


def update_elsewhere(lanes: train.Lanes) -> None:
    """One update of lanes that were made on META, to the end of Adam's step."""
    with OneDevice():
        every = zip(lanes.states, lanes.structures, lanes.lives, lanes.pools, strict=True)
        costs, gradient = lanes.costs_and_gradient(lanes._draw(list(every)))
        train.adam(lanes.theta, lanes.m, lanes.v, gradient, [0.01] * len(lanes.states), [3] * len(lanes.states))
    assert costs.device == gradient.device == lanes.theta.device == META
    assert gradient.shape == lanes.theta.shape and len(costs) == len(lanes.states)
