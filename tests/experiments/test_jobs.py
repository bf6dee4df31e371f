"""Jobs with real worker processes: what is finished is never lost and never counted twice, whoever dies."""

import os
import signal
import time

import pytest
from farming import cells_of, check_all, ended, eventually, pretended_result

from ladder import i18n
from ladder.experiments import crews, jobs
from ladder.experiments.cells import Glance
from ladder.experiments.local_crew import LocalCrew
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
    cost = jobs.estimate(cells, crew, database)
    assert (cost.runs, cost.reused, cost.updates) == (6, 0, 360)
    assert cost.seconds > 0 and cost.memory > jobs.LIBRARIES
    progress = ended(jobs.Job(cells, crew, database))
    assert (progress.state, progress.done, progress.total, progress.reused) == ("finished", 6, 6, 0)
    check_all(cells, database)
    more = cells + cells_of(seeds=4)
    again = ended(jobs.Job(more, crew, database))
    assert (again.state, again.done, again.total, again.reused) == ("finished", 8, 8, 6)
    cost = jobs.estimate(more, crew, database)
    assert (cost.runs, cost.reused, cost.updates, cost.seconds) == (8, 8, 0, 0)


def test_a_paused_job_rests_and_goes_on(crew, database):
    cells = cells_of(updates=5000)
    job = jobs.Job(cells, crew, database)
    eventually(lambda: job.progress.seconds_left is not None and job.progress.rate > 0)
    job.pause()
    eventually(lambda: job.progress.state == "paused" and not job._training)
    seen = job.progress
    time.sleep(0.5)
    assert job.progress == seen and seen.done < 6
    assert not job.wait(0)
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
    assert jobs.estimate(cells, crew, database).seconds > 0
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
        jobs.estimate(cells, crew, database)
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
