"""A look inside any contestant, ladder or not, through one small interface: arrays in, arrays out.

Readers follow the clean path. Batch normalisation takes the statistics of the training inputs, so that the answer for
one row never depends on its neighbours.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ladder import noise
from ladder.arrays import Floats
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.models import ladder, references
from ladder.models.autoencoders import Plain
from ladder.models.fitting import fit_rows
from ladder.models.ladder import Parameters
from ladder.recipe.contestants import AUTOENCODERS, Contestant
from ladder.settings import Live, Structure
from ladder.training import contestants
from ladder.training.normal import normal
from ladder.training.train import State

FINETUNE_UPDATES = 200  # of encoder and classifier on the labelled rows, once for each Reader that is asked for classes
FINETUNE_ORDER = 17  # stream of noise.py: the order of the labelled rows in fine-tuning
PROBE_NOISE = 1  # position in noise.PROBE; 0 is that of snapshot.probe


@dataclass(frozen=True)
class Reader:
    """One contestant in one state, to look inside; see `reader`. Rows x (n, d), K classes; the code is the last hidden
    layer (n, m). Arrays are float32."""

    first_weights: Floats  # (m_1, d)
    _layers: Callable[[Tensor], list[Tensor]]
    _classes: Callable[[Tensor], Tensor]
    _reconstruct: Callable[[Tensor], Tensor] | None = None
    _decode: Callable[[Tensor], Tensor] | None = None

    @torch.no_grad()
    def layers(self, x: Floats) -> list[Floats]:
        """Returns the hidden activations from the first layer up, (n, m_l) each; the last is the code."""
        return [h.numpy() for h in self._layers(_tensor(x))]

    def encode(self, x: Floats) -> Floats:
        """Returns the code (n, m)."""
        return self.layers(x)[-1]

    @torch.no_grad()
    def decode(self, code: Floats) -> Floats | None:
        """Returns the inputs (n, d) that the decoder makes of codes (n, m). None where there is no decoder, or where it
        needs more than a code, as the ladder's does with its lateral connections."""
        return self._decode(_tensor(code)).numpy() if self._decode else None

    @torch.no_grad()
    def reconstruct(self, x: Floats) -> Floats | None:
        """Returns the reconstructions (n, d) of the rows as they come; None where there is no decoder, or where a
        ladder's decoder has not learnt to reach the input (lambda of the input is 0)."""
        return self._reconstruct(_tensor(x)).numpy() if self._reconstruct else None

    @torch.no_grad()
    def probabilities(self, x: Floats) -> Floats:
        """Returns P(y | x) (n, K). An autoencoder's reader raises Problem as protocol.seen does."""
        found: Floats = self._classes(_tensor(x)).numpy()
        return found

    def jacobian(self, x: Floats) -> Floats:
        """Returns d code / d x (n, m, d), exact, by automatic differentiation row by row."""
        code = lambda row: self._layers(row[None])[-1][0]  # noqa: E731
        found: Floats = torch.vmap(torch.func.jacrev(code))(_tensor(x)).detach().numpy()
        return found


def _tensor(x: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x, np.float32))


def reader(contestant: Contestant, state: State, structure: Structure, live: Live, data: Data) -> Reader:
    """Returns the Reader of a contestant of the families "ladder" and "network" in a state. The classifier of an
    autoencoder is made from the labelled rows when the Reader is first asked for probabilities (Contestant.classify).
    Raises Problem as recipe.contestants.check does, for the family "network", and as protocol.seen does."""
    where = contestants.layout_for(contestant, structure, data)
    p = {name: value.clone() for name, value in where.unpack(torch.from_numpy(state.theta)).items()}
    if contestant.model in AUTOENCODERS:
        return _of_autoencoder(p, contestant, structure, live, data)
    usual = _tensor(fit_rows(structure, live, data))
    with torch.no_grad():
        fit = ladder.encode(p, usual, structure.activation)

    def hidden(x: Tensor) -> list[Tensor]:
        return ladder.encode_by(p, fit, x, structure.activation)[1][1:]

    def restore(x: Tensor) -> Tensor:
        return ladder.restore(p, usual, x, structure, live.lateral, live.top_down)

    learnt = "V1" in p and live.lambdas[0] > 0  # a decoder that never learnt to reach the input says nothing
    return Reader(p["W1"].T.numpy(), lambda x: hidden(x)[:-1], lambda x: hidden(x)[-1], restore if learnt else None)


def learns_to_classify(contestant: Contestant) -> bool:
    """Returns whether a contestant's classifier is fitted anew for each Reader. A probe of some ten labels takes
    milliseconds, a probe of all labels of MNIST more than a minute."""
    return contestant.model in AUTOENCODERS and contestant.classify != "joint"


