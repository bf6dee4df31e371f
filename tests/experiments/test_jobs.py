"""Jobs with real worker processes: what is finished is never lost and never counted twice, whoever dies."""

import os
import signal
import sqlite3
from dataclasses import replace
from types import SimpleNamespace

import pytest
from farming import cells_of, check_all, ended, eventually, pretended_result

from ladder import i18n
from ladder.experiments import costs, crews, jobs, results
from ladder.experiments.axes import Point
from ladder.experiments.cells import Glance
from ladder.experiments.local_crew import LocalCrew
from ladder.experiments.pace import Pace, makespan
from ladder.experiments.tasks import Lost
from ladder.problems import Problem


@pytest.fixture(scope="module")
def crew():
    made = LocalCrew(2)
    yield made
    made.close()


def test_a_job_comes_to_what_this_process_comes_to_and_nothing_is_trained_twice(crew, database):
    cells = cells_of()
    assert crews.from_environment(3).size == 3
    cost = costs.estimate(cells, crew, database)
    assert (cost.runs, cost.reused, cost.updates) == (6, 0, 360)
    assert cost.seconds > 0 and cost.memory > costs.LIBRARIES
    progress = ended(jobs.Job(cells, crew, database))
    assert (progress.state, progress.done, progress.total, progress.reused) == ("finished", 6, 6, 0)
    check_all(cells, database)
    more = cells + cells_of(seeds=4)
    again = ended(jobs.Job(more, crew, database))
    assert (again.state, again.done, again.total, again.reused) == ("finished", 8, 8, 6)
    cost = costs.estimate(more, crew, database)
    assert (cost.runs, cost.reused, cost.updates, cost.seconds) == (8, 8, 0, 0)


def test_a_paused_job_rests_and_goes_on(crew, database, monkeypatch):
    cells = cells_of(updates=5000)
    job = jobs.Job(cells, crew, database)
    eventually(lambda: job.progress.seconds_left is not None and job.progress.rate > 0)
    job.pause()
    eventually(lambda: job.progress.state == "paused" and not job._training)
    submitted = []
    monkeypatch.setattr(crew, "submit", lambda work: submitted.append(work) or LocalCrew.submit(crew, work))
    seen = job.progress
    assert not job.wait(5 * jobs.LOOK_SECONDS)
    assert job.progress == seen and seen.done < 6 and submitted == []
    job.resume()
    job.pause()
    job.resume()
    assert ended(job).state == "finished"
    assert len(database.known(cell.key for cell in cells)) == 6


def test_a_cancelled_job_keeps_what_is_finished_and_its_crew_can_work_on(crew, database):
    quick, slow = cells_of(), cells_of(updates=1_000_000, seeds=1)
    ended(jobs.Job(quick, crew, database))
    job = jobs.Job(quick + slow, crew, database)
    eventually(lambda: job.progress.rate > 0)
    job.cancel()
    progress = ended(job)
    assert (progress.state, progress.done, progress.total) == ("cancelled", 6, 8)
    other = cells_of(updates=30)
    assert ended(jobs.Job(other, crew, database)).state == "finished"
    check_all(other, database)


def test_a_killed_worker_costs_its_block_and_no_more(crew, database):
    cells = cells_of(updates=4000)
    job = jobs.Job(cells, crew, database)
    eventually(lambda: job.progress.rate > 0)
    task = eventually(lambda: next(iter(job._training), None))
    os.kill(task.worker.process.pid, signal.SIGKILL)
    assert ended(job).state == "finished"
    assert len(database.known(cell.key for cell in cells)) == 6


def test_jobs_share_a_crew(crew, database):
    slow = jobs.Job(cells_of(updates=1_000_000), crew, database)
    eventually(lambda: slow.progress.rate > 0)
    cells = cells_of(updates=40)
    assert costs.estimate(cells, crew, database).seconds > 0
    assert ended(jobs.Job(cells, crew, database)).state == "finished"
    slow.pause()
    assert ended(jobs.Job(cells_of(updates=41), crew, database)).state == "finished"
    slow.cancel()
    assert ended(slow).state == "cancelled"
    assert len(crew._workers) <= crew.size


class Pretended:
    """A crew and its own tasks, that answers each block with `answer(cells)`."""

    size = 1

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def submit(self, work):
        self.asked.append(work)
        return self

    def wait(self, tasks, seconds):
        return tasks

    def result(self):
        return self.answer(self.asked[-1])

    def cancel(self):
        pass


def raising(error):
    def answer(cells):
        raise error

    return answer


