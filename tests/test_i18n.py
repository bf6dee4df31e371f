"""Every text in both languages, with the same values, and no key that is missing or useless."""

import re
import string
from pathlib import Path

import pytest

from ladder import i18n
from ladder.data.datasets import DATASETS
from ladder.problems import Problem
from ladder.settings import ACTIVATION_NAMES, COMBINATOR_NAMES, DATASET_NAMES, PRESETS, Live, Structure, knobs
from ladder.ui import component, texts

ROOT = Path(__file__).parents[1]
CATALOGUE = i18n.catalogue()
PANELS = ("live", "race", "sweep", "stage", "inside", "board", "student")  # what the components are given


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_text_is_there_in_both_languages_with_the_same_values(key):
    entry = CATALOGUE[key]
    assert set(entry) == set(i18n.LANGUAGES)
    assert all(text.strip() for text in entry.values())
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in entry.values()]
    assert fields[0] == fields[1]


def test_every_language_has_a_name_for_browsers():
    assert set(i18n.TAGS) == set(i18n.LANGUAGES)


@pytest.mark.parametrize(
    ("variables", "formats", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "C", "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "C", "en"),
        ({"LC_MESSAGES": "", "LANG": "de_DE.UTF-8"}, "zh_CN", "en"),
        ({}, "Chinese (Simplified)_China", "zh"),
        ({}, "zh_CN", "zh"),
        ({}, "English_United States", "en"),
        ({}, None, "en"),
        ({}, ValueError("unknown locale: UTF-8"), "en"),
    ],
)
def test_the_window_of_a_server_speaks_the_language_of_its_computer(monkeypatch, variables, formats, language):
    def getlocale():
        if isinstance(formats, ValueError):
            raise formats
        return formats, "UTF-8"

    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(i18n.locale, "getlocale", getlocale)
    assert i18n.of_system() == language


def test_every_choice_has_its_words():
    wanted = [f"knob.{name}.{part}" for cls in (Structure, Live) for name in knobs(cls) for part in ("label", "help")]
    wanted += [f"combinator.{name}" for name in COMBINATOR_NAMES] + [f"activation.{name}" for name in ACTIVATION_NAMES]
    wanted += [f"dataset.{name}.{part}" for name in DATASET_NAMES for part in ("label", "about")]
    wanted += [f"preset.{name}" for name in PRESETS] + [f"live.marker.{name}" for name in knobs(Live)]
    assert [key for key in wanted if key not in CATALOGUE] == []


def test_every_measured_feature_has_a_name():
    tables = [info for info in DATASETS.values() if not info.image_shape and not info.generated]
    wanted = [f"feature.{info.name}.{name}" for info in tables for name in info.feature_names]
    assert len(wanted) == 47 and [key for key in wanted if key not in CATALOGUE] == []


def test_every_class_that_is_a_word_has_a_name_and_no_other_text_names_a_class():
    words = {f"class.{info.name}.{name}" for info in DATASETS.values() for name in info.class_names if len(name) > 1}
    assert len(words) == 15 and words == {key for key in CATALOGUE if key.startswith("class.")}
    named = {key: entry for key, entry in CATALOGUE.items() if key in words}
    assert all(len(text) > 1 for entry in named.values() for text in entry.values())  # one letter would be a sign
    assert all(re.search("[\u4e00-\u9fff]", entry["zh"]) for entry in named.values())


@pytest.mark.parametrize("dataset", DATASETS)
def test_classes_are_called_by_their_names_in_each_language(dataset):
    classes = DATASETS[dataset].class_names
    for language in i18n.LANGUAGES:
        named = texts.class_names(dataset, language)
        assert len(set(named)) == len(classes)
        assert [name for name in classes if len(name) == 1] == [name for name in named if len(name) == 1]
        assert list(named) == component._about(Structure(dataset=dataset), language)["class_names"]


def sources() -> str:
    files = [*ROOT.glob("ladder/**/*.py"), *ROOT.glob("ladder/**/*.js"), *ROOT.glob("pages/*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_problem_raised_has_a_sentence_and_every_sentence_a_problem():
    raised = set(re.findall(r'Problem\(\s*"(\w+)"', sources())) | {"disk"}
    known = {key.removeprefix("problem.") for key in CATALOGUE if key.startswith("problem.")}
    assert raised == known


def test_every_key_written_in_the_code_exists():
    written = re.findall(r'(?:i18n\.text|texts\.(?:say|hint))\(\s*"([\w.]+)"', sources())
    assert len(written) > 30
    assert [key for key in written if key not in CATALOGUE] == []


def test_every_text_of_the_panel_exists():
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("ladder/**/*.js"))
    keys = set(re.findall(r"texts\.(\w+)", scripts)) - {"update", "costs"}
    assert [key for key in keys if not any(f"{panel}.{key}" in CATALOGUE for panel in PANELS)] == []


def patterns(suffix: str) -> list[re.Pattern]:
    """Every dotted word in the code, with what is filled in (as in f"knob.{name}.label") left open."""
    words = set()
    for path in [*ROOT.glob(f"ladder/**/*{suffix}"), *ROOT.glob(f"pages/*{suffix}")]:
        text = path.read_text(encoding="utf-8")
        words |= set(re.findall(r"texts\.(\w+)", text))
        words |= set(re.findall(r"""(?<=["'`])\w+(?:\.(?:\w+|\$?{[^{}]*}\w*))*(?=["'`$])""", text))
    return [re.compile(re.sub(r"\$?{[^{}]*}", r"[\\w-]+", word).replace(".", r"\.")) for word in words]


def test_no_text_is_left_over():
    python, script = patterns(".py"), patterns(".js")
    families = (
        "combinator.",
        "activation.",
        "variant.",
        "live.axis.",
        "page.costs.",
        "preset.",
        "about.drawing.",
        "race.axis.",
        "reserve.",
    )
    families += (
        "choice.",
        "compare.lineups.",
        "study.",
        "seeds.chart.",
        "search.figure.",
        "streamlit.",
        "feature.",
        "class.",
    )  # i18n.texts
    keys = [key for key in CATALOGUE if not key.startswith(families)]
    unused = [
        key
        for key in keys
        if not any(one.fullmatch(key) for one in python)
        and not (key.split(".")[0] in PANELS and any(one.fullmatch(key.split(".", 1)[1]) for one in script))
    ]
    assert unused == []


def test_the_texts_of_how_it_works_are_there_in_both_languages_with_the_same_parts():
    parts = {}
    for language in i18n.LANGUAGES:
        for path in sorted((ROOT / "ladder" / "teaching" / "texts" / language).glob("*.md")):
            lines = path.read_text(encoding="utf-8").splitlines()
            parts.setdefault(path.name, []).append([line[0] for line in lines if line[:1] in "#|123$-" and line])
    assert len(parts) == 4
    assert all(len(found) == 2 and found[0] == found[1] and found[0] for found in parts.values())


def test_a_problem_inside_a_problem_is_put_into_words():
    inner = Problem("bad_number", name="n_labeled", value="x", low="2", high="9")
    outer = Problem("link_value", key="labels", reason=inner, used=20)
    assert "Labelled samples: “x” is not a number from 2 to 9" in i18n.problem(outer, "en")
    assert "有标签样本数" in i18n.problem(outer, "zh")
