"""The charts' layouts, as plain Plotly dictionaries: numbers are filled in where the chart is drawn.

`uirevision` stays as it is while the same quantity is drawn, so that zoom survives every redraw. Texts are given;
colours come from the page's theme at drawing time; the legend stands below the chart, with the values of now.
"""

FONT_SIZE = 14
GAINS = {"include": [-0.2, 1], "clipmin": -2, "clipmax": 1}  # at the beginning some are far below
MARKERS = 28  # px above the plot, where the labels of changed controls stand


def _chart(x_title: str, y_title: str, **y_axis) -> dict:
    ticks = {"nticks": 7, "ticklabeloverflow": "allow"}
    title = {"font": {"size": FONT_SIZE}, "standoff": 6}
    return {
        "uirevision": "keep",
        # Room for "10000", the title and half a label: a margin that Plotly measures itself doubles the cost of every
        # redraw, and to look for labels without room takes a tenth of it.
        "margin": {"l": 74, "r": 20, "t": MARKERS, "b": 44},
        "hovermode": "x unified",
        "showlegend": False,
        "xaxis": {
            "title": {"text": x_title, **title},
            "rangemode": "tozero",
            "zeroline": False,
            "showgrid": False,
            **ticks,
        },
        "yaxis": {"title": {"text": y_title, **title}, "zeroline": False, **ticks, **y_axis},
        "dragmode": "zoom",
    }


def layouts(texts: dict[str, str], costs: str, log_costs: bool) -> dict[str, dict]:
    """Layouts by chart: "costs", "error", "gain". `texts`: the catalogue below live.axis; `costs`: View.costs."""
    logarithmic = {"type": "log", "tickformat": "~g", "dtick": 1} if log_costs else {"rangemode": "tozero"}
    y_axis = {"range": [0, 1], "tickformat": ".0%"} if costs == "share" else logarithmic
    y_axis["uirevision"] = f"{costs} {log_costs}"  # another quantity or scale starts unzoomed
    return {
        "costs": _chart(texts["update"], texts[costs], **y_axis),
        "error": _chart(texts["update"], texts["error"], tickformat=".0%", rangemode="tozero"),
        "gain": _chart(texts["update"], texts["gain"], autorangeoptions=GAINS, zeroline=True),
    }


def race_layouts(texts: dict[str, str]) -> dict[str, dict]:
    """Layouts of the comparison: "error", "reconstruction", "parts". `texts`: the catalogue below race.axis."""
    logarithmic = {"type": "log", "tickformat": "~g", "dtick": 1}
    return {
        "error": _chart(texts["update"], texts["error"], tickformat=".0%", rangemode="tozero"),
        "reconstruction": _chart(texts["update"], texts["reconstruction"], **logarithmic),
        "parts": _chart(texts["update"], texts["parts"], **logarithmic),
    }
