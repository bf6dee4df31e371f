"""The ladder beside its supervised twin and scikit-learn's own methods on six sets with few labels, all tuned alike.

    python benchmarks/few_labels.py [--trials 10] [--seeds 10] [--updates 1500] [--workers 2] [--only digits]
    python benchmarks/few_labels.py --table

Every set goes the way of a person's file (ladder/data): it is split, and prepared by statistics of its training rows.
For each set and number of labels each method gets the same number of trials: the first with its usual settings, the
others proposed by Optuna. A trial is judged on three splits, by validation rows as many as the labelled ones. With the
best settings the method is then trained on other splits, the same ones for all methods, and their test errors count.

A line for each set, number of labels and method is kept in few_labels.jsonl beside this file: an interrupted run goes
on. `--table` prints what is kept.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import ladder  # isort: skip  # before NumPy: ladder/arithmetic.py

import numpy as np
import optuna
from sklearn import datasets
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from ladder.analysis.statistics import mean_interval, paired_difference
from ladder.data import docstrings
from ladder.data.choices import Choices
from ladder.data.columns import described
from ladder.data.preparing import prepare
from ladder.data.reading import read
from ladder.data.rows import Data
from ladder.data.source import ArraySource, Reading, Source, TableSource

KEPT = Path(__file__).with_suffix(".jsonl")
BUDGETS = {
    "iris": (6, 15, 30),
    "wine": (6, 15, 30),
    "breast cancer": (10, 30, 100),
    "digits": (20, 50, 200),
    "docstrings": (25, 100, 400),
    "diabetes": (10, 40, 160),
}
METHODS = ("ladder", "twin", "label spreading", "self-training", "logistic")
TUNING_SPLITS = range(100, 103)
TEST_SHARE = 0.3


@cache
def source(name: str) -> tuple[Source, Choices]:
    """Returns a set as a person's file is read, and its columns' roles."""
    if name == "docstrings":
        return docstrings.table(), docstrings.CHOICES
    if name == "digits":
        found = datasets.load_digits()
        pixels = np.round(found.images * (255 / 16)).astype(np.uint8)
        labels = found.target.astype(str).astype(object)
        return ArraySource(pixels, labels, None, None, True, tuple("0123456789")), Choices()
    if name == "diabetes":  # is the disease's progress after a year above the median? A CSV file, as somebody has it
        frame = datasets.load_diabetes(as_frame=True, scaled=False).frame
        frame["target"] = np.where(frame.target > frame.target.median(), "fast", "slow")
        frame["sex"] = frame.sex.map({1: "a", 2: "b"})
    else:
        loaders = {"iris": datasets.load_iris, "wine": datasets.load_wine, "breast cancer": datasets.load_breast_cancer}
        frame = loaders[name](as_frame=True).frame
        frame["target"] = "class " + frame.target.astype(str)
    table = read(frame.to_csv(index=False).encode(), f"{name}.csv", Reading())
    assert isinstance(table, TableSource)
    return table, Choices({column.name: column.role for column in described(table.cells)})


@cache
def rows(name: str, split: int) -> Data:
    """Returns training and test rows of a split."""
    file, choices = source(name)
    chosen = Choices(choices.roles, test_share=TEST_SHARE, split_seed=split, text_width=choices.text_width)
    return prepare(file, chosen).data


def labels(data: Data, n_labeled: int, split: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns y (n,) of the training rows, -1 for all but `n_labeled` of them, with the classes' proportions, and the
    numbers of as many other rows for validation."""
    every = np.arange(len(data.y))
    labeled, others = train_test_split(every, train_size=n_labeled, stratify=data.y, random_state=split)
    n_validation = min(n_labeled, len(others) - data.n_classes)
    validation, _ = train_test_split(others, train_size=n_validation, stratify=data.y[others], random_state=split)
    y = np.full(len(data.y), -1)
    y[labeled] = data.y[labeled]
    return y, validation


Settings = dict[str, Any]


def usual(method: str, name: str) -> Settings:
    """Returns a method's settings before they are tuned."""
    network = {"widths": "100", "noise_std": 0.3, "learning_rate": 0.002}
    return {
        "ladder": network | {"pattern": "image" if name == "digits" else "table", "scale": 1.0},
        "twin": network,
        "label spreading": {"kernel": "knn", "n_neighbors": 7, "alpha": 0.2},
        "self-training": {"C": 10.0, "threshold": 0.75},
        "logistic": {"C": 10.0},
    }[method]


def suggested(method: str, trial: optuna.Trial) -> Settings:
    """Returns the settings of a trial."""
    if method in ("ladder", "twin"):
        found: Settings = {
            "widths": trial.suggest_categorical("widths", ("100", "200")),
            "noise_std": trial.suggest_float("noise_std", 0.05, 1.0),
            "learning_rate": trial.suggest_float("learning_rate", 0.0005, 0.01, log=True),
        }
        if method == "ladder":
            found["pattern"] = trial.suggest_categorical("pattern", ("table", "image"))
            found["scale"] = trial.suggest_float("scale", 0.1, 10, log=True)
        return found
    if method == "label spreading":
        found = {
            "kernel": trial.suggest_categorical("kernel", ("knn", "rbf")),
            "alpha": trial.suggest_float("alpha", 0.01, 0.99),
        }
        if found["kernel"] == "knn":
            return found | {"n_neighbors": trial.suggest_int("n_neighbors", 3, 20)}
        return found | {"gamma": trial.suggest_float("gamma", 0.003, 30, log=True)}
    found = {"C": trial.suggest_float("C", 0.01, 1000, log=True)}
    return found | ({"threshold": trial.suggest_float("threshold", 0.5, 0.99)} if method == "self-training" else {})


