"""A run as a link: every setting, both seeds, every change with its update, and the view, in the query string.

Defaults are left out and the version is always in, so that a later default cannot change what an old link means. A
value that cannot be understood is replaced by its default, with a warning that names it. It is never an error.

An address has less than 6,144 letters, all signs encoded as Streamlit writes them: proxies refuse longer request lines,
nginx those of 8 KB. Changes that find no room are left out, the latest first, and `shortfall` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, urlencode

from ladder.arithmetic import is_key
from ladder.data import datasets, protocol
from ladder.problems import Problem
from ladder.recipe import arrivals
from ladder.recipe.defaults import OPENING, default_live
from ladder.recipe.view import View
from ladder.recipe.words import Choices, with_words, write
from ladder.settings import Live, Recipe, Structure, knobs

VERSION = "1"
MAX_AT = 100_000  # updates that a link may ask a server to repeat
MAX_CHANGES = 200
MAX_LETTERS = 5_700  # of settings and changes, encoded; the rest is for the page's place, the view and the run

STRUCTURE_KEYS = {
    "dataset": "data",
    "data_noise": "spread",
    "widths": "widths",
    "activation": "phi",
    "combinator": "g",
    "weight_seed": "seed",
    "label_seed": "lseed",
    "n_unlabeled": "unlabeled",
    "known_classes": "known",
    "foreign_share": "foreign",
    "label_noise": "wrong",
    "shuffled_labels": "shuffled",
}
LIVE_KEYS = {
    "noise_std": "noise",
    "lambdas": "lam",
    "lateral": "lateral",
    "top_down": "topdown",
    "learning_rate": "lr",
    "n_labeled": "labels",
    "batch_size": "batch",
    "n_updates": "target",
    "decay_from": "decay",
    "stop_error": "stop",
}
VIEW_KEYS = {
    "costs": "costs",
    "log_costs": "log",
    "smooth": "smooth",
    "present": "present",
    "layer": "layer",
    "samples": "page",
    "part": "part",
    "row": "row",
    "rung": "rung",
    "unit": "unit",
    "pace": "pace",
    "language": "lang",
}
KEYS = frozenset(
    {
        *STRUCTURE_KEYS.values(),
        *LIVE_KEYS.values(),
        *VIEW_KEYS.values(),
        "v",
        "at",
        "by",
        "h",
        "run",
        "list",
        "pins",
        "lesson",
    }
    | {"symbol", "of", "check"}  # of the pages Lessons and Hand-ins
)


@dataclass
class Link:
    """What a query string says. `at`: the update up to which to repeat the run. `run`: the id of a run on the server,
    `runs`: that of a list of runs (live/lists.py), `pins`: that of a tab's pins (live/pins.py). `by`: the key of what
    computed the run that the link repeats (arithmetic.py), "" where it is not known. `bare`: whether the link names no
    setting, and so means OPENING. `empty`: whether it has none of the keys of KEYS."""

    recipe: Recipe = Recipe()
    view: View = View()
    at: int = 0
    run: str | None = None
    runs: str = ""
    pins: str = ""
    by: str = ""
    bare: bool = True
    empty: bool = False
    warnings: list[Problem] = field(default_factory=list)


def _differences(choices: Choices, base: Choices, keys: dict[str, str]) -> dict[str, str]:
    table = knobs(type(choices))
    return {
        key: write(table[name], getattr(choices, name))
        for name, key in keys.items()
        if getattr(choices, name) != getattr(base, name)
    }


def _settings(recipe: Recipe) -> dict[str, str]:
    """Returns the query parameters of a run's first choices."""
    found = {"v": VERSION, **_differences(recipe.structure, Structure(), STRUCTURE_KEYS)}
    return found | _differences(recipe.live, default_live(recipe.structure), LIVE_KEYS)


def _steps(recipe: Recipe) -> list[str]:
    """Returns the changes that a link has room for, in words."""
    room = MAX_LETTERS - len(urlencode(_settings(recipe)))
    steps: list[str] = []
    before = recipe.live
    for update, live in recipe.changes[:MAX_CHANGES]:
        words = [f"{key}={value}" for key, value in _differences(live, before, LIVE_KEYS).items()]
        step = "!".join([str(update), *words])
        room -= len(quote(f";{step}", safe=""))
        if update > MAX_AT or room < 0:
            break
        steps.append(step)
        before = live
    return steps


def reach(recipe: Recipe, at: int) -> int:
    """Returns the update up to which a link repeats a run that is at update `at`. It is lower than `at` where the link
    has no room for all changes and updates."""
    left_out = recipe.changes[len(_steps(recipe)) :]
    return min([at, MAX_AT, *(since for since, _ in left_out[:1])])


def shortfall(recipe: Recipe, at: int) -> Problem | None:
    """Returns Problem link_short for a link that has no room for the whole run at update `at`, else None."""
    if reach(recipe, at) == at and len(_steps(recipe)) == len(recipe.changes):
        return None
    room = {"changes": MAX_CHANGES, "updates": f"{MAX_AT:,}", "letters": f"{MAX_LETTERS:,}"}
    return Problem("link_short", reach=reach(recipe, at), **room)


def query(recipe: Recipe, view: View, at: int, run: str | None = None, by: str = "") -> dict[str, str]:
    """Returns the query parameters of a run at update `at`, as far as a link goes (`reach`). `run`: the run's id, for
    the address of its own tab; None for a link to pass on. `by`: the key of what computed the run (arithmetic.py), ""
    where that is not known."""
    found, steps = _settings(recipe), _steps(recipe)
    if steps:
        found["h"] = ";".join(steps)
    if at or found.keys() == {"v"}:  # an address without settings shows a partly trained ladder
        found["at"] = str(reach(recipe, at))
    if at and by:
        found["by"] = by
    found |= _differences(view, View(), VIEW_KEYS)
    return found if run is None else {**found, "run": run}


