"""Guided searches with real workers, and with a crew that pretends: nothing that ended is lost, or trained again."""

import os
import signal
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from farming import SMALL, ended, eventually, run_cells

from ladder import i18n
from ladder.experiments import axes, figures, search, trials
from ladder.experiments.cells import Glance, Result
from ladder.experiments.local_crew import LocalCrew
from ladder.experiments.search import Search
from ladder.experiments.tasks import Lost
from ladder.experiments.trials import Setup
from ladder.problems import Problem
from ladder.theme import PALETTES

NOISE, RATE = axes.search_range("noise_std", 0, 1), axes.search_range("learning_rate", 0.0005, 0.02)
KIND = axes.axis("combinator", ["gauss", "vanilla"])


def setup_of(updates=60, space=(NOISE, RATE), n_seeds=2, seed=0):
    return Setup(space, tuple((SMALL | {"updates": str(updates)}).items()), n_seeds, seed)


@pytest.fixture(scope="module")
def crew():
    made = LocalCrew(2)
    yield made
    made.close()


def keys_of(trial, setup):
    return [point.cell.key for point in setup.points(trial.words)]


# --- real workers


def test_a_search_comes_to_what_this_process_comes_to_and_is_the_same_in_the_database(crew, database):
    setup = setup_of()
    job = Search(setup, 4, crew, database)
    progress = ended(job)
    assert (progress.state, progress.done, progress.total, progress.reused) == ("finished", 4, 4, 0)
    assert [trial.number for trial in job.trials] == [0, 1, 2, 3]
    assert search.trials_of(database, job.name) == job.trials and search.setup_of(database, job.name).name == job.name
    for trial in job.trials:
        here = run_cells([setup.cell(trial.words, seed) for seed in range(2)])
        assert trial.validation_error == pytest.approx(np.mean([result.validation_error for result in here]))
        assert trial.test_error.mean == pytest.approx(np.mean([result.test_error for result in here]))
        assert trial.curve[-1] == (60, pytest.approx(trial.validation_error)) and len(trial.curve) == 20
    (listed,) = database.sweeps()
    assert (listed.name, listed.state, listed.done, listed.total) == (job.name, "finished", 8, 8)


def counted(monkeypatch, cls, name):
    """A list to which every call of a method adds its arguments."""
    calls, method = [], getattr(cls, name)
    monkeypatch.setattr(cls, name, lambda self, *given: calls.append(given) or method(self, *given))
    return calls


def test_a_paused_search_rests_and_goes_on(crew, database, monkeypatch):
    job = Search(setup_of(updates=1500), 3, crew, database)
    eventually(lambda: job._training)  # a quick machine is through before a rate is told
    job.pause()
    rests = lambda: all(t.job.progress.state == "paused" and not t.job._training for t in job._training.values())  # noqa: E731
    eventually(lambda: job.progress.state == "paused" and rests())
    looks = counted(monkeypatch, Search, "_look")
    eventually(lambda: len(looks) > 2 * len(job._training))  # it has seen all that came before the rest
    submitted, seen = counted(monkeypatch, LocalCrew, "submit"), (job.progress, job.trials)
    eventually(lambda: len(looks) > 8 * len(job._training))
    assert (job.progress, job.trials) == seen and not job.wait(0) and submitted == []
    job.resume()
    assert ended(job).state == "finished"
    assert all(trial.state != "running" for trial in job.trials)


def test_a_cancelled_search_ends_and_its_crew_can_work_on(crew, database):
    job = Search(setup_of(updates=1_000_000), 3, crew, database)
    eventually(lambda: job.progress.rate > 0 or any(one.job.progress.rate for one in job._training.values()))
    job.cancel()
    assert ended(job).state == "cancelled" and job.progress.done == 0  # 1,000,000 updates would take an hour
    assert ended(Search(setup_of(updates=20), 2, crew, database)).state == "finished"
    assert [one.state for one in database.sweeps()] == ["finished", "cancelled"]


def test_a_killed_worker_costs_its_block_and_no_more(crew, database):
    job = Search(setup_of(updates=4000), 3, crew, database)
    training = eventually(lambda: next((t for t in list(job._training.values()) if t.job.curves), None))
    task = eventually(lambda: next(iter(training.job._training), None))
    os.kill(task.worker.process.pid, signal.SIGKILL)
    assert ended(job).state == "finished"
    assert [len(trial.results) for trial in job.trials] == [2, 2, 2]


# --- a crew that pretends

N_STRETCHES = 10


