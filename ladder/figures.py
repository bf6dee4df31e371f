"""The charts' layouts, as plain Plotly dictionaries: numbers are filled in where the chart is drawn.

`uirevision` stays as it is while the same quantity is drawn, so that zoom and hidden curves survive every redraw. Texts
are given; colours come from the page's theme at drawing time.
"""


def _chart(x_title: str, y_title: str, **y_axis) -> dict:
    return {
        "uirevision": "keep",
        "margin": {"l": 58, "r": 12, "t": 26, "b": 42},
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"orientation": "h", "y": -0.24, "x": 0, "yanchor": "top"},
        "xaxis": {"title": {"text": x_title, "standoff": 6}, "rangemode": "tozero", "zeroline": False},
        "yaxis": {"title": {"text": y_title, "standoff": 8}, "zeroline": False, "automargin": True, **y_axis},
        "dragmode": "zoom",
    }


def layouts(texts: dict[str, str], costs: str, log_costs: bool) -> dict[str, dict]:
    """Layouts by chart: "costs", "error", "gain". `texts`: the catalogue below live.axis; `costs`: View.costs."""
    logarithmic = {"type": "log", "exponentformat": "power", "dtick": 1} if log_costs else {"rangemode": "tozero"}
    y_axis = {"range": [0, 1], "tickformat": ".0%"} if costs == "share" else logarithmic
    y_axis["uirevision"] = f"{costs} {log_costs}"  # another quantity or scale starts unzoomed
    return {
        "costs": _chart(texts["update"], texts[costs], **y_axis),
        "error": _chart(texts["update"], texts["error"], tickformat=".0%", rangemode="tozero"),
        "gain": _chart(texts["update"], texts["gain"], range=[-1, 1]),
    }
