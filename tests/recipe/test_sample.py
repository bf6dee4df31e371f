"""What a page may ask a ladder about: checked before anything is computed."""

import json
from dataclasses import asdict

import pytest

from ladder import i18n
from ladder.problems import Problem
from ladder.recipe.sample import Sample

ROWS = {"test": 500, "training": 900}
IMAGES = {"n_features": 4, "n_rows": ROWS, "image": True}
POINTS = {"n_features": 2, "n_rows": ROWS, "image": False}


def refusal(make):
    with pytest.raises(Problem) as found:
        make()
    assert all("{" not in i18n.problem(found.value, language) for language in i18n.LANGUAGES)
    return found.value


def test_a_sample_comes_back_from_json_as_it_went():
    sample = Sample(pixels=(0, 0.5, 1, 0.25), std=1, draw=3)
    assert Sample(**json.loads(json.dumps(asdict(sample)))) == sample
    assert sample.pixels == (0.0, 0.5, 1.0, 0.25) and isinstance(sample.std, float)


@pytest.mark.parametrize(
    "wrong, key",
    [
        ({"row": -1}, "bad_whole"),
        ({"row": 2.5}, "bad_whole"),
        ({"draw": -1}, "bad_whole"),
        ({"part": "validation"}, "bad_choice"),
        ({"draw": 2**32}, "bad_whole"),
        ({"std": 1.01}, "bad_number"),
        ({"std": -0.1}, "bad_number"),
        ({"std": float("nan")}, "bad_number"),
        ({"pixels": (0.0, float("nan"))}, "bad_number"),
        ({"pixels": (0.0, float("inf"))}, "bad_number"),
        ({"pixels": (1e30, 0.0)}, "bad_number"),
        ({"pixels": ("a", 0.0)}, "bad_number"),
        ({"pixels": 0.5}, "bad_list"),
    ],
)
def test_values_that_suit_no_data_are_refused(wrong, key):
    assert refusal(lambda: Sample(**wrong)).key == key


@pytest.mark.parametrize(
    "sample, data, key",
    [
        (Sample(pixels=(0.1,) * 3), IMAGES, "wrong_pixels"),
        (Sample(pixels=(0.1,) * 5), IMAGES, "wrong_pixels"),
        (Sample(pixels=(0.1, 0.2, 0.3, 1.01)), IMAGES, "bad_number"),
        (Sample(pixels=(-0.01, 0.2, 0.3, 1.0)), IMAGES, "bad_number"),
        (Sample(row=500), IMAGES, "bad_whole"),
        (Sample(row=900, part="training"), IMAGES, "bad_whole"),
    ],
)
def test_values_that_do_not_suit_the_data_are_refused(sample, data, key):
    assert refusal(lambda: sample.check(**data)).key == key


@pytest.mark.parametrize(
    "sample, data",
    [
        (Sample(), IMAGES),
        (Sample(row=499, std=0.0), IMAGES),
        (Sample(row=899, part="training"), IMAGES),
        (Sample(pixels=(0.0, 1.0, 0.5, 0.2)), IMAGES),
        (Sample(pixels=(-2.5, 3.0)), POINTS),
        (Sample(row=9999, pixels=(0.0, 0.0)), POINTS),  # the row is not used
    ],
)
def test_all_else_is_taken(sample, data):
    sample.check(**data)
