"""Text for terminals and pipes that cannot write every letter: a pipe on Western Windows takes cp1252, without λ."""

import codecs
import io
import sys
import unicodedata

# What the texts hold beyond ASCII, in plain letters.
PLAIN = {
    "\N{COMBINING TILDE}": "~",  # z~ of the noisy path
    "\N{COMBINING CIRCUMFLEX ACCENT}": "^",  # z^ of the decoder
    "λ": "lambda",
    "σ": "sigma",
    "β": "beta",
    "γ": "gamma",
    "Γ": "Gamma",
    "μ": "mu",
    "φ": "phi",
    "ε": "epsilon",
    "Σ": "sum",
    "×": "x",
    "·": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "²": "^2",
    "∂": "d",
    "‖": "|",
    "√": "sqrt",
    "∞": "infinity",
    "█": "#",
}


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """For codecs.register_error: the letters that an encoding lacks as PLAIN has them, without accents, or as "?"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter) or _without_accents(letter) for letter in lacking), error.end


def _without_accents(letter: str) -> str:
    """The letter taken apart, in plain letters: "z^" for ẑ, "e" for é, "?" for what has none."""
    parts = unicodedata.normalize("NFKD", letter)
    kept = "".join(part if part.isascii() else PLAIN.get(part, "") for part in parts)
    return kept or ("" if unicodedata.combining(letter) else "?")


def make_writable() -> None:
    """Let stdout and stderr take every text, whatever their encoding: what it lacks is written in plain letters."""
    codecs.register_error("ladder.plain", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="ladder.plain")
