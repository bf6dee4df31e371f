"""What came of repeating a hand-in's run. The server knows this file; replays.py, which repeats, loads torch."""

from collections.abc import Mapping
from dataclasses import dataclass

from ladder import i18n
from ladder.problems import Problem


@dataclass(frozen=True)
class Verdict:
    """Whether a run reaches its numbers: the name of a text below "handin.verdict" of the catalogue, and its values.

    "same": equal bits. "close": computed by another kind of arithmetic, and within replays.TOLERANCES. "far": beyond
    them. "bits": by the same arithmetic, and yet other bits. "numbers": the state is the run's, the numbers are not.
    """

    kind: str
    values: Mapping[str, object]

    @property
    def reached(self) -> bool:
        """Returns whether the run reaches the numbers, exactly or as nearly as the processors allow."""
        return self.kind in ("same", "close")


def sentence(outcome: Verdict | Problem, language: str) -> str:
    """Returns what came of a replay as a sentence in a language: a Problem where there was none."""
    if isinstance(outcome, Problem):
        return i18n.problem(outcome, language)
    return i18n.text(f"handin.verdict.{outcome.kind}", language, **outcome.values)