@pytest.mark.parametrize(
    "error, key, n_times",
    [
        (Lost(), "sweep_worker_lost", jobs.MOST_BEGINNINGS),
        (Problem("data_missing", name="mnist", folder="x", files="y"), "data_missing", 1),
        (RuntimeError("KeyError"), "sweep_failed", 1),
    ],
)
def test_what_goes_wrong_ends_the_job_with_a_sentence(database, error, key, n_times):
    crew = Pretended(raising(error))
    progress = ended(jobs.Job(cells_of(seeds=1)[:1], crew, database))
    assert (progress.state, progress.problem.key, len(crew.asked)) == ("failed", key, n_times)
    for language in i18n.LANGUAGES:
        assert "{" not in i18n.problem(progress.problem, language)


def test_a_worker_lost_after_a_lane_diverged_costs_its_block_and_no_more(database):
    cells = cells_of(seeds=2)

    def answer(asked):
        if len(crew.asked) == 1:
            return Glance(1.0, 1.0, 1, (pretended_result(cells[0]),), False)
        if len(crew.asked) == 2:
            raise Lost
        return Glance(1.0, 1.0, 1, tuple(map(pretended_result, asked)), True)

    crew = Pretended(answer)
    progress = ended(jobs.Job(cells, crew, database, len(cells)))
    assert (progress.state, progress.done, progress.problem) == ("finished", len(cells), None)


def test_a_cost_that_cannot_be_told_leaves_nothing_with_the_crew(database):
    given_up = []

    class Several(Pretended):
        size = 3

        def submit(self, work):
            self.asked.append(work)
            return Task()

        def wait(self, tasks, seconds):
            return tasks[:1]

    class Task:
        def result(self):
            raise Lost

        def cancel(self):
            given_up.append(self)

    crew = Several(None)
    cells = [*cells_of(seeds=1), *cells_of(seeds=1, combinator="linear"), *cells_of(seeds=1, activation="tanh")]
    with pytest.raises(Problem):
        costs.estimate(cells, crew, database)
    assert len(given_up) == len(crew.asked) == 3


def test_what_another_process_finished_meanwhile_is_not_trained(database):
    cells = cells_of()

    def answer(asked):
        if len(crew.asked) == 1:
            database.add(pretended_result(cell) for cell in cells if cell not in asked)
        return Glance(1.0, 1.0, 1, tuple(map(pretended_result, asked)), True)

    crew = Pretended(answer)
    assert ended(jobs.Job(cells, crew, database)).done == 6
    assert len(crew.asked) == 1


def in_order(glances):
    """Answers one after another, whatever is asked."""
    waiting = iter(glances)
    return lambda cells: next(waiting)


def test_a_clock_too_coarse_for_a_stretch_ends_no_job(database, monkeypatch):
    """Windows before Python 3.13 counts in steps of 15.6 ms: stretches may take no time at all."""
    monkeypatch.setattr(jobs.time, "monotonic", lambda: 1000.0)
    cells = cells_of(seeds=1)[:1]
    database.start("coarse", [Point((), 0, cells[0])])
    stretches = [Glance(cells[0].work * k / 4, 0.0, 15 * k) for k in (1, 2, 3)]
    last = Glance(cells[0].work, 0.0, 60, (pretended_result(cells[0]),), True)
    job = jobs.Job(cells, Pretended(in_order([*stretches, last])), database, name="coarse")
    progress = ended(job)
    assert (progress.state, progress.problem, progress.rate) == ("finished", None, 0.0)
    assert [one.state for one in database.sweeps()] == ["finished"]


class Held(Pretended):
    """A crew of two places whose stretches take a second of the test's clock each, and end together."""

    size = 2

    def __init__(self, cells):
        self.now, self.cells, self.told = 0.0, cells, []

    def submit(self, work):
        return Second(work, 1) if isinstance(work, tuple) else Second(work.cells, work.n + 1)

    def wait(self, tasks, seconds):
        self.now += 1
        return tasks


class Second:
    """The n-th stretch of a block, of ten updates of each cell."""

    def __init__(self, cells, n):
        self.cells, self.n = cells, n

    def result(self):
        updates = 10 * self.n
        done = updates == self.cells[0].live.n_updates
        results = tuple(replace(pretended_result(cell), updates=updates) for cell in self.cells) if done else ()
        work = sum(cell.work for cell in self.cells) * updates / self.cells[0].live.n_updates
        return Glance(work, self.n, updates * len(self.cells), results, done)

    def cancel(self):
        pass


def test_rate_and_time_left_of_stretches_that_end_together_are_true(database, monkeypatch):
    """Three equal blocks of a cell each on two places, 6 stretches of a second each: 12 seconds, although the work that
    is left after the first ones would be done by two places in less."""
    cells = cells_of(seeds=3)[:3]
    crew, told = Held(cells), {}
    monkeypatch.setattr(jobs.time, "monotonic", lambda: crew.now)
    measured = jobs.Job._measured

    def looked_at(job, state):
        progress = measured(job, state)
        told[crew.now] = progress
        return progress

    monkeypatch.setattr(jobs.Job, "_measured", looked_at)
    job = jobs.Job(cells, crew, database, n_lanes=1)
    assert ended(job).state == "finished"
    assert told[1.0].seconds_left is None  # the processes had to start first
    assert [told[float(at)].rate for at in (2, 3, 4, 5)] == [pytest.approx(20)] * 4
    assert [told[float(at)].seconds_left for at in (2, 3, 4, 5, 8)] == [
        pytest.approx(12 - at) for at in (2, 3, 4, 5, 8)
    ]
    assert told[8.0].rate == pytest.approx(10)  # one place has nothing more to do


