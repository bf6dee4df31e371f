"""`python -m ladder serve`: the server for a room, with the address that the room types."""

import argparse
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import segno

from ladder import i18n
from ladder.cli.options import Commands
from ladder.problems import Problem
from ladder.server import reach

ROOT = Path(__file__).parents[2]
FIRST_PORT, N_PORTS = 8501, 20  # Streamlit's own, and how many are tried after it
MOST_PORT = 65535
FOLDERS = "LADDER_RUNS", "LADDER_DATA", "LADDER_LESSONS"  # may be given from where the command is typed
LISTENED = "0.0.0.0", "127.0.0.1"  # a port is free where nobody listens at either
LOOK_SECONDS = 0.3  # between two looks whether the server answers
END_SECONDS = 30.0  # that the server has to save its runs
# What ends this process beside Ctrl-C: a command, and a window that is closed, which Windows has no signal for.
ENDINGS = [found for name in ("SIGTERM", "SIGHUP") if (found := getattr(signal, name, None))]
OPTIONS = (
    "--server.headless=true",
    "--server.address=0.0.0.0",
    "--server.baseUrlPath=",
    "--logger.hideWelcomeMessage=true",
)


def register(commands: Commands) -> None:
    """Adds the command `serve` with its options."""
    about = i18n.text("cli.serve.about", "en")
    serve = commands.add_parser("serve", help=about, description=about)
    serve.add_argument("--class", dest="has_class", action="store_true", help=i18n.text("cli.serve.class", "en"))
    serve.add_argument("--port", type=int, help=i18n.text("cli.serve.port", "en", first=FIRST_PORT))
    serve.add_argument("--no-browser", action="store_true", help=i18n.text("cli.serve.no_browser", "en"))


def serve(arguments: argparse.Namespace) -> int:
    """Runs the server until it ends, Ctrl-C is pressed or one of ENDINGS comes. Returns its exit status, 0 after the
    latter two. Raises Problem "no_checkout" for a package that pip has installed, and those of `free_port`."""
    if not (ROOT / "app.py").is_file():
        raise Problem("no_checkout", folder=str(ROOT))
    port = free_port(arguments.port)
    print(i18n.text("cli.serve.starting", i18n.of_system()), flush=True)
    with tempfile.TemporaryDirectory(prefix="ladder-serve-") as folder:
        return _served(port, Path(folder, "code") if arguments.has_class else None, not arguments.no_browser)


def _served(port: int, code_file: Path | None, opens: bool) -> int:
    """Runs the server as `serve` does. `code_file`: where it writes the code of its class, None for a server without
    one. `opens`: whether the page is opened here."""
    with _heeded():
        return _run(_started(port, code_file), port, code_file, opens)


@contextmanager
def _heeded() -> Iterator[None]:
    """Has ENDINGS do what Ctrl-C does."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, end) for one in ENDINGS}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _run(server: subprocess.Popen[bytes], port: int, code_file: Path | None, opens: bool) -> int:
    """Runs a server that has begun; see `_served`."""
    try:
        if _answers(server, port):
            _tell(port, code_file)
            if opens:
                webbrowser.open(f"http://localhost:{port}/{reach.CLASS_PAGE if code_file else ''}")
        return server.wait()
    except KeyboardInterrupt:
        with suppress(OSError):  # the window may be gone
            print(i18n.text("cli.serve.ending", i18n.of_system()), flush=True)
        return _ended(server)
    finally:
        if server.poll() is None:
            server.kill()


def free_port(wanted: int | None) -> int:
    """Returns the port for the server: `wanted`, or the first free one from FIRST_PORT on, or any other where N_PORTS
    are taken. Raises Problem "bad_whole" for what is no port, and "port_taken" where `wanted` cannot be used."""
    if wanted is None:
        found = (port for port in range(FIRST_PORT, FIRST_PORT + N_PORTS) if not _hindrance(port))
        return next(found, None) or _any_port()
    if not 1 <= wanted <= MOST_PORT:
        raise Problem("bad_whole", name="--port", value=str(wanted), low="1", high=str(MOST_PORT))
    if reason := _hindrance(wanted):
        raise Problem("port_taken", port=wanted, reason=reason)
    return wanted


def _hindrance(port: int) -> str:
    """Why a server cannot listen at a port, "" where it can."""
    for host in LISTENED:
        with socket.socket() as tried:
            if os.name != "nt":  # there the option would take the port from another server
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, port))
            except OSError as error:
                return error.strerror or str(error)
    return ""


def _any_port() -> int:
    with socket.socket() as free:
        free.bind((LISTENED[0], 0))
        return int(free.getsockname()[1])


def _started(port: int, code_file: Path | None) -> subprocess.Popen[bytes]:
    """The server's process. Streamlit reads its configuration from the working directory, which is the project's. A
    window that is closed tells every process in it: this one then ends the server, which saves its runs."""
    absolute = {name: str(Path(os.environ[name]).absolute()) for name in FOLDERS if os.environ.get(name)}
    environment = os.environ | absolute | ({"LADDER_CLASS": "1", reach.CODE_FILE: str(code_file)} if code_file else {})
    words = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), f"--server.port={port}", *OPTIONS]
    closing = [(one, signal.signal(one, signal.SIG_IGN)) for one in ENDINGS if one != signal.SIGTERM]
    try:
        return subprocess.Popen(words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    finally:
        for one, handler in closing:
            signal.signal(one, handler)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Waits until the server answers. False where it has ended instead; it has said why."""
    while server.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/health")
            asked.getresponse().read()
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _tell(port: int, code_file: Path | None) -> None:
    """Prints where the server is found; for a class the links by which students join it, and the likeliest as a QR
    code."""
    here = f"http://localhost:{port}/"
    print(i18n.text("cli.serve.here", i18n.of_system(), address=here), flush=True)
    try:
        found = reach.addresses(here, reach.CLASS_PAGE if code_file else "", reach.Server(port=port))
    except Problem:
        print(i18n.text("cli.serve.offline", i18n.of_system()), flush=True)
        return
    if code_file and code_file.exists():
        code = code_file.read_text(encoding="utf-8")
        found = [reach.with_code(address, code) for address in found]
    for address in found:
        print(i18n.text("cli.serve.room", i18n.of_system(), address=address), flush=True)
    if code_file:
        print(qr_code(found[0]), end="", flush=True)
    print(i18n.text("cli.serve.firewall", i18n.of_system(), port=port), flush=True)


def qr_code(address: str, encoding: str | None = None) -> str:
    """Returns an address as a QR code of half blocks for a terminal, "" where `encoding`, by default standard output's,
    has no such letters."""
    drawn = io.StringIO()
    segno.make(address, error="l", micro=False).terminal(out=drawn, compact=True)
    try:
        drawn.getvalue().encode(encoding or sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return ""
    return drawn.getvalue()


def _ended(server: subprocess.Popen[bytes]) -> int:
    """Ends the server and waits until it has saved its runs. A terminal has sent Ctrl-C to the server too; Windows has
    no gentle way to ask a second time."""
    if os.name != "nt":
        server.terminate()
    with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
        server.wait(END_SECONDS)
    return 0
