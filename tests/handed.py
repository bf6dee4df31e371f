"""Hand-ins of a short run and of a comparison, for tests of what is done with hand-ins."""

from ladder.live.session import Session
from ladder.live.store import from_bytes
from ladder.recipe import defaults
from ladder.recipe.contestants import usual
from ladder.recipe.race import Race
from ladder.settings import Recipe, Structure
from ladder.teaching import handin
from ladder.teaching.handin import HandIn


def handed_in(answer: float) -> HandIn:
    """What Ada hands in after 30 updates in the lesson "noise", with this answer to its question."""
    session = Session(Recipe(Structure(weight_seed=3, label_seed=4)))
    session.replay(30, then_play=False)
    while session.active:
        session.advance(0.5)
    return handin.of_run(from_bytes(session.saved()), "noise", "Ada", (("question", answer),))


def compared(lesson: str) -> HandIn:
    """What Ada hands in of a comparison of two contestants after 30 updates in a lesson, with invented numbers."""
    structure = Structure(weight_seed=3, label_seed=4)
    race = Race(structure, defaults.default_live(structure), (usual("ladder"), usual("twin")))
    return handin.of_race(race, 30, {"objective_0": 0.5}, "", "0" * 64, lesson, "Ada", (("question", 1.0),))
