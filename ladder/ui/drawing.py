"""The ladder network as a drawing: two encoders, the decoder between them, and the costs that compare their layers."""

from ladder.theme import Palette

COLUMNS = {"noisy": 78, "decoder": 230, "clean": 382}
ROWS = (372, 254, 136)  # l = 0, 1 and the top
TOP = 62  # the two outputs
RADIUS = 23


def ladder(words: dict[str, str], palette: Palette) -> str:
    """Returns an SVG picture of a ladder network with L = 2, in the notation of Rasmus et al. (2015). `words`: the
    captions "noisy", "decoder", "clean", "lateral", "supervised" and "tested", already escaped for XML."""
    noisy, decoder, clean = COLUMNS.values()
    colours = {noisy: palette.high, decoder: palette.good, clean: palette.low}
    parts = [_text(x, 18, words[name], colours[x], 15, "bold") for name, x in COLUMNS.items()]
    for l, y in enumerate(ROWS):
        parts += [_node(noisy, y, f"z̃({l})", palette.high), _node(clean, y, f"z({l})", palette.low)]
        parts.append(_node(decoder, y, f"ẑ({l})", palette.good))
        parts += [_arrow(noisy, y, decoder, y, palette.high), _text(154, y - 7, words["lateral"], palette.muted)]
        parts += [_arrow(decoder, y, clean, y, palette.muted, dashed=True, both=True)]
        parts.append(_text(306, y - 7, f"λ({l}) C({l})", palette.text))
    for low, high in ((ROWS[0], ROWS[1]), (ROWS[1], ROWS[2])):
        middle = (low + high) / 2 + 4
        parts += [_arrow(noisy, low, noisy, high, palette.high), _arrow(clean, low, clean, high, palette.low)]
        parts.append(_text(noisy + 8, middle, "W, BN, + N(0, σ²)", palette.muted, anchor="start"))
        parts.append(_text(clean + 8, middle, "W, BN", palette.muted, anchor="start"))
        parts += [_arrow(decoder, high, decoder, low, palette.good)]
        parts.append(_text(decoder + 8, middle, "u = BN(V ẑ)", palette.muted, anchor="start"))
    parts += _ends(words, palette)
    body = "".join(parts)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 472" '
        f'font-family="Noto Sans, Arial, sans-serif">{body}</svg>'
    )


def _ends(words: dict[str, str], palette: Palette) -> list[str]:
    """The input below and the outputs above."""
    noisy, decoder, clean = COLUMNS.values()
    y = ROWS[0] + 72
    return [
        _node(decoder, y, "x", palette.text),
        _arrow(decoder, y, noisy, ROWS[0], palette.high),
        _arrow(decoder, y, clean, ROWS[0], palette.low),
        _text(noisy + 44, y - 2, "+ N(0, σ²)", palette.muted, anchor="end"),
        _node(noisy, TOP, "ỹ", palette.high),
        _node(clean, TOP, "y", palette.low),
        _arrow(noisy, ROWS[2], noisy, TOP, palette.high),
        _arrow(clean, ROWS[2], clean, TOP, palette.low),
        _arrow(noisy, TOP, decoder, ROWS[2], palette.good),
        _text(noisy + 32, TOP - 12, words["supervised"], palette.text, anchor="start"),
        _text(decoder - 44, TOP + 34, "u = BN(ỹ)", palette.muted, anchor="start"),
        _text(clean - 32, TOP - 12, words["tested"], palette.text, anchor="end"),
    ]


def _node(x: float, y: float, name: str, colour: str) -> str:
    circle = f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="none" stroke="{colour}" stroke-width="2"/>'
    return circle + _text(x, y + 5, name, colour, 15)


def _text(x, y, words: str, colour: str, size: float = 12, weight: str = "normal", anchor: str = "middle") -> str:
    style = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" fill="{colour}" {style}>{words}</text>'


def _arrow(x0, y0, x1, y1, colour: str, dashed: bool = False, both: bool = False) -> str:
    """A line from the edge of the node at (x0, y0) to that of the node at (x1, y1). It has a head at its end, or with
    `both` at either end."""
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ex, ey = (x1 - x0) / length, (y1 - y0) / length
    x0, y0, x1, y1 = x0 + ex * RADIUS, y0 + ey * RADIUS, x1 - ex * RADIUS, y1 - ey * RADIUS
    heads = _head(x1, y1, ex, ey, colour) + (_head(x0, y0, -ex, -ey, colour) if both else "")
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    start = 8 if both else 0  # the line ends where a head begins
    line = (
        f'<line x1="{x0 + ex * start:.1f}" y1="{y0 + ey * start:.1f}" x2="{x1 - ex * 8:.1f}" y2="{y1 - ey * 8:.1f}" '
        f'stroke="{colour}" stroke-width="1.6"{dashes}/>'
    )
    return line + heads


def _head(x: float, y: float, ex: float, ey: float, colour: str) -> str:
    """A triangle with its tip at (x, y), pointing along (ex, ey)."""
    back_x, back_y = x - ex * 9, y - ey * 9
    corners = ((x, y), (back_x - ey * 4.5, back_y + ex * 4.5), (back_x + ey * 4.5, back_y - ex * 4.5))
    points = " ".join(f"{cx:.1f},{cy:.1f}" for cx, cy in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'
