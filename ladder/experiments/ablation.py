"""Which change helped: from the usual settings to the best ones of a search, one setting at a time.

The ablation path of Fawcett and Hoos 2016 (Analysing differences between algorithm configurations through ablation):
at each step that setting is changed whose change lowers the validation error most. Every step is trained, none guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ladder.experiments.axes import Point
from ladder.experiments.cells import Result
from ladder.experiments.trials import Setup, mean

Words = tuple[tuple[str, str], ...]
Train = Callable[[list[Point]], Mapping[str, Result] | None]  # points -> results by cell key; None where it was stopped


@dataclass(frozen=True)
class Step:
    """One setting of the path: `change`, its (name, word), None for the start; `results`: one for each seed."""

    change: tuple[str, str] | None
    results: tuple[Result, ...]

    @property
    def validation_error(self) -> float:
        """The mean over the seeds; one that diverged counts as 1."""
        return mean([result.validation_error for result in self.results])


def path(setup: Setup, best: Words, train: Train) -> list[Step] | None:
    """Returns the steps from the usual value of each setting of `best`, the words of a search's best trial, to `best`
    itself. None where `train` was stopped. Raises Problem as axes.cell_of and `train` do."""
    left: list[tuple[str, str]] = list(best)
    done: Words = ()
    start = _trained(setup, [()], train)
    if start is None:
        return None
    steps = [Step(None, start[0])]
    while left:
        tried = _trained(setup, [(*done, change) for change in left], train)
        if tried is None:
            return None
        made = [Step(change, results) for change, results in zip(left, tried, strict=True)]
        step = min(made, key=lambda one: one.validation_error)
        assert step.change is not None
        steps.append(step)
        done = (*done, step.change)
        left.remove(step.change)
    return steps


def _trained(setup: Setup, settings: Sequence[Words], train: Train) -> list[tuple[Result, ...]] | None:
    """Returns the results of each setting, one for each seed."""
    points = [point for words in settings for point in setup.points(words)]
    found = train(points)
    if found is None:
        return None
    every = [found[point.cell.key] for point in points]
    return [tuple(every[i : i + setup.n_seeds]) for i in range(0, len(every), setup.n_seeds)]
