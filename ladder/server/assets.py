"""Streamlit's own scripts and style sheets, compressed once and kept.

Streamlit serves them as they are: compressed anew for each visitor, they would cost the server more than the network.
They are 2.7 MB of an opening, and a third of that when compressed: seconds for a class on one wireless network.
"""

import asyncio
import functools
import gzip
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

TEXTS = (".js", ".css")
HEADERS = {  # as Streamlit's own; a file's name has a hash of its content
    "Cache-Control": "public, immutable, max-age=31536000",
    "Content-Encoding": "gzip",
    "Vary": "Accept-Encoding",
}


class CompressedAssets:
    """Middleware that answers for the scripts and style sheets in `folder`/static, which lie at `base`/static, where
    the browser takes gzip. All else it leaves to `app`."""

    def __init__(self, app: ASGIApp, folder: Path, base: str) -> None:
        self.app, self.folder, self.start = app, (folder / "static").resolve(), f"{base}/static/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        file = self._file(Request(scope)) if scope["type"] == "http" else None
        if file is None:
            return await self.app(scope, receive, send)
        content = await asyncio.to_thread(_compressed, file)
        answer = Response(content, media_type=mimetypes.guess_type(file.name)[0], headers=HEADERS)
        await answer(scope, receive, send)

    def _file(self, request: Request) -> Path | None:
        """The file that is asked for and can be sent compressed, None where there is none."""
        path = request.url.path
        takes = request.method == "GET" and "gzip" in request.headers.get("accept-encoding", "")
        if not takes or not path.startswith(self.start) or not path.endswith(TEXTS):
            return None
        file = (self.folder / path.removeprefix(self.start)).resolve()
        return file if file.is_relative_to(self.folder) and file.is_file() else None


@functools.cache
def _compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6)
