"""The run that a bare address opens (defaults.OPENING): how typical it is of many seeds, and what wider networks cost.

The first lines: for each network the final test errors (per cent; quartiles over SEEDS, each as weight seed and label
seed) of the ladder and of its supervised twin, and the seconds as a multiple of the first network's. The next line is
what the first lesson shows: the ladder's errors after LESSON updates as it is, without noise, without the cost at the
input, and 500 updates after the first of these was given 100 labels. The last line: the seeds by how far their figures
lie from the medians, in quartile ranges. One JSON object a line. About five minutes on one core.
"""

import importlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.recipe.defaults import default_live  # noqa: E402
from ladder.settings import Live, Structure  # noqa: E402
from ladder.training import train  # noqa: E402

SEEDS = range(24)
NETWORKS = ((100, 50, 25), (128, 64, 32), (256, 128, 64))
LESSON = 1500  # updates: fifteen seconds at 100 a second
torch.set_num_threads(1)


class Trained:
    """A structure with each of SEEDS, trained as `model`, one of train.MODELS, as far as `on` was told."""

    def __init__(self, structure: Structure, model: str = "ladder") -> None:
        self.structures = [replace(structure, weight_seed=seed, label_seed=seed) for seed in SEEDS]
        self.data, self.model = load(self.structures[0].dataset), model
        self.states = [train.initial(structure, self.data, model) for structure in self.structures]

    def on(self, live: Live, updates: int) -> np.ndarray:
        """Trains on with the choices `live`. Returns the test error of each seed, in per cent."""
        lives = [live] * len(self.structures)
        self.states, _ = train.train(self.states, self.structures, lives, self.data, updates, self.model)
        pairs = zip(self.states, self.structures, strict=True)
        return 100 * np.array([snapshot.evaluate(*pair, live, self.data).test_error for pair in pairs])


def quartiles(errors: dict[str, np.ndarray]) -> dict[str, list[float]]:
    return {name: np.percentile(found, (25, 50, 75)).round(1).tolist() for name, found in errors.items()}


def final_errors(structure: Structure) -> dict[str, np.ndarray]:
    """Returns the test errors of each seed, in per cent, of the ladder and of its supervised twin at their target."""
    live = default_live(structure)
    return {model: Trained(structure, model).on(live, live.n_updates) for model in ("ladder", "supervised")}


def lesson(structure: Structure) -> dict[str, np.ndarray]:
    """Returns the errors of each seed that the first lesson shows, by what was done."""
    live = replace(default_live(structure), n_updates=0)
    usual = Trained(structure)
    return {
        "as it is": usual.on(live, LESSON),
        "100 labels": usual.on(replace(live, n_labeled=100), 500),
        "without noise": Trained(structure).on(replace(live, noise_std=(0.0,) * len(live.noise_std)), LESSON),
        "without λ₀": Trained(structure).on(replace(live, lambdas=(0.0, *live.lambdas[1:])), LESSON),
    }


def main() -> None:
    final, first = {}, 0.0
    for widths in NETWORKS:
        began = time.perf_counter()
        errors = final_errors(Structure(widths=widths))
        took = time.perf_counter() - began
        first, final = first or took, final or errors
        print(json.dumps({"widths": widths, "cost": round(took / first, 2), **quartiles(errors)}), flush=True)
    shown = lesson(Structure(widths=NETWORKS[0]))
    print(json.dumps(quartiles(shown), ensure_ascii=False), flush=True)
    figures = final | shown
    away = sum(np.abs(found - np.median(found)) / np.ptp(np.percentile(found, (25, 75))) for found in figures.values())
    rows = {int(seed): [round(float(found[seed]), 1) for found in figures.values()] for seed in np.argsort(away)}
    print(json.dumps({"figures": list(figures), "seeds": rows}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