def _of_autoencoder(p: Parameters, contestant: Contestant, structure: Structure, live: Live, data: Data) -> Reader:
    net = contestants.network(contestant, structure, data)
    assert isinstance(net, Plain), contestant.model

    @functools.cache
    def classifier() -> Callable[[Tensor], Tensor]:
        pool = seen(data, structure, live.n_labeled)
        x, told = _tensor(data.x[pool.labeled]), torch.from_numpy(pool.told)
        return _classifier(net, p, x, told, live, structure.weight_seed)

    def decode(code: Tensor) -> Tensor:
        return net.output(net.decode(p, code))

    def layers(x: Tensor) -> list[Tensor]:
        return net.encode(p, x)[1:]

    first = p["W1"][:, : structure.widths[0]]  # a variational code's means alone, where the code is the first layer
    return Reader(first.T.numpy(), layers, lambda x: classifier()(x), lambda x: decode(layers(x)[-1]), decode)


def _classifier(
    net: Plain, p: Parameters, x: Tensor, y: Tensor, live: Live, weight_seed: int
) -> Callable[[Tensor], Tensor]:
    """Returns the function rows (n, d) -> P(y | rows), made from the labelled rows x, y: a linear probe of the frozen
    code, a fine-tuned copy of encoder and classifier, or the classifier that was trained together with the encoder."""
    if net.contestant.classify == "probe":
        return _probe(net, p, x, y)
    if net.contestant.classify == "finetune":
        p = finetuned(net, p, x, y, live, weight_seed)
    return lambda rows: net.probabilities(p, net.encode(p, rows)[-1])


def _probe(net: Plain, p: Parameters, x: Tensor, y: Tensor) -> Callable[[Tensor], Tensor]:
    def code(rows: Tensor) -> Floats:
        found: Floats = net.encode(p, rows)[-1].numpy()
        return found

    if not np.isfinite(code(x)).all():  # a training that diverged
        return lambda rows: torch.full((len(rows), net.widths[-1]), torch.nan)
    probe = references.linear_probe(code(x), y.numpy())  # every class is among the labelled rows
    return lambda rows: torch.from_numpy(probe.predict_proba(code(rows)).astype(np.float32))


@torch.enable_grad()
def finetuned(net: Plain, p: Parameters, x: Tensor, y: Tensor, live: Live, weight_seed: int) -> dict[str, Tensor]:
    """Returns a copy of encoder and classifier, by parameter name, after FINETUNE_UPDATES of Adam on the cross-entropy
    of the labelled rows x (n, d), y (n,). The learning rate is always live.learning_rate. A batch has
    live.batch_size rows, or all labelled rows where these are fewer; `weight_seed` decides their order."""
    copy = {name: value.detach().clone().requires_grad_(True) for name, value in p.items() if name[0] in "Wb"}
    optimiser = torch.optim.Adam(copy.values(), live.learning_rate)
    n = min(live.batch_size, len(x))
    for update in range(FINETUNE_UPDATES):
        rows: slice | Tensor = slice(None)
        if n < len(x):
            rows = torch.from_numpy(noise.draw_rows(weight_seed, FINETUNE_ORDER, update * n, len(x), n))
        optimiser.zero_grad()
        ladder.supervised_cost(net.probabilities(copy, net.encode(copy, x[rows])[-1]), y[rows]).backward()
        optimiser.step()
    return {name: value.detach() for name, value in copy.items()}


def noisy_test_rows(structure: Structure, live: Live, data: Data) -> Floats:
    """Returns the test inputs (n, d) with Gaussian noise of the input layer's std, live.noise_std[0]. The draw depends
    on the weight seed alone, so that every contestant gets the same noise."""
    drawn = normal(structure.weight_seed, noise.PROBE, PROBE_NOISE, data.x_test.size).reshape(data.x_test.shape)
    return data.x_test + np.float32(live.noise_std[0]) * drawn


def evaluate(found: Reader | references.Reference, structure: Structure, live: Live, data: Data) -> dict[str, float]:
    """Returns the errors on the test rows by name. `error` is a fraction. `clean_error` and `noisy_error` are the mean
    squared error per input value, against the clean input, of reconstructions from clean and from noisy input; NaN
    where there is no decoder. Raises Problem as Reader.probabilities does."""
    errors = {"error": float((found.probabilities(data.x_test).argmax(1) != data.y_test).mean())}
    for name, x in (("clean_error", data.x_test), ("noisy_error", noisy_test_rows(structure, live, data))):
        made = found.reconstruct(x)
        errors[name] = float("nan") if made is None else float(((made - data.x_test) ** 2).mean())
    return errors
