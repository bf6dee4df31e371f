"""A comparison on equal terms: what its contestants share, which models they are, and how it travels in a link.

`with=ladder,denoising!corruption_level=0.5,svm` names the contestants, each with the choices that are not its usual
ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from ladder.data import protocol
from ladder.problems import Problem
from ladder.recipe import arrivals, contestants, links
from ladder.recipe.contestants import CONTESTANTS, OPTIONS, Contestant, usual
from ladder.recipe.links import Link
from ladder.recipe.view import View
from ladder.recipe.words import with_words, word_of
from ladder.settings import PRESETS, Live, Recipe, Structure, preset

MOST = 6  # contestants: more curves cannot be told apart
MODELS_KEY = "with"


@dataclass(frozen=True)
class Race:
    """A comparison of 2 to MOST contestants with the same data, labelled rows, hidden widths, seeds, batches and
    updates. Raises Problem bad_contestants for another number of them, same_contestants for two equal ones, and
    bad_length where a choice of settings.PER_LAYER does not have L + 1 values."""

    structure: Structure = Structure()
    live: Live = Live()
    contestants: tuple[Contestant, ...] = tuple(map(usual, ("ladder", "twin", "denoising")))

    def __post_init__(self) -> None:
        Recipe(self.structure, self.live)  # checks the per-layer values
        if not 2 <= len(self.contestants) <= MOST:
            raise Problem("bad_contestants", n=len(self.contestants), high=MOST)
        if len(set(self.contestants)) < len(self.contestants):
            raise Problem("same_contestants")

    @property
    def quick(self) -> bool:
        """Returns whether training/fast.py trains all contestants."""
        return self.structure.quick and all(one.family == "ladder" for one in self.contestants)

    @property
    def latest(self) -> Live:
        """Returns the live choices in force: a race's do not change."""
        return self.live

    def live_of(self, contestant: Contestant) -> Live:
        """Returns the live choices of a contestant: the race's, and for a model with a preset the race's with the
        lambdas of that preset, and with its noise unless the contestant takes the race's."""
        if contestant.model not in PRESETS:
            return self.live
        own = preset(self.live, contestant.model, self.structure.n_layers)
        return replace(own, noise_std=self.live.noise_std) if contestant.takes_noise else own

    def own_terms(self, contestant: Contestant) -> dict[str, dict[str, object]]:
        """Returns what a contestant does not share with the others, in their order: the names of texts of the catalogue
        below compare.terms, with their values. Per-layer values are tuples, from the input up."""
        if contestant.family == "reference":
            return {"fitted": {}}
        found: dict[str, dict[str, object]] = {}
        live = self.live_of(contestant)
        if contestant.model in PRESETS and any(live.lambdas):
            found["lambdas"] = {"lambdas": live.lambdas}
        if "classify" in OPTIONS[contestant.model]:
            found |= _noise_of_autoencoder(contestant)
        elif not contestant.takes_noise:
            found |= {"noise": {"noise_std": live.noise_std}} if any(live.noise_std) else {"no_noise": {}}
        if "code_activation" in OPTIONS[contestant.model]:
            found["code"] = {"activation": contestant.code_activation}
        return found


def _noise_of_autoencoder(contestant: Contestant) -> dict[str, dict[str, object]]:
    if contestant.model == "variational":
        return {"drawn_code": {}}
    found: dict[str, dict[str, object]] = {}
    if contestant.model == "denoising" and contestant.corruption_level:
        found["corruption"] = {"kind": contestant.corruption, "level": contestant.corruption_level}
    if contestant.dropout:
        found["dropout"] = {"share": contestant.dropout}
    if contestant.code_noise:
        found["code_noise"] = {"std": contestant.code_noise}
    return found or {"no_noise": {}}


def check(race: Race) -> None:
    """Raises Problem as protocol.check does if the data are missing or do not fit the labels, and as contestants.check
    does for a contestant that cannot take the data or the depth."""
    protocol.check(race.structure, race.live.n_labeled)
    for contestant in race.contestants:
        contestants.check(contestant, race.structure)


def labels(contestants: tuple[Contestant, ...], language: str, text: Callable[[str, str], str]) -> list[str]:
    """Returns a short name for each contestant in a language. Where two are the same model, their unusual choices
    follow the name. `text`: i18n.text."""
    names = [text(f"contestant.{one.model}.label", language) for one in contestants]
    models = [one.model for one in contestants]
    return [
        name if models.count(one.model) == 1 else f"{name} {written(one).partition('!')[2]}".strip()
        for name, one in zip(names, contestants, strict=True)
    ]


def written(contestant: Contestant) -> str:
    """Returns a contestant as a link writes it, model!option=value!..., with the options that are not the model's usual
    ones: "denoising!corruption_level=0.5"."""
    base = usual(contestant.model)
    changed = [
        f"{f.name}={word_of(getattr(contestant, f.name))}"
        for f in fields(Contestant)
        if getattr(contestant, f.name) != getattr(base, f.name)
    ]
    return "!".join([contestant.model, *changed])


def query(race: Race, language: str, at: int, run: str | None = None, by: str = "") -> dict[str, str]:
    """Returns the query parameters of a race at update `at`. `language`: of the page; `run` and `by`: see
    links.query."""
    found = links.query(Recipe(race.structure, race.live), View(language=language), at, run, by)
    return found | {MODELS_KEY: _listed(race.contestants)}


def _listed(contestants: tuple[Contestant, ...]) -> str:
    return ",".join(map(written, contestants))


def read(params: dict[str, str]) -> tuple[Link, Race]:
    """Returns the link in a query string's parameters, of which `at`, `run`, `by` and the warnings count, and its race;
    the usual contestants where it names fewer than 2. Raises no Problem. Warnings are those of links.read, and
    link_value for an unknown model, option or value, and for 1 or more than MOST contestants (bad_contestants)."""
    params = arrivals.mended(params, {*links.KEYS, MODELS_KEY})
    link = links.read({key: value for key, value in params.items() if key != MODELS_KEY})
    link.by = link.by if MODELS_KEY in params else ""  # without contestants it means a run on another page
    found: list[Contestant] = []
    wrong: list[Problem] = []
    for text in filter(None, params.get(MODELS_KEY, "").split(",")[:20]):
        try:
            contestant = _read(text, link)
            found += [contestant] if contestant not in found else []
        except Problem as reason:
            wrong.append(reason)
    if len(found) == 1 or len(found) > MOST:
        wrong.append(Problem("bad_contestants", n=len(found), high=MOST))
    race = Race(link.recipe.structure, link.recipe.live)
    race = replace(race, contestants=tuple(found[:MOST])) if len(found) >= 2 else race
    used = _listed(race.contestants)
    link.warnings += [Problem("link_value", key=MODELS_KEY, reason=reason, used=used) for reason in wrong]
    return link, race


def _read(text: str, link: Link) -> Contestant:
    """Returns the contestant that a link writes so. An option that is not understood has its usual value, and a warning
    in `link`. Raises Problem bad_choice for an unknown model."""
    model, *options = text.split("!")
    if model not in CONTESTANTS:
        raise Problem("bad_choice", name="model", value=model[:40], choices=", ".join(CONTESTANTS))
    contestant = usual(model)
    for option in options:
        name, _, word = option.partition("=")
        try:
            if name not in OPTIONS[model]:
                raise Problem("link_unknown", key=name[:40])
            contestant = with_words(contestant, {name: word})
        except Problem as reason:
            used = written(contestant)
            link.warnings.append(Problem("link_value", key=f"{MODELS_KEY} {model}", reason=reason, used=used))
    return contestant
