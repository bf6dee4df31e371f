"""Every symbol on the screen: its name, its formula, its place in the papers, and which value of a run it stands for.

The texts are the catalogue's: glossary.<key>.name, .formula and .place (locales/glossary.toml). tests/teaching/
test_glossary.py finds a symbol of the live page that is missing here. values.py has the values.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from ladder import i18n

_WORD = re.compile("[a-z]{2,}|[\u4e00-\u9fff]+")  # a symbol that is a word of a language
# What a symbol's neighbour may not be: a letter, a digit, a sign above or below a letter, an apostrophe, a hyphen, or a
# Chinese character. In Python and in JavaScript these characters stand for themselves between square brackets.
_JOINED = "A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff\u0300-\u036f\u2080-\u2089\u4e00-\u9fff'\u2019-"


@dataclass(frozen=True)
class Term:
    """One entry. `key`: in the catalogue below "glossary". `symbols`: how it is written, the usual way first. `value`:
    the name of its value in a live run, one of values.LAYERED, values.SINGLE and values.CHOSEN; "" where it has
    none."""

    key: str
    symbols: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class Entry:
    """A term in one language."""

    term: Term
    name: str
    formula: str
    place: str


TERMS = (
    Term("x", ("x",), ""),
    Term("t", ("t",), ""),
    Term("k", ("k", "K"), "n_classes"),
    Term("l", ("l",), ""),
    Term("L", ("L",), "n_layers"),
    Term("m", ("m",), "widths"),
    Term("N", ("N",), "labels_of_batch"),
    Term("M", ("M", "n"), "batch_size"),
    Term("W", ("W",), ""),
    Term("V", ("V",), ""),
    Term("BN", ("BN",), ""),
    Term("z", ("z",), ""),
    Term("z_tilde", ("z̃",), ""),
    Term("z_hat", ("ẑ",), ""),
    Term("z_hat_bn", ("ẑ_BN",), ""),
    Term("h", ("h",), ""),
    Term("h_tilde", ("h̃",), ""),
    Term("phi", ("φ",), "activation"),
    Term("beta", ("β",), ""),
    Term("gamma", ("γ",), ""),
    Term("y", ("y",), ""),
    Term("y_tilde", ("ỹ",), ""),
    Term("P", ("P",), ""),
    Term("u", ("u",), ""),
    Term("g", ("g",), "combinator"),
    Term("mu", ("μ",), ""),
    Term("v", ("v",), ""),
    Term("sigma", ("σ",), "noise_std"),
    Term("normal", ("N(0, σ²)",), "noise_std"),
    Term("lambda", ("λ",), "lambdas"),
    Term("cost", ("C(l)", "C_d"), "cost"),
    Term("supervised", ("C_sup", "C_监督", "C_c"), "supervised"),
    Term("objective", ("C",), "objective"),
    Term("error", ("error", "错误率"), "test_error"),
    Term("gain", ("gain", "增益"), "gain"),
    Term("gamma_model", ("Γ",), "lambdas"),
    Term("twin", ("twin", "监督对照网络"), "twin_error"),
    Term("epochs", ("epochs", "轮数"), "epoch"),
    Term("updates", ("updates", "更新次数"), "update"),
    Term("adam", ("β₁", "β₂"), ""),
    Term("points", ("points", "百分点"), "gap"),
    Term("ij", ("i", "j"), ""),
    Term("sum", ("Σ",), ""),
    Term("norm", ("‖·‖²",), ""),
    Term("log", ("log",), ""),
    Term("argmax", ("argmax",), ""),
    Term("jacobian", ("J", "‖J‖²"), ""),
    Term("probe", ("probe", "探测样本"), ""),
)


def entry(term: Term, language: str) -> Entry:
    """Returns a term in a language."""
    name, formula, place = (i18n.text(f"glossary.{term.key}.{part}", language) for part in ("name", "formula", "place"))
    return Entry(term, name, formula, place)


def entries(language: str) -> list[Entry]:
    """Returns all terms in a language."""
    return [entry(term, language) for term in TERMS]


def term_of(symbol: str) -> Term | None:
    """Returns the term of a symbol as it stands in a text: with an index below it ("λ₀", "λ_L") or a layer behind it
    ("C(l)"), if need be. None for a symbol that is not here."""
    plain = _plain(symbol)
    for name in (plain, re.sub(r"\(.*\)$", "", plain), re.sub(r"(_[A-Za-z]|[₀-₉])$", "", plain)):
        found = next((term for term in TERMS if name in map(_plain, term.symbols)), None)
        if found:
            return found
    return None


@cache
def pattern(words: bool) -> str:
    """Returns a regular expression, the same for Python and JavaScript, that finds symbols in a text in normal form C:
    its group is one of `symbols_by_name`, without an index below it. `words`: whether to find symbols that are words of
    a language too, as "error" in a formula; elsewhere such a word explains itself."""
    names = [name for name in symbols_by_name() if words or not _WORD.fullmatch(name)]
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return f"(?<![{_JOINED}])({longest_first})(?:_[A-Za-z]|[\u2080-\u2089])?(?![{_JOINED}])"


@cache
def symbols_by_name() -> dict[str, Term]:
    """Returns the term of each symbol, by the symbol in normal form C."""
    return {_plain(symbol): term for term in TERMS for symbol in term.symbols}


def used(text: str, formula: bool = False) -> list[Term]:
    """Returns the terms of the symbols in a text, each once, in the order in which they stand there. `formula`: whether
    the text is one, in which words are symbols too."""
    found = re.finditer(pattern(formula), _plain(text))
    return list(dict.fromkeys(symbols_by_name()[one[1]] for one in found))


def term(key: str) -> Term | None:
    """Returns the term with this key; None for no such key."""
    return next((one for one in TERMS if one.key == key), None)


def search(words: str, language: str) -> list[Entry]:
    """Returns the entries that a person looks for: those with that symbol first, then those that have all the words in
    their name, formula or place. All entries for no words."""
    sought = _plain(words.strip())
    own = term_of(sought) if sought else None
    parts = sought.casefold().split()
    found = [
        one
        for one in entries(language)
        if all(part in _plain(f"{one.name} {one.formula} {one.place}").casefold() for part in parts)
    ]
    first = [entry(own, language)] if own else []
    return first + [one for one in found if one.term is not own]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text)
