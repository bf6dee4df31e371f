"""Classes for tests: a clock that stands still, and a class that is made before its server starts."""

from pathlib import Path
from types import SimpleNamespace

from ladder.teaching.classes import Classes

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}
LAPTOP = {"viewport": {"width": 1280, "height": 720}}


class Clock:
    """Seconds since 1970, as a test sets them."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def made_before(home: Path) -> SimpleNamespace:
    """A class in a folder of runs: its id, the code by which students join, and the secret of a teacher's browser."""
    made = Classes(home)
    made.load()
    room, secret = made.make("3b"), made.admit_teacher(made.teacher_code)
    code = made.code_of(room.id)
    made.journal.close()
    return SimpleNamespace(id=room.id, code=code, secret=secret)
