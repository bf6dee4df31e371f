"""A set of texts that needs no download: docstrings of five installed libraries, to be told apart by library.

The libraries' sources are read and never imported. Their names, and the names under which they are usually imported,
are taken out, and so are examples of code: what is left is how the libraries write.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas

from ladder.data.choices import Choices
from ladder.data.rows import DATA_SEED
from ladder.data.source import TableSource
from ladder.problems import Problem

# The libraries, and the parts of them in which functions and classes for users are defined in Python.
LIBRARIES = {
    "numpy": ("lib", "_core", "linalg", "fft", "ma", "polynomial", "random"),
    "scipy": ("stats", "signal", "optimize", "linalg", "sparse", "interpolate", "spatial", "integrate", "special"),
    "pandas": ("core", "io", "plotting"),
    "sklearn": ("linear_model", "ensemble", "metrics", "preprocessing", "cluster", "decomposition", "model_selection"),
    "torch": ("nn", "optim", "distributions", "utils/data", "ao", "distributed", "autograd"),
}
EACH = 400  # texts of each library
LEAST_WORDS, MOST_WORDS = 8, 40  # of a text: a docstring's first words
CHOICES = Choices({"text": "text", "library": "target"}, text_width=500)
_NAMES = re.compile(
    r"\b(numpy|np|scipy|sp|pandas|pd|sklearn|scikit|learn|torch|pytorch|ndarrays?|dataframes?|series|tensors?)\b", re.I
)
_CODE = re.compile(r"``[^`]*``|`[^`]*`(?:__?)?|:[a-z]+:|\S*[_./<>=()\[\]{}]\S*")


def table() -> TableSource:
    """Returns the texts with their libraries, EACH of each, in an order that does not tell them. Raises Problem
    own_no_sources where the libraries' sources are not there."""
    rng = np.random.default_rng(DATA_SEED)
    texts, names = [], []
    for name in LIBRARIES:
        found = sorted(set(_texts(name)))
        if len(found) < EACH:
            raise Problem("own_no_sources", name=name)
        texts += [found[k] for k in rng.permutation(len(found))[:EACH]]
        names += [name] * EACH
    order = rng.permutation(len(texts))
    cells = pandas.DataFrame({"text": np.array(texts, object)[order], "library": np.array(names, object)[order]})
    return TableSource(("text", "library"), cells.astype("str"), {"format": "csv", "file": "docstrings"})


def _texts(library: str) -> Iterator[str]:
    """Yields the cleaned first words of the docstrings of a library's functions and classes."""
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        return
    root = Path(spec.origin).parent
    for part in LIBRARIES[library]:
        for path in sorted((root / part).rglob("*.py")):
            if "test" not in path.as_posix():
                yield from filter(None, map(cleaned, _docstrings(path)))


def _docstrings(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield ast.get_docstring(node) or ""


def cleaned(docstring: str) -> str | None:
    """Returns the first MOST_WORDS words of a docstring without names of libraries, code and signs, in small letters;
    None for one of fewer than LEAST_WORDS."""
    prose = "\n".join(line for line in docstring.splitlines() if not line.lstrip().startswith((">>>", "...", "..")))
    words = re.findall(r"[a-z]+", _NAMES.sub(" ", _CODE.sub(" ", prose)).lower())
    return " ".join(words[:MOST_WORDS]) if len(words) >= LEAST_WORDS else None
