"""The looks of figures that are computed on demand: words that can be read, in the colours of the live charts."""

import plotly.graph_objects as go
import pytest

from ladder.analysis.figures import efficiency
from ladder.analysis.plotting import finished
from ladder.theme import PALETTES


@pytest.mark.parametrize("theme", PALETTES)
def test_every_axis_and_word_has_the_text_s_colour_and_at_least_14_px(theme):
    """tests/test_theme.py has the contrast of that colour: 4.5:1 at least. tests/ui/test_compare_browser.py looks at
    the words as the browser draws them."""
    looks = finished(go.Figure(), theme).layout.template.layout
    fonts = [looks.font, looks.hoverlabel.font, looks.annotationdefaults.font]
    fonts += [font for axis in (looks.xaxis, looks.yaxis) for font in (axis.tickfont, axis.title.font)]
    assert [font.color for font in fonts] == [PALETTES[theme].text] * len(fonts)
    assert min(font.size for font in fonts) >= 14
    assert looks.xaxis.gridcolor == looks.yaxis.gridcolor == PALETTES[theme].grid


def test_what_a_figure_sets_itself_stays():
    figure = go.Figure().update_yaxes(tickcolor="red", showgrid=False).add_annotation(text="a", font={"color": "blue"})
    layout = finished(figure, "dark").layout
    assert (layout.yaxis.tickcolor, layout.yaxis.showgrid, layout.annotations[0].font.color) == ("red", False, "blue")


def test_the_chart_over_many_seeds_has_these_looks():
    figure = efficiency({10: {"a": {0: 0.1, 1: 0.2}}}, {"a": "A"}, "dark", {"x": "labels", "y": "error"})
    assert figure.layout.template.layout.font.color == PALETTES["dark"].text
    assert figure.layout.xaxis.title.text == "labels" and figure.layout.font.size is None