def made(method: str, settings: Settings, split: int, updates: int) -> ClassifierMixin:
    """Returns the estimator of a method; each takes -1 for a row without a label."""
    if method in ("ladder", "twin"):
        patterns = {"table": (10.0, 1.0, 0.1, 0.1, 0.1), "image": (1000.0, 10.0, 0.1, 0.1, 0.1)}  # as published
        weights = [settings["scale"] * one for one in patterns[settings["pattern"]]] if method == "ladder" else 0.0
        return ladder.LadderClassifier(
            (200, 100, 50) if settings["widths"] == "200" else (100, 50, 25),
            noise_std=settings["noise_std"],
            lambdas=weights,
            learning_rate=settings["learning_rate"],
            max_iter=updates,
            random_state=split,
        )
    if method == "label spreading":
        return LabelSpreading(**settings, max_iter=300)
    logistic = LogisticRegression(C=settings["C"], max_iter=5000)
    return SelfTrainingClassifier(logistic, threshold=settings["threshold"]) if "threshold" in settings else logistic


def errors(method: str, settings: Settings, name: str, n_labeled: int, split: int, updates: int) -> tuple[float, float]:
    """Returns the share of wrong validation rows and of wrong test rows."""
    data = rows(name, split)
    y, validation = labels(data, n_labeled, split)
    used = y >= 0 if method == "logistic" else np.ones(len(y), bool)
    model = made(method, settings, split, updates)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a search that did not settle, of rows that no label reached
        try:
            model.fit(data.x[used], y[used])
        except ValueError as error:
            if "diverge" not in str(error):
                raise
            return 1.0, 1.0
        guessed, tested = model.predict(data.x[validation]), model.predict(data.x_test)
    return float((guessed != data.y[validation]).mean()), float((tested != data.y_test).mean())


def measured(name: str, n_labeled: int, method: str, n_trials: int, n_seeds: int, updates: int) -> dict[str, Any]:
    """Tunes a method and returns what a line keeps: its trials, the chosen settings, and the test errors of the
    seeds."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trials: list[dict[str, Any]] = []

    def judged(settings: Settings) -> float:
        found = [errors(method, settings, name, n_labeled, split, updates)[0] for split in TUNING_SPLITS]
        trials.append({"settings": settings, "validation_error": float(np.mean(found))})
        return trials[-1]["validation_error"]

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.enqueue_trial(usual(method, name))
    study.optimize(lambda trial: judged(suggested(method, trial)), n_trials)
    best = min(trials, key=lambda one: one["validation_error"])["settings"]  # the first of equals
    tests = [errors(method, best, name, n_labeled, split, updates)[1] for split in range(n_seeds)]
    about = {"set": name, "labels": n_labeled, "method": method, "updates": updates}
    return about | {"chosen": best, "test_errors": tests, "trials": trials}


def kept() -> dict[tuple[str, int, str], dict[str, Any]]:
    """Returns the lines that are kept."""
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    return {(one["set"], one["labels"], one["method"]): one for one in map(json.loads, lines)}


def table(lines: dict[tuple[str, int, str], dict[str, Any]]) -> Iterator[str]:
    """Yields the table's lines in Markdown. The last column: the ladder's paired difference to the best of the others,
    in percentage points with its 95 % interval."""
    yield "| Set | Labels | " + " | ".join(METHODS) + " | ladder − best other |"
    yield "|---|--:|" + "--:|" * len(METHODS) + "---|"
    for name, budgets in BUDGETS.items():
        for n_labeled in budgets:
            if not all((name, n_labeled, one) in lines for one in METHODS):
                continue
            found = {one: lines[name, n_labeled, one]["test_errors"] for one in METHODS}
            cells = " | ".join(_with_ends(found[one]) for one in METHODS)
            rival = min(METHODS[1:], key=lambda one: float(np.mean(found[one])))
            mean, low, high, _, _ = paired_difference(found["ladder"], found[rival])
            verdict = "better" if high is not None and high < 0 else "worse" if low is not None and low > 0 else "open"
            ends = "" if low is None or high is None else f" [{100 * low:+.1f}, {100 * high:+.1f}]"
            yield f"| {name} | {n_labeled} | {cells} | {100 * mean:+.1f}{ends} {rival}: {verdict} |"


def _with_ends(values: list[float]) -> str:
    mean, low, high, _ = mean_interval(values)
    return f"{100 * mean:.1f} [{100 * (low or 0):.1f}, {100 * (high or 0):.1f}]"


def main() -> None:
    """Measures what is not kept yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, value in {"trials": 10, "seeds": 10, "updates": 1500, "workers": 2}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--only", choices=BUDGETS, action="append")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    jobs = [(name, n, method) for name in given.only or BUDGETS for n in BUDGETS[name] for method in METHODS]
    jobs = [] if given.table else [job for job in jobs if job not in kept()]
    run: Callable[..., Any] = partial(measured, n_trials=given.trials, n_seeds=given.seeds, updates=given.updates)
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(run, *job) for job in jobs]):
            line = done.result()
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{line['set']} {line['labels']} {line['method']}: {_with_ends(line['test_errors'])}", flush=True)
    print("\n".join(table(kept())))


if __name__ == "__main__":
    main()
