"""What a visitor downloads of a run: everything in a zip, or a file of the trained model."""

import io
import json
import re
import zipfile

import pandas

from ladder.arrays import Arrays, Floats
from ladder.live.analyst import ModelFiles
from ladder.live.history import History
from ladder.live.lab import Lab
from ladder.live.store import Saved, from_bytes
from ladder.problems import Problem
from ladder.recipe.plain import recipe_to_json
from ladder.settings import Recipe

SECONDS = 120.0  # that the files of a model may take
_PICTURE = re.compile(r"[a-z0-9_-]{1,60}\.png")


def archive(lab: Lab, run_id: str, pictures: dict[str, bytes]) -> bytes:
    """A zip with metrics.csv, settings.json, checkpoint.npz, the files of `model` in model/, and in charts/ those of
    `pictures`, by file name, that are PNG files with a plain name. Problem as of `model`."""
    checkpoint = lab.checkpoint(run_id)
    saved = from_bytes(checkpoint)
    files = _model(lab, saved)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metrics.csv", metrics_csv(saved.history))
        settings = recipe_to_json(saved.recipe) | {"computed": [one.to_json() for one in saved.computed]}
        archive.writestr("settings.json", json.dumps(settings, indent=2))
        archive.writestr("checkpoint.npz", checkpoint, zipfile.ZIP_STORED)
        for name, content in files.items():
            archive.writestr(f"model/{name}", content)
        for name, content in pictures.items():
            if _PICTURE.fullmatch(name) and content.startswith(b"\x89PNG"):
                archive.writestr(f"charts/{name}", content, zipfile.ZIP_STORED)
    return stream.getvalue()


def ladder(lab: Lab, run_id: str) -> tuple[Recipe, int, Floats]:
    """The choices of a run, how many updates it has trained, and the parameters of its ladder then. Problem as of
    `model`, without those of Analyst.ask."""
    saved = from_bytes(lab.checkpoint(run_id))
    state = saved.states["ladder"]
    return saved.recipe, state["update"], state["theta"]


def model(lab: Lab, run_id: str) -> dict[str, bytes]:
    """The ladder of a run as it is now, as files by name (portable/model_files.py). Problem run_unknown, no_answer, a
    key of store.from_bytes or datasets.load, or those of Analyst.ask."""
    return _model(lab, from_bytes(lab.checkpoint(run_id)))


def _model(lab: Lab, saved: Saved) -> dict[str, bytes]:
    state = saved.states["ladder"]
    asked = lab.analyst.ask(ModelFiles(saved.recipe, state["update"], state["theta"], saved.computed))
    try:
        return asked.result(SECONDS)
    except TimeoutError:
        asked.cancel()
        raise Problem("no_answer") from None


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
