"""Records the example class (ladder/teaching/example.jsonl): eight simulated students and real runs.

Each student follows the lesson "unlabelled" as a page does: it joins, begins runs, tells its place, answers, asks for
help. Who does what, and when, is written below, over 30 minutes of a clock of the script's own; the errors are those of
the runs, which are really trained, and the server's own notes (ladder/server/class_notes.py). A minute on two cores.

    python benchmarks/example_class.py
"""

import importlib
import json
import math
import random
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
importlib.import_module("ladder")  # first: it fixes the arithmetic of the libraries below

from ladder import i18n  # noqa: E402
from ladder.live.lab import Lab  # noqa: E402
from ladder.recipe import links  # noqa: E402
from ladder.server.class_notes import NOTE_SECONDS, ClassNotes  # noqa: E402
from ladder.server.class_runs import ClassRuns  # noqa: E402
from ladder.teaching import class_example  # noqa: E402
from ladder.teaching.classes import Classes  # noqa: E402
from ladder.teaching.event_values import MOST_POINTS  # noqa: E402
from ladder.teaching.room import Event  # noqa: E402

LESSON, STEPS = "unlabelled", 3
N_STUDENTS = 8
SECONDS = 1800
PATIENCE = 120.0  # real seconds for a stretch of training
ALL_OFF = "0,0,0,0,0"  # every λ
ONE_OFF = "0,10,0.1,0.1,0.1"  # what student 3 takes for it
SLEEPS = {6: (540, 690)}  # whose phone, from when to when
# By student: the first guess (0 is right), the points of gap that it expects, the error that it draws for update 300
# without any λ, and its answers to the two questions with choices (1 is right).
OPINIONS = {
    1: (0, 10, 0.30, 1, 1),
    2: (0, 15, 0.35, 1, 1),
    3: (1, 2, 0.10, 0, 0),
    4: (0, 5, 0.25, 1, 1),
    5: (0, 20, 0.50, 1, 0),
    6: (2, 0, 0.15, 2, 1),
    7: (0, 30, 0.60, 1, 1),
    8: (0, 8, 0.30, 0, 1),
}


@dataclass
class Student:
    """A simulated student: its number, its id in the class, the run in its view, its step, the update up to which it
    trains and how many updates in NOTE_SECONDS, and whether it is in the class."""

    number: int
    member: str = ""
    secret: str = ""
    run: str = ""
    step: int = 0
    until: int = 0
    pace: int = 100
    is_in: bool = False


