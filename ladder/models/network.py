"""What a network that trains beside the ladder has to be: named parameters, named costs, and what each cost counts."""

from typing import NamedTuple

from torch import Tensor

from ladder.arrays import Floats
from ladder.models.ladder import Layout, Parameters
from ladder.recipe.contestants import Contestant
from ladder.settings import Structure


class Batch(NamedTuple):
    """What one update sees. Every tensor has a leading lane axis beside the shapes given here."""

    x_labeled: Tensor  # (n_s, d)
    y: Tensor  # (n_s,) int64
    x: Tensor  # (n, d), labels unknown
    noise_labeled: list[Tensor]  # over l = 0..L: (n_s, m_l), standard normal
    noise: list[Tensor]  # over l = 0..L: (n, m_l), standard normal
    noise_std: Tensor  # (L + 1, 1, 1): Live.noise_std, for models that corrupt every layer as the ladder does
    first: dict[str, Tensor]  # the parameters before the first update; empty unless Network.needs_first


class Network:
    """One contestant on data of `n_features` inputs and `n_classes` classes. It holds choices and no weights. `widths`:
    m_0..m_L; `where`: its layout."""

    def __init__(self, contestant: Contestant, structure: Structure, n_features: int, n_classes: int):
        self.contestant, self.structure = contestant, structure
        self.widths = (n_features, *structure.widths, n_classes)
        self.where = self.layout()

    @property
    def needs_first(self) -> bool:
        """Returns whether `costs` reads Batch.first."""
        return False

    @property
    def top(self) -> int:
        """Returns L, the number of layers above the input."""
        return len(self.widths) - 1

    def layout(self) -> Layout:
        """Returns the places of the parameters. The classifier's count as the encoder's."""
        raise NotImplementedError

    def initial(self, weight_seed: int) -> Floats:
        """Returns theta (n_parameters,) float32 before the first update."""
        raise NotImplementedError

    def weights(self, update: int) -> dict[str, float]:
        """Returns the factor of each cost in the objective of the update number `update` (0 is the first). The keys and
        their order are those of `costs`."""
        raise NotImplementedError

    def costs(self, p: Parameters, batch: Batch) -> dict[str, Tensor]:
        """Returns the costs (lanes,) of a batch by name, each without its factor. p: parameters by name, with a leading
        lane axis."""
        raise NotImplementedError
