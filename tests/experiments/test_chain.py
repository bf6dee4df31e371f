"""Jobs of which each depends on the results of those before."""

import pytest
from farming import cells_of, ended, eventually

from ladder.experiments import ablation, jobs
from ladder.experiments.axes import axis, search_range
from ladder.experiments.chain import Chain
from ladder.experiments.local_crew import LocalCrew
from ladder.experiments.search import Search
from ladder.experiments.trials import Setup
from ladder.problems import Problem


@pytest.fixture(scope="module")
def crew():
    made = LocalCrew(2)
    yield made
    made.close()


def test_each_link_begins_with_the_results_of_those_before(crew, database):
    first, second = cells_of(updates=40), cells_of(updates=60)
    seen = []

    def links():
        yield jobs.Job(first, crew, database), 1
        seen.append(len(database.known(cell.key for cell in first)))
        yield jobs.Job(second, crew, database), 1

    progress = ended(Chain(links, len(first) + len(second), database))
    assert (progress.state, progress.done, progress.total, progress.reused) == ("finished", 12, 12, 0)
    assert seen == [6] and len(database.known(cell.key for cell in second)) == 6


def test_a_trial_counts_as_many_runs_as_it_has_seeds(crew, database):
    setup = Setup((search_range("noise_std", 0, 0.5),), (("dataset", "moons"), ("widths", "6"), ("updates", "20")), 2)
    progress = ended(Chain(lambda: iter([(Search(setup, 3, crew, database), 2)]), 6, database))
    assert (progress.state, progress.done, progress.total) == ("finished", 6, 6)


def test_a_cancelled_chain_gives_its_link_up_and_begins_no_other(crew, database):
    begun = []

    def links():
        for updates in (4000, 5000):
            begun.append(updates)
            yield jobs.Job(cells_of(updates=updates), crew, database), 1

    job = Chain(links, 12, database)
    eventually(lambda: begun)
    job.pause()
    eventually(lambda: job.progress.state == "paused")
    job.resume()
    job.cancel()
    assert ended(job).state == "cancelled" and begun == [4000]


def test_the_problem_of_a_link_ends_the_chain(crew, database):
    def links():
        yield jobs.Job(cells_of(updates=20), crew, database), 1
        raise Problem("sweep_worker_lost", n=3)

    progress = ended(Chain(links, 12, database))
    assert (progress.state, progress.done) == ("failed", 6) and progress.problem.key == "sweep_worker_lost"


def test_the_way_to_the_best_settings_is_known_as_far_as_it_was_trained():
    setup = Setup(
        (axis("noise_std", ["0"]), axis("learning_rate", ["0.01"])),
        (("dataset", "iris"), ("widths", "6"), ("labels", "9"), ("updates", "10")),
        n_seeds=2,
    )
    best = (("noise_std", "0"), ("learning_rate", "0.01"))
    assert ablation.so_far(setup, best, lambda points: {}) == ([], False)
    assert len(ablation.like(setup, best)) == ablation.n_runs(setup, best) == 8
