"""`python -m ladder serve`: a free port, the address for the room, a clean end, and a sentence for what fails."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from browsing import free_port
from farming import ROOT

from ladder import __main__
from ladder.cli import serve
from ladder.problems import Problem

LISTENS = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.server.stops = True
with http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer) as server:
    server.handle_request()
"""


@pytest.fixture
def taken():
    """A port at which somebody listens."""
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]


def test_a_port_that_is_taken_is_one_sentence(taken, capsys):
    assert __main__.main(["serve", "--port", str(taken)]) == 2
    told = capsys.readouterr()
    assert str(taken) in told.err and told.err.count("\n") == 1 and told.out == ""


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(Problem, match="bad_whole"):
        serve.free_port(port)


def test_the_first_free_port_is_taken_and_any_other_where_all_are_taken(taken, monkeypatch):
    monkeypatch.setattr(serve, "FIRST_PORT", taken)
    assert taken < serve.free_port(None) < taken + serve.N_PORTS
    monkeypatch.setattr(serve, "N_PORTS", 1)
    assert serve.free_port(None) != taken


def test_a_qr_code_is_left_out_where_its_letters_cannot_be_written():
    assert "\N{LOWER HALF BLOCK}" in serve.qr_code("http://192.168.1.5:8501/", "utf-8")
    assert serve.qr_code("http://192.168.1.5:8501/", "cp1252") == ""


@pytest.mark.parametrize(
    ("words", "hosts", "spoken", "said"),
    [
        (["--class"], [], "C", "in no network"),
        ([], ["192.168.1.5"], "C", "For the room: http://192.168.1.5:{port}/\n"),
        (["--class"], ["192.168.1.5"], "C", "For the room: http://192.168.1.5:{port}/class?code=ABCDE\n"),
        ([], ["192.168.1.5"], "zh_CN.UTF-8", "教室里的其他人打开：http://192.168.1.5:{port}/\n"),
    ],
)
def test_the_browser_opens_and_the_room_has_its_address(words, hosts, spoken, said, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", spoken)
    opened, drawn, port = [], [], free_port()

    def started(port, code_file):
        if code_file:
            code_file.write_text("ABCDE")
        return subprocess.Popen([sys.executable, "-c", LISTENS, str(port)])

    monkeypatch.setattr(serve, "_started", started)
    monkeypatch.setattr(serve, "qr_code", lambda address: drawn.append(address) or "")
    monkeypatch.setattr(serve.reach, "machine_addresses", lambda: hosts)
    monkeypatch.setattr(serve.webbrowser, "open", opened.append)
    assert __main__.main(["serve", *words, "--port", str(port)]) == 0
    assert opened == [f"http://localhost:{port}/{'class' if words else ''}"]
    assert said.format(port=port) in capsys.readouterr().out
    assert drawn == ([f"http://192.168.1.5:{port}/class?code=ABCDE"] if words and hosts else [])


@pytest.mark.parametrize("number", serve.ENDINGS)
def test_the_server_ends_with_the_process_that_started_it(number, monkeypatch):
    began, before = [], signal.getsignal(number)

    def started(port, code_file):
        began.append(subprocess.Popen([sys.executable, "-c", f"{LISTENS}\n    server.serve_forever()", str(port)]))
        return began[0]

    monkeypatch.setattr(serve, "_started", started)
    monkeypatch.setattr(serve, "_tell", lambda port, code_file: os.kill(os.getpid(), number))
    assert __main__.main(["serve", "--no-browser", "--port", str(free_port())]) == 0
    assert began[0].poll() is not None and signal.getsignal(number) == before


def test_it_serves_a_class_from_any_folder_and_ends_with_ctrl_c(tmp_path):
    (tmp_path / "file").touch()
    port = free_port()
    around = os.environ | {"PYTHONPATH": str(ROOT), "LADDER_RUNS": "file/runs", "LADDER_WORKERS": "1"}
    words = [sys.executable, "-m", "ladder", "serve", "--class", "--no-browser", "--port", str(port)]
    # A suite that runs in the background hands on that Ctrl+C means nothing.
    heeding = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
    with subprocess.Popen(
        words,
        cwd=tmp_path,
        env=around,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        preexec_fn=heeding,
    ) as server:
        assert server.stdout
        said: list[str] = []
        for line in server.stdout:
            said.append(line)
            if "firewall" in line or "no network" in line:
                break
        server.send_signal(signal.SIGINT)
        said += server.stdout.readlines()
    whole = "".join(said)
    assert server.returncode == 0 and "Traceback" not in whole
    assert [whole.count(one) for one in ("Teacher code: ", "Class code: ", "cannot be written")] == [1, 1, 1]
    code = whole.partition("Class code: ")[2].partition(" ")[0]
    assert "For the room" not in whole or f"/class?code={code}\n" in whole
    assert f"{tmp_path}/file/runs" in whole and f"http://localhost:{port}/" in whole
    assert serve.free_port(port) == port  # nobody listens there any more


def test_a_server_that_cannot_start_says_why_and_hands_on_its_status(tmp_path):
    around = os.environ | {"LADDER_RUNS": str(tmp_path), "LADDER_WORKERS": "none"}
    words = [sys.executable, "-m", "ladder", "serve", "--no-browser", "--port", str(free_port())]
    ended = subprocess.run(words, cwd=ROOT, env=around, capture_output=True, text=True)
    assert ended.returncode == 1 and "LADDER_WORKERS" in ended.stderr and "Traceback" not in ended.stderr
