"""The jobs of a server: shared by tabs, forgotten when they end, never waited for under a lock."""

import threading
from pathlib import Path

import pytest
from farming import PretendedJob, cells_of, eventually, pretended_result, work_of

from ladder.experiments import background, names
from ladder.experiments.axes import Point
from ladder.experiments.background import Background
from ladder.experiments.design import Quest
from ladder.experiments.results import Results
from ladder.experiments.server import MOST_ENDED, Jobs, Work
from ladder.problems import Problem


class PretendedCrew:
    size, gone = 2, False

    def close(self):
        self.closed = True


@pytest.fixture
def gone():
    """The tabs that have been closed."""
    return set()


@pytest.fixture
def jobs(database, gone):
    made = Jobs(PretendedCrew, lambda: database, lambda tab: tab not in gone)
    yield made
    made.stop()


def test_a_job_that_several_tabs_want_ends_when_none_wants_it(jobs):
    job = PretendedJob()
    jobs.start(work_of(job), "a")
    jobs.start(work_of(None), "b")  # it joins: nothing new begins
    assert (jobs.others("many", "a"), jobs.others("many", "c")) == (1, 2)
    assert jobs.steers("many", "a") and jobs.steers("many", "b") and not jobs.steers("many", "c")
    jobs.cancel("many", "c")  # which never wanted it
    jobs.cancel("many", "a")
    assert job.progress.state == "running" and jobs.active("many") and not jobs.steers("many", "a")
    jobs.cancel("many", "b")
    assert job.progress.state == "cancelled" and not jobs.active("many")


def test_a_job_rests_when_all_tabs_that_want_it_have_it_rest(jobs):
    job = PretendedJob()
    jobs.start(work_of(job), "a")
    jobs.start(work_of(None), "b")
    jobs.pause("many", "a")
    assert job.progress.state == "running" and jobs.rests("many", "a") and not jobs.rests("many", "b")
    jobs.pause("many", "b")
    assert job.progress.state == "paused" and jobs.rests("many", "b")
    jobs.resume("many", "a")
    assert job.progress.state == "running" and jobs.rests("many", "b") and not jobs.rests("many", "a")
    jobs.cancel("many", "a")  # the other has it rest still
    assert job.progress.state == "paused" and jobs.active("many")
    jobs.start(work_of(None), "c")
    assert job.progress.state == "running"


def test_a_job_whose_tabs_are_gone_goes_on_and_whoever_comes_may_end_it(jobs, gone):
    job = PretendedJob()
    jobs.start(work_of(job), "a")
    assert not jobs.steers("many", "reloaded")
    gone.add("a")
    assert job.progress.state == "running" and jobs.active("many")
    assert jobs.steers("many", "reloaded") and jobs.others("many", "reloaded") == 0
    jobs.pause("many", "reloaded")
    assert job.progress.state == "paused" and jobs.rests("many", "reloaded")
    jobs.cancel("many", "reloaded")
    assert job.progress.state == "cancelled"


def test_nobody_has_a_job_rest_or_end_that_others_want(jobs):
    job = PretendedJob()
    jobs.start(work_of(job), "ada")
    for wish in (jobs.pause, jobs.cancel):
        wish("many", "ben")
        assert job.progress.state == "running" and jobs.others("many", "ada") == 0
    jobs.start(work_of(None), "ben")  # he joins, and withdraws
    jobs.pause("many", "ben")
    jobs.cancel("many", "ben")
    assert job.progress.state == "running" and not jobs.steers("many", "ben")
    jobs.end("many")
    assert job.over and jobs.wanted(["ada"]) == []


def test_a_tab_starts_and_joins_no_more_than_it_may(jobs):
    def at_most_one(n_others):
        if n_others:
            raise Problem("limit_jobs", most=1)

    first, second = PretendedJob(), PretendedJob()
    jobs.start(work_of(first, "first"), "ada", at_most_one)
    jobs.start(work_of(second, "second"), "ben", at_most_one)
    for name in ("second", "third"):
        with pytest.raises(Problem, match="limit_jobs"):
            jobs.start(work_of(PretendedJob(), name), "ada", at_most_one)
    assert not jobs.active("third") and jobs.others("second", "cem") == 1
    jobs.start(work_of(None, "first"), "ada", at_most_one)  # its own
    assert jobs.wanted(["ada", "ben"]) == ["first", "second"] and jobs.wanted(["cem"]) == []
    jobs.cancel("first", "ada")
    assert first.over and not second.over
    jobs.start(work_of(PretendedJob(), "third"), "ada", at_most_one)


