"""What followed the ladder, on the supervised twin's network: pseudo-labels and virtual adversarial training.

Both see the batches that the ladder sees, and add to the twin's noisy cross-entropy a cost of the unlabelled rows,
normalised by their own batch's statistics as in models/ladder.py. There is no decoder: the parameters are the ladder's
encoder.
"""

import torch
from torch import Tensor

from ladder.contestants import Contestant
from ladder.models import ladder

TINY = 1e-12


def pseudo_label(p, x: Tensor, drawn: list[Tensor], activation: str) -> Tensor:
    """(...,): cross-entropy on the corrupted path of the class that the clean path finds likeliest (Lee 2013, eq. 15).
    No gradient flows through that choice. drawn[l] (n, m_l): noise, already times its std."""
    with torch.no_grad():
        guessed = ladder.encode(p, x, activation).h[-1].argmax(-1)
    return ladder.supervised_cost(ladder.encode(p, x, activation, drawn).h[-1], guessed)


def adversarial_direction(p, x: Tensor, start: Tensor, xi: float, activation: str) -> Tensor:
    """(n, d) of length 1: the change of x that changes the prediction most, by one step of the power method from the
    random `start` (n, d) (Miyato et al. 2018, Algorithm 1)."""
    with torch.no_grad():
        clean = ladder.encode(p, x, activation).h[-1]
    with torch.enable_grad():
        step = (xi * _unit(start)).requires_grad_(True)
        fixed = {name: value.detach() for name, value in p.items()}
        moved = ladder.encode(fixed, x + step, activation).h[-1]
        (direction,) = torch.autograd.grad(divergence(clean, moved).sum(), step)
    return _unit(direction)


def vat(p, x: Tensor, start: Tensor, contestant: Contestant, activation: str) -> Tensor:
    """(...,): mean KL(p(y | x) || p(y | x + r)) with r of length epsilon in the adversarial direction; no gradient
    flows through the first (Miyato et al. 2018, eq. 5, 6)."""
    r = contestant.epsilon * adversarial_direction(p, x, start, contestant.xi, activation)
    with torch.no_grad():
        clean = ladder.encode(p, x, activation).h[-1]
    return divergence(clean, ladder.encode(p, x + r, activation).h[-1])


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Mean over the rows (..., n, K) of KL(p || q)."""
    return (p * (torch.log(p + TINY) - torch.log(q + TINY))).sum(-1).mean(-1)


def _unit(direction: Tensor) -> Tensor:
    return direction / (direction.norm(dim=-1, keepdim=True) + TINY)


def ramp(contestant: Contestant, update: int) -> float:
    """The weight of the unlabelled rows at an update: it grows linearly, as early guesses are mostly wrong (Lee 2013,
    eq. 16)."""
    if contestant.model == "pseudo_label":
        return contestant.weight * min(1.0, update / contestant.ramp)
    return contestant.weight
