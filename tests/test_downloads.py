"""Downloads against a server on this machine: right, damaged, cut off, absent."""

import functools
import hashlib
import http.server
import threading

import pytest

from ladder import downloads
from ladder.problems import Problem

CONTENT = b"some pixels" * 1000
GOOD = {"images.gz": hashlib.md5(CONTENT).hexdigest()}


@pytest.fixture
def server(tmp_path):
    """The address of a folder served on the loopback interface."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words):
            pass

    served = tmp_path / "served"
    served.mkdir()
    (served / "images.gz").write_bytes(CONTENT)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=served)) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()


def test_a_whole_file_arrives_and_is_not_fetched_twice(server, tmp_path):
    folder = tmp_path / "data"
    downloads.fetch("mnist", folder, server, GOOD)
    assert (folder / "images.gz").read_bytes() == CONTENT
    downloads.fetch("mnist", folder, "http://127.0.0.1:1/", GOOD)  # nobody listens there


@pytest.mark.parametrize(
    "files, key", [({"images.gz": "0" * 32}, "download_damaged"), ({"other.gz": "0" * 32}, "download_failed")]
)
def test_what_is_wrong_is_said_and_nothing_is_left(server, tmp_path, files, key):
    folder = tmp_path / "data"
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", folder, server, files)
    assert caught.value.key == key
    assert list(folder.iterdir()) == []


def test_no_network_and_unknown_names_are_sentences(tmp_path):
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "data", "http://127.0.0.1:1/")
    assert caught.value.key == "download_failed"
    with pytest.raises(Problem) as caught:
        downloads.fetch("digits", tmp_path)
    assert caught.value.key == "download_none"
