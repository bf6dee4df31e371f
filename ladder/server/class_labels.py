"""The images of a class's labelling round: drawn here when it begins, and sent to who may see them."""

import asyncio
import base64
import functools
import secrets
from collections.abc import Mapping, Sequence

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ladder.data import datasets, own
from ladder.data.datasets import DATASETS
from ladder.problems import Problem
from ladder.server.browsers import browser_of
from ladder.server.origins import Origins
from ladder.settings import is_base, is_own
from ladder.teaching import label_views
from ladder.teaching.classes import Browser, Classes
from ladder.teaching.labelling import LARGEST_SEED, PER_CLASS, drawn


def begun(values: Mapping[str, object]) -> Mapping[str, object]:
    """Returns the values of the event "label_round" for the teacher's "dataset": images of it, drawn at random. Raises
    Problem "label_data" where the dataset has no images, "label_rows" where a class has too few of a known class, and
    those of datasets.load."""
    name = str(values.get("dataset"))
    if not is_base(name) or DATASETS[name].image_shape is None:
        raise Problem("label_data", name=_title(name))
    data, seed = datasets.load(name), secrets.randbelow(LARGEST_SEED + 1)
    rows = drawn(data.y, data.n_classes, seed)
    if len(rows[0]) < PER_CLASS:
        raise Problem("label_rows", name=_title(name), n=PER_CLASS)
    return {"dataset": name, "seed": seed, "rows": rows}


def _title(name: str) -> str:
    return own.found(name).title if is_own(name) else name[:40]


def route(classes: Classes, path: str, origins: Origins) -> Route:
    """Returns the route of the images. `path`: the server's base path, without a slash at its end."""
    return Route(f"{path}/class/labels", functools.partial(_labels, classes, origins))


async def _labels(classes: Classes, origins: Origins, request: Request) -> Response:
    """Answers about a labelling round of a class as JSON: a student of it with `images`, the student's of the last
    round, in their order; a teacher, who names the class in the query's "class" and the round by its number in "round",
    with what became of the closed round (label_views.outcome) and `images`, those of its rows. `shape` is that of an
    image, rows and columns, and each image is a text, base64 of a byte for each pixel, row by row. 403 for a page of a
    foreign origin and for everybody else, 404 where there is no such round or its data are gone."""
    if not origins.admit(request):
        return Response(status_code=403)
    query = request.query_params
    found = await asyncio.to_thread(_seen, classes, browser_of(request), query.get("class", ""), query.get("round", ""))
    if isinstance(found, int):
        return Response(status_code=found)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _seen(classes: Classes, browser: Browser, class_id: str, number: str) -> dict[str, object] | int:
    """What the browser is answered, or the status of the refusal. `number`: which round a teacher asks about."""
    student = None if class_id else classes.student(browser.student)
    room = classes.rooms.get(class_id) if class_id else student[0] if student else None
    allowed = classes.is_teacher(browser.teacher) if class_id else student is not None and student[1].admitted
    if not allowed:
        return 403
    rounds = room.rounds if room else ()
    if not student:
        rounds = tuple(one for one in rounds if str(one.number) == number and not one.is_open)
    if not rounds:
        return 404
    found, told = rounds[-1], dict[str, object]()
    rows: Sequence[int] = found.rows_of(student[1].number) if student else ()
    if not student:
        told = label_views.outcome(found)
        rows = [one["row"] for one in told["rows"]]  # type: ignore[attr-defined] # a list of dictionaries
    try:
        return told | _images(found.dataset, rows)
    except Problem:
        return 404


def _images(dataset: str, rows: Sequence[int]) -> dict[str, object]:
    data = datasets.load(dataset)
    pixels = np.rint(255 * data.x[list(rows)]).astype(np.uint8)
    return {"shape": data.image_shape, "images": [base64.b64encode(one.tobytes()).decode() for one in pixels]}
