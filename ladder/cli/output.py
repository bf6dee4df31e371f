"""Text for terminals and pipes that cannot write every letter: a pipe on Western Windows takes cp1252, without λ."""

import codecs
import io
import sys
import unicodedata

# The letters of the texts beyond ASCII, in plain letters.
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
    """Returns the replacement of letters that an encoding lacks, and where to go on, for codecs.register_error. The
    replacement is that of PLAIN, else the letter without its accents, else "?"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN.get(letter) or _without_accents(letter) for letter in lacking), error.end


def _without_accents(letter: str) -> str:
    """Returns the letter taken apart, in plain letters: "z^" for ẑ, "e" for é, "?" for a letter that has no plain
    parts."""
    parts = unicodedata.normalize("NFKD", letter)
    kept = "".join(part if part.isascii() else PLAIN.get(part, "") for part in parts)
    return kept or ("" if unicodedata.combining(letter) else "?")


def make_writable() -> None:
    """Makes stdout and stderr accept every text: letters that their encoding lacks are written in plain letters."""
    codecs.register_error("ladder.plain", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="ladder.plain")
