"""Tables as a file holds them, for the tests of a person's own data."""

import numpy as np
import pandas as pd

from ladder.data.choices import Choices
from ladder.data.columns import described
from ladder.data.keeping import keep
from ladder.data.source import ArraySource, TableSource


def table(decimal: str = ".", **columns) -> TableSource:
    """A table of texts; each column is a list of texts, or of numbers that are written as texts. In a name, "__" stands
    for "#"."""
    cells = pd.DataFrame(
        {name.replace("__", "#"): [str(one) for one in of] for name, of in columns.items()}, dtype="str"
    )
    return TableSource(tuple(cells.columns), cells, {"format": "csv", "file": "table.csv", "decimal": decimal})


def flowers(n: int = 60, unlabelled: int = 0) -> TableSource:
    """A small table as people have it: two numbers, a category, a date, a text and a target of three classes, with
    every value missing somewhere. The last `unlabelled` rows have no label."""
    kinds = ["rose", "tulip", "lily"]
    return table(
        length=["" if k == 4 else f"{1 + k % 3 + 0.1 * (k % 7):.1f}" for k in range(n)],
        width=["?" if k == 5 else 2 + k % 5 for k in range(n)],
        colour=["" if k % 10 == 6 else ["red", "white"][k * 7 % 5 % 2] for k in range(n)],
        seen=["NA" if k == 7 else f"{1 + k % 28:02d}.03.2024" for k in range(n)],
        remark=["a note on the flower number " + "abcdefg"[k % 7] * 3 + f" {k}" for k in range(n)],
        kind=["" if k >= n - unlabelled else kinds[k % 3] for k in range(n)],
    )


def usual(source, **changes) -> Choices:
    """The guessed roles, changed."""
    roles = {one.name: one.role for one in described(source.cells, source.found["decimal"])}
    return Choices(roles | changes)


def kept_kinds(n: int = 120) -> dict[str, str]:
    """Keeps a small dataset of each kind, of about `n` training rows of which half have no label. Returns their
    names."""
    sources = {
        "table": (flowers(2 * n, n), None),
        "texts": (
            table(remark=flowers(2 * n).cells["remark"], kind=flowers(2 * n, n).cells["kind"]),
            {"remark": "text"},
        ),
        "rows": (arrays(n, n // 2, image=False, unlabelled=n // 2), None),
        "images": (arrays(n, n // 2, unlabelled=n // 2), None),
    }
    names = {}
    for kind, (source, roles) in sources.items():
        choices = usual(source, **(roles or {})) if isinstance(source, TableSource) else Choices()
        names[kind] = keep(source, choices, f"{n} {kind}").name
    return names


def arrays(n=60, n_test=0, image=True, labels="abc", unlabelled=0) -> ArraySource:
    """Rows of noise with labels in turn; the last `unlabelled` have none."""
    rng = np.random.default_rng(5)
    shape = (n + n_test, 8, 8) if image else (n + n_test, 5)
    x = rng.integers(0, 256, shape).astype(np.uint8) if image else rng.standard_normal(shape).astype(np.float32)
    y = np.array([labels[k % len(labels)] for k in range(n + n_test)], object)
    y[n - unlabelled : n] = ""
    test = (x[n:], y[n:]) if n_test else (None, None)
    return ArraySource(x[:n], y[:n], *test, image, tuple(labels), {"format": "npz"})
