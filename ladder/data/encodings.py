"""How the letters of a text file are written, found out from its bytes."""

import codecs
import re

from ladder.problems import Problem

_BLOCK = 1 << 20
_HIGH = re.compile(rb"[\x80-\xff]+")
_RUNS = 10_000  # of bytes beyond ASCII, which are looked at
# The first bytes of marks and of frequent characters in GB 18030, which has each in two bytes. The small letters of
# Latin-1 are others, so that "öß" is no Chinese.
_HAN = bytes([*range(0xA1, 0xA4), *range(0xB0, 0xD8)])
_HAN_SHARE = 0.8  # of the bytes beyond ASCII, at least, in a Chinese text


def found(content: bytes) -> str:
    """Returns the encoding of a text, one of source.ENCODINGS: UTF-16 by its byte order mark or its zeros, UTF-8 where
    that is possible, GB 18030 where the bytes beyond ASCII come in pairs as in Chinese, and else Latin-1, or Windows'
    extension of it where its letters occur."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _wide(content):
        return "utf-16"
    if _stops(content, "utf-8") is None:
        return "utf-8"
    runs = [one[0] for one, _ in zip(_HIGH.finditer(content), range(_RUNS), strict=False)]
    firsts = b"".join(run[::2] for run in runs if len(run) % 2 == 0)
    n_han = len(firsts) - len(firsts.translate(None, _HAN))
    if 2 * n_han >= _HAN_SHARE * sum(map(len, runs)) and _stops(content, "gb18030") is None:
        return "gb18030"
    windows = re.search(rb"[\x80-\x9f]", content) and _stops(content, "cp1252") is None
    return "cp1252" if windows else "latin-1"


def of_name(name: bytes) -> str:
    """Returns the encoding of a file's name in a zip that does not say it, for Python: UTF-8 where that is possible, GB
    18030 where all bytes beyond ASCII come in pairs, and else code page 437, as zips of old."""
    if _stops(name, "utf-8") is None:
        return "utf-8"
    pairs = all(len(run) % 2 == 0 for run in _HIGH.findall(name))
    return "gb18030" if pairs and _stops(name, "gb18030") is None else "cp437"


def codec(content: bytes, encoding: str, name: str) -> str:
    """Returns Python's name for how this content, of the file `name`, is written in one of source.ENCODINGS; byte order
    marks are no part of the text. Raises Problem reading_encoding, with the line, where the content is not written so.
    """
    codec = {"utf-8": "utf-8-sig", "utf-16": _wide(content) or "utf-16"}.get(encoding, encoding)
    place = _stops(content, codec)
    if place is not None:
        line = content[:place].decode(codec, errors="replace").count("\n") + 1
        raise Problem("reading_encoding", file=name, encoding=encoding.upper(), line=line)
    return codec


def _wide(content: bytes) -> str | None:
    """Returns the byte order of UTF-16 without a mark, in which every second byte of ASCII is zero; None for all other
    texts."""
    even, odd = (content[start:4096:2] for start in (0, 1))
    for zeros, others, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if len(content) % 2 == 0 and zeros.count(0) > 0.4 * len(zeros) > 0 and not others.count(0):
            return codec
    return None


def _stops(content: bytes, codec: str) -> int | None:
    """Returns the first byte that cannot be decoded, None where all can."""
    decoder = codecs.getincrementaldecoder(codec)()
    view = memoryview(content)
    for start in range(0, len(view) + 1, _BLOCK):
        before = len(decoder.getstate()[0])
        try:
            decoder.decode(view[start : start + _BLOCK], final=start + _BLOCK > len(view))
        except UnicodeDecodeError as error:
            return start - before + error.start
    return None
