"""Nothing is lost: a server is killed again and again while runs train and a class works, on disks that are full or
read-only too, and everything that it had acknowledged is looked for.

Starts a process with a Lab, its workers, the classes and all routes. Students and a teacher talk to it over the class
channel, and pages change runs that train over their live channels, as browsers do. At a random moment something is
killed by SIGKILL. Then:

- every class event that was acknowledged is in the journal, and the class that the next server reads has them all;
- every run opens at its last checkpoint or later, with the changes that its page had been told before that checkpoint;
- no run file is damaged, and the journal is whole;
- the cookies of students and of the teacher still let them in.

    python benchmarks/faults.py [--rounds 50] [--seed N]

Prints a JSON object a round, and one in the end. The exit status is 1 where something was lost. A disk of its own needs
the right to mount one; without it the rounds with a full or read-only disk are left out, and the last line says so.
"""

import argparse
import json
import os
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from ladder.live import frames
from ladder.live.history import changes_of
from ladder.live.lab import Lab
from ladder.live.store import Store
from ladder.problems import Problem
from ladder.processes import spawn
from ladder.server import routes
from ladder.server.origins import Origins
from ladder.settings import Live, Recipe, Structure, fitted
from ladder.teaching.classes import Classes
from ladder.teaching.journal import Journal

KINDS = "server", "server and workers", "worker", "full disk", "read-only disk"
NEED_DISK = "full disk", "read-only disk"
N_RUNS, N_STUDENTS, N_WORKERS = 3, 3, 2
DISK = "64m"
PATIENCE = 90.0  # seconds that a slow machine may take
TAB = "faults"
LIVE = fitted(Live(lambdas=(100.0, 1.0, 0.1), noise_std=(0.3,) * 3, n_updates=0), 2)


# --- the server's process


def serve(folder: Path) -> None:
    """Serves from `folder` until standard input ends. Prints a JSON object when it is ready, and one as the answer to
    each line: {"do": "begin", "seed"}, {"do": "open", "run"}, {"do": "make"} or {"do": "look"}."""
    classes, lab = Classes(folder), Lab(folder, N_WORKERS)
    with suppress(Problem):  # a read-only disk; the server goes on without classes, as app.py does
        classes.load()
    lab.kept = classes.runs
    lab.start()
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=routes.routes(lab, classes, "", Origins())), port=0, log_level="error", lifespan="off"
        )
    )
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "teacher_code": classes.teacher_code}), flush=True)
    for line in sys.stdin:
        print(json.dumps(_answered(lab, classes, json.loads(line))), flush=True)
    os._exit(0)


def _answered(lab: Lab, classes: Classes, asked: dict) -> dict:
    """The answer to a line."""
    try:
        if asked["do"] == "make":
            room = classes.make("3b")
            return {"id": room.id, "code": classes.code_of(room.id)}
        if asked["do"] == "look":
            return {"workers": [helper.process.pid for helper in lab.helpers], "events": classes.lengths}
        if asked["do"] == "begin":
            recipe = Recipe(Structure("moons", widths=(12,), weight_seed=asked["seed"]), LIVE)
            run_id = lab.create(recipe, 0, True)
        else:
            run_id = asked["run"]
        run_id = lab.take(run_id, TAB)
        lab.play(run_id)
        return {"run": run_id}
    except Problem as problem:
        return {"problem": problem.key}


