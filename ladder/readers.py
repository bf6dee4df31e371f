"""A look inside any contestant, ladder or not, through one small interface: arrays in, arrays out.

All read the clean path. What is batch-normalised takes the statistics of the training inputs, so that what is said of
one row never depends on its neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ladder import noise, rivals, training
from ladder.contestants import AUTOENCODERS, Contestant
from ladder.datasets import Data, labeled_rows
from ladder.inspection import FIT_ROWS
from ladder.models import autoencoders, ladder
from ladder.settings import Live, Structure
from ladder.training import State

FINETUNE_UPDATES = 200  # of encoder and classifier on the labelled rows, each time an autoencoder is asked for classes


@dataclass(frozen=True)
class Reader:
    """Functions of one state. Rows x (n, d); K classes; the code is the last hidden layer (n, m)."""

    first_weights: np.ndarray  # (m_1, d)
    _layers: Callable[[Tensor], list[Tensor]]
    _classes: Callable[[Tensor], Tensor]
    _reconstruct: Callable[[Tensor], Tensor] | None = None
    _decode: Callable[[Tensor], Tensor] | None = None

    @torch.no_grad()
    def layers(self, x: np.ndarray) -> list[np.ndarray]:
        """Hidden activations from the first layer up, (n, m_l) each; the last is the code."""
        return [h.numpy() for h in self._layers(_tensor(x))]

    def encode(self, x: np.ndarray) -> np.ndarray:
        """The code (n, m)."""
        return self.layers(x)[-1]

    @torch.no_grad()
    def decode(self, code: np.ndarray) -> np.ndarray | None:
        """Inputs (n, d) of codes; None where the decoder needs more than a code (the ladder's laterals) or is none."""
        return self._decode(_tensor(code)).numpy() if self._decode else None

    @torch.no_grad()
    def reconstruct(self, x: np.ndarray) -> np.ndarray | None:
        """(n, d); None where there is no decoder."""
        return self._reconstruct(_tensor(x)).numpy() if self._reconstruct else None

    @torch.no_grad()
    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """P(y | x) (n, K)."""
        return self._classes(_tensor(x)).numpy()

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        """d code / d x (n, m, d), exact, by automatic differentiation row by row."""
        code = lambda row: self._layers(row[None])[-1][0]  # noqa: E731
        return torch.vmap(torch.func.jacrev(code))(_tensor(x)).detach().numpy()


def _tensor(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x, np.float32))


def reader(contestant: Contestant, state: State, structure: Structure, live: Live, data: Data) -> Reader:
    """Of a ladder-family or network contestant. Autoencoders learn to classify here, from the labelled rows."""
    where = rivals.layout_for(contestant, structure, data)
    p = {name: value.clone() for name, value in where.unpack(torch.from_numpy(state.theta)).items()}
    if contestant.model in AUTOENCODERS:
        return _of_autoencoder(p, contestant, structure, live, data)
    fit_rows = _tensor(data.x[:FIT_ROWS])
    with torch.no_grad():
        fit = ladder.encode(p, fit_rows, structure.activation)

    def hidden(x):
        return ladder.encode_by(p, fit, x, structure.activation)[1][1:]

    restore = None
    if "V1" in p and live.lambdas[0] > 0:  # a decoder that never learnt to reach the input says nothing

        def restore(x):
            return ladder.restore(p, fit_rows, x, structure, live.lateral, live.top_down)

    return Reader(p["W1"].T.numpy(), lambda x: hidden(x)[:-1], lambda x: hidden(x)[-1], restore)


def _of_autoencoder(p, contestant, structure, live, data) -> Reader:
    classes = _classifier(p, contestant, structure, live, data)

    def decode(code):
        return autoencoders.output(autoencoders.decode(p, code, contestant), contestant)

    return Reader(
        p["W1"][:, : structure.widths[0]].T.numpy(),
        lambda x: autoencoders.encode(p, x, contestant)[1:],
        classes,
        lambda x: autoencoders.reconstruct(p, x, contestant),
        decode,
    )


def _classifier(p, contestant, structure, live, data: Data):
    """x (n, d) -> P(y | x): the trained head, a linear probe of the frozen code, or a fine-tuned copy of both."""
    rows = labeled_rows(data, live.n_labeled, structure.label_seed)
    x, y = _tensor(data.x[rows]), torch.from_numpy(data.y[rows])
    if contestant.classify == "probe":
        return _probe(p, x, y, contestant, data.n_classes)
    if contestant.classify == "finetune":
        p = finetuned(p, x, y, contestant, live.learning_rate)
    return lambda rows: torch.softmax(autoencoders.logits(p, autoencoders.encode(p, rows, contestant)[-1]), -1)


@torch.no_grad()
def _probe(p, x, y, contestant, n_classes: int):
    from sklearn.linear_model import LogisticRegression

    code = autoencoders.encode(p, x, contestant)[-1].numpy()
    scale = code.std(0) + 1e-6
    model = LogisticRegression(C=1.0, max_iter=500).fit(code / scale, y.numpy())

    def classes(rows):
        found = np.zeros((len(rows), n_classes), np.float32)
        found[:, model.classes_] = model.predict_proba(autoencoders.encode(p, rows, contestant)[-1].numpy() / scale)
        return torch.from_numpy(found)

    return classes


@torch.enable_grad()
def finetuned(p, x: Tensor, y: Tensor, contestant: Contestant, rate: float) -> dict[str, Tensor]:
    """A copy of the parameters after FINETUNE_UPDATES of Adam on the cross-entropy of the labelled rows, all in one
    batch."""
    copy = {name: value.clone().requires_grad_(True) for name, value in p.items() if name[0] in "Wb"}
    optimiser = torch.optim.Adam(copy.values(), rate)
    for _ in range(FINETUNE_UPDATES):
        optimiser.zero_grad()
        logits = autoencoders.logits(copy, autoencoders.encode(copy, x, contestant)[-1])
        torch.nn.functional.cross_entropy(logits, y).backward()
        optimiser.step()
    return {name: value.detach() for name, value in copy.items()}


def noisy_test_rows(structure: Structure, live: Live, data: Data) -> np.ndarray:
    """The test inputs with one fixed Gaussian noise of the input layer's std: the same for every contestant."""
    drawn = noise.normal(structure.weight_seed, noise.PROBE, 1, data.x_test.size).reshape(data.x_test.shape)
    return data.x_test + np.float32(live.noise_std[0]) * drawn


def evaluate(found: Reader, structure: Structure, live: Live, data: Data) -> dict[str, float]:
    """On the test rows: `error`, a fraction; `clean_error` and `noisy_error`, the mean square of reconstruction less
    clean input, per input value, from clean and from noisy input; NaN where there is no decoder."""
    errors = {"error": float((found.probabilities(data.x_test).argmax(1) != data.y_test).mean())}
    for name, x in (("clean_error", data.x_test), ("noisy_error", noisy_test_rows(structure, live, data))):
        made = found.reconstruct(x)
        errors[name] = float("nan") if made is None else float(((made - data.x_test) ** 2).mean())
    return errors


def train_one(contestant: Contestant, state: State, structure: Structure, live: Live, data: Data, n: int, device="cpu"):
    """n updates of one contestant of the family "ladder" or "network": (state, metrics)."""
    if contestant.family == "network":
        (state,), (metrics,) = rivals.train([state], [contestant], [structure], [live], data, n, device)
    else:
        model = "supervised" if contestant.model in ("supervised", "supervised_noise") else "ladder"
        (state,), (metrics,) = training.train([state], [structure], [live], data, n, model, device)
    return state, metrics