class Pretended:
    """A crew that trains nothing: a cell's validation error is `error(cell)`, from 0.5 more at first on; its test
    error is 1 less that. `begun`: the keys of the cells of every block. While `going` is not set, nothing ends."""

    def __init__(self, error, size=1, seconds=0.02):
        self.error, self.size, self.seconds, self.begun = error, size, seconds, []
        self.going = threading.Event()
        self.going.set()

    def submit(self, work):
        if isinstance(work, tuple):
            self.begun += [cell.key for cell in work]
        return Stretch(self, work, 1) if isinstance(work, tuple) else Stretch(self, work.cells, work.n + 1)

    def wait(self, tasks, seconds):
        self.going.wait()
        time.sleep(self.seconds)
        return tasks


class Stretch:
    def __init__(self, crew, cells, n):
        self.crew, self.cells, self.n = crew, cells, n

    def result(self):
        curves = [self.curve(cell) for cell in self.cells]
        done = self.n == N_STRETCHES
        results = tuple(map(self.outcome, self.cells, curves)) if done else ()
        return Glance(self.n, self.n, self.n, results, done, tuple(curves))

    def curve(self, cell):
        every = cell.live.n_updates // N_STRETCHES
        least = self.crew.error(cell)
        return tuple((every * (i + 1), min(1.0, least + 0.5 * (1 - (i + 1) / N_STRETCHES))) for i in range(self.n))

    def outcome(self, cell, curve):
        updates, errors = map(list, zip(*curve, strict=True))
        points = {"update": updates, "validation_error": errors}
        return Result(cell, errors[-1], 1 - errors[-1], cell.live.n_updates, 1.0, curve=points)

    def cancel(self):
        pass


class Silent(Pretended):
    """One whose models are not asked on their way."""

    def submit(self, work):
        stretch = super().submit(work)
        stretch.curve = lambda cell: ((cell.live.n_updates, self.error(cell)),) if stretch.n == N_STRETCHES else ()
        return stretch


def by_noise(cell):
    """An error between 0.1 and 0.4 by the noise, a little more for the second seed."""
    return 0.1 + 0.3 * cell.live.noise_std[0] + 0.01 * cell.structure.weight_seed


def forbidden(cell):
    raise AssertionError("this cell has been trained")


def test_a_search_goes_on_where_it_was_and_trains_nothing_twice(database):
    setup = setup_of(100)
    first = Search(setup, 20, Pretended(by_noise), database)
    eventually(lambda: first.progress.done >= 8)
    first.cancel()
    kept = ended(first)
    assert kept.state == "cancelled" and 8 <= kept.done < 20
    crew = Pretended(by_noise)
    second = Search(setup, 20, crew, database)
    assert second.progress.reused == kept.done
    assert [t for t in second.trials if t.state != "running"] == [t for t in first.trials if t.state != "running"]
    assert ended(second).done == 20
    closed = {key for trial in first.trials if trial.state != "running" for key in keys_of(trial, setup)}
    assert not closed & set(crew.begun) and len(crew.begun) == len(set(crew.begun))
    again = Search(setup, 20, Pretended(forbidden), database)
    progress = ended(again)
    assert (progress.state, progress.reused, again.trials) == ("finished", 20, second.trials)
    assert ended(Search(setup, 23, Pretended(by_noise), database)).done == 23
    assert ended(Search(setup, 5, Pretended(forbidden), database)).total == 23


def test_the_same_seed_gives_the_same_trials_whether_or_not_it_was_interrupted(database):
    whole = Search(setup_of(100), 14, Silent(by_noise), database, "whole")
    ended(whole)
    crew = Silent(forbidden)
    for n in (3, 9, 14):
        parts = Search(setup_of(100), n, crew, database, "parts")
        ended(parts)
    assert [trial.words for trial in parts.trials] == [trial.words for trial in whole.trials]
    assert crew.begun == []  # other searches' results are reused too
    other = Search(setup_of(100, seed=1), 2, Silent(by_noise), database)
    ended(other)
    assert other.trials[0].words != whole.trials[0].words


