"""The numbers that "How it works" tells are those of benchmarks/experiments.json, in both languages."""

import importlib.util
import json
import math
import re
from pathlib import Path

import pytest

from ladder import i18n
from ladder.experiments import design
from ladder.recipe import race
from ladder.teaching.experiments import COMPARISONS, SWEEPS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KEPT = json.loads((BENCHMARKS / "experiments.json").read_text())
EVERY = {**SWEEPS, **COMPARISONS}

# text below "about." -> the (question, model or value) whose errors it tells, as "mean % (least to largest)"
TOLD = {
    "which_noise.see": [("which_noise", word) for word in ("0", "0.2", "0.3", "1")],
    "autoencoder.see": [("autoencoder", model) for model in ("ladder", "twin", "denoising", "plain")],
}
PHRASES = {"en": "{mean} % ({low} to {high})", "zh": "{mean}%（{low}% 到 {high}%）"}


def phrase(errors: list[float], language: str) -> str:
    """Mean and range over the seeds, rounded outwards to whole per cent."""
    mean = sum(errors) / len(errors)
    return PHRASES[language].format(mean=f"{mean:.0f}", low=math.floor(min(errors)), high=math.ceil(max(errors)))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("name", TOLD)
def test_every_percentage_of_a_text_is_a_kept_result(name, language):
    text = i18n.text(f"about.{name}", language)
    for experiment, model in TOLD[name]:
        wanted = phrase(KEPT[experiment][model], language)
        assert wanted in text, (wanted, text)
        text = text.replace(wanted, "", 1)
    assert not re.findall(r"\d[\d.]* ?%", text)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_no_other_text_of_the_page_tells_a_percentage(language):
    texts = {name: text for name, text in i18n.texts("about", language).items() if name not in TOLD}
    assert not [name for name, text in texts.items() if re.search(r"\d ?%", text)]


def test_what_the_texts_conclude_holds_for_the_kept_results():
    mean = {
        (name, model): sum(errors) / len(errors)
        for name, one in KEPT.items()
        for model, errors in one.items()
        if model not in ("settings", "seeds", "versions")
    }
    learnt = [mean["autoencoder", model] for model in ("ladder", "denoising", "plain")]
    assert learnt == sorted(learnt)


def test_the_kept_results_are_of_the_links_of_today_and_of_many_seeds():
    """benchmarks/experiments.py replaces what is not."""
    spec = importlib.util.spec_from_file_location("experiments_benchmark", BENCHMARKS / "experiments.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert list(KEPT) == list(benchmark.KINDS) == list(EVERY)
    for name, one in KEPT.items():
        assert one["settings"] == EVERY[name]
        assert tuple(one["seeds"]) == benchmark.SEEDS and len(set(one["seeds"])) >= 10
        counts = {len(errors) for model, errors in one.items() if model not in ("settings", "versions")}
        assert counts == {len(benchmark.SEEDS)}
        assert all(text in i18n.text("about.measured", "en") for text in ("20 seeds", "1 to 20"))


def test_every_link_is_understood():
    assert not [warning for words in SWEEPS.values() for warning in design.read(words)[1]]
    assert not [warning for words in COMPARISONS.values() for warning in race.read(words)[0].warnings]
