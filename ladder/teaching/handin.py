"""What a student hands in after a lesson: answers, and a run that anybody can repeat, as one file or one short text.

The file is JSON. The text is the same JSON, compressed, in letters that every learning platform leaves alone, with a
checksum at its end: a text that was damaged on its way is refused instead of misread. replays.py repeats the run.
"""

import base64
import json
import math
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

import numpy as np

from ladder import given
from ladder.arithmetic import is_key, key_of
from ladder.data import packed
from ladder.live.store import Saved
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe import race as races
from ladder.recipe.view import View
from ladder.settings import Recipe, Structure
from ladder.teaching.lesson import PAGES
from ladder.training.digest import digest

FORMAT, VERSION = "ladder-lab hand-in", 1
MARK = "LL1."  # what a text begins with
MOST_BYTES = 200_000  # of a hand-in
MOST_OF_FILE = 100 * MOST_BYTES  # a file may have the texts of a class
MOST_TEXTS = 1_000  # and of several classes
MOST_LETTERS = 60  # of a nickname, and of a lesson's name
MOST_ANSWERS = 100
MOST_ANSWER = 2_000  # letters of an answer
MOST_POINTS = 20  # of a drawn curve
ENDINGS = ".json", ".txt"  # of the hand-ins in a zip
_ZIP = b"PK\x03\x04"
_TEXT = re.compile(r"LL1\.([A-Za-z0-9_-]+)\.([0-9a-f]{8})(?![0-9a-f])")
_IGNORED = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u00ad]+")  # what platforms put into long words
_HASH = re.compile(r"[0-9a-f]{64}")
_VIEW = {*links.VIEW_KEYS.values(), "by", "run", "list"}  # parameters of a link that change no number

# A choice's number as a float, a number, a text, or a drawn curve: its values at evenly spread updates, from where its
# step began to the update for which it waited.
Answer = str | float | tuple[float, ...]
Content = TypeVar("Content", str, bytes)


@dataclass(frozen=True)
class HandIn:
    """What a student hands in.

    `lesson`: the lesson's name, "" for none. `answers`: (which, Answer) for each prediction and question, in the
    lesson's order. `page`: a key of lesson.PAGES. `link`: the query string that repeats the run up to its last update.
    `seeds`: the weight seed and the label seed. `numbers`: the run's last numbers by name: "update", and the test
    errors and costs as fractions. `computed`: the key of what computed the run (arithmetic.py), "" where that is not
    known. `digest`: the hash of the run's state.
    """

    lesson: str
    nickname: str
    answers: tuple[tuple[str, Answer], ...]
    page: str
    link: str
    seeds: tuple[int, int]
    numbers: tuple[tuple[str, float], ...]
    computed: str
    digest: str

    @property
    def recipe_key(self) -> str:
        """Returns what repeats the run, without what changes no number: equal for equal runs."""
        words = sorted((key, word) for key, word in parse_qsl(self.link, keep_blank_values=True) if key not in _VIEW)
        return f"{self.page}?{urlencode(words)}"


def of_run(saved: Saved, lesson: str, nickname: str, answers: Sequence[tuple[str, Answer]]) -> HandIn:
    """Returns the hand-in of a live run. `saved`: the run as its file has it. Raises Problem link_short where a link
    has no room for the run, and those of `checked`."""
    update = saved.states["ladder"]["update"]
    shortfall = links.shortfall(saved.recipe, update)
    if shortfall:
        raise shortfall
    key = key_of(saved.computed)
    words = links.query(saved.recipe, View(), update, by=key) | {"at": str(update)}
    numbers = numbers_of(saved.history.arrays, update)
    return _filled(
        lesson,
        nickname,
        answers,
        page="live",
        words=words,
        structure=saved.recipe.structure,
        numbers=numbers,
        computed=key,
        hashed=digest(saved.states),
    )


def of_race(
    race: races.Race,
    update: int,
    numbers: Mapping[str, float],
    computed: str,
    hashed: str,
    lesson: str,
    nickname: str,
    answers: Sequence[tuple[str, Answer]],
) -> HandIn:
    """Returns the hand-in of a comparison at update `update`. `numbers`: the last objective of each contestant that
    trains, by names such as "objective_0"; `computed` and `hashed`: HandIn.computed and HandIn.digest. Raises Problem
    link_short beyond the updates that a link repeats, and those of `checked`."""
    if shortfall := links.shortfall(Recipe(race.structure, race.live), update):
        raise shortfall
    words = races.query(race, View().language, update, by=computed) | {"at": str(update)}
    return _filled(
        lesson,
        nickname,
        answers,
        page="compare",
        words=words,
        structure=race.structure,
        numbers=(("update", float(update)), *numbers.items()),
        computed=computed,
        hashed=hashed,
    )


