"""The lessons of a server: those of this package, and a teacher's own in the folder LADDER_LESSONS.

A folder of lessons has a folder for each language, with one file a lesson: en/noise.md, zh/noise.md. A lesson that
cannot be read leaves a Problem, and the others are there all the same.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ladder.i18n import LANGUAGES
from ladder.problems import Problem, reason_of
from ladder.teaching.lesson import Lesson, difference
from ladder.teaching.lesson_files import parse

OURS = Path(__file__).parent / "lessons"
OWN = "LADDER_LESSONS"
ORDER = (
    "unlabelled",
    "noise",
    "laterals",
    "layers",
    "lower_cost",
    "one_run",
    "all_labels",
    "batch_statistics",
    "overcomplete",
    "contraction",
    "is_it_a_ladder",
    "variance",
    "weights",
    "top_down",
    "supervised_noise",
    "more_noise",
)
MOST_BYTES = 100_000  # of a file
MOST_LETTERS = 60  # of its name without the ending, as of HandIn.lesson


@dataclass
class Found:
    """The lessons that were read. `lessons`: name -> language -> Lesson, ours in the order in which they are taught.
    `problems`: what is wrong with the others, in a teacher's words."""

    lessons: dict[str, dict[str, Lesson]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def lesson(self, name: str, language: str) -> Lesson | None:
        """Returns a lesson in a language, or in the language that it has where it lacks this one; None for an unknown
        name."""
        languages: Mapping[str, Lesson] = self.lessons.get(name, {})
        return languages.get(language) or next(iter(languages.values()), None)


def load(folder: Path) -> Found:
    """Returns the lessons of a folder. Raises no Problem. `problems` has them instead: lesson_folder where it is no
    folder, lesson_unreadable and lesson_name for a file that is none, lesson_line for a mistake in a file, and
    lesson_differs where a lesson's languages are not the same lesson; such a lesson is left out."""
    found = Found()
    if not folder.is_dir():
        found.problems.append(Problem("lesson_folder", folder=str(folder)))
        return found
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.md")):
            try:
                lesson = read(path, language)
                found.lessons.setdefault(lesson.name, {})[language] = lesson
            except Problem as problem:
                found.problems.append(problem)
    for name, languages in list(found.lessons.items()):
        first, *others = languages.values()
        wrong = next((one for other in others if (one := difference(first, other))), None)
        if wrong:
            found.problems.append(wrong)
            del found.lessons[name]
    return found


def read(path: Path, language: str) -> Lesson:
    """Returns the lesson in a file. Raises Problem lesson_unreadable for a file that cannot be read, is larger than
    MOST_BYTES or is no UTF-8, lesson_name for one whose name is too long or has letters that cannot be shown, and those
    of lesson_files.parse."""
    file = f"{path.parent.name}/{path.name}"
    if len(path.stem) > MOST_LETTERS or not path.stem.isprintable():
        raise Problem("lesson_name", file=file, high=MOST_LETTERS)
    if path.exists() and not path.is_file():  # a pipe would never end
        raise Problem("lesson_unreadable", file=file, reason=Problem("not_a_file"))
    try:
        with path.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Problem("lesson_unreadable", file=file, reason=reason_of(error)) from error
    if len(content) > MOST_BYTES:
        raise Problem("lesson_unreadable", file=file, reason=f"> {MOST_BYTES:,} B")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Problem("lesson_unreadable", file=file, reason="UTF-8") from error
    return parse(text, path.stem, language, file)


def ours() -> Found:
    """Returns the lessons of this package, in the order in which they are taught."""
    found = load(OURS)
    found.lessons = {name: found.lessons[name] for name in ORDER if name in found.lessons}
    return found


def every() -> Found:
    """Returns our lessons and those of the folder that LADDER_LESSONS names, if it is set. Adds the Problem lesson_same
    for a lesson of that folder with the name of one of ours, which is left out."""
    found = ours()
    if not os.environ.get(OWN):
        return found
    own = load(Path(os.environ[OWN]))
    found.problems += own.problems
    for name, languages in own.lessons.items():
        if name in found.lessons:
            found.problems.append(Problem("lesson_same", lesson=name))
        else:
            found.lessons[name] = languages
    return found
