"""Files and words that a reader has to refuse, made anew at each run and the same each time: cut, foreign, enormous
when they are unpacked, or with names that want to be more than names.

Each function takes what is right and yields (kind, content) for one reader. A kind that begins with FINE has to be read
all the same, and one that begins with EITHER may be read. tests/hostile_readers.py says how each is read.
"""

import gzip
import io
import json
import os
import pickle
import random
import struct
import tarfile
import zipfile
from collections.abc import Collection, Iterator
from urllib.parse import quote

import numpy as np

FINE, EITHER = "fine: ", "either: "
CANARY = "executed"  # the file that a pickle writes where somebody unpickles it
Kinds = Iterator[tuple[str, bytes]]
SHAPES = {  # in the header of an array
    "a huge shape": "(99999999999999,)",
    "a large shape": "(4000000000,)",
    "a huge product": "(4294967296, 4294967296, 4294967296)",
    "a negative shape": "(-1,)",
    "a shape of texts": "('a',)",
    "no shape": f"__import__('os').mkdir('{CANARY}')",
    "a deep shape": "(" * 3_000 + ")" * 3_000,
}

ODD_VALUES = {
    "null": "null",
    "true": "true",
    "an empty text": '""',
    "an empty list": "[]",
    "an empty object": "{}",
    "a negative number": "-1",
    "a fraction": "2.5",
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "an overflowing number": "1e999",
    "a number of 400 digits": "9" * 400,
    "a number of 5,000 digits": "9" * 5_000,
    "half a letter": '"\\ud800"',
    "a list in an object": '{"a": [1]}',
    "a list of lists": "[[1], [[2]]]",
    "1,000 levels": "[" * 1_000 + "]" * 1_000,
    "script": '"<script>alert(1)</script>"',
    "a path": '"../../../../etc/passwd"',
    "10,000 letters": f'"{"x" * 10_000}"',
}
FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "  =1", "\u3000=1", "\u00a0=1", "\u200b=1", "\ufeff=1"),
    *("\0=1", "\x1f=1", "\u202e=1", "＝1+1", "＋1", "－1", "＠SUM(1)", " ＝1", '=HYPERLINK("http://a.example")'),
    *("=cmd|' /C calc'!A1", "-2+3+cmd|' /C calc'!A1", "@import", '="a"&"b"', "\x7f=1", "\u2028=1", "+86 10"),
)
# What is no name: of a run, a tab's list, a sweep, a short code.
NAMES = (
    *("", ".", "..", "../x", "../../etc/passwd", "..\\..\\x", "/etc/passwd", "C:\\x", "a/b", "a\\b", "a\0b", "a\nb"),
    *("a b/", " lead", "trail ", "trail.", "<b>x</b>", "<img src=x onerror=alert(1)>", "\x1b]0;x\x07", "\u202egnp.exe"),
    *("\ud800", "x" * 10_000, "%2e%2e%2f", "=1+1", "'; DROP TABLE runs; --", "*", "?", "|id", "$(id)", "`id`", "~"),
)


