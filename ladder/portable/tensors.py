"""A trained ladder as a safetensors file with its arrays, and a JSON file that says what they are."""

import json
from collections.abc import Mapping, Sequence

from safetensors.numpy import save

from ladder.portable.denoiser import Denoiser
from ladder.portable.frozen import Frozen

FORMAT, VERSION = "ladder-lab model", 1

MEANING = {
    "scale_mean": "subtracted from each value of a row, before the network",
    "scale_std": "divides it then; h_0 is the result",
    "W": "(m_below, m): z_l = (h_below W_l - mean_l) / std_l",
    "mean": "(m,): of h_below W_l over the training inputs",
    "std": "(m,): of the same, with 1e-10 added to the variance",
    "beta": "(m,): h_l = activation(gamma_l (z_l + beta_l)), the softmax at the top",
    "gamma": "(m,): 1 where there is none",
    "V": "(m, m_below): u_below = (z_hat_l V_l - u_mean_below) / u_std_below, and u_L from the class probabilities",
    "u_mean": "(m,): of what comes down to the layer, over the training inputs",
    "u_std": "(m,): of the same, with 1e-10 added to the variance",
    "g": "(k, m): the combinator's parameters of each unit; z_hat_l = g(z_l, u_l), where z_0 is the row",
}


def tensors_bytes(frozen: Frozen, denoiser: Denoiser) -> bytes:
    """Returns the safetensors file: the encoder's constants (Frozen.arrays), and of the decoder its parameters V_l and
    g_l and the statistics u_mean_l and u_std_l, all float32. Layers count from 1, the input is 0."""
    down = {name: array for name, array in denoiser.parameters.items() if name[0] in "Vg" and "gamma" not in name}
    down |= {name: array for name, array in denoiser.statistics.items() if name[0] == "u"}
    return save({**frozen.arrays(), **down}, {"format": FORMAT, "version": str(VERSION)})


def description(frozen: Frozen, denoiser: Denoiser, classes: Sequence[str | float], about: Mapping[str, object]) -> str:
    """Returns the JSON file's text: the network, its `classes` and features, the meaning of each kind of array, and
    `about`, what else is known of the run."""
    values = {
        "format": FORMAT,
        "version": VERSION,
        "widths": frozen.widths,
        "activation": frozen.activation,
        "combinator": denoiser.structure.combinator,
        "lateral": denoiser.lateral,
        "top_down": denoiser.top_down,
        "classes": classes,
        "features": frozen.feature_names,
        "arrays": MEANING,
        **about,
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
