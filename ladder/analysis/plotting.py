"""How every figure that is computed on demand looks: the type, the colours and the lines of the live charts."""

import plotly.graph_objects as go

from ladder.theme import PALETTES

FAMILY = '"Source Sans", "Source Sans Pro", sans-serif'  # the page's
FONT_SIZE = 15  # px of the legend and of words in the figure
AXIS_SIZE = 14  # px of the numbers and titles of axes


def finished(figure: go.Figure, theme: str) -> go.Figure:
    """Returns the figure with the looks of the theme `theme` ("light" or "dark"). Sizes and colours that the figure has
    set itself stay."""
    palette = PALETTES[theme]
    words = {"size": AXIS_SIZE, "color": palette.text}
    axis = {
        "gridcolor": palette.grid,
        "linecolor": palette.muted,
        "tickcolor": palette.muted,
        "zerolinecolor": palette.grid,
        "tickfont": words,
        "title": {"font": words},
    }
    layout = go.Layout(
        font={"family": FAMILY, "size": FONT_SIZE, "color": palette.text},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"bgcolor": palette.background, "font": words},
        annotationdefaults={"font": {"size": FONT_SIZE, "color": palette.text}},
        xaxis=axis,
        yaxis=axis,
    )
    return figure.update_layout(template=go.layout.Template(layout=layout))
