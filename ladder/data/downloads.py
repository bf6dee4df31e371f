"""Explicit downloads of the datasets that are too large to ship, each file checked against its SHA-256."""

import errno
import logging
from contextlib import suppress
from pathlib import Path

import pooch
import requests

from ladder.problems import Problem

# dataset -> (folder of its files on the web, {file: SHA-256 of the compressed file})
SOURCES: dict[str, tuple[str, dict[str, str]]] = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ),
    "fashion-mnist": (
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aab5c3cd6d1c2608764d35dfb1850b086bf8dd5f",
        },
    ),
}
TIMEOUT_SECONDS = 30


def fetch(name: str, folder: Path, base: str | None = None, files: dict[str, str] | None = None) -> None:
    """Downloads the files of dataset `name` (a key of SOURCES) into `folder`; files that are there already, and whole,
    are kept. Shows a progress bar.

    `base` (an address that ends in "/") and `files` (name -> SHA-256) replace those of SOURCES, for another mirror. A
    file appears under its name only when it is complete and its checksum is right. After a Problem an empty `folder` is
    removed.

    Raises Problem download_none (the dataset has no download), download_failed (network), download_damaged (checksum)
    or file (the folder cannot be written).
    """
    if name not in SOURCES:
        raise Problem("download_none", name=name, choices=", ".join(SOURCES))
    source, published = SOURCES[name]
    pooch.get_logger().setLevel(logging.WARNING)
    store = pooch.create(folder, base or source, registry={f: f"sha256:{h}" for f, h in (files or published).items()})
    download = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT_SECONDS)
    try:
        for file in store.registry:
            _fetch_file(store, file, download)
    except Problem:
        with suppress(OSError):
            folder.rmdir()  # unless something is in it
        raise


def _fetch_file(store: pooch.Pooch, file: str, download: pooch.HTTPDownloader) -> None:
    try:
        store.fetch(file, downloader=download)
    except requests.RequestException as error:
        if error.response is not None:
            error.response.close()  # pooch leaves the connection of a refused request open
        raise Problem("download_failed", file=file, reason=_reason(error)) from error
    except ValueError as error:  # pooch's word for a wrong checksum
        raise Problem("download_damaged", file=file) from error
    except OSError as error:  # no place left, no permission, a file where the folder should be
        raise Problem("file", name=str(store.path), reason=_reason(error)) from error


def _reason(error: BaseException) -> str:
    """The operating system's reason at the end of a chain of causes, or the server's answer: "Connection refused"."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{error.response.status_code} {error.response.reason}"
    seen: BaseException | None = error
    while seen is not None:
        for one in (seen, *seen.args, getattr(seen, "reason", None)):
            if isinstance(one, OSError) and one.errno in errno.errorcode:
                return one.strerror or str(one)
        seen = seen.__cause__ or seen.__context__
    return str(error)[:200]
