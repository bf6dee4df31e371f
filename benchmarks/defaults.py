"""Weights and noise for data that are no images: the values of defaults.default_live, chosen without the test set.

For each dataset the mean error (per cent, 8 seeds, 1,500 updates) on held-out training rows, of the ladder with several
patterns of lambda and of the supervised twin. One JSON object a line. About 20 minutes on one core.
"""

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import torch  # noqa: E402

from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import DATASETS, load  # noqa: E402
from ladder.data.rows import holdout  # noqa: E402
from ladder.recipe.defaults import default_live  # noqa: E402
from ladder.settings import Structure  # noqa: E402
from ladder.training import train  # noqa: E402

SEEDS, UPDATES = range(8), 1500
PATTERNS = {
    "1000 10 .1 .1 .1": (1000.0, 10.0, 0.1, 0.1, 0.1),
    "100 1 .1 .1 .1": (100.0, 1.0, 0.1, 0.1, 0.1),
    "10 1 .1 .1 .1": (10.0, 1.0, 0.1, 0.1, 0.1),
    "1 1 1 1 1": (1.0,) * 5,
    "0 0 0 0 1": (0.0, 0.0, 0.0, 0.0, 1.0),
}
NOISES = (0.1, 0.3)


def mean_error(data, live, model: str) -> float:
    """Trains `model`, one of train.MODELS, with all SEEDS. Returns the mean of its errors on the test rows of `data`,
    in per cent."""
    structures = [Structure(dataset=data.name, weight_seed=seed, label_seed=seed) for seed in SEEDS]
    start = [train.initial(structure, data, model) for structure in structures]
    states, _ = train.train(start, structures, [live] * len(structures), data, UPDATES, model)
    errors = [snapshot.evaluate(*pair, live, data).test_error for pair in zip(states, structures, strict=True)]
    return round(100 * sum(errors) / len(errors), 2)


def main() -> None:
    torch.set_num_threads(1)
    for name, info in DATASETS.items():
        if info.image_shape is not None:
            continue
        data = load(name)
        data = holdout(data, min(300, len(data.x) // 3))
        for noise_std in NOISES:
            live = replace(default_live(Structure(dataset=name)), noise_std=(noise_std,) * 5, n_updates=UPDATES)
            found = {
                words: mean_error(data, replace(live, lambdas=lambdas), "ladder") for words, lambdas in PATTERNS.items()
            }
            twin = mean_error(data, live, "supervised")
            print(json.dumps({"dataset": name, "noise_std": noise_std, "twin": twin, "ladder": found}), flush=True)


if __name__ == "__main__":
    main()
