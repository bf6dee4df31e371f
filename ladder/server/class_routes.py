"""The routes of a class: joining, the teacher's door, and the class channel over which both sides hear and act.

A browser is known by a cookie that no script can read. It is set here alone, and checked at every page, live channel
and export (teaching/classes.py, `check_read` and `check_steer`).
"""

import asyncio
import contextlib
import functools
import json
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ladder import given
from ladder.problems import Problem
from ladder.server import class_labels
from ladder.server.browsers import STUDENT, TEACHER, browser_of
from ladder.server.class_events import ClassEvents
from ladder.server.class_notes import ClassNotes
from ladder.server.class_runs import ClassRuns
from ladder.server.listening import listen
from ladder.server.origins import Origins
from ladder.server.questions import refusal_of
from ladder.teaching.class_curves import together
from ladder.teaching.class_views import of_past, of_student, of_teacher
from ladder.teaching.classes import KEPT_DAYS, Browser, Classes, Limit
from ladder.teaching.classroom import OF_MEMBERS, OF_PAGES
from ladder.teaching.room import Room

LONGEST_WORDS = 12_000  # letters of a message from a browser: a lesson's link may have 6,144
MOST_SOCKETS = 200
COMMANDS, COMMANDS_SECONDS = 40, 10.0  # of one browser
SEEN_SECONDS = 5.0  # between two looks at who is there
NOBODY = 4403  # closing code: the browser is no member, or no teacher


def routes(classes: Classes, path: str, origins: Origins, sockets: "ClassSockets") -> list[BaseRoute]:
    """Returns the routes of the classes. `path`: the server's base path, without a slash at its end. `origins`: the
    pages that may ask. `sockets`: the class channels, and what the pages show of the members' runs."""
    doors = Doors(classes, path or "/", origins)
    past = Past(classes)
    replay = functools.partial(_told, classes, origins, past.told)
    experiment = functools.partial(_told, classes, origins, functools.partial(_experiment, sockets.runs, past))
    return [
        Route(f"{path}/class/join", doors.join, methods=["POST"]),
        Route(f"{path}/class/teach", doors.teach, methods=["POST"]),
        Route(f"{path}/class/leave", doors.leave, methods=["POST"]),
        Route(f"{path}/class/experiment", experiment),
        Route(f"{path}/class/replay", replay),
        class_labels.route(classes, path, origins),
        WebSocketRoute(f"{path}/class/live", sockets.serve),
    ]


class Doors:
    """How a browser becomes a student's or a teacher's, and nobody's again. Each answer is JSON with a "refusal", a
    sentence in the language of the question, empty where all is well. 403 for a page of a foreign origin, 400 for what
    is no JSON object."""

    def __init__(self, classes: Classes, path: str, origins: Origins) -> None:
        self.classes, self.path, self.origins = classes, path, origins

    async def join(self, request: Request) -> Response:
        """Lets the browser into the class with the "code", as "name"."""
        secret = request.cookies.get(STUDENT, "")

        def let_in(words: Mapping[str, object]) -> str:
            return self.classes.join(_text(words, "code"), _text(words, "name"), secret)[2]

        return await self._answer(request, STUDENT, let_in)

    async def teach(self, request: Request) -> Response:
        """Makes the browser a teacher's that has the teacher "code"."""
        return await self._answer(request, TEACHER, lambda words: self.classes.admit_teacher(_text(words, "code")))

    async def leave(self, request: Request) -> Response:
        """Takes both cookies from the browser, and a student out of its class."""
        if not self.origins.admit(request):
            return Response(status_code=403)
        try:
            await asyncio.to_thread(self.classes.leave, request.cookies.get(STUDENT, ""))
        except Problem as problem:
            return JSONResponse({"refusal": refusal_of(problem, await _words(request) or {})})
        answer = JSONResponse({"refusal": ""})
        for name in (STUDENT, TEACHER):
            answer.delete_cookie(name, path=self.path)
        return answer

    async def _answer(self, request: Request, cookie: str, act: Callable[[Mapping[str, object]], str]) -> Response:
        if not self.origins.admit(request):
            return Response(status_code=403)
        words = await _words(request)
        if words is None:
            return Response(status_code=400)
        try:
            secret = await asyncio.to_thread(act, words)
        except Problem as problem:
            return JSONResponse({"refusal": refusal_of(problem, words)})
        answer = JSONResponse({"refusal": ""})
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", "").split(",")[0].strip())
        age = 86_400 * KEPT_DAYS
        answer.set_cookie(cookie, secret, max_age=age, path=self.path, secure=secure, httponly=True, samesite="lax")
        return answer


