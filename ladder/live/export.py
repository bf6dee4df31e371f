"""The zip that a visitor downloads: numbers, settings, checkpoint and pictures of a run."""

import io
import json
import re
import zipfile

import pandas

from ladder.arrays import Arrays
from ladder.live.history import History
from ladder.live.lab import Lab
from ladder.live.store import from_bytes
from ladder.recipe.plain import recipe_to_json

_PICTURE = re.compile(r"[a-z0-9_-]{1,60}\.png")


def archive(lab: Lab, run_id: str, pictures: dict[str, bytes]) -> bytes:
    """A zip with metrics.csv, settings.json, checkpoint.npz, and those of `pictures`, by file name, that are PNG files
    with a plain name, in charts/. Problem run_unknown, no_answer, or a key of store.from_bytes."""
    checkpoint = lab.checkpoint(run_id)
    saved = from_bytes(checkpoint)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metrics.csv", metrics_csv(saved.history))
        settings = recipe_to_json(saved.recipe) | {"computed": [one.to_json() for one in saved.computed]}
        archive.writestr("settings.json", json.dumps(settings, indent=2))
        archive.writestr("checkpoint.npz", checkpoint, zipfile.ZIP_STORED)
        for name, content in pictures.items():
            if _PICTURE.fullmatch(name) and content.startswith(b"\x89PNG"):
                archive.writestr(f"charts/{name}", content, zipfile.ZIP_STORED)
    return stream.getvalue()


def metrics_csv(history: History) -> str:
    """The curves as a table: a row for each kept update and each measurement, empty where an update was not kept or no
    measurement was taken. Costs are means over a batch, errors fractions between 0 and 1, gains as in
    analysis/snapshot.py; `denoising_l` and `gain_l` belong to layer l, the input being 0."""
    kept, measured = (_table(history, names) for names in history.SERIES.values())
    table = kept.merge(measured.rename(columns={"eval_update": "update"}), how="outer", on="update")
    return table.to_csv(index=False, lineterminator="\r\n")


def _table(history: History, names: tuple[str, ...]) -> pandas.DataFrame:
    """The arrays of one series, a column each, or one for each layer."""
    columns: Arrays = {}
    for name in names:
        array = history.arrays[name]
        columns |= {f"{name}_{l}": array[:, l] for l in range(array.shape[1])} if array.ndim > 1 else {name: array}
    return pandas.DataFrame(columns)
