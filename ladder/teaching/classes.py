"""The classes of a server: who may do what, and who is told of it.

Browsers are known by a random secret in a cookie that no script can read. A class keeps the secret's SHA-256 alone.
What happens goes through `Classes.act`: it is checked (classroom.py), then kept (journal.py), then told.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ladder.data import variants
from ladder.experiments.sizes import Size
from ladder.live.codes import LENGTH, LETTERS, cleaned
from ladder.problems import Problem
from ladder.processes import cores
from ladder.settings import Structure
from ladder.teaching import class_data, classroom, limits
from ladder.teaching.class_replay import Replay
from ladder.teaching.journal import Journal, Record
from ladder.teaching.room import Event, Member, Room

KEPT_DAYS = 30  # after its last event a class is deleted
MOST_CLASSES = 20
MOST_REPLAYS = 3  # classes whose past is in memory
CODE_LETTERS = 8  # of the teacher code: 1.5e11 codes
TRIES, TRIES_SECONDS = 30, 60.0  # wrong teacher codes, of everybody together, and joins of everybody together
JOINS = 120  # in TRIES_SECONDS


@dataclass(frozen=True)
class Browser:
    """The secrets in a browser's cookies, "" for none."""

    student: str = ""
    teacher: str = ""


Listener = Callable[[Room], None]


def key_of(secret: str) -> str:
    """Returns by what a class knows a browser's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Limit:
    """At most `most` calls in any `seconds` seconds, of everybody together: a school's computers share one address."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self.calls: deque[float] = deque()

    def take(self) -> None:
        """Counts a call. Raises Problem "class_tries" with the seconds to wait where there were too many."""
        now = self.clock()
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        if len(self.calls) >= self.most:
            raise Problem("class_tries", seconds=max(1, round(self.calls[0] + self.seconds - now)))
        self.calls.append(now)


def check_replica(letter: str) -> str:
    """Returns the letter with which the codes of a server's classes begin, "" for any, as it is written in codes.
    Raises Problem "replica_letter" for what is no letter of a code."""
    found = cleaned(letter)
    if letter and (len(found) != 1 or found not in LETTERS):
        raise Problem("replica_letter", value=letter[:20], letters=" ".join(LETTERS))
    return found


