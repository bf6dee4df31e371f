"""A class of students without browsers: what the server does for 1, 5, 15, 30 and 60 of them at once.

Each student speaks the protocols of a page: it joins the class (a cookie), opens Streamlit's script socket and sends
the address as a browser does, finds its run and its Play button among what the script draws, opens the run's live
channel and the class channel, presses Play over the script socket, and moves the noise every ten seconds over the live
channel. A teacher's board is open beside them. Nobody draws anything: a class's browsers are not on the server's
machine.

    python benchmarks/class.py [--students 1,5,15,30,60] [--seconds 180]

Prints a JSON object for each number of students. All goes over loopback; the clients take some of the same machine,
which `client_cpu` says.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ladder.teaching.journal import Journal  # noqa: E402

PORT = 8840
QUERY = "v=1&target=0"  # at full speed, without an end
CHANGE_SECONDS = 10.0
ARRIVAL_SECONDS = 10.0  # in which a class opens the page, one after the other
PATIENCE = 120.0  # seconds for one step of a student
LARGEST = 2**26  # bytes of a message


class Student:
    """One student's page, and what it measures, in seconds."""

    def __init__(self, number: int, code: str) -> None:
        self.number, self.code = number, code
        self.run = self.tab = self.cookie = self.play = self.fragment = ""
        self.opening = self.first_point = 0.0
        self.update = self.n_messages = 0
        self.answers: list[float] = []
        self.asked: dict[str, float] = {}  # when each value of the noise was sent
        self.errors: list[str] = []
        self.pressed = 0.0
        self.ready, self.go, self.over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def study(self) -> None:
        """The student's lesson."""
        try:
            await asyncio.sleep(ARRIVAL_SECONDS * self.number / 60)
            self.cookie = await asyncio.to_thread(self._join)
            began = time.monotonic()
            async with self._channel("_stcore/stream", subprotocols=["streamlit"]) as page:
                await page.send(_rerun())
                async with asyncio.timeout(PATIENCE):
                    await self._read_page(page)
                reading = asyncio.create_task(_drop(page))
                async with self._channel(f"live/{self.run}") as live, self._channel("class/live") as room:
                    hearing = asyncio.create_task(_drop(room))
                    listening = asyncio.create_task(self._listen(live, began))
                    await self._lesson(page, live)
                    for task in (listening, hearing, reading):
                        task.cancel()
        except (OSError, WebSocketException, TimeoutError, ValueError) as error:
            self.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self.ready.set()

    def _join(self) -> str:
        return post("join", code=self.code, name=f"S{self.number}")

    def _channel(self, place: str, **options):
        headers = {"Cookie": self.cookie}
        return connect(
            f"ws://127.0.0.1:{PORT}/{place}",
            additional_headers=headers,
            origin=f"http://127.0.0.1:{PORT}",
            max_size=LARGEST,
            open_timeout=PATIENCE,
            **options,
        )

    async def _read_page(self, page) -> None:
        """Reads what the script draws until it ends: the live panel's run and tab, and the Play button."""
        while not (self.run and self.play):
            said = ForwardMsg()
            said.ParseFromString(await page.recv())
            element = said.delta.new_element
            if element.HasField("bidi_component") and element.bidi_component.component_name.endswith("ladder_live"):
                panel = element.bidi_component
                data = json.loads(panel.json or panel.mixed.json)
                self.run, self.tab = data["run"], data["tab"]
            elif element.HasField("button") and element.button.id.endswith("button.play"):
                self.play, self.fragment = element.button.id, said.delta.fragment_id

    async def _listen(self, live, began: float) -> None:
        async for message in live:
            header, now = _header(message), time.monotonic()
            self.n_messages += 1
            if header["kind"] == "answer" and (header["refusal"] or header["lost"]):
                self.errors.append(header["refusal"] or "lost")
            if header["kind"] not in ("history", "increment"):
                continue
            if not self.opening:
                self.opening = now - began
                self.ready.set()
            if self.pressed and not self.first_point and header["update"] > self.update:
                self.first_point = now - self.pressed
            self.update = header["update"]
            for change in header.get("changes", ()):
                for _, _, _, after in change["names"]:
                    if after in self.asked:
                        self.answers.append(now - self.asked.pop(after))

    async def _lesson(self, page, live) -> None:
        """Presses Play when everybody is there, and moves the noise until the lesson is over."""
        await self.go.wait()
        self.pressed = time.monotonic()
        await page.send(_rerun(self.play, self.fragment))
        n = 0
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), CHANGE_SECONDS * (self.number % 10) / 10)
        while not self.over.is_set():
            n += 1
            value = round(0.2 + 0.0001 * (n % 4000), 4)
            self.asked[f"{value:g}"] = time.monotonic()
            await live.send(
                json.dumps({"change": {"noise_std": [value] * 5}, "tab": self.tab, "ticket": n, "language": "en"})
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), CHANGE_SECONDS)


def _header(message: bytes) -> dict:
    """The header of a message alone: a browser's arrays cost nothing either."""
    length = int.from_bytes(message[:4], "little")
    return json.loads(message[4 : 4 + length])


