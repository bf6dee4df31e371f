"""The example class, for a teacher who prepares: a lesson that simulated students have recorded on real runs
(benchmarks/example_class.py)."""

import json
from pathlib import Path
from typing import Any

from ladder import i18n
from ladder.teaching.room import Event

FILE = Path(__file__).parent / "example.jsonl"
MARK = "@"  # before a key of locales/example.toml in place of a text, which a number may follow: "@student 3"


def events(language: str) -> list[Event]:
    """Returns the events of the example in their order, in a language (a key of i18n.LANGUAGES). `at` counts seconds
    from its beginning."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [_event(json.loads(line), language) for line in lines]


def _event(line: dict[str, Any], language: str) -> Event:
    return Event(line["at"], line["kind"], {name: _said(one, language) for name, one in line["values"].items()})


def _said(value: object, language: str) -> object:
    """The value with its texts in a language."""
    if isinstance(value, list):
        return [_said(one, language) for one in value]
    if isinstance(value, str) and value.startswith(MARK):
        key, _, n = value.removeprefix(MARK).partition(" ")
        return i18n.text(f"example.{key}", language, **({"n": n} if n else {}))
    return value
