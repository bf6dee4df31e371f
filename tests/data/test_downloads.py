"""Downloads against a server on this machine: right, damaged, cut off, absent."""

import errno
import functools
import hashlib
import http.client
import http.server
import threading
from pathlib import Path

import pooch
import pytest

from ladder.data import downloads
from ladder.data.datasets import DATASETS
from ladder.problems import Problem

CONTENT = b"some pixels" * 1000
GOOD = {"images.gz": hashlib.sha256(CONTENT).hexdigest()}


@pytest.fixture
def server(tmp_path):
    """The address of a folder served on the loopback interface."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/cut.gz":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:100])
            self.close_connection = True

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
    "files, key", [({"images.gz": "0" * 64}, "download_damaged"), ({"other.gz": "0" * 64}, "download_failed")]
)
def test_what_is_wrong_is_said_and_nothing_is_left(server, tmp_path, files, key):
    folder = tmp_path / "data"
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", folder, server, files)
    assert caught.value.key == key
    assert not folder.exists()


def test_a_refusal_is_told_in_the_server_s_words(server, tmp_path):
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "data", server, {"other.gz": "0" * 64})
    assert caught.value.values["reason"] == "404 File not found"


def test_no_network_and_unknown_names_are_sentences(tmp_path):
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "data", "http://127.0.0.1:1/")
    assert caught.value.key == "download_failed"
    assert caught.value.values["reason"] == "Connection refused"
    with pytest.raises(Problem) as caught:
        downloads.fetch("digits", tmp_path)
    assert caught.value.key == "download_none"


def test_a_cut_off_download_leaves_what_was_there(server, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "cut.gz").write_bytes(b"an older file")
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", folder, server, {"cut.gz": GOOD["images.gz"]})
    assert caught.value.key in ("download_damaged", "download_failed")
    assert [(path.name, path.read_bytes()) for path in folder.iterdir()] == [("cut.gz", b"an older file")]


def test_a_connection_that_breaks_is_not_the_folder_s_fault(server, tmp_path, monkeypatch):
    def broken(answer, n):
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    monkeypatch.setattr(http.client.HTTPResponse, "read", broken)
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "data", server, {"images.gz": GOOD["images.gz"]})
    assert caught.value.key == "download_failed" and caught.value.values["reason"] == "No route to host"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(server, tmp_path, monkeypatch):
    def full(downloader, address, partial, store):
        Path(partial).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", full)
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "data", server, GOOD)
    assert caught.value.key == "file" and caught.value.values["reason"] == "No space left on device"
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Problem) as caught:
        downloads.fetch("mnist", tmp_path / "taken", "http://127.0.0.1:1/")
    assert caught.value.key == "file"


def test_the_checksums_are_one_for_each_of_the_four_files():
    for name, (_, published) in downloads.SOURCES.items():
        assert {file.removesuffix(".gz") for file in published} == set(DATASETS[name].parts)
        assert len(set(published.values())) == 4 and all(len(checksum) == 64 for checksum in published.values())


def test_every_download_is_encrypted():
    assert all(base.startswith("https://") for base, _ in downloads.SOURCES.values())
