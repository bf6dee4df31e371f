"""A dataset whose usual settings hardly show what a ladder gains says so, with the numbers of benchmarks/effect.py."""

import json
from pathlib import Path

import pytest
from scipy.stats import binomtest

from ladder import i18n
from ladder.data.datasets import DATASETS, Idx

LINES = (Path(__file__).parents[2] / "benchmarks" / "effect.jsonl").read_text().splitlines()
KEPT = {kept["dataset"]: kept for kept in map(json.loads, LINES)}


def test_every_dataset_that_needs_no_download_was_measured():
    assert KEPT.keys() == {name for name, info in DATASETS.items() if not isinstance(info, Idx)}


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", KEPT)
def test_the_page_says_where_the_ladder_is_hardly_better(name, language):
    kept = KEPT[name]
    lower, higher = kept["lower"], kept["higher"]
    clear = lower > higher and binomtest(lower, lower + higher).pvalue < 0.05  # a sign test over the seeds
    key = f"dataset.{name}.effect"
    assert (key in i18n.catalogue()) == (not clear)
    if not clear:
        numbers = [f" {lower} ", f" {higher} ", str(kept["ladder"][1]), str(kept["supervised"][1])]
        assert all(number in i18n.text(key, language) for number in numbers)