Telling = Callable[[Room, float | None], Mapping[str, object]]  # what is told of a class, or of a moment of its past


async def _told(classes: Classes, origins: Origins, tell: Telling, request: Request) -> Response:
    """Answers a teacher with what is told of the class of the query's "class" as JSON; where the query has "at", in
    seconds since 1970, of the class as it was then. 403 for a page of a foreign origin and for everybody else, 404
    where there is no such class, 400 for an impossible "at", 503 where the journal cannot be read."""
    if not origins.admit(request) or not classes.is_teacher(browser_of(request).teacher):
        return Response(status_code=403)
    room = classes.rooms.get(request.query_params.get("class", ""))
    if room is None:
        return Response(status_code=404)
    try:
        at = float(request.query_params["at"]) if "at" in request.query_params else None
    except ValueError:
        return Response(status_code=400)
    if at is not None and not math.isfinite(at):
        return Response(status_code=400)
    try:
        found = await asyncio.to_thread(tell, room, at)
    except Problem as problem:
        return Response(status_code=404 if problem.key == "class_unknown" else 503)
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def _experiment(runs: ClassRuns, past: "Past", room: Room, at: float | None) -> Mapping[str, object]:
    """The runs of a class as one experiment, now (ClassRuns.experiment) or as they were noted at a moment."""
    return runs.experiment(room) if at is None else past.experiment(room, at)


class Past:
    """The past of the classes, for their teacher alone. Raises Problem "class_unknown" and "class_disk"."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes

    def told(self, room: Room, at: float | None) -> Mapping[str, object]:
        """Returns the class as it was (class_views.of_past). Without `at` its `stretches` and `moments` (Replay)."""
        with self.classes.replay(room.id) as replay:
            if at is not None:
                return of_past(replay.at(at), self.classes.code_of(room.id), at)
            return {"stretches": replay.stretches(), "moments": [asdict(one) for one in replay.moments()]}

    def experiment(self, room: Room, at: float) -> Mapping[str, object]:
        """Returns what was noted of the runs that the members then looked at as one experiment, without their
        settings."""
        with self.classes.replay(room.id) as replay:
            return together(replay.curves(at)) | {"settings": 0}


def _text(words: Mapping[str, object], name: str) -> str:
    """What a request has under a name, "" where that is no text."""
    found = words.get(name)
    return found if isinstance(found, str) else ""


async def _words(request: Request) -> Mapping[str, object] | None:
    """The JSON object of a request, None where it has none or is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_WORDS:
            return None
    with contextlib.suppress(ValueError):
        found = given.parsed(body)
        return found if isinstance(found, dict) else None
    return None


