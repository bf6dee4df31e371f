"""How often a 95 % interval of a mean error over few seeds holds the true mean: several methods, on real runs.

`--train` trains 200 seeds of each setting in RUNS (ten minutes on one core) and keeps how many test rows each got wrong
in tests/analysis/runs_200.json, the data of the coverage tests. Then samples of 3, 5 and 10 seeds are drawn from them,
with the mean of all 200 as the truth. The table shows for each method the coverage in per cent and, in brackets, the
median width of the interval in points.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

import numpy as np  # noqa: E402
import torch  # noqa: E402
from scipy import stats  # noqa: E402
from scipy.special import expit, logit  # noqa: E402

from ladder.analysis import snapshot  # noqa: E402
from ladder.data.protocol import load  # noqa: E402
from ladder.recipe import links  # noqa: E402
from ladder.training import train  # noqa: E402

KEPT = Path(__file__).parents[1] / "tests" / "analysis" / "runs_200.json"
N_RUNS, SAMPLES = 200, 4000
# name -> (settings as in a link, model)
RUNS = {
    "digits": ({"target": "300"}, "ladder"),
    "digits_twin": ({"target": "300"}, "supervised"),
    "iris": ({"data": "iris", "target": "300"}, "ladder"),
    "moons_60": ({"data": "moons", "labels": "60", "target": "300"}, "ladder"),
    "moons_20": ({"data": "moons", "labels": "20", "target": "300"}, "ladder"),
}

Ends = tuple[np.ndarray, np.ndarray]


def wrong(settings: dict[str, str], model: str) -> dict:
    """Trains N_RUNS seeds of a setting; each seed is both the weight seed and the label seed. `settings`: parameters of
    a link; `model`: one of train.MODELS. Returns both, the number of test rows, and the number of wrong test rows of
    each seed."""
    recipe = links.read(settings).recipe
    data = load(recipe.structure)
    structures = [replace(recipe.structure, weight_seed=seed, label_seed=seed) for seed in range(N_RUNS)]
    states = [train.initial(structure, data, model) for structure in structures]
    lives = [recipe.live] * N_RUNS
    states, _ = train.train(states, structures, lives, data, recipe.live.n_updates, model)
    pairs = zip(states, structures, strict=True)
    errors = [snapshot.evaluate(state, structure, recipe.live, data).test_error for state, structure in pairs]
    n_test = len(data.x_test)
    return {"settings": settings, "model": model, "n_test": n_test, "wrong": [round(n_test * e) for e in errors]}


def keep() -> None:
    """Trains all RUNS and writes KEPT."""
    torch.set_num_threads(1)
    found = {name: wrong(*run) for name, run in RUNS.items()}
    KEPT.write_text("{\n" + ",\n".join(f'  "{name}": {json.dumps(one)}' for name, one in found.items()) + "\n}\n")


# --- methods: each takes k samples of n errors between 0 and 1, (k, n), and returns both ends of their intervals, (k,)


def student(x: np.ndarray) -> Ends:
    """Returns Student's interval of the mean, cut at 0 and 1."""
    half = _reach(x.shape[1]) * _standard_error(x)
    return np.clip(x.mean(1) - half, 0, 1), np.clip(x.mean(1) + half, 0, 1)


def arcsine_scale(x: np.ndarray) -> Ends:
    """Returns the interval that the pages show: a t-interval of the mean on the scale of arcsin sqrt
    (statistics.mean_interval)."""
    mean = x.mean(1)
    half = _reach(x.shape[1]) * _standard_error(x) / (2 * np.sqrt(mean * (1 - mean)))
    low, high = (np.clip(np.arcsin(np.sqrt(mean)) + sign * half, 0, np.pi / 2) for sign in (-1, 1))
    return np.sin(low) ** 2, np.sin(high) ** 2


def logit_scale(x: np.ndarray) -> Ends:
    """Returns a t-interval of the mean m on the scale of log(m / (1 - m)). It is wider, and far wider where errors are
    near 0."""
    mean = x.mean(1)
    half = _reach(x.shape[1]) * _standard_error(x) / (mean * (1 - mean))
    return expit(logit(mean) - half), expit(logit(mean) + half)


def logit_of_errors(x: np.ndarray) -> Ends:
    """Returns Student's interval of the logits of the single errors, cut at 0.001 and 0.999."""
    y = logit(np.clip(x, 0.001, 0.999))
    half = _reach(x.shape[1]) * _standard_error(y)
    return expit(y.mean(1) - half), expit(y.mean(1) + half)


def percentile_bootstrap(x: np.ndarray) -> Ends:
    """Returns the 2.5 % and 97.5 % quantiles of the means of 400 resamples."""
    rows = np.random.default_rng(0).integers(0, x.shape[1], (400, x.shape[1]))
    means = x[:, rows].mean(2)
    return np.quantile(means, 0.025, axis=1), np.quantile(means, 0.975, axis=1)


def _reach(n: int) -> float:
    return float(stats.t.ppf(0.975, n - 1))


def _standard_error(x: np.ndarray) -> np.ndarray:
    return x.std(1, ddof=1) / np.sqrt(x.shape[1])


METHODS: tuple[Callable[[np.ndarray], Ends], ...] = (
    student,
    arcsine_scale,
    logit_scale,
    logit_of_errors,
    percentile_bootstrap,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", action="store_true", help="train the runs anew")
    if parser.parse_args().train:
        keep()
    print("| runs | mean, % | seeds | " + " | ".join(one.__name__.replace("_", " ") for one in METHODS) + " |")
    print("|---" * (3 + len(METHODS)) + "|")
    rng = np.random.default_rng(0)
    for name, one in json.loads(KEPT.read_text()).items():
        errors = np.array(one["wrong"]) / one["n_test"]
        for n in (3, 5, 10):
            x = errors[rng.integers(0, len(errors), (SAMPLES, n))]
            x = x[x.max(1) > x.min(1)]  # equal errors have no interval
            cells = []
            for method in METHODS:
                low, high = method(x)
                holds = np.mean((low <= errors.mean()) & (errors.mean() <= high))
                cells.append(f"{100 * holds:.1f} ({100 * np.median(high - low):.1f})")
            print(f"| {name} | {100 * errors.mean():.1f} | {n} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