def _filled(
    lesson: str,
    nickname: str,
    answers: Sequence[tuple[str, Answer]],
    *,
    page: str,
    words: Mapping[str, str],
    structure: Structure,
    numbers: tuple[tuple[str, float], ...],
    computed: str,
    hashed: str,
) -> HandIn:
    """Returns the hand-in of a run of `page`. `words`: those of the run's link; `hashed`: HandIn.digest. Raises
    Problem as `checked` does."""
    return checked(
        HandIn(
            lesson=lesson,
            nickname=nickname.strip(),
            answers=tuple((which, value) for which, value in answers),
            page=page,
            link=urlencode(words, safe=",;=!-"),
            seeds=(structure.weight_seed, structure.label_seed),
            numbers=numbers,
            computed=computed,
            digest=hashed,
        )
    )


def numbers_of(curves: Mapping[str, np.ndarray], update: int) -> tuple[tuple[str, float], ...]:
    """Returns the last numbers of a live run, whose curves end at update `update`: HandIn.numbers. Numbers that were
    not measured at that update, or are not finite, are left out. `curves`: History.arrays."""
    found = {"update": float(update)}
    if update in curves["eval_update"][-1:]:
        found |= {name: float(curves[name][-1]) for name in ("test_error", "twin_error")}
    if update in curves["update"][-1:]:
        found["supervised"] = float(curves["supervised"][-1])
        found |= {f"cost{l}": float(cost) for l, cost in enumerate(curves["denoising"][-1])}
    return tuple((name, value) for name, value in found.items() if math.isfinite(value))


# --- as a file and as a text


def to_json(handin: HandIn) -> str:
    """Returns the hand-in's file."""
    return json.dumps({"format": FORMAT, "version": VERSION, **asdict(handin)}, ensure_ascii=False, indent=1)


def to_text(handin: HandIn) -> str:
    """Returns the hand-in as one word, to be pasted into a form: MARK, the compressed JSON in base64url without its
    padding, a point, and its CRC-32 in eight hexadecimal digits."""
    plain = json.dumps({"version": VERSION, **asdict(handin)}, ensure_ascii=False, separators=(",", ":")).encode()
    word = base64.urlsafe_b64encode(zlib.compress(plain, 9)).decode().rstrip("=")
    return f"{MARK}{word}.{zlib.crc32(word.encode()):08x}"


def read(content: str) -> list[HandIn]:
    """Returns the hand-ins in a text: that of one file, or every pasted text in it, as a platform's table has many.

    Raises Problem handin_foreign for a text without any, handin_large for one that is longer than any, handin_texts for
    one with more than MOST_TEXTS of them, handin_damaged for a pasted text that was cut or changed on its way,
    handin_version, handin_field for a field with an impossible value, and those of `checked`.
    """
    found = read_each(content)
    for one in found:
        if isinstance(one, Problem):
            raise one
    return [one for one in found if isinstance(one, HandIn)]


def read_each(content: str) -> list[HandIn | Problem]:
    """Returns, for each hand-in in a text, it or the Problem for which `read` raises: one at least."""
    if len(content) > MOST_OF_FILE:
        return [_too_large()]
    content = content.lstrip("\ufeff \t\r\n")
    if content.startswith("{"):
        return [_attempt(_from_json, content.encode())]
    pieces = _IGNORED.sub("", content).split(MARK, MOST_TEXTS + 1)[1:]
    if len(pieces) > MOST_TEXTS:
        return [Problem("handin_texts", high=f"{MOST_TEXTS:,}")]
    return [_attempt(_from_text, MARK + piece) for piece in pieces] or [Problem("handin_foreign")]


def gathered(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, HandIn | Problem]]:
    """Returns the hand-ins of files, (name, content), with the name of the file of each; a Problem for what is none. A
    file that is no text is none, but for a zip, such as that of a class: its files with one of ENDINGS are read."""
    found: list[tuple[str, HandIn | Problem]] = []
    for name, content in files:
        try:
            found += _in_zip(name, content) if content.startswith(_ZIP) else _in_file(name, content)
        except Problem as problem:
            found.append((name, problem))
    return found


def _in_zip(name: str, content: bytes) -> list[tuple[str, HandIn | Problem]]:
    archive = packed.Zip(packed.File(packed.shown(name), content), MOST_OF_FILE)
    paths = [path for path in archive.paths if path.lower().endswith(ENDINGS)]
    if len(paths) > MOST_TEXTS:
        raise Problem("handin_texts", high=f"{MOST_TEXTS:,}")
    if not paths:
        raise Problem("handin_foreign")
    found: list[tuple[str, HandIn | Problem]] = []
    for path in paths:
        try:
            found += _in_file(path, archive.read(path))
        except Problem as problem:
            found.append((path, problem))
    return found


def _in_file(name: str, content: bytes) -> list[tuple[str, HandIn | Problem]]:
    return [(name, one) for one in read_each(_decoded(content))]


def _decoded(content: bytes) -> str:
    if len(content) > MOST_OF_FILE:
        raise _too_large()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem("handin_foreign") from error


