"""The one transport between the server and its processes: commands go down, messages come up, and the server never
waits on a pipe.

`ChildProcess` is the server's half and `ParentLink` the process's half. Both sides send Python values that can be
pickled. Each command is acknowledged after it was carried out, and the messages that it caused arrive before that. When
a process ends, its owner learns from this which commands may be lost.

Two kinds of hanging are noticed. A frozen process does not answer a ping; a thread of its own would answer also in the
middle of a command. A process that is caught in a command does not acknowledge it; but some commands take long.
"""

import logging
import os
import pickle
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue

from ladder.processes import spawn
from ladder.processes.spawn import PipeEnd

GRACE_SECONDS = 10.0  # a process that has lost its parent may take this long to end
START_SECONDS = 600.0  # a process may take this long to load its libraries, as from a network drive
EXIT_SECONDS = 2.0  # between the end of a process's connection and the end of the process itself
LOOK_SECONDS = 15.0  # between two checks whether a process hangs
SILENT_SECONDS = 60.0  # without an answer to a ping: it is frozen

log = logging.getLogger(__name__)


class ParentEnded(EOFError):
    """The parent has ended, or it has asked this process to stop."""


@dataclass(frozen=True)
class Start:
    """The first command of every process: call the function `target`, written "module:function"."""

    target: str
    arguments: tuple[object, ...]


class Signal(Enum):
    """What the two halves say to each other beside commands and messages."""

    PING = "ping"  # down: say that you are alive
    ALIVE = "alive"  # up: the process runs, whatever it does
    STOP = "stop"  # down: end in good order
    DONE = "done"  # up: the oldest command that was not acknowledged is carried out