def test_a_job_that_all_have_withdrawn_from_while_it_began_ends(jobs):
    job, begun = PretendedJob(), threading.Event()

    def begin(crew, results):
        assert jobs.active("slow") and jobs.progress("slow") is None
        jobs.cancel("slow", "a")
        begun.set()
        return job

    jobs.start(Work("slow", 3, False, begin, lambda crew, results: None), "a")
    assert begun.is_set() and job.progress.state == "cancelled"


def test_a_job_that_cannot_begin_can_be_started_again(jobs):
    def refused(crew, results):
        raise Problem("sweep_exists", sweep="many")

    with pytest.raises(Problem):
        jobs.start(Work("many", 3, False, refused, lambda crew, results: None), "a")
    assert not jobs.active("many")
    jobs.start(work_of(PretendedJob()), "a")
    assert jobs.active("many")


def test_jobs_that_have_ended_are_let_go_of(jobs):
    for k in range(MOST_ENDED + 10):
        jobs.start(work_of(PretendedJob(), f"job {k}"), "a")
        jobs.cancel(f"job {k}", "a")
    assert not jobs.active("job 0") and len(jobs._jobs) == 0 and len(jobs._ended) == MOST_ENDED
    assert jobs.progress("job 0") is None
    assert jobs.progress(f"job {MOST_ENDED + 9}").state == "cancelled"


def test_what_was_found_is_told_of_deletions(jobs, database):
    cells = cells_of(seeds=2)
    points = [Point((), k, cell) for k, cell in enumerate(cells)]
    database.start("mine", points)
    database.add(map(pretended_result, cells))
    assert len(jobs.found(points)) == len(cells)
    database.delete("mine")
    assert jobs.found(points) == {}


def test_the_trials_of_a_search_are_read_again_only_when_they_have_changed(jobs, database, monkeypatch):
    from ladder.experiments import server, trials

    quest, reads = Quest(), []
    database.open(quest.name, trials.to_json(quest.setup))
    words = trials.suggest(quest.setup, [])
    points = quest.setup.points(words)
    database.extend(quest.name, 0, points)
    read = server.trials_of
    monkeypatch.setattr(server, "trials_of", lambda *given: reads.append(given) or read(*given))
    assert [trial.state for trial in jobs.trials(quest)] == ["running"]
    assert [trial.state for trial in jobs.trials(quest)] == ["running"] and len(reads) == 1
    database.add(pretended_result(point.cell) for point in points)
    assert [trial.state for trial in jobs.trials(quest)] == ["finished"] and len(reads) == 2
    database.delete(quest.name)
    assert jobs.trials(quest) == []


# --- slow and failing crews


def test_a_cluster_that_does_not_answer_keeps_nobody_waiting(database, monkeypatch):
    """The scheduler is dead: dialling takes its time, in the background, and is tried again."""
    monkeypatch.setattr(background, "SOON_SECONDS", 0.01)
    monkeypatch.setattr(background, "RETRY_SECONDS", 0.0)
    answer, dialled = threading.Event(), []

    def dial():
        dialled.append(len(dialled))
        assert answer.wait(60)
        if len(dialled) == 1:
            raise Problem("dask_unreachable", address="tcp://nowhere", reason="OSError")
        return PretendedCrew()

    jobs = Jobs(dial, lambda: database)
    points = [Point((), 0, cells_of()[0])]
    for act in (jobs.crew, lambda: jobs.start(work_of(None), "a")):
        with pytest.raises(Problem) as caught:
            act()
        assert caught.value.key == "crew_dialled"
    work = jobs.sweep("new", points)  # of the database alone
    assert not jobs.cost(work).done() and jobs.found(points) == {} and dialled == [0]
    answer.set()
    assert eventually(lambda: jobs.cost(work).done() and jobs.cost(work).exception())
    monkeypatch.setattr(background, "SOON_SECONDS", 60)
    assert isinstance(jobs.crew(), PretendedCrew)
    jobs.stop()