class Classes:
    """All classes of one server, kept in `folder`. May be used by several threads. `clock`: seconds since 1970.
    `replica`: the letter with which the codes of its classes begin, "" for any; a proxy tells several servers apart by
    it. Raises Problem "replica_letter"."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time, replica: str = "") -> None:
        self.journal, self.clock, self.replica = Journal(folder), clock, check_replica(replica)
        self.limits = limits.of_machine(cores.usable())
        self.lock = threading.RLock()
        self.rooms: dict[str, Room] = {}
        self.codes: dict[str, str] = {}  # a class's id by its code
        self.lengths: dict[str, int] = {}  # how many events each class has
        self.replays: dict[str, Replay] = {}  # of the classes that were replayed last
        self.teachers: set[str] = set()
        self.seen: dict[str, float] = {}  # when each member was last there, by its id
        self.listeners: dict[str, list[Listener]] = {}
        self.teacher_code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
        self.guesses, self.joins = (Limit(most, TRIES_SECONDS, clock) for most in (TRIES, JOINS))

    def load(self) -> None:
        """Reads the classes of earlier servers, after `tidy`. Raises Problem "class_disk" where the journal cannot be
        read, and "variant_stays"."""
        with self.lock:
            self.teachers = set(self.journal.teachers())
            self.tidy()
            for record in self.journal.classes():
                self._take(record, self.journal.events(record.id))

    def tidy(self) -> None:
        """Deletes the classes that nobody has touched for KEPT_DAYS: when a server starts, and whenever a class begins.
        Raises Problem "class_disk" and "variant_stays"."""
        with self.lock:
            for record in self.journal.classes():
                if record.touched < self.clock() - 86_400 * KEPT_DAYS:
                    (self.delete if record.id in self.rooms else self._erase)(record.id)

    def _take(self, record: Record, events: list[Event]) -> None:
        room = Replay(record.id, events).latest
        if room is None:
            return
        self.rooms[record.id] = room
        self.codes[record.code] = record.id
        self.lengths[record.id] = len(events)

    # --- teachers

    def admit_teacher(self, written: str) -> str:
        """Returns a new secret for the browser of the person who has written the teacher code. Raises Problem
        "class_teacher_code" for another code, "class_tries" after too many wrong ones, and "class_disk"."""
        right = hmac.compare_digest(cleaned(written).encode(), self.teacher_code.encode())
        with self.lock:
            if not right:
                self.guesses.take()
                raise Problem("class_teacher_code")
            secret = secrets.token_urlsafe(24)
            self.journal.add_teacher(key_of(secret), self.clock())
            self.teachers.add(key_of(secret))
            return secret

    def is_teacher(self, secret: str) -> bool:
        """Returns whether the browser with this secret has given the teacher code."""
        return bool(secret) and key_of(secret) in self.teachers

    def make(self, name: str, approve: bool = False) -> Room:
        """Makes a class. Raises Problem "class_many" where there are MOST_CLASSES, "class_word" for a name that is too
        long, and "class_disk"."""
        with self.lock:
            return self._begin([Event(self.clock(), "open", {"name": name, "approve": approve})])

    def open_example(self, events: list[Event]) -> Room:
        """Has the class of these events, which simulated students have recorded, as one that ends now and that nobody
        can join; where there is such a class already, returns that. Raises Problem "class_many" where there are
        MOST_CLASSES, and "class_disk"."""
        with self.lock:
            known = next((room for room in self.rooms.values() if room.example), None)
            later = self.clock() - events[-1].at
            return known or self._begin([replace(event, at=event.at + later) for event in events])

    def _begin(self, events: list[Event]) -> Room:
        """Keeps a new class with its first events."""
        self.tidy()
        if len(self.rooms) >= MOST_CLASSES:
            raise Problem("class_many", most=MOST_CLASSES)
        class_id = secrets.token_urlsafe(9)
        classroom.opened(class_id, events[0])
        code = next(code for code in _new_codes(self.replica) if code not in self.codes)
        record = Record(class_id, code, events[-1].at)
        self.journal.begin(record, events)
        self._take(record, events)
        return self.rooms[class_id]

    def delete(self, class_id: str) -> None:
        """Deletes everything of a class but its members' runs, with the data that it has made and no other class names.
        Raises Problem "class_unknown", "class_disk" and "variant_stays"; then the class stays."""
        with self.lock:
            room = self.room(class_id)
            self._erase(class_id)
            for kept in (self.rooms, self.lengths):
                kept.pop(class_id)
            self.replays.pop(class_id, None)
            self.codes = {code: one for code, one in self.codes.items() if one != class_id}
            for member in room.members:
                self.seen.pop(member, None)
            for listener in self.listeners.pop(class_id, []):
                listener(classroom.after(room, Event(self.clock(), "end", {})) if not room.ended else room)

    def _erase(self, class_id: str) -> None:
        """Deletes a class and its data from the disk."""
        if found := class_data.names(self.journal.events(class_id)):
            others = [record.id for record in self.journal.classes() if record.id != class_id]
            variants.forget(found.difference(*(class_data.names(self.journal.events(one)) for one in others)))
        self.journal.delete(class_id)

    # --- students

    def join(self, code: str, name: str, secret: str = "") -> tuple[str, Member, str]:
        """Lets a browser into a class. Returns the class's id, the member, and the secret for the browser's cookie. A
        browser that is in this class already stays the member that it is.

        Raises Problem "class_code" for a code of no class, "class_tries" after too many joins at once, and those of
        classroom.after and Journal.append.
        """
        with self.lock:
            if not self.is_code(code):
                self.joins.take()
                raise Problem("class_code", code=code.strip()[:20])
            class_id = self.codes[cleaned(code)]
            if secret and (known := self.rooms[class_id].member_of(key_of(secret))):
                return class_id, known, secret
            self.joins.take()
            secret, member = secrets.token_urlsafe(24), secrets.token_urlsafe(6)
            values = {"member": member, "key": key_of(secret), "name": classroom.named(name)}
            room = self.act(class_id, "join", values)
            return class_id, room.members[member], secret

    def is_code(self, written: str) -> bool:
        """Returns whether somebody can join a class with this code."""
        room = self.rooms.get(self.codes.get(cleaned(written), ""))
        return room is not None and not room.ended and not room.example

    def student(self, secret: str) -> tuple[Room, Member] | None:
        """Returns the class, and the member in it, of the browser with this secret; None for nobody. Of several classes
        the one that was joined last."""
        if not secret:
            return None
        key = key_of(secret)
        with self.lock:
            found = [(room, one) for room in self.rooms.values() if not room.ended and (one := room.member_of(key))]
        return max(found, key=lambda pair: pair[1].joined, default=None)

    def leave(self, secret: str) -> None:
        """Takes the browser with this secret out of its class; somebody else may then have its nickname. Raises those
        of Journal.append."""
        if found := self.student(secret):
            self.act(found[0].id, "remove", {"member": found[1].id})

    def see(self, member: str) -> None:
        """Notes that a member is there."""
        self.seen[member] = self.clock()

    # --- both

    @property
    def is_open(self) -> bool:
        """Returns whether there is a class that has not ended."""
        with self.lock:
            return any(not room.ended for room in self.rooms.values())

    def room(self, class_id: str) -> Room:
        """Returns a class. Raises Problem "class_unknown" where there is none."""
        found = self.rooms.get(class_id)
        if found is None:
            raise Problem("class_unknown")
        return found

    def code_of(self, class_id: str) -> str:
        """Returns what students type to join a class. Raises Problem "class_unknown"."""
        self.room(class_id)
        return next(code for code, one in self.codes.items() if one == class_id)

    def act(self, class_id: str, kind: str, values: Mapping[str, object]) -> Room:
        """Has something happen in a class: checks it, keeps it, and tells everybody. Returns the class after it. Raises
        Problem "class_unknown", and those of classroom.after and Journal.append; then nothing has happened."""
        with self.lock:
            room, event = self.room(class_id), Event(self.clock(), kind, values)
            after = classroom.after(room, event)
            self.journal.append(class_id, self.lengths[class_id], event)
            self.rooms[class_id] = after
            self.lengths[class_id] += 1
            listeners = list(self.listeners.get(class_id, []))
        for listener in listeners:
            listener(after)
        return after

    @contextmanager
    def replay(self, class_id: str) -> Iterator[Replay]:
        """Lends a class's past up to now, which nobody else uses meanwhile. Raises Problem "class_unknown" and
        "class_disk"."""
        with self.lock:
            self.room(class_id)
            found = self.replays.pop(class_id, None) or Replay(class_id, [])
            found.extend(self.journal.events(class_id, len(found.events)))
            self.replays[class_id] = found
            for old in list(self.replays)[:-MOST_REPLAYS]:
                del self.replays[old]
            yield found

    def subscribe(self, class_id: str, listener: Listener) -> Callable[[], None]:
        """Has `listener` called with the class after everything that happens in it, from any thread. Returns a function
        that ends it."""
        with self.lock:
            self.listeners.setdefault(class_id, []).append(listener)

        def leave() -> None:
            with self.lock:
                if listener in self.listeners.get(class_id, []):
                    self.listeners[class_id].remove(listener)

        return leave

    def runs(self) -> set[str]:
        """Returns the runs of all members and those of the trays: they are never tidied away while their class is
        kept."""
        with self.lock:
            members = [one for room in self.rooms.values() for one in room.members.values()]
            kept = {one.snapshot for room in self.rooms.values() for one in room.tray}
            return kept | {run for one in members for run in (one.run, *one.runs)}

    # --- rules

    def is_others(self, browser: Browser, run_id: str) -> bool:
        """Returns whether a run is that of a member of a class who is somebody else, or a snapshot of the tray. For a
        teacher none is."""
        owner = None if self.is_teacher(browser.teacher) else self._owner(run_id)
        if owner is None:
            return False
        room, member = owner
        mine = room.member_of(key_of(browser.student)) if browser.student else None
        return mine is None or mine.id != member.id or room.is_snapshot(run_id)

    def check_read(self, browser: Browser, run_id: str) -> None:
        """Raises Problem "class_foreign" where a browser may not look at a run: it is another's (`is_others`), and the
        class's teacher does not show it to all who are admitted."""
        if not self.is_others(browser, run_id):
            return
        owner = self._owner(run_id)
        mine = owner[0].member_of(key_of(browser.student)) if owner and browser.student else None
        if not (owner and mine and mine.admitted and owner[0].shown == run_id):
            raise Problem("class_foreign")

    def check_steer(self, browser: Browser, run_id: str, names: Iterable[str] = ()) -> None:
        """Raises Problem where a browser may not command a run, or change its choices `names`: "class_foreign" where it
        is another's (`is_others`); "class_paused" while the class is paused; "class_locked" for a choice that the
        teacher has locked. A teacher may steer every run."""
        if self.is_teacher(browser.teacher):
            return
        if self.is_others(browser, run_id):
            raise Problem("class_foreign")
        found = self.student(browser.student)
        if found is None:
            return
        room = found[0]
        if room.paused_until > self.clock():
            raise Problem("class_paused", seconds=max(1, round(room.paused_until - self.clock())))
        locked = sorted({*names} & {*room.lead.locked})
        if locked:
            raise Problem("class_locked", name=locked[0])

    def check_change(self, browser: Browser, run_id: str, values: Mapping[str, object]) -> None:
        """Raises Problem where a browser may not give a run these live choices, by name: those of `check_steer`, and
        "limit_updates" for a target that is too far."""
        self.check_steer(browser, run_id, values)
        target = values.get("n_updates")
        if isinstance(target, int):
            self.check_updates(browser, target)

    def check_network(self, browser: Browser, structure: Structure, n_networks: int = 1) -> None:
        """Raises Problem as Limits.check_network does where the browser is a student's."""
        if self._limited(browser):
            self.limits.check_network(structure, n_networks)

    def check_updates(self, browser: Browser, n_updates: int) -> None:
        """Raises Problem as Limits.check_updates does where the browser is a student's."""
        if self._limited(browser):
            self.limits.check_updates(n_updates)

    def check_training(self, browser: Browser, trains: Callable[[str], bool], but: Iterable[str] = ()) -> None:
        """Raises Problem as Limits.check_training does where the browser is a student's. `trains`: whether a run does.
        `but`: runs that do not count, as the command is theirs or puts an end to them."""
        if member := self._limited(browser):
            self.limits.check_training({*member.runs} - {*but}, trains)

    def check_jobs(self, browser: Browser, n_jobs: int) -> None:
        """Raises Problem as Limits.check_jobs does where the browser is a student's."""
        if self._limited(browser):
            self.limits.check_jobs(n_jobs)

    def check_size(self, browser: Browser, size: Callable[[], Size]) -> None:
        """Raises Problem as Limits.check_size does where the browser is a student's. `size` is called only there."""
        if self._limited(browser):
            self.limits.check_size(size())

    def _limited(self, browser: Browser) -> Member | None:
        """The member for whom the limits hold, None for everybody else."""
        found = None if self.is_teacher(browser.teacher) else self.student(browser.student)
        return found[1] if found else None

    def _owner(self, run_id: str) -> tuple[Room, Member] | None:
        with self.lock:
            return next(((room, one) for room in self.rooms.values() if (one := room.owner_of(run_id))), None)


def _new_codes(first: str) -> Iterator[str]:
    """Codes for a class that begin with `first`, drawn at random."""
    while True:
        yield first + "".join(secrets.choice(LETTERS) for _ in range(LENGTH - len(first)))
