"""What pages ask about the inside of a run: its ladder, the samples behind a number, one update in slow motion."""

import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

import numpy as np

from ladder.arrays import Ints, Numbers
from ladder.data.datasets import DATASETS, available, check_kept
from ladder.data.drawn import fits
from ladder.data.protocol import n_classes, n_test
from ladder.live.analyst import Denoisers, Quantities, Study
from ladder.live.life import State
from ladder.live.mirror import Answer
from ladder.live.timeline import Timeline
from ladder.problems import Problem
from ladder.recipe.inside import Inside
from ladder.settings import Knob, Recipe, is_base

Outcome = TypeVar("Outcome")


class Looks(Timeline):
    """What Lab can tell of a run's inside. A method that returns an Answer waits for it, and returns None if there is
    none in time."""

    def _of_a_ladder(self, run_id: str) -> Recipe:
        """The recipe of a ladder's run. Raises Problem "run_unknown" for a comparison, and those of `recipe`."""
        recipe = self.recipe(run_id)
        if not isinstance(recipe, Recipe):
            raise Problem("run_unknown", run=run_id[:32])
        return recipe

    def look_inside(self, run_id: str, inside: Inside | None) -> None:
        """The page Inside shows this of the run from now on; nothing for None. Raises Problem as Inside.check does, and
        Problem "run_unknown" for a comparison."""
        recipe = self._of_a_ladder(run_id)
        if inside is not None:
            inside.check(recipe.structure)
        with self.lock:
            self._known(run_id).inside = inside
            self._command("inside", run_id, inside)

    def leave_inside(self, run_id: str, inside: Inside) -> None:
        """A page that had asked for `inside` has gone. Another page may have asked for something else meanwhile."""
        with self.lock, suppress(Problem):
            if self._known(run_id).inside is inside:
                self.look_inside(run_id, None)

    def cases(self, run_id: str, true: int, predicted: int, first: int, seconds: float = 30.0) -> Answer | None:
        """The test rows of class `true` that the run takes for class `predicted`, as cases.confused returns them. Waits
        for them; None if there is no answer in time. Raises Problem "bad_whole" for a class that the data do not have,
        and "run_unknown" for a comparison."""
        recipe = self._of_a_ladder(run_id)
        highest = n_classes(recipe.structure) - 1
        for name, value, most in (
            ("true", true, highest),
            ("predicted", predicted, highest),
            ("first", first, n_test(recipe.structure)),
        ):
            Knob(name, 0, 0, most).check(value)
        return self._answer(run_id, seconds, "cases", true, predicted, first)

    def point(self, run_id: str, row: int, seconds: float = 30.0) -> Answer | None:
        """What the run makes of training row number `row`, as cases.training_sample returns it. Waits for it; None if
        there is no answer in time. Raises Problem "bad_whole" for a row that the data do not have, and "run_unknown"
        for a comparison."""
        recipe = self._of_a_ladder(run_id)
        Knob("row", 0, 0, DATASETS[recipe.structure.dataset].n_train - 1).check(row)
        return self._answer(run_id, seconds, "point", row)

    def tested_on(self, run_id: str, dataset: str, seconds: float = 30.0) -> Answer | None:
        """What the run makes of the test samples of another dataset, as other_tests.tested returns it. Waits for it;
        None if there is no answer in time. Raises Problem "drawn_fits" where that has other images or classes, those of
        datasets.check_kept, and "run_unknown" for a comparison."""
        info = DATASETS[self._of_a_ladder(run_id).structure.dataset]
        if not is_base(dataset):
            raise Problem("drawn_fits")
        check_kept(dataset)
        if not available(dataset) or not fits(dataset, info.image_shape, info.class_names):
            raise Problem("drawn_fits")
        return self._answer(run_id, seconds, "tested", dataset, np.zeros((0, 0), np.uint8), np.zeros(0, np.int64))

    def tested_drawn(self, run_id: str, pixels: Numbers, classes: Ints, seconds: float = 30.0) -> Answer | None:
        """What the run makes of drawn samples, `pixels` (n, d) uint8 of the `classes` (n,), as other_tests.tested
        returns it. Waits for it; None if there is no answer in time. Raises Problem "wrong_pixels" or "bad_whole" where
        they are no images or classes of the run's data, "drawn_fits" where these are no images, and "run_unknown" for a
        comparison."""
        structure = self._of_a_ladder(run_id).structure
        info = DATASETS[structure.dataset]
        if info.image_shape is None:
            raise Problem("drawn_fits")
        if pixels.shape[1] != info.n_features:
            raise Problem("wrong_pixels", n=pixels.shape[1], n_features=info.n_features)
        Knob("true", 0, 0, n_classes(structure) - 1).check(int(classes.max(initial=0)))
        return self._answer(run_id, seconds, "tested", "", pixels, classes)

    def stages(self, run_id: str, seconds: float = 30.0) -> Answer | None:
        """Pauses the run, and returns its next update in slow motion: a header with its `update`, the number of updates
        done, and `stages`, for each the `name`, the `values` and the names of its `arrays` (training/stages.py); and
        all arrays. Waits for it; None if there is no answer in time. Raises Problem "run_unknown" for a comparison."""
        self._of_a_ladder(run_id)
        self._command("pause", run_id)
        return self._answer(run_id, seconds, "stages")

    def combinators(self, run_id: str, layer: int, unit: int, seconds: float = 30.0) -> Answer | None:
        """What every combinator could do for one unit of the run, as denoisers.all_combinators returns it. Waits for
        it; None if there is no answer in time. Raises Problem "bad_whole" for a layer or a unit that the run does not
        have, "run_unknown" for a comparison, and those of Analyst.ask."""
        end, recipe = time.monotonic() + seconds, self._of_a_ladder(run_id)
        Inside(layer=layer, unit=unit).check(recipe.structure)
        answer = self._answer(run_id, seconds, "combinators", layer, unit)
        if answer is None:
            return None
        task = answer[0]["task"]
        assert isinstance(task, Denoisers)
        return _in_time(self.analyst.ask(task), end)

    def quantities(self, run_id: str, names: tuple[str, ...], seconds: float = 30.0) -> Answer | None:
        """The numbers of these names of the run: a header with `values`. They are those of quantities.measure that need
        a state alone, of a comparison with a model behind them (analyst.Quantities). Waits for them; None if there is
        no answer in time. Problem as of Analyst.ask."""
        end = time.monotonic() + seconds
        answer = self._answer(run_id, seconds, "quantities", names)
        if answer is None or "task" not in answer[0]:
            return answer
        task = answer[0]["task"]
        assert isinstance(task, Quantities)
        values = _in_time(self.analyst.ask(task), end)
        return None if values is None else ({"values": values}, {})

    def study(self, run_id: str, name: str, seconds: float = 30.0) -> Answer | None:
        """A look inside a race's contestants: a header with its `name` and `update`, and the arrays of
        analysis/studies.py. Waits for it; None if there is no answer in time. Problem as of Analyst.ask."""
        end = time.monotonic() + seconds
        answer = self._answer(run_id, seconds, "study", name)
        if answer is None:
            return None
        task = answer[0]["task"]
        assert isinstance(task, Study)
        arrays = _in_time(self.analyst.ask(task), end)
        return None if arrays is None else ({"name": name, "update": task.update}, arrays)

    def result(self, run_id: str, seconds: float = 30.0) -> Answer | None:
        """What a hand-in has of a comparison: a header with its `update`, the `digest` of its networks, and their
        `numbers` (race_session.RaceSession.result). Waits for it; None if there is no answer in time."""
        return self._answer(run_id, seconds, "result")

    def _answer(self, run_id: str, seconds: float, name: str, *arguments: object) -> Answer | None:
        """The worker's answer to this command and no other, or None if it does not come in time or the run fails."""
        with self.changed:
            mirror, ticket = self._known(run_id), next(self.tickets)
            mirror.answers[ticket] = None
            try:
                self._command(name, run_id, *arguments, ticket)
                self.changed.wait_for(lambda: mirror.answers[ticket] or mirror.life.state is State.FAILED, seconds)
                return mirror.answers[ticket]
            finally:
                del mirror.answers[ticket]


def _in_time(asked: Future[Outcome], end: float) -> Outcome | None:
    """The outcome of a task of the analyst, None if there is none until `end` by the clock: then it is not wanted any
    more."""
    try:
        return asked.result(max(0.0, end - time.monotonic()))
    except TimeoutError:
        asked.cancel()
        return None
