"""The two articles that this project grew from, as they are (contestants.ARTICLES): the losses of their epochs.

One JSON object for each epoch: the mean squared error per input value in training (averaged over the epoch, with
dropout and noise on, as Keras prints it), the error that the article prints there, and the error on the test rows
without noise. For the contractive article also the true ||J||^2 on test rows: with the stale weights of its code, and
without.

`--dataset mnist` needs the files in LADDER_DATA; the articles' figures are MNIST's.
"""

import argparse
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

from ladder.analysis import readers  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.recipe.contestants import ARTICLES, Article, article  # noqa: E402
from ladder.training import contestants  # noqa: E402

JACOBIAN_ROWS = 500


def run(name: str, one: Article) -> None:
    """Trains the article called `name` and prints a line for each epoch."""
    contestant, structure, live = one.contestant, one.structure, one.live
    data = load(structure.dataset)
    state, start = contestants.initial(contestant, structure, data), time.perf_counter()
    for epoch in range(1, one.n_epochs + 1):
        n_updates = epoch * live.n_updates // one.n_epochs - state.update
        state, metrics = contestants.train_one(contestant, state, structure, live, data, n_updates)
        reader = readers.reader(contestant, state, structure, live, data)
        found = {
            "article": name,
            "dataset": data.name,
            "epoch": epoch,
            "loss": round(float(metrics["reconstruction"].mean()), 5),
            "printed": one.printed.get(epoch),
            "test_mse": round(float(((reader.reconstruct(data.x_test) - data.x_test) ** 2).mean()), 5),
            "seconds": round(time.perf_counter() - start, 1),
        }
        if contestant.model == "contractive":
            J = reader.jacobian(data.x_test[:JACOBIAN_ROWS])
            found |= {"stale_weights": contestant.stale_weights}
            found |= {"test_contraction": round(float((J**2).sum((1, 2)).mean()), 4)}
            found |= {"weights_norm": round(float(np.linalg.norm(reader.first_weights)), 3)}
        print(json.dumps(found), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", default="mnist")
    torch.set_num_threads(1)
    for name in ARTICLES:
        one = article(name, parser.parse_args().dataset)
        run(name, one)
        if one.contestant.stale_weights:
            run(name, replace(one, contestant=replace(one.contestant, stale_weights=False)))


if __name__ == "__main__":
    main()
