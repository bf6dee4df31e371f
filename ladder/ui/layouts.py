"""The layouts of the live charts as plain Plotly dictionaries, with their texts. live/charts.js adds what it draws: the
numbers, the colours of the page's theme, and the legend, which stands below the chart with the present values.

`uirevision` stays as it is while the same quantity is drawn, so that zoom survives every redraw.
"""

FONT_SIZE = 14
GAINS = {"include": [-0.2, 1], "clipmin": -2, "clipmax": 1}  # at the beginning some gains are far below
MARKERS = 28  # px above the plot, where the labels of changed controls stand


def _chart(x_title: str, y_title: str, **y_axis) -> dict:
    ticks = {"nticks": 7, "ticklabeloverflow": "allow"}
    title = {"font": {"size": FONT_SIZE}, "standoff": 6}
    return {
        "uirevision": "keep",
        # Room for "10000", the title and half a label. A margin that Plotly measures itself doubles the cost of every
        # redraw, and a search for labels that lack room takes a tenth of it.
        "margin": {"l": 74, "r": 20, "t": MARKERS, "b": 44},
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
    """Returns the layouts of the live page's charts "costs", "error" and "gain". `texts`: the catalogue below
    live.axis. `costs`: View.costs. `log_costs`: whether costs stand on a logarithmic axis."""
    logarithmic = {"type": "log", "tickformat": "~g", "dtick": 1} if log_costs else {"rangemode": "tozero"}
    y_axis = {"range": [0, 1], "tickformat": ".0%"} if costs == "share" else logarithmic
    y_axis["uirevision"] = f"{costs} {log_costs}"  # another quantity or scale starts unzoomed
    return {
        "costs": _chart(texts["update"], texts[costs], **y_axis),
        "error": _chart(texts["update"], texts["error"], tickformat=".0%", rangemode="tozero"),
        "gain": _chart(texts["update"], texts["gain"], autorangeoptions=GAINS, zeroline=True),
    }


def inside_layouts(texts: dict[str, str]) -> dict[str, dict]:
    """Returns the layout of the chart "combinator" of the page Inside. `texts`: the catalogue below inside.axis."""
    chart = _chart(texts["z_tilde"], texts["z_hat"], zeroline=True)
    return {"combinator": chart | {"xaxis": chart["xaxis"] | {"rangemode": "normal", "zeroline": True}}}


def race_layouts(texts: dict[str, str]) -> dict[str, dict]:
    """Returns the layouts of the comparison's charts "error", "reconstruction" and "parts". `texts`: the catalogue
    below race.axis."""
    logarithmic = {"type": "log", "tickformat": "~g", "dtick": 1}
    return {
        "error": _chart(texts["update"], texts["error"], tickformat=".0%", rangemode="tozero"),
        "reconstruction": _chart(texts["update"], texts["reconstruction"], **logarithmic),
        "parts": _chart(texts["update"], texts["parts"], **logarithmic),
    }
