"""The charts' layouts: valid for Plotly, steady while one quantity is drawn, new when another is, in both languages."""

import plotly.graph_objects as go
import pytest

from ladder import i18n
from ladder.recipe.view import COST_MODES
from ladder.ui import layouts as figures

CHARTS = {"costs", "error", "gain"}


def axis_texts(language="en"):
    return i18n.texts("live.axis", language)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("costs", COST_MODES)
@pytest.mark.parametrize("log_costs", [True, False])
def test_layouts_are_valid_and_their_axes_speak_the_language(language, costs, log_costs):
    texts = axis_texts(language)
    layouts = figures.layouts(texts, costs, log_costs)
    assert set(layouts) == CHARTS
    for layout in layouts.values():
        go.Figure(layout=layout)  # raises on a property that Plotly does not know
        assert layout["xaxis"]["title"]["text"] == texts["update"]
    assert layouts["costs"]["yaxis"]["title"]["text"] == texts[costs]


def test_zoom_survives_a_redraw_but_not_another_quantity_or_scale():
    revisions = set()
    for costs in COST_MODES:
        for log_costs in (True, False):
            layout = figures.layouts(axis_texts(), costs, log_costs)["costs"]
            assert layout["uirevision"] == "keep"
            revisions.add(layout["yaxis"]["uirevision"])
    assert len(revisions) == 6


def test_scales_of_the_cost_chart():
    def y_axis(costs, log_costs):
        return figures.layouts(axis_texts(), costs, log_costs)["costs"]["yaxis"]

    assert y_axis("raw", True)["type"] == y_axis("weighted", True)["type"] == "log"
    assert "type" not in y_axis("weighted", False)
    assert y_axis("share", True)["range"] == [0, 1] and "type" not in y_axis("share", True)


def test_words_are_large_enough_to_read():
    for layout in figures.layouts(axis_texts(), "raw", True).values():
        assert layout["xaxis"]["title"]["font"]["size"] >= 14
        assert layout["margin"]["t"] > 14 * 1.2  # a marker's label fits above the plot