def test_pruned_trials_are_no_results_and_stay_pruned(database):
    setup = setup_of(100)
    job = Search(setup, 25, Pretended(by_noise), database)
    ended(job)
    pruned = [trial for trial in job.trials if trial.state == "pruned"]
    finished = [trial for trial in job.trials if trial.state == "finished"]
    assert pruned and len(pruned) + len(finished) == 25 and len(finished) >= trials.PRUNE_FROM_TRIALS
    assert not database.known(key for trial in pruned for key in keys_of(trial, setup))
    assert all(trial.test_error is None and 20 <= trial.updates < 100 for trial in pruned)
    assert job.trials == search.trials_of(database, job.name)
    assert np.mean([float(dict(t.words)["noise_std"]) for t in pruned]) > np.mean(
        [float(dict(t.words)["noise_std"]) for t in finished]
    )
    best = trials.best(job.trials)
    assert best.validation_error == min(trial.validation_error for trial in finished)
    assert best.test_error.mean == max(trial.test_error.mean for trial in finished)  # chosen by validation
    (listed,) = database.sweeps()
    assert (listed.state, listed.done, listed.total) == ("finished", 2 * len(finished), 50)
    assert database.delete(job.name) == 2 * len(finished)
    assert database.sweeps() == [] and search.setup_of(database, job.name) is None


def test_a_small_space_ends_before_its_time(database):
    job = Search(setup_of(100, (KIND,)), 9, Pretended(by_noise), database)
    progress = ended(job)
    assert (progress.state, progress.done, progress.total) == ("finished", 2, 2)


def test_two_processes_search_together(database):
    made = [Search(setup_of(100), 12, Pretended(by_noise), database, "both") for _ in range(2)]
    assert [ended(one).state for one in made] == ["finished", "finished"]
    found = search.trials_of(database, "both")
    assert [trial.number for trial in found] == list(range(12)) and len({trial.words for trial in found}) == 12
    assert all(trial.state != "running" for trial in found)


def test_trials_run_beside_each_other_as_the_crew_has_places(database):
    crew = Pretended(by_noise, size=3)
    crew.going.clear()
    job = Search(setup_of(100), 6, crew, database)
    eventually(lambda: len(crew.begun) == 6 and len(job._training) == 3)
    assert len({trial.words for trial in job.trials}) == 3
    crew.going.set()
    assert ended(job).done == 6
    many = Search(setup_of(100, n_seeds=9), 2, Pretended(by_noise, size=3), database)
    assert ended(many).done == 2 and len(many.trials[0].results) == 9


def raising(error):
    def answer(cell):
        raise error

    return answer


@pytest.mark.parametrize(
    "error, key",
    [
        (Lost(), "sweep_worker_lost"),
        (Problem("data_missing", name="mnist", folder="x", files="y"), "data_missing"),
        (RuntimeError("KeyError"), "sweep_failed"),
    ],
)
def test_what_goes_wrong_ends_the_search_with_a_sentence(database, error, key):
    job = Search(setup_of(), 3, Pretended(raising(error)), database)
    progress = ended(job)
    assert (progress.state, progress.problem.key, progress.done) == ("failed", key, 0)
    assert [one.state for one in database.sweeps()] == ["failed"]
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(progress.problem, language)


def test_a_name_belongs_to_one_search(database):
    ended(Search(setup_of(100), 1, Pretended(by_noise), database, "mine"))
    database.start("sweep", axes.grid([KIND], {**SMALL, "updates": "100"}, range(2)))
    for name, setup in (("mine", setup_of(100, seed=1)), ("sweep", setup_of(100))):
        with pytest.raises(Problem) as caught:
            Search(setup, 1, Pretended(forbidden), database, name)
        assert caught.value.key == "sweep_exists"
    assert search.setup_of(database, "sweep") is None and search.setup_of(database, "nosuch") is None
    with pytest.raises(Problem) as caught:
        search.trials_of(database, "nosuch")
    assert caught.value.key == "sweep_unknown"


@pytest.mark.parametrize("n, key", [(0, "bad_whole"), (1001, "bad_whole"), (1000, "sweep_too_large")])
def test_how_many_trials_there_can_be(database, n, key):
    with pytest.raises(Problem) as caught:
        Search(setup_of(n_seeds=30), n, Pretended(forbidden), database)
    assert caught.value.key == key and "试验" in i18n.problem(
        Problem("bad_whole", name="n_trials", value=0, low="1", high="9"), "zh"
    )
    assert threading.active_count() < 50