class ClassSockets:
    """The class channel of every browser. A student's is sent its class after everything that happens in it, and a
    teacher's, with `?class=` and its id, all of that class, every second with the numbers of the members' runs.

    A browser says {"do": an event's kind, its values by name, "lang", the language of a refusal, "ticket"}, and is
    answered {"kind": "answer", "ticket", "refusal"}. A student may cause the events of OF_MEMBERS, for itself alone; a
    teacher all others but those of OF_PAGES.
    """

    def __init__(self, classes: Classes, origins: Origins, runs: ClassRuns) -> None:
        self.classes, self.origins, self.runs = classes, origins, runs
        self.events, self.notes = ClassEvents(runs), ClassNotes(classes, runs)
        self.n_open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serves one browser. Its socket is closed with NOBODY where it is neither a member nor a teacher, or the class
        is over."""
        if not self.origins.admit(socket):
            await socket.close()
            return
        await socket.accept()
        browser, class_id = browser_of(socket), socket.query_params.get("class", "")
        view = await asyncio.to_thread(self._view, browser, class_id)
        if view is None or self.n_open >= MOST_SOCKETS:
            await socket.close(NOBODY)
            return
        self.n_open += 1
        try:
            await self._talk(socket, browser, class_id)
        finally:
            self.n_open -= 1

    def _view(self, browser: Browser, class_id: str) -> dict[str, object] | None:
        """What this browser is sent now, None for nobody. Has its class noted where that is due."""
        now = self.classes.clock()
        if class_id:
            room = self.classes.rooms.get(class_id)
            if room is None or not self.classes.is_teacher(browser.teacher):
                return None
            self.notes.take(class_id)
            found = of_teacher(room, self.classes.code_of(class_id), self.classes.seen, now)
            return found | {"runs": self.runs.on_board(room)}
        student = self.classes.student(browser.student)
        if student is None:
            return None
        self.classes.see(student[1].id)
        self.notes.take(student[0].id)
        return of_student(*student, now)

    async def _talk(self, socket: WebSocket, browser: Browser, class_id: str) -> None:
        loop, awake, answers = asyncio.get_running_loop(), asyncio.Event(), deque[str]()

        def wake(room: Room) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be gone already
                loop.call_soon_threadsafe(awake.set)

        student = self.classes.student(browser.student)
        leave = self.classes.subscribe(class_id or (student[0].id if student else ""), wake)
        limit = Limit(COMMANDS, COMMANDS_SECONDS, self.classes.clock)

        async def hear(words: Mapping[str, object]) -> None:
            if "do" in words:
                answers.append(await asyncio.to_thread(self._do, browser, class_id, words, limit))
            awake.set()

        listening = asyncio.create_task(listen(socket, hear, awake, LONGEST_WORDS))
        try:
            while not listening.done():
                ready = [answers.popleft() for _ in range(len(answers))]  # whose events the view then has
                view = await asyncio.to_thread(self._view, browser, class_id)
                if view is None:
                    await socket.close(NOBODY)
                    return
                for words in (*ready, json.dumps(view)):
                    await socket.send_text(words)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(awake.wait(), 1.0 if class_id else SEEN_SECONDS)
                awake.clear()
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            listening.cancel()
            leave()

    def _do(self, browser: Browser, class_id: str, words: Mapping[str, object], limit: Limit) -> str:
        """Has the browser's word done. Returns the answer."""
        ticket = words.get("ticket")
        refusal = ""
        try:
            limit.take()
            self.act(browser, class_id, words)
        except Problem as problem:
            refusal = refusal_of(problem, {"language": words.get("lang")})
        return json.dumps({"kind": "answer", "ticket": ticket if isinstance(ticket, int) else 0, "refusal": refusal})

    def act(self, browser: Browser, class_id: str, words: Mapping[str, object]) -> None:
        """Has an event happen. Raises Problem "class_word" for an event that the browser may not cause, and those of
        ClassEvents.completed and Classes.act."""
        kind = str(words.get("do"))
        values = {name: value for name, value in words.items() if name not in ("do", "ticket", "lang")}
        if class_id:
            if kind in OF_PAGES or not self.classes.is_teacher(browser.teacher):
                raise Problem("class_word", name=kind[:40])
            self.classes.act(class_id, kind, self.events.completed(self.classes.room(class_id), kind, values))
            return
        student = self.classes.student(browser.student)
        if student is None or kind not in OF_MEMBERS:
            raise Problem("class_word", name=kind[:40])
        completed = self.events.completed(student[0], kind, values)
        self.classes.act(student[0].id, kind, {**completed, "member": student[1].id})
