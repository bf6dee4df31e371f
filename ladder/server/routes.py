"""The routes beside the pages: the live channel, curves, the export, Plotly's script, pictures, and metrics.

All lie below the server's base path, where the page's scripts look for them: beside the page's own address.
"""

import asyncio
import functools
import gzip
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from ladder import given
from ladder.data.datasets import DATASETS
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.recipe.links import MAX_AT
from ladder.server import class_routes, pictures
from ladder.server.browsers import browser_of
from ladder.server.class_routes import ClassSockets
from ladder.server.class_runs import ClassRuns
from ladder.server.downloads import Downloads
from ladder.server.metrics import Metrics
from ladder.server.origins import Origins
from ladder.server.sockets import Sockets
from ladder.settings import is_own
from ladder.teaching.classes import Classes


def routes(lab: Lab, classes: Classes, base: str, origins: Origins) -> list[BaseRoute]:
    """Returns all routes, for st.App.

    `lab`: the server's runs. `classes`: its classes. `base`: Streamlit's server.baseUrlPath, with or without slashes
    around it. `origins`: the pages that may connect.
    """
    path, downloads = f"/{base.strip('/')}".rstrip("/"), Downloads(lab, classes, origins)
    pages, class_pages = Sockets(lab, classes, origins), ClassSockets(classes, origins, ClassRuns(lab))
    metrics = Metrics(lab, classes, lambda: pages.open.total(), lambda: class_pages.n_open)
    return [
        WebSocketRoute(f"{path}/live/{{run_id}}", pages.serve),
        Route(f"{path}/curves/{{run_id}}", functools.partial(_curves, lab, classes, origins)),
        Route(f"{path}/export/{{run_id}}/{{ticket}}", downloads.archive, methods=["POST"]),
        Route(f"{path}/export/{{run_id}}/{{ticket}}/{{name}}", downloads.picture, methods=["POST"]),
        Route(f"{path}/model/{{run_id}}/{{name}}", downloads.model),
        *class_routes.routes(classes, path, origins, class_pages),
        Route(f"{path}/plotly.min.js", _plotly),
        Route(f"{path}/datasets/{{name}}.svg", _dataset),
        Route(f"{path}/health", metrics.health),
        Route(f"{path}/metrics", metrics.prometheus),
    ]


@functools.cache
def _plotly_script() -> tuple[bytes, str]:
    """Returns Plotly.js as the plotly package ships it, compressed once with gzip, and its ETag."""
    import plotly

    content = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(content, 6), f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def warm() -> None:
    """Compresses Plotly's script before the first visitor asks for it."""
    _plotly_script()


async def _plotly(request: Request) -> Response:
    content, tag = _plotly_script()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(content, media_type="text/javascript", headers=headers)


@functools.cache
def _picture(name: str) -> bytes:
    """Returns the small picture of a dataset, drawn and compressed once. Raises those of pictures.picture."""
    return gzip.compress(pictures.picture(name).encode(), 6)


async def _dataset(request: Request) -> Response:
    """Answers with the small picture of a dataset; 404 for an unknown name, and where its files are missing or
    damaged."""
    name = request.path_params["name"]
    if name not in DATASETS and not is_own(name):
        return Response(status_code=404)
    try:
        content = await asyncio.to_thread(_picture, name)
    except Problem:
        return Response(status_code=404)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "public, max-age=3600"}
    return Response(content, media_type="image/svg+xml", headers=headers)


async def _curves(lab: Lab, classes: Classes, origins: Origins, request: Request) -> Response:
    """Answers with a run's curves, which a page draws behind those of another run: a message of live/frames.py,
    compressed. The query's `until`: the update up to which the run is trained, at most MAX_AT. 403 for a page of a
    foreign origin, 400 for another `until`, 404 where there is no such run, the browser may not look at it or have it
    trained so far, or its file cannot be read."""
    if not origins.admit(request):
        return Response(status_code=403)
    until = given.whole(request.query_params.get("until", "0"), MAX_AT)
    if until is None:
        return Response(status_code=400)
    try:
        classes.check_read(browser_of(request), request.path_params["run_id"])
        classes.check_updates(browser_of(request), until)
        message = await asyncio.to_thread(lab.behind, request.path_params["run_id"], until)
    except Problem:
        return Response(status_code=404)
    content = await asyncio.to_thread(gzip.compress, message, 5)
    headers = {"Content-Encoding": "gzip", "Cache-Control": "no-store"}
    return Response(content, media_type="application/octet-stream", headers=headers)
