"""One live run inside a worker: the ladder and its supervised twin in lockstep, its recipe, its history.

All numbers come from `training.train`; this file decides when to measure, when to stop, and what is recorded. Where the
updates are cut into chunks changes nothing in them.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ladder.analysis import snapshot
from ladder.analysis.cases import confused, training_sample
from ladder.analysis.denoisers import unit_denoiser
from ladder.analysis.other_tests import tested
from ladder.analysis.passage import passage
from ladder.analysis.quantities import Trained, measure
from ladder.arithmetic import MOST_KINDS, key_of, ours
from ladder.arrays import Arrays, Ints, Numbers
from ladder.data.drawn import INK, rows_to_test
from ladder.data.protocol import check, load, seen
from ladder.live.analyst import Denoisers
from ladder.live.history import EVAL_EVERY, History, differences
from ladder.live.moments import Moments, check_size
from ladder.live.news import Header
from ladder.live.playing import Playing, Reason
from ladder.live.store import Saved, SavedState, to_bytes
from ladder.live.told import Told
from ladder.problems import Problem
from ladder.recipe.contestants import usual
from ladder.recipe.inside import Inside
from ladder.settings import Live, Recipe
from ladder.training.stages import update_stages
from ladder.training.train import Metrics, State, device_of, initial, train

GOOD_EVERY, MOST_GOOD = 50, 3  # updates between weights that are kept to go back to, and how many of them
TRIED = 20  # updates that such weights must do without harm before the run goes back to them
HIGH_RATE = 0.1  # a learning rate that ruins most networks
RUINED_LOSS = 1.75  # times the supervised loss of a guess among all classes: then the weights are spoilt
RUINED_ERROR = 0.75  # times the test error of such a guess
RUINED_OVER = 20  # last updates over which the loss is averaged


class Session(Playing):
    """A ladder and its twin from a recipe, or from a file as it was left."""

    def __init__(self, recipe: Recipe, saved: Saved | None = None, device: str = "cpu"):
        for live in (recipe.live, *(one for _, one in recipe.changes)):
            check(recipe.structure, live.n_labeled)
        super().__init__()
        self.inside: Inside | None = None  # what the page Inside shows, None where no such page is open
        self.recipe, self.device, self.here = recipe, device, ours(device_of(device).type, recipe.structure.quick)
        self.data = load(recipe.structure)
        self._begin()
        if saved is not None:
            self.state, self.twin = (State(**saved.states[who]) for who in ("ladder", "twin"))
            for state, model in ((self.state, "ladder"), (self.twin, "supervised")):
                if state.theta.shape != initial(recipe.structure, self.data, model).theta.shape:
                    raise Problem("checkpoint_damaged")
            self.history, self.elapsed, self.computed = saved.history, saved.elapsed, saved.computed
        self._good = [(self.state, self.twin)]
        self._restored: int | None = None
        self.moments: Moments | None = None  # where nobody keeps them
        self._past: State | None = None  # the ladder that is looked back to
        if saved is None:
            self.measure()

    def _begin(self) -> None:
        self.state, self.twin = self._initial()
        self.computed = (self.here,)  # what has trained it, one after the other; empty where that is not known
        self._begin_history(History(self.recipe.structure.n_layers + 1))

    def _initial(self) -> tuple[State, State]:
        """Ladder and twin before the first update."""
        structure = self.recipe.structure
        return initial(structure, self.data), initial(structure, self.data, "supervised")

    @property
    def good(self) -> tuple[State, State]:
        """Ladder and twin as they were last known to be finite."""
        return self._good[-1]

    @property
    def update(self) -> int:
        """Updates done."""
        return self.state.update

    @property
    def sizes(self) -> tuple[int, int]:
        """The numbers of weights of ladder and twin."""
        return len(self.state.theta), len(self.twin.theta)

    @property
    def shown(self) -> State:
        """The ladder that the pictures show: of this moment, or of the one that is looked back to."""
        return self.state if self._past is None or self.active else self._past

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
        check(self.recipe.structure, live.n_labeled)
        if self.status == "replaying":
            self.pause()
        self.recipe = self.recipe.changed(self.update, live)
        self._remember()
        if self.status in ("paused", "finished"):
            self._come_to_rest()

    def remember(self, path: Path) -> None:
        """Keep moments in this file from now on. Those that it has of this run's past stay."""
        self.moments = Moments(path, self.sizes, self.recipe, self.update)
        self._remember()

    def look_back(self, update: int | None) -> None:
        """Have the pictures show the nearest moment at or before `update` until the run trains again, for which a run
        that trains rests first; or the present, where `update` is None or not passed yet. Problem no_moment where there
        is no such moment, moments_too_large for a network that has none."""
        if update is None or update >= self.update:
            self._past = None
            return
        self.pause()
        check_size(self.sizes)
        found = self.moments.at(update) if self.moments else None
        if found is None:
            raise Problem("no_moment", update=update)
        self._past = State(**found.states["ladder"])

    def reset(self) -> None:
        """Back to the same initial weights, with the choices now in force."""
        self.recipe = Recipe(self.recipe.structure, self.recipe.at(self.update))
        self._anew()
        self._begin()
        self._good, self._restored = [(self.state, self.twin)], None
        self._cut_moments(-1)
        self.measure()

    def restore(self) -> None:
        """Back to the last weights from which training goes on, or to older ones where these led nowhere. Finite
        weights may be beyond help already, so each of those that are kept is tried first; where none goes on, the run
        is back at its beginning. The choices now in force stay."""
        live = self.recipe.at(self.update)
        if self._restored is not None and self.good[0].update - self._restored < GOOD_EVERY:
            self._good = [pair for pair in self._good if pair[0].update < self._restored] or self._good[:1]
        while self._good and not self._goes_on(*self.good, live):
            self._good.pop()
        self._good = self._good or [self._initial()]
        self.state, self.twin = self.good
        self._restored = self.update
        self.history.cut(self.update)
        self.recipe = self.recipe.changed(self.update, live)
        self._cut_moments(self.update)
        rate = live.rate_at(self.update)
        self.status, self.until = "paused", 0
        self.reason = {"key": "restored", "rate": rate} if rate >= HIGH_RATE else None
        self._tick()
        self.news = []

    def _goes_on(self, state: State, twin: State, live: Live) -> bool:
        """Whether TRIED updates from these weights stay finite and do not ruin them, at the default learning rate
        where the one in force is higher."""
        gentle = replace(live, learning_rate=min(live.learning_rate, Live.learning_rate))
        for model, at in (("ladder", state), ("supervised", twin)):
            _, (metrics,) = train(
                [at], [self.recipe.structure], [gentle], self.data, TRIED, model=model, device=self.device
            )
            if metrics.bad or metrics["supervised"].mean() > self._ruined_loss:
                return False
        return True

    # --- training

    def _ends(self) -> list[int | None]:
        moment = self.moments.next(self.recipe, self.update) if self.moments else None
        return [self.recipe.next_change(self.update), self.recipe.at(self.update).n_updates, moment]

    def _train(self, n: int) -> Reason | None:
        live = self.recipe.at(self.update)
        self._past = None
        bad = self._train_both(live, n)
        if bad:
            return self._diverged(*bad)
        self._keep()
        self._remember()
        return None

    def _keep(self) -> None:
        """These weights are good. Of earlier ones some are kept too, GOOD_EVERY updates and more apart."""
        if len(self._good) > 1 and self.update - self._good[-2][0].update < GOOD_EVERY:
            self._good.pop()
        self._good = [*self._good, (self.state, self.twin)][-MOST_GOOD:]

    def _remember(self) -> None:
        """Keep this moment if it is one of those that are kept; weights that are not finite never are."""
        if self.moments and self.state is self.good[0]:
            self.moments.keep(self.recipe, self._states(self.state, self.twin), self.elapsed)

    def _cut_moments(self, update: int) -> None:
        """The run is back at an earlier update: forget the moments after `update`, and look at the present."""
        self._past = None
        if self.moments:
            self.moments.cut(update)
            self._remember()

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
        reason: Reason = {
            "key": "diverged",
            "quantity": quantity,
            "update": update,
            "change": self._last_change(update),
        }
        rate = self.recipe.at(update - 1).rate_at(update - 1)
        return reason | {"rate": rate} if rate >= HIGH_RATE else reason

    def _last_change(self, update: int) -> str | None:
        """The choice that was changed last before an update, None where none was. A lowered learning rate does not
        count: it makes nothing diverge."""
        lives = [self.recipe.live, *(live for since, live in self.recipe.changes if since < update)]
        for before, after in reversed(list(itertools.pairwise(lives))):
            names = [str(change[0]) for change in differences(before, after)]
            if after.learning_rate < before.learning_rate:
                names.remove("learning_rate")
            if names:
                return names[-1]
        return None

    @property
    def _ruined_loss(self) -> float:
        return RUINED_LOSS * math.log(self.data.n_classes)

    def _ruined(self) -> dict[str, float]:
        """For weights that are finite but spoilt, the `loss` (the mean supervised loss of the last RUINED_OVER updates)
        and the test `error` that show it, and the learning `rate` where it is HIGH_RATE or more; empty for all
        others."""
        curves = self.history.arrays
        losses, errors = curves["supervised"][-RUINED_OVER:], curves["test_error"]
        if len(losses) < RUINED_OVER or not len(errors) or losses.mean() <= self._ruined_loss:
            return {}
        if errors[-1] < RUINED_ERROR * (1 - 1 / self.data.n_classes):
            return {}
        rate = self.recipe.at(self.update).learning_rate
        found = {"loss": float(losses.mean()), "error": float(errors[-1])}
        return found | {"rate": rate} if rate >= HIGH_RATE else found

    # --- what is told

    def told(self) -> Told:
        """What the run says of itself. Its changes are told by the server, which has its recipe."""
        live = self.recipe.at(self.update)
        n_used = len(seen(self.data, self.recipe.structure, live.n_labeled).used)
        epoch = self.state.seen_unlabeled / n_used
        found = replace(super().told(), epoch=epoch, target=live.n_updates, n_labeled=live.n_labeled)
        kept = self.moments.updates if self.moments and self.moments.n_slots else None
        past = None if self.shown is self.state else self.shown.update
        found = replace(found, moments=kept, looking_back=past)
        return replace(found, computed=key_of(self.computed), ruined=self._ruined())

    def snapshot(self) -> tuple[Header, Arrays]:
        """snapshot.inspect of this moment, or of the one that is looked back to, with the labelled samples."""
        live = self.recipe.at(self.shown.update)
        header, arrays = snapshot.inspect(self.shown, self.recipe.structure, live, self.data, self.view)
        return header, arrays | snapshot.labeled_samples(self.recipe.structure, live, self.data)

    def look_inside(self, inside: Inside) -> tuple[Header, Arrays]:
        """What the page Inside shows of this moment: the passage of a sample (analysis/passage.py) and the combinator
        of a unit (analysis/denoisers.py), with `inside` itself in the header. Raises Problem as `passage` does."""
        structure, state = self.recipe.structure, self.shown
        live = self.recipe.at(state.update)
        passed, arrays = passage(state, structure, live, self.data, inside.sample)
        unit, of_unit = unit_denoiser(state, structure, live, self.data, inside.layer, inside.unit)
        header = {"update": state.update, "inside": inside.words(), "passage": passed, "unit": unit}
        return header, arrays | {f"unit/{name}": array for name, array in of_unit.items()}

    def cases(self, true: int, predicted: int, first: int) -> tuple[Header, Arrays]:
        """The test rows of one cell of the confusion matrix at this moment (cases.confused)."""
        structure, live = self.recipe.structure, self.recipe.at(self.shown.update)
        return confused(self.shown, structure, live, self.data, true, predicted, first)

    def point(self, row: int) -> tuple[Header, Arrays]:
        """What the ladder makes of a training row at this moment (cases.training_sample)."""
        structure, live = self.recipe.structure, self.recipe.at(self.shown.update)
        return training_sample(self.shown, structure, live, self.data, row)

    def tested(self, dataset: str, pixels: Numbers, classes: Ints) -> tuple[Header, Arrays]:
        """What the run makes of other test samples now (other_tests.tested): of the dataset `dataset`, or, where that
        is "", of drawn ones, `pixels` (n, d) uint8 of the `classes` (n,). Raises Problem as drawn.rows_to_test does."""
        x, y = np.asarray(pixels, np.float32) / np.float32(INK), classes
        if dataset:
            x, y = rows_to_test(dataset, self.data.class_names)
        return tested(self.state, self.twin, self.recipe.structure, self.recipe.at(self.update), self.data, x, y)

    def stages(self) -> tuple[Header, Arrays]:
        """The next update in slow motion; see Lab.stages."""
        found = update_stages(self.state, self.recipe.structure, self.recipe.at(self.update), self.data).stages
        told = [{"name": one.name, "values": dict(one.values), "arrays": list(one.arrays)} for one in found]
        return {"update": self.update, "stages": told}, {k: v for one in found for k, v in one.arrays.items()}

    def combinators(self, layer: int, unit: int) -> Denoisers:
        """What every combinator's look at a unit of this moment is made from."""
        structure, state = self.recipe.structure, self.shown
        return Denoisers(structure, self.recipe.at(state.update), state.update, state.theta, layer, unit)

    def quantities(self, names: tuple[str, ...]) -> dict[str, float]:
        """The numbers of these names (quantities.measure) at this moment, of those that no curve has."""
        structure, live = self.recipe.structure, self.recipe.at(self.update)
        trained = Trained(usual("ladder"), self.state, structure, live, self.data, Metrics())
        return {name: measure(trained, name) for name in names}

    def saved(self) -> bytes:
        """The run as a file, at its last good state, with the choices now in force."""
        ladder, twin = self.good
        history, recipe = self.history.copy(), self.recipe
        assert isinstance(history, History)
        history.cut(ladder.update)
        if ladder.update < self.update:
            recipe = recipe.changed(ladder.update, recipe.at(self.update))
        return to_bytes(Saved(recipe, self._states(ladder, twin), history, self.elapsed, self.computed))

    @staticmethod
    def _states(ladder: State, twin: State) -> dict[str, SavedState]:
        return {"ladder": _plain(ladder), "twin": _plain(twin)}


def _plain(state: State) -> SavedState:
    return {
        "theta": state.theta,
        "adam_m": state.adam_m,
        "adam_v": state.adam_v,
        "update": int(state.update),
        "seen_labeled": int(state.seen_labeled),
        "seen_unlabeled": int(state.seen_unlabeled),
    }
