"""The models that can be compared, by name: the family of each, and the choices that are its own.

What all contestants share (data, labelled rows, hidden widths, seeds, batches, learning rate, updates) is in Structure
and Live. A Contestant holds only the choices that are a model's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from ladder.data.datasets import DATASETS, Info
from ladder.problems import Problem
from ladder.settings import Live, Structure, check_fields, fitted, knob

# name -> family. "ladder": the ladder network, or its encoder alone. "ladder" and "twin" have the comparison's lambdas
# and noise, the others those of settings.PRESETS. "network": models/autoencoders.py and models/semi.py. "reference":
# scikit-learn (models/references.py), fitted once.
CONTESTANTS = {
    "ladder": "ladder",
    "bottom": "ladder",
    "gamma": "ladder",
    "twin": "ladder",
    "supervised_noise": "ladder",
    "supervised": "ladder",
    "plain": "network",
    "denoising": "network",
    "contractive": "network",
    "contractive_hessian": "network",
    "variational": "network",
    "pseudo_label": "network",
    "vat": "network",
    "label_spreading": "reference",
    "self_training": "reference",
    "logistic": "reference",
    "knn": "reference",
    "svm": "reference",
    "pca": "reference",
}
# The models that always train with the noise of a comparison. Those with the option `shared_noise` do so where it is
# on. The others of the family "ladder" have the noise of settings.PRESETS, autoencoders have noise of their own,
# references have none.
SHARED_NOISE = ("ladder", "twin", "pseudo_label", "vat")
AUTOENCODERS = ("plain", "denoising", "contractive", "contractive_hessian", "variational")
CODE_ACTIVATION_NAMES = ("sigmoid", "relu", "leaky_relu", "tanh", "linear")

# The choices that a model has.
_RECONSTRUCTION = ("classify", "alpha", "loss", "output")
_CODE = (*_RECONSTRUCTION, "tied", "code_activation", "weight_decay")
OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CONTESTANTS, ()),
    **dict.fromkeys(("bottom", "gamma"), ("shared_noise",)),
    "plain": (*_CODE, "dropout", "code_noise"),
    "denoising": (*_CODE, "corruption", "corruption_level"),
    "contractive": (*_CODE, "contraction", "stale_weights"),
    "contractive_hessian": (*_CODE, "contraction", "hessian", "hessian_std"),
    "variational": (*_RECONSTRUCTION, "beta"),
    "pseudo_label": ("weight", "ramp"),
    "vat": ("weight", "epsilon", "xi"),
}

# Where a model's usual choice is not the one of Contestant: the best on held-out digits (benchmarks/contestants.py).
USUAL: dict[str, dict[str, Any]] = {
    "plain": {"code_activation": "tanh"},
    "denoising": {"code_activation": "tanh", "corruption_level": 0.5},
    "contractive": {"tied": True, "code_activation": "sigmoid", "contraction": 1.0},
    "contractive_hessian": {"tied": True, "code_activation": "sigmoid"},
    "variational": {"beta": 0.01},
}


@dataclass(frozen=True)
class Contestant:
    """One model and its own choices. Choices that the model does not have (OPTIONS) are set to their defaults, and
    `output` to "sigmoid" where the loss is cross-entropy, which needs a probability. Raises Problem as Knob.check
    does."""

    model: str = knob("ladder", choices=tuple(CONTESTANTS))
    classify: str = knob("probe", choices=("probe", "finetune", "joint"))
    alpha: float = knob(1.0, 1e-3, 1e3, log=True)  # with "joint": factor of reconstruction and penalties
    loss: str = knob("mse", choices=("mse", "cross_entropy"))  # the objective sums it over inputs, averages over rows
    output: str = knob("linear", choices=("linear", "sigmoid"))
    tied: bool = knob(False, 0, 1)  # the decoder uses the encoder's weights, transposed
    code_activation: str = knob("relu", choices=CODE_ACTIVATION_NAMES)  # the layers below the code have the structure's
    weight_decay: float = knob(0.0, 0.0, 1.0, step=0.0001)  # factor of the sum of squared weights
    dropout: float = knob(0.0, 0.0, 0.9, step=0.05)  # share of units below the code silenced in training
    code_noise: float = knob(0.0, 0.0, 2.0, step=0.05)  # std of Gaussian noise on the code in training
    corruption: str = knob("gaussian", choices=("gaussian", "masking", "salt_pepper"))
    corruption_level: float = knob(0.3, 0.0, 1.0, step=0.05)  # std, or share of the inputs
    contraction: float = knob(0.1, 1e-6, 1e2, log=True)  # lambda of ||J||_F^2
    stale_weights: bool = knob(False, 0, 1)  # the penalty takes the initial W, as in copied code
    hessian: float = knob(0.1, 1e-6, 1e2, log=True)  # gamma of ||J(x) - J(x + e)||_F^2
    hessian_std: float = knob(0.1, 0.01, 1.0, step=0.01)  # std of e
    beta: float = knob(1.0, 1e-3, 1e2, log=True)  # weight of the KL divergence
    weight: float = knob(1.0, 1e-3, 1e2, log=True)  # factor of the unlabelled rows' cost
    ramp: int = knob(1000, 1, 100000, step=1)  # updates over which that weight grows
    epsilon: float = knob(0.2, 0.01, 20.0, step=0.01)  # length of the adversarial step, in units of the input
    xi: float = knob(0.1, 1e-3, 10.0, log=True)  # length of the step that looks for its direction
    shared_noise: bool = knob(False, 0, 1)  # trains with a comparison's noise; off: with that of settings.PRESETS

    def __post_init__(self) -> None:
        check_fields(self)
        for one in fields(self):
            if one.name not in ("model", *OPTIONS[self.model]):
                object.__setattr__(self, one.name, one.default)
        if self.loss == "cross_entropy":
            object.__setattr__(self, "output", "sigmoid")

    @property
    def family(self) -> str:
        """Returns the model's family: "ladder", "network" or "reference"."""
        return CONTESTANTS[self.model]

    @property
    def takes_noise(self) -> bool:
        """Returns whether the model trains with the noise of a comparison."""
        return self.shared_noise or self.model in SHARED_NOISE


