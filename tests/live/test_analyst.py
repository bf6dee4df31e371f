"""The process for what takes long: while it fits and looks inside, the runs of every worker go on."""

import os
import signal
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pytest
from farming import eventually

from ladder import i18n
from ladder.analysis import readers
from ladder.data import datasets
from ladder.live import analyst, analyst_process
from ladder.live.analyst import Analyst, Portraits, Study
from ladder.live.race_session import RESOLUTION
from ladder.models import references
from ladder.problems import Problem
from ladder.recipe.contestants import usual
from ladder.recipe.defaults import default_live
from ladder.recipe.race import Race
from ladder.settings import Recipe, Structure

N_WORKERS = 1
PATIENCE = 60
SMALL = Structure("moons", widths=(6,))
LIVE = replace(default_live(SMALL), n_updates=0)


def race(*names: str, seed: int = 0) -> Race:
    return Race(replace(SMALL, weight_seed=seed), LIVE, tuple(map(usual, names)))


def paused_at(update: int):
    return lambda told: told.update == update and told.status == "paused"


@contextmanager
def frozen(lab):
    """The lab's analyst, which runs already, does nothing meanwhile."""
    pid = eventually(lambda: lab.analyst._process).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def busy_lab(lab, until):
    """The lab, with an analyst that has fitted something."""
    run_id = lab.create(race("ladder", "knn"))
    until(run_id, lambda told: told.contestants)
    return lab


pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot freeze a process")


def test_references_are_fitted_while_other_runs_of_the_worker_train(busy_lab, until):
    run_id = busy_lab.create(Recipe(SMALL, LIVE))
    busy_lab.play(run_id)
    with frozen(busy_lab):
        compared = busy_lab.create(race("ladder", "svm", "pca", seed=1))
        busy_lab.step(compared, 50)
        at = until(run_id, lambda told: told.status == "playing").update
        until(run_id, lambda told: told.update > at + 200)
        assert busy_lab.status(compared).update == 0 and not busy_lab.curves(compared)
    until(compared, paused_at(50))
    busy_lab.pause(run_id)


def test_a_look_inside_is_taken_while_the_worker_trains(busy_lab, until):
    compared = busy_lab.create(race("ladder", "denoising", seed=2))
    busy_lab.play(compared)
    at = until(compared, lambda told: told.status == "playing").update
    with frozen(busy_lab), ThreadPoolExecutor(1) as asker:
        answer = asker.submit(busy_lab.study, compared, "codes", PATIENCE)
        until(compared, lambda told: told.update > at + 100)
        assert not answer.done()
        os.kill(busy_lab.analyst._process.pid, signal.SIGCONT)
        header, arrays = answer.result(PATIENCE)
    assert header["name"] == "codes" and set(arrays) == {"class", "labeled", "0/codes", "1/codes"}
    busy_lab.pause(compared)


def test_each_asker_gets_the_answer_to_its_own_question(busy_lab, until):
    compared = busy_lab.create(race("ladder", "denoising", "pca", seed=3))
    until(compared, lambda told: told.contestants)
    names = ["codes", "filters", "spectrum", "codes", "saturation", "filters"]
    with frozen(busy_lab), ThreadPoolExecutor(len(names)) as askers:
        answers = [askers.submit(busy_lab.study, compared, name, PATIENCE) for name in names]
        eventually(lambda: len(busy_lab.analyst._waiting) == len(names) - 1)
        os.kill(busy_lab.analyst._process.pid, signal.SIGCONT)
        found = [answer.result(PATIENCE) for answer in answers]
    assert [header["name"] for header, _ in found] == names
    assert [set(found[0][1]), set(found[1][1])] == [set(found[3][1]), set(found[5][1])]
    assert {key.partition("/")[2] for key in found[1][1]} == {"filters"}


def test_an_asker_that_gave_up_leaves_nothing_to_be_done(busy_lab, until):
    compared = busy_lab.create(race("ladder", "supervised", seed=4))
    until(compared, lambda told: told.contestants)
    with frozen(busy_lab):
        first = busy_lab.analyst.ask(Portraits(race("ladder", "knn")))
        assert busy_lab.study(compared, "codes", 0.5) is None
        assert (
            all(waiting.cancelled() for _, waiting in busy_lab.analyst._waiting)
            and not busy_lab.mirrors[compared].answers
        )
    assert first.result(PATIENCE)[0] is None


