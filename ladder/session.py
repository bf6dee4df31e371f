"""One live run inside a worker: the ladder and its supervised twin in lockstep, its recipe, its history.

All numbers come from `training.train`; this file decides when to measure, when to stop, and what is recorded. Where the
updates are cut into chunks changes nothing in them.
"""

import time
from collections import deque
from dataclasses import asdict, replace

import numpy as np

from ladder import inspection
from ladder.datasets import check, load
from ladder.history import EVAL_EVERY, History, changes_of, differences, lambdas_of
from ladder.problems import Problem
from ladder.settings import Live, Recipe
from ladder.store import Saved, to_bytes
from ladder.training import State, initial, train
from ladder.view import View

RATE_SECONDS = 2.0  # updates per second are averaged over so long


class Session:
    """`status`: paused, playing, replaying, finished, diverged or failed; `reason`: its catalogue key and values."""

    def __init__(self, recipe: Recipe, saved: Saved | None = None, device: str = "cpu"):
        for live in (recipe.live, *(one for _, one in recipe.changes)):
            check(recipe.structure.dataset, live.n_labeled)
        self.recipe, self.device, self.view = recipe, device, View()
        self.data = load(recipe.structure.dataset, recipe.structure.data_noise)
        self.status, self.reason, self.elapsed = "paused", None, 0.0
        self.until, self.then_play = 0, False  # where a replay or a step ends (0: nowhere), and what comes then
        self._begin()
        if saved is not None:
            self.state, self.twin = (State(**saved.states[who]) for who in ("ladder", "twin"))
            for state, model in ((self.state, "ladder"), (self.twin, "supervised")):
                if state.theta.shape != initial(recipe.structure, self.data, model).theta.shape:
                    raise Problem("checkpoint_damaged")
            self.history, self.elapsed = saved.history, saved.elapsed
        self.good = (self.state, self.twin)
        if saved is None:
            self.measure()

    def _begin(self) -> None:
        structure = self.recipe.structure
        self.state, self.twin = (initial(structure, self.data, model) for model in ("ladder", "supervised"))
        self.history = History(structure.n_layers + 1)
        self.news: list[dict] = []  # rows not sent yet
        self.rates: deque[tuple[float, float, int]] = deque()  # clock, seconds of training, update

    # --- what people do

    def change(self, live: Live) -> None:
        """Use `live` from the next update on; a replay that has not arrived yet becomes a run of its own. Problem, and
        nothing is changed, if the data have no such number of labels."""
        check(self.recipe.structure.dataset, live.n_labeled)
        if self.status == "replaying":
            self.until, self.status = 0, "paused"
        self.recipe = self.recipe.changed(self.state.update, live)
        if self.status == "finished" and not self._finished():
            self.status, self.reason = "paused", None

    def play(self) -> None:
        """Go on, unless the run diverged or a stop rule still holds."""
        if self.status in ("paused", "finished", "playing"):
            self.until = 0
            self.reason = self._finished()
            if self.status != "playing":
                self.rates.clear()
            self.status = "finished" if self.reason else "playing"

    def pause(self) -> None:
        if self.status in ("playing", "replaying"):
            self.status, self.until = "paused", 0

    def replay(self, until: int, then_play: bool) -> None:
        """Train to update `until` with every recorded change, then pause or play."""
        if until > self.state.update:
            self.status, self.until, self.then_play = "replaying", until, then_play
        elif then_play:
            self.play()

    def reset(self) -> None:
        """Back to the same initial weights, with the choices now in force."""
        self.recipe = Recipe(self.recipe.structure, self.recipe.latest)
        self.status, self.reason, self.elapsed, self.until = "paused", None, 0.0, 0
        self._begin()
        self.good = (self.state, self.twin)
        self.measure()

    def restore(self) -> None:
        """Back to the last weights known to be finite; the choices now in force stay."""
        self.state, self.twin = self.good
        self.history.cut(self.state.update)
        self.recipe = self.recipe.changed(self.state.update, self.recipe.latest)
        self.status, self.reason, self.until = "paused", None, 0
        self.news = []

    # --- training

    @property
    def active(self) -> bool:
        return self.status in ("playing", "replaying")

    def advance(self, seconds: float) -> None:
        """Train for about `seconds`, or until the run stops by itself."""
        end = time.perf_counter() + seconds
        while self.active and (left := end - time.perf_counter()) > 0:
            self._stretch(self._affordable(left))
            self._arrive()

    def step(self, n_updates: int) -> None:
        """Play for exactly `n_updates` updates, whatever the stop rules say, then pause."""
        if self.status in ("paused", "finished", "playing"):
            if self.status != "playing":
                self.rates.clear()
            self.status, self.reason = "playing", None
            self.until, self.then_play = self.state.update + n_updates, False

    def _affordable(self, seconds: float) -> int:
        """Updates in so many seconds of training alone: other runs' turns do not make this one slow."""
        trained = self.rates[-1][1] - self.rates[0][1] if self.rates else 0.0
        return max(1, int(seconds * (self.rates[-1][2] - self.rates[0][2]) / trained)) if trained > 0 else 5

    def _stretch(self, most: int) -> None:
        """Updates under one set of choices, to the next change, measurement or stop at the latest."""
        at = self.state.update
        live = self.recipe.at(at)
        ends = [at + most, (at // EVAL_EVERY + 1) * EVAL_EVERY, self.recipe.next_change(at)]
        ends += [self.until, live.n_updates]
        n = min(end for end in ends if end is not None and end > at) - at
        start = time.perf_counter()
        bad = self._train(live, n)
        self.elapsed += time.perf_counter() - start
        self._count()
        if bad:
            self._diverge(*bad)
            return
        self.good = (self.state, self.twin)
        if self.state.update % EVAL_EVERY == 0:
            self.measure()

    def _train(self, live: Live, n: int):
        structure, at = self.recipe.structure, self.state.update
        (self.state,), (of_ladder,) = train([self.state], [structure], [live], self.data, n, device=self.device)
        if "bad" in of_ladder:
            return of_ladder["bad"]
        (self.twin,), (of_twin,) = train(
            [self.twin], [structure], [live], self.data, n, model="supervised", device=self.device
        )
        rows = {"update": np.arange(at + 1, at + n + 1), "twin_supervised": of_twin["supervised"]}
        rows |= {name: of_ladder[name] for name in ("supervised", "denoising", "objective")}
        if "bad" not in of_twin:
            self._record(rows)
        return of_twin.get("bad") and (of_twin["bad"][0], "twin")

    def _record(self, rows: dict) -> None:
        self.history.add(rows)
        self.news.append(rows)

    def measure(self) -> None:
        """Test errors and gain of this moment, once."""
        if self.state.update in self.history.arrays["eval_update"][-1:]:
            return
        live = self.recipe.at(self.state.update)
        measured = inspection.measure(self.state, self.twin, self.recipe.structure, live, self.data)
        measured["eval_update"] = self.state.update
        self._record({name: np.array([value]) for name, value in measured.items()})

    def _finished(self) -> dict | None:
        live, errors = self.recipe.at(self.state.update), self.history.arrays["test_error"]
        if live.n_updates and self.state.update >= live.n_updates:
            return {"key": "target", "n_updates": live.n_updates}
        if live.stop_error and len(errors) and errors[-1] <= live.stop_error:
            return {"key": "error", "stop_error": live.stop_error}
        return None

    def _arrive(self) -> None:
        """Stop where a replay, a step or a stop rule says so."""
        if self.active and self.until and self.state.update >= self.until:
            self.status, self.until = "playing" if self.then_play else "paused", 0
        if self.status == "playing" and not self.until:
            self.reason = self._finished()
            self.status = "finished" if self.reason else "playing"

    def _diverge(self, update: int, quantity: str) -> None:
        done = [live for since, live in self.recipe.changes if since < update]
        changed = differences(*[self.recipe.live, *done][-2:]) if done else []
        change = changed[-1][0] if changed else None
        self.status = "diverged"
        self.reason = {"key": "diverged", "quantity": quantity, "update": update, "change": change}

    def fail(self, note: str) -> None:
        self.status, self.reason = "failed", {"key": "failed", "note": note}

    # --- what is told

    def _count(self) -> None:
        now = time.perf_counter()
        self.rates.append((now, self.elapsed, self.state.update))
        while len(self.rates) > 2 and self.rates[0][0] < now - RATE_SECONDS:
            self.rates.popleft()

    @property
    def rate(self) -> float:
        """Updates per second of the last RATE_SECONDS, 0 when nothing is known."""
        if len(self.rates) < 2 or self.rates[-1][0] <= self.rates[0][0]:
            return 0.0
        return (self.rates[-1][2] - self.rates[0][2]) / (self.rates[-1][0] - self.rates[0][0])

    def told(self) -> dict:
        """The header of every message: see the live channel's "status"."""
        live = self.recipe.at(self.state.update)
        return {
            "status": self.status,
            "reason": self.reason,
            "update": self.state.update,
            "epoch": self.state.seen_unlabeled / len(self.data.x),
            "rate": self.rate if self.active else 0.0,
            "elapsed": self.elapsed,
            "target": live.n_updates,
            "until": self.until if self.status == "replaying" else 0,
            "n_labeled": live.n_labeled,
            "changes": changes_of(self.recipe),
            "lambdas": lambdas_of(self.recipe),
        }

    def increment(self) -> dict[str, np.ndarray]:
        """Rows that were not told yet, put together."""
        names = {name for rows in self.news for name in rows}
        joined = {name: np.concatenate([rows[name] for rows in self.news if name in rows]) for name in names}
        self.news = []
        return joined

    def snapshot(self) -> tuple[dict, dict]:
        """inspection.inspect of this moment, with the labelled samples."""
        live = self.recipe.at(self.state.update)
        header, arrays = inspection.inspect(self.state, self.recipe.structure, live, self.data, self.view)
        return header, arrays | inspection.labeled_samples(self.recipe.structure, live, self.data)

    def look(self, view: View) -> None:
        self.view = view

    def saved(self) -> bytes:
        """The run as a file, at its last good state."""
        ladder, twin = self.good
        history = replace(self.history, arrays=dict(self.history.arrays))
        history.cut(ladder.update)
        return to_bytes(Saved(self.recipe, {"ladder": _plain(ladder), "twin": _plain(twin)}, history, self.elapsed))


def _plain(state: State) -> dict:
    return {name: value if isinstance(value, np.ndarray) else int(value) for name, value in asdict(state).items()}
