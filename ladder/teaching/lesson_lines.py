"""The lines of a lesson's file, by which every mistake in it is a Problem with the file and the line."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeVar

from ladder.problems import Problem

T = TypeVar("T")


class Lines:
    """The lines of a file, from which Problems get their place. `first`: the number of the first line."""

    def __init__(self, file: str, lines: list[str], first: int = 1):
        self.file, self.lines, self.first = file, lines, first

    def at(self, index: int, make: Callable[..., T], *arguments: object) -> T:
        """Returns make(*arguments). A Problem that it raises becomes lesson_line, with the file and the line number of
        the line `index`, unless it has a place already. Raises Problem lesson_line."""
        try:
            return make(*arguments)
        except Problem as problem:
            if problem.key == "lesson_line":
                raise
            raise Problem("lesson_line", file=self.file, line=self.first + index, reason=problem) from None

    def refuse(self, index: int, problem: Problem) -> Problem:
        """Returns lesson_line for a Problem at the line `index`."""
        return Problem("lesson_line", file=self.file, line=self.first + index, reason=problem)

    def part(self, start: int, end: int) -> "Lines":
        """Returns the lines from `start` to before `end`, with their numbers."""
        return Lines(self.file, self.lines[start:end], self.first + start)

    def sections(self, mark: str) -> Iterator[tuple[str, "Lines"]]:
        """Yields (heading, lines) of each section that a heading with this mark begins, such as "## ". The first pair
        has the heading "" and the lines before the first heading; the others have their heading among their lines."""
        starts = [i for i, line in enumerate(self.lines) if line.startswith(mark)]
        yield "", self.part(0, starts[0] if starts else len(self.lines))
        for start, end in pairwise([*starts, len(self.lines)]):
            yield self.lines[start].removeprefix(mark).strip(), self.part(start, end)
