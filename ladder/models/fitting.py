"""The training rows whose statistics normalise predictions, without PyTorch."""

from ladder.arrays import Floats
from ladder.data.protocol import seen
from ladder.data.rows import Data
from ladder.models.shapes import FIT_ROWS
from ladder.settings import Live, Structure


def fit_rows(structure: Structure, live: Live, data: Data) -> Floats:
    """Returns the first FIT_ROWS inputs (n, d) of those that the training uses, whose statistics normalise predictions.
    Raises Problem as protocol.seen does."""
    found: Floats = data.x[seen(data, structure, live.n_labeled).used[:FIT_ROWS]]
    return found
