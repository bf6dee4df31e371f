"""The routes beside the pages: the live channel, the export, Plotly's script, and a health page."""

import asyncio
import contextlib
import functools
import gzip
import hashlib
import json
import threading
from collections import deque
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ladder import i18n
from ladder.live import export
from ladder.live.lab import Lab
from ladder.problems import Problem

FRAME_SECONDS = 0.1  # at most ten messages a second to one browser
MOST_PICTURES = 50_000_000  # bytes of the charts that a browser sends for its export
WAITING = 100  # increments a slow browser may be behind before it is sent the whole history instead


class Mailbox:
    """What one browser has yet to be sent: increments in order, and of pictures only the newest. Nothing is kept while
    it is closed, as it is at first and for a hidden page."""

    def __init__(self, refresh):
        self.increments, self.snapshot = deque(), None
        self.refresh = refresh  # () -> the whole history as one message
        self.is_open = False
        self.lock = threading.Lock()

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False
        self.take()

    def put(self, message: bytes) -> None:
        kind = _kind(message)
        with self.lock:
            if not self.is_open:
                return
            if kind == "snapshot":
                self.snapshot = message
                return
            if kind == "history" or len(self.increments) >= WAITING:
                self.increments.clear()
                message = message if kind == "history" else self.refresh()
            self.increments.append(message)

    def take(self) -> list[bytes]:
        with self.lock:
            messages = [*self.increments, *([self.snapshot] if self.snapshot else [])]
            self.increments.clear()
            self.snapshot = None
            return messages


def _kind(message: bytes) -> str:
    return message[4 : 4 + 40].split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode()


def routes(lab: Lab) -> list[BaseRoute]:
    """All of them, for st.App."""
    return [
        WebSocketRoute("/live/{run_id}", functools.partial(_live, lab)),
        Route("/export/{run_id}", functools.partial(_export, lab), methods=["POST"]),
        Route("/plotly.min.js", _plotly),
        Route("/health", functools.partial(_health, lab)),
    ]


async def _live(lab: Lab, socket: WebSocket) -> None:
    """A run's news to one page. A hidden one gets none, and all that it missed when it is looked at again: the whole
    history, as at first. It counts as a viewer meanwhile, so its run goes on."""
    await socket.accept()
    run_id, loop, awake = socket.path_params["run_id"], asyncio.get_running_loop(), asyncio.Event()
    mailbox = Mailbox(lambda: lab.history(run_id))
    looks, leave = {"visible": True}, None

    def deliver(message: bytes) -> None:
        mailbox.put(message)
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            loop.call_soon_threadsafe(awake.set)

    listening = asyncio.create_task(_listen(socket, looks, awake))
    try:
        while not listening.done():
            if not looks["visible"]:
                mailbox.close()
            elif not mailbox.is_open:
                mailbox.open()
                leave = await asyncio.to_thread(lab.subscribe, run_id, deliver)
            for message in mailbox.take():
                await socket.send_bytes(message)
            await asyncio.sleep(FRAME_SECONDS)
            await awake.wait()
            awake.clear()
    except Problem as problem:
        await socket.close(4404, problem.key)  # the protocol has 123 bytes for it; the page has the sentence
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        listening.cancel()
        if leave is not None:
            leave()


async def _listen(socket: WebSocket, looks: dict, awake: asyncio.Event) -> None:
    """The browser's side: it says whether it is looked at; its end is noticed here."""
    try:
        while True:
            text = await socket.receive_text()
            with contextlib.suppress(ValueError, AttributeError):
                looks["visible"] = json.loads(text).get("visible", looks["visible"]) is not False
            awake.set()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        awake.set()


async def _export(lab: Lab, request: Request) -> Response:
    run_id = request.path_params["run_id"]
    size = request.headers.get("content-length", "")
    if not size.isdecimal() or int(size) > MOST_PICTURES:
        return Response(status_code=413)
    try:
        if not lab.exists(run_id):
            raise Problem("run_unknown", run=run_id[:32])
        async with request.form(max_files=60) as form:
            pictures = {part.filename: await part.read() for part in form.values() if hasattr(part, "filename")}
        content = await asyncio.to_thread(export.archive, lab, run_id, pictures)
    except Problem as problem:
        language = request.query_params.get("language")
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
    runs = [mirror.told["status"] for mirror in list(lab.mirrors.values())]
    alive = sum(not helper.ended for helper in lab.helpers)
    report = {"workers": alive, "runs": len(runs), "playing": runs.count("playing")}
    return JSONResponse(report, 200 if alive == lab.n_workers else 503)
