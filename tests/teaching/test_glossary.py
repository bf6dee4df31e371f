"""The glossary has every symbol of the live page, in both languages, and finds symbols in texts."""

import re
import tomllib
import unicodedata

import pytest

from ladder import i18n
from ladder.teaching import glossary, values

FILES = "live", "stage", "knobs"
TOKEN = re.compile(r"[^\W\d_][\u0300-\u036f]?(?:_?[A-Za-zα-ω0-9₀-₉]+)*")
# Words of the formulas that are English, not symbols.
ENGLISH = """a all alone and as cell class classes compared components drawn first from labelled labels noise of over
Pause Play predicted principal samples same seconds test the their to trained training two with without wrong l ²"""
WORDS = set(re.findall(r"\S+", ENGLISH))
UNITS = {"s", "I", "A", "a", "²"}  # a second, and words of one letter in English sentences


def texts():
    """(key, English text, whether it is a formula) of the catalogue's files FILES."""

    def flat(table, prefix):
        for name, value in table.items():
            if set(value) <= set(i18n.LANGUAGES):
                yield f"{prefix}{name}", value["en"]
            else:
                yield from flat(value, f"{prefix}{name}.")

    for name in FILES:
        content = tomllib.loads((i18n.FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        for key, text in flat(content, ""):
            yield key, re.sub(r"\{\w+\}", " ", text), key.endswith("formula")


def symbols(text: str, formula: bool) -> set[str]:
    """The symbols of a text: in a formula all words that are no English, elsewhere signs beyond ASCII and single
    letters."""
    found = TOKEN.findall(unicodedata.normalize("NFD", text))
    found = [unicodedata.normalize("NFC", one) for one in found]
    if formula:
        return {one for one in found if one not in WORDS}
    return {one for one in found if one not in UNITS and (len(one) == 1 or not one.isascii())}


def test_every_symbol_of_the_live_page_is_in_the_glossary():
    found = {(key, one) for key, text, formula in texts() for one in symbols(text, formula)}
    assert {"z̃", "ẑ_BN", "λ₀", "C_sup", "BN", "Γ", "β₁", "γ"} <= {one for _, one in found}
    missing = {(key, one) for key, one in found if not glossary.term_of(one)}
    assert missing == set()


def test_the_finder_finds_what_is_missing():
    assert "θ" in symbols("η = θ", True) and not glossary.term_of("θ")
    assert symbols("I pull λ to q", False) == {"λ", "q"}


def test_all_terms_of_the_wish_list_are_there():
    for symbol in ("z", "z̃", "ẑ", "u", "g", "λ", "σ", "W", "V", "β", "γ", "C_c", "C_d", "gain", "BN", "Γ"):
        assert glossary.term_of(symbol), symbol


def test_every_term_has_its_texts_and_a_symbol_of_its_own():
    keys = {key.split(".")[1] for key in i18n.catalogue() if key.startswith("glossary.")}
    assert keys == {term.key for term in glossary.TERMS}
    every = [symbol for term in glossary.TERMS for symbol in term.symbols]
    assert len(every) == len(set(every))
    for language in i18n.LANGUAGES:
        assert all(one.name and one.formula and one.place for one in glossary.entries(language))


def test_a_term_s_value_is_one_that_a_run_has():
    known = {*values.LAYERED, *values.SINGLE, *values.CHOSEN}
    assert {term.value for term in glossary.TERMS} - {""} == known


def helps() -> list[str]:
    """The keys of all help texts."""
    return [key for key in i18n.catalogue() if key.endswith("help")]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_symbol_of_a_help_text_is_found_in_it(language):
    assert len(helps()) > 100
    for key in helps():
        text = re.sub(r"\{\w+\}", " ", i18n.text(key, language))
        alone = re.sub(r"N\(0, σ²\)|C\(l\)|t(?=检验|区间)|\bt(?=-)|[\u4e00-\u9fff]", " ", text)
        wanted = {glossary.term_of(one) for one in symbols(alone, False)} - {None}
        assert wanted <= set(glossary.used(text)), key


def test_what_is_found_in_a_text():
    found = {
        "C = C_sup + Σ λ(l) C(l)": "objective supervised sum lambda l cost",
        "目标函数 C = C_监督 + λ₀ C(0)": "objective supervised lambda",
        "λ_L, σ₀ and z\u0303; the layer’s t-test, N(0, σ²)": "lambda sigma z_tilde normal",
        "配对t检验，z": "z",
        "an error, a gain, many updates": "",
        "‖J(x) − J(x + ε)‖²": "jacobian x",
        "Γ, β₁ and β": "gamma_model adam beta",
    }
    for text, keys in found.items():
        assert [term.key for term in glossary.used(text)] == keys.split(), text
    assert [term.key for term in glossary.used("gain(l) = error", formula=True)] == ["gain", "l", "error"]
    assert [term.key for term in glossary.used("错误率 = 1 − P", formula=True)] == ["error", "P"]
    assert glossary.term("lambda").symbols == ("λ",) and glossary.term("nothing") is None


@pytest.mark.parametrize(
    "symbol, key",
    [
        ("λ_L", "lambda"),
        ("σ₀", "sigma"),
        ("C(l)", "cost"),
        ("C", "objective"),
        ("ẑ(l)", "z_hat"),
        ("z\u0303", "z_tilde"),
    ]
    + [("z\u0302", "z_hat"), ("β₁", "adam"), ("β", "beta"), ("N(0, σ²)", "normal")],
)
def test_a_symbol_leads_to_its_term(symbol, key):
    assert glossary.term_of(symbol).key == key


def test_searching():
    assert glossary.search("λ", "en")[0].term.key == "lambda"
    assert [one.term.key for one in glossary.search("combinator", "en")][0] == "g"
    assert "gain" in [one.term.key for one in glossary.search("增益", "zh")]
    assert glossary.search("Pezeshki 20-22", "en") and not glossary.search("no such thing", "en")
    assert len(glossary.search("", "zh")) == len(glossary.TERMS)
