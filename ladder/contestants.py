"""Who can be compared: every model by name, the family it belongs to, and the choices that are its own.

What all contestants share (data, labelled rows, hidden widths, seeds, batches, learning rate, updates) is in Structure
and Live; a Contestant holds only what makes a model this one.
"""

from dataclasses import dataclass, fields

from ladder.settings import check_fields, knob

# name -> family. "ladder": one network by its lambdas and noise (settings.PRESETS); "network": models/autoencoders.py
# and models/semi.py; "reference": scikit-learn (classical.py), fitted once.
CONTESTANTS = {
    "ladder": "ladder", "bottom": "ladder", "gamma": "ladder", "supervised_noise": "ladder", "supervised": "ladder",
    "plain": "network", "denoising": "network", "contractive": "network", "contractive_hessian": "network",
    "variational": "network", "pseudo_label": "network", "vat": "network",
    "label_spreading": "reference", "self_training": "reference", "logistic": "reference", "knn": "reference",
    "svm": "reference", "pca": "reference",
}  # fmt: skip
AUTOENCODERS = ("plain", "denoising", "contractive", "contractive_hessian", "variational")
UNIT_ACTIVATIONS = ("sigmoid", "relu", "tanh", "linear")
REGULARISERS = ("contraction", "hessian", "hessian_std")

# Which choices a model has.
_SHARED = ("classify", "tied", "loss", "output", "units", "weight_decay", "alpha")
OPTIONS = {
    **dict.fromkeys(CONTESTANTS, ()),
    "plain": (*_SHARED, "dropout", "code_noise"),
    "denoising": (*_SHARED, "corruption", "corruption_level"),
    "contractive": (*_SHARED, "contraction", "stale_weights"),
    "contractive_hessian": (*_SHARED, "contraction", "hessian", "hessian_std"),
    "variational": ("classify", "loss", "output", "units", "beta", "alpha"),
    "pseudo_label": ("weight", "ramp"),
    "vat": ("weight", "epsilon", "xi"),
}


# Where a model's usual choice is not the one of Contestant: found on rows held out of the training set of digits.
USUAL = {
    "plain": {"units": "relu"},
    "denoising": {"units": "relu"},
    "contractive": {"tied": True},
    "contractive_hessian": {"tied": True},
    "variational": {"units": "relu", "beta": 0.1},
}


@dataclass(frozen=True)
class Contestant:
    """One model and its own choices; those that it does not have (OPTIONS) are at their defaults."""

    model: str = knob("ladder", choices=tuple(CONTESTANTS))
    classify: str = knob("finetune", choices=("probe", "finetune", "joint"))
    tied: bool = knob(False, 0, 1)  # the decoder uses the encoder's weights, transposed
    loss: str = knob("mse", choices=("mse", "cross_entropy"))  # sum over the inputs, mean over the batch
    output: str = knob("linear", choices=("linear", "sigmoid"))
    units: str = knob("sigmoid", choices=UNIT_ACTIVATIONS)  # activation of the hidden layers, the code included
    weight_decay: float = knob(0.0, 0.0, 1.0, step=0.0001)
    alpha: float = knob(1.0, 1e-3, 1e3, log=True)  # weight of the reconstruction beside the labels ("joint")
    dropout: float = knob(0.0, 0.0, 0.9, step=0.05)  # share of hidden units silenced in training
    code_noise: float = knob(0.0, 0.0, 2.0, step=0.05)  # std of Gaussian noise on the code in training
    corruption: str = knob("gaussian", choices=("gaussian", "masking", "salt_pepper"))
    corruption_level: float = knob(0.3, 0.0, 1.0, step=0.05)  # std, or share of the inputs
    contraction: float = knob(0.1, 1e-6, 1e2, log=True)  # lambda of ||J||^2
    stale_weights: bool = knob(False, 0, 1)  # the penalty with W as it was at first, as in copied code
    hessian: float = knob(0.1, 1e-6, 1e2, log=True)  # gamma of ||J(x) - J(x + e)||^2
    hessian_std: float = knob(0.1, 0.01, 1.0, step=0.01)  # of e
    beta: float = knob(1.0, 1e-3, 1e2, log=True)  # weight of the KL divergence
    weight: float = knob(1.0, 1e-3, 1e2, log=True)  # of what unlabelled rows add to the supervised cost
    ramp: int = knob(1000, 1, 100000, step=1)  # updates over which that weight grows
    epsilon: float = knob(1.0, 0.01, 20.0, step=0.01)  # length of the adversarial step, in units of the input
    xi: float = knob(0.1, 1e-3, 10.0, log=True)  # length of the step that looks for its direction

    def __post_init__(self):
        check_fields(self)
        blank = {f.name: f.default for f in fields(self)}
        foreign = set(blank) - {"model", *OPTIONS[self.model]}
        for name in foreign:
            object.__setattr__(self, name, blank[name])
        if self.loss == "cross_entropy":
            object.__setattr__(self, "output", "sigmoid")

    @property
    def family(self) -> str:
        """ "ladder", "network" or "reference"."""
        return CONTESTANTS[self.model]


def usual(model: str) -> Contestant:
    """A model with its usual choices."""
    return Contestant(model, **USUAL.get(model, {}))
