"""What "How it works" says of when to use a ladder, held to what benchmarks/few_labels.py measured."""

import json
from pathlib import Path

import numpy as np
import pytest

from ladder import i18n, teaching
from ladder.analysis.statistics import paired_difference

LINES = (Path(__file__).parents[2] / "benchmarks" / "few_labels.jsonl").read_text().splitlines()
KEPT = {(one["set"], one["labels"], one["method"]): one["test_errors"] for one in map(json.loads, LINES)}
CELLS = {(name, n_labeled) for name, n_labeled, _ in KEPT}
OTHERS = ("twin", "label spreading", "self-training", "logistic")
SAID = [  # each in one line of the text
    [("wine", 6, "ladder"), ("wine", 6, "label spreading"), ("wine", 6, "twin"), ("wine", 6, "logistic")],
    [("digits", 20, "label spreading"), ("digits", 20, "ladder")],
    [("digits", 50, "label spreading"), ("digits", 50, "ladder")],
    [("breast cancer", 100, "ladder"), ("breast cancer", 100, "logistic")],
    [("diabetes", 40, "ladder"), ("diabetes", 40, "self-training")],
]


def written(language: str) -> str:
    return (Path(teaching.__file__).parent / "texts" / language / "when.md").read_text(encoding="utf-8")


def per_cent(of: tuple[str, int, str]) -> str:
    return f"{100 * np.mean(KEPT[of]):.1f}"


def ends(cell: tuple[str, int], rival: str) -> tuple[float | None, float | None]:
    found = paired_difference(KEPT[(*cell, "ladder")], KEPT[(*cell, rival)])
    return found.low, found.high


def best(cell: tuple[str, int]) -> str:
    return min(OTHERS, key=lambda one: float(np.mean(KEPT[(*cell, one)])))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_its_numbers_are_those_that_were_measured(language):
    text = written(language)
    for cells in SAID:
        at = [text.index(per_cent(one)) for one in cells]
        assert at == sorted(at), cells
    better = sum((ends(cell, best(cell))[1] or 0) < 0 for cell in CELLS)
    worse = sum((ends(cell, best(cell))[0] or 0) > 0 for cell in CELLS)
    twin = sum(np.mean(KEPT[(*cell, "ladder")]) < np.mean(KEPT[(*cell, "twin")]) for cell in CELLS)
    numbers = [len(CELLS), better, worse, int(twin)]
    assert all(f" {n} " in text.replace("\n", " ") for n in numbers), numbers


def test_every_method_was_tuned_alike_and_judged_by_the_same_splits():
    every = [json.loads(line) for line in LINES]
    assert {len(one["trials"]) for one in every} == {10} and {len(one["test_errors"]) for one in every} == {10}
    assert len({one["updates"] for one in every}) == 1 and len(every) == 5 * len(CELLS)
