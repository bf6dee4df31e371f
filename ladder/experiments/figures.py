"""The pictures of a guided search, as Plotly figures: its trials in, a figure out."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import plotly.graph_objects as go

from ladder.analysis.plotting import finished
from ladder.experiments.axes import Axis, Range
from ladder.experiments.trials import Setup, Trial
from ladder.theme import PALETTES, Palette, rank_colors

QUARTERS = ("first", "second", "third", "fourth")  # of the finished trials by their error, the lowest first
TICKS = 5  # of an axis
BAND = 0.5  # share of a listed value's room on its axis over which the lines through it are spread, by their rank
ROW = 42  # px for each bar


def coordinates(
    setup: Setup,
    trials: Iterable[Trial],
    labels: Mapping[str, str],
    theme: str,
    texts: Mapping[str, str],
    brushed: Collection[int] | None = None,
) -> go.Figure:
    """Returns parallel coordinates: a line for each trial that has ended, through its settings to its validation error.
    The lines of finished trials have a colour for each of QUARTERS, which the legend names, the lowest errors in the
    strongest contrast; the best line is thick. The lines of pruned trials are dotted, and lead to the error at
    which they were pruned.

    The figure is made of scatter lines, because those of Plotly's parcoords are one pixel wide, have no names under the
    pointer and cannot be dotted. At least one of `trials` has ended. `labels`: axis -> its label; `theme`: "light" or
    "dark"; `texts`: the catalogue's texts below search.figure; `brushed`: the numbers of the trials that are meant, all
    by default: the others are faint, and have no name under the pointer.
    """
    palette, colors, figure = PALETTES[theme], rank_colors(theme, len(QUARTERS)), go.Figure()
    ended = sorted((t for t in trials if t.state != "running"), key=lambda t: (t.validation_error, t.number))
    whole = [trial for trial in ended if trial.state == "finished"]
    errors = [trial.validation_error for trial in ended if trial.validation_error is not None]
    scales = [_scale(one) for one in setup.space] + [_error_scale(errors)]
    ranks = {trial.number: i / len(ended) for i, trial in enumerate(ended)}

    def draw(some: list[Trial], name: str, line: dict[str, object], **options: object) -> None:
        """Add lines of equal looks as one trace, with gaps between them."""
        x, y, hover = [], [], []
        for trial in some:
            words = [*dict(trial.words).values(), str(trial.validation_error)]
            x += [*range(len(scales)), None]
            y += [*(one.place(word, ranks[trial.number]) for one, word in zip(scales, words, strict=True)), None]
            hover += [_hover(trial, labels, texts)] * (len(scales) + 1)
        looks = {"hoverinfo": "text", "mode": "lines", "name": name, "line": line}
        figure.add_scatter(x=x, y=y, text=hover, **looks | options)

    faint = [trial for trial in ended if brushed is not None and trial.number not in brushed]
    if faint:
        draw(faint, "", {"color": palette.muted, "width": 1}, opacity=0.25, hoverinfo="skip", showlegend=False)
    pruned = [trial for trial in ended if trial.state == "pruned" and trial not in faint]
    if pruned:
        draw(pruned, texts["pruned"], {"color": palette.muted, "width": 1.5, "dash": "dot"}, opacity=0.7)
    for i, quarter in reversed(list(enumerate(QUARTERS))):  # the best on top
        some = [trial for rank, trial in enumerate(whole) if rank * len(QUARTERS) // len(whole) == i]
        some = [trial for trial in some if trial not in faint]
        if some:
            draw(some, texts[f"quarter.{quarter}"], {"color": colors[i], "width": 2})
    best = next((trial for trial in whole if trial not in faint), None)
    if best:
        draw([best], texts["best"], {"color": palette.good, "width": 5})
    _draw_axes(figure, [*(labels[one.name] for one in setup.space), texts["validation_error"]], scales, palette)
    figure.update_layout(
        height=480,
        margin={"l": 20, "r": 20, "t": 60, "b": 20},
        hovermode="closest",
        legend={"orientation": "h", "y": -0.04, "traceorder": "reversed"},
    )
    return finished(figure, theme)


def _draw_axes(figure: go.Figure, names: list[str], scales: "Sequence[_Even | _Words]", palette: Palette) -> None:
    for i, (name, scale) in enumerate(zip(names, scales, strict=True)):
        figure.add_shape(type="line", x0=i, x1=i, y0=0, y1=1, line={"color": palette.text, "width": 1.5})
        side = "left" if i == 0 else "right" if i == len(names) - 1 else "center"
        figure.add_annotation(x=i, y=1, yshift=26 + 20 * (i % 2), text=f"<b>{name}</b>", showarrow=False, xanchor=side)
        for at, word in scale.ticks():
            figure.add_annotation(
                x=i,
                y=at,
                text=word,
                showarrow=False,
                xanchor="left",
                xshift=4,
                font={"color": palette.text},
                bgcolor=palette.background,
                opacity=0.85,
                borderpad=1,
            )
    figure.update_xaxes(visible=False, range=[-0.1, len(names) - 0.7], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-0.03, 1.03], fixedrange=True)


def _hover(trial: Trial, labels: Mapping[str, str], texts: Mapping[str, str]) -> str:
    lines = [f"<b>{texts['trial']} {trial.number} · {texts[trial.state]}</b>"]
    pairs = [(labels[name], word) for name, word in trial.words]
    pairs.append((texts["validation_error"], f"{trial.validation_error:.1%}"))
    lines += [texts["named"].format(name=name, value=value) for name, value in pairs]
    return "<br>".join(lines)


class _Even:
    """An axis of numbers, evenly spaced from 0 to 1."""

    def __init__(self, low: float, high: float, form: str = ".2g"):
        self.low, self.high, self.form = low, high, form

    def place(self, word: str, rank: float) -> float:
        """The height of a word, 0 at the bottom to 1 at the top. `rank`: that of its trial's error, from 0 to 1, by
        which the lines through one listed value are spread."""
        return (float(word) - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """The marks of the axis, each (height, word)."""
        shares = [i / (TICKS - 1) for i in range(TICKS)]
        return [(share, format(self.low + share * (self.high - self.low), self.form)) for share in shares]


class _ByFactors(_Even):
    """An axis of numbers, spaced by factors."""

    def place(self, word: str, rank: float) -> float:
        return math.log(float(word) / self.low) / math.log(self.high / self.low)

    def ticks(self) -> list[tuple[float, str]]:
        shares = [i / (TICKS - 1) for i in range(TICKS)]
        return [(share, format(self.low * (self.high / self.low) ** share, self.form)) for share in shares]


class _Words:
    """An axis of a list's values, in its order."""

    def __init__(self, words: tuple[str, ...]):
        self.words = words

    def place(self, word: str, rank: float) -> float:
        return (self.words.index(word) + 0.5 + BAND * (rank - 0.5)) / len(self.words)

    def ticks(self) -> list[tuple[float, str]]:
        return [((i + 0.5) / len(self.words), word) for i, word in enumerate(self.words)]


