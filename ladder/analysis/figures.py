"""The studies of analysis/studies.py as Plotly figures: plain arrays in, a figure out. Nothing here trains."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ladder.analysis.plotting import finished
from ladder.analysis.statistics import mean_interval
from ladder.arrays import Arrays, Numbers
from ladder.data.rows import NO_CLASS
from ladder.theme import DASHES, PALETTES, Palette

ROW = 96  # px of a row of small images
SPECTRUM_DECADES = 6  # singular values below a millionth of the greatest are rounding
SYMBOLS = "circle", "square", "diamond", "cross", "x", "triangle-up", "star", "hexagram", "bowtie", "hourglass"


@dataclass(frozen=True)
class Frame:
    """What the figure of a study needs besides its arrays. `labels`: the contestants' names. `classes`: the classes'
    names. `image_shape`: height and width, or None where the data are no images. `theme`: "light" or "dark". `texts`:
    the catalogue's texts below study.<name>."""

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    image_shape: tuple[int, int] | None
    theme: str
    texts: dict[str, str]

    @property
    def palette(self) -> Palette:
        """Returns the theme's colours."""
        return PALETTES[self.theme]

    def line(self, c: int) -> dict[str, object]:
        """Returns Plotly's attributes of contestant c's line, which are those of the live charts."""
        return {"color": self.palette.classes[c], "dash": DASHES[c], "width": 2.6}


def portrait(name: str, arrays: Arrays, frame: Frame) -> go.Figure:
    """Returns the figure of the study `name` (one of STUDY_NAMES). `arrays`: see studies.study; at least one contestant
    has an answer."""
    figure = _DRAWN[name](arrays, frame)
    figure.update_layout(margin={"l": 70, "r": 20, "t": 40, "b": 60}, legend={"orientation": "h", "y": -0.2})
    return finished(figure, frame.theme)


def _of_each(arrays: Arrays, name: str, frame: Frame) -> list[tuple[int, Numbers]]:
    """Returns (contestant's number, its array) for each contestant that has such an array."""
    return [(c, arrays[f"{c}/{name}"]) for c in range(len(frame.labels)) if f"{c}/{name}" in arrays]


def _lines(
    arrays: Arrays,
    name: str,
    frame: Frame,
    at: Numbers | None,
    x_axis: dict[str, object] | None = None,
    y_axis: dict[str, object] | None = None,
) -> go.Figure:
    """Returns a figure with a line for each contestant over `at`, or over 1, 2, 3 …"""
    figure = go.Figure()
    for c, y in _of_each(arrays, name, frame):
        x = at if at is not None else np.arange(1, len(y) + 1)
        figure.add_scatter(x=x, y=y, name=frame.labels[c], line=frame.line(c), mode="lines+markers", marker_size=6)
    figure.update_xaxes(title=frame.texts["x"], **(x_axis or {}))
    figure.update_yaxes(title=frame.texts["y"], **(y_axis or {}))
    figure.update_layout(height=440, hovermode="x unified")
    return figure


def _probes(arrays: Arrays, frame: Frame) -> go.Figure:
    figure = _lines(arrays, "probes", frame, None, y_axis={"tickformat": ".0%", "rangemode": "tozero"})
    deepest = max((len(y) for _, y in _of_each(arrays, "probes", frame)), default=1)
    words = [frame.texts["input"], *(frame.texts["layer"].format(l=l) for l in range(1, deepest))]
    figure.update_xaxes(tickvals=list(range(1, deepest + 1)), ticktext=words)
    return figure


def _denoising(arrays: Arrays, frame: Frame) -> go.Figure:
    figure = _lines(arrays, "curve", frame, arrays["stds"], y_axis={"rangemode": "tozero"})
    figure.add_vline(
        float(arrays["trained"][0]),
        line={"dash": "dot", "color": frame.palette.muted},
        annotation_text=frame.texts["trained"],
    )
    return figure


def _spectrum(arrays: Arrays, frame: Frame) -> go.Figure:
    greatest = max(float(values.max(initial=1e-30)) for _, values in _of_each(arrays, "spectrum", frame))
    top = math.ceil(math.log10(greatest))
    shown = {"range": [top - SPECTRUM_DECADES, top], "dtick": 1, "exponentformat": "power"}
    return _lines(arrays, "spectrum", frame, None, y_axis={"type": "log", **shown})


def _contraction(arrays: Arrays, frame: Frame) -> go.Figure:
    figure = _lines(arrays, "curve", frame, arrays["radii"], {"type": "log"}, {"rangemode": "tozero"})
    figure.update_xaxes(range=[np.log10(radius) for radius in (arrays["radii"][0] / 1.3, arrays["radii"][-1] * 1.3)])
    for at, word in zip(arrays["distances"], ("least", "median", "greatest"), strict=True):
        figure.add_vline(float(at), line={"dash": "dot", "color": frame.palette.muted})
        figure.add_annotation(
            x=np.log10(at), y=1, yref="paper", yanchor="bottom", text=frame.texts[word], showarrow=False, textangle=-30
        )
    return figure