class _Runs:
    """What, unpickled, writes the file CANARY."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (CANARY,)


def damaged(good: bytes) -> Kinds:
    """Yields what becomes of any file on its way, and files of other programs."""
    rng = random.Random(20)
    yield "empty", b""
    yield "one byte", good[:1]
    yield "the first half", good[: len(good) // 2]
    yield "the last half", good[len(good) // 2 :]
    yield "zeros", bytes(len(good))
    yield "noise", rng.randbytes(4_000)
    yield "a web page", b"<!DOCTYPE html><html><body><script>alert(1)</script>404</body></html>"
    yield "UTF-32", "a run".encode("utf-32")
    yield "Latin-1", "é à ü".encode("latin-1") * 20
    yield "GB 18030", "作业在这里".encode("gb18030") * 20
    yield "a packed file", gzip.compress(good)
    yield "a zip around it", _zip({"run.npz": good})
    yield "a tar around it", _tar(good)
    yield "a pickle that runs something", pickle.dumps(_Runs())
    yield "a program", b"\x7fELF\x02\x01\x01" + bytes(200)
    yield "a picture", b"\x89PNG\r\n\x1a\n" + rng.randbytes(500)
    yield "a document", b"%PDF-1.7\n" + rng.randbytes(500)
    yield "a bomb of gzip", gzip.compress(bytes(20_000_000))
    yield "a bomb of zip", _zip({"meta.npy": bytes(20_000_000)}, zipfile.ZIP_DEFLATED)


def _zip(files: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _tar(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        about = tarfile.TarInfo("../../run.npz")
        about.size = len(content)
        archive.addfile(about, io.BytesIO(content))
    return stream.getvalue()


def odd_json(good: str) -> Kinds:
    """Yields what no JSON text of ours is. `good`: an object."""
    yield "levels of lists", b"[" * 100_000
    yield "closed levels of lists", b"[" * 5_000 + b"]" * 5_000
    yield "levels of objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    yield "a comma too many", good.replace("}", ",}").encode()
    yield "a comment", b"// ours\n" + good.encode()
    yield "single quotes", good.replace('"', "'").encode()
    yield "two texts", (good + good).encode()
    yield "a text", b'"a text"'
    yield "a number", b"1e5"
    yield "nothing", b"null"
    yield "a list", f"[{good}]".encode()
    yield "half a byte order mark", b"\xff" + good.encode()
    yield "a zero byte", good.replace("{", "{\0", 1).encode()
    yield "a line break in a key", good.replace('"', '"\n', 1).encode()


def with_values(good: str, names: tuple[str, ...], fine: Collection[str] = ()) -> Kinds:
    """Yields the JSON object `good` with the values ODD_VALUES, of these keys in turn. `fine`: the kinds of values that
    have to be read."""
    for n, (kind, value) in enumerate(ODD_VALUES.items()):
        name = names[n % len(names)]
        put = json.dumps({**json.loads(good), name: "HERE"}).replace('"HERE"', value)
        yield FINE * (kind in fine) + f"{name} is {kind}", put.encode()


# --- checkpoints


def checkpoints(good: bytes) -> Kinds:
    """Yields checkpoint files. `good`: that of a run with one hidden layer."""
    yield from damaged(good)
    yield "one byte less", good[:-1]
    yield "one byte more", good + b"\0"
    yield f"{FINE}as it was", good
    yield f"{FINE}equal keys", _altered(good, b'"elapsed": 0.0', b'"elapsed": 0.0, "elapsed": 1.0')
    theta = _arrays(good)["ladder/theta"]
    for kind, array in {
        "NaN": np.full_like(theta, np.nan),
        "infinite": np.full_like(theta, np.inf),
        "double": theta.astype(np.float64),
        "swapped": theta.astype(">f4"),
        "complex": theta.astype(np.complex64),
        "texts": theta.astype("S8"),
        "a matrix": theta[None],
        "one number": theta[0],
        "shorter": theta[:-1],
    }.items():
        yield f"weights: {kind}", _saved({**_arrays(good), "ladder/theta": array})
    objects = np.array([_Runs()], dtype=object)
    yield "weights: objects that run something", _saved({**_arrays(good), "ladder/theta": objects})
    for kind, shape in SHAPES.items():
        yield kind, _zip({**_members(good), "ladder/theta.npy": _npy(shape)})
    yield "items of a gigabyte", _zip({**_members(good), "ladder/theta.npy": _npy("(9,)", "S1000000000")})
    yield "a path", _zip({"../../meta.npy": _members(good)["meta.npy"]})
    yield "an absolute path", _zip({"/tmp/meta.npy": _members(good)["meta.npy"]})
    yield "a packed entry", _zip(_members(good), zipfile.ZIP_DEFLATED)
    yield "a directory of 1,200,000 entries", _crowded(1_200_000)
    yield "a directory of 64 bits", _crowded(1_200_000, zip64=True)
    many = b'"changes": [' + b"[0,{}]," * 1_100_000 + b"[0,{}]]"
    yield "1,100,000 changes", _altered(good, b'"changes": []', many)
    yield "a deep text", _altered(good, b'"changes": []', b'"changes": ' + b"[" * 90_000 + b"]" * 90_000)
    yield "a text of 9 MB", _altered(good, b"{", b"{" + b" " * 9_000_000)
    yield "half a letter", _altered(good, b'"version": 1', b'"version": "\\ud800"')
    yield "a large version", _altered(good, b'"version": 1', b'"version": ' + b"9" * 400)


def _arrays(good: bytes) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(good)) as found:
        return dict(found)


def _saved(arrays: dict[str, np.ndarray]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _altered(good: bytes, part: bytes, by: bytes) -> bytes:
    text = _arrays(good)["meta"].tobytes()
    assert part in text, part
    return _saved({**_arrays(good), "meta": np.frombuffer(text.replace(part, by, 1), np.uint8)})


def _members(good: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _npy(shape: str, kind: str = "<f4") -> bytes:
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(40)


def _crowded(n: int, zip64: bool = False) -> bytes:
    """A zip whose directory has n entries without names."""
    directory = (b"PK\x01\x02" + bytes(42)) * n
    length, said = len(directory), 0xFFFFFFFF if zip64 else len(directory)
    more = b""
    if zip64:
        more = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, n, n, length, 0)
        more += struct.pack("<4sIQI", b"PK\x06\x07", 0, length, 1)
    return directory + more + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, said, 0, 0)


# --- hand-ins


def handins(good: str, text: str) -> Kinds:
    """Yields hand-ins. `good`: one as a file; `text`: one as a text."""
    yield from damaged(good.encode())
    yield from odd_json(good)
    names = ("lesson", "nickname", "answers", "page", "link", "seeds", "numbers", "computed", "digest", "version")
    yield from with_values(good, names)
    for kind, answers in {
        "an answer of 400 digits": f'[["1", {"9" * 400}]]',
        "an answer that is NaN": '[["1", NaN]]',
        "an answer that overflows": '[["1", [1e999, 1]]]',
        "deep answers": '[["1", ' + "[" * 300 + "1" + "]" * 300 + "]]",
        "101 answers": "[" + ",".join(['["1", 1]'] * 101) + "]",
        "an answer of 2,001 letters": f'[["1", "{"x" * 2_001}"]]',
    }.items():
        yield kind, json.dumps({**json.loads(good), "answers": "HERE"}).replace('"HERE"', answers).encode()
    for kind, link in {
        "an unknown parameter": "v=1&colour=blue",
        "100,000 parameters": "v=1&" + "&".join(["a=1"] * 40_000),
        "a change of 5,000 digits": f"v=1&h={'9' * 5_000}!lr=0.1",
        "a script": "v=1&data=<script>alert(1)</script>",
    }.items():
        yield f"a link with {kind}", json.dumps({**json.loads(good), "link": link}).encode()
    yield "a text that was cut", text[:-20].encode()
    yield "a text with a wrong sum", (text[:-8] + "00000000").encode()
    yield "5,000,000 texts", b"LL1." * 5_000_000
    yield "1,001 texts", (text + "\n").encode() * 1_001
    yield "21 MB", b" " * 21_000_000
    yield "a hand-in of 200 KB", good.replace("{", "{" + " " * 200_000, 1).encode()
    for kind, content in {
        "half a letter": good.replace('"nickname": "', '"nickname": "\\ud800'),
        "what a terminal obeys": good.replace('"nickname": "', '"nickname": "\\u001b]0;x\\u0007'),
        "a script in a name": good.replace('"nickname": "', '"nickname": "<script>'),
        "a formula in a name": good.replace('"nickname": "', '"nickname": "=1+'),
        "a byte order mark": "\ufeff" + good,
        "equal keys": good.replace("{", '{"nickname": "Eve", ', 1),
        "a table around a text": f"name;work\r\nAda;{text}\r\n",
    }.items():
        yield FINE + kind, content.encode()


# --- lessons


def lessons(good: str) -> Kinds:
    """Yields the files of a lesson. `good`: a lesson that has at least a step, whose first line is +++."""
    yield from ((kind, content) for kind, content in damaged(good.encode()) if kind != "the last half")
    fronts = {
        "a number of 5,000 digits": f"x = {'9' * 5_000}",
        "levels of lists": f"x = {'[' * 20_000}",
        "levels of tables": f"x = {'{a=' * 20_000}",
        "a key of 30,000 parts": "a." * 30_000 + "a = 1",
        "a table of 30,000 parts": "[" + "a." * 30_000 + "a]",
        "an unclosed text": 'x = "a',
        "equal keys": "minutes = 1\nminutes = 2",
        "half a letter": 'x = "\\ud800"',
        "a day that is none": "x = 2026-02-31",
        "a path": 'path = "../../etc/passwd"',
        "what is run elsewhere": 'x = "!!python/object/apply:os.mkdir [executed]"',
    }
    for kind, words in fronts.items():
        yield f"front matter: {kind}", good.replace("+++\n", f"+++\n{words}\n", 1).encode()
    end = good.index("+++", 3)
    promise = "[[promise]]\nhigher={}\nby=1\nupdates=1\nwithout={higher={}}\n"
    for kind, words in {
        "1,800 of them": promise * 1_800,
        "a layer of 5,000 digits": promise.replace("{}", f'{{quantity="cost[{"9" * 5_000}]"}}', 1),
        "by NaN": promise.replace("by=1", "by=nan"),
        "by infinity": promise.replace("by=1", "by=inf"),
        "by 1e999": promise.replace("by=1", "by=1e999"),
    }.items():
        yield f"promises: {kind}", f"{good[:end]}{words}{good[end:]}".encode()
    for kind, words in {
        "a range that is none": "predict: number 1.2.3 to 5 % of test_error",
        "a range of dots": "predict: number . to .. % of test_error",
        "a range of 400 digits": f"predict: number 0 to {'9' * 400} % of test_error",
        "a curve of 400 digits": f"predict: curve 0 to {'9' * 400} of cost0\ndone: update >= 9",
        "a condition of 400 digits": f"predict: curve of test_error\ndone: update >= {'9' * 400}",
        "a condition of 80,000 letters": f"done: {'a' * 80_000}",
        "a condition without a number": "done: update >=",
        "a script": "done: <script>alert(1)</script>",
        "an import": "done: __import__('os').mkdir('executed')",
        "9,000 options": "- [ ] x\n" * 9_000,
        "a brace": "x\n\n> {0.__class__.__mro__}",
    }.items():
        yield f"a step: {kind}", good.replace("## ", f"## A\n{words}\nx\n\n## ", 1).encode()
    yield "larger than a lesson", (good + "x" * 100_000).encode()
    yield "no UTF-8 in a step", good.replace("## ", "## A\nx\n\n## ", 1).encode() + b"\xff"
    yield f"{FINE}as it was", good.encode()
    yield f"{FINE}a byte order mark", ("\ufeff" + good).encode()
    yield f"{FINE}lines of Windows", good.replace("\n", "\r\n").encode()
    yield f"{FINE}a script in a step", good.replace("## ", "## A\n<script>alert(1)</script>\n\n## ", 1).encode()
    yield f"{FINE}a zero byte", good.replace("## ", "## A\nx\0y\n\n## ", 1).encode()


# --- arrays


def arrays() -> Kinds:
    """Yields IDX files."""
    good = b"\0\0\x08\2\0\0\0\2\0\0\0\3abcdef"
    yield from ((kind, content) for kind, content in damaged(good) if kind != "a packed file")
    for kind, content in {
        "floats": b"\0\0\x0d\1\0\0\0\1....",
        "words": b"\0\0\x0b\1\0\0\0\2....",
        "the wrong order": struct.pack("<4I", 0x0802, 2, 3, 0),
        "no axis": b"\0\0\x08\0abc",
        "nine axes": b"\0\0\x08\x09" + b"\0\0\0\1" * 9 + b"a",
        "a cut header": b"\0\0\x08\2\0\0",
        "a huge shape": b"\0\0\x08\4" + b"\xff\xff\xff\xff" * 4,
        "a large shape": b"\0\0\x08\1\x1f\xff\xff\xff",
        "one byte less": good[:-1],
        "one byte more": good + b"g",
        "many bytes more": good + bytes(3_000_000),
    }.items():
        yield kind, content
        yield f"packed: {kind}", gzip.compress(content)
    packed = gzip.compress(good)
    yield "packed and cut", packed[:-6]
    yield "packed with a wrong sum", packed[:-8] + bytes(8)
    yield "packed twice", gzip.compress(packed)
    yield "a bomb with a header", gzip.compress(good + bytes(40_000_000))
    yield f"{FINE}as it was", good
    yield f"{FINE}packed", packed
    yield f"{FINE}packed in two parts", gzip.compress(good[:9]) + gzip.compress(good[9:])
    yield f"{FINE}no rows", b"\0\0\x08\2\0\0\0\0\0\0\0\3"


# --- links


def links() -> Kinds:
    """Yields query strings of runs and comparisons."""
    words = {
        "a number of 5,000 digits": "9" * 5_000,
        "a number of 400 digits": "9" * 400,
        "NaN": "nan",
        "infinite": "inf",
        "a script": quote("<script>alert(1)</script>"),
        "a path": quote("../../../etc/passwd"),
        "a zero byte": "%00",
        "half a letter": "%ed%a0%80",
        "bytes that are no letters": "%ff%fe",
        "levels of encoding": "%2525253C" * 2_000,
        "wide letters": quote("ﷺ" * 5_000),
        "100,000 letters": "x" * 100_000,
        "a format": quote("{0.__class__}%s%n"),
        "a picture": quote("![](http://a.example/x.png)"),
    }
    for n, (kind, word) in enumerate(words.items()):
        for key in (("data", "labels", "lr"), ("noise", "widths", "at"))[n % 2]:
            yield f"{key} is {kind}", f"v=1&{key}={word}".encode()
    yield "10,000 parameters", ("v=1&" + "&".join(f"a{i}=1" for i in range(10_000))).encode()
    yield "10,000 changes", ("v=1&h=" + ";".join(f"{i}!lr=0.1" for i in range(10_000))).encode()
    yield "a change of 5,000 digits", f"v=1&h={'9' * 5_000}!lr=0.1".encode()
    yield "changes out of order", b"v=1&h=9!lr=0.1;8!lr=0.2"
    yield "10,000 ampersands in one value", ("v=1&data=" + "%26a=1" * 10_000).encode()
    yield "another version", f"v={'9' * 5_000}&data=moons".encode()
    yield "data that are not here", b"v=1&data=digits@0123456789abcdef"
    yield "data made from none", b"v=1&data=..@0123456789abcdef"
    yield "1,000 contestants", ("v=1&with=" + ",".join(["denoising!x=1"] * 1_000)).encode()
    yield "1,000 options", ("v=1&with=ladder,denoising" + "!corruption_level=nan" * 1_000).encode()
    yield f"{FINE}as it is", b"v=1&data=moons&labels=10&with=ladder,twin"
    yield f"{FINE}nothing", b""
    yield f"{FINE}equal keys", b"v=1&data=digits&data=moons"


def designs() -> Kinds:
    """Yields query strings of sweeps and searches."""
    for key in ("axes", "space", "fix"):
        for kind, words in {
            "no name": "=1",
            "no value": "noise_std=",
            "a script": "<script>=alert(1)",
            "a path": "../../etc=1",
            "NaN": "noise_std=nan",
            "data that are not here": "dataset=digits@0123456789abcdef",
            "an infinite end": "learning_rate=0.1..1e999",
            "a number of 5,000 digits": f"labels={'9' * 5_000}",
            "a depth of 5,000 digits": f"depth={'9' * 5_000}",
            "a layer of 5,000 digits": f"noise_std.{'9' * 5_000}=1",
            "2,000 axes": ";".join(["noise_std=x"] * 2_000),
            "20,000 values": "labels=" + ",".join(map(str, range(200_000, 220_000))),
        }.items():
            yield f"{key}: {kind}", f"v=1&{key}={quote(words)}".encode()
    for key in ("seeds", "trials", "draw"):
        yield f"{key} of 5,000 digits", f"v=1&space=noise_std%3D0..1&{key}={'9' * 5_000}".encode()
    yield "a name with a zero byte", b"v=1&space=noise_std%3D0..1&search=a%00b"
    yield "a name of 10,000 letters", ("v=1&space=noise_std%3D0..1&search=" + "x" * 10_000).encode()
    yield f"{FINE}a sweep", b"v=1&axes=noise_std%3D0,0.1&seeds=3"
    yield f"{FINE}a search", b"v=1&space=noise_std%3D0..1&trials=5"


# --- small files beside the runs, and words over a socket


def beside(good: str) -> Kinds:
    """Yields files of one of the kinds of live/tab_files.py."""
    yield from damaged(good.encode())
    yield from odd_json(good)
    name = list(json.loads(good))[-1]
    yield from with_values(good, (name,))
    yield "5 MB", (good + " " * 5_000_000).encode()
    yield "of another program", good.replace("ladder-lab", "other").encode()
    yield f"{FINE}as it was", good.encode()


def variants(good: str) -> Kinds:
    """Yields files of data that a class has made. `good`: labels that people gave."""
    yield from damaged(good.encode())
    yield from odd_json(good)
    for name in json.loads(good):
        yield from with_values(good, (name,))
    yield f"{FINE}as it was", good.encode()


def words_of_a_class(good: str) -> Kinds:
    """Yields what a browser may post to the door of a class. `good`: what joins it."""
    yield from damaged(good.encode())
    yield from odd_json(good)
    yield from with_values(good, ("name",), {"half a letter", "a path"})
    yield from with_values(good, ("code",))
    yield "12,001 letters", (good + " " * 12_001).encode()
    yield f"{FINE}as it was", good.encode()


def words_of_a_student(good: dict[str, object]) -> Kinds:
    """Yields what a student's browser may say over the channel of its class. `good`: an answer."""
    yield from odd_json(json.dumps(good))
    yield from with_values(json.dumps(good), ("value", "which", "do", "lesson"), {"half a letter", "script", "a path"})


def words_of_a_teacher(goods: list[dict[str, object]]) -> Kinds:
    """Yields what a teacher's browser may say over the channel of its class. `goods`: events of
    different kinds, "do" first."""
    for good in goods:
        for name in list(good)[1:]:
            for kind, content in with_values(json.dumps(good), (name,)):
                yield f"{EITHER}{good['do']}: {kind}", content


def words_of_a_page(good: dict[str, object], names: tuple[str, ...]) -> Kinds:
    """Yields what a page may say over the live channel of a run. `good`: what all its words have; `names`: what it may
    ask for."""
    yield from odd_json(json.dumps({**good, names[0]: {}}))
    for name in names:
        fine = {"inside": {"null", "an empty object"}, "look_back": {"null"}, "change": {"an empty object"}}
        yield from with_values(json.dumps(good), (name,), fine.get(name, ()))


def names() -> Kinds:
    """Yields NAMES."""
    for name in NAMES:
        yield f"the name {name[:30]!a}", name.encode(errors="surrogatepass")
