"""What the pages of a class show of its members' runs."""

import math
from collections.abc import Mapping

from ladder.arrays import Arrays
from ladder.live.lab import Lab
from ladder.problems import Problem
from ladder.settings import Recipe
from ladder.teaching.class_curves import Curve, n_settings, together
from ladder.teaching.class_views import recorded
from ladder.teaching.room import Numbers, Room

MOST_CURVES = 200  # that are kept in memory


class ClassRuns:
    """The runs of `lab` as a class sees them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._curves: dict[str, tuple[int, tuple[Recipe, Curve] | None]] = {}  # by run, with the time of its file

    def numbers(self, run_id: str) -> Mapping[str, object] | None:
        """Returns what the board shows of a run: its update and status, and its last test errors, fractions or None.
        None where there is no such run, and for a comparison."""
        try:
            summary, told = self.lab.summary(run_id), self.lab.status(run_id)
        except Problem:
            return None
        errors = {"error": summary.test_error, "twin_error": summary.twin_error}
        return {"update": told.update, "status": told.status, **errors}

    def kept(self, run_id: str) -> dict[str, object]:
        """Returns what the tray keeps of a run as it is now: its `update`, its last test errors `error` and
        `twin_error`, and `snapshot`, the id of a new run that rests at this update, "" where none can be made
        (Lab.branch). Raises Problem as Lab.summary does."""
        found = self.lab.summary(run_id)
        try:
            snapshot = self.lab.branch(run_id, found.update)
        except Problem:
            snapshot = ""
        errors = {"error": found.test_error, "twin_error": found.twin_error}
        return {"run": run_id, "update": found.update, "snapshot": snapshot, **errors}

    def on_board(self, room: Room) -> dict[str, Mapping[str, object]]:
        """Returns `numbers` by run for the runs in the members' view; of those that are not there what the class has
        noted last, where it has (class_views.recorded)."""
        noted = recorded(room)
        found = {run: self.numbers(run) or noted.get(run) for run in {one.run for one in room.present if one.run}}
        return {run: numbers for run, numbers in found.items() if numbers is not None}

    def measured(self, run_id: str) -> Numbers | None:
        """Returns the last measurement of a run that a worker has: the update and the errors, to five decimals, of the
        ladder and its twin. None for every other run, and before the first measurement."""
        try:
            arrays = self.lab.curves(run_id)
        except Problem:
            return None
        if not len(arrays.get("eval_update", ())):
            return None
        error, twin_error = (_fraction(arrays, name) for name in ("test_error", "twin_error"))
        return int(arrays["eval_update"][-1]), error, twin_error

    def experiment(self, room: Room) -> dict[str, object]:
        """Returns the runs that the members look at as one experiment (class_curves.together), with `settings`, how
        many settings they have besides their seeds. Runs that are not there, comparisons, and runs that were not
        measured yet are left out."""
        curves: dict[str, Curve] = {}
        recipes = []
        for member in room.present:
            found = self._curve(member.run) if member.run else None
            if found is not None:
                recipe, curves[member.id] = found
                recipes.append(recipe)
        return together(curves) | {"settings": n_settings(recipes)}

    def _curve(self, run_id: str) -> tuple[Recipe, Curve] | None:
        """The curve of a run as its file has it, which is read once; of a run without a file as it is now."""
        stamp, known = self.lab.store.stamp(run_id), self._curves.get(run_id)
        if not stamp or known is None or known[0] != stamp:
            known = stamp, self._curve_now(run_id)
            self._curves[run_id] = known
            for old in list(self._curves)[:-MOST_CURVES]:
                self._curves.pop(old, None)
        return known[1]

    def _curve_now(self, run_id: str) -> tuple[Recipe, Curve] | None:
        try:
            recipe, arrays = self.lab.recipe(run_id), self.lab.curves(run_id)
        except Problem:
            return None
        if not isinstance(recipe, Recipe) or not len(arrays.get("eval_update", ())):
            return None
        return recipe, (arrays["eval_update"].tolist(), arrays["test_error"].tolist())


def _fraction(arrays: Arrays, name: str) -> float | None:
    """The last number of a curve, None where there is no finite one."""
    last = float(arrays[name][-1]) if len(arrays.get(name, ())) else math.nan
    return round(last, 5) if math.isfinite(last) else None
