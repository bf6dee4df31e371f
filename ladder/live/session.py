"""One live run inside a worker: the ladder and its supervised twin in lockstep, its recipe, its history.

All numbers come from `training.train`; this file decides when to measure, when to stop, and what is recorded. Where the
updates are cut into chunks changes nothing in them.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ladder.analysis import snapshot
from ladder.arithmetic import MOST_KINDS, key_of, ours
from ladder.arrays import Arrays
from ladder.data.datasets import check, load
from ladder.live.history import EVAL_EVERY, History, differences
from ladder.live.news import Header
from ladder.live.playing import Playing, Reason
from ladder.live.store import Saved, SavedState, to_bytes
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.settings import Live, Recipe
from ladder.training.train import State, device_of, initial, train

GOOD_EVERY, MOST_GOOD = 50, 3  # updates between weights that are kept to go back to, and how many of them


class Session(Playing):
    """A ladder and its twin from a recipe, or from a file as it was left."""

    def __init__(self, recipe: Recipe, saved: Saved | None = None, device: str = "cpu"):
        for live in (recipe.live, *(one for _, one in recipe.changes)):
            check(recipe.structure.dataset, live.n_labeled)
        super().__init__()
        self.recipe, self.device, self.here = recipe, device, ours(device_of(device).type, recipe.structure.quick)
        self.data = load(recipe.structure.dataset, recipe.structure.data_noise)
        self._begin()
        if saved is not None:
            self.state, self.twin = (State(**saved.states[who]) for who in ("ladder", "twin"))
            for state, model in ((self.state, "ladder"), (self.twin, "supervised")):
                if state.theta.shape != initial(recipe.structure, self.data, model).theta.shape:
                    raise Problem("checkpoint_damaged")
            self.history, self.elapsed, self.computed = saved.history, saved.elapsed, saved.computed
        self._good = [(self.state, self.twin)]
        self._restored: int | None = None
        if saved is None:
            self.measure()

    def _begin(self) -> None:
        structure = self.recipe.structure
        self.state, self.twin = (initial(structure, self.data, model) for model in ("ladder", "supervised"))
        self.computed = (self.here,)  # what has trained it, one after the other; empty where that is not known
        self._begin_history(History(structure.n_layers + 1))

    @property
    def good(self) -> tuple[State, State]:
        """Ladder and twin as they were last known to be finite."""
        return self._good[-1]

    @property
    def update(self) -> int:
        """Updates done."""
        return self.state.update

    # --- what people do

    def take_up(self, recipe: Recipe, update: int) -> None:
        """Go on with the choices that were in force at `update` of `recipe`: the run came back from a file that is a
        moment older. What lay ahead there lies ahead here."""
        ahead = [(since, live) for since, live in recipe.changes if since > max(update, self.update)]
        now = self.recipe.changed(self.update, recipe.at(update))
        self.recipe = replace(now, changes=(*now.changes, *ahead))

    def change(self, values: Mapping[str, object]) -> None:
        """Use other values of some live choices from the next update on. A replay that has not arrived yet becomes a
        run of its own. Problem, and nothing is changed, if a value is impossible, or if the data have no such number of
        labels."""
        live = self.recipe.at(self.update).having(values)
        check(self.recipe.structure.dataset, live.n_labeled)
        if self.status == "replaying":
            self.pause()
        self.recipe = self.recipe.changed(self.update, live)
        if self.status in ("paused", "finished"):
            self._come_to_rest()

    def reset(self) -> None:
        """Back to the same initial weights, with the choices now in force."""
        self.recipe = Recipe(self.recipe.structure, self.recipe.at(self.update))
        self._anew()
        self._begin()
        self._good, self._restored = [(self.state, self.twin)], None
        self.measure()

    def restore(self) -> None:
        """Back to the last weights known to be finite, or to older ones where these led nowhere: finite weights may be
        beyond help already. The choices now in force stay."""
        live = self.recipe.at(self.update)
        if self._restored is not None and self.good[0].update - self._restored < GOOD_EVERY:
            self._good = [pair for pair in self._good if pair[0].update < self._restored] or self._good[:1]
        self.state, self.twin = self.good
        self._restored = self.update
        self.history.cut(self.update)
        self.recipe = self.recipe.changed(self.update, live)
        self.status, self.reason, self.until = "paused", None, 0
        self._tick()
        self.news = []

    # --- training

    def _ends(self) -> list[int | None]:
        return [self.recipe.next_change(self.update), self.recipe.at(self.update).n_updates]

    def _train(self, n: int) -> Reason | None:
        live = self.recipe.at(self.update)
        bad = self._train_both(live, n)
        if bad:
            return self._diverged(*bad)
        self._keep()
        return None

    def _keep(self) -> None:
        """These weights are good. Of earlier ones some are kept too, GOOD_EVERY updates and more apart."""
        if len(self._good) > 1 and self.update - self._good[-2][0].update < GOOD_EVERY:
            self._good.pop()
        self._good = [*self._good, (self.state, self.twin)][-MOST_GOOD:]

    def _train_both(self, live: Live, n: int) -> tuple[int, str] | None:
        """n updates of ladder and twin; (update, quantity) of the first number that is not finite. What was before it
        is recorded."""
        structure, at = self.recipe.structure, self.update
        if not at or (self.computed and self.computed[-1] != self.here):
            self.computed = (*self.computed[1 - MOST_KINDS :], self.here) if at else (self.here,)
        (self.state,), (of_ladder,) = train([self.state], [structure], [live], self.data, n, device=self.device)
        bad = of_ladder.bad
        n = n if bad is None else bad[0] - at - 1
        (self.twin,), (of_twin,) = train(
            [self.twin], [structure], [live], self.data, n, model="supervised", device=self.device
        )
        if of_twin.bad:
            bad = of_twin.bad[0], "twin"
            n = bad[0] - at - 1
        rows: Arrays = {"update": np.arange(at + 1, at + n + 1), "twin_supervised": of_twin["supervised"][:n]}
        rows |= {name: of_ladder[name][:n] for name in ("supervised", "denoising", "objective")}
        if n:
            self._record(rows)
        return bad

    def measure(self) -> None:
        """Test errors and gain of this moment, once."""
        if self.update in self.history.arrays["eval_update"][-1:]:
            return
        live = self.recipe.at(self.update)
        measured = snapshot.measure(self.state, self.twin, self.recipe.structure, live, self.data)
        measured["eval_update"] = self.update
        self._record({name: np.array([value]) for name, value in measured.items()})

    def _finished(self) -> Reason | None:
        live = self.recipe.at(self.update)
        if live.n_updates and self.update >= live.n_updates:
            return {"key": "target", "n_updates": live.n_updates, "decayed": live.decay_from < 1}
        if live.stop_error:
            # Slowed and stepped runs are measured more often. The extra measurements never decide a stop rule.
            curves = self.history.arrays
            errors = curves["test_error"][curves["eval_update"] % EVAL_EVERY == 0]
            if len(errors) and errors[-1] <= live.stop_error:
                return {"key": "error", "stop_error": live.stop_error}
        return None

    def _diverged(self, update: int, quantity: str) -> Reason:
        done = [live for since, live in self.recipe.changes if since < update]
        changed = differences(*[self.recipe.live, *done][-2:]) if done else []
        change = changed[-1][0] if changed else None
        return {"key": "diverged", "quantity": quantity, "update": update, "change": change}

    # --- what is told

    def told(self) -> Told:
        """What the run says of itself. Its changes are told by the server, which has its recipe."""
        live = self.recipe.at(self.update)
        epoch = self.state.seen_unlabeled / len(self.data.x)
        found = replace(super().told(), epoch=epoch, target=live.n_updates, n_labeled=live.n_labeled)
        return replace(found, computed=key_of(self.computed))

    def snapshot(self) -> tuple[Header, Arrays]:
        """snapshot.inspect of this moment, with the labelled samples."""
        live = self.recipe.at(self.update)
        header, arrays = snapshot.inspect(self.state, self.recipe.structure, live, self.data, self.view)
        return header, arrays | snapshot.labeled_samples(self.recipe.structure, live, self.data)

    def saved(self) -> bytes:
        """The run as a file, at its last good state, with the choices now in force."""
        ladder, twin = self.good
        history, recipe = self.history.copy(), self.recipe
        assert isinstance(history, History)
        history.cut(ladder.update)
        if ladder.update < self.update:
            recipe = recipe.changed(ladder.update, recipe.at(self.update))
        states = {"ladder": _plain(ladder), "twin": _plain(twin)}
        return to_bytes(Saved(recipe, states, history, self.elapsed, self.computed))


def _plain(state: State) -> SavedState:
    return {
        "theta": state.theta,
        "adam_m": state.adam_m,
        "adam_v": state.adam_v,
        "update": int(state.update),
        "seen_labeled": int(state.seen_labeled),
        "seen_unlabeled": int(state.seen_unlabeled),
    }