def _saturation(arrays: Arrays, frame: Frame) -> go.Figure:
    figure = go.Figure()
    for c, share in _of_each(arrays, "share", frame):
        saturated, name = arrays.get(f"{c}/saturated"), frame.labels[c]
        if saturated is not None:
            name += " · " + frame.texts["saturated"].format(share=f"{saturated[0]:.0%}")
        figure.add_scatter(x=arrays[f"{c}/middles"], y=share, name=name, line=frame.line(c) | {"shape": "hvh"})
    figure.update_xaxes(title=frame.texts["x"])
    figure.update_yaxes(title=frame.texts["y"], tickformat=".0%")
    figure.update_layout(height=440)
    return figure


def _codes(arrays: Arrays, frame: Frame) -> go.Figure:
    shown = _of_each(arrays, "codes", frame)
    columns = min(3, max(1, len(shown)))
    rows = -(-len(shown) // columns)
    figure = make_subplots(rows, columns, subplot_titles=[frame.labels[c] for c, _ in shown], vertical_spacing=0.12)
    labeled = arrays["labeled"].astype(bool)
    for i, (_, points) in enumerate(shown):
        place = {"row": i // columns + 1, "col": i % columns + 1}
        strange = points[arrays["class"] == NO_CLASS]
        if len(strange):
            mark: dict[str, object] = {"color": frame.palette.muted, "size": 4}
            hidden = {"showlegend": False, "hoverinfo": "skip"}
            figure.add_scatter(x=strange[:, 0], y=strange[:, 1], mode="markers", marker=mark, **hidden, **place)
        for k, name in enumerate(frame.classes):
            of_class = arrays["class"] == k
            for ring, rows_of in ((False, of_class & ~labeled), (True, of_class & labeled)):
                mark = {
                    "color": frame.palette.classes[k % 10],
                    "symbol": SYMBOLS[k % 10],
                    "size": 13 if ring else 5,
                }
                mark |= {"line": {"color": frame.palette.text, "width": 2}} if ring else {"opacity": 0.75}
                figure.add_scatter(
                    x=points[rows_of, 0],
                    y=points[rows_of, 1],
                    mode="markers",
                    marker=mark,
                    name=name,
                    legendgroup=name,
                    showlegend=i == 0 and not ring,
                    hoverinfo="name",
                    **place,
                )
    figure.update_xaxes(showticklabels=False).update_yaxes(showticklabels=False)
    figure.update_layout(height=120 + 330 * rows)
    return figure


# --- pictures


def _tiles(images: Numbers, frame: Frame, columns: int) -> Numbers:
    """Returns images (k, d) as one array: `columns` side by side, with an empty line between them. Where the data are
    no images, each is a row of d cells. Row 0 is the top."""
    height, width = frame.image_shape or (1, images.shape[1])
    rows = -(-len(images) // columns)
    canvas = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan, np.float32)
    for i, image in enumerate(images):
        top, left = (i // columns) * (height + 1), (i % columns) * (width + 1)
        canvas[top : top + height, left : left + width] = image.reshape(height, width)
    return canvas


def _heat(canvas: Numbers, frame: Frame, signed: bool) -> go.Heatmap:
    """Returns a picture of numbers: where `signed`, on the diverging scale with 0 in the middle, else from 0 in the
    background's colour to 1 in the text's colour."""
    palette = frame.palette
    if signed:
        most = float(np.nanmax(np.abs(canvas))) or 1.0
        scale, low, high = [[0, palette.low], [0.5, palette.middle], [1, palette.high]], -most, most
    else:
        scale, low, high = [[0, palette.background], [1, palette.text]], 0.0, 1.0
    return go.Heatmap(z=canvas[::-1], colorscale=scale, zmin=low, zmax=high, showscale=False, hoverongaps=False)


def _strips(rows: list[tuple[str, Numbers]], frame: Frame, columns: int, signed: Callable[[int], bool]) -> go.Figure:
    """Returns a figure with a titled row of images for each entry; `signed(i)`: whether entry i has negative values."""
    titles = [title for title, _ in rows]
    figure = make_subplots(len(rows), 1, subplot_titles=titles, vertical_spacing=0.06 if len(rows) < 4 else 0.04)
    for i, (_, images) in enumerate(rows):
        if frame.image_shape is None and not signed(i):
            images = images / (np.abs(images).max() + 1e-9)
        figure.add_trace(_heat(_tiles(images, frame, columns), frame, signed(i) or not frame.image_shape), i + 1, 1)
    _bare(figure, bool(frame.image_shape))
    figure.update_layout(height=60 + (ROW + 34) * len(rows))
    return figure


def _bare(figure: go.Figure, square: bool) -> None:
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    if square:
        for i, axis in enumerate(figure.select_yaxes()):
            axis.update(scaleanchor=f"x{i + 1 if i else ''}", constrain="domain")


def _mosaics(arrays: Arrays, frame: Frame) -> go.Figure:
    shown = _of_each(arrays, "filters", frame)
    columns = min(3, max(1, len(shown)))
    rows = -(-len(shown) // columns)
    figure = make_subplots(rows, columns, subplot_titles=[frame.labels[c] for c, _ in shown], vertical_spacing=0.08)
    for i, (_, weights) in enumerate(shown):
        side = 5 if frame.image_shape else 1
        figure.add_trace(_heat(_tiles(weights, frame, side), frame, True), i // columns + 1, i % columns + 1)
    _bare(figure, bool(frame.image_shape))
    figure.update_layout(height=80 + 340 * rows)
    return figure


def _tangents(arrays: Arrays, frame: Frame) -> go.Figure:
    shown = _of_each(arrays, "tangents", frame)
    rows = [(frame.texts["input"], arrays["input"]), *((frame.labels[c], found) for c, found in shown)]
    return _strips(rows, frame, max(len(found) for _, found in shown) if shown else 1, lambda i: i > 0)


def _interpolation(arrays: Arrays, frame: Frame) -> go.Figure:
    rows = [(frame.texts["straight"], arrays["straight"])]
    rows += [(frame.labels[c], path) for c, path in _of_each(arrays, "path", frame)]
    return _strips(rows, frame, len(arrays["straight"]), lambda i: False)


def _outsiders(arrays: Arrays, frame: Frame) -> go.Figure:
    rows = [(frame.texts["input"], arrays["input"])]
    for c, sure in _of_each(arrays, "sure", frame):
        shares = (" · ".join(f"{value:.0%}" for value in values) for values in (sure, arrays[f"{c}/usual"]))
        title = frame.texts["sure"].format(model=frame.labels[c], **dict(zip(("sure", "usual"), shares, strict=True)))
        made = arrays.get(f"{c}/made")
        rows.append((title, made if made is not None else np.zeros_like(arrays["input"])))
    return _strips(rows, frame, len(arrays["input"]), lambda i: False)


def _reach(low: float | None, high: float | None) -> float:
    """Returns the length of an error bar from `low` to `high`; 0 where there is no interval."""
    return 0.0 if low is None or high is None else high - low


def efficiency(
    errors: Mapping[int, Mapping[str, Mapping[int, float]]], labels: dict[str, str], theme: str, texts: dict[str, str]
) -> go.Figure:
    """Returns the chart of test error against the number of labels, with the mean and the 95 % interval over seeds.
    `errors`: number of labels -> model -> seed -> error, a fraction. `labels`: model -> name, in the order of the
    colours. `theme`: "light" or "dark". `texts`: titles of the axes, "x" and "y"."""
    figure, palette = go.Figure(), PALETTES[theme]
    for c, (model, label) in enumerate(labels.items()):
        found = {n: mean_interval(list(of[model].values())) for n, of in errors.items() if of.get(model)}
        mean = [one.mean for one in found.values()]
        above = [_reach(one.mean, one.high) for one in found.values()]
        below = [_reach(one.low, one.mean) for one in found.values()]
        figure.add_scatter(
            x=list(found),
            y=mean,
            name=label,
            mode="lines+markers",
            marker_size=8,
            line={"color": palette.classes[c], "dash": DASHES[c], "width": 2.6},
            error_y={"array": above, "arrayminus": below, "symmetric": False, "thickness": 1.6, "width": 6},
        )
    figure.update_xaxes(title=texts["x"], type="log", tickvals=list(errors), ticktext=[str(n) for n in errors])
    figure.update_yaxes(title=texts["y"], tickformat=".0%", rangemode="tozero")
    figure.update_layout(height=440, hovermode="x unified")
    figure.update_layout(margin={"l": 70, "r": 20, "t": 20, "b": 60}, legend={"orientation": "h", "y": -0.2})
    return finished(figure, theme)


_DRAWN: dict[str, Callable[[Arrays, Frame], go.Figure]] = {
    "codes": _codes,
    "codes_tsne": _codes,
    "probes": _probes,
    "denoising": _denoising,
    "filters": _mosaics,
    "interpolation": _interpolation,
    "outsiders": _outsiders,
    "spectrum": _spectrum,
    "contraction": _contraction,
    "tangents": _tangents,
    "saturation": _saturation,
}
STUDY_NAMES = tuple(_DRAWN)
SIDE_BY_SIDE = ("codes", "codes_tsne", "filters", "interpolation", "outsiders", "tangents")  # too wide for a phone
