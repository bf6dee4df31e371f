"""A PostgreSQL server for tests: that of the distribution, on a free port of loopback, with its data in a folder."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import free_port

USER = "postgres"  # the distribution makes this account: the server does not run as root


def programs() -> Path | None:
    """The folder of PostgreSQL's programs of the newest version, None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    known = shutil.which("initdb")
    return found[-1].parent if found else Path(known).parent if known else None


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a new server, without the name of a database. Without PostgreSQL the test is skipped, or fails
    where CI is set: there it must have run."""
    folder = programs()
    if folder is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL here (Debian: apt install postgresql)")
    as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    port, place = free_port(), Path(tempfile.mkdtemp(prefix="ladder-postgres-"))
    if as_user:
        shutil.chown(place, USER)

    def call(program: str, *words: str) -> None:
        done = subprocess.run(
            [*as_user, str(folder / program), *words], cwd="/", capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr

    try:
        call("initdb", "-D", str(place / "data"), "-A", "trust", "-U", "ladder", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {place} -c fsync=off"
        call("pg_ctl", "-D", str(place / "data"), "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://ladder@127.0.0.1:{port}"
        finally:
            call("pg_ctl", "-D", str(place / "data"), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)
