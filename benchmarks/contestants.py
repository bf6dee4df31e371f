"""The usual choices of each network of the comparison (contestants.USUAL), chosen without the test set.

For each candidate the mean and standard deviation of the error (per cent) on 300 digits held out of the training set:
20 labels, the default widths, 6 seeds, 3,000 updates. One JSON object a line; name models to run those alone.
"""

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ladder.analysis import readers  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.data.rows import holdout  # noqa: E402
from ladder.recipe.contestants import AUTOENCODERS, Contestant  # noqa: E402
from ladder.settings import Live, Structure  # noqa: E402
from ladder.training import contestants  # noqa: E402

SEEDS, VALIDATION = range(6), 300
LOOKS = [{"classify": "probe"}, {"classify": "finetune"}]  # these classify the code of one and the same training
CANDIDATES = {
    "plain": [{"code_activation": kind} for kind in ("relu", "sigmoid", "tanh", "linear")],
    "denoising": [
        {"code_activation": activation, "corruption": kind, "corruption_level": level}
        for activation in ("relu", "tanh")
        for kind, level in (("gaussian", 0.3), ("gaussian", 0.5), ("gaussian", 0.7), ("masking", 0.3))
    ],
    "contractive": [
        {"tied": tied, "code_activation": "sigmoid", "contraction": contraction}
        for tied in (True, False)
        for contraction in (0.01, 0.1, 1.0)
    ],
    "contractive_hessian": [
        {"tied": True, "code_activation": "sigmoid", "hessian": hessian} for hessian in (0.01, 0.1, 1.0)
    ],
    "variational": [{"beta": beta} for beta in (0.01, 0.1, 1.0)],
    "pseudo_label": [{"weight": weight, "ramp": ramp} for weight in (0.3, 1.0, 3.0) for ramp in (300, 1500)],
    "vat": [{"weight": weight, "epsilon": epsilon} for weight in (0.3, 1.0, 3.0) for epsilon in (0.1, 0.2, 0.5)],
}


def errors(contestant: Contestant, looks: list[dict], data) -> dict[str, str]:
    """Trains a contestant with all SEEDS. Returns the mean and the standard deviation of its errors on the test rows of
    `data` (per cent, as text) by the way in which its code is classified. `looks`: these ways, each as the choices of
    the contestant that differ; [{}] for a model that is its own classifier, whose errors stand under "trained"."""
    structures = [Structure(weight_seed=seed, label_seed=seed) for seed in SEEDS]
    n, live = len(structures), Live()
    states = [contestants.initial(contestant, structure, data) for structure in structures]
    states, _ = contestants.train(states, [contestant] * n, structures, [live] * n, data, live.n_updates)
    found = {}
    for look in looks:
        seen = [
            readers.reader(replace(contestant, **look), state, structure, live, data).probabilities(data.x_test)
            for state, structure in zip(states, structures, strict=True)
        ]
        wrong = 100 * np.array([(p.argmax(1) != data.y_test).mean() for p in seen])
        found[look.get("classify", "trained")] = f"{wrong.mean():.1f} ({wrong.std(ddof=1):.1f})"
    return found


def main() -> None:
    torch.set_num_threads(1)
    data = holdout(load("digits"), VALIDATION)
    for model in sys.argv[1:] or CANDIDATES:
        for change in CANDIDATES[model]:
            one = Contestant(model, **change)
            found = errors(one, LOOKS if model in AUTOENCODERS else [{}], data)
            if model in AUTOENCODERS:
                found |= errors(replace(one, classify="joint"), [{"classify": "joint"}], data)
            print(json.dumps({"model": model, **change, "error": found}), flush=True)


if __name__ == "__main__":
    main()
