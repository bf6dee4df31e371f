"""What runs in a process that `spawn.start` started: it joins its parent, and calls the function that it is sent."""

import contextlib
import faulthandler
import os
import pkgutil
import signal
import sys

from ladder.processes.spawn import PipeEnd
from ladder.processes.transport import ParentEnded, ParentLink, Start


def main() -> None:
    """The process, from sys.argv [-c, handle of the connection, niceness, name]. The first message names a function, as
    "module:function", and its arguments; it gets the ParentLink before these. The process ends when the function
    returns, or when it asks for a command and there is no parent any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's, which ends its processes in good order
    faulthandler.enable()  # a library's crash leaves a word in the parent's log
    if sys.platform != "win32":  # which has classes of priority, and knew this one's when it started the process
        os.nice(int(sys.argv[2]))
    link = ParentLink(_connection(int(sys.argv[1])))
    with contextlib.suppress(ParentEnded):
        start = link.receive()
        assert isinstance(start, Start)
        pkgutil.resolve_name(start.target)(link, *start.arguments)


def _connection(handle: int) -> PipeEnd:
    """The inherited side of the pipe; processes that this one starts do not inherit it."""
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, False)
    else:
        os.set_inheritable(handle, False)
    return PipeEnd(handle)
