"""Whether a hand-in's run reaches its numbers: the run is repeated from its link, and compared.

On x86 processors with AVX2 and with the same versions a run repeats bit by bit. Elsewhere it agrees at first and then
drifts apart; TOLERANCES says by how much, as benchmarks/handins.py measured it.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from ladder import arithmetic
from ladder.data.protocol import load
from ladder.live.session import Session
from ladder.recipe.links import MAX_AT, Link
from ladder.recipe.race import Race
from ladder.recipe.race import check as check_race
from ladder.teaching.handin import HandIn, link_of, numbers_of
from ladder.teaching.verdicts import Verdict
from ladder.training import contestants
from ladder.training.digest import digest

# (updates, error, cost): up to so many updates, the test errors of one run on two kinds of processor lie at most so far
# apart, as a difference of fractions, and its costs so far, as a share of the larger one. These are 1.5 times the
# largest differences in benchmarks/handins.jsonl, and more; the mean ones are a twentieth of these. A cost is that of
# one batch, and may be near 0.
TOLERANCES = ((300, 0.09, 0.6), (1000, 0.12, 0.7), (MAX_AT, 0.12, 0.8))


@dataclass(frozen=True)
class Repeated:
    """A run that was repeated here: its last numbers, its digest, and the key of what computed it now."""

    numbers: Mapping[str, float]
    digest: str
    computed: str


def repeat(handin: HandIn, device: str = "cpu", told: Callable[[int], object] = lambda update: None) -> Repeated:
    """Returns the hand-in's run, repeated. A live run calls told(update) every half second. Raises Problem handin_link,
    and those of Session, of protocol.check and of race.check for data that are not here."""
    link, race = link_of(handin)
    return _repeat_race(race, link.at) if race else _repeat_run(link, device, told)


def _repeat_run(link: Link, device: str, told: Callable[[int], object]) -> Repeated:
    session = Session(link.recipe, device=device)
    session.replay(link.at, then_play=False)
    while session.active:
        session.advance(0.5)
        told(session.update)
    session.measure()
    states = {"ladder": asdict(session.state), "twin": asdict(session.twin)}
    numbers = numbers_of(session.history.arrays, session.update)
    return Repeated(dict(numbers), digest(states), arithmetic.key_of(session.computed))


def _repeat_race(race: Race, at: int) -> Repeated:
    check_race(race)
    states, numbers = race_results(race, at)
    here = arithmetic.ours("cpu", race.quick).key
    return Repeated(numbers, digest(states), here)


def race_results(race: Race, at: int) -> tuple[dict[str, dict[str, object]], dict[str, float]]:
    """Returns a comparison's networks after `at` updates as `digest` takes them, under their place and model, and its
    numbers as HandIn has them: "update" and the costs of the last update, under the same names. References, which do
    not train, are left out."""
    data = load(race.structure)
    found: dict[str, dict[str, object]] = {}
    numbers = {"update": float(at)}
    for place, one in enumerate(race.contestants):
        if one.family == "reference":
            continue
        state = contestants.initial(one, race.structure, data)
        state, metrics = contestants.train_one(one, state, race.structure, race.live_of(one), data, at)
        found[f"{place} {one.model}"] = asdict(state)
        if at:
            numbers[f"objective_{place}"] = float(np.ravel(metrics["objective"])[-1])
    return found, numbers


def judge(handin: HandIn, repeated: Repeated) -> Verdict:
    """Returns whether the hand-in's numbers are those of its run."""
    told, found = dict(handin.numbers), repeated.numbers
    worst, excess = _worst(told, found)
    values = {"theirs": handin.computed or "?", "here": repeated.computed, "number": worst}
    values |= {"told": _written(told.get(worst)), "found": _written(found.get(worst))}
    if handin.digest == repeated.digest:
        return Verdict("numbers" if worst else "same", values)
    if handin.computed == repeated.computed:
        return Verdict("bits", values)
    return Verdict("close" if excess <= 1 else "far", values)


def _written(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"


def _worst(told: Mapping[str, float], found: Mapping[str, float]) -> tuple[str, float]:
    """Returns the name of the number that differs most, in units of its tolerance, and by how much: ("", 0) where all
    are equal. A number that one side lacks, and another number of updates, is infinitely far."""
    worst, most = "", 0.0
    for name in sorted({*told, *found}):
        if name not in told or name not in found or (name == "update" and told[name] != found[name]):
            return name, float("inf")
        apart = _apart(name, told[name], found[name], found["update"])
        if apart > most:
            worst, most = name, apart
    return worst, most


def _apart(name: str, told: float, found: float, update: float) -> float:
    """Returns how far two values of a number lie apart after `update` updates, in units of its tolerance."""
    _, error, share = next(one for one in TOLERANCES if update <= one[0])
    if name.endswith("error"):
        return abs(told - found) / error
    return abs(told - found) / (share * max(abs(told), abs(found), 1e-12))
