"""The ladder as a scikit-learn estimator beside scikit-learn's own, on digits with 50 labels.

    python benchmarks/estimator.py [--labels 50] [--seeds 20] [--updates 2000]

Each seed is another split of the 1,797 digits (500 test rows, the classes in proportion) and other labelled rows, the
same for all methods. Prints each method's test error with a 95 % interval of the mean over the seeds, and the ladder's
paired difference to each other. The ladder's widths, and the kernel, gamma, neighbours and alpha of label spreading,
were chosen on the splits of the seeds 100 to 105, from eight and twelve settings. The rest of the ladder is as
published for images. Self-training is the page's (ladder/models/references.py).
"""

import argparse
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import ladder  # isort: skip  # before NumPy: ladder/arithmetic.py

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from ladder.analysis.statistics import mean_interval, paired_difference

N_TEST = 500


def methods(seed: int, updates: int) -> dict[str, ClassifierMixin]:
    """The estimators by name; all take -1 for a row without a label."""
    logistic = LogisticRegression(C=10.0, max_iter=5000)
    return {
        "LadderClassifier": ladder.LadderClassifier((200, 100, 50), preset="full", max_iter=updates, random_state=seed),
        "LabelSpreading": LabelSpreading(kernel="rbf", gamma=6, alpha=0.2, max_iter=300),
        "SelfTrainingClassifier": SelfTrainingClassifier(logistic, threshold=0.75),
    }


def rows(n_labeled: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training rows and their labels, -1 for all but `n_labeled` of them, and test rows with theirs."""
    x, y = load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x / 16, y, test_size=N_TEST, stratify=y, random_state=seed)
    _, unlabeled = train_test_split(np.arange(len(y)), train_size=n_labeled, stratify=y, random_state=seed)
    y = y.copy()
    y[unlabeled] = -1
    return x, y, x_test, y_test


def errors(n_labeled: int, seeds: range, updates: int) -> dict[str, list[float]]:
    """The test errors of each method by name, one for each seed."""
    found: dict[str, list[float]] = {}
    for seed in seeds:
        x, y, x_test, y_test = rows(n_labeled, seed)
        for name, method in methods(seed, updates).items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.simplefilter("ignore", RuntimeWarning)  # label spreading, of rows that no label reached
                found.setdefault(name, []).append(1 - method.fit(x, y).score(x_test, y_test))
    return found


def ends(low: float | None, high: float | None) -> str:
    """An interval as text, empty where the seeds allow none."""
    return "" if low is None or high is None else f"[{low:.1%}, {high:.1%}]"


def main() -> None:
    """Prints a line for each method, and the differences."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--labels", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--updates", type=int, default=2000)
    arguments = parser.parse_args()
    found = errors(arguments.labels, range(arguments.seeds), arguments.updates)
    first, *others = found
    for name, values in found.items():
        mean, low, high, _ = mean_interval(values)
        print(f"{name:24} {mean:6.1%}  {ends(low, high)}")
    for name in others:
        mean, low, high, _, p = paired_difference(found[first], found[name])
        print(f"{first} - {name}: {mean:+.1%}  {ends(low, high)}  p = {p:.1g}")


if __name__ == "__main__":
    main()
