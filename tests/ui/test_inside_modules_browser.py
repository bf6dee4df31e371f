"""The pure parts of the page Inside: the places, widths and colours of its drawing, and a person's strokes."""

import numpy as np
import pytest
from modules import blank, run


@pytest.fixture(scope="module")
def page(browser):
    yield blank(browser)


@pytest.mark.parametrize("width, height, n", [(720, 600, 5), (340, 500, 5), (900, 740, 8), (600, 430, 2)])
def test_nodes_do_not_overlap_and_stay_in_the_drawing(page, width, height, n):
    at = run(page, "ladder_drawing", "m.places(...x)", [width, height, n])
    assert len(at["y"]) == n and at["y"] == sorted(at["y"], reverse=True)  # the input is the lowest
    assert at["x"][0] - at["width"] / 2 > 60 and at["x"][2] + at["width"] / 2 <= width
    assert np.diff(at["x"]).min() > at["width"] + 16
    if n > 1:
        assert -np.diff(at["y"]).max() >= at["height"] + 30 or height / n < 84
    assert at["y"][0] + at["height"] / 2 < height and at["y"][-1] - at["height"] / 2 > 78


@pytest.mark.parametrize("m", [1, 2, 10, 25, 100, 784, 2000])
def test_every_unit_has_its_place_in_the_grid(page, m):
    columns, rows = run(page, "ladder_drawing", "m.unitGrid(x, 150, 60)", m)
    assert columns * rows >= m > columns * (rows - 1)


def test_a_rung_is_thicker_where_its_weight_is_larger_and_none_where_it_is_0(page):
    widths = run(page, "ladder_drawing", "[0, 0.001, 0.1, 10, 1000, 10000].map(m.rungWidth)")
    assert widths[0] == 0 and widths == sorted(widths) and widths[1] == 2 and widths[-1] == 12


def test_a_rung_s_colour_tells_the_gain(page):
    ask = "x.map((gain) => m.gainColor(gain, [100, 100, 100], [0, 0, 200], [200, 0, 0]))"
    found = run(page, "ladder_drawing", ask, [None, 0, 1, 0.5, -1, -9])
    assert found == [[100] * 3, [100] * 3, [0, 0, 200], [50, 50, 150], [200, 0, 0], [200, 0, 0]]


def test_a_stroke_leaves_ink_where_it_went_and_none_far_from_it(page):
    ask = "(() => { const p = new Float32Array(64); m.addStroke(p, 8, 8, [1, 4], [7, 4]); return [...p]; })()"
    image = np.reshape(run(page, "pad", ask), (8, 8))
    assert image[3:5, 1:7].min() > 0.5 and image[[0, 1, 6, 7]].max() == 0
    assert image.min() >= 0 and image.max() <= 1
    again = "(() => { const p = new Float32Array(64).fill(1); m.addStroke(p, 8, 8, [1, 4], [7, 4]); return [...p]; })()"
    assert min(run(page, "pad", again)) == 1  # ink is never taken away
