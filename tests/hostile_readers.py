"""Every reader of what people give, and its corpus (hostile.py), read in a process with little memory.

`python -m hostile_readers READER FOLDER` reads one corpus. FOLDER has the right files of `prepared`. The process says
of each kind, one JSON object a line, what came of it; a line before it has the kind's name alone, so that it is known
where a process has ended.
"""

import asyncio
import faulthandler
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl

import hostile
import hostile_data
import sources
from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

from ladder import i18n
from ladder.data import idx, packed, reading, variants
from ladder.data.apart import apart
from ladder.data.source import Reading
from ladder.experiments import design, names
from ladder.live import frames
from ladder.live.codes import Codes
from ladder.live.lab import Lab
from ladder.live.lists import Lists
from ladder.live.pins import PinFiles
from ladder.live.store import Store
from ladder.problems import Problem
from ladder.recipe import race as races
from ladder.server import questions, sockets
from ladder.server.class_routes import LONGEST_WORDS, ClassSockets, Doors
from ladder.server.class_runs import ClassRuns
from ladder.server.listening import listen
from ladder.server.origins import Origins
from ladder.teaching import class_export, class_views, handin, lessons
from ladder.teaching.classes import Browser, Classes

PATIENCE = 60  # seconds for one kind, that a slow machine may take
MEGABYTES = 1_500  # that a reader may ask for beyond what its process has at first
TAB = "hostile_tab"  # the id of a file beside the runs

# What a reader makes of one content: the Problems, [] where it was read. A text in place of a Problem: the reader's
# caller is told by silence alone, as its part of the page has nothing to show.
Told = list[Problem | str]
Reader = Callable[[bytes], Told]


def prepared(folder: Path, checkpoint: bytes, given: handin.HandIn, pins: str) -> None:
    """Writes the right files from which corpora are made."""
    (folder / "run.npz").write_bytes(checkpoint)
    (folder / "handin.json").write_text(handin.to_json(given), encoding="utf-8")
    (folder / "handin.txt").write_text(handin.to_text(given), encoding="utf-8")
    (folder / "pins.json").write_text(pins, encoding="utf-8")


def _attempt(read: Callable[[], object]) -> Told:
    try:
        read()
    except Problem as problem:
        return [problem]
    return []


# --- the readers: from a folder with the right files, its corpus and how each content is read


def checkpoints(folder: Path) -> tuple[hostile.Kinds, Reader]:
    lab = Lab(Path("runs"), 1)
    return hostile.checkpoints((folder / "run.npz").read_bytes()), lambda content: _attempt(lambda: lab.load(content))


def handins(folder: Path) -> tuple[hostile.Kinds, Reader]:
    def read(content: bytes) -> Told:
        found = handin.gathered([("x.json", content)])
        for _, one in found:
            if isinstance(one, handin.HandIn):
                json.dumps(handin.to_json(one)).encode(), handin.to_text(one), one.recipe_key.encode()
        return [one for _, one in found if isinstance(one, Problem)][:5]

    good = (folder / "handin.json").read_text(encoding="utf-8")
    return hostile.handins(good, (folder / "handin.txt").read_text(encoding="utf-8")), read


def lesson_files(folder: Path) -> tuple[hostile.Kinds, Reader]:
    def read(content: bytes) -> Told:
        Path("lessons/en").mkdir(parents=True, exist_ok=True)
        Path("lessons/en/x.md").write_bytes(content)
        return list(lessons.load(Path("lessons")).problems)

    return hostile.lessons((lessons.OURS / "en" / "one_run.md").read_text(encoding="utf-8")), read


def arrays(folder: Path) -> tuple[hostile.Kinds, Reader]:
    def read(content: bytes) -> Told:
        Path("x-ubyte").write_bytes(content)
        with suppress(Problem):
            idx.shape(Path("x-ubyte"))
        return _attempt(lambda: idx.read(Path("x-ubyte")))

    return hostile.arrays(), read


def _params(content: bytes) -> dict[str, str]:
    return dict(parse_qsl(content.decode(), keep_blank_values=True))


