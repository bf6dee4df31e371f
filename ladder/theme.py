"""One palette for curves, classes and pictures, in light and dark.

Layer colours run from the input to the top with falling (light theme: rising) contrast, so that the order can be seen;
neighbours also differ by dash. All were found by a search that keeps CIELAB distances of at least 20 for normal,
deuteranopic and protanopic eyes (Machado et al. 2009) and a contrast of 3:1 on the background (WCAG 2.2, 1.4.11);
tests/test_theme.py computes both again. Text and surfaces take Streamlit's own colours where the page has them.
"""

from dataclasses import asdict, dataclass

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "4px,3px,1px,3px,1px,3px", "10px,3px")


@dataclass(frozen=True)
class Palette:
    """Colours of one theme as #RRGGBB."""

    background: str
    text: str
    muted: str  # captions, axis numbers: 4.5:1 on the background
    grid: str
    ladder: str
    twin: str
    layers: tuple[str, ...]  # input ... top, 8 at most
    classes: tuple[str, ...]  # 10; with more than 4 classes, marks carry the class's name too
    low: str  # diverging scale of activations: negative
    middle: str  # zero
    high: str  # positive
    good: str
    bad: str


PALETTES = {
    "light": Palette(
        background="#FFFFFF",
        text="#111827",
        muted="#4B5563",
        grid="#E3E7ED",
        ladder="#1D4ED8",
        twin="#D9580A",
        layers=("#661535", "#6A225F", "#652F8C", "#513BBC", "#004AF3", "#2F75FF", "#318AE3", "#2D9EC7"),
        classes=(
            "#1D4ED8",
            "#D9580A",
            "#56917A",
            "#8C0000",
            "#40284E",
            "#1783D4",
            "#E36C4D",
            "#002892",
            "#007693",
            "#3E00FE",
        ),
        low="#1D4ED8",
        middle="#F4F4F2",
        high="#C2410C",
        good="#0E7A53",
        bad="#B91C1C",
    ),
    "dark": Palette(
        background="#0F1720",
        text="#E9EEF4",
        muted="#A9B4C2",
        grid="#26313D",
        ladder="#84B5FF",
        twin="#EF945C",
        layers=("#B0F930", "#C9D75C", "#DBB379", "#E29493", "#E17BB0", "#D963CB", "#CB43DF", "#B912F5"),
        classes=(
            "#84B5FF",
            "#EF945C",
            "#03FFFF",
            "#FF2394",
            "#E0C419",
            "#9065C2",
            "#FFB7AB",
            "#E73700",
            "#FF2C70",
            "#A461FF",
        ),
        low="#84B5FF",
        middle="#1B2530",
        high="#EF945C",
        good="#3DD598",
        bad="#FF7A7A",
    ),
}


def layer_colors(name: str, n: int) -> tuple[str, ...]:
    """Returns the colours of `n` (1 to 8) layers as #RRGGBB, input first, spread over the whole scale of the theme
    `name` (a key of PALETTES)."""
    scale = PALETTES[name].layers
    return tuple(scale[round(i * (len(scale) - 1) / max(1, n - 1))] for i in range(n))


def as_data(n_layers: int) -> dict[str, dict[str, object]]:
    """Returns both palettes by theme as plain data for the page, with n_layers + 1 layer colours and dashes.
    `n_layers`: 1 to 7."""
    n = n_layers + 1
    return {
        name: {**asdict(one), "layers": layer_colors(name, n), "dashes": DASHES[:n]} for name, one in PALETTES.items()
    }
