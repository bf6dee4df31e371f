"""Functions that the tests of processes call in processes of their own. Each gets a ParentLink first."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from ladder.processes import transport
from ladder.processes.transport import ParentEnded, ParentLink

MEGABYTE = bytes(1_000_000)


def echo(link: ParentLink) -> None:
    """Send every command back."""
    while True:
        link.send(link.receive())


def facts(link: ParentLink) -> None:
    """Tell what the process is like."""
    main = sys.modules["__main__"]
    found = {
        "path": sys.path,
        "script": getattr(main, "__file__", None),
        "threads": os.environ["OMP_NUM_THREADS"],
        "interrupt": signal.getsignal(signal.SIGINT),
        "input": sys.stdin.read(),
    }
    link.send(found | ({"niceness": os.nice(0)} if hasattr(os, "nice") else {}))


def flood(link: ParentLink, n: int) -> None:
    """Send n megabytes before the first command is asked for, then as many commands back."""
    for _ in range(n):
        link.send(MEGABYTE)
    echo(link)


def hang(link: ParentLink) -> None:
    """Take a command and say nothing any more."""
    link.receive()
    threading.Event().wait()


def raise_error(link: ParentLink) -> None:
    """End by a mistake."""
    link.receive()
    raise KeyError("a mistake of the process")


def come_to_an_end(link: ParentLink) -> None:
    """End after one command."""
    link.receive()


def abort(link: ParentLink) -> None:
    """End as by a library's crash."""
    link.receive()
    os._exit(3)


def talk_nonsense(link: ParentLink) -> None:
    """Send what nobody can unpack, and go on."""
    link.receive()
    link._connection.send_bytes(b"nonsense")
    echo(link)


def end_at(link: ParentLink, last: str) -> None:
    """Answer commands, and end in the middle of `last`."""
    while (command := link.receive()) != last:
        link.send(command)
    link.send(command)
    os._exit(1)


def clean_up(link: ParentLink, path: Path) -> None:
    """Write the number of commands to a file at the end."""
    n = 0
    try:
        while True:
            link.receive()
            n += 1
    except ParentEnded:
        time.sleep(0.2)
        path.write_text(str(n))
        raise


def hang_without_parent(link: ParentLink, path: Path) -> None:
    """Write the process's number to a file, then hear nothing any more, with little grace."""
    transport.GRACE_SECONDS = 0.2
    path.write_text(str(os.getpid()))
    threading.Event().wait()
