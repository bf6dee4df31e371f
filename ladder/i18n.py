"""Every text that a person reads, in both languages, from one catalogue: locales/*.toml with them side by side.

A table's name and an entry's name make the key: `[knob.noise_std]` with `label.en` and `label.zh` is
"knob.noise_std.label". Values stand in braces, as str.format has them.
"""

import functools
import locale
import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from ladder.problems import Problem

LANGUAGES = {"en": "English", "zh": "简体中文"}
TAGS = {"en": "en", "zh": "zh-CN"}  # what browsers call them (BCP 47)
FOLDER = Path(__file__).parent / "locales"
_SAYS = "LC_ALL", "LC_MESSAGES", "LANG"  # environment variables with the language of messages, the first that is set


@functools.cache
def catalogue() -> dict[str, dict[str, str]]:
    """Returns all texts: key -> language -> text. The files are read once."""
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        _flatten(tomllib.loads(path.read_text(encoding="utf-8")), "", entries)
    return entries


def _flatten(table: dict[str, Any], prefix: str, entries: dict[str, dict[str, str]]) -> None:
    if table and set(table) <= set(LANGUAGES):
        assert prefix not in entries, f"{prefix} is in two files"
        entries[prefix] = table
        return
    for name, inner in table.items():
        assert isinstance(inner, dict), f"{prefix}.{name} belongs to no language"
        _flatten(inner, f"{prefix}.{name}" if prefix else name, entries)


def text(key: str, language: str, /, **values: object) -> str:
    """Returns the text of a key in a language (a key of LANGUAGES), with `values` put into its braces. Without values
    the text stays as it is in the catalogue. Raises KeyError for an unknown key or language."""
    found = catalogue()[key][language]
    return found.format(**values) if values else found


def texts(prefix: str, language: str) -> dict[str, str]:
    """Returns all texts below a prefix in a language, by the rest of their key: "noise_std.label" below "knob"."""
    start = prefix + "."
    return {key[len(start) :]: entry[language] for key, entry in catalogue().items() if key.startswith(start)}


def problem(error: Problem, language: str) -> str:
    """Returns a problem as a sentence in a language. The names of choices and the problems among its values are put
    into that language too."""
    values = {k: problem(v, language) if isinstance(v, Problem) else v for k, v in error.values.items()}
    values |= {k: choice(str(v), language) or v for k, v in values.items() if k in ("name", "axis")}
    sentence = text(f"problem.{error.key}", language, **values)
    return sentence.encode(errors="replace").decode()  # a file's name may have bytes that are no letters


def of_system() -> str:
    """Returns the language of the computer's own messages, a key of LANGUAGES, for what the window of a server says.
    Windows has none of the variables, and names the language of its formats "Chinese (Simplified)_China" or "zh_CN"."""
    named = next(filter(None, map(os.environ.get, _SAYS)), None)
    with suppress(ValueError):  # macOS knows a locale "UTF-8"
        named = named or locale.getlocale()[0]
    return "zh" if (named or "").lower().startswith(("zh", "chinese")) else "en"


def choice(name: str, language: str) -> str | None:
    """Returns what a knob, a choice of the view or a sweep's axis (such as "lambdas.2") is called in a language; None
    for any other name."""
    field, _, level = name.partition(".")
    if level == "scale":
        return text("explore.scale", language)
    places = (f"explore.axis.{field}", f"knob.{field}.label", f"page.view.{field}")
    label = next((text(place, language) for place in places if place in catalogue()), None)
    if label is None or not level:
        return label
    return f"{label} · {text('explore.top', language)}" if level == "top" else f"{label} · l = {level}"
