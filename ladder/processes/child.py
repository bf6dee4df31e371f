"""What runs in a process that `spawn.start` started: it connects to its parent, and calls the function that it is
sent."""

import contextlib
import faulthandler
import os
import pkgutil
import signal
import sys

from ladder.processes.spawn import PipeEnd
from ladder.processes.transport import ParentEnded, ParentLink, Start


def main() -> None:
    """Runs the process. sys.argv: -c, handle of the connection, niceness, name. The first message is a Start: it names
    a function, as "module:function", and its arguments. The function is called with the ParentLink and these arguments.
    The process ends when the function returns, and when the ParentLink raises ParentEnded in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Ctrl-C the parent ends its processes in good order
    faulthandler.enable()  # a crash inside a library is written to the parent's stderr
    if sys.platform != "win32":  # where spawn.start has set the priority
        os.nice(int(sys.argv[2]))
    link = ParentLink(_connection(int(sys.argv[1])))
    with contextlib.suppress(ParentEnded):
        start = link.receive()
        assert isinstance(start, Start)
        pkgutil.resolve_name(start.target)(link, *start.arguments)


def _connection(handle: int) -> PipeEnd:
    """Returns the inherited side of the pipe. Processes that this one starts do not inherit it."""
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, False)
    else:
        os.set_inheritable(handle, False)
    return PipeEnd(handle)
