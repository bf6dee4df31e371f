"""What the panels read of the live channel's messages is what the server sends."""

import json
import re

from ladder.live import frames
from ladder.recipe.race import Race
from ladder.settings import Recipe
from ladder.ui import scripts

N_WORKERS = 1
OF_A_LADDER = {"changes", "epoch", "elapsed", "pace", "n_labeled", "lambdas"}
OF_A_RACE = {"contestants"}


def keys_read() -> set[str]:
    """The keys of a header that feed.js lists."""
    source = (scripts.FOLDER / "feed.js").read_text(encoding="utf-8")
    (listed,) = re.findall(r"export const TOLD = \[(.*?)\n\];", source, re.DOTALL)
    return {json.loads(word) for word in re.findall(r'"\w+"', listed)}


def test_every_key_that_the_panels_read_is_sent(lab, until):
    sent = {}
    for name, recipe in (("ladder", Recipe()), ("race", Race())):
        run_id = lab.create(recipe, 1)
        until(run_id, lambda told: told["update"] == 1)
        sent[name] = set(frames.decode(lab.history(run_id))[0])
    assert keys_read() - OF_A_RACE <= sent["ladder"]
    assert keys_read() - OF_A_LADDER <= sent["race"]
    assert keys_read() >= OF_A_LADDER | OF_A_RACE


def test_nothing_is_read_of_what_was_told_but_what_is_listed():
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts.FOLDER.glob("*.js"))
    read = set(re.findall(r"\btold\??\.(\w+)", text)) - {"reduce", "slice", "length", "map", "push"}
    assert read <= keys_read()
