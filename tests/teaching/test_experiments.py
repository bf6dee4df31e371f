"""The numbers that "How it works" tells are those of benchmarks/experiments.json, in both languages."""

import importlib.util
import json
import math
import re
from pathlib import Path

import pytest

from ladder import i18n
from ladder.experiments import design
from ladder.recipe import links, race
from ladder.teaching.experiments import BESIDE, COMPARISONS, EXPERIMENTS, SWEEPS

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KEPT = json.loads((BENCHMARKS / "experiments.json").read_text())
EVERY = {**BESIDE, **EXPERIMENTS, **SWEEPS, **COMPARISONS}

# text below "about." -> the (experiment, model or value) whose errors it tells, as "mean % (least to largest)"
TOLD = {
    "measured": [("full", "ladder"), ("full", "supervised")],
    "every_layer.see": [("every_layer", "ladder"), ("full", "supervised"), ("full", "ladder")],
    "lateral.see": [("lateral", "ladder"), ("full", "supervised"), ("lateral_tuned", "ladder")],
    "top_down.see": [("top_down", "ladder"), ("full", "supervised")],
    "noise.see": [("noise", "ladder"), ("noise", "supervised")],
    "loss.see": [("loss", "ladder"), ("full", "ladder"), ("more_noise", "ladder")],
    "weight.see": [("weight", "ladder"), ("full", "ladder")],
    "gamma.see": [("gamma", "ladder"), ("full", "supervised")],
    "supervised.see": [("supervised", "ladder"), ("noise", "supervised")],
    "one_run.see": [("full", "ladder")],
    "all_labels.see": [("all_labels", "supervised"), ("all_labels", "ladder")],
    "which_noise.see": [("which_noise", word) for word in ("0", "0.2", "0.3", "1")],
    "autoencoder.see": [("autoencoder", model) for model in ("ladder", "twin", "denoising", "plain")],
}
PHRASES = {"en": "{mean} % ({low} to {high})", "zh": "{mean}%（{low}% 到 {high}%）"}


def phrase(errors: list[float], language: str) -> str:
    """Mean and range over the seeds, rounded outwards to whole per cent, or in tenths where all are below 10 %."""
    mean = sum(errors) / len(errors)
    if max(errors) < 10:
        return PHRASES[language].format(mean=f"{mean:.1f}", low=f"{min(errors):g}", high=f"{max(errors):g}")
    return PHRASES[language].format(mean=f"{mean:.0f}", low=math.floor(min(errors)), high=math.ceil(max(errors)))


def costs(name: str) -> float:
    """The sum of all layers' denoising costs, the mean over the seeds."""
    return sum(map(sum, KEPT[name]["costs"])) / len(KEPT[name]["costs"])


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


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_costs_of_the_noise_levels_are_kept_results(language):
    """Low, usual, high: the text's order too."""
    text = i18n.text("about.loss.see", language)
    places = [text.index(f"{costs(name):.1f}", 20) for name in ("loss", "full", "more_noise")]
    assert places == sorted(places)
    assert costs("noise") < 0.05 < costs("loss")  # "the costs fall to nearly 0"


def test_what_the_texts_conclude_holds_for_the_kept_results():
    mean = {
        (name, model): sum(errors) / len(errors)
        for name, one in KEPT.items()
        for model, errors in one.items()
        if model not in ("settings", "seeds", "versions", "costs")
    }
    full, twin = mean["full", "ladder"], mean["full", "supervised"]
    assert full < mean["every_layer", "ladder"] < full + (twin - full) / 2  # "most of the way"
    assert mean["lateral", "ladder"] > twin > mean["lateral_tuned", "ladder"]
    assert full < mean["top_down", "ladder"] < twin
    assert mean["noise", "ladder"] > mean["noise", "supervised"] > twin
    assert mean["loss", "ladder"] > full < mean["more_noise", "ladder"] and costs("more_noise") > costs("full")
    assert full < mean["weight", "ladder"]
    assert mean["gamma", "ladder"] < twin
    assert KEPT["supervised"]["ladder"] == KEPT["supervised"]["supervised"]  # "one curve"
    assert mean["all_labels", "supervised"] < mean["all_labels", "ladder"]
    learnt = [mean["autoencoder", model] for model in ("ladder", "denoising", "plain")]
    assert learnt == sorted(learnt)


def test_the_kept_results_are_of_the_links_of_today_and_of_many_seeds():
    """benchmarks/experiments.py replaces what is not."""
    spec = importlib.util.spec_from_file_location("experiments_benchmark", BENCHMARKS / "experiments.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    assert list(KEPT) == list(benchmark.KINDS) == [name for name in EVERY if name != "one_run"]
    for name, one in KEPT.items():
        assert one["settings"] == EVERY[name]
        assert tuple(one["seeds"]) == benchmark.SEEDS and len(set(one["seeds"])) >= 10
        counts = {len(errors) for model, errors in one.items() if model not in ("settings", "versions")}
        assert counts == {len(benchmark.SEEDS)}
        assert all(text in i18n.text("about.measured", "en") for text in ("20 seeds", "1 to 20"))


def test_every_link_is_understood():
    for words in (*BESIDE.values(), *EXPERIMENTS.values()):
        assert not links.read(words).warnings
    assert not [warning for words in SWEEPS.values() for warning in design.read(words)[1]]
    assert not [warning for words in COMPARISONS.values() for warning in race.read(words)[0].warnings]
