"""Test error on digits at 10, 20, 50 and 100 labels: ladder, supervised twin, LabelSpreading, logistic regression.

One setting for all budgets, chosen on rows held out of the training set (`--choose`), never on the test set. Ten label
seeds; the weight seed follows the label seed. Prints a JSON object per budget and the table for benchmarks/README.md.
"""

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.semi_supervised import LabelSpreading  # noqa: E402

from ladder.analysis import snapshot  # noqa: E402
from ladder.data.datasets import load  # noqa: E402
from ladder.data.rows import Data, holdout, labeled_rows  # noqa: E402
from ladder.recipe import defaults  # noqa: E402
from ladder.settings import Live, Structure, preset  # noqa: E402
from ladder.training import train  # noqa: E402

BUDGETS = (10, 20, 50, 100)
CHOSEN = (500, 250, 100)  # hidden widths, by --choose
UPDATES = 3000
VALIDATION = 300


def networks(data: Data, widths, n_labeled: int, seeds, change=None) -> dict[str, list[float]]:
    """Returns the test errors (fractions, a value for each seed) of the ladder and of its supervised twin, by model.
    `widths`: of the hidden layers; `change`: choices of Live other than the usual ones with the preset "full", by
    name."""
    structures = [Structure(widths=widths, weight_seed=seed, label_seed=seed) for seed in seeds]
    live = defaults.default_live(structures[0])
    live = preset(live, "full", structures[0].n_layers)
    live = Live(**{**live.__dict__, "n_labeled": n_labeled, "n_updates": UPDATES, **(change or {})})
    errors = {}
    for model in train.MODELS:
        states = [train.initial(structure, data, model) for structure in structures]
        states, _ = train.train(states, structures, [live] * len(states), data, UPDATES, model)
        pairs = zip(states, structures, strict=True)
        errors[model] = [snapshot.evaluate(state, structure, live, data).test_error for state, structure in pairs]
    return errors


def classical(data: Data, n_labeled: int, seeds) -> dict[str, list[float]]:
    """Returns the test errors (fractions, a value for each seed) of LabelSpreading, which uses all training rows, and
    of logistic regression, which uses the labelled rows, on the same labels."""
    errors = {"label_spreading": [], "logistic_regression": []}
    for seed in seeds:
        rows = labeled_rows(data, n_labeled, seed)
        masked = np.full(len(data.y), -1)
        masked[rows] = data.y[rows]
        spread = LabelSpreading(kernel="knn", n_neighbors=7, alpha=0.2, max_iter=200).fit(data.x, masked)
        plain = LogisticRegression(max_iter=2000).fit(data.x[rows], data.y[rows])
        for name, model in (("label_spreading", spread), ("logistic_regression", plain)):
            errors[name].append(float((model.predict(data.x_test) != data.y_test).mean()))
    return errors


def summary(errors: list[float]) -> str:
    """Returns the mean and the standard deviation in per cent: "2.1 (0.4)"."""
    return f"{100 * np.mean(errors):.1f} ({100 * np.std(errors, ddof=1):.1f})"


def choose() -> None:
    """Prints the errors of the candidate settings on 300 rows held out of the training set, for 4 seeds."""
    data, seeds = holdout(load("digits"), VALIDATION), range(4)
    candidates = {
        "256-128-64": ((256, 128, 64), {}),
        "500-250-100": ((500, 250, 100), {}),
        "256-128-64, noise 0.5": ((256, 128, 64), {"noise_std": (0.5,) * 5}),
        "256-128-64, noise 0.2": ((256, 128, 64), {"noise_std": (0.2,) * 5}),
        "256-128-64, bottom 2000": ((256, 128, 64), {"lambdas": (2000.0, 0.0, 0.0, 0.0, 0.0)}),
        "256-128-64, lambda 2000, 20": ((256, 128, 64), {"lambdas": (2000.0, 20.0, 0.1, 0.1, 0.1)}),
    }
    for name, (widths, change) in candidates.items():
        found = {n: summary(networks(data, widths, n, seeds, change)["ladder"]) for n in BUDGETS}
        print(json.dumps({"candidate": name, "validation_error_percent": found}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--choose", action="store_true", help="compare candidate settings on held-out training rows")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.choose:
        choose()
        return
    data, seeds, rows = load("digits"), range(arguments.seeds), []
    for n_labeled in BUDGETS:
        start = time.perf_counter()
        errors = networks(data, CHOSEN, n_labeled, seeds) | classical(data, n_labeled, seeds)
        seconds = round(time.perf_counter() - start)
        print(json.dumps({"labels": n_labeled, "errors": errors, "seconds": seconds}), flush=True)
        rows.append(f"| {n_labeled} | " + " | ".join(summary(one) for one in errors.values()) + " |")
    print("\n| labels | ladder | supervised twin | LabelSpreading | logistic regression |\n|---|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
