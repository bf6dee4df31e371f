"""The routes beside the pages: the live channel, the export, Plotly's script, and a health page.

All lie below the server's base path, where the page's scripts look for them: beside the page's own address.
"""

import asyncio
import functools
import gzip
import hashlib
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from ladder import i18n
from ladder.live import export
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.server.origins import Origins
from ladder.server.sockets import Sockets

MOST_PICTURES = 50_000_000  # bytes of the charts that a browser sends for its export


def routes(lab: Lab, base: str, origins: Origins) -> list[BaseRoute]:
    """All of them, for st.App.

    `base`: Streamlit's server.baseUrlPath, with or without slashes around it; `origins`: the pages that may connect.
    """
    path = f"/{base.strip('/')}".rstrip("/")
    return [
        WebSocketRoute(f"{path}/live/{{run_id}}", Sockets(lab, origins).serve),
        Route(f"{path}/export/{{run_id}}", functools.partial(_export, lab, origins), methods=["POST"]),
        Route(f"{path}/plotly.min.js", _plotly),
        Route(f"{path}/health", functools.partial(_health, lab)),
    ]


async def _export(lab: Lab, origins: Origins, request: Request) -> Response:
    """The zip of a run with the posted pictures (multipart, by file name). 403 for a page of a foreign origin, 413 for
    too many pictures, 404 with a sentence in the query's `language` for an unknown run."""
    run_id = request.path_params["run_id"]
    size = request.headers.get("content-length", "")
    if not origins.admit(request):
        return Response(status_code=403)
    if not size.isdecimal() or int(size) > MOST_PICTURES:
        return Response(status_code=413)
    try:
        if not lab.exists(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        async with request.form(max_files=60) as form:
            posted = [part for part in form.values() if isinstance(part, UploadFile)]
            pictures = {part.filename or "": await part.read() for part in posted}
        content = await asyncio.to_thread(export.archive, lab, run_id, pictures)
    except Problem as problem:
        language = request.query_params.get("language", "")
        return Response(i18n.problem(problem, language if language in i18n.LANGUAGES else "en"), 404)
    name = f'attachment; filename="ladder-lab-{run_id}.zip"'
    return Response(content, media_type="application/zip", headers={"Content-Disposition": name})


@functools.cache
def _plotly_script() -> tuple[bytes, str]:
    """Plotly.js as the plotly package ships it, compressed once, and its tag."""
    import plotly

    content = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    return gzip.compress(content, 6), f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def warm() -> None:
    """Compress before the first visitor asks."""
    _plotly_script()


async def _plotly(request: Request) -> Response:
    content, tag = _plotly_script()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(content, media_type="text/javascript", headers=headers)


async def _health(lab: Lab, request: Request) -> Response:
    """Live workers and runs as JSON; 503 where a worker is missing."""
    runs = [mirror.told.status for mirror in list(lab.mirrors.values())]
    alive = sum(not helper.ended for helper in lab.helpers)
    report = {"workers": alive, "runs": len(runs), "playing": runs.count("playing")}
    return JSONResponse(report, 200 if alive == lab.n_workers else 503)