@dataclass
class Clock:
    """The class's time, in seconds from its beginning."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Script:
    """What happens when, in seconds from the beginning."""

    lines: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def at(self, time: float, act: Callable[..., object], *given: object) -> None:
        """Has `act` called at a time."""
        self.lines.append((time, lambda: act(*given)))


class Recording:
    """The lesson while it is recorded."""

    def __init__(self, folder: Path, lab: Lab) -> None:
        self.clock, self.lab = Clock(), lab
        self.school, self.runs = Classes(folder, self.clock), ClassRuns(lab)
        self.notes = ClassNotes(self.school, self.runs)
        self.room = self.school.make(say("name")).id
        self.students = [Student(number) for number in range(1, N_STUDENTS + 1)]
        self.random = random.Random(1)

    # --- what people do

    def act(self, kind: str, /, **values: object) -> None:
        """The teacher's, and the pages', events."""
        self.school.act(self.room, kind, values)

    def of(self, student: Student, kind: str, /, **values: object) -> None:
        """An event of a student."""
        if student.is_in:
            self.act(kind, member=student.member, **values)

    def join(self, student: Student) -> None:
        """The student joins, and its page opens a run."""
        name = say("student", n=student.number)
        _, member, student.secret = self.school.join(self.school.code_of(self.room), name)
        student.member, student.is_in, student.step = member.id, True, 0
        self.begin(student, "v=1", lesson="")

    def follow(self, student: Student) -> None:
        """The student's page follows what the teacher has set: the lesson, with the student's seeds."""
        lead = self.school.room(self.room).lead
        self.of(student, "led", number=lead.number)
        self.begin(student, self.setting(student))

    def setting(self, student: Student, lambdas: str = "") -> str:
        """The query of the student's run in the lesson, with other `lambdas` where it says any."""
        number = self.school.room(self.room).members[student.member].number
        return f"v=1&seed={number}&lseed={number}" + (f"&lam={lambdas}" if lambdas else "")

    def begin(self, student: Student, query: str, lesson: str = LESSON) -> None:
        """The student begins a run, which comes into view."""
        student.run, student.until = self.lab.create(links.parse(query).recipe), 0
        self.lab.subscribe(student.run, lambda message: None)  # its page is open
        self.await_measured(student.run, 0)
        self.of(student, "run", run=student.run)
        self.place(student, student.step, lesson)

    def place(self, student: Student, step: int, lesson: str = LESSON) -> None:
        """The student comes to a step."""
        student.step = step
        self.of(student, "place", run=student.run, lesson=lesson, step=step if lesson else 0)

    def guess(self, student: Student, which: str, value: object, step: int) -> None:
        """The student answers in the lesson's card, and goes to a step."""
        self.of(student, "answer", lesson=LESSON, which=which, value=value)
        self.place(student, step)

    def reply(self, student: Student, question: int, value: object) -> None:
        """The student answers the teacher."""
        self.of(student, "reply", question=question, value=value)

    def play(self, student: Student, until: int) -> None:
        """The student presses Play; the run trains up to an update."""
        student.until = until

    def without(self, student: Student, lambdas: str, until: int) -> None:
        """The student takes the λ away, resets and presses Play."""
        self.begin(student, self.setting(student, lambdas))
        self.play(student, until)

    def leave(self, student: Student) -> None:
        """The student leaves the class."""
        self.school.leave(student.secret)
        student.is_in = False

    def keep_run(self, student: Student) -> None:
        """The teacher puts the student's run into the tray, as the board does."""
        update, error, twin_error = self.runs.measured(student.run) or (0, None, None)
        kept = {"run": student.run, "update": update, "error": error, "twin_error": twin_error}
        self.act("keep", member=student.member, note="", **kept)

    def best(self) -> Student:
        """The student whose run errs least."""
        return min(self.students, key=lambda one: (self.runs.measured(one.run) or (0, math.inf, 0))[1])

    # --- the clock

    def record(self, script: Script) -> list[Event]:
        """Has everything happen, and returns the class's events."""
        lines = sorted(script.lines, key=lambda line: line[0])
        for tick in range(0, SECONDS + 1, int(NOTE_SECONDS)):
            while lines and lines[0][0] <= tick:
                self.clock.now, act = lines.pop(0)
                act()
            self.clock.now = float(tick)
            self.train(tick)
            self.notes.take(self.room)
        self.act("end")
        return self.school.journal.events(self.room)

    def train(self, tick: int) -> None:
        """Has the runs that train go on by what they train in NOTE_SECONDS, and notes who is there."""
        for one in self.students:
            asleep = one.number in SLEEPS and SLEEPS[one.number][0] <= tick < SLEEPS[one.number][1]
            if not one.is_in or asleep:
                continue
            self.school.see(one.member)
            if self.paused(tick) or self.lab.status(one.run).update >= one.until:
                continue
            goal = min(one.until, self.lab.status(one.run).update + one.pace)
            self.lab.step(one.run, goal - self.lab.status(one.run).update)
            self.await_measured(one.run, goal)

    def await_measured(self, run: str, update: int) -> None:
        """Waits until a run was measured at an update."""
        if not self.lab.wait(run, lambda told: (self.runs.measured(run) or (-1,))[0] >= update, PATIENCE):
            raise SystemExit(f"run {run} did not reach update {update}")

    def paused(self, tick: int) -> bool:
        """Whether the class is paused."""
        return self.school.room(self.room).paused_until > tick

    # --- the plan

    def plan(self) -> Script:
        """What everybody does in 30 minutes."""
        script, jitter = Script(), self.random.uniform
        for one in self.students:
            first, gap, drawn, why, alone = OPINIONS[one.number]
            late = one.number in (5, 6, 7)
            one.pace = 50 if one.number in (4, 6) else 100
            script.at(14 * one.number + jitter(0, 10), self.join, one)
            script.at(182 + jitter(0, 15), self.follow, one)
            script.at(250 + jitter(0, 80), self.guess, one, "prediction 1", first, 1)
            script.at(355 + jitter(0, 60), self.reply, one, 1, gap)
            script.at(420 + jitter(0, 10), self.guess, one, "prediction 2", gap, 1)
            script.at(435 + jitter(0, 35) + (235 if one.number == 7 else 0), self.play, one, 600)
            script.at(610 + jitter(0, 70), self.reply, one, 2, curve(drawn, one.number))
            script.at((755 if late else 575) + jitter(0, 25), self.place, one, 2)
            script.at(880 + jitter(0, 40), self.without, one, ONE_OFF if one.number == 3 else ALL_OFF, 300)
            script.at((1090 if one.number == 3 else 970) + jitter(0, 25), self.place, one, STEPS)
            script.at(1130 + jitter(0, 80), self.reply, one, 3, why)
            script.at(1330 + jitter(0, 80), self.reply, one, 4, alone)
            script.at(1470 + jitter(0, 150), self.guess, one, "question", why, STEPS)
        self.help_and_absence(script)
        self.teach(script)
        return script

    def help_and_absence(self, script: Script) -> None:
        """Student 7 does not find Play, 3 wonders about its λ, 5 leaves and comes back."""
        three, five, seven = (self.students[n - 1] for n in (3, 5, 7))
        script.at(540, lambda: self.of(seven, "help", on=True))
        script.at(655, lambda: self.of(seven, "help", on=False))
        script.at(960, lambda: self.of(three, "help", on=True))
        script.at(1035, lambda: self.of(three, "help", on=False))
        script.at(1040, self.without, three, ALL_OFF, 300)
        script.at(585, self.leave, five)
        script.at(640, self.join, five)
        script.at(644, self.follow, five)
        script.at(650, self.place, five, 1)
        script.at(655, self.play, five, 600)

    def teach(self, script: Script) -> None:
        """The teacher's part."""

        def teacher(time: float, kind: str, /, **values: object) -> None:
            script.at(time, lambda: self.act(kind, **values))

        teacher(180, "lead", lesson=LESSON, seeds=True, locked=["n_labeled"])
        teacher(240, "message", text=say("wait"))
        teacher(345, "ask", text=say("ask_gap"), kind="number", low=0, high=60)
        teacher(425, "open_question", question=1, on=False)
        teacher(430, "message", text=say("play"))
        teacher(605, "ask", text=say("ask_curve"), kind="curve", low=0, high=1)
        teacher(690, "open_question", question=2, on=False)
        script.at(700, lambda: self.act("show", run=self.best().run))
        teacher(775, "show", run="")
        teacher(780, "pause", seconds=120)
        teacher(782, "message", text=say("look_up"))
        teacher(790, "show_answers", question=1, on=True)
        teacher(815, "keep", question=1, note="")
        script.at(830, self.keep_run, self.students[6])
        script.at(840, lambda: self.keep_run(self.best()))
        teacher(865, "pause", seconds=0)
        teacher(868, "message", text=say("lambdas"))
        options = [say(f"why_{name}") for name in ("labels", "denoising", "size")]
        teacher(1120, "ask", text=say("ask_why"), kind="choice", options=options, may_change=False)
        teacher(1125, "message", text="")
        teacher(1230, "show_answers", question=3, on=True)
        teacher(1270, "show_answers", question=2, on=True)
        teacher(1280, "keep", question=2, note="")
        teacher(1290, "order", order=[3, 1, 2, 4])
        teacher(1320, "ask", text=say("ask_one"), kind="choice", options=[say("one_yes"), say("one_no")])
        teacher(1425, "show_answers", question=4, on=True)
        teacher(1460, "message", text=say("hand_in"))


