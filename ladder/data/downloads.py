"""Explicit downloads of the datasets that are too large to ship, with their published checksums."""

import hashlib
import http.client
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from tqdm import tqdm

from ladder.problems import Problem

# file -> md5 of the compressed file, as published with each dataset
SOURCES = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        {
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        {
            "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
            "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
            "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
}
TIMEOUT_SECONDS = 30
BLOCK = 1 << 16


def fetch(name: str, folder: Path, base: str | None = None, files: dict[str, str] | None = None) -> None:
    """Bring the four files of `name` into `folder`; those already there and whole are kept.

    `base` and `files` (name -> md5) stand in for another mirror. A file appears under its name only when it is complete
    and its checksum is right. Problem if the name has no download, the network fails, a file arrives damaged, or the
    folder cannot be written.
    """
    if name not in SOURCES:
        raise Problem("download_none", name=name, choices=", ".join(SOURCES))
    source, published = SOURCES[name]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, checksum in (files or published).items():
            target = folder / file
            if not (target.is_file() and hashlib.md5(target.read_bytes()).hexdigest() == checksum):
                _fetch_file((base or source) + file, target, checksum)
    except Problem:
        with suppress(OSError):
            folder.rmdir()  # unless something is in it
        raise
    except OSError as error:  # no place left, no permission, a file where the folder should be
        raise Problem("file", name=str(folder), reason=error.strerror or str(error)) from error


def _fetch_file(address: str, target: Path, checksum: str) -> None:
    partial = target.with_suffix(".part")
    try:
        found = _copy(address, partial, target.name)
        if found != checksum:
            raise Problem("download_damaged", file=target.name, found=found, expected=checksum)
        partial.replace(target)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the answer's connection
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        raise Problem("download_failed", file=target.name, reason=str(reason)) from error
    finally:
        partial.unlink(missing_ok=True)


def _read(answer) -> bytes:
    try:
        return answer.read(BLOCK)
    except OSError as error:  # no route, a broken encryption: not the folder's fault
        raise ConnectionError(error.strerror or str(error)) from error


def _copy(address: str, partial: Path, label: str) -> str:
    """Copy into `partial`; returns the md5 of what came. ConnectionError for whatever ends the connection meanwhile."""
    digest = hashlib.md5()
    with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer, partial.open("wb") as file:
        size = int(answer.headers.get("Content-Length") or 0) or None
        with tqdm(total=size, unit="B", unit_scale=True, desc=label) as bar:
            while block := _read(answer):
                digest.update(block)
                file.write(block)
                bar.update(len(block))
    return digest.hexdigest()
