"""What the panels read of the live channel's messages is what the server sends."""

import json
import re
from dataclasses import fields

from ladder.live.told import Told
from ladder.ui import scripts

OF_THE_SCRIPT = {"computed"}  # goes into links, which the page's script makes

OF_AN_INCREMENT = {"kept"}  # says how the changes are put together, and is not kept itself


def keys_read() -> set[str]:
    """The keys of a header that feed.js lists."""
    source = (scripts.FOLDER / "feed.js").read_text(encoding="utf-8")
    (listed,) = re.findall(r"export const TOLD = \[(.*?)\n\];", source, re.DOTALL)
    return {json.loads(word) for word in re.findall(r'"\w+"', listed)}


def test_the_panels_read_what_the_server_tells():
    assert keys_read() | OF_AN_INCREMENT | OF_THE_SCRIPT == {field.name for field in fields(Told)}


def test_nothing_is_read_of_what_was_told_but_what_is_listed():
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts.FOLDER.glob("*.js"))
    read = set(re.findall(r"\btold\??\.(\w+)", text)) - {"reduce", "slice", "length", "map", "push"}
    assert read <= keys_read()