def say(key: str, **values: object) -> str:
    """A text of locales/example.toml in English."""
    return i18n.text(f"example.{key}", "en", **values)


def curve(last: float, number: int) -> list[float]:
    """What a student draws: from chance down to `last`, sooner or later, with an unsteady hand."""
    hand = random.Random(number)
    speed = 2 + number % 4
    heights = [last + (0.9 - last) * math.exp(-speed * i / MOST_POINTS) for i in range(MOST_POINTS)]
    return [round(min(1.0, max(0.0, height + hand.uniform(-0.02, 0.02))), 3) for height in heights]


def keyed(value: object) -> object:
    """The value with the keys of its texts in place of these."""
    known = {say(key): key for key in i18n.texts("example", "en") if key != "student"}
    known |= {say("student", n=n): f"student {n}" for n in range(1, N_STUDENTS + 1)}
    if isinstance(value, Mapping):
        return {name: keyed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [keyed(one) for one in value]
    return class_example.MARK + known[value] if isinstance(value, str) and value in known else value


def main() -> None:
    """Records the class and writes its file."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), 1)
        lab.start()
        try:
            recording = Recording(Path(folder), lab)
            events = recording.record(recording.plan())
        finally:
            lab.stop()
            recording.school.journal.close()
    events[0] = Event(0.0, "open", {**events[0].values, "example": True})
    lines = [{"at": round(one.at, 1), "kind": one.kind, "values": keyed(one.values)} for one in events]
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    class_example.FILE.write_text(text, encoding="utf-8")
    print(f"{len(events)} events, {len(text.encode()) / 1000:.0f} KB")


if __name__ == "__main__":
    main()
