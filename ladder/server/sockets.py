"""The live channel: one WebSocket a page, over which a run's numbers and pictures go to the browser."""

import asyncio
import contextlib
import functools
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import cast

from starlette.websockets import WebSocket, WebSocketDisconnect

from ladder.live import frames
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.recipe.inside import Inside, from_words
from ladder.server.browsers import browser_of
from ladder.server.listening import listen
from ladder.server.origins import Origins
from ladder.server.questions import QUESTIONS, answer, refusal_of
from ladder.settings import Live, Recipe, knobs
from ladder.teaching.classes import Classes

FRAME_SECONDS = 0.1  # at most ten messages a second to one browser
WAITING = 100  # increments a slow browser may be behind before it is sent the whole history instead
# A tab has this socket and Streamlit's, and a process may often have no more than 1,024 files open. A class of 60 with
# three tabs each has 180 sockets, all of one comparison at most.
MOST_SOCKETS = 400
MOST_OF_ONE_RUN = 200
LONGEST_WORDS = 24_000  # letters of a message from a browser; a drawing of 64 x 64 pixels takes 20,600 at most
Check = Callable[[Mapping[str, object]], None]
PICTURES = "snapshot", "inside"  # kinds of messages of which the last one says all
GONE, FULL = 4404, 4429  # closing codes, read by ui/live/feed.js


class Mailbox:
    """The messages that one browser has yet to be sent: increments in their order, and of the pictures of each kind
    only the newest.

    The mailbox is closed at first and while its page is hidden; it keeps nothing then. A message with the whole history
    takes the place of all increments before it. `refresh` returns such a message, for a browser that is more than
    WAITING increments behind.
    """

    def __init__(self, refresh: Callable[[], bytes]) -> None:
        self.increments: deque[bytes] = deque()
        self.pictures: dict[str, bytes] = {}  # by kind
        self.refresh = refresh
        self.is_open = False
        self.lock = threading.Lock()

    def open(self) -> None:
        """Keeps messages from now on."""
        self.is_open = True

    def close(self) -> None:
        """Drops all kept messages, and keeps no further ones."""
        self.is_open = False
        self.take()

    def put(self, message: bytes) -> None:
        """Keeps a message of live/frames.py until it is taken; called from any thread. Raises Problem as `refresh`
        does."""
        kind = _kind(message)
        with self.lock:
            if not self.is_open:
                return
            if kind in PICTURES:
                self.pictures[kind] = message
                return
            if kind == "history" or len(self.increments) >= WAITING:
                self.increments.clear()
                message = message if kind == "history" else self.refresh()
            self.increments.append(message)

    def take(self) -> list[bytes]:
        """Returns the messages to be sent, in order, and keeps none of them."""
        with self.lock:
            messages = [*self.increments, *self.pictures.values()]
            self.increments.clear()
            self.pictures.clear()
            return messages


def _kind(message: bytes) -> str:
    return message[4 : 4 + 40].split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode()


class Sockets:
    """The live channels of one server, and how many are open for each run. `classes`: whose rules hold. `origins`: the
    pages that may connect. Only the event loop's thread may use it."""

    def __init__(self, lab: Lab, classes: Classes, origins: Origins) -> None:
        self.lab, self.classes, self.origins = lab, classes, origins
        self.open: Counter[str] = Counter()

    async def serve(self, socket: WebSocket) -> None:
        """Serves one page from its opening to its end.

        A page of a foreign origin is refused (403). The socket of an unknown run, and of one that the browser may not
        look at (Classes.check_read), is closed with GONE, one above
        MOST_SOCKETS or MOST_OF_ONE_RUN with FULL, and one with a message of more than LONGEST_WORDS letters with
        listening.TOO_LONG. GONE and FULL come with a word for the reason; the page has a sentence for each of the two.
        """
        if not self.origins.admit(socket):
            await socket.close()
            return
        await socket.accept()
        run_id, browser = socket.path_params["run_id"], browser_of(socket)
        try:
            self.classes.check_read(browser, run_id)
        except Problem as problem:
            await socket.close(GONE, problem.key)
            return
        if self.open.total() >= MOST_SOCKETS or self.open[run_id] >= MOST_OF_ONE_RUN:
            await socket.close(FULL, "sockets_full")
            return
        self.open[run_id] += 1
        try:
            await _tell(self.lab, socket, run_id, functools.partial(self.classes.check_change, browser, run_id))
        finally:
            self.open[run_id] -= 1
            self.open += Counter()  # drops the entries of runs without a socket


