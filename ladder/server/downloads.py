"""The downloads of a run: a file of its trained model, or everything in one zip.

For the zip the browser sends the pictures of its charts one by one, and then asks for it. Each picture is a request of
its own, because a proxy lets only small requests through: nginx 1 MB, unless it is told otherwise.
"""

import asyncio
import functools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from ladder import given, i18n
from ladder.live import export
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.server.browsers import browser_of
from ladder.server.origins import Origins
from ladder.teaching.classes import Classes

MOST_BYTES = 8_000_000  # of one picture
MOST_PICTURES = 60  # of one download
MOST_IN_ALL = 400_000_000  # bytes of the pictures of all downloads that were not asked for yet
KEPT_SECONDS = 300  # a download that is not asked for by then is forgotten
MODEL_FILES = {  # portable/model_files.py, which loads PyTorch: by name their media types
    "ladder.onnx": "application/octet-stream",
    "ladder.safetensors": "application/octet-stream",
    "ladder.json": "application/json",
    "run.py": "text/x-python",
}
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass
class _Pending:
    """The pictures of a download that were sent so far, by file name. `since`: time.monotonic() at its first
    picture."""

    since: float
    pictures: dict[str, bytes] = field(default_factory=dict)


class Downloads:
    """The downloads of one server. `classes`: whose rules hold; `origins`: the pages that may ask. Only the event
    loop's thread may use it."""

    def __init__(self, lab: Lab, classes: Classes, origins: Origins) -> None:
        self.lab, self.classes, self.origins = lab, classes, origins
        self.pending: dict[tuple[str, str], _Pending] = {}

    async def picture(self, request: Request) -> Response:
        """Keeps a posted PNG under the path's run, ticket (the browser's own word for the download) and name.

        Answers 204; 403 for a page of a foreign origin; 404 for an unknown run; 400 for a bad ticket or name; 413 for a
        picture of more than MOST_BYTES or of unknown size, for more than MOST_PICTURES of a download, and for more than
        MOST_IN_ALL bytes of all downloads.
        """
        run_id, ticket, name = (request.path_params[key] for key in ("run_id", "ticket", "name"))
        if not self.origins.admit(request):
            return Response(status_code=403)
        if not self.lab.exists(run_id):
            return Response(status_code=404)
        if not _WORD.fullmatch(ticket) or not _WORD.fullmatch(name):
            return Response(status_code=400)
        if given.whole(request.headers.get("content-length", ""), MOST_BYTES) is None:
            return Response(status_code=413)
        content = await request.body()  # the server reads no more than the header says
        self._forget()
        found = self.pending.setdefault((run_id, ticket), _Pending(time.monotonic()))
        if len(found.pictures) >= MOST_PICTURES or self._bytes() + len(content) > MOST_IN_ALL:
            return Response(status_code=413)
        found.pictures[name] = content
        return Response(status_code=204)

    async def archive(self, request: Request) -> Response:
        """Answers with the zip of the path's run, with the pictures that were sent under its ticket.

        Answers 403 for a page of a foreign origin, and 404 with a sentence in the query's `language` for a Problem:
        run_unknown, those of Classes.check_read, and those of export.archive.
        """
        run_id, ticket = request.path_params["run_id"], request.path_params["ticket"]
        if not self.origins.admit(request):
            return Response(status_code=403)
        self._forget()
        sent = self.pending.pop((run_id, ticket), _Pending(0))
        made = functools.partial(export.archive, self.lab, run_id, sent.pictures)
        return await self._answer(request, made, f"ladder-lab-{run_id}.zip", "application/zip")

    async def model(self, request: Request) -> Response:
        """Answers with the file of the path's name of the trained ladder of its run (export.model). Answers 403 for a
        page of a foreign origin, and 404 for an unknown name, and for a Problem as `archive` does."""
        run_id, name = request.path_params["run_id"], request.path_params["name"]
        if not self.origins.admit(request):
            return Response(status_code=403)
        if name not in MODEL_FILES:
            return Response(status_code=404)
        return await self._answer(request, lambda: export.model(self.lab, run_id)[name], name, MODEL_FILES[name])

    async def _answer(self, request: Request, made: Callable[[], bytes], name: str, kind: str) -> Response:
        """Answers with what `made` returns in a thread, a file of this name and media type, or with a Problem."""
        run_id = request.path_params["run_id"]
        try:
            if not self.lab.exists(run_id):
                raise Problem("run_unknown", run=run_id[:32])
            self.classes.check_read(browser_of(request), run_id)
            content = await asyncio.to_thread(made)
        except Problem as problem:
            language = request.query_params.get("language", "")
            return Response(i18n.problem(problem, language if language in i18n.LANGUAGES else "en"), 404)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=kind, headers=headers)

    def _bytes(self) -> int:
        return sum(len(content) for one in self.pending.values() for content in one.pictures.values())

    def _forget(self) -> None:
        """Drops the downloads that were begun more than KEPT_SECONDS ago and not asked for."""
        oldest = time.monotonic() - KEPT_SECONDS
        self.pending = {key: one for key, one in self.pending.items() if one.since > oldest}
