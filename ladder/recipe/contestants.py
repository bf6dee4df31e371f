"""Who can be compared: every model by name, the family it belongs to, and the choices that are its own.

What all contestants share (data, labelled rows, hidden widths, seeds, batches, learning rate, updates) is in Structure
and Live; a Contestant holds only what makes a model this one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from ladder.data.datasets import DATASETS, Info
from ladder.problems import Problem
from ladder.settings import Live, Structure, check_fields, for_depth, knob

# name -> family. "ladder": one network by its lambdas and noise, those of the comparison for "ladder" and "twin", those
# of settings.PRESETS for the others; "network": models/autoencoders.py and models/semi.py; "reference": scikit-learn
# (models/references.py), fitted once.
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
# The models that train with the noise of a comparison. The ladder's other relatives have the noise and the lambdas of
# settings.PRESETS, autoencoders have corruptions of their own, references have no noise.
SHARED_NOISE = ("ladder", "twin", "pseudo_label", "vat")
AUTOENCODERS = ("plain", "denoising", "contractive", "contractive_hessian", "variational")
CODE_ACTIVATION_NAMES = ("sigmoid", "relu", "leaky_relu", "tanh", "linear")

# Which choices a model has.
_RECONSTRUCTION = ("classify", "alpha", "loss", "output")
_CODE = (*_RECONSTRUCTION, "tied", "code_activation", "weight_decay")
OPTIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CONTESTANTS, ()),
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
    """One model and its own choices; those that it does not have (OPTIONS) are at their defaults."""

    model: str = knob("ladder", choices=tuple(CONTESTANTS))
    classify: str = knob("probe", choices=("probe", "finetune", "joint"))
    alpha: float = knob(1.0, 1e-3, 1e3, log=True)  # "joint": what reconstruction and penalties count beside the labels
    loss: str = knob("mse", choices=("mse", "cross_entropy"))  # in the objective summed over inputs, averaged over rows
    output: str = knob("linear", choices=("linear", "sigmoid"))
    tied: bool = knob(False, 0, 1)  # the decoder uses the encoder's weights, transposed
    code_activation: str = knob("relu", choices=CODE_ACTIVATION_NAMES)  # the layers below it have the structure's
    weight_decay: float = knob(0.0, 0.0, 1.0, step=0.0001)  # times the sum of squared weights
    dropout: float = knob(0.0, 0.0, 0.9, step=0.05)  # share of units below the code silenced in training
    code_noise: float = knob(0.0, 0.0, 2.0, step=0.05)  # std of Gaussian noise on the code in training
    corruption: str = knob("gaussian", choices=("gaussian", "masking", "salt_pepper"))
    corruption_level: float = knob(0.3, 0.0, 1.0, step=0.05)  # std, or share of the inputs
    contraction: float = knob(0.1, 1e-6, 1e2, log=True)  # lambda of ||J||_F^2
    stale_weights: bool = knob(False, 0, 1)  # the penalty with W as it was at first, as in copied code
    hessian: float = knob(0.1, 1e-6, 1e2, log=True)  # gamma of ||J(x) - J(x + e)||_F^2
    hessian_std: float = knob(0.1, 0.01, 1.0, step=0.01)  # of e
    beta: float = knob(1.0, 1e-3, 1e2, log=True)  # weight of the KL divergence
    weight: float = knob(1.0, 1e-3, 1e2, log=True)  # of what unlabelled rows add to the supervised cost
    ramp: int = knob(1000, 1, 100000, step=1)  # updates over which that weight grows
    epsilon: float = knob(0.2, 0.01, 20.0, step=0.01)  # length of the adversarial step, in units of the input
    xi: float = knob(0.1, 1e-3, 10.0, log=True)  # length of the step that looks for its direction

    def __post_init__(self) -> None:
        check_fields(self)
        for one in fields(self):
            if one.name not in ("model", *OPTIONS[self.model]):
                object.__setattr__(self, one.name, one.default)
        if self.loss == "cross_entropy":  # of a probability
            object.__setattr__(self, "output", "sigmoid")

    @property
    def family(self) -> str:
        """ "ladder", "network" or "reference"."""
        return CONTESTANTS[self.model]


def usual(model: str) -> Contestant:
    """A model with its usual choices."""
    return Contestant(model, **USUAL.get(model, {}))


def check(contestant: Contestant, structure: Structure) -> None:
    """Problem if the model cannot run on the structure's data, or not with its depth. Loads nothing."""
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

    `printed`: epoch -> mean squared error per input value, averaged over the epoch, with dropout and noise on. The
    catalogue's `article.{name}.label`, `.help` and `.differs` say what the article is and what it lacks.
    """

    contestant: Contestant
    structure: Structure
    live: Live
    n_epochs: int
    printed: dict[int, float]


def article(name: str, dataset: str = "digits") -> Article:
    """The article ARTICLES[name] on a dataset of images; the input has the dataset's width, all other widths are the
    article's. Problem for an unknown name, or data that are no images."""
    if name not in ARTICLES:
        raise Problem("bad_choice", name="article", value=name, choices=", ".join(ARTICLES))
    found = ARTICLES[name](DATASETS[dataset])
    printed = found.printed if dataset == "mnist" else {}
    found = replace(found, structure=replace(found.structure, dataset=dataset), printed=printed)
    check(found.contestant, found.structure)
    return found


def _live(structure: Structure, info: Info, batch_size: int, n_epochs: int) -> Live:
    n_updates = n_epochs * -(-info.n_train // batch_size)
    n, usual = structure.n_layers, Live()
    return replace(
        usual,
        noise_std=for_depth(usual.noise_std, n),
        lambdas=for_depth(usual.lambdas, n),
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
    contraction = 1e-3 * info.n_features  # beside a squared error that the article averages over the inputs
    contestant = Contestant("contractive", code_activation="sigmoid", contraction=contraction, stale_weights=True)
    structure = Structure(widths=(64,))
    return Article(contestant, structure, _live(structure, info, 100, 3), 3, {})


ARTICLES: dict[str, Callable[[Info], Article]] = {
    "keras_article": _keras_article,
    "contractive_article": _contractive_article,
}
