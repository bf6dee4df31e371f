"""Every symbol on the screen: its name, its formula, its place in the papers, and the value that it has now.

The texts are the catalogue's: glossary.<key>.name, .formula and .place (locales/glossary.toml). tests/teaching/
test_glossary.py finds a symbol of the live page that is missing here.
"""

import re
import unicodedata
from dataclasses import dataclass

from ladder import i18n

# What a page knows of a live run by name. A value of LAYERED is one for each layer.
LAYERED = "cost", "gain", "noise_std", "lambdas", "z", "z_tilde", "z_hat", "widths"
SINGLE = ("test_error", "twin_error", "gap", "supervised", "objective", "update", "epoch", "n_labeled", "batch_size")
CHOSEN = "activation", "combinator"  # words, not numbers
COMPARED = ("contraction",)  # of a comparison's contestant


@dataclass(frozen=True)
class Term:
    """One entry. `key`: in the catalogue below "glossary". `symbols`: how it is written, the usual way first. `value`:
    the name of its live value, one of LAYERED, SINGLE, CHOSEN and COMPARED; "" where it has none."""

    key: str
    symbols: tuple[str, ...]
    value: str

    @property
    def layered(self) -> bool:
        """Returns whether the value is one for each layer."""
        return self.value in LAYERED


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
    Term("k", ("k", "K"), ""),
    Term("l", ("l",), ""),
    Term("L", ("L",), "widths"),
    Term("m", ("m",), "widths"),
    Term("N", ("N",), "n_labeled"),
    Term("M", ("M", "n"), "batch_size"),
    Term("W", ("W",), ""),
    Term("V", ("V",), ""),
    Term("BN", ("BN",), ""),
    Term("z", ("z",), "z"),
    Term("z_tilde", ("z̃",), "z_tilde"),
    Term("z_hat", ("ẑ",), "z_hat"),
    Term("z_hat_bn", ("ẑ_BN",), "z_hat"),
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
    Term("jacobian", ("J", "‖J‖²"), "contraction"),
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