def test_an_analyst_that_ends_is_a_sentence_and_the_next_question_has_another(busy_lab, until):
    compared = busy_lab.create(race("ladder", "supervised", seed=5))
    until(compared, lambda told: told.contestants)
    with ThreadPoolExecutor(1) as asker, frozen(busy_lab):
        lost = busy_lab.analyst._process
        answer = asker.submit(busy_lab.study, compared, "codes", PATIENCE)
        eventually(lambda: busy_lab.analyst._running)
        lost.kill()
        with pytest.raises(Problem) as caught:
            answer.result(PATIENCE)
    assert caught.value.key == "analyst_lost"
    assert all("{" not in i18n.problem(caught.value, language) for language in i18n.LANGUAGES)
    assert busy_lab.study(compared, "codes", PATIENCE) and busy_lab.analyst._process is not lost


def test_references_that_cannot_be_fitted_are_a_sentence(busy_lab):
    run_id = busy_lab.create(replace(race("ladder", "knn"), live=replace(LIVE, n_labeled=60_000)))
    assert eventually(lambda: busy_lab.take_problem(run_id)).key == "labels_too_many"


def test_a_portrait_is_what_the_reference_shows():
    names, data = ("svm", "pca"), datasets.load("moons", SMALL.data_noise)
    nobody, *portraits = analyst_process.portraits(race("ladder", *names))
    assert nobody is None
    for name, portrait in zip(names, portraits, strict=True):
        fitted = references.fit(name, SMALL, LIVE.n_labeled, data)
        wanted = readers.evaluate(fitted, SMALL, LIVE, data)
        assert portrait.errors == pytest.approx(wanted, nan_ok=True) and portrait.seconds > 0
        assert (portrait.clean is None) == (fitted.components is None)
    pca = portraits[1]
    assert np.array_equal(pca.clean, fitted.reconstruct(data.x_test[: len(pca.clean)]))
    assert pca.region_class.shape == (RESOLUTION, RESOLUTION) and pca.region_confidence.max() <= 1


# --- the queue


class Still:
    """A process that takes tasks and answers when the test says so."""

    def __init__(self):
        self.tasks = []

    def send(self, task):
        self.tasks.append(task)

    def kill(self):
        pass


@pytest.fixture
def still(monkeypatch):
    """An Analyst and its process."""
    made, process = Analyst(), Still()
    monkeypatch.setattr(made, "_start", lambda: process)
    return made, process


def test_one_task_after_another_in_the_order_of_their_asking(still):
    made, process = still
    tasks = [Study(race("ladder", "supervised"), "codes", i, (None, None)) for i in range(4)]
    found = [made.ask(task) for task in tasks]
    assert process.tasks == tasks[:1]
    assert found[2].cancel()
    made._settle({"0": 1})
    made._settle(Problem("analyst_failed", reason="KeyError"))
    made._settle({"3": 1})
    assert process.tasks == [tasks[0], tasks[1], tasks[3]]
    assert found[0].result(0) == {"0": 1} and found[1].exception(0).key == "analyst_failed"
    assert found[3].result(0) == {"3": 1}
    with pytest.raises(CancelledError):
        found[2].result(0)


def test_no_more_tasks_wait_than_can_be_answered(still):
    made, _ = still
    task = Portraits(race("ladder", "knn"))
    found = [made.ask(task) for _ in range(analyst.MOST_WAITING + 2)]
    assert found[-1].exception(0).key == "analyst_busy" and not found[-2].done()
    found[-2].cancel()
    assert not made.ask(task).done()


def test_a_machine_without_room_for_the_process_is_a_sentence(still, monkeypatch):
    made, process = still
    attempts = []

    def start():
        attempts.append(time.monotonic())
        if len(attempts) == 1:
            raise OSError("no memory")
        return process

    monkeypatch.setattr(made, "_start", start)
    assert made.ask(Portraits(race("ladder", "knn"))).exception(0).key == "analyst_lost"
    assert not made.ask(Portraits(race("ladder", "knn"))).done() and process.tasks
