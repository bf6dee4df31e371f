"""What followed the ladder, on the supervised twin's network: pseudo-labels and virtual adversarial training.

Equal to the ladder: encoder with its batch normalisation and initial weights, batches, noise of the supervised cost,
learning rate and updates. Not equal: there is no decoder, and what unlabelled rows add is a cost of their predicted
classes. Labelled and unlabelled rows are normalised apart, each by its own batch's statistics, as in models/ladder.py.
"""

import torch
from torch import Tensor

from ladder import noise
from ladder.arrays import Floats
from ladder.models import ladder
from ladder.models.ladder import Layout, Parameters
from ladder.models.network import Batch, Network

TINY = 1e-12  # far below any probability or length that matters


class SemiSupervised(Network):
    """The twin's noisy cross-entropy, and one cost of the unlabelled rows."""

    def layout(self) -> Layout:
        """Returns the places of the ladder's encoder."""
        whole = self._whole()
        n, places = whole.n_encoder, whole.places
        return Layout(self.widths, {name: place for name, place in places.items() if place[0] < n}, n, n)

    def initial(self, weight_seed: int) -> Floats:
        """Returns the ladder's encoder before its first update, (n_encoder,) float32."""
        whole, rng = self._whole(), noise.generator(weight_seed, noise.INITIAL)
        return ladder.initial(self.structure, whole, rng)[: whole.n_encoder].copy()

    def _whole(self) -> Layout:
        return ladder.layout(self.structure, self.widths[0], self.widths[-1])

    def predict(self, p: Parameters, x: Tensor, drawn: list[Tensor] | None = None) -> Tensor:
        """Returns P(y | x) (n, K) of rows x (n, d), normalised by their own statistics; drawn[l] (n, m_l): noise,
        already times its std, or None for the clean path."""
        return ladder.encode(p, x, self.structure.activation, drawn).h[-1]

    def weights(self, update: int) -> dict[str, float]:
        """See Network: 1 for `supervised`, and the factor of the cost that has the model's name."""
        return {"supervised": 1.0, self.contestant.model: self.weight_at(update)}

    def weight_at(self, update: int) -> float:
        """Returns the factor of the unlabelled rows' cost at the update number `update`."""
        return self.contestant.weight

    def costs(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """See Network: `supervised`, and the unlabelled rows' cost under the model's name."""
        noisy = self.predict(p, batch.x_labeled, scaled(batch.noise_labeled, batch.noise_std))
        return {
            "supervised": ladder.supervised_cost(noisy, batch.y),
            self.contestant.model: self.unlabeled_cost(p, batch),
        }

    def unlabeled_cost(self, p: Parameters, batch: Batch) -> Tensor:
        """Returns the cost (lanes,) of the unlabelled rows."""
        raise NotImplementedError


def scaled(drawn: list[Tensor], noise_std: Tensor) -> list[Tensor]:
    """Returns the list of standard normal drawn[l] (lanes, n, m_l) times noise_std (lanes, L + 1, 1, 1)."""
    return [part * noise_std[:, l] for l, part in enumerate(drawn)]


class PseudoLabel(SemiSupervised):
    """Cross-entropy, on the corrupted path, of the class that the clean path finds likeliest; no gradient flows through
    that choice (Lee 2013, eq. 15). The weight of this cost grows linearly, as early guesses are mostly wrong (eq. 16,
    from T1 = 0). The ladder's noise takes the place of Lee's dropout."""

    def weight_at(self, update: int) -> float:
        """See SemiSupervised: from 0 to the contestant's `weight` over its first `ramp` updates."""
        return self.contestant.weight * min(1.0, update / self.contestant.ramp)

    def unlabeled_cost(self, p: Parameters, batch: Batch) -> Tensor:
        """See SemiSupervised."""
        with torch.no_grad():
            guessed = self.predict(p, batch.x).argmax(-1)
        return ladder.supervised_cost(self.predict(p, batch.x, scaled(batch.noise, batch.noise_std)), guessed)


class Vat(SemiSupervised):
    """Mean KL(p(y | x) || p(y | x + r)) with r of length epsilon in the direction that changes the prediction most; no
    gradient flows through p(y | x) (Miyato et al. 2018)."""

    def unlabeled_cost(self, p: Parameters, batch: Batch) -> Tensor:
        """See SemiSupervised."""
        with torch.no_grad():
            clean = self.predict(p, batch.x)
        r = self.contestant.epsilon * self.adversarial_direction(p, batch.x, clean, batch.noise[0])
        return divergence(clean, self.predict(p, batch.x + r))

    def adversarial_direction(self, p: Parameters, x: Tensor, clean: Tensor, start: Tensor) -> Tensor:
        """Returns for each row of x (n, d) the direction (n, d), of length 1, that changes its prediction most. `clean`
        (n, K): the predictions of x. The direction is found by one step of the power method from `start` (n, d) (Miyato
        et al. 2018, Algorithm 1). A row's change moves its neighbours' predictions too, through the batch's
        statistics."""
        fixed = {name: value.detach() for name, value in p.items()}
        with torch.enable_grad():
            step = (self.contestant.xi * unit(start)).requires_grad_(True)
            (direction,) = torch.autograd.grad(divergence(clean, self.predict(fixed, x + step)).sum(), step)
        return unit(direction)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Returns the mean (...,) over the rows of KL(p || q), of probabilities p and q (..., n, K)."""
    return (p * (torch.log(p + TINY) - torch.log(q + TINY))).sum(-1).mean(-1)


def unit(direction: Tensor) -> Tensor:
    """Returns each row (..., n, d) scaled to length 1; a row of zeros stays as it is. The largest value is divided out
    first, because the gradient of a settled prediction is too small to square."""
    direction = direction / (direction.abs().amax(-1, keepdim=True) + torch.finfo(direction.dtype).tiny)
    length: Tensor = direction.norm(dim=-1, keepdim=True)
    return direction / (length + TINY)


NETWORKS = {"pseudo_label": PseudoLabel, "vat": Vat}
