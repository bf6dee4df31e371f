"""The palette, by computation: contrast of WCAG 2.2, distances for normal, deuteranopic and protanopic eyes."""

import itertools

import numpy as np
import pytest

from ladder import theme
from ladder.settings import MAX_HIDDEN

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
SEEN_BY = {
    "normal": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
MOST = MAX_HIDDEN + 2  # input, hidden layers, softmax layer


def linear(color):
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(TO_XYZ[1] @ linear(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(color, eye):
    xyz = TO_XYZ @ np.clip(SEEN_BY[eye] @ linear(color), 0, 1) / TO_XYZ.sum(1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def nearest(colors, eye):
    seen = [lab(color, eye) for color in colors]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def test_the_measures_themselves():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert lab("#FFFFFF", "normal") == pytest.approx([100, 0, 0], abs=0.1)
    red_green = ["#B05050", "#7A7A2E"]  # apart for most people, close for some
    assert nearest(red_green, "deuteranopia") < nearest(red_green, "normal") / 2


@pytest.mark.parametrize("name", theme.PALETTES)
def test_words_and_curves_stand_out_from_the_background(name):
    palette = theme.PALETTES[name]
    for color in (palette.text, palette.muted, palette.good, palette.bad):
        assert contrast(color, palette.background) >= 4.5, color
    for color in (*theme.LAYERS, *theme.RUNS, *palette.classes, palette.ladder, palette.twin):
        assert contrast(color, palette.background) >= 3, color


@pytest.mark.parametrize("eye", SEEN_BY)
@pytest.mark.parametrize("name", theme.PALETTES)
def test_colours_stay_apart_for_every_eye(name, eye):
    palette = theme.PALETTES[name]
    assert nearest(theme.LAYERS, eye) >= 20
    assert nearest([*theme.RUNS, palette.ladder, palette.twin], eye) >= 18
    assert nearest(palette.classes, eye) >= 18
    assert nearest([palette.ladder, palette.twin], eye) >= 40
    assert nearest([palette.low, palette.middle, palette.high], eye) >= 30


def test_a_layer_keeps_its_colour_whatever_the_number_of_layers_and_the_theme():
    for n_layers in range(1, MOST):
        for palette in theme.as_data(n_layers).values():
            assert palette["layers"] == theme.LAYERS[: n_layers + 1]


@pytest.mark.parametrize("eye", SEEN_BY)
@pytest.mark.parametrize("name", theme.PALETTES)
def test_a_drawn_curve_is_like_no_other(name, eye):
    palette = theme.PALETTES[name]
    others = [*theme.LAYERS, *theme.RUNS, palette.ladder, palette.twin, palette.text, palette.muted]
    assert min(nearest([palette.drawn, other], eye) for other in others) >= 25
    assert contrast(palette.drawn, palette.background) >= 4.5


@pytest.mark.parametrize("name", theme.PALETTES)
def test_a_ranking_runs_one_way_in_lightness(name):
    steps = np.diff([lab(color, "normal")[0] for color in theme.rank_colors(name, 8)])
    assert (steps > 2).all() or (steps < -2).all()


@pytest.mark.parametrize("n_layers", range(2, MOST))
def test_every_layer_has_a_colour_and_a_dash_of_its_own(n_layers):
    for palette in theme.as_data(n_layers).values():
        assert len(set(palette["layers"])) == len(set(palette["dashes"])) == n_layers + 1
