"""Which change helped: from the usual settings to the best ones of a search, one setting at a time.

The ablation path of Fawcett and Hoos 2016 (Analysing differences between algorithm configurations through ablation):
at each step that setting is changed whose change lowers the validation error most. Every step is trained, none guessed.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
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


def walk(setup: Setup, best: Words, steps: list[Step]) -> Generator[list[Point], Mapping[str, Result], None]:
    """Adds to `steps` the way from the usual value of each setting of `best`, the words of a search's best trial, to
    `best` itself. Yields the points of which it needs results, and is sent these by cell key. Raises Problem as
    axes.cell_of does."""
    left: list[tuple[str, str]] = list(best)
    done: Words = ()
    (start,) = yield from _trained(setup, [()])
    steps.append(Step(None, start))
    while left:
        tried = yield from _trained(setup, [(*done, change) for change in left])
        made = [Step(change, results) for change, results in zip(left, tried, strict=True)]
        step = min(made, key=lambda one: one.validation_error)
        assert step.change is not None
        steps.append(step)
        done = (*done, step.change)
        left.remove(step.change)


def path(setup: Setup, best: Words, train: Train) -> list[Step] | None:
    """Returns all steps of `walk`. None where `train` was stopped. Raises Problem as `walk` and `train` do."""
    steps, complete = so_far(setup, best, lambda points: train(points) or {})
    return steps if complete else None


def so_far(setup: Setup, best: Words, found: Callable[[list[Point]], Mapping[str, Result]]) -> tuple[list[Step], bool]:
    """Returns those steps whose results are there, and whether these are all. `found`: the results of points that are
    there, by cell key. Raises Problem as `walk` and `found` do."""
    steps: list[Step] = []

    def there(points: list[Point]) -> Mapping[str, Result] | None:
        results = found(points)
        return results if all(point.cell.key in results for point in points) else None

    walking = walk(setup, best, steps)
    points = next(walking)
    with suppress(StopIteration):
        while (results := there(points)) is not None:
            points = walking.send(results)
    return steps, len(steps) == len(best) + 1


def n_runs(setup: Setup, best: Words) -> int:
    """Returns how many runs the way has."""
    return setup.n_seeds * (1 + len(best) * (len(best) + 1) // 2)


def like(setup: Setup, best: Words) -> list[Point]:
    """Returns as many points as the way has, of about the same cost: those of the way that changes the settings in
    their order. Raises Problem as axes.cell_of does."""
    words = [(*best[:i], best[j]) for i in range(len(best)) for j in range(i, len(best))]
    return [point for one in [(), *words] for point in setup.points(one)]


def _trained(
    setup: Setup, settings: Sequence[Words]
) -> Generator[list[Point], Mapping[str, Result], list[tuple[Result, ...]]]:
    """Asks for the results of each setting, and returns them, one for each seed."""
    points = [point for words in settings for point in setup.points(words)]
    found = yield points
    every = [found[point.cell.key] for point in points]
    return [tuple(every[i : i + setup.n_seeds]) for i in range(0, len(every), setup.n_seeds)]
