"""Streamlit's scripts are served compressed where the browser takes that; all else is left to Streamlit."""

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from ladder.server.assets import CompressedAssets
from ladder.ui import hosting

SCRIPT = "const a = 1; // " + "long " * 500


@pytest.fixture
def client(tmp_path):
    """The middleware around a server that has no files: who asks it gets 404."""
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "static" / "js" / "a.js").write_text(SCRIPT)
    (tmp_path / "static" / "font.woff2").write_bytes(b"font" * 500)
    (tmp_path / "secret.js").write_text("never")
    with TestClient(Starlette(middleware=[Middleware(CompressedAssets, folder=tmp_path, base="/lab")])) as made:
        yield made


def test_a_script_is_compressed_and_whole(client):
    answer = client.get("/lab/static/js/a.js")
    assert answer.headers["content-encoding"] == "gzip" and int(answer.headers["content-length"]) < 200
    assert answer.text == SCRIPT
    assert "javascript" in answer.headers["content-type"] and "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "name", ["font.woff2", "js/b.js", "js", "%2e%2e/secret.js", "js/%2e%2e/%2e%2e/secret.js", "/etc/passwd.js"]
)
def test_all_else_is_left_to_streamlit(client, name):
    assert client.get(f"/lab/static/{name}").status_code == 404


def test_a_browser_that_takes_no_gzip_is_left_to_streamlit(client):
    assert client.get("/lab/static/js/a.js", headers={"accept-encoding": "identity"}).status_code == 404
    assert client.get("/static/js/a.js").status_code == 404


def test_streamlit_s_page_asks_for_its_scripts_there():
    page = (hosting.web_folder() / "index.html").read_text()
    names = re.findall(r'(?:src|href)="\./(static/[^"]+\.(?:js|css))"', page)
    assert names and all((hosting.web_folder() / name).is_file() for name in names)