# --- pictures


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("theme", PALETTES)
def test_pictures_of_a_search(database, language, theme):
    setup = setup_of(100, (NOISE, RATE, KIND, axes.search_range("lambdas.scale", 0, 10)))
    job = Search(setup, 16, Pretended(by_noise, seconds=0.01), database)
    ended(job)
    texts, labels = i18n.texts("search.figure", language), {one.name: f"<{one.name}>" for one in setup.space}
    figure = figures.coordinates(setup, job.trials, labels, theme, texts)
    quarters = [texts[f"quarter.{name}"] for name in figures.QUARTERS]
    drawn_as = {trace.name: trace.line.color for trace in figure.data}
    assert set(drawn_as) <= {*quarters, texts["pruned"], texts["best"]}
    assert all(trace.showlegend is None for trace in figure.data)  # the legend names each colour
    assert len(set(drawn_as.values())) == len(drawn_as) == len(figure.data)
    drawn = [[y for y in trace.y if y is not None] for trace in figure.data]
    assert sum(len(ys) for ys in drawn) == 5 * (16 + 1)  # and the best once more
    assert min(map(min, drawn)) >= -1e-9 and max(map(max, drawn)) <= 1 + 1e-9
    best = figure.data[-1]
    assert best.line.width == 5 and best.y[4] == pytest.approx(0) and best.name == texts["best"]
    at = dict(trials.best(job.trials).words)
    assert best.y[0] == pytest.approx(float(at["noise_std"]))
    assert best.y[1] == pytest.approx(np.log(float(at["learning_rate"]) / 0.0005) / np.log(40))
    words = [annotation.text for annotation in figure.layout.annotations]
    assert "<b><noise_std></b>" in words and "gauss" in words and "0.02" in words
    shares = trials.importances(setup, job.trials).shares
    bars = figures.shares(shares, labels, theme, texts).data[0]
    assert list(bars.x) == sorted(shares.values()) and bars.y[-1] == "<noise_std>"


def test_a_picture_of_one_trial(database):
    job = Search(setup_of(100), 1, Pretended(by_noise), database)
    ended(job)
    texts = i18n.texts("search.figure", "en")
    labels = {"noise_std": "a", "learning_rate": "b"}
    figure = figures.coordinates(job.setup, job.trials, labels, "light", texts)
    assert [trace.name for trace in figure.data] == [texts["quarter.first"], texts["best"]]


def test_trials_that_are_not_meant_are_faint_and_the_best_is_one_of_the_others(database):
    job = Search(setup_of(100), 8, Pretended(by_noise), database)
    ended(job)
    texts, labels = i18n.texts("search.figure", "en"), {"noise_std": "a", "learning_rate": "b"}
    order = sorted((t for t in job.trials if t.state == "finished"), key=lambda t: t.validation_error)
    meant = {trial.number for trial in order[1:]}
    figure = figures.coordinates(job.setup, job.trials, labels, "light", texts, meant)
    faint, best = figure.data[0], figure.data[-1]
    assert faint.hoverinfo == "skip" and not faint.showlegend and faint.opacity < 0.5
    assert sum(y is None for y in faint.y) == len(job.trials) - len(meant)
    assert best.y[0] == pytest.approx(float(dict(order[1].words)["noise_std"]))
    drawn = sum(y is None for trace in figure.data[1:-1] for y in trace.y)
    assert drawn == len(meant)


# --- how long it takes


def test_the_share_of_a_trial_that_is_expected_is_learnt_from_those_that_ended():
    setup = setup_of(100)
    words = trials.suggest(setup, [])
    assert trials.expected_share(setup, [], 0) == trials.expected_share(setup, [], trials.PRUNE_FROM_TRIALS - 1) == 1
    late = trials.PRUNE_FROM_TRIALS
    assert trials.expected_share(setup, [], late) == trials.PRUNED_SHARE
    pruned = [trials.Trial(late + k, words, "pruned", ((20, 0.5),)) for k in range(1000)]
    assert trials.expected_share(setup, pruned, late) == pytest.approx(0.2, abs=0.01)
    first = [trials.Trial(0, words, "finished")] * 1000  # those before any was pruned say nothing of later ones
    assert trials.expected_share(setup, first, late) == trials.PRUNED_SHARE


def test_the_time_left_of_a_search_is_true_while_its_trials_are_alike(monkeypatch):
    """Ten trials of which none is pruned, on two places, each a hundred seconds of the search's clock."""
    crew = Pretended(lambda cell: 0.3, size=2)
    monkeypatch.setattr(trials, "PRUNED_SHARE", 1.0)
    monkeypatch.setattr(trials, "PRUNED_WEIGHT", 1)
    job = Search.__new__(Search)
    job.setup, job._crew, job._n_trials, job._exhausted, job._reused = setup_of(100), crew, 10, False, 0
    words = trials.suggest(job.setup, [])
    job._works, job._trials = [], [trials.Trial(n, words) for n in range(2)]
    work = trials.work(job.setup, words)
    job._training = {n: SimpleNamespace(job=SimpleNamespace(work_done=lambda: work / 2)) for n in range(2)}
    job._pace = [search._Look(float(at), 2 * work * at / 100, 0) for at in range(51)]
    seconds_left = job._measured("running").seconds_left
    assert seconds_left == pytest.approx(5 * 100 - 50)
