"""What a person chooses for a file: what each column is, which rows test, how texts become numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ladder.settings import Knob

FEATURES = ("number", "category", "date", "text")
ROLES = ("target", *FEATURES, "meta", "ignored", "split", "group")
MINUS_ONE = ("unlabelled", "class")
TEXT_WAYS = ("words", "characters", "hashed")
Note = tuple[str, Mapping[str, object]]  # a sentence about data: a text key of the catalogue and its values

KNOBS = {
    "test_share": Knob("test_share", 0.3, 0.05, 0.8, step=0.05),
    "split_seed": Knob("split_seed", 0, 0, 9999, step=1),
    "text_way": Knob("text_way", "words", choices=TEXT_WAYS),
    "text_width": Knob("text_width", 500, 20, 2000, step=10),
}
SURE = Knob("sure", 0.8, 0.34, 0.99, step=0.01)  # the probability from which a prediction is sure


@dataclass(frozen=True)
class Choices:
    """What a person has chosen for a source. `roles`: of the columns of a table by name, each one of columns.ROLES;
    empty for arrays. `minus_one`: what -1 means as a target, "unlabelled" or "class". `test_share`: of the labelled
    rows, 0.05 to 0.8, unless the source has test rows or a column says so. `split_seed`: 0 to 9999. `text_way`: how
    texts become numbers, by "words", by "characters", or "hashed" words; `text_width`: to how many, 20 to 2,000.
    Raises Problem bad_choice, bad_number or bad_whole for a value that none of them can have."""

    roles: Mapping[str, str] = field(default_factory=dict)
    minus_one: str = "unlabelled"
    test_share: float = 0.3
    split_seed: int = 0
    text_way: str = "words"
    text_width: int = 500

    def __post_init__(self) -> None:
        for name, knob in KNOBS.items():
            object.__setattr__(self, name, knob.check(getattr(self, name)))
        Knob("minus_one", "unlabelled", choices=MINUS_ONE).check(self.minus_one)
        for role in self.roles.values():
            Knob("role", "number", choices=ROLES).check(role)