def links(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return hostile.links(), lambda content: list(races.read(_params(content))[0].warnings)


def designs(folder: Path) -> tuple[hostile.Kinds, Reader]:
    def read(content: bytes) -> Told:
        words = _params(content)
        return list(design.read_search(words)[1] if "space" in words else design.read(words)[1])

    return hostile.designs(), read


def lists_of_runs(folder: Path) -> tuple[hostile.Kinds, Reader]:
    good = json.dumps({"format": "ladder-lab list", "version": 1, "runs": [{"run": "run_a", "made": 1.0, "name": "é"}]})
    return hostile.beside(good), lambda content: _beside(".list.json", content, Lists(Path()).read)


def pins(folder: Path) -> tuple[hostile.Kinds, Reader]:
    good = (folder / "pins.json").read_text(encoding="utf-8")
    return hostile.beside(good), lambda content: _beside(".pins.json", content, PinFiles(Path()).read)


def _beside(ending: str, content: bytes, read: Callable[[str], Iterable[object]]) -> Told:
    """Such a file is the tab's own: what it has is there, or there is nothing, and the log says why."""
    Path(f"{TAB}{ending}").write_bytes(content)
    return [] if list(read(TAB)) else ["nothing"]


def made_by_classes(folder: Path) -> tuple[hostile.Kinds, Reader]:
    os.environ["LADDER_RUNS"] = "."
    good = variants.Labels("digits", (0, 3), (1, 2))
    name = variants.keep(good)
    (path,) = Path("data").iterdir()

    def read(content: bytes) -> Told:
        path.write_bytes(content)
        return _attempt(lambda: variants.found(name))

    return hostile.variants(variants.written(good).decode()), read


# --- people's data: what is read keeps the word of source.py


def _data(corpus: hostile.Kinds) -> tuple[hostile.Kinds, Reader]:
    packed.MOST_UNPACKED = 60_000_000  # so that a bomb is small in this process, which has little memory

    def read(content: bytes) -> Told:
        try:
            return _attempt(lambda: sources.kept_its_word(reading.read(content, "data.csv", Reading())))
        except MemoryError:  # as the readers' process says it
            return [Problem("reading_memory", file="data.csv", megabytes=MEGABYTES)]

    return corpus, read


def data_tables(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.tables())


def data_spreadsheets(folder: Path) -> tuple[hostile.Kinds, Reader]:
    """Each in a process of its own, as a library may end it."""

    def read(content: bytes) -> Told:
        return _attempt(lambda: sources.kept_its_word(apart("data.csv", reading.read, content, "data.csv", Reading())))

    return hostile_data.spreadsheets(), read


def data_parquet(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.parquet())


def data_arff(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.arff())


def data_npz(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.npz())


def data_idx_pairs(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.idx_pairs())


def data_images(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.images())


def data_archives(folder: Path) -> tuple[hostile.Kinds, Reader]:
    return _data(hostile_data.archives())


# --- classes and pages


def door_of_a_class(folder: Path) -> tuple[hostile.Kinds, Reader]:
    classes = Classes(Path("classes"))
    classes.joins.most = 10_000
    code = classes.code_of(classes.make("3b").id)
    doors = Doors(classes, "/", Origins())

    def read(content: bytes) -> Told:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": content, "more_body": False}

        about = {"type": "http", "method": "POST", "scheme": "http", "path": "/", "query_string": b"", "headers": []}
        answer = asyncio.run(doors.join(Request(about, receive)))
        if answer.status_code == 400:
            return ["no words"]
        return list(filter(None, [json.loads(answer.body)["refusal"]]))

    return hostile.words_of_a_class(json.dumps({"code": code, "name": "Ada", "language": "en"})), read


def channel_of_a_class(folder: Path) -> tuple[hostile.Kinds, Reader]:
    classes = Classes(Path("classes"))
    room = classes.make("3b")
    _, _, secret = classes.join(classes.code_of(room.id), "Ada")
    channel = ClassSockets(classes, Origins(), ClassRuns(Lab(Path("runs"), 1)))

    def read(content: bytes) -> Told:
        return _heard(content, lambda words: _attempt(lambda: channel.act(Browser(secret), "", words)))

    return hostile.words_of_a_student({"do": "answer", "lesson": "noise", "which": "1", "value": 2.0}), read


def channel_of_a_teacher(folder: Path) -> tuple[hostile.Kinds, Reader]:
    classes = Classes(Path("classes"))
    room = classes.make("3b")
    _, member, _ = classes.join(classes.code_of(room.id), "Ada")
    secret = classes.admit_teacher(classes.teacher_code)
    channel = ClassSockets(classes, Origins(), ClassRuns(Lab(Path("runs"), 1)))

    def act(words: dict[str, object]) -> Told:
        told = _attempt(lambda: channel.act(Browser(teacher=secret), room.id, words))
        view = class_views.of_teacher(classes.room(room.id), "", classes.seen, 1.0)
        json.dumps(view, ensure_ascii=False, allow_nan=False).encode()
        class_export.table(classes.room(room.id), lambda run: None, lambda *asked: ()).encode()
        return told

    events: list[dict[str, object]] = [
        {"do": "lead", "lesson": "noise", "link": "v=1", "hidden": [], "locked": [], "pace": "own", "present": 0},
        {"do": "ask", "text": "Why?", "kind": "choice", "options": ["a", "b"], "low": 0, "high": 1},
        {"do": "keep", "member": member.id, "run": "run_a", "update": 1, "note": "x"},
        {"do": "order", "order": []},
        {"do": "pause", "seconds": 0},
        {"do": "message", "text": "x"},
        {"do": "open_question", "question": 1, "on": True},
        {"do": "show", "run": "run_a"},
    ]
    return hostile.words_of_a_teacher(events), lambda content: _heard(content, act)


def channel_of_a_run(folder: Path) -> tuple[hostile.Kinds, Reader]:
    lab = _Resting(Path("runs"), 1)
    run = lab.take(lab.load((folder / "run.npz").read_bytes()), TAB)

    def check(choices: object) -> None:
        pass

    def act(words: dict[str, object]) -> Told:
        answers = [sockets.changed(lab, run, words, check)] if "change" in words else []
        answers += sockets.looked_inside(lab, run, words)[1] if "inside" in words else []
        answers += [questions.answer(name, lab, run, words, check) for name in questions.QUESTIONS if name in words]
        answers += [sockets.looked_back(lab, run, words, check)] if "look_back" in words else []
        return [said for one in answers if (said := str(frames.decode(one)[0]["refusal"]))]

    names = "change", "inside", "look_back", "cases", "point", "stages", "combinators", "handin"
    return hostile.words_of_a_page({"tab": TAB, "language": "en"}, names), lambda content: _heard(content, act)


class _Resting(Lab):
    """A Lab without workers."""

    def _command(self, *words: object) -> None:
        pass


def _heard(content: bytes, act: Callable[[dict[str, object]], Told]) -> Told:
    """What a WebSocket's listener and `act` make of one message."""
    told: Told = ["not heard"]

    class Socket:
        messages = [content.decode(errors="replace")]

        async def receive_text(self) -> str:
            if not self.messages:
                raise WebSocketDisconnect
            return self.messages.pop()

        async def close(self, code: int) -> None:
            told[:] = ["closed"]

    async def hear(words: dict[str, object]) -> None:
        told[:] = act(words)

    async def main() -> None:
        await listen(Socket(), hear, asyncio.Event(), LONGEST_WORDS)  # type: ignore[arg-type] # what it needs of one

    asyncio.run(main())
    return told


def names_of_things(folder: Path) -> tuple[hostile.Kinds, Reader]:
    """A name has to be refused by each of its readers."""
    readers: tuple[Callable[[str], object], ...] = (
        names.checked,
        Store(Path("runs")).content,
        Codes(Path("codes")).link,
    )

    def read(content: bytes) -> Told:
        name = content.decode(errors="surrogatepass")
        told = [_attempt(lambda reader=reader: reader(name)) for reader in readers]
        assert not Lists(Path()).read(name) and not PinFiles(Path()).read(name)
        return [one for problems in told for one in problems] if all(told) else []

    return hostile.names(), read


READERS = (
    checkpoints,
    handins,
    lesson_files,
    arrays,
    links,
    designs,
    lists_of_runs,
    pins,
    made_by_classes,
    door_of_a_class,
    channel_of_a_class,
    channel_of_a_teacher,
    channel_of_a_run,
    names_of_things,
    data_tables,
    data_spreadsheets,
    data_parquet,
    data_arff,
    data_npz,
    data_idx_pairs,
    data_images,
    data_archives,
)


# --- the process


def _limit() -> None:
    """Leaves this process MEGABYTES more memory than it has, where the system can do that."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + MEGABYTES * 10**6
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def forget_peak() -> None:
    """Has `peak` begin anew: making a content takes memory too."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> float:
    """The most memory that this process has had so far, in MB; 0 where the system does not say."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
    return 0.0


def said(one: Problem | str) -> list[str]:
    """The sentences of a Problem, or the words of a refusal."""
    return [i18n.problem(one, language) for language in i18n.LANGUAGES] if isinstance(one, Problem) else [one]


def outcomes(corpus: hostile.Kinds, read: Reader) -> Iterator[dict[str, object]]:
    """Yields for each kind its name, and then what came of it."""
    for kind, content in corpus:
        yield {"kind": kind}
        forget_peak()
        before = peak()
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        try:
            told, error = read(content), ""
        except BaseException as found:  # whatever it is, it is what the test looks for
            told, error = [], f"{type(found).__name__}: {found}"[:300]
        faulthandler.cancel_dump_traceback_later()
        sentences = [] if error else [sentence for one in told for sentence in said(one)]
        yield {"kind": kind, "sentences": sentences, "error": error, "mb": peak() - before}


def main(reader: str, folder: str) -> None:
    """Reads the corpus of one reader in the present folder."""
    logging.disable()
    corpus, read = globals()[reader](Path(folder))
    _limit()
    for outcome in outcomes(corpus, read):
        print(json.dumps(outcome), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