def _rerun(pressed: str = "", fragment: str = "") -> bytes:
    """What a browser sends to have the script run, at first or after a press."""
    said = BackMsg()
    said.rerun_script.query_string = QUERY
    if pressed:
        said.rerun_script.fragment_id = fragment
        state = said.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = pressed, True
    return said.SerializeToString()


async def _drop(channel) -> None:
    with suppress(WebSocketException):
        async for _ in channel:
            pass


def post(door: str, **words: str) -> str:
    """The cookie header of a browser that a door of the class lets in. Raises ValueError with the refusal."""
    connection = HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)
    connection.request("POST", f"/class/{door}", json.dumps(words))
    answer = connection.getresponse()
    said, cookies = json.loads(answer.read()), SimpleCookie(answer.headers["Set-Cookie"])
    connection.close()
    if said["refusal"]:
        raise ValueError(said["refusal"])
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())


# --- the server


def serve(folder: str) -> tuple[subprocess.Popen, dict[str, str]]:
    """Starts the app with a class. Returns its process, and the codes that it prints by their kind."""
    options = ["--server.headless=true", f"--server.port={PORT}", "--server.address=127.0.0.1"]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", *options],
        cwd=ROOT,
        env={**os.environ, "LADDER_RUNS": folder, "LADDER_CLASS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    codes: dict[str, str] = {}
    assert server.stdout is not None
    while len(codes) < 2:
        line = server.stdout.readline()
        if not line:
            raise SystemExit("the server did not start")
        if found := re.match(r"(Teacher|Class) code: (\w+)", line):
            codes[found[1]] = found[2]
    while True:
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/health")
            connection.getresponse().read()
            return server, codes
        time.sleep(0.3)


def used(server: subprocess.Popen) -> tuple[float, float]:
    """Seconds of the processor that the server and its workers have had, and the megabytes that they have in use."""
    top = psutil.Process(server.pid)
    every = [top, *top.children(recursive=True)]
    times = [one.cpu_times() for one in every]
    memory = sum(getattr(full := one.memory_full_info(), "pss", full.rss) for one in every)
    return sum(one.user + one.system for one in times), memory / 1e6


async def lesson(n_students: int, seconds: float, folder: str, server: subprocess.Popen, codes: dict[str, str]) -> dict:
    """A lesson of `n_students`. Returns what is to be printed."""
    students = [Student(i, codes["Class"]) for i in range(n_students)]
    teacher = await asyncio.to_thread(post, "teach", code=codes["Teacher"])
    board = f"ws://127.0.0.1:{PORT}/class/live?class={Journal(Path(folder)).classes()[0].id}"
    async with connect(board, additional_headers={"Cookie": teacher}, max_size=LARGEST) as seen:
        watching = asyncio.create_task(_drop(seen))
        tasks = [asyncio.create_task(one.study()) for one in students]
        for one in students:
            await one.ready.wait()
        for one in students:
            one.go.set()
        deadline = time.monotonic() + PATIENCE
        while any(not (one.first_point or one.errors) for one in students) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        begun, clock, (cpu, _), own = [one.update for one in students], time.monotonic(), used(server), os.times()
        n_before = sum(one.n_messages for one in students)
        await asyncio.sleep(seconds)
        lasted, (cpu_after, memory), own_after = time.monotonic() - clock, used(server), os.times()
        rates = [(one.update - before) / lasted for one, before in zip(students, begun, strict=True)]
        n_messages = sum(one.n_messages for one in students) - n_before
        for one in students:
            one.over.set()
        await asyncio.gather(*tasks)
        watching.cancel()
    answers = [answer for one in students for answer in one.answers]
    errors = [error for one in students for error in one.errors]
    unanswered = sum(len([at for at in one.asked.values() if at < clock + lasted - CHANGE_SECONDS]) for one in students)
    client = own_after.user + own_after.system - own.user - own.system
    return {
        "students": n_students,
        "updates/s": round(sum(rates)),
        "of each": [round(min(rates), 1), round(max(rates), 1)],
        "answer": {"median": round(statistics.median(answers), 3), "p95": round(percentile(answers), 3)}
        if answers
        else None,
        "changes": [len(answers), unanswered],
        "messages/s of each": round(n_messages / lasted / n_students, 1),
        "play to first point": round(statistics.median(one.first_point for one in students), 2),
        "opening p95": round(percentile([one.opening for one in students]), 2),
        "memory MB": round(memory),
        "cpu": round(cpu_after - cpu, 1),
        "client_cpu": round(client, 1),
        "updates per cpu second": round(sum(rates) * lasted / (cpu_after - cpu)),
        "errors": len(errors),
        "first errors": errors[:3],
        "load": [round(one, 1) for one in os.getloadavg()],
    }


def percentile(values: list[float], part: float = 0.95) -> float:
    """The value below which `part` of them lie."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--students", default="1,5,15,30,60")
    words.add_argument("--seconds", type=float, default=180.0)
    given = words.parse_args()
    for n_students in map(int, given.students.split(",")):
        folder = tempfile.mkdtemp()
        server, codes = serve(folder)
        try:
            print(json.dumps(asyncio.run(lesson(n_students, given.seconds, folder, server, codes))), flush=True)
        finally:
            server.terminate()
            server.wait(60)


if __name__ == "__main__":
    main()
