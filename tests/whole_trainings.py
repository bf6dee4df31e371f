"""Prints digests of whole short trainings, to be compared between processors: a program, run by test_arithmetic.py."""

import hashlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from ladder import arithmetic  # noqa: E402, I001  (before the libraries whose arithmetic it fixes)

import numpy as np  # noqa: E402
import torch  # noqa: E402

from ladder.analysis import snapshot  # noqa: E402
from ladder.data import datasets  # noqa: E402
from ladder.recipe.defaults import default_live  # noqa: E402
from ladder.settings import Live, Structure  # noqa: E402
from ladder.training import train  # noqa: E402

torch.set_num_threads(1)


def digest(*arrays: np.ndarray) -> str:
    """A word for the bits of arrays."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:16]


def trained(structure: Structure, live: Live, n: int, model: str = "ladder", lanes: int = 1):
    """State and metrics after n updates, of the first of so many equal lanes."""
    data = datasets.load(structure.dataset)
    states = [train.initial(structure, data, model)] * lanes
    states, metrics = train.train(states, [structure] * lanes, [live] * lanes, data, n, model)
    return states[0], metrics[0]


structure, live, digits = Structure(), Live(), datasets.load("digits")
ladder, metrics = trained(structure, live, 150)
twin, _ = trained(structure, live, 150, "supervised")
print("ladder", digest(ladder.theta, ladder.adam_m, ladder.adam_v, metrics["objective"]))
print("twin", digest(twin.theta))
measured = snapshot.measure(ladder, twin, structure, live, digits)
print("measured", measured["test_error"], measured["twin_error"], digest(measured["gain"]))
print("probabilities", digest(snapshot.probabilities(ladder, structure, live, digits, digits.x_test)))
print("lanes", digest(trained(structure, live, 20, lanes=8)[0].theta))
wide = Structure(widths=(300, 200))
print("wide", digest(trained(wide, default_live(wide), 20)[0].theta))
for name in ("moons", "wine"):
    other = Structure(dataset=name, activation="leaky_relu")
    print(name, digest(trained(other, default_live(other), 60)[0].theta))
print(arithmetic.ours().processor)
