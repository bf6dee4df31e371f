"""What the page Inside shows of a run: one sample on its way through all layers, and the combinator of one unit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from ladder.data.datasets import DATASETS
from ladder.data.protocol import n_classes, n_test
from ladder.problems import Problem
from ladder.recipe.sample import Sample
from ladder.settings import MAX_HIDDEN, Knob, Structure

MOST_UNITS = 100_000  # of a layer, the input included


@dataclass(frozen=True)
class Inside:
    """`layer` (0 is the input) and `unit`: of the combinator that is shown."""

    sample: Sample = Sample()
    layer: int = 1
    unit: int = 0

    def check(self, structure: Structure) -> None:
        """Raises Problem "bad_whole" where a run of `structure` has no such layer or unit, and those of
        Sample.check."""
        info = DATASETS[structure.dataset]
        widths = (info.n_features, *structure.widths, n_classes(structure))
        Knob("level", 0, 0, len(widths) - 1).check(self.layer)
        Knob("unit", 0, 0, widths[self.layer] - 1).check(self.unit)
        n_rows = {"test": n_test(structure), "training": info.n_train}
        self.sample.check(info.n_features, n_rows, info.image_shape is not None)

    def words(self) -> dict[str, object]:
        """Returns the fields of both dataclasses by name, with the number of the pixels in their place: who asked knows
        them."""
        return {**asdict(self.sample), "pixels": len(self.sample.pixels), "layer": self.layer, "unit": self.unit}


def from_words(words: object) -> Inside:
    """Returns the Inside of a mapping with the fields of Sample and Inside by name, those left out at their defaults.
    Raises Problem "bad_word" where it is none or has others, and those of Sample."""
    names = {one.name for cls in (Sample, Inside) for one in fields(cls)} - {"sample"}
    if not isinstance(words, Mapping) or not words.keys() <= names:
        raise Problem("bad_word", name="inside", value=str(words)[:40])
    layer = Knob("level", 0, 0, MAX_HIDDEN + 1).check(words.get("layer", Inside.layer))
    unit = Knob("unit", 0, 0, MOST_UNITS).check(words.get("unit", Inside.unit))
    assert isinstance(layer, int) and isinstance(unit, int)
    sample = Sample(**{name: value for name, value in words.items() if name not in ("layer", "unit")})
    return Inside(sample, layer, unit)