class ChildProcess:
    """A process of the program's own as its parent holds it. It starts at once.

    In the process `target` ("module:function") is called with a ParentLink and `arguments`. `receive` gets each of its
    messages. `ended` is called once, when the process has ended for whatever reason. Both are called from a thread of
    this object, and an exception in them is logged. `name`: for logs and lists of processes; `niceness`: see
    spawn.start. A process that answers no ping for SILENT_SECONDS, or acknowledges no command for `patience` seconds
    although it has one, is killed; while it starts, both limits are START_SECONDS. Raises OSError where the system has
    no room for a process.
    """

    def __init__(
        self,
        target: str,
        arguments: tuple[object, ...],
        receive: Callable[[object], None],
        ended: Callable[[], None],
        *,
        name: str,
        niceness: int,
        patience: float,
    ):
        self.name, self._patience = name, patience
        self._receive, self._tell_ended = receive, ended
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._lock = threading.Lock()  # keeps the order of outbox and _unacknowledged the same
        self._unacknowledged: deque[object] = deque()
        self._n_heard = self._n_done = 0  # messages so far, and acknowledgements among them
        self._over = threading.Event()
        self._process, self._connection = spawn.start(name, niceness)
        self.send(Start(target, arguments))
        self._writer = self._thread(self._write, "writer")
        self._thread(self._read, "reader")
        self._thread(self._watch, "watch")

    def _thread(self, target: Callable[[], None], role: str) -> threading.Thread:
        thread = threading.Thread(target=target, daemon=True, name=f"{self.name}-{role}")
        thread.start()
        return thread

    @property
    def pid(self) -> int:
        """Returns the process's number."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Returns whether the process has ended. It is true before the function `ended` is called."""
        return self._over.is_set()

    @property
    def exit_code(self) -> int | None:
        """Returns the exit status, negative for a signal; None while the process runs."""
        return self._process.poll()

    def send(self, command: object) -> None:
        """Sends a command, as it is now, and returns at once. A process that has ended takes no command, which then
        stays among `unacknowledged`."""
        content = pickle.dumps(command, pickle.HIGHEST_PROTOCOL)
        with self._lock:
            if command is not Signal.PING:
                self._unacknowledged.append(command)
            self._outbox.put(content)

    def unacknowledged(self) -> list[object]:
        """Returns the commands that were not carried out or may not have been, in the order in which they were sent."""
        with self._lock:
            return [command for command in self._unacknowledged if not isinstance(command, (Start, Signal))]

    def ask_to_stop(self) -> None:
        """Asks the process to end in good order, after the commands that it has; returns at once."""
        self.send(Signal.STOP)

    def stop(self, seconds: float) -> None:
        """Has the process end in good order, and waits for it. After `seconds` it is killed."""
        self.ask_to_stop()
        if not self._over.wait(seconds):
            self.kill()
            self._over.wait(EXIT_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Waits for the end of the process, for `seconds` at most. Returns whether it has ended."""
        return self._over.wait(seconds)

    def kill(self) -> None:
        """Ends the process by force; returns at once."""
        self._process.kill()

    # --- threads

    def _write(self) -> None:
        while (content := self._outbox.get()) is not None:
            try:
                self._connection.send_bytes(content)
            except OSError:  # the reader notices as well
                return

    def _read(self) -> None:
        try:
            while True:
                self._take(self._connection.recv())
        except (EOFError, OSError):
            pass
        except Exception:  # somebody may wait for the message that cannot be unpacked
            log.exception("%s sent what cannot be understood", self.name)
            self.kill()
        self._end()

    def _take(self, message: object) -> None:
        self._n_heard += 1
        if message is Signal.ALIVE:
            return
        if message is Signal.DONE:
            with self._lock:
                self._unacknowledged.popleft()
                self._n_done += 1
            return
        try:
            self._receive(message)
        except Exception:  # the other messages of this process must still arrive
            log.exception("a message of %s failed", self.name)

    def _end(self) -> None:
        try:
            self._process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._outbox.put(None)
        self._writer.join()
        self._connection.close()
        self._over.set()
        try:
            self._tell_ended()
        except Exception:
            log.exception("the end of %s was not understood", self.name)

    def _watch(self) -> None:
        silence = Silence(self._patience)
        while not self._over.wait(LOOK_SECONDS):
            with self._lock:
                waiting = bool(self._unacknowledged)
                starting = waiting and isinstance(self._unacknowledged[0], Start)
            if silence.hangs(self._n_heard, self._n_done, waiting, starting):
                log.warning("%s does not answer any more and is ended", self.name)
                self.kill()
                return
            self.send(Signal.PING)


class Silence:
    """Decides whether a process hangs, which is looked at, and sent a ping, every LOOK_SECONDS. Looks are counted
    instead of seconds: a computer that slept for hours has looked once meanwhile. `patience`: see ChildProcess."""

    def __init__(self, patience: float):
        self._patience = patience
        self._heard = self._done = -1
        self._n_silent = self._n_caught = 0  # looks so far without a message, and without an acknowledgement

    def hangs(self, heard: int, done: int, waiting: bool, starting: bool) -> bool:
        """Takes one look and returns whether the process hangs. `heard`: its messages so far. `done`: its
        acknowledgements so far. `waiting`: whether it has a command that it has not acknowledged. `starting`: whether
        that is its first command, for which its libraries have to be loaded."""
        self._n_silent = self._n_silent + 1 if heard == self._heard else 0
        self._n_caught = self._n_caught + 1 if waiting and done == self._done else 0
        self._heard, self._done = heard, done
        limits = (START_SECONDS, START_SECONDS) if starting else (SILENT_SECONDS, self._patience)
        return self._n_silent * LOOK_SECONDS >= limits[0] or self._n_caught * LOOK_SECONDS >= limits[1]


class ParentLink:
    """The parent as one of its processes sees it: `receive` returns commands, `send` sends messages.

    A thread of its own reads, so that the process knows at any time whether a command waits and whether its parent
    still runs. `send` writes at once: where the parent is slow to read, the process waits instead of filling its
    memory.
    """

    def __init__(self, connection: PipeEnd):
        self._connection = connection
        self._inbox: SimpleQueue[object] = SimpleQueue()
        self._sending = threading.Lock()  # one message at a time
        self._owing = False  # whether a command is to be acknowledged
        threading.Thread(target=self._read, daemon=True, name="parent-reader").start()

    def receive(self, timeout: float | None = None) -> object | None:
        """Returns the next command, or None if there is none for `timeout` seconds (None: without a limit). The call
        acknowledges the command before. Raises ParentEnded where the parent has ended, or has asked this process to
        stop and the commands before that are done."""
        if self._owing:
            self._owing = False
            self.send(Signal.DONE)
        try:
            command = self._inbox.get(timeout=timeout)
        except Empty:
            return None
        if command is Signal.STOP:
            self._inbox.put(command)  # for the next call
            raise ParentEnded
        self._owing = True
        return command

    def waiting(self) -> bool:
        """Returns whether `receive` would return a command, or raise ParentEnded, at once."""
        return not self._inbox.empty()

    def send(self, message: object) -> None:
        """Sends a message. Raises ParentEnded where the parent has ended."""
        try:
            with self._sending:
                self._connection.send(message)
        except OSError as error:
            raise ParentEnded from error

    def _read(self) -> None:
        try:
            while True:
                command = self._connection.recv()
                if command is Signal.PING:
                    self.send(Signal.ALIVE)
                else:
                    self._inbox.put(command)
        except (EOFError, OSError):
            pass
        except Exception:  # without the lost command, process and parent would disagree
            log.exception("a command cannot be understood")
        self._inbox.put(Signal.STOP)
        time.sleep(GRACE_SECONDS)
        os._exit(1)  # nobody waits any more for what this process still does