def address(base: str, recipe: Recipe, view: View, at: int, by: str = "") -> str:
    """Returns the whole link that repeats the run elsewhere: `base`, an address without a query, and what `query`
    returns."""
    return f"{base}?{urlencode(query(recipe, view, at, by=by), safe=',;!=-')}"


def _take(params: Mapping[str, str], base: Choices, keys: dict[str, str], link: Link, levels: int = 0) -> Choices:
    """Returns `base` with every parameter that is understood. Adds a warning to `link` for each of the others."""
    table = knobs(type(base))
    for name, key in keys.items():
        if key not in params:
            continue
        try:
            base = with_words(base, {name: params[key]}, levels)
        except Problem as reason:
            used = write(table[name], getattr(base, name))
            link.warnings.append(Problem("link_value", key=key, reason=reason, used=used))
    return base


def _here(structure: Structure, link: Link) -> Structure:
    """Returns `structure`, with the usual dataset where it names own data or a variant that are not kept here. Adds
    a warning to `link` for that."""
    try:
        datasets.check_kept(structure.dataset)
    except Problem as reason:
        used = Structure().dataset
        link.warnings.append(Problem("link_value", key=STRUCTURE_KEYS["dataset"], reason=reason, used=used))
        return replace(structure, dataset=used)
    return structure


def _seen(structure: Structure, link: Link) -> Structure:
    """Returns `structure`, with every row and class of its data in use where the data do not have those that it names.
    Adds a warning to `link` for that."""
    try:
        protocol.check(structure, protocol.n_classes(structure))
    except Problem as reason:
        usual = protocol.for_dataset(structure, structure.dataset)
        if usual != structure and reason.key != "data_missing":
            moved = [STRUCTURE_KEYS[name] for name in protocol.OF_DATA if getattr(structure, name)]
            link.warnings.append(Problem("link_value", key=", ".join(moved), reason=reason, used=0))
            return usual
    return structure


def foreign_version(params: Mapping[str, str]) -> list[Problem]:
    """Returns a Problem (link_version) if the link is of another version of the links than this program's."""
    found = params.get("v", VERSION)
    return [] if found == VERSION else [Problem("link_version", found=found[:10], known=VERSION)]


def parse(address: str) -> Link:
    """Returns the link in a whole address or in a query string: see `read`."""
    return read(dict(parse_qsl(address.split("?", 1)[-1].split("#", 1)[0], keep_blank_values=True)))


def read(params: dict[str, str]) -> Link:
    """Returns the link in a query string's parameters, which are mended where they arrived damaged (arrivals.py).

    Raises no Problem. `warnings` has them instead: link_unknown, link_version, link_value (with what was wrong with the
    value), link_change (a change that cannot be understood) and link_long (more than MAX_CHANGES changes).
    """
    params = arrivals.mended(params, KEYS)
    link = Link(empty=not KEYS.intersection(params), warnings=arrivals.unknown(params, KEYS))
    link.warnings += foreign_version(params)
    structure = _seen(_here(_take(params, Structure(), STRUCTURE_KEYS, link), link), link)
    levels = structure.n_layers + 1
    live = _take(params, default_live(structure), LIVE_KEYS, link, levels)
    live = _possible(structure, live, link)
    link.recipe = _with_changes(Recipe(structure, live), params.get("h", ""), link)
    link.view = _take(params, View(), VIEW_KEYS, link)
    link.at = _whole(params.get("at", "0"), link)
    link.run, link.runs, link.pins = params.get("run"), params.get("list", ""), params.get("pins", "")
    link.by = params["by"] if is_key(params.get("by", "")) else ""
    link.bare = not any(key in params for key in (*STRUCTURE_KEYS.values(), *LIVE_KEYS.values(), "h", "at"))
    if link.bare:
        link.recipe = OPENING
    return link


def _possible(structure: Structure, live: Live, link: Link) -> Live:
    """Returns `live` with a label budget that the structure's data can have."""
    try:
        protocol.check(structure, live.n_labeled)
    except Problem as problem:
        if problem.key != "data_missing":
            live = replace(live, n_labeled=default_live(structure).n_labeled)
            link.warnings.append(Problem("link_value", key="labels", reason=problem, used=live.n_labeled))
    return live


def _with_changes(recipe: Recipe, text: str, link: Link) -> Recipe:
    levels, since = recipe.structure.n_layers + 1, 0
    steps = text.split(";") if text else []
    if len(steps) > MAX_CHANGES:
        link.warnings.append(Problem("link_long", n=len(steps), high=MAX_CHANGES))
    for step in steps[:MAX_CHANGES]:
        update, *words = step.split("!")
        try:
            at = int(update)
            pairs = dict(word.split("=", 1) for word in words)
            if not since <= at <= MAX_AT or not set(pairs) <= set(LIVE_KEYS.values()):
                raise ValueError
            live = _take(pairs, recipe.latest, LIVE_KEYS, link, levels)
            recipe, since = recipe.changed(at, _possible(recipe.structure, live, link)), at + 1
        except ValueError:
            link.warnings.append(Problem("link_change", step=step[:40]))
    return recipe


def _whole(word: str, link: Link) -> int:
    try:
        at = int(word)
    except ValueError:
        at = -1
    if not 0 <= at <= MAX_AT:
        reason = Problem("link_at", value=word[:40], high=str(MAX_AT))
        link.warnings.append(Problem("link_value", key="at", reason=reason, used=0))
        return 0
    return at
