"""What a visitor takes home: numbers, settings, checkpoint and pictures of a run, in one zip."""

import csv
import io
import json
import re
import zipfile

from ladder.live.history import History
from ladder.live.lab import Lab
from ladder.live.store import from_bytes, recipe_to_json

_PICTURE = re.compile(r"[a-z0-9_-]{1,60}\.png")


def archive(lab: Lab, run_id: str, pictures: dict[str, bytes]) -> bytes:
    """metrics.csv, settings.json, checkpoint.npz and charts/*.png. Problem if the run is unknown."""
    checkpoint = lab.checkpoint(run_id)
    saved = from_bytes(checkpoint)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metrics.csv", metrics_csv(saved.history))
        archive.writestr("settings.json", json.dumps(recipe_to_json(saved.recipe), indent=2))
        archive.writestr("checkpoint.npz", checkpoint, zipfile.ZIP_STORED)
        for name, content in pictures.items():
            if _PICTURE.fullmatch(name) and content.startswith(b"\x89PNG"):
                archive.writestr(f"charts/{name}", content, zipfile.ZIP_STORED)
    return stream.getvalue()


def metrics_csv(history: History) -> str:
    """A row per kept update and per measurement, empty where the one was not kept or the other not taken. Errors are
    fractions."""
    arrays, n = history.arrays, history.width
    kept, measured = ({int(update): i for i, update in enumerate(arrays[k])} for k in ("update", "eval_update"))
    stream = io.StringIO()
    writer = csv.writer(stream)
    names = ["update", "supervised", *(f"denoising_{l}" for l in range(n)), "objective", "twin_supervised"]
    writer.writerow([*names, "test_error", "twin_error", *(f"gain_{l}" for l in range(n))])
    for update in sorted(kept.keys() | measured.keys()):
        i, at, row = kept.get(update), measured.get(update), [update]
        if i is None:
            row += [""] * (3 + n)
        else:
            row += [arrays["supervised"][i], *arrays["denoising"][i], arrays["objective"][i]]
            row.append(arrays["twin_supervised"][i])
        if at is None:
            row += [""] * (2 + n)
        else:
            row += [arrays["test_error"][at], arrays["twin_error"][at], *arrays["gain"][at]]
        writer.writerow(row)
    return stream.getvalue()
