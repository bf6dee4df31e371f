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


def test_a_question_has_as_many_samples_as_its_letters_allow_and_one_at_least(page):
    small, large = [{"pixels": "x" * n, "class": 3} for n in (88, 5464)]
    lengths = lambda samples, at: [len(p) for p, _ in run(page, "drawn", "m.batchFrom(...x)", [samples, at])]  # noqa: E731
    assert lengths([small] * 200, 0) == [88] * 200 and lengths([small] * 5, 3) == [88] * 2
    assert lengths([large] * 5, 0) == [5464] * 3 and lengths([large] * 5, 3) == [5464] * 2
    assert lengths([{"pixels": "x" * 30_000, "class": 0}] * 2, 1) == [30_000]


def test_drawn_samples_stay_in_the_browser_by_kind_and_other_entries_do_not_harm(page):
    ask = """(() => {
      localStorage.clear();
      localStorage.setItem('other', '1');
      localStorage.setItem('ladder.drawn [[2,2],["a","b"]]', 'broken');
      let changes = 0;
      const kind = { shape: [1, 2], names: ['a', 'b'] };
      const set = new m.DrawnSet(kind, () => changes++);
      for (const [k, part] of [[1, 'test'], [0, 'test'], [1, 'training']]) set.add([0, 1], k, part);
      set.remove(0);
      set.add([0.5, 2], 1, 'test');
      set.close();
      const again = new m.DrawnSet(kind, () => 0);
      const full = Array.from({ length: 300 }, () => again.add([0, 0], 0, 'test')).filter(Boolean).length;
      const found = m.keptSets();
      again.clear();
      return [set.words, changes, m.placesOf(set.samples, 'test'), full, found.length, m.keptSets().length];
    })()"""
    kept, changes, places, added, n_sets, left = run(page, "drawn_set", ask)
    assert kept == {
        "shape": [1, 2],
        "names": ["a", "b"],
        "samples": [
            {"pixels": "AP8=", "class": 0, "part": "test"},
            {"pixels": "AP8=", "class": 1, "part": "training"},
            {"pixels": "gP8=", "class": 1, "part": "test"},
        ],
    }
    assert (changes, places, added, n_sets, left) == (5, [0, 2], 197, 1, 0)


def test_a_stroke_leaves_ink_where_it_went_and_none_far_from_it(page):
    ask = "(() => { const p = new Float32Array(64); m.addStroke(p, 8, 8, [1, 4], [7, 4]); return [...p]; })()"
    image = np.reshape(run(page, "pad", ask), (8, 8))
    assert image[3:5, 1:7].min() > 0.5 and image[[0, 1, 6, 7]].max() == 0
    assert image.min() >= 0 and image.max() <= 1
    again = "(() => { const p = new Float32Array(64).fill(1); m.addStroke(p, 8, 8, [1, 4], [7, 4]); return [...p]; })()"
    assert min(run(page, "pad", again)) == 1  # ink is never taken away
