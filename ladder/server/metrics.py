"""What whoever runs a server watches: counts and memory, as a health page and in Prometheus's text format. No addresses
and no names of anybody."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ladder.live.lab import Lab
from ladder.teaching.classes import Classes

FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Metrics:
    """The metrics of one server. `pages` and `class_pages`: how many live channels and class channels are open."""

    lab: Lab
    classes: Classes
    pages: Callable[[], int]
    class_pages: Callable[[], int]

    async def health(self, request: Request) -> Response:
        """Answers with JSON: the workers that run; the runs in use, and those of them that play; the sessions, which
        are live channels of open pages; the queue, which are commands that no worker has carried out yet; and the
        memory of the server and its workers in megabytes. The status is 503 where a worker is missing."""
        found = await asyncio.to_thread(self.numbers)
        names = "workers", "runs", "playing", "sessions", "queue"
        report = {name: int(found[name]) for name in names}
        report["memory"] = round((found["memory_server"] + found["memory_workers"]) / 1e6)
        return JSONResponse(report, 200 if report["workers"] == self.lab.n_workers else 503)

    async def prometheus(self, request: Request) -> Response:
        """Answers with all numbers in Prometheus's text format."""
        return Response(text(await asyncio.to_thread(self.numbers)), media_type=FORMAT)

    def numbers(self) -> dict[str, float]:
        """Returns all numbers by their names in DESCRIBED."""
        lab, classes = self.lab, self.classes
        with lab.lock:
            told = [mirror.told.status for mirror in lab.mirrors.values()]
            waiting = sum(len(mirror.life.queue) + len(mirror.sent()) for mirror in lab.mirrors.values())
        rooms = [room for room in list(classes.rooms.values()) if not room.ended]
        server, workers = _memory()
        return {
            "workers": sum(not helper.ended for helper in lab.helpers),
            "runs": len(told),
            "playing": told.count("playing"),
            "sessions": self.pages(),
            "class_sessions": self.class_pages(),
            "queue": waiting,
            "classes": len(rooms),
            "members": sum(len(room.present) for room in rooms),
            "memory_server": server,
            "memory_workers": workers,
            "updates": lab.n_updates,
        }


# By the name of a number: its metric with its labels, its kind, and what it is.
DESCRIBED = {
    "workers": ("ladder_workers", "gauge", "Processes that train live runs."),
    "runs": ("ladder_runs", "gauge", "Runs and comparisons in use."),
    "playing": ("ladder_playing", "gauge", "Runs and comparisons that play."),
    "sessions": ('ladder_sockets{channel="live"}', "gauge", "Open channels of pages."),
    "class_sessions": ('ladder_sockets{channel="class"}', "gauge", "Open channels of pages."),
    "queue": ("ladder_queue", "gauge", "Commands that no worker has carried out yet."),
    "classes": ("ladder_classes", "gauge", "Classes that are not over."),
    "members": ("ladder_members", "gauge", "Students in these classes."),
    "memory_server": ('ladder_memory_bytes{process="server"}', "gauge", "Memory in use."),
    "memory_workers": ('ladder_memory_bytes{process="workers"}', "gauge", "Memory in use."),
    "updates": ("ladder_updates_total", "counter", "Updates of all live runs since the server started."),
}


def text(numbers: dict[str, float]) -> str:
    """Returns the numbers, by their names in DESCRIBED, in Prometheus's text format."""
    lines: list[str] = []
    for name, (metric, kind, about) in DESCRIBED.items():
        family = metric.partition("{")[0]
        head = [f"# HELP {family} {about}", f"# TYPE {family} {kind}"]
        lines += [*(head if head[0] not in lines else []), f"{metric} {numbers[name]:.0f}"]
    return "\n".join(lines) + "\n"


def _memory() -> tuple[float, float]:
    """Bytes of memory of this process, and of those that it has started, one that is ending aside."""
    own = psutil.Process()
    workers = 0
    for one in own.children(recursive=True):
        with suppress(psutil.Error):
            workers += one.memory_info().rss
    return own.memory_info().rss, workers