def usual(model: str) -> Contestant:
    """Returns a model with its usual choices. Raises Problem bad_choice for a name that is not in CONTESTANTS."""
    return Contestant(model, **USUAL.get(model, {}))


def on_equal_terms(model: str) -> Contestant:
    """Returns a model with its usual choices and, where it has the option, with the noise that a comparison shares. A
    link of an earlier version names such a model without the option, and means its own noise: `usual`. Raises Problem
    as `usual` does."""
    return replace(usual(model), shared_noise=True)


def check(contestant: Contestant, structure: Structure) -> None:
    """Raises Problem cross_entropy_range, sigmoid_range or salt_pepper_range if the model needs values in [0, 1] and
    the structure's data have others, and stale_depth for stale weights with more than one hidden layer or another
    activation of the code than the sigmoid. Loads no rows."""
    images = DATASETS[structure.dataset].image_shape is not None  # all of them have values in [0, 1], no others do
    if not images and contestant.loss == "cross_entropy":
        raise Problem("cross_entropy_range", dataset=structure.dataset)
    if not images and contestant.output == "sigmoid":
        raise Problem("sigmoid_range", dataset=structure.dataset)
    if not images and contestant.corruption == "salt_pepper":
        raise Problem("salt_pepper_range", dataset=structure.dataset)
    if contestant.stale_weights and (len(structure.widths) > 1 or contestant.code_activation != "sigmoid"):
        raise Problem("stale_depth")


@dataclass(frozen=True)
class Article:
    """A widely read article as a run: its choices, its epochs, and the training losses that it prints for MNIST.

    `printed`: epoch -> mean squared error per input value, averaged over the epoch, with dropout and noise on; empty
    where the article prints none, or for other data. The catalogue's `article.{name}.label`, `.help` and `.differs` say
    what the article is and what it lacks.
    """

    contestant: Contestant
    structure: Structure
    live: Live
    n_epochs: int
    printed: dict[int, float]


def article(name: str, dataset: str = "digits") -> Article:
    """Returns the article ARTICLES[name] on a dataset of images. The input has the dataset's width, all other widths
    are the article's. Raises Problem bad_choice for an unknown name and for data that are no images, and
    those of `check`."""
    if name not in ARTICLES:
        raise Problem("bad_choice", name="article", value=name, choices=", ".join(ARTICLES))
    images = [known for known, info in DATASETS.items() if info.image_shape]
    if dataset not in images:
        raise Problem("bad_choice", name="dataset", value=dataset[:40], choices=", ".join(images))
    found = ARTICLES[name](DATASETS[dataset])
    printed = found.printed if dataset == "mnist" else {}
    found = replace(found, structure=replace(found.structure, dataset=dataset), printed=printed)
    check(found.contestant, found.structure)
    return found


def _live(structure: Structure, info: Info, batch_size: int, n_epochs: int) -> Live:
    n_updates = n_epochs * -(-info.n_train // batch_size)
    return replace(
        fitted(Live(), structure.n_layers),
        learning_rate=1e-3,
        n_labeled=2 * len(info.class_names),
        batch_size=batch_size,
        n_updates=n_updates,
        decay_from=1.0,
    )


def _keras_article(info: Info) -> Article:
    contestant = Contestant("plain", output="sigmoid", code_activation="relu", dropout=0.3, code_noise=0.3)
    structure = Structure(widths=(128, 64), activation="relu")
    return Article(contestant, structure, _live(structure, info, 128, 10), 10, {1: 0.0471, 10: 0.0178})


def _contractive_article(info: Info) -> Article:
    contraction = 1e-3 * info.n_features  # the article averages the squared error over the inputs
    contestant = Contestant("contractive", code_activation="sigmoid", contraction=contraction, stale_weights=True)
    structure = Structure(widths=(64,))
    return Article(contestant, structure, _live(structure, info, 100, 3), 3, {})


ARTICLES: dict[str, Callable[[Info], Article]] = {
    "keras_article": _keras_article,
    "contractive_article": _contractive_article,
}
