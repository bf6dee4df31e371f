"""A hand-in of a short run, for tests of what is done with hand-ins."""

from ladder.live.session import Session
from ladder.live.store import from_bytes
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