async def _tell(lab: Lab, socket: WebSocket, run_id: str, check: Check) -> None:
    """Sends a run's news to one page. A hidden page gets none; when it is shown again, it gets the whole history, as at
    first. A hidden page counts as a viewer, so that its run goes on. `check`: raises Problem where the page may not
    steer the run, or not give it these choices."""
    loop, awake = asyncio.get_running_loop(), asyncio.Event()
    mailbox, answers = Mailbox(lambda: lab.history(run_id)), deque[bytes]()
    looks = {"visible": True}
    inside: Inside | None = None
    leave: Callable[[], None] | None = None

    def deliver(message: bytes) -> None:
        mailbox.put(message)
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            loop.call_soon_threadsafe(awake.set)

    async def hear(words: Mapping[str, object]) -> None:
        nonlocal inside
        looks["visible"] = words.get("visible", looks["visible"]) is not False
        if "change" in words:
            answers.append(await asyncio.to_thread(changed, lab, run_id, words, check))
        if "inside" in words:
            inside, refusal = await asyncio.to_thread(looked_inside, lab, run_id, words)
            answers.extend(refusal)
        for name in QUESTIONS.keys() & words.keys():
            answers.append(await asyncio.to_thread(answer, name, lab, run_id, words, check))
        if "look_back" in words:
            answers.append(await asyncio.to_thread(looked_back, lab, run_id, words, check))
        awake.set()

    listening = asyncio.create_task(listen(socket, hear, awake, LONGEST_WORDS))
    try:
        while not listening.done():
            if not looks["visible"]:
                mailbox.close()
            elif not mailbox.is_open:
                mailbox.open()
                leave = await asyncio.to_thread(lab.subscribe, run_id, deliver)
            while answers:
                await socket.send_bytes(answers.popleft())
            for message in mailbox.take():
                await socket.send_bytes(message)
            await asyncio.sleep(FRAME_SECONDS)
            await awake.wait()
            awake.clear()
    except Problem as problem:
        await socket.close(GONE, problem.key)  # the protocol has 123 bytes for a reason
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        listening.cancel()
        if inside is not None:
            lab.leave_inside(run_id, inside)
        if leave is not None:
            leave()


def changed(lab: Lab, run_id: str, words: Mapping[str, object], check: Check) -> bytes:
    """Makes the change of live choices that a page asks for. Returns the answer, a message of live/frames.py of the
    kind "answer". `check`: raises Problem where the page may not make the change.

    `words`: "change", the choices by name (Live's fields; a list for a value of each layer); "tab", the name of the
    page's tab; "language"; "ticket", a whole number that the answer repeats. The answer's "refusal" is a sentence,
    empty where the change is made. Its "lost" says that the run is no longer the tab's, which then has to begin
    another. Its "asked" is that of Told. A change that is none, or of a comparison, is refused too (Problem
    "bad_word").
    """
    values = words["change"]
    good = isinstance(values, dict) and values.keys() <= knobs(Live).keys()

    def change() -> int:
        choices = cast(dict[str, object], values)
        check(choices)
        return lab.change(run_id, choices)

    return _answered(lab, run_id, words, "change", good, change)


def looked_back(lab: Lab, run_id: str, words: Mapping[str, object], check: Check) -> bytes:
    """Has the run's pictures show an earlier moment, as a page asks. Returns the answer, as `changed` does; its "asked"
    is 0.

    `words`: "look_back", an update, or null for the present (Lab.look_back); the others are those of `changed`. What is
    no update, or of a comparison, is refused (Problem "bad_word").
    """
    update = words["look_back"]
    good = update is None or (type(update) is int and update >= 0)

    def look_back() -> int:
        check({})
        lab.look_back(run_id, cast(int | None, update))
        return 0

    return _answered(lab, run_id, words, "look_back", good, look_back)


def _answered(
    lab: Lab, run_id: str, words: Mapping[str, object], name: str, good: bool, act: Callable[[], int]
) -> bytes:
    """The answer to a page that asks for an act by the word `name`. Where the tab steers the run, the word is `good`
    and the run no comparison, the act is done; it returns what is "asked"."""
    ticket = words.get("ticket")
    answer = {"kind": "answer", "ticket": ticket if isinstance(ticket, int) else 0}
    answer |= {"refusal": "", "lost": False, "asked": 0}
    try:
        if not lab.exists(run_id) or not lab.steers(run_id, str(words.get("tab"))):
            answer["lost"] = True
        elif not good or not isinstance(lab.recipe(run_id), Recipe):
            raise Problem("bad_word", name=name, value=str(words[name])[:40])
        else:
            answer["asked"] = act()
    except Problem as problem:
        answer["refusal"] = refusal_of(problem, words)
    return frames.encode(answer, {})


def looked_inside(lab: Lab, run_id: str, words: Mapping[str, object]) -> tuple[Inside | None, list[bytes]]:
    """Has the run shown from inside as a page asks for. Returns what is shown now, None where it was refused, and the
    refusal, one answer as of `changed`, where there is one.

    `words`: "inside", the fields of Inside (inside.from_words), or None to show it no more; "tab" and "language" as for
    `changed`.
    """
    try:
        inside = None if words["inside"] is None else from_words(words["inside"])
        if lab.exists(run_id) and lab.steers(run_id, str(words.get("tab"))):
            lab.look_inside(run_id, inside)
            return inside, []
        refusal, lost = "", True
    except Problem as problem:
        refusal, lost = refusal_of(problem, words), False
    return None, [frames.encode({"kind": "answer", "ticket": 0, "refusal": refusal, "lost": lost, "asked": 0}, {})]
