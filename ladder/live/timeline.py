"""The way back through a ladder's run: its kept moments, looking at one of them, and new runs that branch off there."""

import secrets
from dataclasses import replace

from ladder.live.history import differences
from ladder.live.mirror import Act
from ladder.live.moments import Moments, check_size
from ladder.live.runs import Runs
from ladder.live.store import Saved, to_bytes
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.settings import Recipe


class Timeline(Runs):
    """What Lab can do with a run's moments. The methods that read the run's file return when it is read."""

    def moments(self, run_id: str) -> tuple[int, ...]:
        """The updates whose moments the run keeps, rising. Problem "moments_too_large" for a network that has none, or
        those of Store.read if the run's file cannot be read."""
        with self.lock:
            mirror = self._known(run_id)
            told, opening = mirror.told.moments, mirror.recipe is not None and not self.store.exists(run_id)
        if told is not None:
            return told
        return () if opening else self._moments_beside(run_id, self.store.read(run_id)).updates

    def _moments_beside(self, run_id: str, saved: Saved, recipe: Recipe | None = None) -> Moments:
        """The moments that lie beside the run's file, of its own past or of that of another recipe. Problem as of
        check_size."""
        ladder, twin = (saved.states[model] for model in ("ladder", "twin"))
        sizes = len(ladder["theta"]), len(twin["theta"])
        check_size(sizes)
        return Moments(self.store.moments(run_id), sizes, recipe or saved.recipe, ladder["update"])

    def look_back(self, run_id: str, update: int | None) -> None:
        """Have the pictures of a ladder's run show its nearest kept moment at or before `update` until it trains again,
        for which a run that trains rests first; or the present, where `update` is None or not passed yet. Problem
        "no_moment" where no such moment is kept, and those of `moments`."""
        self._ladders_recipe(run_id)
        if update is not None:
            kept = self.moments(run_id)
            if update < self.status(run_id).update and not any(at <= update for at in kept):
                raise Problem("no_moment", update=update)
        self._command("look_back", run_id, update)

    def branch(self, run_id: str, update: int) -> str:
        """The id of a new run that is this ladder's run as it was at `update`, with its moments so far. It is made from
        the nearest kept moment, or from the initial weights if none is kept, by repeating what followed; then it rests.
        Problem as of `branched`, and "moments_too_large" as of `moments`."""
        return self._branch(run_id, *self.branched(run_id, update))

    def branch_before_change(self, run_id: str) -> str:
        """The id of a branch at the update of the run's last change, with the choices from before it: the change is
        taken back, and what it did to the weights. What a person did in one act, as dragging a slider, is one change
        where this server knows of it. Problem as of `branched`, and "moments_too_large" as of `moments`."""
        with self.lock:
            acts = list(self._known(run_id).acts)
        branch = self._branch(run_id, *self.branched(run_id, None))
        with self.lock:
            self._mirror(branch).acts = acts[:-1]
        return branch

    def branched(self, run_id: str, update: int | None) -> tuple[Recipe, int]:
        """The recipe and the update of the run that `branch` makes of a ladder's run there, or for None that
        `branch_before_change` makes. Problem "no_such_update" for one that the run has not passed, "no_change" where
        there is none to be taken back, and those of `recipe`."""
        recipe, last = self._ladders_recipe(run_id), self.status(run_id).update
        if update is not None:
            if not 0 <= update <= last:
                raise Problem("no_such_update", update=update, last=last)
            return replace(recipe, changes=tuple(one for one in recipe.changes if one[0] <= update)), update
        made = tuple(change for change in recipe.changes if change[0] <= last)
        if not made:
            raise Problem("no_change")
        with self.lock:
            acts = self._known(run_id).acts
        first = _first_of(replace(recipe, changes=made), acts[-1] if acts else None)
        return replace(recipe, changes=made[:first]), made[first][0]

    def _ladders_recipe(self, run_id: str) -> Recipe:
        recipe = self.recipe(run_id)
        assert isinstance(recipe, Recipe)
        return recipe

    def _branch(self, run_id: str, recipe: Recipe, update: int) -> str:
        """The id of a new run at `update` of the recipe, which has this run's past so far."""
        try:
            saved = self.store.read(run_id)
        except Problem:  # the recipe is known all the same
            return self._repeat(recipe, update, False)
        moment = self._moments_beside(run_id, saved, recipe).at(update)
        if moment is None:
            return self._repeat(recipe, update, False)
        branch, history = secrets.token_urlsafe(8), saved.history
        history.cut(moment.update)
        try:
            self.store.write(branch, to_bytes(Saved(recipe, moment.states, history, moment.elapsed, saved.computed)))
        except OSError:
            return self._repeat(recipe, update, False)
        self.store.begin_moments(branch, run_id)
        with self.lock:
            mirror = self._mirror(branch)
            mirror.told = Told(update=moment.update)
            self._begin(mirror, recipe, update, False)
        return branch


def _first_of(recipe: Recipe, act: Act | None) -> int:
    """The number of the first of the recipe's changes that the last act made: that before which the choices of the act
    were as the act found them, if all since were changes of these choices; else the last change."""
    lives = [recipe.live, *(live for _, live in recipe.changes)]
    last = len(recipe.changes) - 1
    if act is None:
        return last
    for i in range(last, -1, -1):
        if not {one[0] for one in differences(lives[i], lives[i + 1])} <= act.before.keys():
            return last
        if all(getattr(lives[i], name) == value for name, value in act.before.items()):
            return i
    return last
