"""The door for a person's file: what it is, what it is packed in, and which file of this folder reads it.

The content tells what a file is; its name is for sentences and for where the content leaves two answers.
"""

import io
import re
import zipfile
from pathlib import PurePosixPath

from ladder.data import array_files, delimited, idx, images, spreadsheets, typed_tables
from ladder.data.packed import File, Zip, beginning, shown, stream_kind, unpacked
from ladder.data.source import Reading, Source
from ladder.problems import Problem

MOST_BYTES = 64_000_000  # of a file as it is given
MOST_LAYERS = 2  # of packing, as a CSV in a gz in a zip
_MOST_IDX = 4  # images and labels, to train and to test
_SHOWN = 8  # files that a sentence names

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # begins the files of Microsoft's programs before 2007
_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!--|(!doctype|\?xml|html|head|body|table|script)\b)", re.IGNORECASE)
_JSON = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*["}]|\[\s*[\[{])')
# Formats that are not read, by how their files begin.
_FOREIGN = {
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
    b"\x7fELF": "ELF",
    b"MZ\x90\0": "EXE",
    b"Rar!": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"SQLite format 3": "SQLite",
    b"\x89HDF": "HDF5",
    b"MATLAB 5.0": "MATLAB",
    b"ARROW1": "Arrow",
    b"Obj\x01": "Avro",
    b"RDX2\n": "R",
    b"RDX3\n": "R",
    b"$FL2": "SPSS",
    b"<stata_dta>": "Stata",
    b"\x80\x02": "pickle",
    b"\x80\x03": "pickle",
    b"\x80\x04": "pickle",
    b"\x80\x05": "pickle",
}
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"RIFF")
_IN_OLE = {"WordDocument": "Word", "PowerPoint Document": "PowerPoint", "__properties_version1.0": "Outlook"}
_IN_ZIP = {"word": "Word", "ppt": "PowerPoint"}


def read(content: bytes, filename: str, options: Reading) -> Source:
    """Returns what a file holds. `filename`: its name as it was given.

    Raises Problem reading_large (more than MOST_BYTES), reading_empty, reading_nested (more than MOST_LAYERS),
    reading_several (files that do not belong together), reading_nothing, reading_foreign, reading_page,
    reading_picture, reading_locked, and those of the readers: delimited.read, spreadsheets.read, typed_tables,
    array_files, images.read, packed.unpacked and packed.Zip.
    """
    name = shown(filename) or "?"
    if len(content) > MOST_BYTES:
        raise Problem("reading_large", file=name, megabytes=len(content) // 10**6, high=MOST_BYTES // 10**6)
    return _read(File(name, content), options, MOST_LAYERS)


def together(files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Returns several files that belong together, as the two of an IDX pair, as one for `read`: its name and its
    content. `files`: name and content of each, at least one."""
    return files[0] if len(files) == 1 else _packed(files)


def classless(filename: str, content: bytes) -> tuple[str, bytes]:
    """Returns a file for a `read` whose images need no class (Reading.classless): a single picture as an archive,
    anything else as it is."""
    if not content.startswith(_PICTURES):
        return filename, content
    return _packed([(filename if images.is_image(filename) else f"{filename}.png", content)])


def _packed(files: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Returns files as a zip."""
    stream, taken = io.BytesIO(), set[str]()
    with zipfile.ZipFile(stream, "w") as archive:
        for n, (path, content) in enumerate(files, 1):
            name = PurePosixPath(path).name
            name = f"{n}-{name}" if name in taken else name  # in no folder, which would be a class
            taken.add(name)
            archive.writestr(zipfile.ZipInfo(name), content)
    return f"{files[0][0]}.zip", stream.getvalue()


def _read(file: File, options: Reading, layers: int) -> Source:
    """Reads a file that may still be packed in so many layers."""
    content = file.content
    if not content.strip(b" \t\r\n"):
        raise Problem("reading_empty", file=file.name)
    if stream_kind(content):
        if not layers:
            raise Problem("reading_nested", file=file.name)
        return _read(unpacked(file), options, layers - 1)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_zip(file, options, layers)
    if content.startswith(_OLE):
        return spreadsheets.read(_checked_ole(file), "xls", options)
    if content.startswith(b"PAR1"):
        return typed_tables.read_parquet(file, options)
    if content.startswith(b"\x93NUMPY"):
        return array_files.read_npy(file, options)
    if idx.is_idx(content):
        return array_files.read_idx(file.name, [file], options)
    _refuse_foreign(file)
    return typed_tables.read_arff(file, options) if typed_tables.is_arff(file) else delimited.read(file, options)


def _read_zip(file: File, options: Reading, layers: int) -> Source:
    archive = Zip(file)
    paths = archive.paths
    folders = {path.partition("/")[0] for path in paths}
    if "[Content_Types].xml" in paths and "xl" in folders:
        return spreadsheets.read(file, "xlsx", options)
    if "mimetype" in paths and "content.xml" in paths:
        if b"spreadsheet" in archive.read("mimetype")[:100]:
            return spreadsheets.read(file, "ods", options)
        raise Problem("reading_foreign", file=file.name, format="OpenDocument")
    for folder, kind in _IN_ZIP.items():
        if "[Content_Types].xml" in paths and folder in folders:
            raise Problem("reading_foreign", file=file.name, format=kind)
    if not paths:
        raise Problem("reading_nothing", file=file.name)
    if all(path.endswith(".npy") for path in paths):
        return array_files.read_npz(archive, options)
    if images.has_images(archive):
        return images.read(archive, options)
    if len(paths) == 1:
        if not layers:
            raise Problem("reading_nested", file=file.name)
        return _read(archive.file(paths[0]), options, layers - 1)
    files = [archive.file(path) for path in paths] if len(paths) <= _MOST_IDX else []
    if files and all(idx.is_idx(beginning(one, 4)) for one in files):
        return array_files.read_idx(file.name, files, options)
    names = ", ".join(shown(PurePosixPath(path).name, 40) for path in paths[:_SHOWN])
    raise Problem("reading_several", file=file.name, names=names)


def _checked_ole(file: File) -> File:
    """Returns a file of Microsoft's programs before 2007 that seems to be a spreadsheet. Raises Problem reading_locked
    (newer files with a password have this form too) or reading_foreign."""
    entries = {word: word.encode("utf-16-le") in file.content for word in ("EncryptedPackage", *_IN_OLE)}
    if entries["EncryptedPackage"]:
        raise Problem("reading_locked", file=file.name)
    for word, kind in _IN_OLE.items():
        if entries[word]:
            raise Problem("reading_foreign", file=file.name, format=kind)
    return file


def _refuse_foreign(file: File) -> None:
    """Raises Problem reading_page, reading_picture or reading_foreign for what is no text, and for texts that are no
    tables."""
    content = file.content
    for start, kind in _FOREIGN.items():
        if content.startswith(start):
            raise Problem("reading_foreign", file=file.name, format=kind)
    if content.startswith(_PICTURES):
        raise Problem("reading_picture", file=file.name)
    if content[257:262] == b"ustar":
        raise Problem("reading_foreign", file=file.name, format="tar")
    if _PAGE.match(content):
        raise Problem("reading_page", file=file.name)
    if _JSON.match(content):
        raise Problem("reading_foreign", file=file.name, format="JSON")