def test_a_pause_is_no_time_at_work():
    pace = Pace()
    pace.note(1.0, None, 5.0, 50)
    assert not pace.known and pace.work == 5.0
    pace.note(2.5, 1.5, 15.0, 150)
    assert not pace.known
    pace.note(3.0, 0.5, 5.0, 50)
    pace.note(12.5, 0.5, 5.0, 50)  # after a pause
    assert pace.known and pace.update_rate == pytest.approx(100) and pace.work_rate == pytest.approx(10)


@pytest.mark.parametrize(
    "durations, n_places, end", [([], 2, 0), ([3, 3, 3], 2, 6), ([5, 1, 1], 2, 5), ([4, 2, 2], 1, 8), ([1], 9, 1)]
)
def test_the_end_of_durations_on_places(durations, n_places, end):
    assert makespan(durations, n_places) == end


class Failing:
    """A database that takes results and refuses to note the states of its sweeps."""

    def __init__(self, database, states):
        self.database, self.states = database, states

    def __getattr__(self, name):
        return getattr(self.database, name)

    def tell(self, name, state):
        if state in self.states:
            raise Problem("results_unreadable", url="x", reason="database is locked")
        self.database.tell(name, state)


@pytest.mark.parametrize(
    "states, state, key",
    [
        (("finished",), "finished", "results_unreadable"),
        (("running",), "failed", "results_unreadable"),
        (("running", "failed"), "failed", "results_unreadable"),
    ],
)
def test_a_state_that_the_database_refuses_is_a_sentence(database, states, state, key):
    cells = cells_of(seeds=1)[:1]
    database.start("refused", [Point((), 0, cells[0])])
    answer = lambda asked: Glance(1.0, 1.0, 60, tuple(map(pretended_result, asked)), True)  # noqa: E731
    progress = ended(jobs.Job(cells, Pretended(answer), Failing(database, states), name="refused"))
    assert (progress.state, progress.problem.key) == (state, key)


@pytest.mark.parametrize("trouble", ["locked", "full", "read-only"])
def test_a_database_that_takes_nothing_more_ends_the_job_with_a_sentence(tmp_path, monkeypatch, trouble):
    monkeypatch.setattr(results, "BUSY_SECONDS", 0.1)
    path = tmp_path / "results.sqlite"
    database, cells = results.Results(f"sqlite:///{path}"), cells_of(seeds=1)[:1]
    database.start("trouble", [Point((), 0, cells[0])])
    other = sqlite3.connect(path, check_same_thread=False)

    def answer(asked):
        if trouble == "locked":
            other.execute("begin immediate")
        with database._engine.connect() as connection:
            if trouble == "read-only":
                connection.exec_driver_sql("pragma query_only = on")
            if trouble == "full":
                connection.exec_driver_sql("pragma max_page_count = 1")
        return Glance(1.0, 1.0, 60, tuple(large_result(cell) for cell in asked), True)

    progress = ended(jobs.Job(cells, Pretended(answer), database, name="trouble"))
    assert (progress.state, progress.problem.key) == ("failed", "results_unreadable")
    other.close(), database.close()


def large_result(cell):
    """One that does not fit into the pages that a database has already."""
    return replace(pretended_result(cell), curve={"update": list(range(100_000))})


def test_the_cost_is_measured_with_as_many_places_busy_as_the_job_will_have(database):
    crew, cells = Held([]), cells_of(updates=600, seeds=2)
    running = []
    wait = crew.wait
    crew.wait = lambda tasks, seconds: running.append(len(tasks)) or wait(tasks, seconds)
    assert costs.estimate(cells, crew, database).seconds > 0
    assert running == [2] * (1 + costs.MEASURED)


def test_a_stretch_that_is_held_up_does_not_decide_an_estimate(database, monkeypatch):
    durations = iter([5.0, 0.4, 0.5, 60.0])  # seconds of a start, and of three stretches of 10 updates

    class OnePlace(Held):
        size = 1

        def wait(self, tasks, seconds):
            self.now += next(durations)
            return tasks

    crew = OnePlace([])
    monkeypatch.setattr(costs, "time", SimpleNamespace(monotonic=lambda: crew.now))
    assert costs.estimate(cells_of(updates=600)[:1], crew, database).seconds == pytest.approx(60 * 0.5)
