"""The front matter of a lesson's file: what the lesson begins with, and what it promises, in TOML."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ladder import given
from ladder.problems import Problem
from ladder.recipe import links
from ladder.recipe import race as races
from ladder.recipe.contestants import CONTESTANTS, usual
from ladder.teaching.lesson import (
    LAYER_QUANTITIES,
    MOST_UPDATES,
    OF_AUTOENCODERS,
    PAGES,
    QUANTITIES,
    TOP,
    Promise,
    Setting,
    Side,
)
from ladder.teaching.lesson_lines import Lines

MOST_PROMISES = 50
MOST_DOTS = 2_000  # of a front matter: each dot of a key makes a table, and a line of them many large ones


class Front:
    """The front matter of a lesson: TOML, with the line of every key. Raises Problem lesson_line with lesson_toml for a
    text that is no TOML, lesson_tangled for one that is nested too deeply, has more than MOST_DOTS dots or a number of
    thousands of digits, lesson_unknown for a key that no lesson has, and lesson_missing for one that all have."""

    KEYS = "title", "minutes", "misconception", "page", "setting", "promise"
    PROMISE_KEYS = "lower", "higher", "by", "updates", "without", "slow"
    SIDE_KEYS = "setting", "model", "quantity"

    def __init__(self, lines: Lines):
        self.lines = lines
        text = "\n".join(lines.lines)
        if text.count(".") > MOST_DOTS:
            raise lines.refuse(0, Problem("lesson_tangled"))
        try:
            self.table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"at line (\d+)", str(error))
            line = int(found[1]) - 1 if found else len(lines.lines) - 1
            raise lines.refuse(line, Problem("lesson_toml", reason=str(error).partition(" (at")[0])) from None
        except (RecursionError, ValueError):
            raise lines.refuse(0, Problem("lesson_tangled")) from None
        self._check_keys(self.table, self.KEYS, self.KEYS)

    def _line(self, key: str, nth: int = 0) -> int:
        """Returns the index of the line with the key; with `nth` of the key's appearance number `nth`, 0 the first."""
        pattern = re.compile(rf"\s*\[{{0,2}}{re.escape(key)}\]{{0,2}}\s*(?:=|$)")
        places = [i for i, line in enumerate(self.lines.lines) if pattern.match(line)]
        return places[min(nth, len(places) - 1)] if places else 0

    def _check_keys(
        self, table: Mapping[str, object], known: Iterable[str], needed: Iterable[str], at: int = 0
    ) -> None:
        for key in table:
            if key not in known:
                line = next((i for i in range(at, len(self.lines.lines)) if key in self.lines.lines[i]), at)
                raise self.lines.refuse(line, Problem("lesson_unknown", key=key[:40], known=", ".join(known)))
        for key in needed:
            if key not in table:
                raise self.lines.refuse(at, Problem("lesson_missing", key=key))

    def text(self, key: str) -> str:
        """Returns a key's text. Raises Problem lesson_value for another value, or an empty text."""
        value = self.table[key]
        if not isinstance(value, str) or not value.strip():
            raise self.lines.refuse(self._line(key), Problem("lesson_value", key=key, wanted='"…"'))
        return value.strip()

    def whole(self, key: str, low: int, high: int) -> int:
        """Returns a key's whole number. Raises Problem lesson_value unless it lies from `low` to `high`."""
        value = self.table[key]
        if type(value) is not int or not low <= value <= high:
            raise self.lines.refuse(self._line(key), Problem("lesson_value", key=key, wanted=f"{low} … {high}"))
        return value

    def setting(self) -> Setting:
        """Returns where the lesson begins. Raises Problem lesson_value for an unknown page, and those of _setting."""
        page = self.text("page")
        if page not in PAGES:
            raise self.lines.refuse(self._line("page"), Problem("lesson_value", key="page", wanted=", ".join(PAGES)))
        value = self.table["setting"]
        if not isinstance(value, str):
            raise self.lines.refuse(self._line("setting"), Problem("lesson_value", key="setting", wanted='"…"'))
        return self.lines.at(self._line("setting"), _setting, page, value, Setting(page, ()))

    def promises(self, base: Setting) -> tuple[Promise, ...]:
        """Returns the promises. `base`: the lesson's setting, whose parameters hold where a side names no others.
        Raises Problem lesson_value for a promise with other values than Promise takes, for none and for more than
        MOST_PROMISES, and those of _side."""
        tables = self.table["promise"]
        if not isinstance(tables, list) or not tables or not all(isinstance(one, dict) for one in tables):
            raise self.lines.refuse(self._line("promise"), Problem("lesson_value", key="promise", wanted="[[promise]]"))
        if len(tables) > MOST_PROMISES:
            wanted = f"1 … {MOST_PROMISES} × [[promise]]"
            raise self.lines.refuse(self._line("promise"), Problem("lesson_value", key="promise", wanted=wanted))
        return tuple(self._promise(table, nth, base) for nth, table in enumerate(tables))

    def _promise(self, table: dict[str, Any], nth: int, base: Setting) -> Promise:
        start = self._line("promise", nth)
        self._check_keys(table, self.PROMISE_KEYS, ("higher", "by", "updates", "without"), start)

        def line(key: str) -> int:
            lines = self.lines.lines
            return next((i for i in range(start, len(lines)) if re.match(rf"\s*{key}\b", lines[i])), start)

        def number(key: str, high: float, whole: bool = False) -> float:
            value = table[key]
            if type(value) not in ((int,) if whole else (int, float)) or not 0 < value <= high:
                raise self.lines.refuse(line(key), Problem("lesson_value", key=key, wanted=f"0 … {high:,.0f}"))
            return float(value)

        def side(key: str) -> Side:
            return self.lines.at(line(key), _side, self._side_table(table[key], line(key)), base)

        higher = side("higher")
        lower = side("lower") if "lower" in table else None
        removed = table["without"]
        if not isinstance(removed, dict) or not removed or not {*removed} <= {"setting", "lower", "higher"}:
            wanted = "{ setting = … }, { lower = {…} }, { higher = {…} }"
            raise self.lines.refuse(line("without"), Problem("lesson_value", key="without", wanted=wanted))
        slow = table.get("slow", False)
        if not isinstance(slow, bool):
            raise self.lines.refuse(line("slow"), Problem("lesson_value", key="slow", wanted="true, false"))

        def without(key: str) -> Side:
            given = {**table[key], **self._side_table(removed.get(key, {}), line("without"))}
            both = {"setting": removed["setting"]} if "setting" in removed else {}
            made = self.lines.at(line("without"), _side, given, base)
            return self.lines.at(line("without"), _side, {**given, **both}, made.setting) if both else made

        return Promise(
            lower=lower,
            higher=higher,
            by=number("by", 1e6),
            updates=int(number("updates", MOST_UPDATES, whole=True)),
            without=(without("lower") if "lower" in table else None, without("higher")),
            slow=slow,
        )

    def _side_table(self, value: object, line: int) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(word, str) for word in value.values()):
            wanted = '{ setting = "…", model = "…", quantity = "…" }'
            raise self.lines.refuse(line, Problem("lesson_value", key="lower, higher", wanted=wanted))
        for key in value:
            if key not in self.SIDE_KEYS:
                problem = Problem("lesson_unknown", key=key[:40], known=", ".join(self.SIDE_KEYS))
                raise self.lines.refuse(line, problem)
        return value