class Server:
    """The server's process as the rounds see it."""

    def __init__(self, folder: Path) -> None:
        words = [sys.executable, __file__, "--serve", str(folder)]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=spawn.environment(), text=True
        )
        started = json.loads(self._line())
        self.host, self.teacher_code = f"127.0.0.1:{started['port']}", started["teacher_code"]

    def ask(self, do: str, **values) -> dict:
        """What it answers to a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self.process.stdin.flush()
        return json.loads(self._line())

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start")
        return line

    def workers(self) -> list[psutil.Process]:
        """Its processes below it."""
        return psutil.Process(self.process.pid).children()

    def kill(self, *with_them: psutil.Process) -> None:
        """Kills it, and some of its processes with it."""
        for one in (psutil.Process(self.process.pid), *with_them):
            with suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        self.process.wait()


# --- those who talk to it


class Talk(threading.Thread):
    """A browser that talks until the round is over, or its connection ends."""

    def __init__(self, over: threading.Event, dice: random.Random, address: str, cookie: str = "") -> None:
        super().__init__(daemon=True)
        self.over, self.dice, self.address, self.cookie = over, dice, address, cookie

    def run(self) -> None:
        """Says something every now and then, and hears what is answered."""
        with (
            suppress(OSError, WebSocketException),
            connect(self.address, additional_headers={"Cookie": self.cookie}, max_size=None) as channel,
        ):
            due = time.monotonic()
            while not self.over.is_set():
                if time.monotonic() >= due:
                    channel.send(json.dumps(self.words()))
                    due = time.monotonic() + self.dice.uniform(0.05, 0.6)
                with suppress(TimeoutError):
                    self.hear(channel.recv(0.05))

    def words(self) -> dict:
        raise NotImplementedError

    def hear(self, message: str | bytes) -> None:
        raise NotImplementedError


class ClassTalk(Talk):
    """A student or a teacher. `acknowledged`: the marks, each in one event alone, of what was answered without a
    refusal; `refused`: how many events were not taken."""

    def __init__(self, *given, teaches: bool) -> None:
        super().__init__(*given)
        self.teaches, self.asked, self.refused = teaches, [], 0
        self.acknowledged: list[str] = []

    def words(self) -> dict:
        mark = secrets.token_hex(8)
        self.asked.append(mark)
        said = (
            {"do": "message", "text": mark} if self.teaches else {"do": "place", "run": mark, "lesson": "", "step": 0}
        )
        return said | {"ticket": len(self.asked), "language": "en"}

    def hear(self, message: str | bytes) -> None:
        found = json.loads(message)
        if found["kind"] == "answer" and not found["refusal"]:
            self.acknowledged.append(self.asked[found["ticket"] - 1])
        elif found["kind"] == "answer":
            self.refused += 1


class RunTalk(Talk):
    """A page that changes the noise of a run. `changes`: the markers that it was told, `update` the last one told."""

    def __init__(self, *given, run: str, changes: list[dict]) -> None:
        super().__init__(*given)
        self.run_id, self.changes, self.update = run, changes, 0

    def words(self) -> dict:
        return {"change": {"noise_std": [round(self.dice.uniform(0.1, 0.9), 6)] * 3}, "tab": TAB, "ticket": 1}

    def hear(self, message: str | bytes) -> None:
        header, _ = frames.decode(message)
        if header["kind"] in ("history", "increment"):
            self.update = header["update"]
            if "changes" in header:
                self.changes = [*self.changes[: header.get("kept", 0)], *header["changes"]]


def admitted(host: str, door: str, **words: str) -> str:
    """The cookie header of a browser that is let in."""
    with closing(HTTPConnection(host, timeout=PATIENCE)) as connection:
        connection.request("POST", f"/class/{door}", json.dumps(words))
        answer = connection.getresponse()
        said, cookies = json.loads(answer.read()), SimpleCookie(answer.headers["Set-Cookie"])
    assert not said["refusal"], said
    return "; ".join(f"{name}={one.value}" for name, one in cookies.items())


# --- rounds


class Trial:
    """A folder, what has been acknowledged by the servers that used it, and what was lost."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.dice, self.store = folder, random.Random(seed), Store(folder)
        self.lost: list[str] = []
        self.acknowledged: list[str] = []
        self.told: dict[str, list[dict]] = {}  # the changes of each run that its page was told
        self.update: dict[str, int] = {}  # of each run, at least
        self.n_refused = 0
        server = Server(folder)
        made = server.ask("make")
        self.class_id = made["id"]
        self.teacher = admitted(server.host, "teach", code=server.teacher_code)
        self.students = [admitted(server.host, "join", code=made["code"], name=f"S{i}") for i in range(N_STUDENTS)]
        for seed in range(N_RUNS):
            self.told[server.ask("begin", seed=seed)["run"]] = []
        self._until(lambda: all(self.store.exists(run) for run in self.told), "a run has no file")
        server.kill(*server.workers())

    def round(self, kind: str) -> dict:
        """One life of a server, and how it ended. Returns what is to be printed."""
        before = len(self.acknowledged), sum(map(len, self.told.values()))
        if kind == "read-only disk":
            self._read_only()
        server = Server(self.folder)
        self._check_opened(server)
        over = threading.Event()
        talks = self._talks(server, over)
        time.sleep(self.dice.uniform(0.8, 3.0))
        if kind == "full disk":
            self._fill()
            time.sleep(self.dice.uniform(0.5, 2.0))
        workers = server.workers()
        if kind == "worker":
            self._kill_worker(server, talks)
        files = self._files()
        server.kill(*(workers if kind == "server and workers" else ()))
        over.set()
        for one in talks:
            one.join()
        self._until(lambda: not any(map(_runs, workers)), "a worker did not end")  # it saves its runs first
        (self.folder / "filler").unlink(missing_ok=True)
        self._take(talks)
        self._check_disk(files, survived=kind == "server")
        n_events, n_changes = len(self.acknowledged), sum(map(len, self.told.values()))
        return {"kind": kind, "events": n_events - before[0], "changes": n_changes - before[1], "lost": self.lost}

    def _talks(self, server: Server, over: threading.Event) -> list[Talk]:
        channel = f"ws://{server.host}/class/live"

        def common(address: str, cookie: str = "") -> tuple:
            return over, random.Random(self.dice.random()), address, cookie

        talks: list[Talk] = [ClassTalk(*common(channel, one), teaches=False) for one in self.students]
        talks.append(ClassTalk(*common(f"{channel}?class={self.class_id}", self.teacher), teaches=True))
        for run, told in self.told.items():
            talks.append(RunTalk(*common(f"ws://{server.host}/live/{run}"), run=run, changes=told))
        for one in talks:
            one.start()
        return talks

    def _read_only(self) -> None:
        """A life on a disk that takes nothing: the runs open and train, no event is acknowledged; then the disk is
        well again."""
        _mount("-o", "remount,ro", str(self.folder))
        server = Server(self.folder)
        self._check_opened(server)
        over = threading.Event()
        talks = self._talks(server, over)
        time.sleep(self.dice.uniform(0.5, 1.5))
        workers = server.workers()
        server.kill()
        over.set()
        for one in talks:
            one.join()
            if isinstance(one, ClassTalk):
                self.lost += [f"acknowledged on a read-only disk: {mark}" for mark in one.acknowledged]
        self._until(lambda: not any(map(_runs, workers)), "a worker did not end")
        _mount("-o", "remount,rw", str(self.folder))
        self._check_disk({run: self.update[run] for run in self.told})

    def _fill(self) -> None:
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def _kill_worker(self, server: Server, talks: list[Talk]) -> None:
        """Kills a worker under the server: its runs come back at their last checkpoint or later."""
        files, victim = self._files(), self.dice.choice(server.ask("look")["workers"])
        before = {one.run_id: list(one.changes) for one in talks if isinstance(one, RunTalk)}
        os.kill(victim, signal.SIGKILL)
        time.sleep(self.dice.uniform(0.0, 3.0))
        for one in talks:
            if isinstance(one, RunTalk):
                self._until(lambda one=one: one.update >= files[one.run_id], f"{one.run_id} did not come back")
                past = [change for change in before[one.run_id] if change["update"] < files[one.run_id]]
                if _lacks(one.changes, past):
                    self.lost.append(f"changes of {one.run_id} after its worker was killed")

    def _files(self) -> dict[str, int]:
        """The update of each run's file now."""
        return {run: self.store.read(run).states["ladder"]["update"] for run in self.told}

    def _take(self, talks: list[Talk]) -> None:
        for one in talks:
            if isinstance(one, ClassTalk):
                self.acknowledged += one.acknowledged
                self.n_refused += one.refused
            elif isinstance(one, RunTalk) and one.update:
                self.told[one.run_id] = one.changes

    def _check_disk(self, files: dict[str, int], survived: bool = False) -> None:
        """What is on the disk while no server runs. `files`: the update that each run's file had reached before.
        `survived`: whether the workers had the time to save everything."""
        for path in self.folder.glob("*.npz"):
            with self._looking(f"{path.name} is damaged"):
                self.store.read(path.stem)
        for run, told in self.told.items():
            with self._looking(f"{run} cannot be read"):
                saved = self.store.read(run)
                self.update[run] = saved.states["ladder"]["update"]
                kept = [dict(one) for one in json.loads(json.dumps(changes_of(saved.recipe)))]
                past = [one for one in told if survived or one["update"] < self.update[run]]
                if _lacks(kept, past):
                    self.lost.append(f"changes of {run}")
                if self.update[run] < files[run]:
                    self.lost.append(f"{run} went back from {files[run]} to {self.update[run]}")
                self.told[run] = kept
        journal = Journal(self.folder)
        events = Counter(
            str(event.values.get("text") or event.values.get("run")) for event in journal.events(self.class_id)
        )
        self.lost += [f"event {mark}" for mark in self.acknowledged if events[mark] != 1]
        journal.close()
        with closing(sqlite3.connect(journal.path)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                self.lost.append("the journal is damaged")

    def _looking(self, otherwise: str) -> "Looking":
        return Looking(self.lost, otherwise)

    def _check_opened(self, server: Server) -> None:
        """What the next server makes of it: the class with all events, and each run where it was."""
        writable = os.access(self.folder, os.W_OK) and not _is_read_only(self.folder)
        if writable and server.ask("look")["events"].get(self.class_id) != self.n_events_before():
            self.lost.append("the server did not read all events of the class")
        for run, told in self.told.items():
            if server.ask("open", run=run).get("run") != run:
                self.lost.append(f"{run} is not there")
                continue
            with (
                self._looking(f"{run} cannot be opened"),
                connect(f"ws://{server.host}/live/{run}", max_size=None) as page,
            ):
                seen = RunTalk(threading.Event(), self.dice, "", run=run, changes=[])
                while seen.update < max(1, self.update.get(run, 0)):
                    seen.hear(page.recv(PATIENCE))
                if seen.changes[: len(told)] != told:
                    self.lost.append(f"changes of {run} when it was opened")

    def n_events_before(self) -> int:
        """How many events the journal has."""
        journal = Journal(self.folder)
        try:
            return len(journal.events(self.class_id))
        finally:
            journal.close()

    def _until(self, what, otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not what():
            if time.monotonic() > deadline:
                self.lost.append(otherwise)
                return
            time.sleep(0.02)


class Looking:
    """Notes what cannot be looked at as lost."""

    def __init__(self, lost: list[str], otherwise: str) -> None:
        self.lost, self.otherwise = lost, otherwise

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind, error, _) -> bool:
        if isinstance(error, Problem | OSError | WebSocketException):
            self.lost.append(f"{self.otherwise}: {error}")
            return True
        return False


def _lacks(found: list[dict], told: list[dict]) -> bool:
    """Whether changes that were told are not there. The last one may have been made anew at the same update."""
    of_these = found[: len(told)]
    updates = [one["update"] for one in told]
    return of_these[:-1] != told[:-1] or [one["update"] for one in of_these] != updates


def _runs(process: psutil.Process) -> bool:
    """Whether a process has not ended. Nobody may have asked for the status of an orphan that has."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# --- disks


def _mount(*words: str) -> bool:
    """Whether the command succeeded."""
    return bool(shutil.which("mount")) and subprocess.run(["mount", *words], capture_output=True).returncode == 0


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def main() -> int:
    """Runs the rounds. Returns the exit status."""
    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=50)
    words.add_argument("--seed", type=int, default=None)
    words.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.serve:
        serve(given.serve)
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    print(json.dumps({"seed": seed, "rounds": given.rounds}), flush=True)
    folder = Path(tempfile.mkdtemp(prefix="ladder-faults-"))
    has_disk = _mount("-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder))
    kinds = [kind for kind in KINDS if has_disk or kind not in NEED_DISK]
    try:
        trial = Trial(folder, seed)
        order = [kinds[i % len(kinds)] for i in range(given.rounds)]
        trial.dice.shuffle(order)
        for kind in order:
            print(json.dumps(trial.round(kind)), flush=True)
        report = {"events": len(trial.acknowledged), "changes": sum(map(len, trial.told.values()))}
        left_out = [] if has_disk else NEED_DISK
        print(json.dumps(report | {"refused": trial.n_refused, "left_out": left_out, "lost": trial.lost}), flush=True)
        return 1 if trial.lost else 0
    finally:
        if has_disk:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
