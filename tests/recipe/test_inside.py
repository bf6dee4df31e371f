"""What the page Inside asks for: its words, and what is refused of them in a sentence."""

from dataclasses import fields

import pytest

from ladder import i18n
from ladder.problems import Problem
from ladder.recipe.inside import Inside, from_words
from ladder.recipe.sample import Sample
from ladder.settings import Structure

DIGITS = Structure(widths=(12, 7))


def test_the_words_of_a_page_make_the_value():
    words = {"part": "training", "row": 3, "pixels": [], "std": None, "draw": 2, "layer": 2, "unit": 6}
    assert from_words(words) == Inside(Sample(row=3, draw=2, part="training"), 2, 6)
    assert from_words({}) == Inside()
    from_words(words).check(DIGITS)


def test_what_a_run_tells_of_it_has_every_field_and_no_picture():
    inside = from_words({"pixels": [0.5] * 64, "std": 0.2})
    told = inside.words()
    assert told.keys() == {field.name for cls in (Sample, Inside) for field in fields(cls)} - {"sample"}
    assert told["pixels"] == 64 and told["std"] == 0.2


@pytest.mark.parametrize(
    "words",
    [
        None,
        [],
        "x",
        {"rows": 1},
        {"row": 1, "tab": 2},
        {"layer": 9},
        {"layer": -1},
        {"unit": 1.5},
        {"unit": "many"},
        {"row": None},
        {"std": 2},
        {"std": "a"},
        {"pixels": 3},
        {"pixels": ["x"]},
        {"pixels": [float("nan")]},
        {"draw": -1},
        {"part": "validation"},
        {"part": None},
    ],
)
def test_words_that_mean_nothing_are_refused_in_a_sentence(words):
    with pytest.raises(Problem) as caught:
        from_words(words)
    for language in i18n.LANGUAGES:
        assert i18n.problem(caught.value, language)


@pytest.mark.parametrize(
    "words", [{"layer": 4}, {"layer": 1, "unit": 12}, {"row": 500}, {"pixels": [0.1] * 63}, {"pixels": [1.5] * 64}]
)
def test_what_a_run_does_not_have_is_refused_in_a_sentence(words):
    inside = from_words(words)
    with pytest.raises(Problem) as caught:
        inside.check(DIGITS)
    for language in i18n.LANGUAGES:
        assert i18n.problem(caught.value, language)