def _setting(page: str, text: str, base: Setting) -> Setting:
    """Returns `base` with the parameters in `text`, a link's query. Raises Problem lesson_setting for a parameter that
    no link has, or a value that it cannot have."""
    setting = base.with_words(dict(parse_qsl(text, keep_blank_values=True)))
    words = setting.words
    warnings = races.read(words)[0].warnings if page == "compare" else links.read(words).warnings
    if warnings:
        raise Problem("lesson_setting", reason=warnings[0])
    return setting


def _side(table: Mapping[str, str], base: Setting) -> Side:
    """Returns one side of a promise. Raises Problem lesson_value for an unknown model or quantity, and those of
    _setting."""
    model, quantity = table.get("model", "ladder"), table.get("quantity", "test_error")
    setting = _setting(base.page, table.get("setting", ""), base)
    allowed = (
        ("ladder", "twin")
        if base.page == "live"
        else tuple(m for m, kind in CONTESTANTS.items() if kind != "reference")
    )
    if model not in allowed:
        raise Problem("lesson_value", key="model", wanted=", ".join(allowed))
    kind, bracket, layer = quantity.rstrip("]").partition("[")
    in_layer = kind in LAYER_QUANTITIES and bool(bracket) and given.whole(layer, TOP) is not None
    if not (in_layer or quantity in QUANTITIES) or not _has(model, kind):
        known = [*QUANTITIES, *(f"{name}[0]" for name in LAYER_QUANTITIES)]
        raise Problem("lesson_value", key="quantity", wanted=", ".join(known))
    return Side(setting, model, quantity)


def _has(model: str, kind: str) -> bool:
    """Returns whether a model has a quantity: costs and noise are a ladder's, what becomes of a code an
    autoencoder's."""
    if kind == "test_error":
        return True
    if kind in OF_AUTOENCODERS:
        return usual(model).family == "network"
    return model in ("ladder", "bottom", "gamma")
