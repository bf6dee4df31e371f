"""The live channel: one WebSocket a page, over which a run's numbers and pictures go to the browser."""

import asyncio
import contextlib
import json
import threading
from collections import Counter, deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.server.origins import Origins

FRAME_SECONDS = 0.1  # at most ten messages a second to one browser
WAITING = 100  # increments a slow browser may be behind before it is sent the whole history instead
# A tab has this socket and Streamlit's, and a process may often have no more than 1,024 files open. A class of 60 with
# three tabs each has 180 sockets, all of one comparison at most.
MOST_SOCKETS = 400
MOST_OF_ONE_RUN = 200
LONGEST_WORDS = 1000  # letters of a message from a browser
GONE, FULL, TOO_LONG = 4404, 4429, 1009  # closing codes; the first two are read by ui/live/feed.js


class Mailbox:
    """What one browser has yet to be sent: increments in order, and of pictures only the newest.

    Nothing is kept while the mailbox is closed, as it is at first and for a hidden page. `refresh` returns the whole
    history as one message.
    """

    def __init__(self, refresh: Callable[[], bytes]) -> None:
        self.increments: deque[bytes] = deque()
        self.snapshot: bytes | None = None
        self.refresh = refresh
        self.is_open = False
        self.lock = threading.Lock()

    def open(self) -> None:
        """Keep messages from now on."""
        self.is_open = True

    def close(self) -> None:
        """Drop what is kept, and keep nothing more."""
        self.is_open = False
        self.take()

    def put(self, message: bytes) -> None:
        """Keep a message of live/frames.py until it is taken."""
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
        """The messages to be sent, in order; none is kept."""
        with self.lock:
            messages = [*self.increments, *([self.snapshot] if self.snapshot else [])]
            self.increments.clear()
            self.snapshot = None
            return messages


def _kind(message: bytes) -> str:
    return message[4 : 4 + 40].split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode()


class Sockets:
    """The live channels of one server, and how many are open for each run. For the event loop's thread only."""

    def __init__(self, lab: Lab, origins: Origins) -> None:
        self.lab, self.origins = lab, origins
        self.open: Counter[str] = Counter()

    async def serve(self, socket: WebSocket) -> None:
        """Answer one page from its opening to its end.

        A page of a foreign origin is refused (403). The socket of an unknown run is closed with GONE, one too many with
        FULL; the reason names the Problem, and the page has the sentence.
        """
        if not self.origins.admit(socket):
            await socket.close()
            return
        await socket.accept()
        run_id = socket.path_params["run_id"]
        if self.open.total() >= MOST_SOCKETS or self.open[run_id] >= MOST_OF_ONE_RUN:
            await socket.close(FULL, "sockets_full")
            return
        self.open[run_id] += 1
        try:
            await _tell(self.lab, socket, run_id)
        finally:
            self.open[run_id] -= 1
            self.open += Counter()  # forgets the runs that nobody looks at


async def _tell(lab: Lab, socket: WebSocket, run_id: str) -> None:
    """Send a run's news to one page. A hidden page gets none, and when it is looked at again the whole history, as at
    first. It counts as a viewer meanwhile, so its run goes on."""
    loop, awake = asyncio.get_running_loop(), asyncio.Event()
    mailbox = Mailbox(lambda: lab.history(run_id))
    looks = {"visible": True}
    leave: Callable[[], None] | None = None

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
        await socket.close(GONE, problem.key)  # the protocol has 123 bytes for it
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        listening.cancel()
        if leave is not None:
            leave()


async def _listen(socket: WebSocket, looks: dict[str, bool], awake: asyncio.Event) -> None:
    """Take in what the browser says, which is whether its page is looked at; ends with the connection."""
    try:
        while True:
            text = await socket.receive_text()
            if len(text) > LONGEST_WORDS:
                await socket.close(TOO_LONG)
                return
            with contextlib.suppress(ValueError, AttributeError):
                looks["visible"] = json.loads(text).get("visible", looks["visible"]) is not False
            awake.set()
    except (WebSocketDisconnect, RuntimeError, KeyError, RecursionError):
        pass
    finally:
        awake.set()
