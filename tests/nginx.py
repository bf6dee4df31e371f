"""nginx in front of the app, for tests: the files of docs/deployment.md, on free ports of loopback."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import ROOT, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DOCUMENT = ROOT / "docs" / "deployment.md"
FRAME = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def documented(title: str) -> str:
    """The nginx file of the document that begins with the comment `title`."""
    blocks = re.findall(r"```nginx\n# (.*?)\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return dict(blocks)[title]


@contextmanager
def proxied(site: str, backend: str, folder: Path, *others: str) -> Iterator[dict[int, int]]:
    """nginx with a documented file in front of the app at `backend` (host and port), and of the apps at `others`;
    yields its port in place of each port of the file. Without nginx the test is skipped, or fails where CI is set:
    there it must have run."""
    if NGINX is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no nginx here (Debian: apt install nginx)")
    ports = {int(port): free_port() for port in set(re.findall(r"listen (\d+)", site))}
    site = re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{ports[int(found[1])]}", site)
    for i, place in enumerate((backend, *others)):
        assert f"127.0.0.1:{8501 + i}" in site
        site = site.replace(f"127.0.0.1:{8501 + i}", place)
    (folder / "nginx.conf").write_text(FRAME.format(folder=folder, site=site))
    words = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            assert server.poll() is None and time.monotonic() < deadline, (folder / "error.log").read_text()
            try:
                for port in ports.values():
                    socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield ports
    finally:
        server.terminate()
        server.wait(20)
