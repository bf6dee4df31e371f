"""Query parameters as they arrive: mended where chat programs, mail and phones are known to damage links.

Every repair changes something that no link of this program contains, so that a link that arrived whole stays as it is:
none of its keys has a capital, none of its values an ampersand, a space, a percent sign or a letter beyond ASCII. The
names of kept sweeps and searches (`NAMES`) are people's own words, and stay as they are.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import unquote

from ladder.problems import Problem

NAMES = frozenset({"search", "sweep"})
OTHERS = frozenset({"embed", "embed_options"})  # Streamlit's own keys
MOST_TOLD = 5  # unknown keys that `unknown` names

# Keys that shops, mail campaigns and chat programs add to every link that passes through them: nobody's mistake.
_TRACKERS = re.compile(
    r"utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|wt_\w+|_hs\w+|_ga|_gl|_openstat|[a-z]{0,4}clid|[a-z]{0,4}clkid|gclsrc|gad_\w+"
    r"|gbraid|wbraid|srsltid|mc_[ce]id|mkt_tok|ml_subscriber(_hash)?|vero_\w+|oly_\w+_id|ck_subscriber_id|s_kwcid|epik"
    r"|igshid?|li_fat_id|trk\w*|ref|ref_src|ref_url|referrer|source|feature|si|spm|scm|from|isappinstalled|scene|nsukey"
    r"|clicktime|enterid|share_\w+|sharer_\w+|weibo_id|vd_source|xsec_\w+|sfnsn|mibextid|rdt|cmpid|campaign(_?id)?"
)
_SEPARATORS = re.compile(r"&(?:amp;)*", re.IGNORECASE)
_LEADING = re.compile(r"^(?:amp;|\?)+", re.IGNORECASE)  # before a key whose "&" became "&amp;"
_TRAILING = ".,;:!?)>]}\"'*_`|\\"  # signs of the sentence around a link


def mended(params: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """Returns the parameters under the keys of `known`, with the damage undone; a parameter of another key keeps that
    key."""
    pairs = [pair for key, value in params.items() for pair in _split(key, value, known)]
    if any(key == "v" and value.startswith("3D") for key, value in pairs):  # "=3D" is how mail writes "="
        pairs = [(key, value if key in NAMES else value.removeprefix("3D").replace("=3D", "=")) for key, value in pairs]
    found = dict(pairs)
    if found and (last := next(reversed(found))) in known and last not in NAMES:
        found[last] = _end(found[last]) or found[last]
    return found


def unknown(params: Collection[str], known: Collection[str]) -> list[Problem]:
    """Returns a Problem link_unknown for each of the first MOST_TOLD keys of `params` that mean nothing here. Keys in
    `known`, Streamlit's own, and those that trackers add are no such keys."""
    keys = [key for key in params if key not in known and key not in OTHERS and not _TRACKERS.fullmatch(key.lower())]
    return [Problem("link_unknown", key=key[:40]) for key in keys[:MOST_TOLD]]


def _split(key: str, value: str, known: Collection[str]) -> list[tuple[str, str]]:
    """Returns the (key, value) pairs that arrived as one pair, or that pair itself. They are several where the "&"
    between them arrived as "%26", "%2526", "&amp;" or "＆" (a full-width letter)."""
    if key in NAMES:
        return [(key, value)]
    text = _plain(f"{key}={value}" if value else key)
    pieces = [piece.partition("=") for piece in _SEPARATORS.split(_LEADING.sub("", text))]
    return [(name.lower() if name.lower() in known else name, word) for name, _, word in pieces if name]


def _plain(text: str) -> str:
    """Returns the text without double encoding, wide letters, blanks, line breaks and invisible letters."""
    for _ in range(3):
        if not re.search(r"%[0-9A-Fa-f]{2}", text):
            break
        text = unquote(text)
    text = unicodedata.normalize("NFKC", text)
    return "".join(
        letter for letter in text if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc")
    )


def _end(value: str) -> str:
    """Returns the link's last value without the words and signs of the sentence that the link stood in."""
    return re.split(r"[^\x21-\x7e]", value, maxsplit=1)[0].rstrip(_TRAILING)
