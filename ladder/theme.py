"""One palette for curves, classes and pictures, in light and dark.

A layer has the same colour on every page and in both themes, one that a class can name: dark red, olive, green, teal,
violet, then pink, tan and blue. Blue and orange come last, as the ladder and its twin have them. Layers also differ by
dash. All colours were found by a search that keeps CIELAB distances of at least 18, of the layers 20, for normal,
deuteranopic and protanopic eyes (Machado et al. 2009) and a contrast of 3:1 on the background (WCAG 2.2, 1.4.11);
tests/test_theme.py computes both again. Text and surfaces take Streamlit's own colours where the page has them.
"""

from dataclasses import asdict, dataclass

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "4px,3px,1px,3px,1px,3px", "10px,3px")

# By layer, the input first, and of the earlier runs behind the live curves, by turns: the same on light and dark.
LAYERS = ("#A84351", "#5D6B16", "#15AB00", "#1C9EBC", "#8247BE", "#DA1D8B", "#D37D5F", "#1F61FB")
RUNS = ("#50926C", "#F254B0", "#92552C", "#0D706E", "#8E44AE")


@dataclass(frozen=True)
class Palette:
    """Colours of one theme as #RRGGBB."""

    background: str
    text: str
    muted: str  # captions, axis numbers: 4.5:1 on the background
    grid: str
    ladder: str
    twin: str
    drawn: str  # a curve that a person has drawn: far from all other curves and from the text
    classes: tuple[str, ...]  # 10; with more than 4 classes, marks carry the class's name too
    low: str  # diverging scale of activations: negative
    middle: str  # zero
    high: str  # positive
    good: str
    bad: str
    ranks: tuple[str, ...]  # from the best to the worst of a ranking, its contrast falling


PALETTES = {
    "light": Palette(
        background="#FFFFFF",
        text="#111827",
        muted="#4B5563",
        grid="#E3E7ED",
        ladder="#1D4ED8",
        twin="#D9580A",
        drawn="#440066",
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
        ranks=("#661535", "#6A225F", "#652F8C", "#513BBC", "#004AF3", "#2F75FF", "#318AE3", "#2D9EC7"),
    ),
    "dark": Palette(
        background="#0F1720",
        text="#E9EEF4",
        muted="#A9B4C2",
        grid="#26313D",
        ladder="#84B5FF",
        twin="#EF945C",
        drawn="#FFFF33",
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
        ranks=("#B0F930", "#C9D75C", "#DBB379", "#E29493", "#E17BB0", "#D963CB", "#CB43DF", "#B912F5"),
    ),
}


def rank_colors(name: str, n: int) -> tuple[str, ...]:
    """Returns `n` (2 to 8) colours of a ranking as #RRGGBB, the best first, in the theme `name` (a key of PALETTES)."""
    scale = PALETTES[name].ranks
    return tuple(scale[round(i * (len(scale) - 1) / (n - 1))] for i in range(n))


def as_data(n_layers: int) -> dict[str, dict[str, object]]:
    """Returns both palettes by theme as plain data for the page, with the colours and dashes of n_layers + 1 layers.
    `n_layers`: 1 to 7."""
    n = n_layers + 1
    common = {"layers": LAYERS[:n], "runs": RUNS, "dashes": DASHES[:n]}
    return {name: asdict(one) | common for name, one in PALETTES.items()}