def _scale(one: Axis | Range) -> _Even | _Words:
    if isinstance(one, Axis):
        return _Words(one.words)
    return (_ByFactors if one.by_factors and one.low > 0 else _Even)(one.low, one.high)


def _error_scale(errors: list[float]) -> "_Even":
    low, high = min(errors), max(errors)
    return (_ByFactors if low > 0 else _Even)(low, high if high > low else low + 0.01, ".1%")


def shares(
    importances: Mapping[str, float], labels: Mapping[str, str], theme: str, texts: Mapping[str, str]
) -> go.Figure:
    """Returns a bar chart of the axes' importances, the first of them on top. `importances`: Importances.shares, one at
    least; `labels`, `theme` and `texts` as in `coordinates`."""
    palette, names = PALETTES[theme], list(importances)[::-1]
    values = [importances[name] for name in names]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=[labels[name] for name in names],
            orientation="h",
            marker_color=palette.ladder,
            text=[f"{value:.0%}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_xaxes(
        title=texts["share"], tickformat=".0%", range=[0, max(values) * 1.15], gridcolor=palette.grid, zeroline=False
    )
    figure.update_layout(height=120 + ROW * len(names), margin={"l": 20, "r": 40, "t": 20, "b": 60})
    figure.update_yaxes(automargin=True, ticks="outside", ticklen=8, tickcolor="rgba(0,0,0,0)")
    return finished(figure, theme)
