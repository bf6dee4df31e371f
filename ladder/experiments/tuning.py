"""Which choices of a model are tuned when models are compared with equally many trials each.

Oliver et al. 2018 (P.2) found that a baseline that is tuned with the same budget closes much of the gap to
semi-supervised methods. So every model that trains is tuned, the supervised ones too: its learning rate, its noise, the
weight of its reconstruction, and the numbers that are its own. References have common settings that nothing varies.
"""

from ladder.experiments import axes
from ladder.experiments.axes import Range
from ladder.experiments.cells import WITH_DECODER
from ladder.experiments.trials import Setup
from ladder.recipe.contestants import CONTESTANTS

_RATE, _NOISE, _SCALE = ("learning_rate", 0.0005, 0.02), ("noise_std", 0.0, 1.0), ("lambdas.scale", 0.01, 10.0)
WITH_NOISE = ("ladder", "bottom", "gamma", "twin", "supervised_noise", "pseudo_label", "vat")
OWN: dict[str, tuple[tuple[str, float, float], ...]] = {
    "plain": (("weight_decay", 0.0, 0.01), ("dropout", 0.0, 0.5)),
    "denoising": (("corruption_level", 0.0, 1.0),),
    "contractive": (("contraction", 0.001, 10.0),),
    "contractive_hessian": (("contraction", 0.001, 10.0), ("hessian", 0.001, 10.0)),
    "variational": (("beta", 0.001, 1.0),),
    "pseudo_label": (("weight", 0.01, 10.0),),
    "vat": (("epsilon", 0.05, 5.0), ("weight", 0.01, 10.0)),
}


def space_of(model: str) -> tuple[Range, ...]:
    """Returns what is tuned of a model, a key of CONTESTANTS; nothing for a reference."""
    if CONTESTANTS[model] == "reference":
        return ()
    found = [_RATE, *([_NOISE] if model in WITH_NOISE else []), *([_SCALE] if model in WITH_DECODER else [])]
    return tuple(axes.search_range(*one) for one in (*found, *OWN.get(model, ())))


def setup_of(model: str, base: dict[str, str], n_seeds: int) -> Setup | None:
    """Returns the search that tunes a model with the seeds 0 to n_seeds - 1; None for a reference. `base`: the words
    that all its trials share, by name. Raises Problem as Setup does."""
    space = space_of(model)
    shared = {name: word for name, word in base.items() if name not in {one.name for one in space}}
    return Setup(space, tuple({**shared, "model": model}.items()), n_seeds) if space else None