def test_a_crew_that_is_gone_is_made_again():
    made = []

    def make():
        made.append(PretendedCrew())
        return made[-1]

    kept = Background(make, lambda crew: crew.close(), lambda crew: crew.gone)
    first = kept.wait()
    assert kept.wait() is first
    first.gone = True
    assert kept.wait() is made[1] and first.closed
    kept.end()
    assert made[1].closed and len(made) == 2


def test_what_cannot_be_made_is_tried_again_after_a_while(monkeypatch):
    tries, now = [], [0.0]
    monkeypatch.setattr(background.time, "monotonic", lambda: now[0])

    def make():
        tries.append(now[0])
        raise Problem("dask_unreachable", address="x", reason="y")

    kept = Background(make, lambda value: None)
    for at in (0.0, 1.0, background.RETRY_SECONDS):
        now[0] = at
        with pytest.raises(Problem):
            kept.wait()
    assert tries == [0.0, background.RETRY_SECONDS]


def test_a_slow_database_holds_up_nobody_who_does_not_ask_it():
    opened = threading.Event()

    def open_results():
        assert opened.wait(60)
        raise Problem("results_unreadable", url="x", reason="y")

    jobs = Jobs(PretendedCrew, open_results)
    waiting = threading.Thread(target=lambda: pytest.raises(Problem, jobs.results))
    waiting.start()
    assert jobs.crew() and not jobs.active("any") and jobs.progress("any") is None
    opened.set()
    waiting.join()
    jobs.stop()


# --- names


@pytest.mark.parametrize("name", ["mine", "lambdas.scale-noise_std-1a2b", "第一组", "a b", "x" * 80, "_"])
def test_names_that_a_sweep_can_have(database, name):
    assert names.checked(name) == name
    assert names.readable(name) == name
    database.start(name, [Point((), 0, cells_of()[0])])
    assert names.file_stem(name)


@pytest.mark.parametrize(
    "name", ["", " ", "../x", "a/b", "a\\b", ".hidden", "x.", "x ", "a\nb", "x" * 81, "<b>", "[a](b)", "a\0b", "-f"]
)
def test_names_that_no_new_sweep_can_have(database, name):
    for act in (lambda: database.start(name, [Point((), 0, cells_of()[0])]), lambda: database.open(name, {"a": 1})):
        with pytest.raises(Problem) as caught:
            act()
        assert caught.value.key == "sweep_name"
    assert database.sweeps() == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", ".", "", "C:\\x", "con", "NUL.txt", "a" * 500]
)
def test_no_name_is_a_path(tmp_path, name):
    stem = names.file_stem(name)
    assert 1 <= len(stem) <= names.MOST_LETTERS + 1 and not stem.startswith(".")
    assert (tmp_path / f"{stem}.csv").resolve().parent == tmp_path.resolve()
    assert Path(stem).name == stem and stem.lower().split(".")[0] not in ("con", "nul")


def test_a_name_of_an_older_version_stays(tmp_path):
    database = Results(f"sqlite:///{tmp_path / 'old.sqlite'}")
    points = [Point((), 0, cells_of()[0])]
    database.start("mine", points)
    with database._engine.begin() as connection:
        for table, column in (("sweeps", "name"), ("points", "sweep")):
            connection.exec_driver_sql(f"update {table} set {column} = 'a/b: old!'")
    database.start("a/b: old!", points)
    assert names.readable("a/b: old!") and database.points("a/b: old!") == points
    database.close()


def test_a_value_that_is_made_while_it_is_no_longer_wanted_is_closed():
    goes_on, closed = threading.Event(), []

    def make() -> str:
        assert goes_on.wait(60)
        return "made"

    kept = Background(make, closed.append)
    with pytest.raises(Problem):
        kept.soon(Problem("analyst_busy"))
    kept.end()
    goes_on.set()
    eventually(lambda: closed == ["made"])
