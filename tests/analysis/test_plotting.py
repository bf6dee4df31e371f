"""The looks of figures that are computed on demand: words that can be read, in the colours of the live charts."""

import pytest
from plotly.subplots import make_subplots

from ladder.analysis.figures import efficiency
from ladder.analysis.plotting import AXIS_SIZE, FONT_SIZE, finished
from ladder.theme import PALETTES


@pytest.mark.parametrize("theme", PALETTES)
def test_every_axis_and_word_has_the_text_s_colour_and_at_least_14_px(theme):
    """tests/test_theme.py has the contrast of that colour: 4.5:1 at least."""
    figure = make_subplots(1, 2, subplot_titles=("one", "two"))
    figure.add_scatter(x=[1], y=[2], row=1, col=2).update_xaxes(title="x")
    layout, text = finished(figure, theme).layout, PALETTES[theme].text
    axes = (layout.xaxis, layout.yaxis, layout.xaxis2, layout.yaxis2)
    fonts = [layout.font, *(axis.tickfont for axis in axes), *(axis.title.font for axis in axes)]
    fonts += [one.font for one in layout.annotations]
    assert [font.color for font in fonts] == [text] * len(fonts)
    assert min(AXIS_SIZE, FONT_SIZE, *(font.size for font in fonts)) >= 14
    assert layout.xaxis.title.text == "x" and layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_what_a_figure_sets_itself_stays():
    figure = make_subplots(1, 1).update_yaxes(tickcolor="red", showgrid=False)
    axis = finished(figure, "dark").layout.yaxis
    assert axis.tickcolor == "red" and axis.showgrid is False and axis.gridcolor == PALETTES["dark"].grid


def test_the_chart_over_many_seeds_has_these_looks():
    figure = efficiency({10: {"a": {0: 0.1, 1: 0.2}}}, {"a": "A"}, "dark", {"x": "labels", "y": "error"})
    assert figure.layout.xaxis.title.font.color == PALETTES["dark"].text
    assert figure.layout.xaxis.title.text == "labels"
