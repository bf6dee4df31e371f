"""One input that a page asks a ladder about, with the noise that it gets: plain numbers, checked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ladder.problems import Problem
from ladder.settings import Knob, Live, knobs

MOST_ROWS = 1_000_000
PARTS = "test", "training"
# Data that are no images lie within 15 of 0. From 100 away a ladder still computes finite numbers.
PIXEL = Knob("pixels", (0.0,), -100.0, 100.0, per_layer=True)
ROW = Knob("row", 0, 0, MOST_ROWS - 1)
DRAW = Knob("draw", 0, 0, 9999)
PART = Knob("part", PARTS[0], choices=PARTS)
STD = replace(knobs(Live)["noise_std"], default=0.0, per_layer=False)


@dataclass(frozen=True)
class Sample:
    """An input and its noise. `part` and `row`: one of PARTS, and the number of the row of it that is the input, where
    `pixels` is empty. `pixels`: a drawn or typed input, n_features values in the units of rows.Data.x: 0 to 1 for
    images. `std`: the std of the noise at all layers; None for the run's own noise_std. `draw`: which draw of the
    noise.

    Raises Problem bad_whole for `row` and `draw`, bad_choice for `part`, bad_number for `std` and for values that are
    not finite or not within 100 of 0, and bad_list for pixels that are no list. What depends on the data is checked by
    `check`.
    """

    row: int = 0
    pixels: tuple[float, ...] = ()
    std: float | None = None
    draw: int = 0
    part: str = PARTS[0]

    def __post_init__(self) -> None:
        checked = {"row": ROW.check(self.row), "pixels": PIXEL.check(self.pixels), "draw": DRAW.check(self.draw)}
        checked["part"] = PART.check(self.part)
        checked |= {} if self.std is None else {"std": STD.check(self.std)}
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def check(self, n_features: int, n_rows: Mapping[str, int], image: bool) -> None:
        """Raises Problem wrong_pixels unless there are no pixels or `n_features`, bad_number for pixels outside 0 to 1
        where the data are images, and bad_whole for a row that the sample's part does not have. `n_rows`: how many rows
        each of PARTS has."""
        if len(self.pixels) not in (0, n_features):
            raise Problem("wrong_pixels", n=len(self.pixels), n_features=n_features)
        if image:
            replace(PIXEL, low=0.0, high=1.0).check(self.pixels)
        if not self.pixels:
            replace(ROW, high=n_rows[self.part] - 1).check(self.row)