def _too_large() -> Problem:
    return Problem("handin_large", high=MOST_OF_FILE // 10**6)


def _attempt(reading: Callable[[Content], HandIn], content: Content) -> HandIn | Problem:
    try:
        return reading(content)
    except Problem as problem:
        return problem


def _from_text(text: str) -> HandIn:
    found = _TEXT.match(text)
    if not found:
        raise Problem("handin_damaged")
    return _from_json(_unpacked(found[1], found[2]))


def _unpacked(word: str, checksum: str) -> bytes:
    if f"{zlib.crc32(word.encode()):08x}" != checksum:
        raise Problem("handin_damaged")
    try:
        compressed = base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))
        unpacking = zlib.decompressobj()
        plain = unpacking.decompress(compressed, MOST_BYTES)
    except (ValueError, zlib.error) as error:
        raise Problem("handin_damaged") from error
    if unpacking.unconsumed_tail or not unpacking.eof:
        raise Problem("handin_damaged")
    return plain


def _from_json(content: bytes) -> HandIn:
    if len(content) > MOST_BYTES:
        raise Problem("handin_large", high=MOST_BYTES / 10**6)
    try:
        values = given.parsed(content)
    except ValueError as error:
        raise Problem("handin_foreign") from error
    if not isinstance(values, dict) or values.pop("format", FORMAT) != FORMAT:
        raise Problem("handin_foreign")
    version = values.pop("version", None)
    if version != VERSION:
        raise Problem("handin_version", found=str(version)[:20], known=VERSION)
    for name in (one.name for one in fields(HandIn)):
        if name not in values:
            raise Problem("handin_field", field=name)
    if len(values) != len(fields(HandIn)):
        raise Problem("handin_foreign")
    for name in ("answers", "seeds", "numbers"):
        if not isinstance(values[name], list):
            raise Problem("handin_field", field=name)
        values[name] = tuple(_tuple(one) for one in values[name])
    return checked(HandIn(**values))


def _tuple(value: object) -> object:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def checked(handin: HandIn) -> HandIn:
    """Returns the hand-in. Raises Problem handin_field where a field has an impossible value, handin_name for a
    nickname that is empty or too long, handin_link for a link that cannot be repeated, with the reason, and
    handin_seeds where the seeds are not those of the link."""
    if not isinstance(handin.nickname, str) or not 0 < len(handin.nickname.strip()) <= MOST_LETTERS:
        raise Problem("handin_name", high=MOST_LETTERS)
    tests = {
        "lesson": isinstance(handin.lesson, str) and len(handin.lesson) <= MOST_LETTERS,
        "answers": len(handin.answers) <= MOST_ANSWERS and all(map(_is_answer, handin.answers)),
        "page": isinstance(handin.page, str) and handin.page in PAGES,
        "link": isinstance(handin.link, str),
        "seeds": len(handin.seeds) == 2 and all(type(seed) is int for seed in handin.seeds),
        "numbers": len(handin.numbers) <= MOST_ANSWERS and all(map(_is_number, handin.numbers)),
        "computed": handin.computed == "" or (isinstance(handin.computed, str) and is_key(handin.computed)),
        "digest": isinstance(handin.digest, str) and bool(_HASH.fullmatch(handin.digest)),
    }
    for name, is_right in tests.items():
        if not is_right:
            raise Problem("handin_field", field=name)
    structure = link_of(handin)[0].recipe.structure
    if (structure.weight_seed, structure.label_seed) != handin.seeds:
        raise Problem("handin_seeds")
    return handin


def link_of(handin: HandIn) -> tuple[links.Link, races.Race | None]:
    """Returns the hand-in's link, and its race where it is of a comparison. Raises Problem handin_link for a link with
    anything that cannot be understood, with the reason."""
    words = dict(parse_qsl(handin.link, keep_blank_values=True))
    link, race = races.read(words) if handin.page == "compare" else (links.read(words), None)
    if link.warnings:
        raise Problem("handin_link", reason=link.warnings[0])
    return link, race


def _is_answer(pair: object) -> bool:
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str) or len(pair[0]) > MOST_LETTERS:
        return False
    value = pair[1]
    if isinstance(value, str):
        return len(value) <= MOST_ANSWER
    values = value if isinstance(value, tuple) else (value,)
    return 0 < len(values) <= MOST_POINTS and all(map(_is_finite, values))


def _is_number(pair: object) -> bool:
    return isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) and _is_finite(pair[1])


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# --- several hand-ins


def copies(handins: Sequence[HandIn]) -> list[tuple[int, ...]]:
    """Returns the groups of hand-ins, by their places in rising order, that have the same run and the same answers
    under different nicknames. A group of runs that nobody answered anything about is none."""
    return _groups(handins, lambda one: (one.lesson, one.recipe_key, one.answers) if one.answers else None)


def same_runs(handins: Sequence[HandIn]) -> list[tuple[int, ...]]:
    """Returns the groups of hand-ins, by their places in rising order, that have the same run under different
    nicknames, whatever their answers."""
    return _groups(handins, lambda one: one.recipe_key)


def _groups(handins: Sequence[HandIn], key: Callable[[HandIn], object]) -> list[tuple[int, ...]]:
    """Returns the places of hand-ins with equal keys, of at least two nicknames. A key None is equal to none."""
    groups: dict[object, list[int]] = {}
    for place, one in enumerate(handins):
        groups.setdefault(key(one), []).append(place)
    groups.pop(None, None)
    return [tuple(places) for places in groups.values() if len({handins[i].nickname for i in places}) > 1]
