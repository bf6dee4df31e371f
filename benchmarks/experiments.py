"""What the experiments of "How it works" end at: test errors of ladder and twin, and the costs, for seeds 0, 1 and 2.

Both seeds are the number; 3,000 updates, as the links say. One JSON object an experiment: the numbers that the page
(ladder/locales/about.toml) tells.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.recipe import links  # noqa: E402
from ladder.teaching.experiments import EXPERIMENTS  # noqa: E402
from ladder.training import train  # noqa: E402

SEEDS = (0, 1, 2)
BESIDE = {"full": {}, "more_noise": {"noise": "0.6"}}  # what the texts compare with


def measured(words: dict[str, str]) -> dict[str, list[float]]:
    """Per cent, and the last updates' raw costs, by seed."""
    recipe, data = links.read(words).recipe, load("digits")
    structures = [replace(recipe.structure, weight_seed=seed, label_seed=seed) for seed in SEEDS]
    found = {}
    for model in train.MODELS:
        states = [train.initial(structure, data, model) for structure in structures]
        lives = [recipe.live] * len(SEEDS)
        states, metrics = train.train(states, structures, lives, data, recipe.live.n_updates, model)
        errors = [snapshot.evaluate(*pair, data)["test_error"] for pair in zip(states, structures, strict=True)]
        found[model] = [round(100 * error, 1) for error in errors]
        if model == "ladder":
            found["costs"] = [round(float(part["denoising"][-100:].mean()), 3) for part in metrics]
    return found


def main() -> None:
    torch.set_num_threads(1)
    for name, words in {**BESIDE, **EXPERIMENTS}.items():
        if "lseed" not in words:  # that one asks for other labels with the settings of "full"
            print(json.dumps({"experiment": name, **measured(words)}), flush=True)


if __name__ == "__main__":
    main()
